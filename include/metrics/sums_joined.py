"""Rows summed that meet a wanted period by a condition, or were made for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, dimension_of, member_of, with_dimension
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, of_wanted, wanted_day, wanted_period


def sums_of_joined(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with rows that meet the period.

    A member that a dimension says is the one at the period's moment.
    """
    seen = dimension_of(group.fact, cut, as_of)
    source = joined_to_periods(group, group.fact)
    met = (
        sa.select(
            *(wanted_period.c[name] for name in KEYS),
            member_of(group.fact, cut, seen),
            *group.measures(),
        )
        .select_from(with_dimension(source, group.fact, cut, seen, wanted_period.c.moment_at))
        .where(*group.takes_part())
        .subquery("met")
    )
    return _summed(met, group)


def joined_to_periods(group: Group, source: sa.FromClause) -> sa.FromClause:
    """The source joined to the wanted periods that its rows meet.

    Where they also are dated in the period, the days lead to it, which any engine does by hashing.
    Else every row meets every period: that is for small facts.
    """
    first = group.first
    if first.timing == "joined":
        return source.join(wanted_period, first.on)
    by_day = sa.and_(wanted_day.c.calendar_date == first.date, wanted_day.c.span == "this")
    return source.join(wanted_day, by_day).join(
        wanted_period, sa.and_(of_wanted(wanted_day), sa.true() if first.on is None else first.on)
    )


def sums_of_prepared(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member that has rows made for the period.

    A member that a dimension says is the one at the period's moment.
    """
    seen = dimension_of(group.fact, cut, as_of)
    made = (
        sa.select(
            *(group.fact.c[name] for name in KEYS),
            member_of(group.fact, cut, seen),
            *group.measures(),
        )
        .select_from(prepared_with_dimension(group.fact, cut, seen))
        .where(*group.takes_part())
        .subquery("made")
    )
    return _summed(made, group)


def prepared_with_dimension(fact: sa.Table, cut: Slice, seen: sa.Subquery | None) -> sa.FromClause:
    """Rows made for wanted periods, with the state of the dimension at the period's moment."""
    if seen is None:
        return fact
    source = fact.join(wanted_period, of_wanted(fact))
    return with_dimension(source, fact, cut, seen, wanted_period.c.moment_at)


def _summed(rows: sa.Subquery, group: Group) -> sa.Select[Any]:
    """The rows' measures, summed per period and member."""
    keys = [rows.c[name] for name in (*KEYS, "member")]
    return sa.select(
        *keys, *(sa.func.sum(rows.c[name]).label(name) for name in group.parts)
    ).group_by(*keys)
