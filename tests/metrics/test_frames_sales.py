"""Random deals, costs, customers and campaigns against a reckoning by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import Row, at, build_calendar, customer, deal, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, ZONE, Chance, credits_of, many
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    configured,
    dated,
    hold,
    known_money,
    last_day,
    mean,
    moment,
    money,
    quotient,
)
from tests.metrics.rows import fact

CHANNELS = ("event", "partner")
QUOTA_SPANS = (
    (date(2026, 2, 1), date(2026, 3, 1)),
    (date(2026, 3, 1), date(2026, 4, 1)),
    (date(2026, 1, 1), date(2026, 4, 1)),
)


def deals(chance: Chance, name: str) -> list[Row]:
    """A deal that may be open, won, lost or disqualified in any state; dates as they may come."""
    created = chance.day()

    def course() -> dict[str, Any]:
        row = deal(
            name,
            str(created),
            str(chance.day()),
            chance.choice(("open", "open", "won", "lost", "disqualified")),
            chance.choice((None, 40, 100, 250)),
            chance.choice((0.25, 0.5)),
            is_counted=chance.flag(0.9),
            customer_id=None if name.endswith("5") else f"B{name[-1]}",
        )
        del row["valid_from_at"], row["valid_to_at"]
        return row

    return chance.states(course(), course)


def quotas(chance: Chance, name: str) -> list[Row]:
    start, end = chance.choice(QUOTA_SPANS)
    row = fact(
        facts.quota,
        name,
        start_date=start,
        end_date=end,
        quota_amount=chance.choice((400, 900)),
        owner_user_id=name,
        is_counted=chance.flag(0.8),
    )
    return chance.states(row, lambda: {"quota_amount": 700})


def expenses(chance: Chance, name: str) -> list[Row]:
    return [
        fact(
            facts.cost,
            name,
            cost_date=chance.day(),
            cost_amount=chance.choice((10, 25, 60)),
            category=chance.choice(("acquisition", "acquisition", "retention")),
            channel=chance.maybe(CHANNELS),
        )
    ]


def buyers(chance: Chance, name: str) -> list[Row]:
    channel, since = chance.choice(CHANNELS), chance.maybe([chance.day()])
    return [customer(name, since and str(since), channel=channel, is_marketing=channel == "event")]


def touches(chance: Chance, name: str) -> list[Row]:
    """Two campaigns that share a deal, whatever the shares."""
    share = chance.choice((0, 0.25, 1))
    closed, is_won, amount = chance.day(), chance.flag(), chance.maybe([100])
    return [
        fact(
            facts.deal_touch,
            f"{name}:{campaign}",
            deal_id=name,
            campaign_id=campaign,
            closed_date=closed,
            is_won=is_won,
            deal_amount=amount,
            even_weight=weight,
            channel=chance.choice(CHANNELS),
        )
        for campaign, weight in (("K1", share), (None, 1 - share))
    ]


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    deal_rows = many(40, deals, chance)
    return {
        "deal": deal_rows,
        "deal_credit": credits_of(deal_rows, Chance(seed)),
        "quota": many(10, quotas, chance),
        "cost": many(12, expenses, chance),
        "customer": many(15, buyers, chance),
        "deal_touch": many(15, touches, chance),
    }


def start_of(period: Any) -> datetime:
    return datetime.combine(period.start_date, datetime.min.time(), ZONE)


def due(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal"), "expected_close_date", period) if row.is_open]


def still_due(known: Facts, period: Any, as_of: datetime) -> list[Any]:
    """What was due at the moment, but for what is known since to have been won within the period."""
    won_since = {row.deal_id for row in won(known, period)}
    at_the_moment = due(known.at(moment(period, as_of)), period)
    return [row for row in at_the_moment if row.deal_id not in won_since]


def won(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal"), "closed_date", period) if row.is_won]


def won_credits(known: Facts, period: Any) -> list[Any]:
    return [row for row in dated(known.of("deal_credit"), "closed_date", period) if row.is_won]


def created(known: Facts, period: Any) -> list[Any]:
    return dated(known.of("deal"), "created_date", period)


def quota(known: Facts, period: Any) -> float:
    return sum(
        float(row.quota_amount)
        for row in known.of("quota")
        if row.start_date >= period.start_date and row.end_date <= period.end_date
    )


def forecast(known: Facts, period: Any, as_of: datetime) -> float:
    still_open = still_due(known, period, as_of)
    return money(won(known, period), "deal_amount") + money(still_open, "weighted_amount")


def forecast_at_start(known: Facts, period: Any, as_of: datetime) -> float | None:
    """None where nothing is known of any of the deals there were."""
    deals = due(known.at(start_of(period)), period)
    if deals and all(row.weighted_amount is None for row in deals):
        return None
    return money(deals, "weighted_amount")


def forecast_accuracy(known: Facts, period: Any, as_of: datetime) -> float | None:
    actual, forecast = money(won(known, period), "deal_amount"), None
    if period.end_at <= as_of:
        forecast = forecast_at_start(known, period, as_of)
    return None if forecast is None else quotient(actual - abs(actual - forecast), actual)


def velocity(known: Facts, period: Any, as_of: datetime) -> float | None:
    is_open = [row for row in known.at(moment(period, as_of)).of("deal") if row.is_open]
    closed = dated(known.of("deal"), "closed_date", period)
    decided = [row for row in closed if not row.is_disqualified]
    is_won = [row for row in decided if row.is_won]
    values = [float(row.deal_amount) for row in is_won if row.deal_amount is not None]
    cycles = [float(row.cycle_days) for row in is_won if row.cycle_days is not None]
    if not cycles or mean(cycles) == 0 or not values:
        return None
    return len(is_open) * len(is_won) / len(decided) * (mean(values) or 0) / (mean(cycles) or 1)


def coverage(known: Facts, period: Any, as_of: datetime) -> float | None:
    missing = quota(known, period) - money(won_credits(known, period), "credit_amount")
    still_open = still_due(known, period, as_of)
    return quotient(known_money(still_open, "deal_amount"), missing)


def new_customers(known: Facts, period: Any) -> list[Any]:
    return [
        row for row in dated(known.of("customer"), "customer_date", period) if row.is_new_counted
    ]


def entered(known: Facts) -> list[Any]:
    return [row for row in known.of("cost") if row.category == "acquisition"]


def acquisition(known: Facts, period: Any) -> list[Any]:
    return dated(entered(known), "cost_date", period)


def even_revenue(known: Facts, period: Any, as_of: datetime) -> float:
    touched = dated(known.of("deal_touch"), "closed_date", period)
    return sum(
        float(row.deal_amount or 0) * float(row.even_weight) for row in touched if row.is_won
    )


def revenue_to_date(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of all customers ever won, up to the period's last day."""
    last = last_day(period, as_of, ZONE)
    sold = [
        row
        for row in known.of("deal")
        if row.is_won and row.closed_date <= last and row.customer_id is not None
    ]
    bought = [
        row for row in known.of("customer") if row.is_new_counted and row.customer_date <= last
    ]
    return quotient(money(sold, "deal_amount"), len(bought))


def cost_of_a_customer(known: Facts, period: Any, costs: list[Any]) -> float | None:
    """Some of the costs for each new customer; none while no cost at all is entered."""
    if not acquisition(known, period):
        return None
    return quotient(money(costs, "cost_amount"), len(new_customers(known, period)))


RECKONINGS: dict[str, Reckoning] = {
    "forecast": forecast,
    "forecast_at_start": forecast_at_start,
    "forecast_accuracy": forecast_accuracy,
    # What the movements add up to is what is open at the end.
    "pipeline_movement": lambda known, period, as_of: money(
        due(known.at(moment(period, as_of)), period), "deal_amount"
    ),
    "sales_velocity": velocity,
    "pipeline_coverage": configured(lambda known: known.of("quota"), coverage),
    "quota_attainment": configured(
        lambda known: known.of("quota"),
        lambda known, period, as_of: quotient(
            known_money(won_credits(known, period), "credit_amount"), quota(known, period)
        ),
    ),
    "close_rate_cohort": lambda known, period, as_of: quotient(
        sum(row.is_won for row in created(known, period)),
        sum(not row.is_disqualified for row in created(known, period)),
    ),
    "cac": configured(
        entered,
        lambda known, period, as_of: cost_of_a_customer(known, period, acquisition(known, period)),
    ),
    "cac_paid": configured(
        lambda known: [row for row in entered(known) if row.channel],
        lambda known, period, as_of: cost_of_a_customer(
            known, period, [row for row in acquisition(known, period) if row.channel]
        ),
    ),
    "marketing_originated_pct": lambda known, period, as_of: quotient(
        sum(row.is_marketing for row in new_customers(known, period)),
        len(new_customers(known, period)),
    ),
    "clv_historic_revenue": revenue_to_date,
    "revenue_per_campaign_even": even_revenue,
}


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        telling |= hold(warehouse, company(seed), as_ofs, RECKONINGS, CALENDAR)
    assert telling == set(RECKONINGS)
