"""History as intervals: what was true of a record, from when until when.

The one reading of the version tables that every later stage shares, in portable SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from include.tables.base import END_OF_TIME
from include.tables.objects import source_object
from include.tables.stage import VERSION


def states(source_id: str, custom: Mapping[str, str] | None = None) -> sa.Subquery:
    """One row per record and state, the states of a record following each other without gaps.

    Columns: the record's key, every field column, `valid_from_at` (inclusive), `valid_to_at`
    (exclusive, the end of time for the last), `modified_at`, `is_deleted`, `merged_into_id`.
    Versions that say the same are one state. The first version seen is the best knowledge of the
    time before it, so it reaches back to `created_at` where the object has one: between
    `valid_from_at` and `modified_at` the state is assumed, from `modified_at` on it is known.
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
    if "created_at" in versions.c:
        begins_at = sa.case(
            (sa.and_(is_first, versions.c.created_at < begins_at), versions.c.created_at),
            else_=begins_at,
        )
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
        .where(
            sa.or_(
                is_first,
                *(versions.c[f"this_{n}"] != versions.c[f"last_{n}"] for n in range(len(compared))),
            )
        )
        .subquery(f"{source.stage_table}_state")
    )
