"""The Salesforce objects we read, by subject."""

from __future__ import annotations

from include.tables.salesforce.activity import ACTIVITY_OBJECTS
from include.tables.salesforce.commerce import COMMERCE_OBJECTS
from include.tables.salesforce.crm import CRM_OBJECTS
from include.tables.salesforce.marketing import MARKETING_OBJECTS
from include.tables.salesforce.org import ORG_OBJECTS
from include.tables.salesforce.recurring import RECURRING_OBJECTS
from include.tables.salesforce.sales import SALES_OBJECTS
from include.tables.salesforce.service import SERVICE_OBJECTS
from include.tables.source_object import SourceObject

SALESFORCE_OBJECTS: tuple[SourceObject, ...] = (
    *ORG_OBJECTS,
    *CRM_OBJECTS,
    *SALES_OBJECTS,
    *RECURRING_OBJECTS,
    *MARKETING_OBJECTS,
    *SERVICE_OBJECTS,
    *ACTIVITY_OBJECTS,
    *COMMERCE_OBJECTS,
)
