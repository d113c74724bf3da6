"""What customers agree to pay again and again: service contracts in Salesforce, subscriptions in HubSpot.

Every won deal with recurring lines begins a chain of terms of a year. At the end of each most
customers renew, some for more or for less; some leave, and of those some come back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import Customers, People
from include.sandbox.company.deals import Deals
from include.sandbox.company.hubspot_deals import links, money
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.offer import BILLS_A_YEAR, PRODUCTS
from include.sandbox.company.timeline import DAY, HOUR, dates, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_SEED = 7_002
_TERM_MONTHS = 12
# No term begins after the 28th, so that every year has its day.
_LAST_DAY = 28
_LEAVING, _SHRINKING, _GROWING = 0.12, 0.08, 0.18
_RETURNING_RATE = 0.2
_CANCELING_RATE = 0.02
_PAUSED_EVERY = 60


@dataclass
class Terms:
    """Terms by position: `origin` is the position of what they are about, `size` its quantity then.

    `start` and `end` are midnights, the end exclusive; `canceled` is an instant, or the end of the
    three years for terms nobody cancelled.
    """

    origin: np.ndarray
    size: np.ndarray
    signed: np.ndarray
    start: np.ndarray
    end: np.ndarray
    canceled: np.ndarray


def write_agreements(world: World, customers: Customers, people: People, deals: Deals) -> None:
    """Contracts and subscriptions that follow from the won deals of a block."""
    # A generator of its own: what else is drawn for the company does not depend on it.
    block = int(world.number("blocks of agreements", 1)[0])
    generator = np.random.default_rng([world.seed, _SEED, block])
    lines = np.flatnonzero((BILLS_A_YEAR[deals.lines.product] > 0) & (deals.lines.price_cents > 0))
    lines = lines[is_agreed(deals)[deals.lines.deal[lines]]]
    in_salesforce = deals.in_salesforce[deals.lines.deal[lines]]
    _write_contracts(world, generator, customers, deals, lines[in_salesforce])
    _write_subscriptions(world, generator, customers, people, deals, lines[~in_salesforce])


def draw_terms(world: World, generator: np.random.Generator, signed: np.ndarray) -> Terms:
    """The chain of terms of each of some agreements, from the day after it was signed first."""
    until, found = world.timeline.until, []
    origin = np.arange(len(signed))
    size: np.ndarray = np.ones(len(signed))
    start = _first_day(signed)
    while len(origin):
        end = _a_year_later(start)
        is_canceled = generator.random(len(origin)) < _CANCELING_RATE
        canceled = start + (generator.random(len(origin)) * (end - start)).astype(np.int64)
        is_canceled &= (canceled < until) & (canceled > signed)
        found.append(
            Terms(origin, size, signed, start, end, np.where(is_canceled, canceled, until))
        )
        chance = generator.random(len(origin))
        is_leaving = chance < _LEAVING
        is_shrinking = ~is_leaving & (chance < _LEAVING + _SHRINKING)
        is_growing = chance > 1 - _GROWING
        is_back = generator.random(len(origin)) < _RETURNING_RATE
        away = generator.integers(45, 200, len(origin)) * DAY
        early = generator.integers(2, 28, len(origin)) * DAY
        start = np.where(is_leaving, _first_day(end + away), end)
        # Who renews signs before the end, who comes back on the day before.
        signed = np.where(is_leaving, start - 8 * HOUR, end - early + 15 * HOUR)
        size = size * np.select([is_shrinking, is_growing], [0.6, 1.4], 1.0)
        goes_on = ~is_canceled & (~is_leaving | is_back) & (signed < until - HOUR)
        origin, size, start, signed = (values[goes_on] for values in (origin, size, start, signed))
    every = {name: np.concatenate([getattr(part, name) for part in found]) for name in vars(found[0])} if found else {}  # fmt: skip
    nothing = np.zeros(0, dtype=np.int64)
    return Terms(**every) if every else Terms(*(nothing for _ in range(6)))


def is_agreed(deals: Deals) -> np.ndarray:
    """Mask of the won deals that are still there."""
    is_gone = np.where(
        deals.in_salesforce,
        dirt.OPPORTUNITY_DELETED.strikes(deals.number)
        | dirt.OPPORTUNITY_NO_ACCOUNT.strikes(deals.number),
        dirt.DEAL_ARCHIVED.strikes(deals.number) | dirt.DEAL_NO_COMPANY.strikes(deals.number),
    )
    return deals.is_won & ~is_gone


def _first_day(instants: np.ndarray) -> np.ndarray:
    """Midnight of the day after, or of the first of the next month where that is a late one."""
    day = (instants // DAY + 1).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    is_late = (day - month.astype("datetime64[D]")).astype(np.int64) >= _LAST_DAY
    day = np.where(is_late, (month + 1).astype("datetime64[D]"), day)
    return day.astype("datetime64[D]").astype(np.int64) * DAY


def _a_year_later(midnights: np.ndarray) -> np.ndarray:
    day = (midnights // DAY).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    into_month = day - month.astype("datetime64[D]")
    later = (month + _TERM_MONTHS).astype("datetime64[D]") + into_month
    return later.astype(np.int64) * DAY


def _write_contracts(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    lines: np.ndarray,
) -> None:
    """One service contract per deal and term, with the deal's recurring lines."""
    deal, place = np.unique(deals.lines.deal[lines], return_inverse=True)
    terms = draw_terms(world, generator, deals.closed_day[deal])
    count, until = len(terms.origin), world.timeline.until
    ids = np.array(
        salesforce_ids("ServiceContract", world.number("contracts", count)), dtype=object
    )
    is_canceled = terms.canceled < until
    status = np.select(
        [is_canceled, terms.start >= until, terms.end < until],
        ["Canceled", "Inactive", "Expired"],
        "Active",
    )
    changed = _changed(world, terms)
    position = deal[terms.origin]
    customer = deals.customer[position]
    shared = {
        "StartDate": dates(terms.start),
        "EndDate": dates(terms.end - DAY),
        "CurrencyIsoCode": customers.currencies(customer),
        "CreatedDate": salesforce_times(terms.signed),
        "LastModifiedDate": salesforce_times(changed),
        "SystemModstamp": salesforce_times(changed),
        "Status": status.tolist(),
    }
    owner = world.staff.salesforce_ids[deals.owner[position]].tolist()
    world.files.salesforce(
        "ServiceContract",
        count,
        {
            "Id": ids.tolist(),
            "IsDeleted": False,
            "Name": [f"Contract of {customers.name[c]}" for c in customer.tolist()],
            "ContractNumber": [
                f"{n:08d}" for n in world.number("contract numbers", count).tolist()
            ],
            "AccountId": customers.salesforce_id[customer].tolist(),
            "ApprovalStatus": "Activated",
            "Term": _TERM_MONTHS,
            "OwnerId": owner,
            **shared,
        },
    )
    _write_contract_lines(world, deals, lines[np.argsort(place, kind="stable")], np.bincount(place, minlength=len(deal)), terms, ids, shared)  # fmt: skip


def _write_contract_lines(
    world: World,
    deals: Deals,
    lines: np.ndarray,
    counts: np.ndarray,
    terms: Terms,
    contract_ids: np.ndarray,
    shared: dict[str, Sequence[Any]],
) -> None:
    """The lines of each contract; `lines` are grouped as `counts` says, by what terms are about."""
    first = np.cumsum(counts) - counts
    per_term = counts[terms.origin]
    term = np.repeat(np.arange(len(terms.origin)), per_term)
    within = np.arange(len(term)) - np.repeat(np.cumsum(per_term) - per_term, per_term)
    line = lines[first[terms.origin[term]] + within] if len(term) else lines[:0]
    product = deals.lines.product[line]
    quantity = _quantity(deals, line, terms.size[term])
    price = deals.lines.price_cents[line] * BILLS_A_YEAR[product]
    product_ids = np.array(salesforce_ids("Product2", np.arange(len(PRODUCTS))), dtype=object)
    world.files.salesforce(
        "ContractLineItem",
        len(term),
        {
            "Id": salesforce_ids("ContractLineItem", world.number("contract lines", len(term))),
            "IsDeleted": False,
            "ServiceContractId": contract_ids[term].tolist(),
            "Product2Id": product_ids[product].tolist(),
            "Quantity": quantity.astype(float).tolist(),
            "UnitPrice": (price / 100).tolist(),
            "TotalPrice": (quantity * price / 100).tolist(),
            **{name: [values[t] for t in term.tolist()] for name, values in shared.items()},
        },
    )


def _write_subscriptions(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    lines: np.ndarray,
) -> None:
    """One subscription per recurring line and term."""
    terms = draw_terms(world, generator, deals.closed_day[deals.lines.deal[lines]])
    count, until = len(terms.origin), world.timeline.until
    line = lines[terms.origin]
    deal, product = deals.lines.deal[line], deals.lines.product[line]
    customer = deals.customer[deal]
    quantity = _quantity(deals, line, terms.size)
    mrr_cents = np.rint(quantity * deals.lines.price_cents[line] * BILLS_A_YEAR[product] / 12)
    number = world.number("subscriptions", count)
    is_canceled, is_expired = terms.canceled < until, terms.end < until
    is_paused = (number % _PAUSED_EVERY == 7) & (terms.start < until)
    status = np.select(
        [is_canceled, is_expired, terms.start >= until, is_paused],
        ["canceled", "expired", "scheduled", "paused"],
        "active",
    )
    changed = hubspot_times(_changed(world, terms))
    ids = hubspot_ids("subscriptions", number)
    # Every one is billed on its own day of the month; the next time is within 30 days.
    next_due = np.maximum(terms.start, until + (terms.start // DAY % 30) * DAY)
    # HubSpot ends a term on the day on which one more bill would have been due.
    ends_early = is_canceled & (terms.canceled + 30 * DAY < terms.end)
    end = np.where(ends_early, terms.canceled + 29 * DAY, terms.end)
    world.files.hubspot(
        "subscriptions",
        count,
        ids,
        {
            "hs_name": [PRODUCTS[p].name for p in product.tolist()],
            "hs_status": status.tolist(),
            "hs_mrr": money(mrr_cents.astype(np.int64)),
            "hs_recurring_billing_frequency": [PRODUCTS[p].billing for p in product.tolist()],
            "hs_recurring_billing_start_date": dates(terms.start),
            "hs_recurring_billing_end_date": dates(end),
            "hs_next_payment_due_date": dates(next_due, is_canceled | is_expired | is_paused),
            "hs_currency_code": customers.currencies(customer),
            "hubspot_owner_id": world.staff.owner_ids[deals.owner[deal]].tolist(),
            "hs_lastmodifieddate": changed,
        },
        hubspot_times(terms.signed),
        changed,
    )
    person = people.one_of(generator, customer)
    links(world, "subscriptions", ids, "companies", customers.hubspot_id[customer], 299)
    links(world, "subscriptions", ids, "contacts", people.hubspot_id[person], 301)


def _quantity(deals: Deals, line: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Units of a line in a term of this size; one at least."""
    return np.maximum(1, np.rint(deals.lines.quantity[line] * size)).astype(np.int64)


def _changed(world: World, terms: Terms) -> np.ndarray:
    """When each term last changed: cancelled, ended, begun or signed."""
    until = world.timeline.until
    changed = np.maximum(terms.signed, np.where(terms.start < until, terms.start, 0))
    changed = np.where(terms.end < until, terms.end, changed)
    return np.where(terms.canceled < until, terms.canceled, changed)
