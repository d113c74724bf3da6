"""What prepared tables share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()
Expression = sa.ColumnElement[Any]


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
