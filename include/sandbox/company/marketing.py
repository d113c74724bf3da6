"""Who was in which campaign, and who left what in the shop."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import Customers, People
from include.sandbox.company.deals import Deals
from include.sandbox.company.hubspot_deals import links, money
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.leads import Prospects
from include.sandbox.company.offer_records import SALESFORCE_CAMPAIGNS, quarter_of
from include.sandbox.company.service_work import work_generator
from include.sandbox.company.timeline import DAY, HOUR, dates, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_LEAD_RATE, _CONTACT_RATE = 0.5, 0.6
_CARTS_PER_DEAL = 0.4
_OPEN_HOURS = 24
_SECOND_CONTACT_RATE = 0.35
_KNOWN_BUYER_RATE = 0.6


def write_members(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    prospects: Prospects,
) -> None:
    """Campaign members: leads and contacts, three in ten of whom responded."""
    leads = np.flatnonzero(
        (prospects.salesforce_id != None) & (generator.random(len(prospects.number)) < _LEAD_RATE)  # noqa: E711
    )
    contacts = np.flatnonzero(
        customers.in_salesforce[people.customer]
        & (generator.random(len(people.number)) < _CONTACT_RATE)
    )
    since = np.concatenate([prospects.created[leads], people.created[contacts]])
    count = len(since)
    room = np.minimum(20 * DAY, world.timeline.until - 1 - since)
    joined = since + (generator.random(count) * room).astype(np.int64)
    answered = joined + generator.integers(HOUR, 12 * DAY, count)
    has_responded = (generator.random(count) < 0.3) & (answered < world.timeline.until)
    changed = salesforce_times(np.where(has_responded, answered, joined))
    kind = generator.integers(0, len(SALESFORCE_CAMPAIGNS), count)
    world.files.salesforce(
        "CampaignMember",
        count,
        {
            "Id": salesforce_ids("CampaignMember", world.number("campaign members", count)),
            "IsDeleted": False,
            "CampaignId": world.salesforce_campaign_ids[
                quarter_of(world.timeline, joined), kind
            ].tolist(),
            "LeadId": prospects.salesforce_id[leads].tolist() + [None] * len(contacts),
            "ContactId": [None] * len(leads) + people.salesforce_id[contacts].tolist(),
            "Status": np.where(has_responded, "Responded", "Sent").tolist(),
            "HasResponded": has_responded.tolist(),
            "FirstRespondedDate": dates(answered, ~has_responded),
            "CreatedDate": salesforce_times(joined),
            "LastModifiedDate": changed,
            "SystemModstamp": changed,
        },
    )


def write_contact_roles(world: World, people: People, deals: Deals) -> None:
    """Contacts with a part in each Salesforce deal: one, and often a second one."""
    generator = work_generator(world, "contact roles")
    first = np.flatnonzero(deals.in_salesforce)
    second = first[
        (generator.random(len(first)) < _SECOND_CONTACT_RATE)
        & (people.counts[deals.customer[first]] > 1)
    ]
    deal = np.concatenate([first, second])
    place = np.repeat([0, 1], [len(first), len(second)])
    person = people.first_of_customer[deals.customer[deal]] + place
    stamps = salesforce_times(deals.created[deal])
    count = len(deal)
    world.files.salesforce(
        "OpportunityContactRole",
        count,
        {
            "Id": salesforce_ids("OpportunityContactRole", world.number("contact roles", count)),
            "IsDeleted": False,
            "OpportunityId": deals.salesforce_id[deal].tolist(),
            "ContactId": people.salesforce_id[person].tolist(),
            "IsPrimary": (place == 0).tolist(),
            "CreatedDate": stamps,
            "LastModifiedDate": stamps,
            "SystemModstamp": stamps,
        },
    )


def write_carts(world: World, generator: np.random.Generator, people: People, deals: int) -> None:
    """Carts of the shop, of people we know or guests, and orders; the youngest are being filled."""
    count = max(2, round(deals * _CARTS_PER_DEAL))
    number = world.number("carts", count)
    created = world.timeline.draw(generator, count)
    changed = world.timeline.within(
        created + (generator.exponential(3 * HOUR, count)).astype(np.int64)
    )
    statuses = np.array(["completed", "Paid", "abandoned", "checkout_started"], dtype=object)
    status = generator.choice(statuses, count, p=[0.24, 0.06, 0.62, 0.08])
    is_young = changed > world.timeline.until - _OPEN_HOURS * HOUR
    cents = np.rint(generator.lognormal(np.log(420_00), 0.9, count)).astype(np.int64)
    cents[dirt.CART_EMPTY.strikes(number)] = 0
    created_at, changed_at = hubspot_times(created), hubspot_times(changed)
    ids = np.array(hubspot_ids("carts", number), dtype=object)
    currency = np.where(generator.random(count) < 0.9, "USD", "EUR")
    is_bought = np.isin(status, statuses[:2]) & ~is_young & (cents > 0)
    _write_orders(world, ids, cents, currency, changed, np.flatnonzero(is_bought))
    _link_buyers(world, people, ids)
    world.files.hubspot(
        "carts",
        count,
        ids.tolist(),
        {
            "hs_external_cart_id": [f"shop-{n + 1}" for n in number.tolist()],
            "hs_external_status": np.where(is_young, "active", status).tolist(),
            "hs_total_price": money(cents),
            "hs_currency_code": currency.tolist(),
            "hs_source_store": "shop.example",
            "hs_createdate": created_at,
            "hs_lastmodifieddate": changed_at,
        },
        created_at,
        changed_at,
    )


def _write_orders(
    world: World,
    cart_ids: np.ndarray,
    cents: np.ndarray,
    currency: np.ndarray,
    ordered: np.ndarray,
    bought: np.ndarray,
) -> None:
    """The orders some carts became, and their links."""
    number = world.number("orders", len(bought))
    ids, stamps = hubspot_ids("orders", number), hubspot_times(ordered[bought])
    world.files.hubspot(
        "orders",
        len(bought),
        ids,
        {
            "hs_external_order_id": [f"order-{n + 1}" for n in number.tolist()],
            "hs_total_price": money(cents[bought]),
            "hs_currency_code": currency[bought].tolist(),
            "hs_createdate": stamps,
            "hs_lastmodifieddate": stamps,
        },
        stamps,
        stamps,
    )
    links(world, "carts", cart_ids[bought], "orders", ids, 593)


def _link_buyers(world: World, people: People, cart_ids: np.ndarray) -> None:
    """Contacts who filled carts; the others are guests."""
    generator = work_generator(world, "cart buyers")
    known = np.flatnonzero(generator.random(len(cart_ids)) < _KNOWN_BUYER_RATE)
    in_hubspot = np.flatnonzero(people.hubspot_id != None)  # noqa: E711
    if len(in_hubspot):
        person = generator.choice(in_hubspot, len(known))
        links(world, "carts", cart_ids[known], "contacts", people.hubspot_id[person], 586)
