"""What those who run the pipeline are told, and that a mail server in trouble stops nothing else."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from include.core.errors import CredentialsError, RetryableError
from include.deliver.account import SmtpAccount
from include.deliver.notice import (
    NO_ERROR,
    FailedRun,
    FailedTask,
    Notice,
    failure_notice,
    late_notice,
    late_word,
    send_notice,
    waiting_readers,
)
from include.tables.ops import delivery
from tests.deliver.smtp_servers import (
    NOON,
    Mailbox,
    account,
    audience_of,
    free_port,
    refuse_every_login,
    serving,
)

NOTICE = Notice(
    "crm_daily/run/failed", "[CRM metrics] crm_daily failed (2025-11-16)", "Failed:\n* métrics\n"
)
RUN = FailedRun(
    dag_id="crm_daily",
    run_id="scheduled__2025-11-17T00:00:00+00:00",
    about="2025-11-16 00:00 CET to 2025-11-17 00:00 CET",
    reason="",
    tasks=(),
    remedy="Do what the messages say.",
    command="airflow dags clear crm_daily --yes --run-id scheduled__2025-11-17T00:00:00+00:00",
    url="https://airflow.example.com/dags/crm_daily/runs/1",
)


def send(smtp: SmtpAccount, *recipients: str) -> list[str]:
    return send_notice(NOTICE, recipients, audience_of("ana@example.com"), smtp, NOON)


def test_one_mail_goes_to_all_who_run_the_pipeline() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        took = send(smtp, "ops@example.com", "dee@example.com")
    assert took == ["ops@example.com", "dee@example.com"]
    assert len({content for _, content in mailbox.taken}) == 1
    mail = mailbox.mail("dee@example.com")
    assert mail["To"] == "ops@example.com, dee@example.com"
    assert mail["Subject"] == "[CRM metrics] crm_daily failed (2025-11-16)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert "* métrics" in mail.get_content()


def test_a_refused_address_is_noted_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailbox = Mailbox(refuse=lambda to: "550 no such user" if to.startswith("gone") else None)
    with serving(mailbox) as smtp, caplog.at_level(logging.ERROR):
        took = send(smtp, "gone@example.com", "dee@example.com")
    assert took == mailbox.recipients == ["dee@example.com"]
    assert "refuses gone@example.com, named in audiences.yaml" in caplog.text


def test_a_server_in_trouble_is_tried_once() -> None:
    tries: list[str] = []

    def refuse(address: str) -> str:
        tries.append(address)
        return "451 try later"

    with (
        serving(Mailbox(refuse=refuse)) as smtp,
        pytest.raises(RetryableError, match=r"did not take the notice '\[CRM metrics\] crm_daily"),
    ):
        send(smtp, "ops@example.com")
    assert tries == ["ops@example.com"]
    with pytest.raises(RetryableError, match="cannot be used now"):
        send(account(free_port()), "ops@example.com")


def test_a_refused_login_is_told_without_the_password() -> None:
    options = {"auth_require_tls": False, "authenticator": refuse_every_login}
    with serving(Mailbox(), **options) as smtp:
        wrong = SmtpAccount("127.0.0.1", smtp.port, "reports", "hunter2", "none", 5)
        with pytest.raises(CredentialsError) as caught:
            send(wrong, "ops@example.com")
    assert "hunter2" not in str(caught.value)


def test_an_error_that_stopped_many_tasks_is_said_once() -> None:
    refused = "Salesforce refused the login. Check consumer_key in the Airflow connection."
    tasks = [FailedTask(f"salesforce.object_{number}", refused) for number in range(42)]
    run = dataclasses.replace(RUN, tasks=[*tasks, FailedTask("facts", "")])
    text = failure_notice(run, NOON).plain_text
    assert text.count("refused the login") == 1
    # Two of the five names that are given stand on the second line.
    assert "* salesforce.object_0," in text
    assert "salesforce.object_4 and 37 more\n" in text
    assert "salesforce.object_5" not in text
    assert f"* facts\n  {NO_ERROR[:40]}" in text


def test_a_notice_stays_short_whatever_failed() -> None:
    tasks = [FailedTask(f"task_{number}", f"Error {number}.") for number in range(30)]
    text = failure_notice(dataclasses.replace(RUN, tasks=tasks), NOON).plain_text
    assert "Error 7." in text
    assert "Error 8." not in text
    assert "* and 22 more tasks" in text
    assert len(text.splitlines()) < 40


def test_a_failure_says_which_run_why_and_what_to_do() -> None:
    reason = "It ran longer than a run may, and was ended; what had not finished was skipped."
    notice = failure_notice(dataclasses.replace(RUN, reason=reason), NOON)
    assert notice.subject == f"[CRM metrics] crm_daily failed ({RUN.about})"
    lines = notice.plain_text.splitlines()
    assert lines[0] == "crm_daily failed."
    for line in (f"Run:  {RUN.run_id}", f"For:  {RUN.about}", f"Page: {RUN.url}"):
        assert line in lines
    # A command that is broken over lines cannot be copied.
    assert f"  {RUN.command}" in lines
    assert "It ran longer than a run may" in notice.plain_text
    assert "Failed:" not in lines
    nowhere = failure_notice(dataclasses.replace(RUN, url=""), NOON).plain_text
    assert "Page:" not in nowhere


def test_a_run_that_fails_again_is_another_event() -> None:
    again = NOON + timedelta(hours=1)
    assert failure_notice(RUN, NOON).event != failure_notice(RUN, again).event


def test_a_late_report_says_what_keeps_it() -> None:
    notice = late_notice(
        "executive_weekly", "2025-W46", "Mon 17 Nov 2025, 06:00 CET", "It waits.", ""
    )
    assert notice.subject == "[CRM metrics] executive_weekly for 2025-W46 is late"
    assert notice.plain_text == (
        "executive_weekly for 2025-W46 was due Mon 17 Nov 2025, 06:00 CET, and\n"
        "not all of its readers have it yet.\n\nIt waits.\n"
    )


def test_a_reader_hears_no_more_than_that_it_is_late() -> None:
    word = late_word("executive_weekly", "2025-W46", "ana@example.com")
    assert word.subject == "The executive weekly report for 2025 week 46 is late"
    assert word.plain_text == (
        "The executive weekly report for 2025 week 46 is late. You will get it as\n"
        "soon as it is complete; you do not need to do anything.\n\n"
        "Questions? Reply to this mail.\n"
    )


def test_who_waits_for_a_report_had_one_before_and_lacks_this_one(warehouse: sa.Engine) -> None:
    def entered(recipient: str, period_id: str, status: str) -> dict[str, object]:
        return {
            "report_id": "executive_weekly", "period_id": period_id, "revision": 1,
            "recipient": recipient, "status": status, "message_id": "<1@example.com>",
            "run_id": "run", "attempt_count": 1, "claimed_at": NOON,
        }  # fmt: skip

    audiences = audience_of(
        "ana@example.com", "ben@example.com", "cy@example.com", "dee@example.com"
    )
    assert waiting_readers(warehouse, audiences, "executive_weekly", "2025-W46") == []
    with warehouse.begin() as connection:
        connection.execute(
            delivery.insert(),
            [
                entered("Ana@example.com", "2025-W45", "sent"),
                entered("ben@example.com", "2025-W45", "sent"),
                # It may have arrived.
                entered("ben@example.com", "2025-W46", "unknown"),
                entered("cy@example.com", "2025-W45", "failed_permanently"),
                entered("ana@example.com", "2025-W46", "failed_temporarily"),
                # On the list no more.
                entered("eve@example.com", "2025-W45", "sent"),
            ],
        )
    waiting = waiting_readers(warehouse, audiences, "executive_weekly", "2025-W46")
    assert waiting == ["ana@example.com"]


def test_nobody_waits_before_anything_ran(warehouse: sa.Engine) -> None:
    with warehouse.begin() as connection:
        connection.execute(sa.text("drop schema ops cascade"))
    assert (
        waiting_readers(warehouse, audience_of("ana@example.com"), "executive_weekly", "W1") == []
    )
