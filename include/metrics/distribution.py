"""Median and 90th percentile of a value per event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.aggregate import ROW
from include.metrics.group import Group, end_of_day, member_column, members_of
from include.metrics.metric import Expression, Metric
from include.metrics.periods import AsOf
from include.metrics.slices import TOTAL, Slice
from include.metrics.sums_joined import joined_to_periods, prepared_with_dimensions
from include.metrics.wanted import KEYS, stands_at, wanted_day, wanted_period


def distributions(
    metric: Metric, value: Expression, cuts: Sequence[Slice], as_of: AsOf
) -> sa.Select[Any]:
    """One row per wanted period, slice and member with a value: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.
    """
    events = _in_every_slice(_events(Group(metric.summed), value, cuts, as_of), cuts)
    keys = [events.c[name] for name in ROW]
    ranked = sa.select(
        *keys,
        events.c.value,
        sa.func.row_number().over(partition_by=keys, order_by=events.c.value).label("position"),
        sa.func.count().over(partition_by=keys).label("value_count"),
    ).subquery("ranked")
    keys = [ranked.c[name] for name in ROW]
    return sa.select(
        *keys,
        quantile(ranked, "0.5").label("median_value"),
        quantile(ranked, "0.9").label("p90_value"),
    ).group_by(*keys)


def quantile(ranked: sa.FromClause, share: str) -> Expression:
    """The value at a share of the way from the first to the last of ranked values.

    The place lies between two positions; each counts by its nearness, all others not at all.
    `ranked` has `value`, its `position` from 1 on, and `value_count`.
    """
    place = 1 + sa.literal_column(share, sa.Numeric) * (ranked.c.value_count - 1)
    distance = sa.func.abs(ranked.c.position - place)
    return sa.func.sum(sa.case((distance < 1, ranked.c.value * (1 - distance)), else_=0))


def _in_every_slice(event: sa.Select[Any], cuts: Sequence[Slice]) -> sa.Subquery:
    """One row per event and slice: keys, slice_id, member, value."""
    rows = event.subquery("event")
    each = sa.union_all(
        *(sa.select(sa.literal_column(f"'{cut.id}'", sa.Text).label("slice_id")) for cut in cuts)
    ).subquery("each_slice")
    members = {cut.id: rows.c[member_column(cut)] for cut in cuts if cut is not TOTAL}
    nobody = sa.literal_column("''", sa.Text)
    member = sa.case(members, value=each.c.slice_id, else_=nobody) if members else nobody
    return (
        sa.select(
            *(rows.c[name] for name in KEYS), each.c.slice_id, member.label("member"), rows.c.value
        )
        .select_from(rows.join(each, sa.true()))
        .subquery("event_of_slice")
    )


def _events(group: Group, value: Expression, cuts: Sequence[Slice], as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and event in it: keys, members, value."""
    fact, timing = group.fact, group.first.timing
    members = members_of(fact, cuts, as_of)
    keys: sa.FromClause = wanted_day
    if timing == "prepared":
        keys, source = fact, prepared_with_dimensions(members, fact)
    elif group.first.on is not None:
        keys, source = wanted_period, joined_to_periods(group, fact)
        source = members.joined(source, wanted_period.c.moment_at)
    else:
        source = members.joined(fact, end_of_day(group.first.date, as_of)).join(
            wanted_day,
            (wanted_day.c.calendar_date == group.first.date) & (wanted_day.c.span == "this"),
        )
    rows = (
        sa.select(*(keys.c[name] for name in KEYS), *members.columns(), value.label("value"))
        .select_from(source)
        .where(*group.takes_part(), value.is_not(None))
    )
    return rows.where(stands_at(fact, sa.literal(as_of.at))) if keys is wanted_day else rows
