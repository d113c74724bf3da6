"""The delivery ledger: who has which mail, kept so that a crash at any line sends nothing twice.

claimed -> in_flight -> sent is the good way. A row is in_flight from before the mail's text leaves
until the server's answer is stored; if nobody is at work on such a row, nobody knows whether the
mail arrived, and it becomes unknown. Only claimed and failed_temporarily rows are ever sent.

Who claims a mail holds a lock while at work on it. PostgreSQL gives that back when it restarts, or
when something between cuts a connection that is silent for long, and the worker does not notice. So
each claim has a number, and what a worker enters counts only while its claim is the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from include.tables.ops import delivery

DUE = ("claimed", "failed_temporarily")


@dataclass(frozen=True)
class Delivery:
    """One recipient's row of the ledger."""

    recipient: str
    status: str
    attempt_count: int
    message_id: str
    sent_at: datetime | None
    server_reply: str | None


class Ledger:
    """The rows of one report, period and revision, written for one run."""

    def __init__(
        self, engine: sa.Engine, report_id: str, period_id: str, revision: int, run_id: str
    ) -> None:
        self.engine = engine
        self.run_id = run_id
        self.key = {"report_id": report_id, "period_id": period_id, "revision": revision}
        self._rows = sa.and_(*(delivery.c[name] == value for name, value in self.key.items()))

    def as_entered(self, recipients: Sequence[str]) -> list[str]:
        """The recipients as the ledger spells those it has: capitals make no other reader."""
        with self.engine.connect() as connection:
            entered = connection.scalars(sa.select(delivery.c.recipient).where(self._rows))
            spelled = {recipient.lower(): recipient for recipient in entered}
        return [spelled.get(recipient.lower(), recipient) for recipient in recipients]

    def enter(self, message_ids: dict[str, str], at: datetime) -> None:
        """A claimed row per recipient; rows that are there stay as they are."""
        rows = [
            {
                **self.key,
                "recipient": recipient,
                "status": "claimed",
                "message_id": message_id,
                "run_id": self.run_id,
                "attempt_count": 0,
                "claimed_at": at,
            }
            for recipient, message_id in message_ids.items()
        ]
        with self.engine.begin() as connection:
            connection.execute(insert(delivery).values(rows).on_conflict_do_nothing())

    @contextmanager
    def at_work(self, recipient: str) -> Iterator[bool]:
        """Whether this worker alone is at work on the recipient's mail until the block ends.

        A lock of the session, not of a row: it outlives the commits in between, and the server
        gives it back when the worker dies.
        """
        name = "/".join([*map(str, self.key.values()), recipient])
        lock = sa.func.hashtextextended(name, 0)
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            is_ours = bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(lock))))
            try:
                yield is_ours
            finally:
                if is_ours:
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(lock)))

    def claim(self, recipient: str, at: datetime) -> Claim | None:
        """Count one more try; None when the mail is not due (any more)."""
        number = self.move(
            recipient,
            DUE,
            status="claimed",
            run_id=self.run_id,
            claimed_at=at,
            attempt_count=delivery.c.attempt_count + 1,
        )
        return None if number is None else Claim(self, recipient, number)

    def lost(self, recipient: str) -> None:
        """A row left in flight by a worker that is gone becomes unknown. Call only while at work."""
        self.move(
            recipient,
            ("in_flight",),
            status="unknown",
            server_reply="the worker ended before the server's answer was stored",
        )

    def rows(self, recipients: Sequence[str]) -> list[Delivery]:
        """The recipients' rows, in the order given."""
        columns = [
            delivery.c[name]
            for name in (
                "recipient",
                "status",
                "attempt_count",
                "message_id",
                "sent_at",
                "server_reply",
            )
        ]
        with self.engine.connect() as connection:
            found = {
                row.recipient: Delivery(**row._mapping)
                for row in connection.execute(sa.select(*columns).where(self._rows))
            }
        return [found[recipient] for recipient in recipients]

    def move(
        self,
        recipient: str,
        from_statuses: Sequence[str],
        number: int | None = None,
        **values: object,
    ) -> int | None:
        """Change the row if it is in one of the statuses, and its last claim has the number.

        The number of its last claim then; None where it was not so.
        """
        change = (
            sa.update(delivery)
            .where(self._rows, delivery.c.recipient == recipient)
            .where(delivery.c.status.in_(from_statuses))
            .values(**values)
            .returning(delivery.c.attempt_count)
        )
        if number is not None:
            change = change.where(delivery.c.attempt_count == number)
        with self.engine.begin() as connection:
            return connection.scalar(change)


@dataclass(frozen=True)
class Claim:
    """One try at one mail. Once somebody else has claimed it, nothing that is entered here counts."""

    ledger: Ledger
    recipient: str
    number: int

    def in_flight(self) -> bool:
        """Whether the mail's text may leave now: it is still ours to send."""
        return self._move(("claimed",), status="in_flight")

    def sent(self, reply: str, at: datetime) -> None:
        """The server took it; that settles it, also when another worker had given this one up."""
        self._move(("in_flight", "unknown"), status="sent", server_reply=reply, sent_at=at)

    def failed(self, status: str, reply: str) -> None:
        """It did not arrive, or nobody knows (`unknown`)."""
        self._move(("claimed", "in_flight"), status=status, server_reply=reply)

    def _move(self, from_statuses: Sequence[str], **values: object) -> bool:
        """Change the row if it is in one of the statuses, and this the last claim; whether it was."""
        return self.ledger.move(self.recipient, from_statuses, self.number, **values) is not None
