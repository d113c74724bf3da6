"""Events summed by their date.

They are summed per day first and periods joined afterwards, so seven grains cost hardly more than
one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, dimension_of, end_of_day, member_of, with_dimension
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, stands_at, wanted_day


def sums_of_events(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with events dated in it, as known at the as-of.

    A member that a dimension says is the one at the end of the event's day.
    """
    as_of_at = sa.literal(as_of.at)
    seen = dimension_of(group.fact, cut, as_of)
    day = group.first.date.label("day")
    member = member_of(group.fact, cut, seen)
    first_day, last_day = (
        sa.select(end(wanted_day.c.calendar_date)).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    )
    daily = (
        sa.select(
            day,
            member,
            *(sa.func.sum(part.measure).label(name) for name, part in group.parts.items()),
        )
        .select_from(
            with_dimension(group.fact, group.fact, cut, seen, end_of_day(group.first.date, as_of))
        )
        .where(
            *group.takes_part(),
            stands_at(group.fact, as_of_at),
            group.first.date.between(first_day, last_day),
        )
        .group_by(day, member)
        .subquery("daily")
    )
    is_compared = any(part.compared_with for part in group.parts.values())
    sums = []
    for name, part in group.parts.items():
        value: sa.ColumnElement[Any] = daily.c[name]
        if is_compared:
            value = sa.case((wanted_day.c.span == (part.compared_with or "this"), value), else_=0)
        sums.append(sa.func.sum(value).label(name))
    keys = [*(wanted_day.c[name] for name in KEYS), daily.c.member]
    return (
        sa.select(*keys, *sums)
        .join_from(wanted_day, daily, daily.c.day == wanted_day.c.calendar_date)
        .group_by(*keys)
    )
