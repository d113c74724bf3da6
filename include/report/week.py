"""ISO weeks as a report names them. English words; a mail's numbers, not its words, are localised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

WORDS = "en_GB"


@dataclass(frozen=True, order=True)
class Week:
    """The week that begins on `start`, a Monday."""

    start: date

    @property
    def end(self) -> date:
        """First day after the week."""
        return self.start + timedelta(days=7)

    @property
    def number(self) -> int:
        """ISO week number."""
        return self.start.isocalendar().week

    @property
    def period_id(self) -> str:
        """The week's name, such as 2025-W46; the year is the ISO year."""
        year, number, _ = self.start.isocalendar()
        return f"{year}-W{number:02d}"

    @property
    def year_ago(self) -> Week:
        """The week 364 days earlier: the same weekdays, and defined for a week 53."""
        return self.back(52)

    def back(self, weeks: int) -> Week:
        """The week that many weeks earlier."""
        return Week(self.start - timedelta(weeks=weeks))

    def start_at(self, zone: ZoneInfo) -> datetime:
        """The instant the week begins in a time zone."""
        return datetime.combine(self.start, datetime.min.time(), zone)

    def end_at(self, zone: ZoneInfo) -> datetime:
        """The instant the week is over in a time zone."""
        return datetime.combine(self.end, datetime.min.time(), zone)

    def span(self) -> str:
        """First and last day, such as `Mon 10 - Sun 16 Nov 2025` (with an en dash)."""
        first, last = self.start, self.end - timedelta(days=1)
        pattern = "EEE d"
        if first.month != last.month:
            pattern += " MMM"
        if first.year != last.year:
            pattern += " yyyy"
        return (
            f"{format_date(first, pattern, WORDS)} – {format_date(last, 'EEE d MMM yyyy', WORDS)}"
        )


def last_complete_week(as_of_at: datetime, zone: ZoneInfo) -> Week:
    """The latest week that was over, in the time zone, at an instant."""
    today = as_of_at.astimezone(zone).date()
    return Week(today - timedelta(days=today.weekday() + 7))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """An instant on the local clock, such as `Mon 17 Nov 2025, 06:12 CET`."""
    local = at.astimezone(zone)
    return f"{format_datetime(local, 'EEE d MMM yyyy, HH:mm', locale=WORDS)} {local.tzname()}"
