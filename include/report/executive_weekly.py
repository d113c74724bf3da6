"""The weekly report for executives: what is in it, and in which order."""

from __future__ import annotations

from include.metrics.catalogue import CATALOGUE
from include.metrics.metric import Metric

REPORT_ID = "executive_weekly"

# At most eight. The first one is what the mail is about; without it the mail does not go out.
CARD_IDS = (
    "revenue",
    "close_rate",
    "pipeline_amount",
    "sales_cycle_days",
    "leads_generated",
    "lead_to_customer_rate",
    "time_to_resolution",
    "activities_completed",
)
MUST_HAVE_IDS = ("revenue",)
OWNER_METRIC_ID, OWNER_RATE_ID, CHANNEL_METRIC_ID = "sales_performance", "close_rate", "revenue"


def metrics() -> dict[str, Metric]:
    """Definitions of every metric the report shows, by id, in the order shown."""
    known = {metric.id: metric for metric in CATALOGUE}
    ids = dict.fromkeys((*CARD_IDS, OWNER_METRIC_ID, OWNER_RATE_ID, CHANNEL_METRIC_ID))
    return {metric_id: known[metric_id] for metric_id in ids}
