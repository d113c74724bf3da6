"""Median and 90th percentile of a value per event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.aggregate import ROW
from include.metrics.group import Group, end_of_day, in_every_slice, members_of
from include.metrics.metric import Expression, Metric
from include.metrics.periods import AsOfs
from include.metrics.positions import known_by
from include.metrics.slices import Slice
from include.metrics.sums_joined import joined_to_periods, prepared_with_dimensions
from include.metrics.wanted import KEYS, wanted_period


def distributions(
    metric: Metric, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per wanted period, slice and member with a value: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.
    """
    rows = _events(Group(metric.summed), value, cuts, as_ofs).subquery("rows")
    events = in_every_slice(rows, cuts, [*KEYS, "value"]).subquery("event")
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


def _events(
    group: Group, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per wanted period and event in it: keys, members, value."""
    fact, timing = group.fact, group.first.timing
    members = members_of(fact, cuts)
    keys: sa.FromClause = wanted_period
    known: list[Expression] = []
    if timing == "prepared":
        keys, source = fact, prepared_with_dimensions(members, fact)
    elif group.first.on is not None:
        source = members.joined(joined_to_periods(group, fact), wanted_period.c.moment_at)
    else:
        ends_at = end_of_day(group.first.date, as_ofs.zone.key)
        known_from, known_to = members.known(ends_at)
        as_of_at = wanted_period.c.as_of_at
        known = [
            *known_by(known_from, known_to, as_ofs),
            known_from < as_of_at,
            known_to >= as_of_at,
        ]
        source = joined_to_periods(group, members.joined_as_known(fact, ends_at, as_ofs))
    return (
        sa.select(*(keys.c[name] for name in KEYS), *members.columns(), value.label("value"))
        .select_from(source)
        .where(*group.takes_part(), *known, value.is_not(None))
    )
