"""Invitations to surveys: whom we asked, and who answered."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import folded, local_date
from include.core.settings import Settings
from include.facts.history import live_states, turned
from include.facts.lookup import prefixed
from include.facts.survey_response import is_test_survey
from include.tables import stage as staged
from include.tables.stage import CURRENT

ANSWERED = "completed"


def survey_invitation(settings: Settings) -> sa.Select:
    """One row per invitation and state; a state begins when the invitation is answered.

    An invitation that names nobody is a link that many may follow: it tells no rate, and does not
    count. HubSpot has no invitations.
    """
    state, survey, person = (
        _states(),
        CURRENT["salesforce.survey"],
        staged.person,
    )
    names = (state.c.survey_id, survey.c.survey_name)
    is_test = is_test_survey(settings, names)
    return sa.select(
        prefixed("salesforce", state.c.record_id).label("survey_invitation_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", state.c.survey_id).label("survey_id"),
        survey.c.survey_name,
        person.c.person_id.label("recipient_id"),
        person.c.customer_id,
        state.c.created_at.label("sent_at"),
        local_date(state.c.created_at, settings.calendar.time_zone).label("sent_date"),
        state.c.is_answered,
        sa.and_(state.c.participant_id.is_not(None), sa.not_(is_test)).label("is_counted"),
    ).select_from(
        state.outerjoin(survey, survey.c.salesforce_survey_id == state.c.survey_id).outerjoin(
            person,
            sa.and_(
                person.c.crm == "salesforce",
                person.c.record_id == state.c.participant_id,
            ),
        )
    )


def _states() -> sa.Subquery:
    """States of invitations, cut where one turns out answered."""
    state = live_states("salesforce.survey_invitation")
    is_answered = sa.func.coalesce(folded(state.c.response_status) == ANSWERED, sa.false())
    observed = sa.select(
        state.c.salesforce_survey_invitation_id.label("record_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.survey_id,
        state.c.participant_id,
        state.c.created_at,
        is_answered.label("is_answered"),
        # The status is the last thing about an invitation to change.
        sa.case((is_answered, state.c.modified_at)).label("turns_at"),
    ).cte("observed")
    return turned(observed, {"is_answered": sa.false()}).subquery("state")
