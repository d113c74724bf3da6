"""Who logged in on which day."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import folded, local_date
from include.core.settings import Settings
from include.facts.lookup import first_user
from include.tables import stage as staged
from include.tables.stage import CURRENT


def login_day(settings: Settings) -> sa.Select:
    """One row per user, day and CRM with an attempt to log in."""
    attempt = login_attempts()
    login_date = local_date(attempt.c.login_at, settings.calendar.time_zone)
    succeeded_at = sa.case((attempt.c.is_success, attempt.c.login_at))
    return sa.select(
        attempt.c.user_id,
        login_date.label("login_date"),
        attempt.c.crm,
        attempt.c.role_id,
        sa.func.sum(sa.case((attempt.c.is_success, 1), else_=0)).label("success_count"),
        sa.func.sum(sa.case((attempt.c.is_success, 0), else_=1)).label("failure_count"),
        sa.func.min(succeeded_at).label("first_success_at"),
        sa.func.max(succeeded_at).label("last_success_at"),
    ).group_by(attempt.c.user_id, login_date, attempt.c.crm, attempt.c.role_id)


def login_attempts() -> sa.Subquery:
    """One row per attempt of a user to log in: crm, user_id, role_id, login_at, is_success."""
    return sa.union_all(_salesforce_attempts(), _hubspot_attempts()).subquery("attempt")


def _salesforce_attempts() -> sa.Select:
    """One row per entry of the login history."""
    login, user = CURRENT["salesforce.login"], staged.user
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        user.c.user_id,
        user.c.role_id,
        login.c.login_at,
        (login.c.login_status == "Success").label("is_success"),
    ).select_from(login.join(user, user.c.salesforce_user_id == login.c.user_id))


def _hubspot_attempts() -> sa.Select:
    """One row per entry of the login activity; by mail address where the id is not known."""
    login = CURRENT["hubspot.login"]
    by_id, by_email = first_user("hubspot_user_id"), first_user("email")
    user_id = sa.func.coalesce(by_id.c.user_id, by_email.c.user_id)
    return (
        sa.select(
            sa.literal("hubspot", sa.Text),
            user_id,
            sa.case((by_id.c.user_id.is_not(None), by_id.c.role_id), else_=by_email.c.role_id),
            login.c.login_at,
            login.c.is_success,
        )
        .select_from(
            login.outerjoin(by_id, by_id.c.known_by == login.c.hubspot_user_id).outerjoin(
                by_email, by_email.c.known_by == folded(login.c.email)
            )
        )
        .where(user_id.is_not(None))
    )
