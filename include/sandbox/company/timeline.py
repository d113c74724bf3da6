"""When things happen in the company: growth, seasons, quiet weekends, office hours.

Instants are whole seconds since 1970 (UTC) in int64 arrays. The offices keep New York hours, which
are 13 to 24 o'clock UTC here all year, so that a day is the same day in both zones.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from include.sandbox.company.files import blank

DAY = 86_400
HOUR = 3_600
YEARS = 3
_DAYS = 1_096
_SATURDAY, _SUNDAY = 5, 6
_WEEKEND_WEIGHT = 0.04
_GROWTH_PER_YEAR = 0.25
# January to December: a slow summer, a strong last quarter.
_SEASON = np.array([0.92, 0.96, 1.06, 1.00, 1.02, 1.04, 0.88, 0.84, 1.04, 1.08, 1.12, 1.04])


class Timeline:
    """The three years up to `until`, and how busy each of their days is."""

    def __init__(self, until: datetime, seed: int) -> None:
        if until.tzinfo is None:
            raise ValueError("until needs a time zone, as in 2026-01-01T00:00:00+00:00")
        self.until = int(until.timestamp())
        self.start = self.until - _DAYS * DAY
        # Whole days only: the first and the last may be cut off anywhere.
        days = self.start // DAY + np.arange(1, _DAYS)
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
        growth = np.exp(_GROWTH_PER_YEAR * np.arange(len(days)) / 365.25)
        noise = np.random.default_rng([seed, 0]).lognormal(0, 0.25, _DAYS // 7 + 2)
        weights = growth * _SEASON[months] * np.repeat(noise, 7)[: len(days)]
        weights[np.isin(_weekday(days), (_SATURDAY, _SUNDAY))] *= _WEEKEND_WEIGHT
        self._days = days
        self._cumulated = np.cumsum(weights) / weights.sum()

    def draw(self, generator: np.random.Generator, count: int) -> np.ndarray:
        """`count` instants within the three years, more of them on busy days."""
        day = self._days[np.searchsorted(self._cumulated, generator.random(count))]
        return day * DAY + office_seconds(generator, count)

    def within(self, instants: np.ndarray) -> np.ndarray:
        """The instants, those outside moved to the nearest second inside."""
        return np.clip(instants, self.start, self.until - 1)

    def working(self, generator: np.random.Generator, instants: np.ndarray) -> np.ndarray:
        """The instants at office hours of the same day; most weekend days become later weekdays."""
        day = instants // DAY
        weekday = _weekday(day)
        is_moved = (weekday >= _SATURDAY) & (generator.random(len(instants)) > _WEEKEND_WEIGHT)
        days_after_sunday = generator.integers(0, _SATURDAY, len(instants))
        day = day + np.where(is_moved, 7 - weekday + days_after_sunday, 0)
        return day * DAY + office_seconds(generator, len(instants))


def _weekday(days: np.ndarray) -> np.ndarray:
    """0 for Monday to 6 for Sunday; day 0 of the epoch was a Thursday."""
    return (days + 3) % 7


def office_seconds(generator: np.random.Generator, count: int) -> np.ndarray:
    """Seconds after midnight UTC at which people in the offices work."""
    return generator.triangular(13 * HOUR, 16 * HOUR, 23.5 * HOUR, count).astype(np.int64)


def month_ends(instants: np.ndarray) -> np.ndarray:
    """The last working day of each instant's month, at the same time of day."""
    months = instants.astype("datetime64[s]").astype("datetime64[M]")
    last = np.busday_offset((months + 1).astype("datetime64[D]"), -1, roll="forward")
    return last.astype(np.int64) * DAY + instants % DAY


def salesforce_times(instants: np.ndarray, missing: np.ndarray | None = None) -> list[str | None]:
    """`2026-01-02T03:04:05.000+0000`, None where `missing`."""
    texts = np.datetime_as_string(instants.astype("datetime64[s]")).tolist()
    return _column([text + ".000+0000" for text in texts], missing)


def hubspot_times(instants: np.ndarray, missing: np.ndarray | None = None) -> list[str | None]:
    """`2026-01-02T03:04:05.123Z`, None where `missing`.

    Equal seconds get equal milliseconds, whole minutes none: those were planned, not measured.
    """
    fraction = np.where(instants % 60 == 0, 0, instants * 7_919 % 1_000)
    milliseconds = instants * 1_000 + fraction
    texts = np.datetime_as_string(milliseconds.astype("datetime64[ms]")).tolist()
    return _column([text + "Z" for text in texts], missing)


def dates(instants: np.ndarray, missing: np.ndarray | None = None) -> list[str | None]:
    """`2026-01-02`, None where `missing`."""
    texts = np.datetime_as_string((instants // DAY).astype("datetime64[D]")).tolist()
    return _column(texts, missing)


def _column(texts: list[str], missing: np.ndarray | None) -> list[str | None]:
    return list(texts) if missing is None else blank(texts, missing)
