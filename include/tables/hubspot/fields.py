"""How HubSpot objects and properties are written down in this package.

Property names after HubSpot's own documentation; what a portal does not have is left out at run
time by intersecting with its properties API.
"""

from __future__ import annotations

from include.core.field import Field, FieldType, Severity
from include.tables.source_object import Reader, SourceObject


def property_(
    name: str,
    column: str,
    type_: FieldType,
    comment: str,
    *,
    required: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    references: str | None = None,
    severity: Severity = "critical",
) -> Field:
    """A property of a CRM object, all of which arrive as text.

    `warning` where an odd value is no reason to lose the record, as for every reference.
    """
    return Field(
        f"properties.{name}",
        column,
        type_,
        comment,
        required=required,
        minimum=minimum,
        maximum=maximum,
        references=references,
        severity="warning" if references else severity,
    )


CREATED = Field(
    "createdAt", "created_at", "timestamp", "When the record was created.", required=True
)
OWNER = property_("hubspot_owner_id", "owner_id", "text", "The owner.", references="owner")
MERGED = property_(
    "hs_merged_object_ids",
    "merged_object_ids",
    "text",
    "Ids of the records merged into this one, separated by semicolons.",
)
CREATOR = property_(
    "hs_created_by_user_id", "created_by_user_id", "text", "Settings user who created the record."
)
OBJECT_SOURCE = property_(
    "hs_object_source",
    "object_source",
    "text",
    "What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.",
)


def choice(source: str, column: str, comment: str, *values: str) -> Field:
    """A text that is one of a few; another one is counted, as new ones appear with new releases."""
    return Field(source, column, "text", comment, values=values, severity="warning")


def crm_object(
    name: str,
    table: str,
    comment: str,
    *fields: Field,
    cursor: str = "hs_lastmodifieddate",
    optional: bool = False,
    mode: str = "incremental",
) -> SourceObject:
    """An object of the CRM objects API."""
    return SourceObject(
        crm="hubspot",
        name=name,
        table=table,
        reader="crm_object",
        key="id",
        cursor="updatedAt",
        search_cursor=cursor,
        mode="full" if mode == "full" else "incremental",
        fields=(*fields, CREATED),
        comment=comment,
        deleted="archived",
        optional=optional,
    )


def association(
    from_object: str,
    to_object: str,
    table: str,
    from_stem: str,
    to_stem: str,
    *,
    optional: bool = False,
) -> SourceObject:
    """The links from one object to another.

    One record per pair, and one with an empty `to` per parent read, so that a link taken away is
    seen: a pair is current only when it was read as late as its parent's latest marker.
    """
    return SourceObject(
        crm="hubspot",
        name=f"{from_object}/{to_object}",
        table=table,
        reader="association",
        key="id",
        cursor=None,
        mode="incremental",
        from_object=from_object,
        to_object=to_object,
        optional=optional,
        comment=f"One row per link from a {from_stem} to a {to_stem}, and one marker per {from_stem} read.",
        fields=(
            Field(
                "from",
                f"{from_stem}_id",
                "text",
                f"The {from_stem}.",
                required=True,
                references=from_stem,
                severity="warning",
            ),
            Field(
                "to",
                f"{to_stem}_id",
                "text",
                f"The {to_stem}; NULL on the marker row.",
                references=to_stem,
                severity="warning",
            ),
            Field("is_primary", "is_primary", "boolean", "Labelled primary in HubSpot."),
        ),
    )


def listing(
    name: str,
    table: str,
    reader: Reader,
    comment: str,
    *fields: Field,
    key: str = "id",
    cursor: str | None = "updatedAt",
    deleted: str | None = "archived",
    optional: bool = False,
    mode: str = "full",
    is_log: bool = False,
) -> SourceObject:
    """An endpoint of its own, outside the CRM objects API."""
    return SourceObject(
        crm="hubspot",
        name=name,
        table=table,
        reader=reader,
        key=key,
        cursor=cursor,
        mode="incremental" if mode == "incremental" else "full",
        fields=fields,
        comment=comment,
        deleted=deleted,
        optional=optional,
        is_log=is_log,
    )
