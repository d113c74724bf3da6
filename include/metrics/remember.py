"""What is written down of a computation besides its values: which periods, by whom, by what record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from include.core.portable import add_seconds, later_of
from include.metrics.definition import choices_hash, definition_hash
from include.metrics.metric import Metric
from include.metrics.plan import PeriodKey, Plan
from include.metrics.states import remove
from include.metrics.wanted import wanted_period
from include.tables.metrics import computed_period, metric_definition, restatement
from include.tables.ops import METRICS_SUITE, expectation_result


@dataclass(frozen=True)
class Run:
    """Who computes, and when, of facts that rest on which choices, as hashes by fact."""

    run_id: str
    computed_at: datetime
    choices: Mapping[str, str]


def remember_periods(
    connection: sa.Connection,
    metric: Metric,
    planned: Plan,
    as_of_ats: Sequence[datetime],
    run: Run,
) -> None:
    """Write down what is computed as of these instants, and take out what no longer is theirs.

    Restatements of what is computed anew, or taken out, go with it.
    """
    found = computed_period.c
    own = sa.and_(found.metric_id == metric.id, found.as_of_at.in_(as_of_ats))
    chosen = {
        ((choice.period.grain, choice.period.start_date), choice.as_of.at)
        for choice in planned.choices
    }
    had = {
        ((row.grain, row.period_start_date), row.as_of_at)
        for row in connection.execute(
            sa.select(found.grain, found.period_start_date, found.as_of_at).where(own)
        )
    }
    gone = [*planned.superfluous, *sorted(had - chosen)]
    if gone:
        remove(connection, metric.id, gone)
    connection.execute(computed_period.delete().where(own))
    wanted = wanted_period.c
    connection.execute(
        computed_period.insert().from_select(
            [column.name for column in computed_period.c],
            sa.select(
                sa.literal(metric.id),
                wanted.grain,
                wanted.start_date,
                wanted.as_of_at,
                wanted.is_complete,
                sa.literal(run.run_id),
                _computed_at(run),
            ),
        )
    )
    restated = restatement.c
    connection.execute(
        restatement.delete().where(
            restated.metric_id == metric.id, restated.as_of_at.in_(as_of_ats)
        )
    )
    forget_restatements(connection, metric, planned.superfluous)


def _computed_at(run: Run) -> sa.ColumnElement[datetime]:
    """When a run computes what it writes now: after whatever check of it there is.

    A try that was stopped, and goes on once the next one has computed and checked everything, puts values
    in their place that were not checked, and what a check has withheld is there again.
    """
    result, computed_at = expectation_result.c, sa.literal(run.computed_at)
    checked_at = (
        sa.select(sa.func.max(result.checked_at))
        .where(result.suite == METRICS_SUITE, result.run_id == run.run_id)
        .scalar_subquery()
    )
    return later_of(computed_at, sa.func.coalesce(add_seconds(checked_at, 1), computed_at))


def forget_restatements(
    connection: sa.Connection, metric: Metric, periods: Sequence[tuple[PeriodKey, datetime]]
) -> None:
    """Delete the restatements of these periods, each as of the instant given."""
    if not periods:
        return
    restated = restatement.c
    connection.execute(
        restatement.delete().where(
            restated.metric_id == metric.id,
            restated.grain == sa.bindparam("of_grain"),
            restated.period_start_date == sa.bindparam("of_start_date"),
            restated.as_of_at == sa.bindparam("of_as_of_at"),
        ),
        [
            {"of_grain": grain, "of_start_date": start_date, "of_as_of_at": at}
            for (grain, start_date), at in periods
        ],
    )


def remember_definition(
    connection: sa.Connection, metric: Metric, as_of_ats: Sequence[datetime], run: Run
) -> None:
    """Keep by which record of the metric and which choices its values as of some instants are made."""
    definition = metric_definition
    connection.execute(
        definition.delete().where(
            definition.c.metric_id == metric.id, definition.c.as_of_at.in_(as_of_ats)
        )
    )
    made_by = {
        "metric_id": metric.id,
        "definition_hash": definition_hash(metric),
        "choices_hash": choices_hash(metric, run.choices),
    }
    connection.execute(definition.insert(), [made_by | {"as_of_at": at} for at in as_of_ats])
