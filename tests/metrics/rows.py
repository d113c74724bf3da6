"""One builder for rows of any fact: what a test does not say is nothing, false, or unknown."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import BEGINNING, END_OF_TIME, Row, at


def fact(
    table: sa.Table,
    event_id: str,
    known_from: datetime = BEGINNING,
    known_until: datetime = END_OF_TIME,
    **columns: Any,
) -> Row:
    """A state of a fact that counts, with ISO text for days and instants."""
    given = {
        next(iter(table.primary_key.columns)).name: event_id,
        "valid_from_at": known_from,
        "valid_to_at": known_until,
        "crm": "salesforce",
        "is_counted": True,
        **columns,
    }
    row = {}
    for column in table.columns:
        if column.name in given:
            row[column.name] = _typed(column, given[column.name])
        elif not column.nullable:
            row[column.name] = _nothing(column)
    unknown = set(columns) - set(table.columns.keys())
    assert not unknown, f"facts.{table.name} has no {unknown}"
    return row


def month(
    customer_id: str,
    start: str,
    amount: float,
    before: float = 0,
    cohort: str | None = None,
    age: int = 1,
    **columns: Any,
) -> Row:
    """A customer's month, active while it pays; `cohort` and `start` are first days of months."""
    start_date = date.fromisoformat(start)
    end_date = date(start_date.year + start_date.month // 12, start_date.month % 12 + 1, 1)
    return fact(
        facts.mrr_customer_month,
        customer_id,
        **{
            "month_start_date": start_date,
            "month_end_date": end_date,
            "mrr_amount": amount,
            "previous_mrr_amount": before,
            "movement": "none",
            "movement_amount": amount - before,
            "is_active": amount > 0,
            "is_active_before": before > 0,
            "cohort_month_date": cohort or "2025-01-01",
            "age_months": age,
            "channel": "unknown",
            **columns,
        },
    )


def _typed(column: sa.Column[Any], value: Any) -> Any:
    """The value as its column wants it."""
    if isinstance(value, str) and isinstance(column.type, sa.Date):
        return date.fromisoformat(value)
    if isinstance(value, str) and isinstance(column.type, sa.DateTime):
        return at(value)
    if isinstance(value, float) and isinstance(column.type, sa.Numeric):
        return Decimal(str(value))
    return value


def _nothing(column: sa.Column[Any]) -> Any:
    """What a column that must hold something holds when nothing is said."""
    if isinstance(column.type, sa.Boolean):
        return False
    if isinstance(column.type, sa.Text):
        return "unknown"
    if isinstance(column.type, sa.DateTime):
        return BEGINNING
    return date(1970, 1, 1) if isinstance(column.type, sa.Date) else 0


def quota(owner: str | None, start: str, end: str, amount: float, **columns: object) -> Row:
    """A quota of the file, of an owner or, with columns that say so, of a team."""
    return fact(
        facts.quota, f"ledger:{owner}:{start}:{amount}", owner_user_id=owner, start_date=start,
        end_date=end, quota_amount=amount, **columns,
    )  # fmt: skip
