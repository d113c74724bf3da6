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
from include.metrics.metric import Part
from include.metrics.periods import AsOf, Period, Reach
from include.metrics.plan import Plan, plan
from include.metrics.wanted import stands_at, wanted_period
from include.tables import SOURCE_OBJECTS, facts, metadata
from include.tables.metrics import metric_definition, metric_value, restatement, value_state
from tests.metrics.builders import at, build_calendar, loaded, total
from tests.metrics.company import write_facts
from tests.metrics.company_told_later import write_told_later
from tests.stored_values import forget_values

CALENDAR = Calendar(time_zone="UTC", currency="USD", fiscal_year_start_month=4, trailing_periods=2)
# The second is in the middle of a day, so it parts those that may be computed together.
AS_OFS = [at("2026-02-10"), at("2026-02-28T15:30"),
          *map(at, ("2026-03-02", "2026-03-20", "2026-04-01", "2026-04-03"))]  # fmt: skip
UNTOLD = {"run_id", "computed_at"}


def rewrite_history(engine: sa.Engine) -> None:
    """Part the states of every fact at random instants, each later part saying something else."""
    chance = Random(11)
    for table in metadata.sorted_tables:
        if table.schema != "facts" or "valid_from_at" not in table.c:
            continue
        with engine.begin() as connection:
            key = list(table.primary_key.columns)
            stood = connection.execute(sa.select(table).order_by(*key)).mappings()
            rows = [dict(row) for row in stood]
            connection.execute(table.delete())
            if rows:
                connection.execute(
                    table.insert(), [part for row in rows for part in parted(row, table, chance)]
                )


def parted(row: dict[str, Any], table: sa.Table, chance: Random) -> list[dict[str, Any]]:
    """A state as it is, or up to three that follow each other."""
    parts = [row]
    for _ in range(chance.choice([0, 1, 1, 2])):
        last = parts[-1]
        turns_at = AS_OFS[0] + timedelta(hours=chance.randrange(24 * 60))
        if last["valid_from_at"] < turns_at < last["valid_to_at"]:
            later = {
                column.name: said_otherwise(column, last[column.name], chance) for column in table.c
            }
            parts[-1:] = [last | {"valid_to_at": turns_at}, later | {"valid_from_at": turns_at}]
    return parts


def said_otherwise(column: sa.Column[Any], value: Any, chance: Random) -> Any:
    """Mostly the same value: facts need not make sense for two ways to sum them to agree."""
    if column.primary_key or column.name == "valid_to_at" or value is None:
        return value
    if isinstance(column.type, sa.Boolean):
        return value != (chance.random() < 0.15)
    if chance.random() < 0.8:
        return value
    if isinstance(column.type, sa.Date):
        return value + timedelta(days=chance.choice([-30, -3, 4, 40]))
    if isinstance(column.type, sa.DateTime):
        return value + timedelta(hours=chance.choice([-30, 4, 70]))
    if isinstance(column.type, sa.Numeric):
        return value + chance.randrange(-20, 50)
    if column.name in ("segment", "country", "team_name", "channel", "user_name"):
        return chance.choice(["one", "other"])
    return value


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
    write_told_later(warehouse)
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
    compute([AS_OFS[-1], AS_OFS[0]], ["revenue", "mrr", "sales_cycle_days", "retention_rate"])
    compute(AS_OFS[::-1])
    together = everything(warehouse)
    for ours, theirs in zip(together, one_by_one, strict=True):
        assert ours - theirs == set()
        assert theirs - ours == set()


def test_what_was_spent_is_paid_back_by_a_month_that_ends_between_two_as_ofs(
    warehouse: sa.Engine,
) -> None:
    """October's 110 by six months of 20, of which all is margin; nothing else changes in between."""
    build_calendar(warehouse, "2024-01-01", "2026-12-31")
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    write_told_later(warehouse)
    as_ofs = [at(f"2026-{day}") for day in ("03-29", "03-30", "03-31", "04-01", "04-02")]
    metric_id = "cac_payback_observed"
    compute_metrics_of_many(warehouse, CALENDAR, as_ofs, "run", as_ofs[-1], [metric_id])
    found = [total(warehouse, metric_id, "month", "2025-10-01", as_of_at=as_of) for as_of in as_ofs]
    assert [row.value for row in found] == [None, None, None, 6, 6]


_OTHER = facts.user.alias("other")


@pytest.mark.parametrize(
    "condition",
    [
        stands_at(facts.user, wanted_period.c.as_of_at),
        sa.exists().where(stands_at(_OTHER, wanted_period.c.as_of_at)),
        wanted_period.c.position > 1,
    ],
)
@pytest.mark.parametrize("place", ["on", "where", "measure"])
def test_a_part_that_asks_for_the_as_of_is_refused(condition: Any, place: str) -> None:
    """Past periods are summed once for all as-ofs, so it would get the answer of any of them."""
    given = {"measure": facts.user.c.is_counted, place: condition}
    with pytest.raises(ValueError, match=r"(as_of_at|position) of wanted_period: say `as_known`"):
        Part(fact=facts.user, date=facts.user.c.created_date, timing="joined", **given)


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
