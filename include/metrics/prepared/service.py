"""What the work on each service request came to."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.positions import ENTERS, LEAVES, at_turns, known_by, positions
from include.metrics.prepared.shape import METADATA, sources_of, state_columns
from include.metrics.wanted import KEPT, PERIOD, is_on_day, wanted_day
from include.tables import facts
from include.tables.base import count, text


def rows_of_handled_ticket(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted period, request that was worked on in it, and as-ofs that know the same of it."""
    work = facts.agent_work.c
    known = work.valid_from_at, work.valid_to_at
    of_work, ticket = ("customer_id", "channel", "handle_seconds"), (*PERIOD, "ticket_id")
    done = (
        sa.select(
            *(wanted_day.c[name] for name in PERIOD),
            work.ticket_id,
            *positions(*known, as_ofs),
            *(work[name] for name in of_work),
        )
        .join_from(wanted_day, facts.agent_work, is_on_day(work.closed_date))
        .where(
            *known_by(*known, as_ofs),
            work.is_counted,
            work.is_handled,
            work.ticket_id.is_not(None),
            work.handle_seconds.is_not(None),
        )
        .cte("done")
    )
    standing = at_turns(done, ticket, of_work, as_ofs).subquery("standing")
    grouped = [standing.c[name] for name in (*ticket, ENTERS, LEAVES)]
    return sa.select(
        *grouped,
        sa.func.max(standing.c.customer_id).label("customer_id"),
        sa.func.max(standing.c.channel).label("channel"),
        sa.func.sum(standing.c.handle_seconds).label("handle_seconds"),
    ).group_by(*grouped)


handled_ticket = sa.Table(
    "handled_ticket",
    METADATA,
    *state_columns(),
    text("ticket_id", "The request.", primary_key=True),
    text("customer_id", "The customer."),
    text("channel", "How it reached us."),
    count("handle_seconds", "Work on it that ended in the period.", nullable=False),
    info={"rows": rows_of_handled_ticket, **sources_of(facts.agent_work)},
    **KEPT,
)
