"""The temporary tables that name the wanted periods to the warehouse, and what stands at an instant.

They keep what they hold until a metric wants something else; most of a day's want the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.tables.base import count, day, flag, instant, text

TEMPORARY: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "DELETE ROWS"}
# Of those that the next metric may read as well.
KEPT: dict[str, Any] = {"prefixes": ["TEMPORARY"], "postgresql_on_commit": "PRESERVE ROWS"}
KEYS = ("as_of_at", "grain", "start_date")
# A number says what grain and first day say, and sorts and hashes in a fraction of the time.
PERIOD = ("period_number",)
# All that a connection needs, but for the prepared ones.
TEMPORARY_TABLES = sa.MetaData()


def key_columns() -> list[sa.Column[Any]]:
    """What names a wanted period."""
    return [
        instant("as_of_at", "The values are as of this instant.", primary_key=True),
        text("grain", "Grain.", primary_key=True),
        day("start_date", "First day.", primary_key=True),
    ]


wanted_period = sa.Table(
    "wanted_period",
    TEMPORARY_TABLES,
    *key_columns(),
    count("position", "Place of the as-of among those computed together.", nullable=False),
    count(
        "until_position",
        "The last place up to which nothing here changes but the as-of: a stretch. Given in the first "
        "row of it.",
    ),
    count(
        "period_number",
        "The same for all as-ofs, and for all grains that have a period of the same days.",
        nullable=False,
    ),
    day("end_date", "First day after.", nullable=False),
    text("period_id", "Name.", nullable=False),
    flag("is_complete", "Has ended as of then.", nullable=False),
    instant("end_at", "The instant it ends.", nullable=False),
    instant("start_at", "The instant it begins.", nullable=False),
    instant("moment_at", "The period's end, or the as-of if earlier.", nullable=False),
    day("last_date", "Day of the last instant before moment_at.", nullable=False),
    instant("week_before_at", "Same time of day, seven days before moment_at.", nullable=False),
    day("week_before_date", "Its day.", nullable=False),
    text("source_status", "What the sources allow: OK, PARTIAL, or why no value.", nullable=False),
    text("source_reason", "The same in words.", nullable=False),
    instant("previous_as_of_at", "The latest as-of before this one that has values of it."),
    instant("next_as_of_at", "The earliest as-of after this one that has values of it."),
    **KEPT,
)

# What a period that runs has another of as of each as-of.
MOMENT = frozenset(("moment_at", "last_date", "week_before_at", "week_before_date"))
# What is the same for all as-ofs that have the period's moment in common.
OF_MOMENT = MOMENT | {
    *("start_date", "period_number", "end_date", "start_at", "end_at", "is_complete")
}

wanted_day = sa.Table(
    "wanted_day",
    TEMPORARY_TABLES,
    count("period_number", "The period, as in wanted_period.", primary_key=True),
    text("span", "this period, or the one it is compared with.", primary_key=True),
    day("calendar_date", "A day of it.", primary_key=True),
    **KEPT,
)

wanted_date = sa.Table(
    "wanted_date",
    TEMPORARY_TABLES,
    day("calendar_date", "A day of any wanted period, or of one compared with.", primary_key=True),
    day(
        "segment_date",
        "First day of its segment: days that are in the same periods without a break.",
        nullable=False,
    ),
    **KEPT,
)

wanted_segment = sa.Table(
    "wanted_segment",
    TEMPORARY_TABLES,
    count("period_number", "The period, as in wanted_period.", primary_key=True),
    text("span", "As in wanted_day.", primary_key=True),
    day("segment_date", "A segment of it, as in wanted_date.", primary_key=True),
    **KEPT,
)

wanted_reading = sa.Table(
    "wanted_reading",
    TEMPORARY_TABLES,
    day("calendar_date", "A day.", primary_key=True),
    day(
        "read_date",
        "The first last day of a wanted period that is not before it: what changes on the day is "
        "first seen then.",
        nullable=False,
    ),
    **KEPT,
)

wanted_span = sa.Table(
    "wanted_span",
    TEMPORARY_TABLES,
    *key_columns(),
    text(
        "span",
        "period: from before the period to its end; year: from a year before its end; "
        "six: each of the six periods before it.",
        primary_key=True,
    ),
    count("position", "1, or 1 to 6 backwards in time.", primary_key=True),
    day("from_date", "Sets as they were before this day.", nullable=False),
    day("to_date", "Are compared with those before this day.", nullable=False),
    **KEPT,
)


def create_temporary_tables(connection: sa.Connection) -> None:
    """Create all of them, once for a connection.

    To make a dozen for each metric anew took longer than to fill them, and the server's own tables of
    tables grew.
    """
    for table in TEMPORARY_TABLES.sorted_tables:
        create_temporary(connection, table)


def create_temporary(connection: sa.Connection, table: sa.Table) -> None:
    """Create one. The comments on its columns are for readers of code."""
    connection.execute(sa.schema.CreateTable(table, if_not_exists=True))


def empty(connection: sa.Connection, table: sa.Table) -> None:
    """Take every row out of a temporary table."""
    connection.exec_driver_sql(f'truncate pg_temp."{table.name}"')


def analyze(connection: sa.Connection, table: sa.Table, columns: Sequence[str] = ()) -> None:
    """Tell the planner how much is in a temporary table: nothing else ever does.

    Of many columns those it is joined by are enough, and take a fraction of the time.
    """
    named = f" ({', '.join(columns)})" if columns else ""
    connection.exec_driver_sql(f'analyze "{table.name}"{named}')


def as_instant(text: str) -> sa.ColumnElement[Any]:
    """An instant written as text."""
    return sa.cast(sa.literal(text), sa.DateTime(timezone=True))


def stands_at(fact: sa.FromClause, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a state is the one that stood just before an instant.

    The instant itself is left out, as in every window: what changes at midnight belongs to the day
    that begins, and a run that has read up to an instant knows nothing of that instant.
    """
    return sa.and_(fact.c.valid_from_at < moment, fact.c.valid_to_at >= moment)


def of_wanted(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a row is of a wanted period, and of its as-of."""
    return sa.and_(*(table.c[name] == wanted_period.c[name] for name in KEYS))


def periods(*names: str) -> sa.Select[Any]:
    """One row per wanted period: its number, and columns of wanted_period that all as-ofs have in common."""
    return sa.select(*(wanted_period.c[name] for name in (*PERIOD, *names))).distinct()


def is_on_day(date: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a date is a day of a row of wanted_day, of the wanted period itself."""
    return sa.and_(wanted_day.c.calendar_date == date, wanted_day.c.span == "this")


def of_period() -> sa.ColumnElement[bool]:
    """Whether a row of wanted_day is of a wanted period, whatever its as-of."""
    return sa.and_(*(wanted_day.c[name] == wanted_period.c[name] for name in PERIOD))
