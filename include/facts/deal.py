"""Deals of both CRMs as one fact."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    days_between,
    earlier_of,
    folded,
    later_of,
    local_date,
)
from include.core.settings import Settings
from include.facts.history import turned
from include.facts.lookup import (
    channel_of,
    currency_of,
    had_role,
    is_member,
    maps,
    owners,
    owns,
    rate_applies,
    renewal_types,
    roles_of_the_time,
    shadowed,
)
from include.facts.main_product import main_products
from include.facts.observed_deal import hubspot_deals, salesforce_deals
from include.tables import facts
from include.tables import stage as staged


def deal(settings: Settings) -> sa.Select:
    """One row per deal and state.

    Amounts are converted at the rate of the close date, which is the expected one while the deal is
    open, and of the creation where there is none. Of a closed deal owner and role are those of its
    closing: who is given it later has not won it.
    """
    state, owner, role = _told(_states(settings)), owners(), roles_of_the_time()
    campaign, channel, rate = facts.campaign, facts.channel_source, facts.exchange_rate
    created_date = local_date(state.c.created_at, settings.calendar.time_zone)
    currency_code = currency_of(state.c.currency_code, state.c.crm, settings)
    return sa.select(
        state.c.deal_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        sa.func.coalesce(staged.customer_member.c.customer_id, state.c.contact_customer_id).label(
            "customer_id"
        ),
        owner.c.user_id.label("owner_user_id"),
        sa.case(
            (role.c.salesforce_user_id.is_not(None), role.c.role_id), else_=owner.c.role_id
        ).label("role_id"),
        state.c.pipeline_id,
        state.c.stage_id,
        state.c.lost_from_stage_id,
        state.c.forecast_category,
        sa.case((_is_unwon(state), state.c.lost_reason)).label("lost_reason"),
        state.c.competitor,
        state.c.product_id,
        state.c.campaign_id,
        channel_of(channel.c.channel, campaign.c.channel).label("channel"),
        state.c.deal_name,
        state.c.created_at,
        created_date.label("created_date"),
        sa.case((state.c.is_closed, state.c.close_date)).label("closed_date"),
        state.c.close_date.label("expected_close_date"),
        state.c.is_duplicate,
        sa.and_(state.c.is_sales, sa.not_(state.c.is_duplicate)).label("is_counted"),
        _is_new_business(settings, state.c.deal_type).label("is_new_business"),
        currency_code.label("currency_code"),
        *_outcome(settings, state, created_date),
        *_amounts(state, rate.c.rate),
    ).select_from(
        state.outerjoin(staged.customer_member, is_member(state.c.crm, state.c.customer_record_id))
        .outerjoin(owner, owns(owner, state.c.crm, state.c.closer_record_id))
        .outerjoin(role, had_role(role, owner.c.salesforce_user_id, state.c.closed_from_at))
        .outerjoin(campaign, campaign.c.campaign_id == state.c.campaign_id)
        .outerjoin(channel, maps(state.c.source_value))
        .outerjoin(
            rate,
            rate_applies(currency_code, sa.func.coalesce(state.c.close_date, created_date)),
        )
    )


def _told(state: sa.CTE) -> sa.Subquery:
    """States, cut where the main product changes, with the stage each lost deal was lost from and who
    closed it.

    That stage is the last open one known before it: the time right before closing is in none.
    """
    state = _with_closer(state)
    stage_known_at = sa.case(
        (sa.and_(sa.not_(state.c.is_closed), state.c.stage_id.is_not(None)), state.c.valid_from_at)
    )
    in_order: dict[str, Any] = {
        "partition_by": state.c.deal_id,
        "order_by": state.c.valid_from_at,
        "rows": (None, 0),
    }
    seen = sa.select(state, sa.func.max(stage_known_at).over(**in_order).label("open_at")).subquery(
        "seen"
    )
    before, product = state.alias("before"), main_products()
    overlaps = sa.and_(
        product.c.deal_id == seen.c.deal_id,
        product.c.valid_from_at < seen.c.valid_to_at,
        product.c.valid_to_at > seen.c.valid_from_at,
    )
    was = sa.and_(before.c.deal_id == seen.c.deal_id, before.c.valid_from_at == seen.c.open_at)
    timed = {"valid_from_at", "valid_to_at", "open_at"}
    from_at = sa.func.coalesce(product.c.valid_from_at, seen.c.valid_from_at)
    to_at = sa.func.coalesce(product.c.valid_to_at, seen.c.valid_to_at)
    return (
        sa.select(
            *(column for column in seen.c if column.name not in timed),
            later_of(seen.c.valid_from_at, from_at).label("valid_from_at"),
            earlier_of(seen.c.valid_to_at, to_at).label("valid_to_at"),
            before.c.stage_id.label("lost_from_stage_id"),
            product.c.product_id,
        )
        .select_from(
            seen.outerjoin(before, sa.and_(_is_unwon(seen), was)).outerjoin(product, overlaps)
        )
        .subquery("state")
    )


def _with_closer(state: sa.CTE) -> sa.CTE:
    """States with `closed_from_at`, since when the deal is closed without having been opened again, and
    `closer_record_id`, who owned it then; of one that nobody owned then, and of an open one, who does.
    """
    in_order: dict[str, Any] = {"partition_by": state.c.deal_id, "order_by": state.c.valid_from_at}
    opened = sa.func.sum(sa.case((state.c.is_closed, 0), else_=1)).over(**in_order, rows=(None, 0))
    counted = sa.select(state, opened.label("open_count")).subquery("counted")
    since_closing: dict[str, Any] = {
        "partition_by": (counted.c.deal_id, counted.c.open_count, counted.c.is_closed),
        "order_by": counted.c.valid_from_at,
    }
    closer = sa.func.first_value(counted.c.owner_record_id).over(**since_closing)
    closed_from_at = sa.func.min(counted.c.valid_from_at).over(**since_closing)
    is_closed, owner = counted.c.is_closed, counted.c.owner_record_id
    return sa.select(
        *(counted.c[column.name] for column in state.c),
        sa.case((is_closed, closed_from_at)).label("closed_from_at"),
        sa.case((is_closed, sa.func.coalesce(closer, owner)), else_=owner).label(
            "closer_record_id"
        ),
    ).cte("closer_state")


def _is_unwon(state: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether the deal is closed and not won."""
    return sa.and_(state.c.is_closed, sa.not_(state.c.is_won))


def _outcome(
    settings: Settings, state: sa.Subquery, created_date: Expression
) -> list[sa.Label[Any]]:
    """How the deal ended, if it did, and how long that took.

    What closed for a reason that is not counted is disqualified instead of lost, here and nowhere
    else, so that every metric leaves out the same deals.
    """
    not_counted = settings.deals.lost_reasons_not_counted
    is_not_counted = sa.func.coalesce(state.c.lost_reason.in_(not_counted), sa.false())
    is_disqualified = sa.and_(_is_unwon(state), is_not_counted) if not_counted else sa.false()
    cycle_days = days_between(created_date, state.c.close_date)
    is_negative = sa.and_(state.c.is_won, sa.func.coalesce(cycle_days < 0, sa.false()))
    return [
        sa.not_(state.c.is_closed).label("is_open"),
        state.c.is_closed.label("is_closed"),
        state.c.is_won.label("is_won"),
        sa.and_(_is_unwon(state), sa.not_(is_disqualified)).label("is_lost"),
        is_disqualified.label("is_disqualified"),
        is_negative.label("is_cycle_negative"),
        sa.case((sa.and_(state.c.is_won, cycle_days >= 0), cycle_days)).label("cycle_days"),
    ]


def _amounts(state: sa.Subquery, rate: Expression) -> list[sa.Label[Any]]:
    """What the deal is worth, as entered and converted; no rate is not the same as no amount."""
    original = state.c.amount_original
    amount = original * rate
    return [
        original.label("deal_amount_original"),
        amount.label("deal_amount"),
        original.is_(None).label("is_amount_missing"),
        sa.and_(original.is_not(None), rate.is_(None)).label("is_amount_unconverted"),
        state.c.probability_rate.label("probability_rate"),
        (amount * state.c.probability_rate).label("weighted_amount"),
    ]


def _states(settings: Settings) -> sa.CTE:
    """States of both CRMs' deals, cut where a deal closed and where its other copy came and went."""
    told = sa.union_all(salesforce_deals(settings), hubspot_deals(settings)).subquery("told")
    observed = sa.select(
        *(
            _close_date(told, settings) if column.name == "close_date" else column
            for column in told.c
        )
    ).cte("observed")
    before_closing = {
        "is_closed": sa.false(),
        "is_won": sa.false(),
        "stage_id": sa.null(),
        "probability_rate": sa.null(),
        "forecast_category": sa.null(),
    }
    closing = turned(observed, before_closing).subquery("closing")
    return shadowed(closing).cte("deal_state")


def _close_date(told: sa.Subquery, settings: Settings) -> sa.Label[Any]:
    """The day a deal closed or is expected to; of one that closed on no day, when we first knew.

    A later change of such a deal does not close it anew.
    """
    known_at = sa.func.min(
        sa.case((sa.and_(told.c.is_closed, told.c.close_date.is_(None)), told.c.turns_at))
    ).over(partition_by=told.c.deal_id, order_by=told.c.valid_from_at, rows=(None, 0))
    known_date = local_date(known_at, settings.calendar.time_zone)
    return sa.func.coalesce(told.c.close_date, sa.case((told.c.is_closed, known_date))).label(
        "close_date"
    )


def _is_new_business(settings: Settings, deal_type: Expression) -> Expression:
    """What the deal's own type says; NULL when it says neither. What renews is no new business."""
    kind = folded(deal_type)
    return sa.case(
        (kind.in_(renewal_types(settings)), sa.false()),
        (kind.like("new%"), sa.true()),
        (sa.or_(kind.like("existing%"), kind.like("renewal%")), sa.false()),
    )
