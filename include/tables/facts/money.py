"""Costs, and what currencies are worth."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import day, metadata, number, text
from include.tables.facts.shape import money_columns, state_columns

cost = sa.Table(
    "cost",
    metadata,
    *state_columns("cost_id", "The cost, ledger:line, or crm:campaign:day."),
    day("cost_date", "Day it falls on.", nullable=False),
    text("category", "acquisition or retention.", nullable=False),
    text("channel", "Channel; NULL for cost no channel carries."),
    text("campaign_id", "Campaign, crm:id."),
    text("segment", "Segment of the customers it is for; NULL for cost no segment carries."),
    text(
        "method",
        "actual: dated in the ledger; prorated: spread over the campaign's days.",
        nullable=False,
    ),
    *money_columns("cost", "The cost"),
    text("currency_code", "ISO 4217 code of the amount as entered."),
    schema="facts",
    comment="One row per cost of the ledger, or day of a campaign, and state.",
    # The ledger is enough.
    info={"sources": (), "optional_sources": ("salesforce.campaign", "hubspot.campaign")},
)

exchange_rate = sa.Table(
    "exchange_rate",
    metadata,
    text("currency_code", "ISO 4217 code.", primary_key=True),
    day("valid_from_date", "First day of the rate.", primary_key=True),
    day("valid_to_date", "First day after it; 9999-12-31 for the latest.", nullable=False),
    number("rate", "One unit of the currency in the reporting currency.", nullable=False),
    text(
        "rate_source",
        "file, salesforce or hubspot, for each currency the first that has it; NULL for the "
        "reporting currency.",
    ),
    schema="facts",
    comment="One row per currency and span of days with one rate; the reporting currency itself at 1.",
    info={
        "sources": (),
        "optional_sources": (
            "salesforce.dated_conversion_rate",
            "salesforce.currency_type",
            "hubspot.exchange_rate",
        ),
    },
)
