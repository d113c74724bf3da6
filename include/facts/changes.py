"""States of records, finer by the history the CRM itself keeps of single values.

Versions begin with the first reading, and of two changes between two readings they show the later.
A history tells the rest: each of its changes begins a state of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_seconds, earlier_of, later_of
from include.tables.stage import CURRENT

# What begins a finer state, in the order in which those of one instant follow each other.
BEGINNING, CHANGE, VERSION = 0, 1, 2
_NUMBER = r"^-?\d{1,15}(\.\d+)?$|^-?\d(\.\d+)?[eE]\+?(\d|1[0-4])$"
_ISO_INSTANT = (
    r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?Z)?$"
)
_EPOCH_MILLISECONDS = r"^\d{12,13}$"


def changed_states(state: sa.Subquery, key: str, change: sa.Subquery, told: str) -> sa.Subquery:
    """One row per record and state, cut at every change its history knows of.

    `change` has one row per record and change: `record_id`, `changed_at`, `change_id`, and for each
    column of the state it tells of the value after it and, as `has_` and the name, whether it tells
    of that column. Where two changes have one instant, the later by `change_id` stands.

    A version tells all of its columns at its `modified_at`, and from there on the history does up
    to the next version. In the time before the first version, the history's oldest value reaches
    back to the beginning of the state: older ones it may have forgotten, and nothing tells them.

    Columns: those of the state, `valid_from_at` and `valid_to_at` of the finer state, as `read_`
    and the name the version's own value of each column told, and as `observed_at` since when the
    value of the column `told` is known: later than `valid_from_at` where it only reaches back.
    """
    names = [column.name for column in state.c if f"has_{column.name}" in change.c]
    event = _events(state, key, change, names).cte(f"{state.name}_event")
    within = [event.c[key], event.c.state_from_at]
    order = (event.c.at, event.c.kind, event.c.change_id)
    islands = sa.select(
        event,
        # The first version, where nothing changed before it: the state goes on as it began.
        sa.and_(
            event.c.kind == VERSION,
            sa.func.coalesce(
                sa.func.lag(event.c.kind).over(partition_by=within, order_by=order) == BEGINNING,
                sa.false(),
            ),
        ).label("is_as_begun"),
        *(
            # What is before the first value known is told by that one.
            sa.case((number > 0, number), else_=1).label(f"island_{name}")
            for name in names
            for number in [
                sa.func.sum(sa.case((event.c[f"has_{name}"], 1), else_=0)).over(
                    partition_by=within, order_by=order, rows=(None, 0)
                )
            ]
        ),
    ).subquery("island")

    def known(name: str, value: Expression) -> Expression:
        """The value at the change that tells of the column, in all rows it holds for."""
        is_told = sa.case((islands.c[f"has_{name}"], value))
        by = [islands.c[key], islands.c.state_from_at, islands.c[f"island_{name}"]]
        return sa.func.max(is_told).over(partition_by=by)

    own = [column.name for column in state.c if column.name not in {*names, *_TIMED}]
    timed = ("state_from_at", "state_to_at", "at", "kind", "change_id", "is_as_begun")
    finer = sa.select(
        *(islands.c[name] for name in (*own, *timed)),
        *(islands.c[f"read_{name}"] for name in names),
        *(known(name, islands.c[name]).label(name) for name in names),
        known(told, islands.c.at).label("observed_at"),
    ).subquery("finer")
    order = (finer.c.at, finer.c.kind, finer.c.change_id)
    next_at = sa.func.lead(finer.c.at).over(
        partition_by=[finer.c[key], finer.c.state_from_at], order_by=order
    )
    changed = (
        sa.select(
            *(column for column in finer.c if column.name not in timed),
            later_of(finer.c.at, finer.c.state_from_at).label("valid_from_at"),
            earlier_of(next_at, finer.c.state_to_at).label("valid_to_at"),
        )
        .where(sa.not_(finer.c.is_as_begun))
        .subquery("changed")
    )
    return (
        sa.select(changed)
        .where(changed.c.valid_from_at < changed.c.valid_to_at)
        .subquery(f"{state.name}_changed")
    )


_TIMED = ("valid_from_at", "valid_to_at")


def _events(
    state: sa.Subquery, key: str, change: sa.Subquery, names: Sequence[str]
) -> sa.CompoundSelect[Any]:
    """One row per state and beginning of it, version, and change within it."""
    kept = [column for column in state.c if column.name not in {*names, *_TIMED}]

    def event(
        kind: int, at: Expression, change_id: Expression, told: bool | None
    ) -> sa.Select[Any]:
        return sa.select(
            *kept,
            state.c.valid_from_at.label("state_from_at"),
            state.c.valid_to_at.label("state_to_at"),
            *(state.c[name].label(f"read_{name}") for name in names),
            at.label("at"),
            sa.literal(kind).label("kind"),
            change_id.label("change_id"),
            *(
                (state.c[name] if told is not None else change.c[name]).label(name)
                for name in names
            ),
            *(
                (sa.literal(told) if told is not None else change.c[f"has_{name}"]).label(
                    f"has_{name}"
                )
                for name in names
            ),
        )

    none, modified_at = sa.cast(sa.null(), sa.Text), state.c.modified_at
    is_assumed = state.c.valid_from_at < modified_at
    is_within = sa.and_(
        change.c.record_id == state.c[key],
        change.c.changed_at < state.c.valid_to_at,
        change.c.changed_at != modified_at,
        sa.or_(is_assumed, change.c.changed_at > modified_at),
    )
    return sa.union_all(
        event(BEGINNING, state.c.valid_from_at, none, told=False).where(is_assumed),
        event(CHANGE, change.c.changed_at, change.c.change_id, told=None).select_from(
            state.join(change, is_within)
        ),
        event(VERSION, modified_at, none, told=True),
    )


def hubspot_changes(
    object_id: str, columns: dict[str, tuple[str, sa.types.TypeEngine[Any]]]
) -> sa.Subquery:
    """One row per HubSpot record and instant at which one of its properties took a value.

    `columns` names, for each column of the record's states, the property and the type of its
    values. A value that cannot be of that type tells nothing.
    """
    entry = CURRENT[object_id]
    stem = object_id.split(".")[1].removesuffix("_history")
    record_id = entry.c[f"{stem}_id"]

    def of_column(name: str) -> list[sa.Label[Any]]:
        property_name, type_ = columns[name]
        value, is_of_type = _typed(sa.func.nullif(entry.c.property_value, ""), type_)
        is_told = sa.and_(entry.c.property_name == property_name, is_of_type)
        return [
            sa.func.max(sa.case((is_told, value))).label(name),
            (sa.func.max(sa.case((is_told, 1), else_=0)) == 1).label(f"has_{name}"),
        ]

    return (
        sa.select(
            record_id.label("record_id"),
            entry.c.changed_at,
            sa.cast(sa.null(), sa.Text).label("change_id"),
            *(column for name in columns for column in of_column(name)),
        )
        .where(
            entry.c.later_count == 0,
            entry.c.property_name.in_([property_name for property_name, _ in columns.values()]),
        )
        .group_by(record_id, entry.c.changed_at)
        .subquery(f"{stem}_change")
    )


def _typed(
    text: Expression, type_: sa.types.TypeEngine[Any]
) -> tuple[Expression, sa.ColumnElement[bool]]:
    """The value a text stands for, and whether it stands for one; a cleared value is NULL."""
    if isinstance(type_, sa.Text):
        return text, sa.true()
    if isinstance(type_, sa.Numeric):
        is_number = text.regexp_match(_NUMBER)
        return sa.case((is_number, sa.cast(text, type_))), sa.or_(text.is_(None), is_number)
    is_iso, is_count = text.regexp_match(_ISO_INSTANT), text.regexp_match(_EPOCH_MILLISECONDS)
    epoch = sa.cast(sa.literal("1970-01-01 00:00:00+00"), sa.DateTime(timezone=True))
    seconds = sa.cast(sa.func.substr(text, 1, sa.func.length(text) - 3), sa.BigInteger)
    instant = sa.case((is_iso, sa.cast(text, type_)), (is_count, add_seconds(epoch, seconds)))
    return instant, sa.or_(text.is_(None), is_iso, is_count)


def as_read(state: sa.Subquery, value: Expression, *names: str) -> Expression:
    """What a version says that follows from some of its columns; NULL where those were others."""
    is_same = sa.and_(
        *(sa.not_(state.c[name].is_distinct_from(state.c[f"read_{name}"])) for name in names)
    )
    return sa.case((is_same, value))
