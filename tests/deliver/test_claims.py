"""A worker whose lock is gone while it is at work: another one has its mail in hand meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa

from include.core.errors import PipelineError
from include.core.warehouse import engine_for
from include.deliver.account import SmtpAccount
from include.tables.ops import delivery
from tests.deliver.smtp_servers import Mailbox, audience_of, serving, store_snapshot
from tests.deliver.test_send import send, statuses

ANA = audience_of("ana@example.com")
CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid()
"""


def cut_connections(warehouse: sa.Engine) -> None:
    """What a restart of PostgreSQL does, or a firewall that forgets silent connections."""
    engine = engine_for(warehouse.url)
    with engine.begin() as connection:
        connection.exec_driver_sql(CUT)
    engine.dispose()


def once(act: Callable[[], object]) -> Callable[[], None]:
    """Does something the first time it is called."""
    left = [act]

    def call() -> None:
        if left:
            left.pop()()

    return call


def send_anyhow(warehouse: sa.Engine, smtp: SmtpAccount) -> None:
    """A try as Airflow makes it: what stops it is for the next one."""
    engine = engine_for(warehouse.url)
    with suppress(PipelineError, sa.exc.OperationalError):
        send(engine, smtp, ANA)
    engine.dispose()


@pytest.mark.parametrize("answer", [None, "451 try later", "550 no such user"])
def test_a_mail_that_another_worker_has_sent_meanwhile_is_not_sent(
    warehouse: sa.Engine, answer: str | None
) -> None:
    store_snapshot(warehouse)
    overtaking = Mailbox()
    with serving(overtaking) as its_server:

        def overtake() -> None:
            cut_connections(warehouse)
            send_anyhow(warehouse, its_server)

        overtaken = once(overtake)

        def refuse(address: str) -> str | None:
            overtaken()
            return answer

        slow = Mailbox(refuse=refuse)
        with serving(slow) as smtp:
            send_anyhow(warehouse, smtp)
            assert (overtaking.recipients, slow.recipients) == (["ana@example.com"], [])
            assert statuses(warehouse) == {"ana@example.com": "sent"}


@pytest.mark.parametrize("answer", [None, "451 try later", "550 no such user"])
def test_a_mail_that_another_worker_sends_at_this_moment_is_settled_by_that_one(
    warehouse: sa.Engine, answer: str | None
) -> None:
    """The slow one must not give the mail back that the other has just handed over."""
    store_snapshot(warehouse)

    def refuse(address: str) -> str | None:
        cut_connections(warehouse)
        # As the other worker's claim leaves it while its server looks into the text.
        taken_over = {"status": "in_flight", "attempt_count": delivery.c.attempt_count + 1}
        engine = engine_for(warehouse.url)
        with engine.begin() as connection:
            connection.execute(delivery.update().values(taken_over))
        engine.dispose()
        return answer

    slow = Mailbox(refuse=refuse)
    with serving(slow) as smtp:
        send_anyhow(warehouse, smtp)
    assert slow.recipients == []
    assert statuses(warehouse) == {"ana@example.com": "in_flight"}
