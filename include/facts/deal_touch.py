"""Which campaigns touched which deals, and what share of a deal each may claim."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_days, earlier_of, later_of, midnight
from include.core.settings import Settings
from include.facts.campaign_member import is_reached, memberships
from include.facts.history import holds_in, live_states, spans, without_repeats
from include.facts.lookup import channel_of, joined, prefixed
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

NO_TEXT = sa.cast(sa.null(), sa.Text)
NO_INSTANT = sa.cast(sa.null(), sa.DateTime(timezone=True))
OF_DEAL = (
    "crm",
    "customer_id",
    "owner_user_id",
    "role_id",
    "campaign_id",
    "channel",
    "created_at",
    "closed_date",
    "is_won",
    "deal_amount",
    "is_counted",
)


def deal_touch(settings: Settings) -> sa.Select:
    """One row per deal and campaign that touched it, and state; one without a campaign for a deal
    that has no primary one.

    Touches are the primary campaign, the campaigns that reached the deal's contacts before it closed,
    and those Salesforce itself says had influence. A primary campaign nobody was in counts as the
    deal's creation. Of each model the weights of a deal add up to 1.
    """
    deal = facts.deal
    touch = _touches().cte("touch")
    both = sa.union_all(
        *(
            sa.select(each.c.deal_id, each.c.valid_from_at, each.c.valid_to_at)
            for each in (deal, touch)
        )
    ).subquery("both")
    span = spans(both, "deal_id")
    stood = (
        sa.select(
            span.c.deal_id,
            span.c.valid_from_at,
            span.c.valid_to_at,
            *(deal.c[name].label(_named(name)) for name in OF_DEAL),
        )
        .select_from(span.join(deal, holds_in(deal, span, "deal_id")))
        .cte("stood")
    )
    share = _shares(stood, touch, settings).subquery("share")
    told = without_repeats(share, ("deal_touch_id",)).subquery("told")
    return sa.select(*told.c)


def _named(column: str) -> str:
    """Columns of the deal that the touch has one of its own of."""
    return f"deal_{column}" if column in {"campaign_id", "channel"} else column


def _shares(stood: sa.CTE, touch: sa.CTE, settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per deal, state of it and touch, with the share of each model."""
    closed_at = midnight(add_days(stood.c.closed_date, 1), settings.calendar.time_zone)
    is_in_time = sa.func.coalesce(touch.c.touched_at < closed_at, sa.true())
    touches = sa.and_(
        touch.c.deal_id == stood.c.deal_id,
        touch.c.valid_from_at <= stood.c.valid_from_at,
        touch.c.valid_to_at > stood.c.valid_from_at,
        is_in_time,
    )
    keys = [stood.c[name] for name in ("deal_id", "valid_from_at")]
    touched = (
        sa.select(*keys, touch.c.campaign_id, sa.func.min(touch.c.touched_at).label("touched_at"))
        .select_from(stood.join(touch, touches))
        .group_by(*keys, touch.c.campaign_id)
        .cte("touched")
    )
    is_same = sa.and_(
        touched.c.deal_id == stood.c.deal_id, touched.c.valid_from_at == stood.c.valid_from_at
    )
    at = sa.func.coalesce(touched.c.touched_at, stood.c.created_at)
    within = [stood.c.deal_id, stood.c.valid_from_at]
    campaign = facts.campaign
    one, none = sa.literal(1), sa.literal(0)
    count = sa.func.count().over(partition_by=within)

    def is_rank_one(*order: Expression) -> Expression:
        rank = sa.func.row_number().over(partition_by=within, order_by=order)
        return sa.case((rank == 1, one), else_=none)

    is_primary = touched.c.campaign_id == stood.c.deal_campaign_id
    is_first = is_rank_one(at, touched.c.campaign_id)
    whole = sa.cast(one, sa.Numeric())
    share = sa.func.round(whole.op("/", precedence=8, return_type=sa.Numeric())(count), 10)
    weights = {
        "primary": sa.case((is_primary, one), else_=none),
        # What rounding leaves over goes to the first, so that the shares add up to 1.
        "even": sa.case((is_first == 1, 1 - share * (count - 1)), else_=share),
        "first": is_first,
        "last": is_rank_one(at.desc(), touched.c.campaign_id.desc()),
    }
    channel = channel_of(campaign.c.channel, stood.c.deal_channel)
    of_campaigns = _rows(
        stood,
        touched.c.campaign_id,
        campaign.c.campaign_type,
        channel,
        touched.c.touched_at,
        weights,
    ).select_from(
        stood.join(touched, is_same).outerjoin(
            campaign, campaign.c.campaign_id == touched.c.campaign_id
        )
    )
    has_any = sa.select(*(touched.c[name] for name in ("deal_id", "valid_from_at"))).distinct()
    some = has_any.subquery("some")
    rest = sa.case((some.c.deal_id.is_(None), one), else_=none)
    of_none = (
        _rows(
            stood,
            NO_TEXT,
            NO_TEXT,
            stood.c.deal_channel,
            NO_INSTANT,
            {"primary": one, "even": rest, "first": rest, "last": rest},
        )
        .select_from(
            stood.outerjoin(
                some,
                sa.and_(
                    some.c.deal_id == stood.c.deal_id,
                    some.c.valid_from_at == stood.c.valid_from_at,
                ),
            )
        )
        .where(stood.c.deal_campaign_id.is_(None))
    )
    return sa.union_all(of_campaigns, of_none)


def _rows(
    stood: sa.CTE,
    campaign_id: Expression,
    campaign_type: Expression,
    channel: Expression,
    touched_at: Expression,
    weights: dict[str, Expression],
) -> sa.Select[Any]:
    """The columns of the fact."""
    return sa.select(
        joined(stood.c.deal_id, ":", sa.func.coalesce(campaign_id, "none")).label("deal_touch_id"),
        stood.c.valid_from_at,
        stood.c.valid_to_at,
        stood.c.crm,
        stood.c.deal_id,
        stood.c.customer_id,
        stood.c.owner_user_id,
        stood.c.role_id,
        campaign_id.label("campaign_id"),
        campaign_type.label("campaign_type"),
        channel.label("channel"),
        touched_at.label("touched_at"),
        stood.c.closed_date,
        stood.c.is_won,
        stood.c.deal_amount,
        *(
            sa.cast(weight, sa.Numeric(28, 10)).label(f"{model}_weight")
            for model, weight in weights.items()
        ),
        stood.c.is_counted,
    )


def _touches() -> sa.CompoundSelect[Any]:
    """One row per touch of a deal by a campaign, and span of time in which it is known.

    Columns: deal_id, campaign_id, touched_at (NULL for the primary campaign itself),
    valid_from_at, valid_to_at.
    """
    deal = facts.deal
    primary = sa.select(
        deal.c.deal_id,
        deal.c.campaign_id,
        NO_INSTANT.label("touched_at"),
        deal.c.valid_from_at,
        deal.c.valid_to_at,
    ).where(deal.c.campaign_id.is_not(None))
    return sa.union_all(primary, _of_contacts(), _of_influence())


def _of_contacts() -> sa.Select[Any]:
    """Campaigns that reached the people with a part in a deal."""
    role, member, life = live_states("salesforce.opportunity_contact_role"), memberships(), _lives()
    person = staged.person
    is_person = sa.and_(
        person.c.crm == "salesforce",
        person.c.record_type == "contact",
        person.c.record_id == role.c.contact_id,
    )
    begins_at = later_of(role.c.valid_from_at, life.c.reached_at)
    ends_at = earlier_of(role.c.valid_to_at, life.c.left_at)
    return (
        sa.select(
            prefixed("salesforce", role.c.opportunity_id),
            prefixed("salesforce", member.c.campaign_id),
            life.c.reached_at,
            begins_at,
            ends_at,
        )
        .select_from(
            role.join(person, is_person)
            .join(member, member.c.person_id == person.c.person_id)
            .join(
                life,
                life.c.salesforce_campaign_member_id == member.c.salesforce_campaign_member_id,
            )
        )
        .where(
            begins_at < ends_at,
            role.c.opportunity_id.is_not(None),
            member.c.campaign_id.is_not(None),
        )
    )


def _lives() -> sa.Subquery:
    """One row per membership that was reached: salesforce_campaign_member_id, reached_at, left_at."""
    state = live_states("salesforce.campaign_member")
    key = state.c.salesforce_campaign_member_id
    reached_at = sa.func.min(sa.case((is_reached(state), state.c.valid_from_at)))
    return (
        sa.select(
            key, reached_at.label("reached_at"), sa.func.max(state.c.valid_to_at).label("left_at")
        )
        .group_by(key)
        .having(reached_at.is_not(None))
        .subquery("membership_life")
    )


def _of_influence() -> sa.Select[Any]:
    """Campaigns that Salesforce's default model of influence names; of every model where none is."""
    state, model = live_states("salesforce.campaign_influence"), _default_models()
    return sa.select(
        prefixed("salesforce", state.c.opportunity_id),
        prefixed("salesforce", state.c.campaign_id),
        sa.func.coalesce(state.c.created_at, state.c.valid_from_at),
        state.c.valid_from_at,
        state.c.valid_to_at,
    ).where(
        state.c.opportunity_id.is_not(None),
        state.c.campaign_id.is_not(None),
        sa.or_(
            state.c.model_id.in_(sa.select(model.c.model_id)),
            ~sa.exists(sa.select(model.c.model_id)),
        ),
    )


def _default_models() -> sa.Subquery:
    """The one row of the default model of campaign influence: model_id."""
    model = CURRENT["salesforce.campaign_influence_model"]
    return (
        sa.select(model.c.salesforce_campaign_influence_model_id.label("model_id"))
        .where(model.c.is_default, sa.not_(model.c.is_deleted))
        .subquery("default_model")
    )
