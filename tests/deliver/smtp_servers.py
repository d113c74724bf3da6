"""Real SMTP servers that behave, or misbehave in one way each."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from include.core.settings import Audiences
from include.deliver.account import SmtpAccount
from include.tables.reports import snapshot

NOON = datetime(2025, 11, 17, 12, tzinfo=UTC)
# An answer that is none: the connection is gone.
HANG_UP = "dropped"
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


class Mailbox:
    """An SMTP handler that keeps what it takes. `refuse` and `on_data` may answer otherwise."""

    def __init__(
        self,
        refuse: Callable[[str], str | None] = lambda address: None,
        on_data: Callable[[SMTP], str | None] = lambda server: None,
        mail_from: str | None = None,
    ) -> None:
        self.refuse = refuse
        self.on_data = on_data
        self.mail_from = mail_from
        self.taken: list[tuple[str, bytes]] = []
        self.lock = threading.Lock()

    async def handle_MAIL(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.mail_from or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.refuse(address)
        if answer == HANG_UP:
            drop_connection(server)
        elif answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        answer = self.on_data(server)
        if answer is None or answer == HANG_UP:
            with self.lock:
                self.taken += [(to, bytes(envelope.content or b"")) for to in envelope.rcpt_tos]
        return answer or "250 2.0.0 queued as ABC123"

    @property
    def recipients(self) -> list[str]:
        return sorted(to for to, _ in self.taken)

    def mail(self, recipient: str) -> EmailMessage:
        content = next(content for to, content in self.taken if to == recipient)
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[SmtpAccount]:
    """A running server; the account that reaches it."""
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield account(controller.port)
    finally:
        controller.stop()


def account(port: int, timeout_seconds: float = 5.0) -> SmtpAccount:
    return SmtpAccount("127.0.0.1", port, None, None, "none", timeout_seconds)


def refuse_every_login(
    server: SMTP, session: Session, envelope: Envelope, *rest: Any
) -> AuthResult:
    assert isinstance(rest[-1], LoginPassword)
    return AuthResult(success=False, handled=False)


def drop_connection(server: SMTP) -> str:
    """Take the mail, then go away without an answer: the case nobody can decide."""
    assert server.transport is not None
    server.transport.abort()
    return HANG_UP


def audience_of(*recipients: str) -> Audiences:
    return Audiences.model_validate(
        {
            "sender": "CRM metrics <reports@example.com>",
            "reply_to": "revops@example.com",
            "allowed_domains": ["example.com"],
            "reports": {
                "executive_weekly": {"recipients": list(recipients), "locale": "en_US"},
            },
        }
    )


def store_snapshot(engine: sa.Engine, gate: str = "clean", revision: int = 1) -> None:
    row = {
        "report_id": "executive_weekly",
        "period_id": "2025-W46",
        "revision": revision,
        "as_of_at": NOON,
        "subject": "Week 46: won revenue €412k, up 6.1%",
        "gate": gate,
        "gate_reason": "won revenue is not available" if gate == "hold" else "",
        "html": '<html lang="en"><body><p>€412k −3%</p><img src="cid:revenue@report"></body></html>',
        "plain_text": "Won revenue €412k −3%\n.\nFrom the start of a line\n",
        "images": {"revenue@report": PIXEL},
        "content_hash": "h",
        "run_id": "render",
        "rendered_at": NOON,
    }
    with engine.begin() as connection:
        connection.execute(snapshot.insert(), row)
