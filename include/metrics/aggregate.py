"""Events summed per wanted period and slice member: one SELECT for each way to read events.

Each gives grain, start_date, member, numerator, denominator, sample_count and excluded_count. Facts
are summed per day first and periods joined afterwards, so seven grains cost hardly more than one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import later_of, local_date
from include.metrics.metric import Metric
from include.metrics.periods import AsOf, stands_at, wanted_day, wanted_period
from include.metrics.slices import NO_MEMBER, Slice
from include.tables import facts

Expression = sa.ColumnElement[Any]
MEASURES = ("numerator", "denominator", "sample_count", "excluded_count")


def period_sums(metric: Metric, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with events."""
    if metric.is_range_joined:
        return sums_at_each_moment(metric, cut)
    if metric.timing == "snapshot":
        return sums_of_changes(metric, cut, as_of)
    return sums_of_events(metric, cut, as_of)


def sums_of_events(metric: Metric, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with events dated in it, as known at the as-of."""
    event = _event_measures(metric)
    day = metric.date.label("day")
    member = _member(metric, cut)
    first_day, last_day = (
        sa.select(end(wanted_day.c.calendar_date)).scalar_subquery()
        for end in (sa.func.min, sa.func.max)
    )
    daily = (
        sa.select(day, member, *(sa.func.sum(event[name]).label(name) for name in MEASURES))
        .select_from(_source(metric, cut))
        .where(
            *_takes_part(metric, event),
            stands_at(metric.fact, sa.literal(as_of.at)),
            metric.date.between(first_day, last_day),
        )
        .group_by(day, member)
        .subquery("daily")
    )
    sums: dict[str, Expression] = {name: sa.func.sum(daily.c[name]) for name in MEASURES}
    if metric.compared_with:
        now, then = (
            {name: sa.func.sum(sa.case((mask, daily.c[name]), else_=0)) for name in MEASURES}
            for mask in (sa.not_(wanted_day.c.is_base), wanted_day.c.is_base)
        )
        sums = now | {
            "numerator": now["numerator"] - then["numerator"],
            "denominator": then["numerator"],
        }
    return (
        sa.select(
            wanted_day.c.grain,
            wanted_day.c.start_date,
            daily.c.member,
            *(sums[name].label(name) for name in MEASURES),
        )
        .join_from(wanted_day, daily, daily.c.day == wanted_day.c.calendar_date)
        .group_by(wanted_day.c.grain, wanted_day.c.start_date, daily.c.member)
    )


def sums_of_changes(metric: Metric, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with states that stood at the period's moment.

    A state adds its measures on the day it begins and takes them back on the day it ends; the
    running sum at the end of a day is what stood then. Changes from the as-of on are left out, so
    the running sum of the last day is what stood at the as-of, whatever time of day that is.
    """
    fact, zone = metric.fact, as_of.zone.key
    event = _event_measures(metric)
    member = _member(metric, cut)
    conditions = _takes_part(metric, event)
    begins_on, ends_on = (
        local_date(fact.c[name], zone) for name in ("valid_from_at", "valid_to_at")
    )
    if metric.counts_from is not None:
        begins_on = later_of(begins_on, metric.counts_from)
        ends_on = later_of(ends_on, metric.counts_from)
        conditions.append(metric.counts_from < as_of.local_date)

    def changes(day: Expression, sign: int, instant: Expression) -> sa.Select[Any]:
        return (
            sa.select(
                day.label("day"), member, *((sign * event[name]).label(name) for name in MEASURES)
            )
            .select_from(_source(metric, cut))
            .where(*conditions, instant < as_of.at)
        )

    change = sa.union_all(
        changes(begins_on, 1, fact.c.valid_from_at), changes(ends_on, -1, fact.c.valid_to_at)
    ).cte("change")
    members = sa.select(change.c.member).distinct().subquery("members")
    last_days = sa.select(wanted_period.c.last_date).distinct().subquery("last_days")
    # A running sum has rows only where something changed; these are the days it is read on.
    read_days = sa.select(
        last_days.c.last_date, members.c.member, *(sa.literal(0).label(name) for name in MEASURES)
    ).join_from(last_days, members, sa.true())
    rows = sa.union_all(sa.select(change), read_days).subquery("rows")
    daily = (
        sa.select(
            rows.c.day,
            rows.c.member,
            *(sa.func.sum(rows.c[name]).label(name) for name in MEASURES),
        )
        .group_by(rows.c.day, rows.c.member)
        .subquery("daily")
    )
    running = sa.select(
        daily.c.day,
        daily.c.member,
        *(
            sa.func.sum(daily.c[name])
            .over(partition_by=daily.c.member, order_by=daily.c.day)
            .label(name)
            for name in MEASURES
        ),
    ).subquery("running")
    return (
        sa.select(
            wanted_period.c.grain,
            wanted_period.c.start_date,
            running.c.member,
            *(running.c[name] for name in MEASURES),
        )
        .join_from(wanted_period, running, running.c.day == wanted_period.c.last_date)
        .where(running.c.sample_count + running.c.excluded_count > 0)
    )


def sums_at_each_moment(metric: Metric, cut: Slice) -> sa.Select[Any]:
    """One row per wanted period and member with states that stood at the period's moment.

    Every state meets every moment, so this is for small facts whose measures depend on the moment.
    """
    event = _event_measures(metric)
    stood = (
        sa.select(
            wanted_period.c.grain,
            wanted_period.c.start_date,
            _member(metric, cut),
            *(event[name].label(name) for name in MEASURES),
        )
        .select_from(
            _source(metric, cut).join(
                wanted_period, stands_at(metric.fact, wanted_period.c.moment_at)
            )
        )
        .where(*_takes_part(metric, event))
        .subquery("stood")
    )
    keys = (stood.c.grain, stood.c.start_date, stood.c.member)
    return sa.select(
        *keys, *(sa.func.sum(stood.c[name]).label(name) for name in MEASURES)
    ).group_by(*keys)


def distributions(metric: Metric, value: Expression, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """One row per wanted period and member with a value: median_value and p90_value.

    Exact and linear between neighbours, by windows only, so that every engine gives the same.
    """
    event = (
        sa.select(
            wanted_day.c.grain,
            wanted_day.c.start_date,
            _member(metric, cut),
            value.label("value"),
        )
        .select_from(
            _source(metric, cut).join(wanted_day, wanted_day.c.calendar_date == metric.date)
        )
        .where(
            metric.fact.c.is_counted,
            stands_at(metric.fact, sa.literal(as_of.at)),
            value.is_not(None),
        )
        .subquery("event")
    )
    keys = (event.c.grain, event.c.start_date, event.c.member)
    ranked = sa.select(
        *keys,
        event.c.value,
        sa.func.row_number().over(partition_by=keys, order_by=event.c.value).label("position"),
        sa.func.count().over(partition_by=keys).label("value_count"),
    ).subquery("ranked")
    keys = (ranked.c.grain, ranked.c.start_date, ranked.c.member)
    return sa.select(
        *keys,
        _quantile(ranked, "0.5").label("median_value"),
        _quantile(ranked, "0.9").label("p90_value"),
    ).group_by(*keys)


def _quantile(ranked: sa.Subquery, share: str) -> Expression:
    """The value at a share of the way from the first to the last of ranked values.

    The place lies between two positions; each counts by its nearness, all others not at all.
    """
    place = 1 + sa.literal_column(share, sa.Numeric) * (ranked.c.value_count - 1)
    distance = sa.func.abs(ranked.c.position - place)
    return sa.func.sum(sa.case((distance < 1, ranked.c.value * (1 - distance)), else_=0))


def _event_measures(metric: Metric) -> dict[str, Expression]:
    """What one event contributes to each measure."""
    sample = metric.sample
    if sample is None:
        sample = metric.numerator if metric.denominator is None else metric.denominator
    return {
        "numerator": metric.numerator,
        "denominator": sa.literal(0) if metric.denominator is None else metric.denominator,
        "sample_count": sample,
        "excluded_count": sa.literal(0) if metric.excluded is None else metric.excluded,
    }


def _takes_part(metric: Metric, event: dict[str, Expression]) -> list[Expression]:
    """Conditions of the events the metric looks at: counted, and in or left out of its sample."""
    return [metric.fact.c.is_counted, event["sample_count"] + event["excluded_count"] > 0]


def _member(metric: Metric, cut: Slice) -> sa.Label[Any]:
    """The member of an event, named `member`."""
    return sa.func.coalesce(
        cut.member(metric.fact), sa.literal_column(f"'{NO_MEMBER}'", sa.Text)
    ).label("member")


def _source(metric: Metric, cut: Slice) -> sa.FromClause:
    """The fact, with its customer where the slice asks for it."""
    if not cut.through_customer:
        return metric.fact
    return metric.fact.outerjoin(
        facts.customer, facts.customer.c.customer_id == metric.fact.c.customer_id
    )
