"""Late reports, as mails to those who run the pipeline and to readers who wait."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.core.errors import StopError
from include.tables.ops import delivery
from tests.plugins.conftest import MIDNIGHT, Mails

pytestmark = pytest.mark.usefixtures("mail_server")


def late(**changes: Any) -> dict[str, Any]:
    """What Airflow tells of a run that has passed its deadline."""
    run = {
        "dag_id": "crm_report", "dag_run_id": "scheduled__1", "run_type": "scheduled",
        "state": "running", "data_interval_end": "2026-03-16T10:00:00Z",
    }  # fmt: skip
    return {"dag_run": run | changes, "deadline": {}}


def test_a_report_that_waits_past_its_deadline_is_told(mails: Mails) -> None:
    from crm_airflow import notices

    notices.report_is_late("executive_weekly", late())
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] executive_weekly for 2026-W11 is late"
    said = " ".join(text.split())
    assert "was due Mon 16 Mar 2026, 06:00 EDT, and not all of its readers have it" in said
    assert "metrics as of Mon 16 Mar 2026, 00:00 EDT or later; there are none at all" in said


def sent(warehouse: sa.Engine, period_id: str) -> None:
    """The one reader has the report of a week."""
    row = {
        "report_id": "executive_weekly", "period_id": period_id, "revision": 1,
        "recipient": "executives@example.com", "status": "sent", "message_id": "<1@example.com>",
        "run_id": "run", "attempt_count": 1, "claimed_at": MIDNIGHT,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(delivery.insert(), row)


def test_a_backfill_does_not_leave_readers_waiting_in_green(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Airflow makes the failed run of Monday's schedule a backfill when one runs it again."""
    from crm_airflow import report_steps, steps
    from crm_airflow.runs import Run

    run = Run("scheduled__2026-03-16", None, MIDNIGHT, is_backfill=True, re_extract=False)
    monkeypatch.setattr(steps, "now", lambda: MIDNIGHT)

    def is_mailed(week: int, send_mail: report_steps.SendMail = "auto", run: Run = run) -> bool:
        rendered: dict[str, str | int] = {"period_id": f"2026-W{week}", "revision": 1}
        return report_steps.is_mailed("executive_weekly", rendered, run, send_mail)

    # Before the first report nobody waits; and nobody is mailed an old week.
    assert not is_mailed(11)
    sent(warehouse, "2026-W10")
    assert not is_mailed(9)
    with pytest.raises(StopError, match=r"executives@example\.com wait for .* 2026-W11"):
        is_mailed(11)
    assert not is_mailed(11, "never")
    assert is_mailed(11, "always")
    assert is_mailed(11, run=dataclasses.replace(run, is_backfill=False))
    assert not is_mailed(11, "never", dataclasses.replace(run, is_backfill=False))
    sent(warehouse, "2026-W11")
    assert not is_mailed(11)


def test_readers_who_wait_for_a_late_report_hear_of_it_once_each(
    mails: Mails, warehouse: sa.Engine
) -> None:
    from crm_airflow import notices

    sent(warehouse, "2026-W10")
    notices.report_is_late("executive_weekly", late())
    (to_ops, _), (to_reader, text) = mails()
    assert to_ops.startswith("[CRM metrics]")
    assert to_reader == "The executive weekly report for 2026 week 11 is late"
    # What keeps it is nothing to them.
    assert "crm_daily" not in text


@pytest.mark.parametrize(
    "changes", [{"state": "success"}, {"run_type": "backfill"}, {"run_type": "manual"}]
)
def test_only_a_report_on_schedule_is_late(mails: Mails, changes: dict[str, str]) -> None:
    from crm_airflow import notices

    notices.report_is_late("executive_weekly", late(**changes))
    assert mails() == []


def test_a_report_is_late_too_when_the_warehouse_is_down(
    mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import notices

    fields = {"conn_type": "postgres", "host": "127.0.0.1", "port": free_port(), "login": "etl"}
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", json.dumps(fields))
    notices.report_is_late("executive_weekly", late())
    ((_, text),) = mails()
    assert "cannot be reached" in " ".join(text.split())


def test_a_report_has_its_deadline_from_the_configuration() -> None:
    from crm_airflow import notices

    deadline = notices.report_deadline("executive_weekly")
    assert deadline is not None
    assert deadline.interval == timedelta(hours=2)
    # By its name, as Airflow imports it.
    assert deadline.callback.path == "crm_airflow.notices.report_is_late"
