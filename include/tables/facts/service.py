"""Service requests, the work on them, and what customers said."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, metadata, number, text
from include.tables.facts.shape import state_columns

ticket = sa.Table(
    "ticket",
    metadata,
    *state_columns("ticket_id", "The service request, crm:id."),
    text("customer_id", "The customer."),
    text("owner_user_id", "The owner; NULL for a queue."),
    text("role_id", "Role of the owner."),
    text("agent_user_id", "Who answered first; the owner while nobody has."),
    text("team_name", "Team of that agent."),
    text("priority", "Priority, lower case."),
    text("origin", "How it reached us, lower case."),
    text("product_id", "The product it is about, crm:id; HubSpot has none."),
    instant("created_at", "When it was filed.", nullable=False),
    day("created_date", "Day it was filed.", nullable=False),
    instant("first_resolved_at", "First closing known."),
    instant("resolved_at", "Latest closing; NULL while open."),
    day("resolved_date", "Day of the latest closing; NULL while open."),
    flag("is_resolved", "Closed.", nullable=False),
    flag(
        "is_counted",
        "A request in its own right: not merged, not a copy in the other CRM.",
        nullable=False,
    ),
    flag("is_closed_on_create", "Was closed when filed.", nullable=False),
    flag("is_reopened", "Closed more than once.", nullable=False),
    flag("is_duration_negative", "Closed before it was filed.", nullable=False),
    count(
        "resolution_seconds",
        "From filing to the latest closing, less what it waited in statuses of service.yaml; NULL "
        "while open, when negative, and when closed on create.",
    ),
    count("first_resolution_seconds", "From filing to the first closing; NULL likewise."),
    count(
        "resolution_business_seconds",
        "resolution_seconds within business hours, as service.yaml has them.",
    ),
    instant(
        "first_response_at",
        "First answer of a person that the customer could read; NULL while there is none.",
    ),
    count(
        "first_response_seconds",
        "From filing to the first answer; NULL while there is none, and when negative.",
    ),
    count("first_response_business_seconds", "The same within business hours."),
    flag(
        "is_answered",
        "A person answered, and the customer could read it; NULL of one by phone, and where nothing is "
        "read that would tell.",
    ),
    flag("is_outbound", "We opened it: its first answer says nothing."),
    schema="facts",
    comment="One row per service request and state.",
    info={
        "sources": ("salesforce.case", "hubspot.ticket"),
        "optional_sources": (
            "salesforce.email_message",
            "salesforce.case_comment",
            "salesforce.case_history",
        ),
    },
)
sa.Index("ix_ticket_resolved_date", ticket.c.resolved_date)

business_hours = sa.Table(
    "business_hours",
    metadata,
    day("business_date", "Day, in the time zone of the business hours.", primary_key=True),
    instant("starts_at", "First instant of the stretch.", primary_key=True),
    instant("ends_at", "First instant after it.", nullable=False),
    instant("opens_at", "When it opens; starts_at where it does not.", nullable=False),
    instant("closes_at", "When it closes; opens_at where it does not open.", nullable=False),
    count(
        "open_seconds_before",
        "Seconds open from the first day here until opens_at.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per day and stretch of it that begins with an opening, the first one at "
    "midnight; none where service.yaml has no business hours. Seconds open between two instants "
    "are the difference of two look-ups.",
)

agent_work = sa.Table(
    "agent_work",
    metadata,
    *state_columns("agent_work_id", "The piece of work, crm:kind:id."),
    text("ticket_id", "The request, as facts.ticket; NULL for other work."),
    text("customer_id", "The customer."),
    text("agent_user_id", "Who did it, as stage.user."),
    text("role_id", "Role of the agent."),
    text("team_name", "Team of the agent."),
    text("channel", "How it reached us, lower case."),
    text("priority", "Priority of the request, lower case."),
    text("product_id", "The product the request is about, crm:id."),
    instant("closed_at", "When it ended; NULL while it lasts."),
    day("closed_date", "Day it ended; NULL while it lasts."),
    count("handle_seconds", "From accepting to closing."),
    count("active_seconds", "Time it was in front of the agent, where known."),
    flag("is_handled", "Ended, and neither declined nor cancelled.", nullable=False),
    flag("is_proxy", "Not measured as handling time: the length of a call.", nullable=False),
    flag("is_counted", "Always.", nullable=False),
    schema="facts",
    comment="One row per piece of work routed to an agent and state; a transfer makes two.",
    info={"sources": (), "optional_sources": ("salesforce.agent_work", "hubspot.call")},
)
sa.Index("ix_agent_work_closed_date", agent_work.c.closed_date)

survey_invitation = sa.Table(
    "survey_invitation",
    metadata,
    *state_columns("survey_invitation_id", "The invitation, crm:id."),
    text("survey_id", "The survey, crm:id."),
    text("survey_name", "Name of the survey."),
    text("recipient_id", "Who was asked, as stage.person; NULL for users and unknown people."),
    text("customer_id", "The customer."),
    instant("sent_at", "When it was made.", nullable=False),
    day("sent_date", "Day of that.", nullable=False),
    flag("is_answered", "The survey was answered to the end.", nullable=False),
    flag(
        "is_counted",
        "To one person, and not to a survey left out as a test.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per invitation to a survey and state. HubSpot has no invitations.",
    info={"sources": (), "optional_sources": ("salesforce.survey_invitation",)},
)
sa.Index("ix_survey_invitation_sent_date", survey_invitation.c.sent_date)

survey_response = sa.Table(
    "survey_response",
    metadata,
    *state_columns("survey_response_id", "The answer, crm:id; in Salesforce crm:type:id."),
    text("survey_id", "The survey, crm:id."),
    text("survey_name", "Name of the survey."),
    text("survey_type", "nps, csat, ces.", nullable=False),
    text("respondent_id", "Who answered, as stage.person; NULL for an anonymous answer."),
    text("customer_id", "The customer."),
    text("ticket_id", "The request it is about, as facts.ticket."),
    text("agent_user_id", "Owner of that request, as stage.user."),
    text("role_id", "Role of that agent."),
    text("channel", "How the survey was sent, lower case."),
    text("product_id", "The product that request is about, crm:id."),
    instant("responded_at", "When it was answered.", nullable=False),
    day("responded_date", "Day of that.", nullable=False),
    number("score", "The answer on its scale; NULL when skipped."),
    number("scale_max", "Best answer the scale has."),
    flag("is_scored", "Has a score.", nullable=False),
    flag("is_promoter", "Counts for us: 9 of 10, 6 of 7, 4 of 5, 2 of 2, or more.", nullable=False),
    flag("is_passive", "Counts neither way.", nullable=False),
    flag(
        "is_detractor",
        "Counts against us: up to 6 of 10, 3 of 7, 2 of 5, 0 of 2.",
        nullable=False,
    ),
    flag(
        "is_satisfied",
        "One of the best two answers; on a scale of 0 to 2, the best.",
        nullable=False,
    ),
    day(
        "superseded_date",
        "Day of the same person's next scored answer to a survey of this type; NULL for the latest.",
    ),
    flag(
        "is_counted",
        "Not a copy in the other CRM, nor of a survey left out as a test.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per answered survey and state.",
    info={
        "sources": (),
        "optional_sources": (
            "salesforce.survey_response",
            "salesforce.survey_question_response",
            "salesforce.survey_question",
            "hubspot.feedback_submission",
        ),
    },
)
sa.Index("ix_survey_response_responded_date", survey_response.c.responded_date)
