"""What people did about deals: Salesforce tasks and events, HubSpot calls, meetings, mails, tasks.

Of the HubSpot activities of customers tied by sync ids, some are in Salesforce a second time, as
tasks made by the integration user. Meetings and due dates may lie after the end of the three years;
nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import changed_later
from include.sandbox.company.customers import SYNCED, Customers, People
from include.sandbox.company.deals import Deals
from include.sandbox.company.files import blank
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.names import subjects
from include.sandbox.company.timeline import DAY, HOUR, dates, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_TASKS_PER_DEAL, _EVENTS_PER_DEAL = 3.0, 0.8
_PER_HUBSPOT_DEAL = {"calls": 1.2, "meetings": 0.7, "emails": 2.5, "tasks": 1.0}
_SUBJECTS = ("Follow up", "Send proposal", "Check in", "Demo", "Contract question", "Intro")
_PURGED_DEALS = 90_000_000
_KINDS = ("Task", "Call", "Email")
_LENGTHS = np.array([1_800, 1_800, 2_700, 3_600])


@dataclass
class Activities:
    """Activities of deals: when planned, when due, when done; whose, about which deal and person.

    `done` is at or after the end of the three years for what is not done yet.
    """

    deal: np.ndarray
    person: np.ndarray
    planned: np.ndarray
    due: np.ndarray
    done: np.ndarray


def write_activities(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
) -> None:
    """Activities of both CRMs about a block's deals."""
    at_salesforce = np.flatnonzero(deals.in_salesforce)
    at_hubspot = np.flatnonzero(~deals.in_salesforce)
    tasks = _draw(world, generator, people, deals, at_salesforce, _TASKS_PER_DEAL)
    _write_tasks(world, generator, customers, people, deals, tasks)
    events = _draw(world, generator, people, deals, at_salesforce, _EVENTS_PER_DEAL)
    _write_events(world, generator, customers, people, deals, events)
    for name, rate in _PER_HUBSPOT_DEAL.items():
        drawn = _draw(world, generator, people, deals, at_hubspot, rate)
        happened = drawn.planned if name in ("calls", "emails") else drawn.due
        _HUBSPOT_WRITERS[name](world, generator, deals, drawn)
        if name != "tasks":
            _write_copies(world, customers, people, deals, drawn, happened, name)


def _draw(
    world: World,
    generator: np.random.Generator,
    people: People,
    deals: Deals,
    held: np.ndarray,
    rate: float,
) -> Activities:
    """Activities at working hours between a deal's creation and its end, or the present."""
    deal = np.repeat(held, generator.poisson(rate, len(held)))
    count = len(deal)
    last = np.where(deals.is_closed[deal], deals.ended[deal], world.timeline.until)
    created = deals.created[deal]
    planned = created + (generator.random(count) * (last - created)).astype(np.int64)
    moved = world.timeline.working(generator, planned)
    planned = np.where((moved >= created) & (moved < last), moved, planned)
    due = world.timeline.working(generator, planned + generator.integers(DAY, 8 * DAY, count))
    late = (generator.normal(0, 1.5, count) * DAY).astype(np.int64)
    done = np.maximum(planned + HOUR // 4, world.timeline.working(generator, due + late))
    return Activities(deal, people.one_of(generator, deals.customer[deal]), planned, due, done)


def _write_tasks(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    tasks: Activities,
) -> None:
    count = len(tasks.deal)
    number = world.number("tasks of deals", count)
    kind = generator.choice(3, count, p=[0.4, 0.3, 0.3])
    # Calls and mails are logged when they happened.
    done = np.where(kind == 0, tasks.done, tasks.planned)
    is_closed = done < world.timeline.until
    settled = np.where(is_closed, done, tasks.planned)
    changed = changed_later(world, generator, settled)
    related = deals.salesforce_id[tasks.deal].copy()
    is_gone = dirt.TASK_RELATED_GONE.strikes(number)
    related[is_gone] = salesforce_ids("Opportunity", number[is_gone] + _PURGED_DEALS)
    no_completion = dirt.TASK_NO_COMPLETION.strikes(number) & (kind == 0)
    owner = world.staff.salesforce_ids[deals.owner[tasks.deal]].tolist()
    seconds = generator.integers(20, 2_400, count).tolist()
    _write_task_rows(
        world,
        {
            "IsDeleted": dirt.TASK_DELETED.strikes(number).tolist(),
            "WhoId": people.salesforce_id[tasks.person].tolist(),
            "WhatId": related.tolist(),
            "AccountId": customers.salesforce_id[deals.customer[tasks.deal]].tolist(),
            "Subject": subjects(generator, _SUBJECTS, dirt.ODD_SUBJECT.strikes(number)),
            "Status": np.where(is_closed, "Completed", "Not Started").tolist(),
            "TaskSubtype": [_KINDS[k] for k in kind.tolist()],
            "IsClosed": is_closed.tolist(),
            "ActivityDate": dates(np.where(kind == 0, tasks.due, tasks.planned)),
            "CompletedDateTime": salesforce_times(done, ~is_closed | no_completion),
            "CallDurationInSeconds": [
                s if k == 1 else None for s, k in zip(seconds, kind.tolist(), strict=True)
            ],
            "IsRecurrence": dirt.TASK_SERIES.strikes(number).tolist(),
            "CreatedById": owner,
            "OwnerId": owner,
            "CreatedDate": salesforce_times(tasks.planned),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )


def _write_task_rows(world: World, columns: dict) -> None:
    count = len(columns["WhoId"])
    ids = salesforce_ids("Task", world.number("tasks", count))
    world.files.salesforce("Task", count, {"Id": ids, **columns})


def _write_copies(
    world: World,
    customers: Customers,
    people: People,
    deals: Deals,
    drawn: Activities,
    happened: np.ndarray,
    name: str,
) -> None:
    """Salesforce tasks the sync made out of HubSpot activities, a minute after they happened."""
    customer = deals.customer[drawn.deal]
    synced = np.flatnonzero(
        (customers.kind[customer] == SYNCED) & (happened < world.timeline.until - 60)
    )
    kept = synced[dirt.TASK_SYNCED.strikes(world.number(f"{name} to copy", len(synced)))]
    at = salesforce_times(happened[kept] + 60)
    subtype = {"calls": "Call", "meetings": "Task", "emails": "Email"}[name]
    _write_task_rows(
        world,
        {
            "IsDeleted": False,
            "WhoId": people.salesforce_id[drawn.person[kept]].tolist(),
            "WhatId": customers.salesforce_id[customer[kept]].tolist(),
            "AccountId": customers.salesforce_id[customer[kept]].tolist(),
            "Subject": f"HubSpot: {name.removesuffix('s')}",
            "Status": "Completed",
            "TaskSubtype": subtype,
            "IsClosed": True,
            "ActivityDate": dates(happened[kept]),
            "CompletedDateTime": at,
            "CallDurationInSeconds": None,
            "IsRecurrence": False,
            "CreatedById": world.staff.salesforce_ids[world.staff.integration],
            "OwnerId": world.staff.salesforce_ids[deals.owner[drawn.deal[kept]]].tolist(),
            "CreatedDate": at,
            "LastModifiedDate": at,
            "SystemModstamp": at,
        },
    )


def _write_events(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    events: Activities,
) -> None:
    """Meetings in calendars; some with an invitee's copy, which another user owns."""
    first = np.arange(len(events.deal))
    number = world.number("events of deals", len(first))
    invited = first[dirt.EVENT_INVITEE.strikes(number)]
    rows = np.concatenate([first, invited])
    is_child = np.arange(len(rows)) >= len(first)
    deal, created = events.deal[rows], events.planned[rows]
    owner = np.where(is_child, world.staff.developers[0], deals.owner[deal])
    length = _LENGTHS[events.planned[rows] % len(_LENGTHS)]
    start = events.due[rows] // 900 * 900
    topics = subjects(generator, _SUBJECTS, dirt.ODD_SUBJECT.strikes(number))
    changed = changed_later(world, generator, created)
    is_series = (number % 151 == 7)[np.concatenate([first, invited])] & ~is_child
    world.files.salesforce(
        "Event",
        len(rows),
        {
            "Id": salesforce_ids("Event", world.number("events", len(rows))),
            "IsDeleted": False,
            "WhoId": people.salesforce_id[events.person[rows]].tolist(),
            "WhatId": deals.salesforce_id[deal].tolist(),
            "AccountId": customers.salesforce_id[deals.customer[deal]].tolist(),
            "Subject": [topics[position] for position in rows.tolist()],
            "StartDateTime": salesforce_times(start),
            "EndDateTime": salesforce_times(start + length),
            "IsChild": is_child.tolist(),
            "IsRecurrence": is_series.tolist(),
            "CreatedById": world.staff.salesforce_ids[deals.owner[deal]].tolist(),
            "OwnerId": world.staff.salesforce_ids[owner].tolist(),
            "CreatedDate": salesforce_times(created),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )


def _write_calls(
    world: World, generator: np.random.Generator, deals: Deals, drawn: Activities
) -> None:
    count = len(drawn.deal)
    is_answered = generator.random(count) < 0.7
    milliseconds = generator.integers(15_000, 2_400_000, count)
    properties = {
        "hs_timestamp": hubspot_times(drawn.planned),
        "hs_call_status": np.where(is_answered, "COMPLETED", "NO_ANSWER").tolist(),
        "hs_call_direction": np.where(
            generator.random(count) < 0.8, "OUTBOUND", "INBOUND"
        ).tolist(),
        "hs_call_duration": blank(map(str, milliseconds.tolist()), ~is_answered),
    }
    _write_engagements(world, "calls", deals, drawn, properties, drawn.planned)


def _write_meetings(
    world: World, generator: np.random.Generator, deals: Deals, drawn: Activities
) -> None:
    count = len(drawn.deal)
    start = drawn.due // 900 * 900
    end = start + _LENGTHS[drawn.planned % len(_LENGTHS)]
    outcome = generator.choice(
        np.array(["COMPLETED", "NO_SHOW", "CANCELED", "RESCHEDULED"]),
        count,
        p=[0.8, 0.08, 0.07, 0.05],
    )
    is_over = end < world.timeline.until
    properties = {
        "hs_meeting_start_time": hubspot_times(start),
        "hs_meeting_end_time": hubspot_times(end),
        "hs_meeting_outcome": np.where(is_over, outcome, "SCHEDULED").tolist(),
        "hs_timestamp": hubspot_times(start),
    }
    settled = np.where(is_over, end, drawn.planned)
    _write_engagements(world, "meetings", deals, drawn, properties, settled)


def _write_emails(
    world: World, generator: np.random.Generator, deals: Deals, drawn: Activities
) -> None:
    count = len(drawn.deal)
    is_sent = generator.random(count) < 0.68
    is_bounced = is_sent & (generator.random(count) < 0.02)
    properties = {
        "hs_timestamp": hubspot_times(drawn.planned),
        "hs_email_direction": np.where(is_sent, "EMAIL", "INCOMING_EMAIL").tolist(),
        "hs_email_status": np.where(is_bounced, "BOUNCED", "SENT").tolist(),
    }
    _write_engagements(world, "emails", deals, drawn, properties, drawn.planned)


def _write_hubspot_tasks(
    world: World, generator: np.random.Generator, deals: Deals, drawn: Activities
) -> None:
    count = len(drawn.deal)
    is_done = drawn.done < world.timeline.until
    kinds = generator.choice(np.array(["TODO", "CALL", "EMAIL"]), count).tolist()
    properties = {
        "hs_timestamp": hubspot_times(drawn.due),
        "hs_task_status": np.where(is_done, "COMPLETED", "NOT_STARTED").tolist(),
        # While a task is open HubSpot may hold the due date here.
        "hs_task_completion_date": hubspot_times(np.where(is_done, drawn.done, drawn.due)),
        "hs_task_type": kinds,
    }
    settled = np.where(is_done, drawn.done, drawn.planned)
    _write_engagements(world, "tasks", deals, drawn, properties, settled)


def _write_engagements(
    world: World,
    name: str,
    deals: Deals,
    drawn: Activities,
    properties: dict,
    settled: np.ndarray,
) -> None:
    count = len(drawn.deal)
    created, changed = hubspot_times(drawn.planned), hubspot_times(settled)
    world.files.hubspot(
        name,
        count,
        hubspot_ids(name, world.number(f"HubSpot {name}", count)),
        {
            **properties,
            "hs_object_source": "CRM_UI",
            "hubspot_owner_id": world.staff.owner_ids[deals.owner[drawn.deal]].tolist(),
            "hs_createdate": created,
            "hs_lastmodifieddate": changed,
        },
        created,
        changed,
    )


_HUBSPOT_WRITERS = {
    "calls": _write_calls,
    "meetings": _write_meetings,
    "emails": _write_emails,
    "tasks": _write_hubspot_tasks,
}
