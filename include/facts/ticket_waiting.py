"""How long service requests waited for somebody else than us."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of, seconds_between
from include.core.settings import Settings
from include.facts.business_hours import (
    business_seconds_between,
    business_stretch,
    business_zone,
    holds_instant,
)


def ticket_waiting(settings: Settings, state: sa.CTE) -> sa.Subquery:
    """One row per request and resolved state of it that it had waited before.

    Columns: ticket_id, valid_from_at, waiting_seconds up to the latest closing, in business hours as
    business_waiting_seconds, and first_waiting_seconds up to the first closing. A status counts from
    when it is known to have been that: of the time before, nobody knows whether it was waited.
    """
    waited = (
        sa.select(
            state.c.ticket_id,
            later_of(state.c.valid_from_at, state.c.observed_at, state.c.created_at).label(
                "from_at"
            ),
            state.c.valid_to_at.label("to_at"),
        )
        .where(state.c.is_waiting)
        .subquery("waited")
    )
    span = (
        sa.select(
            state.c.ticket_id,
            state.c.valid_from_at,
            state.c.first_resolved_at,
            waited.c.from_at,
            earlier_of(waited.c.to_at, state.c.resolved_at).label("to_at"),
        )
        .join_from(
            state,
            waited,
            sa.and_(
                waited.c.ticket_id == state.c.ticket_id,
                waited.c.from_at < waited.c.to_at,
                waited.c.from_at < state.c.resolved_at,
            ),
        )
        .where(state.c.is_resolved)
        .subquery("waiting_span")
    )
    from_stretch, to_stretch = business_stretch("waits_from"), business_stretch("waits_to")
    zone = business_zone(settings)
    first_to_at = earlier_of(span.c.to_at, span.c.first_resolved_at)
    before_first = sa.case(
        (span.c.from_at < first_to_at, seconds_between(span.c.from_at, first_to_at)), else_=0
    )
    in_business = business_seconds_between(from_stretch, span.c.from_at, to_stretch, span.c.to_at)
    return (
        sa.select(
            span.c.ticket_id,
            span.c.valid_from_at,
            sa.func.sum(seconds_between(span.c.from_at, span.c.to_at)).label("waiting_seconds"),
            sa.func.sum(before_first).label("first_waiting_seconds"),
            sa.func.sum(in_business).label("business_waiting_seconds"),
        )
        .select_from(
            span.outerjoin(
                from_stretch, holds_instant(from_stretch, span.c.from_at, zone)
            ).outerjoin(to_stretch, holds_instant(to_stretch, span.c.to_at, zone))
        )
        .group_by(span.c.ticket_id, span.c.valid_from_at)
        .subquery("ticket_waiting")
    )
