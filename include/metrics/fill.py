"""Write the wanted periods of one metric to the temporary tables its statements read."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import operators, visitors

from include.core.portable import add_days
from include.core.warehouse import copy_rows
from include.metrics.metric import Metric
from include.metrics.periods import AsOf, AsOfs, Period
from include.metrics.plan import Choice, Plan, days_of
from include.metrics.prepared.kept import Kept
from include.metrics.seen import fill_seen
from include.metrics.wanted import (
    MOMENT,
    PERIOD,
    analyze,
    empty,
    wanted_date,
    wanted_day,
    wanted_period,
    wanted_reading,
    wanted_segment,
    wanted_span,
)
from include.tables import facts

# Churn of the periods before is taken over so many of them.
TRAILING_SPANS = 6
_OF_AS_OF = frozenset(
    ("as_of_at", "position", "until_position", "previous_as_of_at", "next_as_of_at")
)
# Status and reason: what the sources allow of a period.
Allowed = tuple[str, str]


def fill_wanted_tables(
    connection: sa.Connection,
    kept: Kept,
    metric: Metric,
    periods: dict[str, list[Period]],
    planned: Plan,
    allowed: Sequence[Allowed],
    as_ofs: AsOfs,
) -> None:
    """Fill the wanted tables, and those the metric has prepared for them, as far as they hold others.

    `allowed` has what the sources allow of each choice.
    """
    fill_seen(connection, kept, metric.slices, as_ofs)
    of_moment = metric.reads_at_moment
    wants = planned.choices, allowed, metric.looks_at_all_members, of_moment
    if not kept.has(wanted_period.name, wants):
        rows = _rows(planned, allowed)
        mark_stretches(rows, of_moment, is_each_alone=metric.looks_at_all_members)
        _put(connection, wanted_period, rows)
    if not planned.choices:
        return
    compared = {part.compared_with for part in metric.summed.values() if part.compared_with}
    of_days = tuple(planned.numbers), tuple(sorted(compared))
    if not kept.has(wanted_day.name, of_days):
        empty(connection, wanted_day)
        _fill_days(connection, compared)
    timings = {part.timing for part in metric.summed.values()}
    if timings & {"period", "cohort"} and not kept.has(wanted_segment.name, of_days):
        empty(connection, wanted_date)
        empty(connection, wanted_segment)
        _fill_segments(connection)
    if timings & {"snapshot", "active"} and not kept.has(wanted_reading.name, planned.wanted):
        empty(connection, wanted_reading)
        _fill_readings(connection)
    tables = [table for table in metric.facts if "rows" in table.info]
    if tables:
        spans = _wanted_spans(metric, periods, planned.choices)
        if not kept.has(wanted_span.name, spans):
            _put(connection, wanted_span, spans)
        wants_of_spans = planned.wanted, frozenset(tuple(span.values()) for span in spans)
        for table in tables:
            kept.fill(table, wants_of_spans, as_ofs)


def _put(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    """Put these rows in the place of those a table holds."""
    empty(connection, table)
    columns = [column.name for column in table.c]
    copy_rows(connection, table.name, columns, ([row[name] for name in columns] for row in rows))
    analyze(connection, table)


def _wanted_spans(
    metric: Metric, periods: dict[str, list[Period]], choices: Sequence[Choice]
) -> list[dict[str, Any]]:
    """Rows of wanted_span: the spans the metric reads, of the periods that have ended."""
    read = spans_read(metric)
    return [
        span
        for choice in choices
        if choice.period.end_at <= choice.as_of.at
        for span in _spans(choice, periods[choice.period.grain])
        if not read or span["span"] in read
    ]


def _fill_days(connection: sa.Connection, compared: Set[str]) -> None:
    """The days of every wanted period, and of those it is compared with."""
    wanted, calendar = wanted_period.c, facts.date.c
    by = [wanted[name] for name in (*PERIOD, "start_date", "end_date")]
    # Any of the grains that have these days: they have those compared with in common as well.
    each = sa.select(*by, sa.func.min(wanted.grain).label("grain")).group_by(*by).subquery("each")
    keys = [each.c[name] for name in PERIOD]
    columns = [*PERIOD, "span", "calendar_date"]

    def within(period: Any) -> sa.ColumnElement[bool]:
        return (calendar.calendar_date >= period.start_date) & (
            calendar.calendar_date < period.end_date
        )

    days = sa.select(*keys, sa.literal("this"), calendar.calendar_date).join_from(
        each, facts.date, within(each.c)
    )
    connection.execute(wanted_day.insert().from_select(columns, days))
    for span in sorted(compared):
        own, base = facts.period.c, facts.period.alias("base")
        connection.execute(
            wanted_day.insert().from_select(
                columns,
                sa.select(*keys, sa.literal(span), calendar.calendar_date)
                .join_from(
                    each,
                    facts.period,
                    (own.grain == each.c.grain) & (own.start_date == each.c.start_date),
                )
                .join(
                    base,
                    (base.c.grain == each.c.grain)
                    & (base.c.start_date == own[f"{span}_start_date"]),
                )
                .join(facts.date, within(base.c)),
            )
        )
    analyze(connection, wanted_day)


def _fill_segments(connection: sa.Connection) -> None:
    """Put days together that are in the same periods: a day's run wants few periods, of many days."""
    days = wanted_day.c
    ends = (
        sa.select(
            sa.func.min(days.calendar_date).label("first_date"),
            add_days(sa.func.max(days.calendar_date), 1).label("after_date"),
        )
        .group_by(*(days[name] for name in PERIOD), days.span)
        .subquery("ends")
    )
    border = sa.union(
        sa.select(ends.c.first_date.label("border_date")), sa.select(ends.c.after_date)
    ).subquery("border")
    each = sa.select(days.calendar_date).distinct().subquery("each")
    segment_date = sa.func.max(border.c.border_date).over(order_by=each.c.calendar_date)
    segments = sa.select(each.c.calendar_date, segment_date).select_from(
        each.outerjoin(border, border.c.border_date == each.c.calendar_date)
    )
    connection.execute(
        wanted_date.insert().from_select(["calendar_date", "segment_date"], segments)
    )
    analyze(connection, wanted_date)
    keys = [days[name] for name in (*PERIOD, "span")]
    of_periods = (
        sa.select(*keys, wanted_date.c.segment_date)
        .join_from(wanted_day, wanted_date, wanted_date.c.calendar_date == days.calendar_date)
        .distinct()
    )
    connection.execute(
        wanted_segment.insert().from_select([*PERIOD, "span", "segment_date"], of_periods)
    )
    analyze(connection, wanted_segment)


def _fill_readings(connection: sa.Connection) -> None:
    """The day on which what changes on each day is first seen; none after the last one wanted."""
    calendar, wanted = facts.date.c, wanted_period.c
    last = sa.select(wanted.last_date).distinct().subquery("last")
    newest = sa.select(sa.func.max(wanted.last_date)).scalar_subquery()
    read_date = sa.func.min(last.c.last_date).over(order_by=calendar.calendar_date.desc())
    readings = (
        sa.select(calendar.calendar_date, read_date)
        .select_from(facts.date.outerjoin(last, last.c.last_date == calendar.calendar_date))
        .where(calendar.calendar_date <= newest)
    )
    connection.execute(
        wanted_reading.insert().from_select(["calendar_date", "read_date"], readings)
    )
    analyze(connection, wanted_reading)


def spans_read(metric: Metric) -> frozenset[str]:
    """The spans its expressions ask for by name; none when some ask in another way, or not at all.

    Customers at both ends of a span are most of what such a metric costs, and one span is read of
    the eight there are.
    """
    named: set[str] = set()
    for part in metric.summed.values():
        span = part.fact.c.get("span")
        if span is None:
            continue
        clauses = [
            clause
            for expression in (part.measure, part.where)
            if expression is not None
            for clause in visitors.iterate(expression)
        ]
        equalities = [
            clause.right
            for clause in clauses
            if isinstance(clause, sa.BinaryExpression)
            and clause.operator is operators.eq
            and clause.left is span
            and isinstance(clause.right, sa.BindParameter)
        ]
        if not equalities or len(equalities) < sum(clause is span for clause in clauses):
            return frozenset()
        named |= {str(bound.value) for bound in equalities}
    return frozenset(named)


def _spans(choice: Choice, same_grain: Sequence[Period]) -> list[dict[str, Any]]:
    """Rows of wanted_span of one period that has ended."""
    period, as_of = choice.period, choice.as_of
    by_start = {each.start_date: each for each in same_grain}

    def row(span: str, position: int, from_date: Any, to_date: Any) -> dict[str, Any]:
        return {
            "as_of_at": as_of.at,
            "grain": period.grain,
            "start_date": period.start_date,
            "span": span,
            "position": position,
            "from_date": from_date,
            "to_date": to_date,
        }

    rows = [row("period", 1, period.start_date, period.end_date)]
    year_ago = by_start.get(period.year_ago_start_date)
    if year_ago is not None:
        rows.append(row("year", 1, year_ago.end_date, period.end_date))
    earlier = by_start.get(period.previous_start_date)
    for position in range(1, TRAILING_SPANS + 1):
        if earlier is None:
            break
        rows.append(row("six", position, earlier.start_date, earlier.end_date))
        earlier = by_start.get(earlier.previous_start_date)
    return rows


def mark_stretches(
    rows: Sequence[dict[str, Any]], of_moment: bool, is_each_alone: bool = False
) -> None:
    """Give the first row of each stretch its last position, and the others none.

    A stretch is broken by an as-of that does not want the period, and by one in between that is not
    computed now; where sums are read `of_moment`, by another moment, which a period that runs has as of
    each. Where members depend on each other, every as-of stands alone.
    """
    own = _OF_AS_OF if of_moment else _OF_AS_OF | MOMENT

    def of_period(row: dict[str, Any]) -> tuple[str, date]:
        return row["grain"], row["start_date"]

    for _, each in groupby(sorted(rows, key=of_period), key=of_period):
        first: dict[str, Any] | None = None
        before: dict[str, Any] | None = None
        for row in sorted(each, key=lambda row: row["position"]):
            if first is None or before is None or is_each_alone or not _goes_on(before, row, own):
                first = row
            first["until_position"] = row["position"]
            before = row


def _goes_on(before: dict[str, Any], row: dict[str, Any], own: Set[str]) -> bool:
    """Whether nothing about a period changes from one as-of to another but its `own` columns."""
    return (
        row["position"] == before["position"] + 1
        and before["next_as_of_at"] is None
        and all(before[name] == row[name] for name in row.keys() - own)
    )


def _rows(planned: Plan, allowed: Sequence[Allowed]) -> list[dict[str, Any]]:
    """Rows of wanted_period, without stretches."""
    of_moments: dict[tuple[date, AsOf], dict[str, Any]] = {}
    rows = []
    for choice, (status, reason) in zip(planned.choices, allowed, strict=True):
        period, as_of = choice.period, choice.as_of
        # As-ofs after its end have all that in common.
        moment = AsOf(min(period.end_at, as_of.at), as_of.zone)
        key = period.start_date, moment
        if key not in of_moments:
            of_moments[key] = _of_moment(period, moment)
        rows.append(
            {
                "as_of_at": as_of.at,
                "grain": period.grain,
                "start_date": period.start_date,
                "position": choice.position,
                "until_position": None,
                "period_number": planned.numbers[days_of(period)],
                "end_date": period.end_date,
                "period_id": period.period_id,
                "is_complete": period.end_at <= as_of.at,
                "end_at": period.end_at,
                **of_moments[key],
                "source_status": status,
                "source_reason": reason,
                "previous_as_of_at": choice.previous_as_of_at,
                "next_as_of_at": choice.next_as_of_at,
            }
        )
    return rows


def _of_moment(period: Period, moment: AsOf) -> dict[str, Any]:
    """Columns of wanted_period that a period's first day and its moment say."""
    # Arithmetic on a local time keeps the time of day when the clocks change in between.
    week_before = (moment.at.astimezone(moment.zone) - timedelta(days=7)).astimezone(UTC)
    start = datetime.combine(period.start_date, datetime.min.time(), moment.zone)
    return {
        "start_at": start.astimezone(UTC),
        "moment_at": moment.at,
        "last_date": moment.last_date,
        "week_before_at": week_before,
        "week_before_date": week_before.astimezone(moment.zone).date(),
    }
