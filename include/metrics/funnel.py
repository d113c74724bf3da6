"""Metrics of leads, campaigns and what becomes of them."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from include.core.portable import add_days, days_between
from include.metrics.customer_parts import UNCONVERTED, unconverted
from include.metrics.metric import (
    Metric,
    Part,
    count_where,
    if_known,
    over_all_members,
    sum_of,
    total,
)
from include.metrics.slices import (
    CAMPAIGN,
    CAMPAIGN_TYPE,
    CHANNEL,
    COUNTRY,
    OWNER,
    ROLE,
    ROLE_OF_OWNER,
    SEGMENT,
    TEAM,
)
from include.tables import facts

lead = facts.lead.c
prospect = facts.prospect.c
member = facts.campaign_member.c
touch = facts.deal_touch.c
customer = facts.customer.c
cost = facts.cost.c
ONE_PERSON = (
    "Records with the same mail address are one lead; imported leads, and those created by the "
    "sync between the CRMs, do not count."
)
# Who belongs to a customer cannot become one.
IS_PROSPECT = lead.is_counted & ~lead.is_of_customer
IS_OF_CUSTOMER = lead.is_counted & lead.is_of_customer
OF_CUSTOMERS = "People at companies that had bought before are left out and counted."
LEAD_SLICES = (CHANNEL, CAMPAIGN, OWNER, ROLE_OF_OWNER, TEAM, SEGMENT)
# A cohort goes on winning customers long after its period.
COHORT_PERIODS = 12

LEADS_GENERATED = Metric(
    id="leads_generated",
    name="New leads",
    question="How many people became leads in the period?",
    formula="people who first became a lead in the period",
    fact=facts.lead,
    date=lead.created_date,
    numerator=count_where(lead.is_counted),
    unit="count",
    better="neutral",
    slices=LEAD_SLICES,
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
    denominator=count_where(IS_PROSPECT),
    excluded=count_where(IS_OF_CUSTOMER),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=LEAD_SLICES,
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis=f"{ONE_PERSON} {OF_CUSTOMERS} A cohort: it rises as leads of the period become "
    "customers later. A lead that was only converted is not a customer yet.",
    events="leads",
)


AT_ANY_TIME = sa.true()


def _of_leads(measure: sa.ColumnElement[int]) -> Part:
    """A sum over the period's leads, and what became of them by the as-of."""
    return Part(fact=facts.lead, date=lead.created_date, timing="cohort", measure=measure)


def _conversion_within(days: int) -> Metric:
    """Conversion of the period's prospects within so many days of each."""
    took = days_between(lead.created_date, lead.customer_date)
    counted = replace(_of_leads(count_where(IS_PROSPECT)), on=AT_ANY_TIME, as_known=True)
    return Metric(
        id=f"conversion_rate_{days}d",
        name=f"Conversion within {days} days",
        question=f"Of the prospects of the period, what share became a customer within {days} days?",
        formula=f"prospects of the period who became a customer within {days} days / prospects of "
        "the period",
        parts={
            "customers": _of_leads(count_where(lead.is_customer & (took <= days))),
            "prospects": _of_leads(count_where(IS_PROSPECT)),
            "of_customers": _of_leads(count_where(IS_OF_CUSTOMER)),
            "begun": counted,
            # Whose days are over.
            "told": replace(counted, counts_from=add_days(lead.created_date, days)),
        },
        numerator=total("customers"),
        denominator=total("prospects"),
        excluded=total("of_customers"),
        partly=total("begun") - total("told"),
        partly_reason=f"Some of the prospects have had less than {days} days yet.",
        becomes=True,
        unit="rate",
        better="higher",
        slices=LEAD_SLICES,
        minimum_sample=30,
        maturity_days=days,
        owner="marketing-ops",
        basis=f"{ONE_PERSON} {OF_CUSTOMERS} Partial until {days} days have passed since the last of them "
        "came.",
        events="prospects",
    )


CONVERSION_RATE = Metric(
    id="conversion_rate",
    name="Conversion",
    question="Of the prospects first seen in the period, what share has become a customer so far?",
    formula="prospects of the period who have become a customer / prospects of the period",
    fact=facts.lead,
    date=lead.created_date,
    numerator=count_where(lead.is_customer),
    denominator=count_where(IS_PROSPECT),
    excluded=count_where(IS_OF_CUSTOMER),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=LEAD_SLICES,
    trailing_periods=COHORT_PERIODS,
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis=f"{ONE_PERSON} Prospects here are people who were leads; for companies, and people who "
    f"never were leads, see conversion of companies and people. {OF_CUSTOMERS} A cohort: it rises as "
    f"prospects of the period become customers later, and is computed again for the {COHORT_PERIODS} periods "
    "before the current one, and for ninety days.",
    events="prospects",
)
CONVERSION_RATE_30D, CONVERSION_RATE_90D = _conversion_within(30), _conversion_within(90)

CONVERSION_RATE_PROSPECTS = Metric(
    id="conversion_rate_prospects",
    name="Conversion of companies and people",
    question="Of the companies and people first seen in the period, what share has become a customer "
    "so far?",
    formula="prospects first seen in the period who have become a customer / prospects first seen in "
    "the period",
    fact=facts.prospect,
    date=prospect.created_date,
    numerator=count_where(prospect.is_customer),
    denominator=count_where(prospect.is_counted),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(CHANNEL, OWNER, ROLE_OF_OWNER, TEAM, SEGMENT, COUNTRY),
    trailing_periods=COHORT_PERIODS,
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis="A prospect is a company, or a person without a known company, whether or not they ever "
    "were a lead. Imported records, those created by the sync between the CRMs, and those who "
    "were customers before they were first seen do not count. A won deal makes a customer. A "
    "cohort: it rises as prospects of the period become customers later, and is computed again for "
    f"the {COHORT_PERIODS} periods before the current one, and for ninety days.",
    events="prospects",
)

CONVERSION_RATE_PERIOD = Metric(
    id="conversion_rate_period",
    name="New customers per new lead",
    question="How many customers did we win for each new lead?",
    formula="new customers of the period / new leads of the period",
    parts={
        "customers": Part(
            fact=facts.customer,
            date=customer.customer_date,
            where=customer.is_new_counted,
            measure=count_where(customer.is_new_counted),
        ),
        "leads": Part(
            fact=facts.lead, date=lead.created_date, measure=count_where(lead.is_counted)
        ),
    },
    numerator=total("customers"),
    denominator=total("leads"),
    unit="ratio",
    better="higher",
    slices=(CHANNEL, CAMPAIGN, SEGMENT),
    minimum_sample=30,
    owner="marketing-ops",
    basis="Compares two groups, neither of which contains the other, so it may exceed 1. Read conversion "
    "first.",
    events="new leads",
)

MARKETING_ORIGINATED_PCT = Metric(
    id="marketing_originated_pct",
    name="Marketing-originated customers",
    question="What share of our new customers first came through marketing?",
    formula="new customers whose first channel is a marketing channel / all new customers",
    parts={
        "marketing": Part(
            fact=facts.customer,
            date=customer.customer_date,
            where=customer.is_new_counted,
            measure=count_where(customer.is_marketing),
        ),
        "new_customers": Part(
            fact=facts.customer,
            date=customer.customer_date,
            where=customer.is_new_counted,
            measure=count_where(customer.is_new_counted),
        ),
    },
    numerator=total("marketing"),
    denominator=over_all_members(total("new_customers")),
    # Of people who are not read none tells where a customer came from, and it came from nowhere.
    also_reads=(facts.lead,),
    unit="rate",
    better="neutral",
    slices=(CHANNEL, CAMPAIGN, SEGMENT, COUNTRY),
    minimum_sample=5,
    owner="marketing-ops",
    basis="By the first known source, which says where a customer came from, not what convinced "
    "them. Overwriting the source later changes nothing if the earlier one is known: HubSpot "
    "keeps the history of a contact's source, and Salesforce's is known from our first reading "
    "on. Nor does anything after a customer's first won deal. Customers of unknown channel stay "
    "in the denominator. The members of a slice are shares of all new customers and add up to the "
    "total.",
    events="new customers",
)

CAMPAIGN_RESPONSE_RATE = Metric(
    id="campaign_response_rate",
    name="Campaign success by response",
    question="Of those a campaign reached, what share responded?",
    formula="members who responded / members reached in the period",
    fact=facts.campaign_member,
    date=member.sent_date,
    numerator=count_where(member.is_sent & member.is_responded),
    denominator=count_where(member.is_sent),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(CAMPAIGN, CAMPAIGN_TYPE, CHANNEL, SEGMENT),
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis="One of two rates of a campaign's success; the other is by conversion. By the day the "
    "campaign reached them; each person counts once per campaign. A cohort: it rises as people "
    "respond later.",
    events="members reached",
)

CAMPAIGN_CONVERSION_RATE = Metric(
    id="campaign_conversion_rate",
    name="Campaign success by conversion",
    question="Of those a campaign reached, what share became a customer afterwards?",
    formula="members who became a customer afterwards / members reached in the period",
    fact=facts.campaign_member,
    date=member.sent_date,
    numerator=count_where(member.is_sent & member.is_customer),
    denominator=count_where(member.is_sent),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(CAMPAIGN, CAMPAIGN_TYPE, CHANNEL, SEGMENT),
    minimum_sample=30,
    maturity_days=90,
    owner="marketing-ops",
    basis="One of two rates of a campaign's success; the other is by response. By the day the "
    "campaign reached them; each person counts once per campaign. Afterwards does not mean "
    "because of it. A cohort: it rises as people become customers later.",
    events="members reached",
)


def _revenue_per_campaign(model: str, name: str, share: str) -> Metric:
    """Won revenue shared out among campaigns by one model."""
    weight = facts.deal_touch.c[f"{model}_weight"]
    credited = touch.is_won & (weight != 0)
    return Metric(
        id="revenue_per_campaign" if model == "primary" else f"revenue_per_campaign_{model}",
        name=f"Won revenue by campaign{name}",
        question="How much did we sell through each campaign?",
        formula=f"sum of won amount x share of the campaign; {share}",
        fact=facts.deal_touch,
        date=touch.closed_date,
        numerator=sum_of(touch.deal_amount * weight, where=credited),
        sample=count_where(credited & touch.deal_amount.is_not(None)),
        excluded=count_where(credited & touch.deal_amount.is_(None)),
        unit="money",
        better="higher",
        slices=(CAMPAIGN, CAMPAIGN_TYPE, CHANNEL, OWNER, ROLE, TEAM, SEGMENT),
        owner="marketing-ops",
        basis="Each deal is shared out exactly once, so that campaigns, and deals without one, "
        "add up to won revenue. Deals without a usable amount are left out and counted.",
        events="campaign shares of won deals",
    )


REVENUE_PER_CAMPAIGN = _revenue_per_campaign("primary", "", "the deal's primary campaign takes all")
REVENUE_PER_CAMPAIGN_EVEN = _revenue_per_campaign(
    "even", ", even", "all campaigns that touched the deal share equally"
)
REVENUE_PER_CAMPAIGN_FIRST = _revenue_per_campaign(
    "first", ", first touch", "the first campaign that touched the deal takes all"
)
REVENUE_PER_CAMPAIGN_LAST = _revenue_per_campaign(
    "last", ", last touch", "the last campaign before closing takes all"
)

IS_COST_OF_CAMPAIGN = (cost.category == "acquisition") & cost.campaign_id.is_not(None)

IS_OF_CAMPAIGN = touch.is_won & touch.campaign_id.is_not(None) & (touch.primary_weight != 0)

CAMPAIGN_RETURN = Metric(
    id="campaign_return",
    name="Won revenue per campaign cost",
    question="How much did we sell for each unit of money spent on a campaign?",
    formula="won revenue credited to the primary campaign / acquisition cost of campaigns",
    parts={
        "revenue": Part(
            fact=facts.deal_touch,
            date=touch.closed_date,
            where=IS_OF_CAMPAIGN,
            measure=sum_of(touch.deal_amount * touch.primary_weight, where=touch.is_won),
        ),
        "cost": Part(
            fact=facts.cost,
            date=cost.cost_date,
            where=IS_COST_OF_CAMPAIGN,
            measure=sum_of(cost.cost_amount, where=sa.true()),
            configured_in="include/config/costs.csv, or costs of the CRM's campaigns",
        ),
        "unconverted": unconverted(IS_COST_OF_CAMPAIGN),
        "deals": Part(
            fact=facts.deal_touch,
            date=touch.closed_date,
            where=IS_OF_CAMPAIGN,
            measure=count_where(touch.deal_amount.is_not(None)),
        ),
        "unpriced": Part(
            fact=facts.deal_touch,
            date=touch.closed_date,
            where=IS_OF_CAMPAIGN,
            measure=count_where(touch.deal_amount.is_(None)),
        ),
    },
    # What was sold for an amount that nobody knows was not sold for nothing.
    numerator=if_known(total("revenue"), total("deals"), total("unpriced")),
    denominator=total("cost"),
    sample=total("deals"),
    excluded=total("unconverted") + total("unpriced"),
    partly=total("unconverted"),
    partly_reason=UNCONVERTED,
    zero_denominator="No campaign cost falls into the period.",
    unit="ratio",
    better="higher",
    slices=(CAMPAIGN,),
    owner="marketing-ops",
    basis="Cost and revenue of the same period, although a campaign may pay off later. Deals without a "
    "usable amount are left out and counted.",
    events="won deals",
)
