"""What stood on a day, as a running sum of what began and ended.

One pass over the changes gives every day at once, however many are asked for.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of, local_date
from include.metrics.group import Group, dimension_of, member_of
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, stands_at, wanted_period

Expression = sa.ColumnElement[Any]


def sums_of_changes(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with states that stood at the period's moment.

    A state adds its measures on the day it begins and takes them back on the day it ends; the
    running sum at the end of a day is what stood then. Changes from the as-of on are left out, so
    the running sum of the last day is what stood at the as-of, whatever time of day that is.
    """
    fact, zone, counts_from = group.fact, as_of.zone.key, group.first.counts_from
    seen = dimension_of(fact, cut, as_of)
    begins_at, ends_at = _while_seen(fact.c.valid_from_at, fact.c.valid_to_at, seen)
    begins_on, ends_on = local_date(begins_at, zone), local_date(ends_at, zone)
    conditions = [*group.takes_part(), begins_at < ends_at]
    if counts_from is not None:
        begins_on, ends_on = later_of(begins_on, counts_from), later_of(ends_on, counts_from)
        conditions.append(counts_from < as_of.local_date)
    return _read_running(
        _changes(group, cut, seen, begins_on, 1, [*conditions, begins_at < as_of.at]),
        _changes(group, cut, seen, ends_on, -1, [*conditions, ends_at < as_of.at]),
        list(group.parts),
    )


def sums_of_spans(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with rows whose own days cover the period's last day.

    A row adds its measures on its first day and takes them back on the first day after it; what
    is known of it is what is known at the as-of.
    """
    first, zone = group.first, as_of.zone.key
    seen = dimension_of(group.fact, cut, as_of)
    begins_on: Expression = first.date
    ends_on: Expression | None = first.ends
    if seen is not None:
        seen_to_date = local_date(seen.c.seen_to_at, zone)
        begins_on = later_of(begins_on, local_date(seen.c.seen_from_at, zone))
        ends_on = seen_to_date if ends_on is None else earlier_of(ends_on, seen_to_date)
    known = [*group.takes_part(), stands_at(group.fact, sa.literal(as_of.at))]
    begins = _changes(group, cut, seen, begins_on, 1, [*known, begins_on <= as_of.last_date])
    if ends_on is None:
        return _read_running(begins, None, list(group.parts))
    # What ends before it begins was never there.
    begins = begins.where(sa.or_(ends_on.is_(None), ends_on > begins_on))
    ends = [*known, ends_on > begins_on, ends_on <= as_of.last_date]
    return _read_running(begins, _changes(group, cut, seen, ends_on, -1, ends), list(group.parts))


def _while_seen(
    begins: Expression, ends: Expression, seen: sa.Subquery | None
) -> tuple[Expression, Expression]:
    """The part of a state in which one state of the dimension stands: each has its own member."""
    if seen is None:
        return begins, ends
    return later_of(begins, seen.c.seen_from_at), earlier_of(ends, seen.c.seen_to_at)


def _changes(
    group: Group,
    cut: Slice,
    seen: sa.Subquery | None,
    day: Expression,
    sign: int,
    where: list[Expression],
) -> sa.Select[Any]:
    """One row per state, or part of it with one member: the day it changes what stands, and by
    how much.
    """
    source: sa.FromClause = group.fact
    if seen is not None:
        source = source.outerjoin(seen, seen.c.key == group.fact.c[cut.key])
    return (
        sa.select(day.label("day"), member_of(group.fact, cut, seen), *group.measures(sign))
        .select_from(source)
        .where(*where)
    )


def _read_running(
    begins: sa.Select[Any], ends: sa.Select[Any] | None, names: list[str]
) -> sa.Select[Any]:
    """The sums of all changes up to the last day of each wanted period."""
    change = (begins if ends is None else sa.union_all(begins, ends)).cte()
    members = sa.select(change.c.member).distinct().subquery("members")
    last_days = sa.select(wanted_period.c.last_date).distinct().subquery("last_days")
    # A running sum has rows only where something changed; these are the days it is read on.
    read_days = sa.select(
        last_days.c.last_date,
        members.c.member,
        *(sa.literal_column("0").label(name) for name in names),
    ).join_from(last_days, members, sa.true())
    rows = sa.union_all(sa.select(change), read_days).subquery("rows")
    daily = (
        sa.select(
            rows.c.day, rows.c.member, *(sa.func.sum(rows.c[name]).label(name) for name in names)
        )
        .group_by(rows.c.day, rows.c.member)
        .subquery("daily")
    )
    running = sa.select(
        daily.c.day,
        daily.c.member,
        *(
            sa.func.sum(daily.c[name])
            .over(partition_by=daily.c.member, order_by=daily.c.day)
            .label(name)
            for name in names
        ),
    ).subquery("running")
    return sa.select(
        *(wanted_period.c[name] for name in KEYS),
        running.c.member,
        *(running.c[name] for name in names),
    ).join_from(wanted_period, running, running.c.day == wanted_period.c.last_date)
