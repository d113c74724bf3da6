"""Months of customers in tests: choices of who is one, and what is known when."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_customers import Customers
from tests.facts.builders import at, with_choices


def known(rows: list[sa.Row[Any]], instant: str) -> dict[tuple[str, date], sa.Row[Any]]:
    """The months known at an instant, by customer and first day."""
    moment = at(instant)
    holding = [row for row in rows if row.valid_from_at <= moment < row.valid_to_at]
    found = {(row.customer_id, row.month_start_date): row for row in holding}
    assert len(found) == len(holding), "two states of one month hold at once"
    return found


def model(settings: Settings, **choices: Any) -> Settings:
    """UTC, and these choices of who is a customer."""
    return with_choices(settings, customers=Customers.model_validate(choices))
