"""What fields of a random company hold where a word means something to some maker of facts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

# Words that mean something to some maker, and one that means nothing.
WORDS: dict[str, tuple[Any, ...]] = {
    "stage_name": ("Prospecting", "Negotiation", "Closed Won", "Closed Lost"),
    "stage_id": ("appointment", "closedwon", "closedlost", "new", "solved"),
    "pipeline_id": ("default", "support"),
    "opportunity_type": ("New Business", "Renewal", None),
    "deal_type": ("newbusiness", "renewal", None),
    "record_type_id": (None, "012000000000001AAA", "012000000000002AAA"),
    "lost_reason": ("Price", "Duplicate", None),
    "currency_code": (None, "USD", "EUR", "XXX"),
    "lead_source": ("Web", "Partner", "odd", None),
    "account_source": ("Web", "Event", None),
    "analytics_source": ("PAID_SEARCH", "OFFLINE", None),
    "country": ("Chile", "Peru"),
    "lifecycle_stage": ("lead", "customer", "subscriber", None),
    "object_source": ("CRM_UI", "IMPORT", None),
    "member_status": ("Sent", "Planned", "Responded"),
    "status_code": ("Activated", "Draft"),
    "contract_status": ("Active", "Cancelled"),
    "line_status": ("Active", "canceled"),
    "billing_frequency": ("monthly", "annually", None),
    "billing_period": ("P12M", None),
    "case_status": ("New", "Closed", "Done", "Spam"),
    "field_name": ("Status", "Owner"),
    "new_value": ("New", "Closed", "Done"),
    "email_status": ("3", "5"),
    "automation_type": (None, "AiAutomated"),
    "origin": ("Email", "Phone"),
    "work_status": ("Closed", "Declined"),
    "response_status": ("Completed", "Started"),
    "cart_status": ("Active", "Closed", "odd"),
    "subscription_status": ("active", "canceled", "paused"),
    "survey_type": ("NPS", "CSAT"),
    "survey_id": ("0Kd000000000001AAA",),
    "property_value": ("appointment", "closedwon", "new", "lead", "5000", "72"),
    "call_status": ("COMPLETED", "BUSY"),
    "meeting_outcome": ("COMPLETED", "NO_SHOW"),
    "email_direction": ("EMAIL", "INCOMING_EMAIL"),
    "task_status": ("COMPLETED", "NOT_STARTED"),
    "later_count": (0, 0, 0, 1),
    "additional_domains": (None,),
    "additional_emails": (None,),
    "campaign_id": ("701000000000001AAA", "701000000000002AAA", None),
    "product_id": ("01t000000000001AAA", "01t000000000002AAA", None),
    "model_id": ("0M2000000000001AAA",),
    "split_type_id": ("14900000000000RAAA", "14900000000000RAAA", "14900000000000OAAA", None),
    # Two shares drawn of these often come to the whole.
    "split_percent": (Decimal(50), Decimal(50), Decimal(100), Decimal(0)),
    "split_rate": (Decimal("0.5"), Decimal("0.5"), Decimal(1), Decimal(0)),
    "survey_question_id": ("0Kq000000000001AAA", "0Kq000000000002AAA"),
    "work_item_id": (),
}
