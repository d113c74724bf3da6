"""The facts of some records, built by the same makers from a part of what is staged, and put in place.

The part lives in schemas of its own for as long as the transaction. What makers ask of all records
at once, the part answers as the whole would: a few other records are in it for that alone.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression
from include.facts.agreement import first_activated_at, is_activated
from include.facts.billing import BILLED, is_billed
from include.facts.changed import BUILT, SAMPLED, is_outside
from include.facts.records import (
    FACT_RECORDS,
    SHARED_OBJECTS,
    Kept,
    Statements,
    is_of_shared,
    of_fact,
    tables_read,
)
from include.tables import facts
from include.tables.stage import CURRENT, VERSION

# By schema of the warehouse, the schema that holds the part of it.
SCHEMAS = {"stage": "part_of_stage", "facts": "part_of_facts"}


def _is_live(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.not_(table.c.is_deleted)


def _bills(object_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(_is_live(CURRENT[object_id]), is_billed(CURRENT[object_id], object_id))


def questions() -> dict[str, tuple[sa.Table, sa.ColumnElement[bool], Expression | None]]:
    """What makers ask of all records at once: is there any such, and which values do they have.

    By name: the table, the condition, and the column where its values matter and not only whether
    there are some.
    """
    current = CURRENT
    ticket, case = current["hubspot.ticket"], VERSION["salesforce.case"]
    agreed = current["salesforce.service_contract"]
    is_there = {
        object_id: (current[object_id], _is_live(current[object_id]), None)
        for object_id in (
            "salesforce.asset_state_period",
            "salesforce.contract_line_item",
            "hubspot.subscription",
        )
    }
    is_read = {
        object_id: (current[object_id], sa.true(), None)
        for object_id in (
            *("salesforce.email_message", "salesforce.case_comment"),
            *("salesforce.task", "salesforce.event", "salesforce.agent_work"),
        )
    }
    link = current["hubspot.cart_order"]
    org, account = current["salesforce.organization"], current["hubspot.account"]
    own_currencies = (org.c.default_currency_code, account.c.currency_code)
    return {
        **is_there,
        **is_read,
        **{object_id: (current[object_id], _bills(object_id), None) for object_id in BILLED},
        "first activated contract": (
            agreed,
            sa.and_(
                _is_live(agreed),
                is_activated(agreed),
                agreed.c.created_at == first_activated_at(),
            ),
            agreed.c.created_at,
        ),
        "hubspot.cart_order": (link, link.c.order_id.is_not(None), None),
        "hubspot.ticket": (
            ticket,
            sa.or_(
                ticket.c.first_agent_message_at.is_not(None),
                ticket.c.first_agent_email_at.is_not(None),
            ),
            None,
        ),
        **{
            f"currency of {column.table.name}": (column.table, column.is_not(None), column)
            for column in own_currencies
        },
        "closing statuses": (
            case,
            sa.and_(case.c.is_closed, case.c.case_status.is_not(None)),
            case.c.case_status,
        ),
    }


def answers(connection: sa.Connection) -> dict[str, str]:
    """What the whole of staging answers to each of the questions."""
    told = {}
    for name, (table, condition, column) in questions().items():
        if column is None:
            found = sa.exists(sa.select(sa.literal(1)).select_from(table).where(condition))
            told[name] = str(connection.scalar(sa.select(found)))
        else:
            values = sa.select(column).select_from(table).where(condition).distinct()
            told[name] = repr(sorted(connection.scalars(values)))
    return told


def build_part(connection: sa.Connection, kept: list[Kept], statements: Statements) -> str:
    """Build the facts of BUILT and SAMPLED in schemas of their own; `open_stages` with them in place."""
    _drop(connection)
    for schema in SCHEMAS.values():
        connection.execute(sa.schema.CreateSchema(schema))
    for each in kept:
        _copy(connection, each)
    _add_witnesses(connection, kept)
    read = set().union(*map(tables_read, statements.values()))
    for table in sorted(read - {each.table for each in kept} - set(statements), key=str):
        _run(connection, f"create view {_part(table)} as table {_whole(table)}")
    stages = ""
    for table, statement in statements.items():
        _run(connection, f"create unlogged table {_part(table)} (like {_whole(table)})")
        names = [column.name for column in statement.selected_columns]
        insert = sa.insert(table).from_select(names, statement)
        connection.execute(insert, execution_options={"schema_translate_map": SCHEMAS})
        if table is facts.deal:
            stages = _add_open_deals(connection)
        _run(connection, f"analyze {_part(table)}")
    return stages


def open_stages(connection: sa.Connection) -> str:
    """The stages that deals were ever open in: how far a deal skipped ahead is told by them."""
    deal = facts.deal
    values = sa.select(deal.c.stage_id).where(deal.c.is_open, deal.c.stage_id.is_not(None))
    return repr(sorted(connection.scalars(values.distinct())))


def differences(connection: sa.Connection, one: Any, other: Any) -> int:
    """Rows that stand in one of two selections only."""
    lacking = [sa.except_all(*pair) for pair in ((one, other), (other, one))]
    rows = sa.union_all(*(sa.select(each.subquery()) for each in lacking)).subquery("lacking")
    return int(connection.scalar(sa.select(sa.func.count()).select_from(rows)) or 0)


def copied(connection: sa.Connection, table: sa.Table) -> sa.TableClause:
    """A copy of a table as it stands, until the transaction ends."""
    copy = _named(table, f"copy_of_{table.name}")
    _run(
        connection,
        f"create temporary table {copy.name} on commit drop as table {_whole(table)}",
    )
    return copy


def put_in_place(
    connection: sa.Connection, statements: Statements
) -> tuple[dict[str, int], dict[str, int]]:
    """Put the part's facts in the place of the old ones of the same records.

    By fact, how many more rows there are, and how many are in doubt: those of SAMPLED that are others
    than before, though nothing of them has changed, and those of no record we know of.
    """
    is_sampled = sa.select(SAMPLED.c.record_hash).where(is_outside(SAMPLED.c.record_hash, BUILT))
    chosen = _records_of_part()
    grown, differing = {}, {}
    for table in statements:
        part, old = _table_of_part(table), _take_out(connection, table, chosen)
        new = sa.select(*part.c).where(
            sa.or_(is_of_shared(table, part), of_fact(table, part).in_(chosen))
        )
        names = [column.name for column in table.c]
        insert = sa.insert(table).from_select(names, new)
        counting = {"preserve_rowcount": True}
        come = connection.execute(insert, execution_options=counting).rowcount
        count = connection.scalar(sa.select(sa.func.count()).select_from(old))
        grown[table.name] = come - int(count or 0)
        rows = (
            sa.select(*(source.c[name] for name in names)).where(
                of_fact(table, source).in_(is_sampled)
            )
            for source in (old, part)
        )
        of_none = sa.select(sa.func.count()).where(of_fact(table, part).is_(None))
        differing[table.name] = differences(connection, *rows) + int(
            connection.scalar(of_none) or 0
        )
    _drop(connection)
    return grown, {name: count for name, count in differing.items() if count}


def _take_out(connection: sa.Connection, table: sa.Table, chosen: sa.Select[Any]) -> sa.TableClause:
    """Take the rows of some records out of a fact, into a temporary table."""
    old = _named(table, f"old_{table.name}")
    _run(
        connection,
        f"create temporary table {old.name} (like {_whole(table)}) on commit drop",
    )
    names = [column.name for column in table.c]
    conditions: list[sa.ColumnElement[bool]] = [of_fact(table).in_(chosen)]
    if SHARED_OBJECTS.intersection(FACT_RECORDS[table][1].values()):
        conditions.append(is_of_shared(table))
    for condition in conditions:
        gone = sa.delete(table).where(condition).returning(*table.c).cte("gone")
        connection.execute(sa.insert(old).from_select(names, sa.select(gone)))
    _run(connection, f"analyze {old.name}")
    return old


def _records_of_part() -> sa.Select[Any]:
    """The records of BUILT and SAMPLED."""
    both = sa.union(*(sa.select(table.c.record_hash) for table in (BUILT, SAMPLED))).subquery(
        "both"
    )
    return sa.select(both.c.record_hash)


def _copy(connection: sa.Connection, each: Kept) -> None:
    """A staged table with the rows of BUILT and SAMPLED."""
    table = each.table
    _run(connection, f"create unlogged table {_part(table)} (like {_whole(table)})")
    rows = sa.select(*table.c).where(each.record_hash.in_(_records_of_part()))
    names = [column.name for column in table.c]
    connection.execute(sa.insert(_table_of_part(table)).from_select(names, rows))
    _run(connection, f"analyze {_part(table)}")


def _add_witnesses(connection: sa.Connection, kept: list[Kept]) -> None:
    """Records that answer the questions as the whole does, where the part's own may not.

    They are tied to no record of the part, and their own facts are not put in place.
    """
    hashes = {each.table: each.record_hash for each in kept}
    for table, condition, column in questions().values():
        if table not in hashes:
            continue
        others = sa.select(*table.c).where(condition, is_outside(hashes[table], BUILT, SAMPLED))
        rows = others.limit(1) if column is None else _one_of_each(others, column)
        names = [each.name for each in table.c]
        connection.execute(sa.insert(_table_of_part(table)).from_select(names, rows))


def _add_open_deals(connection: sa.Connection) -> str:
    """Add a state of a deal to the part for each stage that deals outside of it were open in."""
    deal, part = facts.deal, _table_of_part(facts.deal)
    names = [column.name for column in deal.c]
    others = sa.select(*deal.c).where(
        deal.c.is_open,
        deal.c.stage_id.is_not(None),
        is_outside(of_fact(deal), BUILT, SAMPLED),
    )
    connection.execute(sa.insert(part).from_select(names, _one_of_each(others, deal.c.stage_id)))
    values = sa.select(part.c.stage_id).where(part.c.is_open, part.c.stage_id.is_not(None))
    return repr(sorted(connection.scalars(values.distinct())))


def _one_of_each(rows: sa.Select[Any], column: Expression) -> sa.Select[Any]:
    """One of the rows for each value of a column."""
    rank = sa.func.row_number().over(partition_by=column, order_by=column).label("witness_rank")
    ranked = rows.add_columns(rank).subquery("ranked_witness")
    kept = [each for each in ranked.c if each.name != "witness_rank"]
    return sa.select(*kept).where(ranked.c.witness_rank == 1)


def _table_of_part(table: sa.Table) -> sa.TableClause:
    """A table as it stands in the part."""
    return _named(table, table.name, SCHEMAS[str(table.schema)])


def _named(table: sa.Table, name: str, schema: str | None = None) -> sa.TableClause:
    """A table with the columns of another."""
    columns = (sa.column(column.name, column.type) for column in table.c)
    return sa.table(name, *columns, schema=schema)


def _part(table: sa.Table) -> str:
    return f'"{SCHEMAS[str(table.schema)]}"."{table.name}"'


def _whole(table: sa.Table) -> str:
    return f'"{table.schema}"."{table.name}"'


def _drop(connection: sa.Connection) -> None:
    for schema in SCHEMAS.values():
        connection.execute(sa.schema.DropSchema(schema, cascade=True, if_exists=True))


def _run(connection: sa.Connection, statement: str) -> None:
    connection.exec_driver_sql(statement)
