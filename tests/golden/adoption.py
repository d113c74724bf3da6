"""Who logged in, who created what, and what was done.

U1 and U2 have the role AE, U3 is SDR, U4 and U7 have no role; U5 has left, U6 is the integration,
U8 was frozen on 03-25
logged in last  U1 03-29, U2 03-23, U3 03-24 at midnight, U4 never, U5 03-30, U6 03-30,
                U7 03-11 and in vain on the 28th, U8 03-24; seen on the 31st at midnight
accounts        A1 and A2 by U1, A3 by U3, A4 by the integration, A5 by U4, A6 by U1 and deleted
"""

from __future__ import annotations

from tests.golden.answers import MARCH, Answer
from tests.golden.org import Org, hubspot_stamp, salesforce_stamp

PEOPLE = (
    # name, role, active, latest login
    ("U1", "AE", True, "2026-03-29T10:00"),
    ("U2", "AE", True, "2026-03-23T09:00"),
    ("U3", "SDR", True, "2026-03-24T00:00"),
    ("U4", None, True, None),
    ("U5", None, False, "2026-03-30T08:00"),
    ("U6", None, True, "2026-03-30T23:00"),
    ("U7", None, True, "2026-03-11T08:00"),
    ("U8", None, True, "2026-03-24T10:00"),
)
FROZEN = {"U8": "2026-03-25"}
FAILED = (("U7", "2026-03-28T08:00"),)
CREATED = (("A1", "U1", "S"), ("A2", "U1", "H"), ("A3", "U3", "S"), ("A4", "U6", "S"),
           ("A5", "U4", "S"), ("A6", "U1", "S"))  # fmt: skip

SEEN = "2026-03-31"
ROLES_KNOWN = ("salesforce", "both")
ANSWERS = (
    # U1 and U3 of U1, U2, U3, U4, U7: the 24th at midnight is within seven days, the 23rd is not.
    Answer("users_logged_in_7d", MARCH, numerator=2, denominator=5, as_of=SEEN),
    # U4. HubSpot forgets, so with HubSpot alone nobody is known never to have logged in.
    Answer("users_never_logged_in", MARCH, 1, sample=5, as_of=SEEN, crms=ROLES_KNOWN),
    Answer("users_never_logged_in", MARCH, excluded=5, sample=0, as_of=SEEN, crms=("hubspot",)),
    Answer("accounts_created_by_owner_role", MARCH, 2, cut="creator_role", member="AE", crms=ROLES_KNOWN),
    Answer("accounts_created_by_owner_role", MARCH, 1, cut="creator_role", member="SDR", crms=ROLES_KNOWN),
    Answer("accounts_created_by_owner_role", MARCH, 1, cut="creator_role", member="(no role)", crms=ROLES_KNOWN),
    # HubSpot has no roles; A1, A2, A3 and A5 all the same.
    Answer("accounts_created_by_owner_role", MARCH, 4),
    # Salesforce: a task done, one done on a day without an hour, a meeting held. HubSpot: a call and
    # a task. Not: an open task, a future meeting, an invitee's copy, a meeting nobody came to, and
    # the task that the integration wrote.
    Answer("activities_completed", MARCH, 3, crms=("salesforce",)),
    Answer("activities_completed", MARCH, 2, crms=("hubspot",)),
    Answer("activities_completed", MARCH, 5, crms=("both",)),
    # In the thirty days to the end of March U1 (O5), U2 (O10) and U3 (O9) of five entered a deal,
    # and nobody a request.
    Answer("feature_usage", MARCH, cut="feature", member="deal", numerator=3, denominator=5),
    Answer("feature_usage", MARCH, cut="feature", member="ticket", numerator=0, denominator=5),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put users, their logins, the accounts they created and what they did into the org."""
    people(org)
    logins = [(name, login, True) for name, _, _, login in PEOPLE if login]
    for number, (name, at, is_success) in enumerate(
        (*logins, *((name, at, False) for name, at in FAILED))
    ):
        _login(org, f"login {number}", name, at, is_success)
    for name, creator, where in CREATED:
        org.customer(
            name, where=where, created="2026-03-18", creator=creator, is_deleted=name == "A6"
        )
    if org.is_in("salesforce"):
        _salesforce_activities(org)
    if org.is_in("hubspot"):
        _hubspot_activities(org)


def people(org: Org) -> None:
    """The users alone."""
    for name, role, is_active, login in PEOPLE:
        org.user(
            name,
            role,
            is_active=is_active,
            last_login=login,
            changed=login,
            frozen=FROZEN.get(name),
        )


def _login(org: Org, key: str, name: str, at: str, is_success: bool) -> None:
    if org.is_in("salesforce"):
        org.salesforce(
            "LoginHistory",
            key,
            at,
            UserId=org.id("User", name),
            LoginTime=salesforce_stamp(at),
            Status="Success" if is_success else "Invalid Password",
            LoginType="Application",
            Application="Browser",
        )
    if org.is_in("hubspot"):
        org.raw(
            "logins",
            {
                "id": org.id("logins", key),
                "userId": int(org.id("users", name) or 0),
                "email": f"{name.lower()}@seller.example",
                "loginAt": hubspot_stamp(at),
                "loginSucceeded": is_success,
            },
        )


def _salesforce_activities(org: Org) -> None:
    def task(name: str, *, completed: str | None, due: str | None, creator: str = "U1") -> None:
        is_closed = completed is not None or due == "2026-03-12"
        org.salesforce(
            "Task",
            name,
            "2026-03-02",
            completed or due,
            Subject=name,
            Status="Completed" if is_closed else "Open",
            TaskSubtype="Task",
            IsClosed=is_closed,
            ActivityDate=due,
            CompletedDateTime=salesforce_stamp(completed),
            IsRecurrence=False,
            OwnerId=org.id("User", "U1"),
            CreatedById=org.id("User", creator),
        )

    def event(name: str, day: str, *, is_child: bool = False) -> None:
        org.salesforce(
            "Event",
            name,
            "2026-03-02",
            Subject=name,
            StartDateTime=salesforce_stamp(f"{day}T10:00"),
            EndDateTime=salesforce_stamp(f"{day}T11:00"),
            IsChild=is_child,
            IsRecurrence=False,
            OwnerId=org.id("User", "U1"),
            CreatedById=org.id("User", "U1"),
        )

    task("done", completed="2026-03-10", due="2026-03-31")
    task("open", completed=None, due="2026-03-11")
    task("done without an hour", completed=None, due="2026-03-12")
    task("copy", completed="2026-03-10", due=None, creator="U6")
    event("held", "2026-03-10")
    event("to come", "2026-04-10")
    event("invitee's copy", "2026-03-10", is_child=True)


def _hubspot_activities(org: Org) -> None:
    owner = org.id("owners", "U1")
    org.hubspot(
        "calls",
        "call",
        "2026-03-10",
        hs_timestamp=hubspot_stamp("2026-03-10"),
        hs_call_status="COMPLETED",
        hs_call_direction="OUTBOUND",
        hs_call_duration=60000,
        hubspot_owner_id=owner,
    )
    org.hubspot(
        "tasks",
        "done",
        "2026-03-02",
        "2026-03-10",
        hs_timestamp=hubspot_stamp("2026-03-31"),
        hs_task_status="COMPLETED",
        hs_task_completion_date=hubspot_stamp("2026-03-10"),
        hs_task_type="TODO",
        hubspot_owner_id=owner,
    )
    org.hubspot(
        "meetings",
        "nobody came",
        "2026-03-02",
        "2026-03-10",
        hs_timestamp=hubspot_stamp("2026-03-10T10:00"),
        hs_meeting_start_time=hubspot_stamp("2026-03-10T10:00"),
        hs_meeting_end_time=hubspot_stamp("2026-03-10T11:00"),
        hs_meeting_outcome="NO_SHOW",
        hubspot_owner_id=owner,
    )
