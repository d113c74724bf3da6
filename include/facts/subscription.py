"""Recurring lines of HubSpot's subscriptions, one for each price a subscription ever had."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, folded, later_of, local_date
from include.core.settings import Settings
from include.facts.billed_until import end_of_billing
from include.facts.history import live_states, since, turned, without_repeats
from include.facts.lookup import (
    customers_of_contacts,
    is_member,
    joined,
    owners,
    owns,
    prefixed,
    primary_link,
)
from include.tables import stage as staged

ENDED = ("canceled", "cancelled", "expired")
CANCELED = ("canceled", "cancelled")
PAUSED = ("paused",)


def subscription_lines(settings: Settings, is_read: sa.ColumnElement[bool]) -> sa.Select:
    """One row per price of a subscription and state, where the condition holds.

    A subscription says what it costs now. So each price we saw is a line of its own, in the currency
    it had, from the day it was first seen to the day of the next; how long the subscription runs is
    what it says last.
    """
    piece = _pieces(settings).cte("subscription_piece")
    kept = without_repeats(piece, ("hubspot_subscription_id", "number")).subquery("subscription")
    company = primary_link("hubspot.subscription_company")
    contact = customers_of_contacts("hubspot.subscription_contact")
    member, owner = staged.customer_member, owners()
    key = kept.c.hubspot_subscription_id
    hubspot = sa.literal("hubspot", sa.Text)
    return (
        sa.select(
            hubspot,
            joined("hubspot:subscription:", key, ":", sa.cast(kept.c.number, sa.Text)),
            kept.c.valid_from_at,
            kept.c.valid_to_at,
            sa.func.coalesce(member.c.customer_id, contact.c.customer_id),
            prefixed("hubspot:subscription", key),
            sa.cast(sa.null(), sa.Text),
            kept.c.subscription_name,
            owner.c.user_id,
            kept.c.signed_date,
            kept.c.start_date,
            kept.c.end_date,
            kept.c.due_date,
            kept.c.canceled_date,
            sa.func.coalesce(kept.c.billing_frequency, "monthly"),
            kept.c.price,
            kept.c.currency_code,
            kept.c.is_paused,
            sa.false(),
            sa.true(),
        )
        .select_from(
            kept.outerjoin(company, company.c.from_id == key)
            .outerjoin(member, is_member(hubspot, company.c.to_id))
            .outerjoin(contact, contact.c.from_id == key)
            .outerjoin(owner, owns(owner, hubspot, kept.c.owner_id))
        )
        .where(
            is_read,
            sa.or_(kept.c.end_date.is_(None), kept.c.end_date > kept.c.start_date),
        )
    )


def _pieces(settings: Settings) -> sa.Select[Any]:
    """One row per price and state of the subscription that knows of it.

    Columns: hubspot_subscription_id, number (of the price), valid_from_at, valid_to_at, start_date,
    end_date, due_date, canceled_date, price, and what the subscription says beside. The last price
    that anything was paid at is the one that is due, and was cancelled: a pause at the end is not, nor
    the nothing that some say of what is cancelled.
    """
    piece = _timed_pieces(settings).subquery("timed_piece")
    is_nothing = sa.and_(piece.c.canceled_date.is_not(None), piece.c.price == 0)
    was_paid = sa.and_(
        sa.not_(sa.or_(piece.c.is_paused, sa.func.coalesce(is_nothing, sa.false()))),
        sa.or_(piece.c.end_date.is_(None), piece.c.end_date > piece.c.start_date),
    )
    last_paid = sa.func.max(sa.case((was_paid, piece.c.number))).over(
        partition_by=(piece.c.hubspot_subscription_id, piece.c.valid_from_at)
    )
    is_last = piece.c.number == sa.func.coalesce(last_paid, piece.c.latest_number)
    marked = sa.select(piece, is_last.label("is_last")).subquery("marked_piece")
    last_only = ("due_date", "canceled_date")
    left_out = {*last_only, "latest_number", "is_last"}
    return sa.select(
        *(column for column in marked.c if column.name not in left_out),
        *(sa.case((marked.c.is_last, marked.c[name])).label(name) for name in last_only),
    )


def _timed_pieces(settings: Settings) -> sa.Select[Any]:
    """One row per price and state of the subscription that knows of it, with `latest_number`, of its
    price in that state, and what all of it is due and was cancelled.
    """
    state = _numbered(settings)
    later = state.alias("later_state")
    span = _spans_of_prices(state)
    start_date = sa.case(
        (span.c.number == 1, later.c.start_date),
        else_=later_of(later.c.start_date, span.c.begin_date),
    )
    end_date = sa.case(
        (later.c.number == span.c.number, later.c.told_end_date),
        else_=earlier_of(later.c.told_end_date, span.c.next_begin_date),
    )
    told = (
        "valid_from_at",
        "valid_to_at",
        "signed_date",
        "subscription_name",
        "owner_id",
        "billing_frequency",
        "due_date",
        "canceled_date",
    )
    return sa.select(
        span.c.hubspot_subscription_id,
        span.c.number,
        later.c.number.label("latest_number"),
        *(later.c[name] for name in told),
        span.c.currency_code,
        span.c.price,
        span.c.is_paused,
        start_date.label("start_date"),
        end_date.label("end_date"),
    ).select_from(
        span.join(
            later,
            sa.and_(
                later.c.hubspot_subscription_id == span.c.hubspot_subscription_id,
                later.c.number >= span.c.number,
            ),
        )
    )


def _spans_of_prices(state: sa.CTE) -> sa.Subquery:
    """One row per price of a subscription, with the day it and the next one began to be known."""
    key = state.c.hubspot_subscription_id
    price = (
        sa.select(
            key,
            state.c.number,
            sa.func.min(state.c.seen_date).label("begin_date"),
            # All states of one number say the same; some may not say the currency.
            sa.func.max(state.c.price).label("price"),
            sa.func.max(state.c.currency_code).label("currency_code"),
            sa.func.max(sa.case((state.c.is_paused, 1), else_=0)).label("paused"),
        )
        .group_by(key, state.c.number)
        .subquery("price")
    )
    next_begin = sa.func.lead(price.c.begin_date).over(
        partition_by=price.c.hubspot_subscription_id, order_by=price.c.number
    )
    return sa.select(
        price.c.hubspot_subscription_id,
        price.c.number,
        price.c.begin_date,
        next_begin.label("next_begin_date"),
        price.c.price,
        price.c.currency_code,
        (price.c.paused == 1).label("is_paused"),
    ).subquery("span_of_price")


def _numbered(settings: Settings) -> sa.CTE:
    """Live states of subscriptions with what follows from them, and the number of their price."""
    zone = settings.calendar.time_zone
    read = _paused_or_not()
    state = since(read, _is_called(read, ENDED), "ended_at")
    key, ended_date = state.c.hubspot_subscription_id, local_date(state.c.ended_at, zone)
    seen_date = local_date(state.c.modified_at, zone)
    is_ended, is_canceled = (_is_called(state, words) for words in (ENDED, CANCELED))
    agreed_count = sa.func.sum(sa.case((is_canceled, 0), else_=1)).over(
        partition_by=key, order_by=state.c.valid_from_at, rows=(None, 0)
    )
    frequency = folded(state.c.billing_frequency)
    start_date = sa.func.coalesce(state.c.billing_start_date, local_date(state.c.created_at, zone))
    agreed_end = end_of_billing(start_date, state.c.billing_end_date, frequency)
    # What was paid for goes on until the next payment would have been due.
    paid_until = sa.case(
        (state.c.next_payment_date > ended_date, state.c.next_payment_date), else_=ended_date
    )
    agreed = sa.select(
        key,
        state.c.valid_from_at,
        state.c.valid_to_at,
        seen_date.label("seen_date"),
        local_date(state.c.created_at, zone).label("signed_date"),
        state.c.subscription_name,
        state.c.owner_id,
        frequency.label("billing_frequency"),
        state.c.currency_code,
        state.c.is_paused,
        sa.case((state.c.is_paused, 0), else_=state.c.mrr_amount_original).label("price"),
        start_date.label("start_date"),
        # Cancelled before the last day agreed, it does not go on to that day.
        sa.case((is_ended, earlier_of(agreed_end, paid_until)), else_=agreed_end).label(
            "told_end_date"
        ),
        sa.case((sa.not_(is_canceled), agreed_end)).label("agreed_date"),
        agreed_count.label("agreed_count"),
        sa.case((is_canceled, ended_date)).label("canceled_date"),
    ).subquery("agreed")
    # The last end agreed before it was cancelled; none for what went on until then.
    due_date = sa.func.max(agreed.c.agreed_date).over(
        partition_by=(agreed.c.hubspot_subscription_id, agreed.c.agreed_count)
    )
    left_out = {"agreed_date", "agreed_count"}
    told = sa.select(
        *(column for column in agreed.c if column.name not in left_out),
        due_date.label("due_date"),
    ).subquery("told")
    by_key: dict[str, Any] = {
        "partition_by": told.c.hubspot_subscription_id,
        "order_by": told.c.valid_from_at,
    }
    before = {
        name: sa.func.lag(told.c[name]).over(**by_key)
        for name in ("price", "is_paused", "currency_code")
    }
    is_other = sa.or_(
        *(before[name].is_distinct_from(told.c[name]) for name in ("price", "is_paused")),
        # One that is not told is no other.
        sa.func.coalesce(before["currency_code"] != told.c.currency_code, sa.false()),
    )
    marked = sa.select(told, sa.case((is_other, 1), else_=0).label("begins")).subquery("marked")
    number = sa.func.sum(marked.c.begins).over(
        partition_by=marked.c.hubspot_subscription_id,
        order_by=marked.c.valid_from_at,
        rows=(None, 0),
    )
    kept = [column for column in marked.c if column.name != "begins"]
    return sa.select(*kept, number.label("number")).cte("numbered_subscription")


def _paused_or_not() -> sa.Subquery:
    """Live states of subscriptions with `is_paused`.

    One that was paused when first read was not before that change: it began by being paid.
    """
    read = live_states("hubspot.subscription")
    is_paused = _is_called(read, PAUSED)
    told = sa.select(
        *read.c,
        is_paused.label("is_paused"),
        sa.case((is_paused, read.c.modified_at)).label("turns_at"),
    ).cte("told_paused")
    return turned(told, {"is_paused": sa.false()}).subquery("paused_or_not")


def _is_called(state: sa.Subquery, words: tuple[str, ...]) -> sa.ColumnElement[bool]:
    """Whether the status of a subscription is one of some words."""
    return sa.func.coalesce(folded(state.c.subscription_status).in_(words), sa.false())
