"""What a metric is: one record, from which its values, its glossary entry and its page are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from include.metrics.slices import Slice

Expression = sa.ColumnElement[Any]


def count_where(condition: Expression) -> Expression:
    """One for each event the condition holds for."""
    return sa.case((condition, 1), else_=0)


def sum_of(column: Expression, where: Expression) -> Expression:
    """The column's value for each event the condition holds for; nothing where it is NULL."""
    return sa.case((where, sa.func.coalesce(column, 0)), else_=0)


@dataclass(frozen=True, eq=False, kw_only=True)
class Metric:
    """One number the company steers by.

    `numerator`, `denominator` and `excluded` are what one event contributes; they are summed. An
    event takes part when its state `is_counted`. Without a denominator the value is the sum, so it
    adds up over periods and slices.

    timing says which state of an event is read:
        period    events dated in the period, as known at the as-of
        cohort    the same, but what happened to them after the period's end counts too
        snapshot  all events, as they stood at the period's end, or at the as-of if earlier

    The rest, by need:
        events            what the value rests on, in words, plural: "deals closed"
        sample            how many of them one event is; by default the denominator, else numerator
        distribution      a value per event, NULL for none: mean, median and p90 of it are stored
        headline          "median" of the distribution instead of numerator over denominator
        compared_with     the change of the numerator since another period, over what it was then
        counts_from       a snapshot only counts a state after this date has passed
        is_range_joined   a snapshot whose numerator depends on the instant it is taken at
        history_days      days before a snapshot that must be known for it to mean something
        also_reads        further fact tables in its expressions
        maturity_days     days after a period's end until its value hardly moves any more
        minimum_sample    fewer events than this and a report prints the counts, not the rate
    """

    id: str
    name: str
    question: str
    formula: str
    fact: sa.Table
    date: sa.Column[Any]
    numerator: Expression
    denominator: Expression | None = None
    unit: Literal["money", "count", "rate", "days", "seconds"]
    better: Literal["higher", "lower", "neutral"]
    slices: tuple[Slice, ...]
    minimum_sample: int = 1
    owner: str
    basis: str
    events: str
    timing: Literal["period", "cohort", "snapshot"] = "period"
    sample: Expression | None = None
    excluded: Expression | None = None
    distribution: Expression | None = None
    headline: Literal["ratio", "median"] = "ratio"
    compared_with: Literal["previous", "year_ago"] | None = None
    counts_from: sa.Column[Any] | None = None
    is_range_joined: bool = False
    history_days: int = 0
    also_reads: tuple[sa.Table, ...] = ()
    maturity_days: int = 0

    @property
    def is_additive(self) -> bool:
        """Whether the values of a slice's members add up to the total."""
        return self.denominator is None and self.compared_with is None

    @property
    def sources(self) -> tuple[str, ...]:
        """Ids of the CRM objects it is made of, in order, each once."""
        tables = (self.fact, *self.also_reads)
        return tuple(dict.fromkeys(source for table in tables for source in table.info["sources"]))
