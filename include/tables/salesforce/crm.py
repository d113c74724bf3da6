"""Who we sell to."""

from __future__ import annotations

from include.tables.salesforce.fields import (
    CREATED,
    CREATOR,
    CURRENCY,
    OWNER,
    reference,
    salesforce_object,
    text,
    typed,
)
from include.tables.source_object import SourceObject

CRM_OBJECTS: tuple[SourceObject, ...] = (
    salesforce_object(
        "Account",
        "account",
        "One row per company (or person account).",
        text("Name", "account_name", "Name of the company.", required=True),
        text("Website", "website", "Website as typed in."),
        text("Industry", "industry", "Industry."),
        text("Type", "account_type", "Customer, Prospect, Partner and so on."),
        text("BillingCountry", "country", "Billing country as typed in."),
        typed(
            "NumberOfEmployees",
            "employee_count",
            "integer",
            "Number of employees.",
            minimum=0,
            severity="warning",
        ),
        typed(
            "AnnualRevenue",
            "annual_revenue_amount_original",
            "money",
            "The company's revenue.",
            severity="warning",
        ),
        text("AccountSource", "account_source", "Where the account came from."),
        reference("ParentId", "parent_account_id", "account", "The parent company."),
        CREATOR,
        CURRENCY,
        OWNER,
        CREATED,
        merged_into="MasterRecordId",
    ),
    salesforce_object(
        "Contact",
        "contact",
        "One row per person at a company.",
        reference("AccountId", "account_id", "account", "The person's company."),
        text("Email", "email", "Mail address."),
        text("Name", "contact_name", "Full name."),
        text("Title", "title", "Job title."),
        text("LeadSource", "lead_source", "Where the person came from."),
        CREATOR,
        OWNER,
        CREATED,
        merged_into="MasterRecordId",
    ),
    salesforce_object(
        "Lead",
        "lead",
        "One row per lead, converted or not.",
        text("Email", "email", "Mail address."),
        text("Name", "lead_name", "Full name."),
        text("Company", "company_name", "Company as typed in."),
        text("Status", "lead_status", "Status of the lead.", required=True),
        text("LeadSource", "lead_source", "Where the lead came from."),
        text("Country", "country", "Country as typed in."),
        typed(
            "IsConverted", "is_converted", "boolean", "Was turned into a contact.", required=True
        ),
        typed("ConvertedDate", "converted_date", "date", "Day of conversion; has no time."),
        reference("ConvertedAccountId", "converted_account_id", "account", "Account it became."),
        reference("ConvertedContactId", "converted_contact_id", "contact", "Contact it became."),
        reference(
            "ConvertedOpportunityId",
            "converted_opportunity_id",
            "opportunity",
            "Opportunity it became.",
        ),
        CREATOR,
        OWNER,
        CREATED,
        merged_into="MasterRecordId",
    ),
)
