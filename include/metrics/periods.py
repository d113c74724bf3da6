"""Which periods a metric is computed for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.errors import StopError
from include.tables import facts


@dataclass(frozen=True)
class Period:
    """One period of facts.period; `end_date` and `end_at` are exclusive."""

    grain: str
    start_date: date
    end_date: date
    end_at: datetime
    period_id: str
    previous_start_date: date
    year_ago_start_date: date


@dataclass(frozen=True)
class AsOf:
    """The instant values are computed as of (exclusive), in the reporting time zone."""

    at: datetime
    zone: ZoneInfo

    @property
    def last_date(self) -> date:
        """Day of the last instant before."""
        return (self.at - timedelta(microseconds=1)).astimezone(self.zone).date()

    @property
    def local_date(self) -> date:
        """Day of the instant itself."""
        return self.at.astimezone(self.zone).date()

    @property
    def is_end_of_day(self) -> bool:
        """Whether a day ends with it."""
        midnight = datetime.combine(self.local_date, datetime.min.time(), self.zone)
        # In UTC: Python takes a midnight that the clock leaves out for no instant of another zone.
        return midnight.astimezone(UTC) == self.at


@dataclass(frozen=True)
class AsOfs:
    """As-ofs that are computed together, the earliest first, each at the end of a day.

    Only one that is by itself may be at any time of day: what changes later on its last day is
    told apart by the day alone.
    """

    each: tuple[AsOf, ...]

    @property
    def first(self) -> AsOf:
        """The earliest."""
        return self.each[0]

    @property
    def last(self) -> AsOf:
        """The latest."""
        return self.each[-1]

    @property
    def zone(self) -> ZoneInfo:
        """The reporting time zone of all."""
        return self.each[0].zone


def read_periods(connection: sa.Connection, as_of: AsOf) -> dict[str, list[Period]]:
    """All periods by grain, earliest first.

    Raises:
        StopError: the calendar does not reach the as-of.
    """
    period = facts.period
    rows = connection.execute(
        sa.select(*(period.c[name] for name in Period.__dataclass_fields__)).order_by(
            period.c.grain, period.c.start_date
        )
    )
    periods = {
        grain: list(group)
        for grain, group in groupby((Period(*row) for row in rows), key=lambda each: each.grain)
    }
    days = periods.get("day", [])
    if not days or not days[0].start_date <= as_of.last_date < days[-1].end_date:
        reach = (
            f"reaches from {days[0].start_date} to {days[-1].start_date}" if days else "is empty"
        )
        raise StopError(
            f"The calendar in facts.period {reach}, so there is no period for {as_of.last_date}.",
            "Run the task `facts` of crm_daily first; it builds the calendar.",
        )
    return periods


@dataclass(frozen=True)
class Reach:
    """How far back an as-of computes again: so many periods of each grain, and all that ended so many
    days before it or less.
    """

    periods: int
    days: int = 0


def recent(periods: list[Period], as_of: AsOf, reach: Reach) -> list[Period]:
    """Of one grain's periods: the one that contains the as-of, and those before it within reach.

    A period that begins at the as-of has not begun.
    """
    begun = bisect_right(periods, as_of.last_date, key=lambda period: period.start_date)
    by_days = bisect_right(
        periods, as_of.last_date - timedelta(days=reach.days), key=lambda period: period.end_date
    )
    return periods[max(0, min(begun - 1 - reach.periods, by_days)) : begun]


def choose_periods(
    periods: dict[str, list[Period]],
    as_of: AsOf,
    reach: Reach,
    first_date: date | None,
    filled: Container[tuple[str, date]],
) -> list[Period]:
    """The recent periods of every grain, and those since the first event that are not `filled`.

    `filled` has the (grain, first day) of periods that an earlier as-of has values of: so the first
    run fills history, and one that comes later with an older as-of chooses as if it had come first.
    """
    chosen: list[Period] = []
    for grain, all_periods in periods.items():
        latest = recent(all_periods, as_of, reach)
        chosen += latest
        if first_date is None or not latest:
            continue
        chosen += [
            period
            for period in all_periods
            if first_date < period.end_date <= latest[0].start_date
            and (grain, period.start_date) not in filled
        ]
    return chosen
