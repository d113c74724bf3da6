"""Only the spans a metric names are prepared, and its values are those of all spans prepared."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from include.metrics import fill
from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import count_where
from include.metrics.prepared.customers import compared_customer
from include.metrics.subscription import GRR_TRAILING_YEAR, MRR_MOVEMENT
from include.metrics.value import CLV
from include.tables.metrics import metric_value
from tests.metrics.builders import at, build_calendar, compute
from tests.metrics.company import write_facts
from tests.stored_values import forget_values

COMPARING = [metric.id for metric in CATALOGUE if compared_customer in metric.facts]


def computed(engine: sa.Engine) -> list[Any]:
    with engine.begin() as connection:
        forget_values(connection)
    compute(engine, at("2026-04-15"), COMPARING)
    with engine.connect() as connection:
        return sorted(tuple(map(str, row)) for row in connection.execute(sa.select(metric_value)))


@pytest.mark.slow
def test_a_metric_has_the_values_it_has_of_all_spans(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31")
    write_facts(warehouse)
    some = computed(warehouse)
    monkeypatch.setattr(fill, "spans_read", lambda metric: frozenset())
    assert some == computed(warehouse)
    assert {row[0] for row in some} == set(COMPARING)


def test_the_spans_are_those_its_expressions_name() -> None:
    assert fill.spans_read(MRR_MOVEMENT) == {"period"}
    assert fill.spans_read(GRR_TRAILING_YEAR) == {"year"}
    assert fill.spans_read(CLV) == {"period", "six"}


@pytest.mark.parametrize(
    "condition",
    [
        compared_customer.c.is_active,
        compared_customer.c.span != "year",
        (compared_customer.c.span == "period") | compared_customer.c.span.like("s%"),
    ],
)
def test_a_metric_that_asks_in_another_way_gets_all_spans(condition: Any) -> None:
    asking = replace(MRR_MOVEMENT, numerator=count_where(condition), sample=count_where(condition))
    assert fill.spans_read(asking) == frozenset()
