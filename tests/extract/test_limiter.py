"""The limiter: however many take part, together they keep to the rate."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.extract.limiter import (
    HUBSPOT_REQUESTS,
    HUBSPOT_SEARCHES,
    Limiter,
    Policy,
    requests_policy,
)
from include.tables.ops import rate_limit_bucket

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TEN_PER_SECOND = Policy("requests", Decimal(10), 3)


class Clock:
    """A clock that stands still until it is told to move, and notes how long it was asked to sleep."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept_seconds: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept_seconds.append(round(seconds, 6))

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(warehouse: sa.Engine, clock: Clock) -> Limiter:
    return Limiter(warehouse, clock, clock.sleep)


def test_a_burst_goes_at_once_and_the_rest_at_the_rate(limiter: Limiter, clock: Clock) -> None:
    for _ in range(6):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    # Three lie ready; the fourth to sixth token come 0.1, 0.2 and 0.3 s later.
    assert clock.slept_seconds == [0.1, 0.2, 0.3]


def test_time_brings_tokens_back_but_never_more_than_the_burst(
    limiter: Limiter, clock: Clock
) -> None:
    for _ in range(5):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    assert clock.slept_seconds == [0.1, 0.2]
    clock.forward(0.4)  # from -2 to +2
    for _ in range(3):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    assert clock.slept_seconds == [0.1, 0.2, 0.1]
    clock.forward(3600)  # 36,000 tokens' worth of time, of which three are kept
    for _ in range(4):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    assert clock.slept_seconds == [0.1, 0.2, 0.1, 0.1]


def test_a_clock_that_runs_behind_brings_no_tokens(
    warehouse: sa.Engine, limiter: Limiter, clock: Clock
) -> None:
    for _ in range(3):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    late = Clock()
    late.forward(-30)
    Limiter(warehouse, late, late.sleep).take("hubspot:1", TEN_PER_SECOND)
    assert late.slept_seconds == [0.1]
    limiter.take("hubspot:1", TEN_PER_SECOND)
    assert clock.slept_seconds == [0.2]  # not 30 s of refill gained by the detour


def test_threads_with_limiters_of_their_own_share_one_bucket(
    warehouse: sa.Engine, clock: Clock
) -> None:
    per_thread, threads = 25, 8
    waits: dict[int, list[float]] = {}

    def work(number: int) -> None:
        own = Clock()
        limiter = Limiter(warehouse, own, own.sleep)
        for _ in range(per_thread):
            limiter.take("hubspot:1", TEN_PER_SECOND)
        waits[number] = own.slept_seconds

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    # 200 requests at one instant: 3 go at once, the k-th of the others waits k tenths of a second,
    # and no two share a turn, whichever thread drew which.
    together = sorted(wait for own in waits.values() for wait in own)
    assert together == [round(turn / 10, 6) for turn in range(1, threads * per_thread - 3 + 1)]


def test_who_asks_first_goes_first(warehouse: sa.Engine, clock: Clock) -> None:
    eager, patient = Clock(), Clock()
    first, second = (
        Limiter(warehouse, eager, eager.sleep),
        Limiter(warehouse, patient, patient.sleep),
    )
    for _ in range(3):
        first.take("hubspot:1", TEN_PER_SECOND)
    for _ in range(3):
        first.take("hubspot:1", TEN_PER_SECOND)
        second.take("hubspot:1", TEN_PER_SECOND)
    assert eager.slept_seconds == [0.1, 0.3, 0.5]
    assert patient.slept_seconds == [0.2, 0.4, 0.6]


def test_accounts_and_policies_have_buckets_of_their_own(limiter: Limiter, clock: Clock) -> None:
    for _ in range(3):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    limiter.take("hubspot:2", TEN_PER_SECOND)
    limiter.take("hubspot:1", HUBSPOT_SEARCHES)
    assert clock.slept_seconds == []


def test_a_pause_holds_everybody_back_and_pauses_do_not_add_up(
    warehouse: sa.Engine, limiter: Limiter, clock: Clock
) -> None:
    other = Clock()
    limiter.take("hubspot:1", TEN_PER_SECOND)
    limiter.pause("hubspot:1", TEN_PER_SECOND, 10)
    limiter.pause("hubspot:1", TEN_PER_SECOND, 10)
    Limiter(warehouse, other, other.sleep).take("hubspot:1", TEN_PER_SECOND)
    limiter.take("hubspot:1", TEN_PER_SECOND)
    # The bucket stands at -100 tokens: 10 s, and a tenth for each turn after.
    assert other.slept_seconds == [10.1]
    assert clock.slept_seconds == [10.2]


def test_a_shorter_pause_does_not_end_a_longer_one(limiter: Limiter, clock: Clock) -> None:
    limiter.pause("hubspot:1", TEN_PER_SECOND, 10)
    clock.forward(4)
    limiter.pause("hubspot:1", TEN_PER_SECOND, 1)
    limiter.take("hubspot:1", TEN_PER_SECOND)
    assert clock.slept_seconds == [6.1]  # 10 - 4, and the turn's own tenth


def test_the_policies_keep_to_what_hubspot_allows() -> None:
    in_ten_seconds = 10 * HUBSPOT_REQUESTS.rate_per_second + HUBSPOT_REQUESTS.burst_count
    in_one_second = HUBSPOT_SEARCHES.rate_per_second + HUBSPOT_SEARCHES.burst_count
    assert in_ten_seconds <= 190
    assert in_one_second < 6


@pytest.mark.parametrize("limit_count", [1, 2, 20, 100, 110, 190, 250])
def test_any_limit_an_account_tells_is_kept(limit_count: int) -> None:
    policy = requests_policy(limit_count, Decimal(10))
    if limit_count > 1:
        assert 10 * policy.rate_per_second + policy.burst_count == limit_count
    assert policy.rate_per_second > 0
    assert policy.burst_count >= 1
    # The bucket is the same whatever an account may send.
    assert policy.name == HUBSPOT_REQUESTS.name


def test_a_limit_of_190_is_the_usual_policy() -> None:
    assert requests_policy(190, Decimal(10)) == HUBSPOT_REQUESTS


def test_threads_that_share_a_limiter_share_its_turns(warehouse: sa.Engine, clock: Clock) -> None:
    shared = Limiter(warehouse, clock, clock.sleep)
    workers = [
        threading.Thread(
            target=lambda: [shared.take("hubspot:1", TEN_PER_SECOND) for _ in range(10)]
        )
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    # 40 requests at one instant, three of them at once.
    assert sorted(clock.slept_seconds) == [round(turn / 10, 6) for turn in range(1, 38)]


TAKER = """
import sys, time
from include.core.warehouse import engine_for
from include.extract.limiter import Limiter, Policy
from decimal import Decimal
limiter = Limiter(engine_for(sys.argv[1]))
for _ in range(20):
    limiter.take("hubspot:1", Policy("requests", Decimal(20), 2))
    print(time.time(), flush=True)
"""


def test_processes_together_never_exceed_the_rate(warehouse: sa.Engine) -> None:
    url = warehouse.url.render_as_string(hide_password=False)
    root = Path(__file__).resolve().parents[2]
    takers = [
        subprocess.Popen([sys.executable, "-c", TAKER, url], stdout=subprocess.PIPE, cwd=root)
        for _ in range(3)
    ]
    sent = sorted(
        float(line) for taker in takers for line in taker.communicate(timeout=60)[0].split()
    )
    assert len(sent) == 60
    # A bucket of 2 filled 20 times a second lets through 22 in any second. Each process may run
    # one turn of the second before late, when the machine is busy.
    for start in range(len(sent)):
        within = sum(1 for moment in sent[start:] if moment - sent[start] < 1)
        assert within <= 22 + len(takers)
    # 58 turns after the burst take 2.9 s at least.
    assert sent[-1] - sent[0] >= 58 / 20 - 0.2


def test_the_bucket_is_one_row_of_the_warehouse(warehouse: sa.Engine, limiter: Limiter) -> None:
    for _ in range(3):
        limiter.take("hubspot:1", TEN_PER_SECOND)
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(rate_limit_bucket)).all()
    assert [(row.bucket, row.token_count, row.refilled_at) for row in rows] == [
        ("hubspot:1:requests", Decimal(0), NOON)
    ]


def test_not_waiting_for_the_disk_is_for_the_bucket_only(warehouse: sa.Engine) -> None:
    # The tests' server waits for no disk; this engine asks it to, as any other server does.
    careful = sa.create_engine(
        warehouse.url, connect_args={"options": "-c synchronous_commit=on"}, pool_size=1
    )
    Limiter(careful, sleep=lambda seconds: None).take("hubspot:1", TEN_PER_SECOND)
    # The pool gives out the connection that was just used.
    with careful.connect() as connection:
        assert connection.exec_driver_sql("show synchronous_commit").scalar() == "on"
    careful.dispose()
