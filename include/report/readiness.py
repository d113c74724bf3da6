"""Whether the numbers a report needs have been computed, and what it waits for while they are not."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.core.warehouse import check_reachable
from include.metrics.catalogue import CATALOGUE
from include.report.week import last_complete_week, moment
from include.tables.metrics import computed_period
from include.tables.ops import METRICS_SUITE, expectation_result


def as_of_for_report(engine: sa.Engine, zone: ZoneInfo, asked_at: datetime) -> datetime | None:
    """The as-of whose values a report asked for at an instant prints; None while there is none.

    The latest one up to then at which the last complete week is the one meant, else the earliest
    one after. Only an as-of at which every metric of the catalogue was computed, and checked after
    that, counts: a run that is still computing has some of them already, and values are withheld
    only by the check that comes last.
    """
    week = last_complete_week(asked_at, zone)
    of_the_week = [
        one
        for one in _whole_as_ofs(engine, week.end_at(zone))
        if last_complete_week(one, zone) == week
    ]
    before = [one for one in of_the_week if one <= asked_at]
    if before:
        return before[-1]
    return of_the_week[0] if of_the_week else None


def obstacle(engine: sa.Engine, zone: ZoneInfo, asked_at: datetime) -> str:
    """What keeps a report asked for at an instant, in words for those who run the pipeline.

    Raises:
        RetryableError: the warehouse does not answer.
        ConfigurationError: it lets nobody in.
    """
    check_reachable(engine)
    if as_of_for_report(engine, zone, asked_at) is not None:
        return (
            "The week's metrics are there, so the report itself is waiting or has failed: its run shows "
            "which task, and that task's log says why."
        )
    whole = _whole_as_ofs(engine)
    there = f"the newest are as of {moment(whole[-1], zone)}" if whole else "there are none at all"
    week_end_at = last_complete_week(asked_at, zone).end_at(zone)
    return (
        f"It is waiting for metrics as of {moment(week_end_at, zone)} or later; {there}. Check whether "
        "crm_daily is paused, still running or failed, and repair it. The report goes out by itself once "
        "the metrics are there; if its run has failed by then, clear the failed task."
    )


def _whole_as_ofs(engine: sa.Engine, from_at: datetime | None = None) -> list[datetime]:
    """The as-ofs at which every metric was computed, and checked after that; the earliest first."""
    found, result = computed_period.c, expectation_result.c
    as_of_at = found.as_of_at
    checks = (
        sa.select(result.run_id, sa.func.max(result.checked_at).label("checked_at"))
        .where(result.suite == METRICS_SUITE)
        .group_by(result.run_id)
        .subquery("checks")
    )
    is_checked = sa.and_(checks.c.run_id == found.run_id, checks.c.checked_at >= found.computed_at)
    whole = (
        sa.select(as_of_at)
        .join_from(computed_period, checks, is_checked)
        .where(sa.true() if from_at is None else as_of_at >= from_at)
        .group_by(as_of_at)
        .having(sa.func.count(sa.distinct(found.metric_id)) >= len(CATALOGUE))
        .order_by(as_of_at)
    )
    with engine.connect() as connection:
        # The first run of crm_daily makes the tables; a report may be due before it.
        if not sa.inspect(connection).has_table(computed_period.name, computed_period.schema):
            return []
        return list(connection.execute(whole).scalars())
