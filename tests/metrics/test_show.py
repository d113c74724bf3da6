"""How stored values are printed for people."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from include.metrics.catalogue import CATALOGUE
from include.metrics.describe import UNITS
from include.metrics.show import COLUMNS, _readable, write_csv, write_table
from tests.metrics.builders import UTC_CALENDAR, at

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


def test_what_a_value_leaves_out_is_told_below_it() -> None:
    row = {
        "metric_id": "revenue", "grain": "month", "period_id": "2026-03", "unit": "money",
        "period_start_date": date(2026, 3, 1), "period_end_date": date(2026, 4, 1),
        "slice_id": "total", "slice_label": "", "value": Decimal(100), "sample_count": 2,
        "status": "OK", "status_reason": "", "excluded_count": 3, "is_complete": True,
        "as_of_at": at("2026-04-01"),
    }  # fmt: skip
    out = io.StringIO()
    write_table([row, row | {"metric_id": "cogs", "excluded_count": 0}], UTC_CALENDAR, out)
    lines = out.getvalue().splitlines()
    assert [line.split()[-2:] for line in lines if "USD" in line] == [["see", "below"], ["2", "ok"]]
    assert "Won revenue: 3 left out; docs/metrics.md says which." in lines
    assert "Cost of goods sold:" not in out.getvalue()


@pytest.mark.parametrize("label", ["=1+2", "+1+2", "-1+2", "@SUM(A1)", "\t=1+2", "\r=1+2"])
def test_a_name_that_is_a_formula_is_text_in_a_spreadsheet(label: str) -> None:
    row = dict.fromkeys(COLUMNS, "") | {"slice_label": label, "value": Decimal("-12.50")}
    out = io.StringIO(newline="")
    write_csv([row, row | {"slice_label": "Mail - 2026 = new"}], UTC_CALENDAR, out)
    read = list(csv.DictReader(io.StringIO(out.getvalue(), newline="")))
    shown = label.replace("\r", " ")
    assert [each["slice_label"] for each in read] == [f"'{shown}", "Mail - 2026 = new"]
    # A number is one: less than nothing is no formula.
    assert [each["value"] for each in read] == ["-12.5", "-12.5"]


def test_a_line_break_of_any_kind_in_a_name_begins_no_row() -> None:
    out = io.StringIO()
    write_csv([dict.fromkeys(COLUMNS, "") | {"slice_label": "a\r=1+2\nb"}], UTC_CALENDAR, out)
    assert "\r" not in out.getvalue()
    (row,) = csv.DictReader(io.StringIO(out.getvalue(), newline=""))
    assert row["slice_label"] == "a =1+2\nb"


def test_every_unit_of_the_catalogue_is_printed_and_described() -> None:
    units = {metric.unit for metric in CATALOGUE}
    assert units <= set(PRINTED)
    assert units <= set(UNITS)
