"""Who was in which campaign, and who left what in the shop."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import Customers, People
from include.sandbox.company.hubspot_deals import money
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.leads import Prospects
from include.sandbox.company.offer_records import SALESFORCE_CAMPAIGNS, quarter_of
from include.sandbox.company.timeline import DAY, HOUR, dates, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_LEAD_RATE, _CONTACT_RATE = 0.5, 0.6
_CARTS_PER_DEAL = 0.4
_OPEN_HOURS = 24


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


def write_carts(world: World, generator: np.random.Generator, deals: int) -> None:
    """Carts of the shop; the youngest are still being filled."""
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
    world.files.hubspot(
        "carts",
        count,
        hubspot_ids("carts", number),
        {
            "hs_external_cart_id": [f"shop-{n + 1}" for n in number.tolist()],
            "hs_external_status": np.where(is_young, "active", status).tolist(),
            "hs_total_price": money(cents),
            "hs_currency_code": np.where(generator.random(count) < 0.9, "USD", "EUR").tolist(),
            "hs_source_store": "shop.example",
            "hs_createdate": created_at,
            "hs_lastmodifieddate": changed_at,
        },
        created_at,
        changed_at,
    )
