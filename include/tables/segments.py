"""How large a company is, in words, as staging and facts both say it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SMALL_BELOW, MEDIUM_BELOW = 50, 1000


def segment_of(employee_count: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """small, medium or large by the number of employees; unknown without one."""
    return sa.case(
        (employee_count < SMALL_BELOW, "small"),
        (employee_count < MEDIUM_BELOW, "medium"),
        (employee_count >= MEDIUM_BELOW, "large"),
        else_="unknown",
    )
