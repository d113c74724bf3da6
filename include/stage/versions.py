"""Version and current tables: which values a record had from when, and the latest ones on top.

A record's cursor says when it last changed, but not everything that changes moves it: formulas,
calculated properties, archiving. So one cursor may be read with different values. The first read of
them hold from the cursor on, and others from when they were first read, though never beyond the next
cursor. All of that follows from when each was read first and last, so the order of loading is
nothing.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.stage.readings import DERIVED, column_of, in_order
from include.stage.unread import filled, partly_read_names, texts
from include.tables.ops import extract_window
from include.tables.source_object import SourceObject
from include.tables.stage import CURRENT, VERSION, record_merge

# Versions of one cursor are this far apart at least; what is inferred of one fits in between.
_STEP = timedelta(microseconds=2)
_HALF_STEP = timedelta(microseconds=1)


def _record_ids(name: str) -> sa.Table:
    """A temporary table of record ids."""
    return sa.Table(
        name,
        sa.MetaData(),
        sa.Column("record_id", sa.Text, primary_key=True),
        prefixes=["temporary"],
        postgresql_on_commit="DROP",
    )


# The records whose versions may change through the batch being loaded.
TOUCHED = _record_ids("touched_record")
# Those of them of which the batch holds a reading that is not known yet.
_CHANGED = _record_ids("changed_record")


@cache
def _kept_table(source: SourceObject) -> sa.Table:
    """A temporary table of the versions that are put in order anew."""
    columns = [column for column in VERSION[source.id].c if column.name not in DERIVED]
    return sa.Table(
        "kept_version",
        sa.MetaData(),
        *(sa.Column(column.name, column.type) for column in columns),
        prefixes=["temporary"],
        postgresql_on_commit="DROP",
    )


def touched(
    connection: sa.Connection,
    source: SourceObject,
    reading: sa.Table,
    batch_id: str,
    mode: str,
) -> sa.Table:
    """Fill the temporary table of the records whose versions may change through this batch."""
    TOUCHED.create(connection)
    current = CURRENT[source.id]
    ids = [
        sa.select(reading.c[source.key_column]),
        sa.select(record_merge.c.record_id).where(
            record_merge.c.crm == source.crm,
            record_merge.c.object_name == source.table,
            record_merge.c.batch_id == batch_id,
        ),
    ]
    if source.is_of_parents:
        parent = column_of(source, "from")
        ids.append(
            sa.select(current.c[source.key_column]).where(
                current.c[parent].in_(sa.select(reading.c[parent]))
            )
        )
    if mode == "snapshot":
        ids.append(sa.select(current.c[source.key_column]))
    _fill(connection, TOUCHED, sa.union(*ids))
    return TOUCHED


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


def keep_readings(connection: sa.Connection, source: SourceObject, reading: sa.Table) -> None:
    """One row per record, cursor and different reading of it, in order of validity.

    A reading that is known already only moves when it was read first and last.
    """
    version = VERSION[source.id]
    key_name = source.key_column
    is_known = _is_same_reading(source, version, reading)
    latest = sa.tuple_(reading.c.extracted_at, reading.c.batch_id) > sa.tuple_(
        version.c.extracted_at, version.c.batch_id
    )
    connection.execute(
        version.update()
        .where(is_known)
        .values(
            first_extracted_at=sa.func.least(
                version.c.first_extracted_at, reading.c.first_extracted_at
            ),
            extracted_at=sa.func.greatest(version.c.extracted_at, reading.c.extracted_at),
            batch_id=sa.case((latest, reading.c.batch_id), else_=version.c.batch_id),
        )
    )
    partly_read = partly_read_names(connection, source)
    _fill_changed(connection, source, reading, partly_read)
    kept = _kept_table(source)
    kept.create(connection)
    names = [column.name for column in kept.c]
    is_changed = version.c[key_name].in_(sa.select(_CHANGED.c.record_id))
    connection.execute(
        kept.insert().from_select(
            names, sa.select(*(version.c[name] for name in names)).where(is_changed)
        )
    )
    connection.exec_driver_sql(f"analyze {kept.name}")
    connection.execute(version.delete().where(is_changed))
    new = sa.select(*(reading.c[name] for name in names)).where(
        ~reading.c.is_tombstone,
        reading.c[key_name].in_(sa.select(_CHANGED.c.record_id)),
        ~sa.exists().where(_is_same_reading(source, kept, reading)),
    )
    rows = sa.union_all(sa.select(*(kept.c[name] for name in names)), new).subquery("row")
    if partly_read:
        rows = filled(source, rows, partly_read)
    placed = _placed(source, rows)
    columns = [*names, "modified_at"]
    connection.execute(
        version.insert().from_select(columns, sa.select(*(placed.c[name] for name in columns)))
    )


def infer_returned(
    connection: sa.Connection, source: SourceObject, touched_record: sa.Table
) -> None:
    """Versions of values that were read last, though others of the same cursor came after them.

    They hold again from right after the last reading that had others.
    """
    version = VERSION[source.id]
    key = version.c[source.key_column]
    is_read = sa.and_(~version.c.is_inferred, key.in_(sa.select(touched_record.c.record_id)))
    shared = (
        sa.select(key, version.c.cursor_at)
        .where(is_read)
        .group_by(key, version.c.cursor_at)
        .having(sa.func.count() > 1)
        .subquery("shared")
    )
    era = (key, version.c.cursor_at)
    by_last_reading = tuple(
        column.desc() for column in (version.c.extracted_at, *in_order(version))
    )
    ranked = (
        sa.select(
            *version.c,
            sa.func.row_number().over(partition_by=era, order_by=by_last_reading).label("rank"),
            sa.func.lead(version.c.extracted_at)
            .over(partition_by=era, order_by=by_last_reading)
            .label("others_at"),
            sa.func.max(version.c.modified_at).over(partition_by=era).label("newest_at"),
            _next_cursor_at(version, key).label("next_cursor_at"),
        )
        .where(is_read, key.in_(sa.select(shared.c[source.key_column])))
        .subquery("ranked")
    )
    began_at = sa.func.least(
        sa.func.greatest(ranked.c.others_at + _HALF_STEP, ranked.c.newest_at + _STEP),
        ranked.c.next_cursor_at - _STEP,
    )
    replaced = {"modified_at": began_at, "is_inferred": sa.true()}
    columns = [column.name for column in version.c]
    connection.execute(
        version.insert().from_select(
            columns,
            sa.select(*(replaced.get(name, ranked.c[name]) for name in columns)).where(
                ranked.c.rank == 1, ranked.c.modified_at < ranked.c.newest_at
            ),
        )
    )


def refresh_current(
    connection: sa.Connection, source: SourceObject, touched_record: sa.Table
) -> None:
    """One row per record: its latest version."""
    version, current = VERSION[source.id], CURRENT[source.id]
    key = version.c[source.key_column]
    columns = [column.name for column in current.c]
    latest = (
        sa.select(*(version.c[name] for name in columns))
        .where(key.in_(sa.select(touched_record.c.record_id)))
        .ext(postgresql.distinct_on(key))
        .order_by(key, version.c.modified_at.desc())
    )
    insert = postgresql.insert(current).from_select(columns, latest)
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[key.name],
            set_={name: insert.excluded[name] for name in columns},
        )
    )


def _fill(connection: sa.Connection, table: sa.Table, ids: sa.SelectBase) -> None:
    """Put record ids into a temporary table, and let the planner know how many there are."""
    connection.execute(table.insert().from_select(["record_id"], ids))
    connection.exec_driver_sql(f"analyze {table.name}")


def _is_same_reading(
    source: SourceObject, version: sa.FromClause, reading: sa.FromClause
) -> sa.ColumnElement[bool]:
    """A version, as read, and a reading are of the same record and cursor and say the same."""
    key = source.key_column
    same = [version.c[name] == reading.c[name] for name in (key, "cursor_at", "reading_hash")]
    if "is_inferred" in version.c:
        same.append(~version.c.is_inferred)
    return sa.and_(*same)


def _fill_changed(
    connection: sa.Connection, source: SourceObject, reading: sa.Table, partly_read: list[str]
) -> None:
    """Records that have to be put in order anew: a reading is new, or one of several of a cursor.

    Also those of which some fields were not read: what is unknown there is filled from the others.
    """
    version = VERSION[source.id]
    key = reading.c[source.key_column]
    _CHANGED.create(connection)
    is_known = sa.exists().where(_is_same_reading(source, version, reading))
    other = version.alias("other")
    has_others = sa.exists().where(
        other.c[source.key_column] == key,
        other.c.cursor_at == reading.c.cursor_at,
        other.c.reading_hash != reading.c.reading_hash,
        ~other.c.is_inferred,
    )
    ids = [sa.select(key).distinct().where(~reading.c.is_tombstone, sa.or_(~is_known, has_others))]
    if partly_read:
        ids.append(
            sa.select(key)
            .select_from(
                reading.join(
                    version,
                    sa.and_(version.c[source.key_column] == key, ~version.c.is_inferred),
                ).join(extract_window, extract_window.c.batch_id == version.c.batch_id)
            )
            .where(
                ~reading.c.is_tombstone,
                ~extract_window.c.read_fields.contains(texts(partly_read)),
            )
        )
    _fill(connection, _CHANGED, sa.union(*ids))


def _placed(source: SourceObject, row: sa.Subquery) -> sa.Subquery:
    """The rows with `modified_at`: from when their values hold."""
    key = row.c[source.key_column]
    by_first_reading = in_order(row)
    era = (key, row.c.cursor_at)
    in_era = (
        sa.select(
            *row.c,
            sa.func.row_number().over(partition_by=era, order_by=by_first_reading).label("place"),
            sa.func.count().over(partition_by=era).label("size"),
            _next_cursor_at(row, key).label("next_cursor_at"),
        )
    ).subquery("in_era")
    is_told = sa.or_(in_era.c.place == 1, in_era.c.told_at > in_era.c.cursor_at)
    held_at = sa.case(
        (is_told, in_era.c.told_at),
        else_=sa.func.greatest(in_era.c.first_extracted_at, in_era.c.told_at),
    )
    step = sa.cast(sa.literal(_STEP), sa.Interval())
    # The earliest instants that are not before those, and a step apart from each other.
    running = (
        sa.func.max(held_at - in_era.c.place * step).over(
            partition_by=(in_era.c[source.key_column], in_era.c.cursor_at),
            order_by=in_era.c.place,
            rows=(None, 0),
        )
        + in_era.c.place * step
    )
    latest = in_era.c.next_cursor_at - (in_era.c.size - in_era.c.place + 2) * step
    return sa.select(
        *(in_era.c[column.name] for column in row.c),
        sa.func.least(running, latest).label("modified_at"),
    ).subquery("placed")


def _next_cursor_at(row: sa.FromClause, key: sa.ColumnElement[Any]) -> sa.Over[Any]:
    """The record's next later cursor, NULL at the latest."""
    return sa.func.first_value(row.c.cursor_at).over(
        partition_by=key, order_by=row.c.cursor_at, groups=(1, 1)
    )
