"""What our people do."""

from __future__ import annotations

from include.tables.hubspot.fields import OBJECT_SOURCE, OWNER, choice, crm_object, property_
from include.tables.source_object import SourceObject

ACTIVITY_OBJECTS: tuple[SourceObject, ...] = (
    crm_object(
        "calls",
        "call",
        "One row per call logged.",
        property_("hs_timestamp", "call_at", "timestamp", "When the call was."),
        property_("hs_call_status", "call_status", "text", "COMPLETED, NO_ANSWER and so on."),
        choice(
            "properties.hs_call_direction", "call_direction", "Who called.", "INBOUND", "OUTBOUND"
        ),
        property_(
            "hs_call_duration",
            "call_duration_milliseconds",
            "integer",
            "Length in milliseconds.",
            minimum=0,
            severity="warning",
        ),
        OBJECT_SOURCE,
        OWNER,
        optional=True,
    ),
    crm_object(
        "meetings",
        "meeting",
        "One row per meeting logged.",
        property_(
            "hs_timestamp",
            "meeting_at",
            "timestamp",
            "When it was; programs may write this, and no start.",
        ),
        property_("hs_meeting_start_time", "start_at", "timestamp", "Start."),
        property_("hs_meeting_end_time", "end_at", "timestamp", "End."),
        property_("hs_meeting_outcome", "meeting_outcome", "text", "COMPLETED, NO_SHOW and so on."),
        OBJECT_SOURCE,
        OWNER,
        optional=True,
    ),
    crm_object(
        "emails",
        "email",
        "One row per mail logged.",
        property_("hs_timestamp", "sent_at", "timestamp", "When it was sent or received."),
        property_(
            "hs_email_direction",
            "email_direction",
            "text",
            "EMAIL for sent, INCOMING_EMAIL for received, FORWARDED_EMAIL.",
        ),
        property_("hs_email_status", "email_status", "text", "SENT, BOUNCED, FAILED, SCHEDULED."),
        OBJECT_SOURCE,
        OWNER,
        optional=True,
    ),
    crm_object(
        "tasks",
        "task",
        "One row per task.",
        property_(
            "hs_timestamp",
            "due_at",
            "timestamp",
            "Due, not the moment of completion.",
            severity="warning",
        ),
        property_("hs_task_status", "task_status", "text", "NOT_STARTED, COMPLETED and so on."),
        property_(
            "hs_task_completion_date",
            "completed_at",
            "timestamp",
            "When it was done; while open it may hold the due date.",
        ),
        property_("hs_task_type", "task_type", "text", "TODO, CALL, EMAIL."),
        OBJECT_SOURCE,
        OWNER,
        optional=True,
    ),
)
