"""Whether the numbers a report needs have been computed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.report.week import last_complete_week
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
        .where(as_of_at >= week.end_at(zone))
        .group_by(as_of_at)
        .having(sa.func.count(sa.distinct(found.metric_id)) >= len(CATALOGUE))
        .order_by(as_of_at)
    )
    with engine.connect() as connection:
        as_of_ats = list(connection.execute(whole).scalars())
    of_the_week = [one for one in as_of_ats if last_complete_week(one, zone) == week]
    before = [one for one in of_the_week if one <= asked_at]
    if before:
        return before[-1]
    return of_the_week[0] if of_the_week else None
