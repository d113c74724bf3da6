"""What brought people to us."""

from __future__ import annotations

from include.tables.salesforce.fields import (
    CREATED,
    CREATOR,
    CURRENCY,
    OWNER,
    last_day,
    reference,
    salesforce_object,
    text,
    typed,
)
from include.tables.source_object import SourceObject

MARKETING_OBJECTS: tuple[SourceObject, ...] = (
    salesforce_object(
        "Campaign",
        "campaign",
        "One row per marketing campaign.",
        text("Name", "campaign_name", "Name of the campaign.", required=True),
        text("Type", "campaign_type", "Kind of campaign, which maps to a channel."),
        text("Status", "campaign_status", "Planned, in progress, completed."),
        typed("StartDate", "start_date", "date", "First day."),
        last_day("end_date", "Last day."),
        typed("ActualCost", "actual_cost_amount_original", "money", "Cost so far, all time."),
        typed("BudgetedCost", "budgeted_cost_amount_original", "money", "Planned cost."),
        typed(
            "NumberSent", "sent_count", "integer", "People reached.", minimum=0, severity="warning"
        ),
        reference("ParentId", "parent_campaign_id", "campaign", "Campaign above."),
        CREATOR,
        CURRENCY,
        OWNER,
        CREATED,
    ),
    salesforce_object(
        "CampaignMember",
        "campaign_member",
        "One row per person in a campaign.",
        reference("CampaignId", "campaign_id", "campaign", "The campaign."),
        reference("LeadId", "lead_id", "lead", "The person, while a lead."),
        reference("ContactId", "contact_id", "contact", "The person, as a contact."),
        text("Status", "member_status", "Status in the campaign."),
        typed("HasResponded", "has_responded", "boolean", "Counts as a response."),
        typed("FirstRespondedDate", "first_responded_date", "date", "Day of the first response."),
        CREATED,
    ),
    salesforce_object(
        "CampaignInfluenceModel",
        "campaign_influence_model",
        "One row per way to share deals among campaigns.",
        text("DeveloperName", "developer_name", "API name."),
        typed(
            "IsDefaultModel",
            "is_default",
            "boolean",
            "The model reports follow unless told otherwise.",
        ),
        typed("IsActive", "is_active", "boolean", "In use."),
        deleted=None,
        mode="full",
        optional=True,
    ),
    salesforce_object(
        "CampaignInfluence",
        "campaign_influence",
        "One row per deal, campaign, contact and model.",
        reference("CampaignId", "campaign_id", "campaign", "The campaign."),
        reference("OpportunityId", "opportunity_id", "opportunity", "The deal."),
        reference("ContactId", "contact_id", "contact", "The contact through whom."),
        reference("ModelId", "model_id", "campaign_influence_model", "The model."),
        typed(
            "Influence",
            "influence_percent",
            "decimal",
            "Share of the deal, 0 to 100.",
            minimum=0,
            maximum=100,
            severity="warning",
        ),
        CREATED,
        optional=True,
    ),
)
