"""Customers of both CRMs, where they came from, and since when they are customers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of
from include.core.settings import Settings
from include.facts.history import end_of_time
from include.facts.lookup import UNKNOWN_CHANNEL, maps, owners, owns
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

ACCOUNT, COMPANY = CURRENT["salesforce.account"], CURRENT["hubspot.company"]


def customer(settings: Settings) -> sa.Select:
    """One row per customer, as known now: the state reaches back to the first record of it."""
    source, touch, won = staged.customer, first_touch(), _first_won()
    owner, paid = owners(), _first_paid()
    customer_date = earlier_of(won.c.first_won_date, paid.c.first_paid_date)
    crm, owner_record_id = _owner_record(settings)
    return sa.select(
        source.c.customer_id,
        source.c.created_at.label("valid_from_at"),
        end_of_time().label("valid_to_at"),
        sa.case((source.c.salesforce_account_id.is_not(None), "salesforce"), else_="hubspot").label(
            "crm"
        ),
        source.c.customer_name,
        source.c.country,
        source.c.industry,
        sa.func.coalesce(source.c.segment, "unknown").label("segment"),
        owner.c.user_id.label("owner_user_id"),
        owner.c.role_id,
        sa.func.coalesce(touch.c.channel, UNKNOWN_CHANNEL).label("channel"),
        touch.c.campaign_id,
        won.c.first_won_date,
        customer_date.label("customer_date"),
        customer_date.is_not(None).label("is_new_counted"),
        sa.func.coalesce(facts.channel.c.is_marketing, sa.false()).label("is_marketing"),
        sa.not_(source.c.is_deleted).label("is_counted"),
    ).select_from(
        source.outerjoin(touch, touch.c.customer_id == source.c.customer_id)
        .outerjoin(won, won.c.customer_id == source.c.customer_id)
        .outerjoin(paid, paid.c.customer_id == source.c.customer_id)
        .outerjoin(facts.channel, facts.channel.c.channel == touch.c.channel)
        .outerjoin(ACCOUNT, ACCOUNT.c.salesforce_account_id == source.c.salesforce_account_id)
        .outerjoin(COMPANY, COMPANY.c.hubspot_company_id == source.c.hubspot_company_id)
        .outerjoin(owner, owns(owner, crm, owner_record_id))
    )


def first_touch() -> sa.Subquery:
    """One row per customer whose source is known: customer_id, channel, campaign_id.

    Of its people, its deals and the company itself, the earliest that has a source.
    """
    lead, deal = facts.lead, facts.deal
    touches: list[sa.Select[Any]] = [
        sa.select(
            fact.c.customer_id, fact.c.created_at.label("touched_at"), fact.c.channel, campaign_id
        ).where(
            fact.c.customer_id.is_not(None),
            fact.c.is_counted,
            fact.c.channel != UNKNOWN_CHANNEL,
            fact.c.valid_to_at == end_of_time(),
        )
        for fact, campaign_id in ((lead, lead.c.campaign_id), (deal, deal.c.campaign_id))
    ]
    touches += [
        _own_source("salesforce", ACCOUNT, ACCOUNT.c.salesforce_account_id, "account_source"),
        _own_source("hubspot", COMPANY, COMPANY.c.hubspot_company_id, "analytics_source"),
    ]
    touch = sa.union_all(*touches).subquery("touch")
    rank = sa.func.row_number().over(
        partition_by=touch.c.customer_id,
        order_by=(touch.c.touched_at, touch.c.channel, touch.c.campaign_id),
    )
    ranked = sa.select(touch, rank.label("rank")).subquery("ranked_touch")
    return (
        sa.select(ranked.c.customer_id, ranked.c.channel, ranked.c.campaign_id)
        .where(ranked.c.rank == 1)
        .subquery("first_touch")
    )


def _own_source(
    crm: str, record: sa.Table, record_id: Expression, source_column: str
) -> sa.Select[Any]:
    """One row per company with a mapped source of its own."""
    member, mapped = staged.customer_member, facts.channel_source
    return (
        sa.select(
            member.c.customer_id,
            record.c.created_at,
            mapped.c.channel,
            sa.cast(sa.null(), sa.Text),
        )
        .select_from(
            record.join(member, sa.and_(member.c.crm == crm, member.c.record_id == record_id)).join(
                mapped, maps(record.c[source_column])
            )
        )
        .where(mapped.c.channel != UNKNOWN_CHANNEL)
    )


def _first_won() -> sa.Subquery:
    """One row per customer who won a deal: customer_id, first_won_date."""
    deal = facts.deal
    return (
        sa.select(deal.c.customer_id, sa.func.min(deal.c.closed_date).label("first_won_date"))
        .where(deal.c.is_won, deal.c.is_counted, deal.c.valid_to_at == end_of_time())
        .group_by(deal.c.customer_id)
        .subquery("first_won")
    )


def _first_paid() -> sa.Subquery:
    """One row per customer who pays for something recurring: customer_id, first_paid_date."""
    line = facts.recurring_line
    return (
        sa.select(line.c.customer_id, sa.func.min(line.c.start_date).label("first_paid_date"))
        .where(line.c.is_counted, line.c.mrr_amount > 0, line.c.valid_to_at == end_of_time())
        .group_by(line.c.customer_id)
        .subquery("first_paid")
    )


def _owner_record(settings: Settings) -> tuple[Expression, Expression]:
    """(CRM, id) of the owner's record: that of the system of record first."""
    parts = [("salesforce", ACCOUNT.c.owner_user_id), ("hubspot", COMPANY.c.owner_id)]
    if settings.sources.system_of_record.deals == "hubspot":
        parts.reverse()
    crm = sa.case(
        *((owner.is_not(None), sa.literal(name, sa.Text)) for name, owner in parts),
    )
    return crm, sa.func.coalesce(*(owner for _, owner in parts))
