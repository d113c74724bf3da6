"""Metrics of deals won and lost, and of what was billed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.metric import Metric, Part, count_where, if_known, in_slice, sum_of, total
from include.metrics.slices import (
    CAMPAIGN,
    CHANNEL,
    COMPETITOR,
    COUNTRY,
    LOST_FROM_STAGE,
    LOST_REASON,
    MAIN_PRODUCT,
    NEW_OR_EXISTING,
    OWNER,
    PIPELINE,
    PRODUCT,
    ROLE,
    ROLE_OF_OWNER,
    SEGMENT,
    SIZE_BAND,
    TEAM,
    TOTAL,
)
from include.tables import facts

deal = facts.deal.c
credit = facts.deal_credit.c
line = facts.deal_line.c
billing = facts.billing.c
HAS_AMOUNT = deal.deal_amount.is_not(None)
IS_BILLED = billing.billing_amount.is_not(None) & ~billing.is_duplicate
IS_DECIDED = deal.is_won | deal.is_lost
BOOKINGS = (
    "Bookings: what was agreed when the deal was won, not revenue recognised or cash received. "
    "Converted at the rate of the closing date."
)
# Who sold, through what, to whom, and what kind of deal it was.
DEAL_SLICES = (
    OWNER,
    ROLE,
    TEAM,
    CHANNEL,
    PIPELINE,
    SEGMENT,
    NEW_OR_EXISTING,
    MAIN_PRODUCT,
    SIZE_BAND,
)
BY_MAIN_PRODUCT = "By main product, the whole deal belongs to the product of its largest line."
DISQUALIFIED = (
    "Deals closed for a reason that does not count (deals.yaml), such as duplicates, are left out "
    "and counted."
)
CREDITED = (
    "A deal belongs to whoever owned it when it was won, in the role they had then; handing it "
    "over later changes nothing. A split deal (opportunity splits of the amount in Salesforce, "
    "deal splits in HubSpot, as they stand at the as-of) is credited by its shares if these add "
    "up to the whole. It counts once in the total, and by owner, role and team once for each of "
    "its owners."
)
NOT_ABOVE_ZERO = "Won revenue of the period it is compared with is not above zero."

REVENUE = Metric(
    id="revenue",
    name="Won revenue",
    question="How much did we sell in the period?",
    formula="sum of the amounts of deals won in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_won),
    sample=count_where(deal.is_won & HAS_AMOUNT),
    excluded=count_where(deal.is_won & ~HAS_AMOUNT),
    unit="money",
    better="higher",
    slices=(*DEAL_SLICES, CAMPAIGN, COUNTRY),
    owner="sales-ops",
    basis=f"{BOOKINGS} Won deals without a usable amount are left out and counted. "
    f"{BY_MAIN_PRODUCT} See won revenue by line for what each product brought in.",
    events="won deals",
)

REVENUE_BILLED = Metric(
    id="revenue_billed",
    name="Billed revenue",
    question="How much of what we billed was activated or paid in the period?",
    formula="sum of the amounts of orders activated and invoices paid in the period",
    fact=facts.billing,
    date=billing.billed_date,
    numerator=sum_of(billing.billing_amount, where=IS_BILLED),
    sample=count_where(IS_BILLED),
    excluded=count_where(~IS_BILLED),
    partly=count_where(billing.is_duplicate | billing.is_tax_unknown),
    partly_reason="Both CRMs bill, and nothing links an order to its invoice, so only those of the system "
    "of record for deals are added up; or HubSpot does not say how much of an invoice is taxes, and all of "
    "it counts.",
    unit="money",
    better="higher",
    slices=(OWNER, ROLE_OF_OWNER, TEAM, SEGMENT, COUNTRY),
    owner="sales-ops",
    basis="What was billed: activated Salesforce orders, less reduction orders, on the day of activation, "
    "and paid HubSpot invoices on the day of payment. Not bookings (see won revenue), and not revenue "
    "recognised. Without taxes, and converted at the rate of that day. HubSpot's credit notes and refunds "
    "are not read, and not taken off. Nothing links an order to its invoice, so both would count: if both "
    "CRMs have such records, only those of the system of record for deals do. Records without a usable "
    "amount are left out and counted.",
    events="orders activated and invoices paid",
)

REVENUE_PER_PRODUCT = Metric(
    id="revenue_per_product",
    name="Won revenue by line",
    question="How much did each product bring in?",
    formula="sum of the prices of lines of deals won in the period",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(line.line_amount, where=line.is_won),
    sample=count_where(line.is_won & line.line_amount.is_not(None)),
    excluded=count_where(line.is_won & line.line_amount.is_(None)),
    unit="money",
    better="higher",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="sales-ops",
    basis=f"{BOOKINGS} Differs from won revenue: deals without lines are missing, and the amount "
    "of a deal may differ from the sum of its lines. Lines without a usable price are left out "
    "and counted.",
    events="lines sold",
)

SALES_GROWTH = Metric(
    id="sales_growth",
    name="Sales growth",
    question="How much more did we sell than in the period before?",
    formula="(won revenue - won revenue of the period before) / won revenue of the period before",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_won),
    compared_with="previous",
    zero_denominator=NOT_ABOVE_ZERO,
    sample=count_where(deal.is_won & HAS_AMOUNT),
    excluded=count_where(deal.is_won & ~HAS_AMOUNT),
    unit="rate",
    better="higher",
    slices=(ROLE, CHANNEL, PIPELINE, SEGMENT, COUNTRY),
    owner="sales-ops",
    basis=f"{BOOKINGS} Whole periods only.",
    events="won deals",
)

SALES_GROWTH_YEAR_OVER_YEAR = Metric(
    id="sales_growth_year_over_year",
    name="Sales growth, year over year",
    question="How much more did we sell than in the same period a year ago?",
    formula="(won revenue - won revenue a year ago) / won revenue a year ago",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_won),
    compared_with="year_ago",
    zero_denominator=NOT_ABOVE_ZERO,
    sample=count_where(deal.is_won & HAS_AMOUNT),
    excluded=count_where(deal.is_won & ~HAS_AMOUNT),
    unit="rate",
    better="higher",
    slices=(ROLE, CHANNEL, PIPELINE, SEGMENT, COUNTRY),
    owner="sales-ops",
    basis=f"{BOOKINGS} Whole periods only; days and weeks are compared with those 364 days before.",
    events="won deals",
)

CLOSE_RATE = Metric(
    id="close_rate",
    name="Close rate",
    question="Of the deals that closed in the period, what share did we win?",
    formula="deals won in the period / deals won or lost in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=count_where(deal.is_won),
    denominator=count_where(IS_DECIDED),
    excluded=count_where(deal.is_disqualified),
    unit="rate",
    better="higher",
    slices=(*DEAL_SLICES, COMPETITOR),
    minimum_sample=30,
    owner="sales-ops",
    basis="By closing date; a deal that was reopened and closed again counts by its latest outcome. "
    f"{DISQUALIFIED}",
    events="closed deals",
)

CLOSE_RATE_BY_AMOUNT = Metric(
    id="close_rate_by_amount",
    name="Close rate by amount",
    question="Of the money in deals that closed in the period, what share did we win?",
    formula="amounts of deals won in the period / amounts of deals won or lost in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_won),
    denominator=sum_of(deal.deal_amount, where=IS_DECIDED),
    sample=count_where(IS_DECIDED & HAS_AMOUNT),
    excluded=count_where(deal.is_disqualified | (IS_DECIDED & ~HAS_AMOUNT)),
    unit="rate",
    better="higher",
    slices=(*DEAL_SLICES, COMPETITOR),
    minimum_sample=30,
    owner="sales-ops",
    basis="By closing date; deals without a usable amount are left out and counted. "
    f"{DISQUALIFIED}",
    events="closed deals",
)

CLOSE_RATE_COHORT = Metric(
    id="close_rate_cohort",
    name="Close rate of deals created",
    question="Of the deals created in the period, what share have we won so far?",
    formula="deals created in the period and won by now / deals created in the period",
    fact=facts.deal,
    date=deal.created_date,
    numerator=count_where(deal.is_won),
    denominator=count_where(~deal.is_disqualified),
    excluded=count_where(deal.is_disqualified),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(*DEAL_SLICES, COMPETITOR),
    trailing_periods=12,
    minimum_sample=30,
    maturity_days=90,
    owner="sales-ops",
    basis="A cohort: it rises as deals of the period close later, and is computed again for the "
    f"twelve periods before the current one. {DISQUALIFIED}",
    events="deals created",
)

AVG_PURCHASE_VALUE = Metric(
    id="avg_purchase_value",
    name="Average purchase value",
    question="How much is a won deal worth?",
    formula="won revenue / deals won in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_won),
    denominator=count_where(deal.is_won & HAS_AMOUNT),
    excluded=count_where(deal.is_won & ~HAS_AMOUNT),
    distribution=sa.case((deal.is_won, deal.deal_amount)),
    unit="money",
    better="neutral",
    slices=DEAL_SLICES,
    minimum_sample=5,
    owner="sales-ops",
    basis=f"{BOOKINGS} Mean, with the median beside it; deals without a usable amount are left out.",
    events="won deals",
)

SALES_CYCLE_DAYS = Metric(
    id="sales_cycle_days",
    name="Sales cycle",
    question="How long does it take from creating a deal to winning it?",
    formula="median of days from creation to closing, over deals won in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=sum_of(deal.cycle_days, where=deal.is_won),
    denominator=count_where(deal.is_won & deal.cycle_days.is_not(None)),
    excluded=count_where(deal.is_won & deal.is_cycle_negative),
    distribution=sa.case((deal.is_won, deal.cycle_days)),
    headline="median",
    unit="days",
    better="lower",
    slices=DEAL_SLICES,
    minimum_sample=5,
    owner="sales-ops",
    basis="Won deals only; one that closed before it was created is left out and counted.",
    events="won deals",
)

DEALS_LOST = Metric(
    id="deals_lost",
    name="Deals lost",
    question="How many deals did we lose, from which stage and why?",
    formula="deals lost in the period",
    fact=facts.deal,
    date=deal.closed_date,
    numerator=count_where(deal.is_lost),
    excluded=count_where(deal.is_disqualified),
    unit="count",
    better="lower",
    slices=(LOST_FROM_STAGE, LOST_REASON, COMPETITOR, *DEAL_SLICES, COUNTRY),
    owner="sales-ops",
    basis="By closing date; a deal that was reopened and closed again counts by its latest outcome. The "
    "stage is the last open one the deal is known to have been in; reason and competitor come "
    f"from the fields that deals.yaml names. {DISQUALIFIED}",
    events="lost deals",
)


def credited(measure: sa.ColumnElement[Any]) -> Part:
    """A sum over the owners that deals won in the period are credited to."""
    return Part(
        fact=facts.deal_credit, date=credit.closed_date, where=credit.is_won, measure=measure
    )


def counted_once(name: str) -> sa.ColumnElement[Any]:
    """Deals in the total, and credits by member: of several owners of a deal each has won it."""
    return in_slice(TOTAL, total(f"{name}_deals"), otherwise=total(f"{name}_credits"))


HAS_CREDIT = credit.credit_amount.is_not(None)
UNKNOWN_CREDITS = {
    "unknown_deals": credited(count_where(credit.is_won & credit.is_leading & ~HAS_CREDIT)),
    "unknown_credits": credited(count_where(credit.is_won & ~HAS_CREDIT)),
}
# Who has won nothing but deals of unknown worth has not won nothing.
UNKNOWN = counted_once("unknown")
WON_IF_KNOWN = if_known(total("won"), counted_once("won") - UNKNOWN, UNKNOWN)

SALES_PERFORMANCE = Metric(
    id="sales_performance",
    name="Sales performance",
    question="Who won how much in the period?",
    formula="sum of the amounts of deals won in the period, by owner",
    parts={
        "won": credited(sum_of(credit.credit_amount, where=credit.is_won)),
        "won_deals": credited(count_where(credit.is_won & credit.is_leading)),
        "won_credits": credited(count_where(credit.is_won)),
        **UNKNOWN_CREDITS,
    },
    numerator=WON_IF_KNOWN,
    sample=counted_once("won"),
    excluded=counted_once("unknown"),
    unit="money",
    better="higher",
    slices=(OWNER, ROLE, TEAM),
    owner="sales-ops",
    not_known="All of it has an unknown amount and is left out.",
    basis=f"{BOOKINGS} {CREDITED} Deals without a usable amount are left out and counted.",
    events="won deals",
)
