"""Customers before and after a span of time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    as_of_at,
    at_turns,
    known_by,
    positions,
    turns_of,
)
from include.metrics.prepared.shape import (
    METADATA,
    Expression,
    any_of,
    sources_of,
    state_columns,
)
from include.metrics.wanted import KEPT, PERIOD, of_wanted, stands_at, wanted_period, wanted_span
from include.tables import facts
from include.tables.base import amount, count, day, flag, text

CUSTOMER = (*PERIOD, "span", "position", "customer_id")
OF_MONTH = (
    "customer_id",
    "channel",
    "cohort_month_date",
    "mrr_amount",
    "is_active",
    "is_amount_unknown",
    "product_id",
)
SIDE = ("from_date", "is_end", *(name for name in OF_MONTH if name != "customer_id"))


def rows_of_compared_customer(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per span of a wanted period and customer of either end, and as-ofs that know the same."""
    known = _sides(as_ofs).cte("known_sides")
    turns = _paid_otherwise(known, as_ofs)
    sides = at_turns(known, CUSTOMER, SIDE, as_ofs, turns).subquery("sides")
    was = sa.and_(sa.not_(sides.c.is_end), sides.c.is_active)
    now = sa.and_(sides.c.is_end, sides.c.is_active)
    was_there = sa.and_(sa.not_(sides.c.is_end), sa.or_(sides.c.is_active, sides.c.mrr_amount != 0))

    def product_of(condition: Expression) -> Expression:
        return sa.func.max(sa.case((condition, sides.c.product_id)))

    def amount_of(condition: Expression) -> Expression:
        return sa.func.sum(sa.case((condition, sides.c.mrr_amount), else_=0))

    grouped = [sides.c[name] for name in (*CUSTOMER, ENTERS, LEAVES)]
    both = (
        sa.select(
            *grouped,
            sa.func.max(sides.c.from_date).label("from_date"),
            sa.func.max(sides.c.channel).label("channel"),
            sa.func.min(sides.c.cohort_month_date).label("cohort_month_date"),
            amount_of(sa.not_(sides.c.is_end)).label("start_amount"),
            amount_of(sides.c.is_end).label("end_amount"),
            any_of(was).label("was_active"),
            any_of(now).label("is_active"),
            any_of(sides.c.is_amount_unknown).label("is_amount_unknown"),
            # Whoever changes product counts where it was, as retention asks what became of those.
            sa.case(
                (any_of(was_there), product_of(was_there)), else_=product_of(sides.c.is_end)
            ).label("product_id"),
        )
        .group_by(*grouped)
        .subquery("both")
    )
    is_first = both.c.cohort_month_date >= both.c.from_date
    # A contract may make a customer long before it pays anything.
    earlier = facts.mrr_customer_month.alias("earlier")
    has_paid = sa.exists().where(
        earlier.c.customer_id == both.c.customer_id,
        earlier.c.month_end_date <= both.c.from_date,
        earlier.c.mrr_amount > 0,
        earlier.c.is_counted,
        stands_at(earlier, as_of_at(both.c[ENTERS], as_ofs)),
    )
    # As in facts.mrr_customer_month: who only gets a credit any more pays nothing, and has left.
    paid, pays = both.c.start_amount > 0, both.c.end_amount > 0
    movement = sa.case(
        (sa.not_(paid) & pays & has_paid, "reactivation"),
        (sa.not_(paid) & pays, "new"),
        (paid & sa.not_(pays), "churn"),
        (both.c.end_amount > both.c.start_amount, "expansion"),
        (both.c.end_amount < both.c.start_amount, "contraction"),
        else_="none",
    )
    return sa.select(
        *(column for column in both.c if column.name != "from_date"),
        sa.and_(both.c.is_active, sa.not_(both.c.was_active), is_first).label("is_new"),
        movement.label("movement"),
    )


def _sides(as_ofs: AsOfs) -> sa.CompoundSelect[Any]:
    """One row per span of a wanted period, customer of an end of it, and state of that end."""
    span, month = _spans().cte("spans"), facts.mrr_customer_month
    known = month.c.valid_from_at, month.c.valid_to_at
    enters, leaves = positions(*known, as_ofs)

    def side(is_end: bool, boundary: Expression) -> sa.Select[Any]:
        return (
            sa.select(
                *(span.c[name] for name in (*PERIOD, "span", "position", "from_date")),
                *(month.c[name] for name in OF_MONTH),
                sa.literal(is_end).label("is_end"),
                # Before the period has ended nothing is compared.
                sa.func.greatest(enters.element, span.c.first_position).label(ENTERS),
                leaves,
            )
            .join_from(span, month, month.c.month_end_date == boundary)
            .where(
                month.c.is_counted,
                *known_by(*known, as_ofs),
                leaves.element >= sa.func.greatest(enters.element, span.c.first_position),
            )
        )

    return sa.union_all(side(False, span.c.from_date), side(True, span.c.to_date))


def _spans() -> sa.Select[Any]:
    """One row per span of a wanted period, and the first as-of that wants it."""
    names = [wanted_span.c[name] for name in ("span", "position", "from_date", "to_date")]
    keys = [*(wanted_period.c[name] for name in PERIOD), *names]
    return (
        sa.select(*keys, sa.func.min(wanted_period.c.position).label("first_position"))
        .join_from(wanted_span, wanted_period, of_wanted(wanted_span))
        .group_by(*keys)
    )


def _paid_otherwise(sides: sa.CTE, as_ofs: AsOfs) -> sa.Select[Any] | None:
    """One row per span, customer of either end, and `turn` from which it is known to have paid in other
    months than before; None for one as-of.
    """
    month = facts.mrr_customer_month
    known = month.c.valid_from_at, month.c.valid_to_at
    enters, leaves = positions(*known, as_ofs)
    paid = (
        sa.select(month.c.customer_id, enters, leaves)
        .where(month.c.is_counted, month.c.mrr_amount > 0, *known_by(*known, as_ofs))
        .where(
            sa.or_(month.c.valid_from_at >= as_ofs.first.at, month.c.valid_to_at < as_ofs.last.at)
        )
        .cte("paid")
    )
    turns = turns_of(paid, ["customer_id"], as_ofs)
    if turns is None:
        return None
    turn = turns.subquery("paid_turn")
    return sa.select(*(sides.c[name] for name in CUSTOMER), turn.c.turn).join_from(
        sides, turn, turn.c.customer_id == sides.c.customer_id
    )


compared_customer = sa.Table(
    "compared_customer",
    METADATA,
    *state_columns(),
    text("span", "Which span, as in wanted_span.", primary_key=True),
    count("position", "Which of them.", primary_key=True),
    text("customer_id", "The customer.", primary_key=True),
    text("channel", "Channel the customer came from.", nullable=False),
    day("cohort_month_date", "First month at whose end it was a customer."),
    text(
        "product_id",
        "Product it paid most for before the span, or at its end where it was no customer before.",
    ),
    amount("start_amount", "Monthly recurring revenue before the span.", nullable=False),
    amount("end_amount", "Monthly recurring revenue at its end.", nullable=False),
    flag("was_active", "A customer before the span.", nullable=False),
    flag("is_active", "A customer at its end.", nullable=False),
    flag("is_amount_unknown", "What it pays before the span or at its end is not all known."),
    flag("is_new", "A customer at its end, and never before the span.", nullable=False),
    text(
        "movement",
        "new, reactivation, churn, expansion, contraction or none, by the amounts.",
        nullable=False,
    ),
    info={"rows": rows_of_compared_customer, **sources_of(facts.mrr_customer_month)},
    **KEPT,
)
