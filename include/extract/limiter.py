"""One rate limiter per CRM account, shared by every task on every machine through the warehouse.

A service counts requests per account, not per process: tasks that each keep to the limit break it
together. So the tokens are one row of `ops.rate_limit_bucket`, and a request takes one in a single
short statement that locks the row. The bucket may go below zero: whoever takes a token that is not
there yet owes the time until it is, sleeps it after the row is free again, and comes before
everybody who asks later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from include.tables.ops import rate_limit_bucket


@dataclass(frozen=True)
class Policy:
    """A token bucket: `rate_per_second` tokens come in, and at most `burst_count` lie ready."""

    name: str
    rate_per_second: Decimal
    burst_count: int


# A private app may send 190 requests in any ten seconds: 10 * 18.5 + 5.
HUBSPOT_REQUESTS = Policy("requests", Decimal("18.5"), 5)
# The account may search five times in any second; the missing 0.2 is the network's jitter.
HUBSPOT_SEARCHES = Policy("searches", Decimal("4.8"), 1)


def requests_policy(limit_count: int, interval_seconds: Decimal) -> Policy:
    """The policy of an account that may send `limit_count` requests in any such interval."""
    burst_count = min(HUBSPOT_REQUESTS.burst_count, max(1, limit_count // 2))
    rate = (limit_count - burst_count) / interval_seconds
    return Policy(HUBSPOT_REQUESTS.name, max(rate, Decimal("0.1")), burst_count)


class Limiter:
    """Gives out the right to send a request, at the rate of a policy, first come first served.

    The time is the warehouse's, which is the same for every machine, unless `clock` is given.
    Threads may share a limiter.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._clock = clock
        self._sleep = sleep

    def take(self, account: str, policy: Policy) -> None:
        """Return when one request may go out; sleeps while nothing is locked."""
        left = self._set(
            _TAKE,
            account,
            policy,
            first=policy.burst_count - 1,
            most=policy.burst_count,
        )
        if left < 0:
            self._sleep(float(-left / policy.rate_per_second))

    def pause(self, account: str, policy: Policy, seconds: float) -> None:
        """Hold back every task of the account: no token is ready for `seconds` from now.

        Pauses do not add up: tasks that are refused at the same moment ask for the same pause.
        """
        debt = -policy.rate_per_second * Decimal(str(seconds))
        self._set(_PAUSE, account, policy, first=debt, most=debt)

    def _set(
        self,
        statement: sa.Executable,
        account: str,
        policy: Policy,
        first: Decimal | int,
        most: Decimal | int,
    ) -> Decimal:
        """Write the bucket's tokens, `first` when it is new; the tokens it then holds."""
        values = {
            "bucket_name": f"{account}:{policy.name}",
            "first": Decimal(first),
            "most": Decimal(most),
            "rate": policy.rate_per_second,
            "now": self._clock() if self._clock else None,
        }
        # A transaction of its own in one round trip, and the row is free again at once.
        with self._engine.connect() as connection:
            return connection.execute(statement, values).scalar_one()


def _bucket_statements() -> tuple[sa.Executable, sa.Executable]:
    """(take, pause): each writes one bucket's row and returns the tokens it then holds."""
    column = rate_limit_bucket.c
    now = sa.func.coalesce(
        sa.bindparam("now", type_=sa.DateTime(timezone=True)), sa.func.clock_timestamp()
    )
    most = sa.bindparam("most", type_=sa.Numeric)
    # Tokens of the stored row as of now; a clock that is behind the row's adds none.
    elapsed = sa.cast(sa.extract("epoch", now - column.refilled_at), sa.Numeric)
    refilled = column.token_count + sa.func.greatest(elapsed, 0) * sa.bindparam(
        "rate", type_=sa.Numeric
    )
    row = sa.select(
        sa.bindparam("bucket_name", type_=sa.Text),
        sa.bindparam("first", type_=sa.Numeric),
        now,
        # A crash may forget the last tokens; waiting for the disk at every request would hold the
        # row, and so every other task.
    ).where(sa.func.set_config("synchronous_commit", "off", True) == "off")
    new = insert(rate_limit_bucket).from_select(["bucket", "token_count", "refilled_at"], row)
    take, pause = (
        new.on_conflict_do_update(
            index_elements=[column.bucket],
            set_={
                "token_count": tokens,
                "refilled_at": sa.func.greatest(column.refilled_at, now),
            },
        ).returning(column.token_count)
        for tokens in (sa.func.least(most, refilled) - 1, sa.func.least(most, refilled))
    )
    return take, pause


# Made once: putting a statement together takes longer than running it.
_TAKE, _PAUSE = _bucket_statements()
