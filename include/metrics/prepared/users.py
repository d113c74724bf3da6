"""What each user did with each thing a user may do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import add_days
from include.metrics.prepared.shape import METADATA, any_of, sources_of
from include.metrics.wanted import KEPT, KEYS, key_columns, stands_at, wanted_period
from include.tables import facts
from include.tables.base import flag, text

# Creating one of these is using that part of the CRM.
FEATURES = ("account", "campaign", "contact", "deal", "lead", "ticket")
WITHIN_DAYS = 30


def rows_of_user_feature() -> sa.Select[Any]:
    """One row per wanted period, user active at its moment, and feature."""
    user, created, wanted = facts.user, facts.record_created, wanted_period.c
    keys = [wanted[name] for name in KEYS]
    feature = sa.union_all(
        *(sa.select(sa.literal(name).label("feature")) for name in FEATURES)
    ).subquery("feature")
    done = (
        sa.select(*keys, created.c.creator_user_id, created.c.object_name)
        .join_from(
            wanted_period,
            facts.date,
            sa.and_(
                facts.date.c.calendar_date <= wanted.last_date,
                facts.date.c.calendar_date > add_days(wanted.last_date, -WITHIN_DAYS),
            ),
        )
        .join(
            created,
            sa.and_(
                created.c.created_date == facts.date.c.calendar_date,
                created.c.created_at < wanted.moment_at,
                stands_at(created, wanted.as_of_at),
            ),
        )
        .where(created.c.is_counted)
        .distinct()
        .subquery("done")
    )
    is_same = sa.and_(
        *(done.c[name] == wanted[name] for name in KEYS),
        done.c.creator_user_id == user.c.user_id,
        done.c.object_name == feature.c.feature,
    )
    grouped = [*keys, user.c.user_id, feature.c.feature]
    return (
        sa.select(
            *grouped,
            sa.func.max(user.c.role_id).label("role_id"),
            sa.func.max(user.c.team_name).label("team_name"),
            any_of(done.c.object_name.is_not(None)).label("is_used"),
        )
        .select_from(
            wanted_period.join(user, stands_at(user, wanted.moment_at))
            .join(feature, sa.true())
            .outerjoin(done, is_same)
        )
        .where(user.c.is_counted)
        .group_by(*grouped)
    )


user_feature = sa.Table(
    "user_feature",
    METADATA,
    *key_columns(),
    text("user_id", "The user.", primary_key=True),
    text("feature", "The kind of record.", primary_key=True),
    text("role_id", "Role of the user."),
    text("team_name", "Team of the user."),
    flag("is_used", f"Created one within {WITHIN_DAYS} days.", nullable=False),
    info={"rows": rows_of_user_feature, **sources_of(facts.user, facts.record_created)},
    **KEPT,
)
