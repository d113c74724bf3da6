"""First answers to Salesforce cases, and which cases we opened ourselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, folded
from include.tables import stage as staged
from include.tables.stage import CURRENT
from include.tables.states import states

DRAFT = "5"
# A person sends what an assistant wrote; AiAutomated is sent by none.
SENT_BY_A_PERSON = "aiassisted"


def case_answers() -> sa.Subquery:
    """One row per case that a person answered for the customer to read, with the first such answer.

    Columns: case_id, answered_at, author_record_id. Internal notes, drafts, incoming mails, automatic
    ones and those of programs are no answers. A note made public is one from then on; an answer that
    was deleted later still was one.
    """
    mail, comment = _mails(), states("salesforce.case_comment")
    written = sa.union_all(
        sa.select(mail.c.case_id, mail.c.sent_at.label("at"), mail.c.author_record_id).where(
            mail.c.is_ours
        ),
        sa.select(comment.c.case_id, comment.c.valid_from_at, comment.c.created_by_user_id).where(
            comment.c.is_published
        ),
    ).subquery("written")
    user = staged.user
    first = sa.func.row_number().over(
        partition_by=written.c.case_id, order_by=(written.c.at, written.c.author_record_id)
    )
    ranked = (
        sa.select(written, first.label("rank"))
        .select_from(written.join(user, user.c.salesforce_user_id == written.c.author_record_id))
        .where(user.c.is_human, written.c.case_id.is_not(None))
        .subquery("ranked")
    )
    return (
        sa.select(
            ranked.c.case_id,
            ranked.c.at.label("answered_at"),
            ranked.c.author_record_id,
        )
        .where(ranked.c.rank == 1)
        .subquery("case_answer")
    )


def case_correspondence() -> sa.Subquery:
    """One row per case with mails: case_id, and `is_ours_first`, whether we wrote the first one."""
    mail, user = _mails(), staged.user
    is_ours = sa.and_(mail.c.is_ours, sa.func.coalesce(user.c.is_human, sa.false()))
    first_of_ours = sa.func.min(sa.case((is_ours, mail.c.sent_at)))
    first_of_theirs = sa.func.min(sa.case((mail.c.is_incoming, mail.c.sent_at)))
    return (
        sa.select(
            mail.c.case_id,
            sa.and_(
                first_of_ours.is_not(None),
                sa.func.coalesce(first_of_ours < first_of_theirs, sa.true()),
            ).label("is_ours_first"),
        )
        .select_from(mail.outerjoin(user, user.c.salesforce_user_id == mail.c.author_record_id))
        .where(mail.c.case_id.is_not(None))
        .group_by(mail.c.case_id)
        .subquery("case_correspondence")
    )


def closing_statuses() -> sa.Subquery:
    """One row per status that some case was ever seen closed with: case_status."""
    case = staged.VERSION["salesforce.case"]
    return (
        sa.select(case.c.case_status.label("case_status"))
        .where(case.c.is_closed)
        .distinct()
        .subquery("closing_status")
    )


def is_case_answer_told() -> sa.ColumnElement[bool]:
    """Whether anything is read that would tell an answer; else none says nothing."""
    return _has_any("salesforce.email_message") | _has_any("salesforce.case_comment")


def is_ticket_answer_told() -> sa.ColumnElement[bool]:
    """Whether HubSpot ever told an answer; portals may lack the properties."""
    ticket = CURRENT["hubspot.ticket"]
    return sa.exists(
        sa.select(sa.literal(1)).where(
            sa.or_(
                ticket.c.first_agent_message_at.is_not(None),
                ticket.c.first_agent_email_at.is_not(None),
            )
        )
    )


def _mails() -> sa.Subquery:
    """Mails of cases and their states: case_id, sent_at, author_record_id, is_incoming, is_ours.

    An incoming mail has the time that the clock of its sender told, but came no later than it is filed.
    """
    mail = states("salesforce.email_message")
    is_incoming = sa.func.coalesce(mail.c.is_incoming, sa.false())
    automation = folded(mail.c.automation_type)
    return sa.select(
        mail.c.case_id,
        sa.case(
            (is_incoming, earlier_of(mail.c.message_at, mail.c.created_at)),
            else_=sa.func.coalesce(mail.c.message_at, mail.c.created_at),
        ).label("sent_at"),
        mail.c.created_by_user_id.label("author_record_id"),
        is_incoming.label("is_incoming"),
        sa.and_(
            sa.not_(is_incoming),
            sa.func.coalesce(mail.c.email_status, "") != DRAFT,
            sa.func.coalesce(automation, SENT_BY_A_PERSON) == SENT_BY_A_PERSON,
        ).label("is_ours"),
    ).subquery("mail")


def _has_any(object_id: str) -> Any:
    """Whether any record of an object is staged."""
    return sa.exists(sa.select(sa.literal(1)).select_from(CURRENT[object_id]))
