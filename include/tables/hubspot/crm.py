"""Who we sell to."""

from __future__ import annotations

from include.tables.hubspot.fields import (
    CREATOR,
    MERGED,
    OBJECT_SOURCE,
    OWNER,
    crm_object,
    property_,
)
from include.tables.source_object import SourceObject

CRM_OBJECTS: tuple[SourceObject, ...] = (
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
        CREATOR,
        OBJECT_SOURCE,
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
            "Latest entry into the stage lead.",
            severity="warning",
        ),
        property_(
            "hs_v2_date_entered_customer",
            "entered_customer_at",
            "timestamp",
            "Latest entry into the stage customer.",
            severity="warning",
        ),
        property_("hs_analytics_source", "analytics_source", "text", "First source of traffic."),
        CREATOR,
        OBJECT_SOURCE,
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
)
