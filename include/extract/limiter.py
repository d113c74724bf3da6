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
from typing import Any

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


class Limiter:
    """Gives out the right to send a request, at the rate of a policy, first come first served.

    The time is the warehouse's, which is the same for every machine, unless `clock` is given.
    """

    def __init__(
        self,
        engine: sa.Engine,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sleep = sleep

    def take(self, account: str, policy: Policy) -> None:
        """Return when one request may go out; sleeps outside the transaction."""
        refilled = sa.func.least(policy.burst_count, self._refilled(policy)) - 1
        left = self._set(account, policy, policy.burst_count - 1, refilled)
        if left < 0:
            self._sleep(float(-left / policy.rate_per_second))

    def pause(self, account: str, policy: Policy, seconds: float) -> None:
        """Hold back every task of the account: no token is ready for `seconds` from now.

        Pauses do not add up: tasks that are refused at the same moment ask for the same pause.
        """
        debt = -policy.rate_per_second * Decimal(str(seconds))
        held = sa.func.least(debt, self._refilled(policy))
        self._set(account, policy, debt, held)

    def _now(self) -> sa.ColumnElement[datetime]:
        """The instant tokens are counted at."""
        if self._clock is None:
            return sa.func.clock_timestamp()
        return sa.literal(self._clock(), sa.DateTime(timezone=True))

    def _refilled(self, policy: Policy) -> sa.ColumnElement[Any]:
        """Tokens of the stored row as of now; a clock that is behind the row's adds none."""
        columns = rate_limit_bucket.c
        elapsed = sa.cast(sa.extract("epoch", self._now() - columns.refilled_at), sa.Numeric)
        return columns.token_count + sa.func.greatest(elapsed, 0) * policy.rate_per_second

    def _set(
        self, account: str, policy: Policy, first: Decimal | int, following: sa.ColumnElement[Any]
    ) -> Decimal:
        """Write the bucket's tokens, `first` when it is new; the tokens it then holds."""
        now = self._now()
        row = insert(rate_limit_bucket).values(
            bucket=f"{account}:{policy.name}", token_count=first, refilled_at=now
        )
        statement = row.on_conflict_do_update(
            index_elements=[rate_limit_bucket.c.bucket],
            set_={
                "token_count": following,
                "refilled_at": sa.func.greatest(rate_limit_bucket.c.refilled_at, now),
            },
        ).returning(rate_limit_bucket.c.token_count)
        with self._engine.begin() as connection:
            return connection.execute(statement).scalar_one()
