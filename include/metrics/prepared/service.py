"""What the work on each service request came to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.prepared.shape import METADATA, sources_of
from include.metrics.wanted import (
    KEPT,
    KEYS,
    key_columns,
    of_period,
    stands_at,
    wanted_day,
    wanted_period,
)
from include.tables import facts
from include.tables.base import count, text


def rows_of_handled_ticket() -> sa.Select[Any]:
    """One row per wanted period and request that was worked on in it."""
    work = facts.agent_work.c
    grouped = [*(wanted_period.c[name] for name in KEYS), work.ticket_id]
    return (
        sa.select(
            *grouped,
            sa.func.max(work.customer_id).label("customer_id"),
            sa.func.max(work.channel).label("channel"),
            sa.func.sum(work.handle_seconds).label("handle_seconds"),
        )
        .join_from(wanted_period, wanted_day, of_period())
        .join(
            facts.agent_work,
            sa.and_(
                work.closed_date == wanted_day.c.calendar_date,
                stands_at(facts.agent_work, wanted_period.c.as_of_at),
            ),
        )
        .where(
            wanted_day.c.span == "this",
            work.is_counted,
            work.is_handled,
            work.ticket_id.is_not(None),
            work.handle_seconds.is_not(None),
        )
        .group_by(*grouped)
    )


handled_ticket = sa.Table(
    "handled_ticket",
    METADATA,
    *key_columns(),
    text("ticket_id", "The request.", primary_key=True),
    text("customer_id", "The customer."),
    text("channel", "How it reached us."),
    count("handle_seconds", "Work on it that ended in the period.", nullable=False),
    info={"rows": rows_of_handled_ticket, **sources_of(facts.agent_work)},
    **KEPT,
)
