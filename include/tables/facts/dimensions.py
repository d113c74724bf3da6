"""What events are looked at by: customers, campaigns, stages, days."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, metadata, number, text
from include.tables.facts.shape import state_columns

customer = sa.Table(
    "customer",
    metadata,
    *state_columns("customer_id", "The customer, as stage.customer."),
    text("customer_name", "Name."),
    text("country", "Country as typed in."),
    text("industry", "Industry."),
    text("segment", "small, medium, large, unknown.", nullable=False),
    text("owner_user_id", "The owner, as stage.user."),
    text("role_id", "Role of the owner."),
    text(
        "channel",
        "Channel of the first touch: the first source known of its people, itself, or its deals.",
        nullable=False,
    ),
    text("campaign_id", "Campaign of the first touch, crm:id."),
    day("first_won_date", "Day of the first won deal; NULL before."),
    day(
        "customer_date",
        "Day it became a customer: the earlier of first won deal and first recurring line; NULL before.",
    ),
    flag(
        "is_new_counted",
        "Has become a customer: a new one on its customer_date, and never again.",
        nullable=False,
    ),
    flag("is_marketing", "Came through a channel that counts as marketing.", nullable=False),
    flag("is_counted", "Not deleted.", nullable=False),
    schema="facts",
    comment="One row per customer and state.",
    info={
        "sources": (
            "salesforce.account",
            "hubspot.company",
            "salesforce.opportunity",
            "hubspot.deal",
        )
    },
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
