"""How stored values are printed for people."""

from __future__ import annotations

from decimal import Decimal

import pytest

from include.metrics.catalogue import CATALOGUE
from include.metrics.describe import UNITS
from include.metrics.show import _readable

PRINTED = {
    "money": ("1234.5", "1,234.50 USD"),
    "count": ("1234", "1,234"),
    "rate": ("0.0625", "6.2 %"),
    "ratio": ("2.5", "2.50"),
    "days": ("31.67", "31.7 days"),
    "months": ("9.5", "9.5 months"),
    "seconds": ("5430", "1 h 30 min"),
    "points": ("14.2857", "+14.3"),
}


@pytest.mark.parametrize("unit", PRINTED)
def test_a_value_is_printed_with_its_unit(unit: str) -> None:
    value, text = PRINTED[unit]
    assert _readable({"value": Decimal(value), "unit": unit}, "USD") == text


def test_every_unit_of_the_catalogue_is_printed_and_described() -> None:
    units = {metric.unit for metric in CATALOGUE}
    assert units <= set(PRINTED)
    assert units <= set(UNITS)
