"""HubSpot's own history of single properties, as far back as it keeps it.

The APIs give records as they stand; what they were before the first reading stands here. HubSpot
keeps at least the latest 20 values of a property, so the oldest entries of a restless property go
from its answers while we keep them: that an entry is absent from a later reading means nothing.
"""

from __future__ import annotations

from include.core.field import Field
from include.tables.source_object import SourceObject


def history(name: str, table: str, stem: str, *properties: str) -> SourceObject:
    """The values some properties of an object took.

    An entry never changes, and its own instant is its cursor. So it has one version, in whatever
    order readings come, and reading it again changes nothing.
    """
    return SourceObject(
        crm="hubspot",
        name=f"{name}/history",
        table=table,
        reader="history",
        key="id",
        cursor="timestamp",
        mode="incremental",
        from_object=name,
        comment=f"One row per {stem}, property and instant at which it took a value.",
        fields=(
            Field(
                "from",
                f"{stem}_id",
                "text",
                f"The {stem}.",
                required=True,
                references=stem,
                severity="warning",
            ),
            # These are also what is asked for: see `history_properties`.
            Field(
                "property",
                "property_name",
                "text",
                "Internal name of the property.",
                required=True,
                values=properties,
            ),
            Field("value", "property_value", "text", "The value it took; NULL when cleared."),
            Field("timestamp", "changed_at", "timestamp", "When.", required=True),
            Field(
                "later_count",
                "later_count",
                "integer",
                "Values it took after this one at the same instant; 0 for the one that stood.",
                required=True,
            ),
            Field("sourceType", "source_type", "text", "What changed it: CRM_UI, API, IMPORT."),
            Field("updatedByUserId", "hubspot_user_id", "text", "Settings user who changed it."),
        ),
        optional=stem == "ticket",
        is_log=True,
    )


def history_properties(source: SourceObject) -> tuple[str, ...]:
    """Internal names of the properties whose history an object of this kind holds."""
    return next(field.values for field in source.fields if field.source == "property")


HISTORY_OBJECTS: tuple[SourceObject, ...] = (
    history(
        "deals",
        "deal_history",
        "deal",
        "dealstage",
        "pipeline",
        "amount",
        "closedate",
        "hubspot_owner_id",
        "deal_currency_code",
    ),
    history(
        "contacts",
        "contact_history",
        "contact",
        "lifecyclestage",
        "hs_lead_status",
        "hs_analytics_source",
    ),
    history("tickets", "ticket_history", "ticket", "hs_pipeline_stage"),
)
