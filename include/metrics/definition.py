"""What a metric's values mean, by its own record and by include/config, as short texts to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.metrics.metric import Metric
from include.metrics.prepared.shape import rows_of
from include.metrics.reads import columns_read
from include.tables import facts
from include.tables.ops import CHOICES_OF, fact_build


@cache
def definition_hash(metric: Metric) -> str:
    """A hash of the expressions and choices that make a metric's values.

    Of the record alone: how the engine sums does not change what is meant, and choices in
    include/config have a hash of their own. Names, words and slices are not in it.
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


def choices_hash(metric: Metric, choices: Mapping[str, str]) -> str | None:
    """A hash of the choices that the facts a metric reads rest on; None where nobody kept those.

    `choices` are hashes by fact, as ops.fact_build has them.
    """
    columns = columns_read(metric)
    read = {name.partition(".")[0] for name in columns}
    if metric.unit == "money":
        read.add(facts.exchange_rate.name)
    if f"{facts.customer.name}.{facts.customer.c.is_marketing.name}" in columns:
        read.add(facts.channel.name)
    made = [choices[name] for name in sorted(read) if name in choices]
    return hashlib.sha256(repr(made).encode()).hexdigest()[:16] if made else None


def choices_of_facts(connection: sa.Connection) -> dict[str, str]:
    """Hashes of the choices that the facts there are rest on, by fact; none where none were kept."""
    newest = sa.select(fact_build.c.shared_inputs).order_by(fact_build.c.built_at.desc()).limit(1)
    told: dict[str, str] = connection.scalar(newest) or {}
    return {
        name.removeprefix(CHOICES_OF): made
        for name, made in told.items()
        if name.startswith(CHOICES_OF)
    }


def is_other_meaning(one: sa.FromClause, other: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether two rows of metric_definition are of another meaning; NULL where one is not there."""
    return sa.or_(
        one.c.definition_hash != other.c.definition_hash, one.c.choices_hash != other.c.choices_hash
    )


def spelled(expression: sa.ClauseElement | None) -> str:
    """An expression as SQL, with the values in it."""
    if expression is None:
        return ""
    compiled = expression.compile(dialect=postgresql.dialect())
    return f"{compiled} {sorted(compiled.params.items())}"
