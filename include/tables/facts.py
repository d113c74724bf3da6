"""Facts and dimensions.

A fact row is a *state* of one business event, true from `valid_from_at` until `valid_to_at`
(exclusive; 9999-12-31 while it still is). So a metric as of any instant is the same query with
another instant, and building facts never asks what day it is. The states of one event never
overlap; an event that is deleted has no state from then on.

Dates are in the reporting time zone, money is in the reporting currency, and whatever a metric
counts is a named boolean here. `info["sources"]` names the objects a fact is made of.
"""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import amount, count, day, flag, instant, metadata, number, text


def state_columns(event_id: str, comment: str) -> list[sa.Column]:
    """The event's id and the interval over which the row holds."""
    return [
        text(event_id, comment, primary_key=True),
        instant("valid_from_at", "First instant of this state.", primary_key=True),
        instant(
            "valid_to_at",
            "First instant after this state; 9999-12-31 while it holds.",
            nullable=False,
        ),
        text(
            "crm", "The CRM that issued the event: salesforce, hubspot, or ledger.", nullable=False
        ),
    ]


def money_columns(name: str, what: str) -> list[sa.Column]:
    """An amount in the reporting currency, and as it was entered."""
    return [
        amount(
            f"{name}_amount",
            f"{what}, in the reporting currency at the rate of the event's date; "
            "NULL when not entered, or when no rate is known.",
        ),
        amount(f"{name}_amount_original", f"{what}, as entered."),
    ]


deal = sa.Table(
    "deal",
    metadata,
    *state_columns("deal_id", "The deal, crm:id."),
    text("customer_id", "The customer."),
    text("owner_user_id", "The owner, as stage.user."),
    text("role_id", "Role of the owner."),
    text("pipeline_id", "Pipeline, crm:id; record types stand for pipelines in Salesforce."),
    text("stage_id", "Stage, crm:pipeline:stage as facts.stage; NULL when not known at that time."),
    text("campaign_id", "Primary campaign, crm:id."),
    text("channel", "Channel the deal came from.", nullable=False),
    text("deal_name", "Name."),
    instant("created_at", "When the deal was created.", nullable=False),
    day("created_date", "Day of creation.", nullable=False),
    day("closed_date", "Day of closing; NULL while open."),
    day("expected_close_date", "Day of closing, or the expected one while open."),
    flag("is_open", "Neither won nor lost.", nullable=False),
    flag("is_closed", "Won or lost.", nullable=False),
    flag("is_won", "Won.", nullable=False),
    flag("is_lost", "Lost.", nullable=False),
    flag(
        "is_counted",
        "In a sales pipeline, and not the second copy of a deal both CRMs hold: "
        "the only deals metrics look at.",
        nullable=False,
    ),
    flag(
        "is_duplicate",
        "The other CRM holds the same deal, and that copy is counted.",
        nullable=False,
    ),
    flag("is_new_business", "First business with the customer, by the deal's own type."),
    flag("is_amount_missing", "No amount was entered.", nullable=False),
    flag(
        "is_amount_unconverted",
        "An amount was entered in a currency without a rate.",
        nullable=False,
    ),
    flag("is_cycle_negative", "Closed before it was created.", nullable=False),
    *money_columns("deal", "Value of the deal"),
    text("currency_code", "ISO 4217 code of the amount as entered."),
    number("probability_rate", "Chance to win, 0 to 1; NULL when not known."),
    amount("weighted_amount", "deal_amount times probability_rate, in the reporting currency."),
    count(
        "cycle_days", "Days from creation to closing of a won deal; NULL when negative or not won."
    ),
    schema="facts",
    comment="One row per deal and state.",
    info={"sources": ("salesforce.opportunity", "hubspot.deal")},
)
sa.Index("ix_deal_closed_date", deal.c.closed_date)

deal_line = sa.Table(
    "deal_line",
    metadata,
    *state_columns("deal_line_id", "The line, crm:id."),
    text("deal_id", "The deal, as facts.deal."),
    text("customer_id", "The customer."),
    text("owner_user_id", "Owner of the deal."),
    text("product_id", "The product, crm:id."),
    text("product_name", "Name of the product."),
    day("closed_date", "Day the deal closed; NULL while open."),
    flag("is_won", "The deal is won.", nullable=False),
    flag("is_counted", "The deal is counted.", nullable=False),
    flag("is_recurring", "Billed again and again.", nullable=False),
    number("quantity", "Units."),
    *money_columns("line", "Price of the line"),
    *money_columns("unit_cost", "Cost of one unit"),
    text("currency_code", "ISO 4217 code of the amounts as entered."),
    text("billing_frequency", "How often it is billed; NULL means once."),
    schema="facts",
    comment="One row per line of a deal and state.",
    info={
        "sources": (
            "salesforce.opportunity_line_item",
            "salesforce.opportunity",
            "hubspot.line_item",
            "hubspot.deal",
            "hubspot.deal_line_item",
        )
    },
)

lead = sa.Table(
    "lead",
    metadata,
    *state_columns("lead_id", "The person, as stage.person."),
    text("customer_id", "The customer the person belongs to, where known."),
    text("owner_user_id", "The owner."),
    text("role_id", "Role of the owner."),
    text("channel", "Channel of the first record of the person.", nullable=False),
    text("campaign_id", "First campaign of the person, crm:id."),
    instant("created_at", "When the person first was a lead.", nullable=False),
    day("created_date", "Day the person first was a lead.", nullable=False),
    day("customer_date", "Day of the first won deal, which this state knows of."),
    flag(
        "is_counted",
        "A lead in its own right: not imported, nor made by the sync of the two CRMs.",
        nullable=False,
    ),
    flag("is_converted", "Was turned into a contact in Salesforce.", nullable=False),
    flag("is_customer", "Has become a customer.", nullable=False),
    schema="facts",
    comment="One row per person who was a lead, and state; two records with one mail address are one.",
    info={
        "sources": ("salesforce.lead", "hubspot.contact", "salesforce.opportunity", "hubspot.deal")
    },
)
sa.Index("ix_lead_created_date", lead.c.created_date)

ticket = sa.Table(
    "ticket",
    metadata,
    *state_columns("ticket_id", "The service request, crm:id."),
    text("customer_id", "The customer."),
    text("owner_user_id", "The owner; NULL for a queue."),
    text("priority", "Priority, lower case."),
    text("origin", "How it reached us, lower case."),
    instant("created_at", "When it was filed.", nullable=False),
    day("created_date", "Day it was filed.", nullable=False),
    instant("first_resolved_at", "First closing known."),
    instant("resolved_at", "Latest closing; NULL while open."),
    day("resolved_date", "Day of the latest closing; NULL while open."),
    flag("is_resolved", "Closed.", nullable=False),
    flag(
        "is_counted",
        "A request in its own right: not merged, not a copy in the other CRM.",
        nullable=False,
    ),
    flag("is_closed_on_create", "Was closed when filed.", nullable=False),
    flag("is_reopened", "Closed more than once.", nullable=False),
    flag("is_duration_negative", "Closed before it was filed.", nullable=False),
    count(
        "resolution_seconds",
        "From filing to the latest closing; NULL while open, when negative, "
        "and when closed on create.",
    ),
    count("first_resolution_seconds", "From filing to the first closing; NULL likewise."),
    schema="facts",
    comment="One row per service request and state.",
    info={"sources": ("salesforce.case", "hubspot.ticket")},
)
sa.Index("ix_ticket_resolved_date", ticket.c.resolved_date)

activity = sa.Table(
    "activity",
    metadata,
    *state_columns("activity_id", "The activity, crm:type:id."),
    text("activity_type", "task, call, meeting or email.", nullable=False),
    text("user_id", "Who did it, as stage.user."),
    text("role_id", "Role of that user."),
    instant("completed_at", "When it was done; NULL while it is not."),
    day("completed_date", "Day it was done; NULL while it is not."),
    flag(
        "is_completed", "Done: a task or call closed, a meeting held, a mail sent.", nullable=False
    ),
    flag(
        "is_counted",
        "Not an invitee's copy, the template of a series, nor a copy synced from the other CRM.",
        nullable=False,
    ),
    count("duration_seconds", "How long it took, where known."),
    schema="facts",
    comment="One row per task, call, meeting or mail and state. A meeting is done at its end, so a "
    "future one is not done as of today.",
    info={
        "sources": (
            "salesforce.task",
            "salesforce.event",
            "hubspot.call",
            "hubspot.meeting",
            "hubspot.email",
            "hubspot.task",
        )
    },
)
sa.Index("ix_activity_completed_date", activity.c.completed_date)

login_day = sa.Table(
    "login_day",
    metadata,
    text("user_id", "The user, as stage.user.", primary_key=True),
    day("login_date", "Day, in the reporting time zone.", primary_key=True),
    text("crm", "salesforce or hubspot.", primary_key=True),
    text("role_id", "Role of the user."),
    count("success_count", "Logins that got in.", nullable=False),
    count("failure_count", "Attempts that did not.", nullable=False),
    instant("first_success_at", "First login of the day that got in."),
    instant("last_success_at", "Last login of the day that got in."),
    schema="facts",
    comment="One row per user, day and CRM with an attempt to log in.",
    info={"sources": ("salesforce.login", "hubspot.login")},
)

cost = sa.Table(
    "cost",
    metadata,
    *state_columns("cost_id", "The cost, ledger:line, or crm:campaign:day."),
    day("cost_date", "Day it falls on.", nullable=False),
    text("category", "acquisition or retention.", nullable=False),
    text("channel", "Channel; NULL for cost no channel carries."),
    text("campaign_id", "Campaign, crm:id."),
    text(
        "method",
        "actual: dated in the ledger; prorated: spread over the campaign's days.",
        nullable=False,
    ),
    *money_columns("cost", "The cost"),
    text("currency_code", "ISO 4217 code of the amount as entered."),
    schema="facts",
    comment="One row per cost of the ledger, or day of a campaign, and state.",
    info={"sources": ("salesforce.campaign", "hubspot.campaign")},
)

user = sa.Table(
    "user",
    metadata,
    *state_columns("user_id", "The user, as stage.user."),
    text("user_name", "Full name."),
    text("email", "Mail address, lower case."),
    text("role_id", "Role."),
    text("role_name", "Name of the role; (no role) where there is none.", nullable=False),
    text("team_name", "Team."),
    text("manager_user_id", "The manager."),
    flag("is_counted", "Active and human: who login metrics look at.", nullable=False),
    day("created_date", "Day the user was created."),
    schema="facts",
    comment="One row per user and state.",
    info={"sources": ("salesforce.user", "hubspot.owner")},
)

customer = sa.Table(
    "customer",
    metadata,
    text("customer_id", "The customer, as stage.customer.", primary_key=True),
    text("customer_name", "Name."),
    text("country", "Country as typed in."),
    text("industry", "Industry."),
    text("segment", "small, medium, large, unknown.", nullable=False),
    day("first_won_date", "Day of the first won deal; NULL before."),
    schema="facts",
    comment="One row per customer.",
    info={"sources": ("salesforce.account", "hubspot.company")},
)

role = sa.Table(
    "role",
    metadata,
    text("role_id", "The role, as Salesforce issued it.", primary_key=True),
    text("role_name", "Name.", nullable=False),
    text("parent_role_id", "The role above."),
    schema="facts",
    comment="One row per role.",
    info={"sources": ("salesforce.user_role",)},
)

campaign = sa.Table(
    "campaign",
    metadata,
    text("campaign_id", "The campaign, crm:id.", primary_key=True),
    text("crm", "salesforce or hubspot.", nullable=False),
    text("campaign_name", "Name."),
    text("campaign_type", "Kind."),
    text("channel", "Channel.", nullable=False),
    day("start_date", "First day."),
    day("end_date", "Last day."),
    schema="facts",
    comment="One row per campaign.",
    info={"sources": ("salesforce.campaign", "hubspot.campaign")},
)

channel = sa.Table(
    "channel",
    metadata,
    text("channel", "Id of the channel.", primary_key=True),
    text("channel_name", "Name as printed.", nullable=False),
    flag("is_marketing", "Counts as marketing.", nullable=False),
    schema="facts",
    comment="One row per channel of the taxonomy.",
    info={"sources": ()},
)

channel_source = sa.Table(
    "channel_source",
    metadata,
    text("source_value", "A value of a source field, lower case.", primary_key=True),
    text("channel", "The channel it maps to.", nullable=False),
    schema="facts",
    comment="One row per value of LeadSource, Campaign.Type or hs_analytics_source that is mapped.",
    info={"sources": ()},
)

stage = sa.Table(
    "stage",
    metadata,
    text("stage_id", "Stage, crm:pipeline:stage.", primary_key=True),
    text("crm", "salesforce or hubspot.", nullable=False),
    text("pipeline_id", "Pipeline, crm:id.", nullable=False),
    text("pipeline_name", "Name of the pipeline."),
    text("stage_name", "Name.", nullable=False),
    count("sort_order", "Position in the pipeline."),
    flag("is_closed", "Ends the deal.", nullable=False),
    flag("is_won", "Ends the deal well.", nullable=False),
    number("probability_rate", "Chance to win, 0 to 1."),
    schema="facts",
    comment="One row per stage of each deal pipeline.",
    info={"sources": ("salesforce.opportunity_stage", "hubspot.deal_stage")},
)

exchange_rate = sa.Table(
    "exchange_rate",
    metadata,
    text("currency_code", "ISO 4217 code.", primary_key=True),
    day("valid_from_date", "First day of the rate.", primary_key=True),
    day("valid_to_date", "First day after it; 9999-12-31 for the latest.", nullable=False),
    number("rate", "One unit of the currency in the reporting currency.", nullable=False),
    schema="facts",
    comment="One row per currency and span of days with one rate; the reporting currency itself at 1.",
    info={"sources": ()},
)

date = sa.Table(
    "date",
    metadata,
    day("calendar_date", "The day.", primary_key=True),
    count("iso_weekday", "1 for Monday to 7 for Sunday.", nullable=False),
    count("fiscal_year", "Fiscal year, named by the year it ends in.", nullable=False),
    count("fiscal_quarter", "1 to 4.", nullable=False),
    schema="facts",
    comment="One row per day.",
    info={"sources": ()},
)

period = sa.Table(
    "period",
    metadata,
    text(
        "grain", "day, week, month, quarter, year, fiscal_quarter, fiscal_year.", primary_key=True
    ),
    day("start_date", "First day.", primary_key=True),
    day("end_date", "First day after.", nullable=False),
    instant("end_at", "The instant it ends in the reporting time zone.", nullable=False),
    text("period_id", "Name, such as 2026-W46, 2026-11, 2026-Q4.", nullable=False),
    day("previous_start_date", "First day of the period before.", nullable=False),
    day(
        "year_ago_start_date",
        "First day of the same period a year ago; 364 days for days and weeks.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per period of each grain.",
    info={"sources": ()},
)
