"""Ids as the CRMs issue them, in SQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def short_id(salesforce_id: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The fifteen characters of a Salesforce id that tell it apart.

    The last three of eighteen repeat the case of the first fifteen, and some tools leave them out.
    """
    # Written out, not bound, so that the same expression may stand in GROUP BY.
    return sa.func.substr(
        sa.func.trim(salesforce_id),
        sa.literal_column("1", sa.Integer),
        sa.literal_column("15", sa.Integer),
    )
