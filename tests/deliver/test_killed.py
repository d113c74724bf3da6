"""A worker that is killed at any step it takes, and the next try."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

import pytest
import sqlalchemy as sa

from include.core.errors import StopError
from include.core.warehouse import engine_for
from include.deliver.account import SmtpAccount
from tests.deliver.smtp_servers import Mailbox, audience_of, serving, store_snapshot
from tests.deliver.test_send import send, statuses

TWO = audience_of("ana@example.com", "ben@example.com")


def send_and_die(url: sa.URL, smtp: SmtpAccount, step: int) -> bool:
    """Whether a process of its own was killed: before it commits or speaks for the n-th time."""
    process = os.fork()
    if process == 0:
        left = [step]

        def die_in_time(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        def hear(event: str, _: object) -> None:
            if event == "smtplib.send":
                die_in_time()

        engine = engine_for(url)
        sa.event.listen(engine, "commit", die_in_time)
        sys.addaudithook(hear)
        try:
            send(engine, smtp, TWO)
        finally:
            os._exit(0)
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status)


@pytest.mark.slow
def test_killed_at_any_step_no_mail_is_sent_twice_or_called_sent_that_is_not(
    warehouse: sa.Engine,
) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    unknown = []
    with serving(mailbox) as smtp:
        step = 1
        while send_and_die(warehouse.url, smtp, step):
            with suppress(StopError):
                send(warehouse, smtp, TWO)
            told = statuses(warehouse)
            assert len(set(mailbox.recipients)) == len(mailbox.recipients), step
            for recipient, status in told.items():
                if status == "unknown":
                    unknown.append((step, recipient in mailbox.recipients))
                else:
                    assert (status, recipient in mailbox.recipients) == ("sent", True), step
            mailbox.taken.clear()
            with warehouse.begin() as connection:
                connection.exec_driver_sql("truncate ops.delivery")
            step += 1
    # Of either recipient: before DATA, before the text, and before the ledger has the answer.
    assert [arrived for _, arrived in unknown] == [False, False, True] * 2
    # One commit to enter both, and for each: lost, claim, EHLO, MAIL, RCPT, in flight, DATA, text, sent
    # and QUIT; then nobody is killed.
    assert step == 1 + 2 * 10 + 1
