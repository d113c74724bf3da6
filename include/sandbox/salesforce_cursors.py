"""Open cursors of REST queries: few for each user, each for a while, each for its own session."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.sandbox.salesforce_query import Answer, salesforce_error
from include.sandbox.salesforce_trouble import SalesforceTrouble

# A cursor that is used all the time ends all the same.
_LONGEST_LIFE = timedelta(days=2)


@dataclass
class Cursor:
    """What a query found when it was asked, and how many records a page may hold."""

    answer: Answer
    batch: int
    opened_at: datetime
    used_at: datetime


class Cursors:
    """Cursors by the session that opened them and their name, the oldest first."""

    def __init__(self, trouble: SalesforceTrouble, clock: Callable[[], datetime]) -> None:
        self._trouble = trouble
        self._clock = clock
        self._cursors: OrderedDict[tuple[str, str], Cursor] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, session: str, name: str, answer: Answer, batch: int) -> None:
        """Open a cursor; the user's oldest one is dropped when there are too many."""
        now = self._clock()
        with self._lock:
            self._cursors[session, name] = Cursor(answer, batch, now, now)
            self._cursors.move_to_end((session, name))
            while len(self._cursors) > self._trouble.open_cursors:
                self._cursors.popitem(last=False)

    def use(self, session: str, name: str) -> Cursor:
        """A cursor by its name.

        Raises:
            ApiError: it was dropped, has ended, or is another session's.
        """
        now = self._clock()
        idle = timedelta(seconds=self._trouble.cursor_idle_seconds)
        with self._lock:
            cursor = self._cursors.get((session, name))
            if (
                cursor is None
                or now - cursor.used_at > idle
                or now - cursor.opened_at > _LONGEST_LIFE
            ):
                raise salesforce_error(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
            cursor.used_at = now
            return cursor

    def drop_all(self) -> None:
        """Drop every cursor."""
        with self._lock:
            self._cursors.clear()
