"""The day of the first event a metric has, as of each of several as-ofs."""

from __future__ import annotations

from datetime import date
from functools import partial

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.periods import AsOfs
from include.metrics.positions import ENTERS, LEAVES, known_by, positions
from include.metrics.prepared.kept import Kept


def first_event_dates(
    connection: sa.Connection, kept: Kept, metric: Metric, as_ofs: AsOfs
) -> list[date | None]:
    """Per as-of, the day of the earliest event of any of the metric's parts; None for none.

    Events dated after an as-of are none yet.
    """
    columns = dict.fromkeys(part.date for part in metric.summed.values())
    found: list[tuple[int, int, date]] = []
    for column in columns:
        key = "first dates", column.table.fullname, column.name, as_ofs
        found += kept.once(key, partial(_first_dates, connection, column, as_ofs))
    earliest = []
    for place, as_of in enumerate(as_ofs.each, start=1):
        days = [day for enters, leaves, day in found if enters <= place <= leaves]
        earliest.append(min((day for day in days if day <= as_of.last_date), default=None))
    return earliest


def _first_dates(
    connection: sa.Connection, column: sa.Column, as_ofs: AsOfs
) -> list[tuple[int, int, date]]:
    """Positions of the first and the last as-of that know the same rows, and their earliest day."""
    rows = connection.execute(_earliest(column, as_ofs))
    return [(enters, leaves, day) for enters, leaves, day in rows]


def _earliest(column: sa.Column, as_ofs: AsOfs) -> sa.Select:
    """Earliest day a column of a fact has, among the rows that the same as-ofs know."""
    table = column.table
    if "valid_from_at" not in table.c:
        places = sa.literal(1), sa.literal(len(as_ofs.each))
        return sa.select(*places, sa.func.min(column)).having(sa.func.count(column) > 0)
    known = table.c.valid_from_at, table.c.valid_to_at
    rows = (
        sa.select(*positions(*known, as_ofs), column.label("day"))
        .where(*known_by(*known, as_ofs), column.is_not(None))
        .subquery("rows")
    )
    by = [rows.c[ENTERS], rows.c[LEAVES]]
    return sa.select(*by, sa.func.min(rows.c.day)).group_by(*by)
