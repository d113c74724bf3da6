"""What happens to a random company, the same in every run of one seed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from include.core.settings import Calendar
from tests.metrics.builders import BEGINNING, END_OF_TIME, Row, credit

# The fiscal year begins in February, so a fiscal quarter is no other quarter; and the clocks change
# on the 8th of March.
ZONE = ZoneInfo("America/New_York")
CALENDAR = Calendar(
    time_zone=ZONE.key, currency="USD", fiscal_year_start_month=2, trailing_periods=3
)
FIRST = date(2026, 1, 20)
DAYS = 90
# Days on which several periods end or begin: they are drawn as often as all others together.
BOUNDARIES = (
    date(2026, 1, 31),
    date(2026, 2, 1),
    date(2026, 2, 28),
    date(2026, 3, 1),
    date(2026, 3, 31),
    date(2026, 4, 1),
)
# In the middle of a day, at the end of a month, at that of a quarter, and later.
AS_OFS = (
    datetime(2026, 3, 18, 15, 30, tzinfo=ZONE),
    datetime(2026, 4, 1, tzinfo=ZONE),
    datetime(2026, 4, 22, 6, tzinfo=ZONE),
)
Choice = TypeVar("Choice")


class Chance(Random):
    """Draws days, instants and the states of a thing."""

    def day(self) -> date:
        """Some day, half the time one at the edge of a period."""
        if self.random() < 0.5:
            return self.choice(BOUNDARIES)
        return FIRST + timedelta(days=self.randrange(DAYS))

    def instant(self) -> datetime:
        """Some instant, half the time at the edge of a day: midnight, or the last instant before."""
        midnight = datetime.combine(self.day(), datetime.min.time(), ZONE)
        if self.random() < 0.5:
            return (midnight - timedelta(microseconds=self.randrange(2))).astimezone(UTC)
        return (midnight + timedelta(minutes=self.randrange(1, 1440))).astimezone(UTC)

    def maybe(self, choices: Sequence[Choice]) -> Choice | None:
        """One of the choices, or one time in four nothing."""
        return self.choice(choices) if self.random() < 0.75 else None

    def flag(self, share: float = 0.5) -> bool:
        """True in this share of cases."""
        return self.random() < share

    def states(self, row: Row, change: Callable[[], dict[str, Any]]) -> list[Row]:
        """The row known since ever, or since some instant, perhaps changed later, or deleted."""
        turns = [BEGINNING if self.flag(0.6) else self.instant()]
        while self.flag(0.4):
            turns.append(self.instant())
        turns = sorted(set(turns))
        found = []
        for start, end in zip(turns, [*turns[1:], END_OF_TIME], strict=True):
            values = row if not found else found[-1] | change()
            found.append(values | {"valid_from_at": start, "valid_to_at": end})
        if len(found) > 1 and self.flag(0.3):
            del found[-1]
        return found


def local_day(instant: datetime) -> date:
    """The day of an instant in the reporting time zone."""
    return instant.astimezone(ZONE).date()


def many(count: int, make: Callable[[Chance, str], list[Row]], chance: Chance) -> list[Row]:
    """The rows of so many things, each with a name of its own."""
    prefix = make.__name__[0].upper()
    return [row for number in range(count) for row in make(chance, f"{prefix}{number}")]


def credits_of(rows: list[Row], chance: Chance) -> list[Row]:
    """Who is credited with each state of some deals: the owner, or three owners in any order."""
    found = []
    for row in rows:
        if chance.flag(0.6):
            found.append(credit(row))
            continue
        owners = chance.sample(("A", "B", None), 3)
        found += [
            credit(row, rate, is_leading=rate == 0.5, owner_user_id=owner)
            for owner, rate in zip(owners, (0.5, 0.3, 0.2), strict=True)
        ]
    return found
