"""What customers of each month of acquisition had bought by the end of a period."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.margin import IS_COSTED, LINE_COST
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    changes,
    known_by,
    moments,
    positions,
    sums_between,
)
from include.metrics.prepared.shape import METADATA, Expression, position_columns, sources_of
from include.metrics.sums_running import read_running
from include.metrics.wanted import KEPT
from include.tables import facts
from include.tables.base import amount, count, day, instant, text

SUMS = ("customer_count", "margin_amount", "uncosted_count", "revenue_amount", "unpriced_count")
COHORT = ("cohort_month_date",)
# Slices that are cut from the facts themselves: here nobody is in any of their members.
OTHER_SLICES = ("segment", "country", "channel")


def rows_of_cohort_to_date(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per moment of the wanted periods, month of acquisition of customers there were by its
    day, and as-ofs between which they are the same.
    """
    change = _changes(as_ofs).subquery("change")
    known = [change.c[name] for name in (*COHORT, "day", ENTERS, LEAVES)]
    summed = (
        sa.select(*known, *(sa.func.sum(change.c[name]).label(name) for name in SUMS))
        .group_by(*known)
        .cte("summed")
    )
    daily = changes(summed, (*COHORT, "day"), SUMS, as_ofs).cte("daily")
    by_day = read_running(daily, [*COHORT, POSITION], SUMS).subquery("by_day")
    moment = moments("last_date").subquery("moment")
    running = sums_between(by_day, (*COHORT, "last_date"), SUMS, as_ofs).subquery("running")
    return (
        sa.select(
            moment.c.moment_at,
            sa.func.greatest(moment.c[ENTERS], running.c[ENTERS]).label(ENTERS),
            sa.func.least(moment.c[LEAVES], running.c[LEAVES]).label(LEAVES),
            running.c.cohort_month_date,
            *(sa.cast(sa.null(), sa.Text).label(name) for name in OTHER_SLICES),
            *(running.c[name] for name in SUMS),
        )
        .join_from(moment, running, running.c.last_date == moment.c.last_date)
        .where(
            running.c.customer_count > 0,
            running.c[ENTERS] <= moment.c[LEAVES],
            running.c[LEAVES] >= moment.c[ENTERS],
        )
    )


def _changes(as_ofs: AsOfs) -> sa.CompoundSelect[Any]:
    """One row per customer, line and deal that was won: month of acquisition, day, what it adds, and
    the as-ofs that know it.
    """
    customer, line, deal = _customers(as_ofs).cte("new_customer"), facts.deal_line, facts.deal
    is_priced = deal.c.deal_amount.is_not(None)
    own = [customer.c[name] for name in (ENTERS, LEAVES)]

    def added(
        source: sa.FromClause, date: Expression, known: list[Any], **sums: Any
    ) -> sa.Select[Any]:
        return sa.select(
            *(customer.c[name] for name in COHORT),
            date.label("day"),
            *known,
            *(sums.get(name, sa.literal_column("0")).label(name) for name in SUMS),
        ).select_from(source)

    def bought(fact: sa.Table, **sums: Any) -> sa.Select[Any]:
        known = fact.c.valid_from_at, fact.c.valid_to_at
        enters, leaves = positions(*known, as_ofs)
        both = [
            sa.func.greatest(customer.c[ENTERS], enters.element).label(ENTERS),
            sa.func.least(customer.c[LEAVES], leaves.element).label(LEAVES),
        ]
        source = customer.join(fact, fact.c.customer_id == customer.c.customer_id)
        return added(source, fact.c.closed_date, both, **sums).where(
            fact.c.is_counted, fact.c.is_won, *known_by(*known, as_ofs)
        )

    return sa.union_all(
        added(customer, customer.c.customer_date, own, customer_count=sa.literal_column("1")),
        bought(
            line,
            margin_amount=sa.case((IS_COSTED, line.c.line_amount - LINE_COST), else_=0),
            uncosted_count=sa.case((IS_COSTED, 0), else_=1),
        ),
        bought(
            deal,
            revenue_amount=sa.func.coalesce(deal.c.deal_amount, 0),
            unpriced_count=sa.case((is_priced, 0), else_=1),
        ),
    )


def _customers(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per customer, with the month it became one, and as-ofs that know the same of it."""
    customer, month = facts.customer, facts.period.c
    known = customer.c.valid_from_at, customer.c.valid_to_at
    is_in_month = sa.and_(
        month.grain == "month",
        month.start_date <= customer.c.customer_date,
        month.end_date > customer.c.customer_date,
    )
    return (
        sa.select(
            month.start_date.label("cohort_month_date"),
            customer.c.customer_id,
            customer.c.customer_date,
            *positions(*known, as_ofs),
        )
        .join_from(customer, facts.period, is_in_month)
        .where(customer.c.is_counted, customer.c.is_new_counted, *known_by(*known, as_ofs))
    )


cohort_to_date = sa.Table(
    "cohort_to_date",
    METADATA,
    instant("moment_at", "The moment of a wanted period.", primary_key=True),
    *position_columns(),
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
