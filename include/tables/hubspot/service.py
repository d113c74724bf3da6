"""What customers ask of us, and what they say of it."""

from __future__ import annotations

from include.core.field import Field
from include.tables.hubspot.fields import (
    CREATOR,
    MERGED,
    OBJECT_SOURCE,
    OWNER,
    association,
    choice,
    crm_object,
    listing,
    property_,
)
from include.tables.source_object import SourceObject

SERVICE_OBJECTS: tuple[SourceObject, ...] = (
    listing(
        "pipelines/tickets",
        "ticket_stage",
        "pipelines",
        "One row per stage of each ticket pipeline.",
        Field("pipeline_id", "pipeline_id", "text", "The pipeline.", required=True),
        Field("pipeline_label", "pipeline_label", "text", "Name of the pipeline."),
        Field("stage_id", "stage_id", "text", "The stage, as in hs_pipeline_stage.", required=True),
        Field("label", "stage_label", "text", "Name of the stage.", required=True),
        Field("displayOrder", "sort_order", "integer", "Position in the pipeline."),
        choice(
            "metadata.ticketState", "ticket_state", "Whether it ends the ticket.", "OPEN", "CLOSED"
        ),
        optional=True,
    ),
    crm_object(
        "tickets",
        "ticket",
        "One row per service request.",
        property_("subject", "subject", "text", "Subject."),
        property_("hs_pipeline", "pipeline_id", "text", "The pipeline."),
        # Programs file requests in no stage, and HubSpot takes them: they are open.
        property_(
            "hs_pipeline_stage",
            "stage_id",
            "text",
            "Current stage.",
            required=True,
            severity="warning",
        ),
        property_("hs_ticket_priority", "priority", "text", "Priority."),
        property_("source_type", "origin", "text", "How it reached us."),
        property_("createdate", "create_at", "timestamp", "When it was filed."),
        property_("closed_date", "closed_at", "timestamp", "Latest closing; set anew at each."),
        property_("hs_last_closed_date", "last_closed_at", "timestamp", "Latest closing."),
        property_("hs_is_closed", "is_closed", "boolean", "Resolved."),
        property_(
            "salesforcecaseid", "salesforce_case_id", "text", "The case the native sync ties it to."
        ),
        property_(
            "hs_first_agent_message_sent_at",
            "first_agent_message_at",
            "timestamp",
            "First answer of a person, in any channel.",
            severity="warning",
        ),
        property_(
            "first_agent_reply_date",
            "first_agent_email_at",
            "timestamp",
            "First answer of a person by mail.",
            severity="warning",
        ),
        property_("hs_outbound_ticket", "is_outbound", "boolean", "We wrote first."),
        CREATOR,
        OBJECT_SOURCE,
        OWNER,
        MERGED,
        optional=True,
    ),
    crm_object(
        "feedback_submissions",
        "feedback_submission",
        "One row per answered survey.",
        property_("hs_survey_id", "survey_id", "text", "The survey."),
        property_("hs_survey_name", "survey_name", "text", "Name of the survey."),
        property_("hs_survey_type", "survey_type", "text", "NPS, CSAT, CES."),
        property_("hs_survey_channel", "survey_channel", "text", "How it was sent."),
        property_("hs_value", "score", "decimal", "The answer; NULL when skipped."),
        choice(
            "properties.hs_response_group",
            "response_group",
            "How the answer counts.",
            "PROMOTER",
            "PASSIVE",
            "DETRACTOR",
        ),
        property_("hs_submission_timestamp", "submitted_at", "timestamp", "When it was answered."),
        optional=True,
    ),
    association("tickets", "companies", "ticket_company", "ticket", "company", optional=True),
    association("tickets", "contacts", "ticket_contact", "ticket", "contact", optional=True),
    association(
        "feedback_submissions",
        "contacts",
        "feedback_submission_contact",
        "feedback_submission",
        "contact",
        optional=True,
    ),
    association(
        "feedback_submissions",
        "tickets",
        "feedback_submission_ticket",
        "feedback_submission",
        "ticket",
        optional=True,
    ),
)
