"""What all metrics of a connection read of dimensions, made once: states that say members, and names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.metrics.periods import AsOfs
from include.metrics.prepared.kept import Kept
from include.metrics.slices import Slice
from include.metrics.wanted import KEPT, TEMPORARY_TABLES, analyze, as_instant
from include.tables import facts
from include.tables.base import BEGINNING_OF_TIME, END_OF_TIME, instant, text

_METADATA = sa.MetaData()


def _states(dimension: sa.Table, columns: Sequence[str]) -> sa.Table:
    """A temporary table with one row per key and state of a dimension.

    The first state of a key reaches back, being the best knowledge of the time before, and the last one
    on, so at any moment exactly one of them stands.
    """
    key = next(iter(dimension.primary_key.columns))

    def rows(as_ofs: AsOfs) -> sa.Select[Any]:
        in_order: dict[str, Any] = {"partition_by": key, "order_by": dimension.c.valid_from_at}
        is_first = sa.func.row_number().over(**in_order) == 1
        next_at = sa.func.lead(dimension.c.valid_from_at).over(**in_order)
        beginning, end = as_instant(BEGINNING_OF_TIME), as_instant(END_OF_TIME)
        return sa.select(
            key.label("key"),
            *(dimension.c[name] for name in columns),
            sa.case((is_first, beginning), else_=dimension.c.valid_from_at).label("seen_from_at"),
            sa.func.coalesce(next_at, end).label("seen_to_at"),
        )

    return sa.Table(
        f"seen_{dimension.name}",
        _METADATA,
        text("key", "Of what it is a state."),
        *(sa.Column(name, dimension.c[name].type) for name in columns),
        instant("seen_from_at", "It stands after this instant,"),
        instant("seen_to_at", "up to this one."),
        info={"rows": rows, "dimension": dimension},
        **KEPT,
    )


# By the dimension's name, with the columns that slices read through it.
SEEN = {
    dimension.name: _states(dimension, columns)
    for dimension, columns in (
        (facts.user, ("role_id", "team_name")),
        (facts.customer, ("segment", "country", "channel", "owner_user_id")),
    )
}
member_name = sa.Table(
    "member_name",
    TEMPORARY_TABLES,
    text("slice_id", "Slice."),
    text("member", "Member."),
    text("label", "A name of it."),
    instant("known_from_at", "The as-ofs it is for are after this instant; NULL: all."),
    instant("known_to_at", "They are up to this one; NULL: all."),
    **KEPT,
)


def fill_seen(connection: sa.Connection, kept: Kept, cuts: Sequence[Slice], as_ofs: AsOfs) -> None:
    """Fill the states of dimensions, and the names of these slices' members, where they are not there."""
    for table in SEEN.values():
        # They are the same for all as-ofs.
        kept.fill(table, True, as_ofs)
    is_changed = False
    for cut in cuts:
        if cut.labels is None or kept.has(f"{member_name.name} {cut.id}", cut.labels):
            continue
        connection.execute(member_name.delete().where(member_name.c.slice_id == cut.id))
        names = cut.labels().subquery()
        columns = [column.name for column in member_name.c]
        connection.execute(
            member_name.insert().from_select(
                columns, sa.select(sa.literal(cut.id), *(names.c[name] for name in columns[1:]))
            )
        )
        is_changed = True
    if is_changed:
        analyze(connection, member_name)
