"""What was sold and what it cost, a customer of a year, and sellers with a longer road to a quota.

March 2026  lines won: 2 at 120 that cost 50 each, 1 at 500 that cost 200, 3 at 40 of unknown cost
2024        one customer bought for 100 each month, which cost 20
U3          won 6000 in December 2025 of a quota of 8000
U4          won 1000 in 2026 of 3000, and has 5000 open for June
K3          reached eight people in March, of whom four responded and one bought
"""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from include.core.settings import Settings
from include.core.settings_ledgers import ProductCost, Quota
from tests.golden import campaigns
from tests.golden.answers import MARCH, Answer
from tests.golden.opportunities import Deal, line, put
from tests.golden.org import WON, Org

LINES = (("G1", 2, 120, 50), ("G2", 1, 500, 200), ("G3", 3, 40, None))
DECEMBER_2024 = "2024-12"
MEMBERS_KNOWN = ("salesforce", "both")

ANSWERS = (
    # 2 x 50 + 200; 2 x 120 + 500 = 740 with a cost, of 740 + 3 x 40.
    Answer("cogs", MARCH, 300, sample=2, excluded=1),
    Answer("gross_margin", MARCH, numerator=440, denominator=740),
    Answer("cost_coverage", MARCH, numerator=740, denominator=860),
    # 12 x 100, and 12 x 80, of one customer.
    Answer("clv_historic_revenue", DECEMBER_2024, numerator=1200, denominator=1),
    Answer("clv_historic", DECEMBER_2024, numerator=960, denominator=1),
    Answer("quota_attainment", "2025-12", cut="owner", member="U3", numerator=6000, denominator=8000),
    # 5000 / (3000 - 1000)
    Answer("pipeline_coverage", "2026", cut="owner", member="U4", numerator=5000, denominator=2000),
    Answer("campaign_response_rate", MARCH, numerator=4, denominator=8, crms=MEMBERS_KNOWN),
    Answer("campaign_conversion_rate", MARCH, numerator=1, denominator=8, crms=MEMBERS_KNOWN),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the deals, their lines and the members into the org."""
    org.customer("G")
    put(org, Deal("G deal", "2026-03-01", "2026-03-09", WON, 860, "G"))
    for name, quantity, price, cost in LINES:
        line(org, name, "G deal", "SH", quantity=quantity, price=price, cost=cost)
    org.customer("H", created="2023-12-01")
    for month in range(1, 13):
        day, name = f"2024-{month:02d}-10", f"H{month}"
        put(org, Deal(name, day, day, WON, 100, "H", where="SH" if month % 2 else "S"))
        line(org, name, name, "SH" if month % 2 else "S", quantity=1, price=100, cost=20)
    put(org, Deal("T3", "2025-12-01", "2025-12-10", WON, 6000, "G", owner="U3"))
    put(org, Deal("T4", "2026-02-01", "2026-02-10", WON, 1000, "G", owner="U4", where="H"))
    put(org, Deal("T4 open", "2026-02-01", "2026-06-10", "Proposal", 5000, "G", owner="U4"))
    if org.is_in("salesforce"):
        _members(org)


def _members(org: Org) -> None:
    campaigns.campaign(org, "K3")
    for number in range(1, 9):
        name = f"M{number}"
        org.customer(f"company of {name}", where="S")
        org.contact(name, f"company of {name}", f"{name.lower()}@members.example", where="S")
        campaigns.member(org, name, "K3", name, "2026-03-05", has_responded=number <= 4)
    put(org, Deal("K3 deal", "2026-03-10", "2026-03-20", WON, 10, "company of M1", where="S"))


def choose(settings: Settings) -> Settings:
    """Costs of products, which Salesforce does not have, and quotas."""
    costs = [(name, cost) for name, _, _, cost in LINES if cost is not None]
    costs += [(f"H{month}", 20) for month in range(1, 13)] + [("B1 line", 20)]
    return dataclasses.replace(
        settings,
        product_costs=tuple(
            ProductCost(
                product=name,
                valid_from_date=date(2024, 1, 1),
                unit_cost_amount=Decimal(cost),
                currency_code="USD",
            )
            for name, cost in costs
        ),
        quotas=tuple(
            Quota(
                start_date=first,
                last_date=last,
                amount=Decimal(amount),
                currency_code="USD",
                owner_email=f"{user}@seller.example",
                team_name=None,
            )
            for user, first, last, amount in (
                ("u3", date(2025, 12, 1), date(2025, 12, 31), 8000),
                ("u4", date(2026, 1, 1), date(2026, 12, 31), 3000),
            )
        ),
    )
