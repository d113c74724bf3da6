"""Rows summed that meet a wanted period by a condition, or were made for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, Members, members_of, summed_by_slice
from include.metrics.periods import AsOfs
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, of_period, of_wanted, wanted_day, wanted_period


def sums_of_joined(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, slice and member with rows that meet the period.

    A member that a dimension says is the one at the period's moment.
    """
    members = members_of(group.fact, cuts)
    source = joined_to_periods(group, group.fact)
    met = (
        sa.select(*(wanted_period.c[name] for name in KEYS), *members.columns(), *group.measures())
        .select_from(members.joined(source, wanted_period.c.moment_at))
        .where(*group.takes_part())
        .subquery("met")
    )
    return summed_by_slice(met, KEYS, cuts, list(group.parts))


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
        wanted_period, sa.and_(of_period(), sa.true() if first.on is None else first.on)
    )


def sums_of_prepared(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, slice and member that has rows made for the period.

    A member that a dimension says is the one at the period's moment.
    """
    members = members_of(group.fact, cuts)
    made = (
        sa.select(*(group.fact.c[name] for name in KEYS), *members.columns(), *group.measures())
        .select_from(prepared_with_dimensions(members, group.fact))
        .where(*group.takes_part())
        .subquery("made")
    )
    return summed_by_slice(made, KEYS, cuts, list(group.parts))


def prepared_with_dimensions(members: Members, fact: sa.Table) -> sa.FromClause:
    """Rows made for wanted periods, with the state of the dimensions at the period's moment."""
    source = fact.join(wanted_period, of_wanted(fact))
    return members.joined(source, wanted_period.c.moment_at)
