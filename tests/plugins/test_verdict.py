"""When a run of crm_daily is red though none of its tasks is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from include.core.errors import StopError
from include.tables.ops import extract_window
from tests.plugins.conftest import answer_at_warehouse

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def installation(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """This test's warehouse is the one that tasks use."""
    answer_at_warehouse(monkeypatch, warehouse)


def check(monkeypatch: pytest.MonkeyPatch, **states: str) -> None:
    """The verdict on a run whose tasks have these states."""
    from crm_airflow import verdict
    from crm_airflow.runs import Run

    monkeypatch.setattr(
        verdict.RuntimeTaskInstance, "get_task_states", lambda **asked: {"run": states}
    )
    verdict.check_run("crm_daily", Run("run", None, NOW, is_backfill=False, re_extract=False))


def loaded(warehouse: sa.Engine, object_name: str, run_id: str, is_in_facts: bool) -> None:
    """A window that a run has read and loaded."""
    row = {
        "batch_id": f"{object_name}-{run_id}", "crm": "salesforce", "object_name": object_name,
        "mode": "delta", "window_start_at": NOW, "window_end_at": NOW, "run_id": run_id,
        "status": "loaded", "extracted_at": NOW, "is_in_facts": is_in_facts,
    }  # fmt: skip
    with warehouse.begin() as connection:
        connection.execute(extract_window.insert().values(row))


@pytest.mark.parametrize("state", ["failed", "upstream_failed"])
def test_a_task_that_failed_turns_the_run_red(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    check(monkeypatch, facts="success", doctor="skipped", verdict="running")
    with pytest.raises(StopError, match="A task before this one failed"):
        check(monkeypatch, facts="success", take_in_salesforce_3=state, verdict="running")


def test_a_run_whose_values_lack_what_it_read_is_not_green(
    monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine
) -> None:
    """Only its failed tasks were cleared: the object is loaded now, and facts are as they were."""
    loaded(warehouse, "lead", "run", is_in_facts=True)
    # Whoever else is at work builds its own.
    loaded(warehouse, "case", "another run", is_in_facts=False)
    check(monkeypatch, take_in_salesforce_3="success", facts="success")
    loaded(warehouse, "opportunity", "run", is_in_facts=False)
    with pytest.raises(StopError, match=r"read salesforce\.opportunity after .* Clear `unify`"):
        check(monkeypatch, take_in_salesforce_3="success", facts="success")
