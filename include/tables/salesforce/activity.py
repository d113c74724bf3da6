"""What our people do."""

from __future__ import annotations

from include.tables.salesforce.fields import (
    CREATED,
    CREATOR,
    OWNER,
    choice,
    reference,
    salesforce_object,
    text,
    typed,
)
from include.tables.source_object import SourceObject

ACTIVITY_OBJECTS: tuple[SourceObject, ...] = (
    salesforce_object(
        "Task",
        "task",
        "One row per task, call or mail logged.",
        reference("WhoId", "person_id", "contact", "Lead or contact."),
        reference("WhatId", "related_id", "account", "Account, opportunity or other record."),
        reference("AccountId", "account_id", "account", "The customer."),
        text("Subject", "subject", "Subject."),
        text("Status", "task_status", "Status.", required=True),
        choice(
            "TaskSubtype",
            "task_subtype",
            "What kind of task it is.",
            "Task",
            "Call",
            "Email",
            "ListEmail",
            "Cadence",
            "LinkedIn",
        ),
        typed("IsClosed", "is_closed", "boolean", "Done.", required=True),
        typed(
            "ActivityDate",
            "activity_date",
            "date",
            "Due date, not the day of completion.",
            severity="warning",
        ),
        typed("CompletedDateTime", "completed_at", "timestamp", "When it was done."),
        typed(
            "CallDurationInSeconds",
            "call_duration_seconds",
            "integer",
            "Length of the call.",
            minimum=0,
            severity="warning",
        ),
        typed("IsRecurrence", "is_recurrence", "boolean", "The template of a series."),
        CREATOR,
        OWNER,
        CREATED,
    ),
    salesforce_object(
        "Event",
        "event",
        "One row per meeting in the calendar.",
        reference("WhoId", "person_id", "contact", "Lead or contact."),
        reference("WhatId", "related_id", "account", "Account, opportunity or other record."),
        reference("AccountId", "account_id", "account", "The customer."),
        text("Subject", "subject", "Subject."),
        typed("StartDateTime", "start_at", "timestamp", "Start."),
        typed("EndDateTime", "end_at", "timestamp", "End."),
        typed("IsChild", "is_child", "boolean", "An invitee's copy of the meeting."),
        typed("IsRecurrence", "is_recurrence", "boolean", "The template of a series."),
        CREATOR,
        OWNER,
        CREATED,
    ),
)
