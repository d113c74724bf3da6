"""Customers before and after a span of time."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.prepared.shape import METADATA, Expression, any_of, sources_of
from include.metrics.wanted import KEPT, KEYS, key_columns, stands_at, wanted_span
from include.tables import facts
from include.tables.base import amount, count, day, flag, text


def rows_of_compared_customer() -> sa.Select[Any]:
    """One row per span of a wanted period and customer of either end."""
    month, span = facts.mrr_customer_month.c, wanted_span.c
    keys = [span[name] for name in (*KEYS, "span", "position")]

    def side(is_end: bool, boundary: Expression) -> sa.Select[Any]:
        return (
            sa.select(
                *keys,
                span.from_date,
                month.customer_id,
                month.channel,
                month.cohort_month_date,
                month.mrr_amount,
                month.is_active,
                month.is_amount_unknown,
                month.product_id,
                sa.literal(is_end).label("is_end"),
            )
            .join_from(
                wanted_span,
                facts.mrr_customer_month,
                sa.and_(
                    month.month_end_date == boundary,
                    stands_at(facts.mrr_customer_month, span.as_of_at),
                ),
            )
            .where(month.is_counted)
        )

    sides = sa.union_all(side(False, span.from_date), side(True, span.to_date)).subquery("sides")
    was = sa.and_(sa.not_(sides.c.is_end), sides.c.is_active)
    now = sa.and_(sides.c.is_end, sides.c.is_active)
    was_there = sa.and_(sa.not_(sides.c.is_end), sa.or_(sides.c.is_active, sides.c.mrr_amount != 0))

    def product_of(condition: Expression) -> Expression:
        return sa.func.max(sa.case((condition, sides.c.product_id)))

    def amount_of(condition: Expression) -> Expression:
        return sa.func.sum(sa.case((condition, sides.c.mrr_amount), else_=0))

    grouped = [sides.c[name] for name in (*KEYS, "span", "position", "customer_id")]
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
        stands_at(earlier, both.c.as_of_at),
    )
    movement = sa.case(
        ((both.c.start_amount == 0) & (both.c.end_amount == 0), "none"),
        ((both.c.start_amount == 0) & has_paid, "reactivation"),
        (both.c.start_amount == 0, "new"),
        (both.c.end_amount == 0, "churn"),
        (both.c.end_amount > both.c.start_amount, "expansion"),
        (both.c.end_amount < both.c.start_amount, "contraction"),
        else_="none",
    )
    return sa.select(
        *(column for column in both.c if column.name != "from_date"),
        sa.and_(both.c.is_active, sa.not_(both.c.was_active), is_first).label("is_new"),
        movement.label("movement"),
    )


compared_customer = sa.Table(
    "compared_customer",
    METADATA,
    *key_columns(),
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
