"""Which of the as-ofs that are computed together know a state, and what each of them sums up to.

A state that stands at one as-of mostly stands at the next one too. So its measures are added once,
at the position of the first as-of that knows it, and taken back at the first that no longer does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from include.core.portable import count_reached
from include.metrics.periods import AsOfs
from include.metrics.wanted import wanted_period

Expression = sa.ColumnElement[Any]
ENTERS, LEAVES, POSITION = "enters", "leaves", "position"
# What names a wanted period but for its as-of.
STRETCHED = ("grain", "start_date")
INSTANT = sa.DateTime(timezone=True)


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
    ats = sa.literal([each.at for each in as_ofs.each], sa.ARRAY(INSTANT))
    enters = _reached(known_from, ats, as_ofs) + 1
    return [enters.label(ENTERS), _reached(known_to, ats, as_ofs).label(LEAVES)]


def first_position(day: Expression, as_ofs: AsOfs) -> Expression:
    """The position of the first as-of whose last day is not before a day; after the last one's for
    none.
    """
    # One that has the day as its last one is not passed yet.
    passed = [each.last_date + timedelta(days=1) for each in as_ofs.each]
    return _reached(day, sa.literal(passed, sa.ARRAY(sa.Date)), as_ofs) + 1


def position_at(instant: Expression, as_ofs: AsOfs) -> Expression:
    """The position of the first as-of that is not before an instant; after the last one's for none."""
    passed = [each.at + timedelta(microseconds=1) for each in as_ofs.each]
    return _reached(instant, sa.literal(passed, sa.ARRAY(INSTANT)), as_ofs) + 1


def _reached(value: Expression, borders: Expression, as_ofs: AsOfs) -> Expression:
    """How many borders a value is not before: all of them, where it is not known.

    Asked of an array, and not in as many conditions: these were most of what a statement took to be
    made and planned, and each of them asked for the value anew.
    """
    return sa.func.coalesce(count_reached(value, borders), len(as_ofs.each))


def moments(*names: str) -> sa.Select[Any]:
    """One row per moment of the wanted periods and these columns of wanted_period, with the positions
    of the first and the last as-of that has the moment, as `enters` and `leaves`.

    A past period has one moment, its end; one that runs has one for each as-of.
    """
    wanted = wanted_period.c
    by = [wanted[name] for name in (*names, "moment_at")]
    return sa.select(
        *by,
        sa.func.min(wanted.position).label(ENTERS),
        sa.func.max(wanted.position).label(LEAVES),
    ).group_by(*by)


def stands_at_moment(fact: sa.FromClause, end_at: Expression, as_ofs: AsOfs) -> Expression:
    """Whether a state may be the one that stood just before a period's moment, which is its end, or the
    as-of if earlier.
    """
    first, last = (sa.cast(sa.literal(each.at), INSTANT) for each in (as_ofs.first, as_ofs.last))
    return sa.and_(
        fact.c.valid_from_at < sa.func.least(end_at, last),
        fact.c.valid_to_at >= sa.func.least(end_at, first),
    )


def positions_of_moment(
    fact: sa.FromClause, end_at: Expression, as_ofs: AsOfs
) -> list[sa.Label[Any]]:
    """The positions of the as-ofs at which it is, as `enters` and `leaves`."""
    # What stood at the end stays what stood at the end.
    known_to = sa.case((fact.c.valid_to_at < end_at, fact.c.valid_to_at))
    return positions(fact.c.valid_from_at, known_to, as_ofs)


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


def at_turns(
    rows: sa.FromClause,
    keys: Sequence[str],
    names: Sequence[str],
    as_ofs: AsOfs,
    also: sa.Select[Any] | None = None,
) -> sa.Select[Any]:
    """One row per key, turn and row that stands then: the named columns, and as `enters` and `leaves`
    the first and the last position of the turn.

    A turn begins at the position of an as-of at which a row of the key comes or goes, or, with `also`,
    something else that the key and a `turn` are given of. So what is made of all rows of a key is made
    once for all as-ofs between which none of them changes.
    """
    columns = [rows.c[name] for name in (*keys, *names)]
    if len(as_ofs.each) == 1:
        return sa.select(*columns, rows.c[ENTERS], rows.c[LEAVES])
    last, by = len(as_ofs.each), [rows.c[name] for name in keys]
    came = sa.select(*by, rows.c[ENTERS].label("turn"))
    went = sa.select(*by, (rows.c[LEAVES] + 1).label("turn")).where(rows.c[LEAVES] < last)
    places = [came, went] if also is None else [came, went, also]
    place = sa.union(*places).subquery("place")
    next_turn = sa.func.lead(place.c.turn).over(
        partition_by=[place.c[name] for name in keys], order_by=place.c.turn
    )
    turn = sa.select(
        *(place.c[name] for name in keys),
        place.c.turn.label(ENTERS),
        (sa.func.coalesce(next_turn, last + 1) - 1).label(LEAVES),
    ).subquery("turn")
    stands = [
        *(turn.c[name] == rows.c[name] for name in keys),
        turn.c[ENTERS] >= rows.c[ENTERS],
        turn.c[ENTERS] <= rows.c[LEAVES],
    ]
    return sa.select(*columns, turn.c[ENTERS], turn.c[LEAVES]).join_from(
        turn, rows, sa.and_(*stands)
    )


def as_of_at(position: Expression, as_ofs: AsOfs) -> Expression:
    """The as-of of a position."""
    ats = [sa.cast(sa.literal(each.at), INSTANT) for each in as_ofs.each]
    if len(ats) == 1:
        return ats[0]
    return sa.case(dict(enumerate(ats, start=1)), value=position)


def turns_of(rows: sa.FromClause, keys: Sequence[str], as_ofs: AsOfs) -> sa.Select[Any] | None:
    """The keys and each `turn` at which one of these rows comes or goes, for `also` of at_turns; None
    where there is but one as-of, which has no turns.
    """
    if len(as_ofs.each) == 1:
        return None
    by = [rows.c[name] for name in keys]
    turn = sa.union(
        sa.select(*by, rows.c[ENTERS].label("turn")), sa.select(*by, rows.c[LEAVES] + 1)
    ).subquery()
    return sa.select(turn).where(turn.c.turn.between(2, len(as_ofs.each)))


def sums_between(
    changed: sa.FromClause, keys: Sequence[str], names: Sequence[str], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per key and as-ofs between which none of its sums changes, from `enters` to `leaves`: all
    changes up to then, added up.

    `changed` has one row per key and `position`.
    """
    by = [changed.c[name] for name in keys]
    in_order: dict[str, Any] = {"partition_by": by, "order_by": changed.c[POSITION]}
    next_position = sa.func.lead(changed.c[POSITION]).over(**in_order)
    return sa.select(
        *by,
        changed.c[POSITION].label(ENTERS),
        (sa.func.coalesce(next_position, len(as_ofs.each) + 1) - 1).label(LEAVES),
        *(sa.func.sum(changed.c[name]).over(**in_order).label(name) for name in names),
    )


def sums_in_stretches(
    changed: sa.FromClause, keys: Sequence[str], names: Sequence[str], as_ofs: AsOfs
) -> sa.Select[Any]:
    """One row per stretch of a wanted period, slice and member, and positions of it between which no
    sum changes: all changes up to then, added up.

    `changed` has one row per key, slice, member and `position`; the keys are columns of
    wanted_period as well.
    """
    by = (*keys, "slice_id", "member")
    if len(as_ofs.each) == 1:
        return in_stretches(changed, keys, by[-2:], names)
    running = sums_between(changed, by, names, as_ofs).subquery("running")
    return in_stretches(running, keys, by[-2:], names)


def in_stretches(
    rows: sa.FromClause, keys: Sequence[str], member: Sequence[str], names: Sequence[str]
) -> sa.Select[Any]:
    """One row per stretch of a wanted period and row of it: grain, start_date, the named columns, and
    as `enters` and `leaves` the first and the last position of both.

    A stretch are the as-ofs between which nothing about the period changes: all that come after its
    end, mostly. The keys are columns of wanted_period as well. Rows without positions stand at all.
    """
    wanted = wanted_period.c
    holds = [wanted.until_position.is_not(None), *(rows.c[key] == wanted[key] for key in keys)]
    enters: Expression = wanted.position
    leaves: Expression = wanted.until_position
    if ENTERS in rows.c:
        holds += [rows.c[ENTERS] <= leaves, rows.c[LEAVES] >= enters]
        enters = sa.func.greatest(enters, rows.c[ENTERS])
        leaves = sa.func.least(leaves, rows.c[LEAVES])
    return sa.select(
        *(wanted[name] for name in STRETCHED),
        *(rows.c[name] for name in (*member, *names)),
        enters.label(ENTERS),
        leaves.label(LEAVES),
    ).join_from(wanted_period, rows, sa.and_(*holds))
