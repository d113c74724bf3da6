"""Who runs the pipeline hears of failures and late reports: from a real scheduler, by a real mail.

These come first, while nothing has been read and nothing is in the warehouse.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.end_to_end.conftest import Installation

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def soon(found: Callable[[], Any], seconds: float = 600) -> Any:
    """What is looked for, once it is there."""
    deadline = time.monotonic() + seconds
    while not (there := found()):
        assert time.monotonic() < deadline
        time.sleep(1)
    return there


def test_a_run_that_fails_is_told_once_each_time_it_does(installation: Installation) -> None:
    server, dag = installation.server, "dags/crm_recompute"
    days = {"first_date": "2026-03-02", "last_date": "2026-03-01"}
    run = server.call("POST", f"{dag}/dagRuns", {"logical_date": None, "conf": days})
    server.call("PATCH", dag, {"is_paused": False})
    (mail,) = soon(lambda: installation.notices("crm_recompute failed"))
    assert mail["To"] == "revops@example.com"
    lines = mail.get_content().splitlines()
    assert f"Run:  {run['dag_run_id']}" in lines
    assert f"Page: {server.url}/{dag}/runs/manual__" in "\n".join(lines)
    error = lines.index("* metrics") + 1
    assert lines[error] == "  The last day, 2026-03-01, is before the first, 2026-03-02. Trigger it"

    again = {"dry_run": False, "dag_run_id": run["dag_run_id"], "only_failed": True}
    server.call("POST", f"{dag}/clearTaskInstances", again)
    soon(lambda: len(installation.notices("crm_recompute failed")) == 2)


def test_a_report_whose_metrics_do_not_come_is_late(installation: Installation) -> None:
    """With the schedule let go, Airflow runs the last report that was due."""
    installation.server.call("PATCH", "dags/crm_report", {"is_paused": False})
    (mail,) = soon(lambda: installation.notices("is late"))
    said = " ".join(mail.get_content().split())
    assert "not all of its readers have it" in said
    assert "there are none at all. Check whether crm_daily is paused" in said
    # It waits on, and has not failed for want of tables.
    (run,) = installation.server.call("GET", "dags/crm_report/dagRuns")["dag_runs"]
    assert run["state"] == "running"
    assert installation.notices("crm_report failed") == []
    # Reading the file again, as Airflow does all the time, is no new version of the DAG.
    assert installation.server.call("GET", "dags/crm_report/dagVersions")["total_entries"] == 1
    # What follows has its own reports: this one would be mailed as soon as there are metrics.
    here = f"dags/crm_report/dagRuns/{run['dag_run_id']}"
    installation.server.call("PATCH", "dags/crm_report", {"is_paused": True})
    installation.server.call("PATCH", here, {"state": "success"})
    installation.server.call("DELETE", here)
