"""Deals of both CRMs as one fact."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression, days_between, folded, local_date
from include.core.settings import Settings
from include.facts.history import turned
from include.facts.lookup import channel_of, maps, owners, rate_applies
from include.facts.observed_deal import hubspot_deals, salesforce_deals
from include.tables import facts
from include.tables import stage as staged


def deal(settings: Settings) -> sa.Select:
    """One row per deal and state.

    Amounts are converted at the rate of the close date, which is the expected one while the deal is
    open, and of the creation where there is none.
    """
    calendar = settings.calendar
    state = _states(settings)
    owner, campaign, rate = owners(), facts.campaign, facts.exchange_rate
    created_date = local_date(state.c.created_at, calendar.time_zone)
    currency_code = sa.func.coalesce(state.c.currency_code, calendar.currency)
    amount = state.c.amount_original * rate.c.rate
    cycle_days = days_between(created_date, state.c.close_date)
    is_lost = sa.and_(state.c.is_closed, sa.not_(state.c.is_won))
    return sa.select(
        state.c.deal_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        staged.customer_member.c.customer_id,
        owner.c.user_id.label("owner_user_id"),
        owner.c.role_id,
        state.c.pipeline_id,
        state.c.stage_id,
        state.c.campaign_id,
        channel_of(facts.channel_source.c.channel, campaign.c.channel).label("channel"),
        state.c.deal_name,
        state.c.created_at,
        created_date.label("created_date"),
        sa.case((state.c.is_closed, state.c.close_date)).label("closed_date"),
        state.c.close_date.label("expected_close_date"),
        sa.not_(state.c.is_closed).label("is_open"),
        state.c.is_closed,
        state.c.is_won,
        is_lost.label("is_lost"),
        sa.and_(state.c.is_sales, sa.not_(state.c.is_duplicate)).label("is_counted"),
        state.c.is_duplicate,
        _is_new_business(state.c.deal_type).label("is_new_business"),
        state.c.amount_original.is_(None).label("is_amount_missing"),
        sa.and_(state.c.amount_original.is_not(None), rate.c.rate.is_(None)).label(
            "is_amount_unconverted"
        ),
        sa.and_(state.c.is_won, sa.func.coalesce(cycle_days < 0, sa.false())).label(
            "is_cycle_negative"
        ),
        amount.label("deal_amount"),
        state.c.amount_original.label("deal_amount_original"),
        currency_code.label("currency_code"),
        state.c.probability_rate,
        (amount * state.c.probability_rate).label("weighted_amount"),
        sa.case((sa.and_(state.c.is_won, cycle_days >= 0), cycle_days)).label("cycle_days"),
    ).select_from(
        state.outerjoin(
            staged.customer_member,
            sa.and_(
                staged.customer_member.c.crm == state.c.crm,
                staged.customer_member.c.record_id == state.c.customer_record_id,
            ),
        )
        .outerjoin(
            owner,
            sa.and_(owner.c.crm == state.c.crm, owner.c.record_id == state.c.owner_record_id),
        )
        .outerjoin(campaign, campaign.c.campaign_id == state.c.campaign_id)
        .outerjoin(facts.channel_source, maps(state.c.source_value))
        .outerjoin(
            rate,
            rate_applies(currency_code, sa.func.coalesce(state.c.close_date, created_date)),
        )
    )


def _states(settings: Settings) -> sa.Subquery:
    """States of both CRMs' deals, cut where a deal closed and where its other copy went."""
    observed = sa.union_all(salesforce_deals(settings), hubspot_deals(settings)).cte("observed")
    before_closing = {
        "is_closed": sa.false(),
        "is_won": sa.false(),
        "stage_id": sa.null(),
        "probability_rate": sa.null(),
    }
    closing = turned(observed, before_closing).subquery("closing")
    shadowed = sa.select(
        *(column for column in closing.c if column.name != "copy_lives_until_at"),
        closing.c.copy_lives_until_at.label("turns_at"),
        sa.false().label("is_duplicate"),
    ).cte("shadowed")
    return turned(shadowed, {"is_duplicate": sa.true()}).subquery("state")


def _is_new_business(deal_type: Expression) -> Expression:
    """What the deal's own type says; NULL when it says neither."""
    kind = folded(deal_type)
    return sa.case(
        (kind.like("new%"), sa.true()),
        (sa.or_(kind.like("existing%"), kind.like("renewal%")), sa.false()),
    )
