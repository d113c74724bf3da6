"""What each user did with each thing a user may do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import add_days
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    at_turns,
    known_by,
    moments,
    positions,
)
from include.metrics.prepared.shape import METADATA, any_of, position_columns, sources_of
from include.metrics.wanted import KEPT, stands_at
from include.tables import facts
from include.tables.base import flag, instant, text

# Creating one of these is using that part of the CRM.
FEATURES = ("account", "campaign", "contact", "deal", "lead", "ticket")
WITHIN_DAYS = 30
USER = ("moment_at", "user_id", "feature")


def rows_of_user_feature(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per moment of the wanted periods, user active then, feature, and as-ofs that know the
    same of it.
    """
    moment = moments("last_date").cte("moment")
    both = sa.union_all(_active(moment), _used(moment, as_ofs)).cte("active_or_used")
    sides = at_turns(both, USER, ("role_id", "team_name", "is_used"), as_ofs).subquery("sides")
    grouped = [sides.c[name] for name in (*USER, ENTERS, LEAVES)]
    return (
        sa.select(
            *grouped,
            sa.func.max(sides.c.role_id).label("role_id"),
            sa.func.max(sides.c.team_name).label("team_name"),
            any_of(sides.c.is_used).label("is_used"),
        )
        .group_by(*grouped)
        .having(any_of(sa.not_(sides.c.is_used)))
    )


def _active(moment: sa.CTE) -> sa.Select[Any]:
    """One row per moment, user active then, and feature."""
    user = facts.user
    feature = sa.union_all(
        *(sa.select(sa.literal(name).label("feature")) for name in FEATURES)
    ).subquery("feature")
    return (
        sa.select(
            moment.c.moment_at,
            user.c.user_id,
            feature.c.feature,
            *(moment.c[name] for name in (ENTERS, LEAVES)),
            user.c.role_id,
            user.c.team_name,
            sa.false().label("is_used"),
        )
        .select_from(
            moment.join(user, stands_at(user, moment.c.moment_at)).join(feature, sa.true())
        )
        .where(user.c.is_counted)
    )


def _used(moment: sa.CTE, as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per moment, and user and feature of which a record was created in the days before."""
    created, date = facts.record_created, facts.date.c
    known = created.c.valid_from_at, created.c.valid_to_at
    enters, leaves = positions(*known, as_ofs)
    is_within = sa.and_(
        date.calendar_date <= moment.c.last_date,
        date.calendar_date > add_days(moment.c.last_date, -WITHIN_DAYS),
    )
    is_of_day = sa.and_(
        created.c.created_date == date.calendar_date, created.c.created_at < moment.c.moment_at
    )
    first = sa.func.greatest(moment.c[ENTERS], enters.element)
    last = sa.func.least(moment.c[LEAVES], leaves.element)
    return (
        sa.select(
            moment.c.moment_at,
            created.c.creator_user_id,
            created.c.object_name,
            first.label(ENTERS),
            last.label(LEAVES),
            sa.cast(sa.null(), sa.Text),
            sa.cast(sa.null(), sa.Text),
            sa.true(),
        )
        .join_from(moment, facts.date, is_within)
        .join(created, is_of_day)
        .where(
            created.c.is_counted,
            created.c.creator_user_id.is_not(None),
            *known_by(*known, as_ofs),
            first <= last,
        )
        .distinct()
    )


user_feature = sa.Table(
    "user_feature",
    METADATA,
    instant("moment_at", "The moment of a wanted period.", primary_key=True),
    *position_columns(),
    text("user_id", "The user.", primary_key=True),
    text("feature", "The kind of record.", primary_key=True),
    text("role_id", "Role of the user."),
    text("team_name", "Team of the user."),
    flag("is_used", f"Created one within {WITHIN_DAYS} days.", nullable=False),
    info={"rows": rows_of_user_feature, **sources_of(facts.user, facts.record_created)},
    **KEPT,
)
