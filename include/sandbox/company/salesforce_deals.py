"""Salesforce records of deals: opportunities, their history, their lines."""

from __future__ import annotations

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import changed_later, lead_sources
from include.sandbox.company.customers import Customers
from include.sandbox.company.deals import Deals
from include.sandbox.company.files import blank
from include.sandbox.company.identifiers import salesforce_ids
from include.sandbox.company.losses import (
    SALESFORCE_COMPETITOR,
    SALESFORCE_REASON,
    competitors,
    lost_reasons,
)
from include.sandbox.company.offer import (
    CHANNELS,
    MARKETS,
    PRODUCTS,
    STAGES,
)
from include.sandbox.company.offer_records import SALESFORCE_CAMPAIGNS, quarter_of
from include.sandbox.company.stage_entries import StageEntries, draw_stage_entries
from include.sandbox.company.timeline import dates, salesforce_times
from include.sandbox.company.world import World

_CAMPAIGN_RATE = 0.65
_PURGED_ACCOUNTS = 90_000_000
_BAD_PROBABILITY = 250
_SALES_RECORD_TYPE, _RENEWAL_RECORD_TYPE = salesforce_ids("RecordType", np.arange(2))


def write_salesforce_deals(
    world: World, generator: np.random.Generator, customers: Customers, deals: Deals
) -> StageEntries:
    """Opportunities of the block with their history and lines; returns the stages they entered."""
    held = np.flatnonzero(deals.in_salesforce)
    number = deals.number[held]
    is_deleted = dirt.OPPORTUNITY_DELETED.strikes(number)
    settled = np.where(deals.is_closed[held], deals.ended[held], deals.created[held])
    entries = draw_stage_entries(world, generator, deals, held)
    _write_history(world, customers, deals, entries)
    settled = np.maximum(settled, entries.at[entries.is_last])
    changed = changed_later(world, generator, settled)
    _write_opportunities(world, generator, customers, deals, held, is_deleted, changed)
    _write_lines(world, customers, deals, held, is_deleted, changed)
    return entries


def _write_opportunities(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    held: np.ndarray,
    is_deleted: np.ndarray,
    changed: np.ndarray,
) -> None:
    number, customer, stage = deals.number[held], deals.customer[held], deals.stage[held]
    names = [customers.name[position] for position in customer.tolist()]
    no_stage = dirt.OPPORTUNITY_NO_STAGE.strikes(number).tolist()
    is_impossible = dirt.OPPORTUNITY_PROBABILITY.strikes(number)
    probability = np.array([percent for _, percent, *_ in STAGES])[stage]
    account = customers.salesforce_id[customer].copy()
    is_purged = dirt.OPPORTUNITY_NO_ACCOUNT.strikes(number)
    account[is_purged] = salesforce_ids("Account", number[is_purged] + _PURGED_ACCOUNTS)
    is_renewal = deals.is_existing[held] & (number % 3 == 0)
    owner = world.staff.salesforce_ids[deals.owner[held]].tolist()
    world.files.salesforce(
        "Opportunity",
        len(held),
        {
            "Id": deals.salesforce_id[held].tolist(),
            "IsDeleted": is_deleted.tolist(),
            "Name": deal_names(names, number),
            "AccountId": account.tolist(),
            "StageName": [
                None if no else STAGES[s][0] for no, s in zip(no_stage, stage.tolist(), strict=True)
            ],
            "Amount": amounts(deals, held),
            "Probability": np.where(is_impossible, _BAD_PROBABILITY, probability).tolist(),
            "CloseDate": dates(deals.closed_day[held]),
            "IsClosed": deals.is_closed[held].tolist(),
            "IsWon": deals.is_won[held].tolist(),
            "Type": _types(deals.is_existing[held], is_renewal),
            "RecordTypeId": np.where(is_renewal, _RENEWAL_RECORD_TYPE, _SALES_RECORD_TYPE).tolist(),
            "LeadSource": lead_sources(customers.channel[customer], customers.number[customer]),
            "ForecastCategory": [STAGES[s][4] for s in stage.tolist()],
            "ForecastCategoryName": [STAGES[s][5] for s in stage.tolist()],
            "CampaignId": _campaigns(world, generator, customers, deals, held),
            "ContractId": None,
            SALESFORCE_REASON: lost_reasons(deals, held),
            SALESFORCE_COMPETITOR: competitors(deals, held),
            "Region__c": [MARKETS[m].region for m in customers.market[customer].tolist()],
            "CurrencyIsoCode": customers.currencies(customer),
            "OwnerId": owner,
            "CreatedById": owner,
            "CreatedDate": salesforce_times(deals.created[held]),
            "LastModifiedDate": salesforce_times(changed),
            "SystemModstamp": salesforce_times(changed),
        },
    )


def deal_names(customer_names: list[str], number: np.ndarray) -> list[str]:
    """Names of deals."""
    return [
        f"{name} - deal {n + 1}" for name, n in zip(customer_names, number.tolist(), strict=True)
    ]


def amounts(deals: Deals, held: np.ndarray) -> list[float | None]:
    """Amounts in the customer's currency."""
    cents = deals.amount_cents[held].tolist()
    return [
        value / 100 if has else None
        for value, has in zip(cents, deals.has_amount[held].tolist(), strict=True)
    ]


def _types(is_existing: np.ndarray, is_renewal: np.ndarray) -> list[str]:
    return [
        "Renewal" if renewal else "Existing Business" if existing else "New Business"
        for existing, renewal in zip(is_existing.tolist(), is_renewal.tolist(), strict=True)
    ]


def _campaigns(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    held: np.ndarray,
) -> list[str | None]:
    """Primary campaign: the one of the customer's channel in the quarter the deal began."""
    kinds = np.array(
        [
            SALESFORCE_CAMPAIGNS.index(c.salesforce_campaign) if c.salesforce_campaign else -1
            for c in CHANNELS
        ]
    )[customers.channel[deals.customer[held]]]
    quarter = quarter_of(world.timeline, deals.created[held])
    is_named = (kinds >= 0) & (generator.random(len(held)) < _CAMPAIGN_RATE)
    return blank(world.salesforce_campaign_ids[quarter, kinds], ~is_named)


def _write_history(world: World, customers: Customers, deals: Deals, entries: StageEntries) -> None:
    """One row per stage a deal entered, the last as the deal is now."""
    row, stage = entries.deal, entries.stage
    number = deals.number[row]
    cents = entries.cents.tolist()
    stamps = salesforce_times(entries.at)
    is_impossible = dirt.OPPORTUNITY_PROBABILITY.strikes(number) & entries.is_last
    probability = np.array([percent for _, percent, *_ in STAGES])[stage]
    has_amount = deals.has_amount[row].tolist()
    world.files.salesforce(
        "OpportunityHistory",
        len(row),
        {
            "Id": salesforce_ids("OpportunityHistory", world.number("history", len(row))),
            "IsDeleted": dirt.OPPORTUNITY_DELETED.strikes(number).tolist(),
            "OpportunityId": deals.salesforce_id[row].tolist(),
            "StageName": [STAGES[s][0] for s in stage.tolist()],
            "Amount": [c / 100 if has else None for c, has in zip(cents, has_amount, strict=True)],
            "CurrencyIsoCode": customers.currencies(deals.customer[row]),
            "Probability": np.where(is_impossible, _BAD_PROBABILITY, probability).tolist(),
            "CloseDate": dates(entries.close),
            "ForecastCategory": [STAGES[s][4] for s in stage.tolist()],
            "CreatedById": world.staff.salesforce_ids[deals.owner[row]].tolist(),
            "CreatedDate": stamps,
            "SystemModstamp": stamps,
        },
    )


def _write_lines(
    world: World,
    customers: Customers,
    deals: Deals,
    held: np.ndarray,
    is_deleted: np.ndarray,
    changed: np.ndarray,
) -> None:
    kept = np.flatnonzero(deals.in_salesforce[deals.lines.deal])
    deal = deals.lines.deal[kept]
    place = np.searchsorted(held, deal)
    quantity, price = deals.lines.quantity[kept], deals.lines.price_cents[kept]
    product_ids = np.array(salesforce_ids("Product2", np.arange(len(PRODUCTS))), dtype=object)
    # Each line has the schedule its product begins with.
    is_scheduled = np.array([product.billing == "annually" for product in PRODUCTS])
    stamps = salesforce_times(changed[place])
    world.files.salesforce(
        "OpportunityLineItem",
        len(kept),
        {
            "Id": salesforce_ids("OpportunityLineItem", world.number("lines", len(kept))),
            "IsDeleted": is_deleted[place].tolist(),
            "OpportunityId": deals.salesforce_id[deal].tolist(),
            "Product2Id": product_ids[deals.lines.product[kept]].tolist(),
            "Quantity": quantity.astype(float).tolist(),
            "UnitPrice": (price / 100).tolist(),
            "TotalPrice": (quantity * price / 100).tolist(),
            "ServiceDate": dates(deals.closed_day[deal], ~deals.is_won[deal]),
            "HasRevenueSchedule": is_scheduled[deals.lines.product[kept]].tolist(),
            "CurrencyIsoCode": customers.currencies(deals.customer[deal]),
            "CreatedDate": salesforce_times(deals.created[deal]),
            "LastModifiedDate": stamps,
            "SystemModstamp": stamps,
        },
    )
