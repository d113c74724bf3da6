"""Shopping carts, and orders, which are what was billed."""

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
        text(
            "Type",
            "cart_type",
            "Cart; Template, which our people fill; PayNowReadOnly or ReadOnly, a copy of one to pay.",
        ),
        typed(
            "IsSecondary",
            "is_secondary",
            "boolean",
            "Kept beside the cart in use; nobody checks out from it.",
        ),
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
    salesforce_object(
        "Order",
        "order",
        "One row per order of a customer.",
        reference("AccountId", "account_id", "account", "The customer."),
        reference("OpportunityId", "opportunity_id", "opportunity", "The deal it came from."),
        reference("OriginalOrderId", "original_order_id", "order", "The order it takes away from."),
        text("OrderNumber", "order_number", "Number."),
        text("Status", "order_status", "Status in the org's own words."),
        text("StatusCode", "status_code", "Draft or Activated, whatever Status is called."),
        typed("EffectiveDate", "effective_date", "date", "Day it is good from."),
        typed("ActivatedDate", "activated_at", "timestamp", "When it was activated."),
        typed(
            "TotalAmount",
            "total_amount_original",
            "money",
            "Value of its products; below zero for a reduction.",
        ),
        typed(
            "IsReductionOrder",
            "is_reduction",
            "boolean",
            "Takes away from an order that was activated before.",
        ),
        CURRENCY,
        OWNER,
        CREATED,
        optional=True,
    ),
)
