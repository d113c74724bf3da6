"""Shopping carts and what became of them, and invoices."""

from __future__ import annotations

from include.tables.hubspot.fields import OWNER, association, crm_object, property_
from include.tables.source_object import SourceObject

COMMERCE_OBJECTS: tuple[SourceObject, ...] = (
    crm_object(
        "carts",
        "cart",
        "One row per shopping cart.",
        property_("hs_external_cart_id", "external_cart_id", "text", "The shop's id."),
        property_("hs_external_status", "cart_status", "text", "Status in the shop's own words."),
        property_("hs_total_price", "total_amount_original", "money", "Value of the cart."),
        property_("hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        property_("hs_source_store", "store_name", "text", "The shop."),
        optional=True,
    ),
    crm_object(
        "orders",
        "order",
        "One row per order of a shop.",
        property_("hs_external_order_id", "external_order_id", "text", "The shop's id."),
        property_("hs_total_price", "total_amount_original", "money", "Value of the order."),
        property_("hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        optional=True,
    ),
    crm_object(
        "invoices",
        "invoice",
        "One row per invoice.",
        property_("hs_number", "invoice_number", "text", "Number."),
        property_("hs_invoice_status", "invoice_status", "text", "draft, open, paid or voided."),
        property_("hs_amount_billed", "total_amount_original", "money", "What it bills, in all."),
        property_(
            "hs_amount_billed_pre_tax",
            "pre_tax_amount_original",
            "money",
            "What it bills before taxes.",
        ),
        property_("hs_taxes_total", "tax_amount_original", "money", "Taxes in what it bills."),
        property_(
            "hs_balance_due", "balance_amount_original", "money", "What of it is still to be paid."
        ),
        property_("hs_currency", "currency_code", "text", "ISO 4217 code."),
        property_("hs_invoice_date", "invoiced_at", "timestamp", "When it was made out."),
        property_("hs_payment_date", "paid_at", "timestamp", "When it was paid."),
        OWNER,
        optional=True,
    ),
    association("carts", "contacts", "cart_contact", "cart", "contact", optional=True),
    association("carts", "orders", "cart_order", "cart", "order", optional=True),
    association("invoices", "companies", "invoice_company", "invoice", "company", optional=True),
    association("invoices", "contacts", "invoice_contact", "invoice", "contact", optional=True),
    association("invoices", "deals", "invoice_deal", "invoice", "deal", optional=True),
)
