"""How Salesforce objects and fields are written down in this package.

API names and types after the Summer '26 describe (API v67); what an org does not have is left out
at run time by intersecting with its own describe.
"""

from __future__ import annotations

from include.core.field import Field, FieldType, Severity
from include.tables.source_object import SourceObject

CREATED = Field(
    "CreatedDate", "created_at", "timestamp", "When the record was created.", required=True
)
OWNER = Field(
    "OwnerId", "owner_user_id", "text", "The user (or queue) who owns the record.", required=True
)
CURRENCY = Field(
    "CurrencyIsoCode",
    "currency_code",
    "text",
    "ISO 4217 code of the record's amounts; NULL in an org with one currency.",
)
CREATOR = Field(
    "CreatedById",
    "created_by_user_id",
    "text",
    "Who created the record.",
    references="user",
    severity="warning",
)


def reference(source: str, column: str, to: str, comment: str) -> Field:
    """An id of another object; a missing parent is counted, and does not set the record aside."""
    return Field(source, column, "text", comment, references=to, severity="warning")


def text(source: str, column: str, comment: str, *, required: bool = False) -> Field:
    """A text value."""
    return Field(source, column, "text", comment, required=required)


def choice(source: str, column: str, comment: str, *values: str) -> Field:
    """A text that is one of a few; another one is counted, as new ones appear with new releases."""
    return Field(source, column, "text", comment, values=values, severity="warning")


def typed(
    source: str,
    column: str,
    type_: FieldType,
    comment: str,
    *,
    required: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    severity: Severity = "critical",
) -> Field:
    """A value of another type; `warning` where an odd one is no reason to lose the record."""
    return Field(
        source,
        column,
        type_,
        comment,
        required=required,
        minimum=minimum,
        maximum=maximum,
        severity=severity,
    )


def last_day(column: str, comment: str) -> Field:
    """The day something ends. One centuries away, as people write of what has no end, is left out: it
    then has none.
    """
    return typed("EndDate", column, "date", comment, severity="warning")


def salesforce_object(
    name: str,
    table: str,
    comment: str,
    *fields: Field,
    cursor: str | None = "SystemModstamp",
    mode: str = "incremental",
    deleted: str | None = "IsDeleted",
    merged_into: str | None = None,
    optional: bool = False,
    is_log: bool = False,
) -> SourceObject:
    """A SOQL object whose key is Id."""
    return SourceObject(
        crm="salesforce",
        name=name,
        table=table,
        reader="query",
        key="Id",
        cursor=cursor,
        mode="full" if mode == "full" else "incremental",
        fields=fields,
        comment=comment,
        deleted=deleted,
        merged_into=merged_into,
        optional=optional,
        is_log=is_log,
    )
