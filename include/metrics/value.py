"""Metrics of what customers are worth, and what keeping them costs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.customer_parts import (
    COSTS_FILE,
    IS_BOUGHT,
    NOTHING_ENTERED,
    OF_KNOWN,
    UNCONVERTED,
    compared,
    compared_customers,
    cost,
    cost_of,
    costs_entered,
    customer,
    deal,
    known_amounts,
    unconverted,
)
from include.metrics.margin import (
    COSTED,
    GOODS_SOLD,
    IS_COSTED,
    LINE_COST,
    MARGIN_OF_ALL,
    MARGIN_RATE,
    ONE_BILL,
    PRODUCT_COSTS_FILE,
)
from include.metrics.metric import (
    MONTHLY,
    Metric,
    Part,
    count_where,
    in_slice,
    sum_of,
    total,
)
from include.metrics.prepared.cohort import cohort_to_date
from include.metrics.slices import BUYER_CHANNEL, CAMPAIGN, CHANNEL, COHORT, COUNTRY, SEGMENT
from include.tables import facts

line = facts.deal_line.c

IS_RETENTION = cost.category == "retention"
HAS_BUYER = line.customer_id.is_not(None)

CLV = Metric(
    id="clv",
    name="Customer lifetime value, predicted",
    question="How much margin will a customer bring until it leaves?",
    formula="monthly revenue per customer x gross margin / churn of the six periods before",
    parts={
        **known_amounts(sa.true()),
        "costed": COSTED,
        "goods": GOODS_SOLD,
        "before": compared_customers(compared.was_active, span="six"),
        "lost": compared_customers(compared.was_active & ~compared.is_active, span="six"),
    },
    numerator=safe_divide(total("amount"), total("paying")) * MARGIN_RATE,
    denominator=safe_divide(total("lost"), total("before")),
    sample=total("paying"),
    excluded=total("unknown"),
    zero_denominator="Nobody left in the six months before, so no lifetime can be told.",
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY, COHORT),
    grains=("month",),
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis="Churn is that of the six months before the period together, so that one month does not "
    f"decide. Undefined, not endless, while nobody leaves. {MARGIN_OF_ALL} By month of acquisition "
    "the margin is always that of all: few buy again in a given month. "
    f"{OF_KNOWN} Whole periods only.",
    events="paying customers",
)


def _of_cohort(sums: sa.Column[Any]) -> Part:
    """What the customers of each month of acquisition have of a sum up to the period's end."""
    return Part(fact=cohort_to_date, date=customer.customer_date, timing="prepared", measure=sums)


def _by_cohort(name: str) -> sa.ColumnElement[Any]:
    """By month of acquisition that of the customers of the month, which what was sold does not name."""
    return in_slice(COHORT, total(f"cohort_{name}"), otherwise=total(name))


CUSTOMERS_EVER = Part(
    fact=facts.customer,
    date=customer.customer_date,
    timing="active",
    where=customer.is_new_counted,
    measure=count_where(customer.is_new_counted),
)
EVER_WON = (
    "Those who have left count as well. By month of acquisition, each period tells what customers who "
    "became one in that month had brought by its end."
)

CLV_HISTORIC = Metric(
    id="clv_historic",
    name="Customer lifetime value to date",
    question="How much margin has a customer brought us so far?",
    formula="gross margin of all lines won with customers up to the period's end / customers ever won",
    parts={
        "margin": Part(
            fact=facts.deal_line,
            date=line.closed_date,
            timing="active",
            where=IS_COSTED & HAS_BUYER,
            measure=sum_of(line.line_amount - LINE_COST, where=IS_COSTED & HAS_BUYER),
            configured_in=PRODUCT_COSTS_FILE,
        ),
        "uncosted": Part(
            fact=facts.deal_line,
            date=line.closed_date,
            timing="active",
            where=line.is_won & ~(IS_COSTED & HAS_BUYER),
            measure=count_where(line.is_won),
        ),
        "customers": CUSTOMERS_EVER,
        "cohort_margin": _of_cohort(cohort_to_date.c.margin_amount),
        "cohort_uncosted": _of_cohort(cohort_to_date.c.uncosted_count),
        "cohort_customers": _of_cohort(cohort_to_date.c.customer_count),
    },
    numerator=_by_cohort("margin"),
    denominator=_by_cohort("customers"),
    excluded=_by_cohort("uncosted"),
    partly=_by_cohort("uncosted"),
    partly_reason="Of some lines the cost or the customer is not known: what they brought is left out.",
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY, COHORT),
    minimum_sample=5,
    owner="finance",
    basis="Quantity x cost of one unit is taken off the price of each line. A line without a cost, or "
    f"of a deal without a customer, is left out and counted. {ONE_BILL} {EVER_WON}",
    events="customers",
)

CLV_HISTORIC_REVENUE = Metric(
    id="clv_historic_revenue",
    name="Won revenue per customer to date",
    question="How much has a customer bought from us so far?",
    formula="amounts of all deals won with customers up to the period's end / customers ever won",
    parts={
        "revenue": Part(
            fact=facts.deal,
            date=deal.closed_date,
            timing="active",
            where=deal.is_won,
            measure=sum_of(deal.deal_amount, where=IS_BOUGHT),
        ),
        "untold": Part(
            fact=facts.deal,
            date=deal.closed_date,
            timing="active",
            where=deal.is_won,
            measure=count_where(deal.is_won & ~IS_BOUGHT),
        ),
        "customers": CUSTOMERS_EVER,
        "cohort_revenue": _of_cohort(cohort_to_date.c.revenue_amount),
        "cohort_untold": _of_cohort(cohort_to_date.c.unpriced_count),
        "cohort_customers": _of_cohort(cohort_to_date.c.customer_count),
    },
    numerator=_by_cohort("revenue"),
    denominator=_by_cohort("customers"),
    excluded=_by_cohort("untold"),
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY, BUYER_CHANNEL, COHORT),
    minimum_sample=5,
    owner="finance",
    basis="Bookings, without the cost of them. Deals without a usable amount or without a customer are "
    f"left out and counted. By channel, that of the customer. {EVER_WON}",
    events="customers",
)

CRC = Metric(
    id="crc",
    name="Customer retention cost",
    question="What does it cost us to keep a customer?",
    formula="retention cost of the period / customers before the period who still are at its end",
    parts={
        "cost": cost_of(IS_RETENTION),
        "entries": costs_entered(IS_RETENTION),
        "unconverted": unconverted(IS_RETENTION),
        "retained": compared_customers(compared.was_active & compared.is_active),
    },
    numerator=sa.case((total("entries") > 0, total("cost"))),
    denominator=total("retained"),
    not_known=NOTHING_ENTERED,
    excluded=total("unconverted"),
    partly=total("unconverted"),
    partly_reason=UNCONVERTED,
    unit="money",
    better="lower",
    slices=(),
    grains=MONTHLY,
    whole_periods=True,
    owner="customer-success",
    basis="Costs are those of the cost ledger with category retention; their sum is the numerator. A "
    "period for which none is entered has no value. Whole periods only.",
    events="retained customers",
)

RETENTION_COST = Metric(
    id="crc_total",
    name="Retention cost",
    question="What did we spend to keep our customers?",
    formula="retention cost of the period",
    fact=facts.cost,
    date=cost.cost_date,
    numerator=sum_of(cost.cost_amount, where=IS_RETENTION),
    sample=count_where(IS_RETENTION & cost.cost_amount.is_not(None)),
    excluded=count_where(IS_RETENTION & cost.cost_amount.is_(None)),
    partly=count_where(IS_RETENTION & cost.cost_amount.is_(None)),
    partly_reason=UNCONVERTED,
    configured_in=COSTS_FILE,
    configured_where=IS_RETENTION,
    none_is_unknown=True,
    not_known=NOTHING_ENTERED,
    unit="money",
    better="lower",
    slices=(CHANNEL, CAMPAIGN),
    owner="customer-success",
    basis="Costs of the cost ledger with category retention. A period for which none is entered has no "
    "value.",
    events="costs",
)
