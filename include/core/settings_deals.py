"""What the CRMs tell of deals that were lost, and which losses are none: deals.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from include.core.strict import FoldedText, Strict

# HubSpot's own property for why a deal was lost, which is always read; Salesforce has none.
HUBSPOT_LOST_REASON = "closed_lost_reason"

# What Salesforce and HubSpot call the object of a deal under custom_fields.
DEAL_OBJECTS: dict[Literal["salesforce", "hubspot"], str] = {
    "salesforce": "opportunity",
    "hubspot": "deal",
}

FieldName = Annotated[str, Field(min_length=1)]


class DealFields(Strict):
    """Fields of one CRM's deals, by their API names; None where it has no such field."""

    lost_reason_field: FieldName | None = None
    competitor_field: FieldName | None = None


class HubSpotDealFields(DealFields):
    """The same of HubSpot, which has a property for the reason of its own."""

    lost_reason_field: FieldName | None = HUBSPOT_LOST_REASON


class Deals(Strict):
    """deals.yaml. Reasons are lower case; every key may be left out."""

    salesforce: DealFields = DealFields()
    hubspot: HubSpotDealFields = HubSpotDealFields()
    lost_reasons_not_counted: list[FoldedText] = Field(default_factory=list)


def deal_fields_not_read(
    deals: Deals, custom_fields: Mapping[str, Mapping[str, list[str]]]
) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with choices about deals, by the keys they stand under.

    `custom_fields` are those of sources.yaml, by CRM and object.
    """
    for crm, object_name in DEAL_OBJECTS.items():
        listed = custom_fields[crm].get(object_name, [])
        for key, name in getattr(deals, crm).model_dump().items():
            is_own = (crm, key, name) == ("hubspot", "lost_reason_field", HUBSPOT_LOST_REASON)
            if name is not None and not is_own and name not in listed:
                yield (
                    (crm, key),
                    f"{name!r} is not read. List it in sources.yaml under "
                    f"{crm}.custom_fields.{object_name}, or correct it here.",
                )
    fields = (deals.salesforce.lost_reason_field, deals.hubspot.lost_reason_field)
    if deals.lost_reasons_not_counted and fields == (None, None):
        yield (
            ("lost_reasons_not_counted",),
            "no field tells why a deal was lost. Name one as lost_reason_field, or empty this list.",
        )
