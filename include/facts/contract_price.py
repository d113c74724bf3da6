"""What lines of service contracts cost at which time: a line says what it costs now, and for how long."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_days, earlier_of, later_of, local_date
from include.facts.term_renewal import middle

# What is changed so soon is put right, or belongs to the change before. Later, customers have been
# billed by it.
CORRECTED_DAYS = 30
# What a piece has of its own; all else is what the line says last.
PRICED = ("price", "mrr_amount_original", "currency_code", "start_date", "due_date")


def pieces(priced: sa.CTE, zone: str) -> sa.Select[Any]:
    """One row per price of a contract line and state that knows of it, `number` 0 for the first one.

    `priced` has a row per line and state: its columns, end_date and number are here. A price that is
    changed while the contract runs counts from that day, or from the end of the term that it renews,
    or the first day of the new one; until then the line costs what it did. Only the last price is due
    and cancelled.
    """
    state = _numbered(priced, zone).cte("numbered_line")
    piece = _timed(state, _closing(state)).subquery("timed_piece")
    is_there = sa.or_(piece.c.end_date.is_(None), piece.c.end_date > piece.c.start_date)
    last = sa.func.max(sa.case((is_there, piece.c.number))).over(
        partition_by=(piece.c.line_id, piece.c.valid_from_at)
    )
    marked = sa.select(piece, (piece.c.number == sa.func.coalesce(last, 0)).label("is_last"))
    timed = marked.subquery("marked_piece")
    last_only = ("due_date", "canceled_date")
    return sa.select(
        *(column for column in timed.c if column.name not in {*last_only, "is_last"}),
        *(sa.case((timed.c.is_last, timed.c[name])).label(name) for name in last_only),
    )


def _numbered(priced: sa.CTE, zone: str) -> sa.Select[Any]:
    """Lines and their states with the `number` of their price, and `told_date`, when it was first told.

    Another price, currency or term that is told late begins one. What follows within some days is of
    the same change: people write it into several records.
    """
    by_line: dict[str, Any] = {
        "partition_by": priced.c.line_id,
        "order_by": priced.c.valid_from_at,
    }
    told = sa.select(
        priced,
        local_date(priced.c.valid_from_at, zone).label("changed_date"),
        *(
            sa.func.lag(priced.c[name]).over(**by_line).label(f"previous_{name}")
            for name in (*PRICED, "is_in_force")
        ),
    ).subquery("told_change")
    event = sa.select(told, _is_change(told).label("is_change")).subquery("change")
    changed_before = sa.func.max(sa.case((event.c.is_change, event.c.changed_date))).over(
        partition_by=event.c.line_id, order_by=event.c.valid_from_at, rows=(None, -1)
    )
    is_of_one = event.c.changed_date <= add_days(changed_before, CORRECTED_DAYS)
    begins = sa.and_(event.c.is_change, sa.not_(sa.func.coalesce(is_of_one, sa.false())))
    marked = sa.select(event, sa.case((begins, 1), else_=0).label("begins")).subquery("marked")
    counted = sa.select(
        marked,
        sa.func.sum(marked.c.begins)
        .over(partition_by=marked.c.line_id, order_by=marked.c.valid_from_at, rows=(None, 0))
        .label("number"),
    ).subquery("counted")
    told_date = sa.func.min(counted.c.changed_date).over(
        partition_by=(counted.c.line_id, counted.c.number)
    )
    return sa.select(
        *(counted.c[column.name] for column in priced.c),
        counted.c.number,
        told_date.label("told_date"),
    )


def _is_change(told: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a state tells of another price, currency or term of what was in force for some time."""
    before_date, due_date = told.c.previous_start_date, told.c.due_date
    is_late = told.c.changed_date > add_days(
        later_of(before_date, told.c.created_date), CORRECTED_DAYS
    )
    is_running = sa.or_(due_date.is_(None), told.c.changed_date < due_date)
    # What had no price before, or another one that comes to the same, is no other price.
    is_other_price = sa.and_(
        told.c.previous_price != told.c.price,
        told.c.previous_mrr_amount_original != told.c.mrr_amount_original,
    )
    is_other = sa.or_(
        is_other_price,
        told.c.previous_currency_code != told.c.currency_code,
        _is_extended(before_date, told.c.previous_due_date, due_date, told.c.changed_date),
    )
    is_anew = _is_anew(told.c.previous_due_date, told.c.start_date)
    return sa.func.coalesce(
        sa.and_(
            told.c.previous_is_in_force,
            told.c.is_in_force,
            is_late,
            sa.or_(is_anew, sa.and_(is_running, is_other)),
        ),
        sa.false(),
    )


def _is_anew(due_date: Expression, new_start_date: Expression) -> sa.ColumnElement[bool]:
    """Whether a new term is written over one that was due one day."""
    return new_start_date >= add_days(due_date, -CORRECTED_DAYS)


def _is_extended(
    start_date: Expression, due_date: Expression, new_due_date: Expression, told_date: Expression
) -> sa.ColumnElement[bool]:
    """Whether a term that was due one day is to run longer, and this was told in its second half."""
    is_later = sa.or_(new_due_date > due_date, new_due_date.is_(None))
    return sa.func.coalesce(sa.and_(is_later, told_date > middle(start_date, due_date)), sa.false())


def _closing(state: sa.CTE) -> sa.Subquery:
    """One row per price of a line: what the line said of it last."""
    rank = sa.func.row_number().over(
        partition_by=(state.c.line_id, state.c.number), order_by=state.c.valid_from_at.desc()
    )
    ranked = sa.select(state, rank.label("rank")).subquery("ranked_state")
    kept = (ranked.c[name] for name in ("line_id", "number", "told_date", *PRICED))
    return sa.select(*kept).where(ranked.c.rank == 1).subquery("closing")


def _timed(state: sa.CTE, closing: sa.Subquery) -> sa.Select[Any]:
    """One row per price and state that knows of it, from the day it counts to that of the next."""
    old = closing.alias("old_price")
    is_own = old.c.number == state.c.number
    told = sa.select(
        *(column for column in state.c if column.name not in {*PRICED, "number", "told_date"}),
        state.c.due_date.label("last_due_date"),
        old.c.number,
        old.c.told_date,
        *(sa.case((is_own, state.c[name]), else_=old.c[name]).label(name) for name in PRICED),
    ).select_from(
        state.join(old, sa.and_(old.c.line_id == state.c.line_id, old.c.number <= state.c.number))
    )
    known = told.subquery("known_price")
    by_number: dict[str, Any] = {
        "partition_by": (known.c.line_id, known.c.valid_from_at),
        "order_by": known.c.number,
    }
    before_start, before_due = (
        sa.func.lag(known.c[name]).over(**by_number) for name in ("start_date", "due_date")
    )
    begin_date = sa.case(
        (known.c.number == 0, known.c.start_date),
        (_is_anew(before_due, known.c.start_date), known.c.start_date),
        (
            _is_extended(before_start, before_due, known.c.due_date, known.c.told_date),
            before_due,
        ),
        else_=later_of(known.c.told_date, known.c.start_date),
    )
    begun = sa.select(known, begin_date.label("begin_date")).subquery("begun_price")
    next_date = sa.func.lead(begun.c.begin_date).over(
        partition_by=(begun.c.line_id, begun.c.valid_from_at), order_by=begun.c.number
    )
    left_out = {"price", "told_date", "start_date", "due_date", "last_due_date", "begin_date"}
    return sa.select(
        *(column for column in begun.c if column.name not in left_out),
        begun.c.begin_date.label("start_date"),
        earlier_of(begun.c.due_date, begun.c.canceled_date, next_date).label("end_date"),
        begun.c.last_due_date.label("due_date"),
    )
