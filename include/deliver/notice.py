"""Short mails in plain text: a run failed, checks failed, a report is late, the disk is nearly full.

They go to those who run the pipeline; readers only hear that what they wait for is late. A notice is handed to the server once. It is no report: nobody has to have it, and it must not wait
for a mail server that may be what is broken.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import sqlalchemy as sa

from include.core.errors import RetryableError
from include.core.settings import Audiences
from include.deliver.account import SmtpAccount
from include.deliver.message import POLICY
from include.tables.ops import IN_READERS_HANDS, delivery

log = logging.getLogger(__name__)

TEXT_WIDTH = 72
# By it those who run the pipeline tell notices from reports.
PREFIX = "[CRM metrics] "
MOST_ERRORS = 8
MOST_NAMES = 5
CHECKS_REMEDY = (
    "Find out, with those who run the CRM, whether this is intended. ops.expectation_result and the Data "
    "Docs of the run list all checks. What is reported here is not reported again for four weeks, whether "
    "or not it goes on."
)
NO_ERROR = "It left no message, as happens when a task is killed; its log says how far it got."


@dataclass(frozen=True)
class FailedTask:
    """A task that failed; `error` is empty where it left none."""

    name: str
    error: str


@dataclass(frozen=True)
class FailedRun:
    """What is known of a run that failed.

    `about` says which time it is about, `reason` why it ended where no task says it, `command` does
    all of it again. `url` is its page, empty where nobody said under which address Airflow is.
    """

    dag_id: str
    run_id: str
    about: str
    reason: str
    tasks: Sequence[FailedTask]
    remedy: str
    command: str
    url: str


@dataclass(frozen=True)
class Notice:
    """One mail. `event` names what happened: each has a mail of its own."""

    event: str
    subject: str
    plain_text: str


def failure_notice(run: FailedRun, at: datetime) -> Notice:
    """What failed, why as far as it is known, and what to do."""
    lines = [f"{run.dag_id} failed.", "", f"Run:  {run.run_id}", f"For:  {run.about}"]
    if run.url:
        lines.append(f"Page: {run.url}")
    if run.reason:
        lines += ["", _wrapped(run.reason)]
    if run.tasks:
        lines += ["", "Failed:", *_errors(run.tasks)]
    lines += ["", "What to do:", _wrapped(run.remedy), "", f"  {run.command}"]
    return Notice(
        f"{run.dag_id}/{run.run_id}/failed/{at.isoformat()}",
        f"{PREFIX}{run.dag_id} failed ({run.about})",
        "\n".join(lines) + "\n",
    )


def checks_notice(
    dag_id: str, run_id: str, about: str, url: str, broken: Sequence[str], withheld: Sequence[str]
) -> Notice:
    """Which checks do not hold, in words: those that only tell, and those for which metrics are withheld."""
    count = len(broken) + len(withheld)
    noun = "check does" if count == 1 else "checks do"
    lines = [f"Run:  {run_id}", f"For:  {about}", *([f"Page: {url}"] if url else [])]
    for title, words in (
        ("Not as expected; figures rest on it all the same:", broken),
        ("Wrong, so the metrics that read it are withheld:", withheld),
    ):
        if words:
            lines += ["", title, *(_wrapped(each, "* ") for each in words)]
    lines += ["", _wrapped(CHECKS_REMEDY)]
    return Notice(
        f"{dag_id}/{run_id}/checks",
        f"{PREFIX}{dag_id}: {count} {noun} not hold ({about})",
        "\n".join(lines) + "\n",
    )


def late_notice(report_id: str, period_id: str, due: str, obstacle: str, url: str) -> Notice:
    """That not all readers have a report by the time they were to have it, and what keeps it."""
    lines = [
        _wrapped(
            f"{report_id} for {period_id} was due {due}, and not all of its readers have it yet."
        ),
        *(["", f"Page: {url}"] if url else []),
        "",
        _wrapped(obstacle),
    ]
    return Notice(
        f"{report_id}/{period_id}/late",
        f"{PREFIX}{report_id} for {period_id} is late",
        "\n".join(lines) + "\n",
    )


def warning_notice(event: str, subject: str, message: str, remedy: str) -> Notice:
    """That something has not failed yet, and will."""
    lines = [_wrapped(message), "", "What to do:", _wrapped(remedy)]
    return Notice(event, f"{PREFIX}{subject}", "\n".join(lines) + "\n")


def late_word(report_id: str, period_id: str, reader: str) -> Notice:
    """The same for a reader, who cannot do anything about it."""
    name = f"{report_id.replace('_', ' ')} report for {period_id.replace('-W', ' week ')}"
    text = (
        f"The {name} is late. You will get it as soon as it is complete; you do not need to do "
        "anything."
    )
    return Notice(
        f"{report_id}/{period_id}/late/{reader.lower()}",
        f"The {name} is late",
        f"{_wrapped(text)}\n\nQuestions? Reply to this mail.\n",
    )


def waiting_readers(
    engine: sa.Engine, audiences: Audiences, report_id: str, period_id: str
) -> list[str]:
    """Who lacks a report for a period, of those who had it for another.

    Who never had one does not wait for it: after installing it comes when it is there.
    """
    had = sa.select(delivery.c.recipient, delivery.c.period_id).where(
        delivery.c.report_id == report_id, delivery.c.status.in_(IN_READERS_HANDS)
    )
    with engine.connect() as connection:
        # Before the first run of crm_daily there are no tables.
        if not sa.inspect(connection).has_table(delivery.name, delivery.schema):
            return []
        rows = connection.execute(had).all()
    readers = {row.recipient.lower() for row in rows}
    served = {row.recipient.lower() for row in rows if row.period_id == period_id}
    report = audiences.reports.get(report_id)
    named = {address.lower(): address for address in (report.recipients if report else ())}
    return [address for name, address in named.items() if name in readers - served]


def _errors(tasks: Sequence[FailedTask]) -> list[str]:
    """Each error once, with the tasks it stopped: one mistake can stop all objects of a CRM."""
    stopped: dict[str, list[str]] = {}
    for task in tasks:
        stopped.setdefault(task.error or NO_ERROR, []).append(task.name)
    lines = []
    for error, names in list(stopped.items())[:MOST_ERRORS]:
        more = len(names) - MOST_NAMES
        named = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        lines += [_wrapped(named, "* "), _wrapped(error, "  ")]
    others = sum(len(names) for names in list(stopped.values())[MOST_ERRORS:])
    if others:
        noun = "task" if others == 1 else "tasks"
        lines.append(f"* and {others} more {noun}; the run's page lists them")
    return lines


def _wrapped(text: str, indent: str = "") -> str:
    """Lines as long as a mail's are, the later ones as far in as the first one's words."""
    return textwrap.fill(
        text,
        TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )


def send_notice(
    notice: Notice,
    recipients: Sequence[str],
    audiences: Audiences,
    smtp: SmtpAccount,
    sent_at: datetime,
) -> list[str]:
    """Hand one mail to all recipients to the server, once; those it was taken for.

    Raises:
        CredentialsError, ConfigurationError: the server does not let us in.
        RetryableError: it took the mail for nobody, or went away.
    """
    mail = _message(notice, recipients, audiences, sent_at)
    sender = parseaddr(audiences.sender)[1]
    try:
        with smtp.session() as client:
            refused = client.sendmail(sender, list(recipients), mail.as_bytes())
    except (OSError, smtplib.SMTPException) as error:
        raise RetryableError(
            f"The mail server {smtp.host}:{smtp.port} did not take the notice {notice.subject!r} for "
            f"{', '.join(recipients)} ({type(error).__name__}: {error}).",
            "It is not sent again. `python -m include doctor` says whether the server lets us in.",
        ) from error
    for recipient, answer in refused.items():
        log.error("The mail server refuses %s, named in audiences.yaml: %s", recipient, answer)
    return [recipient for recipient in recipients if recipient not in refused]


def _message(
    notice: Notice, recipients: Sequence[str], audiences: Audiences, sent_at: datetime
) -> EmailMessage:
    """The mail, addressed to all of them: who runs the pipeline sees who else knows."""
    domain = parseaddr(audiences.sender)[1].rpartition("@")[2].lower()
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = notice.subject
    mail["From"] = audiences.sender
    mail["To"] = ", ".join(recipients)
    mail["Reply-To"] = audiences.reply_to
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = f"<{hashlib.sha256(notice.event.encode()).hexdigest()[:32]}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notice.plain_text)
    return mail
