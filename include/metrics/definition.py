"""What a metric's values rest on by its own record, as one short text to compare."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.metrics.metric import Metric
from include.metrics.prepared.shape import rows_of


@cache
def definition_hash(metric: Metric) -> str:
    """A hash of the expressions and choices that make a metric's values.

    Of the record alone: how the engine sums does not change what is meant, and what the facts are
    made of, by the settings too, is in the facts. Names, words and slices are not in it.
    """
    said: list[Any] = [metric.headline, metric.compared_with, metric.is_of_whole_periods]
    said += ["none is unknown"] if metric.none_is_unknown else []
    for name, part in sorted(metric.summed.items()):
        said += [name, part.fact.fullname, part.timing, part.compared_with]
        said += ["as known"] if part.as_known else []
        for expression in (part.date, part.measure, part.where, part.on, part.ends):
            said.append(spelled(expression))
        said.append(spelled(part.counts_from))
    said += [spelled(value) for _, value in sorted(metric.measures.items())]
    said.append(spelled(metric.distribution))
    said += [
        spelled(rows_of(table))
        for table in sorted(metric.facts, key=lambda table: table.fullname)
        if "rows" in table.info
    ]
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def spelled(expression: sa.ClauseElement | None) -> str:
    """An expression as SQL, with the values in it."""
    if expression is None:
        return ""
    compiled = expression.compile(dialect=postgresql.dialect())
    return f"{compiled} {sorted(compiled.params.items())}"
