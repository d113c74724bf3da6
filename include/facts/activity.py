"""Tasks, calls, meetings and mails of both CRMs as one fact."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_days,
    earlier_of,
    folded,
    later_of,
    local_date,
    midnight,
    seconds_between,
)
from include.core.settings import Settings
from include.facts.history import live_states, turned
from include.facts.lookup import (
    integration_users,
    is_own_of_hubspot,
    owners,
    owns,
    prefixed,
    program_owners,
)
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT

# Outcomes of a HubSpot meeting that did not take place when it was planned.
NOT_HELD = ("NO_SHOW", "CANCELED", "RESCHEDULED")

ALWAYS, UNKNOWN = sa.true(), sa.null()


def activity(settings: Settings) -> sa.Select:
    """One row per task, call, meeting or mail and state.

    A meeting is done at its end; the rest is done when its state says so. What a program has done does
    not count.
    """
    observed = sa.union_all(
        _salesforce_tasks(settings),
        _salesforce_events(settings),
        _hubspot_calls(),
        _hubspot_meetings(),
        _hubspot_emails(),
        _hubspot_tasks(),
    ).cte("observed")
    before = {"is_completed": sa.false(), "completed_at": sa.null(), "due_date": sa.null()}
    state = turned(observed, before).subquery("state")
    owner, program = owners(), program_owners(settings)
    return sa.select(
        state.c.activity_id,
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.crm,
        state.c.activity_type,
        owner.c.user_id,
        owner.c.role_id,
        state.c.completed_at,
        sa.func.coalesce(
            state.c.due_date, local_date(state.c.completed_at, settings.calendar.time_zone)
        ).label("completed_date"),
        state.c.is_completed,
        sa.and_(state.c.is_counted, program.c.record_id.is_(None)).label("is_counted"),
        state.c.duration_seconds,
    ).select_from(
        state.outerjoin(owner, owns(owner, state.c.crm, state.c.owner_record_id)).outerjoin(
            program, owns(program, state.c.crm, state.c.owner_record_id)
        )
    )


def _observed(
    crm: str,
    state: sa.Subquery,
    key: Expression,
    owner_record_id: Expression,
    *,
    activity_type: Expression,
    id_type: str,
    is_completed: Expression,
    completed_at: Expression,
    turns_at: Expression,
    is_counted: Expression = ALWAYS,
    duration_seconds: Expression = UNKNOWN,
    due_date: Expression = UNKNOWN,
) -> sa.Select:
    """The shape all kinds of activity share; `due_date` stands for a missing day of completion."""
    is_done = sa.and_(sa.func.coalesce(is_completed, sa.false()), completed_at.is_not(None))
    return sa.select(
        sa.literal(crm, sa.Text).label("crm"),
        prefixed(f"{crm}:{id_type}", key).label("activity_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        activity_type.label("activity_type"),
        owner_record_id.label("owner_record_id"),
        sa.case((is_done, completed_at)).label("completed_at"),
        sa.cast(sa.case((is_done, due_date)), sa.Date).label("due_date"),
        is_done.label("is_completed"),
        is_counted.label("is_counted"),
        sa.cast(duration_seconds, sa.BigInteger).label("duration_seconds"),
        sa.case((is_done, turns_at)).label("turns_at"),
    )


def _salesforce_tasks(settings: Settings) -> sa.Select:
    """One row per task and state: task, call or mail by its subtype. Telephones write what they log as
    plain tasks, unless they were told the subtype, which nobody can change later: what lasted was a call.

    The integration writes HubSpot's activities into Salesforce as tasks: those are copies. A task may
    stand for a mail that somebody else sent: that nobody has done. A closed
    task without an instant of completion counts on its due date, or when it was first told to be
    closed where that was before: as late as it can have been done.
    """
    state = live_states("salesforce.task")
    program, received = integration_users(settings), _received_mails()
    subtype = folded(state.c.task_subtype)
    end_of_due_date = midnight(add_days(state.c.activity_date, 1), settings.calendar.time_zone)
    closed_by_at = sa.func.min(sa.case((state.c.is_closed, state.c.modified_at))).over(
        partition_by=state.c.salesforce_task_id, order_by=state.c.valid_from_at, rows=(None, 0)
    )
    completed_at = sa.func.coalesce(state.c.completed_at, earlier_of(end_of_due_date, closed_by_at))
    is_by_due_date = sa.and_(state.c.completed_at.is_(None), end_of_due_date <= closed_by_at)
    return _observed(
        "salesforce",
        state,
        state.c.salesforce_task_id,
        state.c.owner_user_id,
        activity_type=sa.case(
            (subtype.in_(["email", "listemail"]), "email"),
            (sa.or_(subtype == "call", state.c.call_duration_seconds > 0), "call"),
            else_="task",
        ),
        id_type="task",
        is_completed=state.c.is_closed,
        completed_at=completed_at,
        turns_at=earlier_of(completed_at, state.c.modified_at),
        is_counted=sa.and_(
            program.c.salesforce_user_id.is_(None),
            received.c.task_id.is_(None),
            sa.not_(sa.func.coalesce(state.c.is_recurrence, sa.false())),
        ),
        duration_seconds=state.c.call_duration_seconds,
        due_date=sa.case((is_by_due_date, state.c.activity_date)),
    ).select_from(
        state.outerjoin(
            program, program.c.salesforce_user_id == state.c.created_by_user_id
        ).outerjoin(received, received.c.task_id == short_id(state.c.salesforce_task_id))
    )


def _received_mails() -> sa.Subquery:
    """One row per task that stands for a mail we received: task_id, short."""
    mail = CURRENT["salesforce.email_message"]
    task_id = short_id(mail.c.activity_id)
    return (
        sa.select(task_id.label("task_id"))
        .where(mail.c.is_incoming, task_id.is_not(None))
        .distinct()
        .subquery("received_mail")
    )


def _salesforce_events(settings: Settings) -> sa.Select:
    """One row per calendar event and state; what the integration copied from HubSpot's meetings,
    invitees' copies and templates of series do not count. One of whole days ends with the last of them.
    """
    state, program = live_states("salesforce.event"), integration_users(settings)
    told_end_at = sa.func.coalesce(state.c.end_at, state.c.start_at)
    # Days are written as midnights in UTC, whatever the zone; the last one as itself or as the next.
    first_date, after_date = (local_date(at, "UTC") for at in (state.c.start_at, told_end_at))
    is_of_days = sa.and_(
        midnight(first_date, "UTC") == state.c.start_at,
        midnight(after_date, "UTC") == told_end_at,
    )
    last_date = sa.case((is_of_days, later_of(first_date, add_days(after_date, -1))))
    end_of_days = midnight(add_days(last_date, 1), settings.calendar.time_zone)
    end_at = sa.func.coalesce(end_of_days, told_end_at)
    return _observed(
        "salesforce",
        state,
        state.c.salesforce_event_id,
        state.c.owner_user_id,
        activity_type=sa.literal("meeting", sa.Text),
        id_type="event",
        is_completed=sa.true(),
        completed_at=end_at,
        turns_at=end_at,
        is_counted=sa.and_(
            program.c.salesforce_user_id.is_(None),
            sa.not_(sa.func.coalesce(state.c.is_child, sa.false())),
            sa.not_(sa.func.coalesce(state.c.is_recurrence, sa.false())),
        ),
        duration_seconds=seconds_between(state.c.start_at, state.c.end_at),
        due_date=last_date,
    ).select_from(
        state.outerjoin(program, program.c.salesforce_user_id == state.c.created_by_user_id)
    )


def _hubspot_calls() -> sa.Select:
    """One row per call and state; one without a status, as programs write them, took place as well.

    Each did so at its time: one that is logged ahead, as mails and tasks may be too, not before it.
    """
    state = live_states("hubspot.call")
    status = sa.func.coalesce(folded(state.c.call_status), "completed")
    return _observed(
        "hubspot",
        state,
        state.c.hubspot_call_id,
        state.c.owner_id,
        is_counted=is_own_of_hubspot(state, "salesforce.task"),
        activity_type=sa.literal("call", sa.Text),
        id_type="call",
        is_completed=status == "completed",
        completed_at=state.c.call_at,
        turns_at=state.c.call_at,
        duration_seconds=sa.func.floor(
            state.c.call_duration_milliseconds.op("/", return_type=sa.Numeric())(1000)
        ),
    )


def _hubspot_meetings() -> sa.Select:
    """One row per meeting and state; held unless its outcome says otherwise.

    What programs log may have its time, and neither a start nor an end. How long a meeting was only
    its own start says: before November 2024 HubSpot took the instant of logging for a missing time.
    """
    state = live_states("hubspot.meeting")
    end_at = sa.func.coalesce(state.c.end_at, state.c.start_at, state.c.meeting_at)
    return _observed(
        "hubspot",
        state,
        state.c.hubspot_meeting_id,
        state.c.owner_id,
        is_counted=is_own_of_hubspot(state, "salesforce.event"),
        activity_type=sa.literal("meeting", sa.Text),
        id_type="meeting",
        is_completed=sa.func.coalesce(state.c.meeting_outcome, "").not_in(NOT_HELD),
        completed_at=end_at,
        turns_at=end_at,
        duration_seconds=seconds_between(state.c.start_at, state.c.end_at),
    )


def _hubspot_emails() -> sa.Select:
    """One row per mail and state; done when we sent it."""
    state = live_states("hubspot.email")
    return _observed(
        "hubspot",
        state,
        state.c.hubspot_email_id,
        state.c.owner_id,
        is_counted=is_own_of_hubspot(state, "salesforce.task"),
        activity_type=sa.literal("email", sa.Text),
        id_type="email",
        is_completed=sa.and_(
            state.c.email_direction == "EMAIL",
            sa.func.coalesce(state.c.email_status, "SENT") == "SENT",
        ),
        completed_at=state.c.sent_at,
        turns_at=state.c.sent_at,
    )


def _hubspot_tasks() -> sa.Select:
    """One row per task and state."""
    state = live_states("hubspot.task")
    completed_at = sa.func.coalesce(state.c.completed_at, state.c.modified_at)
    return _observed(
        "hubspot",
        state,
        state.c.hubspot_task_id,
        state.c.owner_id,
        is_counted=is_own_of_hubspot(state, "salesforce.task"),
        activity_type=sa.literal("task", sa.Text),
        id_type="task",
        is_completed=state.c.task_status == "COMPLETED",
        completed_at=completed_at,
        turns_at=completed_at,
    )
