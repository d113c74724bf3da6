"""What we sell: deals, their lines and stages, and what sellers are to bring in."""

from __future__ import annotations

from include.core.field import Field
from include.core.settings_deals import HUBSPOT_LOST_REASON
from include.tables.hubspot.fields import (
    CREATOR,
    MERGED,
    OBJECT_SOURCE,
    OWNER,
    association,
    crm_object,
    listing,
    property_,
)
from include.tables.source_object import SourceObject

SALES_OBJECTS: tuple[SourceObject, ...] = (
    listing(
        "pipelines/deals",
        "deal_stage",
        "pipelines",
        "One row per stage of each deal pipeline.",
        Field("pipeline_id", "pipeline_id", "text", "The pipeline.", required=True),
        Field("pipeline_label", "pipeline_label", "text", "Name of the pipeline."),
        Field("stage_id", "stage_id", "text", "The stage, as in dealstage.", required=True),
        Field("label", "stage_label", "text", "Name of the stage.", required=True),
        Field("displayOrder", "sort_order", "integer", "Position in the pipeline."),
        Field("metadata.isClosed", "is_closed", "boolean", "Ends the deal."),
        Field(
            "metadata.probability",
            "probability_rate",
            "decimal",
            "Chance to win, 0 to 1.",
            minimum=0,
            maximum=1,
        ),
    ),
    crm_object(
        "deals",
        "deal",
        "One row per deal.",
        property_("dealname", "deal_name", "text", "Name of the deal."),
        property_("amount", "amount_original", "money", "Value in the deal's currency."),
        property_(
            "deal_currency_code",
            "currency_code",
            "text",
            "ISO 4217 code of the amount; NULL in a portal with one currency.",
        ),
        # Programs make deals in no stage, and HubSpot takes them: they are open.
        property_(
            "dealstage", "stage_id", "text", "Current stage.", required=True, severity="warning"
        ),
        property_("pipeline", "pipeline_id", "text", "The pipeline."),
        property_("closedate", "close_at", "timestamp", "Closing, or expected closing while open."),
        property_("createdate", "create_at", "timestamp", "Creation, which users may set back."),
        property_("hs_is_closed", "is_closed", "boolean", "Won or lost."),
        property_("hs_is_closed_won", "is_won", "boolean", "Won."),
        property_(
            "hs_deal_stage_probability",
            "probability_rate",
            "decimal",
            "Chance to win, 0 to 1.",
            minimum=0,
            maximum=1,
        ),
        property_("dealtype", "deal_type", "text", "newbusiness or existingbusiness."),
        property_(
            "hs_manual_forecast_category",
            "forecast_category",
            "text",
            "Forecast category, where a seller chose one.",
        ),
        property_(HUBSPOT_LOST_REASON, "lost_reason", "text", "Why it was lost."),
        property_("hs_analytics_source", "analytics_source", "text", "First source of traffic."),
        property_("hs_campaign", "campaign_id", "text", "Campaign."),
        property_(
            "hs_salesforceopportunityid",
            "salesforce_opportunity_id",
            "text",
            "The opportunity the native sync ties it to.",
        ),
        CREATOR,
        OBJECT_SOURCE,
        OWNER,
        MERGED,
    ),
    crm_object(
        "line_items",
        "line_item",
        "One row per product sold on a deal.",
        property_("name", "product_name", "text", "Name of the product."),
        property_("hs_product_id", "product_id", "text", "The product."),
        property_("quantity", "quantity", "decimal", "Units sold."),
        property_("price", "unit_price_amount_original", "money", "Price of one unit."),
        property_("amount", "total_price_amount_original", "money", "Price of the line."),
        property_("hs_line_item_currency_code", "currency_code", "text", "ISO 4217 code."),
        property_(
            "recurringbillingfrequency",
            "billing_frequency",
            "text",
            "weekly, monthly, annually and so on; NULL means once.",
        ),
        property_(
            "hs_recurring_billing_start_date", "billing_start_date", "date", "First day billed."
        ),
        property_(
            "hs_recurring_billing_end_date",
            "billing_end_date",
            "date",
            "Day on which one more bill would be due, which is billed no more.",
            severity="warning",
        ),
        property_(
            "hs_billing_start_delay_days",
            "start_delay_days",
            "integer",
            "Days after the closing on which it begins, where no first day is said.",
            minimum=0,
            severity="warning",
        ),
        property_(
            "hs_billing_start_delay_months",
            "start_delay_months",
            "integer",
            "Months after the closing in which it begins, where no first day is said.",
            minimum=0,
            severity="warning",
        ),
        property_(
            "hs_recurring_billing_period",
            "billing_period",
            "text",
            "How long it is billed, as an ISO 8601 period such as P12M.",
        ),
        property_(
            "hs_term_in_months",
            "term_months",
            "integer",
            "Months agreed.",
            minimum=0,
            severity="warning",
        ),
        property_(
            "hs_mrr", "mrr_amount_original", "money", "Monthly recurring revenue, by HubSpot."
        ),
        property_(
            "hs_cost_of_goods_sold", "unit_cost_amount_original", "money", "Cost of one unit."
        ),
        optional=True,
    ),
    crm_object(
        "goal_targets",
        "goal_target",
        "One row per goal of a user and span of days.",
        property_("hs_goal_name", "goal_name", "text", "Name of the goal."),
        property_("hs_target_amount", "target_amount_original", "money", "What is to be reached."),
        property_(
            "hs_goal_target_currency_code",
            "currency_code",
            "text",
            "ISO 4217 code of a goal of money.",
        ),
        property_(
            "hs_kpi_unit_type", "unit_type", "text", "What is added up: currency, or number."
        ),
        property_(
            "hs_kpi_property_name",
            "kpi_property",
            "text",
            "Which property of records is added up, as amount_in_home_currency of deals.",
        ),
        property_("hs_kpi_metric_type", "metric_type", "text", "How: SUM, COUNT, AVG."),
        property_(
            "hs_kpi_time_period_property",
            "time_property",
            "text",
            "By which date of them records count, as closedate of deals.",
        ),
        property_("hs_start_datetime", "start_at", "timestamp", "First instant."),
        property_("hs_end_datetime", "end_at", "timestamp", "Last instant."),
        property_("hs_assignee_team_id", "team_id", "text", "The team, for a goal of a team."),
        OWNER,
        optional=True,
    ),
    association("deals", "companies", "deal_company", "deal", "company"),
    association("deals", "contacts", "deal_contact", "deal", "contact"),
    association("deals", "line_items", "deal_line_item", "deal", "line_item", optional=True),
    SourceObject(
        crm="hubspot",
        name="deals/splits",
        table="deal_split",
        reader="splits",
        key="id",
        cursor=None,
        mode="incremental",
        from_object="deals",
        optional=True,
        comment="One row per owner credited with a share of a deal, and one marker per deal read.",
        fields=(
            Field(
                "from",
                "deal_id",
                "text",
                "The deal.",
                required=True,
                references="deal",
                severity="warning",
            ),
            Field(
                "to",
                "owner_id",
                "text",
                "Who is credited; NULL on the marker row.",
                references="owner",
                severity="warning",
            ),
            Field(
                "percentage",
                "split_rate",
                "decimal",
                "Share of the deal, 0 to 1.",
                minimum=0,
                maximum=1,
            ),
            Field("createdAt", "created_at", "timestamp", "When the share was given."),
        ),
    ),
)
