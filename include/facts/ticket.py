"""Service requests of both CRMs as one fact."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    earlier_of,
    folded,
    local_date,
    seconds_between,
)
from include.core.settings import Settings
from include.facts.business_hours import (
    business_seconds_between,
    business_stretch,
    business_zone,
    holds_instant,
)
from include.facts.changes import as_read, changed_states, hubspot_changes
from include.facts.history import live_states, turned
from include.facts.lookup import (
    copies,
    customers_of_contacts,
    is_member,
    owners,
    owns,
    prefixed,
    primary_link,
    shadowed,
)
from include.facts.ticket_response import (
    case_answers,
    case_correspondence,
    closing_statuses,
    is_case_answer_told,
    is_ticket_answer_told,
)
from include.facts.ticket_waiting import ticket_waiting
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT


def ticket(settings: Settings) -> sa.Select:
    """One row per service request and state."""
    zone = settings.calendar.time_zone
    state = _states(settings)
    owner, author, agent = owners(), staged.user.alias("author"), staged.user.alias("agent")
    waiting = ticket_waiting(settings, state)
    times, stretches = _times(state, waiting)
    agent_user_id = sa.func.coalesce(author.c.user_id, owner.c.user_id)
    # Who calls speaks to somebody at once: what is written later is no first answer.
    is_live = _is_called(settings.service.live_origins, state.c.origin)
    joined = (
        state.outerjoin(staged.customer_member, is_member(state.c.crm, state.c.customer_record_id))
        .outerjoin(owner, owns(owner, state.c.crm, state.c.owner_record_id))
        .outerjoin(author, author.c.salesforce_user_id == state.c.author_record_id)
        .outerjoin(agent, agent.c.user_id == agent_user_id)
        .outerjoin(
            waiting,
            sa.and_(
                waiting.c.ticket_id == state.c.ticket_id,
                waiting.c.valid_from_at == state.c.valid_from_at,
            ),
        )
    )
    for stretch, instant in stretches:
        joined = joined.outerjoin(stretch, holds_instant(stretch, instant, business_zone(settings)))
    is_out = sa.or_(state.c.is_duplicate, state.c.is_merged, state.c.is_spam)
    return sa.select(
        state.c.ticket_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        sa.func.coalesce(staged.customer_member.c.customer_id, state.c.contact_customer_id).label(
            "customer_id"
        ),
        owner.c.user_id.label("owner_user_id"),
        owner.c.role_id,
        agent_user_id.label("agent_user_id"),
        agent.c.team_name,
        folded(state.c.priority).label("priority"),
        folded(state.c.origin).label("origin"),
        prefixed("salesforce", state.c.product_id).label("product_id"),
        state.c.created_at,
        local_date(state.c.created_at, zone).label("created_date"),
        state.c.first_resolved_at,
        state.c.resolved_at,
        local_date(state.c.resolved_at, zone).label("resolved_date"),
        state.c.is_resolved,
        sa.not_(is_out).label("is_counted"),
        state.c.is_closed_on_create,
        sa.and_(
            state.c.is_resolved,
            sa.func.coalesce(state.c.first_resolved_at < state.c.resolved_at, sa.false()),
        ).label("is_reopened"),
        *times,
        state.c.first_response_at,
        sa.case((is_live, sa.null()), else_=state.c.is_answered).label("is_answered"),
        state.c.is_outbound,
    ).select_from(joined)


def _times(
    state: sa.CTE, waiting: sa.Subquery
) -> tuple[list[sa.Label[Any]], list[tuple[sa.FromClause, Expression]]]:
    """How long requests took, by the clock and in business hours, less what they waited.

    With the stretches of business hours those columns look up, each with its instant.
    """
    created, resolved, answered = (
        state.c.created_at,
        state.c.resolved_at,
        state.c.first_response_at,
    )
    opened, ended, replied = map(business_stretch, ("opened", "ended", "replied"))
    to_latest = seconds_between(created, resolved)
    to_first = seconds_between(created, state.c.first_resolved_at)
    to_answer = seconds_between(created, answered)
    is_measured = sa.and_(state.c.is_resolved, sa.not_(state.c.is_closed_on_create), to_latest >= 0)
    in_business = business_seconds_between(opened, created, ended, resolved)

    def own(seconds: Expression, waited: str) -> Expression:
        return seconds - sa.func.coalesce(waiting.c[waited], 0)

    to_answer_in_business = business_seconds_between(opened, created, replied, answered)
    times: dict[str, Expression] = {
        "is_duration_negative": sa.and_(
            state.c.is_resolved, sa.func.coalesce(to_latest < 0, sa.false())
        ),
        "resolution_seconds": sa.case((is_measured, own(to_latest, "waiting_seconds"))),
        "first_resolution_seconds": sa.case(
            (sa.and_(is_measured, to_first >= 0), own(to_first, "first_waiting_seconds"))
        ),
        "resolution_business_seconds": sa.case(
            (is_measured, own(in_business, "business_waiting_seconds"))
        ),
        "first_response_seconds": sa.case((to_answer >= 0, to_answer)),
        "first_response_business_seconds": sa.case((to_answer >= 0, to_answer_in_business)),
    }
    return [value.label(name) for name, value in times.items()], [
        (opened, created),
        (ended, resolved),
        (replied, answered),
    ]


def _states(settings: Settings) -> sa.CTE:
    """States of both CRMs' requests, cut where one was answered and closed, and where its other copy
    came and went.
    """
    told = sa.union_all(_salesforce_cases(settings), _hubspot_tickets(settings)).subquery("told")
    resolved_at = sa.case((told.c.is_resolved, told.c.told_resolved_at))
    first_seen_at = sa.func.min(sa.case((told.c.is_resolved, told.c.told_first_resolved_at))).over(
        partition_by=told.c.ticket_id, order_by=told.c.valid_from_at, rows=(None, 0)
    )
    left_out = {"told_resolved_at", "told_first_resolved_at"}
    observed = sa.select(
        *(column for column in told.c if column.name not in left_out),
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
    answering = sa.select(*closing.c, closing.c.first_response_at.label("turns_at")).cte(
        "answering"
    )
    before_answer = {
        "first_response_at": sa.null(),
        "author_record_id": sa.null(),
        "is_answered": sa.false(),
    }
    answered = turned(answering, before_answer).subquery("answered")
    return shadowed(answered).cte("state")


def _salesforce_cases(settings: Settings) -> sa.Select:
    """One row per case and state, as its history of statuses has them between the readings."""
    state, closes = _case_states(), closing_statuses()
    key = state.c.salesforce_case_id
    copy = copies("hubspot.ticket", "salesforce_case_id", settings.sources.system_of_record.tickets)
    answer, correspondence = case_answers(), case_correspondence()
    is_by_mail = sa.func.coalesce(folded(state.c.origin).like("%mail%"), sa.false())
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", key).label("ticket_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.observed_at,
        copy.c.lives_from_at.label("copy_lives_from_at"),
        state.c.account_id.label("customer_record_id"),
        sa.cast(sa.null(), sa.Text).label("contact_customer_id"),
        state.c.owner_user_id.label("owner_record_id"),
        state.c.priority,
        state.c.origin,
        state.c.product_id,
        state.c.created_at,
        sa.func.coalesce(
            as_read(state, state.c.is_closed, "case_status"), closes.c.case_status.is_not(None)
        ).label("is_resolved"),
        _closing(state, state.c.closed_at).label("told_resolved_at"),
        _closing(state, state.c.closed_at).label("told_first_resolved_at"),
        sa.func.coalesce(state.c.is_closed_on_create, sa.false()).label("is_closed_on_create"),
        state.c.merged_into_id.is_not(None).label("is_merged"),
        _is_called(settings.service.spam, state.c.case_status, state.c.case_type).label("is_spam"),
        answer.c.answered_at.label("first_response_at"),
        answer.c.author_record_id,
        _is_answered(answer.c.answered_at, is_case_answer_told()).label("is_answered"),
        # Who calls or comes by writes no mail; in a request by mail the first mail tells who began.
        sa.and_(is_by_mail, sa.func.coalesce(correspondence.c.is_ours_first, sa.false())).label(
            "is_outbound"
        ),
        _is_called(settings.service.waiting_statuses, state.c.case_status).label("is_waiting"),
    ).select_from(
        state.outerjoin(copy, copy.c.salesforce_id == short_id(key))
        .outerjoin(answer, answer.c.case_id == key)
        .outerjoin(correspondence, correspondence.c.case_id == key)
        .outerjoin(closes, closes.c.case_status == state.c.case_status)
    )


def _case_states() -> sa.Subquery:
    """One row per case and state, cut where CaseHistory tells of another status."""
    entry = CURRENT["salesforce.case_history"]
    change = (
        sa.select(
            entry.c.case_id.label("record_id"),
            entry.c.created_at.label("changed_at"),
            entry.c.salesforce_case_history_id.label("change_id"),
            entry.c.new_value.label("case_status"),
            sa.true().label("has_case_status"),
        )
        .where(entry.c.field_name == "Status")
        .subquery("case_change")
    )
    return changed_states(
        live_states("salesforce.case"), "salesforce_case_id", change, "case_status"
    )


def _closing(state: sa.Subquery, as_told: Expression) -> Expression:
    """When a request in this state was closed: as the version says, else since its history does."""
    is_version = state.c.observed_at == state.c.modified_at
    return sa.case((is_version, as_told), else_=state.c.observed_at)


def _hubspot_tickets(settings: Settings) -> sa.Select:
    """One row per HubSpot ticket and state, as its stages' history has them between the readings."""
    stages = hubspot_changes(
        "hubspot.ticket_history", {"stage_id": ("hs_pipeline_stage", sa.Text())}
    )
    state = changed_states(live_states("hubspot.ticket"), "hubspot_ticket_id", stages, "stage_id")
    company = primary_link("hubspot.ticket_company")
    contact = customers_of_contacts("hubspot.ticket_contact")
    stage = _ticket_stages()
    # An import may date ahead what is there already.
    created_at: Expression = earlier_of(
        sa.func.coalesce(state.c.create_at, state.c.created_at), state.c.modified_at
    )
    # Portals may leave hs_is_closed empty; the stage then decides.
    is_resolved = sa.func.coalesce(
        as_read(state, state.c.is_closed, "stage_id"),
        folded(stage.c.ticket_state) == "closed",
        sa.false(),
    )
    copy = copies(
        "salesforce.case", "salesforce_case_id", settings.sources.system_of_record.tickets
    )
    answered_at = sa.func.coalesce(state.c.first_agent_message_at, state.c.first_agent_email_at)
    return sa.select(
        sa.literal("hubspot", sa.Text),
        prefixed("hubspot", state.c.hubspot_ticket_id),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.observed_at,
        copy.c.lives_from_at,
        company.c.to_id,
        contact.c.customer_id,
        state.c.owner_id,
        state.c.priority,
        state.c.origin,
        sa.cast(sa.null(), sa.Text),
        created_at,
        is_resolved,
        _closing(state, sa.func.coalesce(state.c.last_closed_at, state.c.closed_at)),
        _closing(state, sa.func.coalesce(state.c.closed_at, state.c.last_closed_at)),
        sa.func.coalesce(state.c.closed_at == created_at, sa.false()),
        state.c.merged_into_id.is_not(None),
        _is_called(settings.service.spam, stage.c.stage_label),
        answered_at,
        # HubSpot does not say who it was.
        sa.cast(sa.null(), sa.Text),
        _is_answered(answered_at, is_ticket_answer_told()),
        sa.func.coalesce(state.c.is_outbound, sa.false()),
        _is_called(settings.service.waiting_statuses, stage.c.stage_label),
    ).select_from(
        state.outerjoin(
            stage,
            sa.and_(
                stage.c.stage_id == state.c.stage_id,
                # A request may have come from another pipeline, which its history does not name.
                sa.or_(stage.c.pipeline_count == 1, stage.c.pipeline_id == state.c.pipeline_id),
            ),
        )
        .outerjoin(company, company.c.from_id == state.c.hubspot_ticket_id)
        .outerjoin(contact, contact.c.from_id == state.c.hubspot_ticket_id)
        .outerjoin(copy, copy.c.salesforce_id == short_id(state.c.salesforce_case_id))
    )


def _ticket_stages() -> sa.Subquery:
    """One row per stage of each ticket pipeline, with `pipeline_count`, of how many it is."""
    stage = CURRENT["hubspot.ticket_stage"]
    return sa.select(
        stage.c.pipeline_id,
        stage.c.stage_id,
        stage.c.stage_label,
        stage.c.ticket_state,
        sa.func.count().over(partition_by=stage.c.stage_id).label("pipeline_count"),
    ).subquery("ticket_stage")


def _is_answered(
    answered_at: Expression, is_told: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Whether somebody answered; NULL where nothing is read that would tell."""
    return sa.case((answered_at.is_not(None), sa.true()), (is_told, sa.false()))


def _is_called(names: list[str], *values: Expression) -> sa.ColumnElement[bool]:
    """Whether one of the values is among some names, as service.yaml has them."""
    return sa.or_(
        sa.false(), *(sa.func.coalesce(folded(value).in_(names), sa.false()) for value in values)
    )
