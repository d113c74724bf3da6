"""What every section of one snapshot is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_ledgers import Target
from include.metrics.metric import Metric
from include.report import executive_weekly
from include.report.content import Register
from include.report.figures import Figures, read_figures
from include.report.formats import Formats
from include.report.week import Week, last_complete_week

# 52 weeks to the year-ago week of the oldest of 13 points.
WEEKS_BACK = 64


@dataclass(frozen=True)
class Edition:
    """One week of the report: its metrics by id, their figures and targets, how figures look, and
    what was printed.
    """

    week: Week
    metrics: dict[str, Metric]
    figures: Figures
    formats: Formats
    targets: tuple[Target, ...] = ()
    register: Register = field(default_factory=Register)


def read_edition(connection: sa.Connection, settings: Settings, as_of_at: datetime) -> Edition:
    """The edition of the last week that was over at the as-of."""
    week = last_complete_week(as_of_at, settings.calendar.zone)
    metrics = executive_weekly.metrics()
    locale = settings.audiences.reports[executive_weekly.REPORT_ID].locale
    return Edition(
        week=week,
        metrics=metrics,
        figures=read_figures(
            connection,
            metrics,
            [metric.id for metric in metrics.values() if metric.maturity_days],
            ("owner", "channel"),
            week,
            WEEKS_BACK,
            as_of_at,
            settings.calendar.time_zone,
        ),
        formats=Formats(locale, settings.calendar.currency),
        targets=tuple(settings.targets.values()),
    )
