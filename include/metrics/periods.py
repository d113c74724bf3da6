"""Which periods a metric is computed for, and the temporary tables that name them to the warehouse."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.errors import StopError
from include.metrics.metric import Metric
from include.tables import facts
from include.tables.base import day, flag, instant, text

_TEMPORARY: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DROP"}
_METADATA = sa.MetaData()

wanted_period = sa.Table(
    "wanted_period",
    _METADATA,
    text("grain", "Grain.", primary_key=True),
    day("start_date", "First day.", primary_key=True),
    day("end_date", "First day after.", nullable=False),
    text("period_id", "Name.", nullable=False),
    flag("is_complete", "Has ended as of then.", nullable=False),
    instant("moment_at", "The period's end, or the as-of if earlier.", nullable=False),
    day("last_date", "Day of the last instant before moment_at.", nullable=False),
    instant("week_before_at", "Same time of day, seven days before moment_at.", nullable=False),
    day("week_before_date", "Its day.", nullable=False),
    text("source_status", "What the sources allow: OK, PARTIAL, or why no value.", nullable=False),
    text("source_reason", "The same in words.", nullable=False),
    instant("previous_as_of_at", "The latest as-of before this one that has values of it."),
    instant("next_as_of_at", "The earliest as-of after this one that has values of it."),
    **_TEMPORARY,
)

wanted_day = sa.Table(
    "wanted_day",
    _METADATA,
    text("grain", "Grain.", primary_key=True),
    day("start_date", "First day of the period.", primary_key=True),
    day(
        "calendar_date", "A day of the period, or of the one it is compared with.", primary_key=True
    ),
    flag("is_base", "A day of the period it is compared with.", nullable=False),
    **_TEMPORARY,
)


@dataclass(frozen=True)
class Period:
    """One period of facts.period; `end_date` and `end_at` are exclusive."""

    grain: str
    start_date: date
    end_date: date
    end_at: datetime
    period_id: str


@dataclass(frozen=True)
class Wanted:
    """A period to compute: what its sources allow, and the as-ofs beside this one that have it."""

    period: Period
    source_status: str
    source_reason: str
    previous_as_of_at: datetime | None
    next_as_of_at: datetime | None


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


def recent(periods: list[Period], as_of: AsOf, trailing: int) -> list[Period]:
    """Of one grain's periods: the one that contains the as-of, and the `trailing` before it.

    A period that begins at the as-of has not begun.
    """
    begun = bisect_right(periods, as_of.last_date, key=lambda period: period.start_date)
    return periods[max(0, begun - 1 - trailing) : begun]


def choose_periods(
    periods: dict[str, list[Period]],
    as_of: AsOf,
    trailing: int,
    first_date: date | None,
    filled: Container[tuple[str, date]],
) -> list[Period]:
    """The recent periods of every grain, and those since the first event that are not `filled`.

    `filled` has the (grain, first day) of periods that an earlier as-of has values of: so the first
    run fills history, and one that comes later with an older as-of chooses as if it had come first.
    """
    chosen: list[Period] = []
    for grain, all_periods in periods.items():
        latest = recent(all_periods, as_of, trailing)
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


def first_event_date(connection: sa.Connection, metric: Metric, as_of: AsOf) -> date | None:
    """Day of the metric's earliest event as of then; None when there is none."""
    table = metric.date.table
    known = [metric.date <= as_of.last_date]
    if "valid_from_at" in table.c:
        known.append(stands_at(table, sa.literal(as_of.at)))
    return connection.scalar(sa.select(sa.func.min(metric.date)).where(*known))


def stands_at(fact: sa.FromClause, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a state is the one that stood just before an instant.

    The instant itself is left out, as in every window: what changes at midnight belongs to the day
    that begins, and a run that has read up to an instant knows nothing of that instant.
    """
    return sa.and_(fact.c.valid_from_at < moment, fact.c.valid_to_at >= moment)


def fill_wanted_tables(
    connection: sa.Connection, metric: Metric, chosen: list[Wanted], as_of: AsOf
) -> None:
    """Create and fill wanted_period and wanted_day; they are gone when the transaction ends."""
    _METADATA.create_all(connection, checkfirst=False)
    connection.execute(wanted_period.insert(), [_row(wanted, as_of) for wanted in chosen])
    wanted, calendar = wanted_period.c, facts.date.c
    columns = ["grain", "start_date", "calendar_date", "is_base"]
    connection.execute(
        wanted_day.insert().from_select(
            columns,
            sa.select(
                wanted.grain, wanted.start_date, calendar.calendar_date, sa.false()
            ).join_from(
                wanted_period,
                facts.date,
                (calendar.calendar_date >= wanted.start_date)
                & (calendar.calendar_date < wanted.end_date),
            ),
        )
    )
    if metric.compared_with:
        compared, base = facts.period.c, facts.period.alias("base")
        connection.execute(
            wanted_day.insert().from_select(
                columns,
                sa.select(wanted.grain, wanted.start_date, calendar.calendar_date, sa.true())
                .join_from(
                    wanted_period,
                    facts.period,
                    (compared.grain == wanted.grain) & (compared.start_date == wanted.start_date),
                )
                .join(
                    base,
                    (base.c.grain == wanted.grain)
                    & (base.c.start_date == compared[f"{metric.compared_with}_start_date"]),
                )
                .join(
                    facts.date,
                    (calendar.calendar_date >= base.c.start_date)
                    & (calendar.calendar_date < base.c.end_date),
                ),
            )
        )


def _row(wanted: Wanted, as_of: AsOf) -> dict[str, Any]:
    """One row of wanted_period."""
    period = wanted.period
    moment = AsOf(min(period.end_at, as_of.at), as_of.zone)
    # Arithmetic on a local time keeps the time of day when the clocks change in between.
    week_before = (moment.at.astimezone(as_of.zone) - timedelta(days=7)).astimezone(UTC)
    return {
        "grain": period.grain,
        "start_date": period.start_date,
        "end_date": period.end_date,
        "period_id": period.period_id,
        "is_complete": period.end_at <= as_of.at,
        "moment_at": moment.at,
        "last_date": moment.last_date,
        "week_before_at": week_before,
        "week_before_date": week_before.astimezone(as_of.zone).date(),
        "source_status": wanted.source_status,
        "source_reason": wanted.source_reason,
        "previous_as_of_at": wanted.previous_as_of_at,
        "next_as_of_at": wanted.next_as_of_at,
    }
