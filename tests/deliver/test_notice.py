"""What those who run the pipeline are told, and that a mail server in trouble stops nothing else."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta

import pytest

from include.core.errors import CredentialsError, RetryableError
from include.core.settings import Audiences
from include.core.settings_audiences import Operators
from include.deliver.account import SmtpAccount
from include.deliver.notice import (
    NO_ERROR,
    FailedRun,
    FailedTask,
    Notice,
    failure_notice,
    late_notice,
    send_notice,
)
from tests.deliver.smtp_servers import (
    NOON,
    Mailbox,
    account,
    audience_of,
    free_port,
    refuse_every_login,
    serving,
)

NOTICE = Notice("crm_daily/run/failed", "crm_daily failed (2025-11-16)", "Failed:\n* métrics\n")
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


def told(*recipients: str) -> Audiences:
    """The reports' audience, and who runs the pipeline."""
    ops = Operators(recipients=list(recipients))
    return audience_of("ana@example.com").model_copy(update={"ops": ops})


def test_one_mail_goes_to_all_who_run_the_pipeline() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        took = send_notice(NOTICE, told("ops@example.com", "dee@example.com"), smtp, NOON)
    assert took == ["ops@example.com", "dee@example.com"]
    assert len({content for _, content in mailbox.taken}) == 1
    mail = mailbox.mail("dee@example.com")
    assert mail["To"] == "ops@example.com, dee@example.com"
    assert mail["Subject"] == "[CRM metrics] crm_daily failed (2025-11-16)"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert "* métrics" in mail.get_content()


def test_nobody_is_told_where_nobody_is_named() -> None:
    mailbox = Mailbox()
    with serving(mailbox) as smtp:
        assert send_notice(NOTICE, audience_of("ana@example.com"), smtp, NOON) == []
    assert mailbox.taken == []


def test_a_refused_address_is_noted_and_the_others_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mailbox = Mailbox(refuse=lambda to: "550 no such user" if to.startswith("gone") else None)
    with serving(mailbox) as smtp, caplog.at_level(logging.ERROR):
        took = send_notice(NOTICE, told("gone@example.com", "dee@example.com"), smtp, NOON)
    assert took == mailbox.recipients == ["dee@example.com"]
    assert "refuses gone@example.com, named under ops in audiences.yaml" in caplog.text


def test_a_server_in_trouble_is_tried_once() -> None:
    tries: list[str] = []

    def refuse(address: str) -> str:
        tries.append(address)
        return "451 try later"

    with (
        serving(Mailbox(refuse=refuse)) as smtp,
        pytest.raises(RetryableError, match="did not take the notice 'crm_daily failed"),
    ):
        send_notice(NOTICE, told("ops@example.com"), smtp, NOON)
    assert tries == ["ops@example.com"]
    with pytest.raises(RetryableError, match="cannot be used now"):
        send_notice(NOTICE, told("ops@example.com"), account(free_port()), NOON)


def test_a_refused_login_is_told_without_the_password() -> None:
    options = {"auth_require_tls": False, "authenticator": refuse_every_login}
    with serving(Mailbox(), **options) as smtp:
        wrong = SmtpAccount("127.0.0.1", smtp.port, "reports", "hunter2", "none", 5)
        with pytest.raises(CredentialsError) as caught:
            send_notice(NOTICE, told("ops@example.com"), wrong, NOON)
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
    assert notice.subject == f"crm_daily failed ({RUN.about})"
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
    assert notice.subject == "executive_weekly for 2025-W46 is late"
    assert notice.plain_text == (
        "executive_weekly for 2025-W46 was due Mon 17 Nov 2025, 06:00 CET, and\n"
        "not all of its readers have it.\n\nIt waits.\n"
    )
