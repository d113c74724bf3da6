"""What becomes of mails when the server refuses us, hangs, or takes its time."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from include.core.errors import (
    ConfigurationError,
    CredentialsError,
    RetryableError,
)
from include.deliver.account import SmtpAccount
from tests.deliver.smtp_servers import (
    Mailbox,
    account,
    audience_of,
    free_port,
    refuse_every_login,
    serving,
    store_snapshot,
)
from tests.deliver.test_send import send, statuses


def test_a_refused_login_stops_at_once_and_loses_nothing(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    options = {"auth_require_tls": False, "authenticator": refuse_every_login}
    with serving(Mailbox(), **options) as smtp:
        wrong = SmtpAccount("127.0.0.1", smtp.port, "reports", "hunter2", "none", 5)
        with pytest.raises(CredentialsError) as caught:
            send(warehouse, wrong)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(wrong)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp)
    assert len(mailbox.taken) == 3


def test_a_server_without_tls_is_told_apart_from_one_that_is_down(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    with serving(Mailbox()) as smtp:
        port = smtp.port
        with pytest.raises(CredentialsError, match="does not speak TLS"):
            send(warehouse, SmtpAccount("127.0.0.1", port, None, None, "tls", 5))
        with pytest.raises(ConfigurationError, match="security setting"):
            send(warehouse, SmtpAccount("127.0.0.1", port, None, None, "starttls", 5))
    with pytest.raises(RetryableError, match="cannot be used now"):
        send(warehouse, account(free_port()))
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp)
    assert len(mailbox.taken) == 3


def test_a_server_that_hangs_is_given_up_in_time(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    with socket.socket() as listener:  # accepts, never greets
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        began = time.monotonic()
        with pytest.raises(RetryableError):
            send(warehouse, account(listener.getsockname()[1], timeout_seconds=0.3))
        assert time.monotonic() - began < 3
    assert set(statuses(warehouse).values()) == {"claimed", "failed_temporarily"}


def test_a_server_that_looks_into_a_mail_for_long_is_waited_for(warehouse: sa.Engine) -> None:
    """It has the mail by then: given up on, it was unknown, and a person had to ask the reader each week."""
    store_snapshot(warehouse)
    mailbox = Mailbox(on_data=lambda server: time.sleep(0.9))
    with serving(mailbox) as smtp:
        slow = account(smtp.port, timeout_seconds=0.3)
        rows = send(warehouse, slow, audience_of("ana@example.com"))
    assert [row.status for row in rows] == ["sent"]


def test_a_server_that_hangs_up_while_tls_is_agreed_on_is_tried_again(
    warehouse: sa.Engine,
) -> None:
    """A load balancer without a server behind it: nothing that a person has to correct."""
    store_snapshot(warehouse)

    def hang_up(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.recv(4096)
        connection.close()

    with socket.socket() as listener, ThreadPoolExecutor(1) as workers:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        workers.submit(hang_up, listener)
        port = listener.getsockname()[1]
        with pytest.raises(RetryableError, match="cannot be used now"):
            send(warehouse, SmtpAccount("127.0.0.1", port, None, None, "tls", 5))
