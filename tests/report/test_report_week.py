"""Which week is reported, and how it is named."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.report.week import Week, last_complete_week, moment

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("as_of_at", "zone", "start"),
    [
        # Monday 00:30 in Berlin is still Sunday in UTC and in New York.
        (datetime(2025, 11, 16, 23, 30, tzinfo=UTC), BERLIN, date(2025, 11, 10)),
        (datetime(2025, 11, 16, 23, 30, tzinfo=UTC), NEW_YORK, date(2025, 11, 3)),
        # The week the clocks went back has 169 hours; its last one is Sunday 23:00 CET, 22:00 UTC.
        (datetime(2025, 10, 26, 22, 59, tzinfo=UTC), BERLIN, date(2025, 10, 13)),
        (datetime(2025, 10, 26, 23, 0, tzinfo=UTC), BERLIN, date(2025, 10, 20)),
        # The week they went forward ends an hour earlier: Sunday 24:00 CEST is 22:00 UTC.
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), BERLIN, date(2026, 3, 16)),
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), BERLIN, date(2026, 3, 23)),
    ],
)
def test_the_week_is_over_when_it_is_over_there(
    as_of_at: datetime, zone: ZoneInfo, start: date
) -> None:
    assert last_complete_week(as_of_at, zone).start == start


def test_week_53_belongs_to_its_iso_year_and_has_a_year_ago() -> None:
    week = last_complete_week(datetime(2027, 1, 4, 6, tzinfo=UTC), BERLIN)
    assert (week.period_id, week.number) == ("2026-W53", 53)
    assert week.span() == "Mon 28 Dec 2026 – Sun 3 Jan 2027"
    assert week.year_ago.period_id == "2026-W01"  # 364 days earlier: 2025-12-29


def test_spans_repeat_neither_month_nor_year() -> None:
    assert Week(date(2025, 11, 10)).span() == "Mon 10 – Sun 16 Nov 2025"
    assert Week(date(2025, 10, 27)).span() == "Mon 27 Oct – Sun 2 Nov 2025"


def test_a_week_is_as_long_as_its_clock_says() -> None:
    autumn, spring = Week(date(2025, 10, 20)), Week(date(2026, 3, 23))
    for week, hours in ((autumn, 169), (spring, 167)):
        length = week.end_at(BERLIN).astimezone(UTC) - week.start_at(BERLIN).astimezone(UTC)
        assert length.total_seconds() == hours * 3600


def test_moments_name_the_clock_they_are_on() -> None:
    assert moment(datetime(2025, 11, 17, 5, 12, tzinfo=UTC), BERLIN) == "Mon 17 Nov 2025, 06:12 CET"


@given(st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_the_week_reported_ended_less_than_a_week_ago(as_of_at: datetime) -> None:
    week = last_complete_week(as_of_at, NEW_YORK)
    assert week.start.weekday() == 0
    assert week.end_at(NEW_YORK) <= as_of_at < Week(week.end).end_at(NEW_YORK)
    assert week.year_ago.start.weekday() == 0
