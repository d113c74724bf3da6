"""Metrics of service requests."""

from __future__ import annotations

import sqlalchemy as sa

from include.metrics.metric import Metric, count_where, sum_of
from include.metrics.slices import ORIGIN, OWNER, PRIORITY, SEGMENT
from include.tables import facts

ticket = facts.ticket.c
RESOLVED = (
    "Requests resolved in the period, around the clock. Requests closed when filed or merged do not "
    "count; one closed before it was filed is left out and counted."
)

TIME_TO_RESOLUTION = Metric(
    id="time_to_resolution",
    name="Time to resolution",
    question="How long does it take to resolve a request for good?",
    formula="median of the time from filing to the latest closing, over requests resolved in the "
    "period",
    fact=facts.ticket,
    date=ticket.resolved_date,
    numerator=sum_of(ticket.resolution_seconds, where=ticket.is_resolved),
    denominator=count_where(ticket.is_resolved & ticket.resolution_seconds.is_not(None)),
    excluded=count_where(ticket.is_resolved & ticket.is_duration_negative),
    distribution=sa.case((ticket.is_resolved, ticket.resolution_seconds)),
    headline="median",
    unit="seconds",
    better="lower",
    slices=(PRIORITY, ORIGIN, OWNER, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=RESOLVED,
    events="resolved requests",
)

TIME_TO_FIRST_RESOLUTION = Metric(
    id="time_to_first_resolution",
    name="Time to first resolution",
    question="How long does it take until a request is resolved for the first time?",
    formula="median of the time from filing to the first closing, over requests resolved in the "
    "period",
    fact=facts.ticket,
    date=ticket.resolved_date,
    numerator=sum_of(ticket.first_resolution_seconds, where=ticket.is_resolved),
    denominator=count_where(ticket.is_resolved & ticket.first_resolution_seconds.is_not(None)),
    excluded=count_where(ticket.is_resolved & ticket.is_duration_negative),
    distribution=sa.case((ticket.is_resolved, ticket.first_resolution_seconds)),
    headline="median",
    unit="seconds",
    better="lower",
    slices=(PRIORITY, ORIGIN, OWNER, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=f"{RESOLVED} The same requests as time to resolution, by the date of their latest closing.",
    events="resolved requests",
)
