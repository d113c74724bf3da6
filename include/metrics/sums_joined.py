"""Rows summed that meet a wanted period by a condition, or were made for it.

Both are of some as-ofs, from one position to another, as all states are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.group import Group, Members, members_of, summed_by_slice
from include.metrics.metric import Expression
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    changes,
    first_position,
    known_by,
    positions,
    sums_in_stretches,
)
from include.metrics.slices import Slice
from include.metrics.wanted import (
    KEYS,
    PERIOD,
    is_on_day,
    of_period,
    of_wanted,
    periods,
    wanted_day,
    wanted_period,
)


def sums_of_joined(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member with rows that meet the period, and
    as-ofs that know the same of them.

    A past period meets its rows once for all as-ofs, and one that runs once for each. A member that a
    dimension says is the one at the period's moment.
    """
    members = members_of(group.fact, cuts)
    source, standing = met_at_moments(group, as_ofs)
    met = (
        sa.select(
            *(wanted_period.c[name] for name in PERIOD),
            *standing,
            *members.columns(),
            *group.measures(),
        )
        .select_from(members.joined(source, wanted_period.c.moment_at))
        .where(*group.takes_part(), *_counts(group, as_ofs))
    )
    return _sums_of_states(met.subquery("met"), PERIOD, list(group.parts), cuts, as_ofs)


def sums_of_prepared(group: Group, cuts: Sequence[Slice], as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member that has rows made for the period, and
    as-ofs that know the same of them.

    A member that a dimension says is the one at the period's moment.
    """
    members, keys = members_of(group.fact, cuts), key_of(group.fact)
    source, standing, known = states_made(members, group.fact, as_ofs)
    made = (
        sa.select(
            *(group.fact.c[name] for name in keys),
            *standing,
            *members.columns(),
            *group.measures(),
        )
        .select_from(source)
        .where(*group.takes_part(), *known)
    )
    return _sums_of_states(made.subquery("made"), keys, list(group.parts), cuts, as_ofs)


def met_at_moments(group: Group, as_ofs: AsOfs) -> tuple[sa.FromClause, list[sa.Label[Any]]]:
    """Rows of a fact with the wanted periods they meet, each moment of which is there once; and the
    positions of the as-ofs that have the moment and know the row, as `enters` and `leaves`.
    """
    first, fact = group.first, group.fact
    moment = _named_moments().subquery("moment")
    on = [sa.true()] if first.on is None else [first.on]
    at_moments = wanted_period.join(moment, of_wanted(moment))
    if first.timing == "joined":
        source = at_moments.join(fact, sa.and_(*on))
    else:
        dated = sa.and_(is_on_day(first.date), *on)
        source = at_moments.join(wanted_day, of_period()).join(fact, dated)
    starts: list[Expression] = [moment.c[ENTERS]]
    ends: list[Expression] = [moment.c[LEAVES]]
    if first.as_known:
        enters, leaves = positions(fact.c.valid_from_at, fact.c.valid_to_at, as_ofs)
        starts.append(enters.element)
        ends.append(leaves.element)
    if first.counts_from is not None:
        starts.append(first_position(first.counts_from, as_ofs))
    return source, [
        sa.func.greatest(*starts).label(ENTERS),
        sa.func.least(*ends).label(LEAVES),
    ]


def _named_moments() -> sa.Select[Any]:
    """One row per wanted period and moment of it: the key of one row of wanted_period that has both,
    and the positions of the first and the last as-of that has the moment.
    """
    wanted = wanted_period.c
    of_moment = [*(wanted[name] for name in PERIOD), wanted.moment_at]
    place = sa.func.row_number().over(
        partition_by=of_moment, order_by=[wanted.position, wanted.grain]
    )
    each = sa.select(
        *(wanted[name] for name in KEYS),
        sa.func.min(wanted.position).over(partition_by=of_moment).label(ENTERS),
        sa.func.max(wanted.position).over(partition_by=of_moment).label(LEAVES),
        place.label("place"),
    ).subquery("each")
    return sa.select(each).where(each.c.place == 1)


def _counts(group: Group, as_ofs: AsOfs) -> list[sa.ColumnElement[bool]]:
    """Conditions under which any of the as-ofs may know a row and count it."""
    first, fact = group.first, group.fact.c
    known = known_by(fact.valid_from_at, fact.valid_to_at, as_ofs) if first.as_known else []
    if first.counts_from is not None:
        known.append(first.counts_from <= as_ofs.last.last_date)
    return known


def _sums_of_states(
    made: sa.FromClause,
    keys: Sequence[str],
    names: list[str],
    cuts: Sequence[Slice],
    as_ofs: AsOfs,
) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member, and as-ofs of which it is the same: the
    sums of rows that have positions, and what they were made for.
    """
    summed = summed_by_slice(made, [*keys, ENTERS, LEAVES], cuts, names).cte()
    by = [*keys, "slice_id", "member"]
    change = changes(summed, by, names, as_ofs).subquery("change")
    row = [change.c[name] for name in (*by, POSITION)]
    by_position = (
        sa.select(*row, *(sa.func.sum(change.c[name]).label(name) for name in names))
        .group_by(*row)
        .subquery("by_position")
    )
    return sums_in_stretches(by_position, keys, names, as_ofs)


def key_of(made: sa.Table) -> tuple[str, ...]:
    """What rows are made for: a wanted period, or the moment that several of them have in common."""
    return PERIOD if PERIOD[0] in made.c else ("moment_at",)


def states_made(
    members: Members, fact: sa.Table, as_ofs: AsOfs
) -> tuple[sa.FromClause, list[sa.Label[Any]], list[Expression]]:
    """Rows made for wanted periods and some positions of as-ofs, with the states of the dimensions that
    stood at the period's moment; the positions of both, as `enters` and `leaves`; and the conditions
    under which any as-of knows them.
    """
    own = [fact.c[name].label(name) for name in (ENTERS, LEAVES)]
    if not members.seen:
        return fact, own, []
    if key_of(fact) != PERIOD:
        return members.joined(fact, fact.c.moment_at), own, []
    ends = periods("end_at").subquery("ends")
    is_its = sa.and_(*(fact.c[name] == ends.c[name] for name in PERIOD))
    rows = fact.join(ends, is_its)
    known = members.known_dimensions(ends.c.end_at)
    enters, leaves = positions(*known, as_ofs)
    standing = [
        sa.func.greatest(fact.c[ENTERS], enters.element).label(ENTERS),
        sa.func.least(fact.c[LEAVES], leaves.element).label(LEAVES),
    ]
    joined = members.joined_as_known(rows, ends.c.end_at, as_ofs)
    return joined, standing, known_by(*known, as_ofs)
