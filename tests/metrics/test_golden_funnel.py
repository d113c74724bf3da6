"""The golden examples of leads, campaigns and marketing's share; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    at,
    compute,
    customer,
    insert,
    lead,
    loaded,
    total,
    values,
)
from tests.metrics.rows import fact

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}


def january_leads() -> list[Row]:
    """L5 is L1, L6 is deleted, and L3 was only converted."""
    return [
        *lead("L1", "2026-01-05", "2026-02-10"),
        *lead("L2", "2026-01-06", "2026-04-20"),
        *lead("L3", "2026-01-07", is_converted=True),
        *lead("L4", "2026-01-08"),
        *lead("L7", "2026-01-09"),
        *lead("L8", "2026-01-10", "2026-01-30"),
        *lead("import", "2026-01-11", "2026-01-12", is_counted=False),
    ]


def test_who_converts_within_thirty_days_counts_in_a_week_long_over(company: sa.Engine) -> None:
    """On the last day of a week somebody becomes a lead, and four weeks later a customer."""
    insert(
        company, facts.lead, [*lead("L1", "2026-03-01", "2026-03-29"), *lead("L2", "2026-03-01")]
    )
    for as_of_at, numerator in ((at("2026-03-09"), 0), (AS_OF, 1)):
        compute(company, as_of_at, ["conversion_rate_30d"])
        row = total(company, "conversion_rate_30d", "week", "2026-02-23", as_of_at=as_of_at)
        # 28 days
        assert (row.numerator, row.denominator) == (numerator, 2)
        # By 9 March they have had eight days: that is no conversion within thirty.
        assert (row.status, row.sample_count) == ("OK" if numerator else "PARTIAL", 2)


def test_conversion_is_of_a_cohort(company: sa.Engine) -> None:
    insert(company, facts.lead, january_leads())
    metrics = ["conversion_rate", "conversion_rate_30d", "conversion_rate_90d"]
    compute(company, AS_OF, metrics)
    january = ("month", "2026-01-01")
    # L1 and L8 of six
    row = total(company, "conversion_rate", *january)
    assert (row.numerator, row.denominator) == (2, 6)
    assert row.value == pytest.approx(Decimal("0.3333"), abs=Decimal("0.00005"))
    # L8 took 20 days and L1 36
    assert total(company, "conversion_rate_30d", *january).numerator == 1
    assert total(company, "conversion_rate_90d", *january).numerator == 2
    # On 1 May L2 has won too, after 104 days; January is computed again
    later = at("2026-05-01")
    loaded(company, [source.id for source in SOURCE_OBJECTS], later)
    compute(company, later, metrics)
    assert total(company, "conversion_rate", *january, as_of_at=later).numerator == 3
    assert total(company, "conversion_rate_90d", *january, as_of_at=later).numerator == 2


def test_leads_of_customers_are_no_prospects(company: sa.Engine) -> None:
    """Of four leads two work for customers: one of the other two bought."""
    rows = [
        *lead("L1", "2026-01-05", "2026-01-20"),
        *lead("L2", "2026-01-06"),
        *lead("L3", "2026-01-07", is_of_customer=True),
        *lead("L4", "2026-01-08", is_of_customer=True),
    ]
    insert(company, facts.lead, rows)
    rates = [
        "conversion_rate",
        "conversion_rate_30d",
        "conversion_rate_90d",
        "lead_to_customer_rate",
    ]
    compute(company, AS_OF, [*rates, "leads_generated"])
    january = ("month", "2026-01-01")
    for row in (total(company, rate, *january) for rate in rates):
        assert (row.numerator, row.denominator, row.excluded_count) == (1, 2, 2)
    assert total(company, "leads_generated", *january).value == 4


def test_customers_per_lead_of_the_same_period(company: sa.Engine) -> None:
    insert(company, facts.lead, january_leads())
    insert(
        company,
        facts.customer,
        [customer(f"C{n}", "2026-01-20") for n in range(9)] + [customer("not yet")],
    )
    compute(company, AS_OF, ["conversion_rate_period"])
    # 9 customers of which most never were among January's 6 leads
    row = total(company, "conversion_rate_period", "month", "2026-01-01")
    assert (row.value, row.unit) == (Decimal("1.5"), "ratio")


def test_marketing_originated_customers(company: sa.Engine) -> None:
    channels = ("paid_search", "paid_search", "paid_social", "referral_web", "outbound")
    marketing = ("paid_search", "paid_social")
    rows = [
        customer(f"N{n}", "2026-03-10", channel=channel, is_marketing=channel in marketing)
        for n, channel in enumerate(channels)
    ]
    rows.append(customer("not yet", channel="paid_search", is_marketing=True))
    insert(company, facts.customer, rows)
    compute(company, AS_OF, ["marketing_originated_pct"])
    row = total(company, "marketing_originated_pct", "month", "2026-03-01")
    assert (row.numerator, row.denominator, row.value) == (3, 5, Decimal("0.6"))
    # Shares of all five
    found = values(company, "marketing_originated_pct", slice_id="channel", **MARCH)
    assert {member: row.value for member, row in found.items()} == {
        "paid_search": Decimal("0.4"), "paid_social": Decimal("0.2"),
        "referral_web": 0, "outbound": 0,
    }  # fmt: skip


def touch(
    deal_id: str, campaign: str | None, amount: float, *weights: float, **more: object
) -> Row:
    """A deal's touch by a campaign: its primary, even, first and last weight."""
    names = ("primary_weight", "even_weight", "first_weight", "last_weight")
    return fact(
        facts.deal_touch,
        f"{deal_id}:{campaign}",
        **{
            "deal_id": deal_id,
            "campaign_id": campaign,
            "closed_date": "2026-03-11",
            "is_won": True,
            "deal_amount": amount,
            **dict(zip(names, weights, strict=True)),
            **more,
        },
    )


def test_revenue_per_campaign_by_model(company: sa.Engine) -> None:
    rows = [
        # O2 was touched by K1, its primary, and later by K2
        touch("O2", "K1", 3000, 1, 0.5, 1, 0),
        touch("O2", "K2", 3000, 0, 0.5, 0, 1),
        touch("O4", "K2", 2000, 1, 1, 1, 1),
        touch("O5", None, 500, 1, 1, 1, 1),
        touch("O10", None, 500, 1, 1, 1, 1),
        touch("lost", "K1", 9999, 1, 1, 1, 1, is_won=False),
        touch("unpriced", "K1", None, 1, 1, 1, 1),
    ]
    insert(company, facts.deal_touch, rows)
    models = {
        "revenue_per_campaign": {"K1": 3000, "K2": 2000, "(none)": 1000},
        # 3000 / 2, and 3000 / 2 + 2000
        "revenue_per_campaign_even": {"K1": 1500, "K2": 3500, "(none)": 1000},
        "revenue_per_campaign_first": {"K1": 3000, "K2": 2000, "(none)": 1000},
        # K2 was the last of both; K1 only of the one of which nobody knows the amount
        "revenue_per_campaign_last": {"K1": None, "K2": 5000, "(none)": 1000},
    }
    compute(company, AS_OF, list(models))
    for metric_id, expected in models.items():
        found = values(company, metric_id, slice_id="campaign", **MARCH)
        assert {member: row.value for member, row in found.items()} == expected, metric_id
        # Not 9000, as full credit for every touch would give
        row = total(company, metric_id, "month", "2026-03-01")
        assert (row.value, row.excluded_count) == (6000, 1), metric_id


def test_campaign_response_and_conversion(company: sa.Engine) -> None:
    rows = [
        fact(
            facts.campaign_member,
            f"M{n}",
            campaign_id="K1",
            sent_date="2026-03-05",
            is_sent=True,
            is_responded=n < 4,
            is_customer=n == 0,
        )
        for n in range(8)
    ]
    rows.append(fact(facts.campaign_member, "planned", campaign_id="K1", sent_date="2026-03-05"))
    rows.append(
        fact(
            facts.campaign_member, "second record", campaign_id="K1", sent_date="2026-03-05",
            is_sent=True, is_counted=False,
        )
    )  # fmt: skip
    insert(company, facts.campaign_member, rows)
    compute(company, AS_OF, ["campaign_response_rate", "campaign_conversion_rate"])
    response = total(company, "campaign_response_rate", "month", "2026-03-01")
    # 4 of 8, 1 of 8
    assert (response.numerator, response.denominator, response.value) == (4, 8, Decimal("0.5"))
    conversion = total(company, "campaign_conversion_rate", "month", "2026-03-01")
    assert conversion.value == Decimal("0.125")


def test_return_of_campaigns(company: sa.Engine) -> None:
    rows = [touch("O2", "K1", 3000, 1, 1, 1, 1), touch("O5", None, 500, 1, 1, 1, 1)]
    insert(company, facts.deal_touch, rows)
    costs = [("K1", 600), ("K2", 400), (None, 1000)]
    insert(
        company,
        facts.cost,
        [
            fact(
                facts.cost, f"ledger:{n}", cost_date="2026-03-05", cost_amount=amount,
                category="acquisition", campaign_id=campaign, method="actual",
            )
            for n, (campaign, amount) in enumerate(costs)
        ],
    )  # fmt: skip
    compute(company, AS_OF, ["campaign_return"])
    # 3000 / (600 + 400); what no campaign costs or brings is not in it
    assert total(company, "campaign_return", "month", "2026-03-01").value == 3
    found = values(company, "campaign_return", slice_id="campaign", **MARCH)
    assert {member: row.value for member, row in found.items()} == {"K1": 5, "K2": 0}
    # A deal of K2's of an amount that nobody knows has not brought nothing
    insert(company, facts.deal_touch, [touch("O6", "K2", None, 1, 1, 1, 1)])
    compute(company, AS_OF, ["campaign_return"])
    row = values(company, "campaign_return", slice_id="campaign", **MARCH)["K2"]
    assert (row.value, row.status, row.excluded_count) == (None, "NO_DATA", 1)
