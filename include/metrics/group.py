"""The sums of a metric that one reading of a fact gives together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from include.core.portable import add_days, earlier_of, later_of, midnight
from include.metrics.metric import Expression, Part
from include.metrics.periods import AsOfs
from include.metrics.seen import SEEN
from include.metrics.slices import NO_MEMBER, TOTAL, Slice
from include.metrics.wanted import as_instant
from include.tables.base import BEGINNING_OF_TIME, END_OF_TIME


@dataclass(frozen=True)
class Group:
    """Parts by name that differ in nothing but what an event adds, and the period it is compared
    with. All else is that of the `first` of them.
    """

    parts: dict[str, Part]

    @property
    def first(self) -> Part:
        """Any of them, for what they share."""
        return next(iter(self.parts.values()))

    @property
    def fact(self) -> sa.Table:
        """The fact they are read from."""
        return self.first.fact

    def measures(self, sign: int = 1) -> list[sa.Label[Any]]:
        """What an event adds to each, or takes away."""
        return [(sign * part.measure).label(name) for name, part in self.parts.items()]

    def takes_part(self) -> list[Expression]:
        """Conditions of the events they look at."""
        conditions = [self.fact.c.is_counted] if "is_counted" in self.fact.c else []
        return conditions + ([] if self.first.where is None else [self.first.where])


def grouped(parts: dict[str, Part]) -> list[Group]:
    """The parts, those together that one statement can sum."""
    groups: dict[tuple[int, ...], dict[str, Part]] = {}
    for name, part in parts.items():
        shared = (part.fact, part.date, part.timing, part.where, part.on, part.as_known, part.ends)
        key = tuple(id(each) for each in (*shared, part.counts_from))
        groups.setdefault(key, {})[name] = part
    return [Group(each) for each in groups.values()]


@dataclass(frozen=True)
class Members:
    """The members of a fact's events, in each of some slices.

    `seen` has, for each dimension that says a member the fact itself does not, and the column of the
    fact that names its key, its states.
    """

    fact: sa.Table
    cuts: tuple[Slice, ...]
    seen: dict[tuple[str, str], sa.FromClause]

    def columns(self) -> list[sa.Label[Any]]:
        """The member in every slice but the total, named `member_` and the slice."""
        return [
            sa.func.coalesce(self._member(cut), sa.literal_column(f"'{NO_MEMBER}'", sa.Text)).label(
                member_column(cut)
            )
            for cut in self.cuts
            if cut is not TOTAL
        ]

    def joined(self, source: sa.FromClause, at: Expression) -> sa.FromClause:
        """The source, with the state of each dimension that stood just before an instant."""
        for (_, key), seen in self.seen.items():
            stood = sa.and_(
                seen.c.key == self.fact.c[key], seen.c.seen_from_at < at, seen.c.seen_to_at >= at
            )
            source = source.outerjoin(seen, stood)
        return source

    def joined_as_known(
        self, source: sa.FromClause, at: Expression, as_ofs: AsOfs
    ) -> sa.FromClause:
        """The source, with each state of the dimensions that an as-of takes for that of an instant.

        Which one may change with the as-of as long as the instant is yet to come; `known` tells.
        """
        for (_, key), seen in self.seen.items():
            may_stand = sa.and_(
                seen.c.key == self.fact.c[key],
                seen.c.seen_from_at < at,
                sa.or_(seen.c.seen_to_at >= at, seen.c.seen_to_at >= as_ofs.first.at),
            )
            source = source.outerjoin(seen, may_stand)
        return source

    def known(self, at: Expression) -> tuple[Expression, Expression]:
        """From when until when an event is known, and its members for an instant are these."""
        fact, (seen_from, ends) = self.fact, self._seen(at)
        return later_of(fact.c.valid_from_at, *seen_from), earlier_of(fact.c.valid_to_at, *ends)

    def known_dimensions(self, at: Expression) -> tuple[Expression, Expression]:
        """The same of the members alone; always, of an event that no dimension knows."""
        seen_from, ends = self._seen(at)
        return later_of(as_instant(BEGINNING_OF_TIME), *seen_from), earlier_of(
            as_instant(END_OF_TIME), *ends
        )

    def _seen(self, at: Expression) -> tuple[list[Expression], list[Expression]]:
        """From when until when the state of each dimension is taken for that of an instant."""
        states = self.seen.values()
        # A state that stood at the instant stays the one of that instant.
        ends: list[Expression] = [
            sa.case((seen.c.seen_to_at < at, seen.c.seen_to_at)) for seen in states
        ]
        return [seen.c.seen_from_at for seen in states], ends

    def joined_always(self, source: sa.FromClause) -> sa.FromClause:
        """The source, with every state of each dimension: one row per set of them."""
        for (_, key), seen in self.seen.items():
            source = source.outerjoin(seen, seen.c.key == self.fact.c[key])
        return source

    def _member(self, cut: Slice) -> Expression:
        """The member in one slice."""
        if cut.through is None or not cut.is_joined(self.fact):
            return cut.member(self.fact)
        return self.seen[cut.through.name, cut.key].c[cut.through_column]


def members_of(fact: sa.Table, cuts: Sequence[Slice]) -> Members:
    """The members of a fact's events in some slices."""
    keys = dict.fromkeys(
        (cut.through.name, cut.key)
        for cut in cuts
        if cut.through is not None and cut.is_joined(fact)
    )
    return Members(fact, tuple(cuts), {key: SEEN[key[0]].alias() for key in keys})


def member_column(cut: Slice) -> str:
    """The name of the column that has the member in a slice."""
    return f"member_{cut.id}"


def summed_by_slice(
    rows: sa.FromClause, keys: Sequence[str], cuts: Sequence[Slice], names: Sequence[str]
) -> sa.Select[Any]:
    """One row per key, slice and member: the sums of the named columns.

    Each event is read once, however many slices there are.
    """
    by = [rows.c[name] for name in keys]
    members = {cut.id: rows.c[member_column(cut)] for cut in cuts if cut is not TOTAL}
    sums = [sa.func.sum(rows.c[name]).label(name) for name in names]
    if not members:
        total = [sa.literal_column(f"'{TOTAL.id}'", sa.Text), sa.literal_column("''", sa.Text)]
        return sa.select(*by, total[0].label("slice_id"), total[1].label("member"), *sums).group_by(
            *by
        )
    # No member is NULL, so NULL is a column that this set does not group by.
    slice_id = sa.case(
        *(
            (sa.func.grouping(member) == 0, sa.literal_column(f"'{name}'", sa.Text))
            for name, member in members.items()
        ),
        else_=sa.literal_column(f"'{TOTAL.id}'", sa.Text),
    )
    member = sa.func.coalesce(*members.values(), sa.literal_column("''", sa.Text))
    sets = [sa.tuple_(*by, member) for member in members.values()]
    if any(cut is TOTAL for cut in cuts):
        sets.append(sa.tuple_(*by))
    return sa.select(*by, slice_id.label("slice_id"), member.label("member"), *sums).group_by(
        sa.func.grouping_sets(*sets)
    )


def in_every_slice(
    rows: sa.FromClause, cuts: Sequence[Slice], names: Sequence[str]
) -> sa.Select[Any]:
    """One row per row and slice: the named columns, slice_id, its place in `cuts`, member."""
    each = sa.union_all(
        *(
            sa.select(
                sa.literal_column(f"'{cut.id}'", sa.Text).label("slice_id"),
                sa.literal_column(str(place), sa.Integer).label("slice_place"),
            )
            for place, cut in enumerate(cuts)
        )
    ).subquery("each_slice")
    members = {cut.id: rows.c[member_column(cut)] for cut in cuts if cut is not TOTAL}
    nobody = sa.literal_column("''", sa.Text)
    member = sa.case(members, value=each.c.slice_id, else_=nobody) if members else nobody
    return sa.select(
        *(rows.c[name] for name in names),
        each.c.slice_id,
        each.c.slice_place,
        member.label("member"),
    ).join_from(rows, each, sa.true())


def end_of_day(day: Expression, zone: str) -> Expression:
    """The instant a day ends in a time zone."""
    return midnight(add_days(day, 1), zone)
