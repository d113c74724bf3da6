"""Shopping carts, and what was billed."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, metadata, text
from include.tables.facts.shape import currency_column, money_columns, state_columns

cart = sa.Table(
    "cart",
    metadata,
    *state_columns("cart_id", "The cart, crm:id."),
    text("customer_id", "The customer; NULL for a guest."),
    text("store_name", "The shop."),
    text("channel", "Channel the customer came from.", nullable=False),
    instant("created_at", "When it was opened.", nullable=False),
    day("created_date", "Day it was opened.", nullable=False),
    count("item_count", "Things in it; NULL where not known."),
    *money_columns("cart", "Value of the cart"),
    currency_column(),
    instant("last_activity_at", "Latest change.", nullable=False),
    instant("completed_at", "When it became an order; NULL before."),
    flag("is_completed", "Became an order.", nullable=False),
    instant(
        "abandoned_at",
        "When it will have been idle for abandon_hours; NULL when completed or empty.",
    ),
    flag("is_abandoned", "Idle for so long, and neither completed nor empty.", nullable=False),
    flag("is_empty", "Nothing in it.", nullable=False),
    flag(
        "is_status_known",
        "Became an order, or has a status that customers.yaml or Salesforce itself explains; else "
        "neither completed nor abandoned.",
        nullable=False,
    ),
    flag(
        "is_counted",
        "Not empty, not of a status that is ignored, and no template or cart kept beside another.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per shopping cart and state.",
    info={
        "sources": (),
        "optional_sources": ("salesforce.web_cart", "hubspot.cart", "hubspot.cart_order"),
    },
)
sa.Index("ix_cart_created_date", cart.c.created_date)

billing = sa.Table(
    "billing",
    metadata,
    *state_columns("billing_id", "The order or invoice, crm:id."),
    text("kind", "order or invoice.", nullable=False),
    text("customer_id", "The customer; NULL where nobody says."),
    text("owner_user_id", "The owner, as stage.user."),
    text("role_id", "Role of the owner."),
    text("deal_id", "The deal it came from, as facts.deal; NULL where nobody says."),
    day("billed_date", "Day the order was activated, or the invoice paid.", nullable=False),
    *money_columns("billing", "What was billed, without taxes"),
    currency_column(),
    flag(
        "is_tax_unknown",
        "Nobody says how much of the amount is taxes; all of it counts.",
        nullable=False,
        # Of the rows that were there before this column, until facts are built anew.
        server_default=sa.false(),
    ),
    flag(
        "is_credit",
        "An order that takes away from one before: its amounts are not above zero.",
        nullable=False,
    ),
    flag("is_amount_missing", "No amount was entered.", nullable=False),
    flag(
        "is_amount_unconverted",
        "An amount was entered in a currency without a rate.",
        nullable=False,
    ),
    flag(
        "is_duplicate",
        "The other CRM is the system of record for deals, and bills too.",
        nullable=False,
    ),
    flag(
        "is_counted",
        "Always: that there are duplicates, which are not added up, is told by their number.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per activated order or paid invoice and state. Before it was activated or paid it "
    "has none.",
    info={
        "sources": (),
        "optional_sources": (
            "salesforce.order",
            "hubspot.invoice",
            "hubspot.invoice_company",
            "hubspot.invoice_contact",
            "hubspot.invoice_deal",
        ),
    },
)
sa.Index("ix_billing_billed_date", billing.c.billed_date)
