"""Recurring lines and terms in tests: choices of where they come from, and those that stand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_customers import Customers
from tests.facts.builders import as_of, with_choices


def chosen(settings: Settings, **recurring: Any) -> Settings:
    """UTC, and these choices for recurring revenue."""
    return with_choices(settings, customers=Customers.model_validate({"recurring": recurring}))


def standing(rows: list[sa.Row[Any]], instant: str) -> dict[str, tuple[Any, ...]]:
    """Start, end and monthly amount of the lines known at an instant."""
    return {
        key: (row.start_date, row.end_date, row.mrr_amount)
        for key, row in as_of(rows, instant).items()
    }


def outcomes(rows: list[sa.Row[Any]], instant: str) -> dict[str, tuple[Any, ...]]:
    """Amounts due and renewed and the day of the decision, by the end of the term's name."""
    return {
        ":".join(key.split(":")[-2:]): (row.due_amount, row.renewed_amount, row.decided_date)
        for key, row in as_of(rows, instant).items()
    }
