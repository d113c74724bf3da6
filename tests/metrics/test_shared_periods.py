"""Grains that have a period of the same days share its sums, and change no value by that."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.core.settings import Calendar
from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import at, build_calendar, compute
from tests.metrics.company import write_facts
from tests.metrics.company_told_later import write_told_later
from tests.stored_values import forget_values

OF_RUN = {"run_id", "computed_at"}
CALENDAR_GRAINS = ("day", "week", "month", "quarter", "year")


def computed(engine: sa.Engine, fiscal_year_start_month: int) -> dict[str, set[tuple[str, ...]]]:
    """Values by grain as of the middle of March, every metric and slice."""
    calendar = Calendar(
        time_zone="UTC",
        currency="USD",
        fiscal_year_start_month=fiscal_year_start_month,
        trailing_periods=2,
    )
    with engine.begin() as connection:
        forget_values(connection)
        for table in (facts.date, facts.period):
            connection.execute(table.delete())
    build_calendar(engine, "2024-01-01", "2026-12-31", calendar)
    compute(engine, at("2026-03-16"), calendar=calendar)
    columns = [column for column in metric_value.c if column.name not in {*OF_RUN, "grain"}]
    found: dict[str, set[tuple[str, ...]]] = {}
    with engine.connect() as connection:
        for grain, *row in connection.execute(sa.select(metric_value.c.grain, *columns)):
            found.setdefault(grain, set()).add(tuple(map(str, row)))
    return found


@pytest.mark.slow
def test_a_grain_has_the_values_it_has_by_itself(warehouse: sa.Engine) -> None:
    """A fiscal year that begins in January has the calendar's quarters, one in February has none."""
    write_facts(warehouse)
    write_told_later(warehouse)
    shared, apart = computed(warehouse, 1), computed(warehouse, 2)
    for grain in CALENDAR_GRAINS:
        assert shared[grain] == apart[grain], grain
    # Their names differ, and nothing else does.
    name = [
        column.name for column in metric_value.c if column.name not in {*OF_RUN, "grain"}
    ].index("period_id")
    for grain in ("quarter", "year"):
        ours, fiscal = (
            {row[:name] + row[name + 1 :] for row in shared[each]}
            for each in (grain, f"fiscal_{grain}")
        )
        assert ours == fiscal, grain
