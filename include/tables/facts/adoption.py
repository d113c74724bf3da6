"""The users of the CRMs, and what they do there."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, metadata, text
from include.tables.facts.shape import state_columns

user = sa.Table(
    "user",
    metadata,
    *state_columns("user_id", "The user, as stage.user."),
    text("user_name", "Full name."),
    text("email", "Mail address, lower case."),
    text("role_id", "Role."),
    text("role_name", "Name of the role; (no role) where there is none.", nullable=False),
    text("profile_name", "Name of the profile, as of now; HubSpot has none."),
    text("team_name", "Team."),
    text("manager_user_id", "The manager."),
    flag(
        "is_frozen",
        "Kept from logging in to Salesforce for a while.",
        nullable=False,
        # Of the rows that were there before this column, until facts are built anew.
        server_default=sa.false(),
    ),
    flag(
        "is_counted",
        "Human, active and not frozen, in one CRM at least: who login metrics look at.",
        nullable=False,
    ),
    day("created_date", "Day the user was created."),
    instant(
        "first_login_at",
        "First successful login that is known of at all, whenever; NULL when none is.",
    ),
    instant("last_login_at", "Latest successful login, as this state tells it."),
    flag(
        "is_login_known",
        "Salesforce knows of any login there ever was; HubSpot forgets, so no login means nothing.",
    ),
    schema="facts",
    comment="One row per user and state.",
    info={"sources": ("salesforce.user", "hubspot.owner")},
)

activity = sa.Table(
    "activity",
    metadata,
    *state_columns("activity_id", "The activity, crm:type:id."),
    text("activity_type", "task, call, meeting or email.", nullable=False),
    text("user_id", "Who did it, as stage.user."),
    text("role_id", "Role of that user."),
    instant("completed_at", "When it was done; NULL while it is not."),
    day("completed_date", "Day it was done; NULL while it is not."),
    flag(
        "is_completed", "Done: a task or call closed, a meeting held, a mail sent.", nullable=False
    ),
    flag(
        "is_counted",
        "Not an invitee's copy, the template of a series, nor a copy synced from the other CRM.",
        nullable=False,
    ),
    count("duration_seconds", "How long it took, where known."),
    schema="facts",
    comment="One row per task, call, meeting or mail and state. A meeting is done at its end, so a "
    "future one is not done as of today.",
    info={
        "sources": (
            "salesforce.task",
            "salesforce.event",
            "hubspot.call",
            "hubspot.meeting",
            "hubspot.email",
            "hubspot.task",
        ),
        "optional_sources": ("salesforce.email_message",),
    },
)
sa.Index("ix_activity_completed_date", activity.c.completed_date)

login_day = sa.Table(
    "login_day",
    metadata,
    text("user_id", "The user, as stage.user.", primary_key=True),
    day("login_date", "Day, in the reporting time zone.", primary_key=True),
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("role_id", "Role of the user."),
    count("success_count", "Logins that got in.", nullable=False),
    count("failure_count", "Attempts that did not.", nullable=False),
    instant("first_success_at", "First login of the day that got in."),
    instant("last_success_at", "Last login of the day that got in."),
    schema="facts",
    comment="One row per user, day and CRM with an attempt to log in.",
    info={"sources": ("salesforce.login", "hubspot.login")},
)

record_created = sa.Table(
    "record_created",
    metadata,
    *state_columns("record_created_id", "The record, crm:object:id."),
    text("object_name", "account, contact, lead, deal, ticket or campaign.", nullable=False),
    text("record_type", "The object as its CRM calls it, such as opportunity.", nullable=False),
    text("customer_id", "The customer."),
    instant("created_at", "When it was created.", nullable=False),
    day("created_date", "Day it was created.", nullable=False),
    text("creator_user_id", "Who created it, as stage.user."),
    text("creator_role_id", "Role of the creator at that time; NULL for none."),
    text("owner_user_id", "The owner, as stage.user."),
    text("role_id", "Role of the owner."),
    text("team_name", "Team of the creator."),
    text("channel", "Channel an account came from; NULL for other records."),
    text("source", "What created it, as the CRM says, lower case; NULL in Salesforce."),
    flag(
        "is_role_current",
        "The creator's role at that time is not known; creator_role_id is the one known first.",
        nullable=False,
    ),
    flag(
        "is_counted",
        "Created by a person: not an integration, an import or a sync. Deleted ones have no state.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per record a user may create, and state.",
    info={
        "sources": (
            "salesforce.account",
            "salesforce.contact",
            "salesforce.lead",
            "salesforce.opportunity",
            "salesforce.case",
            "salesforce.campaign",
            "hubspot.company",
            "hubspot.contact",
            "hubspot.deal",
            "hubspot.ticket",
        )
    },
)
sa.Index("ix_record_created_created_date", record_created.c.created_date)
