"""Metrics of service requests."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import add_days
from include.metrics.metric import Metric, count_where, sum_of
from include.metrics.prepared.service import handled_ticket
from include.metrics.slices import (
    AGENT,
    CHANNEL,
    COUNTRY,
    INVITED_SURVEY,
    ORIGIN,
    OWNER,
    PRIORITY,
    PRODUCT,
    ROLE_OF_AGENT,
    ROLE_OF_OWNER,
    SEGMENT,
    SURVEY,
    TEAM_OF_AGENT,
    TEAM_OF_OWNER,
)
from include.metrics.wanted import wanted_period
from include.tables import facts

ticket = facts.ticket.c
work = facts.agent_work.c
response = facts.survey_response.c
invitation = facts.survey_invitation.c
RESOLVED = (
    "Requests resolved in the period. Requests that were closed on filing, or merged, do not "
    "count; one closed before it was filed is left out and counted. Time in statuses that "
    "service.yaml names as waiting for somebody else does not count."
)
AROUND_THE_CLOCK = "Around the clock."
BY_BUSINESS_HOURS = "Business hours and holidays are those of service.yaml."

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
    slices=(PRIORITY, ORIGIN, PRODUCT, OWNER, ROLE_OF_OWNER, TEAM_OF_OWNER, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=f"{RESOLVED} {AROUND_THE_CLOCK}",
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
    slices=(PRIORITY, ORIGIN, PRODUCT, OWNER, ROLE_OF_OWNER, TEAM_OF_OWNER, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=f"{RESOLVED} {AROUND_THE_CLOCK} The same requests as time to resolution, by the date of "
    "their latest closing.",
    events="resolved requests",
)

# Answers come late, and a day is not to keep what three days knew of it.
ANSWERED_DAYS = 30

# Set where there are business hours at all.
HOURS_FILE = "include/config/service.yaml"
HAS_BUSINESS_HOURS = sa.exists(sa.select(sa.literal(1)).select_from(facts.business_hours))
IS_BUSINESS = ticket.resolution_business_seconds.is_not(None)

TIME_TO_RESOLUTION_BUSINESS = Metric(
    id="time_to_resolution_business",
    name="Time to resolution, business hours",
    question="How many business hours does it take to resolve a request for good?",
    formula="median of the business hours from filing to the latest closing, over requests resolved "
    "in the period",
    fact=facts.ticket,
    date=ticket.resolved_date,
    numerator=sum_of(ticket.resolution_business_seconds, where=ticket.is_resolved),
    denominator=count_where(ticket.is_resolved & IS_BUSINESS),
    excluded=count_where(ticket.is_resolved & ticket.is_duration_negative),
    distribution=sa.case((ticket.is_resolved, ticket.resolution_business_seconds)),
    headline="median",
    unit="seconds",
    better="lower",
    slices=(PRIORITY, ORIGIN, PRODUCT, OWNER, ROLE_OF_OWNER, TEAM_OF_OWNER, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    configured_in=HOURS_FILE,
    configured_where=HAS_BUSINESS_HOURS,
    basis=f"{RESOLVED} {BY_BUSINESS_HOURS}",
    events="resolved requests",
)

IS_INBOUND = ticket.is_outbound.is_not(sa.true())
IS_ANSWERED = IS_INBOUND & ticket.is_answered.is_(sa.true())
FIRST_RESPONSE = (
    "By the day the request was filed. Only an answer from a person that the customer could read "
    "counts, not automatic replies or internal notes. Requests that we opened ourselves or took "
    "by phone (live_origins of service.yaml) do not count. Unanswered requests are not included: "
    "read the unanswered share with it."
)


def _first_response(
    metric_id: str, name: str, seconds: sa.ColumnElement[int], how: str, file: str = ""
) -> Metric:
    """First response time by one clock, which a file may have to set."""
    return Metric(
        id=metric_id,
        name=name,
        question=f"How long does a customer wait for our first answer{how}?",
        formula=f"median of the time from filing to the first answer{how}, over requests of the "
        "period that were answered",
        fact=facts.ticket,
        date=ticket.created_date,
        numerator=sum_of(seconds, where=IS_ANSWERED),
        denominator=count_where(IS_ANSWERED & seconds.is_not(None)),
        excluded=count_where(IS_ANSWERED & seconds.is_(None)),
        distribution=sa.case((IS_ANSWERED, seconds)),
        headline="median",
        timing="cohort",
        unit="seconds",
        better="lower",
        slices=(PRIORITY, ORIGIN, PRODUCT, AGENT, TEAM_OF_AGENT, SEGMENT),
        minimum_sample=5,
        maturity_days=ANSWERED_DAYS,
        owner="service-ops",
        configured_in=file,
        configured_where=HAS_BUSINESS_HOURS if file else None,
        basis=f"{FIRST_RESPONSE} {BY_BUSINESS_HOURS if file else AROUND_THE_CLOCK}",
        events="answered requests",
    )


FRT = _first_response("frt", "First response time", ticket.first_response_seconds, "")
FRT_BUSINESS = _first_response(
    "frt_business",
    "First response time, business hours",
    ticket.first_response_business_seconds,
    " in business hours",
    HOURS_FILE,
)

UNANSWERED_PCT = Metric(
    id="unanswered_pct",
    name="Unanswered requests",
    question="What share of the requests of the period has nobody answered?",
    formula="requests of the period without an answer / requests of the period",
    fact=facts.ticket,
    date=ticket.created_date,
    numerator=count_where(IS_INBOUND & ticket.is_answered.is_(sa.false())),
    denominator=count_where(IS_INBOUND & ticket.is_answered.is_not(None)),
    timing="cohort",
    unit="rate",
    better="lower",
    slices=(PRIORITY, ORIGIN, PRODUCT, TEAM_OF_AGENT, SEGMENT),
    minimum_sample=30,
    maturity_days=ANSWERED_DAYS,
    owner="service-ops",
    basis="By the day they were filed; requests we opened ourselves or took by phone (live_origins of "
    "service.yaml) do not count. A cohort: it falls as they are answered later.",
    events="requests",
)

HANDLED = (
    "The agents' working time, not how long the request was open. Declined and cancelled work "
    "does not count. HubSpot does not measure work, so the length of calls stands in for it."
)

AHT = Metric(
    id="aht",
    name="Average handle time",
    question="How long does an agent spend on a piece of work?",
    formula="time handled / pieces of work that ended in the period",
    fact=facts.agent_work,
    date=work.closed_date,
    numerator=sum_of(work.handle_seconds, where=work.is_handled),
    denominator=count_where(work.is_handled & work.handle_seconds.is_not(None)),
    excluded=count_where(work.is_handled & work.handle_seconds.is_(None)),
    distribution=sa.case((work.is_handled, work.handle_seconds)),
    partly=count_where(work.is_handled & work.is_proxy),
    partly_reason="Some of it is the length of calls, not measured work.",
    unit="seconds",
    better="lower",
    slices=(AGENT, ROLE_OF_AGENT, TEAM_OF_AGENT, CHANNEL, PRIORITY, PRODUCT, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=f"{HANDLED} Mean, with the median beside it; a transfer makes two pieces of work.",
    events="pieces of work",
)

AHT_PER_CASE = Metric(
    id="aht_per_case",
    name="Average handle time per request",
    question="How much agent time goes into a request?",
    formula="time handled / requests with work that ended in the period",
    fact=handled_ticket,
    date=work.closed_date,
    timing="prepared",
    numerator=handled_ticket.c.handle_seconds,
    denominator=count_where(handled_ticket.c.ticket_id.is_not(None)),
    distribution=handled_ticket.c.handle_seconds,
    unit="seconds",
    better="lower",
    slices=(CHANNEL, SEGMENT),
    minimum_sample=5,
    owner="service-ops",
    basis=f"{HANDLED} Work that belongs to no request does not count.",
    events="requests worked on",
)

IS_CSAT = (response.survey_type == "csat") & response.is_scored

CSAT = Metric(
    id="csat",
    name="Customer satisfaction",
    question="What share of the customers who answered was satisfied?",
    formula="answers in the best two grades (on a scale of 0 to 2: the best) / answers with a grade",
    fact=facts.survey_response,
    date=response.responded_date,
    numerator=count_where(IS_CSAT & response.is_satisfied),
    denominator=count_where(IS_CSAT),
    excluded=count_where((response.survey_type == "csat") & ~response.is_scored),
    unit="rate",
    better="higher",
    slices=(SURVEY, CHANNEL, AGENT, ROLE_OF_AGENT, PRODUCT, SEGMENT),
    minimum_sample=30,
    owner="service-ops",
    basis="By the day of the answer. Not a mean score. Skipped questions are left out and counted.",
    events="answers with a grade",
)

SURVEY_RESPONSE_RATE = Metric(
    id="survey_response_rate",
    name="Survey response",
    question="Of those we asked, what share answered?",
    formula="invitations with a completed answer / invitations of the period",
    fact=facts.survey_invitation,
    date=invitation.sent_date,
    numerator=count_where(invitation.is_answered),
    denominator=count_where(invitation.is_counted),
    timing="cohort",
    unit="rate",
    better="higher",
    slices=(INVITED_SURVEY, SEGMENT, COUNTRY),
    minimum_sample=30,
    maturity_days=ANSWERED_DAYS,
    owner="service-ops",
    basis="Salesforce surveys only: HubSpot has no invitations. By the day of the invitation; "
    "public links do not count. A cohort: it rises as people answer later.",
    events="invitations",
)

NPS_DAYS = 90
IS_NPS = (response.survey_type == "nps") & response.is_scored
IS_LATEST_OF_WINDOW = sa.and_(
    response.responded_date <= wanted_period.c.last_date,
    response.responded_date > add_days(wanted_period.c.last_date, -NPS_DAYS),
    response.responded_at < wanted_period.c.moment_at,
    sa.or_(
        response.superseded_date.is_(None),
        response.superseded_date > wanted_period.c.last_date,
    ),
)

NPS = Metric(
    id="nps",
    name="Net promoter score",
    question="By how much do customers who recommend us outnumber those who do not?",
    formula="100 x (answers of 9 and 10 - answers of 0 to 6) / answers",
    fact=facts.survey_response,
    date=response.responded_date,
    timing="joined",
    on=IS_LATEST_OF_WINDOW,
    as_known=True,
    numerator=100
    * (count_where(IS_NPS & response.is_promoter) - count_where(IS_NPS & response.is_detractor)),
    denominator=count_where(IS_NPS),
    unit="points",
    better="higher",
    slices=(SURVEY, CHANNEL, AGENT, PRODUCT, SEGMENT),
    minimum_sample=30,
    owner="service-ops",
    basis=f"Answers of the {NPS_DAYS} days up to the end of the period, or to the as-of while it "
    "runs; the latest answer of each person. From -100 to 100, not a percentage.",
    events="answers",
)
