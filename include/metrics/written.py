"""What is computed, as states: values as of one after the other that are the same are one.

As-ofs of one period that are written together, and between which nobody else's lie, are a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from include.metrics.wanted import TEMPORARY, TEMPORARY_TABLES, analyze
from include.tables.base import END_OF_TIME, count, day, instant, text
from include.tables.metrics import computed_period, value_state

PERIOD = ("grain", "period_start_date")
KEY = (*PERIOD, "slice_id", "slice_value")
TIME = ("as_of_at", "until_as_of_at")
CONTENT = tuple(
    column.name for column in value_state.c if column.name not in ("metric_id", *KEY, *TIME)
)
COLUMNS = (*KEY, *TIME, *CONTENT)
END_AT = datetime.fromisoformat(END_OF_TIME)
END = sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))


def copied(name: str, columns: Sequence[str], instants: Sequence[str] = ()) -> sa.Table:
    """A temporary table with columns of value_state, and some instants."""
    own = [sa.Column(each, value_state.c[each].type) for each in columns]
    own += [sa.Column(each, sa.DateTime(timezone=True)) for each in instants]
    return sa.Table(name, TEMPORARY_TABLES, *own, **TEMPORARY)


# The values of the as-ofs that are written, each from the first to the last as-of of which it was
# computed as one; empty when a transaction begins.
computed = copied("computed", (*KEY, "as_of_at", *CONTENT), ("last_as_of_at",))
computed.append_column(count("as_of_count", "How many as-ofs these are."))
# What metric and period do not say already.
_CHANGING = tuple(name for name in CONTENT if name not in ("period_end_date", "period_id", "unit"))
# The same as states.
_folded = copied("folded", COLUMNS)
span = sa.Table(
    "span",
    TEMPORARY_TABLES,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    instant("as_of_at", "An as-of that is written,"),
    instant("until_as_of_at", "and the next of the period, whoever writes that."),
    count("run_number", "Which of the period's runs it is in."),
    instant("run_at", "The first as-of of the run,"),
    instant("run_until_at", "and the next after its last."),
    **TEMPORARY,
)


def fill_spans(connection: sa.Connection, metric_id: str, as_of_ats: Sequence[datetime]) -> None:
    """The as-ofs that are written, with the next of each period, in runs."""
    found = computed_period.c
    period = [found[name] for name in PERIOD]
    is_own = found.as_of_at.in_(as_of_ats)
    in_order: dict[str, Any] = {"partition_by": period, "order_by": found.as_of_at}
    each = (
        sa.select(
            *period,
            found.as_of_at,
            sa.func.coalesce(sa.func.lead(found.as_of_at).over(**in_order), END).label(
                "until_as_of_at"
            ),
            is_own.label("is_own"),
            sa.func.coalesce(sa.func.lag(is_own).over(**in_order), sa.false()).label("follows_own"),
        )
        .where(found.metric_id == metric_id, found.as_of_at >= min(as_of_ats))
        .subquery("each")
    )
    own = (
        sa.select(
            each,
            sa.func.sum(sa.case((each.c.follows_own, 0), else_=1))
            .over(partition_by=[each.c[name] for name in PERIOD], order_by=each.c.as_of_at)
            .label("run_number"),
        )
        .where(each.c.is_own)
        .subquery("own")
    )
    run = [own.c[name] for name in (*PERIOD, "run_number")]
    connection.execute(
        span.insert().from_select(
            [column.name for column in span.c],
            sa.select(
                *(own.c[name] for name in (*PERIOD, *TIME, "run_number")),
                sa.func.min(own.c.as_of_at).over(partition_by=run),
                sa.func.max(own.c.until_as_of_at).over(partition_by=run),
            ),
        )
    )
    analyze(connection, span)


def as_states(connection: sa.Connection, as_of_ats: Sequence[datetime]) -> sa.FromClause:
    """What is computed as states; values as of one after the other that are the same are one."""
    if len(as_of_ats) == 1:
        return _spanned("new")
    # Nothing is known of what is computed, and to merge it with the spans would sort all of it for that.
    connection.exec_driver_sql("set local enable_mergejoin = off")
    connection.execute(_folding())
    connection.exec_driver_sql("set local enable_mergejoin = on")
    analyze(connection, _folded, PERIOD)
    return _folded


@cache
def _spanned(name: str) -> sa.Subquery:
    """What is computed, each until the next as-of of the period."""
    is_its = sa.and_(same(computed, span, PERIOD), computed.c.last_as_of_at == span.c.as_of_at)
    columns = (computed.c[column] for column in COLUMNS if column in computed.c)
    return (
        sa.select(*columns, span.c.until_as_of_at).join_from(computed, span, is_its).subquery(name)
    )


@cache
def _folding() -> sa.Insert:
    """Make states of values as of one after the other."""
    each = _spanned("each")
    by: dict[str, Any] = {"partition_by": [each.c[name] for name in KEY]}
    in_order: dict[str, Any] = {**by, "order_by": each.c.as_of_at}

    def before(name: str) -> sa.ColumnElement[Any]:
        return sa.func.lag(each.c[name]).over(**in_order)

    goes_on = sa.and_(
        before("until_as_of_at") == each.c.as_of_at,
        *(before(name).is_not_distinct_from(each.c[name]) for name in _CHANGING),
    )
    marked = sa.select(
        each,
        sa.func.coalesce(goes_on, sa.false()).label("goes_on"),
        before("until_as_of_at").label("before_until_at"),
        sa.func.max(each.c.until_as_of_at).over(**by).label("last_until_at"),
    ).subquery("marked")
    # A state lasts until the end of the value before the next state of its key.
    until_at = sa.func.lead(marked.c.before_until_at).over(
        partition_by=[marked.c[name] for name in KEY], order_by=marked.c.as_of_at
    )
    return _folded.insert().from_select(
        [*KEY, *CONTENT, *TIME],
        sa.select(
            *(marked.c[name] for name in (*KEY, *CONTENT, "as_of_at")),
            sa.func.coalesce(until_at, marked.c.last_until_at),
        ).where(sa.not_(marked.c.goes_on)),
    )


def same(one: Any, other: Any, names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the named columns are equal."""
    return sa.and_(*(one.c[name] == other.c[name] for name in names))
