"""Events summed by their date.

They are summed per day first and periods joined afterwards, so seven grains cost hardly more than
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, end_of_day, members_of, summed_by_slice
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, stands_at, wanted_day


def sums_of_events(group: Group, cuts: Sequence[Slice], as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period, slice and member with events dated in it, as known at the as-of.

    A member that a dimension says is the one at the end of the event's day.
    """
    fact, day = group.fact, group.first.date
    members = members_of(fact, cuts, as_of)
    first_day, last_day = (
        sa.select(end(wanted_day.c.calendar_date)).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    )
    event = (
        sa.select(day.label("day"), *members.columns(), *group.measures())
        .select_from(members.joined(fact, end_of_day(day, as_of)))
        .where(
            *group.takes_part(),
            stands_at(fact, sa.literal(as_of.at)),
            day.between(first_day, last_day),
        )
        .subquery("event")
    )
    daily = summed_by_slice(event, ["day"], cuts, list(group.parts)).subquery("daily")
    is_compared = any(part.compared_with for part in group.parts.values())
    sums = []
    for name, part in group.parts.items():
        value: sa.ColumnElement[Any] = daily.c[name]
        if is_compared:
            value = sa.case((wanted_day.c.span == (part.compared_with or "this"), value), else_=0)
        sums.append(sa.func.sum(value).label(name))
    keys = [*(wanted_day.c[name] for name in KEYS), daily.c.slice_id, daily.c.member]
    return (
        sa.select(*keys, *sums)
        .join_from(wanted_day, daily, daily.c.day == wanted_day.c.calendar_date)
        .group_by(*keys)
    )
