"""The step that brings facts up to date: what changed each day, everything where a run repairs."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.facts import refresh
from include.tables.ops import fact_build
from tests.facts.builders import opportunity, put, stages


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
    for run in (
        daily,
        daily,
        dataclasses.replace(daily, is_backfill=True),
        dataclasses.replace(daily, re_extract=True),
    ):
        assert steps.build_facts(run)["deal"] == 1
    told = sa.select(fact_build.c.reason).order_by(fact_build.c.built_at)
    with warehouse.connect() as connection:
        assert list(connection.scalars(told)) == [
            "facts were not built before",
            "",
            "the run repairs past days",
            "the run repairs past days",
        ]
