"""Records that are gone though no version of theirs says so.

A tombstone names the id and the instant; a survivor names the records merged into it; a later reading
of a parent lacks the link. (What a full reading lacks is in `absences`.) Each becomes an inferred
version, deleted, with the values of the version before it. All of it follows from the set of loaded
batches alone, so that their order does not matter.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.stage.readings import column_of
from include.tables.raw import set_aside_record
from include.tables.source_object import SourceObject
from include.tables.stage import VERSION, record_merge, record_tombstone

INSTANT_LATER = sa.literal(timedelta(microseconds=1))

_NEVER = sa.cast(sa.null(), sa.DateTime(timezone=True)).label("told_gone_at")
# Columns whose text names merged records: ids, or id:milliseconds, separated by semicolons.
MERGE_COLUMNS = ("merged_object_ids", "merged_contact_ids")


def add_tombstones(connection: sa.Connection, source: SourceObject, record: sa.Table) -> None:
    """One row of record_tombstone per record and deletion the batch tells of."""
    table = record_tombstone
    told = (
        sa.select(
            sa.literal(source.crm),
            sa.literal(source.table),
            record.c[source.key_column],
            record.c.told_at,
            record.c.extracted_at,
            record.c.batch_id,
        )
        .where(record.c.is_tombstone)
        .ext(postgresql.distinct_on(record.c[source.key_column], record.c.told_at))
        .order_by(record.c[source.key_column], record.c.told_at)
    )
    _keep(connection, table, told, ("extracted_at", "batch_id"), is_last=True)


def add_merges(connection: sa.Connection, source: SourceObject, record: sa.Table) -> None:
    """One row of record_merge per record and survivor that names it in the batch."""
    named = [
        sa.select(
            record.c[source.key_column].label("merged_into_id"),
            record.c.told_at,
            record.c.extracted_at,
            record.c.batch_id,
            sa.func.regexp_split_to_table(record.c[column], ";").label("item"),
        )
        for column in MERGE_COLUMNS
        if column in record.c
    ]
    if not named:
        return
    name = sa.union_all(*named).subquery("name")
    record_id = sa.func.btrim(sa.func.split_part(name.c.item, ":", 1))
    milliseconds = sa.func.btrim(sa.func.split_part(name.c.item, ":", 2))
    merged_at = sa.case(
        (
            milliseconds.regexp_match(r"^\d{9,14}$"),
            sa.func.to_timestamp(sa.cast(milliseconds, sa.Double) / sa.literal_column("1000.0")),
        ),
        else_=name.c.told_at,
    )
    told = (
        sa.select(
            sa.literal(source.crm),
            sa.literal(source.table),
            record_id,
            name.c.merged_into_id,
            merged_at,
            name.c.extracted_at,
            name.c.batch_id,
        )
        .where(record_id != "", record_id != name.c.merged_into_id)
        .ext(postgresql.distinct_on(record_id, name.c.merged_into_id))
        .order_by(record_id, name.c.merged_into_id, merged_at)
    )
    rank = ("merged_at", "extracted_at", "batch_id")
    _keep(connection, record_merge, told, rank, is_last=False)


def _keep(
    connection: sa.Connection,
    table: sa.Table,
    told: sa.Select[Any],
    rank: tuple[str, ...],
    is_last: bool,
) -> None:
    """Insert marks; of two with one key keep the one that ranks last, or first."""
    insert = postgresql.insert(table).from_select([column.name for column in table.c], told)
    new = sa.tuple_(*(insert.excluded[name] for name in rank))
    old = sa.tuple_(*(table.c[name] for name in rank))
    connection.execute(
        insert.on_conflict_do_update(
            constraint=table.primary_key,
            set_={name: insert.excluded[name] for name in rank},
            where=new > old if is_last else new < old,
        )
    )


def infer_marked(connection: sa.Connection, source: SourceObject, touched: sa.Table) -> None:
    """Deleted versions from the marks of the touched records.

    A tombstone deletes what was there at its instant, and what the CRM showed under no later cursor
    before it told of the deletion: to bring a record back moves the cursor, and a deletion may be told
    late, or of a second in which a formula changed. Any other later version means the record was
    brought back. A merge cannot be taken back in a CRM that tells it on the survivor, so it deletes
    every later version too.
    """
    tombstones = _marks_of(record_tombstone, source, touched)
    merges = _marks_of(record_merge, source, touched)
    marks = sa.union_all(
        sa.select(
            tombstones.c.record_id,
            tombstones.c.deleted_at.label("removed_at"),
            sa.cast(sa.null(), sa.Text).label("merged_into_id"),
            tombstones.c.extracted_at,
            tombstones.c.batch_id,
            tombstones.c.extracted_at.label("told_gone_at"),
        ),
        sa.select(
            merges.c.record_id,
            merges.c.merged_at,
            merges.c.merged_into_id,
            merges.c.extracted_at,
            merges.c.batch_id,
            _NEVER,
        ),
        _versions_after(source, merges),
    ).subquery("mark")
    before = _latest_before(source, marks)
    # A version that begins at that very instant was there before it.
    removed_at = sa.func.greatest(marks.c.removed_at, before.c.modified_at + INSTANT_LATER)
    chosen = (
        inferred(source, before, marks, removed_at, marks.c.merged_into_id)
        .select_from(marks.join(before, sa.true()))
        .ext(postgresql.distinct_on(marks.c.record_id, removed_at))
        .order_by(
            marks.c.record_id,
            removed_at,
            marks.c.merged_into_id.desc().nulls_last(),
            marks.c.batch_id,
        )
    )
    insert_inferred(connection, source, chosen)


def _versions_after(source: SourceObject, merges: sa.Subquery) -> sa.Select[Any]:
    """A mark for each version that begins after its record was merged: into the latest survivor."""
    version = VERSION[source.id]
    key = version.c[source.key_column]
    return (
        sa.select(
            merges.c.record_id,
            version.c.modified_at,
            merges.c.merged_into_id,
            merges.c.extracted_at,
            merges.c.batch_id,
            _NEVER,
        )
        .select_from(
            merges.join(
                version,
                sa.and_(key == merges.c.record_id, version.c.modified_at > merges.c.merged_at),
            )
        )
        .ext(postgresql.distinct_on(merges.c.record_id, version.c.modified_at))
        .order_by(
            merges.c.record_id,
            version.c.modified_at,
            merges.c.merged_at.desc(),
            merges.c.merged_into_id.desc(),
        )
        .subquery("after")
        .select()
    )


def infer_unlinked(connection: sa.Connection, source: SourceObject, touched: sa.Table) -> None:
    """Deleted versions of links that the next reading of their parent lacks.

    Every reading of a parent leaves a marker row `<from>:*`, read at the instant of its links.
    """
    version = VERSION[source.id]
    key_name = source.key_column
    pair, read = version.alias("pair"), version.alias("read")
    parent, child = column_of(source, "from"), column_of(source, "to")
    was_set_aside = (
        sa.exists()
        .where(
            set_aside_record.c.batch_id == read.c.batch_id,
            set_aside_record.c.record_id == pair.c[key_name],
        )
        .correlate(read, pair)
    )
    next_read = (
        sa.select(read.c.modified_at, read.c.extracted_at, read.c.batch_id)
        .where(
            read.c[key_name] == pair.c[parent].concat(":*"),
            ~read.c.is_inferred,
            read.c.modified_at > pair.c.modified_at,
            ~was_set_aside,
        )
        .order_by(read.c.modified_at)
        .limit(1)
        .lateral("next_read")
    )
    chosen = (
        inferred(source, pair, next_read, next_read.c.modified_at, pair.c.merged_into_id)
        .select_from(pair.join(next_read, sa.true()))
        .where(
            pair.c[key_name].in_(sa.select(touched.c.record_id)),
            pair.c[child].is_not(None),
            ~pair.c.is_inferred,
        )
        .ext(postgresql.distinct_on(pair.c[key_name], next_read.c.modified_at))
        .order_by(pair.c[key_name], next_read.c.modified_at, pair.c.modified_at.desc())
    )
    insert_inferred(connection, source, chosen)


def _marks_of(table: sa.Table, source: SourceObject, touched: sa.Table) -> sa.Subquery:
    """The marks of the touched records of this object."""
    return (
        sa.select(table)
        .where(
            table.c.crm == source.crm,
            table.c.object_name == source.table,
            table.c.record_id.in_(sa.select(touched.c.record_id)),
        )
        .subquery()
    )


def _latest_before(source: SourceObject, mark: sa.Subquery) -> sa.FromClause:
    """The latest version of a record, read or come back, that a mark removes."""
    version = VERSION[source.id]
    was_shown = sa.and_(
        version.c.cursor_at <= mark.c.removed_at, version.c.extracted_at <= mark.c.told_gone_at
    )
    return (
        sa.select(version)
        .where(
            version.c[source.key_column] == mark.c.record_id,
            sa.or_(version.c.modified_at <= mark.c.removed_at, was_shown),
        )
        .order_by(version.c.modified_at.desc())
        .limit(1)
        .lateral("before")
    )


def inferred(
    source: SourceObject,
    before: sa.FromClause,
    told: sa.FromClause,
    removed_at: sa.ColumnElement[Any],
    merged_into_id: sa.ColumnElement[Any],
) -> sa.Select[Any]:
    """The version before, deleted from an instant on, as the batch in `told` lets us know."""
    replaced = {
        "modified_at": removed_at,
        "is_deleted": sa.true(),
        "merged_into_id": merged_into_id,
        "extracted_at": told.c.extracted_at,
        "batch_id": told.c.batch_id,
        "is_inferred": sa.true(),
    }
    return sa.select(
        *(
            replaced[column.name].label(column.name)
            if column.name in replaced
            else before.c[column.name]
            for column in VERSION[source.id].c
        )
    )


def insert_inferred(
    connection: sa.Connection, source: SourceObject, chosen: sa.Select[Any]
) -> None:
    """Insert inferred versions; a version that was read of the same instant stays."""
    version = VERSION[source.id]
    insert = postgresql.insert(version).from_select([column.name for column in version.c], chosen)
    connection.execute(insert.on_conflict_do_nothing())
