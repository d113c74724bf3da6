"""What one as-of changes around it: restatements, and which as-of fills history.

Written so that as-ofs computed in any order leave the same rows as computed in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from include.metrics.definition import definition_hash
from include.metrics.fill import Wanted
from include.metrics.metric import Metric
from include.metrics.periods import AsOf, Period, recent
from include.metrics.reason import KEY, create_restated, reasons, restated
from include.metrics.wanted import analyze, wanted_period
from include.tables.metrics import metric_definition, metric_value, restatement

PeriodKey = tuple[str, date]


def as_ofs_before(
    connection: sa.Connection, metric: Metric, as_of: AsOf
) -> dict[PeriodKey, datetime]:
    """The latest earlier as-of of every period that an earlier one has values of."""
    return _nearest(
        connection,
        metric,
        sa.func.max(metric_value.c.as_of_at),
        metric_value.c.as_of_at < as_of.at,
    )


def as_ofs_after(
    connection: sa.Connection,
    metric: Metric,
    periods: dict[str, list[Period]],
    chosen: Iterable[Period],
    as_of: AsOf,
    trailing: int,
) -> dict[PeriodKey, datetime]:
    """The earliest later as-of of every period that a later one has values of.

    A later as-of that only has one of the chosen periods because no earlier one had filled it
    loses it first: history belongs to the earliest.
    """
    earliest = sa.func.min(metric_value.c.as_of_at), metric_value.c.as_of_at > as_of.at
    found = _nearest(connection, metric, *earliest)
    superfluous = {}
    for period in chosen:
        later_at = found.get((period.grain, period.start_date))
        if later_at is not None:
            own = recent(periods[period.grain], AsOf(later_at, as_of.zone), trailing)
            if period.start_date < own[0].start_date:
                superfluous[period.grain, period.start_date] = later_at
    if not superfluous:
        return found
    _delete(connection, metric_value, metric, superfluous)
    _delete(connection, restatement, metric, superfluous)
    return _nearest(connection, metric, *earliest)


def remember_definition(connection: sa.Connection, metric: Metric, as_of: AsOf) -> None:
    """Keep which record of the metric its values as of an instant are made by."""
    definition = metric_definition
    connection.execute(
        definition.delete().where(
            definition.c.metric_id == metric.id, definition.c.as_of_at == as_of.at
        )
    )
    row = {
        "metric_id": metric.id,
        "as_of_at": as_of.at,
        "definition_hash": definition_hash(metric),
    }
    connection.execute(definition.insert(), row)


def restate(connection: sa.Connection, metric: Metric, chosen: list[Wanted], as_of: AsOf) -> None:
    """Write the restatements of an as-of, and again those of the as-ofs right after it."""
    connection.execute(
        restatement.delete().where(
            restatement.c.metric_id == metric.id, restatement.c.as_of_at == as_of.at
        )
    )
    before = {wanted.previous_as_of_at for wanted in chosen if wanted.previous_as_of_at}
    this_at = sa.literal(as_of.at)
    create_restated(connection)
    if before:
        near = [as_of.at, *before]
        _find_restated(connection, metric, wanted_period.c.previous_as_of_at, this_at, near)
    after = {
        (wanted.period.grain, wanted.period.start_date): wanted.next_as_of_at
        for wanted in chosen
        if wanted.next_as_of_at
    }
    if after:
        _delete(connection, restatement, metric, after)
        near = [as_of.at, *set(after.values())]
        _find_restated(connection, metric, this_at, wanted_period.c.next_as_of_at, near)
    _insert_restatements(connection, metric, as_of)


def _insert_restatements(connection: sa.Connection, metric: Metric, as_of: AsOf) -> None:
    """Write what was found restated, each with its reason."""
    if not connection.scalar(sa.select(sa.exists().select_from(restated))):
        return
    analyze(connection, restated)
    old, new = metric_definition.alias("old_definition"), metric_definition.alias("new_definition")

    def made_by(side: sa.FromClause, at: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.and_(side.c.metric_id == metric.id, side.c.as_of_at == at)

    source = restated.outerjoin(old, made_by(old, restated.c.previous_as_of_at)).outerjoin(
        new, made_by(new, restated.c.as_of_at)
    )
    reason: sa.ColumnElement[Any] = sa.literal("other", sa.Text)
    found = reasons(metric, as_of)
    if found is not None:
        by_deals = found.subquery("by_deals")
        source = source.outerjoin(
            by_deals, sa.and_(*(by_deals.c[name] == restated.c[name] for name in KEY))
        )
        reason = sa.func.coalesce(by_deals.c.reason, reason)
    is_other_definition = old.c.definition_hash != new.c.definition_hash
    columns = {
        "metric_id": sa.literal(metric.id),
        **{column.name: column for column in restated.c},
        "reason": sa.case((is_other_definition, "definition_changed"), else_=reason),
    }
    connection.execute(
        restatement.insert().from_select(
            list(columns), sa.select(*columns.values()).select_from(source)
        )
    )


def _find_restated(
    connection: sa.Connection,
    metric: Metric,
    old_at: sa.ColumnElement[Any],
    new_at: sa.ColumnElement[Any],
    near: list[datetime],
) -> None:
    """Compare two as-ofs in every wanted period that has both; `near` names all that come up.

    A member that only one of the two has is restated too, from or to NULL. A period that had not
    ended at the older as-of has merely gone on.
    """
    old_total, new_total = metric_value.alias("old_total"), metric_value.alias("new_total")

    def of_period(
        side: sa.FromClause, period: sa.FromClause, at: sa.ColumnElement[Any]
    ) -> sa.ColumnElement[bool]:
        return sa.and_(
            side.c.metric_id == metric.id,
            side.c.as_of_at.in_(near),
            side.c.as_of_at == at,
            side.c.grain == period.c.grain,
            side.c.period_start_date == period.c.start_date,
        )

    pair = (
        sa.select(
            wanted_period.c.grain,
            wanted_period.c.start_date,
            old_at.label("old_at"),
            new_at.label("new_at"),
            new_total.c.run_id,
        )
        .join_from(wanted_period, old_total, of_period(old_total, wanted_period, old_at))
        .join(new_total, of_period(new_total, wanted_period, new_at))
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
                side, of_period(side, pair, at)
            )
            for side, at in ((old, pair.c.old_at), (new, pair.c.new_at))
        )
    ).subquery("member")

    def row_of(side: sa.FromClause, at: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.and_(
            of_period(side, member, at),
            side.c.slice_id == member.c.slice_id,
            side.c.slice_value == member.c.slice_value,
        )

    columns = {
        "grain": member.c.grain,
        "period_start_date": member.c.start_date,
        "slice_id": member.c.slice_id,
        "slice_value": member.c.slice_value,
        "as_of_at": member.c.new_at,
        "previous_as_of_at": member.c.old_at,
        "previous_value": old.c.value,
        "value": new.c.value,
        "run_id": member.c.run_id,
    }
    connection.execute(
        restated.insert().from_select(
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


def _nearest(
    connection: sa.Connection,
    metric: Metric,
    nearest: sa.ColumnElement[Any],
    side: sa.ColumnElement[bool],
) -> dict[PeriodKey, datetime]:
    """Of every period with a total on one side of the as-of, the nearest as-of there."""
    rows = connection.execute(
        sa.select(metric_value.c.grain, metric_value.c.period_start_date, nearest)
        .where(metric_value.c.metric_id == metric.id, metric_value.c.slice_id == "total", side)
        .group_by(metric_value.c.grain, metric_value.c.period_start_date)
    )
    return {(grain, start_date): at for grain, start_date, at in rows}


def _delete(
    connection: sa.Connection,
    table: sa.Table,
    metric: Metric,
    periods: Mapping[PeriodKey, datetime],
) -> None:
    """Delete all slices of the metric in these periods, each as of the instant given."""
    connection.execute(
        table.delete().where(
            table.c.metric_id == metric.id,
            table.c.grain == sa.bindparam("of_grain"),
            table.c.period_start_date == sa.bindparam("of_start_date"),
            table.c.as_of_at == sa.bindparam("of_as_of_at"),
        ),
        [
            {"of_grain": grain, "of_start_date": start_date, "of_as_of_at": at}
            for (grain, start_date), at in periods.items()
        ],
    )
