"""Open deals from the beginning to the end of a period."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    at_turns,
    positions_of_moment,
    stands_at_moment,
)
from include.metrics.prepared.shape import (
    METADATA,
    Expression,
    any_of,
    sources_of,
    state_columns,
)
from include.metrics.wanted import (
    KEPT,
    PERIOD,
    is_on_day,
    periods,
    stands_at,
    wanted_day,
)
from include.tables import facts
from include.tables.base import amount, flag, text

DEAL = (*PERIOD, "deal_id")
DIMENSIONS = ("customer_id", "owner_user_id", "role_id", "pipeline_id", "channel")


def _deal_at_both_ends(as_ofs: AsOfs) -> sa.CTE:
    """One row per wanted period, deal that may have been in its pipeline, and as-ofs between which
    neither end of it changes.

    A deal is in the pipeline of a period when it is open and expected to close within it.
    """
    deal, period = (
        facts.deal,
        periods("start_date", "end_date", "start_at", "end_at").cte("periods"),
    )
    candidate = (
        sa.select(period.c.period_number, deal.c.deal_id)
        .join_from(deal, wanted_day, is_on_day(deal.c.expected_close_date))
        .join(period, period.c.period_number == wanted_day.c.period_number)
        .where(
            deal.c.is_counted,
            sa.or_(
                sa.and_(deal.c.is_open, stands_at(deal, period.c.start_at)),
                stands_at_moment(deal, period.c.end_at, as_ofs),
            ),
        )
        .distinct()
        .subquery("candidate")
    )
    is_due = sa.and_(
        deal.c.expected_close_date >= period.c.start_date,
        deal.c.expected_close_date < period.c.end_date,
    )
    always = [
        sa.literal_column(str(place), sa.Integer).label(name)
        for name, place in ((ENTERS, 1), (LEAVES, len(as_ofs.each)))
    ]

    def side(is_end: bool, standing: Expression, of: list[sa.Label[Any]]) -> sa.Select[Any]:
        return (
            sa.select(
                period.c.period_number,
                *of,
                *(deal.c[name] for name in ("deal_id", *DIMENSIONS)),
                sa.literal(is_end).label("is_end"),
                sa.func.coalesce(deal.c.deal_amount, 0).label("deal_amount"),
                deal.c.deal_amount.is_(None).label("is_unknown"),
                (deal.c.created_date >= period.c.start_date).label("is_created"),
                deal.c.is_won,
                deal.c.is_lost,
                deal.c.is_disqualified,
                sa.and_(deal.c.is_open, is_due).label("is_in"),
                sa.and_(deal.c.is_closed, is_due).label("is_closed_in"),
            )
            .join_from(candidate, period, period.c.period_number == candidate.c.period_number)
            .join(deal, sa.and_(deal.c.deal_id == candidate.c.deal_id, standing))
            .where(deal.c.is_counted, sa.true() if is_end else deal.c.is_open)
        )

    at_start = stands_at(deal, period.c.start_at)
    at_moment = stands_at_moment(deal, period.c.end_at, as_ofs)
    both = sa.union_all(
        side(False, at_start, always),
        side(True, at_moment, positions_of_moment(deal, period.c.end_at, as_ofs)),
    ).cte("both")
    names = [column.name for column in both.c if column.name not in (*DEAL, ENTERS, LEAVES)]
    sides = at_turns(both, DEAL, names, as_ofs).subquery("sides")

    def at_end(column: str) -> Expression:
        return any_of(sa.and_(sides.c.is_end, sides.c[column]))

    def amount_where(condition: Expression) -> Expression:
        return sa.func.sum(sa.case((condition, sides.c.deal_amount), else_=0))

    def latest(column: str) -> Expression:
        value = sides.c[column]
        return sa.func.coalesce(
            sa.func.max(sa.case((sides.c.is_end, value))), sa.func.max(value)
        ).label(column)

    grouped = [sides.c[name] for name in (*DEAL, ENTERS, LEAVES)]
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


def rows_of_pipeline_entry(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, deal and movement of its amount in the period's pipeline, and as-ofs
    between which it is the same.
    """
    ends = _deal_at_both_ends(as_ofs)
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
                *(c[name] for name in (*DEAL, ENTERS, LEAVES, *DIMENSIONS)),
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
    *state_columns(),
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
