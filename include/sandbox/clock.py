"""What the sandbox takes for now: the real time until a test or a scenario sets another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def wall_clock() -> datetime:
    """The real time."""
    return datetime.fromtimestamp(time.time(), UTC)


class Clock:
    """The instant at which the sandbox's services act; calling it gives now.

    Every span of days, hours and minutes is measured by it: when a late record becomes visible,
    how far back deletions are known, when a session ends, when a quota is given back. Rates of
    seconds (ten seconds' and one second's limits, delays of answers) are real time.
    """

    def __init__(self, source: Callable[[], datetime] = wall_clock) -> None:
        self._source = source
        self._ahead = timedelta()
        self._lock = threading.Lock()

    def __call__(self) -> datetime:
        """Now, in UTC."""
        with self._lock:
            return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds; a clock that runs keeps running."""
        with self._lock:
            self._ahead += timedelta(seconds=seconds)

    def set(self, instant: datetime) -> None:
        """Stand still at an instant, which may lie in the past."""
        with self._lock:
            self._source, self._ahead = lambda: instant, timedelta()
