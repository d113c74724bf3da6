"""Steps done on several connections at once."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from include.metrics import parallel
from include.metrics.parallel import Step, work_through
from include.metrics.prepared.kept import Kept


@pytest.fixture(autouse=True)
def _two_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def writes(number: int, rows: int) -> Step:
    """A step that notes its number and the backend it ran in."""

    def step(connection: sa.Connection, prepared: Kept) -> int:
        connection.exec_driver_sql(f"insert into noted values ({number}, pg_backend_pid())")
        return rows

    return step


def noted(engine: sa.Engine) -> list[tuple[int, int]]:
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("select number, pid from noted order by ctid")
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
def engine(warehouse: sa.Engine) -> sa.Engine:
    with warehouse.begin() as connection:
        connection.exec_driver_sql("drop table if exists noted")
        connection.exec_driver_sql("create table noted (number int, pid int)")
    return warehouse


def test_every_step_is_done_once_and_rows_are_added_up(engine: sa.Engine) -> None:
    """Five units of one row, three rows, and so on: 1 + 3 + 5 + 7 + 9 = 25."""
    assert work_through(engine, [[writes(n, 2 * n + 1)] for n in range(5)]) == 25
    assert sorted(number for number, _ in noted(engine)) == [0, 1, 2, 3, 4]


def test_a_unit_stays_on_one_connection_and_in_order(engine: sa.Engine) -> None:
    work_through(engine, [[writes(10 * unit + n, 1) for n in range(4)] for unit in range(3)])
    found = noted(engine)
    for unit in range(3):
        own = [(number, pid) for number, pid in found if number // 10 == unit]
        assert [number for number, _ in own] == [10 * unit + n for n in range(4)]
        assert len({pid for _, pid in own}) == 1


def test_two_work_at_the_same_time(engine: sa.Engine) -> None:
    """Each waits for the other, so one alone would wait until the barrier breaks."""
    both = threading.Barrier(2, timeout=20)

    def meets(connection: sa.Connection, prepared: Kept) -> int:
        both.wait()
        return 1

    assert work_through(engine, [[meets], [meets]]) == 2


def test_an_error_ends_the_work_and_keeps_what_was_done(engine: sa.Engine) -> None:
    """On one connection, so that nothing else is under way when the second unit fails."""

    def fails(connection: sa.Connection, prepared: Kept) -> int:
        connection.exec_driver_sql("insert into noted values (99, 0)")
        raise ValueError("no such thing")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "MOST_CONNECTIONS", 1)
        with pytest.raises(ValueError, match="no such thing"):
            work_through(engine, [[writes(1, 1)], [fails, writes(2, 1)], [writes(3, 1)]])
    assert [number for number, _ in noted(engine)] == [1]


@pytest.fixture
def interrupted_by_signal() -> Iterator[signal.Signals]:
    """A signal that raises where the test waits, as Airflow's does in a task that is stopped."""

    def stop(*_: object) -> None:
        raise InterruptedError("stopped")

    before = signal.signal(signal.SIGUSR2, stop)
    yield signal.SIGUSR2
    signal.signal(signal.SIGUSR2, before)


def test_an_interruption_cancels_what_runs(
    engine: sa.Engine, interrupted_by_signal: signal.Signals
) -> None:
    """The statements would sleep for a minute each."""

    def sleeps(connection: sa.Connection, prepared: Kept) -> int:
        connection.exec_driver_sql("select pg_sleep(60)")
        return 1

    began, this = time.monotonic(), threading.get_ident()
    threading.Timer(1, lambda: signal.pthread_kill(this, interrupted_by_signal)).start()
    with pytest.raises(InterruptedError, match="stopped"):
        work_through(engine, [[sleeps, writes(1, 1)], [sleeps], [writes(2, 1)]])
    assert time.monotonic() - began < 30
    assert noted(engine) == []
