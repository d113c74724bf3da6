"""What won deals were billed by: orders in Salesforce, invoices in HubSpot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from include.sandbox.company.agreements import is_agreed
from include.sandbox.company.customers import Customers, People
from include.sandbox.company.deals import Deals
from include.sandbox.company.hubspot_deals import links, money
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.timeline import DAY, dates, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_SEED = 7_003
_DRAFT_RATE, _VOIDED_RATE = 0.05, 0.04
_REDUCED_EVERY = 40
# Percent of the amount.
_TAXES = 20


def write_bills(world: World, customers: Customers, people: People, deals: Deals) -> None:
    """Orders and invoices of the won deals of a block."""
    # A generator of its own: what else is drawn for the company does not depend on it.
    block = int(world.number("blocks of bills", 1)[0])
    generator = np.random.default_rng([world.seed, _SEED, block])
    won = np.flatnonzero(is_agreed(deals) & (deals.amount_cents > 0))
    in_salesforce = deals.in_salesforce[won]
    _write_orders(world, generator, customers, deals, won[in_salesforce])
    _write_invoices(world, generator, customers, people, deals, won[~in_salesforce])


def _write_orders(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    deal: np.ndarray,
) -> None:
    """An order per deal, most of them activated; of a few, a part is taken back a month later."""
    until, number = world.timeline.until, world.number("Salesforce orders", len(deal))
    entered = deals.ended[deal]
    activated = entered + generator.integers(1, 12, len(deal)) * DAY
    is_draft = (generator.random(len(deal)) < _DRAFT_RATE) | (activated >= until)
    reduced = np.flatnonzero(
        ~is_draft & (number % _REDUCED_EVERY == 3) & (activated + 30 * DAY < until)
    )
    cents, nothing = deals.amount_cents[deal], [None] * len(deal)
    _write(world, customers, deals, deal, number, entered, activated, is_draft, cents, nothing)
    # A quarter of it, below zero as Salesforce totals what has negative quantities.
    later, is_none = activated[reduced] + 30 * DAY, np.zeros(len(reduced), dtype=bool)
    original_ids = salesforce_ids("Order", number[reduced])
    number = world.number("Salesforce orders", len(reduced))
    cents = -(cents[reduced] // 4)
    _write(
        world, customers, deals, deal[reduced], number, later, later, is_none, cents, original_ids
    )


def _write(
    world: World,
    customers: Customers,
    deals: Deals,
    deal: np.ndarray,
    number: np.ndarray,
    entered: np.ndarray,
    activated: np.ndarray,
    is_draft: np.ndarray,
    cents: np.ndarray,
    original_ids: Sequence[str | None],
) -> None:
    """Orders; what takes away names the order it takes away from."""
    customer, count = deals.customer[deal], len(deal)
    changed = salesforce_times(np.where(is_draft, entered, activated))
    status = np.where(is_draft, "Draft", "Activated").tolist()
    world.files.salesforce(
        "Order",
        count,
        {
            "Id": salesforce_ids("Order", number),
            "IsDeleted": False,
            "AccountId": customers.salesforce_id[customer].tolist(),
            "OpportunityId": deals.salesforce_id[deal].tolist(),
            "OriginalOrderId": original_ids,
            "OrderNumber": [f"{n:08d}" for n in number.tolist()],
            "Status": status,
            "StatusCode": status,
            "EffectiveDate": dates(entered),
            "ActivatedDate": salesforce_times(activated, is_draft),
            "TotalAmount": (cents / 100).tolist(),
            "IsReductionOrder": [original is not None for original in original_ids],
            "CurrencyIsoCode": customers.currencies(customer),
            "OwnerId": world.staff.salesforce_ids[deals.owner[deal]].tolist(),
            "CreatedDate": salesforce_times(entered),
            "LastModifiedDate": changed,
            "SystemModstamp": changed,
        },
    )


def _write_invoices(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    deal: np.ndarray,
) -> None:
    """An invoice per deal: paid, still open, not sent yet, or voided."""
    until, count = world.timeline.until, len(deal)
    number = world.number("invoices", count)
    made = deals.ended[deal]
    paid = made + generator.integers(3, 50, count) * DAY
    chance = generator.random(count)
    status = np.select(
        [chance < _DRAFT_RATE, chance < _DRAFT_RATE + _VOIDED_RATE, paid >= until],
        ["draft", "voided", "open"],
        "paid",
    )
    is_paid, cents = status == "paid", deals.amount_cents[deal]
    taxes = cents * _TAXES // 100
    customer, ids = deals.customer[deal], hubspot_ids("invoices", number)
    created, changed = hubspot_times(made), hubspot_times(np.where(is_paid, paid, made))
    world.files.hubspot(
        "invoices",
        count,
        ids,
        {
            "hs_number": [f"INV-{1001 + n}" for n in number.tolist()],
            "hs_invoice_status": status.tolist(),
            "hs_amount_billed": money(cents + taxes),
            "hs_amount_billed_pre_tax": money(cents),
            "hs_taxes_total": money(taxes),
            "hs_balance_due": money(np.where(is_paid, 0, cents + taxes)),
            "hs_currency": customers.currencies(customer),
            "hs_invoice_date": created,
            "hs_payment_date": hubspot_times(paid, ~is_paid),
            "hubspot_owner_id": world.staff.owner_ids[deals.owner[deal]].tolist(),
            "hs_createdate": created,
            "hs_lastmodifieddate": changed,
        },
        created,
        changed,
    )
    person = people.one_of(generator, customer)
    links(world, "invoices", ids, "companies", customers.hubspot_id[customer], 179)
    links(world, "invoices", ids, "contacts", people.hubspot_id[person], 177)
    links(world, "invoices", ids, "deals", deals.hubspot_id[deal], 175)
