"""History as intervals: what was true of a record, from when until when.

The one reading of the version tables that every later stage shares, in portable SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from include.core.portable import add_seconds, earlier_of, later_of
from include.tables.base import END_OF_TIME
from include.tables.objects import source_object
from include.tables.source_object import SourceObject
from include.tables.stage import VERSION


def states(source_id: str, custom: Mapping[str, str] | None = None) -> sa.Subquery:
    """One row per record and state, the states of a record following each other without gaps.

    Columns: the record's key, every field column, `valid_from_at` (inclusive), `valid_to_at`
    (exclusive, the end of time for the last), `modified_at`, `is_deleted`, `merged_into_id`.
    Versions that say the same are one state. The first version seen is the best knowledge of the
    time before it, so it reaches back to `created_at` where the object has one, though not before
    the merge that made a new record of others we had read: between `valid_from_at` and `modified_at`
    the state is assumed, from `modified_at` on it is known.
    `custom` names further columns, each by the custom field that it holds.

    Raises:
        KeyError: no object has this id.
    """
    source = source_object(source_id)
    version = VERSION[source.id]
    columns = [
        *(version.c[name] for name in (source.key_column, *(f.column for f in source.fields))),
        *(
            version.c.custom_fields[field].astext.label(name)
            for name, field in (custom or {}).items()
        ),
    ]
    key = version.c[source.key_column]

    def in_order(function: sa.FunctionElement[Any]) -> sa.Over[Any]:
        return function.over(partition_by=key, order_by=version.c.modified_at)

    compared = (
        version.c.row_hash,
        version.c.is_deleted,
        sa.func.coalesce(version.c.merged_into_id, ""),
    )
    versions = sa.select(
        *columns,
        version.c.modified_at,
        version.c.is_deleted,
        version.c.merged_into_id,
        in_order(sa.func.row_number()).label("position"),
        *(value.label(f"this_{n}") for n, value in enumerate(compared)),
        *(in_order(sa.func.lag(value)).label(f"last_{n}") for n, value in enumerate(compared)),
    ).subquery("versions")

    is_first = versions.c.position == 1
    begins_at: sa.ColumnElement[Any] = versions.c.modified_at
    record: sa.FromClause = versions
    if "created_at" in versions.c:
        lived_from_at: sa.ColumnElement[Any] = versions.c.created_at
        if "merged_object_ids" in versions.c:
            made = _made_by_merging(source)
            record = versions.outerjoin(made, made.c.record_id == versions.c[source.key_column])
            lived_from_at = later_of(lived_from_at, made.c.merged_at)
        begins_at = sa.case((is_first, earlier_of(begins_at, lived_from_at)), else_=begins_at)
    next_at = sa.func.lead(versions.c.modified_at).over(
        partition_by=versions.c[source.key_column], order_by=versions.c.modified_at
    )
    return (
        sa.select(
            *(versions.c[column.name] for column in columns),
            begins_at.label("valid_from_at"),
            sa.func.coalesce(
                next_at, sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))
            ).label("valid_to_at"),
            versions.c.modified_at,
            versions.c.is_deleted,
            versions.c.merged_into_id,
        )
        .select_from(record)
        .where(
            sa.or_(
                is_first,
                *(versions.c[f"this_{n}"] != versions.c[f"last_{n}"] for n in range(len(compared))),
            )
        )
        .subquery(f"{source.stage_table}_state")
    )


def _made_by_merging(source: SourceObject) -> sa.Subquery:
    """One row per record that HubSpot made of others we had read before: record_id, merged_at.

    Such a record is as old as the oldest of them, and until then there were those. A record that
    others are merged into while it keeps its id has versions from before that.
    """
    version, key = VERSION[source.id].c, source.key_column
    first_at = sa.func.min(version.modified_at)

    def first_of(name: str, where: sa.ColumnElement[bool], *by: sa.Column[Any]) -> sa.Subquery:
        return sa.select(*by, first_at.label("at")).where(where).group_by(*by).subquery(name)

    record_id, into_id = version[key], version.merged_into_id
    gone = first_of("gone", into_id.is_not(None), record_id, into_id)
    alive = first_of("alive", sa.not_(version.is_deleted), record_id)
    survivor = first_of("survivor", sa.true(), record_id)
    source_of_merge = gone.join(alive, alive.c[key] == gone.c[key]).join(
        survivor, survivor.c[key] == gone.c.merged_into_id
    )
    return (
        sa.select(
            gone.c.merged_into_id.label("record_id"), sa.func.max(gone.c.at).label("merged_at")
        )
        .select_from(source_of_merge)
        .where(
            alive.c.at < survivor.c.at,
            # What was changed in the instant of the merge goes a moment after it.
            gone.c.at <= add_seconds(survivor.c.at, 1),
        )
        .group_by(gone.c.merged_into_id)
        .subquery(f"made_{source.table}")
    )
