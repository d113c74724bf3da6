"""Values kept as states, held against a dictionary that has every value of every as-of."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby, pairwise, product
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.metrics.states import keep, remove
from include.metrics.wanted import create_temporary_tables
from include.metrics.written import computed
from include.tables.metrics import computed_period, metric_value, value_state
from tests.metrics.builders import at
from tests.stored_values import forget_values

FIRST_AT = at("2026-01-01")
WEEKS = [date(2026, 1, 5), date(2026, 1, 12)]
MEMBERS = ("", "A", "B")
# week, day of the as-of -> value of each member that has one.
Model = dict[tuple[date, int], dict[str, int]]

VALUES = st.dictionaries(st.sampled_from(MEMBERS), st.integers(1, 2))
WRITE = st.dictionaries(
    st.tuples(st.sampled_from(WEEKS), st.integers(0, 7)), VALUES, min_size=1, max_size=6
)
REMOVE = st.sets(st.tuples(st.sampled_from(WEEKS), st.integers(0, 7)), min_size=1, max_size=3)


def instant(day: int) -> datetime:
    return FIRST_AT + timedelta(days=day)


def state_row(week: date, member: str, value: int) -> dict[str, Any]:
    """What is kept of a value besides its times."""
    return {
        "grain": "week", "period_start_date": week, "slice_id": "owner" if member else "total",
        "slice_value": member, "period_end_date": week + timedelta(days=7), "period_id": str(week),
        "slice_label": member, "value": value, "sample_count": value, "excluded_count": 0,
        "unit": "count", "status": "OK", "status_reason": "", "is_complete": True,
    }  # fmt: skip


def write(engine: sa.Engine, model: Model, is_folded: bool = False) -> None:
    """Keep values as compute does: the periods first, then the values.

    Each as-of by itself, or those together that follow each other and have the same value of a member.
    """
    days = sorted({day for _, day in model})
    with engine.begin() as connection:
        for week, day in model:
            is_it = [computed_period.c.period_start_date == week,
                     computed_period.c.as_of_at == instant(day)]  # fmt: skip
            connection.execute(computed_period.delete().where(*is_it))
            connection.execute(
                computed_period.insert(),
                {
                    "metric_id": "m", "grain": "week", "period_start_date": week,
                    "as_of_at": instant(day), "is_complete": True, "run_id": "run",
                    "computed_at": FIRST_AT,
                },
            )  # fmt: skip
        create_temporary_tables(connection)
        there = {
            (row.period_start_date, (row.as_of_at - FIRST_AT).days)
            for row in connection.execute(sa.select(computed_period))
        }
        for week, member in product(WEEKS, MEMBERS):
            in_order = sorted(day for at_week, day in there if at_week == week)
            seen = [(day, model.get((week, day), {}).get(member)) for day in in_order]
            for (value, _), group in groupby(
                seen, key=lambda each: (each[1], None if is_folded else each[0])
            ):
                same = [instant(day) for day, _ in group]
                if value is not None:
                    as_ofs = {"as_of_at": same[0], "last_as_of_at": same[-1]}
                    connection.execute(computed.insert(), state_row(week, member, value) | as_ofs)
        keep(connection, "m", [instant(day) for day in days])


def take_out(engine: sa.Engine, keys: set[tuple[date, int]]) -> None:
    with engine.begin() as connection:
        create_temporary_tables(connection)
        remove(connection, "m", [(("week", week), instant(day)) for week, day in keys])


def stored(engine: sa.Engine) -> Model:
    """What readers see."""
    found: Model = {}
    with engine.connect() as connection:
        for row in connection.execute(sa.select(computed_period)):
            found[row.period_start_date, (row.as_of_at - FIRST_AT).days] = {}
        for row in connection.execute(sa.select(metric_value)):
            members = found[row.period_start_date, (row.as_of_at - FIRST_AT).days]
            assert row.slice_value not in members
            members[row.slice_value] = int(row.value)
    return found


def states(engine: sa.Engine) -> dict[tuple[date, str], list[tuple[datetime, datetime, int]]]:
    """From when until when each value of each member stands, in order."""
    found: dict[tuple[date, str], list[tuple[datetime, datetime, int]]] = {}
    with engine.connect() as connection:
        for row in connection.execute(sa.select(value_state).order_by(value_state.c.as_of_at)):
            found.setdefault((row.period_start_date, row.slice_value), []).append(
                (row.as_of_at, row.until_as_of_at, int(row.value))
            )
    return found


def complete(written: Model, model: Model) -> Model:
    """A call writes all periods of its as-ofs, or takes out what it does not write."""
    days = {day for _, day in written}
    return {key: written.get(key, model[key]) for key in model if key[1] in days} | written


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.one_of(WRITE, REMOVE), min_size=1, max_size=6), is_folded=st.booleans())
def test_readers_see_every_value_and_nothing_is_kept_twice(
    warehouse: sa.Engine, steps: list[Model | set[tuple[date, int]]], is_folded: bool
) -> None:
    """Any as-ofs, together or not, anew, before and between others, and taken out again."""
    with warehouse.begin() as connection:
        forget_values(connection)
    model: Model = {}
    for step in steps:
        if isinstance(step, dict):
            step = complete(step, model)
            write(warehouse, step, is_folded)
            model |= step
        else:
            take_out(warehouse, step & model.keys())
            model = {key: values for key, values in model.items() if key not in step}
        assert stored(warehouse) == model
        as_ofs = {
            week: {instant(day) for at_week, day in model if at_week == week} for week in WEEKS
        }
        for (week, _), kept in states(warehouse).items():
            assert all(begin in as_ofs[week] for begin, _, _ in kept)
            assert all(until in as_ofs[week] or until.year == 9999 for _, until, _ in kept)
            for (_, until, value), (begin, _, following) in pairwise(kept):
                assert until < begin or (until == begin and value != following)


def test_a_day_that_changes_one_member_writes_one_state(warehouse: sa.Engine) -> None:
    """Two members, ten days; A is another from the sixth on: 1 state of B, 2 of A."""
    week = WEEKS[0]
    for day in range(10):
        write(warehouse, {(week, day): {"A": 1 if day < 5 else 2, "B": 7}})
    kept = states(warehouse)
    end = kept[week, "B"][0][1]
    assert end.year == 9999
    assert kept == {
        (week, "A"): [(instant(0), instant(5), 1), (instant(5), end, 2)],
        (week, "B"): [(instant(0), end, 7)],
    }


@pytest.mark.parametrize("changed", ["slice_label", "status", "sample_count", "numerator"])
def test_all_of_a_row_is_compared(warehouse: sa.Engine, changed: str) -> None:
    write(warehouse, {(WEEKS[0], 0): {"A": 1}})
    other = {"slice_label": "Ann", "status": "PARTIAL", "sample_count": 9, "numerator": 4}[changed]
    with warehouse.begin() as connection:
        connection.execute(value_state.update().values({changed: other}))
    write(warehouse, {(WEEKS[0], 1): {"A": 1}})
    assert [len(kept) for kept in states(warehouse).values()] == [2]
