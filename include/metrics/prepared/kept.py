"""Prepared tables that outlast the metric they were made for."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from itertools import groupby

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.wanted import analyze, create_temporary


class PreparedTables:
    """The prepared tables of one connection, each kept until other rows of it are wanted.

    Metrics that compare customers differ in what they count and not in whom they compare, and to
    prepare that is most of what each of them costs.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._wants: dict[str, Hashable] = {}

    def fill(self, table: sa.Table, wants: Hashable) -> None:
        """Make a table of what the wanted tables hold, unless it is there already.

        `wants` is all of them that its rows follow from, besides the facts.
        """
        if self._wants.get(table.name) == wants:
            return
        self._drop(table)
        create_temporary(self._connection, table)
        rows = table.info["rows"]()
        names = [column.name for column in rows.selected_columns]
        self._connection.execute(table.insert().from_select(names, rows))
        analyze(self._connection, table)
        self._wants[table.name] = wants

    def _drop(self, table: sa.Table) -> None:
        """Drop a table that may not be there, and never one of somebody else's of that name."""
        self._connection.exec_driver_sql(f'drop table if exists pg_temp."{table.name}"')
        self._wants.pop(table.name, None)


@contextmanager
def temporary_tables(connection: sa.Connection) -> Iterator[PreparedTables]:
    """The prepared tables of a connection; those and all other temporary ones are gone in the end."""
    try:
        yield PreparedTables(connection)
    except BaseException:
        # They go with the session, and what failed may have been the session itself.
        connection.invalidate()
        raise
    with connection.begin():
        connection.exec_driver_sql("discard temp")


def sharing(metrics: list[Metric], spans: dict[str, frozenset[str]]) -> list[list[Metric]]:
    """Those together that are likely to want the same rows of the same tables."""

    def wants(metric: Metric) -> tuple[list[str], list[str]]:
        names = [table.name for table in metric.facts if "rows" in table.info]
        return sorted(names), sorted(spans[metric.id])

    return [list(group) for _, group in groupby(sorted(metrics, key=wants), key=wants)]
