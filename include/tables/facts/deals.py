"""Deals: what was sold, how it proceeded, and what brought it."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import amount, count, day, flag, instant, metadata, number, text
from include.tables.facts.shape import currency_column, money_columns, state_columns

deal = sa.Table(
    "deal",
    metadata,
    *state_columns("deal_id", "The deal, crm:id."),
    text("customer_id", "The customer."),
    text("owner_user_id", "The owner, as stage.user; of a closed deal whoever was when it closed."),
    text("role_id", "Role of the owner; of a closed deal the one held when it closed."),
    text("pipeline_id", "Pipeline, crm:id; record types stand for pipelines in Salesforce."),
    text("stage_id", "Stage, crm:pipeline:stage as facts.stage; NULL when not known at that time."),
    text(
        "lost_from_stage_id",
        "Of a deal lost or disqualified, the last open stage it is known to have been in, as "
        "facts.stage.",
    ),
    text(
        "lost_reason",
        "Why a deal was lost or disqualified, lower case, by the field of deals.yaml; NULL for others.",
    ),
    text("competitor", "Who else was after it, lower case, by the field of deals.yaml."),
    text(
        "forecast_category",
        "omitted, pipeline, best case, most likely, commit or closed; NULL where nobody says. HubSpot "
        "keeps none of stages before.",
    ),
    text("product_id", "Product of its largest line, crm:id; NULL without lines."),
    text("campaign_id", "Primary campaign, crm:id."),
    text("channel", "Channel the deal came from.", nullable=False),
    text("deal_name", "Name."),
    instant("created_at", "When the deal was created.", nullable=False),
    day("created_date", "Day of creation.", nullable=False),
    day("closed_date", "Day of closing; NULL while open."),
    day("expected_close_date", "Day of closing, or the expected one while open."),
    flag("is_open", "Not closed.", nullable=False),
    flag("is_closed", "Won, lost or disqualified.", nullable=False),
    flag("is_won", "Won.", nullable=False),
    flag("is_lost", "Lost.", nullable=False),
    flag(
        "is_disqualified",
        "Closed for a reason of deals.yaml that is not counted, as a deal entered twice is: neither "
        "won nor lost.",
        nullable=False,
        # Of the rows that were there before this column, until facts are built anew.
        server_default=sa.false(),
    ),
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
    *money_columns("mrr", "What a recurring line comes to in a month while it runs"),
    day("start_date", "First day of a recurring line; NULL for others and while the deal is open."),
    day("end_date", "First day after it; NULL while open, and for others."),
    schema="facts",
    comment="One row per line of a deal and state.",
    info={
        "sources": (
            "salesforce.opportunity_line_item",
            "salesforce.opportunity",
            "hubspot.line_item",
            "hubspot.deal",
            "hubspot.deal_line_item",
        ),
        "optional_sources": ("salesforce.contract",),
    },
)

stage_transition = sa.Table(
    "stage_transition",
    metadata,
    *state_columns("stage_transition_id", "The entry, crm:deal:number of the entry."),
    text("deal_id", "The deal, as facts.deal.", nullable=False),
    text("customer_id", "The customer."),
    text("owner_user_id", "The owner, as stage.user."),
    text("role_id", "Role of the owner."),
    text("pipeline_id", "Pipeline, crm:id."),
    text("stage_id", "Stage entered, as facts.stage."),
    count("stage_order", "Position of the stage in its pipeline."),
    text(
        "direction",
        "first in its pipeline, forward, skip (over a stage deals use), back, unknown.",
        nullable=False,
    ),
    instant("entered_at", "When the deal entered the stage.", nullable=False),
    day("entered_date", "Day of that.", nullable=False),
    instant("exited_at", "When it left; NULL while it is there."),
    day("exited_date", "Day it left; NULL while it is there."),
    count("stage_seconds", "Time in the stage; NULL while it is there."),
    text("next_stage_id", "Stage it went to."),
    flag("is_open_stage", "The stage is neither won nor lost.", nullable=False),
    flag(
        "is_first_entry",
        "The deal's first entry of this stage: a funnel counts each stage once a deal.",
        nullable=False,
    ),
    flag(
        "is_passed",
        "A later stage of the pipeline was entered afterwards, or the deal was won.",
        nullable=False,
    ),
    flag("is_won", "The deal was won afterwards, and is as of this state.", nullable=False),
    flag("is_counted", "The deal is counted.", nullable=False),
    schema="facts",
    comment="One row per deal and entry of a stage, and state.",
    info={
        "sources": (
            "salesforce.opportunity",
            "salesforce.opportunity_history",
            "hubspot.deal",
            "hubspot.deal_history",
        )
    },
)
sa.Index("ix_stage_transition_deal_id", stage_transition.c.deal_id)

quota = sa.Table(
    "quota",
    metadata,
    *state_columns("quota_id", "The quota, crm:id, or ledger:line of quotas.csv."),
    text("owner_user_id", "Whose quota it is, as stage.user; NULL for a team's."),
    text("role_id", "Role of the owner."),
    text("team_name", "Team of the owner, or whose quota it is."),
    day("start_date", "First day.", nullable=False),
    day("end_date", "First day after.", nullable=False),
    *money_columns("quota", "What is to be won from first to last day"),
    currency_column(),
    flag(
        "is_counted",
        "Not superseded by quotas.csv, nor the other CRM's copy: only these are added up.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per owner or team, span of days and state.",
    info={
        "sources": (),
        "optional_sources": ("salesforce.forecasting_quota", "hubspot.goal_target"),
    },
)

deal_credit = sa.Table(
    "deal_credit",
    metadata,
    *state_columns("deal_credit_id", "The credit, deal:owner; deal:none for a deal without."),
    text("deal_id", "The deal, as facts.deal.", nullable=False),
    text("customer_id", "The customer."),
    text(
        "owner_user_id",
        "Who is credited, as stage.user: the deal's owner, or those it is split between.",
    ),
    text("role_id", "Role of who is credited."),
    text("pipeline_id", "Pipeline of the deal, as facts.deal."),
    number("credit_rate", "Share of the deal, 0 to 1.", nullable=False),
    amount(
        "credit_amount",
        "That share of the deal's value, in the reporting currency; NULL where the deal has none. The "
        "credits of a deal add up to its value.",
    ),
    day("closed_date", "Day the deal closed; NULL while open."),
    flag("is_won", "The deal is won.", nullable=False),
    flag(
        "is_leading",
        "The one row of its deal that stands for it where deals are counted: of the largest share.",
        nullable=False,
    ),
    flag("is_amount_missing", "No amount was entered for the deal.", nullable=False),
    flag(
        "is_amount_unconverted",
        "An amount was entered in a currency without a rate.",
        nullable=False,
    ),
    flag("is_counted", "The deal is counted.", nullable=False),
    schema="facts",
    comment="One row per deal, credited owner and state; of a deal that is not split, its owner with all "
    "of it.",
    info={
        "sources": ("salesforce.opportunity", "hubspot.deal"),
        "optional_sources": (
            "salesforce.opportunity_split",
            "salesforce.opportunity_split_type",
            "hubspot.deal_split",
        ),
    },
)
sa.Index("ix_deal_credit_closed_date", deal_credit.c.closed_date)

deal_touch = sa.Table(
    "deal_touch",
    metadata,
    *state_columns("deal_touch_id", "The touch, deal:campaign; deal:none for a deal without."),
    text("deal_id", "The deal, as facts.deal.", nullable=False),
    text("customer_id", "The customer."),
    text("owner_user_id", "Owner of the deal."),
    text("role_id", "Role of the owner."),
    text("campaign_id", "The campaign, crm:id; NULL on the row of a deal without."),
    text("campaign_type", "Kind of the campaign; HubSpot has none."),
    text("channel", "Channel of the campaign; of the deal where there is none.", nullable=False),
    instant("touched_at", "First touch of the campaign; NULL where not known."),
    day("closed_date", "Day the deal closed; NULL while open."),
    flag("is_won", "The deal is won.", nullable=False),
    amount("deal_amount", "Value of the deal, in the reporting currency."),
    number("primary_weight", "Share of the deal credited, the primary campaign taking all."),
    number("even_weight", "Share credited when all campaigns share alike."),
    number("first_weight", "Share credited when the first campaign takes all."),
    number("last_weight", "Share credited when the last campaign before closing takes all."),
    flag("is_counted", "The deal is counted.", nullable=False),
    schema="facts",
    comment="One row per deal and campaign that touched it, and state; one without a campaign for a "
    "deal none touched. Each weight adds up to 1 over the rows of a deal.",
    info={
        "sources": (
            "salesforce.opportunity",
            "salesforce.campaign",
            "salesforce.campaign_member",
            "hubspot.deal",
            "hubspot.campaign",
        ),
        "optional_sources": (
            "salesforce.opportunity_contact_role",
            "salesforce.campaign_influence",
        ),
    },
)
sa.Index("ix_deal_touch_closed_date", deal_touch.c.closed_date)
