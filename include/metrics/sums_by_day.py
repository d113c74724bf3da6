"""Events summed by their date.

They are summed per day first and periods joined afterwards, so seven grains cost hardly more than
one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, end_of_day, members_of, summed_by_slice
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    changes,
    known_by,
    positions,
    sums_at_as_ofs,
)
from include.metrics.slices import Slice
from include.metrics.wanted import PERIOD, wanted_day


def sums_of_events(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, slice and member with events dated in it, as known at the as-of.

    A member that a dimension says is the one at the end of the event's day.
    """
    fact, day, names = group.fact, group.first.date, list(group.parts)
    members = members_of(fact, cuts)
    day_ends_at = end_of_day(day, as_ofs.zone.key)
    known = members.known(day_ends_at)
    first_day, last_day = (
        sa.select(end(wanted_day.c.calendar_date)).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    )
    event = (
        sa.select(
            day.label("day"), *positions(*known, as_ofs), *members.columns(), *group.measures()
        )
        .select_from(members.joined_as_known(fact, day_ends_at, as_ofs))
        .where(*group.takes_part(), *known_by(*known, as_ofs), day.between(first_day, last_day))
        .subquery("event")
    )
    daily = summed_by_slice(event, ["day", ENTERS, LEAVES], cuts, names).cte()
    change = changes(daily, ["day", "slice_id", "member"], names, as_ofs).subquery("change")
    is_compared = any(part.compared_with for part in group.parts.values())
    sums = []
    for name, part in group.parts.items():
        value: sa.ColumnElement[Any] = change.c[name]
        if is_compared:
            value = sa.case((wanted_day.c.span == (part.compared_with or "this"), value), else_=0)
        sums.append(sa.func.sum(value).label(name))
    keys = [
        *(wanted_day.c[name] for name in PERIOD),
        *(change.c[name] for name in ("slice_id", "member", POSITION)),
    ]
    by_period = (
        sa.select(*keys, *sums)
        .join_from(wanted_day, change, change.c.day == wanted_day.c.calendar_date)
        .group_by(*keys)
        .subquery("by_period")
    )
    return sums_at_as_ofs(by_period, PERIOD, names, as_ofs)
