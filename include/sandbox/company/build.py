"""Writes a whole company, block by block, so that memory stays flat whatever its size."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from include.sandbox.company.activities import write_activities
from include.sandbox.company.agreements import write_agreements
from include.sandbox.company.bills import write_bills
from include.sandbox.company.customer_records import write_customers, write_people
from include.sandbox.company.customers import draw_customers, draw_people
from include.sandbox.company.deals import draw_deals, first_won
from include.sandbox.company.files import Files
from include.sandbox.company.hubspot_contacts import write_contacts
from include.sandbox.company.hubspot_deals import write_hubspot_deals
from include.sandbox.company.leads import (
    draw_conversions,
    draw_prospects,
    write_leads,
)
from include.sandbox.company.marketing import write_carts, write_contact_roles, write_members
from include.sandbox.company.offer_records import (
    hubspot_campaign_ids,
    salesforce_campaign_ids,
    write_offer,
)
from include.sandbox.company.salesforce_deals import write_salesforce_deals
from include.sandbox.company.service import write_service
from include.sandbox.company.staff import Staff
from include.sandbox.company.staff_records import write_staff
from include.sandbox.company.surveys import write_surveys
from include.sandbox.company.targets import write_currencies, write_targets
from include.sandbox.company.timeline import Timeline
from include.sandbox.company.world import World

_BLOCK_DEALS = 2_000
_FIRST_BLOCK_SEED = 100


def write_company(folder: Path, size: int, until: datetime, seed: int = 7) -> None:
    """Write a made-up company of `size` deals over the three years before `until` to `folder`.

    A deal both CRMs hold counts once in `size`. The same arguments give the same bytes.

    Raises:
        ValueError: `until` has no time zone, or there is not a single deal.
    """
    if size < 1:
        raise ValueError("A company needs one deal at least: give a size of 1 or more.")
    timeline = Timeline(until, seed)
    with Files(folder) as files:
        world = World(
            seed=seed,
            size=size,
            timeline=timeline,
            files=files,
            staff=Staff(timeline, size, seed),
            salesforce_campaign_ids=salesforce_campaign_ids(),
            hubspot_campaign_ids=hubspot_campaign_ids(seed),
        )
        write_staff(world)
        write_offer(world)
        write_currencies(world)
        write_targets(world)
        write_surveys(world)
        for block, first in enumerate(range(0, size, _BLOCK_DEALS)):
            generator = np.random.default_rng([seed, _FIRST_BLOCK_SEED + block])
            _write_block(world, generator, min(_BLOCK_DEALS, size - first))


def _write_block(world: World, generator: np.random.Generator, count: int) -> None:
    """Some customers with everything that is about them."""
    customers = draw_customers(world, generator, count)
    people = draw_people(world, generator, customers)
    deals = draw_deals(world, generator, customers, count)
    won_at = first_won(world, customers, deals.customer, deals.ended, deals.is_won)
    prospects = draw_prospects(world, generator, count)
    conversions = draw_conversions(world, generator, customers, people)
    write_customers(world, generator, customers, won_at)
    write_people(world, generator, customers, people)
    write_leads(world, generator, customers, people, deals, conversions, prospects)
    write_contacts(world, generator, customers, people, won_at, conversions, prospects)
    entries = write_salesforce_deals(world, generator, customers, deals)
    write_hubspot_deals(world, generator, customers, people, deals, entries)
    write_activities(world, generator, customers, people, deals)
    write_service(world, generator, customers, people, won_at, count)
    write_members(world, generator, customers, people, prospects)
    write_carts(world, generator, people, count)
    write_contact_roles(world, people, deals)
    write_agreements(world, customers, people, deals)
    write_bills(world, customers, people, deals)
