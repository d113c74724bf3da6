"""What is summed adds up: over every slice of every metric, in every period."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import Metric
from include.tables.metrics import metric_value
from tests.metrics.builders import at, build_calendar, compute
from tests.metrics.company import write_facts

ROUNDING = Decimal("0.0000001")
# What they share out of a pool adds up, unlike quotients of other parts.
SHARED_OUT = {"cac", "cac_paid", "cac_by_channel"}

# A deal of several owners counts once in all, and once for each of them.
SPLIT = {"sales_performance"}


def added_up(metric: Metric) -> list[str]:
    """The columns whose values over a slice's members must add up to the total's."""
    if metric.id in SPLIT:
        return ["value", "numerator"]
    if metric.is_additive:
        return ["value", "numerator", "sample_count", "excluded_count"]
    if metric.parts:
        return ["numerator", "denominator"] if metric.id in SHARED_OUT else []
    return ["numerator", "denominator", "sample_count", "excluded_count"]


@pytest.mark.slow
def test_every_slice_adds_up_to_the_total(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31")
    write_facts(warehouse)
    compute(warehouse, at("2026-04-01"))
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(metric_value)).all()
    totals = {}
    members = defaultdict(list)
    for row in rows:
        period = (row.metric_id, row.grain, row.period_start_date)
        if row.slice_id == "total":
            totals[period] = row
        else:
            members[period, row.slice_id].append(row)
    unchecked = []
    for metric in CATALOGUE:
        for cut in metric.slices:
            has_several = False
            for period, total in totals.items():
                if period[0] != metric.id or total.numerator is None:
                    continue
                found = members[period, cut.id]
                has_several |= len(found) > 1
                for name in added_up(metric):
                    expected = getattr(total, name) or 0
                    summed = sum((getattr(row, name) or 0) for row in found)
                    assert abs(summed - expected) <= ROUNDING, (period, cut.id, name)
            if (metric.is_additive or metric.id in SHARED_OUT) and not has_several:
                unchecked.append((metric.id, cut.id))
    assert unchecked == [], "every slice needs a period with two members"
