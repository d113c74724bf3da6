"""Shopping carts."""

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
    flag("is_counted", "Not empty, and not of a status that is ignored.", nullable=False),
    schema="facts",
    comment="One row per shopping cart and state.",
    info={
        "sources": (),
        "optional_sources": ("salesforce.web_cart", "hubspot.cart", "hubspot.cart_order"),
    },
)
sa.Index("ix_cart_created_date", cart.c.created_date)
