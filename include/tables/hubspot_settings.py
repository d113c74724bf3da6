"""What the HubSpot account itself says: its currency and time zone, and its exchange rates."""

from __future__ import annotations

from include.core.field import Field
from include.tables.source_object import SourceObject

SETTINGS_OBJECTS: tuple[SourceObject, ...] = (
    SourceObject(
        crm="hubspot",
        name="account-info/details",
        table="account",
        reader="account",
        key="portalId",
        cursor=None,
        mode="full",
        comment="One row, of the account itself.",
        fields=(
            Field("accountType", "account_type", "text", "STANDARD, SANDBOX and so on."),
            Field("timeZone", "time_zone", "text", "The zone its users see dates in."),
            Field(
                "companyCurrency",
                "currency_code",
                "text",
                "ISO 4217 code of amounts that name none.",
            ),
        ),
        optional=True,
    ),
    SourceObject(
        crm="hubspot",
        name="currencies/exchange-rates",
        table="exchange_rate",
        reader="exchange_rates",
        key="id",
        cursor="updatedAt",
        mode="full",
        comment="One row per pair of currencies and instant from which a rate holds.",
        fields=(
            Field("fromCurrencyCode", "from_currency_code", "text", "ISO 4217.", required=True),
            Field("toCurrencyCode", "to_currency_code", "text", "ISO 4217.", required=True),
            Field(
                "conversionRate",
                "rate",
                "decimal",
                "Units of the second currency that one unit of the first is worth.",
                required=True,
                minimum=0,
            ),
            Field("effectiveAt", "effective_at", "timestamp", "From when on.", required=True),
            Field("createdAt", "created_at", "timestamp", "When it was entered."),
        ),
        optional=True,
    ),
)
