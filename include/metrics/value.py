"""Metrics of what customers cost and what they are worth."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.metric import (
    MONTHLY,
    Metric,
    Part,
    count_where,
    over_all_members,
    sum_of,
    total,
)
from include.metrics.prepared.customers import compared_customer
from include.metrics.prepared.payback import cohort_payback
from include.metrics.slices import CAMPAIGN, CHANNEL, COUNTRY, OWNER, PRODUCT, SEGMENT
from include.tables import facts

cost = facts.cost.c
customer = facts.customer.c
line = facts.deal_line.c
month = facts.mrr_customer_month.c
compared = compared_customer.c

COSTS_FILE = "include/config/costs.csv"
PRODUCT_COSTS_FILE = "include/config/product_costs.csv, or a cost field of the CRM"
IS_ACQUISITION = cost.category == "acquisition"
IS_RETENTION = cost.category == "retention"
IS_COSTED = line.is_won & line.line_amount.is_not(None) & line.unit_cost_amount.is_not(None)
LINE_COST = sa.func.coalesce(line.quantity, 1) * line.unit_cost_amount
FULLY_LOADED = (
    "Costs are those of the cost ledger with category acquisition, salaries included where they are "
    "entered, and the campaigns' own. New customers are those who never were one before."
)
GOODS = (
    "Cost of goods sold: quantity x cost of one unit, of lines of deals won in the period. A line "
    "without a cost is left out and counted; it is not taken for free."
)


def _new_customers(measure: sa.ColumnElement[int] | None = None) -> Part:
    """Customers by the day they became one."""
    is_new = customer.is_new_counted
    return Part(
        fact=facts.customer,
        date=customer.customer_date,
        where=is_new,
        measure=count_where(is_new) if measure is None else measure,
    )


def _cost(condition: sa.ColumnElement[bool]) -> Part:
    """Costs of the period for which a condition holds."""
    return Part(
        fact=facts.cost,
        date=cost.cost_date,
        where=condition,
        measure=sum_of(cost.cost_amount, where=condition),
        configured_in=COSTS_FILE,
    )


def _lines(measure: sa.ColumnElement[int]) -> Part:
    """Lines of deals won in the period whose cost is known."""
    return Part(
        fact=facts.deal_line,
        date=line.closed_date,
        where=IS_COSTED,
        measure=measure,
        configured_in=PRODUCT_COSTS_FILE,
    )


def _compared(condition: sa.ColumnElement[bool], span: str = "period") -> Part:
    """Customers of a span for whom a condition holds."""
    return Part(
        fact=compared_customer,
        date=month.month_start_date,
        timing="prepared",
        measure=count_where((compared.span == span) & condition),
    )


def _end_amount(condition: sa.ColumnElement[bool]) -> Part:
    """Monthly recurring revenue at the period's end, of customers for whom a condition holds."""
    return Part(
        fact=compared_customer,
        date=month.month_start_date,
        timing="prepared",
        measure=sum_of(compared.end_amount, where=(compared.span == "period") & condition),
    )


COSTED = _lines(sum_of(line.line_amount, where=IS_COSTED))
GOODS_SOLD = _lines(sum_of(LINE_COST, where=IS_COSTED))
MARGIN_RATE = safe_divide(total("costed") - total("goods"), total("costed"))

COGS = Metric(
    id="cogs",
    name="Cost of goods sold",
    question="What did the things we sold in the period cost us?",
    formula="sum of quantity x cost of one unit, of lines of deals won in the period",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(LINE_COST, where=IS_COSTED),
    sample=count_where(IS_COSTED),
    excluded=count_where(line.is_won & ~IS_COSTED),
    configured_in=PRODUCT_COSTS_FILE,
    configured_where=IS_COSTED,
    unit="money",
    better="neutral",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis=GOODS,
    events="lines with a cost",
)

GROSS_MARGIN = Metric(
    id="gross_margin",
    name="Gross margin",
    question="What share of what we sold is left after the cost of it?",
    formula="(price - cost of lines won in the period that have a cost) / their price",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(line.line_amount - LINE_COST, where=IS_COSTED),
    denominator=sum_of(line.line_amount, where=IS_COSTED),
    sample=count_where(IS_COSTED),
    excluded=count_where(line.is_won & ~IS_COSTED),
    configured_in=PRODUCT_COSTS_FILE,
    configured_where=IS_COSTED,
    unit="rate",
    better="higher",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis=f"{GOODS} See cost coverage for how much of what was sold this speaks of.",
    events="lines with a cost",
)

COST_COVERAGE = Metric(
    id="cost_coverage",
    name="Cost coverage",
    question="Of what we sold, for what share do we know the cost?",
    formula="price of lines won in the period that have a cost / price of all lines won",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(line.line_amount, where=IS_COSTED),
    denominator=sum_of(line.line_amount, where=line.is_won),
    sample=count_where(line.is_won & line.line_amount.is_not(None)),
    excluded=count_where(line.is_won & line.line_amount.is_(None)),
    unit="rate",
    better="higher",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis="Lines without a usable price are left out and counted.",
    events="lines sold",
)

CAC = Metric(
    id="cac",
    name="Customer acquisition cost",
    question="What does it cost us to win a new customer?",
    formula="acquisition cost of the period / new customers of the period",
    parts={"cost": _cost(IS_ACQUISITION), "new_customers": _new_customers()},
    numerator=total("cost"),
    denominator=total("new_customers"),
    unit="money",
    better="lower",
    slices=(),
    minimum_sample=5,
    owner="finance",
    basis=f"Blended and fully loaded. {FULLY_LOADED} Of a period whose cost bears fruit only later, "
    "it says too much.",
    events="new customers",
)

CAC_PAID = Metric(
    id="cac_paid",
    name="Customer acquisition cost, media only",
    question="What do we spend on channels for each new customer?",
    formula="acquisition cost that a channel carries / new customers of the period",
    parts={
        "cost": _cost(IS_ACQUISITION & cost.channel.is_not(None)),
        "new_customers": _new_customers(),
    },
    numerator=total("cost"),
    denominator=total("new_customers"),
    unit="money",
    better="lower",
    slices=(),
    minimum_sample=5,
    owner="marketing-ops",
    basis=f"Without what no channel carries, such as salaries. {FULLY_LOADED}",
    events="new customers",
)

POOL_SHARE = safe_divide(
    over_all_members(total("pool")) * total("new_customers"),
    over_all_members(total("new_customers")),
)

CAC_BY_CHANNEL = Metric(
    id="cac_by_channel",
    name="Customer acquisition cost by channel",
    question="What does a new customer cost us in each channel?",
    formula="(cost of the channel + its share, by new customers, of cost no channel carries) / new "
    "customers of the channel",
    parts={
        "direct": _cost(IS_ACQUISITION & cost.channel.is_not(None)),
        "pool": _cost(IS_ACQUISITION & cost.channel.is_(None)),
        "new_customers": _new_customers(),
    },
    # Where nobody is new the pool stays where it is, so that the channels always add up.
    numerator=total("direct") + sa.func.coalesce(POOL_SHARE, total("pool")),
    denominator=total("new_customers"),
    unit="money",
    better="lower",
    slices=(CHANNEL,),
    minimum_sample=5,
    owner="marketing-ops",
    basis=f"By the channel of a customer's first touch. {FULLY_LOADED} A channel with cost and no "
    "new customer has no value, and its cost is the numerator.",
    events="new customers",
)

CAC_PAYBACK = Metric(
    id="cac_payback",
    name="Payback of acquisition cost",
    question="How many months does a new customer take to pay back what winning it cost?",
    formula="customer acquisition cost / (monthly revenue of a new customer x gross margin)",
    parts={
        "cost": _cost(IS_ACQUISITION),
        "new_customers": _new_customers(),
        "new_amount": _end_amount(compared.is_new),
        "new_paying": _compared(compared.is_new & (compared.end_amount > 0)),
        "costed": COSTED,
        "goods": GOODS_SOLD,
    },
    numerator=safe_divide(total("cost"), total("new_customers")),
    denominator=safe_divide(total("new_amount"), total("new_paying")) * MARGIN_RATE,
    sample=total("new_customers"),
    zero_denominator="New customers do not pay monthly, or there is no margin on what was sold.",
    unit="months",
    better="lower",
    slices=(),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis=f"On gross margin, not on revenue. {FULLY_LOADED} A rule of thumb that assumes nobody "
    "leaves. Whole periods only.",
    events="new customers",
)

CAC_PAYBACK_OBSERVED = Metric(
    id="cac_payback_observed",
    name="Payback of acquisition cost, observed",
    question="After how many months had the customers won in a month paid back what they cost?",
    formula="first month in which the margin of the month's new customers, added up, reaches the "
    "acquisition cost of the month",
    parts={
        "months": Part(
            fact=cohort_payback,
            date=cost.cost_date,
            timing="prepared",
            measure=sum_of(cohort_payback.c.payback_months, where=sa.true()),
        ),
        "paid_back": Part(
            fact=cohort_payback,
            date=cost.cost_date,
            timing="prepared",
            measure=count_where(cohort_payback.c.payback_months.is_not(None)),
        ),
        "new_customers": _new_customers(),
        "cost": _cost(IS_ACQUISITION),
        "costed": COSTED,
    },
    numerator=total("months"),
    denominator=total("paid_back"),
    sample=total("new_customers"),
    zero_denominator="What winning them cost has not come back yet.",
    unit="months",
    better="lower",
    slices=(),
    grains=("month",),
    whole_periods=True,
    becomes=True,
    trailing_periods=36,
    owner="finance",
    basis="The months' recurring revenue of customers won in the month x the gross margin of that "
    "month, the month itself being the first. Who leaves brings nothing any more. Computed again "
    "for three years.",
    events="new customers",
)

CLV = Metric(
    id="clv",
    name="Customer lifetime value, predicted",
    question="How much margin will a customer bring until it leaves?",
    formula="monthly revenue per customer x gross margin / churn of the six periods before",
    parts={
        "amount": _end_amount(compared.end_amount > 0),
        "customers": _compared(compared.end_amount > 0),
        "costed": COSTED,
        "goods": GOODS_SOLD,
        "before": _compared(compared.was_active, span="six"),
        "lost": _compared(compared.was_active & ~compared.is_active, span="six"),
    },
    numerator=safe_divide(total("amount"), total("customers")) * MARGIN_RATE,
    denominator=safe_divide(total("lost"), total("before")),
    sample=total("customers"),
    zero_denominator="Nobody left in the six months before, so no lifetime can be told.",
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY),
    grains=("month",),
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis="Churn is that of the six months before the period together, so that one month does not "
    "decide. Undefined, not endless, while nobody leaves. Whole periods only.",
    events="paying customers",
)

CLV_HISTORIC = Metric(
    id="clv_historic",
    name="Customer lifetime value to date",
    question="How much margin has a customer brought us so far?",
    formula="gross margin of all lines won up to the period's end / customers ever won",
    parts={
        "margin": Part(
            fact=facts.deal_line,
            date=line.closed_date,
            timing="active",
            where=IS_COSTED,
            measure=sum_of(line.line_amount - LINE_COST, where=IS_COSTED),
            configured_in=PRODUCT_COSTS_FILE,
        ),
        "customers": Part(
            fact=facts.customer,
            date=customer.customer_date,
            timing="active",
            where=customer.is_new_counted,
            measure=count_where(customer.is_new_counted),
        ),
    },
    numerator=total("margin"),
    denominator=total("customers"),
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY),
    minimum_sample=5,
    owner="finance",
    basis=f"{GOODS} Those who have left count as well.",
    events="customers",
)

CLV_HISTORIC_REVENUE = Metric(
    id="clv_historic_revenue",
    name="Won revenue per customer to date",
    question="How much has a customer bought from us so far?",
    formula="amounts of all deals won up to the period's end / customers ever won",
    parts={
        "revenue": Part(
            fact=facts.deal,
            date=facts.deal.c.closed_date,
            timing="active",
            where=facts.deal.c.is_won,
            measure=sum_of(facts.deal.c.deal_amount, where=facts.deal.c.is_won),
        ),
        "customers": Part(
            fact=facts.customer,
            date=customer.customer_date,
            timing="active",
            where=customer.is_new_counted,
            measure=count_where(customer.is_new_counted),
        ),
    },
    numerator=total("revenue"),
    denominator=total("customers"),
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY, CHANNEL),
    minimum_sample=5,
    owner="finance",
    basis="Bookings, without the cost of them. Those who have left count as well.",
    events="customers",
)

CRC = Metric(
    id="crc",
    name="Customer retention cost",
    question="What does it cost us to keep a customer?",
    formula="retention cost of the period / customers before the period who still are at its end",
    parts={
        "cost": _cost(IS_RETENTION),
        "retained": _compared(compared.was_active & compared.is_active),
    },
    numerator=total("cost"),
    denominator=total("retained"),
    unit="money",
    better="lower",
    slices=(),
    grains=MONTHLY,
    whole_periods=True,
    owner="customer-success",
    basis="Costs are those of the cost ledger with category retention; their sum is the numerator. "
    "Whole periods only.",
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
    configured_in=COSTS_FILE,
    configured_where=IS_RETENTION,
    unit="money",
    better="lower",
    slices=(CHANNEL, CAMPAIGN),
    owner="customer-success",
    basis="Costs of the cost ledger with category retention.",
    events="costs",
)
