"""Rows prepared for one metric serve the next that wants the same."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from include.metrics import compute as compute_module
from include.tables.metrics import metric_value
from tests.metrics.builders import at, build_calendar, compute
from tests.metrics.company import write_facts
from tests.stored_values import forget_values

UNTOLD = {"run_id", "computed_at"}


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse, "2025-01-01", "2026-12-31")
    write_facts(warehouse)
    return warehouse


def preparations(engine: sa.Engine, metric_ids: list[str]) -> int:
    """How often customers are compared to compute some metrics."""
    statements: list[str] = []

    def note(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(engine, "before_cursor_execute", note)
    compute(engine, at("2026-04-15"), metric_ids)
    sa.event.remove(engine, "before_cursor_execute", note)
    return sum("INSERT INTO compared_customer" in text for text in statements)


def values(engine: sa.Engine) -> set[tuple[str, ...]]:
    columns = [column for column in metric_value.c if column.name not in UNTOLD]
    with engine.connect() as connection:
        return {tuple(map(str, row)) for row in connection.execute(sa.select(*columns))}


def temporary_tables(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        names = connection.execute(
            sa.text("select relname from pg_class where relpersistence = 't' and relkind = 'r'")
        )
        return list(names.scalars())


def test_customers_are_compared_once_for_metrics_of_the_same_span(company: sa.Engine) -> None:
    """Retention and churn ask of the period, retention of a year's revenue of the year."""
    of_period, of_year = ["retention_rate", "churn_rate"], ["nrr_trailing_year"]
    assert preparations(company, of_period + of_year) == 2
    together = values(company)
    with company.begin() as connection:
        forget_values(connection)
    for metric_id in of_period + of_year:
        assert preparations(company, [metric_id]) == 1
    assert values(company) == together


def test_nothing_prepared_is_left_on_the_connection(company: sa.Engine) -> None:
    """And a table of that name that is somebody else's stays."""
    with company.begin() as connection:
        connection.exec_driver_sql("create table public.compared_customer as select 1 as theirs")
    compute(company, at("2026-04-15"), ["retention_rate"])
    with company.begin() as connection:
        theirs = connection.scalar(sa.text("select theirs from compared_customer"))
        connection.exec_driver_sql("drop table public.compared_customer")
    assert (temporary_tables(company), theirs) == ([], 1)


def test_a_failure_leaves_nothing_prepared_either(
    company: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first metric's table is committed when the second one fails."""
    done = []

    def fail_later(*arguments: object) -> None:
        done.append(arguments)
        if len(done) == 2:
            raise RuntimeError("the second metric fails")

    monkeypatch.setattr(compute_module, "withhold_slices", fail_later)
    with pytest.raises(RuntimeError, match="the second metric fails"):
        compute(company, at("2026-04-15"), ["retention_rate", "churn_rate"])
    deadline = time.monotonic() + 10
    # The server lets go of a session a moment after it has ended.
    while left := temporary_tables(company):
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
