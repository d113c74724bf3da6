"""Compute metric values as of one instant, or of many at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.settings import Calendar
from include.core.warehouse import plan_for_whole_tables
from include.metrics.availability import Sources, availability
from include.metrics.catalogue import CATALOGUE
from include.metrics.definition import choices_of_facts
from include.metrics.fill import fill_wanted_tables, spans_read
from include.metrics.first_event import first_event_dates
from include.metrics.metric import Metric
from include.metrics.parallel import Unit, work_through
from include.metrics.periods import AsOf, AsOfs, Period, Reach, read_periods
from include.metrics.plan import as_ofs_having, by_period, plan
from include.metrics.prepared.kept import Kept, sharing
from include.metrics.remember import Run, remember_definition, remember_periods
from include.metrics.restate import restate
from include.metrics.states import keep, wait_for_other_runs
from include.metrics.values import metric_values
from include.metrics.withhold import withhold_slices
from include.metrics.written import computed

# Two months of days: of one a day costs a quarter more, since less is shared; of three no less, for all
# that is told of each as-of has to be gone through.
AT_ONCE = 61
# The server looks through a table that has grown by itself, up to minutes later; until then as-ofs that
# follow go through all values for each period.
MANY = 100_000
ANALYZE = "analyze metrics.value_state, metrics.computed_period"


def compute_metrics(
    engine: sa.Engine,
    calendar: Calendar,
    as_of_at: datetime,
    run_id: str,
    computed_at: datetime,
    metric_ids: Sequence[str] | None = None,
) -> int:
    """Write the values and restatements as of an instant; values computed.

    Of every grain, the period the as-of is in, `calendar.trailing_periods` before it or what is not
    mature yet, and all since the first event that no earlier as-of has computed. The same as-of again replaces its
    values. Each metric is one transaction.

    Raises:
        ConfigurationError: a metric id is not in the catalogue.
        StopError: facts.period does not reach the as-of.
        ValueError: the as-of has no time zone.
    """
    return compute_metrics_of_many(engine, calendar, [as_of_at], run_id, computed_at, metric_ids)


def compute_metrics_of_many(
    engine: sa.Engine,
    calendar: Calendar,
    as_of_ats: Sequence[datetime],
    run_id: str,
    computed_at: datetime,
    metric_ids: Sequence[str] | None = None,
) -> int:
    """The same as of many instants, in any order; the rows are those of one after the other.

    Facts are read once for as many as-ofs as are computed together. Each metric and set of these
    is one transaction.

    Raises: as compute_metrics.
    """
    for as_of_at in as_of_ats:
        if as_of_at.tzinfo is None:
            raise ValueError(f"the as-of needs a time zone: {as_of_at!r}")
    ordered = [AsOf(at.astimezone(UTC), calendar.zone) for at in sorted(set(as_of_ats))]
    chosen = catalogued(metric_ids)
    groups = sharing(chosen, {metric.id: spans_read(metric) for metric in chosen})
    with engine.begin() as connection:
        run, written = Run(run_id, computed_at, choices_of_facts(connection)), 0
    for as_ofs in _together(ordered):
        with engine.begin() as connection:
            periods = read_periods(connection, as_ofs.last)
            sources = {as_of: Sources(connection, as_of) for as_of in as_ofs.each}
        compute = partial(_compute, periods=periods, sources=sources, calendar=calendar, run=run)
        # A metric is never in two hands.
        units: list[Unit] = [
            [partial(compute, metric=metric, as_ofs=as_ofs) for metric in group] for group in groups
        ]
        count = work_through(engine, units)
        if count >= MANY:
            with engine.begin() as connection:
                connection.exec_driver_sql(ANALYZE)
        written += count
    return written


def _together(as_ofs: Sequence[AsOf]) -> Iterator[AsOfs]:
    """As-ofs, in order, that may be computed together."""
    group: list[AsOf] = []
    for as_of in as_ofs:
        # The first fills history, which the others would carry along.
        is_single = not as_of.is_end_of_day or as_of is as_ofs[0]
        if group and (is_single or len(group) == AT_ONCE):
            yield AsOfs(tuple(group))
            group = []
        group.append(as_of)
        if is_single:
            yield AsOfs(tuple(group))
            group = []
    if group:
        yield AsOfs(tuple(group))


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
    kept: Kept,
    *,
    metric: Metric,
    as_ofs: AsOfs,
    periods: dict[str, list[Period]],
    sources: Mapping[AsOf, Sources],
    calendar: Calendar,
    run: Run,
) -> int:
    """Replace one metric's values as of some instants; values computed."""
    reach = Reach(max(calendar.trailing_periods, metric.trailing_periods), metric.maturity_days)
    wait_for_other_runs(connection, metric.id)
    ats = [as_of.at for as_of in as_ofs.each]
    first_events = first_event_dates(connection, kept, metric, as_ofs)
    of_grains = {grain: periods[grain] for grain in metric.grains if grain in periods}
    having = as_ofs_having(connection, metric, as_ofs.each)
    planned = kept.once(
        ("plan", *of_grains, as_ofs, reach, *first_events, having),
        lambda: plan(of_grains, as_ofs.each, first_events, reach, by_period(having)),
    )
    supplies = [
        sources[as_of].supply(connection, metric, first_event)
        for as_of, first_event in zip(as_ofs.each, first_events, strict=True)
    ]
    allowed = [
        availability(metric, choice.period, supplies[choice.position - 1], choice.as_of)
        for choice in planned.choices
    ]
    plan_for_whole_tables(connection)
    fill_wanted_tables(connection, kept, metric, periods, planned, allowed, as_ofs)
    remember_periods(connection, metric, planned, ats, run)
    values = metric_values(metric, as_ofs)
    columns = [column.name for column in values.selected_columns]
    connection.execute(computed.insert().from_select(columns, values))
    counted = sa.select(sa.func.coalesce(sa.func.sum(computed.c.as_of_count), 0))
    written: int = connection.execute(counted).scalar_one()
    withhold_slices(connection, metric)
    keep(connection, metric.id, ats)
    remember_definition(connection, metric, ats, run)
    restate(connection, metric, planned.choices, as_ofs.zone.key)
    return written
