"""facts.business_hours."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.settings import Settings
from include.core.settings_service import Service
from include.facts.business_hours import (
    business_hours,
    business_seconds_between,
    business_stretch,
    business_zone,
    holds_instant,
)
from include.tables import facts
from tests.facts.builders import at, with_choices

MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK = {name: ["09:00-18:00"] for name in ("monday", "tuesday", "wednesday", "thursday", "friday")}


def open_at(settings: Settings, **hours: object) -> Settings:
    """The settings in UTC with business hours."""
    service = Service.model_validate({"business_hours": hours})
    return dataclasses.replace(with_choices(settings), service=service)


def fill(
    warehouse: sa.Engine, settings: Settings, first: str = "2026-01-01", last: str = "2026-12-31"
) -> None:
    """Put the business hours of a span of days into the warehouse."""
    rows = business_hours(date.fromisoformat(first), date.fromisoformat(last), settings)
    with warehouse.begin() as connection:
        connection.execute(sa.delete(facts.business_hours))
        if rows:
            connection.execute(sa.insert(facts.business_hours), list(rows))


def seconds(
    warehouse: sa.Engine, settings: Settings, earlier: datetime, later: datetime
) -> int | None:
    """Business seconds between two instants, as a fact looks them up."""
    zone = business_zone(settings)
    begin, end = business_stretch("begin"), business_stretch("ending")
    told = sa.select(
        sa.literal(earlier, sa.DateTime(timezone=True)).label("earlier"),
        sa.literal(later, sa.DateTime(timezone=True)).label("later"),
    ).subquery("told")
    query = sa.select(
        business_seconds_between(begin, told.c.earlier, end, told.c.later)
    ).select_from(
        told.outerjoin(begin, holds_instant(begin, told.c.earlier, zone)).outerjoin(
            end, holds_instant(end, told.c.later, zone)
        )
    )
    with warehouse.connect() as connection:
        rows = connection.execute(query).all()
    assert len(rows) == 1, "an instant lies in one stretch"
    return rows[0][0]


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        # 6 March 2026 is a Friday: half an hour until 18:00, and half an hour from Monday 9:00.
        ("2026-03-06T17:30", "2026-03-09T09:30", HOUR),
        ("2026-03-06T10:00", "2026-03-06T10:20", 20 * MINUTE),
        # Filed at night or on Saturday: the clock starts at the next opening.
        ("2026-03-05T22:00", "2026-03-06T09:10", 10 * MINUTE),
        ("2026-03-07T12:00", "2026-03-09T10:00", HOUR),
        # Answered while closed: it stopped at closing.
        ("2026-03-06T17:00", "2026-03-08T03:00", HOUR),
        ("2026-03-07T01:00", "2026-03-08T23:00", 0),
        ("2026-03-06T18:00", "2026-03-09T09:00", 0),
        # Monday to Monday: five days of nine hours.
        ("2026-03-02T00:00", "2026-03-09T00:00", 5 * 9 * HOUR),
        # Good Friday is a holiday: Thursday's last hour, and Monday's first.
        ("2026-04-02T17:00", "2026-04-06T10:00", 2 * HOUR),
    ],
)
def test_seconds_open_between_two_instants(warehouse, settings, earlier, later, expected):
    chosen = open_at(settings, **WEEK, holidays=[date(2026, 4, 3)])
    fill(warehouse, chosen)
    assert seconds(warehouse, chosen, at(earlier), at(later)) == expected


def test_a_break_at_noon(warehouse, settings):
    chosen = open_at(settings, tuesday=["13:30-18:00", "09:00-12:30"])
    fill(warehouse, chosen)
    # 3 March 2026 is a Tuesday. 12:00 to 12:30, and 13:30 to 14:00.
    assert seconds(warehouse, chosen, at("2026-03-03T12:00"), at("2026-03-03T14:00")) == HOUR
    assert seconds(warehouse, chosen, at("2026-03-03T12:40"), at("2026-03-03T13:00")) == 0
    # 3.5 + 4.5 hours a week.
    assert seconds(warehouse, chosen, at("2026-03-03T13:00"), at("2026-03-10T13:00")) == 8 * HOUR


def test_the_change_of_the_clock(warehouse, settings):
    """In Berlin the night to 29 March 2026 lacks an hour, that to 25 October has one more."""
    daily = {name: ["00:00-24:00"] for name in (*WEEK, "saturday", "sunday")}
    chosen = open_at(settings, time_zone="Europe/Berlin", **daily)
    fill(warehouse, chosen)
    berlin = ZoneInfo("Europe/Berlin")
    for day, hours in ((date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        begin = datetime(day.year, day.month, day.day, tzinfo=berlin)
        next_day = day + timedelta(days=1)
        end = datetime(next_day.year, next_day.month, next_day.day, tzinfo=berlin)
        assert seconds(warehouse, chosen, begin, end) == hours * HOUR, day
    # 9 o'clock is 8:00 UTC on Friday, and 7:00 UTC on Monday.
    chosen = open_at(settings, time_zone="Europe/Berlin", **WEEK)
    fill(warehouse, chosen)
    assert seconds(warehouse, chosen, at("2026-03-27T16:30"), at("2026-03-30T07:30")) == HOUR


def test_an_opening_in_the_hour_the_clock_leaves_out_is_none(warehouse, settings):
    chosen = open_at(settings, time_zone="Europe/Berlin", sunday=["02:00-03:00"])
    fill(warehouse, chosen)
    # 29 March has no such hour: one each on the 22nd and on 5 April.
    assert seconds(warehouse, chosen, at("2026-03-20"), at("2026-04-06")) == 2 * HOUR


def test_the_ends_of_the_calendar_are_covered_in_any_zone(warehouse, settings):
    daily = {name: ["00:00-24:00"] for name in (*WEEK, "saturday", "sunday")}
    chosen = open_at(settings, time_zone="Pacific/Auckland", **daily)
    fill(warehouse, chosen, "2026-03-01", "2026-03-02")
    # Up to an hour before the calendar's end in UTC, which is on 3 March in Auckland.
    assert seconds(warehouse, chosen, at("2026-03-01"), at("2026-03-02T23:00")) == 47 * HOUR


def test_without_business_hours_there_are_none(warehouse, settings):
    chosen = with_choices(settings)
    fill(warehouse, chosen)
    assert seconds(warehouse, chosen, at("2026-03-02"), at("2026-03-03")) is None


def by_hand(earlier: datetime, later: datetime) -> int:
    """Minutes of Monday to Friday, 9 to 18, counted one by one."""
    count, minute = 0, earlier
    while minute < later:
        count += minute.weekday() < 5 and 9 <= minute.hour < 18
        minute += timedelta(minutes=1)
    return count * MINUTE


@hypothesis_settings(max_examples=25, deadline=None)
@given(start=st.integers(0, 20 * 1440), length=st.integers(0, 10 * 1440))
def test_it_is_the_minutes_counted_one_by_one(filled, start: int, length: int):
    warehouse, chosen = filled
    earlier = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=start)
    later = earlier + timedelta(minutes=length)
    assert seconds(warehouse, chosen, earlier, later) == by_hand(earlier, later)


@pytest.fixture(scope="module")
def filled(fresh_warehouse, settings):
    """A warehouse with business hours, for many look-ups."""
    chosen = open_at(settings, **WEEK)
    with fresh_warehouse() as warehouse:
        fill(warehouse, chosen)
        yield warehouse, chosen
