"""What stood on a day, as a running sum of what began and ended.

One pass over the changes gives every day at once, however many are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of, local_date
from include.metrics.group import Group, Members, members_of, summed_by_slice
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    changes,
    in_stretches,
    known_by,
    positions,
    sums_in_stretches,
)
from include.metrics.slices import Slice
from include.metrics.wanted import wanted_period, wanted_reading

Expression = sa.ColumnElement[Any]


def sums_of_changes(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member with states that stood at the period's
    moment.

    A state adds its measures on the day it begins and takes them back on the day it ends; the
    running sum at the end of a day is what stood then, whatever the as-of. Changes from the last
    as-of on are left out, so the running sum of its last day is what stood at that as-of, whatever
    time of day that is.
    """
    fact, last, counts_from = group.fact, as_ofs.last, group.first.counts_from
    members, zone = members_of(fact, cuts), as_ofs.zone.key
    states = members.seen.values()
    begins_at = later_of(fact.c.valid_from_at, *(seen.c.seen_from_at for seen in states))
    ends_at = earlier_of(fact.c.valid_to_at, *(seen.c.seen_to_at for seen in states))
    begins_on, ends_on = local_date(begins_at, zone), local_date(ends_at, zone)
    conditions = [*group.takes_part(), begins_at < ends_at]
    if counts_from is not None:
        begins_on, ends_on = later_of(begins_on, counts_from), later_of(ends_on, counts_from)
        conditions.append(counts_from < last.local_date)
    change = sa.union_all(
        _changes(group, members, begins_on, 1, [*conditions, begins_at < last.at]),
        _changes(group, members, ends_on, -1, [*conditions, ends_at < last.at]),
    ).subquery("change")
    names = list(group.parts)
    daily = summed_by_slice(change, ["day"], cuts, names).cte()
    running = read_running(daily, ["slice_id", "member"], names).subquery("running")
    return in_stretches(running, ["last_date"], ["slice_id", "member"], names)


def sums_of_spans(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member with rows whose own days cover its last
    day, and as-ofs that know the same of them.

    A row adds its measures on its first day and takes them back on the first day after it; what
    is known of it is what is known at the as-of.
    """
    first, last, zone = group.first, as_ofs.last, as_ofs.zone.key
    members, names = members_of(group.fact, cuts), list(group.parts)
    states = members.seen.values()
    begins_on = later_of(first.date, *(local_date(seen.c.seen_from_at, zone) for seen in states))
    ends: list[Expression] = [] if first.ends is None else [first.ends]
    # Of a state that ends after the last as-of no as-of knows the end.
    ends += [
        sa.case((seen.c.seen_to_at < last.at, local_date(seen.c.seen_to_at, zone)))
        for seen in states
    ]
    known = group.fact.c.valid_from_at, group.fact.c.valid_to_at
    conditions = [
        *group.takes_part(),
        first.date.is_not(None),
        *known_by(*known, as_ofs),
        *(sa.or_(seen.c.key.is_(None), seen.c.seen_from_at < last.at) for seen in states),
    ]
    columns = positions(*known, as_ofs)
    begins = _changes(
        group, members, begins_on, 1, [*conditions, begins_on <= last.last_date], columns
    )
    change: Any = begins
    if ends:
        ends_on = earlier_of(*ends)
        # What ends before it begins was never there.
        begins = begins.where(sa.or_(ends_on.is_(None), ends_on > begins_on))
        ended = [*conditions, ends_on > begins_on, ends_on <= last.last_date]
        change = sa.union_all(begins, _changes(group, members, ends_on, -1, ended, columns))
    rows = summed_by_slice(change.subquery("change"), ["day", ENTERS, LEAVES], cuts, names).cte()
    keys = ["day", "slice_id", "member"]
    daily = changes(rows, keys, names, as_ofs).cte()
    running = read_running(daily, ["slice_id", "member", POSITION], names).subquery("by_position")
    return sums_in_stretches(running, ["last_date"], names, as_ofs)


def _changes(
    group: Group,
    members: Members,
    day: Expression,
    sign: int,
    where: list[Expression],
    columns: Sequence[sa.Label[Any]] = (),
) -> sa.Select[Any]:
    """One row per state, or part of it with the same members: the first day that is read on which
    it has changed what stands, and by how much.
    """
    first_day = sa.select(sa.func.min(wanted_reading.c.calendar_date)).scalar_subquery()
    is_read = wanted_reading.c.calendar_date == later_of(day, first_day)
    return (
        sa.select(
            wanted_reading.c.read_date.label("day"),
            *columns,
            *members.columns(),
            *group.measures(sign),
        )
        .select_from(members.joined_always(group.fact).join(wanted_reading, is_read))
        .where(*where)
    )


def read_running(daily: sa.CTE, keys: Sequence[str], names: Sequence[str]) -> sa.Select[Any]:
    """One row per last day of a wanted period, and key: the sums of all changes up to that day."""
    each = sa.select(*(daily.c[name] for name in keys)).distinct().subquery("each")
    last_position = sa.func.max(wanted_period.c.position).label(POSITION)
    last_days = (
        sa.select(wanted_period.c.last_date, last_position)
        .group_by(wanted_period.c.last_date)
        .subquery("last_days")
    )
    # What later as-ofs know is not read on a day that they do not want.
    is_wanted = each.c[POSITION] <= last_days.c[POSITION] if POSITION in keys else sa.true()
    # A running sum has rows only where something changed; these are the days it is read on.
    read_days = sa.select(
        last_days.c.last_date.label("day"),
        *(each.c[name] for name in keys),
        *(sa.literal_column("0").label(name) for name in names),
        sa.true().label("is_read"),
    ).join_from(last_days, each, is_wanted)
    changed = sa.select(
        *(daily.c[name] for name in ("day", *keys, *names)), sa.false().label("is_read")
    )
    rows = sa.union_all(changed, read_days).subquery("rows")
    by = [rows.c[name] for name in keys]
    running = sa.select(
        rows.c.day.label("last_date"),
        *by,
        rows.c.is_read,
        *(
            # Changes of the day itself are in it: rows of one day have one sum.
            sa.func.sum(rows.c[name]).over(partition_by=by, order_by=rows.c.day).label(name)
            for name in names
        ),
    ).subquery("running")
    return sa.select(*(running.c[name] for name in ("last_date", *keys, *names))).where(
        running.c.is_read
    )
