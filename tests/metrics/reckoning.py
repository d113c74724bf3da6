"""A slow and obvious reckoning of metrics from rows of facts, to hold the warehouse against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
import sqlalchemy as sa

from include.core.settings import Calendar
from include.metrics.slices import NO_MEMBER
from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import UTC_CALENDAR, Row, compute, insert
from tests.stored_values import forget_values

Rows = Sequence[Row]
UTC_ZONE = UTC_CALENDAR.zone
# A status a reckoning may give instead of a value.
NOT_CONFIGURED = "NOT_CONFIGURED"
INSUFFICIENT_HISTORY = "INSUFFICIENT_HISTORY"
# What a value that is not there may say of itself, where the reckoning finds nothing to divide by.
NOTHING = ("ZERO_DENOMINATOR", "NO_DATA")


class Facts:
    """Rows of facts by table name, as they stood just before an instant."""

    def __init__(self, rows: dict[str, Rows], moment: datetime) -> None:
        self._rows, self._moment = rows, moment
        self._found: dict[str, list[Any]] = {}
        self._at: dict[datetime, Facts] = {}

    def at(self, moment: datetime) -> Facts:
        """The same rows as they stood at another instant."""
        if moment not in self._at:
            self._at[moment] = Facts(self._rows, moment)
        return self._at[moment]

    def of(self, name: str) -> list[Any]:
        """The counted states of a fact that stood, with their columns as attributes."""
        if name not in self._found:
            rows = self._rows.get(name, ())
            frame = pd.DataFrame([row for row in rows if self._stood(row)], dtype=object)
            frame = frame.astype(object).where(frame.notna(), None)
            self._found[name] = list(frame.itertuples(index=False))
        return self._found[name]

    def _stood(self, row: Row) -> bool:
        """Whether a state counts and stood; what has no states stands for ever."""
        if "valid_from_at" not in row:
            return True
        return bool(
            row.get("is_counted", True)
            and row["valid_from_at"] < self._moment <= row["valid_to_at"]
        )


# (what is known, a stored value with its period's days, the as-of): the value, None where there is
# nothing to divide by, or the status that stands instead.
Reckoning = Callable[[Facts, Any, datetime], float | str | None]


def dated(rows: Rows | list[Any], column: str, period: Any) -> list[Any]:
    """The rows whose date falls into the period."""
    return [
        row
        for row in rows
        if (day := getattr(row, column)) is not None and period.start_date <= day < period.end_date
    ]


def moment(period: Any, as_of: datetime) -> datetime:
    """The period's end, or the as-of while it runs."""
    return min(period.end_at, as_of)


def last_day(period: Any, as_of: datetime, zone: ZoneInfo = UTC_ZONE) -> date:
    """The period's last day, or the one before the as-of while it runs."""
    return (moment(period, as_of) - timedelta(microseconds=1)).astimezone(zone).date()


def months_later(day: date, months: int) -> date:
    """The first day of a month so many months later, or earlier; `day` is a first day too."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)


def stored_values(
    engine: sa.Engine, slice_id: str = "total", as_of: datetime | None = None
) -> list[Any]:
    """Stored values with the dates of their periods."""
    period = facts.period.c
    conditions = [metric_value.c.slice_id == slice_id]
    if as_of is not None:
        conditions.append(metric_value.c.as_of_at == as_of)
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
                .where(*conditions)
            )
        )


def hold(
    engine: sa.Engine,
    rows: dict[str, Rows],
    as_ofs: Sequence[datetime],
    reckonings: dict[str, Reckoning],
    calendar: Calendar = UTC_CALENDAR,
    cuts: dict[str, str] | None = None,
) -> set[str]:
    """Compute metrics of these facts and nothing else, and compare each value with its reckoning.

    `cuts` are slices with the column of the facts they are by: a member's value is the reckoning of
    its rows alone. Returns the metrics some value of which is neither zero nor absent:
    of the others nothing was proved.
    """
    tables = {name: getattr(facts, name) for name in rows}
    with engine.begin() as connection:
        for table in tables.values():
            connection.execute(table.delete())
        forget_values(connection)
    for name, each in rows.items():
        insert(engine, tables[name], list(each))
    telling: set[str] = set()
    for as_of in as_ofs:
        compute(engine, as_of, list(reckonings), calendar)
        for cut in ("total", *(cuts or ())):
            stored = stored_values(engine, cut, as_of)
            if cut == "total":
                grains = {(row.metric_id, row.grain) for row in stored}
                assert {metric_id for metric_id, _ in grains} == set(reckonings)
            members = {row.slice_value for row in stored}
            known = {
                member: Facts(
                    _of_member(rows, (cuts or {})[cut], member) if member else rows, as_of
                )
                for member in members
            }
            for row in stored:
                expected = reckonings[row.metric_id](known[row.slice_value], row, as_of)
                compare(row, expected)
                if row.value:
                    telling.add(row.metric_id)
    return telling


def _of_member(rows: dict[str, Rows], column: str, member: str) -> dict[str, Rows]:
    """The rows of one member of a slice."""
    wanted = None if member == NO_MEMBER else member
    return {name: [row for row in each if row.get(column) == wanted] for name, each in rows.items()}


def compare(row: Any, expected: float | str | None) -> None:
    """A stored value is the one reckoned, or absent for the reason that was found."""
    where = (row.metric_id, row.grain, row.period_id, row.slice_value, row.as_of_at, row.status)
    if isinstance(expected, str):
        assert (row.value, row.status) == (None, expected), where
    elif _is_all_left_out(row):
        # A sum of amounts of which nobody knows one is none, and not zero, and has not shrunk to it.
        nothing = -1 if row.metric_id.startswith("sales_growth") else 0
        assert expected in (nothing, None), where
        assert row.status == "NO_DATA", where
    elif expected is None:
        assert row.value is None, where
        assert row.status in NOTHING, where
    else:
        assert row.value is not None, where
        assert float(row.value) == pytest.approx(expected, rel=1e-6, abs=1e-9), where


def _is_all_left_out(row: Any) -> bool:
    """Whether money was added up of events of which none has an amount."""
    is_sum = row.unit == "money" and row.denominator is None
    is_growth = row.metric_id.startswith("sales_growth") and row.status == "NO_DATA"
    is_none = row.value is None and row.sample_count == 0 and row.excluded_count > 0
    return is_none and (is_sum or (is_growth and row.is_complete))


def configured(is_known: Callable[[Facts], Any], reckon: Reckoning) -> Reckoning:
    """A reckoning of what says that it is not configured until something of it is known."""
    return lambda known, period, as_of: (
        reckon(known, period, as_of) if is_known(known) else NOT_CONFIGURED
    )


def of_whole_periods(reckon: Reckoning) -> Reckoning:
    """A reckoning that has no value while the period runs."""
    return lambda known, period, as_of: (
        reckon(known, period, as_of) if period.end_at <= as_of else None
    )


def money(rows: Sequence[Any], column: str) -> float:
    """The sum of a column; what is not known adds nothing."""
    return sum(float(getattr(row, column) or 0) for row in rows)


def known_money(rows: Sequence[Any], column: str) -> float | None:
    """The sum of a column; None where there are rows, and of none it is known."""
    if rows and all(getattr(row, column) is None for row in rows):
        return None
    return money(rows, column)


def quotient(numerator: float | None, denominator: float) -> float | None:
    """One number by another; None where there is nothing to divide, or to divide by."""
    if numerator is None or denominator <= 0:
        return None
    return float(numerator) / float(denominator)


def mean(values: Sequence[float]) -> float | None:
    """Mean of the values; None of none."""
    return float(sum(values)) / len(values) if values else None


def median(values: Sequence[float]) -> float | None:
    """Median of the values; None of none."""
    return float(pd.Series([float(value) for value in values]).median()) if values else None
