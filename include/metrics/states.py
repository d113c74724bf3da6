"""Values kept as states: one row for all as-ofs of which a value is the same.

Nearly every value of a day is that of the day before, and a row for each would fill any disk. A state
is the value of every as-of from its first one until before another, as far as its period was computed
as of them, which metrics.computed_period says. Two states that follow each other differ.

As-ofs of one period that are written together, and between which nobody else's lie, are a run. What
stood in the time of a run is cut out of the states there are, and the new states are put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, later_of
from include.metrics.plan import PeriodKey
from include.metrics.wanted import TEMPORARY, analyze, create_temporary
from include.tables.base import END_OF_TIME, count, day, instant, text
from include.tables.metrics import computed_period, value_state

PERIOD = ("grain", "period_start_date")
KEY = (*PERIOD, "slice_id", "slice_value")
_TIME = ("as_of_at", "until_as_of_at")
CONTENT = tuple(
    column.name for column in value_state.c if column.name not in ("metric_id", *KEY, *_TIME)
)
_METADATA = sa.MetaData()
_END = sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))


def _copied(name: str, columns: Sequence[str], instants: Sequence[str] = ()) -> sa.Table:
    """A temporary table with columns of value_state, and some instants."""
    own = [sa.Column(each, value_state.c[each].type) for each in columns]
    own += [sa.Column(each, sa.DateTime(timezone=True)) for each in instants]
    return sa.Table(name, _METADATA, *own, **TEMPORARY)


# The values of the as-ofs that are written, one row for each.
computed = _copied("computed", (*KEY, "as_of_at", *CONTENT))
# The same as states.
_folded = _copied("folded", (*KEY, *_TIME, *CONTENT))
_span = sa.Table(
    "span",
    _METADATA,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    instant("as_of_at", "An as-of that is written,"),
    instant("until_as_of_at", "and the next of the period, whoever writes that."),
    count("run_number", "Which of the period's runs it is in."),
    instant("run_at", "The first as-of of the run,"),
    instant("run_until_at", "and the next after its last."),
    **TEMPORARY,
)
# States in the time of a run; those that are not what is written there, and what is written and was not.
_stood, _cut = (
    _copied(name, (*KEY, *_TIME, *CONTENT), ("run_at", "run_until_at")) for name in ("stood", "cut")
)
_added = _copied("added", (*KEY, *_TIME, *CONTENT))
_merged = _copied("merged", (*KEY, *_TIME))
_removed = sa.Table(
    "removed",
    _METADATA,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    instant("next_at", "The next as-of of the period."),
    **TEMPORARY,
)


def wait_for_other_runs(connection: sa.Connection, metric_id: str) -> None:
    """Let one run at a time work on a metric: what an as-of fills depends on the as-ofs there are."""
    key = sa.func.hashtext(f"metric_value.{metric_id}")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def create_computed(connection: sa.Connection) -> None:
    """Create what values are written to before they are kept; empty when a transaction begins."""
    for table in _METADATA.sorted_tables:
        create_temporary(connection, table)


def keep(connection: sa.Connection, metric_id: str, as_of_ats: Sequence[datetime]) -> None:
    """Put what is computed in the place of what the metric had as of these instants.

    Of the periods that computed_period has as of them.
    """
    with found_by_index(connection):
        _fill_spans(connection, metric_id, as_of_ats)
    has_states = sa.exists(
        sa.select(value_state.c.metric_id).where(value_state.c.metric_id == metric_id)
    )
    if not connection.scalar(sa.select(has_states)):
        # Most that is ever written at once: all history, of which nothing is there yet.
        _insert(connection, metric_id, _as_states(connection, as_of_ats))
        return
    new = _as_states(connection, as_of_ats)
    # Nearly always one: there are more where others' as-ofs lie between these.
    runs = connection.scalar(sa.select(sa.func.max(_span.c.run_number))) or 0
    for number in range(1, runs + 1):
        _keep_run(connection, metric_id, new, number)


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


def _fill_spans(connection: sa.Connection, metric_id: str, as_of_ats: Sequence[datetime]) -> None:
    """The as-ofs that are written, with the next of each period, in runs."""
    found = computed_period.c
    period = [found[name] for name in PERIOD]
    is_own = found.as_of_at.in_(as_of_ats)
    in_order: dict[str, Any] = {"partition_by": period, "order_by": found.as_of_at}
    each = (
        sa.select(
            *period,
            found.as_of_at,
            sa.func.coalesce(sa.func.lead(found.as_of_at).over(**in_order), _END).label(
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
        _span.insert().from_select(
            [column.name for column in _span.c],
            sa.select(
                *(own.c[name] for name in (*PERIOD, *_TIME, "run_number")),
                sa.func.min(own.c.as_of_at).over(partition_by=run),
                sa.func.max(own.c.until_as_of_at).over(partition_by=run),
            ),
        )
    )
    analyze(connection, _span)


def _as_states(connection: sa.Connection, as_of_ats: Sequence[datetime]) -> sa.FromClause:
    """What is computed as states; values as of one after the other that are the same are one."""
    spanned = sa.select(*computed.c, _span.c.until_as_of_at).join_from(
        computed, _span, _same(computed, _span, (*PERIOD, "as_of_at"))
    )
    if len(as_of_ats) == 1:
        return spanned.subquery("new")
    each = spanned.subquery("each")
    in_order: dict[str, Any] = {
        "partition_by": [each.c[name] for name in KEY],
        "order_by": each.c.as_of_at,
    }

    def before(name: str) -> sa.ColumnElement[Any]:
        return sa.func.lag(each.c[name]).over(**in_order)

    goes_on = sa.and_(
        before("until_as_of_at") == each.c.as_of_at,
        *(before(name).is_not_distinct_from(each.c[name]) for name in CONTENT),
    )
    marked = sa.select(each, sa.case((goes_on, 0), else_=1).label("begins")).subquery("marked")
    state_number = sa.func.sum(marked.c.begins).over(
        partition_by=[marked.c[name] for name in KEY], order_by=marked.c.as_of_at
    )
    numbered = sa.select(marked, state_number.label("state_number")).subquery("numbered")
    same = [numbered.c[name] for name in (*KEY, *CONTENT)]
    connection.execute(
        _folded.insert().from_select(
            [*KEY, *CONTENT, *_TIME],
            sa.select(
                *same, sa.func.min(numbered.c.as_of_at), sa.func.max(numbered.c.until_as_of_at)
            ).group_by(*same, numbered.c.state_number),
        )
    )
    analyze(connection, _folded)
    return _folded


def _insert(connection: sa.Connection, metric_id: str, states: sa.FromClause) -> None:
    """Put states in."""
    columns = (*KEY, *_TIME, *CONTENT)
    rows = sa.select(sa.literal(metric_id), *(states.c[name] for name in columns))
    connection.execute(value_state.insert().from_select(["metric_id", *columns], rows))


def _keep_run(connection: sa.Connection, metric_id: str, new: sa.FromClause, number: int) -> None:
    """Put the new states of each period's run of a number in the place of what stood there.

    Nearly all of what stood is written there again, and stays as it is.
    """
    spans, state = _span.c, value_state
    run = (
        sa.select(*(spans[name] for name in (*PERIOD, "run_at", "run_until_at")))
        .where(spans.run_number == number)
        .distinct()
        .subquery("run")
    )
    stands = sa.and_(
        state.c.metric_id == metric_id,
        _same(state, run, PERIOD),
        state.c.as_of_at < run.c.run_until_at,
        state.c.until_as_of_at > run.c.run_at,
    )
    columns = (*KEY, *_TIME, *CONTENT)
    standing = sa.select(
        *(state.c[name] for name in columns), run.c.run_at, run.c.run_until_at
    ).join_from(run, state, stands)
    with found_by_index(connection):
        _fill(connection, _stood, standing)
    stood = _stood
    is_there_again = sa.and_(
        _same(new, stood, KEY),
        new.c.as_of_at == later_of(stood.c.as_of_at, stood.c.run_at),
        new.c.until_as_of_at == earlier_of(stood.c.until_as_of_at, stood.c.run_until_at),
        _alike(new, stood),
    )
    within = sa.and_(
        _same(new, run, PERIOD),
        new.c.as_of_at >= run.c.run_at,
        new.c.as_of_at < run.c.run_until_at,
    )
    cut = sa.select(stood).select_from(stood.outerjoin(new, is_there_again))
    added = sa.select(*(new.c[name] for name in columns)).select_from(
        new.join(run, within).outerjoin(stood, is_there_again)
    )
    changed = _fill(connection, _cut, cut.where(new.c.grain.is_(None)))
    changed += _fill(connection, _added, added.where(stood.c.grain.is_(None)))
    if changed:
        with found_by_index(connection):
            _clear(connection, metric_id)
            _insert(connection, metric_id, _added)
            for border in ("run_at", "run_until_at"):
                _merge(connection, metric_id, run, run.c[border])


def _clear(connection: sa.Connection, metric_id: str) -> None:
    """Take the time of the run out of the states that are not written there again."""
    state = value_state
    is_cut = sa.and_(state.c.metric_id == metric_id, _same(state, _cut, (*KEY, "as_of_at")))
    goes_on = sa.select(
        sa.literal(metric_id),
        *(_cut.c[name] for name in KEY),
        _cut.c.run_until_at,
        _cut.c.until_as_of_at,
        *(_cut.c[name] for name in CONTENT),
    ).where(_cut.c.until_as_of_at > _cut.c.run_until_at)
    connection.execute(state.insert().from_select(["metric_id", *KEY, *_TIME, *CONTENT], goes_on))
    connection.execute(
        state.update()
        .where(is_cut, _cut.c.as_of_at < _cut.c.run_at)
        .values(until_as_of_at=_cut.c.run_at)
    )
    connection.execute(state.delete().where(is_cut, _cut.c.as_of_at >= _cut.c.run_at))


def _fill(connection: sa.Connection, table: sa.Table, rows: sa.Select[Any]) -> int:
    """Fill a temporary table anew; rows.

    The planner goes by the pages it has: none of the statements on it needs to know more.
    """
    connection.execute(table.delete())
    return connection.execute(
        table.insert().from_select([column.name for column in table.c], rows),
        execution_options={"preserve_rowcount": True},
    ).rowcount


def _merge(
    connection: sa.Connection,
    metric_id: str,
    periods: sa.FromClause,
    border_at: sa.ColumnElement[Any],
) -> None:
    """Make one state of two that meet at an instant of each period and are alike."""
    before, after = value_state.alias("before"), value_state.alias("after")
    meet = sa.select(
        *(before.c[name] for name in KEY), before.c.as_of_at, after.c.until_as_of_at
    ).select_from(
        periods.join(
            before,
            sa.and_(
                before.c.metric_id == metric_id,
                _same(before, periods, PERIOD),
                before.c.until_as_of_at == border_at,
            ),
        ).join(
            after,
            sa.and_(
                after.c.metric_id == metric_id,
                _same(after, before, KEY),
                after.c.as_of_at == border_at,
                _alike(after, before),
            ),
        )
    )
    if not _fill(connection, _merged, meet):
        return
    own = sa.and_(value_state.c.metric_id == metric_id, _same(value_state, _merged, KEY))
    connection.execute(
        value_state.delete().where(
            own,
            value_state.c.as_of_at > _merged.c.as_of_at,
            value_state.c.until_as_of_at == _merged.c.until_as_of_at,
        )
    )
    connection.execute(
        value_state.update()
        .where(own, value_state.c.as_of_at == _merged.c.as_of_at)
        .values(until_as_of_at=_merged.c.until_as_of_at)
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
    of_period = sa.and_(found.c.metric_id == metric_id, _same(found, _removed, PERIOD))
    next_at = (
        sa.select(sa.func.min(found.c.as_of_at))
        .where(of_period, found.c.as_of_at > at)
        .scalar_subquery()
    )
    connection.execute(_removed.update().values(next_at=sa.func.coalesce(next_at, _END)))
    connection.execute(found.delete().where(of_period, found.c.as_of_at == at))
    own = sa.and_(state.c.metric_id == metric_id, _same(state, _removed, PERIOD))
    begins, next_of = sa.and_(own, state.c.as_of_at == at), _removed.c.next_at
    connection.execute(state.delete().where(begins, state.c.until_as_of_at <= next_of))
    connection.execute(state.update().where(begins).values(as_of_at=next_of))
    connection.execute(
        state.update().where(own, state.c.until_as_of_at == at).values(until_as_of_at=next_of)
    )
    _merge(connection, metric_id, _removed, next_of)


def _same(one: Any, other: Any, names: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether the named columns are equal."""
    return sa.and_(*(one.c[name] == other.c[name] for name in names))


def _alike(one: Any, other: Any) -> sa.ColumnElement[bool]:
    """Whether two states say the same."""
    return sa.and_(*(one.c[name].is_not_distinct_from(other.c[name]) for name in CONTENT))


@contextmanager
def found_by_index(connection: sa.Connection) -> Iterator[None]:
    """Go from a few periods to their states by the key, where statements on facts read whole tables."""
    connection.exec_driver_sql("set local enable_nestloop = on")
    yield
    connection.exec_driver_sql("set local enable_nestloop = off")
