"""Rules on metric values as of an instant; a broken one withholds the metrics it is about.

They hold for whatever is in the catalogue: what must be within 0 and 1, and what adds up, is given,
as the metrics' own expressions say it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from include.core.warehouse import plan_for_whole_tables
from include.tables.metrics import metric_value
from include.tables.ops import METRICS_SUITE
from include.validate.counts import CountedRule, check_counts, count_all

KEY = ("grain", "period_start_date", "slice_id", "slice_value")
# Units of which less than nothing cannot be.
COUNTED_UNITS = ("count", "seconds", "days")
# The values as of the instant that is checked.
checked_value = sa.Table(
    "checked_value",
    sa.MetaData(),
    *(sa.Column(column.name, column.type) for column in metric_value.c),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)
# Of two cohorts the later-closed holds all of the earlier.
GROWING = (
    ("conversion_rate_30d", "conversion_rate_90d"),
    ("conversion_rate_90d", "conversion_rate"),
)


@dataclass(frozen=True)
class Examined:
    """How far the rules hold for the values as of an instant; `reasons` says which metrics to
    withhold, and why.
    """

    rules: Sequence[CountedRule]
    counts: Sequence[Any]
    reasons: Mapping[str, str]


def examine_metrics(
    engine: sa.Engine, as_of_at: datetime, shares: Collection[str], additive: Collection[str]
) -> Examined:
    """Hold every rule against the values as of an instant.

    `shares` are the metrics of which numerator and denominator count the same events, `additive`
    those whose members of a slice add up.
    """
    broken = dict(broken_values(shares, additive))
    with engine.begin() as connection:
        _fill_checked_value(connection, as_of_at)
        plan_for_whole_tables(connection)
        found = {
            words: sorted(set(connection.scalars(sa.select(rows.c.metric_id).distinct())))
            for words, (rows, _) in broken.items()
        }
        rules = [
            CountedRule(words, tuple(found[words]), "critical", _counted(rows, checked))
            for words, (rows, checked) in broken.items()
        ]
        counts = count_all(connection, rules)
    reasons: dict[str, list[str]] = {}
    for words, metric_ids in found.items():
        for metric_id in metric_ids:
            reasons.setdefault(metric_id, []).append(words)
    return Examined(rules, counts, {each: "; ".join(words) for each, words in reasons.items()})


class Counts(NamedTuple):
    """How many values a rule is about, and how many break it."""

    checked_count: int
    unexpected_count: int


def keep_results(
    engine: sa.Engine,
    examined: Sequence[Examined],
    run_id: str,
    checked_at: datetime,
    results_folder: Path,
) -> None:
    """Judge what was found as of all instants of a run, and keep it: from then on its values count as
    checked.

    Of a rule one result: by one for each instant the last would hide the others.
    """
    rules, counts = [], []
    for same in zip(*(found.rules for found in examined), strict=True):
        guards = dict.fromkeys(name for rule in same for name in rule.guards)
        rules.append(replace(same[0], guards=tuple(sorted(guards))))
    for each in zip(*(found.counts for found in examined), strict=True):
        counts.append(
            Counts(
                sum(row.checked_count or 0 for row in each),
                sum(row.unexpected_count or 0 for row in each),
            )
        )
    check_counts(engine, METRICS_SUITE, rules, counts, run_id, checked_at, results_folder)


def _counted(rows: sa.Subquery, checked: sa.Subquery) -> sa.Select[Any]:
    """How many values a rule is about, and how many break it."""
    counts = [sa.select(sa.func.count()).select_from(each) for each in (checked, rows)]
    names = ("checked_count", "unexpected_count")
    return sa.select(
        *(each.scalar_subquery().label(name) for name, each in zip(names, counts, strict=True))
    )


def _fill_checked_value(connection: sa.Connection, as_of_at: datetime) -> None:
    """Take the values as of an instant out of all there are, once for all rules."""
    connection.execute(sa.schema.CreateTable(checked_value))
    value = metric_value.c
    stored = sa.select(metric_value).where(value.as_of_at == as_of_at, value.numerator.is_not(None))
    connection.execute(
        checked_value.insert().from_select([column.name for column in checked_value.c], stored)
    )
    connection.exec_driver_sql(f'analyze "{checked_value.name}"')


def broken_values(
    shares: Collection[str], additive: Collection[str]
) -> Iterator[tuple[str, tuple[sa.Subquery, sa.Subquery]]]:
    """Each rule in words, with the rows that break it (`metric_id`) and those it is about."""
    value = checked_value.c

    def each(holds: sa.ColumnElement[bool], *where: sa.ColumnElement[bool]) -> Any:
        about = sa.select(value.metric_id).where(*where)
        return about.where(sa.not_(holds)).subquery(), about.subquery()

    yield (
        "shares are within 0 and 1",
        each(value.value.between(0, 1), value.metric_id.in_(shares), value.value.is_not(None)),
    )
    yield (
        "counts and durations are not negative",
        each(
            sa.and_(value.numerator >= 0, sa.func.coalesce(value.denominator, 0) >= 0),
            sa.or_(value.unit.in_(COUNTED_UNITS), value.metric_id.in_(shares)),
        ),
    )
    yield "members of a slice add up to the total", _slices(additive)
    yield (
        "retention and churn come to 1",
        _pairs(
            "retention_rate",
            "churn_rate",
            lambda kept, lost: kept.c.numerator + lost.c.numerator == kept.c.denominator,
        ),
    )
    yield (
        "what owners are credited with is won revenue",
        _pairs(
            "sales_performance",
            "revenue",
            # Of members one says who was credited, the other who owns.
            lambda credited, won: sa.or_(
                credited.c.slice_id != "total", credited.c.numerator == won.c.numerator
            ),
        ),
    )
    for narrow, wide in GROWING:
        yield (
            f"{wide} holds all that {narrow} does",
            _pairs(narrow, wide, lambda one, other: one.c.numerator <= other.c.numerator),
        )
    yield "recurring revenue is that of the month before and its movement", _movements()


def _slices(additive: Collection[str]) -> tuple[sa.Subquery, sa.Subquery]:
    """Periods and slices of metrics that add up."""
    value, total = checked_value, checked_value.alias("total")
    keys = [value.c[name] for name in ("metric_id", "grain", "period_start_date", "slice_id")]
    members = (
        sa.select(*keys, sa.func.sum(value.c.numerator).label("numerator"))
        .where(value.c.slice_id != "total", value.c.metric_id.in_(additive))
        .group_by(*keys)
        .subquery("members")
    )
    same = [
        members.c[name] == total.c[name] for name in ("metric_id", "grain", "period_start_date")
    ]
    about = sa.select(members.c.metric_id).join_from(
        members,
        total,
        sa.and_(*same, total.c.slice_id == "total"),
    )
    off = sa.func.abs(members.c.numerator - total.c.numerator) > _tolerance(total.c.numerator)
    return about.where(off).subquery(), about.subquery()


def _pairs(first: str, second: str, holds: Any) -> tuple[sa.Subquery, sa.Subquery]:
    """Values of two metrics of one period and member; what is broken withholds both."""
    one, other = (
        sa.select(checked_value)
        .where(checked_value.c.metric_id == metric_id, checked_value.c.value.is_not(None))
        .subquery()
        for metric_id in (first, second)
    )
    same = sa.and_(*(one.c[name] == other.c[name] for name in KEY))
    about = sa.select(one.c.metric_id).join_from(one, other, same)
    broken = about.where(sa.not_(holds(one, other)))
    both = sa.union_all(
        broken, sa.select(other.c.metric_id).join_from(one, other, same).where(sa.not_(holds(one, other)))
    )  # fmt: skip
    return both.subquery(), about.subquery()


def _movements() -> tuple[sa.Subquery, sa.Subquery]:
    """Months of recurring revenue with the month before, and what moved in them."""
    months = sa.and_(
        checked_value.c.grain == "month", checked_value.c.slice_id == "total",
        checked_value.c.is_complete,
    )  # fmt: skip
    end, start, moved = (
        sa.select(checked_value).where(months, checked_value.c.metric_id == metric_id).subquery()
        for metric_id in ("mrr", "mrr", "mrr_movement")
    )
    source = end.join(start, start.c.period_end_date == end.c.period_start_date).join(
        moved, moved.c.period_start_date == end.c.period_start_date
    )
    gap = sa.func.abs(start.c.numerator + moved.c.numerator - end.c.numerator)
    off = gap > _tolerance(end.c.numerator)
    about = sa.select(end.c.metric_id).select_from(source)
    both = sa.union_all(
        about.where(off), sa.select(moved.c.metric_id).select_from(source).where(off)
    )
    return both.subquery(), about.subquery()


def _tolerance(amount: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """What rounding may come to."""
    return sa.literal(0.01) + sa.func.abs(amount) * sa.literal(0.000001)
