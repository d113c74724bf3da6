"""The portal: its owners and logins."""

from __future__ import annotations

from include.core.field import Field
from include.tables.hubspot.fields import choice, listing
from include.tables.source_object import SourceObject

PORTAL_OBJECTS: tuple[SourceObject, ...] = (
    listing(
        "owners",
        "owner",
        "owners",
        "One row per owner, archived ones too.",
        Field("email", "email", "text", "Mail address."),
        Field("firstName", "first_name", "text", "First name."),
        Field("lastName", "last_name", "text", "Last name."),
        choice("type", "owner_type", "A person or a queue.", "PERSON", "QUEUE"),
        Field("userIdIncludingInactive", "hubspot_user_id", "text", "Settings user id."),
        Field("team_id", "team_id", "text", "Primary team, as goals name it."),
        Field("team_name", "team_name", "text", "Name of the primary team."),
        Field("createdAt", "created_at", "timestamp", "When the owner was created."),
    ),
    listing(
        "activity/login",
        "login",
        "logins",
        "One row per attempt to log in; history is finite.",
        Field("userId", "hubspot_user_id", "text", "Settings user id."),
        Field("email", "email", "text", "Mail address of the user."),
        Field("loginAt", "login_at", "timestamp", "When.", required=True),
        Field("loginSucceeded", "is_success", "boolean", "Got in.", required=True),
        cursor="loginAt",
        deleted=None,
        optional=True,
        mode="incremental",
        is_log=True,
    ),
)
