"""Connected components."""

from __future__ import annotations

import sqlalchemy as sa

from include.stage.clusters import label_clusters


def test_a_long_chain_is_one_cluster_in_few_rounds(warehouse: sa.Engine) -> None:
    # n0200 - n0199 - ... - n0000, and a ring of its own; the smallest label has 200 ties to go.
    chain = [(f"n{n:04d}", f"n{n - 1:04d}") for n in range(200, 0, -1)]
    ring = [("r1", "r2"), ("r3", "r2"), ("r1", "r3")]
    pairs = sa.values(
        sa.column("left_node", sa.Text), sa.column("right_node", sa.Text), name="pair"
    ).data(chain + ring)
    rounds = 0

    def count(*arguments: object) -> None:
        nonlocal rounds
        rounds += str(arguments[2]).startswith("UPDATE cluster_node")

    sa.event.listen(warehouse, "before_cursor_execute", count)
    with warehouse.begin() as connection:
        node = label_clusters(connection, pairs)
        labels = {row.node: row.label for row in connection.execute(sa.select(node))}
    assert labels == {
        **{f"n{n:04d}": "n0000" for n in range(201)},
        **dict.fromkeys(("r1", "r2", "r3"), "r1"),
    }
    # 1, 3, 7, 15, 31, 63, 127, 255 ties reached, and one round in which nothing changes.
    assert rounds == 9
