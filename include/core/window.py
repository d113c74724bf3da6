"""Half-open UTC time windows, and what a set of them leaves uncovered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Window:
    """Instants from `start` (inclusive) to `end` (exclusive), both UTC and aware."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Refuse naive and empty windows.

        Raises:
            ValueError: a bound has no time zone, or end is not after start.
        """
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError(f"window bounds need a time zone: {self.start!r}, {self.end!r}")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"window ends at {self.end}, not after its start {self.start}")

    def widened(self, overlap: timedelta) -> Window:
        """Start earlier by `overlap`, so that records committed late are read again."""
        return Window(max(BEGINNING, self.start - overlap), self.end)


def gaps(wanted: Window, covered: Iterable[Window]) -> list[Window]:
    """Parts of `wanted` that no window in `covered` holds, earliest first."""
    missing: list[Window] = []
    reached = wanted.start
    for window in sorted(covered):
        if window.end <= reached:
            continue
        if window.start >= wanted.end:
            break
        if window.start > reached:
            missing.append(Window(reached, window.start))
        reached = max(reached, window.end)
    if reached < wanted.end:
        missing.append(Window(reached, wanted.end))
    return missing
