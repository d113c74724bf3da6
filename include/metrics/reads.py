"""Which columns of facts a metric reads, taken from its own expressions."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from include.metrics.metric import Metric
from include.metrics.prepared.shape import rows_of
from include.metrics.slices import Slice


@functools.cache
def columns_read(metric: Metric) -> frozenset[str]:
    """Columns its sums are made of and its events are chosen by, as `deal.closed_date`."""
    expressions = [
        value
        for part in metric.summed.values()
        for field in dataclasses.fields(part)
        if isinstance(value := getattr(part, field.name), sa.ColumnElement)
    ]
    if metric.distribution is not None:
        expressions.append(metric.distribution)
    for fact in metric.facts:
        chosen = ("is_counted", "valid_from_at", "valid_to_at")
        expressions += [fact.c[name] for name in chosen if name in fact.c]
    return frozenset(_names(expressions))


def columns_of_slice(metric: Metric, cut: Slice) -> frozenset[str]:
    """Columns that say which member of a slice an event of the metric belongs to."""
    members: list[Any] = []
    for fact in dict.fromkeys(part.fact for part in metric.summed.values()):
        if cut.through is None or not cut.is_joined(fact):
            members.append(cut.member(fact))
            continue
        members.append(cut.through.c[cut.through_column])
        if cut.key in fact.c:
            members.append(fact.c[cut.key])
    return frozenset(_names(members))


def _names(expressions: Iterable[Any]) -> Iterator[str]:
    """Names of the fact columns in some expressions, in what tables made for a metric are made of too."""
    prepared: dict[sa.Table, None] = {}
    for expression in expressions:
        for part in visitors.iterate(expression):
            table = getattr(part, "table", None)
            if not isinstance(part, sa.ColumnClause) or table is None:
                continue
            table = getattr(table, "element", table)
            if not isinstance(table, sa.Table):
                continue
            if table.schema == "facts":
                yield f"{table.name}.{part.name}"
            elif "dimension" in table.info:
                yield _of_dimension(table.info["dimension"], part.name)
            elif "rows" in table.info:
                prepared[table] = None
    if prepared:
        yield from _names(rows_of(table) for table in prepared)


def _of_dimension(dimension: sa.Table, name: str) -> str:
    """The column of a dimension that a column of its states is made of."""
    made_of = {"key": next(iter(dimension.primary_key)).name}
    return f"{dimension.name}.{name if name in dimension.c else made_of.get(name, 'valid_from_at')}"
