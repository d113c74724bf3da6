"""Metrics of leads and what becomes of them."""

from __future__ import annotations

from include.metrics.metric import Metric, count_where
from include.metrics.slices import CAMPAIGN, CHANNEL, OWNER, ROLE, SEGMENT
from include.tables import facts

lead = facts.lead.c
ONE_PERSON = (
    "Records with one mail address are one lead; imported leads and those made by the sync of the "
    "two CRMs do not count."
)

LEADS_GENERATED = Metric(
    id="leads_generated",
    name="New leads",
    question="How many people became a lead in the period?",
    formula="people who first were a lead in the period",
    fact=facts.lead,
    date=lead.created_date,
    numerator=count_where(lead.is_counted),
    unit="count",
    better="neutral",
    slices=(CHANNEL, CAMPAIGN, OWNER, ROLE, SEGMENT),
    owner="marketing-ops",
    basis=ONE_PERSON,
    events="new leads",
)

LEAD_TO_CUSTOMER_RATE = Metric(
    id="lead_to_customer_rate",
    name="Lead to customer",
    question="Of the leads of the period, what share has become a customer?",
    formula="leads of the period who have become a customer / leads of the period",
    fact=facts.lead,
    date=lead.created_date,
    numerator=count_where(lead.is_customer),
    denominator=count_where(lead.is_counted),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(CHANNEL, CAMPAIGN, OWNER, ROLE, SEGMENT),
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis=f"{ONE_PERSON} A cohort: it rises as leads of the period win later. A lead that was only "
    "converted is not a customer yet.",
    events="leads",
)
