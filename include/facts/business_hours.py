"""Business hours as a table, and the seconds of them between two instants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of, local_date, seconds_between
from include.core.settings import Settings
from include.tables import facts

Rows = Sequence[dict[str, Any]]


def business_hours(first: dt.date, last: dt.date, settings: Settings) -> Rows:
    """One row per day and stretch of it that begins at an opening, the first one at midnight.

    The stretches of a day cover it, so an instant lies in one of them; a day without an opening has
    one of no length. No rows without business hours. Lengths are those that pass: an opening over a
    change of the clock is an hour longer or shorter.
    """
    hours = settings.service.business_hours
    if hours is None:
        return []
    zone = ZoneInfo(business_zone(settings))
    rows: list[dict[str, Any]] = []
    open_seconds = 0
    # Instants at either end of the calendar may fall on another day here than there.
    day, until = first - dt.timedelta(days=1), last + dt.timedelta(days=1)
    while day <= until:
        begins_at = _instant(dt.datetime(day.year, day.month, day.day), zone)
        spans = [tuple(_instant(at, zone) for at in opening.on(day)) for opening in hours.on(day)]
        # An opening at an hour that the clock leaves out is none.
        spans = [span for span in spans if span[0] < span[1]] or [(begins_at, begins_at)]
        day += dt.timedelta(days=1)
        ends_at = _instant(dt.datetime(day.year, day.month, day.day), zone)
        starts = [begins_at, *(opens_at for opens_at, _ in spans[1:]), ends_at]
        for position, (opens_at, closes_at) in enumerate(spans):
            rows.append(
                {
                    "business_date": day - dt.timedelta(days=1),
                    "starts_at": starts[position],
                    "ends_at": starts[position + 1],
                    "opens_at": opens_at,
                    "closes_at": closes_at,
                    "open_seconds_before": open_seconds,
                }
            )
            open_seconds += int((closes_at - opens_at).total_seconds())
    return rows


def business_zone(settings: Settings) -> str:
    """The time zone business hours are written in."""
    hours = settings.service.business_hours
    return (hours.time_zone if hours else None) or settings.calendar.time_zone


def business_stretch(name: str) -> sa.FromClause:
    """The table under a name of its own, for looking up one instant."""
    return facts.business_hours.alias(name)


def holds_instant(stretch: sa.FromClause, instant: Expression, zone: str) -> sa.ColumnElement[bool]:
    """Condition under which a stretch is the one an instant lies in.

    By day first, which engines can look up; several stretches of a day are few.
    """
    return sa.and_(
        stretch.c.business_date == local_date(instant, zone),
        stretch.c.starts_at <= instant,
        stretch.c.ends_at > instant,
    )


def business_seconds_between(
    earlier_stretch: sa.FromClause,
    earlier: Expression,
    later_stretch: sa.FromClause,
    later: Expression,
) -> Expression:
    """Seconds we were open between two instants; NULL where no business hours are known."""
    return _open_seconds(later_stretch, later) - _open_seconds(earlier_stretch, earlier)


def _open_seconds(stretch: sa.FromClause, instant: Expression) -> Expression:
    """Seconds we were open from the first day of the table to an instant in a stretch."""
    until = earlier_of(later_of(stretch.c.opens_at, instant), stretch.c.closes_at)
    return stretch.c.open_seconds_before + seconds_between(stretch.c.opens_at, until)


def _instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The instant a clock in the zone shows a time."""
    return local.replace(tzinfo=zone).astimezone(dt.UTC)
