"""People who were leads, over both CRMs, and when they became customers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, folded, local_date
from include.core.settings import Settings
from include.facts.campaign_member import is_reached
from include.facts.changes import changed_states, hubspot_changes
from include.facts.first_source import first_channels
from include.facts.first_win import first_wins, with_first_win
from include.facts.history import live_states
from include.facts.lookup import channel_of, integration_users, joined, owners, owns, prefixed
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

# HubSpot's lifecycle from lead on; subscribers and "other" are not leads.
LEAD_STAGES = (
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
# What creates HubSpot contacts other than a person or a form.
NOT_OWN_SOURCES = (
    *("IMPORT", "INTEGRATION", "INTEGRATIONS_PLATFORM", "INTEGRATIONS_SYNC"),
    *("MIGRATION", "SALESFORCE"),
)


def lead(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per person who was a lead, and state.

    A person becomes a customer with the first counted deal of its company, of its own conversion, or,
    without a company, linked to it, that is won on or after the day it became a lead. Of a company
    that had bought before, nobody becomes one.
    """
    return with_first_win(_people(settings).cte("person"), "lead_id")


def _people(settings: Settings) -> sa.Select:
    """One row per person: from its first record to the end of its last.

    The channel is the first that the first record people made had; the owner that of the one that
    lives on.
    """
    ranked = _ranked_records(settings)
    origin, holder = ranked.alias("origin"), ranked.alias("holder")
    owner, campaign, company = owners(), _first_campaigns(), people_at_customers()
    person_id, before = origin.c.person_id, first_wins()
    zone = settings.calendar.time_zone
    created_date = local_date(origin.c.first_at, zone)
    # A campaign for customers brought nobody who was a lead before.
    brought = sa.or_(
        before.c.won_date.is_(None),
        before.c.won_date < created_date,
        local_date(campaign.c.created_at, zone) <= before.c.told_date,
    )
    return (
        sa.select(
            person_id.label("lead_id"),
            origin.c.first_at.label("valid_from_at"),
            origin.c.last_at.label("valid_to_at"),
            origin.c.crm,
            company.c.customer_id,
            owner.c.user_id.label("owner_user_id"),
            owner.c.role_id,
            channel_of(origin.c.channel, facts.campaign.c.channel).label("channel"),
            campaign.c.campaign_id,
            origin.c.first_at.label("created_at"),
            created_date.label("created_date"),
            created_date.label("since_date"),
            (origin.c.own_count > 0).label("is_counted"),
            (origin.c.converted_count > 0).label("is_converted"),
            sa.func.coalesce(before.c.won_date < created_date, sa.false()).label("is_of_customer"),
            origin.c.opportunity_id,
        )
        .select_from(
            origin.join(holder, holder.c.person_id == person_id)
            .outerjoin(company, company.c.person_id == person_id)
            .outerjoin(before, before.c.customer_id == company.c.customer_id)
            .outerjoin(campaign, sa.and_(campaign.c.person_id == person_id, brought))
            .outerjoin(facts.campaign, facts.campaign.c.campaign_id == campaign.c.campaign_id)
            .outerjoin(owner, owns(owner, holder.c.crm, holder.c.owner_record_id))
        )
        .where(origin.c.origin_rank == 1, holder.c.holder_rank == 1)
    )


def _ranked_records(settings: Settings) -> sa.CTE:
    """One row per record of a person that made it a lead, beside what all of them say together."""
    record = sa.union_all(_salesforce_leads(settings), _hubspot_contacts(settings)).subquery()
    person = staged.person

    def together(function: Any) -> sa.Over[Any]:
        return function.over(partition_by=person.c.person_id)

    def rank(*order: Any) -> sa.Over[Any]:
        order = (*order, record.c.lead_at, record.c.crm, record.c.record_type, record.c.record_id)
        return sa.func.row_number().over(partition_by=person.c.person_id, order_by=order)

    is_own, is_converted = (
        sa.case((flag, 1), else_=0) for flag in (record.c.is_own, record.c.is_converted)
    )
    is_of_person = sa.and_(
        person.c.crm == record.c.crm,
        person.c.record_type == record.c.record_type,
        person.c.record_id == record.c.record_id,
    )
    return (
        sa.select(
            person.c.person_id,
            record,
            together(sa.func.min(record.c.lead_at)).label("first_at"),
            together(sa.func.max(record.c.lives_until_at)).label("last_at"),
            together(sa.func.sum(is_own)).label("own_count"),
            together(sa.func.sum(is_converted)).label("converted_count"),
            together(sa.func.max(record.c.converted_opportunity_id)).label("opportunity_id"),
            rank(is_own.desc()).label("origin_rank"),
            rank(record.c.lives_until_at.desc()).label("holder_rank"),
        )
        .select_from(record.join(person, is_of_person))
        .cte("ranked")
    )


def _salesforce_leads(settings: Settings) -> sa.Select:
    """One row per Salesforce lead."""
    state, current = live_states("salesforce.lead"), CURRENT["salesforce.lead"]
    key = state.c.salesforce_lead_id
    life = (
        sa.select(
            key,
            sa.func.min(state.c.valid_from_at).label("lead_at"),
            sa.func.max(state.c.valid_to_at).label("lives_until_at"),
        )
        .group_by(key)
        .subquery("lead_life")
    )
    program, first = integration_users(settings), first_channels("salesforce.lead")
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        sa.literal("lead", sa.Text).label("record_type"),
        current.c.salesforce_lead_id.label("record_id"),
        life.c.lead_at,
        life.c.lives_until_at,
        current.c.owner_user_id.label("owner_record_id"),
        first.c.channel,
        program.c.salesforce_user_id.is_(None).label("is_own"),
        sa.func.coalesce(current.c.is_converted, sa.false()).label("is_converted"),
        current.c.converted_opportunity_id,
    ).select_from(
        life.join(current, current.c.salesforce_lead_id == life.c.salesforce_lead_id)
        .outerjoin(first, first.c.record_id == life.c.salesforce_lead_id)
        .outerjoin(program, program.c.salesforce_user_id == current.c.created_by_user_id)
    )


def _hubspot_contacts(settings: Settings) -> sa.Select:
    """One row per HubSpot contact that ever was a lead, by the history of its lifecycle stage too.

    The contact itself says when it last entered the stage; who was a lead before, and went back to
    it, was one from the first entry on.
    """
    stages = hubspot_changes(
        "hubspot.contact_history", {"lifecycle_stage": ("lifecyclestage", sa.Text())}
    )
    state = changed_states(
        live_states("hubspot.contact"), "hubspot_contact_id", stages, "lifecycle_stage"
    )
    current, first = CURRENT["hubspot.contact"], first_channels("hubspot.contact")
    key = state.c.hubspot_contact_id
    is_in_stage = folded(state.c.lifecycle_stage).in_(LEAD_STAGES)
    is_lead = sa.or_(is_in_stage, state.c.entered_lead_at.is_not(None))
    # A version tells that the stage was reached by then, its history when.
    is_told = sa.and_(is_in_stage, state.c.observed_at != state.c.modified_at)
    told_at = sa.case((is_told, state.c.observed_at))
    lead_at = sa.case(
        (
            state.c.entered_lead_at.is_not(None),
            earlier_of(state.c.entered_lead_at, told_at),
        ),
        else_=state.c.valid_from_at,
    )
    life = (
        sa.select(
            key,
            sa.func.min(sa.case((is_lead, lead_at))).label("lead_at"),
            sa.func.max(state.c.valid_to_at).label("lives_until_at"),
        )
        .group_by(key)
        .subquery("contact_life")
    )
    return (
        sa.select(
            sa.literal("hubspot", sa.Text),
            sa.literal("contact", sa.Text),
            current.c.hubspot_contact_id,
            life.c.lead_at,
            life.c.lives_until_at,
            current.c.owner_id,
            first.c.channel,
            sa.func.coalesce(current.c.object_source, "").not_in(NOT_OWN_SOURCES),
            sa.false(),
            sa.cast(sa.null(), sa.Text),
        )
        .select_from(
            life.join(current, current.c.hubspot_contact_id == life.c.hubspot_contact_id).outerjoin(
                first, first.c.record_id == life.c.hubspot_contact_id
            )
        )
        .where(life.c.lead_at.is_not(None))
    )


def people_at_customers() -> sa.Subquery:
    """One row per person: person_id and customer_id, that of the record which stands for the person."""
    person = staged.person
    record = joined(person.c.crm, ":", person.c.record_type, ":", person.c.record_id)
    return (
        sa.select(person.c.person_id, person.c.customer_id)
        .where(person.c.person_id == record)
        .subquery("company")
    )


def _first_campaigns() -> sa.Subquery:
    """One row per person whom a campaign reached: the first one, and since when it was in it."""
    member, person = CURRENT["salesforce.campaign_member"], staged.person
    memberships = sa.union_all(
        *(
            sa.select(
                person.c.person_id,
                prefixed("salesforce", member.c.campaign_id).label("campaign_id"),
                member.c.created_at,
            )
            .select_from(member.join(person, person.c.record_id == record_id))
            .where(
                person.c.crm == "salesforce",
                person.c.record_type == record_type,
                sa.not_(member.c.is_deleted),
                is_reached(member),
            )
            for record_type, record_id in (
                ("lead", member.c.lead_id),
                ("contact", member.c.contact_id),
            )
        )
    ).subquery("memberships")
    rank = sa.func.row_number().over(
        partition_by=memberships.c.person_id,
        order_by=(memberships.c.created_at, memberships.c.campaign_id),
    )
    ranked = sa.select(memberships, rank.label("rank")).subquery("ranked_memberships")
    return (
        sa.select(ranked.c.person_id, ranked.c.campaign_id, ranked.c.created_at)
        .where(ranked.c.rank == 1)
        .subquery("first_campaign")
    )
