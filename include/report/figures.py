"""Metric values, as a report needs them: by metric, slice member and week, as of one instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.metrics.definition import is_other_meaning
from include.report.week import Week
from include.tables.metrics import computed_period, metric_definition, metric_value


@dataclass(frozen=True)
class Figure:
    """One metric's value in one week. `value` is never a zero that nobody vouches for.

    `excluded_count` are the events it leaves out, for the reason that its definition gives.
    `is_redefined` says that the metric meant something else than it does for the report's week.
    """

    metric_id: str
    slice_id: str
    slice_value: str
    slice_label: str
    period_start_date: date
    value: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    sample_count: int
    excluded_count: int
    status: str
    status_reason: str
    is_complete: bool
    run_id: str
    is_redefined: bool = False

    @property
    def is_usable(self) -> bool:
        """It may be printed: the week was over, and a zero is a zero that was measured.

        Few events are all there were, so they make no zero doubtful; missing ones do.
        """
        if not self.is_complete or self.value is None:
            return False
        if self.status == "PARTIAL":
            return self.value != 0
        return self.status in ("OK", "SUPPRESSED_SMALL_N")

    @property
    def is_unknown(self) -> bool:
        """There is something, and nobody knows how much: it is named, and has no figure."""
        return self.is_complete and self.status == "NO_DATA"

    @property
    def is_comparable(self) -> bool:
        """It may be set against another week's."""
        return self.is_usable and self.status == "OK" and not self.is_redefined


class Figures:
    """What is known of the report's metrics."""

    def __init__(self, rows: Iterable[Figure]) -> None:
        self._rows = {
            (row.metric_id, row.slice_id, row.slice_value, row.period_start_date): row
            for row in rows
        }

    def total(self, metric_id: str, week: Week) -> Figure | None:
        """The metric over everything in one week."""
        return self.member(metric_id, "total", "", week)

    def member(self, metric_id: str, slice_id: str, slice_value: str, week: Week) -> Figure | None:
        """The metric of one member of a slice in one week."""
        return self._rows.get((metric_id, slice_id, slice_value, week.start))

    def members(self, metric_id: str, slice_id: str, week: Week) -> list[Figure]:
        """Every member of a slice in one week that may be printed, largest first."""
        found = [
            row
            for (metric, slice_, _, start), row in self._rows.items()
            if (metric, slice_, start) == (metric_id, slice_id, week.start) and row.is_usable
        ]
        return sorted(found, key=lambda row: (-(row.value or 0), row.slice_label))

    def unknown_members(self, metric_id: str, slice_id: str, week: Week) -> list[Figure]:
        """Every member of a slice in one week of which nobody knows how much it has."""
        return sorted(
            (
                row
                for (metric, slice_, _, start), row in self._rows.items()
                if (metric, slice_, start) == (metric_id, slice_id, week.start) and row.is_unknown
            ),
            key=lambda row: row.slice_label,
        )

    def withheld_member(self, metric_id: str, slice_id: str, week: Week) -> Figure | None:
        """A member of a slice in one week of which none may be printed; None where one may."""
        of_week = [
            row
            for (metric, slice_, _, start), row in self._rows.items()
            if (metric, slice_, start) == (metric_id, slice_id, week.start)
        ]
        is_shown = any(row.is_usable or row.is_unknown for row in of_week)
        return None if is_shown else next(iter(of_week), None)

    def past(self, metric_id: str, week: Week, count: int) -> list[Figure]:
        """The comparable totals of the `count` weeks before, oldest first."""
        rows = (self.total(metric_id, week.back(back)) for back in range(count, 0, -1))
        return [row for row in rows if row and row.is_comparable]

    def last_good(self, metric_id: str, week: Week, count: int) -> tuple[Figure, Week] | None:
        """The latest earlier week, of `count`, whose total may be printed and lacks nothing."""
        for back in range(1, count + 1):
            row = self.total(metric_id, week.back(back))
            if row is not None and row.is_usable and row.status != "PARTIAL":
                return row, week.back(back)
        return None

    def run_ids(self, week: Week) -> set[str]:
        """The runs that computed the week's totals."""
        return {
            row.run_id
            for (_, slice_id, _, start), row in self._rows.items()
            if slice_id == "total" and start == week.start
        }


def read_figures(
    connection: sa.Connection,
    metric_ids: Iterable[str],
    maturing_ids: Iterable[str],
    slice_ids: Iterable[str],
    week: Week,
    weeks_back: int,
    as_of_at: datetime,
    time_zone: str,
) -> Figures:
    """Totals of the week and `weeks_back` before it, slices of the week and the one before.

    For each metric and week, the values of the latest as-of that is not after `as_of_at`. Values of
    the maturing metrics still move long after their period: theirs is the value each week had when
    it was as old as this week is at `as_of_at`, by the clock of the time zone, or an older week
    would look better only for being older.
    """
    columns, found = metric_value.c, computed_period.c
    as_of = sa.literal(as_of_at, sa.DateTime(timezone=True))
    weeks_apart = sa.func.make_interval(0, 0, 0, sa.literal(week.start) - found.period_start_date)
    same_age = sa.func.timezone(time_zone, sa.func.timezone(time_zone, as_of) - weeks_apart)
    known_until = sa.case((found.metric_id.in_(list(maturing_ids)), same_age), else_=as_of)
    # A member without events at the latest as-of has no row there; what it had before is no more.
    latest = (
        sa.select(
            found.metric_id,
            found.period_start_date,
            sa.func.max(found.as_of_at).label("as_of_at"),
        )
        .where(
            found.grain == "week",
            found.metric_id.in_(list(metric_ids)),
            found.as_of_at <= known_until,
            found.period_start_date.between(week.back(weeks_back).start, week.start),
        )
        .group_by(found.metric_id, found.period_start_date)
        .subquery("latest")
    )
    of_week = latest.alias("of_week")
    own, current = metric_definition.alias("own"), metric_definition.alias("current")
    is_redefined = sa.func.coalesce(is_other_meaning(own, current), sa.false())
    shown: list[sa.ColumnElement[Any]] = [
        *(columns[name] for name in Figure.__dataclass_fields__ if name in columns),
        is_redefined,
    ]
    known = (
        sa.select(*shown)
        .join_from(metric_value, latest, sa.and_(*(one == columns[one.name] for one in latest.c)))
        .outerjoin(own, _is_at(own, latest))
        .outerjoin(
            of_week,
            sa.and_(
                of_week.c.metric_id == latest.c.metric_id,
                of_week.c.period_start_date == week.start,
            ),
        )
        .outerjoin(current, _is_at(current, of_week))
        .where(
            columns.grain == "week",
            sa.or_(
                columns.slice_id == "total",
                sa.and_(
                    columns.slice_id.in_(list(slice_ids)),
                    columns.period_start_date >= week.back(1).start,
                ),
            ),
        )
    )
    return Figures(Figure(*row) for row in connection.execute(known))


def _is_at(definition: sa.FromClause, computed: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a definition is the one that values of a metric and as-of were computed by."""
    names = ("metric_id", "as_of_at")
    return sa.and_(*(definition.c[name] == computed.c[name] for name in names))
