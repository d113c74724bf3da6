"""Every metric there is, in the order of reports."""

from __future__ import annotations

from include.metrics import adoption, bookings, funnel, pipeline, service
from include.metrics.metric import Metric

CATALOGUE: tuple[Metric, ...] = (
    bookings.REVENUE,
    bookings.SALES_GROWTH,
    bookings.SALES_GROWTH_YEAR_OVER_YEAR,
    bookings.CLOSE_RATE,
    bookings.CLOSE_RATE_BY_AMOUNT,
    bookings.SALES_CYCLE_DAYS,
    bookings.AVG_PURCHASE_VALUE,
    bookings.SALES_PERFORMANCE,
    pipeline.PIPELINE_AMOUNT,
    pipeline.PIPELINE_WEIGHTED_AMOUNT,
    pipeline.PIPELINE_OVERDUE_COUNT,
    funnel.LEADS_GENERATED,
    funnel.LEAD_TO_CUSTOMER_RATE,
    service.TIME_TO_RESOLUTION,
    service.TIME_TO_FIRST_RESOLUTION,
    adoption.USERS_LOGGED_IN_7D,
    adoption.ACTIVITIES_COMPLETED,
)
