"""What was to be won in a period, and what of it each owner has won."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import days_between, midnight
from include.metrics.group import members_of
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    at_turns,
    changes,
    known_by,
    positions,
    sums_between,
)
from include.metrics.prepared.shape import METADATA, sources_of, state_columns
from include.metrics.slices import TEAM_OF_OWNER
from include.metrics.wanted import KEPT, PERIOD, is_on_day, periods, wanted_day
from include.tables import facts
from include.tables.base import amount, count, day, flag, text

WHOSE = ("owner_user_id", "role_id", "team_name")
OWNER = (*PERIOD, "owner_user_id")
# What is one plan: its quotas of shorter and longer spans of days are the same money.
PLAN = (*PERIOD, "owner_key", "team_key")


def rows_of_due_quota(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, quota for days of the period only, and as-ofs that know it so.

    Where somebody has quotas by the month and by the quarter, those of the quarter stand for a
    quarter, and those of its months only for the months: both would be the same money twice.
    """
    each = _quotas_within(as_ofs).cte("quota_within")
    names = [column.name for column in each.c if column.name not in (*PLAN, ENTERS, LEAVES)]
    standing = at_turns(each, PLAN, names, as_ofs).cte("standing")
    whole = standing.alias("whole")
    first, last = "quota_start_date", "quota_end_date"
    is_part_of_another = sa.exists().where(
        *(whole.c[name] == standing.c[name] for name in (*PLAN, ENTERS)),
        whole.c[first] <= standing.c[first],
        whole.c[last] >= standing.c[last],
        sa.or_(whole.c[first] < standing.c[first], whole.c[last] > standing.c[last]),
    )
    return sa.select(*(standing.c[name] for name in (*PERIOD, ENTERS, LEAVES, *names))).where(
        sa.not_(is_part_of_another)
    )


def _quotas_within(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, quota for days of the period only, and as-ofs that know the same of it.

    An owner's is of the team the owner was in at its end, as what is won is of that of the day.
    """
    quota = facts.quota
    period = periods("start_date", "end_date").subquery("period")
    ends_at, of_owner = (
        midnight(quota.c.end_date, as_ofs.zone.key),
        members_of(quota, (TEAM_OF_OWNER,)),
    )
    known, then = of_owner.known(ends_at), of_owner.seen[facts.user.name, TEAM_OF_OWNER.key]
    team_name = sa.case((then.c.key.is_not(None), then.c.team_name), else_=quota.c.team_name)
    own_team = sa.case((quota.c.owner_user_id.is_(None), quota.c.team_name))
    is_within = sa.and_(
        quota.c.start_date >= period.c.start_date,
        quota.c.start_date < period.c.end_date,
        quota.c.end_date <= period.c.end_date,
    )
    return (
        sa.select(
            *(period.c[name] for name in PERIOD),
            # Of nobody, or of no team, is a key as well; who changes the team has one plan all the same.
            sa.func.coalesce(quota.c.owner_user_id, "").label("owner_key"),
            sa.func.coalesce(own_team, "").label("team_key"),
            *positions(*known, as_ofs),
            quota.c.start_date.label("quota_start_date"),
            quota.c.end_date.label("quota_end_date"),
            *(quota.c[name] for name in ("quota_id", "owner_user_id", "role_id", "quota_amount")),
            team_name.label("team_name"),
            days_between(period.c.start_date, period.c.end_date).label("period_days"),
        )
        .select_from(of_owner.joined_as_known(period.join(quota, is_within), ends_at, as_ofs))
        .where(quota.c.is_counted, *known_by(*known, as_ofs))
    )


due_quota = sa.Table(
    "due_quota",
    METADATA,
    *state_columns(),
    text("quota_id", "The quota.", primary_key=True),
    day("quota_start_date", "First day of the quota.", nullable=False),
    day("quota_end_date", "First day after it.", nullable=False),
    *(text(name, "As in facts.quota; the team that of its end.") for name in WHOSE),
    amount("quota_amount", "The quota; NULL where it is in a currency without a rate."),
    count("period_days", "Days of the period.", nullable=False),
    info={"rows": rows_of_due_quota, **sources_of(facts.quota)},
    **KEPT,
)


def rows_of_quota_owner(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, owner with a quota in it, and as-ofs that know the same of both."""
    due = _owed(as_ofs).cte("due")
    won = _won(due, as_ofs).subquery("won")
    is_same = sa.and_(
        *(due.c[name] == won.c[name] for name in OWNER),
        due.c[ENTERS] <= won.c[LEAVES],
        due.c[LEAVES] >= won.c[ENTERS],
    )
    told = [column.name for column in due.c if column.name not in (ENTERS, LEAVES)]
    return sa.select(
        sa.func.greatest(due.c[ENTERS], won.c[ENTERS]).label(ENTERS),
        sa.func.least(due.c[LEAVES], won.c[LEAVES]).label(LEAVES),
        *(due.c[name] for name in told),
        won.c.won_amount,
    ).join_from(due, won, is_same)


def _owed(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, owner with a quota in it, and as-ofs that know the same of it."""
    quota = rows_of_due_quota(as_ofs).cte("due_quota_of_owner")
    owned = (
        sa.select(quota)
        .where(quota.c.owner_user_id.is_not(None), quota.c.quota_amount.is_not(None))
        .cte("owned")
    )
    names = [column.name for column in owned.c if column.name not in (*OWNER, ENTERS, LEAVES)]
    stood = at_turns(owned, OWNER, names, as_ofs).subquery("stood")
    # Who moved within the period is of the team and role of its end.
    rank = sa.func.row_number().over(
        partition_by=[stood.c[name] for name in (*OWNER, ENTERS, LEAVES)],
        order_by=(stood.c.quota_end_date.desc(), stood.c.quota_id),
    )
    standing = sa.select(stood, (rank == 1).label("is_last")).subquery("owed")
    grouped = [standing.c[name] for name in (*OWNER, ENTERS, LEAVES)]
    days = days_between(standing.c.quota_start_date, standing.c.quota_end_date)
    return sa.select(
        *grouped,
        *(
            sa.func.max(sa.case((standing.c.is_last, standing.c[name]))).label(name)
            for name in ("role_id", "team_name")
        ),
        sa.func.sum(standing.c.quota_amount).label("quota_amount"),
        # Of a period of which nobody planned a part, what is won in it is held against too little.
        (sa.func.sum(days) < sa.func.min(standing.c.period_days)).label("is_partly_planned"),
    ).group_by(*grouped)


def _won(due: sa.CTE, as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per such period and owner, and as-ofs that know the same to be won in it: how much."""
    credit = facts.deal_credit
    known = credit.c.valid_from_at, credit.c.valid_to_at
    each = sa.select(*(due.c[name] for name in OWNER)).distinct().cte("each_owner")
    is_its = sa.and_(*(wanted_day.c[name] == each.c[name] for name in PERIOD))
    rows = (
        sa.select(
            *(each.c[name] for name in OWNER),
            *positions(*known, as_ofs),
            credit.c.credit_amount.label("won_amount"),
        )
        .join_from(each, credit, credit.c.owner_user_id == each.c.owner_user_id)
        .join(wanted_day, sa.and_(is_on_day(credit.c.closed_date), is_its))
        .where(credit.c.is_counted, credit.c.is_won, *known_by(*known, as_ofs))
        .cte("won_credit")
    )
    # Who has won nothing yet has won nothing, from the first as-of on.
    nothing = sa.select(
        *(each.c[name] for name in OWNER),
        sa.literal_column("1", sa.Integer).label(POSITION),
        sa.literal_column("0", sa.Numeric).label("won_amount"),
    )
    change = sa.union_all(changes(rows, OWNER, ["won_amount"], as_ofs), nothing).subquery("change")
    by = [change.c[name] for name in (*OWNER, POSITION)]
    at_position = (
        sa.select(*by, sa.func.coalesce(sa.func.sum(change.c.won_amount), 0).label("won_amount"))
        .group_by(*by)
        .subquery("at_position")
    )
    return sums_between(at_position, OWNER, ["won_amount"], as_ofs)


quota_owner = sa.Table(
    "quota_owner",
    METADATA,
    *state_columns(),
    text("owner_user_id", "Whose quota it is.", primary_key=True),
    text("role_id", "Role of the owner, at the end of the last quota."),
    text("team_name", "Team of the owner, likewise."),
    amount("quota_amount", "Quota of the period.", nullable=False),
    flag("is_partly_planned", "Days of the period are in none of the quotas.", nullable=False),
    amount("won_amount", "Won revenue of the period credited to the owner.", nullable=False),
    info={"rows": rows_of_quota_owner, **sources_of(facts.quota, facts.deal_credit)},
    **KEPT,
)
