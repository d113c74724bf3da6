"""SQL that engines spell differently, as one construct each; everything else is stock Core.

The default spelling is PostgreSQL's. The others serve a warehouse moved to another engine, and are
checked as text only. A zone is an IANA name and is written into the statement as a literal, so
that the same expression may stand in SELECT and in GROUP BY.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

Expression = sa.ColumnElement[Any]


class _LocalDate(FunctionElement):
    """(instant, zone) -> date."""

    name = "local_date"
    type = sa.Date()
    inherit_cache = True


class _Midnight(FunctionElement):
    """(date, zone) -> instant."""

    name = "midnight"
    type = sa.DateTime(timezone=True)
    inherit_cache = True


class _DaysBetween(FunctionElement):
    """(earlier, later) -> whole days."""

    name = "days_between"
    type = sa.BigInteger()
    inherit_cache = True


class _SecondsBetween(FunctionElement):
    """(earlier, later) -> whole seconds."""

    name = "seconds_between"
    type = sa.BigInteger()
    inherit_cache = True


class _AddSeconds(FunctionElement):
    """(instant, seconds) -> instant."""

    name = "add_seconds"
    type = sa.DateTime(timezone=True)
    inherit_cache = True


class _AddDays(FunctionElement):
    """(date, days) -> date."""

    name = "add_days"
    type = sa.Date()
    inherit_cache = True


class _AddMonths(FunctionElement):
    """(date, months) -> date."""

    name = "add_months"
    type = sa.Date()
    inherit_cache = True


class _CountReached(FunctionElement):
    """(value, array in ascending order) -> how many."""

    name = "count_reached"
    type = sa.Integer()
    inherit_cache = True


def local_date(instant: Expression, zone: str) -> Expression:
    """The calendar date an instant falls on in a time zone."""
    return _LocalDate(instant, _literal(zone))


def midnight(date: Expression, zone: str) -> Expression:
    """The instant a date begins in a time zone."""
    return _Midnight(date, _literal(zone))


def days_between(earlier: Expression, later: Expression) -> Expression:
    """Whole days from one date to another; negative when `later` is the earlier one."""
    return _DaysBetween(earlier, later)


def seconds_between(earlier: Expression, later: Expression) -> Expression:
    """Seconds from one instant to another, rounded down to whole ones."""
    return _SecondsBetween(earlier, later)


def add_seconds(instant: Expression, seconds: Expression | int) -> Expression:
    """The instant so many seconds later."""
    return _AddSeconds(instant, sa.literal(seconds) if isinstance(seconds, int) else seconds)


def add_days(date: Expression, days: Expression | int) -> Expression:
    """The date so many days later."""
    return _AddDays(date, sa.literal(days) if isinstance(days, int) else days)


def add_months(date: Expression, months: Expression | int) -> Expression:
    """The same day so many months later; the last of the month where it has no such day."""
    return _AddMonths(date, sa.literal(months) if isinstance(months, int) else months)


def count_reached(value: Expression, borders: Expression) -> Expression:
    """How many of an array's values, which ascend, are not above a value; NULL for NULL."""
    return _CountReached(value, borders)


def months_between(earlier: Expression, later: Expression) -> Expression:
    """Months from one date to another, exactly; days beyond whole months as parts of 365.25/12 days."""

    def part(name: str, date: Expression) -> Expression:
        return sa.cast(sa.extract(name, date), sa.Numeric(28, 10))

    whole = 12 * (part("year", later) - part("year", earlier)) + (
        part("month", later) - part("month", earlier)
    )
    days = part("day", later) - part("day", earlier)
    return whole + days.op("/", precedence=8, return_type=sa.Numeric())(
        sa.literal(Decimal("30.4375"))
    )


def safe_divide(dividend: Expression, divisor: Expression) -> Expression:
    """A double-precision quotient; NULL when the divisor is zero.

    The operator is spelt by hand: SQLAlchemy's own `/` casts the divisor, which some engines refuse
    when it is NULL.
    """
    nonzero_divisor: Expression = sa.func.nullif(sa.cast(divisor, sa.Double), 0)
    return sa.cast(dividend, sa.Double).op("/", return_type=sa.Double())(nonzero_divisor)


def earlier_of(first: Expression, *others: Expression) -> Expression:
    """The least of some values, NULLs ignored (LEAST differs between engines when one is NULL)."""
    least = first
    for other in others:
        least = sa.case((other < least, other), else_=sa.func.coalesce(least, other))
    return least


def later_of(first: Expression, *others: Expression) -> Expression:
    """The greatest of some values, NULLs ignored."""
    greatest = first
    for other in others:
        greatest = sa.case((other > greatest, other), else_=sa.func.coalesce(greatest, other))
    return greatest


def folded(text: Expression) -> Expression:
    """Text without surrounding blanks, in lower case; NULL when nothing is left."""
    return sa.func.nullif(sa.func.lower(sa.func.trim(text)), "")


def _literal(zone: str) -> Expression:
    return sa.literal(zone, sa.String, literal_execute=True)


def _arguments(element: FunctionElement, compiler: Any, options: Any) -> tuple[str, ...]:
    return tuple(compiler.process(clause, **options) for clause in element.clauses)


def _spell(construct: type[FunctionElement], template: str, *dialects: str) -> None:
    """Compile a construct as `template`, {0} and {1} being its arguments."""

    def spelling(element: FunctionElement, compiler: Any, **options: Any) -> str:
        return template.format(*_arguments(element, compiler, options))

    compiles(construct, *dialects)(spelling)


_spell(_LocalDate, "CAST(({0} AT TIME ZONE {1}) AS DATE)")
_spell(_LocalDate, "CAST(CONVERT_TIMEZONE({1}, {0}) AS DATE)", "snowflake")
_spell(_LocalDate, "DATE({0}, {1})", "bigquery")
_spell(_LocalDate, "CAST(from_utc_timestamp({0}, {1}) AS DATE)", "databricks", "hive")

_spell(_Midnight, "(CAST({0} AS TIMESTAMP) AT TIME ZONE {1})")
_spell(
    _Midnight,
    "CAST(CONVERT_TIMEZONE({1}, 'UTC', CAST({0} AS TIMESTAMP_NTZ)) AS TIMESTAMP_TZ)",
    "snowflake",
)
_spell(_Midnight, "TIMESTAMP({0}, {1})", "bigquery")
_spell(_Midnight, "to_utc_timestamp(CAST({0} AS TIMESTAMP), {1})", "databricks", "hive")
_spell(_Midnight, "with_timezone(CAST({0} AS TIMESTAMP), {1})", "trino")

_spell(_DaysBetween, "(CAST({1} AS DATE) - CAST({0} AS DATE))")
_spell(_DaysBetween, "DATEDIFF(day, {0}, {1})", "snowflake", "redshift")
_spell(_DaysBetween, "DATE_DIFF(CAST({1} AS DATE), CAST({0} AS DATE), DAY)", "bigquery")
_spell(_DaysBetween, "datediff({1}, {0})", "databricks", "hive")
_spell(_DaysBetween, "date_diff('day', CAST({0} AS DATE), CAST({1} AS DATE))", "trino")

_spell(_SecondsBetween, "CAST(floor(EXTRACT(EPOCH FROM ({1} - {0}))) AS BIGINT)")
_spell(_SecondsBetween, "DATEDIFF(second, {0}, {1})", "snowflake", "redshift")
_spell(_SecondsBetween, "TIMESTAMP_DIFF({1}, {0}, SECOND)", "bigquery")
_spell(_SecondsBetween, "(unix_timestamp({1}) - unix_timestamp({0}))", "databricks", "hive")
_spell(_SecondsBetween, "date_diff('second', {0}, {1})", "trino")

_spell(_AddSeconds, "({0} + CAST({1} AS INTEGER) * INTERVAL '1 second')")
_spell(_AddSeconds, "DATEADD(second, {1}, {0})", "snowflake", "redshift")
_spell(_AddSeconds, "TIMESTAMP_ADD({0}, INTERVAL {1} SECOND)", "bigquery")
_spell(_AddSeconds, "timestampadd(SECOND, {1}, {0})", "databricks", "hive")
_spell(_AddSeconds, "date_add('second', {1}, {0})", "trino")

_spell(_AddDays, "(CAST({0} AS DATE) + CAST({1} AS INTEGER))")
_spell(_AddDays, "CAST(DATEADD(day, {1}, {0}) AS DATE)", "snowflake", "redshift")
_spell(_AddDays, "DATE_ADD({0}, INTERVAL {1} DAY)", "bigquery")
_spell(_AddDays, "date_add({0}, {1})", "databricks", "hive")
_spell(_AddDays, "date_add('day', {1}, {0})", "trino")

_spell(_AddMonths, "CAST(({0} + CAST({1} AS INTEGER) * INTERVAL '1 month') AS DATE)")
_spell(_AddMonths, "CAST(DATEADD(month, {1}, {0}) AS DATE)", "snowflake", "redshift")
_spell(_AddMonths, "DATE_ADD({0}, INTERVAL {1} MONTH)", "bigquery")
_spell(_AddMonths, "add_months({0}, {1})", "databricks", "hive")
_spell(_AddMonths, "date_add('month', {1}, {0})", "trino")

_spell(_CountReached, "width_bucket({0}, {1})")
_spell(_CountReached, "ARRAY_SIZE(FILTER({1}, border -> border <= {0}))", "snowflake")
_spell(_CountReached, "(SELECT COUNTIF(border <= {0}) FROM UNNEST({1}) AS border)", "bigquery")
_spell(_CountReached, "size(filter({1}, border -> border <= {0}))", "databricks", "hive")
_spell(_CountReached, "cardinality(filter({1}, border -> border <= {0}))", "trino")
