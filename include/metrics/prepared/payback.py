"""When the customers won in a month had paid back what winning them cost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.prepared.shape import METADATA, Expression, sources_of
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
from include.tables.base import amount, count


def rows_of_cohort_payback() -> sa.Select[Any]:
    """One row per wanted month with acquisition cost or new customers."""
    cohort = _cohort_months().subquery("cohort")
    goods, spent = _margins().subquery("goods"), _costs().subquery("spent")
    keys = [cohort.c[name] for name in KEYS]
    same_goods = sa.and_(*(goods.c[name] == cohort.c[name] for name in KEYS))
    margins = (
        sa.select(
            *keys,
            cohort.c.position,
            sa.func.sum(cohort.c.mrr_amount * goods.c.margin_rate)
            .over(partition_by=keys, order_by=cohort.c.position)
            .label("margin_amount"),
        )
        .select_from(cohort.join(goods, same_goods))
        .subquery("margins")
    )
    is_paid = sa.and_(
        margins.c.margin_amount >= spent.c.cost_amount,
        *(margins.c[name] == spent.c[name] for name in KEYS),
    )
    grouped = [wanted_period.c[name] for name in KEYS]
    return (
        sa.select(
            *grouped,
            sa.func.max(spent.c.cost_amount).label("cost_amount"),
            sa.func.min(margins.c.position).label("payback_months"),
        )
        .select_from(wanted_period.join(spent, of_wanted(spent)).outerjoin(margins, is_paid))
        .group_by(*grouped)
    )


def _cohort_months() -> sa.Select[Any]:
    """One row per wanted month and month since, counted from 1: what its new customers pay then."""
    month, wanted = facts.mrr_customer_month.c, wanted_period.c
    keys = [wanted[name] for name in KEYS]
    return (
        sa.select(
            *keys,
            (month.age_months + 1).label("position"),
            sa.func.sum(month.mrr_amount).label("mrr_amount"),
        )
        .join_from(
            wanted_period,
            facts.mrr_customer_month,
            sa.and_(
                month.cohort_month_date == wanted.start_date,
                month.month_start_date <= wanted.as_of_date,
                stands_at(facts.mrr_customer_month, wanted.as_of_at),
            ),
        )
        .where(month.is_counted, month.age_months >= 0)
        .group_by(*keys, month.age_months)
    )


def _margins() -> sa.Select[Any]:
    """One row per wanted month: the margin on what was sold in it."""
    line = facts.deal_line.c
    cost: Expression = sa.func.coalesce(line.quantity, 1) * line.unit_cost_amount
    sold = sa.func.sum(line.line_amount)
    return _per_period(
        facts.deal_line,
        line.closed_date,
        [line.is_counted, line.is_won, line.line_amount.is_not(None), cost.is_not(None)],
        safe_divide(sold - sa.func.sum(cost), sold).label("margin_rate"),
    )


def _costs() -> sa.Select[Any]:
    """One row per wanted month: what was spent in it to win customers."""
    cost = facts.cost.c
    return _per_period(
        facts.cost,
        cost.cost_date,
        [cost.category == "acquisition", cost.cost_amount.is_not(None)],
        sa.func.sum(cost.cost_amount).label("cost_amount"),
    )


def _per_period(
    fact: sa.Table, day: Expression, conditions: list[Expression], value: sa.Label[Any]
) -> sa.Select[Any]:
    """One row per wanted period with events: a value of them."""
    keys = [wanted_period.c[name] for name in KEYS]
    return (
        sa.select(*keys, value)
        .join_from(wanted_period, wanted_day, of_period())
        .join(
            fact,
            sa.and_(day == wanted_day.c.calendar_date, stands_at(fact, wanted_period.c.as_of_at)),
        )
        .where(wanted_day.c.span == "this", *conditions)
        .group_by(*keys)
    )


cohort_payback = sa.Table(
    "cohort_payback",
    METADATA,
    *key_columns(),
    amount("cost_amount", "What was spent in the month to win customers.", nullable=False),
    count("payback_months", "Months until it came back; NULL while it has not."),
    info={
        "rows": rows_of_cohort_payback,
        **sources_of(facts.cost, facts.mrr_customer_month, facts.deal_line),
    },
    **KEPT,
)
