"""As-ofs in any order leave the same rows, and a changed value keeps the one it replaced."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import sqlalchemy as sa

from include.core.settings import Calendar
from include.metrics.catalogue import CATALOGUE
from include.tables import facts
from include.tables.metrics import metric_value, restatement, value_state
from tests.metrics.builders import (
    SALES_OBJECTS,
    Row,
    at,
    build_calendar,
    compute,
    deal,
    deal_history,
    insert,
    loaded,
)
from tests.stored_values import forget_values

# One trailing period, so that histories and recent periods of near as-ofs differ.
CALENDAR = Calendar(time_zone="UTC", currency="USD", fiscal_year_start_month=1, trailing_periods=1)
METRICS = ["revenue", "pipeline_amount", "close_rate"]


def corrected_deals() -> list[Row]:
    """Deals of which one changes hands and amount, one is deleted, and one is found late."""
    return [
        *deal_history("A", "2026-01-05", "2026-02-10", "won", 100, owner_user_id="X"),
        deal(
            "B", "2026-01-05", "2026-02-20", "won", 50, owner_user_id="X",
            known_from=at("2026-02-20"), known_until=at("2026-03-20"),
        ),
        deal(
            "B", "2026-01-05", "2026-02-20", "won", 70, owner_user_id="Y",
            known_from=at("2026-03-20"),
        ),
        deal(
            "C", "2026-01-07", "2026-03-02", "lost", 30,
            known_from=at("2026-03-02"), known_until=at("2026-03-25"),
        ),
        deal("D", "2025-11-01", "2025-11-15", "won", 5, known_from=at("2026-03-10")),
    ]  # fmt: skip


def everything(engine: sa.Engine) -> tuple[list[Any], ...]:
    with engine.connect() as connection:
        return tuple(
            sorted(tuple(map(str, row)) for row in connection.execute(sa.select(table)))
            for table in (metric_value, restatement, value_state)
        )


def test_as_ofs_in_any_order_leave_the_same_rows(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31")
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, corrected_deals())
    as_ofs = [at("2026-03-01"), at("2026-03-15T09:00"), at("2026-04-01")]
    results = []
    for order in [*permutations(as_ofs), [*as_ofs, *as_ofs], [as_ofs[2], as_ofs[0], *as_ofs[1:]]]:
        with warehouse.begin() as connection:
            forget_values(connection)
            connection.execute(restatement.delete())
        for as_of in order:
            compute(warehouse, as_of, METRICS, CALENDAR, run_id=f"run {as_of:%m-%d}")
        results.append(everything(warehouse))
    assert all(result == results[0] for result in results)
    values, restatements, _ = results[0]
    assert values
    assert restatements


def restatements(engine: sa.Engine, **filters: Any) -> list[tuple[Any, ...]]:
    conditions = [restatement.c[name] == value for name, value in filters.items()]
    columns = ("slice_value", "previous_value", "value", "as_of_at", "previous_as_of_at", "run_id")
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(*(restatement.c[name] for name in columns))
            .where(*conditions)
            .order_by(restatement.c.as_of_at, restatement.c.slice_value)
        )
        return [tuple(row) for row in rows]


def test_a_changed_value_of_a_closed_period_is_restated(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, corrected_deals())
    before, after = at("2026-03-20"), at("2026-03-21")
    for as_of in (at("2026-02-15"), before, after, at("2026-03-22")):
        compute(warehouse, as_of, ["revenue"], run_id=f"run {as_of:%m-%d}")
    february = {
        "metric_id": "revenue",
        "grain": "month",
        "period_start_date": date(2026, 2, 1),
    }
    # February had not ended on the 15th, so 100 -> 150 only is its progress. B rose by 20 then.
    assert restatements(warehouse, **february, slice_id="total") == [
        ("", 150, 170, after, before, "run 03-21")
    ]
    # It also went from X (100 + 50) to Y (70), who had nothing before.
    assert restatements(warehouse, **february, slice_id="owner") == [
        ("X", 150, 100, after, before, "run 03-21"),
        ("Y", None, 70, after, before, "run 03-21"),
    ]


def test_a_member_that_loses_all_its_events_is_restated(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    rows = [
        deal(
            "A", "2026-01-05", "2026-02-20", "won", 50, channel="event",
            known_from=at("2026-02-20"), known_until=at("2026-03-20"),
        ),
    ]  # fmt: skip
    insert(warehouse, facts.deal, rows)
    for as_of in (at("2026-03-01"), at("2026-04-01")):
        compute(warehouse, as_of, ["revenue"])
    february = {"grain": "month", "period_start_date": date(2026, 2, 1)}
    total = restatements(warehouse, **february, slice_id="total")
    assert [row[:3] for row in total] == [("", 50, 0)]
    channel = restatements(warehouse, **february, slice_id="channel")
    assert [row[:3] for row in channel] == [("event", 50, None)]


def test_restatements_of_the_following_as_of_heal_when_an_older_comes_late(
    warehouse: sa.Engine,
) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    amounts = ((1, 10), (2, 20), (3, 30))
    march = [at(f"2026-03-0{day}") for day, _ in amounts]
    rows = [
        deal(
            "A", "2026-01-05", "2026-02-20", "won", amount,
            known_from=start - timedelta(hours=1), known_until=start + timedelta(hours=23),
        )
        for start, (_, amount) in zip(march, amounts, strict=True)
    ]  # fmt: skip
    insert(warehouse, facts.deal, rows)
    february = {"grain": "month", "period_start_date": date(2026, 2, 1), "slice_id": "total"}
    for as_of in (march[0], march[2]):
        compute(warehouse, as_of, ["revenue"])
    assert [row[1:3] for row in restatements(warehouse, **february)] == [(10, 30)]
    compute(warehouse, march[1], ["revenue"])
    assert [row[1:3] for row in restatements(warehouse, **february)] == [(10, 20), (20, 30)]


def as_of_of(engine: sa.Engine, period_id: str) -> list[datetime]:
    with engine.connect() as connection:
        return list(
            connection.scalars(
                sa.select(metric_value.c.as_of_at)
                .where(
                    metric_value.c.metric_id == "revenue",
                    metric_value.c.period_id == period_id,
                    metric_value.c.slice_id == "total",
                    metric_value.c.grain == "month",
                )
                .order_by(metric_value.c.as_of_at)
            )
        )


def test_history_belongs_to_the_earliest_as_of(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, deal_history("A", "2026-01-05", "2026-01-10", "won", 10))
    june, march = at("2026-06-01"), at("2026-03-01")
    compute(warehouse, june, ["revenue"], CALENDAR)
    assert as_of_of(warehouse, "2026-01") == [june]
    compute(warehouse, march, ["revenue"], CALENDAR)
    assert as_of_of(warehouse, "2026-01") == [march]
    # March and April: not yet begun in the older run, and before June's recent periods.
    assert as_of_of(warehouse, "2026-03") == [june]
    assert as_of_of(warehouse, "2026-05") == [june]


def test_restated_values_are_exact(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    rows = [deal(f"D{n}", "2026-01-05", "2026-02-20", "won", Decimal("0.1")) for n in range(3)]
    insert(warehouse, facts.deal, rows)
    of_deals = [metric.id for metric in CATALOGUE if facts.deal in metric.facts]
    for as_of in (at("2026-03-01"), at("2026-03-02")):
        compute(warehouse, as_of, of_deals)
    # Nothing changed, so nothing is restated, in any metric.
    assert len(of_deals) > 10
    assert everything(warehouse)[1] == []
