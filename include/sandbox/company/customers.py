"""Who the customers are: drawn once per block, before any record of either CRM is made.

Of twenty customers seven are in both CRMs and tied by the native sync's ids, three are in both and
share no more than a domain and mail addresses, five are in Salesforce only and five in HubSpot
only. Some have no deal yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.names import (
    company_names,
    odd_company_names,
    odd_person_name,
    person_names,
)
from include.sandbox.company.offer import CHANNEL_WEIGHTS, INDUSTRIES, MARKET_WEIGHTS, MARKETS
from include.sandbox.company.timeline import DAY, HOUR
from include.sandbox.company.world import World

SYNCED, BY_DOMAIN, SALESFORCE_ONLY, HUBSPOT_ONLY = range(4)
_KINDS = np.array(
    [SYNCED] * 7 + [BY_DOMAIN] * 3 + [SALESFORCE_ONLY] * 5 + [HUBSPOT_ONLY] * 5, dtype=np.int64
)
_DEALS_PER_CUSTOMER = 2.2
_WITHOUT_DEALS_RATE = 0.12
_IMPORTED_RATE = 0.10


@dataclass
class Customers:
    """Companies by position in the block; ids are None where a CRM does not hold them."""

    number: np.ndarray
    kind: np.ndarray
    market: np.ndarray
    channel: np.ndarray
    owner: np.ndarray
    first_touch: np.ndarray
    created: np.ndarray
    is_imported: np.ndarray
    employees: np.ndarray
    industry: np.ndarray
    name: list[str]
    domain: list[str]
    salesforce_id: np.ndarray
    hubspot_id: np.ndarray
    with_deals: int

    @property
    def in_salesforce(self) -> np.ndarray:
        """Mask of those Salesforce holds."""
        return self.kind != HUBSPOT_ONLY

    @property
    def in_hubspot(self) -> np.ndarray:
        """Mask of those HubSpot holds."""
        return self.kind != SALESFORCE_ONLY

    def currencies(self, positions: np.ndarray) -> list[str]:
        """Currency of each of these customers."""
        codes = np.array([market.currency for market in MARKETS], dtype=object)
        return codes[self.market[positions]].tolist()


@dataclass
class People:
    """Contacts at the customers, grouped by customer; the first of each is who came first."""

    number: np.ndarray
    customer: np.ndarray
    first_of_customer: np.ndarray
    created: np.ndarray
    channel: np.ndarray
    first: list[str]
    last: list[str]
    email: list[str | None]
    salesforce_id: np.ndarray
    hubspot_id: np.ndarray
    counts: np.ndarray

    def one_of(self, generator: np.random.Generator, customers: np.ndarray) -> np.ndarray:
        """Position of a person at each of these customers, mostly the first."""
        offset = (generator.random(len(customers)) ** 2 * self.counts[customers]).astype(np.int64)
        return self.first_of_customer[customers] + offset


def draw_customers(world: World, generator: np.random.Generator, deals: int) -> Customers:
    """Customers for a block of this many deals."""
    with_deals = max(1, round(deals / _DEALS_PER_CUSTOMER))
    count = with_deals + max(1, round(with_deals * _WITHOUT_DEALS_RATE))
    number = world.number("customers", count)
    # 7 and 20 have no factor in common, so each twenty in a row hold every kind in its share.
    kind = _KINDS[number * 7 % len(_KINDS)]
    market = generator.choice(len(MARKETS), count, p=MARKET_WEIGHTS)
    first_touch, created, is_imported = _arrivals(world, generator, count)
    countries = [MARKETS[m].country for m in market.tolist()]
    names, domains = company_names(number * 2, countries)
    is_odd = dirt.ODD_NAME.strikes(number)
    odd = odd_company_names(number // dirt.ODD_NAME.every)
    return Customers(
        number=number,
        kind=kind,
        market=market,
        channel=generator.choice(len(CHANNEL_WEIGHTS), count, p=CHANNEL_WEIGHTS),
        owner=world.staff.working(generator, world.staff.sellers, created),
        first_touch=first_touch,
        created=created,
        is_imported=is_imported,
        employees=np.clip(generator.lognormal(4.8, 1.5, count), 2, 90_000).astype(np.int64),
        industry=generator.choice(np.array(INDUSTRIES, dtype=object), count),
        name=[o if s else n for o, s, n in zip(odd, is_odd.tolist(), names, strict=True)],
        domain=domains,
        salesforce_id=_ids(world, "accounts", kind != HUBSPOT_ONLY, "Account"),
        hubspot_id=_ids(world, "companies", kind != SALESFORCE_ONLY, "companies"),
        with_deals=with_deals,
    )


def _arrivals(
    world: World, generator: np.random.Generator, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(first touch, creation as an account, was imported on the first day) of customers."""
    timeline = world.timeline
    is_imported = generator.random(count) < _IMPORTED_RATE
    # A customer must be there some hours before the end to begin a deal.
    created = np.minimum(timeline.draw(generator, count), timeline.until - 5 * HOUR)
    wait = generator.lognormal(np.log(9 * DAY), 0.8, count).astype(np.int64)
    first_touch = np.maximum(created - wait, timeline.start)
    day_one = timeline.start + generator.integers(2 * HOUR, 3 * HOUR, count)
    first_touch = np.where(is_imported, day_one, first_touch)
    return first_touch, np.where(is_imported, day_one, created), is_imported


def draw_people(world: World, generator: np.random.Generator, customers: Customers) -> People:
    """One to four people at each customer."""
    total = len(customers.number)
    counts = generator.choice(4, total, p=[0.45, 0.33, 0.15, 0.07]) + 1
    customer = np.repeat(np.arange(total), counts)
    first_of_customer = np.cumsum(counts) - counts
    number = world.number("people", len(customer))
    later = generator.random(len(customer)) ** 2 * (
        world.timeline.until - 2 * HOUR - customers.created[customer]
    )
    is_first = np.zeros(len(customer), dtype=bool)
    is_first[first_of_customer] = True
    created = customers.created[customer] + np.where(is_first, 0, np.maximum(later, 0)).astype(
        np.int64
    )
    first, last = person_lists(generator, number)
    in_salesforce = customers.in_salesforce[customer]
    in_hubspot = customers.in_hubspot[customer]
    return People(
        number=number,
        customer=customer,
        first_of_customer=first_of_customer,
        created=created,
        channel=customers.channel[customer],
        first=first,
        last=last,
        email=addresses(
            number, first, last, [customers.domain[c] for c in customer.tolist()], "gmail.com"
        ),
        salesforce_id=_ids(world, "Salesforce contacts", in_salesforce, "Contact"),
        hubspot_id=_ids(world, "HubSpot contacts", in_hubspot, "contacts"),
        counts=counts,
    )


def person_lists(generator: np.random.Generator, number: np.ndarray) -> tuple[list[str], list[str]]:
    """(first names, last names), some odd."""
    names = person_names(generator, len(number))
    for position in np.flatnonzero(dirt.ODD_PERSON_NAME.strikes(number)).tolist():
        names[position] = odd_person_name(int(number[position]) // dirt.ODD_PERSON_NAME.every)
    return [first for first, _ in names], [last for _, last in names]


def addresses(
    number: np.ndarray, first: list[str], last: list[str], domains: list[str], free_host: str
) -> list[str | None]:
    """Mail addresses, each one's own; some at the free mail host, some missing."""
    is_missing = dirt.NO_EMAIL.strikes(number).tolist()
    is_free = dirt.FREE_MAIL.strikes(number).tolist()
    result: list[str | None] = []
    for n, f, s, domain, missing, free in zip(
        number.tolist(), first, last, domains, is_missing, is_free, strict=True
    ):
        local = f"{f}.{s}".lower() if f.isalpha() and f.isascii() and s.isascii() else "contact"
        host = free_host if free else domain
        result.append(None if missing else f"{local.replace(' ', '')}.{n}@{host}")
    return result


def _ids(world: World, kind: str, is_held: np.ndarray, object_name: str) -> np.ndarray:
    """Ids for those a CRM holds, None for the others."""
    make = salesforce_ids if object_name[0].isupper() else hubspot_ids
    result = np.full(len(is_held), None, dtype=object)
    result[is_held] = make(object_name, world.number(kind, int(is_held.sum())))
    return result
