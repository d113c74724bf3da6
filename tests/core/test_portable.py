"""Portable SQL: what it computes on PostgreSQL, and how the other engines would be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

from include.core.portable import (
    add_days,
    add_months,
    add_seconds,
    count_reached,
    days_between,
    earlier_of,
    folded,
    later_of,
    local_date,
    midnight,
    months_between,
    safe_divide,
    seconds_between,
)
from include.core.strict import folded_text

NEW_YORK = "America/New_York"


def instant(text: str) -> sa.ColumnElement[Any]:
    return sa.literal(datetime.fromisoformat(text).replace(tzinfo=UTC))


def day(text: str) -> sa.ColumnElement[Any]:
    return sa.cast(sa.literal(date.fromisoformat(text)), sa.Date)


def value(engine: sa.Engine, expression: sa.ColumnElement[Any]) -> Any:
    with engine.connect() as connection:
        return connection.scalar(sa.select(expression))


def test_the_local_date_of_an_instant_is_the_day_before_west_of_greenwich(warehouse):
    # 03:30 UTC is 23:30 of the day before at UTC-4 (summer), and 22:30 at UTC-5 (winter).
    assert value(warehouse, local_date(instant("2026-07-02T03:30"), NEW_YORK)) == date(2026, 7, 1)
    assert value(warehouse, local_date(instant("2026-07-02T04:00"), NEW_YORK)) == date(2026, 7, 2)
    # 04:30 UTC is a day on in summer (00:30) and the day before in winter (23:30).
    assert value(warehouse, local_date(instant("2026-07-02T04:30"), NEW_YORK)) == date(2026, 7, 2)
    assert value(warehouse, local_date(instant("2026-01-02T04:30"), NEW_YORK)) == date(2026, 1, 1)


def test_midnight_follows_the_clock_change(warehouse):
    # New York leaves UTC-5 for UTC-4 at 02:00 on 8 March 2026: that day still begins at 05:00 UTC.
    assert value(warehouse, midnight(day("2026-03-08"), NEW_YORK)) == datetime(
        2026, 3, 8, 5, tzinfo=UTC
    )
    assert value(warehouse, midnight(day("2026-03-09"), NEW_YORK)) == datetime(
        2026, 3, 9, 4, tzinfo=UTC
    )


def test_a_zone_may_stand_in_select_and_group_by(warehouse):
    at = sa.values(sa.column("at", sa.DateTime(timezone=True)), name="instants").data(
        [
            (datetime(2026, 7, 2, 3, tzinfo=UTC),),
            (datetime(2026, 7, 2, 5, tzinfo=UTC),),
            (datetime(2026, 7, 2, 6, tzinfo=UTC),),
        ]
    )
    on = local_date(at.c.at, NEW_YORK)
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(on, sa.func.count()).group_by(on).order_by(on)).all()
    assert rows == [(date(2026, 7, 1), 1), (date(2026, 7, 2), 2)]


def test_differences_run_from_the_first_argument_to_the_second(warehouse):
    # January has 31 days: 10 January to 11 March 2026 is 21 + 28 + 11 = 60.
    assert value(warehouse, days_between(day("2026-01-10"), day("2026-03-11"))) == 60
    assert value(warehouse, days_between(day("2026-03-20"), day("2026-03-10"))) == -10
    # 1 day and 90.5 seconds = 86 400 + 90, rounded down.
    assert (
        value(
            warehouse,
            seconds_between(instant("2026-03-01T00:00:00"), instant("2026-03-02T00:01:30.5")),
        )
        == 86_490
    )


def test_days_are_added_across_a_month(warehouse):
    assert value(warehouse, add_days(day("2026-02-27"), 2)) == date(2026, 3, 1)
    assert value(warehouse, add_days(day("2026-03-01"), sa.literal(-1))) == date(2026, 2, 28)


def test_seconds_are_added_across_midnight(warehouse):
    found = value(warehouse, add_seconds(instant("2026-02-28T23:59:59.5"), 86_401))
    assert found == datetime(2026, 3, 2, 0, 0, 0, 500_000, tzinfo=UTC)


def test_a_zero_or_missing_divisor_gives_null(warehouse):
    one, four = sa.literal(1), sa.literal(4)
    assert value(warehouse, safe_divide(one, four)) == 0.25
    assert value(warehouse, safe_divide(one, sa.literal(0))) is None
    assert value(warehouse, safe_divide(one, sa.null())) is None


@pytest.mark.parametrize(
    ("first", "second", "least", "greatest"), [(1, 2, 1, 2), (2, 1, 1, 2), (None, 2, 2, 2)]
)
def test_the_lesser_and_greater_ignore_null(warehouse, first, second, least, greatest):
    a, b = sa.literal(first, sa.Integer), sa.literal(second, sa.Integer)
    assert value(warehouse, earlier_of(a, b)) == least
    assert value(warehouse, earlier_of(b, a)) == least
    assert value(warehouse, later_of(a, b)) == greatest
    assert value(warehouse, later_of(b, a)) == greatest


def test_months_are_added_by_the_calendar(warehouse):
    assert value(warehouse, add_months(day("2026-03-01"), 1)) == date(2026, 4, 1)
    assert value(warehouse, add_months(day("2026-01-31"), 1)) == date(2026, 2, 28)
    assert value(warehouse, add_months(day("2026-03-15"), -12)) == date(2025, 3, 15)


def test_whole_months_are_whole_and_odd_days_are_parts(warehouse):
    assert value(warehouse, months_between(day("2026-01-15"), day("2027-01-15"))) == 12
    assert value(warehouse, months_between(day("2026-12-01"), day("2027-01-01"))) == 1
    assert value(warehouse, months_between(day("2026-03-01"), day("2025-12-01"))) == -3
    # 1 January to 16 February: a month and 15 days of 30.4375, 1.4928.
    found = value(warehouse, months_between(day("2026-01-01"), day("2026-02-16")))
    assert round(found, 4) == Decimal("1.4928")


def test_borders_are_counted_that_a_value_is_not_before(warehouse):
    noons = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 5)]
    borders = sa.literal(noons, sa.ARRAY(sa.DateTime(timezone=True)))

    def reached(text: str) -> Any:
        return value(warehouse, count_reached(instant(text), borders))

    counts = [
        reached("2026-03-01T11:59:59.999999"),
        reached("2026-03-01T12:00"),
        reached("2026-03-04"),
    ]
    assert counts == [0, 1, 2]
    # The end of time, which stands for "until now".
    assert reached("9999-12-31") == 3
    nothing = sa.cast(sa.null(), sa.DateTime(timezone=True))
    assert value(warehouse, count_reached(nothing, borders)) is None


def test_folding_leaves_nothing_of_blank_text(warehouse):
    assert value(warehouse, folded(sa.literal(" A@X "))) == "a@x"
    assert value(warehouse, folded(sa.literal("  "))) is None


def test_words_of_the_configuration_are_folded_as_those_of_the_crms_are(warehouse):
    """Every letter that has a small one; Python by itself makes two of an İ, and another of a last Σ."""
    letters = [letter for letter in map(chr, range(0xD800)) if letter.lower() != letter]
    words = ["İptal", "ΣΥΝΕΡΓΆΤΗΣ", " ÉVÉNEMENT ", "ПАРТНЁР", *letters]
    word = sa.func.unnest(sa.literal(words, sa.ARRAY(sa.Text))).column_valued("word")
    with warehouse.connect() as connection:
        found = dict(connection.execute(sa.select(word, folded(word))).all())
    assert found["İptal"] == "iptal"
    assert {each: folded_text(each) for each in words} == found


def spelt(dialect_name: str, expression: sa.ColumnElement[Any]) -> str:
    dialect = DefaultDialect()
    dialect.name = dialect_name
    return str(expression.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


COLUMN = SimpleNamespace(a=sa.column("a"), b=sa.column("b"))


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("snowflake", "CAST(CONVERT_TIMEZONE('UTC', a) AS DATE)"),
        ("bigquery", "DATE(a, 'UTC')"),
        ("databricks", "CAST(from_utc_timestamp(a, 'UTC') AS DATE)"),
        ("hive", "CAST(from_utc_timestamp(a, 'UTC') AS DATE)"),
        ("trino", "CAST((a AT TIME ZONE 'UTC') AS DATE)"),
        ("redshift", "CAST((a AT TIME ZONE 'UTC') AS DATE)"),
    ],
)
def test_other_engines_are_asked_for_the_local_date_in_their_words(dialect, expected):
    assert spelt(dialect, local_date(COLUMN.a, "UTC")) == expected


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        ("snowflake", "DATEDIFF(day, a, b)"),
        ("redshift", "DATEDIFF(day, a, b)"),
        ("bigquery", "DATE_DIFF(CAST(b AS DATE), CAST(a AS DATE), DAY)"),
        ("databricks", "datediff(b, a)"),
        ("trino", "date_diff('day', CAST(a AS DATE), CAST(b AS DATE))"),
    ],
)
def test_other_engines_count_days_from_a_to_b(dialect, expected):
    assert spelt(dialect, days_between(COLUMN.a, COLUMN.b)) == expected


@pytest.mark.parametrize("dialect", ["snowflake", "redshift", "bigquery", "databricks", "trino"])
def test_every_construct_has_a_spelling_of_its_own_where_the_default_is_not_understood(dialect):
    default = "postgresql"
    if dialect != "redshift":
        # It has no arrays, and is not one a statement of several as-ofs can run on.
        reached = count_reached(COLUMN.a, COLUMN.b)
        assert spelt(dialect, reached) != spelt(default, reached)
    for expression in (
        seconds_between(COLUMN.a, COLUMN.b),
        add_seconds(COLUMN.a, 1),
        add_days(COLUMN.a, 1),
        add_months(COLUMN.a, 1),
    ):
        assert spelt(dialect, expression) != spelt(default, expression)
