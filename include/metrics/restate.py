"""What as-ofs change around them: which values are other than those of the as-of before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from include.metrics.definition import definition_hash
from include.metrics.metric import Metric
from include.metrics.plan import Choice, PeriodKey
from include.metrics.reason import KEY, create_restated, reasons, restated
from include.metrics.wanted import analyze, wanted_period
from include.tables.metrics import metric_definition, metric_value, restatement


def remember_definition(
    connection: sa.Connection, metric: Metric, as_of_ats: Sequence[datetime]
) -> None:
    """Keep which record of the metric its values as of some instants are made by."""
    definition = metric_definition
    connection.execute(
        definition.delete().where(
            definition.c.metric_id == metric.id, definition.c.as_of_at.in_(as_of_ats)
        )
    )
    made_by = {"metric_id": metric.id, "definition_hash": definition_hash(metric)}
    connection.execute(definition.insert(), [made_by | {"as_of_at": at} for at in as_of_ats])


def forget(
    connection: sa.Connection,
    metric: Metric,
    as_of_ats: Sequence[datetime],
    superfluous: Sequence[tuple[PeriodKey, datetime]],
) -> None:
    """Delete what these as-ofs write anew, and periods of later ones that these fill now."""
    for table in (metric_value, restatement):
        connection.execute(
            table.delete().where(table.c.metric_id == metric.id, table.c.as_of_at.in_(as_of_ats))
        )
        _delete(connection, table, metric, superfluous)


def restate(
    connection: sa.Connection, metric: Metric, choices: Sequence[Choice], zone: str
) -> None:
    """Write the restatements of as-ofs, and again those of the as-ofs right after them."""
    own = {choice.as_of.at for choice in choices}
    before = {choice.previous_as_of_at for choice in choices if choice.previous_as_of_at}
    after = [
        ((choice.period.grain, choice.period.start_date), choice.next_as_of_at)
        for choice in choices
        if choice.next_as_of_at
    ]
    create_restated(connection)
    this_at = wanted_period.c.as_of_at
    if before:
        _find_restated(connection, metric, wanted_period.c.previous_as_of_at, this_at, own | before)
    if after:
        _delete(connection, restatement, metric, after)
        near = own | {at for _, at in after}
        _find_restated(connection, metric, this_at, wanted_period.c.next_as_of_at, near)
    _insert_restatements(connection, metric, zone)


def _insert_restatements(connection: sa.Connection, metric: Metric, zone: str) -> None:
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
    found = reasons(metric, zone)
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
    near: Collection[datetime],
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


def _delete(
    connection: sa.Connection,
    table: sa.Table,
    metric: Metric,
    periods: Sequence[tuple[PeriodKey, datetime]],
) -> None:
    """Delete all slices of the metric in these periods, each as of the instant given."""
    if not periods:
        return
    connection.execute(
        table.delete().where(
            table.c.metric_id == metric.id,
            table.c.grain == sa.bindparam("of_grain"),
            table.c.period_start_date == sa.bindparam("of_start_date"),
            table.c.as_of_at == sa.bindparam("of_as_of_at"),
        ),
        [
            {"of_grain": grain, "of_start_date": start_date, "of_as_of_at": at}
            for (grain, start_date), at in periods
        ],
    )
