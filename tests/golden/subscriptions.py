"""F-SUB: what customers pay again and again, and what they cost, in March.

        before March   at its end
    C1  100 a month    100         C5  new in March, 50
    C2  100 a month    200         C6  left in January, back in March at 80
    C3  300 a quarter  cancelled   C7  came on March the 3rd and left on the 20th
    C4  100 a month     60

Salesforce holds them as assets with a state for each price, HubSpot as subscriptions. In an org that
has neither, both hold them as lines of won deals, beside what C8 bought once for 500.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from include.core.settings import Cost, Settings
from tests.golden.answers import FEBRUARY, MARCH, Answer
from tests.golden.opportunities import Deal, put
from tests.golden.org import EPOCH, WON, Org


@dataclass(frozen=True)
class Price:
    """What a customer pays a month from `start` until before `end`."""

    customer: str
    start: str
    end: str | None
    monthly: float
    billing: str = "monthly"
    where: str = "SH"


# C6 and C1 from December, C2 from January, C3 and C4 from February. So of the customers before each
# of the six months before March, 2 before January and 2 before February, one had left: 1 / 4.
PRICES = (
    Price("C1", "2025-12-01", None, 100, where="S"),
    Price("C2", "2026-01-15", "2026-03-15", 100, "annually", where="S"),
    Price("C2", "2026-03-15", None, 200, "annually", where="S"),
    Price("C3", "2026-02-01", "2026-03-15", 100, "quarterly", where="S"),
    Price("C4", "2026-02-01", "2026-03-10", 100, where="H"),
    Price("C4", "2026-03-10", None, 60, where="H"),
    Price("C5", "2026-03-10", None, 50, where="H"),
    Price("C6", "2025-12-05", "2026-01-20", 40, where="H"),
    Price("C6", "2026-03-05", None, 80, where="H"),
    Price("C7", "2026-03-03", "2026-03-20", 70, where="H"),
)

COSTS = (
    ("2026-03-05", 600, "acquisition", "paid_search"),
    ("2026-03-09", 300, "acquisition", "paid_social"),
    ("2026-03-31", 1000, "acquisition", None),
    ("2026-03-31", 500, "retention", None),
    ("2026-02-10", 400, "acquisition", "event"),
)

# What holds wherever the agreements are read from.
RECURRING = (
    # 100 + 100 + 100 + 100; 100 + 200 + 60 + 50 + 80.
    Answer("mrr", FEBRUARY, 400),
    Answer("mrr", MARCH, 490),
    Answer("arr", MARCH, 5880),
    Answer("mrr_movement", MARCH, 50, cut="movement", member="new"),
    Answer("mrr_movement", MARCH, 100, cut="movement", member="expansion"),
    Answer("mrr_movement", MARCH, -40, cut="movement", member="contraction"),
    Answer("mrr_movement", MARCH, -100, cut="movement", member="churn"),
    Answer("mrr_movement", MARCH, 80, cut="movement", member="reactivation"),
    Answer("mrr_movement", MARCH, 90),
    # Of C1 to C4, C3 left. C7 was there at neither end; C6 came back.
    Answer("churn_rate", MARCH, numerator=1, denominator=4),
    Answer("retention_rate", MARCH, numerator=3, denominator=4),
    # (100 + 200 + 0 + 60) / 400, and without what C2 added (100 + 100 + 0 + 60) / 400.
    Answer("nrr", MARCH, numerator=360, denominator=400),
    Answer("grr", MARCH, numerator=260, denominator=400),
)
ANSWERS = (
    *RECURRING,
    # 490 / 5, of 50, 60, 80, 100, 200.
    Answer("arpu", MARCH, 98, median=80, sample=5),
    # 600 + 300 + 1000 over C5, C7 and the buyers X, Y and Z; what no channel carries left out: 900.
    Answer("cac", MARCH, numerator=1900, denominator=5),
    Answer("cac_paid", MARCH, numerator=900, denominator=5),
    # 1000 / 5 = 200 for each: (600 + 2 x 200) / 2, 300 + 200, 200, 200.
    Answer("cac_by_channel", MARCH, cut="channel", member="paid_search", numerator=1000, denominator=2),
    Answer("cac_by_channel", MARCH, cut="channel", member="paid_social", numerator=500, denominator=1),
    Answer("cac_by_channel", MARCH, cut="channel", member="referral", numerator=200, denominator=1),
    Answer("cac_by_channel", MARCH, cut="channel", member="outbound", numerator=200, denominator=1),
    # 500 for C1, C2 and C4.
    Answer("crc", MARCH, numerator=500, denominator=3),
    Answer("crc_total", MARCH, 500),
    # paid_search 2 and paid_social 1 of 5.
    Answer("marketing_originated_pct", MARCH, numerator=3, denominator=5),
    Answer("marketing_originated_pct", MARCH, cut="channel", member="paid_search", numerator=2, denominator=5),
    Answer("marketing_originated_pct", MARCH, cut="channel", member="paid_social", numerator=1, denominator=5),
    Answer("marketing_originated_pct", MARCH, cut="channel", member="outbound", numerator=0, denominator=5),
    # What was sold in March with a cost: the line of O5, 500 for 100, so a margin of 0.8.
    # 380 / (50 x 0.8); 98 x 0.8 / 0.25.
    Answer("cac_payback", MARCH, 9.5),
    Answer("clv", MARCH, 313.6),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put customers and what they pay into the org."""
    for number in range(1, 8):
        org.customer(f"C{number}", "Google Ads|PAID_SEARCH")
    for number, price in enumerate(PRICES):
        for crm in org.crms(price.where):
            (_asset_state if crm == "salesforce" else _subscription)(org, f"P{number}", price)


def _asset_state(org: Org, name: str, price: Price) -> None:
    if org.is_new("Asset", price.customer):
        org.salesforce(
            "Asset",
            price.customer,
            price.start,
            AccountId=org.id("Account", price.customer),
            Product2Id=None,
            Name="Platform",
            Status="Active",
            OwnerId=org.id("User", "U1"),
        )
    # The last instant is a second before the day the next state begins.
    last = None if price.end is None else f"{_day_before(price.end)}T23:59:59.000+0000"
    org.salesforce(
        "AssetStatePeriod",
        name,
        price.start,
        AssetId=org.id("Asset", price.customer),
        StartDate=f"{price.start}T00:00:00.000+0000",
        EndDate=last,
        Quantity=1,
        Mrr=price.monthly,
        Amount=None,
        BillingFrequency=price.billing.title(),
    )


def _subscription(org: Org, name: str, price: Price) -> None:
    org.hubspot(
        "subscriptions",
        name,
        price.start,
        f"{price.end}T08:00" if price.end else None,
        hs_name="Platform",
        hs_status="canceled" if price.end else "active",
        hs_mrr=price.monthly,
        hs_recurring_billing_frequency=price.billing,
        hs_recurring_billing_start_date=price.start,
        hs_recurring_billing_end_date=None,
        hs_next_payment_due_date=None,
        hs_currency_code="USD",
        hubspot_owner_id=org.id("owners", "U1"),
    )
    org.link("subscriptions", name, "companies", price.customer)


def fill_deals(org: Org) -> None:
    """Put the same agreements into the org as lines of won deals."""
    for number in range(1, 9):
        org.customer(f"C{number}")
    once = Price("C8", "2026-02-20", None, 500, "once")
    for number, price in enumerate((*PRICES, once)):
        name = f"sold {number}"
        # Signed before it begins, and not in March.
        won = min(price.start, "2026-02-27")
        put(org, Deal(name, won, won, WON, None, price.customer, where=price.where))
        for crm in org.crms(price.where):
            (_scheduled_line if crm == "salesforce" else _billed_line)(org, name, price)


# Months of one bill, and Salesforce's word for it.
BILLED = {"monthly": (1, "Monthly"), "quarterly": (3, "Quarterly"), "annually": (12, "Yearly")}


def _scheduled_line(org: Org, name: str, price: Price) -> None:
    """The price of a year, which the product's revenue schedule divides; a contract ends it early."""
    months, period = BILLED.get(price.billing, (12, None))
    org.salesforce(
        "Product2",
        name,
        EPOCH,
        Name=name,
        ProductCode=name,
        Family=None,
        IsActive=True,
        RevenueInstallmentPeriod=period,
        NumberOfRevenueInstallments=12 // months if period else None,
    )
    total = price.monthly * 12 if period else price.monthly
    org.salesforce(
        "OpportunityLineItem",
        name,
        "2026-02-27",
        OpportunityId=org.id("Opportunity", name),
        Product2Id=org.id("Product2", name),
        Quantity=1,
        UnitPrice=total,
        TotalPrice=total,
        ServiceDate=price.start if period else None,
        HasRevenueSchedule=period is not None,
    )
    if price.end:
        org.salesforce(
            "Contract",
            name,
            "2026-02-27",
            AccountId=org.id("Account", price.customer),
            StatusCode="Activated",
            StartDate=price.start,
            EndDate=_day_before(price.end),
            ContractTerm=None,
            SourceOpportunityId=org.id("Opportunity", name),
            OwnerId=org.id("User", "U1"),
        )


def _billed_line(org: Org, name: str, price: Price) -> None:
    """Two units at the price of one bill."""
    months, period = BILLED.get(price.billing, (1, None))
    org.hubspot(
        "line_items",
        name,
        "2026-02-27",
        name=name,
        quantity=2,
        price=price.monthly * months / 2,
        amount=price.monthly * months,
        recurringbillingfrequency=price.billing if period else None,
        hs_recurring_billing_start_date=price.start if period else None,
        hs_recurring_billing_end_date=price.end and _day_before(price.end),
    )
    org.link("deals", name, "line_items", name, 19)


def _day_before(day: str) -> str:
    return date.fromordinal(date.fromisoformat(day).toordinal() - 1).isoformat()


def choose(settings: Settings) -> Settings:
    """The ledger of costs."""
    costs = tuple(
        Cost(
            cost_date=date.fromisoformat(day),
            amount=Decimal(amount),
            currency_code="USD",
            category=category,
            channel=channel,
            campaign_id=None,
            note=None,
        )
        for day, amount, category, channel in COSTS
    )
    return dataclasses.replace(settings, costs=costs)
