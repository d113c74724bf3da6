"""Requests, how soon they were answered and resolved, and how long agents worked on them.

filed in March, answered after  T1 30, T2 90, T3 240 minutes, T4 never, T5 120 after an automatic
                                answer at 1, T6 60 after an internal note at 5
filed in February, resolved in  R1 10, R2 20, R3 30, R4 100 hours, R5 50 for good after 5 at
March after                     first; R6 was closed when filed in February, R7 is open
F1  filed on Friday the 27th of February at 17:30, answered on Monday at 09:30
"""

from __future__ import annotations

import dataclasses

from include.core.settings import Settings
from include.core.settings_service import BusinessHours, Service
from tests.golden.answers import FEBRUARY, MARCH, Answer
from tests.golden.org import Org, hubspot_stamp, later, salesforce_stamp

MINUTE, HOUR = 60, 3600
ASKED = "2026-03-11T09:00:00"
ANSWERED_AFTER = {"T1": 30, "T2": 90, "T3": 240, "T4": None, "T5": 120, "T6": 60}
RESOLVED_AFTER = {"R1": ("2026-02-28T20:00:00", 10), "R2": ("2026-02-28T10:00:00", 20),
                  "R3": ("2026-02-28T00:00:00", 30), "R4": ("2026-02-26T00:00:00", 100),
                  "R5": ("2026-02-28T00:00:00", 50)}  # fmt: skip
FRIDAY, MONDAY = "2026-02-27T17:30:00", "2026-03-02T09:30:00"
WORK = (("T1", 300), ("T2", 600), ("T3", 900), ("T4", 120), ("T4", 180))
IN_SALESFORCE = {"T1", "T2", "T3", "R1", "R2", "F1"}
IN_BOTH = {"T4", "T5", "R3", "R5"}

MEASURED = ("salesforce", "both")
ANSWERS = (
    # (30 + 90 + 240 + 120 + 60) / 5 = 108; in order 30, 60, 90, 120, 240.
    Answer("frt", MARCH, 90 * MINUTE, mean=108 * MINUTE, sample=5),
    Answer("unanswered_pct", MARCH, numerator=1, denominator=6),
    # Half an hour until 18:00 on Friday, and half an hour from 09:00 on Monday; by the clock 64 h.
    Answer("frt_business", FEBRUARY, 60 * MINUTE, sample=1),
    Answer("frt", FEBRUARY, 64 * HOUR, sample=1),
    # (10 + 20 + 30 + 100 + 50) / 5 = 42; in order 10, 20, 30, 50, 100.
    Answer("time_to_resolution", MARCH, 30 * HOUR, mean=42 * HOUR, sample=5),
    # R6 took no time to resolve, and R5 was opened again.
    Answer("time_to_resolution", FEBRUARY, None, sample=0),
    # R5 after 5 h: (10 + 20 + 30 + 100 + 5) / 5 = 33.
    Answer("time_to_first_resolution", MARCH, 20 * HOUR, mean=33 * HOUR),
    # (300 + 600 + 900 + 120 + 180) / 5 pieces of work, and of 4 requests; one was declined.
    Answer("aht", MARCH, 420, numerator=2100, denominator=5, status="OK", crms=MEASURED),
    Answer("aht_per_case", MARCH, 525, numerator=2100, denominator=4, crms=MEASURED),
)  # fmt: skip


def fill(org: Org) -> None:
    """Put the requests, the answers and the work into the org."""
    org.customer("S")
    if org.is_in("hubspot"):
        _pipeline(org)
    for name, minutes in ANSWERED_AFTER.items():
        _request(org, name, ASKED, answered=minutes and later(ASKED, minutes=minutes))
    for name, (filed, hours) in RESOLVED_AFTER.items():
        first = later(filed, hours=5 if name == "R5" else hours)
        _request(org, name, filed, closed=later(filed, hours=hours), first_closed=first)
    _request(org, "R6", "2026-02-12T10:00:00", closed="2026-02-12T10:00:00")
    _request(org, "R7", "2026-02-20T10:00:00")
    _request(org, "F1", FRIDAY, answered=MONDAY)
    if org.is_in("salesforce"):
        for number, (request, seconds) in enumerate(WORK):
            _work(org, f"W{number}", request, seconds)
        _work(org, "declined", "T5", None)


def choose(settings: Settings) -> Settings:
    """Open from 9 to 18 on weekdays."""
    day = ["09:00-18:00"]
    hours = BusinessHours(monday=day, tuesday=day, wednesday=day, thursday=day, friday=day)
    statuses = Service(business_hours=hours)
    return dataclasses.replace(settings, service=statuses)


def _request(
    org: Org,
    name: str,
    filed: str,
    *,
    answered: str | None = None,
    closed: str | None = None,
    first_closed: str | None = None,
) -> None:
    where = "S" if name in IN_SALESFORCE else "SH" if name in IN_BOTH else "H"
    is_closed_on_create = closed == filed
    for crm in org.crms(where):
        if crm == "salesforce":
            _case(org, name, filed, closed, first_closed, is_closed_on_create)
            _answers(org, name, filed, answered)
        else:
            _ticket(org, name, filed, answered, closed, first_closed, where)


def _case(
    org: Org,
    name: str,
    filed: str,
    closed: str | None,
    first_closed: str | None,
    is_closed_on_create: bool,
) -> None:
    org.salesforce(
        "Case",
        name,
        filed,
        closed,
        MasterRecordId=None,
        CaseNumber=name,
        AccountId=org.id("Account", "S"),
        ContactId=None,
        Subject=name,
        Status="Closed" if closed else "New",
        Priority="Medium",
        Origin="Web",
        Type="Problem",
        ProductId=None,
        IsClosed=closed is not None,
        IsClosedOnCreate=is_closed_on_create,
        ClosedDate=salesforce_stamp(closed),
        OwnerId=org.id("User", "U1"),
        CreatedById=org.id("User", "U6"),
    )
    closings = [first_closed, closed] if first_closed != closed else [closed]
    for number, at in enumerate(closings if first_closed else []):
        assert at is not None
        org.salesforce(
            "CaseHistory",
            f"{name}.{number}",
            at,
            CaseId=org.id("Case", name),
            Field="Status",
            OldValue="New",
            NewValue="Closed",
            CreatedById=org.id("User", "U1"),
        )


def _answers(org: Org, name: str, filed: str, answered: str | None) -> None:
    """The answer, and what is none: the integration's of T5, and the note of T6."""
    if name == "T5":
        _mail(org, f"{name}.bot", name, later(filed, minutes=1), "U6")
    if name == "T6":
        org.salesforce(
            "CaseComment",
            name,
            later(filed, minutes=5),
            ParentId=org.id("Case", name),
            IsPublished=False,
            CreatedById=org.id("User", "U1"),
        )
    if answered:
        _mail(org, name, name, answered, "U1")


def _mail(org: Org, name: str, request: str, at: str, author: str) -> None:
    org.salesforce(
        "EmailMessage",
        name,
        at,
        ParentId=org.id("Case", request),
        Incoming=False,
        Status="3",
        MessageDate=salesforce_stamp(at),
        AutomationType=None,
        CreatedById=org.id("User", author),
    )


def _work(org: Org, name: str, request: str, seconds: int | None) -> None:
    accepted = later(ASKED, hours=1)
    closed = None if seconds is None else later(accepted, seconds=seconds)
    org.salesforce(
        "AgentWork",
        name,
        ASKED,
        closed or accepted,
        UserId=org.id("User", "U1"),
        WorkItemId=org.id("Case", request),
        Status="Closed" if closed else "Declined",
        AcceptDateTime=salesforce_stamp(accepted) if closed else None,
        CloseDateTime=salesforce_stamp(closed),
        DeclineDateTime=None if closed else salesforce_stamp(accepted),
        CancelDateTime=None,
        HandleTime=seconds,
        ActiveTime=None,
    )


def _pipeline(org: Org) -> None:
    stages = [
        {
            "id": key,
            "label": label,
            "displayOrder": order,
            "metadata": {"ticketState": state},
            "archived": False,
            "createdAt": hubspot_stamp("2025-01-01"),
            "updatedAt": hubspot_stamp("2025-01-01"),
        }
        for order, (key, label, state) in enumerate(
            (("1", "New", "OPEN"), ("4", "Closed", "CLOSED"))
        )
    ]
    org.raw(
        "pipelines_tickets",
        {
            "id": "0",
            "label": "Support",
            "displayOrder": 0,
            "archived": False,
            "createdAt": hubspot_stamp("2025-01-01"),
            "updatedAt": hubspot_stamp("2025-01-01"),
            "stages": stages,
        },
    )


def _ticket(
    org: Org,
    name: str,
    filed: str,
    answered: str | None,
    closed: str | None,
    first_closed: str | None,
    where: str,
) -> None:
    org.hubspot(
        "tickets",
        name,
        filed,
        closed or answered,
        history={"hs_pipeline_stage": _stages(filed, closed, first_closed)},
        subject=name,
        hs_pipeline="0",
        hs_pipeline_stage="4" if closed else "1",
        hs_ticket_priority="MEDIUM",
        source_type="FORM",
        closed_date=hubspot_stamp(closed),
        hs_last_closed_date=hubspot_stamp(closed),
        hs_is_closed=closed is not None,
        salesforcecaseid=org.synced("Case", name, where),
        hs_first_agent_message_sent_at=hubspot_stamp(answered),
        first_agent_reply_date=None,
        hs_outbound_ticket=False,
        hs_created_by_user_id=None,
        hs_object_source="FORM",
        hubspot_owner_id=org.id("owners", "U1"),
    )
    org.link("tickets", name, "companies", "S")


def _stages(filed: str, closed: str | None, first_closed: str | None) -> list[tuple[str, str]]:
    """The stages a ticket went through: opened again an hour after it was first closed."""
    stages = [(filed, "1")]
    if first_closed and first_closed != closed:
        stages += [(first_closed, "4"), (later(first_closed, hours=1), "1")]
    return [*stages, (closed, "4")] if closed else stages
