"""Random costs, goods sold and paying customers against a reckoning by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from include.metrics.slices import NO_MEMBER
from include.tables import SOURCE_OBJECTS
from tests.metrics.builders import at, build_calendar, compute, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, ZONE
from tests.metrics.random_value import CHANNELS, company
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    compare,
    configured,
    dated,
    hold,
    known_money,
    last_day,
    mean,
    money,
    months_later,
    of_whole_periods,
    quotient,
    stored_values,
)


def costed(known: Facts) -> list[Any]:
    """Lines of won deals of which both price and cost are known."""
    return [
        row
        for row in known.of("deal_line")
        if row.is_won and row.line_amount is not None and row.unit_cost_amount is not None
    ]


def goods(rows: list[Any]) -> float:
    return sum(float(row.quantity or 1) * float(row.unit_cost_amount) for row in rows)


def margin_rate(known: Facts, period: Any) -> float | None:
    return margin(dated(costed(known), "closed_date", period))


def margin_of_channel(known: Facts, period: Any, channel: str) -> float | None:
    """The margin on what customers of a channel bought."""
    own = {row.customer_id for row in known.of("customer") if row.channel == channel}
    sold = dated(costed(known), "closed_date", period)
    return margin([row for row in sold if row.customer_id in own])


def margin(sold: list[Any]) -> float | None:
    return quotient(money(sold, "line_amount") - goods(sold), money(sold, "line_amount"))


def won_lines(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal_line"), "closed_date", period) if row.is_won]


def coverage(known: Facts, period: Any, as_of: datetime) -> float | None:
    known_of, sold = dated(costed(known), "closed_date", period), won_lines(known, period)
    whole, part = (sum(abs(row.line_amount or 0) for row in rows) for rows in (sold, known_of))
    return quotient(float(part), float(whole))


def spent(known: Facts, category: str) -> list[Any]:
    return [
        row for row in known.of("cost") if row.category == category and row.cost_amount is not None
    ]


def new_rows(known: Facts, period: Any) -> list[Any]:
    return dated(known.of("customer"), "customer_date", period)


def new_customers(known: Facts, period: Any) -> int:
    return len(new_rows(known, period))


def at_end(known: Facts, end: date) -> dict[str, Any]:
    """The last month before a day, by customer."""
    return {r.customer_id: r for r in known.of("mrr_customer_month") if r.month_end_date == end}


def paying(found: dict[str, Any]) -> dict[str, float]:
    return {name: float(row.mrr_amount) for name, row in found.items() if row.mrr_amount > 0}


def active(found: dict[str, Any]) -> set[str]:
    return {name for name, row in found.items() if row.is_active}


def a_year(known: Facts, period: Any, is_gross: bool) -> float | None:
    """What customers of a year before the period's end pay at it, against then."""
    before = paying(at_end(known, months_later(period.end_date, -12)))
    after = paying(at_end(known, period.end_date))
    kept = {
        name: min(amount, after.get(name, 0)) if is_gross else after.get(name, 0)
        for name, amount in before.items()
    }
    return quotient(sum(kept.values()), sum(before.values()))


def cohort_amounts(known: Facts, period: Any, as_of: datetime) -> float | None:
    first = [
        row
        for row in known.of("mrr_customer_month")
        if row.age_months == 0 and row.is_active and row.cohort_month_date < period.end_date
    ]
    return quotient(
        sum(paying(at_end(known, period.end_date)).values()), money(first, "mrr_amount")
    )


def per_active_customer(known: Facts, period: Any, as_of: datetime) -> float | None:
    closed = dated(known.of("deal"), "closed_date", period)
    won = [row for row in closed if row.is_won]
    bought = [row for row in won if row.customer_id is not None and row.deal_amount is not None]
    both = sum(len(active(at_end(known, day))) for day in (period.start_date, period.end_date))
    return None if won and not bought else quotient(money(bought, "deal_amount"), both / 2)


def lifetime_value(known: Facts, period: Any, as_of: datetime, cohort: str = "") -> float | None:
    """Revenue per customer times margin, over churn of the six months before together.

    Of all, or of the customers of one cohort, whose margin is that of all.
    """

    def of_cohort(end: date) -> dict[str, Any]:
        return {
            name: row
            for name, row in at_end(known, end).items()
            if cohort in ("", str(row.cohort_month_date))
        }

    amounts = list(paying(of_cohort(period.end_date)).values())
    rate, before, lost = margin_rate(known, period), 0, 0
    for back in range(6):
        was = active(of_cohort(months_later(period.start_date, -back - 1)))
        now = active(of_cohort(months_later(period.start_date, -back)))
        before += len(was)
        lost += len(was - now)
    if not amounts or rate is None or not lost:
        return None
    return (mean(amounts) or 0) * rate / (lost / before)


def ever(rows: list[Any], column: str, period: Any, as_of: datetime) -> list[Any]:
    """Rows dated up to the period's last day."""
    last = last_day(period, as_of, ZONE)
    return [row for row in rows if getattr(row, column) and getattr(row, column) <= last]


def margin_to_date(known: Facts, period: Any, as_of: datetime, cohort: str = "") -> float | None:
    """Of customers ever won, or of those of one month; what nobody bought is of none."""
    sold = ever(costed(known), "closed_date", period, as_of)
    customers = ever(known.of("customer"), "customer_date", period, as_of)
    sold = [row for row in sold if row.customer_id is not None]
    if cohort:
        customers = [row for row in customers if str(row.customer_date)[:7] == cohort[:7]]
        # Of random customers some buy before they are any.
        own = {
            row.customer_id
            for row in known.of("customer")
            if row.customer_date is not None and str(row.customer_date)[:7] == cohort[:7]
        }
        sold = [row for row in sold if row.customer_id in own]
    return quotient(money(sold, "line_amount") - goods(sold), len(customers))


def payback(known: Facts, period: Any, as_of: datetime) -> float | None:
    cost = all_channels(known, period, as_of)
    return paid_back(known, period, cost, margin_rate(known, period), CHANNELS)


def payback_by_purchases(known: Facts, period: Any, as_of: datetime) -> float | None:
    cost, bought = all_channels(known, period, as_of), per_active_customer(known, period, as_of)
    rate = margin_rate(known, period)
    if cost is None or not bought or rate is None or rate <= 0:
        return None
    return cost / (bought * rate)


def payback_of_channel(known: Facts, period: Any, channel: str) -> float | None:
    """The margin is that on what its customers bought, or that of all where they bought nothing."""
    cost = of_member(spent(known, "acquisition"), known, period, "channel", channel)
    if not dated(acquisition(known), "cost_date", period):
        return None
    rate = margin_of_channel(known, period, channel)
    if rate is None:
        rate = margin_rate(known, period)
    return paid_back(known, period, cost, rate, (channel,))


def paid_back(
    known: Facts, period: Any, cost: float | None, rate: float | None, channels: Sequence[str]
) -> float | None:
    """Cost of a new customer, over the margin on what a new customer of the channels pays a month."""
    before = active(at_end(known, period.start_date))
    after = at_end(known, period.end_date)
    new = {
        name: row
        for name, row in after.items()
        if row.is_active
        and name not in before
        and row.cohort_month_date >= period.start_date
        and row.channel in channels
    }
    pays = mean(list(paying(new).values()))
    if cost is None or pays is None or rate is None or rate <= 0:
        return None
    return cost / (pays * rate)


def observed_payback(known: Facts, period: Any, as_of: datetime) -> float | None:
    """The first month in which the margin of the month's new customers adds up to their cost."""
    costs = dated(spent(known, "acquisition"), "cost_date", period)
    return observed(known, period, money(costs, "cost_amount"), margin_rate(known, period))


def observed_payback_of_channel(known: Facts, period: Any, channel: str) -> float | None:
    """The same of the customers of one channel, with its share of what none carries."""
    rate = margin_of_channel(known, period, channel)
    if rate is None:
        rate = margin_rate(known, period)
    new = [row for row in new_rows(known, period) if row.channel == channel]
    each = of_member(spent(known, "acquisition"), known, period, "channel", channel)
    cost = each * len(new) if each else 0
    return observed(known, period, cost, rate, (channel,))


def observed(
    known: Facts,
    period: Any,
    cost: float,
    rate: float | None,
    channels: Sequence[str] = CHANNELS,
) -> float | None:
    """The first month that has ended by which a margin has made good a cost."""
    if cost <= 0 or rate is None:
        return None
    by_age: dict[int, float] = defaultdict(float)
    for row in known.of("mrr_customer_month"):
        has_ended = row.month_end_date <= period.as_of_at.astimezone(ZONE).date()
        if row.cohort_month_date == period.start_date and has_ended and row.channel in channels:
            by_age[row.age_months] += float(row.mrr_amount) * rate
    earned = 0.0
    for age in sorted(by_age):
        earned += by_age[age]
        if earned >= cost:
            return age + 1
    return None


def kept_cost(known: Facts, period: Any, as_of: datetime) -> float | None:
    kept = active(at_end(known, period.start_date)) & active(at_end(known, period.end_date))
    costs = dated(retention(known), "cost_date", period)
    return quotient(money(costs, "cost_amount"), len(kept)) if costs else None


def arr(known: Facts, period: Any, as_of: datetime) -> float:
    day = last_day(period, as_of, ZONE)
    return 12 * money(
        [
            row
            for row in known.of("recurring_line")
            if row.customer_id is not None
            if row.start_date <= day and (row.end_date is None or row.end_date > day)
        ],
        "mrr_amount",
    )


def all_channels(known: Facts, period: Any, as_of: datetime) -> float | None:
    costs = dated(acquisition(known), "cost_date", period)
    # What nobody entered is not known to be nothing.
    return quotient(money(costs, "cost_amount"), new_customers(known, period)) if costs else None


def acquisition(known: Facts) -> list[Any]:
    return [row for row in known.of("cost") if row.category == "acquisition"]


def retention(known: Facts) -> list[Any]:
    return [row for row in known.of("cost") if row.category == "retention"]


def entered(costs: list[Any]) -> float | None:
    """What these costs are together; None where there are none, or of none it is known."""
    return known_money(costs, "cost_amount") if costs else None


def needs_both(reckon: Reckoning) -> Reckoning:
    """A reckoning that needs costs of acquisition as well as goods of known cost."""
    return configured(acquisition, configured(costed, of_whole_periods(reckon)))


RECKONINGS: dict[str, Reckoning] = {
    "cogs": configured(
        costed,
        lambda known, period, as_of: goods(dated(costed(known), "closed_date", period)),
    ),
    "gross_margin": configured(costed, lambda known, period, as_of: margin_rate(known, period)),
    "cost_coverage": coverage,
    "revenue_per_product": lambda known, period, as_of: money(
        won_lines(known, period), "line_amount"
    ),
    "cac_by_channel": configured(acquisition, all_channels),
    "cac_payback": needs_both(payback),
    "cac_payback_transactional": needs_both(payback_by_purchases),
    "cac_payback_observed": needs_both(observed_payback),
    "arr": arr,
    "arpu_transactional": of_whole_periods(per_active_customer),
    "nrr_trailing_year": of_whole_periods(
        lambda known, period, as_of: a_year(known, period, is_gross=False)
    ),
    "grr_trailing_year": of_whole_periods(
        lambda known, period, as_of: a_year(known, period, is_gross=True)
    ),
    "cohort_mrr_retention": of_whole_periods(cohort_amounts),
    "clv": configured(costed, of_whole_periods(lifetime_value)),
    "clv_historic": configured(costed, margin_to_date),
    "crc": configured(retention, of_whole_periods(kept_cost)),
    "crc_total": configured(
        retention,
        lambda known, period, as_of: entered(dated(retention(known), "cost_date", period)),
    ),
}


def of_member(
    spent: list[Any], known: Facts, period: Any, column: str, member: str | None
) -> float | None:
    """What a member of a slice costs, and its share of what none carries, over its new customers."""
    costs = dated(spent, "cost_date", period)
    new = dated(known.of("customer"), "customer_date", period)
    own = [row for row in new if getattr(row, column) == member]
    direct = [row for row in costs if getattr(row, column) == member and member]
    pool = money([row for row in costs if getattr(row, column) is None], "cost_amount")
    shared = pool * len(own) / len(new) if new else 0
    return quotient(money(direct, "cost_amount") + shared, len(own))


def in_slices(known: Facts, row: Any) -> float | None:
    """The reckoning of a stored value of a member."""
    member = None if row.slice_value == NO_MEMBER else row.slice_value
    costs = spent(known, "acquisition")
    if row.metric_id == "cac_payback":
        ended = row.end_at <= row.as_of_at
        return payback_of_channel(known, row, row.slice_value) if ended else None
    if row.metric_id == "cac_payback_observed":
        ended = row.end_at <= row.as_of_at
        return observed_payback_of_channel(known, row, row.slice_value) if ended else None
    if row.metric_id == "clv_historic":
        return margin_to_date(known, row, row.as_of_at, row.slice_value)
    if row.metric_id == "clv":
        ended = row.end_at <= row.as_of_at
        return lifetime_value(known, row, row.as_of_at, row.slice_value) if ended else None
    if row.metric_id == "cac_paid":
        costs = [cost for cost in costs if cost.channel]
    column = "campaign_id" if row.slice_id == "campaign" else row.slice_id
    if not dated(acquisition(known), "cost_date", row):
        return None
    return of_member(costs, known, row, column, member)


# Of what is no sum over its members, and by which slices it is reckoned.
IN_SLICES = {
    "cac": ("campaign", "segment"),
    "cac_paid": ("channel", "campaign", "segment"),
    "cac_by_channel": ("channel",),
    "cac_payback": ("channel",),
    "cac_payback_observed": ("channel",),
    "clv": ("cohort",),
    "clv_historic": ("cohort",),
}


@pytest.fixture
def ready(warehouse: sa.Engine) -> sa.Engine:
    """A warehouse with a calendar, into which everything was read."""
    build_calendar(warehouse, "2024-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    return warehouse


@pytest.mark.slow
def test_values_equal_the_reckoning(ready: sa.Engine) -> None:
    telling: set[str] = set()
    found: set[tuple[str, str]] = set()
    # Of these companies one has a month whose customers paid back what they cost.
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2]), start=1):
        rows = company(seed)
        telling |= hold(ready, rows, as_ofs, RECKONINGS, CALENDAR)
        for as_of in as_ofs:
            compute(ready, as_of, ["cac", "cac_paid"], CALENDAR)
            known = Facts(rows, as_of)
            for cut in {cut for cuts in IN_SLICES.values() for cut in cuts}:
                for row in stored_values(ready, cut, as_of):
                    if cut in IN_SLICES.get(row.metric_id, ()):
                        compare(row, in_slices(known, row))
                        if row.value:
                            found.add((row.metric_id, cut))
    assert telling == set(RECKONINGS)
    assert found == {(metric_id, cut) for metric_id, cuts in IN_SLICES.items() for cut in cuts}
