"""Many as-ofs computed together give the rows that they give one after the other."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from include.core.settings import Calendar
from include.metrics.compute import compute_metrics_of_many
from include.metrics.periods import AsOf, Period, Reach
from include.metrics.plan import Plan, plan
from include.tables import metadata
from include.tables.metrics import metric_definition, metric_value, restatement, value_state
from tests.metrics.builders import at, build_calendar
from tests.metrics.company import write_facts
from tests.stored_values import forget_values

CALENDAR = Calendar(time_zone="UTC", currency="USD", fiscal_year_start_month=4, trailing_periods=2)
# The third is in the middle of a day, so it parts those that may be computed together.
AS_OFS = [at("2026-02-10"), at("2026-02-11"), at("2026-02-28T15:30"), *map(at, ("2026-03-02",
          "2026-03-20", "2026-04-01"))]  # fmt: skip
UNTOLD = {"run_id", "computed_at"}


def rewrite_history(engine: sa.Engine) -> None:
    """Part the states of every fact at random instants, the later part saying something else."""
    chance = Random(11)
    for table in metadata.sorted_tables:
        if table.schema != "facts" or "valid_from_at" not in table.c:
            continue
        with engine.begin() as connection:
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            connection.execute(table.delete())
            if rows:
                connection.execute(
                    table.insert(), [part for row in rows for part in parted(row, table, chance)]
                )


def parted(row: dict[str, Any], table: sa.Table, chance: Random) -> list[dict[str, Any]]:
    """A state as it is, or two that follow each other."""
    turns_at = AS_OFS[0] - timedelta(days=9) + timedelta(hours=chance.randrange(24 * 60))
    if not row["valid_from_at"] < turns_at < row["valid_to_at"] or chance.random() < 0.3:
        return [row]
    later = row | {"valid_from_at": turns_at}
    for column in table.c:
        value = row[column.name]
        if column.name == "is_counted":
            later["is_counted"] = chance.random() < 0.8
        elif column.name.endswith("_amount") and value is not None:
            later[column.name] = value + chance.randrange(-20, 50)
        elif column.name in ("segment", "country", "team_name", "channel", "user_name"):
            later[column.name] = chance.choice(["one", "other", value])
        elif column.name.endswith("closed_date") and value is not None:
            later[column.name] = value + timedelta(days=chance.choice([0, 0, 40]))
    return [row | {"valid_to_at": turns_at}, later]


def everything(engine: sa.Engine) -> list[set[tuple[str, ...]]]:
    """Every row computed, but for who computed it when."""
    found = []
    with engine.connect() as connection:
        for table in (metric_value, value_state, restatement, metric_definition):
            columns = [column for column in table.c if column.name not in UNTOLD]
            rows = connection.execute(sa.select(*columns))
            found.append({tuple(map(str, row)) for row in rows})
    return found


def forget(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for table in (restatement, metric_definition):
            connection.execute(table.delete())
        forget_values(connection)


@pytest.mark.slow
def test_together_as_one_after_the_other(warehouse: sa.Engine) -> None:
    """All metrics, grains and slices, with every fact rewritten between the as-ofs."""
    build_calendar(warehouse, "2024-01-01", "2026-12-31")
    write_facts(warehouse)
    rewrite_history(warehouse)

    def compute(as_ofs: list[datetime], metric_ids: list[str] | None = None) -> None:
        computed_at = datetime(2026, 5, 1, tzinfo=UTC)
        compute_metrics_of_many(warehouse, CALENDAR, as_ofs, "run", computed_at, metric_ids)

    for as_of in AS_OFS:
        compute([as_of])
    one_by_one = everything(warehouse)
    assert all(one_by_one)
    forget(warehouse)
    # In any order, and some over what is there: first without those in the middle.
    compute([AS_OFS[5], AS_OFS[0]], ["revenue", "mrr", "sales_cycle_days", "retention_rate"])
    compute(AS_OFS[::-1])
    together = everything(warehouse)
    for ours, theirs in zip(together, one_by_one, strict=True):
        assert ours - theirs == set()
        assert theirs - ours == set()


WEEKS = [
    Period("week", day, day + timedelta(days=7), datetime(day.year, day.month, day.day, tzinfo=UTC)
           + timedelta(days=7), str(day), day, day)
    for day in (date(2026, 1, 5) + timedelta(weeks=n) for n in range(20))
]  # fmt: skip


@given(
    own=st.sets(st.integers(0, 130), min_size=1, max_size=6),
    others=st.lists(st.integers(0, 130), max_size=4, unique=True),
    first=st.one_of(st.none(), st.integers(0, 130)),
    trailing=st.integers(0, 3),
    maturity=st.sampled_from([0, 6, 7, 30]),
)
def test_a_plan_of_many_is_the_plans_of_each(
    own: set[int], others: list[int], first: int | None, trailing: int, maturity: int
) -> None:
    """Other as-ofs are there already, each with the weeks it chose when it was computed."""

    def as_of(day: int) -> AsOf:
        return AsOf(datetime(2026, 1, 6, tzinfo=UTC) + timedelta(days=day), ZoneInfo("UTC"))

    def planned(days: list[int], having: dict[Any, set[datetime]]) -> Plan:
        first_date = None if first is None else date(2026, 1, 5) + timedelta(days=first)
        as_ofs = [as_of(day) for day in days]
        reach = Reach(trailing, maturity)
        return plan({"week": WEEKS}, as_ofs, [first_date] * len(as_ofs), reach, having)

    def apply(made: Plan, having: dict[Any, set[datetime]]) -> None:
        for key, later_at in made.superfluous:
            having[key].discard(later_at)
        for choice in made.choices:
            having.setdefault((choice.period.grain, choice.period.start_date), set()).add(
                choice.as_of.at
            )

    there: dict[Any, set[datetime]] = {}
    for day in others:
        if day not in own:
            apply(planned([day], there), there)
    step_by_step = {key: set(ats) for key, ats in there.items()}
    for day in sorted(own):
        apply(planned([day], step_by_step), step_by_step)
    at_once = planned(sorted(own), there)
    apply(at_once, there)
    assert {key: ats for key, ats in there.items() if ats} == {
        key: ats for key, ats in step_by_step.items() if ats
    }
    # Each value has as its neighbours the nearest as-ofs that have the same week.
    own_ats = {as_of(day).at for day in own}
    for choice in at_once.choices:
        ats = there[choice.period.grain, choice.period.start_date]
        assert choice.previous_as_of_at == max(
            (each for each in ats if each < choice.as_of.at), default=None
        )
        after = min((each for each in ats if each > choice.as_of.at), default=None)
        assert choice.next_as_of_at == (None if after in own_ats else after)
