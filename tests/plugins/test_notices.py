"""What Airflow tells of failed runs and late reports, as mails to those who run the pipeline."""

from __future__ import annotations

import dataclasses
import email
import email.policy
import json
import logging
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.embedded import free_port
from include.core.errors import ConfigurationError, StopError
from include.sandbox.mailbox import Mailbox
from include.tables.ops import delivery, expectation_result

PROJECT = Path(__file__).resolve().parents[2]
MIDNIGHT = datetime(2026, 3, 20, 4, tzinfo=UTC)
RUN_ID = "scheduled__2026-03-20T04:00:00+00:00"
Mails = Callable[[], list[tuple[str, str]]]


@pytest.fixture(autouse=True)
def installation(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A mail server and this test's warehouse, and nothing kept of any configuration."""
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path / "data"))
    url = warehouse.url
    fields = {
        "conn_type": "postgres", "host": url.host, "port": url.port, "login": url.username,
        "password": url.password, "schema": url.database,
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", json.dumps(fields))
    with Mailbox(tmp_path / "mail") as mailbox:
        _mail_server(monkeypatch, mailbox.port)
        yield


def _mail_server(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True}
    fields = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(fields))


@pytest.fixture
def mails(tmp_path: Path) -> Mails:
    """Subject and text of the mails that came."""

    def read() -> list[tuple[str, str]]:
        parsed = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((tmp_path / "mail").glob("*.eml"))
        ]
        # Lines of a mail end in CR and LF.
        return [(mail["Subject"], "\n".join(mail.get_content().splitlines())) for mail in parsed]

    return read


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Makes the context of a failed run from the tasks' states and what they left."""
    from crm_airflow import notices

    def make(
        states: dict[str, str], left: dict[tuple[str, int], Any] | None = None, **changes: Any
    ) -> Any:
        def get_one(*, key: str, dag_id: str, task_id: str, run_id: str, map_index: int) -> Any:
            return (left or {}).get((task_id, map_index))

        monkeypatch.setattr(notices.XCom, "get_one", get_one)
        monkeypatch.setattr(
            notices.RuntimeTaskInstance, "get_task_states", lambda **asked: {RUN_ID: states}
        )
        dag_run = {
            "conf": {}, "run_after": MIDNIGHT,
            "data_interval_start": MIDNIGHT - timedelta(days=1), "data_interval_end": MIDNIGHT,
        }  # fmt: skip
        ids = ["prepare", "take_in_salesforce", "check_tables", "metrics", "verdict"]
        return {
            "dag": SimpleNamespace(dag_id="crm_daily", task_ids=ids),
            "dag_run": SimpleNamespace(**dag_run | changes),
            "run_id": RUN_ID,
            "reason": "task_failure",
        }

    return make


def kept(error: BaseException, rendered_map_index: str | None = None) -> dict[str, str]:
    """What a task leaves of an error."""
    from crm_airflow import notices

    pushed: dict[str, Any] = {}
    task = SimpleNamespace(
        task_id="take_in_salesforce",
        rendered_map_index=rendered_map_index,
        xcom_push=pushed.__setitem__,
    )
    notices.keep_error({"ti": task, "exception": error})
    return pushed[notices.ERROR]


def test_a_run_of_which_dozens_of_tasks_failed_is_one_mail(failed: Any, mails: Mails) -> None:
    from crm_airflow import notices

    refused = StopError("Salesforce refused the login.", "Check consumer_key.")
    left = {
        ("take_in_salesforce", index): kept(refused, f"salesforce.object_{index}")
        for index in range(24)
    }
    states = {f"take_in_salesforce_{index}": "failed" for index in range(24)}
    states |= {"take_in_salesforce_24": "success", "check_tables": "upstream_failed"}
    states |= {"metrics": "failed", "verdict": "failed"}
    notices.run_failed(failed(states, left))
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] crm_daily failed (2026-03-19)"
    assert text.count("Salesforce refused the login. Check consumer_key.") == 1
    assert "* salesforce.object_0, salesforce.object_1" in text
    assert "and 19 more\n" in text
    assert "* metrics\n  It left no message" in text
    for silent in ("object_24", "check_tables", "verdict"):
        assert silent not in text
    assert f"  airflow dags clear crm_daily --yes --run-id {RUN_ID}\n" in f"{text}\n"


def test_a_run_that_is_red_for_its_values_alone_says_so(failed: Any, mails: Mails) -> None:
    from crm_airflow import notices

    lacks = StopError("This run read salesforce.lead after facts were built.", "Clear `unify`.")
    states = {"take_in_salesforce_0": "success", "verdict": "failed"}
    notices.run_failed(failed(states, {("verdict", -1): kept(lacks)}))
    ((_, text),) = mails()
    assert "after facts were built. Clear `unify`." in " ".join(text.split())


def test_the_runs_page_is_named_where_airflow_has_an_address(
    failed: Any, mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import notices

    notices.run_failed(failed({"metrics": "failed"}))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com/")
    notices.run_failed(failed({"metrics": "failed"}))
    (_, without), (_, linked) = mails()
    assert "Page:" not in without
    run = "scheduled__2026-03-20T04%3A00%3A00%2B00%3A00"
    assert f"Page: https://airflow.example.com/dags/crm_daily/runs/{run}\n" in linked


def test_a_run_that_was_ended_says_so(failed: Any, mails: Mails) -> None:
    from crm_airflow import notices

    notices.run_failed(failed({"metrics": "skipped"}) | {"reason": "timed_out"})
    ((_, text),) = mails()
    assert "It ran longer than a run may" in text


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"conf": {"as_of": "2026-01-31T12:00:00Z"}}, "as of 2026-01-31T12:00:00Z"),
        ({"conf": {"first_date": "2026-01-01", "last_date": "2026-01-31"}}, "2026-01-01 to 2026-01-31"),
        ({"data_interval_start": MIDNIGHT - timedelta(days=7)}, "up to 2026-03-20 00:00 EDT"),
        ({"data_interval_start": None, "data_interval_end": None}, "started by hand, 2026-03-20 00:00 EDT"),
    ],
)  # fmt: skip
def test_a_notice_says_which_time_a_run_is_about(
    failed: Any, mails: Mails, changes: dict[str, Any], about: str
) -> None:
    from crm_airflow import notices

    notices.run_failed(failed({}, **changes))
    ((subject, _),) = mails()
    assert subject.endswith(f"failed ({about})")


def test_a_day_that_ends_at_a_midnight_the_clock_leaves_out_is_a_day() -> None:
    """On 24 April 2026 the clocks of Cairo go from 23:59 on to 01:00, and show that for its begin."""
    from crm_airflow import notices

    cairo, turn = ZoneInfo("Africa/Cairo"), datetime(2026, 4, 23, 22, tzinfo=UTC)
    for start, end, day in (
        (turn - timedelta(days=1), turn, "2026-04-23"),
        (turn, turn + timedelta(hours=23), "2026-04-24"),
    ):
        run = SimpleNamespace(conf={}, data_interval_start=start, data_interval_end=end)
        assert notices._about(run, cairo) == day


def test_a_run_of_which_airflow_tells_little_is_told_all_the_same(
    failed: Any, mails: Mails
) -> None:
    """Where no task belongs to the end of a run, its context has no more than its name."""
    from crm_airflow import notices

    context = failed({"metrics": "failed"})
    del context["dag_run"]
    notices.run_failed(context)
    ((_, text),) = mails()
    assert f"Run:  {RUN_ID}" in text


def test_a_mail_server_that_is_down_is_noted_and_no_more(
    failed: Any, mails: Mails, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from crm_airflow import notices

    _mail_server(monkeypatch, free_port())
    with caplog.at_level(logging.ERROR):
        notices.run_failed(failed({"metrics": "failed"}))
    assert mails() == []
    assert "Nobody is told ([CRM metrics] crm_daily failed" in caplog.text
    assert "cannot be used now" in caplog.text


def test_nobody_is_told_and_no_report_has_a_deadline_where_nobody_is_named(
    failed: Any, mails: Mails, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    from crm_airflow import notices

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    path = tmp_path / "config" / "audiences.yaml"
    before, _, after = path.read_text().partition("ops:\n")
    path.write_text(before + after.partition("\n\n")[2])
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    with caplog.at_level(logging.WARNING):
        notices.run_failed(failed({"metrics": "failed"}))
    assert mails() == []
    assert "audiences.yaml names nobody under ops" in caplog.text
    assert notices.report_deadline("executive_weekly") is None


def test_a_mistake_in_the_configuration_is_told_all_the_same(
    failed: Any, mails: Mails, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    """Who is to be told stands in a file of it; where that one is wrong, they are who last were.

    Nobody is told where it never was right.
    """
    from crm_airflow import notices, steps
    from include.core.settings import load_settings
    from include.core.settings_wiring import keep_in_force

    shutil.copytree(PROJECT / "include" / "config", tmp_path / "config")
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(tmp_path / "config"))
    (tmp_path / "config" / "sources.yaml").write_text("salesforce: [")
    with pytest.raises(ConfigurationError) as caught:
        steps.prepare()
    notices.run_failed(failed({"prepare": "failed"}, {("prepare", -1): kept(caught.value)}))
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] crm_daily failed (2026-03-19)"
    assert "sources.yaml" in text
    assert "not YAML" in " ".join(text.split())
    assert notices.report_deadline("executive_weekly") is not None
    right = load_settings(PROJECT / "include" / "config")
    (tmp_path / "config" / "audiences.yaml").write_text("sender: [")
    notices.run_failed(failed({"prepare": "failed"}))
    assert len(mails()) == 1
    assert "correct audiences.yaml" in caplog.text
    assert notices.report_deadline("executive_weekly") is None
    keep_in_force(right, tmp_path / "data" / "in_force")
    notices.run_failed(failed({"prepare": "failed"}))
    assert len(mails()) == 2
    assert notices.report_deadline("executive_weekly") is not None


def test_a_disk_that_is_nearly_full_is_told_before_it_is(
    mails: Mails, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import notices
    from include.land import room

    monkeypatch.setattr(room, "LEAST_BYTES", 0)
    notices.tell_of_disk()
    assert mails() == []
    monkeypatch.setattr(room, "LEAST_BYTES", 10**18)
    notices.tell_of_disk()
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] the disk is nearly full"
    said = " ".join(text.split())
    assert "what landed in the last four weeks took 0.0 GB. Runs fail when it is full." in said
    assert "README.md says under Disk space" in said


def test_no_secret_is_kept_of_an_error() -> None:
    from airflow.sdk.log import mask_secret

    mask_secret("hunter2-of-the-warehouse")
    error = RuntimeError("cannot log in with hunter2-of-the-warehouse\nand the whole statement")
    assert kept(error)["error"] == "RuntimeError: cannot log in with ***"


def test_an_error_of_ours_is_kept_with_what_to_do() -> None:
    from airflow.sdk.exceptions import AirflowSensorTimeout

    error = ConfigurationError("Not usable:\na.yaml:3: wrong", "\nCorrect it.")
    assert kept(error, "salesforce.deal") == {
        "name": "salesforce.deal",
        "error": "Not usable: a.yaml:3: wrong Correct it.",
    }
    assert kept(AirflowSensorTimeout("Sensor has timed out"))["error"] == (
        "What it waits for has not come in time."
    )
    # Of forty mails that may have arrived it told each, and not what to do.
    told = kept(StopError("word " * 500, "Ask the recipients."))["error"]
    assert len(told) < 700
    assert told.endswith(" … Ask the recipients.")


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
    from crm_airflow import steps
    from crm_airflow.runs import Run

    run = Run("scheduled__2026-03-16", None, MIDNIGHT, is_backfill=True, re_extract=False)
    monkeypatch.setattr(steps, "now", lambda: MIDNIGHT)

    def is_mailed(week: int, send_mail: steps.SendMail = "auto", run: Run = run) -> bool:
        rendered: dict[str, str | int] = {"period_id": f"2026-W{week}", "revision": 1}
        return steps.is_mailed("executive_weekly", rendered, run, send_mail)

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


def test_checks_that_do_not_hold_are_told_once(
    failed: Any, mails: Mails, warehouse: sa.Engine
) -> None:
    """Airflow may run the task again: who was told is not told twice."""
    from crm_airflow import notices

    rules = [
        (
            "hubspot.deal",
            "no field that is usually filled is empty in all records: amount",
            "",
            "warning",
        ),
        ("facts", "deal.cycle_days is not negative", "deal.cycle_days", "critical"),
    ]
    with warehouse.begin() as connection:
        connection.execute(
            expectation_result.insert(),
            [
                {
                    "run_id": RUN_ID, "suite": suite, "batch_id": "", "expectation": words,
                    "column_name": column, "severity": severity, "is_success": False,
                    "observed": "1", "checked_at": MIDNIGHT,
                }
                for suite, words, column, severity in rules
            ],
        )  # fmt: skip
    context = failed({})
    notices.checks_broken(context)
    notices.checks_broken(context)
    ((subject, text),) = mails()
    assert subject == "[CRM metrics] crm_daily: 2 checks do not hold (2026-03-19)"
    assert text.splitlines()[:11] == [
        f"Run:  {RUN_ID}",
        "For:  2026-03-19",
        "",
        "Not as expected; figures rest on it all the same:",
        "* hubspot.deal: no field that is usually filled is empty in all records:",
        "  amount (seen: 1)",
        "",
        "Wrong, so the metrics that read it are withheld:",
        "* facts: deal.cycle_days is not negative (seen: 1)",
        "",
        "Find out, with those who run the CRM, whether this is intended.",
    ]


def test_checks_that_hold_are_no_mail(failed: Any, mails: Mails) -> None:
    from crm_airflow import notices

    notices.checks_broken(failed({}))
    assert mails() == []


def test_a_mail_server_that_is_down_leaves_checks_to_the_next_run(
    failed: Any, mails: Mails, warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import notices

    row = {
        "run_id": RUN_ID, "suite": "facts", "batch_id": "", "expectation": "x", "column_name": "",
        "severity": "warning", "is_success": False, "checked_at": MIDNIGHT,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(expectation_result.insert().values(row))
    with monkeypatch.context() as patched:
        _mail_server(patched, free_port())
        notices.checks_broken(failed({}))
    assert mails() == []
    notices.checks_broken(failed({}))
    assert len(mails()) == 1
