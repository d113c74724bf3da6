"""What the golden examples of value and acquisition are made of; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    at,
    build_calendar,
    customer,
    insert,
    loaded,
)
from tests.metrics.rows import fact

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
LEDGER = (
    ("2026-03-05", 600, "acquisition", "paid_search"),
    ("2026-03-09", 300, "acquisition", "paid_social"),
    ("2026-03-31", 1000, "acquisition", None),
    ("2026-03-31", 500, "retention", None),
    ("2026-02-10", 400, "acquisition", "event"),
)
NEW = ("paid_search", "paid_search", "paid_social", "referral_web", "outbound")


def cost(
    number: int,
    day: str,
    amount: float | None,
    category: str,
    channel: str | None,
    **columns: object,
) -> Row:
    return fact(
        facts.cost,
        f"ledger:{number}",
        cost_date=day,
        cost_amount=amount,
        category=category,
        channel=channel,
        method="actual",
        **columns,
    )


def ledger(engine: sa.Engine) -> None:
    insert(engine, facts.cost, [cost(n, *entry) for n, entry in enumerate(LEDGER)])


def new_customers(engine: sa.Engine) -> None:
    """Five new ones in March; an old one who bought again is not new."""
    rows = [
        customer(
            f"N{n}", "2026-03-10", channel=channel,
            is_marketing=channel in ("paid_search", "paid_social"),
        )
        for n, channel in enumerate(NEW)
    ]  # fmt: skip
    insert(engine, facts.customer, [*rows, customer("old", "2025-05-01", channel="event")])


def line(
    line_id: str, quantity: float, price: float, unit_cost: float | None, **columns: object
) -> Row:
    """A line of a deal won in March; `price` is of one unit."""
    return fact(
        facts.deal_line,
        line_id,
        **{
            "closed_date": "2026-03-10",
            "is_won": True,
            "quantity": quantity,
            "line_amount": quantity * price,
            "unit_cost_amount": unit_cost,
            **columns,
        },
    )


def ready(warehouse: sa.Engine) -> sa.Engine:
    """A warehouse with a calendar, into which everything was read."""
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], AS_OF)
    return warehouse
