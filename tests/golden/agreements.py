"""Agreements by the month: renewals, how many of a cohort stay, and when one has paid back its cost.

    R1  100 to 2026-03-10, renewed at 100    R4  100 to 2026-03-20, not decided yet
    R2  200 to 2026-03-15, at 250, signed    R5  100 to 2027
        in February                          R6  100 to 2026-03-25, at 60
    R3  100 to 2026-03-15, cancelled on the 10th
    Q1 to Q4 came in August 2025 and Q4 left in October
    B1 came in May 2025 for 300, and brought a margin of 80, 80, 40, 40, 40, 40

Salesforce holds them as service contracts, HubSpot as subscriptions.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from include.core.settings import Cost, Settings
from tests.golden.answers import MARCH, Answer
from tests.golden.opportunities import Deal, line, put
from tests.golden.org import WON, Org


@dataclass(frozen=True)
class Agreement:
    """So much a month from `start` to the day before `end`; signed when it began, unless said."""

    customer: str
    monthly: float
    start: str
    end: str | None
    months: int = 12
    signed: str | None = None
    cancelled: str | None = None
    where: str = "S"


AGREEMENTS = (
    Agreement("R1", 100, "2025-03-10", "2026-03-10"),
    Agreement("R1", 100, "2026-03-10", "2027-03-10", signed="2026-03-05"),
    Agreement("R2", 200, "2025-03-15", "2026-03-15"),
    Agreement("R2", 250, "2026-03-15", "2027-03-15", signed="2026-02-20"),
    Agreement("R3", 100, "2025-03-15", "2026-03-15", cancelled="2026-03-10", where="H"),
    Agreement("R4", 100, "2025-03-20", "2026-03-20", where="H"),
    Agreement("R5", 100, "2026-01-01", "2027-01-01", where="H"),
    Agreement("R6", 100, "2025-03-25", "2026-03-25", where="H"),
    Agreement("R6", 60, "2026-03-25", "2027-03-25", signed="2026-03-20", where="H"),
    *(Agreement(f"Q{number}", 10, "2025-08-01", "2026-08-01") for number in (1, 2)),
    Agreement("Q3", 10, "2025-08-01", "2026-08-01", where="H"),
    Agreement("Q4", 10, "2025-08-01", "2025-10-15", months=2, where="H"),
    Agreement("B1", 100, "2025-05-01", "2025-07-01", months=2),
    Agreement("B1", 50, "2025-07-01", "2026-07-01"),
)

ANSWERS = (
    # R1, R2 and R6 of those and R3. By amount 100 + 200 + 0 + 60 and 100 + 250 + 0 + 60 of 500.
    Answer("renewal_rate", MARCH, numerator=3, denominator=4),
    Answer("renewal_rate_gross", MARCH, numerator=360, denominator=500),
    Answer("renewal_rate_net", MARCH, numerator=410, denominator=500),
    Answer("cohort_retention", "2025-08", cut="cohort", member="2025-08-01", numerator=4, denominator=4),
    Answer("cohort_retention", "2025-09", cut="cohort", member="2025-08-01", numerator=4, denominator=4),
    Answer("cohort_retention", "2025-10", cut="cohort", member="2025-08-01", numerator=3, denominator=4),
    # After five months 280 have come back, after six 320 of 300.
    Answer("cac_payback_observed", "2025-05", 6),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the agreements into the org, as they stood before the examples' last changes."""
    for name in sorted({agreement.customer for agreement in AGREEMENTS}):
        org.customer(name)
    for number, agreement in enumerate(AGREEMENTS):
        for crm in org.crms(agreement.where):
            if crm == "salesforce":
                _contract(org, f"G{number}", agreement)
            else:
                _subscription(org, f"G{number}", agreement)
    # What was sold in May 2025: 100 that cost 20, a margin of 0.8.
    put(org, Deal("B1 deal", "2025-04-20", "2025-05-01", WON, 100, "B1"))
    line(org, "B1 line", "B1 deal", "SH", quantity=1, price=100, cost=20)


def changes(org: Org) -> list[dict[str, Any]]:
    """HubSpot's subscriptions that are cancelled after a first reading, which saw them go on."""
    return [
        org.last_hubspot("subscriptions", f"G{number}", f"{agreement.cancelled}T08:00", "canceled")
        for number, agreement in enumerate(AGREEMENTS)
        if agreement.cancelled and "hubspot" in org.crms(agreement.where)
    ]


def choose(settings: Settings) -> Settings:
    """What winning B1 cost."""
    spent = Cost(
        cost_date=date(2025, 5, 10),
        amount=Decimal(300),
        currency_code="USD",
        category="acquisition",
        channel=None,
        campaign_id=None,
        note=None,
    )
    return dataclasses.replace(settings, costs=(*settings.costs, spent))


def _contract(org: Org, name: str, agreement: Agreement) -> None:
    last = None if agreement.end is None else _day_before(agreement.end)
    signed = agreement.signed or agreement.start
    status = "Cancelled" if agreement.cancelled else "Active"
    org.salesforce(
        "ServiceContract",
        name,
        signed,
        agreement.cancelled,
        Name=name,
        ContractNumber=name,
        AccountId=org.id("Account", agreement.customer),
        Term=agreement.months,
        Status=status,
        StartDate=agreement.start,
        EndDate=last,
        OwnerId=org.id("User", "U1"),
    )
    org.salesforce(
        "ContractLineItem",
        name,
        signed,
        agreement.cancelled,
        ServiceContractId=org.id("ServiceContract", name),
        Product2Id=None,
        Quantity=1,
        # The price is for the whole term. Q4 pays for two months and a half.
        UnitPrice=None,
        TotalPrice=agreement.monthly * agreement.months,
        StartDate=agreement.start,
        EndDate=last,
        Status=status,
    )


def _subscription(org: Org, name: str, agreement: Agreement) -> None:
    has_ended = agreement.end is not None and agreement.end < "2026-04-01"
    is_expired = has_ended and not agreement.cancelled
    org.hubspot(
        "subscriptions",
        name,
        agreement.signed or agreement.start,
        f"{agreement.end}T00:00" if is_expired else None,
        hs_name="Platform",
        hs_status="expired" if is_expired else "active",
        hs_mrr=agreement.monthly,
        hs_recurring_billing_frequency="monthly",
        hs_recurring_billing_start_date=agreement.start,
        hs_recurring_billing_end_date=agreement.end and _day_before(agreement.end),
        hs_next_payment_due_date=None,
        hs_currency_code="USD",
        hubspot_owner_id=org.id("owners", "U1"),
    )
    org.link("subscriptions", name, "companies", agreement.customer)


def _day_before(day: str) -> str:
    return date.fromordinal(date.fromisoformat(day).toordinal() - 1).isoformat()
