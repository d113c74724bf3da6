"""What one as-of changes around it: restatements, and which as-of fills history.

Written so that as-ofs computed in any order leave the same rows as computed in order.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.periods import AsOf, Period, recent, wanted_period
from include.tables.metrics import metric_value, restatement

PeriodAsOf = tuple[str, date, datetime]


def leave_history_to_the_earliest(
    connection: sa.Connection,
    metric: Metric,
    periods: dict[str, list[Period]],
    as_of: AsOf,
    trailing: int,
) -> None:
    """Delete values a later as-of only has because no earlier one had filled that period."""
    first_of: dict[tuple[str, datetime], date] = {}
    superfluous = []
    for grain, start_date, later_at in _neighbours(connection, metric, as_of, is_later=True):
        if (grain, later_at) not in first_of:
            own = recent(periods[grain], AsOf(later_at, as_of.zone), trailing)
            first_of[grain, later_at] = own[0].start_date
        if start_date < first_of[grain, later_at]:
            superfluous.append((grain, start_date, later_at))
    _delete(connection, metric_value, metric, superfluous)
    _delete(connection, restatement, metric, superfluous)


def restate(connection: sa.Connection, metric: Metric, as_of: AsOf) -> None:
    """Write the restatements of an as-of, and again those of the as-ofs right after it."""
    connection.execute(
        restatement.delete().where(
            restatement.c.metric_id == metric.id, restatement.c.as_of_at == as_of.at
        )
    )
    _insert_restatements(connection, metric, as_of, is_later=False)
    following = _neighbours(connection, metric, as_of, is_later=True)
    if following:
        _delete(connection, restatement, metric, following)
        _insert_restatements(connection, metric, as_of, is_later=True)


def _insert_restatements(
    connection: sa.Connection, metric: Metric, as_of: AsOf, is_later: bool
) -> None:
    """Compare the as-of with its neighbour before, or the neighbour after with it.

    A member that only one of the two has is restated too, from or to NULL. A period that had not
    ended at the older as-of has merely gone on.
    """
    beside = _neighbour(metric, as_of, is_later).subquery("beside")
    this_at = sa.literal(as_of.at)
    old_at, new_at = (this_at, beside.c.as_of_at) if is_later else (beside.c.as_of_at, this_at)
    old_total, new_total = metric_value.alias("old_total"), metric_value.alias("new_total")
    pair = (
        sa.select(
            beside.c.grain,
            beside.c.period_start_date,
            old_at.label("old_at"),
            new_at.label("new_at"),
            new_total.c.run_id,
        )
        .join_from(beside, old_total, _same_period(old_total, metric, beside, old_at))
        .join(new_total, _same_period(new_total, metric, beside, new_at))
        .where(
            old_total.c.slice_id == "total",
            new_total.c.slice_id == "total",
            old_total.c.is_complete,
        )
        .cte("pair")
    )
    old, new = metric_value.alias("old"), metric_value.alias("new")
    member = sa.union(
        *(
            sa.select(pair, side.c.slice_id, side.c.slice_value).join(
                side, _same_period(side, metric, pair, at)
            )
            for side, at in ((old, pair.c.old_at), (new, pair.c.new_at))
        )
    ).subquery("member")

    def row_of(side: sa.FromClause, at: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.and_(
            _same_period(side, metric, member, at),
            side.c.slice_id == member.c.slice_id,
            side.c.slice_value == member.c.slice_value,
        )

    columns = {
        "metric_id": sa.literal(metric.id),
        "grain": member.c.grain,
        "period_start_date": member.c.period_start_date,
        "slice_id": member.c.slice_id,
        "slice_value": member.c.slice_value,
        "as_of_at": member.c.new_at,
        "previous_as_of_at": member.c.old_at,
        "previous_value": old.c.value,
        "value": new.c.value,
        "run_id": member.c.run_id,
    }
    connection.execute(
        restatement.insert().from_select(
            list(columns),
            sa.select(*columns.values())
            .select_from(
                member.outerjoin(old, row_of(old, member.c.old_at)).outerjoin(
                    new, row_of(new, member.c.new_at)
                )
            )
            .where(old.c.value.is_distinct_from(new.c.value)),
        )
    )


def _neighbour(metric: Metric, as_of: AsOf, is_later: bool) -> sa.Select[Any]:
    """One row per wanted period: the nearest other as-of with values, after or before this one."""
    at = metric_value.c.as_of_at
    nearest = sa.func.min(at) if is_later else sa.func.max(at)
    return (
        sa.select(metric_value.c.grain, metric_value.c.period_start_date, nearest.label("as_of_at"))
        .join(
            wanted_period,
            (metric_value.c.grain == wanted_period.c.grain)
            & (metric_value.c.period_start_date == wanted_period.c.start_date),
        )
        .where(
            metric_value.c.metric_id == metric.id,
            metric_value.c.slice_id == "total",
            at > as_of.at if is_later else at < as_of.at,
        )
        .group_by(metric_value.c.grain, metric_value.c.period_start_date)
    )


def _neighbours(
    connection: sa.Connection, metric: Metric, as_of: AsOf, is_later: bool
) -> list[PeriodAsOf]:
    """The rows of `_neighbour`."""
    return [tuple(row) for row in connection.execute(_neighbour(metric, as_of, is_later))]


def _same_period(
    side: sa.FromClause, metric: Metric, period: sa.FromClause, at: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    """Whether a value is the metric's, of a period and as of an instant."""
    return sa.and_(
        side.c.metric_id == metric.id,
        side.c.grain == period.c.grain,
        side.c.period_start_date == period.c.period_start_date,
        side.c.as_of_at == at,
    )


def _delete(
    connection: sa.Connection, table: sa.Table, metric: Metric, rows: list[PeriodAsOf]
) -> None:
    """Delete all slices of the metric in these periods and as-ofs."""
    if rows:
        connection.execute(
            table.delete().where(
                table.c.metric_id == metric.id,
                table.c.grain == sa.bindparam("of_grain"),
                table.c.period_start_date == sa.bindparam("of_start_date"),
                table.c.as_of_at == sa.bindparam("of_as_of_at"),
            ),
            [
                {"of_grain": grain, "of_start_date": start_date, "of_as_of_at": at}
                for grain, start_date, at in rows
            ],
        )
