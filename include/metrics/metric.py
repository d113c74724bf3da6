"""What a metric is: one record, from which its values, its glossary entry and its page are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from include.core.portable import safe_divide
from include.metrics.slices import NO_MEMBER, Slice
from include.metrics.wanted import OF_MOMENT, PERIOD, wanted_period

Expression = sa.ColumnElement[Any]
Timing = Literal["period", "cohort", "snapshot", "active", "joined", "prepared"]
Unit = Literal["money", "count", "rate", "days", "seconds", "months", "points", "ratio"]

GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
# Grains whose periods begin and end with a month, for facts that have one row per month.
MONTHLY = ("month", "quarter", "year", "fiscal_quarter", "fiscal_year")


def count_where(condition: Expression) -> Expression:
    """One for each event the condition holds for."""
    return sa.case((condition, 1), else_=0)


def sum_of(column: Expression, where: Expression) -> Expression:
    """The column's value for each event the condition holds for; nothing where it is NULL."""
    return sa.case((where, sa.func.coalesce(column, 0)), else_=0)


def total(part: str) -> Expression:
    """The sum of a part of the metric, in one period and member."""
    return sa.column(part, sa.Numeric())


def if_known(value: Expression, known: Expression, unknown: Expression) -> Expression:
    """A sum over what is known; nothing, rather than zero, where all there is is not known.

    `known` and `unknown` are how many there are of each.
    """
    return sa.case(((known > 0) | (unknown == 0), value))


def over_all_members(value: Expression) -> Expression:
    """A sum of parts over all members of the slice in one period, for shares of the whole."""
    row = ("as_of_at", "grain", "start_date", "slice_id")
    keys: list[Expression] = [sa.column(name) for name in row]
    return sa.func.sum(value).over(partition_by=keys)


def in_slice(cut: Slice, value: Expression, otherwise: Expression) -> Expression:
    """A value that one slice has of its own, being no sum of what the others sum up."""
    return sa.case((sa.column("slice_id", sa.Text) == cut.id, value), else_=otherwise)


def shared_out(value: Expression, by: Expression) -> Expression:
    """What a member has of a value, and its share, in proportion to `by`, of what no member has.

    Where no member has any of `by` nothing is shared out, so that the members always add up.
    """
    is_nobodys = sa.column("member", sa.Text) == NO_MEMBER
    own, pool = sa.case((is_nobodys, 0), else_=value), sa.case((is_nobodys, value), else_=0)
    share = safe_divide(over_all_members(pool) * by, over_all_members(by))
    return own + sa.func.coalesce(share, pool)


def with_nobodys(value: Expression) -> Expression:
    """What a member has of a value, and what no member has, of which each has a share: above zero
    where either is.
    """
    is_nobodys = sa.column("member", sa.Text) == NO_MEMBER
    return value + over_all_members(sa.case((is_nobodys, value), else_=0))


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """One sum a metric is made of: what each event of a fact adds, and which events those are.

    An event takes part when its state `is_counted`, and `where` holds. timing as in Metric, with
        active   rows whose own days, from `date` until before `ends`, cover the period's last day;
                 without `ends` they never end, so this is everything up to that day
        joined   rows that meet the wanted period by the condition `on`, whatever their date
        prepared rows of a table made for the wanted periods, as in prepared.py
    With `on`, events dated in the period are those that also meet it by this condition, which says
    itself which states it is about, unless `as_known`: then they are those known at the as-of. A
    state only counts after the date `counts_from` has passed. `compared_with` sums over another period instead. `configured_in` names the file without which
    there are no events at all, as rows that `where` holds for.
    """

    fact: sa.Table
    date: sa.Column[Any]
    measure: Expression
    timing: Timing = "period"
    where: Expression | None = None
    on: Expression | None = None
    as_known: bool = False
    ends: sa.Column[Any] | None = None
    counts_from: Expression | None = None
    compared_with: Literal["previous", "year_ago"] | None = None
    configured_in: str = ""

    def __post_init__(self) -> None:
        """Refuse what would not be the same for all as-ofs that are computed together.

        Raises:
            ValueError: a condition or measure asks for the as-of, and not for the period's moment.
        """
        expressions = [each for each in (self.on, self.where, self.measure) if each is not None]
        clauses = (clause for each in expressions for clause in visitors.iterate(each))
        read = {clause for clause in clauses if isinstance(clause, sa.Column)}
        names = sorted(clause.name for clause in read if clause.table is wanted_period)
        if refused := [name for name in names if name not in OF_MOMENT]:
            raise ValueError(
                f"A part may not read {', '.join(refused)} of wanted_period: say `as_known` for what is "
                "known at the as-of, and `moment_at` for the period's end, or the as-of if earlier."
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Metric:
    """One number the company steers by.

    Of one fact: `numerator`, `denominator`, `sample`, `excluded` and `partly` are what one event of
    `fact` contributes, and are summed. Of several facts: `parts` are summed each for itself, and the
    five are made of their sums, `total(name)`. Without a denominator the value is the numerator, so it
    adds up over slices.

    timing says which state of an event is read:
        period    events dated in the period, as known at the as-of
        cohort    the same, but what happened to them after the period's end counts too
        snapshot  all events, as they stood at the period's end, or at the as-of if earlier
        active    rows whose own days cover the period's last day, as known at the as-of
        joined    rows that meet the period by a condition of the metric's own
        prepared  rows made for the period, of what it compares

    The rest, by need:
        events            what the value rests on, in words, plural: "deals closed"
        sample            how many of them one event is; by default the denominator, else numerator
        partly            events that make the value PARTIAL, for the reason `partly_reason`
        distribution      a value per event, NULL for none: mean, median and p90 of it are stored
        headline          "median" of the distribution instead of numerator over denominator
        compared_with     the change of the numerator since another period, over what it was then
        counts_from       a state only counts after this date has passed
        on, as_known, ends  of the fact, as in Part
        becomes           what happens to a period's events after it counts, as with cohort
        grains            the grains it is computed for
        whole_periods     it has no value while the period runs
        configured_in     the file without which there are none of `configured_where`, or none at all
        zero_denominator  what a denominator of zero means, in words
        not_known         what it means that there is no numerator, in words
        none_is_unknown   a period without events has no value, rather than zero: people enter them
        history_days      days before a snapshot that must be known for it to mean something
        also_reads        further fact tables in its expressions
        trailing_periods  closed periods computed again, where more than the calendar's
        maturity_days     days after a period's end until its value hardly moves any more; it is computed
                          again until then
        minimum_sample    fewer events than this and a report prints the counts, not the rate
    """

    id: str
    name: str
    question: str
    formula: str
    numerator: Expression
    denominator: Expression | None = None
    unit: Unit
    better: Literal["higher", "lower", "neutral"]
    slices: tuple[Slice, ...]
    owner: str
    basis: str
    events: str
    fact: sa.Table | None = None
    date: sa.Column[Any] | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    timing: Timing = "period"
    sample: Expression | None = None
    excluded: Expression | None = None
    partly: Expression | None = None
    partly_reason: str = ""
    distribution: Expression | None = None
    headline: Literal["ratio", "median"] = "ratio"
    compared_with: Literal["previous", "year_ago"] | None = None
    counts_from: sa.Column[Any] | None = None
    on: Expression | None = None
    as_known: bool = False
    ends: sa.Column[Any] | None = None
    grains: tuple[str, ...] = GRAINS
    whole_periods: bool = False
    becomes: bool = False
    zero_denominator: str = ""
    not_known: str = "Part of what it is made of is not known for the period."
    none_is_unknown: bool = False
    configured_in: str = ""
    configured_where: Expression | None = None
    history_days: int = 0
    also_reads: tuple[sa.Table, ...] = ()
    trailing_periods: int = 0
    maturity_days: int = 0
    minimum_sample: int = 1

    @property
    def is_additive(self) -> bool:
        """Whether the values of a slice's members add up to the total."""
        return self.denominator is None and self.compared_with is None

    @property
    def is_share(self) -> bool:
        """Whether it says how many of some events also are something: never below 0, or above 1."""
        sides: list[Any] = [self.numerator, self.denominator]
        if self.parts:
            parts = [self.parts.get(getattr(side, "key", "")) for side in sides]
            # Those that are read in two ways are not the same events.
            if len({part and (part.date, part.timing, part.counts_from) for part in parts}) > 1:
                return False
            sides = [part and part.measure for part in parts]
        return self.unit == "rate" and all(_is_count(side) for side in sides)

    @property
    def is_cohort(self) -> bool:
        """Whether a period's value goes on changing after its end."""
        return self.becomes or self.timing == "cohort"

    @property
    def is_of_whole_periods(self) -> bool:
        """Whether it has no value while the period runs."""
        return self.whole_periods or self.compared_with is not None

    @cached_property
    def summed(self) -> dict[str, Part]:
        """Every sum it is made of, by name."""
        if self.parts:
            return self.parts
        if self.fact is None or self.date is None:
            raise ValueError(f"{self.id} has neither parts, nor a fact and its date")
        sample = self._sample_of_event
        excluded = sa.literal(0) if self.excluded is None else self.excluded
        shared: dict[str, Any] = {
            "fact": self.fact,
            "date": self.date,
            "timing": self.timing,
            "where": sample + excluded > 0,
            "on": self.on,
            "as_known": self.as_known,
            "ends": self.ends,
            "counts_from": self.counts_from,
            "configured_in": self.configured_in,
        }
        measures = {"numerator": self.numerator, "sample_count": sample}
        if self.denominator is not None:
            measures["denominator"] = self.denominator
        if self.excluded is not None:
            measures["excluded_count"] = self.excluded
        if self.partly is not None:
            measures["partly_count"] = self.partly
        parts = {name: Part(measure=measure, **shared) for name, measure in measures.items()}
        if self.compared_with:
            # What the other period leaves out is in the change just as well.
            of_base = {"base": self.numerator, "base_excluded": excluded}
            compared = shared | {"compared_with": self.compared_with}
            parts |= {name: Part(measure=measure, **compared) for name, measure in of_base.items()}
        return parts

    @cached_property
    def measures(self) -> dict[str, Expression]:
        """What a period and member has of each measure, made of the sums."""
        zero = sa.literal(0)
        if self.parts:
            denominator = zero if self.denominator is None else self.denominator
            sample = self.sample
            if sample is None:
                sample = self.numerator if self.denominator is None else self.denominator
            excluded = zero if self.excluded is None else self.excluded
            partly = zero if self.partly is None else self.partly
            return _named(self.numerator, denominator, sample, excluded, partly)
        partly = zero if self.partly is None else total("partly_count")
        excluded = zero if self.excluded is None else total("excluded_count")
        sample = total("sample_count")
        if self.compared_with:
            base = total("base")
            excluded += total("base_excluded")
            return _named(total("numerator") - base, base, sample, excluded, partly)
        denominator = zero if self.denominator is None else total("denominator")
        return _named(total("numerator"), denominator, sample, excluded, partly)

    @cached_property
    def looks_at_all_members(self) -> bool:
        """Whether a member's value changes with those of others."""
        clauses = (clause for value in self.measures.values() for clause in visitors.iterate(value))
        return any(isinstance(clause, sa.Over) for clause in clauses)

    @cached_property
    def reads_at_moment(self) -> bool:
        """Whether a sum is of a moment: all others say themselves which as-ofs they are of."""
        return any(
            part.timing in ("snapshot", "active")
            or (part.timing == "prepared" and PERIOD[0] not in part.fact.c)
            for part in self.summed.values()
        )

    @cached_property
    def facts(self) -> tuple[sa.Table, ...]:
        """The fact tables it reads, each once."""
        return tuple(dict.fromkeys((*(p.fact for p in self.summed.values()), *self.also_reads)))

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Ids of the CRM objects it is made of, in order, each once."""
        return self._of_facts("sources")

    @cached_property
    def optional_sources(self) -> tuple[str, ...]:
        """Ids of the CRM objects it uses where they are."""
        return self._of_facts("optional_sources")

    @cached_property
    def base_sources(self) -> tuple[str, ...]:
        """Of facts made of optional objects alone, those of each CRM without which it gives nothing."""
        found: dict[str, None] = {}
        for table in self.facts:
            if not table.info.get("sources"):
                optional = table.info.get("optional_sources", ())
                first = {source.split(".")[0]: source for source in reversed(optional)}
                found |= dict.fromkeys(first.values())
        return tuple(found)

    def _of_facts(self, kind: str) -> tuple[str, ...]:
        """What the facts it reads say of a kind of sources."""
        return tuple(
            dict.fromkeys(source for table in self.facts for source in table.info.get(kind, ()))
        )

    @property
    def _sample_of_event(self) -> Expression:
        """How much of a sample one event is."""
        if self.sample is not None:
            return self.sample
        return self.numerator if self.denominator is None else self.denominator


def _is_count(expression: Expression | None) -> bool:
    """One for each event a condition holds for, as `count_where` makes it."""
    if not isinstance(expression, sa.Case) or len(expression.whens) != 1:
        return False
    ends = (expression.whens[0][1], expression.else_)
    return [getattr(end, "value", None) for end in ends] == [1, 0]


def _named(
    numerator: Expression,
    denominator: Expression,
    sample: Expression,
    excluded: Expression,
    partly: Expression,
) -> dict[str, Expression]:
    """The measures by the names of their columns."""
    return {
        "numerator": numerator,
        "denominator": denominator,
        "sample_count": sample,
        "excluded_count": excluded,
        "partly_count": partly,
    }
