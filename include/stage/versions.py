"""Version and current tables: typed records in, one row per instant, the latest one on top."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.field import Field, FieldType
from include.tables.raw import set_aside_record
from include.tables.source_object import SourceObject
from include.tables.stage import COLUMN_OF_TYPE, CURRENT, VERSION, record_merge

# The records whose versions may change through the batch being loaded.
TOUCHED = sa.Table(
    "touched_record",
    sa.MetaData(),
    sa.Column("record_id", sa.Text, primary_key=True),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)


def record_fields(source: SourceObject) -> tuple[Field, ...]:
    """Everything read of a landed record: key, fields, and what says when and whether it is gone."""
    told: tuple[tuple[str | None, str, FieldType], ...] = (
        (source.cursor, "modified_at", "timestamp"),
        ("archivedAt", "archived_at", "timestamp"),
        (source.deleted, "is_deleted", "boolean"),
        (source.merged_into, "merged_into_id", "text"),
        ("_tombstone", "is_tombstone", "boolean"),
    )
    return (
        Field(source.key, source.key_column, "text", ""),
        *source.fields,
        *(Field(path, column, type_, "") for path, column, type_ in told if path),
    )


@cache
def landed_table(source: SourceObject) -> sa.Table:
    """A temporary table of canonical text, one row per landed record."""
    return sa.Table(
        "landed_record",
        sa.MetaData(),
        sa.Column("row_number", sa.BigInteger),
        *(sa.Column(field.column, sa.Text) for field in record_fields(source)),
        sa.Column("custom_fields", sa.Text),
        prefixes=["temporary"],
        postgresql_on_commit="DROP",
    )


def typed_records(
    source: SourceObject, landed: sa.Table, batch_id: str, extracted_at: datetime
) -> sa.Subquery:
    """One row per record let in: the version table's columns, and `is_tombstone`."""

    def told(column: str, type_: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
        return sa.cast(landed.c[column] if column in landed.c else sa.null(), type_)

    read_at = sa.cast(sa.literal(extracted_at), sa.DateTime(timezone=True))
    is_deleted = sa.func.coalesce(told("is_deleted", sa.Boolean()), sa.false())
    # Archiving in HubSpot does not move the cursor.
    archived_at = sa.case((is_deleted, told("archived_at", sa.DateTime(timezone=True))))
    modified_at = sa.func.greatest(told("modified_at", sa.DateTime(timezone=True)), archived_at)
    is_set_aside = sa.exists().where(
        set_aside_record.c.batch_id == batch_id,
        set_aside_record.c.row_number == landed.c.row_number,
    )
    return (
        sa.select(
            landed.c[source.key_column],
            *(
                sa.cast(landed.c[field.column], COLUMN_OF_TYPE[field.type]).label(field.column)
                for field in source.fields
            ),
            sa.func.coalesce(modified_at, read_at).label("modified_at"),
            sa.cast(landed.c.custom_fields, postgresql.JSONB).label("custom_fields"),
            is_deleted.label("is_deleted"),
            told("merged_into_id", sa.Text()).label("merged_into_id"),
            read_at.label("extracted_at"),
            sa.cast(sa.literal(batch_id), sa.Text).label("batch_id"),
            _row_hash(source, landed).label("row_hash"),
            sa.func.coalesce(told("is_tombstone", sa.Boolean()), sa.false()).label("is_tombstone"),
        )
        .where(~is_set_aside)
        .subquery("record")
    )


def _row_hash(source: SourceObject, landed: sa.Table) -> sa.ColumnElement[str]:
    """Hash of the values by name, NULLs left out: a column added later changes no hash."""
    names = [*(field.column for field in source.fields), "custom_fields"]
    values = (sa.literal_column(f"'{name}='").concat(landed.c[name]) for name in names)
    return sa.func.md5(sa.func.concat_ws(sa.literal_column("chr(31)"), *values))


def touched(
    connection: sa.Connection, source: SourceObject, record: sa.Subquery, batch_id: str
) -> sa.Table:
    """Fill the temporary table of the records whose versions may change through this batch."""
    TOUCHED.create(connection)
    current = CURRENT[source.id]
    ids = [
        sa.select(record.c[source.key_column]),
        sa.select(record_merge.c.record_id).where(
            record_merge.c.crm == source.crm,
            record_merge.c.object_name == source.table,
            record_merge.c.batch_id == batch_id,
        ),
    ]
    if source.reader == "association":
        parent = column_of(source, "from")
        ids.append(
            sa.select(current.c[source.key_column]).where(
                current.c[parent].in_(sa.select(record.c[parent]))
            )
        )
    if source.mode == "full":
        ids.append(sa.select(current.c[source.key_column]))
    connection.execute(TOUCHED.insert().from_select(["record_id"], sa.union(*ids)))
    connection.exec_driver_sql(f"analyze {TOUCHED.name}")
    return TOUCHED


def column_of(source: SourceObject, path: str) -> str:
    """The column of the field at a record path."""
    return next(field.column for field in source.fields if field.source == path)


def forget_inferred(
    connection: sa.Connection, source: SourceObject, touched_record: sa.Table
) -> None:
    """Delete the inferred versions of the touched records; they are worked out anew."""
    version = VERSION[source.id]
    connection.execute(
        version.delete().where(
            version.c.is_inferred,
            version.c[source.key_column].in_(sa.select(touched_record.c.record_id)),
        )
    )


def insert_versions(connection: sa.Connection, source: SourceObject, record: sa.Subquery) -> None:
    """One row per record and instant of modification: of two readings the later one.

    Readings of one instant are ranked by what does not depend on the order of loading.
    """
    version = VERSION[source.id]
    key = version.c[source.key_column].name
    columns = [column.name for column in version.c if column.name != "is_inferred"]
    read = (
        sa.select(*(record.c[name] for name in columns))
        .where(~record.c.is_tombstone)
        .ext(postgresql.distinct_on(record.c[key], record.c.modified_at))
        .order_by(
            record.c[key],
            record.c.modified_at,
            record.c.row_hash.desc(),
            record.c.is_deleted.desc(),
            record.c.merged_into_id.desc().nulls_last(),
        )
    )
    insert = postgresql.insert(version).from_select(columns, read)
    rank = ("extracted_at", "row_hash", "batch_id")
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[key, "modified_at"],
            set_={name: insert.excluded[name] for name in columns},
            where=sa.tuple_(*(insert.excluded[name] for name in rank))
            > sa.tuple_(*(version.c[name] for name in rank)),
        )
    )


def refresh_current(
    connection: sa.Connection, source: SourceObject, touched_record: sa.Table
) -> None:
    """One row per record: its version that is latest by (modified_at, extracted_at, row_hash)."""
    version, current = VERSION[source.id], CURRENT[source.id]
    key = version.c[source.key_column]
    columns = [column.name for column in current.c]
    latest = (
        sa.select(*(version.c[name] for name in columns))
        .where(key.in_(sa.select(touched_record.c.record_id)))
        .ext(postgresql.distinct_on(key))
        .order_by(
            key,
            version.c.modified_at.desc(),
            version.c.extracted_at.desc(),
            version.c.row_hash.desc(),
        )
    )
    insert = postgresql.insert(current).from_select(columns, latest)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[key.name],
            set_={name: insert.excluded[name] for name in columns},
        )
    )
