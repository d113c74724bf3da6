"""Median and 90th percentile of a value per event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.aggregate import ROW
from include.metrics.group import Group, end_of_day, in_every_slice, members_of
from include.metrics.metric import Expression, Metric
from include.metrics.periods import AsOfs
from include.metrics.positions import ENTERS, LEAVES, known_by, positions
from include.metrics.slices import Slice
from include.metrics.sums_joined import joined_to_periods, prepared_with_dimensions
from include.metrics.wanted import KEYS, PERIOD, wanted_day, wanted_period


def distributions(
    metric: Metric, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per wanted period, slice and member with a value: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.
    """
    group = Group(metric.summed)
    is_dated = group.first.timing in ("period", "cohort") and group.first.on is None
    if is_dated:
        return _of_dated(group, value, cuts, as_ofs)
    rows = _of_periods(group, value, cuts).subquery("rows")
    return _quantiles(in_every_slice(rows, cuts, [*KEYS, "value"]).subquery("event"), ROW)


def quantile(ranked: sa.FromClause, share: str) -> Expression:
    """The value at a share of the way from the first to the last of ranked values.

    The place lies between two positions; each counts by its nearness, all others not at all.
    `ranked` has `value`, its `position` from 1 on, and `value_count`.
    """
    place = 1 + sa.literal_column(share, sa.Numeric) * (ranked.c.value_count - 1)
    distance = sa.func.abs(ranked.c.position - place)
    return sa.func.sum(sa.case((distance < 1, ranked.c.value * (1 - distance)), else_=0))


def _quantiles(events: sa.Subquery, by: Sequence[str]) -> sa.Select[Any]:
    """One row per key: the median and the 90th percentile of `value`."""
    keys = [events.c[name] for name in by]
    ranked = sa.select(
        *keys,
        events.c.value,
        sa.func.row_number().over(partition_by=keys, order_by=events.c.value).label("position"),
        sa.func.count().over(partition_by=keys).label("value_count"),
    ).subquery("ranked")
    keys = [ranked.c[name] for name in by]
    return sa.select(
        *keys,
        quantile(ranked, "0.5").label("median_value"),
        quantile(ranked, "0.9").label("p90_value"),
    ).group_by(*keys)


def _of_periods(group: Group, value: Expression, cuts: Sequence[Slice]) -> sa.Select[Any]:
    """One row per wanted period and row that meets it, or was made for it: keys, members, value."""
    fact, members = group.fact, members_of(group.fact, cuts)
    keys: sa.FromClause = wanted_period
    if group.first.timing == "prepared":
        keys, source = fact, prepared_with_dimensions(members, fact)
    else:
        source = members.joined(joined_to_periods(group, fact), wanted_period.c.moment_at)
    return (
        sa.select(*(keys.c[name] for name in KEYS), *members.columns(), value.label("value"))
        .select_from(source)
        .where(*group.takes_part(), value.is_not(None))
    )


def _of_dated(
    group: Group, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """The quantiles of events dated in the wanted periods.

    They are taken once for all as-ofs between which no event of the period and member came or
    went: a past year is ranked once and not as of each day anew.
    """
    each = in_every_slice(
        _dated(group, value, cuts, as_ofs).subquery("rows"),
        cuts,
        [*PERIOD, ENTERS, LEAVES, "value"],
    ).cte()
    of_member = (*PERIOD, "slice_id", "member")
    standing = _at_turns(each, of_member, len(as_ofs.each)).subquery("standing")
    keys = (*of_member, "turn", "next_turn")
    quantiles = _quantiles(standing, keys).subquery("quantiles")
    wanted = wanted_period.c
    holds = [
        *(quantiles.c[name] == wanted[name] for name in PERIOD),
        quantiles.c.turn <= wanted.position,
        quantiles.c.next_turn > wanted.position,
    ]
    return sa.select(
        *(wanted[name] for name in KEYS),
        *(quantiles.c[name] for name in ("slice_id", "member", "median_value", "p90_value")),
    ).join_from(wanted_period, quantiles, sa.and_(*holds))


def _dated(group: Group, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per period of wanted_day and event in it: members, value, and which as-ofs know it."""
    fact, members = group.fact, members_of(group.fact, cuts)
    ends_at = end_of_day(group.first.date, as_ofs.zone.key)
    known = members.known(ends_at)
    is_of_day = sa.and_(wanted_day.c.calendar_date == group.first.date, wanted_day.c.span == "this")
    return (
        sa.select(
            *(wanted_day.c[name] for name in PERIOD),
            *positions(*known, as_ofs),
            *members.columns(),
            value.label("value"),
        )
        .select_from(members.joined_as_known(fact, ends_at, as_ofs).join(wanted_day, is_of_day))
        .where(*group.takes_part(), *known_by(*known, as_ofs), value.is_not(None))
    )


def _at_turns(each: sa.CTE, keys: Sequence[str], count: int) -> sa.Select[Any]:
    """One row per turn of a key and event that stands then: `turn`, `next_turn` and the value.

    A turn is the position of an as-of at which an event comes or goes.
    """
    if count == 1:
        only = (sa.literal_column(str(place), sa.Integer) for place in (1, 2))
        turns = (place.label(name) for place, name in zip(only, ("turn", "next_turn"), strict=True))
        return sa.select(*(each.c[name] for name in keys), *turns, each.c.value)
    came = sa.select(*(each.c[name] for name in keys), each.c[ENTERS].label("turn"))
    went = sa.select(*(each.c[name] for name in keys), (each.c[LEAVES] + 1).label("turn"))
    place = sa.union(came, went.where(each.c[LEAVES] < count)).subquery("place")
    next_turn = sa.func.lead(place.c.turn).over(
        partition_by=[place.c[name] for name in keys], order_by=place.c.turn
    )
    turn = sa.select(place, sa.func.coalesce(next_turn, count + 1).label("next_turn")).subquery(
        "turn"
    )
    stands = [
        *(turn.c[name] == each.c[name] for name in keys),
        turn.c.turn >= each.c[ENTERS],
        turn.c.turn <= each.c[LEAVES],
    ]
    return sa.select(
        *(turn.c[name] for name in (*keys, "turn", "next_turn")), each.c.value
    ).join_from(turn, each, sa.and_(*stands))
