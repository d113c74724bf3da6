"""Service requests of customers who have bought, and what they answered when asked about it.

Salesforce customers file cases, HubSpot customers tickets; of the cases of customers tied by sync
ids every third has a copy among the tickets, tied by salesforcecaseid.
"""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import changed_later, creators
from include.sandbox.company.customers import HUBSPOT_ONLY, SYNCED, Customers, People
from include.sandbox.company.feedback import link_feedback, write_feedback
from include.sandbox.company.hubspot_deals import links
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.names import subjects
from include.sandbox.company.offer import PRODUCTS
from include.sandbox.company.property_history import ticket_changes, versions
from include.sandbox.company.service_work import Requests, draw_answers, write_case_work
from include.sandbox.company.surveys import Closed, write_survey_answers
from include.sandbox.company.timeline import DAY, HOUR, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_REQUESTS_PER_DEAL = 1.1
_REOPENED_RATE = 0.05
_COPIED_EVERY, _OUTBOUND_EVERY = 3, 45
_MEDIAN_HOURS = 9
_SUBJECTS = (
    "Cannot log in",
    "Invoice question",
    "Export is slow",
    "Feature request",
    "Sensor offline",
    "Add a seat",
    "Data looks wrong",
    "API limit reached",
)
_PRIORITIES = ("Low", "Medium", "Medium", "Medium", "High")
_ORIGINS = ("Email", "Email", "Phone", "Web", "Chat")
_HUBSPOT_ORIGINS = {"Email": "EMAIL", "Phone": "PHONE", "Web": "FORM", "Chat": "CHAT"}
_TYPES = ("Problem", "Question", "Feature Request", None)


def write_service(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    won_at: np.ndarray,
    deals: int,
) -> None:
    """Cases, tickets with their links, and feedback of a block of this many deals."""
    buyers = np.flatnonzero(won_at < world.timeline.until - 2 * DAY)
    if len(buyers) == 0:
        return
    count = max(2, round(deals * _REQUESTS_PER_DEAL))
    customer = generator.choice(buyers, count)
    in_cases = customers.kind[customer] != HUBSPOT_ONLY
    # Customers in both CRMs but tied by no id write to both desks.
    in_cases &= (
        (customers.kind[customer] == SYNCED)
        | ~customers.in_hubspot[customer]
        | (generator.random(count) < 0.5)
    )
    cases = _draw(
        world, generator, people, customer[in_cases], won_at, "cases", dirt.CASE_CLOSED_ON_CREATE
    )
    tickets = _draw(
        world,
        generator,
        people,
        customer[~in_cases],
        won_at,
        "HubSpot's own tickets",
        dirt.TICKET_CLOSED_ON_CREATE,
    )
    case_ids = _write_cases(world, generator, customers, people, cases)
    is_copied = (customers.kind[cases.customer] == SYNCED) & (cases.number % _COPIED_EVERY == 0)
    copied = np.flatnonzero(is_copied)
    ticket_ids = _write_tickets(world, generator, customers, people, tickets, None)
    _write_tickets(world, generator, customers, people, cases.only(copied), case_ids[copied])
    asked = write_feedback(world, generator, tickets, won_at[buyers])
    link_feedback(world, people, asked, tickets, ticket_ids, buyers)
    write_case_work(world, cases, case_ids)
    _write_survey_answers(world, people, cases, case_ids)


def _draw(
    world: World,
    generator: np.random.Generator,
    people: People,
    customer: np.ndarray,
    won_at: np.ndarray,
    kind: str,
    closed_on_create: dirt.Dirt,
) -> Requests:
    """Requests of these customers: filed at any time since the first purchase, few on weekends."""
    count = len(customer)
    number = world.number(kind, count)
    since = won_at[customer]
    created = since + (generator.random(count) * (world.timeline.until - HOUR - since)).astype(
        np.int64
    )
    moved = world.timeline.working(generator, created)
    created = np.where((moved > since) & (moved < world.timeline.until - HOUR), moved, created)
    priority = generator.integers(0, len(_PRIORITIES), count)
    hours = generator.lognormal(np.log(_MEDIAN_HOURS), 1.2, count)
    hours = hours * np.array([1.6, 1.0, 1.0, 1.0, 0.5])[priority]
    first = created + np.maximum(hours * HOUR, 300).astype(np.int64)
    again = first + (generator.lognormal(np.log(30), 0.8, count) * HOUR).astype(np.int64)
    is_reopened = generator.random(count) < _REOPENED_RATE
    on_create = closed_on_create.strikes(number)
    first = np.where(on_create, created, first)
    resolved = np.where(is_reopened & ~on_create, again, first)
    answered, is_answered = draw_answers(world, kind, created, first)
    return Requests(
        customer=customer,
        person=people.one_of(generator, customer),
        created=created,
        first_resolved=first,
        resolved=resolved,
        is_closed=resolved < world.timeline.until,
        agent=world.staff.working(generator, world.staff.agents, created),
        priority=priority,
        origin=generator.integers(0, len(_ORIGINS), count),
        subject=subjects(generator, _SUBJECTS, dirt.ODD_SUBJECT.strikes(number)),
        number=number,
        answered=answered,
        is_answered=is_answered,
    )


def _write_cases(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    cases: Requests,
) -> np.ndarray:
    """Cases, some with a second one merged into them; returns the ids of the first."""
    count = len(cases.number)
    ids = np.array(salesforce_ids("Case", world.number("case ids", count)), dtype=object)
    losers = np.flatnonzero(dirt.CASE_MERGED.strikes(cases.number))
    rows = np.concatenate([np.arange(count), losers])
    is_loser = np.arange(len(rows)) >= count
    loser_ids = salesforce_ids("Case", world.number("case ids", len(losers)))
    number = cases.number[rows]
    is_closed = cases.is_closed[rows] & ~is_loser
    closed = np.where(
        dirt.CASE_NEGATIVE.strikes(number), cases.created[rows] - HOUR, cases.resolved[rows]
    )
    settled = np.where(is_closed, cases.resolved[rows], cases.created[rows])
    changed = changed_later(world, generator, settled)
    owner = world.staff.salesforce_ids[cases.agent[rows]].copy()
    owner[dirt.CASE_QUEUE.strikes(number)] = salesforce_ids("Queue", np.arange(1))[0]
    positions = rows.tolist()
    products = salesforce_ids("Product2", np.arange(len(PRODUCTS)))
    statuses = generator.choice(np.array(["New", "Working", "Escalated"], dtype=object), len(rows))
    world.files.salesforce(
        "Case",
        len(rows),
        {
            "Id": ids.tolist() + loser_ids,
            "IsDeleted": is_loser.tolist(),
            "MasterRecordId": [None] * count + ids[losers].tolist(),
            "CaseNumber": [
                f"{n + 1_000 + 50_000_000 * lo:08d}"
                for n, lo in zip(number.tolist(), is_loser.tolist(), strict=True)
            ],
            "AccountId": customers.salesforce_id[cases.customer[rows]].tolist(),
            "ContactId": people.salesforce_id[cases.person[rows]].tolist(),
            "Subject": [cases.subject[position] for position in positions],
            "Status": np.where(is_closed, "Closed", statuses).tolist(),
            "Priority": [_PRIORITIES[p] for p in cases.priority[rows].tolist()],
            "Origin": [_ORIGINS[o] for o in cases.origin[rows].tolist()],
            "Type": [_TYPES[n % len(_TYPES)] for n in number.tolist()],
            # Every fourth is about no product in particular.
            "ProductId": [
                None if n % 4 == 0 else products[n % len(products)] for n in number.tolist()
            ],
            "IsClosed": is_closed.tolist(),
            "IsClosedOnCreate": (dirt.CASE_CLOSED_ON_CREATE.strikes(number) & is_closed).tolist(),
            "ClosedDate": salesforce_times(closed, ~is_closed),
            "OwnerId": owner.tolist(),
            "CreatedById": world.staff.salesforce_ids[cases.agent[rows]].tolist(),
            "CreatedDate": salesforce_times(cases.created[rows]),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )
    return ids


def _write_tickets(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    requests: Requests,
    case_ids: np.ndarray | None,
) -> np.ndarray:
    """Tickets with their links: HubSpot's own, or copies of cases; returns their ids."""
    count = len(requests.number)
    ids = np.array(hubspot_ids("tickets", world.number("tickets", count)), dtype=object)
    is_own = np.full(count, case_ids is None)
    is_closed = requests.is_closed
    was_closed = requests.first_resolved < world.timeline.until
    settled = np.where(
        is_closed,
        requests.resolved,
        np.where(was_closed, requests.first_resolved, requests.created),
    )
    settled = np.where(requests.is_answered, np.maximum(settled, requests.answered), settled)
    changed = changed_later(world, generator, settled)
    is_merged = dirt.TICKET_MERGED.strikes(requests.number) & is_own
    gone = np.full(count, None, dtype=object)
    gone[is_merged] = hubspot_ids("tickets", world.number("tickets", int(is_merged.sum())))
    open_stage = (generator.integers(1, 4, count)).astype(str)
    is_archived = dirt.TICKET_ARCHIVED.strikes(requests.number) & is_own
    records, stages, at = ticket_changes(
        open_stage.tolist(),
        is_closed,
        was_closed,
        requests.created,
        requests.first_resolved,
        requests.resolved,
        changed,
    )
    users = [world.staff.hubspot_user_ids[number] for number in requests.agent.tolist()]
    last_closed = hubspot_times(
        np.where(is_closed, requests.resolved, requests.first_resolved), ~was_closed
    )
    world.files.hubspot(
        "tickets",
        count,
        ids.tolist(),
        {
            "subject": requests.subject,
            "hs_pipeline": "0",
            "hs_pipeline_stage": np.where(is_closed, "4", open_stage).tolist(),
            "hs_ticket_priority": [_PRIORITIES[p].upper() for p in requests.priority.tolist()],
            "source_type": [_HUBSPOT_ORIGINS[_ORIGINS[o]] for o in requests.origin.tolist()],
            "createdate": hubspot_times(requests.created),
            # HubSpot writes both anew whenever one is closed.
            "closed_date": last_closed,
            "hs_last_closed_date": last_closed,
            "hs_is_closed": np.where(is_closed, "true", "false").tolist(),
            "hs_first_agent_message_sent_at": hubspot_times(
                requests.answered, ~requests.is_answered
            ),
            "first_agent_reply_date": hubspot_times(
                requests.answered, ~requests.is_answered | (requests.origin > 1)
            ),
            "hs_created_by_user_id": creators(
                world, requests.agent, np.isin(requests.origin, (0, 1, 3)) | ~is_own
            ),
            "hs_object_source": np.where(is_own, "CRM_UI", "INTEGRATION").tolist(),
            "hs_outbound_ticket": np.where(
                is_own & (requests.number % _OUTBOUND_EVERY == 9), "true", "false"
            ).tolist(),
            "salesforcecaseid": None if case_ids is None else case_ids.tolist(),
            "hubspot_owner_id": world.staff.owner_ids[requests.agent].tolist(),
            "hs_merged_object_ids": gone.tolist(),
            "hs_lastmodifieddate": hubspot_times(changed),
        },
        hubspot_times(requests.created),
        hubspot_times(changed),
        hubspot_times(changed, ~is_archived),
        {"hs_pipeline_stage": versions(count, records, stages, hubspot_times(at), users)},
    )
    companies = customers.hubspot_id[requests.customer]
    links(world, "tickets", ids, "companies", companies, 26, "Primary")
    links(world, "tickets", ids, "contacts", people.hubspot_id[requests.person], 16)
    return ids


def _write_survey_answers(
    world: World, people: People, cases: Requests, case_ids: np.ndarray
) -> None:
    """What customers said of closed cases."""
    closed = cases.is_closed & (cases.resolved > cases.created)
    write_survey_answers(
        world,
        Closed(
            case_ids[closed], people.salesforce_id[cases.person[closed]], cases.resolved[closed]
        ),
    )
