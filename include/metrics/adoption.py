"""Metrics of how the CRMs are used."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import add_days
from include.metrics.metric import Metric, Part, count_where, if_known, total
from include.metrics.prepared.users import user_feature
from include.metrics.slices import (
    ACTIVITY_TYPE,
    CHANNEL,
    CREATOR,
    CREATOR_ROLE,
    FEATURE,
    OWNER,
    PROFILE,
    ROLE,
    ROLE_OF_USER,
    SEGMENT,
    TEAM,
    TEAM_OF_CREATOR,
    TEAM_OF_USER,
    USER,
)
from include.metrics.wanted import stands_at, wanted_period
from include.tables import facts

activity = facts.activity.c
user = facts.user.c
login = facts.login_day.c
created = facts.record_created.c

# A row of login_day is a whole day. At either end of the week the day's first and last login decide
# on which side it falls; the dates only let the index find the rows.
LOGGED_IN_WITHIN_A_WEEK = sa.exists().where(
    login.user_id == user.user_id,
    login.login_date >= wanted_period.c.week_before_date,
    login.login_date <= wanted_period.c.last_date,
    login.last_success_at >= wanted_period.c.week_before_at,
    login.first_success_at < wanted_period.c.moment_at,
)

# First day of which each CRM still remembers a login; NULL where it tells none.
_REMEMBERED = facts.login_day.alias("remembered")
REMEMBERED_SINCE = {
    crm: sa.select(sa.func.min(_REMEMBERED.c.login_date))
    .where(_REMEMBERED.c.crm == crm)
    .scalar_subquery()
    for crm in ("salesforce", "hubspot")
}
LOGIN_DAYS = 7
IS_WEEK_REMEMBERED = sa.func.coalesce(
    sa.case(REMEMBERED_SINCE, value=user.crm)
    <= add_days(wanted_period.c.last_date, 1 - LOGIN_DAYS),
    sa.false(),
)
IS_WEEK_KNOWN = sa.or_(LOGGED_IN_WITHIN_A_WEEK, IS_WEEK_REMEMBERED)

USERS_LOGGED_IN_7D = Metric(
    id="users_logged_in_7d",
    name="Users logged in, 7 days",
    question="What share of our users has logged in to a CRM within a week?",
    formula="active users who logged in within the last seven days / active users",
    fact=facts.user,
    date=login.login_date,
    numerator=count_where(LOGGED_IN_WITHIN_A_WEEK),
    denominator=count_where(user.is_counted & IS_WEEK_KNOWN),
    excluded=count_where(user.is_counted & ~IS_WEEK_KNOWN),
    timing="joined",
    on=stands_at(facts.user, wanted_period.c.moment_at),
    history_days=LOGIN_DAYS,
    also_reads=(facts.login_day,),
    unit="rate",
    better="higher",
    slices=(ROLE, PROFILE, TEAM),
    owner="crm-admin",
    basis="The value is the share; numerator and denominator are the numbers of users. The seven "
    "days end with the period, or at the as-of while it runs. Failed logins do not count, nor do "
    "integration users and users who cannot log in, such as frozen ones. Users of a CRM that "
    "reports no logins, or none yet for these days, are left out and counted.",
    events="active users",
)

ACTIVITIES_COMPLETED = Metric(
    id="activities_completed",
    name="Activities completed",
    question="How many tasks, calls, meetings and mails were completed in the period?",
    formula="tasks and calls closed + meetings held + mails sent in the period",
    fact=facts.activity,
    date=activity.completed_date,
    numerator=count_where(activity.is_completed),
    unit="count",
    better="neutral",
    slices=(USER, ROLE_OF_USER, TEAM_OF_USER, ACTIVITY_TYPE),
    owner="crm-admin",
    basis="By date of completion, not by due date. Invitees' copies of a meeting, templates of a "
    "series, copies synced from the other CRM, and what integration users did do not count.",
    events="completed activities",
)

GRACE_DAYS = 7
EVER_LOGGED_IN = sa.func.coalesce(
    sa.or_(
        user.first_login_at < wanted_period.c.moment_at,
        sa.exists().where(
            login.user_id == user.user_id,
            login.login_date <= wanted_period.c.last_date,
            login.first_success_at < wanted_period.c.moment_at,
        ),
    ),
    sa.false(),
)
# Salesforce tells the latest login, and of the earlier ones those of half a year: who was there
# before those, and logged in after the moment, may have done so before it as well.
WOULD_BE_KNOWN = sa.or_(
    user.last_login_at.is_(None),
    sa.func.coalesce(user.created_date >= REMEMBERED_SINCE["salesforce"], sa.false()),
)
IS_LOGIN_KNOWN = (
    user.is_counted & user.is_login_known.is_(sa.true()) & sa.or_(EVER_LOGGED_IN, WOULD_BE_KNOWN)
)

IS_LONG_CREATED = user.created_date < add_days(wanted_period.c.last_date, -GRACE_DAYS)
STANDS = stands_at(facts.user, wanted_period.c.moment_at)


def _users(condition: sa.ColumnElement[bool]) -> Part:
    """Users at the period's moment for whom a condition holds."""
    return Part(
        fact=facts.user,
        date=user.created_date,
        timing="joined",
        on=STANDS,
        measure=count_where(user.is_counted & condition),
    )


USERS_NEVER_LOGGED_IN = Metric(
    id="users_never_logged_in",
    name="Users who never logged in",
    question="How many of our users have never logged in to the CRM?",
    formula=f"active users created more than {GRACE_DAYS} days before who never logged in",
    parts={
        "never": _users(IS_LOGIN_KNOWN & IS_LONG_CREATED & ~EVER_LOGGED_IN),
        "known": _users(IS_LOGIN_KNOWN),
        "unknown": _users(~IS_LOGIN_KNOWN),
    },
    # Nothing, rather than none, where it is known of nobody.
    numerator=if_known(total("never"), total("known"), total("unknown")),
    sample=total("known"),
    excluded=total("unknown"),
    also_reads=(facts.login_day,),
    unit="count",
    better="lower",
    slices=(ROLE, PROFILE, TEAM),
    owner="crm-admin",
    basis="At the end of the period, or at the as-of while it runs. HubSpot does not keep old "
    "logins, so its users are left out and counted. So are Salesforce users who were created "
    "before the login history begins, unless it shows a login by then.",
    events="active users whose logins are known",
)

_DOER = facts.user.alias("doer")
IS_OF_ACTIVE_USER = sa.exists().where(
    _DOER.c.user_id == activity.user_id,
    _DOER.c.is_counted,
    stands_at(_DOER, wanted_period.c.moment_at),
)


def _activities(condition: sa.ColumnElement[bool]) -> Part:
    """Activities of the period whose user, as of its end, fulfils a condition."""
    return Part(
        fact=facts.activity,
        date=activity.completed_date,
        where=activity.is_completed,
        on=condition,
        as_known=True,
        measure=count_where(activity.is_completed),
    )


ACTIVITIES_PER_USER = Metric(
    id="activities_completed_per_user",
    name="Activities per active user",
    question="How many activities does an active user complete in the period?",
    formula="activities that active users completed in the period / active users at its end",
    parts={
        "activities": _activities(IS_OF_ACTIVE_USER),
        "others": _activities(~IS_OF_ACTIVE_USER),
        "users": Part(
            fact=facts.user,
            date=activity.completed_date,
            timing="joined",
            on=stands_at(facts.user, wanted_period.c.moment_at),
            measure=count_where(user.is_counted),
        ),
    },
    numerator=total("activities"),
    denominator=total("users"),
    excluded=total("others"),
    unit="ratio",
    better="neutral",
    slices=(ROLE_OF_USER,),
    owner="crm-admin",
    basis="Activities as in activities completed, users as in users logged in. What integration "
    "users, people who have left by the end of the period, or nobody in particular did is left "
    "out and counted. Roles are those of the time.",
    events="active users",
)

ACCOUNTS_CREATED_BY_OWNER_ROLE = Metric(
    id="accounts_created_by_owner_role",
    name="Accounts created",
    question="How many accounts were created, and by whom?",
    formula="accounts created in the period",
    fact=facts.record_created,
    date=created.created_date,
    numerator=count_where(created.object_name == "account"),
    partly=count_where((created.object_name == "account") & created.is_role_current),
    partly_reason="The role of some creators at that time is unknown; their first known role is used.",
    unit="count",
    better="higher",
    slices=(CREATOR_ROLE, ROLE, TEAM_OF_CREATOR, CREATOR, OWNER, CHANNEL, SEGMENT),
    owner="crm-admin",
    basis="By the role the creator had when the account was created, and by the owner's role; the "
    "team is the creator's. Accounts created by integrations and imports do not count.",
    events="accounts created",
)

FEATURE_USAGE = Metric(
    id="feature_usage",
    name="Use of the CRM's features",
    question="What share of our users works with each kind of record?",
    formula="active users who created such a record within 30 days / active users",
    fact=user_feature,
    date=created.created_date,
    timing="prepared",
    numerator=count_where(user_feature.c.is_used),
    denominator=count_where(user_feature.c.feature.is_not(None)),
    unit="rate",
    better="higher",
    slices=(FEATURE, ROLE, TEAM),
    grains=("week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"),
    owner="crm-admin",
    basis="The thirty days up to the end of the period, or to the as-of while it runs. The total "
    "is over all users and all kinds of record together.",
    events="users",
)
