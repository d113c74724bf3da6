"""What the operator sees: steps as the tasks run them, with something wrong in each."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.core.errors import (
    AccessError,
    CredentialsError,
    RetryableError,
    StopError,
)
from include.core.window import Window
from include.sandbox.server import Sandbox
from include.tables import SOURCE_OBJECTS, ops
from tests.plugins.conftest import Connect, deal, write_org

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def run() -> Any:
    """A manual run of the present."""
    from crm_airflow.runs import Run

    return Run("manual__1", None, NOW, is_backfill=False, re_extract=False)


def ledger(warehouse: sa.Engine) -> list[tuple[str, str | None]]:
    """Status and error of every window."""
    with warehouse.connect() as connection:
        columns = ops.extract_window.c
        return list(connection.execute(sa.select(columns.status, columns.error)).tuples())


def test_a_good_object_goes_all_the_way(connect: Connect, warehouse: sa.Engine, run: Any) -> None:
    from crm_airflow import steps

    batches = steps.extract_and_land("salesforce.opportunity", run)
    assert steps.stage(steps.validate(batches, run)) == 1
    assert [status for status, _ in ledger(warehouse)] == ["loaded"]


def test_what_is_loaded_does_without_its_files(
    connect: Connect, warehouse: sa.Engine, sandbox: Sandbox, tmp_path: Path, run: Any
) -> None:
    """Which the README lets people remove, a whole batch at a time."""
    from airflow.sdk.exceptions import AirflowSkipException

    from crm_airflow import steps

    def take_in(run: Any) -> int:
        return steps.stage(
            steps.validate(steps.extract_and_land("salesforce.opportunity", run), run)
        )

    assert take_in(run) == 1
    (batch,) = (tmp_path / "data" / "landing").glob("*/*/*/")
    assert (batch / "manifest.json").exists()
    shutil.rmtree(batch)
    with pytest.raises(AirflowSkipException):
        take_in(replace(run, interval=Window(NOW - timedelta(days=2), NOW - timedelta(days=1))))
    assert take_in(replace(run, re_extract=True)) == 1
    assert take_in(replace(run, run_id="manual__2", re_extract=True)) == 1


def test_only_objects_that_lack_something_get_a_task(
    connect: Connect, sandbox: Sandbox, run: Any
) -> None:
    """After deals are read, a past day lacks every object but them; read again, it lacks them too."""
    from airflow.sdk.exceptions import AirflowSkipException

    from crm_airflow import steps

    everything = [source.id for source in SOURCE_OBJECTS if source.crm == "salesforce"]
    assert steps.lacking("salesforce", run) == everything
    steps.stage(steps.validate(steps.extract_and_land("salesforce.opportunity", run), run))
    others = [object_id for object_id in everything if object_id != "salesforce.opportunity"]
    day = Window(NOW - timedelta(days=2), NOW - timedelta(days=1))
    past = replace(run, run_id="backfill__1", interval=day, is_backfill=True)
    assert steps.lacking("salesforce", past) == others
    assert steps.lacking("salesforce", replace(past, re_extract=True)) == everything
    with pytest.raises(AirflowSkipException, match=r"lacks nothing of salesforce\.opportunity"):
        steps.extract_and_land("salesforce.opportunity", past)


@pytest.mark.parametrize(
    ("crm", "object_id", "connection"),
    [
        ("salesforce", "salesforce.organization", "salesforce_default"),
        ("hubspot", "hubspot.account", "hubspot_default"),
    ],
)
def test_another_org_is_not_read_into_the_warehouse_of_the_first(
    connect: Connect,
    warehouse: sa.Engine,
    sandbox: Sandbox,
    run: Any,
    tmp_path: Path,
    crm: str,
    object_id: str,
    connection: str,
) -> None:
    """A sandbox org was tried first: of the production org only what changes from now on would come."""
    from crm_airflow import steps

    steps.stage(steps.validate(steps.extract_and_land(object_id, run), run))
    later = replace(run, run_id="manual__2")
    assert steps.lacking(crm, later)
    with Sandbox(write_org(tmp_path / "production", "00D000000000009AAA", 99)) as other:
        secrets = {
            "salesforce": {
                "extra": {"consumer_key": "sandbox", "consumer_secret": "sandbox-secret"}
            },
            "hubspot": {"password": "sandbox-token"},
        }
        connect(connection, conn_type="http", host=other.url, **secrets[crm])
        with pytest.raises(StopError, match=rf"{connection} leads to {object_id} (00D\S*9AAA|99),"):
            steps.lacking(crm, later)
    # Down altogether, it is the tasks of its objects that say so.
    assert steps.lacking(crm, later)


def test_wrong_salesforce_credentials(
    connect: Connect, warehouse: sa.Engine, sandbox: Sandbox, run: Any
) -> None:
    from crm_airflow import steps

    connect("salesforce_default", conn_type="salesforce", host=sandbox.url,
            extra={"consumer_key": "sandbox", "consumer_secret": "wrong-secret"})  # fmt: skip
    with pytest.raises(CredentialsError) as caught:
        steps.extract_and_land("salesforce.opportunity", run)
    assert "wrong-secret" not in str(caught.value)
    ((status, error),) = ledger(warehouse)
    assert status == "failed"
    assert error == str(caught.value)


def test_wrong_hubspot_token(connect: Connect, sandbox: Sandbox, run: Any) -> None:
    from crm_airflow import steps

    connect("hubspot_default", conn_type="http", host=sandbox.url, password="wrong-token")
    with pytest.raises(CredentialsError, match="token") as caught:
        steps.extract_and_land("hubspot.deal", run)
    assert "wrong-token" not in str(caught.value)


def test_a_missing_permission_stops_an_object_we_need(
    connect: Connect, sandbox: Sandbox, run: Any
) -> None:
    from crm_airflow import steps

    sandbox.control.hide("salesforce", "Opportunity")
    with pytest.raises(AccessError, match="Opportunity"):
        steps.extract_and_land("salesforce.opportunity", run)


def test_a_missing_permission_skips_an_optional_object_and_says_so(
    connect: Connect, sandbox: Sandbox, warehouse: sa.Engine, run: Any
) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from crm_airflow import steps

    sandbox.control.hide("hubspot", "tickets")
    with pytest.raises(AirflowSkipException, match="tickets"):
        steps.extract_and_land("hubspot.ticket", run)
    ((status, error),) = ledger(warehouse)
    assert status == "unavailable"
    assert "tickets" in (error or "")


def test_an_optional_object_that_is_taken_away_is_red_until_it_counts_as_gone(
    connect: Connect, sandbox: Sandbox, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scope was lost, or the product given up: who runs it hears of both, and not for ever."""
    from airflow.sdk.exceptions import AirflowSkipException

    from crm_airflow import steps

    steps.stage(steps.validate(steps.extract_and_land("hubspot.ticket", run), run))
    sandbox.control.hide("hubspot", "tickets")
    today = steps.now()
    for days, expected in ((1, AccessError), (6, AccessError), (8, AirflowSkipException)):
        monkeypatch.setattr(steps, "now", lambda days=days: today + timedelta(days=days))
        with pytest.raises(expected, match="tickets"):
            steps.extract_and_land("hubspot.ticket", replace(run, run_id=f"after {days} days"))


def test_an_unreachable_host_is_named(connect: Connect, run: Any) -> None:
    from crm_airflow import steps

    port = free_port()
    connect("hubspot_default", conn_type="http", host="http://127.0.0.1", port=port, password="t")
    with pytest.raises(RetryableError, match=f"127.0.0.1:{port}"):
        steps.extract_and_land("hubspot.owner", run)


def test_an_unknown_custom_field_is_named(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Any
) -> None:
    from crm_airflow import steps

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    path = tmp_path / "config" / "sources.yaml"
    path.write_text(
        path.read_text().replace("custom_fields: {}", "custom_fields: {opportunity: [Nope__c]}", 1)
    )
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    with pytest.raises(StopError, match="Nope__c"):
        steps.extract_and_land("salesforce.opportunity", run)


def test_a_rejected_batch_says_where_to_look(
    connect: Connect, sandbox: Sandbox, warehouse: sa.Engine, run: Any
) -> None:
    from crm_airflow import steps

    for number in range(2, 14):
        sandbox.control.upsert("salesforce", "Opportunity", deal(number, StageName=None))
    batches = steps.extract_and_land("salesforce.opportunity", run)
    with pytest.raises(StopError, match=r"at most 10 of 13 records.*raw\.set_aside_record"):
        steps.validate(batches, run)
    assert [status for status, _ in ledger(warehouse)] == ["rejected"]


def test_pages_of_checks_are_kept_for_five_weeks(connect: Connect, run: Any) -> None:
    from crm_airflow import steps

    for age_days in (34, 36):
        folder = steps.results_folder(f"{age_days} days ago")
        folder.mkdir(parents=True)
        at = (steps.now() - timedelta(days=age_days)).timestamp()
        os.utime(folder, (at, at))
    page = Path(steps.check_tables(run))
    assert page.exists()
    kept = sorted(folder.name for folder in steps.results_folder(run.run_id).parent.iterdir())
    assert kept == ["34_days_ago", "manual__1"]


def test_a_report_without_metrics_says_what_to_run(connect: Connect, run: Any) -> None:
    from crm_airflow import report_steps

    assert not report_steps.metrics_are_ready(run)
    with pytest.raises(StopError, match="Run crm_daily"):
        report_steps.render_report("executive_weekly", run)


@pytest.mark.parametrize(
    ("params", "interval", "as_of_at"),
    [
        ({}, (NOW - timedelta(days=1), NOW), NOW),
        ({}, (None, None), NOW + timedelta(hours=1)),
        # A plain cron string's interval has no length: it is no window.
        ({}, (NOW, NOW), NOW + timedelta(hours=1)),
        ({"as_of": "2026-01-01T00:00:00+01:00"}, (NOW - timedelta(days=1), NOW), datetime(2025, 12, 31, 23, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_an_airflow_run_becomes_a_window_and_an_as_of(params, interval, as_of_at) -> None:
    from types import SimpleNamespace

    from crm_airflow.runs import run_from_context

    dag_run = SimpleNamespace(
        run_id="r", run_type="backfill", data_interval_start=interval[0],
        data_interval_end=interval[1], run_after=NOW + timedelta(hours=1),
    )  # fmt: skip
    found = run_from_context({"dag_run": dag_run, "params": params})
    assert found.as_of_at == as_of_at
    assert found.is_backfill
    assert (found.interval is not None) == (interval[0] != interval[1])


@pytest.mark.parametrize(("minutes_ago", "is_settled"), [(14, False), (15, True), (60_000, True)])
def test_an_interval_is_read_once_the_crms_show_all_of_it(
    monkeypatch: pytest.MonkeyPatch, minutes_ago: int, is_settled: bool
) -> None:
    from crm_airflow import steps
    from crm_airflow.runs import Run
    from include.core.window import Window

    end = NOW - timedelta(minutes=minutes_ago)
    run = Run("run", Window(end - timedelta(days=1), end), end, False, False)
    monkeypatch.setattr(steps, "now", lambda: NOW)

    assert steps.is_settled(run, timedelta(minutes=15)) is is_settled


def test_a_run_by_hand_waits_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_airflow import steps
    from crm_airflow.runs import Run

    assert steps.is_settled(Run("run", None, NOW, False, False), timedelta(minutes=15))


def test_metrics_as_of_an_instant_to_come_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A year mistyped: the report of that week would take what was computed today for its own."""
    from crm_airflow import steps
    from crm_airflow.runs import Run

    monkeypatch.setattr(steps, "now", lambda: NOW)
    with pytest.raises(
        StopError, match="2026-03-20 12:01 UTC, asked for as as_of, is still to come"
    ):
        steps.compute_metrics(Run("run", None, NOW + timedelta(minutes=1), False, False))
