"""Open deals that are expected to close within a period."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    at_turns,
    known_by,
    positions,
    positions_of_moment,
    stands_at_moment,
    turns_of,
)
from include.metrics.prepared.deals import DEAL, DIMENSIONS
from include.metrics.prepared.shape import METADATA, sources_of, state_columns
from include.metrics.wanted import KEPT, PERIOD, is_on_day, periods, wanted_day
from include.tables import facts
from include.tables.base import amount, text

AMOUNTS = ("deal_amount", "weighted_amount")


def rows_of_due_deal(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, deal open at its moment and expected to close within it, and as-ofs
    between which it is the same.

    A deal that stood open and has been told since to have been won within the period is in what was
    won, and must not be expected beside that.
    """
    due = _due(as_ofs).cte("due")
    won = _won(due, as_ofs).cte("won")
    turns, names = turns_of(won, DEAL, as_ofs), (*DIMENSIONS, *AMOUNTS)
    rows = at_turns(due, DEAL, names, as_ofs, turns).subquery("rows")
    is_won_since = sa.exists().where(
        *(won.c[name] == rows.c[name] for name in DEAL),
        rows.c[ENTERS].between(won.c[ENTERS], won.c[LEAVES]),
    )
    return sa.select(rows).where(sa.not_(is_won_since))


def _due(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, and state of a deal at its moment that is open and due in it."""
    deal, period = facts.deal, periods("end_at").subquery("period")
    return (
        sa.select(
            *(wanted_day.c[name] for name in PERIOD),
            deal.c.deal_id,
            *positions_of_moment(deal, period.c.end_at, as_ofs),
            *(deal.c[name] for name in (*DIMENSIONS, *AMOUNTS)),
        )
        .join_from(deal, wanted_day, is_on_day(deal.c.expected_close_date))
        .join(period, sa.and_(*(period.c[name] == wanted_day.c[name] for name in PERIOD)))
        .where(
            deal.c.is_counted,
            deal.c.is_open,
            stands_at_moment(deal, period.c.end_at, as_ofs),
        )
    )


def _won(due: sa.CTE, as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per such period and deal, and state in which it is known to be won within the period."""
    later = facts.deal.alias("later")
    known = later.c.valid_from_at, later.c.valid_to_at
    each = sa.select(*(due.c[name] for name in DEAL)).distinct().subquery("each")
    is_its = sa.and_(*(wanted_day.c[name] == each.c[name] for name in PERIOD))
    return (
        sa.select(*(each.c[name] for name in DEAL), *positions(*known, as_ofs))
        .join_from(each, later, later.c.deal_id == each.c.deal_id)
        .join(wanted_day, sa.and_(is_on_day(later.c.closed_date), is_its))
        .where(later.c.is_counted, later.c.is_won, *known_by(*known, as_ofs))
    )


due_deal = sa.Table(
    "due_deal",
    METADATA,
    *state_columns(),
    text("deal_id", "The deal.", primary_key=True),
    *(text(name, "As in facts.deal, at the moment of the period.") for name in DIMENSIONS),
    amount("deal_amount", "Its amount; NULL where nobody knows it."),
    amount("weighted_amount", "Amount x probability; NULL where one of them is not known."),
    info={"rows": rows_of_due_deal, **sources_of(facts.deal)},
    **KEPT,
)
