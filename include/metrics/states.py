"""Values kept as states: one row for all as-ofs of which a value is the same.

Nearly every value of a day is that of the day before, and a row for each would fill any disk. A state
is the value of every as-of from its first one until before another, as far as its period was computed
as of them, which metrics.computed_period says. Two states that follow each other differ.

What stood in the time of a run of as-ofs (written.py) is cut out of the states there are, and the new
states are put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of
from include.metrics.plan import PeriodKey
from include.metrics.wanted import TEMPORARY, TEMPORARY_TABLES
from include.metrics.written import (
    COLUMNS,
    CONTENT,
    END,
    END_AT,
    KEY,
    PERIOD,
    TIME,
    as_states,
    copied,
    fill_spans,
    same,
    span,
)
from include.tables.base import day, instant, text
from include.tables.metrics import computed_period, value_state

# Statements are made once: to make them for each metric took longer than to carry them out.
_OF_METRIC = sa.bindparam("of_metric_id", type_=sa.Text)


# States in the time of a run; those that are not what is written there, and what is written and was not.
_stood, _cut = (copied(name, COLUMNS, ("run_at", "run_until_at")) for name in ("stood", "cut"))
_added = copied("added", COLUMNS)
_merged = copied("merged", (*KEY, *TIME))
_RUNS = sa.select(sa.func.max(span.c.run_number), sa.func.min(span.c.run_until_at))
_removed = sa.Table(
    "removed",
    TEMPORARY_TABLES,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    instant("next_at", "The next as-of of the period."),
    **TEMPORARY,
)


def wait_for_other_runs(connection: sa.Connection, metric_id: str) -> None:
    """Let one run at a time work on a metric: what an as-of fills depends on the as-ofs there are."""
    key = sa.func.hashtext(f"metric_value.{metric_id}")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def keep(connection: sa.Connection, metric_id: str, as_of_ats: Sequence[datetime]) -> None:
    """Put what is computed in the place of what the metric had as of these instants.

    Of the periods that computed_period has as of them.
    """
    own = {"of_metric_id": metric_id}
    with found_by_index(connection):
        fill_spans(connection, metric_id, as_of_ats)
    new = as_states(connection, as_of_ats)
    if connection.scalar(_any_state(), own) is None:
        # Most that is ever written at once: all history, of which nothing is there yet.
        connection.execute(_inserted(new), own)
        return
    # Nearly always one: there are more where others' as-ofs lie between these.
    runs, until_at = connection.execute(_RUNS).one()
    for number in range(1, (runs or 0) + 1):
        if number > 1:
            for table in (_stood, _cut, _added):
                connection.execute(table.delete())
        borders = ("run_at",) if until_at == END_AT else ("run_at", "run_until_at")
        _keep_run(connection, own | {"of_run_number": number}, new, borders)


def remove(
    connection: sa.Connection,
    metric_id: str,
    periods: Sequence[tuple[PeriodKey, datetime]],
) -> None:
    """Take these periods out as of the instants given; other as-ofs keep the values they have."""
    with found_by_index(connection):
        for at in sorted({at for _, at in periods}):
            keys = [key for key, removed_at in periods if removed_at == at]
            _remove(connection, metric_id, keys, at)


@cache
def _any_state() -> sa.Select[Any]:
    """Any state of the metric.

    In order, for the planner to look where the key says: it cannot know what has just been put in, and
    went through the whole table for each metric that has none.
    """
    key = [value_state.c[name] for name in ("metric_id", *KEY)]
    return sa.select(value_state.c.metric_id).where(key[0] == _OF_METRIC).order_by(*key).limit(1)


@cache
def _inserted(states: sa.FromClause) -> sa.Insert:
    """Put states in."""
    rows = sa.select(_OF_METRIC, *(states.c[name] for name in COLUMNS))
    return value_state.insert().from_select(["metric_id", *COLUMNS], rows)


@cache
def _run() -> sa.Subquery:
    """Each period's run of a number."""
    spans = span.c
    return (
        sa.select(*(spans[name] for name in (*PERIOD, "run_at", "run_until_at")))
        .where(spans.run_number == sa.bindparam("of_run_number"))
        .distinct()
        .subquery("run")
    )


@cache
def _standing() -> sa.Select[Any]:
    """The states in the time of a run."""
    state, run = value_state, _run()
    stands = sa.and_(
        state.c.metric_id == _OF_METRIC,
        same(state, run, PERIOD),
        state.c.as_of_at < run.c.run_until_at,
        state.c.until_as_of_at > run.c.run_at,
    )
    columns = (state.c[name] for name in COLUMNS)
    return sa.select(*columns, run.c.run_at, run.c.run_until_at).join_from(run, state, stands)


@cache
def _changes(new: sa.FromClause) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """Of what stood what is not written there again, and of what is written what did not stand."""
    stood, run = _stood, _run()
    is_there_again = sa.and_(
        same(new, stood, KEY),
        new.c.as_of_at == later_of(stood.c.as_of_at, stood.c.run_at),
        new.c.until_as_of_at == earlier_of(stood.c.until_as_of_at, stood.c.run_until_at),
        _alike(new, stood),
    )
    within = sa.and_(
        same(new, run, PERIOD),
        new.c.as_of_at >= run.c.run_at,
        new.c.as_of_at < run.c.run_until_at,
    )
    cut = sa.select(stood).select_from(stood.outerjoin(new, is_there_again))
    added = sa.select(*(new.c[name] for name in COLUMNS)).select_from(
        new.join(run, within).outerjoin(stood, is_there_again)
    )
    return cut.where(new.c.grain.is_(None)), added.where(stood.c.grain.is_(None))


def _keep_run(
    connection: sa.Connection, own: dict[str, Any], new: sa.FromClause, borders: Sequence[str]
) -> None:
    """Put the new states of each period's run in the place of what stood there.

    `own` are the metric and the number of the run, `borders` those other states may meet it at. Nearly
    all of what stood is written there again, and stays as it is.
    """
    with found_by_index(connection):
        _fill(connection, _stood, _standing(), own)
    cut, added = _changes(new)
    changed = _fill(connection, _cut, cut, own) + _fill(connection, _added, added, own)
    if changed:
        with found_by_index(connection):
            for statement in (*_clearing(), _inserted(_added)):
                connection.execute(statement, own)
            for border in borders:
                _merge(connection, own, _run(), border)


@cache
def _clearing() -> tuple[sa.Executable, ...]:
    """Take the time of the run out of the states that are not written there again."""
    state = value_state
    is_cut = sa.and_(state.c.metric_id == _OF_METRIC, same(state, _cut, (*KEY, "as_of_at")))
    goes_on = sa.select(
        _OF_METRIC,
        *(_cut.c[name] for name in KEY),
        _cut.c.run_until_at,
        _cut.c.until_as_of_at,
        *(_cut.c[name] for name in CONTENT),
    ).where(_cut.c.until_as_of_at > _cut.c.run_until_at)
    return (
        state.insert().from_select(["metric_id", *COLUMNS], goes_on),
        state.update()
        .where(is_cut, _cut.c.as_of_at < _cut.c.run_at)
        .values(until_as_of_at=_cut.c.run_at),
        state.delete().where(is_cut, _cut.c.as_of_at >= _cut.c.run_at),
    )


def _fill(
    connection: sa.Connection, table: sa.Table, rows: sa.Select[Any], own: dict[str, Any]
) -> int:
    """Fill an empty temporary table; rows.

    The planner goes by the pages it has: none of the statements on it needs to know more.
    """
    return connection.execute(
        _put_into(table, rows), own, execution_options={"preserve_rowcount": True}
    ).rowcount


@cache
def _put_into(table: sa.Table, rows: sa.Select[Any]) -> sa.Insert:
    """Put rows into a table that has their columns."""
    return table.insert().from_select([column.name for column in table.c], rows)


def _merge(
    connection: sa.Connection, own: dict[str, Any], periods: sa.FromClause, border: str
) -> None:
    """Make one state of two that meet at an instant of each period and are alike."""
    connection.execute(_merged.delete())
    if not _fill(connection, _merged, _meeting(periods, border), own):
        return
    is_merged = sa.and_(value_state.c.metric_id == _OF_METRIC, same(value_state, _merged, KEY))
    connection.execute(
        value_state.delete().where(
            is_merged,
            value_state.c.as_of_at > _merged.c.as_of_at,
            value_state.c.until_as_of_at == _merged.c.until_as_of_at,
        ),
        own,
    )
    connection.execute(
        value_state.update()
        .where(is_merged, value_state.c.as_of_at == _merged.c.as_of_at)
        .values(until_as_of_at=_merged.c.until_as_of_at),
        own,
    )


@cache
def _meeting(periods: sa.FromClause, border: str) -> sa.Select[Any]:
    """Pairs of states that meet at a border of their period and are alike, each as one."""
    before, after, border_at = (
        value_state.alias("before"),
        value_state.alias("after"),
        periods.c[border],
    )
    return sa.select(
        *(before.c[name] for name in KEY), before.c.as_of_at, after.c.until_as_of_at
    ).select_from(
        periods.join(
            before,
            sa.and_(
                before.c.metric_id == _OF_METRIC,
                same(before, periods, PERIOD),
                before.c.until_as_of_at == border_at,
            ),
        ).join(
            after,
            sa.and_(
                after.c.metric_id == _OF_METRIC,
                same(after, before, KEY),
                after.c.as_of_at == border_at,
                _alike(after, before),
            ),
        )
    )


def _remove(
    connection: sa.Connection, metric_id: str, keys: Sequence[PeriodKey], at: datetime
) -> None:
    """Take periods out as of one instant: states there begin and end at the next as-of instead."""
    found, state = computed_period, value_state
    connection.execute(_removed.delete())
    connection.execute(
        _removed.insert(), [{"grain": grain, "period_start_date": start} for grain, start in keys]
    )
    of_period = sa.and_(found.c.metric_id == metric_id, same(found, _removed, PERIOD))
    next_at = (
        sa.select(sa.func.min(found.c.as_of_at))
        .where(of_period, found.c.as_of_at > at)
        .scalar_subquery()
    )
    connection.execute(_removed.update().values(next_at=sa.func.coalesce(next_at, END)))
    connection.execute(found.delete().where(of_period, found.c.as_of_at == at))
    own = sa.and_(state.c.metric_id == metric_id, same(state, _removed, PERIOD))
    begins, next_of = sa.and_(own, state.c.as_of_at == at), _removed.c.next_at
    connection.execute(state.delete().where(begins, state.c.until_as_of_at <= next_of))
    connection.execute(state.update().where(begins).values(as_of_at=next_of))
    connection.execute(
        state.update().where(own, state.c.until_as_of_at == at).values(until_as_of_at=next_of)
    )
    _merge(connection, {"of_metric_id": metric_id}, _removed, "next_at")


def _alike(one: Any, other: Any) -> sa.ColumnElement[bool]:
    """Whether two states say the same."""
    return sa.and_(*(one.c[name].is_not_distinct_from(other.c[name]) for name in CONTENT))


@contextmanager
def found_by_index(connection: sa.Connection) -> Iterator[None]:
    """Go from a few periods to their states by the key, where statements on facts read whole tables."""
    connection.exec_driver_sql("set local enable_nestloop = on")
    yield
    connection.exec_driver_sql("set local enable_nestloop = off")
