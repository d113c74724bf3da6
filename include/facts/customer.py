"""Customers of both CRMs, where they came from, and since when they are customers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of, local_date
from include.core.settings import Settings
from include.facts.first_source import first_channels
from include.facts.first_win import first_wins
from include.facts.history import end_of_time, holds_in, spans, turned, without_repeats
from include.facts.lead import NOT_OWN_SOURCES, people_at_customers
from include.facts.lookup import UNKNOWN_CHANNEL, has_begun, owners, owns
from include.tables import facts
from include.tables import stage as staged
from include.tables.objects import source_object
from include.tables.segments import segment_of
from include.tables.stage import CURRENT
from include.tables.states import states

# Before anything happened.
BEGINNING = "1000-01-01 00:00:00+00"


def customer(settings: Settings) -> sa.Select:
    """One row per customer and state: its segment, country and owner of that time, and since when it
    is known to be a customer.

    Name and industry are those known now, the channel the first that is known, whatever was written
    over it since. The first state reaches back to the first record of the customer; one whose records
    are all deleted goes on, and does not count.
    """
    source, touch = staged.customer, first_touch(settings)
    state = _states(settings)
    owner = owners()
    return sa.select(
        state.c.customer_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.case((source.c.salesforce_account_id.is_not(None), "salesforce"), else_="hubspot").label(
            "crm"
        ),
        source.c.customer_name,
        state.c.country,
        source.c.industry,
        state.c.segment,
        owner.c.user_id.label("owner_user_id"),
        owner.c.role_id,
        sa.func.coalesce(touch.c.channel, UNKNOWN_CHANNEL).label("channel"),
        touch.c.campaign_id,
        state.c.first_won_date,
        state.c.customer_date,
        state.c.customer_date.is_not(None).label("is_new_counted"),
        sa.func.coalesce(facts.channel.c.is_marketing, sa.false()).label("is_marketing"),
        state.c.is_counted,
    ).select_from(
        state.join(source, source.c.customer_id == state.c.customer_id)
        .outerjoin(touch, touch.c.customer_id == source.c.customer_id)
        .outerjoin(facts.channel, facts.channel.c.channel == touch.c.channel)
        .outerjoin(owner, owns(owner, state.c.owner_crm, state.c.owner_record_id))
    )


def _states(settings: Settings) -> sa.Subquery:
    """One row per customer and state of all that is told of it in time."""
    account = _told_by("salesforce", settings).cte("account_state")
    company = _told_by("hubspot", settings).cte("company_state")
    won, paid = _wins().cte("won_state"), _payments().cte("paid_state")
    source = staged.customer
    told = sa.union_all(
        sa.select(
            source.c.customer_id,
            source.c.created_at.label("valid_from_at"),
            end_of_time().label("valid_to_at"),
        ),
        *(
            sa.select(
                each.c.customer_id,
                later_of(each.c.valid_from_at, each.c.created_at),
                each.c.valid_to_at,
            ).where(each.c.valid_to_at > each.c.created_at)
            for each in (account, company)
        ),
        *(
            sa.select(each.c.customer_id, each.c.valid_from_at, each.c.valid_to_at)
            for each in (won, paid)
        ),
    ).subquery("told")
    span = spans(told, "customer_id")
    first_won, first_paid = _earliest(won, span, "won_date"), _earliest(paid, span, "paid_date")
    firsts = _firsts(settings, account, company)
    customer_date = earlier_of(first_won.c.won_date, first_paid.c.paid_date)
    is_there = sa.or_(
        sa.func.coalesce(sa.not_(account.c.is_gone), sa.false()),
        sa.func.coalesce(sa.not_(company.c.is_gone), sa.false()),
        sa.and_(account.c.customer_id.is_(None), company.c.customer_id.is_(None)),
    )
    known = (
        sa.select(
            span.c.customer_id,
            span.c.valid_from_at,
            span.c.valid_to_at,
            *(value.label(name) for name, value in firsts.items()),
            first_won.c.won_date.label("first_won_date"),
            customer_date.label("customer_date"),
            is_there.label("is_counted"),
        )
        .select_from(
            span.outerjoin(account, holds_in(account, span, "customer_id"))
            .outerjoin(company, holds_in(company, span, "customer_id"))
            .outerjoin(first_won, _is_same_span(first_won, span))
            .outerjoin(first_paid, _is_same_span(first_paid, span))
        )
        .subquery("known")
    )
    return without_repeats(known, ("customer_id",)).subquery("state")


def _firsts(settings: Settings, account: sa.CTE, company: sa.CTE) -> dict[str, Expression]:
    """What both CRMs tell, that of the system of record first."""
    both = [("salesforce", account), ("hubspot", company)]
    if settings.sources.system_of_record.deals == "hubspot":
        both.reverse()

    def first(column: str) -> Expression:
        return sa.func.coalesce(*(told.c[column] for _, told in both))

    return {
        "country": first("country"),
        "segment": segment_of(first("employee_count")),
        "owner_crm": sa.case(
            *((told.c.owner_record_id.is_not(None), sa.literal(crm, sa.Text)) for crm, told in both)
        ),
        "owner_record_id": first("owner_record_id"),
    }


def _told_by(crm: str, settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per customer and state of the record of one CRM that stands for it.

    The first state reaches back without end, deals being older than their company now and then; a
    record deleted when first read was there until then.
    """
    source = staged.customer
    if crm == "salesforce":
        state = states("salesforce.account")
        key, owner = state.c.salesforce_account_id, state.c.owner_user_id
        is_of = key == source.c.salesforce_account_id
    else:
        state = states("hubspot.company")
        key, owner = state.c.hubspot_company_id, state.c.owner_id
        is_of = key == source.c.hubspot_company_id
    is_gone = sa.or_(state.c.is_deleted, state.c.merged_into_id.is_not(None))
    is_first = sa.func.row_number().over(partition_by=key, order_by=state.c.valid_from_at) == 1
    beginning = sa.cast(sa.literal(BEGINNING), sa.DateTime(timezone=True))
    told = (
        sa.select(
            source.c.customer_id,
            sa.case((is_first, beginning), else_=state.c.valid_from_at).label("valid_from_at"),
            state.c.valid_to_at,
            sa.case((is_gone, state.c.modified_at)).label("turns_at"),
            state.c.country,
            state.c.employee_count,
            owner.label("owner_record_id"),
            is_gone.label("is_gone"),
            source.c.created_at,
        )
        .select_from(source.join(state, is_of))
        .cte(f"told_by_{crm}")
    )
    return turned(told, {"is_gone": sa.false()})


def _wins() -> sa.Select[Any]:
    """One row per state in which a deal of a customer is won: with won_date, the day it closed."""
    deal = facts.deal
    return sa.select(
        deal.c.customer_id,
        deal.c.valid_from_at,
        deal.c.valid_to_at,
        deal.c.closed_date.label("won_date"),
    ).where(deal.c.is_won, deal.c.is_counted, deal.c.customer_id.is_not(None))


def _payments() -> sa.Select[Any]:
    """One row per state of what a customer pays for again and again: with paid_date, its first day.

    Who pays an amount that nobody knows pays all the same; who cancelled before that day never did.
    """
    line = facts.recurring_line
    is_paid = sa.or_(line.c.mrr_amount > 0, line.c.mrr_amount.is_(None))
    return sa.select(
        line.c.customer_id,
        line.c.valid_from_at,
        line.c.valid_to_at,
        line.c.start_date.label("paid_date"),
    ).where(line.c.is_counted, is_paid, has_begun(line), line.c.customer_id.is_not(None))


def _earliest(state: sa.CTE, span: sa.Subquery, day: str) -> sa.Subquery:
    """One row per customer and span with such a state: the earliest day of those that hold."""
    return (
        sa.select(span.c.customer_id, span.c.valid_from_at, sa.func.min(state.c[day]).label(day))
        .select_from(span.join(state, holds_in(state, span, "customer_id")))
        .group_by(span.c.customer_id, span.c.valid_from_at)
        .subquery(f"first_{day}")
    )


def _is_same_span(first: sa.Subquery, span: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a row is of a span."""
    return sa.and_(
        first.c.customer_id == span.c.customer_id, first.c.valid_from_at == span.c.valid_from_at
    )


def first_touch(settings: Settings) -> sa.Subquery:
    """One row per customer whose source is known: customer_id, channel, campaign_id.

    Of its people, its deals and the company itself, the earliest that has a source; and of the
    sources that one had, the first. What came after the first sale did not bring the customer.
    """
    lead, won = facts.lead, first_wins()
    of_leads = sa.select(
        lead.c.customer_id,
        lead.c.created_at.label("touched_at"),
        lead.c.channel,
        lead.c.campaign_id,
        lead.c.created_at.label("told_at"),
    ).where(
        lead.c.customer_id.is_not(None),
        lead.c.is_counted,
        lead.c.channel != UNKNOWN_CHANNEL,
        lead.c.valid_to_at == end_of_time(),
    )
    touch = sa.union_all(
        of_leads,
        *(_of_contacts(object_id) for object_id in ("salesforce.contact", "hubspot.contact")),
        _of_deals(),
        _own_source("salesforce.account"),
        _own_source("hubspot.company"),
    ).subquery("touch")
    rank = sa.func.row_number().over(
        partition_by=touch.c.customer_id,
        order_by=(touch.c.touched_at, touch.c.told_at, touch.c.channel, touch.c.campaign_id),
    )
    touched_date = local_date(touch.c.touched_at, settings.calendar.time_zone)
    ranked = (
        sa.select(touch, rank.label("rank"))
        .select_from(touch.outerjoin(won, won.c.customer_id == touch.c.customer_id))
        .where(sa.func.coalesce(touched_date <= won.c.told_date, sa.true()))
        .subquery("ranked_touch")
    )
    return (
        sa.select(ranked.c.customer_id, ranked.c.channel, ranked.c.campaign_id)
        .where(ranked.c.rank == 1)
        .subquery("first_touch")
    )


def _of_contacts(object_id: str) -> sa.Select[Any]:
    """One row per contact of a customer with a source of its own, whether it ever was a lead or not.

    HubSpot takes for offline whatever was imported, or made by a sync.
    """
    source, record = source_object(object_id), CURRENT[object_id]
    first, person, company = first_channels(object_id), staged.person, people_at_customers()
    record_id = record.c[source.key_column]
    is_of = sa.and_(
        person.c.crm == source.crm,
        person.c.record_type == source.table,
        person.c.record_id == record_id,
    )
    is_own: sa.ColumnElement[bool] = sa.true()
    if source.crm == "hubspot":
        is_own = sa.func.coalesce(record.c.object_source, "").not_in(NOT_OWN_SOURCES)
    return (
        sa.select(
            company.c.customer_id,
            record.c.created_at,
            first.c.channel,
            sa.cast(sa.null(), sa.Text),
            record.c.created_at,
        )
        .select_from(
            record.join(first, first.c.record_id == record_id)
            .join(person, is_of)
            .join(company, company.c.person_id == person.c.person_id)
        )
        .where(
            company.c.customer_id.is_not(None),
            is_own,
            # One that was merged goes on in another, one that was deleted does not.
            sa.or_(sa.not_(record.c.is_deleted), record.c.merged_into_id.is_not(None)),
        )
    )


def _of_deals() -> sa.Select[Any]:
    """One row per deal that goes on, and state in which it has a source.

    HubSpot works out a deal's source from its contacts, and of one there only the last is told.
    """
    deal, told = facts.deal, facts.deal.alias("told_deal")
    return (
        sa.select(
            deal.c.customer_id,
            deal.c.created_at,
            told.c.channel,
            sa.func.coalesce(told.c.campaign_id, deal.c.campaign_id),
            told.c.valid_from_at,
        )
        .select_from(deal.join(told, told.c.deal_id == deal.c.deal_id))
        .where(
            deal.c.customer_id.is_not(None),
            deal.c.is_counted,
            deal.c.valid_to_at == end_of_time(),
            told.c.channel != UNKNOWN_CHANNEL,
            sa.or_(told.c.crm == "salesforce", told.c.valid_to_at == end_of_time()),
        )
    )


def _own_source(object_id: str) -> sa.Select[Any]:
    """One row per company with a source of its own."""
    source, record, member = source_object(object_id), CURRENT[object_id], staged.customer_member
    first = first_channels(object_id)
    record_id = record.c[source.key_column]
    is_of = sa.and_(member.c.crm == source.crm, member.c.record_id == record_id)
    return sa.select(
        member.c.customer_id,
        record.c.created_at,
        first.c.channel,
        sa.cast(sa.null(), sa.Text),
        record.c.created_at,
    ).select_from(record.join(first, first.c.record_id == record_id).join(member, is_of))
