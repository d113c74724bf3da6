"""The step that brings facts up to date: what changed each day, everything where a run repairs."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.errors import RetryableError
from include.core.settings import Settings
from include.facts import refresh
from include.tables.ops import extract_window, fact_build
from tests.facts.builders import at, opportunity, put, stages


def test_a_run_builds_what_changed_and_one_that_repairs_everything(
    warehouse: sa.Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_airflow import connections, steps
    from crm_airflow.runs import Run

    monkeypatch.setattr(refresh, "SMALLEST_COUNT", 0)
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(connections, "warehouse_engine", lambda: warehouse)
    monkeypatch.setattr(steps, "settings", lambda: settings)
    put(warehouse, *stages(), opportunity("006A", "2026-01-10", "2026-02-10", "open"))
    daily = Run("daily", None, steps.now(), is_backfill=False, re_extract=False)
    past = dataclasses.replace(daily, run_id="past", is_backfill=True)
    with warehouse.begin() as connection:
        for run_id, status in (("read past", "loaded"), ("past", "failed"), ("daily", "loaded")):
            connection.execute(
                sa.insert(extract_window).values(
                    batch_id=run_id, crm="salesforce", object_name="opportunity", mode="delta",
                    window_start_at=at("2026-02-01"), window_end_at=at("2026-02-02"),
                    status=status, run_id=run_id, extracted_at=at("2026-02-03"),
                )
            )  # fmt: skip
    for run in (
        daily,
        daily,
        past,
        dataclasses.replace(past, run_id="read past"),
        dataclasses.replace(daily, re_extract=True),
    ):
        assert steps.build_facts(run)["deal"] == 1
    told = sa.select(fact_build.c.reason).order_by(fact_build.c.built_at)
    with warehouse.connect() as connection:
        assert list(connection.scalars(told)) == [
            "facts were not built before",
            "",
            # Nothing was read for the past day.
            "",
            "the run repairs past days",
            "the run repairs past days",
        ]


def test_nothing_is_computed_on_facts_of_which_the_check_is_still_to_come(
    warehouse: sa.Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task was killed once facts were built. What the check withholds would be printed."""
    from crm_airflow import connections, recompute_steps, steps
    from crm_airflow.runs import Run
    from include.validate import facts as checks

    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(connections, "warehouse_engine", lambda: warehouse)
    monkeypatch.setattr(steps, "settings", lambda: settings)
    put(warehouse, *stages(), opportunity("006A", "2026-01-10", "2026-02-10", "open"))
    run = Run("daily", None, at("2026-02-12"), is_backfill=False, re_extract=False)
    day = date(2026, 2, 11)
    steps.build_facts(run)
    recompute_steps.recompute(day, day, ["revenue"], "again")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killing:
        killing.setattr(checks, "validate_facts", killed)
        with pytest.raises(KeyboardInterrupt):
            steps.build_facts(run)
    for compute in (
        lambda: steps.compute_metrics(run),
        lambda: recompute_steps.recompute(day, day, ["revenue"], "again"),
    ):
        with pytest.raises(RetryableError, match="have not been checked since"):
            compute()
    steps.build_facts(run)
    assert recompute_steps.recompute(day, day, ["revenue"], "again") > 0
