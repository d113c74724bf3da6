"""Compute metric values as of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.settings import Calendar
from include.core.warehouse import plan_for_whole_tables
from include.metrics.availability import Sources, availability
from include.metrics.catalogue import CATALOGUE
from include.metrics.fill import Wanted, fill_wanted_tables
from include.metrics.metric import Metric
from include.metrics.periods import (
    AsOf,
    Period,
    choose_periods,
    first_event_date,
    read_periods,
)
from include.metrics.restate import as_ofs_after, as_ofs_before, remember_definition, restate
from include.metrics.values import Run, metric_values
from include.metrics.withhold import withhold_slices
from include.tables.metrics import metric_value


def compute_metrics(
    engine: sa.Engine,
    calendar: Calendar,
    as_of_at: datetime,
    run_id: str,
    computed_at: datetime,
    metric_ids: Sequence[str] | None = None,
) -> int:
    """Write metrics.metric_value and metrics.restatement as of an instant; values written.

    Of every grain, the period the as-of is in, `calendar.trailing_periods` before it, and all
    since the first event that no earlier as-of has computed. The same as-of again replaces its
    values. Each metric is one transaction.

    Raises:
        ConfigurationError: a metric id is not in the catalogue.
        StopError: facts.period does not reach the as-of.
        ValueError: the as-of has no time zone.
    """
    if as_of_at.tzinfo is None:
        raise ValueError(f"the as-of needs a time zone: {as_of_at!r}")
    as_of = AsOf(as_of_at.astimezone(UTC), calendar.zone)
    run = Run(run_id, computed_at)
    chosen = catalogued(metric_ids)
    with engine.connect() as connection:
        periods = read_periods(connection, as_of)
        sources = Sources(connection, as_of)
    written = 0
    for metric in chosen:
        with engine.begin() as connection:
            written += _compute(
                connection, metric, periods, sources, as_of, calendar.trailing_periods, run
            )
    return written


def catalogued(metric_ids: Sequence[str] | None) -> tuple[Metric, ...]:
    """The metrics of these ids, all of them for None.

    Raises:
        ConfigurationError: an id is not in the catalogue.
    """
    if metric_ids is None:
        return CATALOGUE
    known = {metric.id: metric for metric in CATALOGUE}
    unknown = [metric_id for metric_id in metric_ids if metric_id not in known]
    if unknown:
        raise ConfigurationError(
            f"There is no metric {', '.join(unknown)}.", f"Use one of: {', '.join(known)}."
        )
    return tuple(known[metric_id] for metric_id in metric_ids)


def _compute(
    connection: sa.Connection,
    metric: Metric,
    periods: dict[str, list[Period]],
    sources: Sources,
    as_of: AsOf,
    trailing: int,
    run: Run,
) -> int:
    """Replace one metric's values as of an instant; values written."""
    _wait_for_other_runs(connection, metric)
    first_event = first_event_date(connection, metric, as_of)
    before = as_ofs_before(connection, metric, as_of)
    trailing = max(trailing, metric.trailing_periods)
    of_grains = {grain: periods[grain] for grain in metric.grains if grain in periods}
    chosen = choose_periods(of_grains, as_of, trailing, first_event, before.keys())
    after = as_ofs_after(connection, metric, periods, chosen, as_of, trailing)
    supply = sources.supply(connection, metric, first_event)
    wanted = [
        Wanted(
            period,
            *availability(metric, period, supply, as_of),
            before.get((period.grain, period.start_date)),
            after.get((period.grain, period.start_date)),
        )
        for period in chosen
    ]
    plan_for_whole_tables(connection)
    fill_wanted_tables(connection, metric, periods, wanted, as_of)
    connection.execute(
        metric_value.delete().where(
            metric_value.c.metric_id == metric.id, metric_value.c.as_of_at == as_of.at
        )
    )
    values = metric_values(metric, as_of, run)
    written = connection.execute(
        metric_value.insert().from_select(
            [column.name for column in values.selected_columns], values
        ),
        execution_options={"preserve_rowcount": True},
    ).rowcount
    withhold_slices(connection, metric, as_of)
    remember_definition(connection, metric, as_of)
    restate(connection, metric, wanted, as_of)
    return written


def _wait_for_other_runs(connection: sa.Connection, metric: Metric) -> None:
    """Let one run at a time work on a metric: what an as-of fills depends on the as-ofs there are."""
    connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"metric_value.{metric.id}")))
    )
