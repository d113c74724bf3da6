"""Service requests of both CRMs as one fact."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    earlier_of,
    folded,
    local_date,
    seconds_between,
)
from include.core.settings import Settings
from include.facts.history import live_states, turned
from include.facts.lookup import copies, is_member, owners, owns, prefixed, primary_link
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT


def ticket(settings: Settings) -> sa.Select:
    """One row per service request and state."""
    zone = settings.calendar.time_zone
    state = _states(settings)
    owner = owners()
    to_latest = seconds_between(state.c.created_at, state.c.resolved_at)
    to_first = seconds_between(state.c.created_at, state.c.first_resolved_at)
    is_measured = sa.and_(state.c.is_resolved, sa.not_(state.c.is_closed_on_create))
    return sa.select(
        state.c.ticket_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        staged.customer_member.c.customer_id,
        owner.c.user_id.label("owner_user_id"),
        folded(state.c.priority).label("priority"),
        folded(state.c.origin).label("origin"),
        state.c.created_at,
        local_date(state.c.created_at, zone).label("created_date"),
        state.c.first_resolved_at,
        state.c.resolved_at,
        local_date(state.c.resolved_at, zone).label("resolved_date"),
        state.c.is_resolved,
        sa.not_(sa.or_(state.c.is_duplicate, state.c.is_merged)).label("is_counted"),
        state.c.is_closed_on_create,
        sa.and_(
            state.c.is_resolved,
            sa.func.coalesce(state.c.first_resolved_at < state.c.resolved_at, sa.false()),
        ).label("is_reopened"),
        sa.and_(state.c.is_resolved, sa.func.coalesce(to_latest < 0, sa.false())).label(
            "is_duration_negative"
        ),
        sa.case((sa.and_(is_measured, to_latest >= 0), to_latest)).label("resolution_seconds"),
        sa.case((sa.and_(is_measured, to_first >= 0), to_first)).label("first_resolution_seconds"),
    ).select_from(
        state.outerjoin(
            staged.customer_member, is_member(state.c.crm, state.c.customer_record_id)
        ).outerjoin(owner, owns(owner, state.c.crm, state.c.owner_record_id))
    )


def _states(settings: Settings) -> sa.Subquery:
    """States of both CRMs' requests, cut where one was closed and where its other copy went."""
    told = sa.union_all(_salesforce_cases(settings), _hubspot_tickets(settings)).subquery("told")
    resolved_at = sa.case((told.c.is_resolved, told.c.told_resolved_at))
    first_seen_at = sa.func.min(sa.case((told.c.is_resolved, told.c.told_first_resolved_at))).over(
        partition_by=told.c.ticket_id, order_by=told.c.valid_from_at, rows=(None, 0)
    )
    kept = [
        column
        for column in told.c
        if column.name not in {"told_resolved_at", "told_first_resolved_at", "observed_at"}
    ]
    observed = sa.select(
        *kept,
        resolved_at.label("resolved_at"),
        first_seen_at.label("first_resolved_at"),
        sa.case(
            (told.c.is_resolved, earlier_of(told.c.told_resolved_at, told.c.observed_at))
        ).label("turns_at"),
    ).cte("observed")
    before_closing = {
        "is_resolved": sa.false(),
        "resolved_at": sa.null(),
        "first_resolved_at": sa.null(),
    }
    closing = turned(observed, before_closing).subquery("closing")
    shadowed = sa.select(
        *(column for column in closing.c if column.name != "copy_lives_until_at"),
        closing.c.copy_lives_until_at.label("turns_at"),
        sa.false().label("is_duplicate"),
    ).cte("shadowed")
    return turned(shadowed, {"is_duplicate": sa.true()}).subquery("state")


def _salesforce_cases(settings: Settings) -> sa.Select:
    """One row per case and state."""
    state = live_states("salesforce.case")
    key = state.c.salesforce_case_id
    copy = copies("hubspot.ticket", "salesforce_case_id", settings.sources.system_of_record.tickets)
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", key).label("ticket_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.modified_at.label("observed_at"),
        copy.c.lives_until_at.label("copy_lives_until_at"),
        state.c.account_id.label("customer_record_id"),
        state.c.owner_user_id.label("owner_record_id"),
        state.c.priority,
        state.c.origin,
        state.c.created_at,
        sa.func.coalesce(state.c.is_closed, sa.false()).label("is_resolved"),
        state.c.closed_at.label("told_resolved_at"),
        state.c.closed_at.label("told_first_resolved_at"),
        sa.func.coalesce(state.c.is_closed_on_create, sa.false()).label("is_closed_on_create"),
        state.c.merged_into_id.is_not(None).label("is_merged"),
    ).select_from(state.outerjoin(copy, copy.c.salesforce_id == short_id(key)))


def _hubspot_tickets(settings: Settings) -> sa.Select:
    """One row per HubSpot ticket and state."""
    state = live_states("hubspot.ticket")
    company = primary_link("hubspot.ticket_company")
    stage = CURRENT["hubspot.ticket_stage"]
    created_at: Expression = sa.func.coalesce(state.c.create_at, state.c.created_at)
    # Portals may leave hs_is_closed empty; the stage then decides.
    is_resolved = sa.func.coalesce(
        state.c.is_closed, folded(stage.c.ticket_state) == "closed", sa.false()
    )
    copy = copies(
        "salesforce.case", "salesforce_case_id", settings.sources.system_of_record.tickets
    )
    return sa.select(
        sa.literal("hubspot", sa.Text),
        prefixed("hubspot", state.c.hubspot_ticket_id),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.modified_at,
        copy.c.lives_until_at,
        company.c.to_id,
        state.c.owner_id,
        state.c.priority,
        state.c.origin,
        created_at,
        is_resolved,
        sa.func.coalesce(state.c.last_closed_at, state.c.closed_at),
        sa.func.coalesce(state.c.closed_at, state.c.last_closed_at),
        sa.func.coalesce(state.c.closed_at == created_at, sa.false()),
        state.c.merged_into_id.is_not(None),
    ).select_from(
        state.outerjoin(
            stage,
            sa.and_(
                stage.c.pipeline_id == state.c.pipeline_id, stage.c.stage_id == state.c.stage_id
            ),
        )
        .outerjoin(company, company.c.from_id == state.c.hubspot_ticket_id)
        .outerjoin(copy, copy.c.salesforce_id == short_id(state.c.salesforce_case_id))
    )
