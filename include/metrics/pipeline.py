"""Metrics of deals that are still open."""

from __future__ import annotations

from include.metrics.metric import Metric, count_where, sum_of
from include.metrics.slices import CHANNEL, OWNER, PIPELINE, ROLE, SEGMENT, STAGE
from include.tables import facts

deal = facts.deal.c
AT_THE_END = "As it stood at the end of the period, or at the as-of while the period runs."

PIPELINE_AMOUNT = Metric(
    id="pipeline_amount",
    name="Open pipeline",
    question="How much could we still win with the deals that are open?",
    formula="sum of the amounts of open deals",
    fact=facts.deal,
    date=deal.created_date,
    numerator=sum_of(deal.deal_amount, where=deal.is_open),
    sample=count_where(deal.is_open & deal.deal_amount.is_not(None)),
    excluded=count_where(deal.is_open & deal.deal_amount.is_(None)),
    timing="snapshot",
    unit="money",
    better="neutral",
    slices=(STAGE, OWNER, ROLE, CHANNEL, PIPELINE, SEGMENT),
    owner="sales-ops",
    basis=f"{AT_THE_END} Open deals without a usable amount are left out and counted.",
    events="open deals",
)

PIPELINE_WEIGHTED_AMOUNT = Metric(
    id="pipeline_weighted_amount",
    name="Weighted pipeline",
    question="How much of the open pipeline may we expect to win?",
    formula="sum of amount x probability of open deals",
    fact=facts.deal,
    date=deal.created_date,
    numerator=sum_of(deal.weighted_amount, where=deal.is_open),
    sample=count_where(deal.is_open & deal.weighted_amount.is_not(None)),
    excluded=count_where(deal.is_open & deal.weighted_amount.is_(None)),
    timing="snapshot",
    unit="money",
    better="neutral",
    slices=(STAGE, OWNER, ROLE, CHANNEL, PIPELINE, SEGMENT),
    owner="sales-ops",
    basis=f"{AT_THE_END} Probabilities are the CRM's own; open deals without an amount or a "
    "probability are left out and counted.",
    events="open deals",
)

PIPELINE_OVERDUE_COUNT = Metric(
    id="pipeline_overdue_count",
    name="Overdue deals",
    question="How many open deals should have closed by now?",
    formula="open deals whose expected closing date has passed",
    fact=facts.deal,
    date=deal.created_date,
    numerator=count_where(deal.is_open),
    counts_from=deal.expected_close_date,
    timing="snapshot",
    unit="count",
    better="lower",
    slices=(STAGE, OWNER, ROLE, PIPELINE),
    owner="sales-ops",
    basis=f"{AT_THE_END} A deal is overdue from the day after its expected closing date.",
    events="overdue deals",
)
