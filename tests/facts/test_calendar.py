"""facts.date and facts.period."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.settings import Calendar
from include.facts.calendar import GRAINS, period
from include.facts.calendar import date as days_of
from include.tables import facts
from tests.facts.builders import built, opportunity, put, with_choices


def calendar(time_zone: str = "UTC", fiscal_year_start_month: int = 1) -> Calendar:
    return Calendar(
        time_zone=time_zone,
        currency="USD",
        fiscal_year_start_month=fiscal_year_start_month,
        trailing_periods=3,
    )


def holding(day: date, grain: str, choices: Calendar) -> dict[str, object]:
    """The one period of a grain that holds a day."""
    (row,) = [
        row
        for row in period(day, day, choices)
        if row["grain"] == grain and row["start_date"] <= day < row["end_date"]
    ]
    return row


def test_periods_of_one_day():
    """Sunday 1 February 2026, fiscal year from April: the fourth quarter of the year to March."""
    choices = calendar(fiscal_year_start_month=4)
    expected = {
        # grain: id, start, end, previous start, start a year ago
        "day": ("2026-02-01", "2026-02-01", "2026-02-02", "2026-01-31", "2025-02-02"),
        # Monday 26 January is in ISO week 5; 52 weeks before is Monday 27 January 2025.
        "week": ("2026-W05", "2026-01-26", "2026-02-02", "2026-01-19", "2025-01-27"),
        "month": ("2026-02", "2026-02-01", "2026-03-01", "2026-01-01", "2025-02-01"),
        "quarter": ("2026-Q1", "2026-01-01", "2026-04-01", "2025-10-01", "2025-01-01"),
        "year": ("2026", "2026-01-01", "2027-01-01", "2025-01-01", "2025-01-01"),
        "fiscal_quarter": ("FY2026-Q4", "2026-01-01", "2026-04-01", "2025-10-01", "2025-01-01"),
        "fiscal_year": ("FY2026", "2025-04-01", "2026-04-01", "2024-04-01", "2024-04-01"),
    }
    for grain, (period_id, *dates) in expected.items():
        row = holding(date(2026, 2, 1), grain, choices)
        names = ("start_date", "end_date", "previous_start_date", "year_ago_start_date")
        assert row["period_id"] == period_id
        assert [str(row[name]) for name in names] == dates


def test_the_iso_year_of_a_week_is_not_that_of_its_days():
    # Thursday 1 January 2026 is in the week of Monday 29 December 2025, which is 2026's first.
    assert holding(date(2025, 12, 29), "week", calendar())["period_id"] == "2026-W01"


def test_a_period_ends_at_local_midnight():
    # New York is five hours behind UTC until 8 March 2026, then four.
    new_york = calendar("America/New_York")
    assert holding(date(2026, 2, 1), "month", new_york)["end_at"] == datetime(
        2026, 3, 1, 5, tzinfo=UTC
    )
    assert holding(date(2026, 3, 1), "month", new_york)["end_at"] == datetime(
        2026, 4, 1, 4, tzinfo=UTC
    )


def test_days_know_their_fiscal_quarter():
    (march, april) = days_of(
        date(2026, 3, 31), date(2026, 4, 1), calendar(fiscal_year_start_month=4)
    )
    assert (march["fiscal_year"], march["fiscal_quarter"], march["iso_weekday"]) == (2026, 4, 2)
    assert (april["fiscal_year"], april["fiscal_quarter"], april["iso_weekday"]) == (2027, 1, 3)


@hypothesis_settings(deadline=None, max_examples=50)
@given(
    first=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    length=st.integers(0, 400),
    month=st.integers(1, 12),
)
def test_periods_of_a_grain_follow_each_other_without_gap(first, length, month):
    last = first + timedelta(days=length)
    rows = period(first, last, calendar(fiscal_year_start_month=month))
    for grain in GRAINS:
        of_grain = [row for row in rows if row["grain"] == grain]
        assert of_grain[0]["start_date"] <= first
        assert of_grain[-1]["end_date"] > last
        for earlier, later in itertools.pairwise(of_grain):
            assert earlier["end_date"] == later["start_date"]
            assert later["previous_start_date"] == earlier["start_date"]
        names = [row["period_id"] for row in of_grain]
        assert len(set(names)) == len(names)


def test_the_span_follows_the_data(warehouse, settings):
    put(
        warehouse,
        opportunity("A", "2024-05-05", "2026-09-30", "open", modified="2025-06-06"),
        # Slips of the hand: 3025 for 2025 and 205 for 2025 count ten years at most.
        opportunity("B", "2025-01-01", "3025-09-30", "open"),
        opportunity("C", "2025-01-01", "0205-09-30", "open"),
    )
    days = [row.calendar_date for row in built(warehouse, with_choices(settings), facts.date)]
    # Recorded: 2024 to 2025. 2024 - 10 - 1 = 2013; 2025 + 10 + 2 = 2037.
    assert (days[0], days[-1]) == (date(2013, 1, 1), date(2037, 12, 31))
    assert len(days) == (days[-1] - days[0]).days + 1


def test_an_empty_warehouse_has_an_empty_calendar(warehouse, settings):
    assert built(warehouse, with_choices(settings, costs=()), facts.period) == []
