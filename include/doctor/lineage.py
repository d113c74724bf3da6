"""Which fields of which CRM objects the columns of the fact tables are made of.

Nobody keeps a list: the expressions that build the facts are followed back to the staged columns.
Only values are followed, not the conditions that rows are joined and chosen by, and not into what
unifies the two CRMs (`stage.customer`, `stage.user`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import AliasedReturnsRows, SelectStatementGrouping

from include.core.settings import Settings
from include.facts.build import MAKERS
from include.metrics.metric import Metric
from include.metrics.prepared.shape import rows_of
from include.tables import SOURCE_OBJECTS
from include.tables.stage import CURRENT, VERSION

# (object id, the field's path in the record as landed)
Origin = tuple[str, str]

STAGED: dict[sa.Table, dict[str, Origin]] = {
    tables[source.id]: {field.column: (source.id, field.source) for field in source.fields}
    for source in SOURCE_OBJECTS
    for tables in (CURRENT, VERSION)
}


class Lineage:
    """The origins of fact columns, for one configuration; each is worked out once."""

    def __init__(self, settings: Settings) -> None:
        # The statements are kept, so that the ids of their parts stay theirs.
        self._branches = {table: list(_branches(maker(settings))) for table, maker in MAKERS}
        self._known: dict[tuple[int, str], frozenset[Origin]] = {}

    def of_metric(self, metric: Metric) -> frozenset[Origin]:
        """Fields that the metric's sums are made of, and the events they are taken over."""
        return frozenset().union(*map(self.of_column, columns_of(metric)))

    def of_expressions(self, expressions: Iterable[sa.ColumnElement[Any]]) -> frozenset[Origin]:
        """Fields that the columns in some expressions are made of."""
        return frozenset(
            origin for column in columns_in(expressions) for origin in self.of_column(column)
        )

    def branches(self, table: Any) -> list[sa.Select[Any]]:
        """The SELECTs a table of facts or a subquery is put together of; none for another table."""
        if not isinstance(table, sa.Table):
            return list(_branches(table.element)) if isinstance(table, AliasedReturnsRows) else []
        if table not in self._branches and "rows" in table.info:
            # Made for one metric, of facts.
            self._branches[table] = list(_branches(rows_of(table)))
        return self._branches.get(table, [])

    def of_column(self, column: sa.ColumnClause[Any]) -> frozenset[Origin]:
        """Fields that a column of a table or of a subquery is made of."""
        table: Any = column.table
        key = (id(table), column.key)
        if key not in self._known:
            # A subquery that reads itself adds nothing by that.
            self._known[key] = frozenset()
            self._known[key] = self._origins(table, column.key)
        return self._known[key]

    def _origins(self, table: Any, name: str) -> frozenset[Origin]:
        if table in STAGED:
            origin = STAGED[table].get(name)
            return frozenset([origin] if origin else [])
        if isinstance(table, AliasedReturnsRows) and isinstance(table.element, sa.Table):
            return self.of_column(table.element.c[name])
        return self.of_expressions(
            expression for _, expression in selected(self.branches(table), name)
        )


def columns_of(metric: Metric) -> list[sa.ColumnClause[Any]]:
    """Columns of the facts that the metric's sums are made of, and those that choose its events."""
    expressions = [
        value
        for part in metric.summed.values()
        for field in dataclasses.fields(part)
        if isinstance(value := getattr(part, field.name), sa.ColumnElement)
    ]
    counted = [fact.c.is_counted for fact in metric.facts if "is_counted" in fact.c]
    return list(dict.fromkeys(columns_in([*expressions, *counted])))


def columns_in(expressions: Iterable[sa.ColumnElement[Any]]) -> Iterator[sa.ColumnClause[Any]]:
    """Every column of a table that stands in some expressions."""
    for expression in expressions:
        for part in visitors.iterate(expression):
            if isinstance(part, sa.ColumnClause) and part.table is not None:
                yield part


def _branches(rows: Any) -> Iterator[sa.Select[Any]]:
    """The SELECTs that a statement puts together; none for what is no statement."""
    if isinstance(rows, sa.Select):
        yield rows
    elif isinstance(rows, sa.CompoundSelect):
        for part in rows.selects:
            yield from _branches(part)
    elif isinstance(rows, SelectStatementGrouping):
        yield from _branches(rows.element)


def selected(
    branches: Iterable[sa.Select[Any]], name: str
) -> Iterator[tuple[sa.Select[Any], sa.ColumnElement[Any]]]:
    """Each branch with its expression for one column; the first branch names it for all."""
    position: int | None = None
    for branch in branches:
        columns = list(branch.selected_columns)
        if position is None:
            names = branch.selected_columns.keys()
            if name not in names:
                return
            position = names.index(name)
        yield branch, columns[position]
