"""Median and 90th percentile of a value per event are those of pandas."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa

from include.tables import facts
from include.tables.metrics import metric_value
from tests.metrics.builders import SALES_OBJECTS, at, build_calendar, compute, deal, insert, loaded


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
