"""facts.activity, facts.login_day."""

from __future__ import annotations

from datetime import date

import pytest

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def task(key: str, modified: str, *, closed: bool = True, **values) -> Version:
    return version(
        "salesforce.task",
        key,
        modified,
        **{
            "created_at": at("2026-03-01"),
            "task_status": "Completed" if closed else "Open",
            "is_closed": closed,
            "owner_user_id": "005A",
            **values,
        },
    )


def event(key: str, start: str, end: str, **values) -> Version:
    return version(
        "salesforce.event",
        key,
        "2026-03-01",
        created_at=at("2026-03-01"),
        start_at=at(start),
        end_at=at(end),
        owner_user_id="005A",
        **values,
    )


def hubspot(kind: str, key: str, **values) -> Version:
    return version(f"hubspot.{kind}", key, "2026-03-20", created_at=at("2026-03-01"), **values)


def test_what_programs_own_nobody_has_completed(warehouse, settings):
    """A bot that calls by itself, and a user of Salesforce that is a program."""
    choices = with_choices(
        settings,
        salesforce={"integration_users": ["Bot@X.com"]},
        hubspot={"integration_users": [" dialer@x.com"]},
    )
    put(
        warehouse,
        version("salesforce.user", "005B", "2025-01-01", username="bot@x.com", is_active=True),
        user_of("hubspot:8", hubspot_owner_id="8", email="dialer@x.com", is_human=False),
        user_of("hubspot:9", hubspot_owner_id="9", email="ann@x.com"),
        task("by a person", "2026-03-20"),
        task("by the bot", "2026-03-20", owner_user_id="005B"),
        hubspot("call", "8", owner_id="8", call_at=at("2026-03-20")),
        hubspot("call", "9", owner_id="9", call_at=at("2026-03-20")),
        hubspot("call", "of nobody", call_at=at("2026-03-20")),
    )
    rows = built(warehouse, choices, facts.activity)
    assert {row.activity_id for row in rows if row.is_counted} == {
        "salesforce:task:by a person",
        "hubspot:call:9",
        "hubspot:call:of nobody",
    }


def test_golden_activities(warehouse, settings):
    """Three in Salesforce, two in HubSpot, and five that do not count."""
    put(
        warehouse,
        version("salesforce.user", "005S", "2025-01-01", username="sync@x.com", is_active=True),
        task("t1", "2026-03-10", completed_at=at("2026-03-10")),
        task("t2", "2026-03-10", closed=False),
        task("t3", "2026-03-12", activity_date=date(2026, 3, 11)),
        event("e1", "2026-03-10T10:00", "2026-03-10T11:00"),
        event("e2", "2026-05-10T10:00", "2026-05-10T11:00"),
        event("e3", "2026-03-10T10:00", "2026-03-10T11:00", is_child=True),
        hubspot("call", "1", call_status="COMPLETED", call_at=at("2026-03-12")),
        hubspot("task", "2", task_status="COMPLETED", completed_at=at("2026-03-13")),
        hubspot(
            "meeting",
            "3",
            meeting_outcome="NO_SHOW",
            start_at=at("2026-03-14T10:00"),
            end_at=at("2026-03-14T11:00"),
        ),
        task("t4", "2026-03-12", completed_at=at("2026-03-12"), created_by_user_id="005S"),
    )
    choices = with_choices(settings, salesforce={"integration_users": ["sync@x.com"]})
    activities = as_of(built(warehouse, choices, facts.activity), APRIL)
    march = {
        key: row.completed_date
        for key, row in activities.items()
        if row.is_completed and row.is_counted and row.completed_date >= date(2026, 3, 1)
    }
    assert march == {
        "task:t1": date(2026, 3, 10),
        "task:t3": date(2026, 3, 11),
        "event:e1": date(2026, 3, 10),
        "call:1": date(2026, 3, 12),
        "task:2": date(2026, 3, 13),
    }
    assert len(activities) == 10


def test_a_task_that_stands_for_a_mail_we_received_is_nothing_anybody_did(warehouse, settings):
    """Of three mails one was sent; the task of one that came in is by nobody, and is closed all the same."""

    def mail(key: str, task_id: str | None, incoming: bool) -> Version:
        return version(
            "salesforce.email_message",
            key,
            "2026-03-10",
            created_at=at("2026-03-10"),
            activity_id=task_id,
            is_incoming=incoming,
        )

    sent, received, of_none = "00T00000000001AAAA", "00T00000000002BBBB", "00T00000000003CCCC"
    done = {"completed_at": at("2026-03-10"), "task_subtype": "Email"}
    put(
        warehouse,
        *(task(key, "2026-03-10", **done) for key in (sent, received, of_none)),
        mail("1", sent, False),
        # Some tools leave out the last three characters of an id.
        mail("2", received[:15], True),
        mail("3", None, True),
    )
    activities = as_of(built(warehouse, with_choices(settings), facts.activity), APRIL)
    assert {key.split(":")[1] for key, row in activities.items() if row.is_counted} == {
        sent,
        of_none,
    }


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Asia/Tokyo"])
def test_a_meeting_of_a_whole_day_is_held_on_that_day_in_every_zone(warehouse, settings, zone):
    """Salesforce writes the 31st as its midnight in UTC, and ends it there or at the next one."""
    put(
        warehouse,
        event("same", "2026-03-31", "2026-03-31"),
        event("next", "2026-03-31", "2026-04-01"),
        event("two", "2026-03-30", "2026-04-01"),
        # From four to five in Los Angeles, which is midnight in UTC.
        event("hour", "2026-03-31T23:00", "2026-04-01"),
    )
    rows = built(warehouse, with_choices(settings, time_zone=zone), facts.activity)
    held = as_of(rows, "2026-04-02")
    days = {key.split(":")[1]: row.completed_date for key, row in held.items()}
    last = date(2026, 3, 31)
    assert {days[key] for key in ("same", "next", "two")} == {last}
    assert days["hour"] == (last if zone == "America/Los_Angeles" else date(2026, 4, 1))
    # The day ends at 15:00 UTC in Tokyo, and at 07:00 UTC of the next in Los Angeles.
    ends_at = {
        "UTC": at("2026-04-01"),
        "America/Los_Angeles": at("2026-04-01T07:00"),
        "Asia/Tokyo": at("2026-03-31T15:00"),
    }
    assert {held[f"event:{key}"].completed_at for key in ("same", "next", "two")} == {ends_at[zone]}


def test_a_meeting_that_the_sync_copied_counts_once(warehouse, settings):
    """The integration writes HubSpot's meeting into Salesforce as an event; 1 meeting, not 2."""
    times = ("2026-03-14T10:00", "2026-03-14T11:00")
    put(
        warehouse,
        version("salesforce.user", "005S", "2025-01-01", username="sync@x.com", is_active=True),
        hubspot("meeting", "3", start_at=at(times[0]), end_at=at(times[1])),
        event("copy", *times, created_by_user_id="005S"),
        event("own", "2026-03-15T10:00", "2026-03-15T11:00", created_by_user_id="005A"),
    )
    choices = with_choices(settings, salesforce={"integration_users": ["sync@x.com"]})
    activities = as_of(built(warehouse, choices, facts.activity), APRIL)
    assert {key for key, row in activities.items() if row.is_counted} == {"meeting:3", "event:own"}


def test_what_the_sync_copied_from_salesforce_counts_there(warehouse, settings):
    """Of each kind one of HubSpot's own and a copy; while Salesforce is not read, copies are all there
    is.
    """
    own_and_copy = [
        hubspot(
            kind,
            f"{number}{source or '-'}",
            object_source=source,
            **{"call_status": "COMPLETED", "call_at": at("2026-03-12"), "call_direction": "INBOUND"}
            if kind == "call"
            else {"start_at": at("2026-03-12"), "end_at": at("2026-03-13")}
            if kind == "meeting"
            else {"email_direction": "EMAIL", "sent_at": at("2026-03-12")}
            if kind == "email"
            else {"task_status": "COMPLETED", "completed_at": at("2026-03-12")},
        )
        for number, kind in enumerate(("call", "meeting", "email", "task"))
        for source in (None, "CRM_UI", "SALESFORCE")
    ]
    put(warehouse, *own_and_copy)
    choices = with_choices(settings)

    def counted(table) -> set[str]:
        rows = as_of(built(warehouse, choices, table), APRIL).items()
        return {key for key, row in rows if row.is_counted}

    all_of_them = {
        f"{kind}:{number}{source}"
        for number, kind in enumerate(("call", "meeting", "email", "task"))
        for source in ("-", "CRM_UI", "SALESFORCE")
    }
    calls = {"call:0-", "call:0CRM_UI", "call:0SALESFORCE"}
    assert counted(facts.activity) == all_of_them
    assert counted(facts.agent_work) == calls
    # Tasks are what calls, mails and tasks are copied from; events cannot be read.
    put(warehouse, task("t1", "2026-03-10", completed_at=at("2026-03-10")))
    copies = {"call:0SALESFORCE", "email:2SALESFORCE", "task:3SALESFORCE"}
    assert counted(facts.activity) == all_of_them - copies | {"task:t1"}
    assert counted(facts.agent_work) == calls
    put(
        warehouse,
        event("e1", "2026-03-10T10:00", "2026-03-10T11:00"),
        version("salesforce.agent_work", "w1", "2026-03-10"),
    )
    copies |= {"meeting:1SALESFORCE"}
    assert counted(facts.activity) == all_of_them - copies | {"task:t1", "event:e1"}
    assert counted(facts.agent_work) == calls - {"call:0SALESFORCE"} | {"work:w1"}


def test_as_of_a_day_only_what_was_done_is_done(warehouse, settings):
    put(
        warehouse,
        task("t1", "2026-03-20", completed_at=at("2026-03-10")),
        task("t2", "2026-03-20", activity_date=date(2026, 3, 10)),
        task("t3", "2026-03-05", closed=False),
        task("t3", "2026-03-09", completed_at=at("2026-03-09")),
        event("e1", "2026-05-10T10:00", "2026-05-10T11:00"),
    )
    rows = built(warehouse, with_choices(settings), facts.activity)

    def done(instant: str) -> set[str]:
        return {key for key, row in as_of(rows, instant).items() if row.is_completed}

    assert done("2026-03-08") == set()
    assert done("2026-03-09T12:00") == {"task:t3"}
    # Due on the 10th and closed: done by the end of that day.
    assert done("2026-03-10T23:59") == {"task:t1", "task:t3"}
    assert done("2026-03-11") == {"task:t1", "task:t2", "task:t3"}
    assert done("2026-05-10T10:59") == {"task:t1", "task:t2", "task:t3"}
    assert done("2026-05-10T11:00") == {"task:t1", "task:t2", "task:t3", "event:e1"}
    before = as_of(rows, "2026-03-10T23:59")["task:t2"]
    assert (before.completed_at, before.completed_date) == (None, None)


def test_a_due_date_is_a_date_in_every_zone(warehouse, settings):
    put(warehouse, task("t", "2026-03-20", activity_date=date(2026, 3, 10)))
    rows = built(warehouse, with_choices(settings, time_zone="America/New_York"), facts.activity)
    done = as_of(rows, APRIL)["task:t"]
    # The day ends at midnight in New York, 04:00 UTC.
    assert (done.completed_date, done.completed_at) == (date(2026, 3, 10), at("2026-03-11T04:00"))


def test_what_is_done_before_it_is_due_was_done_when_it_was_told(warehouse, settings):
    """Closed on the 10th of March and edited later; one is due in April, one on no day."""
    due = date(2026, 4, 20)
    put(
        warehouse,
        *(
            task(key, modified, closed=closed, activity_date=day, subject=modified)
            for key, day in (("due", due), ("on no day", None))
            for modified, closed in (("2026-03-01", False), ("2026-03-10", True), ("2026-03-25", True))
        ),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.activity)
    for instant in ("2026-03-20", APRIL, "2026-05-01"):
        done = as_of(rows, instant)
        assert {row.completed_date for row in done.values()} == {date(2026, 3, 10)}


def test_kinds_owners_and_lengths(warehouse, settings):
    put(
        warehouse,
        user_of("salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="9", role_id="00E1"),
        task("c", "2026-03-10", task_subtype="Call", call_duration_seconds=90),
        # A telephone that was not told the subtype writes plain tasks of a length.
        task("p", "2026-03-10", task_subtype="Task", call_duration_seconds=60),
        task("z", "2026-03-10", task_subtype="Task", call_duration_seconds=0),
        task("m", "2026-03-10", task_subtype="ListEmail"),
        task("t", "2026-03-10", task_subtype="Task", is_recurrence=True),
        event("e", "2026-03-10T10:00", "2026-03-10T10:45", is_recurrence=True),
        # 90 999 ms are 90 whole seconds.
        hubspot(
            "call",
            "1",
            call_status="COMPLETED",
            call_at=at("2026-03-12"),
            call_duration_milliseconds=90_999,
            owner_id="9",
        ),
        hubspot("call", "2", call_status="NO_ANSWER", call_at=at("2026-03-12")),
        # Whoever writes a call down by the API need not say what became of it.
        hubspot("call", "3", call_at=at("2026-03-12")),
        hubspot("call", "4", call_at=at("2026-04-02")),
    )
    activities = as_of(built(warehouse, with_choices(settings), facts.activity), APRIL)
    assert {
        key: (row.activity_type, row.duration_seconds, row.is_counted)
        for key, row in activities.items()
    } == {
        "task:c": ("call", 90, True),
        "task:p": ("call", 60, True),
        "task:z": ("task", 0, True),
        "task:m": ("email", None, True),
        "task:t": ("task", None, False),
        "event:e": ("meeting", 2700, False),
        "call:1": ("call", 90, True),
        **{f"call:{key}": ("call", None, True) for key in "234"},
    }
    calls = {
        key: row.is_completed for key, row in activities.items() if row.activity_type == "call"
    }
    assert calls == {
        "task:c": True,
        "task:p": True,
        "call:1": True,
        "call:2": False,
        "call:3": True,
        "call:4": False,
    }
    assert (activities["call:1"].user_id, activities["call:1"].role_id) == (
        "salesforce:005A",
        "00E1",
    )


def test_only_mails_we_sent_are_done(warehouse, settings):
    sent = {"sent_at": at("2026-03-12")}
    put(
        warehouse,
        hubspot("email", "1", email_direction="EMAIL", email_status="SENT", **sent),
        hubspot("email", "2", email_direction="EMAIL", **sent),
        hubspot("email", "3", email_direction="EMAIL", email_status="BOUNCED", **sent),
        hubspot("email", "4", email_direction="INCOMING_EMAIL", email_status="SENT", **sent),
        hubspot("email", "5", **sent),
        hubspot("email", "6", email_direction="EMAIL", email_status="SENT"),
    )
    activities = as_of(built(warehouse, with_choices(settings), facts.activity), APRIL)
    assert {key for key, row in activities.items() if row.is_completed} == {"email:1", "email:2"}


def test_an_open_hubspot_task_is_not_done_though_it_carries_a_date(warehouse, settings):
    put(
        warehouse,
        hubspot("task", "1", task_status="NOT_STARTED", completed_at=at("2026-03-12")),
        hubspot("task", "2", task_status="COMPLETED"),
        hubspot("meeting", "3", start_at=at("2026-03-14T10:00")),
        hubspot("meeting", "4", meeting_outcome="CANCELED", start_at=at("2026-03-14T10:00")),
    )
    activities = as_of(built(warehouse, with_choices(settings), facts.activity), APRIL)
    assert {key: row.completed_at for key, row in activities.items()} == {
        "task:1": None,
        # Without a date, when the completion was seen.
        "task:2": at("2026-03-20"),
        "meeting:3": at("2026-03-14T10:00"),
        "meeting:4": None,
    }


def test_a_meeting_that_a_program_logged_with_nothing_but_its_time_was_held(warehouse, settings):
    """HubSpot asks for hs_timestamp alone; a start, and an end, go before it."""
    logged = {"meeting_at": at("2026-03-14T09:00")}
    start, end = {"start_at": at("2026-03-14T10:00")}, {"end_at": at("2026-03-14T11:00")}
    put(
        warehouse,
        hubspot("meeting", "1", **logged),
        hubspot("meeting", "2", **logged, meeting_outcome="NO_SHOW"),
        hubspot("meeting", "3", **logged, **start),
        hubspot("meeting", "4", **logged, **start, **end),
        # The time may be that of logging: nobody knows how long this one was.
        hubspot("meeting", "5", **logged, **end),
        hubspot("meeting", "6"),
    )
    rows = built(warehouse, with_choices(settings), facts.activity)
    activities = as_of(rows, APRIL)
    assert {key: (row.completed_at, row.duration_seconds) for key, row in activities.items()} == {
        "meeting:1": (at("2026-03-14T09:00"), None),
        "meeting:2": (None, None),
        "meeting:3": (at("2026-03-14T10:00"), None),
        "meeting:4": (at("2026-03-14T11:00"), 3600),
        "meeting:5": (at("2026-03-14T11:00"), None),
        "meeting:6": (None, None),
    }
    held = {key for key, row in as_of(rows, "2026-03-14T09:30").items() if row.is_completed}
    assert held == {"meeting:1"}


def test_logins_are_counted_by_user_day_and_outcome(warehouse, settings):
    def login(key: str, user: str, instant: str, status: str = "Success") -> Version:
        return version(
            "salesforce.login",
            key,
            instant,
            user_id=user,
            login_at=at(instant),
            login_status=status,
        )

    def hubspot_login(key: str, instant: str, success: bool, **who: str) -> Version:
        return version(
            "hubspot.login", key, instant, login_at=at(instant), is_success=success, **who
        )

    put(
        warehouse,
        user_of("salesforce:005A", salesforce_user_id="005A", role_id="00E1"),
        user_of("hubspot:9", hubspot_user_id="90", email="b@x.com"),
        # The owner before, of the same HubSpot user and mail address.
        user_of("hubspot:8", hubspot_user_id="90", email="b@x.com", is_active=False),
        login("1", "005A", "2026-03-24T03:59"),
        login("2", "005A", "2026-03-24T04:00"),
        login("3", "005A", "2026-03-24T20:00"),
        login("4", "005A", "2026-03-24T21:00", "Invalid Password"),
        login("5", "nobody", "2026-03-24T21:00"),
        hubspot_login("6", "2026-03-24T12:00", False, hubspot_user_id="90"),
        hubspot_login("7", "2026-03-24T13:00", True, hubspot_user_id="99", email=" B@x.com"),
    )
    rows = built(warehouse, with_choices(settings, time_zone="America/New_York"), facts.login_day)
    assert [
        (row.user_id, row.login_date, row.crm, row.success_count, row.failure_count) for row in rows
    ] == [
        ("hubspot:9", date(2026, 3, 24), "hubspot", 1, 1),
        # 03:59 UTC is 23:59 of the day before in New York.
        ("salesforce:005A", date(2026, 3, 23), "salesforce", 1, 0),
        ("salesforce:005A", date(2026, 3, 24), "salesforce", 2, 1),
    ]
    last = rows[-1]
    assert (last.first_success_at, last.last_success_at) == (
        at("2026-03-24T04:00"),
        at("2026-03-24T20:00"),
    )
    assert last.role_id == "00E1"
