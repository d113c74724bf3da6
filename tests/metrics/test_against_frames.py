"""Random deals: the warehouse's values against a slow and obvious reckoning with pandas."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.core.settings import Calendar
from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import (
    SALES_OBJECTS,
    Row,
    at,
    build_calendar,
    compute,
    deal,
    insert,
    loaded,
)

ZONE = "America/New_York"
CALENDAR = Calendar(time_zone=ZONE, currency="USD", fiscal_year_start_month=7, trailing_periods=2)
METRICS = ["revenue", "close_rate", "sales_cycle_days", "avg_purchase_value", "pipeline_amount"]
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)
FIRST_DAY = date(2026, 2, 20)

days = st.integers(0, 45).map(lambda offset: FIRST_DAY + timedelta(days=offset))
instants = st.integers(0, 45 * 24).map(
    lambda hours: datetime(2026, 2, 20, tzinfo=UTC) + timedelta(hours=hours)
)
amounts = st.one_of(st.none(), st.decimals("-50", "1000", places=2))


@st.composite
def deal_states(draw: st.DrawFn, number: int) -> list[Row]:
    """One to three states of a deal, one after the other, perhaps with an end."""
    turns = sorted(set(draw(st.lists(instants, min_size=1, max_size=4))))
    is_deleted = draw(st.booleans())
    ends = [*turns[1:], END_OF_TIME]
    if is_deleted and len(turns) > 1:
        turns, ends = turns[:-1], ends[:-1]
    created = draw(days)
    return [
        deal(
            f"D{number}",
            str(created),
            str(draw(days)),
            draw(st.sampled_from(("open", "won", "lost"))),
            draw(amounts),
            known_from=start,
            known_until=end,
            owner_user_id=draw(st.sampled_from((None, "A", "B"))),
            is_counted=draw(st.integers(0, 9)) > 0,
        )
        for start, end in zip(turns, ends, strict=True)
    ]


@st.composite
def fact_rows(draw: st.DrawFn) -> list[Row]:
    """The states of up to twelve deals."""
    return [row for number in range(draw(st.integers(1, 12))) for row in draw(deal_states(number))]


def standing(frame: pd.DataFrame, moment: datetime) -> pd.DataFrame:
    """The counted states that stood just before a moment, one row at a time."""
    return frame[
        [
            row.is_counted and row.valid_from_at < moment <= row.valid_to_at
            for row in frame.itertuples()
        ]
    ]


def expected(frame: pd.DataFrame, metric_id: str, period: Any, as_of: datetime) -> Decimal | None:
    """One value, by its definition."""
    if metric_id == "pipeline_amount":
        stood = standing(frame, min(period.end_at, as_of))
        return sum((row.deal_amount or Decimal(0) for row in stood.itertuples() if row.is_open),
                   Decimal(0))  # fmt: skip
    known = standing(frame, as_of)
    closed = [
        row
        for row in known.itertuples()
        if row.is_closed and period.start_date <= row.closed_date < period.end_date
    ]
    won = [row for row in closed if row.is_won]
    priced = [row.deal_amount for row in won if row.deal_amount is not None]
    if metric_id == "revenue":
        return sum(priced, Decimal(0))
    if metric_id == "avg_purchase_value":
        return sum(priced, Decimal(0)) / len(priced) if priced else None
    if metric_id == "close_rate":
        return Decimal(len(won)) / len(closed) if closed else None
    cycles = [(row.closed_date - row.created_date).days for row in won]
    usable = pd.Series([cycle for cycle in cycles if cycle >= 0], dtype="float64")
    return Decimal(str(usable.median())) if len(usable) else None


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=fact_rows(), as_of=instants)
def check(engine: sa.Engine, rows: list[Row], as_of: datetime) -> None:
    with engine.begin() as connection:
        for table in (facts.deal, metric_value):
            connection.execute(table.delete())
    insert(engine, facts.deal, rows)
    compute(engine, as_of, METRICS, CALENDAR)
    frame = pd.DataFrame(rows, dtype=object)
    with engine.connect() as connection:
        stored = connection.execute(
            sa.select(metric_value, facts.period.c.start_date, facts.period.c.end_date,
                      facts.period.c.end_at)
            .join(
                facts.period,
                (facts.period.c.grain == metric_value.c.grain)
                & (facts.period.c.start_date == metric_value.c.period_start_date),
            )
            .where(metric_value.c.slice_id.in_(("total", "owner")))
        ).all()  # fmt: skip
    assert {row.metric_id for row in stored} == set(METRICS)
    for row in stored:
        part = frame
        if row.slice_id == "owner":
            part = frame[[(owner or "(none)") == row.slice_value for owner in frame.owner_user_id]]
        value = expected(part, row.metric_id, row, as_of)
        where = (row.metric_id, row.grain, row.period_id, row.slice_value, row.status)
        if value is None:
            assert (row.value, row.status) == (None, "ZERO_DENOMINATOR"), where
        else:
            assert float(row.value) == pytest.approx(float(value), abs=1e-9), where


@pytest.mark.slow
def test_values_equal_the_reckoning_with_frames(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2027-06-30", CALENDAR)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    check(warehouse)


@pytest.mark.parametrize("values", [[7], [3, 9], [1, 2, 10], [4, 4, 4, 4], [0, 5, 5, 20, 21, 90]])
def test_median_and_p90_equal_those_of_pandas(warehouse: sa.Engine, values: list[int]) -> None:
    build_calendar(warehouse, "2026-01-01", "2026-12-31")
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    end = date(2026, 6, 30)
    rows = [
        deal(f"D{n}", str(end - timedelta(days=days)), str(end), "won", 1)
        for n, days in enumerate(values)
    ]
    insert(warehouse, facts.deal, rows)
    compute(warehouse, at("2026-07-01"), ["sales_cycle_days"])
    with warehouse.connect() as connection:
        row = connection.execute(
            sa.select(metric_value).where(
                metric_value.c.grain == "month",
                metric_value.c.period_start_date == date(2026, 6, 1),
                metric_value.c.slice_id == "total",
            )
        ).one()
    series = pd.Series(values)
    found = [float(each) for each in (row.median_value, row.p90_value, row.mean_value)]
    assert found == pytest.approx([series.median(), series.quantile(0.9), series.mean()])
