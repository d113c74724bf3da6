"""What customers of each month of acquisition had bought by the end of a period."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.margin import IS_COSTED, LINE_COST
from include.metrics.prepared.shape import METADATA, Expression, sources_of
from include.metrics.wanted import KEPT, KEYS, key_columns, stands_at, wanted_period
from include.tables import facts
from include.tables.base import amount, count, day, text

SUMS = ("customer_count", "margin_amount", "uncosted_count", "revenue_amount", "unpriced_count")
COHORT = ("as_of_at", "cohort_month_date")
# Slices that are cut from the facts themselves: here nobody is in any of their members.
OTHER_SLICES = ("segment", "country", "channel")


def rows_of_cohort_to_date() -> sa.Select[Any]:
    """One row per wanted period and month of acquisition of customers there were by its last day."""
    change = _changes().subquery("change")
    daily = (
        sa.select(
            *(change.c[name] for name in (*COHORT, "changed_date")),
            *(sa.func.sum(change.c[name]).label(name) for name in SUMS),
        )
        .group_by(*(change.c[name] for name in (*COHORT, "changed_date")))
        .cte("daily")
    )
    last = sa.select(wanted_period.c.as_of_at, wanted_period.c.last_date).distinct().subquery()
    cohort = sa.select(*(daily.c[name] for name in COHORT)).distinct().subquery("cohort")
    # A running sum has rows only where something changed; on these days it is read.
    read = sa.select(
        *(cohort.c[name] for name in COHORT),
        last.c.last_date.label("changed_date"),
        *(sa.literal_column("0").label(name) for name in SUMS),
        sa.true().label("is_read"),
    ).join_from(cohort, last, cohort.c.as_of_at == last.c.as_of_at)
    both = sa.union_all(sa.select(*daily.c, sa.false().label("is_read")), read).subquery("both")
    so_far: dict[str, Any] = {
        "partition_by": [both.c[name] for name in COHORT],
        "order_by": both.c.changed_date,
    }
    running = sa.select(
        *(both.c[name] for name in (*COHORT, "changed_date", "is_read")),
        *(sa.func.sum(both.c[name]).over(**so_far).label(name) for name in SUMS),
    ).subquery("running")
    is_its_last = sa.and_(
        running.c.is_read,
        running.c.as_of_at == wanted_period.c.as_of_at,
        running.c.changed_date == wanted_period.c.last_date,
    )
    return (
        sa.select(
            *(wanted_period.c[name] for name in KEYS),
            running.c.cohort_month_date,
            *(sa.cast(sa.null(), sa.Text).label(name) for name in OTHER_SLICES),
            *(running.c[name] for name in SUMS),
        )
        .join_from(wanted_period, running, is_its_last)
        .where(running.c.customer_count > 0)
    )


def _changes() -> sa.CompoundSelect[Any]:
    """One row per customer, line and deal that was won: month of acquisition, day, and what it adds."""
    customer, line, deal = _customers().cte("new_customer"), facts.deal_line, facts.deal
    is_priced = deal.c.deal_amount.is_not(None)

    def added(source: sa.FromClause, date: Expression, **sums: Any) -> sa.Select[Any]:
        return sa.select(
            *(customer.c[name] for name in COHORT),
            date.label("changed_date"),
            *(sums.get(name, sa.literal_column("0")).label(name) for name in SUMS),
        ).select_from(source)

    def bought(fact: sa.Table) -> sa.Join:
        is_known = stands_at(fact, customer.c.as_of_at)
        return customer.join(
            fact, sa.and_(fact.c.customer_id == customer.c.customer_id, is_known, fact.c.is_counted)
        )

    return sa.union_all(
        added(customer, customer.c.customer_date, customer_count=sa.literal_column("1")),
        added(
            bought(line),
            line.c.closed_date,
            margin_amount=sa.case((IS_COSTED, line.c.line_amount - LINE_COST), else_=0),
            uncosted_count=sa.case((IS_COSTED, 0), else_=1),
        ).where(line.c.is_won),
        added(
            bought(deal),
            deal.c.closed_date,
            revenue_amount=sa.func.coalesce(deal.c.deal_amount, 0),
            unpriced_count=sa.case((is_priced, 0), else_=1),
        ).where(deal.c.is_won),
    )


def _customers() -> sa.Select[Any]:
    """One row per as-of and customer, with the month it became one, as known then."""
    customer, month = facts.customer, facts.period.c
    as_of = sa.select(wanted_period.c.as_of_at).distinct().subquery("as_of")
    is_in_month = sa.and_(
        month.grain == "month",
        month.start_date <= customer.c.customer_date,
        month.end_date > customer.c.customer_date,
    )
    return (
        sa.select(
            as_of.c.as_of_at,
            month.start_date.label("cohort_month_date"),
            customer.c.customer_id,
            customer.c.customer_date,
        )
        .join_from(as_of, customer, stands_at(customer, as_of.c.as_of_at))
        .join(facts.period, is_in_month)
        .where(customer.c.is_counted, customer.c.is_new_counted)
    )


cohort_to_date = sa.Table(
    "cohort_to_date",
    METADATA,
    *key_columns(),
    day("cohort_month_date", "Month its customers became customers in.", primary_key=True),
    *(text(name, "Nothing: a row is of all of them.") for name in OTHER_SLICES),
    count("customer_count", "Customers who became one in it.", nullable=False),
    amount("margin_amount", "Margin on lines of known cost they bought so far.", nullable=False),
    count("uncosted_count", "Lines without a price or cost they bought so far.", nullable=False),
    amount("revenue_amount", "Amounts of deals won with them so far.", nullable=False),
    count("unpriced_count", "Deals without a usable amount among those.", nullable=False),
    info={
        "rows": rows_of_cohort_to_date,
        **sources_of(facts.customer, facts.deal, facts.deal_line),
    },
    **KEPT,
)
