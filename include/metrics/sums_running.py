"""What stood on a day, as a running sum of what began and ended.

One pass over the changes gives every day at once, however many are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of, local_date
from include.metrics.group import Group, Members, members_of, summed_by_slice
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, stands_at, wanted_period

Expression = sa.ColumnElement[Any]


def sums_of_changes(group: Group, cuts: Sequence[Slice], as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period, slice and member with states that stood at the period's moment.

    A state adds its measures on the day it begins and takes them back on the day it ends; the
    running sum at the end of a day is what stood then. Changes from the as-of on are left out, so
    the running sum of the last day is what stood at the as-of, whatever time of day that is.
    """
    fact, zone, counts_from = group.fact, as_of.zone.key, group.first.counts_from
    members = members_of(fact, cuts, as_of)
    states = members.seen.values()
    begins_at = reduce(later_of, (seen.c.seen_from_at for seen in states), fact.c.valid_from_at)
    ends_at = reduce(earlier_of, (seen.c.seen_to_at for seen in states), fact.c.valid_to_at)
    begins_on, ends_on = local_date(begins_at, zone), local_date(ends_at, zone)
    conditions = [*group.takes_part(), begins_at < ends_at]
    if counts_from is not None:
        begins_on, ends_on = later_of(begins_on, counts_from), later_of(ends_on, counts_from)
        conditions.append(counts_from < as_of.local_date)
    return _read_running(
        _changes(group, members, begins_on, 1, [*conditions, begins_at < as_of.at]),
        _changes(group, members, ends_on, -1, [*conditions, ends_at < as_of.at]),
        cuts,
        list(group.parts),
    )


def sums_of_spans(group: Group, cuts: Sequence[Slice], as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period, slice and member with rows whose own days cover its last day.

    A row adds its measures on its first day and takes them back on the first day after it; what
    is known of it is what is known at the as-of.
    """
    first, zone = group.first, as_of.zone.key
    members = members_of(group.fact, cuts, as_of)
    states = members.seen.values()
    seen_from = (local_date(seen.c.seen_from_at, zone) for seen in states)
    begins_on = reduce(later_of, seen_from, first.date)
    ends = [] if first.ends is None else [first.ends]
    ends += [local_date(seen.c.seen_to_at, zone) for seen in states]
    known = [
        *group.takes_part(),
        first.date.is_not(None),
        stands_at(group.fact, sa.literal(as_of.at)),
    ]
    begins = _changes(group, members, begins_on, 1, [*known, begins_on <= as_of.last_date])
    if not ends:
        return _read_running(begins, None, cuts, list(group.parts))
    ends_on = reduce(earlier_of, ends)
    # What ends before it begins was never there.
    begins = begins.where(sa.or_(ends_on.is_(None), ends_on > begins_on))
    ended = [*known, ends_on > begins_on, ends_on <= as_of.last_date]
    return _read_running(
        begins, _changes(group, members, ends_on, -1, ended), cuts, list(group.parts)
    )


def _changes(
    group: Group, members: Members, day: Expression, sign: int, where: list[Expression]
) -> sa.Select[Any]:
    """One row per state, or part of it with the same members: the day it changes what stands, and
    by how much.
    """
    return (
        sa.select(day.label("day"), *members.columns(), *group.measures(sign))
        .select_from(members.joined_always(group.fact))
        .where(*where)
    )


def _read_running(
    begins: sa.Select[Any],
    ends: sa.Select[Any] | None,
    cuts: Sequence[Slice],
    names: list[str],
) -> sa.Select[Any]:
    """The sums of all changes up to the last day of each wanted period."""
    change = (begins if ends is None else sa.union_all(begins, ends)).subquery("change")
    daily = summed_by_slice(change, ["day"], cuts, names).cte()
    members = sa.select(daily.c.slice_id, daily.c.member).distinct().subquery("members")
    last_days = sa.select(wanted_period.c.last_date).distinct().subquery("last_days")
    # A running sum has rows only where something changed; these are the days it is read on.
    read_days = sa.select(
        last_days.c.last_date.label("day"),
        members.c.slice_id,
        members.c.member,
        *(sa.literal_column("0").label(name) for name in names),
        sa.true().label("is_read"),
    ).join_from(last_days, members, sa.true())
    rows = sa.union_all(sa.select(daily, sa.false().label("is_read")), read_days).subquery("rows")
    running = sa.select(
        *(rows.c[name] for name in ("day", "slice_id", "member", "is_read")),
        *(
            # Changes of the day itself are in it: rows of one day have one sum.
            sa.func.sum(rows.c[name])
            .over(partition_by=[rows.c.slice_id, rows.c.member], order_by=rows.c.day)
            .label(name)
            for name in names
        ),
    ).subquery("running")
    return (
        sa.select(
            *(wanted_period.c[name] for name in KEYS),
            running.c.slice_id,
            running.c.member,
            *(running.c[name] for name in names),
        )
        .join_from(wanted_period, running, running.c.day == wanted_period.c.last_date)
        .where(running.c.is_read)
    )
