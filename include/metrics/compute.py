"""Compute metric values as of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.portable import safe_divide
from include.core.settings import Calendar
from include.core.warehouse import plan_for_whole_tables
from include.metrics.aggregate import period_sums
from include.metrics.availability import BLOCKING, Sources, availability
from include.metrics.catalogue import CATALOGUE
from include.metrics.distribution import distributions
from include.metrics.fill import Wanted, fill_wanted_tables
from include.metrics.metric import Metric
from include.metrics.periods import (
    AsOf,
    Period,
    choose_periods,
    first_event_date,
    read_periods,
)
from include.metrics.restate import as_ofs_after, as_ofs_before, restate
from include.metrics.slices import NO_MEMBER, TOTAL, Slice
from include.metrics.wanted import KEYS, of_wanted, wanted_period
from include.tables.metrics import metric_value

# A rate or an average of one person over fewer events than this is flagged.
PERSON_MINIMUM_SAMPLE = 5
PRINTABLE = ("OK", "PARTIAL", "SUPPRESSED_SMALL_N")


@dataclass(frozen=True)
class Run:
    """What every value of one computation carries."""

    run_id: str
    computed_at: datetime


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
    shortages, crms = sources.shortages(metric), sources.crms(metric)
    wanted = [
        Wanted(
            period,
            *availability(metric, period, shortages, crms, as_of, first_event),
            before.get((period.grain, period.start_date)),
            after.get((period.grain, period.start_date)),
        )
        for period in chosen
    ]
    fill_wanted_tables(connection, metric, periods, wanted, as_of)
    connection.execute(
        metric_value.delete().where(
            metric_value.c.metric_id == metric.id, metric_value.c.as_of_at == as_of.at
        )
    )
    plan_for_whole_tables(connection)
    written = 0
    for cut in (TOTAL, *metric.slices):
        values = metric_values(metric, cut, as_of, run)
        written += connection.execute(
            metric_value.insert().from_select(
                [column.name for column in values.selected_columns], values
            ),
            execution_options={"preserve_rowcount": True},
        ).rowcount
    restate(connection, metric, wanted, as_of)
    return written


def _wait_for_other_runs(connection: sa.Connection, metric: Metric) -> None:
    """Let one run at a time work on a metric: what an as-of fills depends on the as-ofs there are."""
    connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"metric_value.{metric.id}")))
    )


def metric_values(metric: Metric, cut: Slice, as_of: AsOf, run: Run) -> sa.Select[Any]:
    """Rows of metrics.metric_value: every wanted period for the total, members with events else."""
    read = _with_status(metric, cut, as_of).subquery("read")
    is_printable = read.c.status.in_(PRINTABLE)

    def printable(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((is_printable, sa.cast(value, sa.Numeric(28, 10))))

    def trusted(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        return sa.case((read.c.status.not_in(BLOCKING), sa.cast(value, sa.Numeric(28, 10))))

    mean = safe_divide(read.c.numerator, read.c.denominator)
    nothing = sa.null()
    return sa.select(
        sa.literal(metric.id).label("metric_id"),
        read.c.grain,
        read.c.start_date.label("period_start_date"),
        sa.literal(cut.id).label("slice_id"),
        read.c.member.label("slice_value"),
        read.c.as_of_at,
        read.c.end_date.label("period_end_date"),
        read.c.period_id,
        read.c.label.label("slice_label"),
        trusted(read.c.numerator).label("numerator"),
        trusted(nothing if metric.is_additive else read.c.denominator).label("denominator"),
        printable(_headline(metric, read)).label("value"),
        printable(nothing if metric.distribution is None else mean).label("mean_value"),
        printable(read.c.median_value).label("median_value"),
        printable(read.c.p90_value).label("p90_value"),
        read.c.sample_count,
        read.c.excluded_count,
        sa.literal(metric.unit).label("unit"),
        read.c.status,
        _reason(metric, read).label("status_reason"),
        read.c.is_complete,
        sa.literal(run.run_id).label("run_id"),
        sa.literal(run.computed_at).label("computed_at"),
    )


def _headline(metric: Metric, read: sa.Subquery) -> sa.ColumnElement[Any]:
    """The value as it is printed."""
    if metric.headline == "median":
        return read.c.median_value
    if metric.is_additive:
        return read.c.numerator
    return safe_divide(read.c.numerator, read.c.denominator)


def _with_status(metric: Metric, cut: Slice, as_of: AsOf) -> sa.Select[Any]:
    """The wanted periods with their sums, distributions, labels and status."""
    wanted = wanted_period
    sums = period_sums(metric, cut, as_of).subquery("sums")
    source: sa.FromClause = wanted.join(sums, of_wanted(sums), isouter=cut is TOTAL)
    member = sa.func.coalesce(sums.c.member, "")
    label: sa.ColumnElement[Any] = member
    median: sa.ColumnElement[Any] = sa.null()
    p90: sa.ColumnElement[Any] = sa.null()
    if cut.labels is not None:
        named = cut.labels(as_of.at).subquery("named")
        source = source.outerjoin(named, named.c.member == sums.c.member)
        label = sa.func.coalesce(named.c.label, member)
    if metric.distribution is not None:
        spread = distributions(metric, metric.distribution, cut, as_of).subquery("spread")
        source = source.outerjoin(
            spread,
            sa.and_(*(spread.c[name] == sums.c[name] for name in (*KEYS, "member"))),
        )
        median, p90 = spread.c.median_value, spread.c.p90_value
    numerator, denominator, sample, excluded = (
        sa.func.coalesce(sums.c[name], 0)
        for name in ("numerator", "denominator", "sample_count", "excluded_count")
    )
    return sa.select(
        *(wanted.c[name] for name in ("as_of_at", "grain", "start_date", "end_date", "period_id")),
        *(wanted.c[name] for name in ("is_complete", "source_reason")),
        member.label("member"),
        sa.case((member == NO_MEMBER, cut.missing), else_=label).label("label"),
        numerator.label("numerator"),
        denominator.label("denominator"),
        median.label("median_value"),
        p90.label("p90_value"),
        sample.label("sample_count"),
        excluded.label("excluded_count"),
        _status(metric, cut, sample, denominator).label("status"),
    ).select_from(source)


def _status(
    metric: Metric,
    cut: Slice,
    sample: sa.ColumnElement[Any],
    denominator: sa.ColumnElement[Any],
) -> sa.ColumnElement[Any]:
    """The first of these that applies; a zero is only a zero when every source is there."""
    given = wanted_period.c.source_status
    cases: list[tuple[sa.ColumnElement[bool], Any]] = [
        (given.in_(BLOCKING), given),
        ((given == "PARTIAL") & (sample == 0), "SOURCE_UNAVAILABLE"),
    ]
    if metric.compared_with or metric.whole_periods:
        cases.append((sa.not_(wanted_period.c.is_complete), "NO_DATA"))
    if not metric.is_additive:
        cases.append((denominator <= 0, "ZERO_DENOMINATOR"))
    cases.append((given == "PARTIAL", given))
    if cut.is_person and not metric.is_additive:
        cases.append((sample < PERSON_MINIMUM_SAMPLE, "SUPPRESSED_SMALL_N"))
    return sa.case(*cases, else_="OK")


def _reason(metric: Metric, read: sa.Subquery) -> sa.ColumnElement[Any]:
    """The status in words."""
    no_denominator = metric.zero_denominator or f"There are no {metric.events} to divide by."
    words = {
        "OK": "",
        "NO_DATA": "The period has not ended, and it is of whole periods only.",
        "ZERO_DENOMINATOR": no_denominator,
        "SUPPRESSED_SMALL_N": f"Fewer than {PERSON_MINIMUM_SAMPLE} {metric.events}: read with care.",
    }
    return sa.case(words, value=read.c.status, else_=read.c.source_reason)
