"""What a batch says of each record, typed: the temporary table the rest of loading works on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.batch import Manifest, read_frames
from include.core.canonical import STRING, canonical_frame, canonical_series, custom_fields_text
from include.core.field import Field, FieldType
from include.core.warehouse import copy_frames
from include.tables.raw import set_aside_record
from include.tables.source_object import SourceObject
from include.tables.stage import COLUMN_OF_TYPE, VERSION

# What of a version does not come from one reading.
DERIVED = ("modified_at", "is_inferred")
_INSTANT = sa.DateTime(timezone=True)


def read_batch(
    connection: sa.Connection,
    source: SourceObject,
    batch_folder: Path,
    manifest: Manifest,
    extracted_at: datetime,
) -> tuple[sa.Table, int]:
    """One row per record and reading of it in the batch, and how many records were let in.

    Records that validation set aside are left out. The columns are those of the version table, and
    `is_tombstone`. A record that comes twice with the same values is one row, and counts twice.
    """
    landed = _landed_table(source)
    landed.create(connection)
    columns = [column.name for column in landed.c]
    frames = _frames(source, batch_folder, manifest)
    copy_frames(connection, landed.name, columns, frames)
    connection.exec_driver_sql(f"analyze {landed.name}")
    reading = _reading_table(source)
    reading.create(connection)
    typed = _typed(source, landed, manifest, extracted_at)
    names = [column.name for column in reading.c]
    key = typed.c[source.key_column]
    connection.execute(
        reading.insert().from_select(
            names,
            sa.select(*(typed.c[name] for name in names))
            .ext(postgresql.distinct_on(key, typed.c.cursor_at, typed.c.reading_hash))
            .order_by(key, typed.c.cursor_at, typed.c.reading_hash),
        )
    )
    connection.exec_driver_sql(f"analyze {reading.name}")
    loaded_count = connection.scalar(
        sa.select(sa.func.count())
        .select_from(landed)
        .where(~_is_set_aside(landed, manifest.batch_id))
    )
    return reading, int(loaded_count or 0)


def record_fields(source: SourceObject) -> tuple[Field, ...]:
    """Everything read of a landed record: key, fields, and what says when and whether it is gone."""
    told: tuple[tuple[str | None, str, FieldType], ...] = (
        (source.cursor, "cursor_at", "timestamp"),
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


def column_of(source: SourceObject, path: str) -> str:
    """The column of the field at a record path."""
    return next(field.column for field in source.fields if field.source == path)


def row_hash(source: SourceObject, row: sa.FromClause) -> sa.ColumnElement[str]:
    """Hash of a row's typed values by name, NULLs left out: a column added later changes no hash."""
    names = [*(field.column for field in source.fields), "custom_fields"]
    values = (
        sa.literal_column(f"'{name}='").concat(sa.cast(row.c[name], sa.Text)) for name in names
    )
    return sa.func.md5(sa.func.concat_ws(sa.literal_column("chr(31)"), *values))


def in_order(row: sa.FromClause) -> tuple[sa.ColumnElement[Any], ...]:
    """The order of different readings of one cursor: as first read; of those read at once, what the
    CRM tells from later on, the deleted ones, and in the end anything that is the same each time.
    """
    return (row.c.first_extracted_at, row.c.told_at, row.c.is_deleted, row.c.reading_hash)


@cache
def _landed_table(source: SourceObject) -> sa.Table:
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


@cache
def _reading_table(source: SourceObject) -> sa.Table:
    """A temporary table of what a version takes from a reading."""
    version = VERSION[source.id]
    columns = [column for column in version.c if column.name not in DERIVED]
    return sa.Table(
        "record_reading",
        sa.MetaData(),
        *(sa.Column(column.name, column.type) for column in columns),
        sa.Column("is_tombstone", sa.Boolean),
        prefixes=["temporary"],
        postgresql_on_commit="DROP",
    )


def _typed(
    source: SourceObject, landed: sa.Table, manifest: Manifest, extracted_at: datetime
) -> sa.Subquery:
    """One row per record let in, typed."""

    def told(column: str, type_: sa.types.TypeEngine[Any]) -> sa.ColumnElement[Any]:
        return sa.cast(landed.c[column] if column in landed.c else sa.null(), type_)

    read_at = sa.cast(sa.literal(extracted_at), _INSTANT)
    is_deleted = sa.func.coalesce(told("is_deleted", sa.Boolean()), sa.false())
    cursor_at = sa.func.coalesce(told("cursor_at", _INSTANT), read_at)
    typed = (
        sa.select(
            landed.c[source.key_column],
            *(
                sa.cast(landed.c[field.column], COLUMN_OF_TYPE[field.type]).label(field.column)
                for field in source.fields
            ),
            sa.cast(landed.c.custom_fields, postgresql.JSONB).label("custom_fields"),
            is_deleted.label("is_deleted"),
            told("merged_into_id", sa.Text()).label("merged_into_id"),
            read_at.label("extracted_at"),
            read_at.label("first_extracted_at"),
            sa.cast(sa.literal(manifest.batch_id), sa.Text).label("batch_id"),
            cursor_at.label("cursor_at"),
            # Archiving in HubSpot does not move the cursor.
            sa.func.greatest(cursor_at, sa.case((is_deleted, told("archived_at", _INSTANT)))).label(
                "told_at"
            ),
            sa.func.coalesce(told("is_tombstone", sa.Boolean()), sa.false()).label("is_tombstone"),
        )
        .where(~_is_set_aside(landed, manifest.batch_id))
        .subquery("typed")
    )
    hashed = sa.select(*typed.c, row_hash(source, typed).label("row_hash")).subquery("hashed")
    unread = [field.column for field in source.fields if field.source not in manifest.fields]
    reading_hash = sa.func.md5(
        sa.func.concat_ws(
            sa.literal_column("chr(31)"),
            hashed.c.row_hash,
            sa.cast(hashed.c.is_deleted, sa.Text),
            sa.func.coalesce(hashed.c.merged_into_id, ""),
            sa.cast(hashed.c.told_at, sa.Text),
            sa.cast(hashed.c.is_tombstone, sa.Text),
            # Without this, a field that may not be read would look like one that is empty.
            ",".join(sorted(unread)),
        )
    )
    return sa.select(*hashed.c, reading_hash.label("reading_hash")).subquery("record")


def _is_set_aside(landed: sa.Table, batch_id: str) -> sa.Exists:
    """Validation set the landed record aside."""
    return sa.exists().where(
        set_aside_record.c.batch_id == batch_id,
        set_aside_record.c.row_number == landed.c.row_number,
    )


def _frames(source: SourceObject, batch_folder: Path, manifest: Manifest) -> Iterator[pd.DataFrame]:
    """The batch as frames of canonical text, one after the other."""
    fields = record_fields(source)
    paths = dict.fromkeys((*(field.source for field in fields), *manifest.custom_fields))
    for frame in read_frames(batch_folder, manifest, tuple(paths)):
        typed, _ = canonical_frame(frame, fields)
        typed["row_number"] = frame.index
        typed["custom_fields"] = _custom_fields(frame, manifest.custom_fields)
        yield typed


def _custom_fields(frame: pd.DataFrame, paths: tuple[str, ...]) -> pd.Series:
    """The configured custom fields as JSON; NULL where none are configured."""
    if not paths:
        return pd.Series(None, index=frame.index, dtype=STRING)
    # JSONB, like text, refuses NUL.
    texts = pd.DataFrame({path: canonical_series(frame[path], "text") for path in paths})
    return custom_fields_text(texts, paths)
