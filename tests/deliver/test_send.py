"""What becomes of mails when the server, the network or we ourselves misbehave."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.core.errors import (
    ConfigurationError,
    PipelineError,
    RetryableError,
    StopError,
)
from include.core.settings import Audiences
from include.deliver.account import SmtpAccount
from include.deliver.ledger import Delivery, Ledger
from include.deliver.send import deliver
from include.tables.ops import delivery
from tests.deliver.smtp_servers import (
    HANG_UP,
    NOON,
    Mailbox,
    account,
    audience_of,
    drop_connection,
    free_port,
    serving,
    store_snapshot,
)

THREE = audience_of("ana@example.com", "ben@example.com", "cy@example.com")


def send(
    engine: sa.Engine,
    smtp: SmtpAccount,
    audiences: Audiences = THREE,
    archive: Path | None = None,
    revision: int = 1,
) -> list[Delivery]:
    with tempfile.TemporaryDirectory() as folder:
        return deliver(
            engine,
            audiences,
            "executive_weekly",
            "2025-W46",
            revision,
            smtp,
            "run-1",
            lambda: NOON,
            archive or Path(folder),
        )


def statuses(engine: sa.Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(sa.select(delivery.c.recipient, delivery.c.status))
        return {row.recipient: row.status for row in rows}


def test_everybody_gets_a_mail_of_their_own_once(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        first = send(warehouse, smtp)
        send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "ben@example.com", "cy@example.com"]
    assert [(row.status, row.attempt_count) for row in first] == [("sent", 1)] * 3
    assert first[0].sent_at == NOON
    assert first[0].server_reply == "250 2.0.0 queued as ABC123"
    assert mailbox.mail("ana@example.com")["To"] == "ana@example.com"


def test_a_refused_recipient_keeps_nobody_else_from_theirs(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox(refuse=lambda to: "550 5.1.1 no such user" if to.startswith("ben") else None)
    with serving(mailbox) as smtp:
        for _ in range(2):  # the second run tries nobody again and still says so
            with pytest.raises(StopError, match=r"ben@example.com: failed_permanently \(550"):
                send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "cy@example.com"]
    assert statuses(warehouse)["ben@example.com"] == "failed_permanently"


def test_what_a_server_refused_by_mistake_is_sent_as_the_message_says(
    warehouse: sa.Engine,
) -> None:
    """It relayed for nobody until somebody corrected it; the addresses were right all along."""
    store_snapshot(warehouse)
    mistakes = ["550 5.7.1 relaying denied"] * 3
    mailbox = Mailbox(refuse=lambda to: mistakes.pop() if mistakes else None)
    with serving(mailbox) as smtp:
        with pytest.raises(StopError, match=r"set ops\.delivery\.status to 'claimed'"):
            send(warehouse, smtp)
        with warehouse.begin() as connection:
            connection.execute(delivery.update().values(status="claimed"))
        send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "ben@example.com", "cy@example.com"]


def test_a_busy_server_gets_only_the_rest_on_the_next_try(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    answers = iter(["451 try later", "451 try later"])
    mailbox = Mailbox(refuse=lambda to: next(answers, None) if to.startswith("ben") else None)
    with serving(mailbox) as smtp:
        for _ in range(2):
            with pytest.raises(RetryableError, match=r"ben@example.com"):
                send(warehouse, smtp)
        rows = send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "ben@example.com", "cy@example.com"]
    assert [row.attempt_count for row in rows] == [1, 3, 1]


def test_a_text_refused_for_now_is_tried_again(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    answers = iter(["452 disk full"])
    mailbox = Mailbox(on_data=lambda server: next(answers, None))
    with serving(mailbox) as smtp:
        with pytest.raises(RetryableError, match="452 disk full"):
            send(warehouse, smtp)
        send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "ben@example.com", "cy@example.com"]


def test_a_server_that_hangs_up_at_one_address_keeps_nobody_else_from_theirs(
    warehouse: sa.Engine,
) -> None:
    """It stood first in the list, so that no try ever came to the others."""
    store_snapshot(warehouse)
    answers = iter([HANG_UP, HANG_UP])
    mailbox = Mailbox(refuse=lambda to: next(answers, None) if to.startswith("ana") else None)
    with serving(mailbox) as smtp:
        for _ in range(2):
            with pytest.raises(RetryableError, match=r"ana@example.com: failed_temporarily"):
                send(warehouse, smtp)
            assert mailbox.recipients == ["ben@example.com", "cy@example.com"]
        rows = send(warehouse, smtp)
    assert mailbox.recipients == ["ana@example.com", "ben@example.com", "cy@example.com"]
    assert [row.attempt_count for row in rows] == [3, 1, 1]


def test_temporary_comes_before_permanent_or_it_would_never_be_retried(
    warehouse: sa.Engine,
) -> None:
    store_snapshot(warehouse)
    refusals = {"ana@example.com": "550 no", "ben@example.com": "451 later"}
    mailbox = Mailbox(refuse=refusals.get)
    with serving(mailbox) as smtp:
        with pytest.raises(RetryableError):
            send(warehouse, smtp)
        del refusals["ben@example.com"]
        with pytest.raises(StopError, match=r"ana@example.com"):
            send(warehouse, smtp)
    assert mailbox.recipients == ["ben@example.com", "cy@example.com"]


def test_a_mail_without_an_answer_is_unknown_and_never_sent_again(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    one = audience_of("ana@example.com")
    mailbox = Mailbox(on_data=drop_connection)
    with serving(mailbox) as smtp:
        for _ in range(3):
            with pytest.raises(StopError, match=r"set ops.delivery.status to 'sent'") as caught:
                send(warehouse, smtp, one)
    assert mailbox.recipients == ["ana@example.com"]  # it had arrived: a resend would be a second
    # By it the log of the mail server says what became of the mail.
    said = f"(the server did not confirm it: SMTPServerDisconnected; Message-ID {mailbox.mail('ana@example.com')['Message-ID']})"
    assert f"ana@example.com: unknown {said}" in str(caught.value)
    assert statuses(warehouse) == {"ana@example.com": "unknown"}


def test_a_person_decides_that_an_unknown_mail_goes_out_again(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    one = audience_of("ana@example.com")
    with serving(Mailbox(on_data=drop_connection)) as smtp, pytest.raises(StopError):
        send(warehouse, smtp, one)
    with warehouse.begin() as connection:
        connection.execute(sa.update(delivery).values(status="claimed"))
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        assert send(warehouse, smtp, one)[0].status == "sent"


def test_a_worker_that_died_in_flight_leaves_an_unknown_mail(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp)
        with warehouse.begin() as connection:
            connection.execute(
                sa.update(delivery)
                .where(delivery.c.recipient == "ben@example.com")
                .values(status="in_flight")
            )
        with pytest.raises(StopError, match=r"ben@example.com: unknown"):
            send(warehouse, smtp)
    assert len(mailbox.taken) == 3


def test_a_refused_sender_costs_nobody_their_mail(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    with (
        serving(Mailbox(mail_from="550 sender rejected")) as smtp,
        pytest.raises(ConfigurationError),
    ):
        send(warehouse, smtp)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp)
    assert len(mailbox.taken) == 3


def test_two_workers_at_once_send_each_mail_once(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    both_are_in = threading.Event()

    def slow(server: SMTP) -> None:
        both_are_in.wait(0.2)  # keeps mails in flight while the other worker looks at them

    everybody = audience_of(*(f"person{number}@example.com" for number in range(6)))
    mailbox = Mailbox(on_data=slow)
    with serving(mailbox) as smtp, ThreadPoolExecutor(3) as workers:
        runs = [workers.submit(send, warehouse, smtp, everybody) for _ in range(3)]
        for run in runs:
            # Who is done first while another is still at work does not call it done.
            with suppress(RetryableError):
                run.result()
    assert len(mailbox.taken) == 6
    assert len(set(mailbox.recipients)) == 6
    assert set(statuses(warehouse).values()) == {"sent"}


def test_a_mail_in_another_workers_hands_is_not_taken_for_sent(warehouse: sa.Engine) -> None:
    """Airflow ends a try it has given up, after the next one began: that one must not be the last."""
    store_snapshot(warehouse)
    one = audience_of("ana@example.com")
    ledger = Ledger(warehouse, "executive_weekly", "2025-W46", 1, "run-0")
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        with ledger.at_work("ana@example.com"):
            with pytest.raises(RetryableError, match=r"ana@example.com: claimed"):
                send(warehouse, smtp, one)
            assert mailbox.taken == []
        assert send(warehouse, smtp, one)[0].status == "sent"
    assert len(mailbox.taken) == 1


def test_an_address_that_is_spelled_anew_gets_no_second_mail(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp, audience_of("Ana@example.com"))
        rows = send(warehouse, smtp, audience_of("ana@example.com", "ben@example.com"))
    assert mailbox.recipients == ["Ana@example.com", "ben@example.com"]
    assert [row.recipient for row in rows] == ["Ana@example.com", "ben@example.com"]


def test_only_a_yes_counts_as_sent(warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server, or something in between, that answers out of turn: no refusal, and nothing taken."""
    store_snapshot(warehouse)
    ana, ben = audience_of("ana@example.com"), audience_of("ben@example.com")
    with (
        serving(Mailbox(on_data=lambda server: "what?")) as smtp,
        pytest.raises(StopError, match=r"ana@example.com: unknown"),
    ):
        send(warehouse, smtp, ana)

    async def ask_for_no_text(server: SMTP, argument: str) -> None:
        await server.push("250 OK")

    mailbox = Mailbox()
    with monkeypatch.context() as patched:
        patched.setattr(SMTP, "smtp_DATA", ask_for_no_text)
        with serving(mailbox) as smtp, pytest.raises(RetryableError, match=r"ben@example.com"):
            send(warehouse, smtp, ben)
    assert mailbox.taken == []
    with serving(mailbox) as smtp:
        assert send(warehouse, smtp, ben)[0].status == "sent"


def test_a_revision_that_readers_have_is_not_followed_by_what_it_revises(
    warehouse: sa.Engine,
) -> None:
    store_snapshot(warehouse)
    store_snapshot(warehouse, revision=2)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp, revision=2)
        with pytest.raises(StopError, match="clear `render`"):
            send(warehouse, smtp, audience_of("ana@example.com", "dee@example.com"), revision=1)
    assert len(mailbox.taken) == 3
    assert len(statuses(warehouse)) == 3


def test_a_held_snapshot_goes_to_nobody(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse, gate="hold")
    mailbox = Mailbox()
    with (
        serving(mailbox) as smtp,
        pytest.raises(StopError, match="won revenue is not available"),
    ):
        send(warehouse, smtp)
    assert mailbox.taken == []
    assert statuses(warehouse) == {}


def test_nothing_leaves_when_one_recipient_is_outside(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        for stranger in ("eve@example.com.evil.org", "eve@notexample.com"):
            with pytest.raises(ConfigurationError, match="eve@"):
                send(warehouse, smtp, audience_of("ana@example.com", stranger))
    assert mailbox.taken == []


def test_one_address_in_two_spellings_is_one_mail(warehouse: sa.Engine) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp, audience_of("Ana@example.com", "ana@example.com"))
    assert len(mailbox.taken) == 1


def test_a_missing_revision_stops(warehouse: sa.Engine) -> None:
    with pytest.raises(StopError, match="Render the report first"):
        send(warehouse, account(free_port()))


def test_the_archive_holds_exactly_what_the_server_took(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    store_snapshot(warehouse)
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        send(warehouse, smtp, archive=tmp_path)
    place = tmp_path / "executive_weekly" / "2025-W46" / "r1" / "ana@example.com"
    took = next(content for to, content in mailbox.taken if to == "ana@example.com")
    assert (place / "mail.eml").read_bytes() == took
    assert 'src="data:image/png;base64,iVBOR' in (place / "mail.html").read_text()
    assert "€412k −3%" in (place / "mail.txt").read_text()
    assert oct(place.stat().st_mode & 0o777) == "0o700"


def test_nothing_leaves_unarchived(warehouse: sa.Engine, tmp_path: Path) -> None:
    store_snapshot(warehouse)
    blocked = tmp_path / "archive"
    blocked.write_text("a file where the folder should be")
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        with pytest.raises(StopError, match="cannot be written"):
            send(warehouse, smtp, archive=blocked)
        assert mailbox.taken == []
        send(warehouse, smtp)
    assert len(mailbox.taken) == 3


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.sampled_from(["ok", "451", "550", "dropped"]), max_size=4))
def test_whatever_the_server_does_no_recipient_gets_two(
    warehouse: sa.Engine, weather: list[str]
) -> None:
    """Any order of server moods over repeated runs: at most one mail arrives."""
    with warehouse.begin() as connection:
        connection.execute(sa.text("truncate ops.delivery, reports.snapshot"))
    store_snapshot(warehouse)
    moods = iter(weather)

    def on_data(server: SMTP) -> str | None:
        mood = next(moods, "ok")
        if mood == "dropped":
            return drop_connection(server)
        return None if mood == "ok" else f"{mood} not now"

    mailbox = Mailbox(on_data=on_data)
    with serving(mailbox) as smtp:
        for _ in range(len(weather) + 1):
            try:
                send(warehouse, smtp, audience_of("ana@example.com"))
            except PipelineError:
                continue
    status = statuses(warehouse)["ana@example.com"]
    ended_by = next((mood for mood in weather if mood != "451"), "ok")
    arrived = {"ok": 1, "550": 0, "dropped": 1}[ended_by]
    assert len(mailbox.taken) == arrived
    assert status == {"ok": "sent", "550": "failed_permanently", "dropped": "unknown"}[ended_by]
