"""Events summed by their date.

They are summed per segment first, days that are in the same periods, and periods joined afterwards,
so seven grains cost hardly more than one.
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
    sums_in_stretches,
)
from include.metrics.slices import Slice
from include.metrics.wanted import PERIOD, wanted_date, wanted_segment


def sums_of_events(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member with events dated in it, and as-ofs that
    know the same of them.

    A member that a dimension says is the one at the end of the event's day.
    """
    fact, day, names = group.fact, group.first.date, list(group.parts)
    members = members_of(fact, cuts)
    day_ends_at = end_of_day(day, as_ofs.zone.key)
    known = members.known(day_ends_at)
    first_day, last_day = (
        sa.select(end(wanted_date.c.calendar_date)).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    )
    event = (
        sa.select(
            wanted_date.c.segment_date,
            *positions(*known, as_ofs),
            *members.columns(),
            *group.measures(),
        )
        .select_from(
            members.joined_as_known(fact, day_ends_at, as_ofs).join(
                wanted_date, wanted_date.c.calendar_date == day
            )
        )
        .where(*group.takes_part(), *known_by(*known, as_ofs), day.between(first_day, last_day))
        .subquery("event")
    )
    summed = summed_by_slice(event, ["segment_date", ENTERS, LEAVES], cuts, names).cte()
    keys = ["segment_date", "slice_id", "member"]
    change = changes(summed, keys, names, as_ofs).subquery("change")
    is_compared = any(part.compared_with for part in group.parts.values())
    sums = []
    for name, part in group.parts.items():
        value: sa.ColumnElement[Any] = change.c[name]
        if is_compared:
            is_its = wanted_segment.c.span == (part.compared_with or "this")
            value = sa.case((is_its, value), else_=0)
        sums.append(sa.func.sum(value).label(name))
    row = [
        *(wanted_segment.c[name] for name in PERIOD),
        *(change.c[name] for name in ("slice_id", "member", POSITION)),
    ]
    is_in = change.c.segment_date == wanted_segment.c.segment_date
    by_period = (
        sa.select(*row, *sums)
        .join_from(wanted_segment, change, is_in)
        .group_by(*row)
        .subquery("by_period")
    )
    return sums_in_stretches(by_period, PERIOD, names, as_ofs)
