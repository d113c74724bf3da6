"""Records about the offer: products, stages, pipelines and campaigns."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from include.sandbox.company.identifiers import salesforce_ids
from include.sandbox.company.offer import (
    CHANNELS,
    DEAL_PIPELINES,
    EXCHANGE_RATES,
    PRODUCTS,
    STAGES,
    TICKET_STAGES,
)
from include.sandbox.company.timeline import (
    DAY,
    YEARS,
    Timeline,
    dates,
    hubspot_times,
    salesforce_times,
)
from include.sandbox.company.world import World

# Campaigns run a quarter each; the last one has a month to go, and there is a planned one after it.
QUARTERS = YEARS * 4
_TO_GO = 30 * DAY
SALESFORCE_CAMPAIGNS = ("Google Ads", "Social Ads", "Email", "Trade Show", "Advertisement")
HUBSPOT_CAMPAIGNS = ("Search", "Social ads", "Community", "Newsletter")


def quarter_of(timeline: Timeline, instants: np.ndarray) -> np.ndarray:
    """Number of the campaign quarter of each instant, from 0."""
    return np.clip((instants - timeline.start) // _quarter_seconds(timeline), 0, QUARTERS - 1)


def _quarter_seconds(timeline: Timeline) -> int:
    return (timeline.until + _TO_GO - timeline.start) // QUARTERS


def salesforce_campaign_ids() -> np.ndarray:
    """Ids by quarter and kind of campaign."""
    count = (QUARTERS + 1) * len(SALESFORCE_CAMPAIGNS)
    ids = np.array(salesforce_ids("Campaign", np.arange(count) + YEARS), dtype=object)
    return ids.reshape(QUARTERS + 1, -1)


def hubspot_campaign_ids(seed: int) -> np.ndarray:
    """GUIDs by quarter and kind of campaign."""
    generator = np.random.default_rng([seed, 3])
    count = (QUARTERS + 1) * len(HUBSPOT_CAMPAIGNS)
    ids = [str(uuid.UUID(bytes=generator.bytes(16), version=4)) for _ in range(count)]
    return np.array(ids, dtype=object).reshape(QUARTERS + 1, -1)


def write_offer(world: World) -> None:
    """Products, stages, pipelines and campaigns of both CRMs, and HubSpot's exchange rates."""
    _write_products(world)
    _write_exchange_rates(world)
    _write_stages(world)
    _write_pipelines(world)
    generator = np.random.default_rng([world.seed, 4])
    _write_salesforce_campaigns(world, generator)
    _write_hubspot_campaigns(world, generator)


def _write_exchange_rates(world: World) -> None:
    start = hubspot_times(np.array([world.timeline.start]))[0]
    world.files.write(
        "hubspot/exchange_rates.jsonl",
        (
            {
                "id": str(number),
                "fromCurrencyCode": code,
                "toCurrencyCode": "USD",
                "conversionRate": rate,
                "effectiveAt": start,
                "createdAt": start,
                "updatedAt": start,
                "visibleInUI": True,
            }
            for number, (code, rate) in enumerate(EXCHANGE_RATES.items(), start=1)
        ),
    )


def _write_products(world: World) -> None:
    count = len(PRODUCTS)
    start = salesforce_times(np.full(count, world.timeline.start))
    world.files.salesforce(
        "Product2",
        count,
        {
            "Id": salesforce_ids("Product2", np.arange(count)),
            "Name": [product.name for product in PRODUCTS],
            "ProductCode": [product.code for product in PRODUCTS],
            "Family": [product.family for product in PRODUCTS],
            "IsActive": [product.is_active for product in PRODUCTS],
            "RevenueInstallmentPeriod": [
                "Yearly" if product.billing == "annually" else None for product in PRODUCTS
            ],
            "NumberOfRevenueInstallments": [
                1 if product.billing == "annually" else None for product in PRODUCTS
            ],
            "IsDeleted": False,
            "CreatedDate": start,
            "LastModifiedDate": start,
            "SystemModstamp": start,
        },
    )


def _write_stages(world: World) -> None:
    start = salesforce_times(np.array([world.timeline.start]))[0]
    rows = [
        {
            "Id": identifier,
            "MasterLabel": name,
            "ApiName": name,
            "IsClosed": is_closed,
            "IsWon": is_won,
            "DefaultProbability": probability,
            "SortOrder": position + 1,
            "IsActive": True,
            "ForecastCategoryName": label,
            "LastModifiedDate": start,
            "SystemModstamp": start,
        }
        for position, (identifier, (name, probability, is_closed, is_won, _, label)) in enumerate(
            zip(salesforce_ids("OpportunityStage", np.arange(len(STAGES))), STAGES, strict=True)
        )
    ]
    world.files.write("salesforce/OpportunityStage.jsonl", rows)


def _write_pipelines(world: World) -> None:
    start = hubspot_times(np.array([world.timeline.start]))[0]
    stamps = {"archived": False, "createdAt": start, "updatedAt": start}

    def stage(position: int, identifier: str, label: str, metadata: dict[str, str]) -> Any:
        return {
            "id": identifier,
            "label": label,
            "displayOrder": position,
            "metadata": metadata,
            **stamps,
        }

    deals = [
        {
            "id": identifier,
            "label": label,
            "displayOrder": position,
            **stamps,
            "stages": [
                stage(at, name, text, {"isClosed": str(at >= 5).lower(), "probability": chance})
                for at, (name, text, chance) in enumerate(stages)
            ],
        }
        for position, (identifier, label, stages) in enumerate(DEAL_PIPELINES)
    ]
    tickets = {
        "id": "0",
        "label": "Support Pipeline",
        "displayOrder": 0,
        **stamps,
        "stages": [
            stage(
                at, name, label, {"ticketState": state, "isClosed": str(state == "CLOSED").lower()}
            )
            for at, (name, label, state) in enumerate(TICKET_STAGES)
        ],
    }
    world.files.write("hubspot/pipelines_deals.jsonl", deals)
    world.files.write("hubspot/pipelines_tickets.jsonl", [tickets])


def _write_salesforce_campaigns(world: World, generator: np.random.Generator) -> None:
    """One campaign per kind and quarter below one per year, which has no cost of its own."""
    parents = salesforce_ids("Campaign", np.arange(YEARS))
    rows = [
        _salesforce_campaign(world, parents[year], f"Year {year + 1}", "Other", year * 4, 4)
        for year in range(YEARS)
    ]
    for quarter in range(QUARTERS + 1):
        for kind, name in enumerate(SALESFORCE_CAMPAIGNS):
            cost = _cost(world, generator, "salesforce_campaign", name, quarter)
            rows.append(
                _salesforce_campaign(
                    world,
                    world.salesforce_campaign_ids[quarter, kind],
                    f"{name} Q{quarter % 4 + 1} of year {quarter // 4 + 1}",
                    name,
                    quarter,
                    1,
                )
                | {
                    "ParentId": parents[quarter // 4] if quarter < QUARTERS else None,
                    "ActualCost": cost if quarter < QUARTERS else None,
                    "BudgetedCost": float(round(cost * 1.1, -2)),
                    "NumberSent": int(cost // 3) if quarter < QUARTERS else 0,
                    "CurrencyIsoCode": "GBP" if kind == 3 and quarter % 4 == 1 else "USD",
                }
            )
    world.files.write("salesforce/Campaign.jsonl", rows)


def _salesforce_campaign(
    world: World, identifier: str, name: str, kind: str, first: int, quarters: int
) -> dict[str, Any]:
    start, end, created = _campaign_days(world.timeline, first, quarters)
    modified = min(max(end, created), world.timeline.until - 1)
    is_over = end < world.timeline.until
    return {
        "Id": identifier,
        "Name": name,
        "Type": kind,
        "Status": ("Completed" if is_over else "Planned" if first >= QUARTERS else "In Progress"),
        "StartDate": dates(np.array([start]))[0],
        "EndDate": dates(np.array([end]))[0],
        "ActualCost": None,
        "BudgetedCost": None,
        "NumberSent": 0,
        "ParentId": None,
        "CurrencyIsoCode": "USD",
        "CreatedById": world.staff.salesforce_ids[2],
        "OwnerId": world.staff.salesforce_ids[2],
        "IsDeleted": False,
        "CreatedDate": salesforce_times(np.array([created]))[0],
        "LastModifiedDate": salesforce_times(np.array([modified]))[0],
        "SystemModstamp": salesforce_times(np.array([modified]))[0],
    }


def _write_hubspot_campaigns(world: World, generator: np.random.Generator) -> None:
    rows = []
    for quarter in range(QUARTERS + 1):
        for kind, name in enumerate(HUBSPOT_CAMPAIGNS):
            start, end, created = _campaign_days(world.timeline, quarter, 1)
            cost = _cost(world, generator, "hubspot_campaign", name, quarter)
            modified = min(max(end, created), world.timeline.until - 1)
            is_planned = quarter == QUARTERS
            is_over = end < world.timeline.until
            status = "completed" if is_over else "planned" if is_planned else "in_progress"
            rows.append(
                {
                    "id": world.hubspot_campaign_ids[quarter, kind],
                    "properties": {
                        "hs_name": f"{name} Q{quarter % 4 + 1} of year {quarter // 4 + 1}",
                        "hs_start_date": dates(np.array([start]))[0],
                        "hs_end_date": dates(np.array([end]))[0],
                        "hs_campaign_status": status,
                        "hs_currency_code": "EUR" if kind == 1 and quarter % 4 == 2 else "USD",
                        "hs_budget_items_sum_amount": f"{round(cost * 1.1, -2):.1f}",
                        "hs_spend_items_sum_amount": None if is_planned else f"{cost:.2f}",
                        "hs_utm": f"{name.lower().replace(' ', '-')}-{quarter}",
                    },
                    "createdAt": hubspot_times(np.array([created]))[0],
                    "updatedAt": hubspot_times(np.array([modified]))[0],
                    "businessUnits": [{"id": 0}],
                }
            )
    world.files.write("hubspot/campaigns.jsonl", rows)


def _campaign_days(timeline: Timeline, first: int, quarters: int) -> tuple[int, int, int]:
    """(first day, last day, creation) of a campaign over some quarters."""
    length = _quarter_seconds(timeline)
    start = timeline.start + first * length
    # Planned some weeks ahead, but not before there was a CRM to plan in.
    created = min(max(start - 20 * DAY, timeline.start), timeline.until - DAY)
    return start, start + quarters * length - DAY, created


def _cost(world: World, generator: np.random.Generator, crm: str, name: str, quarter: int) -> float:
    """Cost of a campaign so far, in proportion to the deals its channel brings in a quarter."""
    channel = next(c for c in CHANNELS if getattr(c, crm) == name)
    deals = world.size * channel.weight / QUARTERS * (0.7 + 0.6 * quarter / QUARTERS)
    is_shared = channel.salesforce_campaign and channel.hubspot_campaign
    share = 0.5 if is_shared else 1.0
    if quarter == QUARTERS - 1:
        share *= 1 - _TO_GO / _quarter_seconds(world.timeline)
    return round(deals * channel.cost_per_deal * share * float(generator.lognormal(0, 0.2)), 2)
