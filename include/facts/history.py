"""States of staged records, and the instants within them at which an event turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of
from include.tables.base import END_OF_TIME
from include.tables.states import states


def end_of_time() -> Expression:
    """The `valid_to_at` of a state that still holds."""
    return sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))


def live_states(object_id: str, custom: Mapping[str, str] | None = None) -> sa.Subquery:
    """One row per record and state in which it was not deleted.

    Columns and `custom` as in `states`, without `is_deleted`. A record that was deleted when first
    read was live until that modification.
    """
    state = states(object_id, custom)
    is_assumed_part = state.c.valid_from_at < state.c.modified_at
    live_until_at = sa.case(
        (state.c.is_deleted, state.c.modified_at), else_=state.c.valid_to_at
    ).label("valid_to_at")
    kept = [column for column in state.c if column.name not in {"valid_to_at", "is_deleted"}]
    return (
        sa.select(*kept, live_until_at)
        .where(sa.or_(sa.not_(state.c.is_deleted), is_assumed_part))
        .subquery(f"live_{object_id.replace('.', '_')}")
    )


def since(state: sa.Subquery, is_so: sa.ColumnElement[bool], name: str) -> sa.Subquery:
    """States with a column `name`: since when something is so without a break; NULL while it is not.

    What was so before, and was not for a while, is so anew.
    """
    key = next(iter(state.c))
    is_other = sa.case((is_so, 0), else_=1)
    counted = sa.select(
        state,
        sa.case((is_so, state.c.modified_at)).label("so_at"),
        sa.func.sum(is_other)
        .over(partition_by=key, order_by=state.c.valid_from_at, rows=(None, 0))
        .label("other_count"),
    ).subquery("counted")
    first_at = sa.func.min(counted.c.so_at).over(
        partition_by=(counted.c[key.name], counted.c.other_count)
    )
    return sa.select(
        *(counted.c[column.name] for column in state.c),
        sa.case((counted.c.so_at.is_not(None), first_at)).label(name),
    ).subquery(f"{state.name}_since")


def turned(source: sa.CTE, before: Mapping[str, Any]) -> sa.CompoundSelect[Any]:
    """States, each cut in two where its `turns_at` lies within it.

    Up to `turns_at` the columns named in `before` hold those values; from it on, and in states
    whose `turns_at` is NULL, the row is as it came. `turns_at` itself is left out.
    """
    columns = [column for column in source.c if column.name != "turns_at"]
    changed = {
        **{name: sa.cast(value, source.c[name].type) for name, value in before.items()},
        "valid_to_at": earlier_of(source.c.turns_at, source.c.valid_to_at),
    }
    earlier = sa.select(
        *(changed.get(column.name, column).label(column.name) for column in columns)
    ).where(source.c.turns_at > source.c.valid_from_at)
    begins_at = later_of(source.c.valid_from_at, source.c.turns_at)
    later = sa.select(
        *(
            begins_at.label(column.name) if column.name == "valid_from_at" else column
            for column in columns
        )
    ).where(begins_at < source.c.valid_to_at)
    return sa.union_all(earlier, later)


def spans(source: sa.CTE | sa.Subquery, key: str) -> sa.Subquery:
    """One row per key and span of time in which nothing about it changes.

    Columns: the key, `valid_from_at`, `valid_to_at`. Every state of the key begins and ends between
    two spans, so the states that hold at a span's beginning hold all through it.
    """
    turns = sa.union(
        sa.select(source.c[key], source.c.valid_from_at.label("at")),
        sa.select(source.c[key], source.c.valid_to_at).where(source.c.valid_to_at < end_of_time()),
    ).subquery("turn")
    next_at = sa.func.lead(turns.c.at).over(partition_by=turns.c[key], order_by=turns.c.at)
    return sa.select(
        turns.c[key],
        turns.c.at.label("valid_from_at"),
        sa.func.coalesce(next_at, end_of_time()).label("valid_to_at"),
    ).subquery("span")


def holds_in(state: sa.FromClause, span: sa.Subquery, key: str) -> sa.ColumnElement[bool]:
    """Condition under which a state holds in a span of its key."""
    return sa.and_(
        state.c[key] == span.c[key],
        state.c.valid_from_at <= span.c.valid_from_at,
        state.c.valid_to_at > span.c.valid_from_at,
    )


def without_repeats(source: sa.CTE | sa.Subquery, keys: Sequence[str]) -> sa.Select[Any]:
    """States, those made one that say the same and follow each other without a gap."""
    timed = ("valid_from_at", "valid_to_at")
    said = [column.name for column in source.c if column.name not in {*keys, *timed}]
    by_key = [source.c[name] for name in keys]

    def before(column: Any) -> sa.Over[Any]:
        lag = sa.func.lag(column)
        return lag.over(partition_by=by_key, order_by=source.c.valid_from_at)

    is_other = sa.or_(
        before(source.c.valid_to_at).is_distinct_from(source.c.valid_from_at),
        *(before(source.c[name]).is_distinct_from(source.c[name]) for name in said),
    )
    marked = sa.select(source, sa.case((is_other, 1), else_=0).label("begins")).subquery("marked")
    by_key = [marked.c[name] for name in keys]
    number = sa.func.sum(marked.c.begins).over(
        partition_by=by_key, order_by=marked.c.valid_from_at, rows=(None, 0)
    )
    numbered = sa.select(marked, number.label("island")).subquery("numbered")
    kept = [numbered.c[name] for name in (*keys, *said)]
    return sa.select(
        *kept,
        sa.func.min(numbered.c.valid_from_at).label("valid_from_at"),
        sa.func.max(numbered.c.valid_to_at).label("valid_to_at"),
    ).group_by(*kept, numbered.c.island)
