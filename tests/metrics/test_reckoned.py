"""Every metric is held against a slow and obvious reckoning; also where a company has nothing yet."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.tables import SOURCE_OBJECTS
from tests.metrics import (
    test_frames_adoption,
    test_frames_deals,
    test_frames_funnel,
    test_frames_sales,
    test_frames_service,
    test_frames_subscription,
    test_frames_value,
)
from tests.metrics.builders import at, build_calendar, loaded
from tests.metrics.chance import CALENDAR
from tests.metrics.reckoning import Reckoning, hold

MODULES = (
    test_frames_adoption,
    test_frames_deals,
    test_frames_funnel,
    test_frames_sales,
    test_frames_service,
    test_frames_subscription,
    test_frames_value,
)
# Metrics without a reckoning, with the reason why there cannot be one.
NOT_RECKONED: dict[str, str] = {}


def reckonings() -> dict[str, Reckoning]:
    """Every reckoning by metric."""
    return {name: reckon for module in MODULES for name, reckon in module.RECKONINGS.items()}


def test_every_metric_has_a_reckoning_or_a_reason() -> None:
    catalogued = {metric.id for metric in CATALOGUE}
    assert set(reckonings()) | set(NOT_RECKONED) == catalogued
    assert not set(reckonings()) & set(NOT_RECKONED)
    assert all(len(reason) > 20 for reason in NOT_RECKONED.values())


def test_no_metric_has_two_reckonings() -> None:
    assert len(reckonings()) == sum(len(module.RECKONINGS) for module in MODULES)


@pytest.mark.slow
def test_a_company_with_nothing_has_zeros_and_no_quotients(warehouse: sa.Engine) -> None:
    """Read whole, and found empty: a sum is zero, and a rate is none."""
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    hold(warehouse, {}, [at("2026-03-18T15:30")], reckonings(), CALENDAR)
