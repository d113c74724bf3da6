"""The deals and their lines: drawn once per block, before any record of either CRM is made.

A deal has one home. Of the deals at home in Salesforce with customers tied by sync ids, half have a
copy in HubSpot, without lines, tied by hs_salesforceopportunityid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.sandbox.company import dirt
from include.sandbox.company.customers import (
    BY_DOMAIN,
    HUBSPOT_ONLY,
    SALESFORCE_ONLY,
    SYNCED,
    Customers,
)
from include.sandbox.company.identifiers import hubspot_ids, salesforce_ids
from include.sandbox.company.offer import (
    LOST_STAGE,
    MARKETS,
    OPEN_STAGES,
    PRODUCT_WEIGHTS,
    PRODUCTS,
    WIN_EFFECTS,
    WON_STAGE,
)
from include.sandbox.company.timeline import DAY, HOUR, month_ends
from include.sandbox.company.world import World

_AT_HOME_IN_SALESFORCE = {SYNCED: 0.8, BY_DOMAIN: 0.5, SALESFORCE_ONLY: 1.0, HUBSPOT_ONLY: 0.0}
_COPIED_RATE = 0.5
_MEDIAN_CENTS, _MINIMUM_CENTS, _MAXIMUM_CENTS = 16_000_00, 3_000_00, 150_000_00
_MEDIAN_CYCLE_DAYS = 38
_FIRST_WIN_RATE, _LATER_WIN_RATE = 0.27, 0.36
_FORGOTTEN_RATE = 0.015
_MONTH_END_RATE = 0.25
_LAST_START = 4 * HOUR


@dataclass
class Deals:
    """Deals by position in the block, grouped by customer and in the order they began.

    `ended` is when the deal was closed, or is expected to be; `closed_day` is the day users
    entered for it, which a back-dated deal has before its creation.
    """

    customer: np.ndarray
    created: np.ndarray
    ended: np.ndarray
    closed_day: np.ndarray
    is_closed: np.ndarray
    is_won: np.ndarray
    is_first: np.ndarray
    is_existing: np.ndarray
    stage: np.ndarray
    owner: np.ndarray
    in_salesforce: np.ndarray
    in_hubspot: np.ndarray
    number: np.ndarray
    amount_cents: np.ndarray
    has_amount: np.ndarray
    salesforce_id: np.ndarray
    hubspot_id: np.ndarray
    lines: Lines

    @property
    def is_copy(self) -> np.ndarray:
        """Mask of the deals whose HubSpot record is a copy made by the sync."""
        return self.in_salesforce & self.in_hubspot


@dataclass
class Lines:
    """Lines of deals, grouped by deal; a deal's amount is the sum of quantity times price."""

    deal: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price_cents: np.ndarray


@dataclass
class _Outcome:
    """How deals went: when they ended, the day entered for it, whether closed and won."""

    ended: np.ndarray
    closed_day: np.ndarray
    is_closed: np.ndarray
    is_won: np.ndarray


def draw_deals(
    world: World, generator: np.random.Generator, customers: Customers, count: int
) -> Deals:
    """`count` deals of a block's customers, each of whom but the last few has one at least."""
    customer = _buyers(world, generator, customers, count)
    created, customer, is_first = _beginnings(world, generator, customers, customer)
    in_salesforce, is_copied = _homes(generator, customers.kind[customer])
    in_hubspot = ~in_salesforce | is_copied
    number = np.empty(count, dtype=np.int64)
    number[in_salesforce] = world.number("opportunities", int(in_salesforce.sum()))
    number[~in_salesforce] = world.number("HubSpot's own deals", int((~in_salesforce).sum()))
    owner = world.staff.working(generator, world.staff.sellers, created)
    target = _targets(world, generator, created)
    chance = np.where(is_first, _FIRST_WIN_RATE, _LATER_WIN_RATE) + world.staff.skill[owner]
    chance = chance + WIN_EFFECTS[customers.channel[customer]]
    is_backdated = _strikes(dirt.OPPORTUNITY_BACKDATED, dirt.DEAL_BACKDATED, number, in_salesforce)
    outcome = _outcome(world, generator, created, target, chance, is_backdated)
    won_at = first_won(world, customers, customer, outcome.ended, outcome.is_won)
    no_amount = _strikes(dirt.OPPORTUNITY_NO_AMOUNT, dirt.DEAL_NO_AMOUNT, number, in_salesforce)
    is_negative = _strikes(dirt.OPPORTUNITY_NEGATIVE, dirt.DEAL_NEGATIVE, number, in_salesforce)
    lines = _draw_lines(generator, customers.market[customer], target, is_negative)
    lines = _without(lines, no_amount)
    amount_cents = np.bincount(lines.deal, lines.quantity * lines.price_cents, minlength=count)
    hubspot_number = world.number("HubSpot deals", int(in_hubspot.sum()))
    return Deals(
        customer=customer,
        created=created,
        ended=outcome.ended,
        closed_day=outcome.closed_day,
        is_closed=outcome.is_closed,
        is_won=outcome.is_won,
        is_first=is_first,
        is_existing=created > won_at[customer],
        stage=_stages(world, generator, created, outcome),
        owner=owner,
        in_salesforce=in_salesforce,
        in_hubspot=in_hubspot,
        number=number,
        amount_cents=amount_cents.astype(np.int64),
        has_amount=~no_amount,
        salesforce_id=_fill(in_salesforce, salesforce_ids("Opportunity", number[in_salesforce])),
        hubspot_id=_fill(in_hubspot, hubspot_ids("deals", hubspot_number)),
        lines=lines,
    )


def _buyers(
    world: World, generator: np.random.Generator, customers: Customers, count: int
) -> np.ndarray:
    """The customer of each deal: one each, and the rest to the eager and those here longer."""
    tenure = world.timeline.until - customers.created[: customers.with_deals]
    weights = generator.lognormal(0, 0.8, customers.with_deals) * tenure
    one_each = np.arange(min(customers.with_deals, count))
    more = generator.choice(customers.with_deals, count - len(one_each), p=weights / weights.sum())
    return np.concatenate([one_each, more])


def _homes(generator: np.random.Generator, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(is at home in Salesforce, has a copy in HubSpot) of deals by their customer's kind."""
    rates = np.array([_AT_HOME_IN_SALESFORCE[k] for k in range(len(_AT_HOME_IN_SALESFORCE))])
    in_salesforce = generator.random(len(kind)) < rates[kind]
    is_copied = (kind == SYNCED) & in_salesforce & (generator.random(len(kind)) < _COPIED_RATE)
    return in_salesforce, is_copied


def _outcome(
    world: World,
    generator: np.random.Generator,
    created: np.ndarray,
    target: np.ndarray,
    chance: np.ndarray,
    is_backdated: np.ndarray,
) -> _Outcome:
    """How deals went by their chance to be won; many are won on a month's last working day."""
    count = len(created)
    ended = _endings(world, generator, created, target)
    # A back-dated deal is entered when all is over.
    ended = np.where(is_backdated, created + HOUR, ended)
    is_forgotten = generator.random(count) < _FORGOTTEN_RATE
    is_closed = (ended < world.timeline.until) & (~is_forgotten | is_backdated)
    is_won = is_closed & (generator.random(count) < chance)
    pulled = month_ends(ended)
    is_pulled = is_won & ~is_backdated & (generator.random(count) < _MONTH_END_RATE)
    is_pulled &= (pulled > created) & (pulled < world.timeline.until)
    ended = np.where(is_pulled, pulled, ended)
    before = created - generator.integers(5, 21, count) * DAY
    return _Outcome(ended, np.where(is_backdated, before, ended), is_closed, is_won)


def first_won(
    world: World,
    customers: Customers,
    customer: np.ndarray,
    ended: np.ndarray,
    is_won: np.ndarray,
) -> np.ndarray:
    """When each customer first bought; the end of the three years for those who have not."""
    result = np.full(len(customers.number), world.timeline.until, dtype=np.int64)
    np.minimum.at(result, customer[is_won], ended[is_won])
    return result


def _beginnings(
    world: World, generator: np.random.Generator, customers: Customers, customer: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(creation, customer, is the customer's first deal) of deals in the order they began."""
    since = customers.created[customer]
    room = np.maximum(world.timeline.until - _LAST_START - since, 1)
    is_opening = np.arange(len(customer)) < customers.with_deals
    soon = np.minimum(generator.exponential(2 * DAY, len(customer)), room * 0.9)
    spread = room * generator.random(len(customer))
    is_soon = is_opening & ~customers.is_imported[customer]
    created = since + np.where(is_soon, soon, spread).astype(np.int64)
    moved = world.timeline.working(generator, created)
    is_fit = (moved >= since) & (moved < world.timeline.until - _LAST_START)
    created = np.where(is_fit, moved, created)
    order = np.lexsort((created, customer))
    created, customer = created[order], customer[order]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = customer[1:] != customer[:-1]
    return created, customer, is_first


def _targets(world: World, generator: np.random.Generator, created: np.ndarray) -> np.ndarray:
    """Amounts in US cents the lines should about come to; they grow a little every year."""
    years = (created - world.timeline.start) / (365.25 * DAY)
    target = _MEDIAN_CENTS * generator.lognormal(0, 0.85, len(created)) * 1.08**years
    return np.clip(target, _MINIMUM_CENTS, _MAXIMUM_CENTS)


def _endings(
    world: World, generator: np.random.Generator, created: np.ndarray, target: np.ndarray
) -> np.ndarray:
    """When deals close or are expected to: skewed, larger ones later."""
    cycle = generator.lognormal(np.log(_MEDIAN_CYCLE_DAYS), 0.6, len(created))
    cycle = np.clip(cycle * (target / _MEDIAN_CENTS) ** 0.15, 3, 240)
    ended = world.timeline.working(generator, created + (cycle * DAY).astype(np.int64))
    return np.maximum(ended, created + DAY)


def _stages(
    world: World, generator: np.random.Generator, created: np.ndarray, outcome: _Outcome
) -> np.ndarray:
    """Current stage; an open deal has come as far as the time it took lets expect."""
    progress = (world.timeline.until - created) / (outcome.ended - created)
    reached = np.clip(progress, 0, 0.999) * generator.random(len(created)) ** 0.5 * OPEN_STAGES
    at_end = np.where(outcome.is_won, WON_STAGE, LOST_STAGE)
    return np.where(outcome.is_closed, at_end, reached.astype(np.int64))


def _draw_lines(
    generator: np.random.Generator,
    market: np.ndarray,
    target: np.ndarray,
    is_negative: np.ndarray,
) -> Lines:
    """One to four lines per deal, which together come to about the target."""
    counts = generator.choice(4, len(target), p=[0.40, 0.32, 0.18, 0.10]) + 1
    deal = np.repeat(np.arange(len(target)), counts)
    weights = PRODUCT_WEIGHTS / PRODUCT_WEIGHTS.sum()
    product = generator.choice(len(PRODUCTS), len(deal), p=weights)
    list_price = np.array([p.price_cents for p in PRODUCTS])[product]
    factor = np.array([m.price_factor for m in MARKETS])[market[deal]]
    discount = np.where(generator.random(len(deal)) < 0.4, generator.integers(5, 25, len(deal)), 0)
    price = np.rint(list_price * factor * (100 - discount) / 100).astype(np.int64)
    share = generator.random(len(deal)) + 0.2
    share = share / np.bincount(deal, share, minlength=len(target))[deal]
    quantity = np.maximum(1, np.rint(target[deal] * factor * share / price)).astype(np.int64)
    return Lines(deal, product, quantity, np.where(is_negative[deal], -price, price))


def _without(lines: Lines, is_left_out: np.ndarray) -> Lines:
    """The lines of the other deals."""
    kept = ~is_left_out[lines.deal]
    return Lines(
        lines.deal[kept], lines.product[kept], lines.quantity[kept], lines.price_cents[kept]
    )


def _strikes(
    in_salesforce: dirt.Dirt, in_hubspot: dirt.Dirt, number: np.ndarray, is_salesforce: np.ndarray
) -> np.ndarray:
    """Deals that one kind of dirt strikes, which each CRM has at its own rate."""
    return np.where(is_salesforce, in_salesforce.strikes(number), in_hubspot.strikes(number))


def _fill(is_held: np.ndarray, ids: list[str]) -> np.ndarray:
    result = np.full(len(is_held), None, dtype=object)
    result[is_held] = ids
    return result
