"""The one MetaData, and the column shapes that carry the naming standard."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

SCHEMAS = ("raw", "stage", "facts", "metrics", "reports", "ops")

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

# Far enough away to mean "still true"; a real value, so that range predicates need no NULL case.
END_OF_TIME = "9999-12-31 00:00:00+00"
# Before anything happened.
BEGINNING_OF_TIME = "1000-01-01 00:00:00+00"


def text(name: str, comment: str, **options: Any) -> sa.Column[str]:
    """Text of any length."""
    return sa.Column(name, sa.Text, comment=comment, **options)


def instant(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """An instant in UTC; the name ends in `_at`."""
    return sa.Column(name, sa.DateTime(timezone=True), comment=comment, **options)


def day(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """A calendar date; the name ends in `_date`."""
    return sa.Column(name, sa.Date, comment=comment, **options)


def amount(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """Money, exact to six decimals; the name ends in `_amount` or `_amount_original`."""
    return sa.Column(name, sa.Numeric(24, 6), comment=comment, **options)


def number(name: str, comment: str, **options: Any) -> sa.Column[Any]:
    """An exact number that is not money."""
    return sa.Column(name, sa.Numeric(28, 10), comment=comment, **options)


def count(name: str, comment: str, **options: Any) -> sa.Column[int]:
    """A whole number of things or units."""
    return sa.Column(name, sa.BigInteger, comment=comment, **options)


def flag(name: str, comment: str, **options: Any) -> sa.Column[bool]:
    """True or false; the name starts with `is_` or `has_`."""
    return sa.Column(name, sa.Boolean, comment=comment, **options)
