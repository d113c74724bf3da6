"""Contacts of HubSpot: people at customers with their company, and prospects without one."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import (
    analytics_sources,
    changed_later,
    countries,
    creators,
)
from include.sandbox.company.customers import SYNCED, Customers, People
from include.sandbox.company.files import blank
from include.sandbox.company.hubspot_deals import links
from include.sandbox.company.identifiers import hubspot_ids
from include.sandbox.company.leads import Conversions, Prospects
from include.sandbox.company.property_history import (
    lifecycle_changes,
    source_versions,
    versions,
)
from include.sandbox.company.timeline import DAY, hubspot_times
from include.sandbox.company.world import World

_STAGES = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead")
_LEAD_STATUSES = ("NEW", "OPEN", "IN_PROGRESS", "UNQUALIFIED", None)


def write_contacts(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    won_at: np.ndarray,
    conversions: Conversions,
    prospects: Prospects,
) -> None:
    """HubSpot contacts: people at customers with their company, and prospects without one."""
    _write_customer_contacts(world, generator, customers, people, won_at, conversions)
    _write_prospect_contacts(world, generator, prospects)


def _write_customer_contacts(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    won_at: np.ndarray,
    conversions: Conversions,
) -> None:
    held = np.flatnonzero(customers.in_hubspot[people.customer])
    customer = people.customer[held]
    lead_id = np.full(len(people.number), None, dtype=object)
    lead_id[conversions.person] = conversions.lead_id
    is_synced = customers.kind[customer] == SYNCED
    # The sync made the contact when the person came into Salesforce.
    created = world.timeline.within(people.created[held] + np.where(is_synced, 120, 0))
    bought = np.maximum(won_at[customer], created)
    has_bought = won_at[customer] < world.timeline.until
    positions = held.tolist()
    _write_hubspot_contacts(
        world,
        generator,
        people.hubspot_id[held],
        people.number[held],
        customers.market[customer],
        created,
        np.where(has_bought, bought, created),
        {
            "email": [people.email[p] for p in positions],
            "firstname": [people.first[p] for p in positions],
            "lastname": [people.last[p] for p in positions],
            "lifecyclestage": np.where(has_bought, "customer", "opportunity").tolist(),
            "hs_lead_status": "CONNECTED",
            "hs_v2_date_entered_lead": hubspot_times(created),
            "hs_v2_date_entered_customer": hubspot_times(bought, ~has_bought),
            "hs_analytics_source": analytics_sources(
                people.channel[held], people.number[held], is_synced
            ),
            "hs_created_by_user_id": creators(
                world, customers.owner[customer], is_synced | (people.number[held] % 4 != 0)
            ),
            "hs_object_source": np.where(
                is_synced, "SALESFORCE", np.where(customers.is_imported[customer], "IMPORT", "FORM")
            ).tolist(),
            "salesforcecontactid": blank(people.salesforce_id[held], ~is_synced),
            "salesforceleadid": blank(lead_id[held], ~is_synced),
            "associatedcompanyid": customers.hubspot_id[customer].tolist(),
            "hubspot_owner_id": world.staff.owner_ids[customers.owner[customer]].tolist(),
        },
    )
    links(
        world,
        "contacts",
        people.hubspot_id[held],
        "companies",
        customers.hubspot_id[customer],
        1,
        "Primary",
    )


def _write_prospect_contacts(
    world: World, generator: np.random.Generator, prospects: Prospects
) -> None:
    held = np.flatnonzero(prospects.hubspot_id != None)  # noqa: E711 - elementwise
    number = prospects.number[held]
    is_tied = (prospects.salesforce_id[held] != None) & (number % 2 == 0)  # noqa: E711
    positions = held.tolist()
    created = prospects.created[held]
    stage = np.minimum(generator.geometric(0.45, len(held)), len(_STAGES)) - 1
    room = np.maximum(world.timeline.until - 1 - created, 0)
    as_lead = created + (generator.random(len(held)) ** 3 * np.minimum(room, 60 * DAY)).astype(
        np.int64
    )
    sources = np.array(["FORM", "CRM_UI", "IMPORT", "INTEGRATION"])[
        generator.choice(4, len(held), p=[0.7, 0.2, 0.06, 0.04])
    ]
    _write_hubspot_contacts(
        world,
        generator,
        prospects.hubspot_id[held],
        number,
        prospects.market[held],
        created,
        as_lead,
        {
            "email": [prospects.email[p] for p in positions],
            "firstname": [prospects.first[p] for p in positions],
            "lastname": [prospects.last[p] for p in positions],
            "lifecyclestage": [_STAGES[s] for s in stage.tolist()],
            "hs_lead_status": [_LEAD_STATUSES[n % len(_LEAD_STATUSES)] for n in number.tolist()],
            "hs_v2_date_entered_lead": hubspot_times(as_lead, stage == 0),
            "hs_v2_date_entered_customer": None,
            "hs_analytics_source": analytics_sources(prospects.channel[held], number, is_tied),
            "hs_created_by_user_id": None,
            "hs_object_source": np.where(is_tied, "SALESFORCE", sources).tolist(),
            "salesforcecontactid": None,
            "salesforceleadid": blank(prospects.salesforce_id[held], ~is_tied),
            "associatedcompanyid": None,
            "hubspot_owner_id": world.staff.owner_ids[prospects.owner[held]].tolist(),
        },
    )


def _write_hubspot_contacts(
    world: World,
    generator: np.random.Generator,
    ids: np.ndarray,
    number: np.ndarray,
    market: np.ndarray,
    created: np.ndarray,
    settled: np.ndarray,
    columns: dict,
) -> None:
    count = len(ids)
    running = world.number("HubSpot contacts written", count)
    changed = changed_later(world, generator, settled)
    is_merged = dirt.CONTACT_VIDS.strikes(running)
    gone = np.full(count, None, dtype=object)
    gone[is_merged] = hubspot_ids(
        "contacts", world.number("HubSpot contacts", int(is_merged.sum()))
    )
    second = dirt.CONTACT_EMAILS.strikes(running).tolist()
    is_cleared = dirt.CONTACT_CLEARED.strikes(running).tolist()
    stamps = (changed * 1_000).tolist()
    merged = [g and f"{g}:{at}" for g, at in zip(gone.tolist(), stamps, strict=True)]
    records, stages, at = lifecycle_changes(columns["lifecyclestage"], created, settled, changed)
    user = world.staff.hubspot_user_ids[world.staff.integration]
    overwritten = _overwritten_sources(world, columns["hs_analytics_source"])
    world.files.hubspot(
        "contacts",
        count,
        ids.tolist(),
        {
            **columns,
            "hs_analytics_source": [
                written or first
                for first, written in zip(columns["hs_analytics_source"], overwritten, strict=True)
            ],
            "hs_additional_emails": [
                f"old.{email}" if has and email else None
                for has, email in zip(second, columns["email"], strict=True)
            ],
            "country": [
                "" if cleared else country
                for cleared, country in zip(is_cleared, countries(market, number), strict=True)
            ],
            "hs_calculated_merged_vids": merged,
            "hs_merged_object_ids": gone.tolist(),
            "createdate": hubspot_times(created),
            "lastmodifieddate": hubspot_times(changed),
        },
        hubspot_times(created),
        hubspot_times(changed),
        history={
            "lifecyclestage": versions(count, records, stages, hubspot_times(at), [user] * count),
            "hs_analytics_source": source_versions(
                columns["hs_analytics_source"],
                overwritten,
                hubspot_times(created),
                hubspot_times(changed),
                user,
            ),
        },
    )


def _overwritten_sources(world: World, sources: list[str | None]) -> list[str | None]:
    """What somebody wrote over the source of a contact; None where nobody did."""
    having = [place for place, source in enumerate(sources) if source is not None]
    running = world.number("HubSpot contacts with a source", len(having))
    overwritten: list[str | None] = [None] * len(sources)
    for place in np.array(having, dtype=np.int64)[dirt.CONTACT_SOURCE.strikes(running)].tolist():
        is_search = sources[place] == "PAID_SEARCH"
        overwritten[place] = "OTHER_CAMPAIGNS" if is_search else "PAID_SEARCH"
    return overwritten
