"""HubSpot records of deals: deals, line items, and their links to companies and contacts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customer_records import analytics_sources, changed_later, creators
from include.sandbox.company.customers import Customers, People
from include.sandbox.company.deals import Deals
from include.sandbox.company.files import Columns, blank
from include.sandbox.company.identifiers import hubspot_ids
from include.sandbox.company.losses import HUBSPOT_COMPETITOR, competitors, lost_reasons
from include.sandbox.company.offer import BILLS_A_YEAR, CHANNELS, DEAL_PIPELINES, PRODUCTS, STAGES
from include.sandbox.company.offer_records import HUBSPOT_CAMPAIGNS, quarter_of
from include.sandbox.company.property_history import versions
from include.sandbox.company.salesforce_deals import deal_names
from include.sandbox.company.stage_entries import StageEntries, draw_stage_entries
from include.sandbox.company.timeline import DAY, dates, hubspot_times
from include.sandbox.company.world import World

_CAMPAIGN_RATE = 0.6
_BAD_PROBABILITY = "2.5"
_REMOVED_OWNER = "1"
_BILLED_DAYS = 364
_PRIMARY = "Primary"
# A copy follows its opportunity so much later.
_SYNC_SECONDS = 120
_HISTORY_SEED = 7_001
_HANDED_OVER_EVERY = 10
_UNFORECAST_EVERY = 3
# HubSpot's words for the forecast categories of Salesforce.
_FORECAST_CATEGORIES = {
    "Pipeline": "PIPELINE",
    "BestCase": "BEST_CASE",
    "Forecast": "COMMIT",
    "Closed": "CLOSED",
    "Omitted": "OMIT",
}


def write_hubspot_deals(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    people: People,
    deals: Deals,
    salesforce_entries: StageEntries,
) -> None:
    """Deals of the block with their line items and links.

    A copy went through the stages of its opportunity.
    """
    held = np.flatnonzero(deals.in_hubspot)
    entries = _stage_entries(world, deals, salesforce_entries)
    settled = np.where(deals.is_closed[held], deals.ended[held], deals.created[held])
    settled = np.maximum(settled, entries.at[entries.is_last])
    changed = changed_later(world, generator, settled)
    _write_deals(world, generator, customers, deals, held, changed, entries)
    _write_line_items(world, customers, deals, changed, held)
    has_company = ~_own(dirt.DEAL_NO_COMPANY, deals, held)
    linked = held[has_company]
    companies = customers.hubspot_id[deals.customer]
    links(world, "deals", deals.hubspot_id[linked], "companies", companies[linked], 5, _PRIMARY)
    # Every twentieth deal is about a second company too, mostly that of the deal before.
    second, before = linked[19::20], linked[18:-1:20]
    other = companies[second] != companies[before]
    links(
        world, "deals", deals.hubspot_id[second[other]], "companies", companies[before[other]], 341
    )
    person = people.one_of(generator, deals.customer[held])
    links(world, "deals", deals.hubspot_id[held], "contacts", people.hubspot_id[person], 3)


def links(
    world: World,
    from_type: str,
    from_ids: Iterable[str],
    to_type: str,
    to_ids: Iterable[str],
    type_id: int,
    label: str | None = None,
) -> None:
    """Append one association per pair."""
    world.files.write(
        "hubspot/associations.jsonl",
        (
            {
                "from_type": from_type,
                "from_id": start,
                "to_type": to_type,
                "to_id": end,
                "type_id": type_id,
                "label": label,
            }
            for start, end in zip(from_ids, to_ids, strict=True)
        ),
    )


def _own(kind: dirt.Dirt, deals: Deals, held: np.ndarray) -> np.ndarray:
    """Deals a kind of dirt strikes, of those at home in HubSpot."""
    return kind.strikes(deals.number[held]) & ~deals.in_salesforce[held]


def _stage_entries(world: World, deals: Deals, salesforce_entries: StageEntries) -> StageEntries:
    """Stages the deals HubSpot holds entered, in the order of the deals."""
    # A generator of its own: what else is drawn for the company does not depend on it.
    seed = [world.seed, _HISTORY_SEED, int(world.number("HubSpot deal histories", 1)[0])]
    own = np.flatnonzero(deals.in_hubspot & ~deals.in_salesforce)
    drawn = draw_stage_entries(world, np.random.default_rng(seed), deals, own)
    copied = salesforce_entries.of(deals.in_hubspot)
    copied.at = world.timeline.within(copied.at + _SYNC_SECONDS)
    both = {
        name: np.concatenate([values, getattr(copied, name)])
        for name, values in vars(drawn).items()
    }
    order = np.argsort(both["deal"], kind="stable")
    return StageEntries(**{name: values[order] for name, values in both.items()})


def _write_deals(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    held: np.ndarray,
    changed: np.ndarray,
    entries: StageEntries,
) -> None:
    customer, number, stage = deals.customer[held], deals.number[held], deals.stage[held]
    is_copy = deals.is_copy[held]
    created = world.timeline.within(deals.created[held] + np.where(is_copy, _SYNC_SECONDS, 0))
    changed = np.maximum(changed, created)
    # Partners' deals have a pipeline of their own.
    partner = [channel.name for channel in CHANNELS].index("partner")
    pipeline = np.where((customers.channel[customer] == partner) & ~is_copy, 1, 0).tolist()
    gone = np.full(len(held), None, dtype=object)
    is_merged = _own(dirt.DEAL_MERGED, deals, held)
    gone[is_merged] = hubspot_ids("deals", world.number("HubSpot deals", int(is_merged.sum())))
    owner = world.staff.owner_ids[deals.owner[held]].copy()
    owner[_own(dirt.DEAL_OWNER_GONE, deals, held)] = _REMOVED_OWNER
    archived = hubspot_times(changed, ~_own(dirt.DEAL_ARCHIVED, deals, held))
    in_stage = ~_own(dirt.DEAL_NO_STAGE, deals, held)
    world.files.hubspot(
        "deals",
        len(held),
        deals.hubspot_id[held].tolist(),
        {
            "dealname": deal_names([customers.name[c] for c in customer.tolist()], number),
            "amount": money(deals.amount_cents[held], ~deals.has_amount[held]),
            "deal_currency_code": customers.currencies(customer),
            **_stage_properties(deals, held, stage, pipeline),
            "closedate": hubspot_times(deals.closed_day[held]),
            "createdate": hubspot_times(created),
            # HubSpot works both out from the stage.
            "hs_is_closed": _flags(deals.is_closed[held] & in_stage),
            "hs_is_closed_won": _flags(deals.is_won[held] & in_stage),
            "dealtype": [
                "existingbusiness" if e else "newbusiness" for e in deals.is_existing[held].tolist()
            ],
            "closed_lost_reason": lost_reasons(deals, held),
            HUBSPOT_COMPETITOR: competitors(deals, held),
            "hs_analytics_source": analytics_sources(
                customers.channel[customer], customers.number[customer], is_copy
            ),
            "hs_campaign": _campaigns(world, generator, customers, deals, held),
            "hs_salesforceopportunityid": deals.salesforce_id[held].tolist(),
            "hs_created_by_user_id": creators(world, deals.owner[held], is_copy),
            "hs_object_source": np.where(is_copy, "INTEGRATION", "CRM_UI").tolist(),
            "hubspot_owner_id": owner.tolist(),
            "hs_merged_object_ids": gone.tolist(),
            "hs_lastmodifieddate": hubspot_times(changed),
        },
        hubspot_times(created),
        hubspot_times(changed),
        archived,
        _histories(world, deals, held, created, pipeline, owner, entries),
    )


def _histories(
    world: World,
    deals: Deals,
    held: np.ndarray,
    created: np.ndarray,
    pipeline: list[int],
    owner: np.ndarray,
    entries: StageEntries,
) -> Columns:
    """Versions of the properties a deal's stages change; the newest are the current values."""
    count = len(held)
    user_ids = world.staff.hubspot_user_ids
    users = [user_ids[number] for number in deals.owner[held].tolist()]
    place = np.searchsorted(held, entries.deal)
    row, stamps = place.tolist(), hubspot_times(entries.at)
    no_stage = _own(dirt.DEAL_NO_STAGE, deals, held)[place].tolist()
    stages = [
        None if no else DEAL_PIPELINES[pipeline[p]][2][s][0]
        for p, s, no in zip(row, entries.stage.tolist(), no_stage, strict=True)
    ]
    amounts = money(entries.cents, ~deals.has_amount[entries.deal])
    every, since = range(count), hubspot_times(created)
    # Every so often a deal began with the seller who has been here longest.
    is_handed_over = (deals.number[held] % _HANDED_OVER_EVERY == 0) & ~deals.is_copy[held]
    is_handed_over &= owner != _REMOVED_OWNER
    oldest_seller = world.staff.owner_ids[world.staff.sellers[0]]
    first_owner = np.where(is_handed_over, oldest_seller, owner)
    handed_over = (created + entries.at[entries.is_last]) // 2
    return {
        "dealstage": versions(count, row, stages, stamps, users),
        "amount": versions(count, row, amounts, stamps, users),
        "closedate": versions(count, row, hubspot_times(entries.close), stamps, users),
        "pipeline": versions(count, every, [DEAL_PIPELINES[p][0] for p in pipeline], since, users),
        "hubspot_owner_id": versions(
            count,
            [*every, *every],
            [*first_owner.tolist(), *owner.tolist()],
            [*since, *hubspot_times(handed_over)],
            users,
        ),
    }


def _stage_properties(
    deals: Deals, held: np.ndarray, stage: np.ndarray, pipeline: list[int]
) -> dict[str, list[str | None]]:
    no_stage = _own(dirt.DEAL_NO_STAGE, deals, held).tolist()
    is_impossible = _own(dirt.DEAL_PROBABILITY, deals, held).tolist()
    stages = [DEAL_PIPELINES[p][2][s] for p, s in zip(pipeline, stage.tolist(), strict=True)]
    return {
        "dealstage": [
            None if no else name for no, (name, _, _) in zip(no_stage, stages, strict=True)
        ],
        "pipeline": [DEAL_PIPELINES[p][0] for p in pipeline],
        "hs_deal_stage_probability": [
            _BAD_PROBABILITY if bad else probability
            for bad, (_, _, probability) in zip(is_impossible, stages, strict=True)
        ],
        "hs_manual_forecast_category": _forecast_categories(deals, held, stage),
    }


def _forecast_categories(deals: Deals, held: np.ndarray, stage: np.ndarray) -> list[str | None]:
    """The category sellers chose; of every third deal nobody chose any."""
    is_chosen = (deals.number[held] % _UNFORECAST_EVERY != 0).tolist()
    return [
        _FORECAST_CATEGORIES[STAGES[s][4]] if chosen else None
        for s, chosen in zip(stage.tolist(), is_chosen, strict=True)
    ]


def money(cents: np.ndarray, missing: np.ndarray | None = None) -> list[str | None]:
    """Amounts as HubSpot gives them: text, without needless zeros."""
    texts = [f"{c / 100:.2f}".removesuffix(".00") for c in cents.tolist()]
    if missing is None:
        return list(texts)
    return [None if gone else text for gone, text in zip(missing.tolist(), texts, strict=True)]


def _flags(mask: np.ndarray) -> list[str]:
    return ["true" if value else "false" for value in mask.tolist()]


def _campaigns(
    world: World,
    generator: np.random.Generator,
    customers: Customers,
    deals: Deals,
    held: np.ndarray,
) -> list[str | None]:
    kinds = np.array(
        [
            HUBSPOT_CAMPAIGNS.index(c.hubspot_campaign) if c.hubspot_campaign else -1
            for c in CHANNELS
        ]
    )[customers.channel[deals.customer[held]]]
    quarter = quarter_of(world.timeline, deals.created[held])
    is_named = (kinds >= 0) & ~deals.is_copy[held] & (generator.random(len(held)) < _CAMPAIGN_RATE)
    return blank(world.hubspot_campaign_ids[quarter, kinds], ~is_named)


def _write_line_items(
    world: World, customers: Customers, deals: Deals, changed: np.ndarray, held: np.ndarray
) -> None:
    """Line items of the deals at home in HubSpot; copies have none."""
    kept = np.flatnonzero(~deals.in_salesforce[deals.lines.deal])
    deal, product = deals.lines.deal[kept], deals.lines.product[kept]
    quantity, price = deals.lines.quantity[kept], deals.lines.price_cents[kept]
    number = world.number("HubSpot line items", len(kept))
    ids = hubspot_ids("line_items", number)
    is_once = np.array([p.billing is None for p in PRODUCTS])[product]
    start = deals.closed_day[deal]
    cost = np.array([p.cost_cents for p in PRODUCTS])[product]
    product_ids = hubspot_ids("products", np.arange(len(PRODUCTS)))
    mrr_cents = np.rint(quantity * price * BILLS_A_YEAR[product] / 12)
    modified = changed[np.searchsorted(held, deal)]
    changed_at = hubspot_times(modified)
    products: Sequence[Any] = [PRODUCTS[p] for p in product.tolist()]
    archived = hubspot_times(modified, ~_own(dirt.DEAL_ARCHIVED, deals, deal))
    world.files.hubspot(
        "line_items",
        len(kept),
        ids,
        {
            "name": [p.name for p in products],
            "hs_product_id": [product_ids[p] for p in product.tolist()],
            "quantity": [str(q) for q in quantity.tolist()],
            "price": money(price),
            "amount": money(quantity * price),
            "hs_line_item_currency_code": customers.currencies(deals.customer[deal]),
            "recurringbillingfrequency": [p.billing for p in products],
            "hs_recurring_billing_start_date": dates(start, is_once),
            "hs_recurring_billing_end_date": dates(start + _BILLED_DAYS * DAY, is_once),
            "hs_recurring_billing_period": blank(["P12M"] * len(kept), is_once),
            "hs_billing_start_delay_days": None,
            "hs_billing_start_delay_months": None,
            "hs_term_in_months": blank(["12"] * len(kept), is_once),
            "hs_mrr": money(mrr_cents.astype(np.int64), is_once),
            "hs_cost_of_goods_sold": money(cost, dirt.LINE_NO_COST.strikes(number)),
            "hs_lastmodifieddate": changed_at,
        },
        hubspot_times(deals.created[deal]),
        changed_at,
        archived,
    )
    links(world, "deals", deals.hubspot_id[deal], "line_items", ids, 19)
