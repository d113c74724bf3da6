"""Work of agents: what Salesforce routes to them, and HubSpot's calls in the place of it."""

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
from include.facts.lookup import is_member, is_own_of_hubspot, owners, owns, prefixed
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT

PHONE = "phone"
# Statuses of work that its agent never took: unavailable is one who went offline while it waited.
REFUSED = ("declined", "declinedonpushtimeout", "unavailable", "canceled", "cancelled")


def agent_work(settings: Settings) -> sa.Select:
    """One row per piece of work routed to an agent and state; a transfer makes two.

    HubSpot measures no work: calls that customers made and that somebody took stand for it, but for
    those that its sync copied from a Salesforce of which we read the work.
    """
    observed = sa.union_all(_salesforce_work(), _hubspot_calls()).cte("observed")
    before = {
        "is_handled": sa.false(),
        "closed_at": sa.null(),
        "handle_seconds": sa.null(),
        "active_seconds": sa.null(),
    }
    state = turned(observed, before).subquery("state")
    owner, user = owners(), staged.user
    return sa.select(
        state.c.agent_work_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        state.c.ticket_id,
        staged.customer_member.c.customer_id,
        owner.c.user_id.label("agent_user_id"),
        owner.c.role_id,
        user.c.team_name,
        state.c.channel,
        state.c.priority,
        state.c.product_id,
        state.c.closed_at,
        local_date(state.c.closed_at, settings.calendar.time_zone).label("closed_date"),
        state.c.handle_seconds,
        state.c.active_seconds,
        state.c.is_handled,
        state.c.is_proxy,
        sa.true().label("is_counted"),
    ).select_from(
        state.outerjoin(owner, owns(owner, state.c.crm, state.c.agent_record_id))
        .outerjoin(user, user.c.user_id == owner.c.user_id)
        .outerjoin(staged.customer_member, is_member(state.c.crm, state.c.customer_record_id))
    )


def _salesforce_work() -> sa.Select:
    """One row per piece of routed work and state, of a case or of something else."""
    state, case = live_states("salesforce.agent_work"), CURRENT["salesforce.case"]
    status = sa.func.coalesce(folded(state.c.work_status), "")
    is_refused = sa.or_(
        state.c.declined_at.is_not(None), state.c.canceled_at.is_not(None), status.in_(REFUSED)
    )
    is_ended = sa.and_(state.c.closed_at.is_not(None), sa.not_(is_refused))
    handled = sa.func.coalesce(
        state.c.handle_seconds, seconds_between(state.c.accepted_at, state.c.closed_at)
    )
    # A merged request lives on in the one it was merged into.
    case_id = sa.func.coalesce(case.c.merged_into_id, case.c.salesforce_case_id)
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce:work", state.c.salesforce_agent_work_id).label("agent_work_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        prefixed("salesforce", case_id).label("ticket_id"),
        case.c.account_id.label("customer_record_id"),
        state.c.agent_user_id.label("agent_record_id"),
        folded(case.c.origin).label("channel"),
        folded(case.c.priority).label("priority"),
        prefixed("salesforce", case.c.product_id).label("product_id"),
        sa.case((is_ended, state.c.closed_at)).label("closed_at"),
        sa.case((sa.and_(is_ended, handled >= 0), handled)).label("handle_seconds"),
        sa.case((is_ended, state.c.active_seconds)).label("active_seconds"),
        is_ended.label("is_handled"),
        sa.false().label("is_proxy"),
        sa.case((is_ended, earlier_of(state.c.closed_at, state.c.modified_at))).label("turns_at"),
    ).select_from(
        state.outerjoin(case, short_id(case.c.salesforce_case_id) == short_id(state.c.work_item_id))
    )


def _hubspot_calls() -> sa.Select:
    """One row per call of a customer and state."""
    state = live_states("hubspot.call")
    nothing = sa.cast(sa.null(), sa.Text)
    seconds: Expression = sa.cast(
        sa.func.floor(state.c.call_duration_milliseconds.op("/", return_type=sa.Numeric())(1000)),
        sa.BigInteger,
    )
    is_taken = sa.and_(
        sa.func.coalesce(folded(state.c.call_status) == "completed", sa.false()),
        state.c.call_at.is_not(None),
    )
    return sa.select(
        sa.literal("hubspot", sa.Text),
        prefixed("hubspot:call", state.c.hubspot_call_id),
        state.c.valid_from_at,
        state.c.valid_to_at,
        nothing,
        nothing,
        state.c.owner_id,
        sa.literal(PHONE, sa.Text),
        nothing,
        nothing,
        sa.case((is_taken, state.c.call_at)),
        sa.case((sa.and_(is_taken, seconds >= 0), seconds)),
        sa.cast(sa.null(), sa.BigInteger),
        is_taken,
        sa.true(),
        # One that is logged ahead takes place at its time.
        sa.case((is_taken, state.c.call_at)),
    ).where(
        folded(state.c.call_direction) == "inbound",
        is_own_of_hubspot(state, "salesforce.agent_work"),
    )
