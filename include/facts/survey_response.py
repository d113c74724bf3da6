"""Answers to surveys of both CRMs as one fact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, folded, later_of, local_date
from include.core.settings import Settings
from include.core.settings_service import Survey
from include.core.strict import folded_text
from include.facts.history import holds_in, live_states, spans, without_repeats
from include.facts.lookup import joined, prefixed, primary_link
from include.tables import facts
from include.tables import stage as staged
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT

TYPES = ("nps", "csat", "ces")
# What the kinds of question of Salesforce's surveys ask about; others count once a survey is listed.
SALESFORCE_TYPES = {"nps": "nps", "csat": "csat"}
# Best answer by kind of survey; the worst is 0 where the best is one of ZERO_BASED, else 1.
SALESFORCE_SCALES = {"nps": 10, "csat": 5, "ces": 7}
# Salesforce's own questions for a score are answered from 0 to 10, whatever the survey is for.
QUESTION_SCALES = {"nps": 10, "csat": 10}
HUBSPOT_SCALES = {"nps": 10, "csat": 2, "ces": 7}
ZERO_BASED = (2, 10)


def survey_response(settings: Settings) -> sa.Select:
    """One row per answered survey and state.

    Whose answer it is to which request changes nothing; that somebody answers again, or that the
    other CRM holds the same answer, does from when it is known.
    """
    answer = _answers(settings)
    kept = without_repeats(_compared(answer, settings), ("survey_response_id",)).subquery("kept")
    return sa.select(
        *(column for column in kept.c if column.name not in {"is_copy", "is_test"}),
        sa.not_(sa.or_(kept.c.is_copy, kept.c.is_test)).label("is_counted"),
    )


def _compared(answer: sa.CTE, settings: Settings) -> sa.CTE:
    """Answers, with what the other answers of the same person to the same kind of survey make of
    them: `superseded_date`, and `is_copy`, that the other CRM's answer counts instead.
    """
    span = spans(answer, "thread")
    held = (
        sa.select(
            *(column for column in answer.c if column.name not in {"valid_from_at", "valid_to_at"}),
            span.c.valid_from_at,
            span.c.valid_to_at,
        )
        .select_from(answer.join(span, holds_in(answer, span, "thread")))
        .subquery("held")
    )
    # The same person gave the same answer about the same request on the same day.
    same = (
        held.c.thread,
        held.c.valid_from_at,
        held.c.responded_date,
        held.c.score,
        held.c.request_key,
    )
    is_of_record = held.c.crm == settings.sources.system_of_record.tickets
    has_original = sa.func.max(sa.case((is_of_record, 1), else_=0)).over(partition_by=same) == 1
    marked = sa.select(
        held,
        sa.and_(
            sa.not_(is_of_record), held.c.respondent_id.is_not(None), held.c.is_scored, has_original
        ).label("is_copy"),
    ).subquery("marked")
    takes_part = sa.and_(marked.c.is_scored, sa.not_(marked.c.is_copy), sa.not_(marked.c.is_test))
    next_date = sa.func.lead(marked.c.responded_date).over(
        partition_by=(marked.c.thread, marked.c.valid_from_at, takes_part),
        order_by=(marked.c.responded_at, marked.c.survey_response_id),
    )
    left_out = {"thread", "request_key"}
    return sa.select(
        *(column for column in marked.c if column.name not in left_out),
        sa.case((takes_part, next_date)).label("superseded_date"),
    ).cte("compared")


def _answers(settings: Settings) -> sa.CTE:
    """Answers of both CRMs and their states, from the instant they were given.

    `thread` is the person and kind of survey; `request_key` the request, the same in both CRMs.
    """
    told = sa.union_all(_salesforce_answers(settings), _hubspot_answers(settings)).subquery("told")
    ticket, person = facts.ticket, staged.person
    begins_at = later_of(told.c.valid_from_at, told.c.responded_at)
    lowest = sa.case((told.c.scale_max.in_(ZERO_BASED), 0), else_=1)
    is_scored = sa.func.coalesce(
        sa.and_(told.c.score >= lowest, told.c.score <= told.c.scale_max), sa.false()
    )
    best, worst = _best(told), _worst(told)
    thread = joined(
        told.c.survey_type, " ", sa.func.coalesce(person.c.person_id, told.c.survey_response_id)
    )
    return (
        sa.select(
            told.c.survey_response_id,
            begins_at.label("valid_from_at"),
            told.c.valid_to_at,
            told.c.crm,
            told.c.survey_id,
            told.c.survey_name,
            told.c.survey_type,
            person.c.person_id.label("respondent_id"),
            sa.func.coalesce(ticket.c.customer_id, person.c.customer_id).label("customer_id"),
            ticket.c.ticket_id,
            ticket.c.owner_user_id.label("agent_user_id"),
            ticket.c.role_id,
            folded(told.c.channel).label("channel"),
            ticket.c.product_id,
            told.c.responded_at,
            local_date(told.c.responded_at, settings.calendar.time_zone).label("responded_date"),
            told.c.score,
            told.c.scale_max,
            is_scored.label("is_scored"),
            sa.and_(is_scored, told.c.score >= best).label("is_promoter"),
            sa.and_(is_scored, told.c.score > worst, told.c.score < best).label("is_passive"),
            sa.and_(is_scored, told.c.score <= worst).label("is_detractor"),
            sa.and_(is_scored, told.c.score >= best).label("is_satisfied"),
            told.c.is_test,
            thread.label("thread"),
            sa.func.coalesce(told.c.request_key, "").label("request_key"),
        )
        .select_from(
            told.outerjoin(
                person,
                sa.and_(
                    person.c.crm == told.c.crm, person.c.record_id == told.c.respondent_record_id
                ),
            ).outerjoin(
                ticket,
                sa.and_(
                    ticket.c.ticket_id == told.c.ticket_id,
                    ticket.c.valid_from_at <= told.c.responded_at,
                    ticket.c.valid_to_at > told.c.responded_at,
                ),
            )
        )
        .where(begins_at < told.c.valid_to_at)
        .cte("answer")
    )


def _best(told: sa.Subquery) -> Expression:
    """The least answer that counts for us: 9 of 10, 6 of 7, 4 of 5, 2 of 2."""
    return sa.case((told.c.scale_max <= 2, told.c.scale_max), else_=told.c.scale_max - 1)


def _worst(told: sa.Subquery) -> Expression:
    """The greatest answer that counts against us: 6 for nps, else 3 of 7, 2 of 5, 0 of 2."""
    return sa.case(
        (sa.and_(told.c.survey_type == "nps", told.c.scale_max == 10), 6),
        (told.c.scale_max <= 2, 0),
        (told.c.scale_max <= 5, 2),
        else_=3,
    )


def _salesforce_answers(settings: Settings) -> sa.Select:
    """One row per survey filled in, kind of question it answers, and state; the first of a kind."""
    state, survey = live_states("salesforce.survey_response"), CURRENT["salesforce.survey"]
    given, question = (
        CURRENT["salesforce.survey_question_response"],
        CURRENT["salesforce.survey_question"],
    )
    about = _subjects()
    names = (state.c.survey_id, survey.c.survey_name)
    kind = folded(question.c.question_type)
    survey_type = _chosen(settings.service.surveys, "type", names, _by_name(kind, SALESFORCE_TYPES))
    usual_scale = sa.func.coalesce(
        _by_name(kind, QUESTION_SCALES), _by_name(survey_type, SALESFORCE_SCALES)
    )
    rank = sa.func.row_number().over(
        partition_by=(
            given.c.survey_response_id,
            state.c.valid_from_at,
            survey_type,
        ),
        # A question that gives no number, such as one for words, comes last.
        order_by=(
            sa.case((given.c.number_value.is_(None), 1), else_=0),
            given.c.survey_question_id,
            given.c.salesforce_survey_question_response_id,
        ),
    )
    is_completed = sa.func.coalesce(folded(state.c.response_status) == "completed", sa.true())
    ranked = (
        sa.select(
            sa.literal("salesforce", sa.Text).label("crm"),
            joined("salesforce:", survey_type, ":", given.c.survey_response_id).label(
                "survey_response_id"
            ),
            state.c.valid_from_at,
            state.c.valid_to_at,
            prefixed("salesforce", state.c.survey_id).label("survey_id"),
            survey.c.survey_name,
            survey_type.label("survey_type"),
            sa.cast(sa.null(), sa.Text).label("channel"),
            given.c.number_value.label("score"),
            _scale(settings, names, usual_scale).label("scale_max"),
            sa.func.coalesce(state.c.completed_at, state.c.created_at).label("responded_at"),
            state.c.submitter_id.label("respondent_record_id"),
            prefixed("salesforce", about.c.case_id).label("ticket_id"),
            short_id(about.c.case_id).label("request_key"),
            is_test_survey(settings, names).label("is_test"),
            rank.label("rank"),
        )
        .select_from(
            state.join(
                given,
                given.c.survey_response_id == state.c.salesforce_survey_response_id,
            )
            .outerjoin(
                question,
                question.c.salesforce_survey_question_id == given.c.survey_question_id,
            )
            .outerjoin(survey, survey.c.salesforce_survey_id == state.c.survey_id)
            .outerjoin(
                about,
                about.c.survey_response_id == state.c.salesforce_survey_response_id,
            )
        )
        .where(survey_type.in_(TYPES), is_completed)
        .subquery("ranked")
    )
    return sa.select(*(column for column in ranked.c if column.name != "rank")).where(
        ranked.c.rank == 1
    )


def _subjects() -> sa.Subquery:
    """One row per survey filled in about a request: survey_response_id, case_id."""
    subject, case = CURRENT["salesforce.survey_subject"], CURRENT["salesforce.case"]
    # A merged request lives on in the one it was merged into.
    case_id = sa.func.coalesce(case.c.merged_into_id, case.c.salesforce_case_id)
    return (
        sa.select(subject.c.survey_response_id, sa.func.min(case_id).label("case_id"))
        .select_from(
            subject.join(
                case, short_id(case.c.salesforce_case_id) == short_id(subject.c.subject_id)
            )
        )
        .group_by(subject.c.survey_response_id)
        .subquery("subject")
    )


def _hubspot_answers(settings: Settings) -> sa.Select:
    """One row per feedback submission and state."""
    state = live_states("hubspot.feedback_submission")
    contact = primary_link("hubspot.feedback_submission_contact")
    about = primary_link("hubspot.feedback_submission_ticket")
    ticket = CURRENT["hubspot.ticket"]
    key = state.c.hubspot_feedback_submission_id
    names = (state.c.survey_id, state.c.survey_name)
    survey_type = _chosen(settings.service.surveys, "type", names, folded(state.c.survey_type))
    request_key = sa.func.coalesce(
        short_id(ticket.c.salesforce_case_id), prefixed("hubspot", about.c.to_id)
    )
    return (
        sa.select(
            sa.literal("hubspot", sa.Text),
            prefixed("hubspot", key),
            state.c.valid_from_at,
            state.c.valid_to_at,
            prefixed("hubspot", state.c.survey_id),
            state.c.survey_name,
            survey_type,
            state.c.survey_channel,
            state.c.score,
            _scale(settings, names, _by_name(survey_type, HUBSPOT_SCALES)),
            sa.func.coalesce(state.c.submitted_at, state.c.created_at),
            contact.c.to_id,
            prefixed("hubspot", about.c.to_id),
            request_key,
            is_test_survey(settings, names),
        )
        .select_from(
            state.outerjoin(contact, contact.c.from_id == key)
            .outerjoin(about, about.c.from_id == key)
            .outerjoin(ticket, ticket.c.hubspot_ticket_id == about.c.to_id)
        )
        .where(survey_type.in_(TYPES))
    )


def _by_name(name: Expression, values: Mapping[str, Any]) -> Expression:
    """What stands for a name; NULL for another one."""
    return sa.case(*((name == each, value) for each, value in values.items()))


def _scale(settings: Settings, names: tuple[Expression, ...], usual: Expression) -> Expression:
    """The best answer of a survey: what service.yaml says, else the usual one."""
    return sa.cast(_chosen(settings.service.surveys, "scale_max", names, usual), sa.Numeric(28, 10))


def is_test_survey(settings: Settings, names: tuple[Expression, ...]) -> Expression:
    """Whether service.yaml says that a survey is a test."""
    tests = [survey for survey in settings.service.surveys if survey.is_test]
    return _chosen(tests, "is_test", names, sa.false())


def _chosen(
    surveys: list[Survey], choice: str, names: tuple[Expression, ...], otherwise: Expression
) -> Expression:
    """What service.yaml says of a survey, by its id or name; `otherwise` where it says nothing."""
    cases: list[tuple[Any, Any]] = []
    for survey in surveys:
        value, named = getattr(survey, choice), folded_text(survey.survey)
        if value is not None:
            is_named = (sa.func.coalesce(folded(name) == named, sa.false()) for name in names)
            cases.append((sa.or_(*is_named), sa.literal(value)))
    return sa.case(*cases, else_=otherwise) if cases else otherwise
