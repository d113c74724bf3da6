"""What stood on a day, as a running sum of what began and ended.

One pass over the changes gives every day at once, however many are asked for.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import later_of, local_date
from include.metrics.group import Group, member_of, source_of
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
    begins_on, ends_on = (
        local_date(fact.c[name], zone) for name in ("valid_from_at", "valid_to_at")
    )
    conditions = group.takes_part()
    if counts_from is not None:
        begins_on, ends_on = later_of(begins_on, counts_from), later_of(ends_on, counts_from)
        conditions.append(counts_from < as_of.local_date)
    return _read_running(
        _changes(group, cut, as_of, begins_on, 1, [*conditions, fact.c.valid_from_at < as_of.at]),
        _changes(group, cut, as_of, ends_on, -1, [*conditions, fact.c.valid_to_at < as_of.at]),
        list(group.parts),
    )


def sums_of_spans(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with rows whose own days cover the period's last day.

    A row adds its measures on its first day and takes them back on the first day after it; what
    is known of it is what is known at the as-of.
    """
    first = group.first
    known = [*group.takes_part(), stands_at(group.fact, sa.literal(as_of.at))]
    ends_on = first.ends
    begins = _changes(group, cut, as_of, first.date, 1, [*known, first.date <= as_of.last_date])
    if ends_on is None:
        return _read_running(begins, None, list(group.parts))
    # What ends before it begins was never there.
    begins = begins.where(sa.or_(ends_on.is_(None), ends_on > first.date))
    ends = [*known, ends_on > first.date, ends_on <= as_of.last_date]
    return _read_running(begins, _changes(group, cut, as_of, ends_on, -1, ends), list(group.parts))


def _changes(
    group: Group, cut: Slice, as_of: AsOf, day: Expression, sign: int, where: list[Expression]
) -> sa.Select[Any]:
    """One row per state: the day it changes what stands, its member, and by how much."""
    return (
        sa.select(day.label("day"), member_of(group.fact, cut), *group.measures(sign))
        .select_from(source_of(group.fact, cut, sa.literal(as_of.at)))
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
