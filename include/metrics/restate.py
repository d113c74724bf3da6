"""What as-ofs change around them: which values are other than those of the as-of before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from include.metrics.metric import Metric
from include.metrics.plan import Choice
from include.metrics.reason import KEY, fill_changed_deals, reasons, restated
from include.metrics.remember import forget_restatements
from include.metrics.states import found_by_index
from include.metrics.wanted import analyze, wanted_period
from include.tables.metrics import (
    computed_period,
    metric_definition,
    restatement,
    value_state,
)


def restate(
    connection: sa.Connection, metric: Metric, choices: Sequence[Choice], zone: str
) -> None:
    """Write the restatements of as-ofs, and again those of the as-ofs right after them."""
    after = [
        ((choice.period.grain, choice.period.start_date), choice.next_as_of_at)
        for choice in choices
        if choice.next_as_of_at
    ]
    own = {"of_metric_id": metric.id}
    with found_by_index(connection):
        if any(choice.previous_as_of_at for choice in choices):
            connection.execute(_find_restated("previous_as_of_at", "as_of_at"), own)
        if after:
            forget_restatements(connection, metric, after)
            connection.execute(_find_restated("as_of_at", "next_as_of_at"), own)
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
        fill_changed_deals(connection)
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


@cache
def _find_restated(older: str, newer: str) -> sa.Insert:
    """Compare two as-ofs, one right after the other, in every wanted period that has both.

    They are columns of wanted_period; the metric is the parameter `of_metric_id`. Another value is one
    whose state begins at the newer, or ended before it. A member that only one of the two has is
    restated too, from or to NULL. A period that had not ended at the older as-of has merely gone on.
    """
    old_at, new_at = wanted_period.c[older], wanted_period.c[newer]
    was, now = computed_period.alias("was"), computed_period.alias("now")

    def of_period(side: sa.FromClause, period: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(
            side.c.metric_id == sa.bindparam("of_metric_id"),
            side.c.grain == period.c.grain,
            side.c.period_start_date == period.c.start_date,
        )

    pair = (
        sa.select(
            wanted_period.c.grain,
            wanted_period.c.start_date,
            old_at.label("old_at"),
            new_at.label("new_at"),
            now.c.run_id,
        )
        .join_from(
            wanted_period, was, sa.and_(of_period(was, wanted_period), was.c.as_of_at == old_at)
        )
        .join(now, sa.and_(of_period(now, wanted_period), now.c.as_of_at == new_at))
        .where(was.c.is_complete)
        .cte("pair")
    )
    old, new = value_state.alias("old"), value_state.alias("new")

    def borders(side: sa.FromClause, period: sa.FromClause) -> sa.ColumnElement[bool]:
        border_at = side.c.as_of_at if side is new else side.c.until_as_of_at
        return sa.and_(of_period(side, period), border_at == period.c.new_at)

    member = sa.union(
        *(
            sa.select(pair, side.c.slice_id, side.c.slice_value).join(side, borders(side, pair))
            for side in (old, new)
        )
    ).subquery("member")

    def row_of(side: sa.FromClause) -> sa.ColumnElement[bool]:
        names = ("slice_id", "slice_value")
        return sa.and_(borders(side, member), *(side.c[name] == member.c[name] for name in names))

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
    return restated.insert().from_select(
        list(columns),
        sa.select(*columns.values())
        .select_from(member.outerjoin(old, row_of(old)).outerjoin(new, row_of(new)))
        .where(old.c.value.is_distinct_from(new.c.value)),
    )
