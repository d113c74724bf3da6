"""Deliver a snapshot: one mail per recipient, each at most once."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path

import sqlalchemy as sa

from include.core.errors import ConfigurationError, PipelineError, RetryableError, StopError
from include.core.settings import Audiences
from include.deliver.account import SmtpAccount
from include.deliver.archive import archive
from include.deliver.ledger import DUE, Claim, Delivery, Ledger
from include.deliver.message import Letter, message, message_id
from include.tables.ops import IN_READERS_HANDS, delivery
from include.tables.reports import snapshot

# A server may look into a text for minutes before it answers (RFC 5321, 4.5.3.2.6). Who does not wait
# for it calls a mail unknown that arrives.
ANSWER_SECONDS = 600.0


def deliver(
    engine: sa.Engine,
    audiences: Audiences,
    report_id: str,
    period_id: str,
    revision: int,
    smtp: SmtpAccount,
    run_id: str,
    clock: Callable[[], datetime],
    archive_folder: Path,
) -> list[Delivery]:
    """One ledger row per recipient of the report, all sent.

    Mails that were sent are never sent again; 4xx answers and lost connections before the text are
    tried again by the next call; a 5xx answer is final for that recipient and keeps nobody else
    from getting theirs.

    Raises:
        StopError: there is no such snapshot, it is held or was revised by a mail since, a recipient
            was refused for good, or it is not known whether a mail arrived.
        ConfigurationError: a recipient is outside the allowed domains, or the sender is refused;
            in the first case nothing is sent at all.
        CredentialsError: the server refuses login or encryption.
        RetryableError: a mail could not be handed over now, or another worker has it in its hands.
    """
    recipients = _recipients(audiences, report_id)
    letter = _letter(engine, report_id, period_id, revision)
    ledger = Ledger(engine, report_id, period_id, revision, run_id)
    recipients = ledger.as_entered(recipients)
    ids = {recipient: message_id(letter, recipient, audiences.sender) for recipient in recipients}
    ledger.enter(ids, clock())
    for row in ledger.rows(recipients):
        if row.status not in (*DUE, "in_flight"):
            continue
        with ledger.at_work(row.recipient) as is_ours:
            if not is_ours:
                continue
            ledger.lost(row.recipient)
            claim = ledger.claim(row.recipient, clock())
            if claim is None:
                continue
            mail = message(letter, row.recipient, audiences.sender, audiences.reply_to, clock())
            archive(archive_folder, letter, row.recipient, mail)
            _send(mail, claim, audiences.sender, smtp, clock)
    rows = ledger.rows(recipients)
    _raise_for(rows, letter)
    return rows


def _recipients(audiences: Audiences, report_id: str) -> list[str]:
    """The report's recipients, each once.

    Raises:
        ConfigurationError: the report has none, or one must not get mail from here.
    """
    report = audiences.reports.get(report_id)
    if report is None or not report.recipients:
        raise ConfigurationError(
            f"The report {report_id} has no recipients.", "Name them in audiences.yaml."
        )
    recipients = list({address.lower(): address for address in report.recipients}.values())
    allowed = {domain.lower() for domain in audiences.allowed_domains}
    outside = [
        address
        for address in recipients
        if address.rpartition("@")[2].lower() not in allowed or not address.isascii()
    ]
    if outside:
        raise ConfigurationError(
            f"Nothing of {report_id} was sent: {', '.join(outside)} is not in an allowed domain, or "
            "is not plain ASCII.",
            "Remove the address, or add its domain to allowed_domains, in audiences.yaml.",
        )
    return recipients


def _letter(engine: sa.Engine, report_id: str, period_id: str, revision: int) -> Letter:
    """The snapshot to send.

    Raises:
        StopError: it does not exist, its gate holds it, or readers have what revises it.
    """
    query = sa.select(snapshot).where(
        snapshot.c.report_id == report_id,
        snapshot.c.period_id == period_id,
        snapshot.c.revision == revision,
    )
    with engine.connect() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise StopError(
            f"There is no revision {revision} of {report_id} for {period_id}.",
            "Render the report first.",
        )
    if row.gate == "hold":
        raise StopError(
            f"{report_id} for {period_id} is held and was sent to nobody: {row.gate_reason}.",
            "Repair that (`crm_doctor` says what each metric lacks), then clear `render`: the report "
            "is sent once its figures are there.",
        )
    revisions = sa.select(sa.func.max(delivery.c.revision)).where(
        delivery.c.report_id == report_id,
        delivery.c.period_id == period_id,
        delivery.c.status.in_(IN_READERS_HANDS),
    )
    with engine.connect() as connection:
        newest = connection.scalar(revisions) or 0
    if newest > revision:
        raise StopError(
            f"{report_id} for {period_id} was mailed as revision {newest} since; revision {revision} "
            "is out of date and was sent to nobody.",
            "To mail the newest figures to whoever lacks them, clear `render`.",
        )
    return Letter(report_id, period_id, revision, row.subject, row.html, row.plain_text, row.images)


def _send(
    mail: EmailMessage,
    claim: Claim,
    sender: str,
    smtp: SmtpAccount,
    clock: Callable[[], datetime],
) -> None:
    """Hand one claimed mail to the server and note what became of it.

    A connection of its own: whatever one mail does to a connection, the next one is not harmed.

    Raises:
        CredentialsError, ConfigurationError, RetryableError: no mail can be handed over now.
    """
    try:
        with smtp.session() as client:
            if _is_accepted(client, claim, sender):
                _hand_over(client, mail, claim, clock)
    except PipelineError as error:
        claim.failed("failed_temporarily", error.message)
        raise


def _is_accepted(client: smtplib.SMTP, claim: Claim, sender: str) -> bool:
    """Whether the server takes mail from the sender to the recipient; a refusal is noted.

    So is a server that goes away: it may do so at this address, and take the mails of all others.

    Raises:
        ConfigurationError: the sender is refused, so every mail would be.
    """
    try:
        code, reply = client.mail(parseaddr(sender)[1])
        if code >= 500:
            raise ConfigurationError(
                f"The mail server refuses the sender {sender}: {_words(code, reply)}.",
                "Correct `sender` in audiences.yaml, or let the login send as it. No mail was lost.",
            )
        if _is_yes(code):
            code, reply = client.rcpt(claim.recipient)
    except (OSError, smtplib.SMTPException) as error:
        words = f"the server went away before the text: {type(error).__name__}"
        claim.failed("failed_temporarily", words)
        return False
    if not _is_yes(code):
        claim.failed(_failure(code), _words(code, reply))
    return _is_yes(code)


def _hand_over(
    client: smtplib.SMTP, mail: EmailMessage, claim: Claim, clock: Callable[[], datetime]
) -> None:
    """Send the text and store the server's answer; no answer leaves the mail unknown.

    Nothing is sent that somebody else has claimed meanwhile.
    """
    content = mail.as_bytes()
    if client.sock is not None:
        client.sock.settimeout(ANSWER_SECONDS)
    if not claim.in_flight():
        return
    try:
        code, reply = client.data(content)
    except smtplib.SMTPDataError as error:
        # The server did not ask for the text, so it has not left.
        words = _words(error.smtp_code, error.smtp_error)
        claim.failed(_failure(error.smtp_code), words)
        return
    except (OSError, smtplib.SMTPException) as error:
        claim.failed("unknown", f"the server did not confirm it: {type(error).__name__}")
        return
    if _is_yes(code):
        claim.sent(_words(code, reply), clock())
    else:
        # An answer out of turn, such as one that is no number, says nothing of the text.
        status = _failure(code) if code >= 400 else "unknown"
        claim.failed(status, _words(code, reply))


def _is_yes(code: int) -> bool:
    """Whether the server did what it was asked to."""
    return 200 <= code < 300


def _failure(code: int) -> str:
    """What an SMTP code that is no yes means for a mail whose text has not been taken."""
    return "failed_permanently" if code >= 500 else "failed_temporarily"


def _words(code: int, reply: bytes | str) -> str:
    """The server's answer on one line."""
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {' '.join(text.split())}"


def _told(row: Delivery) -> str:
    """What became of one mail. By its Message-ID the server's log says more of one that is unknown."""
    said = row.server_reply or "another worker has it"
    if row.status == "unknown":
        said += f"; Message-ID {row.message_id}"
    return f"{row.recipient}: {row.status} ({said})"


def _raise_for(rows: Sequence[Delivery], letter: Letter) -> None:
    """Say what did not arrive. What a further try can mend goes first, or it would not be tried.

    A mail that is claimed or in flight now is in the hands of another worker. That one may be the
    try before, which Airflow ends once it has begun this one.

    Raises:
        RetryableError: a mail is still due, or in another worker's hands.
        StopError: one was refused for good, or may or may not have arrived.
    """
    told = [_told(row) for row in rows if row.status not in ("sent", "skipped")]
    if not told:
        return
    what = f"{letter.key} did not reach everybody. " + "; ".join(told) + "."
    if any(row.status in (*DUE, "in_flight") for row in rows):
        raise RetryableError(what, "The next try sends only those that are still due.")
    remedies = []
    if any(row.status == "failed_permanently" for row in rows):
        remedies.append(
            "Correct or remove the refused addresses in audiences.yaml, then clear `deliver`. If an "
            "address is right and the server was wrong, set ops.delivery.status to 'claimed' first: "
            "that mail is then sent again."
        )
    if any(row.status == "unknown" for row in rows):
        remedies.append(
            "An unknown mail may have arrived, so it is not sent again by itself. Look for its "
            "Message-ID in the mail server's log, or ask the recipient. If it arrived, set "
            "ops.delivery.status to 'sent' where message_id is that one. If not, set it to 'claimed' "
            "and clear `deliver`: only mails that are due are sent."
        )
    raise StopError(what, " ".join(remedies))
