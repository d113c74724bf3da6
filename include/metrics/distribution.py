"""Median and 90th percentile of a value per event."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, dimension_of, end_of_day, member_of, with_dimension
from include.metrics.metric import Expression, Metric
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.sums_joined import joined_to_periods, prepared_with_dimension
from include.metrics.wanted import KEYS, stands_at, wanted_day, wanted_period


def distributions(metric: Metric, value: Expression, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with a value: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.
    """
    group = Group(metric.summed)
    events = _events(group, value, cut, as_of).subquery("event")
    keys = [events.c[name] for name in (*KEYS, "member")]
    ranked = sa.select(
        *keys,
        events.c.value,
        sa.func.row_number().over(partition_by=keys, order_by=events.c.value).label("position"),
        sa.func.count().over(partition_by=keys).label("value_count"),
    ).subquery("ranked")
    keys = [ranked.c[name] for name in (*KEYS, "member")]
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


def _events(group: Group, value: Expression, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and event in it: keys, member, value."""
    fact, timing = group.fact, group.first.timing
    as_of_at = sa.literal(as_of.at)
    seen = dimension_of(fact, cut, as_of)
    keys: sa.FromClause = wanted_day
    if timing == "prepared":
        keys, source = fact, prepared_with_dimension(fact, cut, seen)
    elif group.first.on is not None:
        keys, source = wanted_period, joined_to_periods(group, fact)
        source = with_dimension(source, fact, cut, seen, wanted_period.c.moment_at)
    else:
        day = end_of_day(group.first.date, as_of)
        source = with_dimension(fact, fact, cut, seen, day).join(
            wanted_day,
            (wanted_day.c.calendar_date == group.first.date) & (wanted_day.c.span == "this"),
        )
    rows = (
        sa.select(
            *(keys.c[name] for name in KEYS), member_of(fact, cut, seen), value.label("value")
        )
        .select_from(source)
        .where(*group.takes_part(), value.is_not(None))
    )
    return rows.where(stands_at(fact, as_of_at)) if keys is wanted_day else rows
