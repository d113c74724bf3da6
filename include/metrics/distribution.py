"""Median and 90th percentile of a value per event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, end_of_day, in_every_slice, members_of
from include.metrics.metric import Expression, Metric
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    at_turns,
    in_stretches,
    known_by,
    positions,
)
from include.metrics.slices import Slice
from include.metrics.sums_joined import states_made
from include.metrics.wanted import PERIOD, is_on_day, wanted_day

# Shares as whole numbers: how many of how many.
MEDIAN, P90, UPPER_QUARTILE = (1, 2), (9, 10), (3, 4)
# A slice is its place here, and its name only at the end: names take long to sort.
MEMBER = ("slice_place", "member")
QUANTILES = ("median_value", "p90_value")


def distributions(
    metric: Metric, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member with a value, and positions of it between
    which no value comes or goes: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.

    Raises:
        ValueError: its events are neither dated in the period nor made for it.
    """
    group = Group(metric.summed)
    is_made = group.first.timing == "prepared"
    if group.first.on is not None or group.first.timing not in ("period", "cohort", "prepared"):
        raise ValueError(f"{metric.id} has a distribution of events that no day has")
    rows = (_of_made if is_made else _dated)(group, value, cuts, as_ofs)
    return _of_turns(rows.subquery("rows"), cuts, as_ofs)


def quantile(ranked: sa.FromClause, share: tuple[int, int]) -> Expression:
    """The value at a share of the way from the first to the last of ranked values.

    The share lies between two places; each counts by its nearness, all others not at all.
    `ranked` has `value`, its `place` from 1 on, and `value_count`.
    """
    before, rest = _place(ranked, share)
    weight = sa.cast(rest, sa.Numeric) / share[1]
    return sa.func.sum(
        sa.case(
            (ranked.c.place == before, ranked.c.value * (1 - weight)),
            (ranked.c.place == before + 1, ranked.c.value * weight),
            else_=0,
        )
    )


def _place(ranked: sa.FromClause, share: tuple[int, int]) -> tuple[Expression, Expression]:
    """The place at or before a share, and how far behind it the share lies, in
    parts of the share's whole.
    """
    steps = share[0] * (ranked.c.value_count - 1)
    return 1 + steps // share[1], steps % share[1]


def _quantiles(events: sa.FromClause, by: Sequence[str]) -> sa.Select[Any]:
    """One row per key: the median and the 90th percentile of `value`."""
    keys = [events.c[name] for name in by]
    # One window for both, so that rows are sorted and gone through once.
    window: dict[str, Any] = {"partition_by": keys, "order_by": events.c.value}
    whole: dict[str, Any] = {**window, "rows": (None, None)}
    ranked = sa.select(
        *keys,
        events.c.value,
        sa.func.row_number().over(**whole).label("place"),
        sa.func.count().over(**whole).label("value_count"),
    ).subquery("ranked")
    keys = [ranked.c[name] for name in by]
    near = [
        ranked.c.place.between(before, before + 1)
        for before, _ in (_place(ranked, share) for share in (MEDIAN, P90))
    ]
    return (
        sa.select(
            *keys,
            quantile(ranked, MEDIAN).label("median_value"),
            quantile(ranked, P90).label("p90_value"),
        )
        .where(sa.or_(*near))
        .group_by(*keys)
    )


def _of_turns(rows: sa.FromClause, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """The quantiles of values of the wanted periods, the slices by their names.

    They are taken once for all as-ofs between which no value of the period and member came or
    went: a past year is ranked once and not as of each day anew.
    """
    each = in_every_slice(rows, cuts, [*PERIOD, ENTERS, LEAVES, "value"]).cte()
    by: tuple[str, ...] = (*PERIOD, *MEMBER)
    standing: sa.FromClause = each
    if len(as_ofs.each) > 1:
        standing = at_turns(each, by, ["value"], as_ofs).subquery("standing")
        by = (*by, ENTERS, LEAVES)
    found = _quantiles(standing, by).subquery("found")
    places = {place: sa.literal_column(f"'{cut.id}'", sa.Text) for place, cut in enumerate(cuts)}
    quantiles = sa.select(
        *(column for column in found.c if column.name != "slice_place"),
        sa.case(places, value=found.c.slice_place).label("slice_id"),
    ).subquery("quantiles")
    return in_stretches(quantiles, PERIOD, ("slice_id", "member"), QUANTILES)


def _of_made(
    group: Group, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per row made for a wanted period: members, value, and which as-ofs it is of."""
    members = members_of(group.fact, cuts)
    source, standing, known = states_made(members, group.fact, as_ofs)
    return (
        sa.select(
            *(group.fact.c[name] for name in PERIOD),
            *standing,
            *members.columns(),
            value.label("value"),
        )
        .select_from(source)
        .where(*group.takes_part(), *known, value.is_not(None))
    )


def _dated(group: Group, value: Expression, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per period of wanted_day and event in it: members, value, and which as-ofs know it."""
    fact, members = group.fact, members_of(group.fact, cuts)
    ends_at = end_of_day(group.first.date, as_ofs.zone.key)
    known = members.known(ends_at)
    is_of_day = is_on_day(group.first.date)
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
