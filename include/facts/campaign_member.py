"""People in campaigns: whom a campaign reached, who responded, and who became a customer."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression, folded, local_date
from include.core.settings import Settings
from include.facts.first_win import with_first_win
from include.facts.history import live_states
from include.facts.lookup import UNKNOWN_CHANNEL, prefixed
from include.tables import facts
from include.tables import stage as staged

# Statuses of members the campaign has not reached yet; every other one says it has.
NOT_REACHED = ("planned", "queued", "not sent", "to be sent", "to send")


def campaign_member(settings: Settings) -> sa.CompoundSelect:
    """One row per member of a campaign and state.

    Reached on the day its status first said so. A person who is in a campaign twice, as a lead and
    as a contact, counts once, by the first membership.
    """
    return with_first_win(_members(settings).cte("member"), "campaign_member_id", "person_id")


def _members(settings: Settings) -> sa.Select:
    """One row per member and state, before anything was won."""
    zone = settings.calendar.time_zone
    state, campaign, person = _states(), facts.campaign, memberships()
    campaign_id = prefixed("salesforce", state.c.campaign_id)
    has_responded = sa.or_(
        sa.func.coalesce(state.c.has_responded, sa.false()),
        state.c.first_responded_date.is_not(None),
    )
    return sa.select(
        prefixed("salesforce", state.c.salesforce_campaign_member_id).label("campaign_member_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.literal("salesforce", sa.Text).label("crm"),
        campaign_id.label("campaign_id"),
        campaign.c.campaign_type,
        sa.func.coalesce(campaign.c.channel, UNKNOWN_CHANNEL).label("channel"),
        person.c.person_id,
        person.c.customer_id,
        local_date(state.c.sent_at, zone).label("sent_date"),
        state.c.sent_at.is_not(None).label("is_sent"),
        has_responded.label("is_responded"),
        sa.func.coalesce(
            state.c.first_responded_date, local_date(state.c.responded_at, zone)
        ).label("responded_date"),
        (person.c.membership_rank == 1).label("is_counted"),
        local_date(state.c.reached_at, zone).label("since_date"),
        sa.cast(sa.null(), sa.Text).label("opportunity_id"),
    ).select_from(
        state.join(
            person,
            person.c.salesforce_campaign_member_id == state.c.salesforce_campaign_member_id,
        ).outerjoin(campaign, campaign.c.campaign_id == campaign_id)
    )


def _states() -> sa.Subquery:
    """One row per member and state: also `sent_at` and `responded_at`, since when it is so as of the
    state, and `reached_at`, when it ever was reached.
    """
    state = live_states("salesforce.campaign_member")
    key, is_sent = state.c.salesforce_campaign_member_id, is_reached(state)

    def so_far(condition: Expression) -> Expression:
        return sa.func.min(sa.case((condition, state.c.valid_from_at))).over(
            partition_by=key, order_by=state.c.valid_from_at, rows=(None, 0)
        )

    return sa.select(
        state,
        so_far(is_sent).label("sent_at"),
        so_far(state.c.has_responded).label("responded_at"),
        sa.func.min(sa.case((is_sent, state.c.valid_from_at)))
        .over(partition_by=key)
        .label("reached_at"),
    ).subquery("member_state")


def is_reached(state: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether the campaign has reached a member, as it or a state of it says."""
    return sa.or_(
        sa.func.coalesce(folded(state.c.member_status), "").not_in(NOT_REACHED),
        sa.func.coalesce(state.c.has_responded, sa.false()),
    )


def memberships() -> sa.Subquery:
    """One row per member of a campaign, with the person it is.

    Columns: salesforce_campaign_member_id, campaign_id, created_at, person_id, customer_id, and
    membership_rank, 1 for the first of the person in the campaign. A membership names a lead, a
    contact, or the contact the lead has become.
    """
    member, lead, contact = (
        staged.CURRENT["salesforce.campaign_member"],
        staged.person.alias("as_lead"),
        staged.person.alias("as_contact"),
    )

    def is_of(person: sa.FromClause, record_type: str, record_id: Expression) -> Expression:
        return sa.and_(
            person.c.crm == "salesforce",
            person.c.record_type == record_type,
            person.c.record_id == record_id,
        )

    key = member.c.salesforce_campaign_member_id
    person_id = sa.func.coalesce(contact.c.person_id, lead.c.person_id)
    rank = sa.func.row_number().over(
        partition_by=(member.c.campaign_id, sa.func.coalesce(person_id, key)),
        # One that was deleted does not keep another from counting.
        order_by=(sa.case((member.c.is_deleted, 1), else_=0), member.c.created_at, key),
    )
    return (
        sa.select(
            key,
            member.c.campaign_id,
            member.c.created_at,
            person_id.label("person_id"),
            sa.func.coalesce(contact.c.customer_id, lead.c.customer_id).label("customer_id"),
            rank.label("membership_rank"),
        )
        .select_from(
            member.outerjoin(contact, is_of(contact, "contact", member.c.contact_id)).outerjoin(
                lead, is_of(lead, "lead", member.c.lead_id)
            )
        )
        .subquery("membership")
    )
