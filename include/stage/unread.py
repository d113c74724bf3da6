"""What a reading was not shown: unknown, and not empty; other readings of the record tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.stage.readings import in_order, row_hash
from include.tables.ops import extract_window
from include.tables.source_object import SourceObject


def partly_read_names(connection: sa.Connection, source: SourceObject) -> list[str]:
    """Columns and configured fields that some loaded batches of the object hold, and others do not.

    They were shown to us only for a time, or are read only since some release or since somebody
    listed them.
    """
    fields = extract_window.c.read_fields
    statement = (
        sa.select(fields)
        .distinct()
        .where(
            extract_window.c.crm == source.crm,
            extract_window.c.object_name == source.table,
            extract_window.c.status == "loaded",
            fields.is_not(None),
        )
    )
    read = [set(names) for names in connection.scalars(statement)]
    return sorted(set().union(*read).difference(set.intersection(*read))) if read else []


def filled(source: SourceObject, row: sa.Subquery, partly_read: list[str]) -> sa.Subquery:
    """The rows with what was not read filled: from the reading before that has it, else the next."""
    key, read = row.c[source.key_column], extract_window.c.read_fields
    columns = {field.column for field in source.fields}
    custom = [name for name in partly_read if name not in columns]
    ordered = (row.c.cursor_at, *in_order(row))
    backwards = tuple(column.desc() for column in ordered)
    # By place, for a name may be longer than that of a column.
    places, counts = {name: place for place, name in enumerate(partly_read)}, []
    for name, place in places.items():
        is_known = sa.func.coalesce(sa.literal(name) == sa.any_(read), sa.true())
        for way, order in (("before", ordered), ("after", backwards)):
            count = sa.func.count(sa.case((is_known, 1))).over(partition_by=key, order_by=order)
            counts.append(count.label(f"{way}_{place}"))
    # A version that was filled holds it like one that was read with it: only the batch tells.
    has_custom = sa.func.coalesce(
        ~read.contained_by(texts(columns)), row.c.custom_fields.is_not(None)
    )
    is_its = extract_window.c.batch_id == row.c.batch_id
    counted = (
        sa.select(*row.c, *counts, has_custom.label("has_custom"))
        .select_from(row.outerjoin(extract_window, is_its))
        .subquery("counted")
    )

    def nearest(name: str) -> sa.ColumnElement[Any]:
        # Rows that follow one that has the value share its count, and it is the first of them.
        value = counted.c.custom_fields[name] if name in custom else counted.c[name]
        forwards = [counted.c[column.name] for column in ordered]
        first = {
            way: sa.func.first_value(value).over(
                partition_by=(counted.c[key.name], counted.c[f"{way}_{places[name]}"]),
                order_by=order,
            )
            for way, order in (("before", forwards), ("after", [each.desc() for each in forwards]))
        }
        is_known = {way: counted.c[f"{way}_{places[name]}"] > 0 for way in first}
        return sa.case(*((is_known[way], first[way]) for way in first))

    values = {name: nearest(name).label(name) for name in partly_read if name not in custom}
    if custom:
        found = {name: nearest(name) for name in custom}
        merged = _with_custom(counted.c.custom_fields, found, counted.c.has_custom)
        values["custom_fields"] = merged.label("custom_fields")
    rows = sa.select(
        *(values.get(column.name, counted.c[column.name]) for column in row.c)
    ).subquery("filled")
    hashed = {"row_hash": row_hash(source, rows).label("row_hash")}
    return sa.select(*(hashed.get(column.name, column) for column in rows.c)).subquery("refilled")


def _with_custom(
    own: sa.ColumnElement[Any],
    found: Mapping[str, sa.ColumnElement[Any]],
    has_custom: sa.ColumnElement[bool],
) -> sa.ColumnElement[Any]:
    """Configured fields with what was found for them in the place of what was filled in before.

    Those that are empty are not in it; it is NULL where none were read and none are found.
    """
    nothing = sa.cast(sa.literal("{}"), postgresql.JSONB)
    merged: sa.ColumnElement[Any] = sa.func.coalesce(own, nothing).op(
        "-", return_type=postgresql.JSONB()
    )(texts(found))
    for name, value in found.items():
        one = sa.func.jsonb_build_object(name, value, type_=postgresql.JSONB)
        merged = merged.concat(sa.case((value.is_not(None), one), else_=nothing))
    return sa.case((has_custom | (merged != nothing), merged))


def texts(names: Iterable[str]) -> sa.ColumnElement[Any]:
    """An array of names."""
    return sa.cast(list(names), postgresql.ARRAY(sa.Text))
