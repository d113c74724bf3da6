"""Rules on metric values: each fails on a planted error, and withholds the metrics it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.metrics.withhold import withhold
from include.tables import ops
from include.tables.base import END_OF_TIME
from include.tables.metrics import metric_value, value_state
from include.validate.metrics import examine_metrics, keep_results
from tests.metrics.builders import total
from tests.stored_values import store_values

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
SHARES = [metric.id for metric in CATALOGUE if metric.is_share]
ADDITIVE = [metric.id for metric in CATALOGUE if metric.is_additive]
UNITS = {metric.id: metric.unit for metric in CATALOGUE}


def value(
    metric_id: str,
    numerator: float,
    denominator: float | None = None,
    start: str = "2026-03-01",
    end: str = "2026-04-01",
    slice_id: str = "total",
    member: str = "",
    **columns: Any,
) -> dict[str, Any]:
    """A month's value, as computed."""
    headline = numerator if denominator is None else numerator / denominator
    return {
        "metric_id": metric_id, "grain": "month", "period_start_date": date.fromisoformat(start),
        "slice_id": slice_id, "slice_value": member, "as_of_at": AS_OF,
        "period_end_date": date.fromisoformat(end), "period_id": start[:7], "slice_label": member,
        "numerator": numerator, "denominator": denominator, "value": headline,
        "sample_count": 1, "excluded_count": 0, "unit": UNITS[metric_id], "status": "OK",
        "status_reason": "", "is_complete": True, "run_id": "run", "computed_at": AS_OF, **columns,
    }  # fmt: skip


def check(engine: sa.Engine, folder: Path, *rows: dict[str, Any]) -> dict[str, str]:
    with engine.begin() as connection:
        store_values(connection, rows)
    found = examine_metrics(engine, AS_OF, SHARES, ADDITIVE)
    keep_results(engine, [found], "run", AS_OF, folder)
    return dict(found.reasons)


HONEST = (
    value("close_rate", 4, 5),
    value("revenue", -10),
    value("revenue", -15, slice_id="channel", member="event"),
    value("revenue", 5, slice_id="channel", member="partner"),
    # Credited to others than owned by: by member the two may differ.
    value("revenue", -10, slice_id="owner", member="A"),
    value("sales_performance", -10),
    value("sales_performance", -6, slice_id="owner", member="A"),
    value("sales_performance", -4, slice_id="owner", member="B"),
    value("retention_rate", 3, 4),
    value("churn_rate", 1, 4),
    value("conversion_rate_30d", 1, 6),
    value("conversion_rate_90d", 2, 6),
    value("conversion_rate", 2, 6),
    value("mrr", 400, start="2026-02-01", end="2026-03-01"),
    value("mrr", 490),
    value("mrr_movement", 90),
    # A quotient of parts does not add up, even where it has no denominator.
    value("sales_velocity", 7),
    value("sales_velocity", 5, slice_id="channel", member="event"),
    # May exceed 1: what customers of a year ago pay now.
    value("nrr", 6, 4),
    value("sales_growth", 5, 1),
)


def test_honest_values_break_nothing(warehouse, tmp_path) -> None:
    assert check(warehouse, tmp_path, *HONEST) == {}
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(result.expectation, result.checked_count)).all()
    # Every rule had something to look at.
    assert all(row.checked_count > 0 for row in rows)
    assert len(rows) == 8


def test_a_day_that_breaks_a_rule_is_seen_beside_days_that_do_not(warehouse, tmp_path) -> None:
    """A run of three days, of which the second has two rates above 1, and the third another one."""
    days = [AS_OF + timedelta(days=number) for number in range(3)]
    rows = [
        value("close_rate", 4, 5, as_of_at=days[0]),
        value("close_rate", 6, 5, as_of_at=days[1]),
        value("conversion_rate", 6, 5, as_of_at=days[1]),
        value("close_rate", 4, 5, as_of_at=days[2]),
        value("conversion_rate", 7, 5, as_of_at=days[2]),
    ]
    with warehouse.begin() as connection:
        store_values(connection, rows)
    examined = [examine_metrics(warehouse, day, SHARES, ADDITIVE) for day in days]
    assert [set(found.reasons) for found in examined] == [
        set(),
        {"close_rate", "conversion_rate"},
        {"conversion_rate"},
    ]
    keep_results(warehouse, examined, "run", AS_OF, tmp_path)
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        (row,) = connection.execute(
            sa.select(ops.expectation_result).where(
                result.expectation == "shares are within 0 and 1"
            )
        )
    # 1 + 2 + 2 values, of which 0 + 2 + 1.
    assert (row.is_success, row.checked_count, row.unexpected_count) == (False, 5, 3)
    assert row.observed == "3"


@pytest.mark.parametrize(
    ("planted", "broken"),
    [
        ([value("close_rate", 6, 5)], {"close_rate"}),
        ([value("close_rate", -1, 5)], {"close_rate"}),
        ([value("leads_generated", -1)], {"leads_generated"}),
        ([value("frt", -60, 1)], {"frt"}),
        (
            [value("leads_generated", 5), value("leads_generated", 4, slice_id="channel", member="a")],
            {"leads_generated"},
        ),
        ([value("sales_performance", 4)], {"revenue", "sales_performance"}),
        ([value("retention_rate", 3, 4), value("churn_rate", 2, 4)], {"retention_rate", "churn_rate"}),
        (
            [value("conversion_rate_30d", 3, 6), value("conversion_rate_90d", 2, 6)],
            {"conversion_rate_30d", "conversion_rate_90d"},
        ),
        (
            [
                value("mrr", 400, start="2026-02-01", end="2026-03-01"),
                value("mrr", 490),
                value("mrr_movement", 80),
            ],
            {"mrr", "mrr_movement"},
        ),
    ],
    ids=["above one", "below zero", "count", "seconds", "slice", "credit", "retention", "cohort", "movements"],
)  # fmt: skip
def test_a_planted_error_withholds_the_metrics_it_is_about(
    warehouse, tmp_path, planted, broken
) -> None:
    assert set(check(warehouse, tmp_path, value("revenue", 5), *planted)) == broken


def test_values_are_withheld_with_the_reason_and_others_are_not(warehouse, tmp_path) -> None:
    broken = check(warehouse, tmp_path, value("revenue", 5), value("close_rate", 6, 5))
    withhold(warehouse, AS_OF, broken)
    row = total(warehouse, "close_rate", "month", "2026-03-01")
    assert (row.value, row.numerator, row.status) == (None, None, "WITHHELD")
    assert row.status_reason == "A check on its values failed: shares are within 0 and 1."
    assert total(warehouse, "revenue", "month", "2026-03-01").status == "OK"


def test_a_value_of_three_days_is_withheld_on_the_one_that_was_checked(warehouse) -> None:
    """They are one state; withheld on the second day they are three, of which the outer two stand."""
    days = [AS_OF + timedelta(days=number) for number in range(3)]
    with warehouse.begin() as connection:
        store_values(connection, [value("revenue", 5, as_of_at=day) for day in days])
        # As it is kept: one state from the first day on.
        connection.execute(value_state.delete().where(value_state.c.as_of_at > days[0]))
        connection.execute(value_state.update().values(until_as_of_at=END_OF_TIME))
    withhold(warehouse, days[1], {"revenue": "it is too good"})
    with warehouse.connect() as connection:
        found = connection.execute(
            sa.select(
                metric_value.c.as_of_at, metric_value.c.status, metric_value.c.value
            ).order_by(metric_value.c.as_of_at)
        )
        assert [tuple(row) for row in found] == [
            (days[0], "OK", 5),
            (days[1], "WITHHELD", None),
            (days[2], "OK", 5),
        ]


def test_another_as_of_is_not_looked_at(warehouse, tmp_path) -> None:
    other = value("close_rate", 6, 5, as_of_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert check(warehouse, tmp_path, other) == {}


def test_shares_are_those_that_count_the_same_events() -> None:
    assert {"close_rate", "retention_rate", "csat"} <= set(SHARES)
    assert not set(SHARES) & {
        "sales_growth",
        "nrr",
        "gross_margin",
        "close_rate_by_amount",
        "revenue",
    }
