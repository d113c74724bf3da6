"""First answers in facts.ticket, business hours, spam and closings told by the history."""

from __future__ import annotations

import dataclasses
from statistics import mean, median

import pytest

from include.core.settings_service import Service
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"
MINUTE, HOUR = 60, 3600
AGENT, OTHER, ROBOT, CUSTOMER = "005AGENT", "005OTHER", "005ROBOT", "005PORTAL"
USERS = (
    user_of("salesforce:005AGENT", salesforce_user_id=AGENT, team_name="First line", role_id="R"),
    user_of("salesforce:005OTHER", salesforce_user_id=OTHER, team_name="Second line"),
    user_of("salesforce:005ROBOT", salesforce_user_id=ROBOT, is_human=False),
    # A customer who writes in the portal is a user of another type.
    user_of("salesforce:005PORTAL", salesforce_user_id=CUSTOMER, is_human=False),
)


def case(key: str, created: str = "2026-03-02T10:00", **values) -> Version:
    """An open case of AGENT's."""
    given = {"case_status": "New", "origin": "Email", "is_closed": False, "owner_user_id": AGENT}
    return version(
        "salesforce.case",
        key,
        values.pop("modified", created),
        **{"created_at": at(created), **given, **values},
    )


def mail(case_id: str, sent: str, author: str = AGENT, *, incoming=False, **values) -> Version:
    """A mail of a case, read when it was sent."""
    key = values.pop("key", f"02s{case_id}{sent}")
    return version(
        "salesforce.email_message",
        key,
        values.pop("modified", sent),
        deleted=values.pop("deleted", False),
        **{
            "case_id": case_id,
            "is_incoming": incoming,
            "email_status": "1" if incoming else "3",
            "message_at": at(sent),
            "created_at": at(sent),
            "created_by_user_id": author,
            **values,
        },
    )


def comment(case_id: str, written: str, author: str = AGENT, *, public=True, **values) -> Version:
    """A comment on a case."""
    return version(
        "salesforce.case_comment",
        values.pop("key", f"00a{case_id}{written}"),
        values.pop("modified", written),
        **{
            "case_id": case_id,
            "is_published": public,
            "created_at": at(written),
            "created_by_user_id": author,
            **values,
        },
    )


def test_golden_first_response_times(warehouse, settings):
    """Filed at 10:00; answers after 30, 90 and 240 minutes, none, 120 and 60."""
    put(
        warehouse,
        *USERS,
        *(case(f"T{n}") for n in range(1, 7)),
        *(mail(f"T{n}", "2026-03-02T10:00", ROBOT, incoming=True) for n in range(1, 7)),
        mail("T1", "2026-03-02T10:30"),
        mail("T2", "2026-03-02T11:30"),
        mail("T3", "2026-03-02T14:00"),
        # T4: nobody. T5: a program after a minute, a person after 120.
        mail("T5", "2026-03-02T10:01", ROBOT),
        mail("T5", "2026-03-02T12:00", OTHER),
        # T6: a note of ours after 5 minutes, public after 60.
        comment("T6", "2026-03-02T10:05", public=False),
        comment("T6", "2026-03-02T11:00"),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    minutes = {
        key: row.first_response_seconds / MINUTE
        for key, row in tickets.items()
        if row.first_response_seconds is not None
    }
    assert minutes == {"T1": 30, "T2": 90, "T3": 240, "T5": 120, "T6": 60}
    # (30 + 90 + 240 + 120 + 60) / 5 = 540 / 5; the middle of 30, 60, 90, 120, 240.
    assert (mean(minutes.values()), median(minutes.values())) == (108, 90)
    unanswered = [key for key, row in tickets.items() if row.is_answered is False]
    assert (unanswered, len(tickets)) == (["T4"], 6)
    assert tickets["T4"].first_response_at is None
    # Who answered; of whom nobody has, the owner.
    assert (tickets["T5"].agent_user_id, tickets["T5"].team_name) == (
        "salesforce:005OTHER", "Second line",
    )  # fmt: skip
    assert (tickets["T4"].agent_user_id, tickets["T4"].team_name) == (
        "salesforce:005AGENT", "First line",
    )  # fmt: skip
    assert (tickets["T5"].owner_user_id, tickets["T5"].role_id) == ("salesforce:005AGENT", "R")


@pytest.mark.parametrize(
    ("automation", "status", "is_answer"),
    [(None, "3", True), ("AiAssisted", "3", True), ("AiAutomated", "3", False), (None, "5", False)],
)
def test_what_is_an_answer(warehouse, settings, automation, status, is_answer):
    put(
        warehouse,
        *USERS,
        case("A"),
        mail("A", "2026-03-02T11:00", automation_type=automation, email_status=status),
        comment("A", "2026-03-02T10:30", CUSTOMER),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert tickets["A"].is_answered is is_answer
    assert tickets["A"].first_response_seconds == (HOUR if is_answer else None)


def test_a_request_is_unanswered_until_it_is_answered(warehouse, settings):
    put(warehouse, *USERS, case("A", owner_user_id=OTHER), mail("A", "2026-03-05T10:00"))
    before, after = built(warehouse, with_choices(settings), facts.ticket)
    assert (before.valid_from_at, before.valid_to_at) == (
        at("2026-03-02T10:00"),
        after.valid_from_at,
    )
    assert after.valid_from_at == at("2026-03-05T10:00")
    assert (before.is_answered, before.first_response_seconds) == (False, None)
    assert (before.agent_user_id, after.agent_user_id) == (
        "salesforce:005OTHER", "salesforce:005AGENT",
    )  # fmt: skip
    assert (after.is_answered, after.first_response_seconds) == (True, 72 * HOUR)


def test_a_note_made_public_is_an_answer_from_then_on(warehouse, settings):
    note = {"key": "00aN"}
    put(
        warehouse,
        *USERS,
        case("A"),
        comment("A", "2026-03-02T11:00", public=False, **note),
        comment("A", "2026-03-02T11:00", modified="2026-03-02T14:00", **note),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert tickets["A"].first_response_seconds == 4 * HOUR


def test_a_deleted_answer_was_one(warehouse, settings):
    put(
        warehouse,
        *USERS,
        case("A"),
        mail("A", "2026-03-02T11:00", key="02sA"),
        mail("A", "2026-03-02T11:00", key="02sA", modified="2026-03-09", deleted=True),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert tickets["A"].first_response_seconds == HOUR


def test_an_answer_before_the_filing_has_no_duration(warehouse, settings):
    put(warehouse, *USERS, case("A"), mail("A", "2026-03-02T09:00"))
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert (tickets["A"].is_answered, tickets["A"].first_response_seconds) == (True, None)


def test_requests_we_opened(warehouse, settings):
    put(
        warehouse,
        *USERS,
        case("ours"),
        mail("ours", "2026-03-02T10:01"),
        mail("ours", "2026-03-02T12:00", ROBOT, incoming=True),
        case("theirs"),
        mail("theirs", "2026-03-02T10:00", ROBOT, incoming=True),
        mail("theirs", "2026-03-02T10:01"),
        # A clock that is three hours ahead: the mail was filed at 10:00.
        case("ahead"),
        mail("ahead", "2026-03-02T10:00", ROBOT, incoming=True, message_at=at("2026-03-02T13:00")),
        mail("ahead", "2026-03-02T10:01"),
        # A call needs no mail before our first.
        case("call", origin="Phone"),
        mail("call", "2026-03-02T10:01"),
        case("confirmed"),
        mail("confirmed", "2026-03-02T10:01", ROBOT),
        version("hubspot.ticket", "1", "2026-03-02", created_at=at("2026-03-02"), is_outbound=True),
        version("hubspot.ticket", "2", "2026-03-02", created_at=at("2026-03-02")),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert {key for key, row in tickets.items() if row.is_outbound} == {"ours", "1"}


def test_hubspot_tells_the_first_answer_itself(warehouse, settings):
    created = "2026-03-02T10:00"

    def hubspot_ticket(key: str, **values) -> Version:
        return version("hubspot.ticket", key, "2026-03-09", created_at=at(created), **values)

    put(
        warehouse,
        user_of("hubspot:9", hubspot_owner_id="9", team_name="Support"),
        hubspot_ticket(
            "1",
            owner_id="9",
            first_agent_message_at=at("2026-03-02T10:40"),
            first_agent_email_at=at("2026-03-02T10:20"),
        ),
        hubspot_ticket("2", first_agent_email_at=at("2026-03-02T11:00")),
        hubspot_ticket("3"),
    )
    rows = built(warehouse, with_choices(settings), facts.ticket)
    tickets = as_of(rows, APRIL)
    # Any channel goes before mail alone.
    assert tickets["1"].first_response_seconds == 40 * MINUTE
    assert (tickets["1"].agent_user_id, tickets["1"].team_name) == ("hubspot:9", "Support")
    assert tickets["2"].first_response_seconds == HOUR
    assert (tickets["3"].is_answered, tickets["3"].first_response_seconds) == (False, None)
    assert as_of(rows, "2026-03-02T10:30")["1"].is_answered is False


def test_where_nothing_tells_an_answer_nobody_knows(warehouse, settings):
    """No mail, no comment, and no property of HubSpot's: that is not a request without answer."""
    put(
        warehouse,
        *USERS,
        case("A"),
        version("hubspot.ticket", "1", "2026-03-02", created_at=at("2026-03-02")),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert {row.is_answered for row in tickets.values()} == {None}


def test_who_calls_waits_for_no_answer(warehouse, settings):
    """By mail one is answered and one is not; calls are neither, answered by mail later or not."""
    put(
        warehouse,
        *USERS,
        case("written"),
        mail("written", "2026-03-02T11:00"),
        case("silent"),
        case("called", origin=" PHONE"),
        case("called back", origin="Phone"),
        mail("called back", "2026-03-04T10:00"),
        version(
            "hubspot.ticket",
            "9",
            "2026-03-02",
            created_at=at("2026-03-02"),
            origin="PHONE",
            first_agent_message_at=at("2026-03-03"),
        ),
    )

    def told(choices) -> dict[str, bool | None]:
        rows = as_of(built(warehouse, choices, facts.ticket), APRIL)
        return {key: row.is_answered for key, row in rows.items()}

    by_mail = {"written": True, "silent": False}
    choices = with_choices(settings)
    assert told(choices) == {**by_mail, "called": None, "called back": None, "9": None}
    none_live = dataclasses.replace(choices, service=Service(live_origins=[]))
    assert told(none_live) == {**by_mail, "called": False, "called back": True, "9": True}


def test_answers_and_closings_in_business_hours(warehouse, settings):
    """From Friday 17:30 to Monday 9:30, open from 9 to 18: half an hour on either day."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday")
    hours = {"time_zone": "Europe/Berlin", **{day: ["09:00-18:00"] for day in days}}
    service = Service.model_validate({"business_hours": hours})
    chosen = dataclasses.replace(with_choices(settings), service=service)
    # Berlin is an hour ahead of UTC on 6 and 9 March 2026.
    friday, monday = "2026-03-06T16:30", "2026-03-09T08:30"
    put(
        warehouse,
        *USERS,
        case("A", friday),
        mail("A", monday),
        case("A", friday, modified=monday, is_closed=True, closed_at=at(monday)),
        # Filed in the night to Friday and answered at ten past nine.
        case("B", "2026-03-05T23:00"),
        mail("B", "2026-03-06T08:10"),
    )
    tickets = as_of(built(warehouse, chosen, facts.ticket), APRIL)
    # Friday 17:30 to Monday 9:30 are 64 hours by the clock.
    assert tickets["A"].first_response_seconds == 64 * HOUR
    assert tickets["A"].first_response_business_seconds == HOUR
    assert (tickets["A"].resolution_seconds, tickets["A"].resolution_business_seconds) == (
        64 * HOUR, HOUR,
    )  # fmt: skip
    assert tickets["B"].first_response_business_seconds == 10 * MINUTE
    assert tickets["B"].resolution_business_seconds is None
    # Without business hours nobody knows.
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert tickets["A"].first_response_seconds == 64 * HOUR
    assert tickets["A"].first_response_business_seconds is None
    assert tickets["A"].resolution_business_seconds is None


def test_spam_does_not_count(warehouse, settings):
    put(
        warehouse,
        case("A", case_status="Spam "),
        case("B", case_type="SPAM"),
        case("C"),
        # Put right later.
        case("D", case_status="spam"),
        case("D", modified="2026-03-05"),
        version(
            "hubspot.ticket_stage",
            "0:9",
            "2025-01-01",
            pipeline_id="0",
            stage_id="9",
            stage_label="Spam",
        ),
        version(
            "hubspot.ticket",
            "1",
            "2026-03-02",
            created_at=at("2026-03-02"),
            pipeline_id="0",
            stage_id="9",
        ),
    )
    rows = built(warehouse, with_choices(settings), facts.ticket)
    assert {key for key, row in as_of(rows, APRIL).items() if row.is_counted} == {"C", "D"}
    assert not as_of(rows, "2026-03-04")["D"].is_counted


def test_the_history_tells_the_first_closing(warehouse, settings):
    """Closed after 5 hours and after 50; the case itself was read afterwards only."""

    def change(key: str, case_id: str, when: str, to: str, field: str = "Status") -> Version:
        return version(
            "salesforce.case_history",
            key,
            when,
            case_id=case_id,
            field_name=field,
            new_value=to,
            created_at=at(when),
        )

    closed = {"is_closed": True, "case_status": "Closed"}
    put(
        warehouse,
        case("A", "2026-03-01", modified="2026-03-10", closed_at=at("2026-03-03T02:00"), **closed),
        change("1", "A", "2026-03-01T03:00", "Working"),
        change("2", "A", "2026-03-01T05:00", "Closed"),
        change("3", "A", "2026-03-01T08:00", "Working"),
        change("4", "A", "2026-03-03T02:00", "Closed"),
        # Another field that takes a value of the same name.
        change("5", "B", "2026-03-01T01:00", "Closed", field="Stage__c"),
        case("B", "2026-03-01", modified="2026-03-10", closed_at=at("2026-03-02"), **closed),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    assert tickets["A"].first_resolution_seconds == 5 * HOUR
    assert (tickets["A"].resolution_seconds, tickets["A"].is_reopened) == (50 * HOUR, True)
    assert (tickets["B"].first_resolution_seconds, tickets["B"].is_reopened) == (24 * HOUR, False)


def test_an_answer_of_the_copy_that_does_not_count(warehouse, settings):
    """A ticket both CRMs hold counts once, with the answer of the copy that counts."""
    put(
        warehouse,
        *USERS,
        case("500A"),
        mail("500A", "2026-03-02T11:00"),
        version(
            "hubspot.ticket",
            "1",
            "2026-03-02T13:00",
            created_at=at("2026-03-02T10:00"),
            salesforce_case_id="500A",
            first_agent_message_at=at("2026-03-02T12:00"),
        ),
        link("hubspot.ticket_company", "1", None, "2026-03-09"),
    )
    tickets = as_of(built(warehouse, with_choices(settings), facts.ticket), APRIL)
    counted = {key: row.first_response_seconds for key, row in tickets.items() if row.is_counted}
    assert counted == {"500A": HOUR}
