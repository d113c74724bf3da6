"""Metrics of what customers pay again and again, and of who stays."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import earlier_of
from include.metrics.customer_parts import IS_BOUGHT, OF_KNOWN
from include.metrics.metric import (
    MONTHLY,
    Metric,
    Part,
    count_where,
    sum_of,
    total,
)
from include.metrics.prepared.customers import compared_customer
from include.metrics.slices import (
    BUYER_CHANNEL,
    CHANNEL,
    COHORT,
    COUNTRY,
    CUSTOMER_OWNER,
    MAIN_PRODUCT,
    MOVEMENT,
    OWNER,
    PRODUCT,
    ROLE_OF_OWNER,
    SEGMENT,
)
from include.tables import facts

deal = facts.deal.c
line = facts.recurring_line.c
month = facts.mrr_customer_month.c
term = facts.term.c
compared = compared_customer.c

IS_NOBODYS = line.customer_id.is_(None)
IS_PAID = line.mrr_amount.is_not(None) & line.customer_id.is_not(None)
NOBODYS = (
    "Some of it has no known customer, because no company is linked to it. That part is left out."
)
IN_PERIOD = compared.span == "period"
IS_KNOWN = ~compared.is_amount_unknown
HAS_PAID = compared.start_amount > 0
CONTRACTED = (
    "Contracted amounts per month: a yearly price counts one twelfth each month. Not cash, and "
    "not revenue recognised. One-off sales do not count, nor does anything paused. In an org that "
    "approves service contracts, a contract counts once it is approved. A new price counts from the "
    "day of the change, or from the term it renews; a change in the first 30 days is a correction."
)
SETS = (
    "Compares the customers before the period with those at its end; customers who come and go "
    "within it do not count. Whole periods only."
)
CUSTOMER_SLICES = (SEGMENT, COUNTRY, CHANNEL)
# With who looks after the customer.
KEEPING_SLICES = (*CUSTOMER_SLICES, CUSTOMER_OWNER)
UNKNOWN_AMOUNT = "Some customers pay an unknown amount, which counts as nothing here."
BY_MAIN_PRODUCT = (
    "By main product, a customer belongs to the product it paid most for before the period, or at "
    "its end if it paid for none before."
)

MRR = Metric(
    id="mrr",
    name="Monthly recurring revenue",
    question="How much do our customers pay us each month?",
    formula="sum of the monthly amounts of recurring lines in force at the end of the period",
    fact=facts.recurring_line,
    date=line.start_date,
    ends=line.end_date,
    timing="active",
    numerator=sum_of(line.mrr_amount, where=IS_PAID),
    sample=count_where(IS_PAID),
    excluded=count_where(~IS_PAID),
    partly=count_where(IS_NOBODYS),
    partly_reason=NOBODYS,
    unit="money",
    better="higher",
    slices=(PRODUCT, OWNER, ROLE_OF_OWNER, *CUSTOMER_SLICES),
    owner="finance",
    basis=f"{CONTRACTED} Lines without a usable amount or without a customer are left out and counted. By month of "
    "acquisition it is the numerator of average revenue per customer.",
    events="recurring lines",
)

ARR = Metric(
    id="arr",
    name="Annual recurring revenue",
    question="How much do our customers pay us per year, as things stand?",
    formula="12 x monthly recurring revenue",
    fact=facts.recurring_line,
    date=line.start_date,
    ends=line.end_date,
    timing="active",
    numerator=12 * sum_of(line.mrr_amount, where=IS_PAID),
    sample=count_where(IS_PAID),
    excluded=count_where(~IS_PAID),
    partly=count_where(IS_NOBODYS),
    partly_reason=NOBODYS,
    unit="money",
    better="higher",
    slices=(PRODUCT, OWNER, ROLE_OF_OWNER, *CUSTOMER_SLICES),
    owner="finance",
    basis=f"{CONTRACTED} Lines without a usable amount or without a customer are left out and counted.",
    events="recurring lines",
)

MRR_MOVEMENT = Metric(
    id="mrr_movement",
    name="Movement of recurring revenue",
    question="What made monthly recurring revenue rise or fall in the period?",
    formula="monthly recurring revenue at the period's end - before the period, per customer: new, "
    "expansion, contraction, churn, reactivation",
    fact=compared_customer,
    date=month.month_start_date,
    timing="prepared",
    numerator=sum_of(compared.end_amount - compared.start_amount, where=IN_PERIOD),
    sample=count_where(IN_PERIOD & (compared.movement != "none")),
    partly=count_where(IN_PERIOD & compared.is_amount_unknown),
    partly_reason=UNKNOWN_AMOUNT,
    unit="money",
    better="higher",
    slices=(MOVEMENT, MAIN_PRODUCT, *KEEPING_SLICES),
    grains=MONTHLY,
    whole_periods=True,
    owner="finance",
    basis=f"{SETS} A customer who changes plan expands or contracts; only one who stops paying "
    f"has churned, and one who paid before is reactivated, not new. {BY_MAIN_PRODUCT}",
    events="customers whose amount changed",
)

ARPU = Metric(
    id="arpu",
    name="Average revenue per customer",
    question="How much does a paying customer pay us each month?",
    formula="monthly recurring revenue at the period's end / customers who pay then",
    fact=compared_customer,
    date=month.month_start_date,
    timing="prepared",
    numerator=sum_of(compared.end_amount, where=IN_PERIOD & IS_KNOWN),
    denominator=count_where(IN_PERIOD & IS_KNOWN & (compared.end_amount > 0)),
    distribution=sa.case((IS_KNOWN, compared.end_amount)),
    excluded=count_where(IN_PERIOD & ~IS_KNOWN),
    unit="money",
    better="higher",
    slices=(*CUSTOMER_SLICES, COHORT),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis="Customers who pay nothing do not count. Mean, with the median beside it, because one "
    f"large customer moves the mean. {OF_KNOWN} Whole periods only.",
    events="paying customers",
)

ARPU_TRANSACTIONAL = Metric(
    id="arpu_transactional",
    name="Won revenue per active customer",
    question="How much did we sell per customer in the period?",
    formula="won revenue of the period from customers / mean number of customers before it and at its end",
    parts={
        "revenue": Part(
            fact=facts.deal,
            date=deal.closed_date,
            measure=sum_of(deal.deal_amount, where=IS_BOUGHT),
        ),
        "told": Part(fact=facts.deal, date=deal.closed_date, measure=count_where(IS_BOUGHT)),
        "untold": Part(
            fact=facts.deal,
            date=deal.closed_date,
            measure=count_where(deal.is_won & ~IS_BOUGHT),
        ),
        "before": Part(
            fact=compared_customer,
            date=month.month_start_date,
            timing="prepared",
            measure=count_where(IN_PERIOD & compared.was_active),
        ),
        "after": Part(
            fact=compared_customer,
            date=month.month_start_date,
            timing="prepared",
            measure=count_where(IN_PERIOD & compared.is_active),
        ),
    },
    # Where it is known of no deal who bought for how much, customers have not bought nothing.
    numerator=sa.case(((total("told") > 0) | (total("untold") == 0), total("revenue"))),
    denominator=(total("before") + total("after")) / 2,
    excluded=total("untold"),
    unit="money",
    better="higher",
    slices=(SEGMENT, COUNTRY, BUYER_CHANNEL),
    grains=MONTHLY,
    whole_periods=True,
    owner="finance",
    basis="For businesses without subscriptions. customers.yaml says who counts as a customer. "
    "Bookings by closing date; deals without a usable amount or without a customer are "
    "left out and counted. By channel: that of the customer. Whole periods only.",
    events="customers",
)

RETENTION_RATE = Metric(
    id="retention_rate",
    name="Customer retention",
    question="Of the customers we had before the period, what share did we still have at its end?",
    formula="customers both before the period and at its end / customers before the period",
    fact=compared_customer,
    date=month.month_start_date,
    timing="prepared",
    numerator=count_where(IN_PERIOD & compared.was_active & compared.is_active),
    denominator=count_where(IN_PERIOD & compared.was_active),
    unit="rate",
    better="higher",
    slices=(MAIN_PRODUCT, *KEEPING_SLICES, COHORT),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=30,
    owner="customer-success",
    basis=f"{SETS} customers.yaml says who counts as a customer. {BY_MAIN_PRODUCT}",
    events="customers before the period",
)

CHURN_RATE = Metric(
    id="churn_rate",
    name="Customer churn",
    question="Of the customers we had before the period, what share had left by its end?",
    formula="customers before the period but not at its end / customers before the period",
    fact=compared_customer,
    date=month.month_start_date,
    timing="prepared",
    numerator=count_where(IN_PERIOD & compared.was_active & ~compared.is_active),
    denominator=count_where(IN_PERIOD & compared.was_active),
    unit="rate",
    better="lower",
    slices=(MAIN_PRODUCT, *KEEPING_SLICES, COHORT),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=30,
    owner="customer-success",
    basis=f"{SETS} One minus retention. Yearly churn is not twelve times monthly churn. "
    f"{BY_MAIN_PRODUCT}",
    events="customers before the period",
)


def _net_retention(metric_id: str, name: str, span: str, window: str) -> Metric:
    """Net revenue retention over a span of wanted_span."""
    is_of_span = compared.span == span
    is_known = is_of_span & IS_KNOWN
    return Metric(
        id=metric_id,
        name=name,
        question=f"What do the customers we had before {window} pay us now, compared with then?",
        formula="monthly recurring revenue at the end, of customers who paid at the start / their "
        "monthly recurring revenue at the start",
        fact=compared_customer,
        date=month.month_start_date,
        timing="prepared",
        numerator=sum_of(compared.end_amount, where=is_known & HAS_PAID),
        denominator=sum_of(compared.start_amount, where=is_known & HAS_PAID),
        sample=count_where(is_known & HAS_PAID),
        excluded=count_where(is_of_span & ~IS_KNOWN),
        unit="rate",
        better="higher",
        slices=(MAIN_PRODUCT, *KEEPING_SLICES, COHORT),
        grains=MONTHLY,
        whole_periods=True,
        minimum_sample=30,
        owner="customer-success",
        basis=f"{SETS} New and returning customers do not count. May exceed 100 %. {OF_KNOWN} "
        f"{BY_MAIN_PRODUCT}",
        events="paying customers at the start",
    )


def _gross_retention(metric_id: str, name: str, span: str, window: str) -> Metric:
    """Gross revenue retention over a span of wanted_span."""
    is_of_span = compared.span == span
    is_known = is_of_span & IS_KNOWN
    return Metric(
        id=metric_id,
        name=name,
        question=f"How much of what customers paid before {window} do they still pay, not "
        "counting what they added?",
        formula="sum of the lower of the amounts at start and end, per customer who paid at the start / monthly "
        "recurring revenue at the start",
        fact=compared_customer,
        date=month.month_start_date,
        timing="prepared",
        numerator=sum_of(
            earlier_of(compared.start_amount, compared.end_amount),
            # Of who gets a credit at the end no more is lost than was paid at the start.
            where=is_known & HAS_PAID & (compared.end_amount > 0),
        ),
        denominator=sum_of(compared.start_amount, where=is_known & HAS_PAID),
        sample=count_where(is_known & HAS_PAID),
        excluded=count_where(is_of_span & ~IS_KNOWN),
        unit="rate",
        better="higher",
        slices=(MAIN_PRODUCT, *KEEPING_SLICES, COHORT),
        grains=MONTHLY,
        whole_periods=True,
        minimum_sample=30,
        owner="customer-success",
        basis=f"{SETS} A gain from one customer never makes up for a loss from another. "
        f"{OF_KNOWN} {BY_MAIN_PRODUCT}",
        events="paying customers at the start",
    )


NRR = _net_retention("nrr", "Net revenue retention", "period", "the period")
NRR_TRAILING_YEAR = _net_retention(
    "nrr_trailing_year", "Net revenue retention, 12 months", "year", "the last twelve months"
)
GRR = _gross_retention("grr", "Gross revenue retention", "period", "the period")
GRR_TRAILING_YEAR = _gross_retention(
    "grr_trailing_year", "Gross revenue retention, 12 months", "year", "the last twelve months"
)
