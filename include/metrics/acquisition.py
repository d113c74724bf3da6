"""Metrics of what it costs to win customers, and when that has come back."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.customer_parts import (
    NOTHING_ENTERED,
    OF_KNOWN,
    UNCONVERTED,
    compared,
    cost,
    cost_of,
    costs_entered,
    known_amounts,
    new_customers,
    unconverted,
)
from include.metrics.margin import COSTED, GOODS_SOLD, MARGIN_OF_ALL, MARGIN_RATE
from include.metrics.metric import (
    MONTHLY,
    Metric,
    Part,
    count_where,
    in_slice,
    over_all_members,
    shared_out,
    sum_of,
    total,
    with_nobodys,
)
from include.metrics.prepared.payback import ALL_CHANNELS, cohort_payback
from include.metrics.slices import CAMPAIGN, CHANNEL, CUSTOMER_CHANNEL, SEGMENT
from include.metrics.subscription import ARPU_TRANSACTIONAL
from include.tables import facts

month = facts.mrr_customer_month.c
IS_ACQUISITION = cost.category == "acquisition"
FULLY_LOADED = (
    "Costs are those of the cost ledger with category acquisition, salaries included if they are "
    "entered there, plus the campaigns' own; for a campaign of the same name in both CRMs, what "
    "Salesforce says. A period without any cost entered has no value. New customers are those who "
    "never were customers before."
)
OF_CUSTOMERS = (
    "Channel and campaign are those of the customer's first touch; the segment is that of the day "
    "it became a customer."
)
SHARED = (
    "Cost that belongs to no member is shared out in proportion to new customers, so that all "
    "members together carry the whole cost. A member with cost but no new customer has no value; "
    "its numerator is the cost."
)
# Of a period for which nobody has entered any cost yet it is not known, and not nothing.
IS_ENTERED = over_all_members(total("entries")) > 0
COST = sa.case((IS_ENTERED, shared_out(total("cost"), by=total("new_customers"))))
ENTRIES = costs_entered(IS_ACQUISITION)
# Each has a share of what no member carries, so each lacks its share of what of that is not known.
PARTLY = with_nobodys(total("unconverted"))

CAC = Metric(
    id="cac",
    name="Customer acquisition cost",
    question="What does it cost us to win a new customer?",
    formula="acquisition cost of the period / new customers of the period",
    parts={
        "cost": cost_of(IS_ACQUISITION),
        "entries": ENTRIES,
        "unconverted": unconverted(IS_ACQUISITION),
        "new_customers": new_customers(),
    },
    numerator=COST,
    denominator=total("new_customers"),
    excluded=total("unconverted"),
    partly=PARTLY,
    not_known=NOTHING_ENTERED,
    partly_reason=UNCONVERTED,
    unit="money",
    better="lower",
    slices=(CAMPAIGN, SEGMENT),
    minimum_sample=5,
    owner="finance",
    basis=f"Blended and fully loaded. {FULLY_LOADED} Too high for a period whose spending pays "
    f"off only later. {OF_CUSTOMERS} {SHARED} For channels, see customer acquisition cost by channel.",
    events="new customers",
)

CAC_PAID = Metric(
    id="cac_paid",
    name="Customer acquisition cost, media only",
    question="What do we spend on channels for each new customer?",
    formula="acquisition cost that belongs to a channel / new customers of the period",
    parts={
        "cost": cost_of(IS_ACQUISITION & cost.channel.is_not(None)),
        "entries": ENTRIES,
        "unconverted": unconverted(IS_ACQUISITION & cost.channel.is_not(None)),
        "new_customers": new_customers(),
    },
    numerator=COST,
    denominator=total("new_customers"),
    excluded=total("unconverted"),
    partly=PARTLY,
    not_known=NOTHING_ENTERED,
    partly_reason=UNCONVERTED,
    unit="money",
    better="lower",
    slices=(CHANNEL, CAMPAIGN, SEGMENT),
    minimum_sample=5,
    owner="marketing-ops",
    basis=f"Without cost that belongs to no channel, such as salaries. {FULLY_LOADED} {OF_CUSTOMERS} {SHARED}",
    events="new customers",
)

CAC_BY_CHANNEL = Metric(
    id="cac_by_channel",
    name="Customer acquisition cost by channel",
    question="What does a new customer cost us in each channel?",
    formula="(cost of the channel + its share, by new customers, of cost that belongs to no channel) / new "
    "customers of the channel",
    parts={
        "cost": cost_of(IS_ACQUISITION),
        "entries": ENTRIES,
        "unconverted": unconverted(IS_ACQUISITION),
        "new_customers": new_customers(),
    },
    numerator=COST,
    denominator=total("new_customers"),
    excluded=total("unconverted"),
    partly=PARTLY,
    not_known=NOTHING_ENTERED,
    partly_reason=UNCONVERTED,
    unit="money",
    better="lower",
    slices=(CHANNEL,),
    minimum_sample=5,
    owner="marketing-ops",
    basis=f"By the channel of a customer's first touch. {FULLY_LOADED} {SHARED}",
    events="new customers",
)

CAC_PAYBACK = Metric(
    id="cac_payback",
    name="Payback of acquisition cost",
    question="How many months does it take a new customer to pay back what it cost to win?",
    formula="customer acquisition cost / (monthly revenue of a new customer x gross margin)",
    parts={
        "cost": cost_of(IS_ACQUISITION),
        "entries": ENTRIES,
        "unconverted": unconverted(IS_ACQUISITION),
        "new_customers": new_customers(),
        **known_amounts(compared.is_new),
        "costed": COSTED,
        "goods": GOODS_SOLD,
    },
    numerator=safe_divide(COST, total("new_customers")),
    denominator=safe_divide(total("amount"), total("paying")) * MARGIN_RATE,
    sample=total("new_customers"),
    zero_denominator="New customers do not pay monthly, or there is no margin on what was sold.",
    excluded=total("unconverted") + total("unknown"),
    partly=PARTLY,
    not_known=NOTHING_ENTERED,
    partly_reason=UNCONVERTED,
    unit="months",
    better="lower",
    slices=(CUSTOMER_CHANNEL,),
    grains=MONTHLY,
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis=f"On gross margin, not on revenue. {FULLY_LOADED} A rule of thumb that assumes nobody "
    "leaves. The value of a month is that of the cohort won in it. By channel of the first touch; "
    "cost that belongs to no channel is shared out by new customers, and the margin is that on what "
    f"customers of the channel bought. {MARGIN_OF_ALL} {OF_KNOWN} Whole periods only.",
    events="new customers",
)

CAC_PAYBACK_TRANSACTIONAL = Metric(
    id="cac_payback_transactional",
    name="Payback of acquisition cost, by purchases",
    question="How many months of purchases does it take a customer to pay back what it cost to win?",
    formula="customer acquisition cost / (won revenue of the month per active customer x gross margin)",
    parts={
        "cost": cost_of(IS_ACQUISITION),
        "entries": ENTRIES,
        "unconverted": unconverted(IS_ACQUISITION),
        "new_customers": new_customers(),
        **ARPU_TRANSACTIONAL.parts,
        "costed": COSTED,
        "goods": GOODS_SOLD,
    },
    numerator=safe_divide(COST, total("new_customers")),
    denominator=safe_divide(total("revenue"), (total("before") + total("after")) / 2) * MARGIN_RATE,
    sample=total("new_customers"),
    zero_denominator="Nothing was sold in the month, or there is no margin on it.",
    excluded=total("unconverted") + total("untold"),
    partly=PARTLY,
    not_known=NOTHING_ENTERED,
    partly_reason=UNCONVERTED,
    unit="months",
    better="lower",
    slices=(),
    grains=("month",),
    whole_periods=True,
    minimum_sample=5,
    owner="finance",
    basis="For businesses without subscriptions: what active customers buy stands in for monthly "
    f"revenue. customers.yaml says who counts as a customer. {FULLY_LOADED} "
    "Bookings by closing date. Whole months only.",
    events="new customers",
)

IS_OF_ALL = cohort_payback.c.channel == ALL_CHANNELS


def _paid_back(measure: sa.ColumnElement[int]) -> Part:
    """A sum over the months that had paid back, and their channels."""
    return Part(
        fact=cohort_payback,
        date=cost.cost_date,
        timing="prepared",
        where=cohort_payback.c.payback_months.is_not(None),
        measure=measure,
    )


def _of_channel_or_all(name: str) -> sa.ColumnElement[int]:
    """That of a channel by channel, and else that of all: months of the ones are none of the other."""
    return in_slice(CUSTOMER_CHANNEL, total(f"channel_{name}"), otherwise=total(name))


CAC_PAYBACK_OBSERVED = Metric(
    id="cac_payback_observed",
    name="Payback of acquisition cost, observed",
    question="After how many months had the customers won in a month paid back what they cost to win?",
    formula="first month in which the margin of the month's new customers, added up, reaches the "
    "acquisition cost of the month",
    parts={
        "months": _paid_back(sum_of(cohort_payback.c.payback_months, where=IS_OF_ALL)),
        "cohorts": _paid_back(count_where(IS_OF_ALL)),
        "channel_months": _paid_back(sum_of(cohort_payback.c.payback_months, where=~IS_OF_ALL)),
        "channel_cohorts": _paid_back(count_where(~IS_OF_ALL)),
        "unconverted": unconverted(IS_ACQUISITION),
        "new_customers": new_customers(),
        "cost": cost_of(IS_ACQUISITION),
        "costed": COSTED,
        "unknown_months": Part(
            fact=facts.mrr_customer_month,
            date=month.cohort_month_date,
            timing="cohort",
            measure=count_where(month.is_amount_unknown & (month.age_months >= 0)),
        ),
    },
    numerator=_of_channel_or_all("months"),
    denominator=_of_channel_or_all("cohorts"),
    sample=total("new_customers"),
    zero_denominator="What they cost to win is not paid back yet, or they cost nothing, or no "
    "margin is known for the month.",
    excluded=total("unconverted"),
    partly=PARTLY + total("unknown_months"),
    partly_reason="Some cost is in a currency without an exchange rate, or some customers of the "
    "month pay an unknown amount; it is left out.",
    unit="months",
    better="lower",
    slices=(CUSTOMER_CHANNEL,),
    grains=("month",),
    whole_periods=True,
    becomes=True,
    trailing_periods=36,
    owner="finance",
    basis="A cohort: monthly recurring revenue of the customers won in the month x the gross "
    "margin of that month, added up from that month on; each month counts once it has ended. "
    "Customers who leave bring nothing from then on. Computed again for three years. By channel "
    "of the first touch: cost that belongs to no channel is shared out by new customers, as in "
    "customer acquisition cost by channel, and the margin is that on what the channel's customers "
    "bought in the month, or that of all customers if none of it has a known cost. The total is "
    "not the mean of the channels.",
    events="new customers",
)
