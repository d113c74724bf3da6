"""What brought people to us."""

from __future__ import annotations

from include.core.field import Field
from include.tables.hubspot.fields import listing, property_
from include.tables.source_object import SourceObject

MARKETING_OBJECTS: tuple[SourceObject, ...] = (
    listing(
        "campaigns",
        "campaign",
        "campaigns",
        "One row per marketing campaign.",
        Field("properties.hs_name", "campaign_name", "text", "Name of the campaign."),
        Field("properties.hs_start_date", "start_date", "date", "First day."),
        property_("hs_end_date", "end_date", "date", "Last day.", severity="warning"),
        Field("properties.hs_campaign_status", "campaign_status", "text", "Status."),
        Field("properties.hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        Field(
            "properties.hs_budget_items_sum_amount", "budget_amount_original", "money", "Budget."
        ),
        Field(
            "properties.hs_spend_items_sum_amount",
            "spend_amount_original",
            "money",
            "Spend so far.",
        ),
        Field("properties.hs_utm", "utm_campaign", "text", "UTM value."),
        Field("createdAt", "created_at", "timestamp", "When it was created."),
        deleted=None,
        optional=True,
    ),
)
