"""The whole pipeline on a real scheduler: sandbox CRMs over HTTP, PostgreSQL, a real SMTP server.

The steps stand in the order a new installation sees them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from include.sandbox import demo as launcher
from include.sandbox.company.offer import EXCHANGE_RATES
from include.tables import metrics, ops, source_object
from tests.end_to_end.conftest import ZONE, Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

PROJECT = Path(__file__).resolve().parents[2]
# Read by change and whole, with histories and with links.
READ_BY_HAND = (
    "salesforce.account",
    "salesforce.case",
    "salesforce.opportunity",
    "salesforce.opportunity_history",
    "salesforce.opportunity_stage",
    "hubspot.deal",
    "hubspot.deal_contact",
    "hubspot.deal_history",
    "hubspot.owner",
)


def won_by_day(company: Path) -> dict[date, Decimal]:
    """Won amount in USD by day of closing, straight from the company's files with plain loops.

    Both CRMs; a deal that both hold counts once, as Salesforce has it.
    """
    rates = {currency: Decimal(str(rate)) for currency, rate in EXCHANGE_RATES.items()}
    rates |= dict.fromkeys(("USD", None, ""), Decimal(1))

    def lines(name: str) -> list[dict[str, Any]]:
        path = company / name
        return [json.loads(line) for line in path.read_text().splitlines()]

    days: dict[date, Decimal] = {}

    def add(day: date, amount: Any, currency: str | None) -> None:
        days[day] = days.get(day, Decimal(0)) + Decimal(str(amount)) * rates[currency]

    known = set()
    for deal in lines("salesforce/Opportunity.jsonl"):
        percent = deal["Probability"]
        if not deal["StageName"] or percent is None or not 0 <= percent <= 100:
            continue  # breaks a critical expectation, so it is set aside
        # What Salesforce deleted does not come back as HubSpot's copy of it.
        known.add(deal["Id"])
        if deal["IsDeleted"]:
            continue
        if deal["IsWon"] and deal["Amount"] is not None:
            add(date.fromisoformat(deal["CloseDate"]), deal["Amount"], deal.get("CurrencyIsoCode"))
    for deal in lines("hubspot/deals.jsonl"):
        values = deal["properties"]
        rate = values.get("hs_deal_stage_probability")
        aside = rate and not 0 <= float(rate) <= 1
        copy = values.get("hs_salesforceopportunityid") in known
        if aside or deal["archived"] or copy or values.get("hs_is_closed_won") != "true":
            continue
        if values.get("amount"):
            closed = datetime.fromisoformat(values["closedate"].replace("Z", "+00:00"))
            add(closed.astimezone(ZONE).date(), values["amount"], values.get("deal_currency_code"))
    return days


def test_a_first_run_reads_everything_and_computes_what_is_true(installation: Installation) -> None:
    day = installation.midnight
    run_id = installation.server.trigger("crm_daily", day - timedelta(days=1), day)
    installation.wait("crm_daily", run_id)

    with installation.warehouse.connect() as connection:
        statuses = connection.execute(
            sa.select(ops.extract_window.c.status, sa.func.count()).group_by(
                ops.extract_window.c.status
            )
        ).all()
        value = metrics.metric_value.c
        revenue = dict(
            connection.execute(
                sa.select(value.period_start_date, value.value).where(
                    value.metric_id == "revenue",
                    value.grain == "day",
                    value.slice_id == "total",
                    value.as_of_at == day,
                )
            ).all()
        )
    assert [status for status, _ in statuses] == ["loaded"]
    expected = {
        closed: amount
        for closed, amount in won_by_day(installation.demo.folder / "company").items()
        if closed < day.date()
    }
    assert len(expected) > 10
    computed = {closed: amount for closed, amount in revenue.items() if amount}
    assert computed == pytest.approx(expected)


def test_the_report_arrives_once_whatever_is_run_again(installation: Installation) -> None:
    start, end = launcher._report_interval(installation.midnight, ZONE)
    run_id = installation.server.trigger("crm_report", start, end)
    installation.wait("crm_report", run_id)
    (mail,) = installation.mails()
    message = BytesParser(policy=policy.default).parsebytes(mail.read_bytes())
    assert message["To"] == "executives@example.com"
    # Monday noon of the reported week is in its ISO week whichever day the test runs on.
    week = (end - timedelta(days=7)).isocalendar().week
    assert f"{week}" in message["Subject"]
    text = message.get_body(("plain",)).get_content()
    assert message.get_body(("html",)) is not None
    assert run_id.split("__")[0] in text

    again = installation.server.call(
        "POST", "dags/crm_report/dagRuns", {"logical_date": None, "conf": {"send_mail": "always"}}
    )
    installation.wait("crm_report", again["dag_run_id"])
    assert installation.mails() == [mail]
    with installation.warehouse.connect() as connection:
        sent = connection.execute(sa.select(ops.delivery.c.status)).scalars().all()
    assert sent == ["sent"]


def test_a_manual_run_reads_what_the_ledger_lacks_and_a_bad_object_stops_only_itself(
    installation: Installation,
) -> None:
    """Windows of the first run end at its lag; a run by hand goes on from there, reading little."""
    now = datetime.now(UTC)
    # Each object takes seconds of starting a task, and tests/facts/test_refresh_pipeline.py reads the
    # changes of all: here the ledger lacks something of a few.
    window = ops.extract_window
    object_id = window.c.crm + "." + window.c.object_name
    with installation.warehouse.begin() as connection:
        told = connection.execute(
            sa.update(window)
            .where(object_id.not_in(READ_BY_HAND))
            .values(window_end_at=now + timedelta(hours=1))
        )
    assert told.rowcount > 50
    # Seen by the next window: after its start, which overlaps the last one, and before the lag.
    changed = f"{now - timedelta(minutes=6):%Y-%m-%dT%H:%M:%S}.000+0000"
    for number in range(15):
        answer = requests.post(
            f"{installation.sandbox_url}/control/upsert",
            json={
                "crm": "salesforce",
                "name": "Case",
                "record": {
                    "Id": f"500000000000{number:03d}AAA", "CaseNumber": f"X{number}", "Status": "New",
                    "IsClosed": False, "IsDeleted": False, "OwnerId": None,
                    "CreatedDate": changed, "SystemModstamp": changed,
                },
            },
            timeout=10,
        )  # fmt: skip
        assert answer.ok, answer.text
    run = installation.server.call("POST", "dags/crm_daily/dagRuns", {"logical_date": None})
    for _ in installation.server.watch("crm_daily", run["dag_run_id"]):
        pass
    assert installation.server.state("crm_daily", run["dag_run_id"]) == "failed"
    failed = {
        (task["task_id"], task.get("rendered_map_index"))
        for task in installation.server.task_instances("crm_daily", run["dag_run_id"])
        if task["state"] == "failed"
    }
    assert failed == {("take_in_salesforce", "salesforce.case"), ("verdict", None)}
    with installation.warehouse.connect() as connection:
        value = metrics.metric_value.c
        read = connection.execute(
            sa.select(
                object_id.label("object_id"), window.c.mode, window.c.status, window.c.error
            ).where(window.c.run_id == run["dag_run_id"])
        ).all()
        revenue = connection.execute(
            sa.select(value.status).where(
                value.run_id == run["dag_run_id"],
                value.metric_id == "revenue",
                value.grain == "year",
                value.slice_id == "total",
            )
        ).scalars()
        as_ofs = connection.execute(
            sa.select(sa.func.count(sa.distinct(value.as_of_at)))
        ).scalar_one()
    found = {(row.object_id, row.mode, row.status) for row in read}
    expected = {
        (
            each,
            "snapshot" if source_object(each).mode == "full" else "delta",
            "rejected" if each == "salesforce.case" else "loaded",
        )
        for each in READ_BY_HAND
    }
    # Across midnight some are due to be read whole as well.
    assert expected <= found
    assert {object_id for object_id, _, _ in found} == set(READ_BY_HAND)
    assert as_ofs == 2
    (reason,) = [
        row.error for row in read if (row.object_id, row.mode) == ("salesforce.case", "delta")
    ]
    assert "records are set aside (seen: 15)" in reason
    assert set(revenue) == {"OK"}


def test_a_backfill_of_two_past_days_gives_those_days_numbers(installation: Installation) -> None:
    first = (installation.midnight - timedelta(days=10)).date()
    begins = datetime.combine(first, datetime.min.time(), ZONE)
    ends = begins + timedelta(days=1, hours=23)
    subprocess.run(
        [sys.executable, "-m", "airflow", "backfill", "create", "--dag-id", "crm_daily",
         "--from-date", begins.isoformat(), "--to-date", ends.isoformat(),
         "--max-active-runs", "1", "--reprocess-behavior", "none"],
        env={**os.environ, **installation.environment}, check=True, capture_output=True,
    )  # fmt: skip
    runs = sorted(
        run["dag_run_id"]
        for run in installation.server.call("GET", "dags/crm_daily/dagRuns")["dag_runs"]
        if run["run_type"] == "backfill"
    )
    assert len(runs) == 2
    for run_id in runs:
        installation.wait("crm_daily", run_id)

    expected = won_by_day(installation.demo.folder / "company")
    with installation.warehouse.connect() as connection:
        value = metrics.metric_value.c
        for offset in range(2):
            day = first + timedelta(days=offset)
            as_of = datetime.combine(day + timedelta(days=1), datetime.min.time(), ZONE)
            rows = connection.execute(
                sa.select(
                    value.grain, value.period_start_date, value.value, value.is_complete
                ).where(
                    value.metric_id == "revenue",
                    value.slice_id == "total",
                    value.as_of_at == as_of,
                    value.grain.in_(["day", "month"]),
                    value.period_start_date.in_([day, day.replace(day=1)]),
                )
            ).all()
            found = {(row.grain, row.period_start_date): row.value for row in rows}
            assert found["day", day] == pytest.approx(expected.get(day, Decimal(0)))
            # The month as of that day holds nothing that closed later.
            month_to_date = sum(
                (
                    amount
                    for closed, amount in expected.items()
                    if day.replace(day=1) <= closed <= day
                ),
                Decimal(0),
            )
            assert found["month", day.replace(day=1)] == pytest.approx(month_to_date)
    # Backfills never mail.
    assert len(installation.mails()) == 1


def test_no_secret_reached_a_log(installation: Installation) -> None:
    secrets = [
        "sandbox-secret",
        "sandbox-token",
        (installation.demo.folder / "postgres" / "password").read_text(),
    ]
    logs = [
        *(installation.demo.folder / "airflow" / "logs").rglob("*.log"),
        *installation.demo.processes.logs.glob("*.log"),
    ]
    assert len(logs) > 100
    for log in logs:
        content = log.read_text(errors="replace")
        for secret in secrets:
            assert secret not in content, log
