"""Random leads, campaign members, touches and campaign costs against a reckoning by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import Row, at, build_calendar, customer, loaded
from tests.metrics.chance import AS_OFS, CALENDAR, Chance, many
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    configured,
    dated,
    hold,
    known_money,
    money,
    quotient,
)
from tests.metrics.rows import fact

CHANNELS = ("event", "partner")
CAMPAIGNS = ("K1", "K2")


def leads(chance: Chance, name: str) -> list[Row]:
    """A lead that becomes a customer in some of its states, before or after it was a lead, or is of one."""
    is_of_customer = chance.flag(0.2)
    row = fact(
        facts.lead,
        name,
        created_date=chance.day(),
        channel=chance.choice(CHANNELS),
        is_counted=chance.flag(0.9),
        is_of_customer=is_of_customer,
    )

    def course() -> dict[str, Any]:
        since = None if is_of_customer else chance.maybe([chance.day()])
        return {"customer_date": since, "is_customer": since is not None}

    return chance.states(row | course(), course)


def prospects(chance: Chance, name: str) -> list[Row]:
    """A prospect that becomes a customer in some of its states."""
    row = fact(
        facts.prospect,
        name,
        created_date=chance.day(),
        channel=chance.choice(CHANNELS),
        is_counted=chance.flag(0.9),
    )
    return chance.states(row, lambda: {"is_customer": chance.flag(0.4)})


def buyers(chance: Chance, name: str) -> list[Row]:
    since = chance.maybe([chance.day()])
    return [customer(name, since and str(since), channel=chance.choice(CHANNELS))]


def members(chance: Chance, name: str) -> list[Row]:
    row = fact(
        facts.campaign_member,
        name,
        campaign_id=chance.choice(CAMPAIGNS),
        sent_date=chance.maybe([chance.day()]),
        is_sent=chance.flag(0.8),
        channel=chance.choice(CHANNELS),
        is_counted=chance.flag(0.9),
    )
    return chance.states(
        row, lambda: {"is_responded": chance.flag(), "is_customer": chance.flag(0.3)}
    )


def touches(chance: Chance, name: str) -> list[Row]:
    """Two campaigns that share a deal, or none that takes it whole."""
    shared = {
        "deal_id": name,
        "closed_date": chance.maybe([chance.day()]),
        "deal_amount": chance.maybe((100, 250)),
        "is_counted": chance.flag(0.9),
    }
    shared["is_won"] = shared["closed_date"] is not None and chance.flag(0.8)
    campaigns: list[str | None] = list(CAMPAIGNS) if chance.flag(0.8) else [None]
    shares = {
        model: chance.choice(((1, 0), (0, 1), (0.25, 0.75)))
        for model in ("primary", "even", "first", "last")
    }
    return [
        fact(
            facts.deal_touch,
            f"{name}:{campaign}",
            campaign_id=campaign,
            channel=chance.choice(CHANNELS),
            **{
                f"{model}_weight": share[number] if campaign else 1
                for model, share in shares.items()
            },
            **shared,
        )
        for number, campaign in enumerate(campaigns)
    ]


def expenses(chance: Chance, name: str) -> list[Row]:
    return [
        fact(
            facts.cost,
            name,
            cost_date=chance.day(),
            cost_amount=chance.maybe((10, 25)),
            category=chance.choice(("acquisition", "acquisition", "retention")),
            campaign_id=chance.maybe(CAMPAIGNS),
        )
    ]


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    return {
        "lead": many(40, leads, chance),
        "customer": many(20, buyers, chance),
        "campaign_member": many(40, members, chance),
        "deal_touch": many(20, touches, chance),
        "cost": many(12, expenses, chance),
        "prospect": many(40, prospects, chance),
    }


def converted(known: Facts, period: Any, within_days: int | None) -> float | None:
    """Of the leads of the period, those who are customers, within so many days of becoming one."""
    created = [
        row for row in dated(known.of("lead"), "created_date", period) if not row.is_of_customer
    ]
    won = [
        row
        for row in created
        if row.is_customer
        and (within_days is None or (row.customer_date - row.created_date).days <= within_days)
    ]
    return quotient(len(won), len(created))


def of_prospects(known: Facts, period: Any, as_of: datetime) -> float | None:
    """Of the prospects of the period, those who are customers."""
    seen = dated(known.of("prospect"), "created_date", period)
    return quotient(sum(row.is_customer for row in seen), len(seen))


def per_lead(known: Facts, period: Any, as_of: datetime) -> float | None:
    new = dated(known.of("customer"), "customer_date", period)
    leads_of_period = dated(known.of("lead"), "created_date", period)
    return quotient(sum(row.is_new_counted for row in new), len(leads_of_period))


def of_members(flag: str) -> Reckoning:
    """The share of those reached of whom the flag holds."""

    def reckon(known: Facts, period: Any, as_of: datetime) -> float | None:
        sent = [
            row for row in dated(known.of("campaign_member"), "sent_date", period) if row.is_sent
        ]
        return quotient(sum(getattr(row, flag) for row in sent), len(sent))

    return reckon


def credited(known: Facts, period: Any, model: str, is_of_campaign: bool = False) -> float:
    """Won revenue times the share each campaign has of it."""
    return sum(
        float(row.deal_amount or 0) * float(getattr(row, f"{model}_weight"))
        for row in dated(known.of("deal_touch"), "closed_date", period)
        if row.is_won and (row.campaign_id is not None or not is_of_campaign)
    )


def brought(known: Facts, period: Any) -> float | None:
    """What was sold through campaigns; None where it is known of none of the deals for how much."""
    touches = [
        row
        for row in dated(known.of("deal_touch"), "closed_date", period)
        if row.is_won and row.campaign_id is not None and row.primary_weight
    ]
    if known_money(touches, "deal_amount") is None:
        return None
    return credited(known, period, "primary", is_of_campaign=True)


def campaign_costs(known: Facts) -> list[Any]:
    return [
        row
        for row in known.of("cost")
        if row.category == "acquisition" and row.campaign_id is not None
    ]


RECKONINGS: dict[str, Reckoning] = {
    "leads_generated": lambda known, period, as_of: len(
        dated(known.of("lead"), "created_date", period)
    ),
    "lead_to_customer_rate": lambda known, period, as_of: converted(known, period, None),
    "conversion_rate": lambda known, period, as_of: converted(known, period, None),
    "conversion_rate_30d": lambda known, period, as_of: converted(known, period, 30),
    "conversion_rate_90d": lambda known, period, as_of: converted(known, period, 90),
    "conversion_rate_prospects": of_prospects,
    "conversion_rate_period": per_lead,
    "campaign_response_rate": of_members("is_responded"),
    "campaign_conversion_rate": of_members("is_customer"),
    "revenue_per_campaign": lambda known, period, as_of: credited(known, period, "primary"),
    "revenue_per_campaign_first": lambda known, period, as_of: credited(known, period, "first"),
    "revenue_per_campaign_last": lambda known, period, as_of: credited(known, period, "last"),
    "campaign_return": configured(
        campaign_costs,
        lambda known, period, as_of: quotient(
            brought(known, period),
            money(dated(campaign_costs(known), "cost_date", period), "cost_amount"),
        ),
    ),
}


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        telling |= hold(warehouse, company(seed), as_ofs, RECKONINGS, CALENDAR)
    assert telling == set(RECKONINGS)
