"""Requests of one reading under way at once, their answers in the order they were asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from include.extract.hubspot_client import CONNECTION_COUNT

Item = TypeVar("Item")
Result = TypeVar("Result")


def ahead(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result]]:
    """(item, work(item)) in the order of the items, a few of them worked on at once.

    The next items are fetched while earlier ones are worked on. So no more than a few answers are
    in memory, and a round trip costs nothing while the rate allows the next one.
    """
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    pool = ThreadPoolExecutor(CONNECTION_COUNT)
    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            while len(waiting) > CONNECTION_COUNT or (waiting and waiting[0][1].done()):
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        pool.shutdown(cancel_futures=True)
