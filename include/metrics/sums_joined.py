"""Rows summed that meet a wanted period by a condition, or were made for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, member_of, source_of
from include.metrics.periods import AsOf
from include.metrics.slices import Slice
from include.metrics.wanted import KEYS, wanted_period


def sums_of_joined(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with rows that meet the period.

    Where the condition compares instants or days, every row meets every period: that is for small
    facts, or measures that depend on the moment.
    """
    source = source_of(group.fact, cut, sa.literal(as_of.at)).join(wanted_period, group.first.on)
    met = (
        sa.select(
            *(wanted_period.c[name] for name in KEYS),
            member_of(group.fact, cut),
            *group.measures(),
        )
        .select_from(source)
        .where(*group.takes_part())
        .subquery("met")
    )
    return _summed(met, group)


def sums_of_prepared(group: Group, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member that has rows made for the period."""
    made = (
        sa.select(
            *(group.fact.c[name] for name in KEYS), member_of(group.fact, cut), *group.measures()
        )
        .select_from(source_of(group.fact, cut, sa.literal(as_of.at)))
        .where(*group.takes_part())
        .subquery("made")
    )
    return _summed(made, group)


def _summed(rows: sa.Subquery, group: Group) -> sa.Select[Any]:
    """The rows' measures, summed per period and member."""
    keys = [rows.c[name] for name in (*KEYS, "member")]
    return sa.select(
        *keys, *(sa.func.sum(rows.c[name]).label(name) for name in group.parts)
    ).group_by(*keys)
