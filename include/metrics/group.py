"""The sums of a metric that one reading of a fact gives together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from include.metrics.metric import Expression, Part
from include.metrics.slices import NO_MEMBER, Slice
from include.metrics.wanted import stands_at


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
        shared = (part.fact, part.date, part.timing, part.where, part.on, part.ends)
        key = tuple(id(each) for each in (*shared, part.counts_from))
        groups.setdefault(key, {})[name] = part
    return [Group(each) for each in groups.values()]


def member_of(fact: sa.Table, cut: Slice) -> sa.Label[Any]:
    """The member of an event, named `member`."""
    return sa.func.coalesce(cut.member(fact), sa.literal_column(f"'{NO_MEMBER}'", sa.Text)).label(
        "member"
    )


def source_of(fact: sa.Table, cut: Slice, as_of_at: Expression) -> sa.FromClause:
    """The fact, with the dimension its member is read from, as known at the as-of."""
    dimension = cut.through
    if dimension is None or not cut.is_joined(fact):
        return fact
    key = next(iter(dimension.primary_key.columns))
    return fact.outerjoin(
        dimension, sa.and_(key == fact.c[cut.key], stands_at(dimension, as_of_at))
    )
