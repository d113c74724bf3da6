"""What customers pay again and again."""

from __future__ import annotations

from include.tables.hubspot.fields import OWNER, association, crm_object, property_
from include.tables.source_object import SourceObject

RECURRING_OBJECTS: tuple[SourceObject, ...] = (
    crm_object(
        "subscriptions",
        "subscription",
        "One row per subscription paid through HubSpot.",
        property_("hs_name", "subscription_name", "text", "Name of the subscription."),
        property_(
            "hs_status",
            "subscription_status",
            "text",
            "active, past_due or unpaid, canceled, expired, scheduled, paused.",
        ),
        property_("hs_mrr", "mrr_amount_original", "money", "Monthly recurring revenue."),
        property_(
            "hs_recurring_billing_frequency",
            "billing_frequency",
            "text",
            "weekly, monthly, annually and so on.",
        ),
        property_(
            "hs_recurring_billing_start_date", "billing_start_date", "date", "First day billed."
        ),
        property_(
            "hs_recurring_billing_end_date",
            "billing_end_date",
            "date",
            "Day on which one more bill would be due, which is billed no more; NULL while none is agreed.",
            severity="warning",
        ),
        property_(
            "hs_next_payment_due_date",
            "next_payment_date",
            "date",
            "Day of the next payment: it is paid for until then.",
        ),
        property_("hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        OWNER,
        optional=True,
    ),
    association(
        "subscriptions",
        "companies",
        "subscription_company",
        "subscription",
        "company",
        optional=True,
    ),
    association(
        "subscriptions",
        "contacts",
        "subscription_contact",
        "subscription",
        "contact",
        optional=True,
    ),
)
