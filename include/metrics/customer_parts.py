"""Sums over customers and the cost ledger that several metrics are made of."""

from __future__ import annotations

import sqlalchemy as sa

from include.metrics.metric import Part, count_where, sum_of
from include.metrics.prepared.customers import compared_customer
from include.tables import facts

cost = facts.cost.c
customer = facts.customer.c
month = facts.mrr_customer_month.c
compared = compared_customer.c

deal = facts.deal.c
# What nobody we know bought makes no customer buy more.
IS_BOUGHT = deal.is_won & deal.deal_amount.is_not(None) & deal.customer_id.is_not(None)

OF_KNOWN = "Customers who pay an unknown amount, before the period or at its end, are left out and counted."

COSTS_FILE = "include/config/costs.csv"
NOTHING_ENTERED = "No such cost is entered for the period, which does not mean that there was none."
UNCONVERTED = (
    "Some of the cost is in a currency without an exchange rate; it is left out and counted."
)


def new_customers(measure: sa.ColumnElement[int] | None = None) -> Part:
    """Customers by the day they became one."""
    is_new = customer.is_new_counted
    return Part(
        fact=facts.customer,
        date=customer.customer_date,
        where=is_new,
        measure=count_where(is_new) if measure is None else measure,
    )


def cost_of(condition: sa.ColumnElement[bool]) -> Part:
    """Costs of the period for which a condition holds."""
    return Part(
        fact=facts.cost,
        date=cost.cost_date,
        where=condition,
        measure=sum_of(cost.cost_amount, where=condition),
        configured_in=COSTS_FILE,
    )


def costs_entered(condition: sa.ColumnElement[bool]) -> Part:
    """How many costs of the period there are for which a condition holds, of known amount or not."""
    return Part(
        fact=facts.cost, date=cost.cost_date, where=condition, measure=count_where(condition)
    )


def unconverted(condition: sa.ColumnElement[bool]) -> Part:
    """How many of these costs are of no amount in the reporting currency."""
    is_unconverted = condition & cost.cost_amount.is_(None)
    return Part(
        fact=facts.cost,
        date=cost.cost_date,
        where=is_unconverted,
        measure=count_where(is_unconverted),
    )


def compared_customers(condition: sa.ColumnElement[bool], span: str = "period") -> Part:
    """Customers of a span for whom a condition holds."""
    return Part(
        fact=compared_customer,
        date=month.month_start_date,
        timing="prepared",
        measure=count_where((compared.span == span) & condition),
    )


def known_amounts(condition: sa.ColumnElement[bool]) -> dict[str, Part]:
    """Of customers for whom a condition holds, at the period's end: monthly recurring revenue as
    `amount`, how many `paying` there are, and as `unknown` those who pay what nobody knows, who are
    in neither.
    """
    is_known = condition & ~compared.is_amount_unknown
    return {
        "amount": Part(
            fact=compared_customer,
            date=month.month_start_date,
            timing="prepared",
            measure=sum_of(compared.end_amount, where=(compared.span == "period") & is_known),
        ),
        "paying": compared_customers(is_known & (compared.end_amount > 0)),
        "unknown": compared_customers(condition & compared.is_amount_unknown),
    }
