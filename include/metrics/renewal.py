"""Metrics of terms that come up for renewal, and of what is left of the customers of a month."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of
from include.core.settings_customers import MOST_RENEWAL_GRACE_DAYS
from include.metrics.metric import MONTHLY, Metric, Part, count_where, sum_of, total
from include.metrics.slices import COHORT, OWNER, PRODUCT, ROLE_OF_OWNER
from include.metrics.subscription import CUSTOMER_SLICES, KEEPING_SLICES, UNKNOWN_AMOUNT
from include.metrics.wanted import wanted_period
from include.tables import facts

month = facts.mrr_customer_month.c
term = facts.term.c

# Due, or renewed, at an amount nobody knows: no rate by amount can tell of it.
HAS_NO_AMOUNT = (term.due_amount == 0) | (term.is_renewed & (term.renewed_amount == 0))
IS_PRICED = ~HAS_NO_AMOUNT
PRICED = "Terms due or renewed at an unknown amount are left out and counted."
# What is not renewed is lost only after the days of grace: until then a period has those alone that
# were renewed. The most that customers.yaml may say, and a few.
UNDECIDED_DAYS = MOST_RENEWAL_GRACE_DAYS + 3
DUE = (
    "Terms count on the day they are due, even if they were renewed earlier. Undecided terms are "
    "left out until the grace period in customers.yaml is over, and the rate is partial until "
    "then. Agreements without an end are never due."
)

ANY_TIME = sa.true()


def _decided(measure: sa.ColumnElement[int]) -> Part:
    """A sum over the terms due in the period, from the day on which each is decided."""
    return Part(
        fact=facts.term,
        date=term.end_date,
        timing="cohort",
        on=ANY_TIME,
        as_known=True,
        counts_from=term.decided_date,
        measure=measure,
    )


IS_DUE = term.end_date.is_not(None)
DECIDED = _decided(count_where(IS_DUE))
# With those that are not decided yet, of which more may be lost than of the others: what is renewed is
# decided early, and what is not only when the days of grace are over.
DUE_AT_ALL = replace(DECIDED, counts_from=None)
PENDING = total("due") - total("decided")
NOT_DECIDED = (
    "Some of the terms due in the period are undecided and left out: a term that is not renewed "
    "is lost only when the grace period is over."
)

RENEWAL_RATE = Metric(
    id="renewal_rate",
    name="Renewal rate",
    question="Of the contracts due in the period, what share was renewed?",
    formula="terms renewed / terms due in the period and decided",
    parts={
        "renewed": _decided(count_where(term.is_renewed)),
        "decided": DECIDED,
        "due": DUE_AT_ALL,
    },
    numerator=total("renewed"),
    denominator=total("decided"),
    partly=PENDING,
    partly_reason=NOT_DECIDED,
    becomes=True,
    unit="rate",
    better="higher",
    slices=(OWNER, ROLE_OF_OWNER, PRODUCT, *CUSTOMER_SLICES),
    minimum_sample=30,
    maturity_days=UNDECIDED_DAYS,
    owner="customer-success",
    basis=DUE,
    events="terms due and decided",
)


def _by_amount(
    metric_id: str, name: str, question: str, formula: str, renewed: Part, basis: str
) -> Metric:
    """The renewal rate of amounts, by what of a renewal counts."""
    return Metric(
        id=metric_id,
        name=name,
        question=question,
        formula=formula,
        parts={
            "renewed": renewed,
            "amount": _decided(sum_of(term.due_amount, where=IS_PRICED)),
            "priced": _decided(count_where(IS_PRICED)),
            "unpriced": _decided(count_where(HAS_NO_AMOUNT)),
            "decided": DECIDED,
            "due": DUE_AT_ALL,
        },
        numerator=total("renewed"),
        denominator=total("amount"),
        sample=total("priced"),
        excluded=total("unpriced"),
        partly=PENDING,
        partly_reason=NOT_DECIDED,
        becomes=True,
        unit="rate",
        better="higher",
        slices=(OWNER, ROLE_OF_OWNER, PRODUCT, *CUSTOMER_SLICES),
        minimum_sample=30,
        maturity_days=UNDECIDED_DAYS,
        owner="customer-success",
        basis=f"{DUE} {basis} {PRICED}",
        events="terms due and decided",
    )


RENEWAL_RATE_GROSS = _by_amount(
    "renewal_rate_gross",
    "Renewal rate by amount, gross",
    "Of the recurring revenue due for renewal in the period, what share was renewed?",
    "sum of the lower of amount due and amount renewed / amounts due and decided",
    _decided(sum_of(earlier_of(term.due_amount, term.renewed_amount), where=IS_PRICED)),
    "What a renewal added does not count, so it never exceeds 100 %.",
)
RENEWAL_RATE_NET = _by_amount(
    "renewal_rate_net",
    "Renewal rate by amount, net",
    "What are the contracts due in the period worth after renewal, compared with before?",
    "amounts renewed / amounts due and decided",
    _decided(sum_of(term.renewed_amount, where=IS_PRICED)),
    "What a renewal added counts, so it may exceed 100 %.",
)

IN_LAST_MONTH = month.month_end_date == wanted_period.c.end_date
IS_FIRST_MONTH = month.age_months == 0
BY_COHORT = (
    "By month of acquisition: each period shows how much of every earlier month's customers is "
    "left, so a cohort's curve is read along the periods. Whole periods only."
)


def _of_first_month(measure: sa.ColumnElement[Any]) -> Part:
    """A sum over the first months of all customers acquired so far."""
    return Part(
        fact=facts.mrr_customer_month,
        date=month.cohort_month_date,
        timing="active",
        where=IS_FIRST_MONTH,
        measure=measure,
    )


def _of_last_month(measure: sa.ColumnElement[Any]) -> Part:
    """A sum over the last month of the period."""
    return Part(
        fact=facts.mrr_customer_month,
        date=month.cohort_month_date,
        timing="joined",
        on=IN_LAST_MONTH,
        as_known=True,
        measure=measure,
    )


COHORT_RETENTION = Metric(
    id="cohort_retention",
    name="Cohort retention",
    question="Of the customers acquired in a month, what share is left?",
    formula="customers of the cohort at the period's end / customers of the cohort ever acquired",
    parts={
        "acquired": _of_first_month(count_where(month.is_active)),
        "left": _of_last_month(count_where(month.is_active)),
    },
    numerator=total("left"),
    denominator=total("acquired"),
    unit="rate",
    better="higher",
    slices=(COHORT, *KEEPING_SLICES),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=5,
    owner="customer-success",
    basis=BY_COHORT,
    events="customers ever acquired",
)

COHORT_MRR_RETENTION = Metric(
    id="cohort_mrr_retention",
    name="Cohort retention by amount",
    question="What do the customers acquired in a month pay now, compared with their first month?",
    formula="monthly recurring revenue of the cohort at the period's end / that of its first month",
    parts={
        "acquired": _of_first_month(sum_of(month.mrr_amount, where=month.is_active)),
        "customers": _of_first_month(count_where(month.is_active)),
        "left": _of_last_month(
            sum_of(month.mrr_amount, where=month.cohort_month_date.is_not(None))
        ),
        "unknown_first": _of_first_month(count_where(month.is_amount_unknown)),
        "unknown_left": _of_last_month(count_where(month.is_amount_unknown)),
    },
    numerator=total("left"),
    denominator=total("acquired"),
    sample=total("customers"),
    partly=total("unknown_first") + total("unknown_left"),
    partly_reason=UNKNOWN_AMOUNT,
    unit="rate",
    better="higher",
    slices=(COHORT, *KEEPING_SLICES),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=5,
    owner="customer-success",
    basis=BY_COHORT,
    events="customers ever acquired",
)
