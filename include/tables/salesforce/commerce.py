"""Shopping carts."""

from __future__ import annotations

from include.tables.salesforce.fields import (
    CREATED,
    CURRENCY,
    OWNER,
    reference,
    salesforce_object,
    text,
    typed,
)
from include.tables.source_object import SourceObject

COMMERCE_OBJECTS: tuple[SourceObject, ...] = (
    salesforce_object(
        "WebCart",
        "web_cart",
        "One row per shopping cart.",
        reference("AccountId", "account_id", "account", "The customer."),
        text("WebStoreId", "web_store_id", "The shop."),
        text("Status", "cart_status", "Active, Checkout, PendingDelete, Closed and so on."),
        typed(
            "TotalProductCount",
            "item_count",
            "decimal",
            "Things in it.",
            minimum=0,
            severity="warning",
        ),
        typed("GrandTotalAmount", "total_amount_original", "money", "Value of the cart."),
        typed("LastModifiedDate", "last_modified_at", "timestamp", "Latest change."),
        CURRENCY,
        OWNER,
        CREATED,
        optional=True,
    ),
)
