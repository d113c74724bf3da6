"""Rows of metrics.metric_value put into the tables it is made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from include.tables.base import END_OF_TIME
from include.tables.metrics import computed_period, value_state


def store_values(connection: sa.Connection, rows: Sequence[dict[str, Any]]) -> None:
    """One state for each row, until the next as-of of its period."""
    if not rows:
        return
    names = [column.name for column in computed_period.c]
    connection.execute(
        insert(computed_period).on_conflict_do_nothing(),
        [{name: row[name] for name in names} for row in rows],
    )
    states = [{name: row.get(name) for name in value_state.c.keys()} for row in rows]  # noqa: SIM118
    connection.execute(
        value_state.insert(), [row | {"until_as_of_at": END_OF_TIME} for row in states]
    )
    key = ("metric_id", "grain", "period_start_date")
    next_at = (
        sa.select(sa.func.min(computed_period.c.as_of_at))
        .where(*(computed_period.c[name] == value_state.c[name] for name in key))
        .where(computed_period.c.as_of_at > value_state.c.as_of_at)
        .scalar_subquery()
    )
    until = sa.func.coalesce(next_at, sa.cast(END_OF_TIME, sa.DateTime(timezone=True)))
    connection.execute(value_state.update().values(until_as_of_at=until))


def forget_values(connection: sa.Connection) -> None:
    """Delete all values."""
    for table in (computed_period, value_state):
        connection.execute(table.delete())
