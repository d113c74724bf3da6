"""Values that a failed check does not let us print, and only those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.prepared.kept import temporary_tables
from include.metrics.reads import columns_of_slice
from include.metrics.states import keep, wait_for_other_runs
from include.metrics.written import computed
from include.tables import ops
from include.tables.metrics import metric_value

# The suite of include/validate/facts.py.
FACTS = "facts"
NUMBERS = ("numerator", "denominator", "value", "mean_value", "median_value", "p90_value")
# (what is not to be trusted: columns, or a table as a whole; the rule in words)
Failure = tuple[frozenset[str], str]


def failures(connection: sa.Connection) -> list[Failure]:
    """The critical checks on facts that failed when they were last checked."""
    result = ops.expectation_result.c
    latest = (
        sa.select(result.run_id)
        .where(result.suite == FACTS)
        .order_by(result.checked_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        sa.select(result.column_name, result.expectation)
        .where(
            result.suite == FACTS,
            result.run_id == latest,
            result.severity == "critical",
            sa.not_(result.is_success),
        )
        .order_by(result.expectation)
    )
    return [(frozenset(guards.split(", ")), words) for guards, words in rows]


def withheld_for(failed: Sequence[Failure], columns: frozenset[str]) -> str:
    """Why what reads these columns is not to be trusted, empty where it is."""
    tables = {column.split(".")[0] for column in columns}
    words = [words for guards, words in failed if guards & (columns | tables)]
    return f"A check on what it is made of failed: {'; '.join(words)}." if words else ""


def withhold_slices(connection: sa.Connection, metric: Metric) -> None:
    """Withhold the members of slices whose own column failed a check; the total stands.

    Of what has been computed and is not kept yet.
    """
    failed = failures(connection)
    for cut in metric.slices if failed else ():
        reason = withheld_for(_of_columns(failed), columns_of_slice(metric, cut))
        if reason:
            connection.execute(
                computed.update().where(computed.c.slice_id == cut.id).values(_without(reason))
            )


def _of_columns(failed: Sequence[Failure]) -> list[Failure]:
    """Failures without those of whole tables, which have withheld the totals already."""
    return [(frozenset(g for g in guards if "." in g), words) for guards, words in failed]


def withhold(engine: sa.Engine, as_of_at: datetime, reasons: Mapping[str, str]) -> None:
    """Withhold the values of metrics as of an instant, by what their check says."""
    value = metric_value.c
    names = [column.name for column in computed.c if column.name in value]
    with engine.connect() as connection, temporary_tables(connection):
        for metric_id, words in reasons.items():
            with connection.begin():
                wait_for_other_runs(connection, metric_id)
                stored = sa.select(*(value[name] for name in names)).where(
                    value.metric_id == metric_id, value.as_of_at == as_of_at
                )
                stored = stored.add_columns(value.as_of_at.label("last_as_of_at"))
                connection.execute(computed.insert().from_select([*names, "last_as_of_at"], stored))
                reason = f"A check on its values failed: {words}."
                connection.execute(computed.update().values(_without(reason)))
                keep(connection, metric_id, [as_of_at])


def _without(reason: str) -> dict[str, Any]:
    """What a value is set to that is withheld for a reason."""
    return {"status": "WITHHELD", "status_reason": reason, **dict.fromkeys(NUMBERS)}
