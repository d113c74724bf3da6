"""A slow and obvious reckoning of metrics from rows of facts, to hold the warehouse against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import Row

Rows = Sequence[Row]


class Facts:
    """Rows of facts by table name, as they stood just before an instant."""

    def __init__(self, rows: dict[str, Rows], moment: datetime) -> None:
        self._rows, self._moment = rows, moment

    def at(self, moment: datetime) -> Facts:
        """The same rows as they stood at another instant."""
        return Facts(self._rows, moment)

    def of(self, name: str) -> list[Any]:
        """The counted states of a fact that stood, with their columns as attributes."""
        frame = pd.DataFrame(list(self._rows.get(name, [])), dtype=object)
        if frame.empty:
            return []
        frame = frame[
            [
                row.get("is_counted", True)
                and row["valid_from_at"] < self._moment <= row["valid_to_at"]
                for row in frame.to_dict("records")
            ]
        ]
        return list(frame.itertuples())


def dated(rows: Rows | list[Any], column: str, period: Any) -> list[Any]:
    """The rows whose date falls into the period."""
    return [
        row
        for row in rows
        if (day := getattr(row, column)) is not None and period.start_date <= day < period.end_date
    ]


def last_day(period: Any, as_of: datetime) -> date:
    """The period's last day, or the one before the as-of while it runs (in UTC)."""
    return (min(period.end_at, as_of) - timedelta(microseconds=1)).date()


def stored_values(engine: sa.Engine, slice_id: str = "total") -> list[Any]:
    """Stored values with the dates of their periods."""
    period = facts.period.c
    with engine.connect() as connection:
        return list(
            connection.execute(
                sa.select(
                    metric_value,
                    period.start_date,
                    period.end_date,
                    period.end_at,
                )
                .join(
                    facts.period,
                    (period.grain == metric_value.c.grain)
                    & (period.start_date == metric_value.c.period_start_date),
                )
                .where(metric_value.c.slice_id == slice_id)
            )
        )


def quotient(numerator: float, denominator: float) -> float | None:
    """One number by another; None where there is nothing to divide by."""
    return float(numerator) / float(denominator) if denominator > 0 else None


def mean(values: Sequence[float]) -> float | None:
    """Mean of the values; None of none."""
    return float(sum(values)) / len(values) if values else None


def median(values: Sequence[float]) -> float | None:
    """Median of the values; None of none."""
    return float(pd.Series([float(value) for value in values]).median()) if values else None


Reckoning = Callable[[Facts, Any, datetime], float | None]
