"""Whether the numbers a report needs have been computed."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.report.week import last_complete_week
from include.tables.metrics import metric_value


def as_of_for_report(engine: sa.Engine, zone: ZoneInfo, asked_at: datetime) -> datetime | None:
    """The as-of whose values a report asked for at an instant prints; None while there is none.

    The latest one up to then at which the last complete week is the one meant, else the earliest
    one after. Only an as-of at which every metric of the catalogue was computed counts: a run that
    is still computing has some of them already.
    """
    week = last_complete_week(asked_at, zone)
    as_of_at = metric_value.c.as_of_at
    whole = (
        sa.select(as_of_at)
        .group_by(as_of_at)
        .having(sa.func.count(sa.distinct(metric_value.c.metric_id)) >= len(CATALOGUE))
        .order_by(as_of_at)
    )
    with engine.connect() as connection:
        found = list(connection.execute(whole).scalars())
    of_the_week = [one for one in found if last_complete_week(one, zone) == week]
    before = [one for one in of_the_week if one <= asked_at]
    if before:
        return before[-1]
    return of_the_week[0] if of_the_week else None
