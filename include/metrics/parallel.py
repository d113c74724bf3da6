"""Work on several connections at once: one keeps one core of the server busy, and most have more."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from threading import Event
from typing import Any

import sqlalchemy as sa

from include.metrics.prepared.kept import Kept, temporary_tables

# Done in a transaction of its own; gives the rows it wrote.
Step = Callable[[sa.Connection, Kept], int]
# Done in order on one connection.
Unit = Sequence[Step]
# Each may take some hundred MB of the server's memory, so not one for every core there is.
MOST_CONNECTIONS = 4


def work_through(engine: sa.Engine, units: Sequence[Unit]) -> int:
    """Do all units, the first ones first; rows written.

    After an error no further step is begun. When the caller is interrupted, what runs is cancelled.

    Raises: what a unit raises.
    """
    waiting, running, stopped = deque(units), set[Any](), Event()
    count = min(MOST_CONNECTIONS, os.cpu_count() or 1, len(units))
    with ThreadPoolExecutor(max(1, count)) as pool:
        futures = [pool.submit(_work, engine, waiting, running, stopped) for _ in range(count)]
        try:
            wait(futures)
        except BaseException:
            stopped.set()
            for driver in list(running):
                # One that has just ended has nothing left to cancel.
                with suppress(Exception):
                    driver.cancel()
            raise
        return sum(future.result() for future in futures)


def _work(engine: sa.Engine, waiting: deque[Unit], running: set[Any], stopped: Event) -> int:
    """Take units until none is left; rows written."""
    written = 0
    with engine.connect() as connection, temporary_tables(connection) as kept:
        driver = connection.connection.dbapi_connection
        running.add(driver)
        try:
            for step in _steps(waiting):
                if stopped.is_set():
                    break
                with connection.begin():
                    written += step(connection, kept)
        except BaseException:
            stopped.set()
            raise
        finally:
            running.discard(driver)
    return written


def _steps(waiting: deque[Unit]) -> Iterator[Step]:
    """The steps of units that nobody else has taken."""
    while True:
        try:
            unit = waiting.popleft()
        except IndexError:
            return
        yield from unit
