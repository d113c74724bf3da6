"""Which records have changed since facts were last built, and which others they reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.portable import Expression
from include.facts.records import Kept, content_hash
from include.facts.shared_records import compared_records, shared_hash
from include.tables.ops import fact_input, fact_link

# How many unchanged records are built beside the changed ones, and must come out as they were.
SAMPLE_SIZE = 50
_TEMPORARY = sa.MetaData()


def _hashes(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A temporary table of records."""
    return sa.Table(
        name,
        _TEMPORARY,
        sa.Column("record_hash", sa.BigInteger, primary_key=True, autoincrement=False),
        *columns,
        prefixes=["temporary"],
        postgresql_on_commit="DROP",
    )


# Records that are others than at the last build, with what they are now; NULL for those gone.
CHANGED = _hashes(
    "changed_input", sa.Column("content_hash", sa.BigInteger), sa.Column("is_shared", sa.Boolean)
)
# Records whose facts are built: the changed ones and all that they are tied to.
BUILT = _hashes("built_record")
# Unchanged records, and all that they are tied to.
SAMPLED = _hashes("sampled_record")
_NEAR = _hashes("near_record")
_NEXT = _hashes("next_record")
_LINK = sa.Table(
    "new_link",
    _TEMPORARY,
    sa.Column("record_hash", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("linked_hash", sa.BigInteger, primary_key=True, autoincrement=False),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)


def find_changed(connection: sa.Connection, kept: list[Kept]) -> int:
    """Fill CHANGED by holding all that is staged against what the last build was of; how many."""
    now, before = _contents(kept).subquery("now"), fact_input
    rows = (
        sa.select(
            sa.func.coalesce(now.c.record_hash, before.c.record_hash),
            now.c.content_hash,
            sa.func.coalesce(now.c.is_shared, before.c.is_shared),
        )
        .select_from(now.outerjoin(before, now.c.record_hash == before.c.record_hash, full=True))
        .where(now.c.content_hash.is_distinct_from(before.c.content_hash))
    )
    return _fill(connection, CHANGED, rows)


def spread_changes(connection: sa.Connection, kept: list[Kept], limit: int) -> int | None:
    """Fill BUILT from CHANGED; how many records, None where they are more than `limit`.

    Both the links of the last build and those of now are followed, in both directions: what a
    record has left is built without it.
    """
    connection.execute(sa.schema.CreateTable(_LINK, if_not_exists=True))
    connection.execute(_LINK.delete())
    is_changed = sa.select(CHANGED.c.record_hash)
    _fill_links(connection, _LINK, kept, is_changed)
    new = postgresql.insert(fact_link).from_select(["record_hash", "linked_hash"], sa.select(_LINK))
    connection.execute(new.on_conflict_do_nothing())
    is_any_shared = connection.scalar(sa.select(sa.exists().where(CHANGED.c.is_shared)))
    seeds = sa.union(is_changed, *(_naming(kept) if is_any_shared else []))
    if _spread(connection, BUILT, seeds, limit) is None:
        return None
    return connection.scalar(sa.select(sa.func.count()).select_from(BUILT))


def spread_sample(connection: sa.Connection, salt: int, record_count: int, limit: int) -> int:
    """Fill SAMPLED with some records that have not changed; how many, 0 where they reach too far."""
    every = max(1, int(record_count / SAMPLE_SIZE))
    salted = fact_input.c.record_hash.op("#")(sa.literal(salt, sa.BigInteger))
    chosen = sa.select(fact_input.c.record_hash).where(
        sa.func.mod(salted, every) == 0,
        is_outside(fact_input.c.record_hash, BUILT),
    )
    if _spread(connection, SAMPLED, chosen, limit) is None:
        connection.execute(SAMPLED.delete())
    return int(connection.scalar(sa.select(sa.func.count()).select_from(SAMPLED)) or 0)


def is_outside(record_hash: Expression, *tables: sa.Table) -> sa.ColumnElement[bool]:
    """Whether a record stands in none of these tables."""
    return sa.and_(
        *(sa.not_(sa.exists().where(table.c.record_hash == record_hash)) for table in tables)
    )


def remember_all(connection: sa.Connection, kept: list[Kept]) -> int:
    """Keep what is staged of every record, and all links between them; how many records."""
    for table in (fact_input, fact_link):
        connection.exec_driver_sql(f"truncate {table.schema}.{table.name}")
    names = [column.name for column in fact_input.c]
    connection.execute(fact_input.insert().from_select(names, _contents(kept)))
    _fill_links(connection, fact_link, kept, None)
    for table in (fact_input, fact_link):
        connection.exec_driver_sql(f"analyze {table.schema}.{table.name}")
    return int(connection.scalar(sa.select(sa.func.count()).select_from(fact_input)) or 0)


def remember_changed(connection: sa.Connection) -> None:
    """Keep what is staged of the changed records now, and their links."""
    is_changed = sa.select(CHANGED.c.record_hash)
    is_new = sa.exists().where(
        _LINK.c.record_hash == fact_link.c.record_hash,
        _LINK.c.linked_hash == fact_link.c.linked_hash,
    )
    connection.execute(
        fact_link.delete().where(fact_link.c.record_hash.in_(is_changed), sa.not_(is_new))
    )
    connection.execute(fact_input.delete().where(fact_input.c.record_hash.in_(is_changed)))
    known = sa.select(CHANGED).where(CHANGED.c.content_hash.is_not(None))
    connection.execute(fact_input.insert().from_select([c.name for c in fact_input.c], known))


def _contents(kept: list[Kept]) -> sa.Select[Any]:
    """One row per record, with the hash of all its rows in all tables, as ops.fact_input has it."""
    rows = [
        sa.select(
            each.record_hash.label("record_hash"),
            content_hash(each.table, each.content).label("content_hash"),
            sa.false().label("is_shared"),
        )
        for each in kept
    ]
    rows += [
        sa.select(
            shared_hash(record_id).label("record_hash"),
            content.label("content_hash"),
            sa.true().label("is_shared"),
        ).where(record_id.is_not(None))
        for records in compared_records().values()
        for record_id, content in records
    ]
    row = sa.union_all(*rows).subquery("row")
    return (
        sa.select(
            row.c.record_hash,
            sa.func.bit_xor(row.c.content_hash).label("content_hash"),
            sa.func.bool_or(row.c.is_shared).label("is_shared"),
        )
        .where(row.c.record_hash.is_not(None))
        .group_by(row.c.record_hash)
    )


def _fill_links(
    connection: sa.Connection, target: sa.Table, kept: list[Kept], chosen: sa.Select[Any] | None
) -> None:
    """Insert the links of all records, or of the chosen ones."""
    links = [
        sa.select(
            each.record_hash.label("record_hash"),
            # All of a row's links at once, so that each table is read once.
            sa.func.unnest(postgresql.array(each.links)).label("linked_hash"),
        ).where(*([] if chosen is None else [each.record_hash.in_(chosen)]))
        for each in kept
    ]
    if not links:
        # As on a first run that could not read anything.
        return
    link = sa.union_all(*links).subquery("link")
    rows = sa.select(link).where(link.c.record_hash != link.c.linked_hash).distinct()
    connection.execute(target.insert().from_select(["record_hash", "linked_hash"], rows))
    connection.exec_driver_sql(
        f"analyze {target.schema + '.' if target.schema else ''}{target.name}"
    )


def _naming(kept: list[Kept]) -> Iterable[sa.Select[Any]]:
    """Records that name a changed record of a shared object."""
    changed = sa.select(CHANGED.c.record_hash).where(CHANGED.c.is_shared)
    return [
        sa.select(each.record_hash).where(
            sa.or_(*(shared_hash(column).in_(changed) for column in each.named))
        )
        for each in kept
        if each.named
    ]


def _spread(
    connection: sa.Connection, reached: sa.Table, seeds: Any, limit: int
) -> sa.Table | None:
    """Fill a table with seeds and all that links tie to them; None once there are too many."""
    for table in (reached, _NEAR, _NEXT):
        connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
        connection.execute(table.delete())
    total = found = _fill(connection, reached, seeds)
    connection.execute(
        _NEAR.insert().from_select(["record_hash"], sa.select(reached.c.record_hash))
    )
    while found:
        if total > limit:
            return None
        for table in (_NEAR, reached):
            connection.exec_driver_sql(f"analyze {table.name}")
        ends = (fact_link.c.record_hash, fact_link.c.linked_hash)
        neighbour = sa.union(
            *(
                sa.select(other.label("record_hash")).join_from(
                    _NEAR, fact_link, _NEAR.c.record_hash == this
                )
                for this, other in (ends, ends[::-1])
            )
        ).subquery("neighbour")
        is_reached = sa.exists().where(reached.c.record_hash == neighbour.c.record_hash)
        connection.execute(_NEXT.delete())
        found = _fill(connection, _NEXT, sa.select(neighbour).where(sa.not_(is_reached)))
        connection.execute(_NEAR.delete())
        for table in (reached, _NEAR):
            connection.execute(table.insert().from_select(["record_hash"], sa.select(_NEXT)))
        total += found
    return reached


def _fill(connection: sa.Connection, table: sa.Table, rows: Any) -> int:
    """Put rows into a temporary table, and let the planner know how many; how many."""
    connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
    names = [column.name for column in table.c]
    counting = {"preserve_rowcount": True}
    insert = table.insert().from_select(names, rows)
    count = connection.execute(insert, execution_options=counting).rowcount
    connection.exec_driver_sql(f"analyze {table.name}")
    return count
