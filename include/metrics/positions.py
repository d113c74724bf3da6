"""Which of the as-ofs that are computed together know a state, and what each of them sums up to.

A state that stands at one as-of mostly stands at the next one too. So its measures are added once,
at the position of the first as-of that knows it, and taken back at the first that no longer does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.wanted import KEYS, wanted_period

Expression = sa.ColumnElement[Any]
ENTERS, LEAVES, POSITION = "enters", "leaves", "position"


def known_by(known_from: Expression, known_to: Expression, as_ofs: AsOfs) -> list[Expression]:
    """Conditions under which any of the as-ofs may know a state."""
    return [known_from < as_ofs.last.at, known_to >= as_ofs.first.at]


def positions(known_from: Expression, known_to: Expression, as_ofs: AsOfs) -> list[sa.Label[Any]]:
    """The positions of the first and the last as-of that know a state, as `enters` and `leaves`.

    Of a state that none knows, because it came and went between two, the last is before the first.
    """
    if len(as_ofs.each) == 1:
        one = sa.literal_column("1", sa.Integer)
        return [one.label(ENTERS), one.label(LEAVES)]
    number = range(1, len(as_ofs.each) + 1)
    enters = sa.case(
        *((known_from < each.at, place) for place, each in zip(number, as_ofs.each, strict=True)),
        else_=len(as_ofs.each) + 1,
    )
    leaves = sa.case(
        *((known_to < each.at, place - 1) for place, each in zip(number, as_ofs.each, strict=True)),
        else_=len(as_ofs.each),
    )
    return [enters.label(ENTERS), leaves.label(LEAVES)]


def changes(
    rows: sa.FromClause, keys: Sequence[str], names: Sequence[str], as_ofs: AsOfs
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """One row per key and position with a change: `position`, and what it changes of each sum.

    `rows` has the keys, `enters` and `leaves`.
    """
    by = [rows.c[name] for name in keys]
    enter = sa.select(*by, rows.c[ENTERS].label(POSITION), *(rows.c[name] for name in names)).where(
        rows.c[ENTERS] <= rows.c[LEAVES]
    )
    if len(as_ofs.each) == 1:
        return enter
    leave = sa.select(
        *by,
        (rows.c[LEAVES] + 1).label(POSITION),
        *((-rows.c[name]).label(name) for name in names),
    ).where(rows.c[ENTERS] <= rows.c[LEAVES], rows.c[LEAVES] < len(as_ofs.each))
    return sa.union_all(enter, leave)


def sums_at_as_ofs(
    changed: sa.FromClause, keys: Sequence[str], names: Sequence[str], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per wanted period, slice and member: all changes up to its as-of, added up.

    `changed` has one row per key, slice, member and `position`; the keys are columns of
    wanted_period as well.
    """
    wanted = wanted_period.c
    group = [changed.c[name] for name in (*keys, "slice_id", "member")]
    same = [changed.c[name] == wanted[name] for name in keys]
    columns = [*(wanted[name] for name in KEYS), changed.c.slice_id, changed.c.member]
    if len(as_ofs.each) == 1:
        return sa.select(*columns, *(changed.c[name] for name in names)).join_from(
            wanted_period, changed, sa.and_(*same)
        )
    in_order: dict[str, Any] = {"partition_by": group, "order_by": changed.c[POSITION]}
    running = sa.select(
        *group,
        changed.c[POSITION],
        sa.func.coalesce(
            sa.func.lead(changed.c[POSITION]).over(**in_order), len(as_ofs.each) + 1
        ).label("next_position"),
        *(sa.func.sum(changed.c[name]).over(**in_order).label(name) for name in names),
    ).subquery("running")
    stands = [
        *(running.c[name] == wanted[name] for name in keys),
        running.c[POSITION] <= wanted[POSITION],
        running.c.next_position > wanted[POSITION],
    ]
    return sa.select(
        *(wanted[name] for name in KEYS),
        running.c.slice_id,
        running.c.member,
        *(running.c[name] for name in names),
    ).join_from(wanted_period, running, sa.and_(*stands))
