"""The HubSpot objects we read and the properties we need of each.

Property names after HubSpot's own documentation; what a portal does not have is left out at run
time by intersecting with its properties API.
"""

from __future__ import annotations

from include.core.field import Field, FieldType, Severity
from include.tables.hubspot_history import HISTORY_OBJECTS
from include.tables.hubspot_settings import SETTINGS_OBJECTS
from include.tables.source_object import Reader, SourceObject

API_VERSION = "v3"


def property_(
    name: str,
    column: str,
    type_: FieldType,
    comment: str,
    *,
    required: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    references: str | None = None,
    severity: Severity = "critical",
) -> Field:
    """A property of a CRM object, all of which arrive as text.

    `warning` where an odd value is no reason to lose the record, as for every reference.
    """
    return Field(
        f"properties.{name}",
        column,
        type_,
        comment,
        required=required,
        minimum=minimum,
        maximum=maximum,
        references=references,
        severity="warning" if references else severity,
    )


CREATED = Field(
    "createdAt", "created_at", "timestamp", "When the record was created.", required=True
)
OWNER = property_("hubspot_owner_id", "owner_id", "text", "The owner.", references="owner")
MERGED = property_(
    "hs_merged_object_ids",
    "merged_object_ids",
    "text",
    "Ids of the records merged into this one, separated by semicolons.",
)


def choice(source: str, column: str, comment: str, *values: str) -> Field:
    """A text that is one of a few; another one is counted, as new ones appear with new releases."""
    return Field(source, column, "text", comment, values=values, severity="warning")


def crm_object(
    name: str,
    table: str,
    comment: str,
    *fields: Field,
    cursor: str = "hs_lastmodifieddate",
    optional: bool = False,
    mode: str = "incremental",
) -> SourceObject:
    """An object of the CRM objects API."""
    return SourceObject(
        crm="hubspot",
        name=name,
        table=table,
        reader="crm_object",
        key="id",
        cursor="updatedAt",
        search_cursor=cursor,
        mode="full" if mode == "full" else "incremental",
        fields=(*fields, CREATED),
        comment=comment,
        deleted="archived",
        optional=optional,
    )


def association(
    from_object: str, to_object: str, table: str, from_stem: str, to_stem: str
) -> SourceObject:
    """The links from one object to another.

    One record per pair, and one with an empty `to` per parent read, so that a link taken away is
    seen: a pair is current only when it was read as late as its parent's latest marker.
    """
    return SourceObject(
        crm="hubspot",
        name=f"{from_object}/{to_object}",
        table=table,
        reader="association",
        key="id",
        cursor=None,
        mode="incremental",
        from_object=from_object,
        to_object=to_object,
        comment=f"One row per link from a {from_stem} to a {to_stem}, and one marker per {from_stem} read.",
        fields=(
            Field(
                "from",
                f"{from_stem}_id",
                "text",
                f"The {from_stem}.",
                required=True,
                references=from_stem,
                severity="warning",
            ),
            Field(
                "to",
                f"{to_stem}_id",
                "text",
                f"The {to_stem}; NULL on the marker row.",
                references=to_stem,
                severity="warning",
            ),
            Field("is_primary", "is_primary", "boolean", "Labelled primary in HubSpot."),
        ),
    )


def listing(
    name: str,
    table: str,
    reader: Reader,
    comment: str,
    *fields: Field,
    key: str = "id",
    cursor: str | None = "updatedAt",
    deleted: str | None = "archived",
    optional: bool = False,
    mode: str = "full",
) -> SourceObject:
    """An endpoint of its own, outside the CRM objects API."""
    return SourceObject(
        crm="hubspot",
        name=name,
        table=table,
        reader=reader,
        key=key,
        cursor=cursor,
        mode="incremental" if mode == "incremental" else "full",
        fields=fields,
        comment=comment,
        deleted=deleted,
        optional=optional,
    )


HUBSPOT_OBJECTS: tuple[SourceObject, ...] = (
    listing(
        "owners",
        "owner",
        "owners",
        "One row per owner, archived ones too.",
        Field("email", "email", "text", "Mail address."),
        Field("firstName", "first_name", "text", "First name."),
        Field("lastName", "last_name", "text", "Last name."),
        choice("type", "owner_type", "A person or a queue.", "PERSON", "QUEUE"),
        Field("userIdIncludingInactive", "hubspot_user_id", "text", "Settings user id."),
        Field("team_name", "team_name", "text", "Primary team."),
        Field("createdAt", "created_at", "timestamp", "When the owner was created."),
    ),
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
    listing(
        "pipelines/tickets",
        "ticket_stage",
        "pipelines",
        "One row per stage of each ticket pipeline.",
        Field("pipeline_id", "pipeline_id", "text", "The pipeline.", required=True),
        Field("pipeline_label", "pipeline_label", "text", "Name of the pipeline."),
        Field("stage_id", "stage_id", "text", "The stage, as in hs_pipeline_stage.", required=True),
        Field("label", "stage_label", "text", "Name of the stage.", required=True),
        Field("displayOrder", "sort_order", "integer", "Position in the pipeline."),
        choice(
            "metadata.ticketState", "ticket_state", "Whether it ends the ticket.", "OPEN", "CLOSED"
        ),
        optional=True,
    ),
    crm_object(
        "companies",
        "company",
        "One row per company.",
        property_("name", "company_name", "text", "Name of the company."),
        property_("domain", "domain", "text", "Primary domain."),
        property_(
            "hs_additional_domains",
            "additional_domains",
            "text",
            "Further domains, separated by semicolons.",
        ),
        property_("industry", "industry", "text", "Industry."),
        property_("country", "country", "text", "Country as typed in."),
        property_(
            "numberofemployees",
            "employee_count",
            "integer",
            "Number of employees.",
            minimum=0,
            severity="warning",
        ),
        property_(
            "salesforceaccountid",
            "salesforce_account_id",
            "text",
            "The account the native sync ties it to.",
        ),
        property_("hs_analytics_source", "analytics_source", "text", "First source of traffic."),
        property_("lifecyclestage", "lifecycle_stage", "text", "Lifecycle stage."),
        OWNER,
        MERGED,
    ),
    crm_object(
        "contacts",
        "contact",
        "One row per person.",
        property_("email", "email", "text", "Mail address."),
        property_(
            "hs_additional_emails",
            "additional_emails",
            "text",
            "Further mail addresses, separated by semicolons.",
        ),
        property_("firstname", "first_name", "text", "First name."),
        property_("lastname", "last_name", "text", "Last name."),
        property_("country", "country", "text", "Country as typed in."),
        property_("lifecyclestage", "lifecycle_stage", "text", "Lifecycle stage."),
        property_("hs_lead_status", "lead_status", "text", "Lead status."),
        property_(
            "hs_v2_date_entered_lead",
            "entered_lead_at",
            "timestamp",
            "First became a lead.",
            severity="warning",
        ),
        property_(
            "hs_v2_date_entered_customer",
            "entered_customer_at",
            "timestamp",
            "First became a customer.",
            severity="warning",
        ),
        property_("hs_analytics_source", "analytics_source", "text", "First source of traffic."),
        property_(
            "hs_object_source",
            "object_source",
            "text",
            "What created the record: CRM_UI, FORM, IMPORT, INTEGRATION, SALESFORCE.",
        ),
        property_(
            "salesforcecontactid",
            "salesforce_contact_id",
            "text",
            "The contact the native sync ties it to.",
        ),
        property_(
            "salesforceleadid", "salesforce_lead_id", "text", "The lead the native sync ties it to."
        ),
        property_(
            "associatedcompanyid", "company_id", "text", "Primary company.", references="company"
        ),
        property_(
            "hs_calculated_merged_vids",
            "merged_contact_ids",
            "text",
            "Contacts merged into this one, as id:milliseconds, separated by semicolons.",
        ),
        OWNER,
        MERGED,
        cursor="lastmodifieddate",
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
        property_("dealstage", "stage_id", "text", "Current stage.", required=True),
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
        property_("hs_analytics_source", "analytics_source", "text", "First source of traffic."),
        property_("hs_campaign", "campaign_id", "text", "Campaign."),
        property_(
            "hs_salesforceopportunityid",
            "salesforce_opportunity_id",
            "text",
            "The opportunity the native sync ties it to.",
        ),
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
        property_("hs_recurring_billing_end_date", "billing_end_date", "date", "Last day billed."),
        property_(
            "hs_cost_of_goods_sold", "unit_cost_amount_original", "money", "Cost of one unit."
        ),
        optional=True,
    ),
    crm_object(
        "tickets",
        "ticket",
        "One row per service request.",
        property_("subject", "subject", "text", "Subject."),
        property_("hs_pipeline", "pipeline_id", "text", "The pipeline."),
        property_("hs_pipeline_stage", "stage_id", "text", "Current stage.", required=True),
        property_("hs_ticket_priority", "priority", "text", "Priority."),
        property_("source_type", "origin", "text", "How it reached us."),
        property_("createdate", "create_at", "timestamp", "When it was filed."),
        property_("closed_date", "closed_at", "timestamp", "First closing."),
        property_("hs_last_closed_date", "last_closed_at", "timestamp", "Latest closing."),
        property_("hs_is_closed", "is_closed", "boolean", "Resolved."),
        property_(
            "salesforcecaseid", "salesforce_case_id", "text", "The case the native sync ties it to."
        ),
        OWNER,
        MERGED,
        optional=True,
    ),
    crm_object(
        "feedback_submissions",
        "feedback_submission",
        "One row per answered survey.",
        property_("hs_survey_id", "survey_id", "text", "The survey."),
        property_("hs_survey_type", "survey_type", "text", "NPS, CSAT, CES."),
        property_("hs_value", "score", "decimal", "The answer; NULL when skipped."),
        choice(
            "properties.hs_response_group",
            "response_group",
            "How the answer counts.",
            "PROMOTER",
            "PASSIVE",
            "DETRACTOR",
        ),
        property_("hs_submission_timestamp", "submitted_at", "timestamp", "When it was answered."),
        optional=True,
    ),
    crm_object(
        "calls",
        "call",
        "One row per call logged.",
        property_("hs_timestamp", "call_at", "timestamp", "When the call was."),
        property_("hs_call_status", "call_status", "text", "COMPLETED, NO_ANSWER and so on."),
        choice(
            "properties.hs_call_direction", "call_direction", "Who called.", "INBOUND", "OUTBOUND"
        ),
        property_(
            "hs_call_duration",
            "call_duration_milliseconds",
            "integer",
            "Length in milliseconds.",
            minimum=0,
            severity="warning",
        ),
        OWNER,
        optional=True,
    ),
    crm_object(
        "meetings",
        "meeting",
        "One row per meeting logged.",
        property_("hs_meeting_start_time", "start_at", "timestamp", "Start."),
        property_("hs_meeting_end_time", "end_at", "timestamp", "End."),
        property_("hs_meeting_outcome", "meeting_outcome", "text", "COMPLETED, NO_SHOW and so on."),
        OWNER,
        optional=True,
    ),
    crm_object(
        "emails",
        "email",
        "One row per mail logged.",
        property_("hs_timestamp", "sent_at", "timestamp", "When it was sent or received."),
        property_(
            "hs_email_direction",
            "email_direction",
            "text",
            "EMAIL for sent, INCOMING_EMAIL for received, FORWARDED_EMAIL.",
        ),
        property_("hs_email_status", "email_status", "text", "SENT, BOUNCED, FAILED, SCHEDULED."),
        OWNER,
        optional=True,
    ),
    crm_object(
        "tasks",
        "task",
        "One row per task.",
        property_("hs_timestamp", "due_at", "timestamp", "Due, not the moment of completion."),
        property_("hs_task_status", "task_status", "text", "NOT_STARTED, COMPLETED and so on."),
        property_(
            "hs_task_completion_date",
            "completed_at",
            "timestamp",
            "When it was done; while open it may hold the due date.",
        ),
        property_("hs_task_type", "task_type", "text", "TODO, CALL, EMAIL."),
        OWNER,
        optional=True,
    ),
    crm_object(
        "carts",
        "cart",
        "One row per shopping cart.",
        property_("hs_external_cart_id", "external_cart_id", "text", "The shop's id."),
        property_("hs_external_status", "cart_status", "text", "Status in the shop's own words."),
        property_("hs_total_price", "total_amount_original", "money", "Value of the cart."),
        property_("hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        property_("hs_source_store", "store_name", "text", "The shop."),
        optional=True,
    ),
    listing(
        "campaigns",
        "campaign",
        "campaigns",
        "One row per marketing campaign.",
        Field("properties.hs_name", "campaign_name", "text", "Name of the campaign."),
        Field("properties.hs_start_date", "start_date", "date", "First day."),
        Field("properties.hs_end_date", "end_date", "date", "Last day."),
        Field("properties.hs_campaign_status", "campaign_status", "text", "Status."),
        Field("properties.hs_currency_code", "currency_code", "text", "ISO 4217 code."),
        Field(
            "properties.hs_budget_items_sum_amount", "budget_amount_original", "money", "Budget."
        ),
        Field(
            "properties.hs_spend_items_sum_amount",
            "spend_amount_original",
            "money",
            "Spend so far.",
        ),
        Field("properties.hs_utm", "utm_campaign", "text", "UTM value."),
        Field("createdAt", "created_at", "timestamp", "When it was created."),
        deleted=None,
        optional=True,
    ),
    listing(
        "activity/login",
        "login",
        "logins",
        "One row per attempt to log in; history is finite.",
        Field("userId", "hubspot_user_id", "text", "Settings user id."),
        Field("email", "email", "text", "Mail address of the user."),
        Field("loginAt", "login_at", "timestamp", "When.", required=True),
        Field("loginSucceeded", "is_success", "boolean", "Got in.", required=True),
        cursor="loginAt",
        deleted=None,
        optional=True,
        mode="incremental",
    ),
    association("deals", "companies", "deal_company", "deal", "company"),
    association("deals", "contacts", "deal_contact", "deal", "contact"),
    association("deals", "line_items", "deal_line_item", "deal", "line_item"),
    association("tickets", "companies", "ticket_company", "ticket", "company"),
    association("tickets", "contacts", "ticket_contact", "ticket", "contact"),
    *HISTORY_OBJECTS,
    *SETTINGS_OBJECTS,
)
