"""Records of customers and the people there: accounts and contacts, companies and contacts."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import SYNCED, Customers, People
from include.sandbox.company.files import blank
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.offer import CHANNELS, MARKETS, UNMAPPED_SOURCE
from include.sandbox.company.timeline import HOUR, hubspot_times, salesforce_times
from include.sandbox.company.world import World

_TITLES = ("CFO", "Buyer", "Head of IT", "Operations Manager", "null", "VP, Procurement")
_WEBSITES = ("https://www.{}/en", "{}", "http://{}", "www.{}", "HTTPS://{}/")


def changed_later(world: World, generator: np.random.Generator, instants: np.ndarray) -> np.ndarray:
    """When records last changed at `instants` were last touched: mostly soon, never after the end."""
    room = np.maximum(world.timeline.until - 1 - instants, 0)
    soon = np.minimum(room, generator.exponential(2 * HOUR, len(instants)))
    late = room * generator.random(len(instants))
    return instants + np.where(generator.random(len(instants)) < 0.8, soon, late).astype(np.int64)


def lead_sources(channel: np.ndarray, number: np.ndarray) -> list[str | None]:
    """LeadSource values of people by channel; some missing, some unmapped."""
    is_without = dirt.NO_SOURCE.strikes(number).tolist()
    result: list[str | None] = []
    for c, n, without in zip(channel.tolist(), number.tolist(), is_without, strict=True):
        values = CHANNELS[c].lead_sources
        unknown = None if n % 2 else UNMAPPED_SOURCE
        result.append(unknown if without else values[n % len(values)])
    return result


def countries(market: np.ndarray, number: np.ndarray) -> list[str]:
    """Countries as people type them in."""
    return [
        MARKETS[m].spellings[n % len(MARKETS[m].spellings)]
        for m, n in zip(market.tolist(), number.tolist(), strict=True)
    ]


def write_customers(
    world: World, generator: np.random.Generator, customers: Customers, won_at: np.ndarray
) -> None:
    """Accounts and companies; `won_at` is each customer's first won deal, or the end."""
    _write_accounts(world, generator, customers, won_at)
    _write_companies(world, generator, customers, won_at)


def _write_accounts(
    world: World, generator: np.random.Generator, customers: Customers, won_at: np.ndarray
) -> None:
    held = np.flatnonzero(customers.in_salesforce)
    running = world.number("Salesforce customers", len(held))
    is_merged = dirt.ACCOUNT_MERGED.strikes(running)
    losers = held[is_merged]
    # A merged account is a second row of its own, created some time after the first.
    rows = np.concatenate([held, losers])
    is_loser = np.arange(len(rows)) >= len(held)
    loser_ids = salesforce_ids("Account", world.number("accounts", len(losers)))
    ids = customers.salesforce_id[held].tolist() + loser_ids
    number = customers.number[rows]
    created = customers.created[rows]
    # The first won deal makes a customer out of a prospect.
    is_customer = won_at[rows] < world.timeline.until
    settled = np.where(is_customer, np.maximum(won_at[rows], created), created)
    changed = changed_later(world, generator, settled)
    created = np.where(is_loser, (created + changed) // 2, created)
    no_website = dirt.NO_WEBSITE.strikes(number).tolist()
    creator = np.where(customers.is_imported[rows], world.staff.integration, customers.owner[rows])
    world.files.salesforce(
        "Account",
        len(rows),
        {
            "Id": ids,
            "IsDeleted": is_loser.tolist(),
            "MasterRecordId": [None] * len(held) + customers.salesforce_id[losers].tolist(),
            "Name": [customers.name[row] for row in rows.tolist()],
            "Website": [
                None if missing else _WEBSITES[n % len(_WEBSITES)].format(customers.domain[row])
                for missing, n, row in zip(no_website, number.tolist(), rows.tolist(), strict=True)
            ],
            "Industry": customers.industry[rows].tolist(),
            "Type": np.where(is_customer, "Customer", "Prospect").tolist(),
            "BillingCountry": countries(customers.market[rows], number),
            "NumberOfEmployees": customers.employees[rows].tolist(),
            "AnnualRevenue": (customers.employees[rows] * 145_000.0).tolist(),
            "AccountSource": lead_sources(customers.channel[rows], number),
            "ParentId": _parents(ids[: len(held)]) + [None] * len(losers),
            "CurrencyIsoCode": customers.currencies(rows),
            "OwnerId": world.staff.salesforce_ids[customers.owner[rows]].tolist(),
            "CreatedById": world.staff.salesforce_ids[creator].tolist(),
            "CreatedDate": salesforce_times(created),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )


def _parents(ids: list[str]) -> list[str | None]:
    """Every twelfth account belongs to the group of the account before it."""
    return [ids[place - 1] if place % 12 == 11 else None for place in range(len(ids))]


def _write_companies(
    world: World, generator: np.random.Generator, customers: Customers, won_at: np.ndarray
) -> None:
    held = np.flatnonzero(customers.in_hubspot)
    count = len(held)
    running = world.number("companies written", count)
    is_merged = dirt.COMPANY_MERGED.strikes(running)
    gone = np.full(count, None, dtype=object)
    gone[is_merged] = hubspot_ids("companies", world.number("companies", int(is_merged.sum())))
    number = customers.number[held]
    is_synced = customers.kind[held] == SYNCED
    created = customers.created[held] + np.where(is_synced, 60, 0)
    created = world.timeline.within(created)
    is_imported = customers.is_imported[held]
    is_customer = won_at[held] < world.timeline.until
    settled = np.where(is_customer, np.maximum(won_at[held], created), created)
    changed = changed_later(world, generator, settled)
    no_domain = dirt.NO_WEBSITE.strikes(number).tolist()
    second = dirt.COMPANY_DOMAINS.strikes(running).tolist()
    is_range = dirt.COMPANY_EMPLOYEES_TEXT.strikes(running).tolist()
    domains = [customers.domain[position] for position in held.tolist()]
    world.files.hubspot(
        "companies",
        count,
        customers.hubspot_id[held].tolist(),
        {
            "name": [customers.name[position] for position in held.tolist()],
            "domain": [None if no else d for no, d in zip(no_domain, domains, strict=True)],
            "hs_additional_domains": [
                f"shop-{d}" if s else None for s, d in zip(second, domains, strict=True)
            ],
            "industry": [str(i).upper() for i in customers.industry[held].tolist()],
            "country": countries(customers.market[held], number),
            "numberofemployees": [
                "51-200" if r else str(n)
                for r, n in zip(is_range, customers.employees[held].tolist(), strict=True)
            ],
            "salesforceaccountid": blank(customers.salesforce_id[held], ~is_synced),
            "hs_analytics_source": analytics_sources(customers.channel[held], number, is_synced),
            "lifecyclestage": np.where(is_customer, "customer", "opportunity").tolist(),
            "hs_created_by_user_id": creators(
                world, customers.owner[held], is_synced | is_imported
            ),
            "hs_object_source": np.where(
                is_synced, "SALESFORCE", np.where(is_imported, "IMPORT", "CRM_UI")
            ).tolist(),
            "hubspot_owner_id": world.staff.owner_ids[customers.owner[held]].tolist(),
            "hs_merged_object_ids": gone.tolist(),
            "createdate": hubspot_times(created),
            "hs_lastmodifieddate": hubspot_times(changed),
        },
        hubspot_times(created),
        hubspot_times(changed),
    )


def creators(world: World, owner: np.ndarray, by_program: np.ndarray) -> list[str | None]:
    """HubSpot's id of who created records: their first owner, nobody for what a program made."""
    user_ids = world.staff.hubspot_user_ids
    return blank([str(user_ids[number]) for number in owner.tolist()], by_program)


def analytics_sources(
    channel: np.ndarray, number: np.ndarray, made_by_sync: np.ndarray
) -> list[str | None]:
    """hs_analytics_source by channel; what the sync created counts as offline, as in HubSpot."""
    is_without = dirt.NO_SOURCE.strikes(number).tolist()
    return [
        "OFFLINE" if synced else None if without else CHANNELS[c].analytics_source
        for c, without, synced in zip(
            channel.tolist(), is_without, made_by_sync.tolist(), strict=True
        )
    ]


def write_people(
    world: World, generator: np.random.Generator, customers: Customers, people: People
) -> None:
    """Salesforce contacts; some have a second one that was merged into them."""
    held = np.flatnonzero(customers.in_salesforce[people.customer])
    running = world.number("Salesforce contacts written", len(held))
    losers = held[dirt.CONTACT_MERGED.strikes(running)]
    rows = np.concatenate([held, losers])
    is_loser = np.arange(len(rows)) >= len(held)
    loser_ids = salesforce_ids("Contact", world.number("Salesforce contacts", len(losers)))
    customer = people.customer[rows]
    created = people.created[rows]
    changed = changed_later(world, generator, created)
    number = people.number[rows]
    positions = rows.tolist()
    owner = world.staff.salesforce_ids[customers.owner[customer]].tolist()
    world.files.salesforce(
        "Contact",
        len(rows),
        {
            "Id": people.salesforce_id[held].tolist() + loser_ids,
            "IsDeleted": is_loser.tolist(),
            "MasterRecordId": [None] * len(held) + people.salesforce_id[losers].tolist(),
            "AccountId": customers.salesforce_id[customer].tolist(),
            "Email": [people.email[position] for position in positions],
            "Name": [f"{people.first[position]} {people.last[position]}" for position in positions],
            "FirstName": [people.first[position] for position in positions],
            "LastName": [people.last[position] for position in positions],
            "Title": [_TITLES[n % len(_TITLES)] for n in number.tolist()],
            "LeadSource": lead_sources(people.channel[rows], number),
            "OwnerId": owner,
            "CreatedById": owner,
            "CreatedDate": salesforce_times(created),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )
