"""Shopping carts of both CRMs as one fact."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_seconds,
    folded,
    later_of,
    local_date,
)
from include.core.settings import Settings
from include.core.strict import folded_text
from include.facts.history import live_states, turned
from include.facts.lookup import (
    UNKNOWN_CHANNEL,
    currency_of,
    is_member,
    prefixed,
    primary_link,
    rate_applies,
)
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

OPEN, COMPLETED, IGNORED = "open", "completed", "ignored"
# What Salesforce's own statuses mean; those of customers.yaml go before.
SALESFORCE_STATUSES = {
    "active": OPEN,
    "checkout": OPEN,
    "processing": OPEN,
    "closed": COMPLETED,
    "pendingclosed": COMPLETED,
    "pendingdelete": IGNORED,
}
# What our people fill for a buyer; what the buyer pays is a copy of it, of another type.
TEMPLATE = "template"
NO_INSTANT = sa.cast(sa.null(), sa.DateTime(timezone=True))


def cart(settings: Settings) -> sa.Select:
    """One row per shopping cart and state.

    One that is idle for abandon_hours is abandoned from then on, until it is touched again.
    """
    zone = settings.calendar.time_zone
    state = _states(settings)
    customer, person, member = facts.customer, staged.person, staged.customer_member
    customer_id = sa.func.coalesce(member.c.customer_id, person.c.customer_id)
    created_date = local_date(state.c.created_at, zone)
    currency_code = currency_of(state.c.currency_code, state.c.crm, settings)
    return sa.select(
        state.c.cart_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        customer_id.label("customer_id"),
        state.c.store_name,
        sa.func.coalesce(customer.c.channel, UNKNOWN_CHANNEL).label("channel"),
        state.c.created_at,
        created_date.label("created_date"),
        state.c.item_count,
        (state.c.cart_amount_original * facts.exchange_rate.c.rate).label("cart_amount"),
        state.c.cart_amount_original,
        currency_code.label("currency_code"),
        state.c.last_activity_at,
        state.c.completed_at,
        state.c.is_completed,
        state.c.abandoned_at,
        state.c.is_abandoned,
        state.c.is_empty,
        state.c.is_status_known,
        sa.not_(sa.or_(state.c.is_empty, state.c.is_ignored)).label("is_counted"),
    ).select_from(
        state.outerjoin(member, is_member(state.c.crm, state.c.company_id))
        .outerjoin(
            person,
            sa.and_(
                person.c.crm == state.c.crm,
                person.c.record_type == "contact",
                person.c.record_id == state.c.contact_id,
            ),
        )
        .outerjoin(
            customer,
            sa.and_(
                customer.c.customer_id == customer_id,
                customer.c.valid_from_at <= state.c.valid_from_at,
                customer.c.valid_to_at > state.c.valid_from_at,
            ),
        )
        .outerjoin(facts.exchange_rate, rate_applies(currency_code, created_date))
    )


def _states(settings: Settings) -> sa.Subquery:
    """States of both CRMs' carts, cut where one was completed and where one was abandoned."""
    told = sa.union_all(_salesforce_carts(settings), _hubspot_carts(settings)).cte("told")
    # Of what it was before it was completed we know no more than that it had been opened.
    before = {
        "is_completed": sa.false(),
        "completed_at": sa.null(),
        "last_activity_at": told.c.created_at,
    }
    open_or_not = turned(told, before).subquery("open_or_not")
    idle_at = add_seconds(
        open_or_not.c.last_activity_at, 3600 * settings.customers.carts.abandon_hours
    )
    abandoned_at = sa.case((open_or_not.c.may_be_abandoned, idle_at), else_=NO_INSTANT)
    idle = sa.select(
        *open_or_not.c,
        abandoned_at.label("abandoned_at"),
        open_or_not.c.may_be_abandoned.label("is_abandoned"),
        abandoned_at.label("turns_at"),
    ).cte("idle")
    return turned(idle, {"is_abandoned": sa.false()}).subquery("state")


def _shape(
    crm: str,
    state: sa.Subquery,
    *,
    key: Expression,
    company_id: Expression,
    contact_id: Expression,
    store_name: Expression,
    item_count: Expression,
    last_activity_at: Expression,
    meaning: Expression,
    ordered_at: Expression,
) -> sa.Select:
    """The shape carts of both CRMs share. `meaning` is NULL for a status nobody explained."""
    amount: Expression = state.c.total_amount_original
    is_empty = sa.case(
        (item_count.is_not(None), item_count <= 0), else_=sa.func.coalesce(amount, 0) <= 0
    )
    is_completed = sa.or_(
        sa.func.coalesce(meaning == COMPLETED, sa.false()), ordered_at.is_not(None)
    )
    is_ignored = sa.and_(sa.func.coalesce(meaning == IGNORED, sa.false()), ordered_at.is_(None))
    first_completed_at = sa.func.min(sa.case((is_completed, last_activity_at))).over(
        partition_by=key, order_by=state.c.valid_from_at, rows=(None, 0)
    )
    completed_at = sa.case((is_completed, sa.func.coalesce(ordered_at, first_completed_at)))
    return sa.select(
        sa.literal(crm, sa.Text).label("crm"),
        prefixed(crm, key).label("cart_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        company_id.label("company_id"),
        contact_id.label("contact_id"),
        store_name.label("store_name"),
        state.c.created_at,
        sa.cast(item_count, sa.BigInteger).label("item_count"),
        amount.label("cart_amount_original"),
        state.c.currency_code,
        last_activity_at.label("last_activity_at"),
        completed_at.label("completed_at"),
        is_completed.label("is_completed"),
        is_empty.label("is_empty"),
        is_ignored.label("is_ignored"),
        sa.or_(meaning.is_not(None), is_completed).label("is_status_known"),
        sa.and_(
            sa.not_(is_completed),
            sa.not_(is_empty),
            sa.func.coalesce(meaning == OPEN, sa.false()),
        ).label("may_be_abandoned"),
        completed_at.label("turns_at"),
    )


def _salesforce_carts(settings: Settings) -> sa.Select:
    """One row per cart of Salesforce's shops and state.

    Templates, and carts kept beside the one in use, nobody can check out from, so nobody leaves them
    behind. What was ordered was a buyer's cart, whatever it is marked as since.
    """
    state = live_states("salesforce.web_cart")
    meaning = _meaning(state.c.cart_status, {**SALESFORCE_STATUSES, **_folded(settings)}, sa.null())
    is_aside = sa.or_(
        sa.func.coalesce(folded(state.c.cart_type) == TEMPLATE, sa.false()),
        sa.func.coalesce(state.c.is_secondary, sa.false()),
    )
    return _shape(
        "salesforce",
        state,
        key=state.c.salesforce_web_cart_id,
        company_id=state.c.account_id,
        contact_id=sa.cast(sa.null(), sa.Text),
        store_name=state.c.web_store_id,
        item_count=state.c.item_count,
        last_activity_at=sa.func.coalesce(state.c.last_modified_at, state.c.modified_at),
        meaning=sa.case(
            (sa.and_(is_aside, meaning.is_distinct_from(COMPLETED)), IGNORED), else_=meaning
        ),
        ordered_at=NO_INSTANT,
    ).select_from(state)


def _hubspot_carts(settings: Settings) -> sa.Select:
    """One row per cart of the shops that write into HubSpot, and state."""
    state, buyer, order = (
        live_states("hubspot.cart"),
        primary_link("hubspot.cart_contact"),
        _orders(),
    )
    statuses = _folded(settings)
    # Without any word explained, a cart is open until it has become an order: if any ever did.
    otherwise = sa.null() if statuses else sa.case((_is_any_ordered(), OPEN))
    return _shape(
        "hubspot",
        state,
        key=state.c.hubspot_cart_id,
        company_id=sa.cast(sa.null(), sa.Text),
        contact_id=buyer.c.to_id,
        store_name=state.c.store_name,
        item_count=sa.cast(sa.null(), sa.BigInteger),
        last_activity_at=state.c.modified_at,
        meaning=_meaning(state.c.cart_status, statuses, otherwise),
        ordered_at=order.c.ordered_at,
    ).select_from(
        state.outerjoin(buyer, buyer.c.from_id == state.c.hubspot_cart_id).outerjoin(
            order, order.c.cart_id == state.c.hubspot_cart_id
        )
    )


def _orders() -> sa.Subquery:
    """One row per HubSpot cart that became an order: cart_id, ordered_at."""
    link, order = CURRENT["hubspot.cart_order"], CURRENT["hubspot.order"]
    cart = CURRENT["hubspot.cart"]
    # An order we could not read came at the latest change of its cart.
    ordered_at = sa.func.coalesce(order.c.created_at, cart.c.modified_at)
    return (
        sa.select(
            link.c.cart_id,
            sa.func.min(later_of(ordered_at, cart.c.created_at)).label("ordered_at"),
        )
        .select_from(
            link.join(cart, cart.c.hubspot_cart_id == link.c.cart_id).outerjoin(
                order, order.c.hubspot_order_id == link.c.order_id
            )
        )
        .where(link.c.order_id.is_not(None), sa.not_(link.c.is_deleted))
        .group_by(link.c.cart_id)
        .subquery("became_order")
    )


def _is_any_ordered() -> sa.ColumnElement[bool]:
    """Whether HubSpot ties any cart to an order."""
    link = CURRENT["hubspot.cart_order"]
    return sa.exists(sa.select(sa.literal(1)).where(link.c.order_id.is_not(None)))


def _folded(settings: Settings) -> dict[str, str]:
    """What customers.yaml says of statuses, by the status in lower case."""
    given = settings.customers.carts.statuses
    return {folded_text(status): meaning for status, meaning in given.items()}


def _meaning(status: Expression, meanings: Mapping[str, str], otherwise: Expression) -> Expression:
    """What a status means: open, completed, ignored."""
    by_meaning = {
        meaning: [word for word, given in meanings.items() if given == meaning]
        for meaning in (OPEN, COMPLETED, IGNORED)
    }
    cases = [(folded(status).in_(words), meaning) for meaning, words in by_meaning.items() if words]
    return sa.case(*cases, else_=otherwise) if cases else sa.cast(otherwise, sa.Text)
