"""What is written down of a computation besides its values: which periods, by whom, by what record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from include.metrics.definition import definition_hash
from include.metrics.metric import Metric
from include.metrics.plan import PeriodKey, Plan
from include.metrics.states import remove
from include.metrics.wanted import wanted_period
from include.tables.metrics import computed_period, metric_definition, restatement


@dataclass(frozen=True)
class Run:
    """Who computes, and when."""

    run_id: str
    computed_at: datetime


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
                sa.literal(run.computed_at),
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
    connection: sa.Connection, metric: Metric, as_of_ats: Sequence[datetime]
) -> None:
    """Keep which record of the metric its values as of some instants are made by."""
    definition = metric_definition
    connection.execute(
        definition.delete().where(
            definition.c.metric_id == metric.id, definition.c.as_of_at.in_(as_of_ats)
        )
    )
    made_by = {"metric_id": metric.id, "definition_hash": definition_hash(metric)}
    connection.execute(definition.insert(), [made_by | {"as_of_at": at} for at in as_of_ats])
