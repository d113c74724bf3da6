"""The HubSpot objects we read, by subject."""

from __future__ import annotations

from include.tables.hubspot.activity import ACTIVITY_OBJECTS
from include.tables.hubspot.commerce import COMMERCE_OBJECTS
from include.tables.hubspot.crm import CRM_OBJECTS
from include.tables.hubspot.marketing import MARKETING_OBJECTS
from include.tables.hubspot.portal import PORTAL_OBJECTS
from include.tables.hubspot.recurring import RECURRING_OBJECTS
from include.tables.hubspot.sales import SALES_OBJECTS
from include.tables.hubspot.service import SERVICE_OBJECTS
from include.tables.hubspot_history import HISTORY_OBJECTS
from include.tables.hubspot_settings import SETTINGS_OBJECTS
from include.tables.source_object import SourceObject

HUBSPOT_OBJECTS: tuple[SourceObject, ...] = (
    *PORTAL_OBJECTS,
    *CRM_OBJECTS,
    *SALES_OBJECTS,
    *RECURRING_OBJECTS,
    *MARKETING_OBJECTS,
    *SERVICE_OBJECTS,
    *ACTIVITY_OBJECTS,
    *COMMERCE_OBJECTS,
    *HISTORY_OBJECTS,
    *SETTINGS_OBJECTS,
)
