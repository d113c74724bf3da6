"""Staging: per object a typed current table and every version seen; one customer across both CRMs."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.field import Field, FieldType
from include.tables.base import count, flag, instant, metadata, number, text
from include.tables.objects import SOURCE_OBJECTS
from include.tables.source_object import SourceObject

COLUMN_OF_TYPE: dict[FieldType, sa.types.TypeEngine] = {
    "text": sa.Text(),
    "integer": sa.BigInteger(),
    "decimal": sa.Numeric(28, 10),
    "money": sa.Numeric(24, 6),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "timestamp": sa.DateTime(timezone=True),
}


def field_column(field: Field) -> sa.Column:
    """The typed column of a field."""
    return sa.Column(field.column, COLUMN_OF_TYPE[field.type], comment=field.comment)


def bookkeeping_columns() -> list[sa.Column]:
    """Columns every staged row carries beside its fields."""
    return [
        sa.Column(
            "custom_fields",
            postgresql.JSONB,
            comment="Configured custom fields, as text by API name.",
        ),
        flag(
            "is_deleted",
            "Deleted or archived in the CRM, or gone from a full reading.",
            nullable=False,
            server_default=sa.false(),
        ),
        text("merged_into_id", "Id of the surviving record, when this one was merged."),
        instant(
            "extracted_at", "When the batch was read that last held these values.", nullable=False
        ),
        text("batch_id", "That batch.", nullable=False),
        text(
            "row_hash",
            "Hash of the typed values, to see whether a version differs.",
            nullable=False,
        ),
    ]


def current_table(source: SourceObject) -> sa.Table:
    """One row per record: its latest version by (modified_at, extracted_at)."""
    table = sa.Table(
        source.stage_table,
        metadata,
        text(source.key_column, "Id as the CRM issued it.", primary_key=True),
        *(field_column(field) for field in source.fields),
        instant(
            "modified_at",
            "The record's cursor; when read, for objects without one.",
            nullable=False,
        ),
        *bookkeeping_columns(),
        schema="stage",
        comment=f"{source.comment} Latest version, typed, deleted ones flagged.",
    )
    for field in source.fields:
        if field.references or field.column in {"email", "domain"}:
            sa.Index(f"ix_{source.stage_table}_{field.column}", table.c[field.column])
    return table


def version_table(source: SourceObject) -> sa.Table:
    """One row per record and instant from which its values were others, as far as ever read."""
    return sa.Table(
        f"{source.stage_table}_version",
        metadata,
        text(source.key_column, "Id as the CRM issued it.", primary_key=True),
        *(field_column(field) for field in source.fields),
        instant(
            "modified_at",
            "From when these values hold: the record's cursor, or when they were first read, where "
            "another reading of that cursor had others.",
            primary_key=True,
        ),
        *bookkeeping_columns(),
        flag(
            "is_inferred",
            "Worked out from other versions: a deletion the CRM told us of by a tombstone, a merge or "
            "an absence, or values that came back while the cursor stood still.",
            nullable=False,
            server_default=sa.false(),
        ),
        instant("cursor_at", "The record's cursor as read; when read, for objects without one."),
        instant("told_at", "From when the CRM says it is so: the cursor, or when it was archived."),
        instant("first_extracted_at", "When the batch was read that first held these values."),
        text("reading_hash", "Hash of what was read, to know the same reading again."),
        schema="stage",
        comment=f"{source.comment} Every version read, typed.",
    )


CURRENT: dict[str, sa.Table] = {source.id: current_table(source) for source in SOURCE_OBJECTS}
VERSION: dict[str, sa.Table] = {source.id: version_table(source) for source in SOURCE_OBJECTS}

record_tombstone = sa.Table(
    "record_tombstone",
    metadata,
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("object_name", "Table stem of the object, such as opportunity.", primary_key=True),
    text("record_id", "The record.", primary_key=True),
    instant("deleted_at", "When it was deleted.", primary_key=True),
    instant("extracted_at", "When the batch was read that last said so.", nullable=False),
    text("batch_id", "That batch.", nullable=False),
    schema="stage",
    comment="One row per record and deletion of which the CRM gave the id and the instant only.",
)

record_merge = sa.Table(
    "record_merge",
    metadata,
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("object_name", "Table stem of the object, such as company.", primary_key=True),
    text("record_id", "The record that went.", primary_key=True),
    text("merged_into_id", "The record that names it as merged into itself.", primary_key=True),
    instant("merged_at", "When: as told, or the first version that names it.", nullable=False),
    instant("extracted_at", "When the batch was read that said so.", nullable=False),
    text("batch_id", "That batch.", nullable=False),
    schema="stage",
    comment="One row per record and survivor that names it, in CRMs that tell merges on the survivor.",
)

customer = sa.Table(
    "customer",
    metadata,
    text("customer_id", "The member that stands for the company, crm:id.", primary_key=True),
    text("customer_name", "Name, from the system of record."),
    text("domain", "Registrable domain."),
    text("country", "Country as typed in."),
    text("industry", "Industry."),
    count("employee_count", "Number of employees."),
    text("segment", "By number of employees: small, medium, large, unknown."),
    text("salesforce_account_id", "The account that survives in Salesforce."),
    text("hubspot_company_id", "The company that survives in HubSpot."),
    instant("created_at", "Earliest creation over its members.", nullable=False),
    flag("is_deleted", "Every member is deleted.", nullable=False),
    schema="stage",
    comment="One row per company, whichever CRM holds it.",
)

customer_member = sa.Table(
    "customer_member",
    metadata,
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("record_id", "Account or company id.", primary_key=True),
    text("customer_id", "The customer it belongs to.", nullable=False, index=True),
    text("rule", "What ties it: itself, merge, sync_id, email, domain.", nullable=False),
    number("confidence_rate", "Confidence of that rule, 0 to 1.", nullable=False),
    schema="stage",
    comment="One row per account or company, with the customer it belongs to and why.",
)

customer_match = sa.Table(
    "customer_match",
    metadata,
    text("left_crm", "CRM of the first record.", primary_key=True),
    text("left_record_id", "The first record.", primary_key=True),
    text("right_crm", "CRM of the second record.", primary_key=True),
    text("right_record_id", "The second record.", primary_key=True),
    text("rule", "merge, sync_id, email, domain, name.", primary_key=True),
    number("confidence_rate", "0 to 1; below 0.9 is for review, and ties nothing.", nullable=False),
    text("evidence", "The value they share."),
    flag("is_used", "Joined the two records.", nullable=False),
    schema="stage",
    comment="One row per piece of evidence that two records are one company.",
)

person = sa.Table(
    "person",
    metadata,
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("record_type", "lead or contact.", primary_key=True),
    text("record_id", "Lead or contact id.", primary_key=True),
    text(
        "person_id",
        "The record that stands for the person, crm:type:id.",
        nullable=False,
        index=True,
    ),
    text("email", "Mail address, lower case, trimmed."),
    text("customer_id", "The company, where known."),
    text("rule", "What ties it: itself, merge, conversion, sync_id, email.", nullable=False),
    schema="stage",
    comment="One row per lead or contact, with the person it is about.",
)

user = sa.Table(
    "user",
    metadata,
    text("user_id", "The record that stands for the user, crm:id.", primary_key=True),
    text("user_name", "Full name."),
    text("email", "Mail address, lower case."),
    text("salesforce_user_id", "The Salesforce user."),
    text("hubspot_owner_id", "The HubSpot owner."),
    text("hubspot_user_id", "The HubSpot settings user."),
    text("role_id", "The Salesforce role."),
    text("role_name", "Name of the role; (no role) where there is none.", nullable=False),
    text("team_name", "HubSpot team."),
    text("manager_user_id", "The manager, as one of these users."),
    flag("is_active", "May log in.", nullable=False),
    flag("is_human", "An employee: not an integration, portal or system user.", nullable=False),
    instant("created_at", "When the user was created."),
    schema="stage",
    comment="One row per user of either CRM; one person with the same mail address is one user.",
)
