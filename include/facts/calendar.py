"""Days and periods: the calendar every metric is computed on, as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from include.core.settings import Calendar, Settings
from include.tables.stage import CURRENT

GRAINS = ("day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year")
MONTHS = {"month": 1, "quarter": 3, "year": 12, "fiscal_quarter": 3, "fiscal_year": 12}
DAYS = {"day": 1, "week": 7}
# A close date in the year 3020 is a slip of the hand, not a reason for a thousand years of days.
FARTHEST_YEARS = 10

Rows = Sequence[dict[str, Any]]


def calendar_span(connection: sa.Connection, settings: Settings) -> tuple[dt.date, dt.date] | None:
    """First and last day of the calendar; None while nothing is staged and no cost is known.

    From the start of the year before the earliest event to the end of the second year after the
    latest; dates typed in by hand count up to ten years beyond what the CRMs themselves recorded.
    """
    recorded, typed = _recorded_days(connection), _typed_days(connection)
    typed += [*_first_agreed_days(connection), *(cost.cost_date for cost in settings.costs)]
    if not recorded:
        recorded = typed
    if not recorded:
        return None
    floor, ceiling = min(recorded).year - FARTHEST_YEARS, max(recorded).year + FARTHEST_YEARS
    years = [day.year for day in recorded]
    years += [min(max(day.year, floor), ceiling) for day in typed]
    return dt.date(min(years) - 1, 1, 1), dt.date(max(years) + 2, 12, 31)


def date(first: dt.date, last: dt.date, calendar: Calendar) -> Rows:
    """One row per day."""
    rows = []
    for offset in range((last - first).days + 1):
        day = first + dt.timedelta(days=offset)
        begin = _start("fiscal_year", day, calendar)
        rows.append(
            {
                "calendar_date": day,
                "iso_weekday": day.isoweekday(),
                "fiscal_year": _fiscal_year(begin, calendar),
                "fiscal_quarter": _months_between(begin, day) // 3 + 1,
            }
        )
    return rows


def period(first: dt.date, last: dt.date, calendar: Calendar) -> Rows:
    """One row per period of each grain that holds a day of the span."""
    return [
        {
            "grain": grain,
            "start_date": start,
            "end_date": _moved(grain, start, 1),
            "end_at": _midnight(_moved(grain, start, 1), calendar),
            "period_id": _period_id(grain, start, calendar),
            "previous_start_date": _moved(grain, start, -1),
            "year_ago_start_date": (
                _plus_months(start, -12) if grain in MONTHS else start - dt.timedelta(days=364)
            ),
        }
        for grain in GRAINS
        for start in _starts(grain, first, last, calendar)
    ]


def _recorded_days(connection: sa.Connection) -> list[dt.date]:
    """Earliest and latest day of creation and modification, over all staged objects."""
    extremes = sa.union_all(
        *(
            sa.select(
                sa.func.min(table.c.get("created_at", table.c.modified_at)),
                sa.func.max(table.c.modified_at),
            )
            for table in CURRENT.values()
        )
    )
    return [instant.date() for row in connection.execute(extremes) for instant in row if instant]


def _typed_days(connection: sa.Connection) -> list[dt.date]:
    """Earliest and latest day of closing, and of what else users type in."""
    columns = (
        CURRENT["salesforce.opportunity"].c.close_date,
        CURRENT["salesforce.campaign"].c.start_date,
        CURRENT["salesforce.campaign"].c.end_date,
        CURRENT["hubspot.campaign"].c.start_date,
        CURRENT["hubspot.campaign"].c.end_date,
        CURRENT["salesforce.order"].c.effective_date,
        sa.cast(CURRENT["hubspot.invoice"].c.paid_at, sa.Date),
        sa.cast(CURRENT["hubspot.deal"].c.close_at, sa.Date),
        sa.cast(CURRENT["hubspot.deal"].c.create_at, sa.Date),
    )
    extremes = sa.union_all(
        *(sa.select(sa.func.min(column), sa.func.max(column)) for column in columns)
    )
    return [day for row in connection.execute(extremes) for day in row if day]


def _first_agreed_days(connection: sa.Connection) -> list[dt.date]:
    """First days of what was agreed earliest: a CRM that is new holds agreements that are not.

    Customers pay from then on; in a calendar that began later all of them would come with its first
    month. The last days of agreements tell of no event.
    """
    columns = (
        CURRENT["salesforce.contract"].c.start_date,
        CURRENT["salesforce.service_contract"].c.start_date,
        CURRENT["salesforce.contract_line_item"].c.start_date,
        sa.cast(CURRENT["salesforce.asset_state_period"].c.start_at, sa.Date),
        CURRENT["salesforce.opportunity_line_item"].c.service_date,
        CURRENT["hubspot.subscription"].c.billing_start_date,
        CURRENT["hubspot.line_item"].c.billing_start_date,
    )
    earliest = sa.union_all(*(sa.select(sa.func.min(column)) for column in columns))
    return [day for day in connection.scalars(earliest) if day]


def _starts(grain: str, first: dt.date, last: dt.date, calendar: Calendar) -> Iterator[dt.date]:
    """First days of the periods that hold a day of the span."""
    start = _start(grain, first, calendar)
    while start <= last:
        yield start
        start = _moved(grain, start, 1)


def _start(grain: str, day: dt.date, calendar: Calendar) -> dt.date:
    """First day of the period that holds a day."""
    if grain == "day":
        return day
    if grain == "week":
        return day - dt.timedelta(days=day.weekday())
    first_month = calendar.fiscal_year_start_month if grain.startswith("fiscal") else 1
    into_period = (day.month - first_month) % MONTHS[grain]
    return _plus_months(day.replace(day=1), -into_period)


def _moved(grain: str, start: dt.date, periods: int) -> dt.date:
    """First day of the period so many periods later."""
    if grain in DAYS:
        return start + dt.timedelta(days=DAYS[grain] * periods)
    return _plus_months(start, MONTHS[grain] * periods)


def _plus_months(first_of_month: dt.date, months: int) -> dt.date:
    """First of the month so many months later."""
    counted = first_of_month.year * 12 + first_of_month.month - 1 + months
    return dt.date(counted // 12, counted % 12 + 1, 1)


def _months_between(earlier: dt.date, later: dt.date) -> int:
    """Whole calendar months from the month of one day to that of another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _fiscal_year(start: dt.date, calendar: Calendar) -> int:
    """Year in which the fiscal year that holds this first of a month ends."""
    return _plus_months(_start("fiscal_year", start, calendar), 11).year


def _midnight(day: dt.date, calendar: Calendar) -> dt.datetime:
    """The instant a day begins in the reporting time zone."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=calendar.zone).astimezone(dt.UTC)


def _period_id(grain: str, start: dt.date, calendar: Calendar) -> str:
    """Name of the period, such as 2026-W46 or FY2027-Q1."""
    if grain == "day":
        return start.isoformat()
    if grain == "week":
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    if grain == "month":
        return f"{start.year}-{start.month:02d}"
    if grain == "quarter":
        return f"{start.year}-Q{(start.month - 1) // 3 + 1}"
    if grain == "year":
        return str(start.year)
    fiscal_year = f"FY{_fiscal_year(start, calendar)}"
    if grain == "fiscal_year":
        return fiscal_year
    quarter = _months_between(_start("fiscal_year", start, calendar), start) // 3 + 1
    return f"{fiscal_year}-Q{quarter}"
