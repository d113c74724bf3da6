"""Facts and dimensions.

A fact row is a *state* of one business event, true from `valid_from_at` until `valid_to_at`
(exclusive; 9999-12-31 while it still is). So a metric as of any instant is the same query with
another instant, and building facts never asks what day it is. The states of one event never
overlap; an event that is deleted has no state from then on.

Dates are in the reporting time zone, money is in the reporting currency, and whatever a metric
counts is a named boolean here. `info["sources"]` names the objects a fact is made of, and
`info["optional_sources"]` those it uses where they are: to lack one from the start is no shortage.
Of a fact without any of the former, the first of the latter of each CRM is what its rows are made of.
"""

from __future__ import annotations

from include.tables.facts.adoption import activity, login_day, record_created, user
from include.tables.facts.commerce import billing, cart
from include.tables.facts.deals import (
    deal,
    deal_credit,
    deal_line,
    deal_touch,
    quota,
    stage_transition,
)
from include.tables.facts.dimensions import (
    campaign,
    channel,
    channel_source,
    customer,
    date,
    period,
    role,
    stage,
)
from include.tables.facts.marketing import campaign_member, lead, prospect
from include.tables.facts.money import cost, exchange_rate
from include.tables.facts.recurring import mrr_customer_month, recurring_line, term
from include.tables.facts.service import (
    agent_work,
    business_hours,
    survey_invitation,
    survey_response,
    ticket,
)
from include.tables.facts.snapshot import deal_snapshot

__all__ = [
    "activity",
    "agent_work",
    "billing",
    "business_hours",
    "campaign",
    "campaign_member",
    "cart",
    "channel",
    "channel_source",
    "cost",
    "customer",
    "date",
    "deal",
    "deal_credit",
    "deal_line",
    "deal_snapshot",
    "deal_touch",
    "exchange_rate",
    "lead",
    "login_day",
    "mrr_customer_month",
    "period",
    "prospect",
    "quota",
    "record_created",
    "recurring_line",
    "role",
    "stage",
    "stage_transition",
    "survey_invitation",
    "survey_response",
    "term",
    "ticket",
    "user",
]
