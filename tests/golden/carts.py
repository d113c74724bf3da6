"""Six carts: K1 and K6 were ordered, K2 is idle for 48 hours and K3 for 30, K4 for 2, K5 is empty."""

from __future__ import annotations

import dataclasses

from include.core.settings import Settings
from include.core.settings_customers import Carts
from tests.golden.answers import MARCH, Answer
from tests.golden.org import Org, later

END = "2026-04-01T00:00"
# Name, things in it, hours since anybody touched it, whether it was ordered.
CARTS = (("K1", 3, 200, True), ("K2", 1, 48, False), ("K3", 2, 30, False), ("K4", 1, 2, False),
         ("K5", 0, 99, False), ("K6", 1, 150, True))  # fmt: skip
IN_SALESFORCE = {"K1", "K2", "K4"}

# K2 and K3 of those and K1 and K6; K4 may still be ordered.
ANSWERS = (Answer("abandonment_rate", MARCH, numerator=2, denominator=4),)


def fill(org: Org) -> None:
    """Put the carts into the org."""
    org.customer("K")
    for name, things, idle_hours, is_ordered in CARTS:
        touched = later(END, hours=-idle_hours)
        for crm in org.crms("S" if name in IN_SALESFORCE else "H"):
            if crm == "salesforce":
                org.salesforce(
                    "WebCart",
                    name,
                    "2026-03-20",
                    touched,
                    AccountId=org.id("Account", "K"),
                    WebStoreId=None,
                    Status="Closed" if is_ordered else "Active",
                    Type="Cart",
                    IsSecondary=False,
                    TotalProductCount=things,
                    GrandTotalAmount=10.0 * things,
                    OwnerId=org.id("User", "U1"),
                )
            else:
                org.hubspot(
                    "carts",
                    name,
                    "2026-03-20",
                    touched,
                    hs_external_cart_id=name,
                    hs_external_status="paid" if is_ordered else "active",
                    hs_total_price=10 * things,
                    hs_currency_code="USD",
                    hs_source_store="shop",
                )


def choose(settings: Settings) -> Settings:
    """What the shop's words mean."""
    carts = Carts(statuses={"active": "open", "paid": "completed"})
    customers = settings.customers.model_copy(update={"carts": carts})
    return dataclasses.replace(settings, customers=customers)
