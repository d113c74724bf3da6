"""The delivery ledger: who has which mail, kept so that a crash at any line sends nothing twice.

claimed -> in_flight -> sent is the good way. A row is in_flight from before the mail's text leaves
until the server's answer is stored; if nobody is at work on such a row, nobody knows whether the
mail arrived, and it becomes unknown. Only claimed and failed_temporarily rows are ever sent.
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

    def claim(self, recipient: str, at: datetime) -> bool:
        """Count one more try; False when the mail is not due (any more)."""
        return self._move(
            recipient,
            DUE,
            status="claimed",
            run_id=self.run_id,
            claimed_at=at,
            attempt_count=delivery.c.attempt_count + 1,
        )

    def in_flight(self, recipient: str) -> None:
        """The mail's text is about to leave."""
        self._move(recipient, ("claimed",), status="in_flight")

    def sent(self, recipient: str, reply: str, at: datetime) -> None:
        """The server took it; that settles it, also when another worker had given this one up."""
        self._move(
            recipient, ("in_flight", "unknown"), status="sent", server_reply=reply, sent_at=at
        )

    def failed(self, recipient: str, status: str, reply: str) -> None:
        """It did not arrive, or nobody knows (`unknown`)."""
        self._move(recipient, ("claimed", "in_flight"), status=status, server_reply=reply)

    def lost(self, recipient: str) -> None:
        """A row left in flight by a worker that is gone becomes unknown. Call only while at work."""
        self._move(
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

    def _move(self, recipient: str, from_statuses: Sequence[str], **values: object) -> bool:
        """Change the row if it is in one of the statuses; whether it was."""
        change = (
            sa.update(delivery)
            .where(self._rows, delivery.c.recipient == recipient)
            .where(delivery.c.status.in_(from_statuses))
            .values(**values)
        )
        with self.engine.begin() as connection:
            return connection.execute(change).rowcount == 1
