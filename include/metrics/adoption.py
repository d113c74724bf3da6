"""Metrics of how the CRMs are used."""

from __future__ import annotations

import sqlalchemy as sa

from include.metrics.metric import Metric, count_where
from include.metrics.slices import ACTIVITY_TYPE, ROLE, USER
from include.metrics.wanted import stands_at, wanted_period
from include.tables import facts

activity = facts.activity.c
user = facts.user.c
login = facts.login_day.c

# A row of login_day is a whole day. At either end of the week the day's first and last login decide
# on which side it falls; the dates only let the index find the rows.
LOGGED_IN_WITHIN_A_WEEK = sa.exists().where(
    login.user_id == user.user_id,
    login.login_date >= wanted_period.c.week_before_date,
    login.login_date <= wanted_period.c.last_date,
    login.last_success_at >= wanted_period.c.week_before_at,
    login.first_success_at < wanted_period.c.moment_at,
)

USERS_LOGGED_IN_7D = Metric(
    id="users_logged_in_7d",
    name="Users logged in, 7 days",
    question="What share of our users has logged in to a CRM within a week?",
    formula="active users who logged in within the last seven days / active users",
    fact=facts.user,
    date=login.login_date,
    numerator=count_where(LOGGED_IN_WITHIN_A_WEEK),
    denominator=count_where(user.is_counted),
    timing="joined",
    on=stands_at(facts.user, wanted_period.c.moment_at),
    history_days=7,
    also_reads=(facts.login_day,),
    unit="rate",
    better="higher",
    slices=(ROLE,),
    owner="crm-admin",
    basis="The value is the share; numerator and denominator are the numbers of users. The week "
    "ends with the period, or with the as-of while it runs. Failed logins, programs and users who "
    "may not log in do not count.",
    events="active users",
)

ACTIVITIES_COMPLETED = Metric(
    id="activities_completed",
    name="Activities completed",
    question="How many tasks, calls, meetings and mails were done in the period?",
    formula="tasks and calls closed + meetings held + mails sent in the period",
    fact=facts.activity,
    date=activity.completed_date,
    numerator=count_where(activity.is_completed),
    unit="count",
    better="neutral",
    slices=(USER, ROLE, ACTIVITY_TYPE),
    owner="crm-admin",
    basis="By date of completion, not by due date. Invitees' copies, templates of series and copies "
    "synced from the other CRM do not count.",
    events="completed activities",
)
