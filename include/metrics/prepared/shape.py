"""What prepared tables share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.metrics.periods import AsOf, AsOfs
from include.tables.base import count

METADATA = sa.MetaData()
Expression = sa.ColumnElement[Any]
# For those who ask what a table is made of, and not for its rows.
_ANY_AS_OF = AsOfs((AsOf(datetime(2000, 1, 1, tzinfo=UTC), ZoneInfo("UTC")),))


def rows_of(table: sa.Table) -> sa.Select[Any]:
    """The SELECT that a table made for wanted periods is filled by, for as-ofs that do not matter."""
    rows: sa.Select[Any] = table.info["rows"](_ANY_AS_OF)
    return rows


def state_columns() -> list[sa.Column[Any]]:
    """What names a wanted period and the as-ofs a row is of."""
    period = count("period_number", "The period, as in wanted_period.", primary_key=True)
    return [period, *position_columns()]


def position_columns() -> list[sa.Column[Any]]:
    """What names the as-ofs a row is of."""
    return [
        count("enters", "Position of the first as-of it is of.", primary_key=True),
        count("leaves", "Position of the last one.", nullable=False),
    ]


def sources_of(*tables: sa.Table) -> dict[str, tuple[str, ...]]:
    """The objects these facts are made of, for `info`."""
    return {
        kind: tuple(
            dict.fromkeys(source for table in tables for source in table.info.get(kind, ()))
        )
        for kind in ("sources", "optional_sources")
    }


def any_of(condition: Expression) -> Expression:
    """Whether a condition holds for any row of a group."""
    return sa.func.max(sa.case((condition, 1), else_=0)) == 1
