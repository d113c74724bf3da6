"""Prospects, Salesforce's leads among them, and who of them became a customer.

The first person of three in five Salesforce customers was a lead. Besides, there are many people
who never bought: leads in Salesforce, contacts in HubSpot, and some in both, of whom every second
is tied by salesforceleadid and the others share an address only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import (
    changed_later,
    countries,
    lead_sources,
)
from include.sandbox.company.customers import Customers, People, addresses, person_lists
from include.sandbox.company.deals import Deals
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.names import TEXT_NOTHINGS, company_names
from include.sandbox.company.offer import CHANNEL_WEIGHTS, MARKET_WEIGHTS, MARKETS
from include.sandbox.company.timeline import DAY, dates, salesforce_times
from include.sandbox.company.world import World

_PROSPECTS_PER_DEAL = 2.0
_IN_SALESFORCE_RATE, _IN_BOTH_RATE = 0.55, 0.20
_WAS_LEAD_RATE = 0.6
_STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")


@dataclass
class Prospects:
    """People who have not bought, by position in the block."""

    number: np.ndarray
    market: np.ndarray
    channel: np.ndarray
    owner: np.ndarray
    created: np.ndarray
    first: list[str]
    last: list[str]
    email: list[str | None]
    company: list[str]
    salesforce_id: np.ndarray
    hubspot_id: np.ndarray


@dataclass
class Conversions:
    """Leads that became customers: the person, the lead's id, when it was created."""

    person: np.ndarray
    lead_id: np.ndarray
    created: np.ndarray


def draw_prospects(world: World, generator: np.random.Generator, deals: int) -> Prospects:
    """People for a block of this many deals."""
    count = max(4, round(deals * _PROSPECTS_PER_DEAL))
    number = world.number("prospects", count)
    chance = generator.random(count)
    in_salesforce = chance < _IN_SALESFORCE_RATE
    in_hubspot = chance > _IN_SALESFORCE_RATE - _IN_BOTH_RATE
    market = generator.choice(len(MARKETS), count, p=MARKET_WEIGHTS)
    names, domains = company_names(number * 2 + 1, [MARKETS[m].country for m in market.tolist()])
    first, last = person_lists(generator, number)
    created = world.timeline.draw(generator, count)
    salesforce_id = np.full(count, None, dtype=object)
    hubspot_id = np.full(count, None, dtype=object)
    salesforce_id[in_salesforce] = _lead_ids(world, int(in_salesforce.sum()))
    hubspot_id[in_hubspot] = hubspot_ids(
        "contacts", world.number("HubSpot contacts", int(in_hubspot.sum()))
    )
    return Prospects(
        number=number,
        market=market,
        channel=generator.choice(len(CHANNEL_WEIGHTS), count, p=CHANNEL_WEIGHTS),
        owner=world.staff.working(generator, world.staff.developers, created),
        created=created,
        first=first,
        last=last,
        email=addresses(number, first, last, domains, "yahoo.com"),
        company=names,
        salesforce_id=salesforce_id,
        hubspot_id=hubspot_id,
    )


def _lead_ids(world: World, count: int) -> list[str]:
    return salesforce_ids("Lead", world.number("leads", count))


def draw_conversions(
    world: World, generator: np.random.Generator, customers: Customers, people: People
) -> Conversions:
    """The first people of Salesforce customers who were leads before."""
    was_lead = customers.in_salesforce & ~customers.is_imported
    was_lead &= generator.random(len(customers.number)) < _WAS_LEAD_RATE
    customer = np.flatnonzero(was_lead)
    lead_id = np.array(_lead_ids(world, len(customer)), dtype=object)
    return Conversions(people.first_of_customer[customer], lead_id, customers.first_touch[customer])


def write_leads(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    conversions: Conversions,
    prospects: Prospects,
) -> None:
    """Salesforce leads: converted ones, others, and second records of the same people."""
    _write_converted(world, generator, customers, people, deals, conversions)
    _write_prospects(world, generator, prospects)


def _write_converted(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    conversions: Conversions,
) -> None:
    person = conversions.person
    customer = people.customer[person]
    opportunity = np.full(len(customers.number), None, dtype=object)
    is_opening = deals.is_first & deals.in_salesforce
    opportunity[deals.customer[is_opening]] = deals.salesforce_id[is_opening]
    converted = customers.created[customer]
    changed = changed_later(world, generator, converted)
    positions = person.tolist()
    owner = world.staff.salesforce_ids[customers.owner[customer]].tolist()
    _write(
        world,
        conversions.created,
        changed,
        {
            "Id": conversions.lead_id.tolist(),
            "Email": [people.email[p] for p in positions],
            "FirstName": [people.first[p] for p in positions],
            "LastName": [people.last[p] for p in positions],
            "Company": [customers.name[c] for c in customer.tolist()],
            "Status": "Closed - Converted",
            "LeadSource": lead_sources(people.channel[person], people.number[person]),
            "Country": countries(customers.market[customer], customers.number[customer]),
            "IsConverted": True,
            "ConvertedDate": dates(converted),
            "ConvertedAccountId": customers.salesforce_id[customer].tolist(),
            "ConvertedContactId": people.salesforce_id[person].tolist(),
            "ConvertedOpportunityId": opportunity[customer].tolist(),
            "CreatedById": owner,
            "OwnerId": owner,
        },
    )


def _write_prospects(world: World, generator: np.random.Generator, prospects: Prospects) -> None:
    held = np.flatnonzero(prospects.salesforce_id != None)  # noqa: E711 - elementwise
    running = world.number("Salesforce prospects", len(held))
    twice = held[dirt.LEAD_DUPLICATE.strikes(running)]
    rows = np.concatenate([held, twice])
    is_second = np.arange(len(rows)) >= len(held)
    ids = prospects.salesforce_id[held].tolist() + _lead_ids(world, len(twice))
    number = prospects.number[rows]
    room = world.timeline.until - 1 - prospects.created[rows]
    created = prospects.created[rows] + np.where(
        is_second, np.minimum(room, 3 * DAY + number % DAY), 0
    )
    no_company = dirt.LEAD_COMPANY_TEXT.strikes(np.concatenate([running, np.full(len(twice), -1)]))
    positions = rows.tolist()
    owner = world.staff.salesforce_ids[prospects.owner[rows]].tolist()
    _write(
        world,
        created,
        changed_later(world, generator, created),
        {
            "Id": ids,
            "Email": [
                _other_case(prospects.email[p]) if second else prospects.email[p]
                for p, second in zip(positions, is_second.tolist(), strict=True)
            ],
            "FirstName": [prospects.first[p] for p in positions],
            "LastName": [prospects.last[p] for p in positions],
            "Company": [
                TEXT_NOTHINGS[p % 3] if no else prospects.company[p]
                for p, no in zip(positions, no_company.tolist(), strict=True)
            ],
            "Status": [_STATUSES[n % len(_STATUSES)] for n in number.tolist()],
            "LeadSource": lead_sources(prospects.channel[rows], number),
            "Country": countries(prospects.market[rows], number),
            "IsConverted": False,
            "ConvertedDate": None,
            "ConvertedAccountId": None,
            "ConvertedContactId": None,
            "ConvertedOpportunityId": None,
            "CreatedById": owner,
            "OwnerId": owner,
        },
    )


def _other_case(email: str | None) -> str | None:
    return None if email is None else f"  {email.title()} "


def _write(world: World, created: np.ndarray, changed: np.ndarray, columns: dict) -> None:
    count = len(created)
    is_deleted = dirt.LEAD_DELETED.strikes(world.number("Salesforce leads", count))
    names = zip(columns["FirstName"], columns["LastName"], strict=True)
    world.files.salesforce(
        "Lead",
        count,
        {
            **columns,
            "IsDeleted": is_deleted.tolist(),
            "MasterRecordId": None,
            "Name": [f"{first} {last}" for first, last in names],
            "CreatedDate": salesforce_times(created),
            "LastModifiedDate": salesforce_times(np.maximum(changed, created)),
            "SystemModstamp": salesforce_times(np.maximum(changed, created)),
        },
    )
