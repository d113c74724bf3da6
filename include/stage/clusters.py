"""Connected components in SQL: which records belong together, given what ties pairs of them.

A node is a record's id among those of both CRMs, such as `salesforce:001...`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

# Evidence below this is for a person to review, and ties nothing.
LEAST_CONFIDENCE_RATE = Decimal("0.9")
# Evidence that ties more records than this is a shared mailbox or a placeholder, not one customer.
LARGEST_CLUSTER = 25
# What is a fact and no evidence, and beside it what a CRM itself says.
FACTS = ("merge",)
TOLD = ("merge", "conversion", "sync_id")

_TEMPORARY = sa.MetaData()
NODE = sa.Table(
    "cluster_node",
    _TEMPORARY,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)
TIE = sa.Table(
    "cluster_tie",
    _TEMPORARY,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("neighbour", sa.Text, primary_key=True),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)
EVIDENCE = sa.Table(
    "cluster_evidence",
    _TEMPORARY,
    sa.Column("left_node", sa.Text, primary_key=True),
    sa.Column("right_node", sa.Text, primary_key=True),
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("confidence_rate", sa.Numeric, nullable=False),
    sa.Column("evidence", sa.Text),
    sa.Column("is_used", sa.Boolean, nullable=False),
    prefixes=["temporary"],
    postgresql_on_commit="DROP",
)


def node_of(crm: str, record_id: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """A record's id among those of both CRMs."""
    return sa.literal(f"{crm}:", sa.Text).concat(record_id)


def evidence_of(
    rule: str,
    confidence: str,
    one: sa.ColumnElement[Any],
    other: sa.ColumnElement[Any],
    value: sa.ColumnElement[Any],
) -> sa.Select[Any]:
    """Evidence that two nodes are one, in whichever order they come; `value` is what they share."""
    return sa.select(
        sa.func.least(one, other).label("left_node"),
        sa.func.greatest(one, other).label("right_node"),
        sa.literal(rule, sa.Text).label("rule"),
        sa.cast(sa.literal(Decimal(confidence)), sa.Numeric).label("confidence_rate"),
        value.label("evidence"),
    ).where(one != other)


def speaks_for_itself(table: sa.Table, synced_id: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Whether what the sync says of a HubSpot record holds.

    Of one merged into another it does not where it says something of that one too: else the merge
    would make one of two records that Salesforce and the sync keep apart.
    """
    survivor = table.alias("survivor")
    return ~sa.exists().where(
        survivor.c[next(iter(table.primary_key.columns)).name] == table.c.merged_into_id,
        survivor.c[synced_id.name].is_not(None),
    )


def weigh(
    connection: sa.Connection, evidence: list[sa.Select[Any]], records: sa.FromClause
) -> sa.Table:
    """Fill the temporary table of evidence and decide which of it is used.

    `records` has `node` and `is_merged`. Clusters that are too large fall back to what the CRMs say
    of their records: a mailbox or a website that many share does not make a lie of that. Those that
    are too large even so fall back to their merges, which are facts and not evidence.
    """
    connection.execute(sa.schema.CreateTable(EVIDENCE, if_not_exists=True))
    connection.execute(EVIDENCE.delete())
    found = sa.union_all(*evidence).subquery("found")
    key = (found.c.left_node, found.c.right_node, found.c.rule)
    best_first = (*key, found.c.confidence_rate.desc(), found.c.evidence)
    connection.execute(
        EVIDENCE.insert().from_select(
            [column.name for column in EVIDENCE.c],
            sa.select(
                *key,
                found.c.confidence_rate,
                found.c.evidence,
                found.c.confidence_rate >= LEAST_CONFIDENCE_RATE,
            )
            .ext(postgresql.distinct_on(*key))
            .order_by(*best_first),
        )
    )
    for kept in (TOLD, FACTS):
        label_clusters(connection, used_evidence())
        connection.execute(
            EVIDENCE.update()
            .values(is_used=False)
            .where(EVIDENCE.c.rule.not_in(kept), EVIDENCE.c.left_node.in_(_too_large(records)))
        )
    return EVIDENCE


def used_evidence() -> sa.Subquery:
    """The evidence that ties."""
    return sa.select(EVIDENCE).where(EVIDENCE.c.is_used).subquery("used")


def label_clusters(connection: sa.Connection, pairs: sa.FromClause) -> sa.Table:
    """Fill the temporary table of nodes: one row per node of `pairs`, labelled with its cluster.

    `pairs` has `left_node` and `right_node`. The label is the smallest node of the cluster: every
    node takes the smallest label around it until none changes.
    """
    for table in (NODE, TIE):
        connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
        connection.execute(table.delete())
    both_ways = sa.union(
        sa.select(pairs.c.left_node, pairs.c.right_node),
        sa.select(pairs.c.right_node, pairs.c.left_node),
    )
    connection.execute(TIE.insert().from_select(["node", "neighbour"], both_ways))
    connection.execute(
        NODE.insert().from_select(["node", "label"], sa.select(TIE.c.node, TIE.c.node).distinct())
    )
    for table in (NODE, TIE):
        connection.exec_driver_sql(f"analyze {table.name}")
    # The label of the neighbour's label: so each round reaches twice as far along a chain.
    near, far = NODE.alias("near"), NODE.alias("far")
    smallest = (
        sa.select(TIE.c.node, sa.func.min(far.c.label).label("label"))
        .where(TIE.c.neighbour == near.c.node, near.c.label == far.c.node)
        .group_by(TIE.c.node)
        .subquery("smallest")
    )
    spread = (
        NODE.update()
        .values(label=smallest.c.label)
        .where(NODE.c.node == smallest.c.node, smallest.c.label < NODE.c.label)
    )
    while connection.execute(spread).rowcount:
        pass
    return NODE


def _too_large(records: sa.FromClause) -> sa.Select[Any]:
    """Nodes of clusters too large to be one; a record merged into another makes none larger."""
    counted = NODE.alias("counted")
    labels = (
        sa.select(counted.c.label)
        .where(records.c.node == counted.c.node, ~records.c.is_merged)
        .group_by(counted.c.label)
        .having(sa.func.count() > LARGEST_CLUSTER)
    )
    return sa.select(NODE.c.node).where(NODE.c.label.in_(labels))


def strongest_tie(pairs: sa.FromClause) -> sa.Subquery:
    """One row per node of `pairs`: the rule of most confidence that ties it, and the confidence."""
    ends = sa.union_all(
        *(
            sa.select(end.label("node"), pairs.c.rule, pairs.c.confidence_rate)
            for end in (pairs.c.left_node, pairs.c.right_node)
        )
    ).subquery("tie_end")
    strength = sa.case(
        {"merge": 0, "conversion": 1, "sync_id": 2, "email": 3}, value=ends.c.rule, else_=4
    )
    return (
        sa.select(ends)
        .ext(postgresql.distinct_on(ends.c.node))
        .order_by(ends.c.node, strength)
        .subquery("strongest")
    )
