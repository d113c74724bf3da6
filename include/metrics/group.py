"""The sums of a metric that one reading of a fact gives together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from include.core.portable import add_days, midnight
from include.metrics.metric import Expression, Part
from include.metrics.periods import AsOf
from include.metrics.slices import NO_MEMBER, Slice
from include.tables.base import END_OF_TIME

# Before anything happened.
BEGINNING = "1000-01-01 00:00:00+00"


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


def member_of(fact: sa.Table, cut: Slice, seen: sa.Subquery | None) -> sa.Label[Any]:
    """The member of an event, named `member`; `seen` is what `dimension_of` gave."""
    member = cut.member(fact) if seen is None else seen.c.member
    return sa.func.coalesce(member, sa.literal_column(f"'{NO_MEMBER}'", sa.Text)).label("member")


def dimension_of(fact: sa.Table, cut: Slice, as_of: AsOf) -> sa.Subquery | None:
    """The states of the dimension an event's member is read from; None where the fact has it.

    Columns: key, member, seen_from_at, seen_to_at. As known at the as-of; the first state of a key
    reaches back and the last one on without end, so at any moment exactly one of them stands.
    """
    dimension = cut.through
    if dimension is None or not cut.is_joined(fact):
        return None
    key = next(iter(dimension.primary_key.columns))
    in_order: dict[str, Any] = {"partition_by": key, "order_by": dimension.c.valid_from_at}
    is_first = sa.func.row_number().over(**in_order) == 1
    next_at = sa.func.lead(dimension.c.valid_from_at).over(**in_order)
    beginning, end = (
        sa.cast(sa.literal(text), sa.DateTime(timezone=True)) for text in (BEGINNING, END_OF_TIME)
    )
    return (
        sa.select(
            key.label("key"),
            dimension.c[cut.through_column].label("member"),
            sa.case((is_first, beginning), else_=dimension.c.valid_from_at).label("seen_from_at"),
            sa.func.coalesce(next_at, end).label("seen_to_at"),
        )
        .where(dimension.c.valid_from_at < as_of.at)
        .subquery("seen")
    )


def with_dimension(
    source: sa.FromClause, fact: sa.Table, cut: Slice, seen: sa.Subquery | None, at: Expression
) -> sa.FromClause:
    """The source, with the state of the dimension that stood just before an instant."""
    if seen is None:
        return source
    stood = sa.and_(
        seen.c.key == fact.c[cut.key], seen.c.seen_from_at < at, seen.c.seen_to_at >= at
    )
    return source.outerjoin(seen, stood)


def end_of_day(day: Expression, as_of: AsOf) -> Expression:
    """The instant a day ends in the reporting time zone."""
    return midnight(add_days(day, 1), as_of.zone.key)
