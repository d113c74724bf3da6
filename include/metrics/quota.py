"""Metrics of what was to be won."""

from __future__ import annotations

from include.metrics.bookings import (
    CREDITED,
    UNKNOWN_CREDITS,
    WON_IF_KNOWN,
    counted_once,
    credited,
)
from include.metrics.metric import MONTHLY, Metric, Part, count_where, sum_of, total
from include.metrics.prepared.quotas import due_quota, quota_owner
from include.metrics.slices import OWNER, ROLE, TEAM
from include.tables import facts

credit = facts.deal_credit.c
quota = facts.quota.c
due = due_quota.c
owner = quota_owner.c

QUOTA = Part(
    fact=due_quota,
    date=quota.start_date,
    timing="prepared",
    measure=sum_of(due.quota_amount, where=due.quota_amount.is_not(None)),
    configured_in="include/config/quotas.csv, or quotas of the CRM",
)
WON_CREDIT = credited(sum_of(credit.credit_amount, where=credit.is_won))
WITHIN = (
    "Only quotas that lie within the period count: monthly quotas add up to a quarter that has "
    "none of its own, while a quarterly quota says nothing about a month. A team's quota counts "
    "if none of its members has one for those days; so does a forecast manager's in Salesforce, "
    "which is the team's as well, if nobody below has one."
)
PARTLY = Part(
    fact=quota_owner,
    date=quota.start_date,
    timing="prepared",
    measure=count_where(owner.is_partly_planned),
)
PARTLY_PLANNED = (
    "Some sellers have a quota for only part of the period, while what they won is of all of it."
)
UNKNOWN_QUOTA = Part(
    fact=due_quota,
    date=quota.start_date,
    timing="prepared",
    measure=count_where(due.quota_amount.is_(None)),
)
PARTLY_KNOWN = (
    "Some quotas cover only part of the period, while won revenue covers all of it, or are in a "
    "currency without an exchange rate; the latter are left out and counted."
)

QUOTA_ATTAINMENT = Metric(
    id="quota_attainment",
    name="Quota attainment",
    question="How much of the quota of the period have we won?",
    formula="won revenue of the period / quotas of the period",
    parts={
        "won": WON_CREDIT,
        "quota": QUOTA,
        "won_deals": credited(count_where(credit.is_won & credit.is_leading)),
        "won_credits": credited(count_where(credit.is_won)),
        **UNKNOWN_CREDITS,
        "unknown_quota": UNKNOWN_QUOTA,
        "partly": PARTLY,
    },
    numerator=WON_IF_KNOWN,
    denominator=total("quota"),
    sample=counted_once("won"),
    excluded=counted_once("unknown") + total("unknown_quota"),
    partly=total("partly") + total("unknown_quota"),
    partly_reason=PARTLY_KNOWN,
    zero_denominator="There is no quota for the period.",
    unit="rate",
    better="higher",
    slices=(OWNER, ROLE, TEAM),
    grains=MONTHLY,
    owner="sales-ops",
    basis=f"{WITHIN} {CREDITED} May exceed 100 %.",
    events="won deals",
)

QUOTA_ATTAINED_RATE = Metric(
    id="quota_attained_rate",
    name="Sellers who reached their quota",
    question="What share of the sellers with a quota reached it?",
    formula="owners whose won revenue of the period is at least their quota / owners with a quota",
    fact=quota_owner,
    date=quota.start_date,
    timing="prepared",
    numerator=count_where((owner.quota_amount > 0) & (owner.won_amount >= owner.quota_amount)),
    denominator=count_where(owner.quota_amount > 0),
    partly=count_where(owner.is_partly_planned),
    partly_reason=PARTLY_PLANNED,
    zero_denominator="Nobody has a quota for the period.",
    unit="rate",
    better="higher",
    slices=(ROLE, TEAM),
    grains=MONTHLY,
    owner="sales-ops",
    basis=f"{WITHIN} {CREDITED}",
    events="owners with a quota",
)
