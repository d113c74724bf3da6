"""Whom a value identifies that records of both CRMs hold, such as a website or a common mailbox.

Where several records of one CRM hold it, it does not tell which of them the other CRM's is: branches,
holdings, resellers and universities share a website, and colleagues a mailbox.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

_TEMPORARY = sa.MetaData()
HOLDER = sa.Table(
    "value_holder",
    _TEMPORARY,
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("crm", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    # Tells those apart who share the value.
    sa.Column("name", sa.Text),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("is_gone", sa.Boolean, nullable=False),
    # The sync has told which record of the other CRM this one is.
    sa.Column("is_told", sa.Boolean, nullable=False),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)
TOLD = sa.Table(
    "told_by_sync",
    _TEMPORARY,
    sa.Column("node", sa.Text, primary_key=True),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)


def value_holder(
    connection: sa.Connection,
    held: sa.Select[Any] | sa.CompoundSelect[Any],
    told: sa.CompoundSelect[Any],
) -> None:
    """Fill the temporary table: one row per kind, value and record that holds it.

    `held` has the columns of the table but the last, `told` the nodes of which the sync has told.
    """
    for table in (HOLDER, TOLD):
        connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
        connection.execute(table.delete())
    connection.execute(TOLD.insert().from_select(["node"], told))
    connection.exec_driver_sql(f"analyze {TOLD.name}")
    # Materialized, so that each value is worked out once, and not once more to see whether it is there.
    found = held.cte("held").prefix_with("MATERIALIZED")
    rows = (
        sa.select(
            *(found.c[column.name] for column in HOLDER.c if column.name != "is_told"),
            TOLD.c.node.is_not(None),
        )
        .distinct()
        .select_from(found.outerjoin(TOLD, TOLD.c.node == found.c.node))
        .where(found.c.value.is_not(None))
    )
    connection.execute(HOLDER.insert().from_select([column.name for column in HOLDER.c], rows))
    connection.exec_driver_sql(f"analyze {HOLDER.name}")


def told_by(
    synced: sa.Select[Any], salesforce: sa.Table, hubspot: sa.Table
) -> list[sa.Select[Any]]:
    """Nodes of evidence of the sync. What it tells of one that was deleted, and not merged, is over."""

    def lives(table: sa.Table) -> sa.ColumnElement[bool]:
        return sa.or_(~table.c.is_deleted, table.c.merged_into_id.is_not(None))

    of_hubspot, of_salesforce = (
        synced.where(lives(other)).subquery() for other in (salesforce, hubspot)
    )
    # In the order of the letters, as everywhere in evidence.
    return [sa.select(of_hubspot.c.left_node), sa.select(of_salesforce.c.right_node)]


def holder(kind: str, table: sa.Table, node: Any, value: Any, name: Any) -> sa.Select[Any]:
    """What records of a table hold, in the columns of the temporary table; `node` begins with the CRM."""
    return sa.select(
        sa.literal(kind, sa.Text).label("kind"),
        value.label("value"),
        sa.func.split_part(node, ":", 1).label("crm"),
        node.label("node"),
        name.label("name"),
        sa.func.coalesce(table.c.created_at, table.c.modified_at).label("created_at"),
        sa.or_(table.c.is_deleted, table.c.merged_into_id.is_not(None)).label("is_gone"),
    )


def identified(kind: str) -> sa.CTE:
    """Pairs of records, one of each CRM, that a value identifies: value, left_node, right_node.

    By value and name first; a record that finds no partner so by the value alone.
    """
    named = _only_holders(kind, HOLDER.c.value, HOLDER.c.name).cte(f"named_{kind}")
    other = _only_holders(kind, HOLDER.c.value).subquery(f"only_{kind}")
    is_taken = sa.exists().where(
        named.c.value == other.c.value,
        sa.or_(
            named.c.left_node == other.c.left_node,
            named.c.right_node == other.c.right_node,
        ),
    )
    return sa.union_all(sa.select(named), sa.select(other).where(~is_taken)).cte(
        f"identified_{kind}"
    )


def sharing(kind: str) -> sa.Subquery:
    """Pairs that share a value, identified or not: each record with the oldest of the other CRM.

    Columns as of `identified`. Records that are gone, or that the sync knows, are no question.
    """
    holder = HOLDER.alias("holder")
    age = sa.func.row_number().over(
        partition_by=(HOLDER.c.value, HOLDER.c.crm), order_by=(HOLDER.c.created_at, HOLDER.c.node)
    )
    aged = (
        sa.select(HOLDER, age.label("age")).where(HOLDER.c.kind == kind, ~HOLDER.c.is_gone)
    ).subquery("aged")
    return (
        sa.select(holder.c.value, holder.c.node.label("left_node"), aged.c.node.label("right_node"))
        .join(aged, sa.and_(aged.c.value == holder.c.value, aged.c.crm != holder.c.crm))
        .where(holder.c.kind == kind, aged.c.age == 1, ~holder.c.is_gone, ~holder.c.is_told)
        .subquery(f"sharing_{kind}")
    )


def _only_holders(kind: str, *shared: sa.Column[str]) -> sa.Select[Any]:
    """Pairs of the only record of each CRM that holds what is shared.

    The only one alive, or the only one there was when the younger of the two came: who opens a branch
    later takes nothing from the first. Of what the sync has told a website says nothing.
    """
    of_crm: dict[str, Any] = {"partition_by": (HOLDER.c.crm, *shared)}
    by_age = {**of_crm, "order_by": (HOLDER.c.created_at, HOLDER.c.node)}
    living_count = sa.func.count(sa.case((~HOLDER.c.is_gone, 1))).over(**of_crm)
    ranked = (
        sa.select(
            HOLDER,
            sa.func.row_number().over(**by_age).label("age"),
            sa.func.lead(HOLDER.c.created_at).over(**by_age).label("next_at"),
            sa.and_(~HOLDER.c.is_gone, living_count == 1).label("is_only_living"),
        )
        .where(HOLDER.c.kind == kind, *(column.is_not(None) for column in shared))
        .subquery("ranked")
    )
    candidate = sa.select(ranked).where(
        sa.or_(ranked.c.age == 1, ranked.c.is_only_living), ~ranked.c.is_told
    )
    left, right = candidate.subquery("left_holder"), candidate.subquery("right_holder")
    came_at = sa.func.greatest(left.c.created_at, right.c.created_at)
    next_at = sa.func.least(left.c.next_at, right.c.next_at)
    were_only = sa.and_(
        left.c.age == 1, right.c.age == 1, sa.func.coalesce(came_at < next_at, sa.true())
    )
    return sa.select(
        left.c.value, left.c.node.label("left_node"), right.c.node.label("right_node")
    ).where(
        left.c.crm == "salesforce",
        right.c.crm == "hubspot",
        *(left.c[column.name] == right.c[column.name] for column in shared),
        sa.or_(sa.and_(left.c.is_only_living, right.c.is_only_living), were_only),
    )
