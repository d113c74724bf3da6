"""Open deals from the beginning to the end of a period, and how long they stay in a stage."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import days_between, seconds_between
from include.metrics.distribution import UPPER_QUARTILE, quantile
from include.metrics.prepared.shape import METADATA, Expression, any_of, sources_of
from include.metrics.wanted import (
    KEPT,
    KEYS,
    key_columns,
    of_period,
    of_wanted,
    stands_at,
    wanted_day,
    wanted_period,
)
from include.tables import facts
from include.tables.base import amount, count, flag, text

DIMENSIONS = ("customer_id", "owner_user_id", "role_id", "pipeline_id", "channel")


def _deal_at_both_ends() -> sa.CTE:
    """One row per wanted period and deal that may have been in its pipeline.

    A deal is in the pipeline of a period when it is open and expected to close within it.
    """
    deal, wanted = facts.deal, wanted_period.c
    candidate = (
        sa.select(*(wanted[name] for name in KEYS), deal.c.deal_id)
        .select_from(
            deal.join(
                wanted_day,
                sa.and_(
                    wanted_day.c.calendar_date == deal.c.expected_close_date,
                    wanted_day.c.span == "this",
                ),
            ).join(wanted_period, of_period())
        )
        .where(
            deal.c.is_counted,
            sa.or_(
                sa.and_(deal.c.is_open, stands_at(deal, wanted.start_at)),
                stands_at(deal, wanted.moment_at),
            ),
        )
        .distinct()
        .subquery("candidate")
    )
    is_due = sa.and_(
        deal.c.expected_close_date >= wanted.start_date,
        deal.c.expected_close_date < wanted.end_date,
    )

    def side(is_end: bool, moment: Expression) -> sa.Select[Any]:
        return (
            sa.select(
                *(wanted[name] for name in KEYS),
                *(deal.c[name] for name in ("deal_id", *DIMENSIONS)),
                sa.literal(is_end).label("is_end"),
                sa.func.coalesce(deal.c.deal_amount, 0).label("deal_amount"),
                deal.c.deal_amount.is_(None).label("is_unknown"),
                (deal.c.created_date >= wanted.start_date).label("is_created"),
                deal.c.is_won,
                deal.c.is_lost,
                deal.c.is_disqualified,
                sa.and_(deal.c.is_open, is_due).label("is_in"),
                sa.and_(deal.c.is_closed, is_due).label("is_closed_in"),
            )
            .select_from(
                candidate.join(wanted_period, of_wanted(candidate)).join(
                    deal,
                    sa.and_(deal.c.deal_id == candidate.c.deal_id, stands_at(deal, moment)),
                )
            )
            .where(deal.c.is_counted, sa.true() if is_end else deal.c.is_open)
        )

    sides = sa.union_all(side(False, wanted.start_at), side(True, wanted.moment_at)).subquery(
        "sides"
    )

    def at_end(column: str) -> Expression:
        return any_of(sa.and_(sides.c.is_end, sides.c[column]))

    def amount_where(condition: Expression) -> Expression:
        return sa.func.sum(sa.case((condition, sides.c.deal_amount), else_=0))

    def latest(column: str) -> Expression:
        value = sides.c[column]
        return sa.func.coalesce(
            sa.func.max(sa.case((sides.c.is_end, value))), sa.func.max(value)
        ).label(column)

    grouped = [sides.c[name] for name in (*KEYS, "deal_id")]
    return (
        sa.select(
            *grouped,
            *(latest(name) for name in DIMENSIONS),
            amount_where(sa.not_(sides.c.is_end)).label("start_amount"),
            amount_where(sides.c.is_end).label("end_amount"),
            any_of(sa.and_(sa.not_(sides.c.is_end), sides.c.is_unknown)).label("start_unknown"),
            at_end("is_unknown").label("end_unknown"),
            any_of(sa.not_(sides.c.is_end)).label("was_open"),
            any_of(sa.and_(sa.not_(sides.c.is_end), sides.c.is_in)).label("was_in"),
            any_of(sides.c.is_end).label("is_there"),
            at_end("is_created").label("is_created"),
            at_end("is_won").label("is_won"),
            at_end("is_lost").label("is_lost"),
            at_end("is_disqualified").label("is_disqualified"),
            at_end("is_in").label("is_in"),
            at_end("is_closed_in").label("is_closed_in"),
        )
        .group_by(*grouped)
        .cte("ends")
    )


def rows_of_pipeline_entry() -> sa.Select[Any]:
    """One row per wanted period, deal and movement of its amount in the period's pipeline."""
    ends = _deal_at_both_ends()
    c = ends.c
    opening, closing = (c.start_amount, c.start_unknown), (c.end_amount, c.end_unknown)
    entering = tuple(
        sa.case((c.was_open, at_start), else_=at_end)
        for at_start, at_end in zip(opening, closing, strict=True)
    )
    start = entering[0]
    leaving, vanishing = (-c.end_amount, c.end_unknown), (-c.start_amount, c.start_unknown)
    enters = sa.and_(c.is_there, sa.not_(c.was_in), sa.or_(c.is_in, c.is_closed_in))
    takes_part = sa.or_(c.was_in, enters)
    is_told = sa.or_(c.is_in, c.is_won, c.is_lost, c.is_disqualified)
    # (movement, where there is one, what it adds, whether that is an amount nobody knows)
    entries: list[tuple[str, Expression, tuple[Expression, ...]]] = [
        ("opening", c.was_in, opening),
        ("created", sa.and_(enters, c.is_created), entering),
        ("pulled_in", sa.and_(enters, sa.not_(c.is_created)), entering),
        ("amount_changed", sa.and_(takes_part, c.is_there), (c.end_amount - start, sa.false())),
        ("won", sa.and_(takes_part, c.is_won), leaving),
        ("lost", sa.and_(takes_part, c.is_lost), leaving),
        ("pushed", sa.and_(c.was_in, c.is_there, sa.not_(is_told)), leaving),
        ("removed", sa.and_(c.was_in, sa.not_(c.is_there)), vanishing),
        ("removed", sa.and_(takes_part, c.is_disqualified), leaving),
    ]
    rows = sa.union_all(
        *(
            sa.select(
                *(c[name] for name in (*KEYS, "deal_id", *DIMENSIONS)),
                sa.literal(movement).label("movement"),
                value.label("movement_amount"),
                is_unknown.label("is_amount_unknown"),
            ).where(condition)
            for movement, condition, (value, is_unknown) in entries
        )
    ).subquery("entries")
    return sa.select(rows).where(
        sa.or_(rows.c.movement != "amount_changed", rows.c.movement_amount != 0)
    )


pipeline_entry = sa.Table(
    "pipeline_entry",
    METADATA,
    *key_columns(),
    text("deal_id", "The deal.", primary_key=True),
    text(
        "movement",
        "opening, created, pulled_in, amount_changed, won, lost, pushed, removed.",
        primary_key=True,
    ),
    *(text(name, "As in facts.deal, at the end of the period.") for name in DIMENSIONS),
    amount("movement_amount", "What it adds to the pipeline; less than zero for what leaves."),
    flag(
        "is_amount_unknown", "Adds an amount that nobody knows, which is zero here.", nullable=False
    ),
    info={"rows": rows_of_pipeline_entry, **sources_of(facts.deal)},
    **KEPT,
)


def rows_of_open_stage() -> sa.Select[Any]:
    """One row per wanted period and deal that is in an open stage at its moment."""
    entry, wanted = facts.stage_transition, wanted_period.c
    ranked = _stays_of_won_deals().subquery("ranked")
    usual = (
        sa.select(
            ranked.c.as_of_at,
            ranked.c.stage_id,
            quantile(ranked, UPPER_QUARTILE).label("usual_seconds"),
        )
        .group_by(ranked.c.as_of_at, ranked.c.stage_id)
        .subquery("usual")
    )
    seconds = seconds_between(entry.c.entered_at, wanted.moment_at)
    return (
        sa.select(
            *(wanted[name] for name in KEYS),
            entry.c.stage_transition_id,
            entry.c.customer_id,
            entry.c.owner_user_id,
            entry.c.role_id,
            entry.c.pipeline_id,
            entry.c.stage_id,
            seconds.label("stage_seconds"),
            sa.func.coalesce(seconds > usual.c.usual_seconds, sa.false()).label("is_stalled"),
        )
        .select_from(
            wanted_period.join(entry, stands_at(entry, wanted.moment_at)).outerjoin(
                usual,
                sa.and_(usual.c.as_of_at == wanted.as_of_at, usual.c.stage_id == entry.c.stage_id),
            )
        )
        .where(
            entry.c.is_counted,
            entry.c.is_open_stage,
            entry.c.entered_at < wanted.moment_at,
            entry.c.exited_at.is_(None),
        )
    )


def _stays_of_won_deals() -> sa.Select[Any]:
    """One row per as-of and stay in an open stage of a deal won by then, ranked by its length."""
    entry = facts.stage_transition.alias("won_entry")
    as_of = sa.select(wanted_period.c.as_of_at).distinct().subquery("as_of")
    within = [as_of.c.as_of_at, entry.c.stage_id]
    return (
        sa.select(
            *within,
            entry.c.stage_seconds.label("value"),
            sa.func.row_number()
            .over(partition_by=within, order_by=entry.c.stage_seconds)
            .label("place"),
            sa.func.count().over(partition_by=within).label("value_count"),
        )
        .join_from(as_of, entry, stands_at(entry, as_of.c.as_of_at))
        .where(
            entry.c.is_counted,
            entry.c.is_open_stage,
            entry.c.is_won,
            entry.c.stage_seconds.is_not(None),
        )
    )


open_stage = sa.Table(
    "open_stage",
    METADATA,
    *key_columns(),
    text("stage_transition_id", "The entry, as in facts.stage_transition.", primary_key=True),
    *(
        text(name, "As in facts.stage_transition.")
        for name in ("customer_id", "owner_user_id", "role_id", "pipeline_id", "stage_id")
    ),
    count("stage_seconds", "Time in the stage so far.", nullable=False),
    flag(
        "is_stalled",
        "Longer than three quarters of the stays of deals that were won later.",
        nullable=False,
    ),
    info={"rows": rows_of_open_stage, **sources_of(facts.stage_transition)},
    **KEPT,
)


def rows_of_quota_owner() -> sa.Select[Any]:
    """One row per wanted period and owner with a quota in it."""
    quota, credit, wanted = facts.quota, facts.deal_credit, wanted_period.c
    keys = [wanted[name] for name in KEYS]
    due = (
        sa.select(
            *keys,
            quota.c.owner_user_id,
            sa.func.max(quota.c.role_id).label("role_id"),
            sa.func.max(quota.c.team_name).label("team_name"),
            sa.func.sum(quota.c.quota_amount).label("quota_amount"),
            # Of a period of which nobody planned a part, what is won in it is held against too little.
            (
                sa.func.sum(days_between(quota.c.start_date, quota.c.end_date))
                < sa.func.min(days_between(wanted.start_date, wanted.end_date))
            ).label("is_partly_planned"),
        )
        .join_from(wanted_period, quota, is_quota_of_period())
        .where(
            quota.c.is_counted,
            quota.c.owner_user_id.is_not(None),
            quota.c.quota_amount.is_not(None),
        )
        .group_by(*keys, quota.c.owner_user_id)
        .subquery("due")
    )
    won = (
        sa.select(
            *keys,
            credit.c.owner_user_id,
            sa.func.sum(credit.c.credit_amount).label("won_amount"),
        )
        .join_from(
            wanted_period,
            credit,
            sa.and_(
                credit.c.closed_date >= wanted.start_date,
                credit.c.closed_date < wanted.end_date,
                stands_at(credit, wanted.as_of_at),
            ),
        )
        .where(credit.c.is_counted, credit.c.is_won)
        .group_by(*keys, credit.c.owner_user_id)
        .subquery("won")
    )
    is_same = sa.and_(*(due.c[name] == won.c[name] for name in (*KEYS, "owner_user_id")))
    return sa.select(*due.c, sa.func.coalesce(won.c.won_amount, 0).label("won_amount")).select_from(
        due.outerjoin(won, is_same)
    )


def is_quota_of_period() -> Expression:
    """Whether a quota, as known at the as-of, is for days of the wanted period only.

    Where somebody has quotas by the month and by the quarter, those of the quarter stand for a
    quarter, and those of its months only for the months: both would be the same money twice.
    """
    quota, wanted = facts.quota, wanted_period.c
    whole = quota.alias("whole")

    def is_within(each: sa.FromClause) -> Expression:
        return sa.and_(
            each.c.start_date >= wanted.start_date,
            each.c.end_date <= wanted.end_date,
            stands_at(each, wanted.as_of_at),
        )

    is_part_of_another = sa.exists().where(
        whole.c.owner_user_id.is_not_distinct_from(quota.c.owner_user_id),
        whole.c.team_name.is_not_distinct_from(quota.c.team_name),
        whole.c.is_counted,
        whole.c.start_date <= quota.c.start_date,
        whole.c.end_date >= quota.c.end_date,
        sa.or_(whole.c.start_date < quota.c.start_date, whole.c.end_date > quota.c.end_date),
        is_within(whole),
    )
    return sa.and_(is_within(quota), sa.not_(is_part_of_another))


quota_owner = sa.Table(
    "quota_owner",
    METADATA,
    *key_columns(),
    text("owner_user_id", "Whose quota it is.", primary_key=True),
    text("role_id", "Role of the owner."),
    text("team_name", "Team of the owner."),
    amount("quota_amount", "Quota of the period.", nullable=False),
    flag("is_partly_planned", "Days of the period are in none of the quotas.", nullable=False),
    amount("won_amount", "Won revenue of the period credited to the owner.", nullable=False),
    info={"rows": rows_of_quota_owner, **sources_of(facts.quota, facts.deal_credit)},
    **KEPT,
)
