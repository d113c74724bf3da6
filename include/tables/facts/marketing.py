"""People before they are customers, and the campaigns they were in."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import day, flag, instant, metadata, text
from include.tables.facts.shape import state_columns

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
    flag(
        "is_of_customer",
        "Its company had bought before the person was a lead.",
        nullable=False,
        # Of the rows that were there before this column, until facts are built anew.
        server_default=sa.false(),
    ),
    flag("is_customer", "Has become a customer.", nullable=False),
    schema="facts",
    comment="One row per person who was a lead, and state; two records with one mail address are one.",
    info={
        "sources": ("salesforce.lead", "hubspot.contact", "salesforce.opportunity", "hubspot.deal")
    },
)
sa.Index("ix_lead_created_date", lead.c.created_date)

prospect = sa.Table(
    "prospect",
    metadata,
    *state_columns(
        "prospect_id", "The company, as stage.customer; else the person, as stage.person."
    ),
    text("customer_id", "The company; NULL for a person without one."),
    text("owner_user_id", "The owner."),
    text("role_id", "Role of the owner."),
    text("channel", "Channel of the first of its records that has one.", nullable=False),
    instant("created_at", "When it was first seen.", nullable=False),
    day("created_date", "Day it was first seen.", nullable=False),
    day("customer_date", "Day of the first won deal, which this state knows of."),
    flag(
        "is_counted",
        "Not imported, nor made by the sync of the two CRMs, and no customer before it was seen.",
        nullable=False,
    ),
    flag("is_customer", "Has become a customer.", nullable=False),
    schema="facts",
    comment="One row per company or person without one, and state. People of a company are the company.",
    info={
        "sources": (
            "salesforce.account",
            "salesforce.contact",
            "salesforce.lead",
            "hubspot.company",
            "hubspot.contact",
            "salesforce.opportunity",
            "hubspot.deal",
        )
    },
)
sa.Index("ix_prospect_created_date", prospect.c.created_date)

campaign_member = sa.Table(
    "campaign_member",
    metadata,
    *state_columns("campaign_member_id", "The membership, crm:id."),
    text("campaign_id", "The campaign, crm:id."),
    text("campaign_type", "Kind of the campaign."),
    text("channel", "Channel of the campaign.", nullable=False),
    text("person_id", "The person, as stage.person."),
    text("customer_id", "The customer the person belongs to, where known."),
    day("sent_date", "Day the campaign reached the person."),
    flag("is_sent", "Was reached, by the status of the membership.", nullable=False),
    flag("is_responded", "Counts as a response.", nullable=False),
    day("responded_date", "Day of the first response."),
    day("customer_date", "Day of the first won deal after the campaign reached the person."),
    flag("is_customer", "Became a customer after the campaign reached the person.", nullable=False),
    flag("is_counted", "The person's first membership of this campaign.", nullable=False),
    schema="facts",
    comment="One row per member of a campaign and state.",
    info={
        "sources": ("salesforce.campaign_member", "salesforce.campaign", "salesforce.opportunity")
    },
)
sa.Index("ix_campaign_member_sent_date", campaign_member.c.sent_date)
