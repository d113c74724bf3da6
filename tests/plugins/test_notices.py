"""What Airflow tells of failed runs, as mails to those who run the pipeline."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.core.embedded import free_port
from include.core.errors import ConfigurationError, StopError
from tests.plugins.conftest import MIDNIGHT, RUN_ID, Mails, answer_mail_at

PROJECT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.usefixtures("mail_server")


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

    answer_mail_at(monkeypatch, free_port())
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
