"""What as-ofs change around them: which values are other than those of the as-of before."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from include.metrics.definition import is_other_meaning
from include.metrics.metric import Metric
from include.metrics.plan import Choice
from include.metrics.reason import KEY, fill_changed_deals, reasons, restated
from include.metrics.remember import forget_restatements
from include.metrics.states import found_by_index
from include.metrics.wanted import TEMPORARY, TEMPORARY_TABLES, analyze, wanted_period
from include.metrics.written import END, PERIOD, TIME
from include.metrics.written import KEY as MEMBER
from include.tables.base import day, instant, number, text
from include.tables.metrics import (
    computed_period,
    metric_definition,
    restatement,
    value_state,
)

# Where states of the wanted periods begin or end.
_turned = sa.Table(
    "turned",
    TEMPORARY_TABLES,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    text("slice_id", "Slice."),
    text("slice_value", "Member."),
    instant("at", "The first as-of of the new state, or the first after the old one."),
    number("previous_value", "Value of the old one, where it ends."),
    number("value", "Value of the new one, where it begins."),
    **TEMPORARY,
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
    is_after = any(choice.previous_as_of_at for choice in choices)
    if not is_after and not after:
        # All history, which is compared with nothing.
        return
    own = {"of_metric_id": metric.id}
    with found_by_index(connection):
        connection.execute(_find_turned(), own)
    analyze(connection, _turned, (*PERIOD, "at"))
    if is_after:
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
    columns = {
        "metric_id": sa.literal(metric.id),
        **{column.name: column for column in restated.c},
        "reason": sa.case((is_other_meaning(old, new), "definition_changed"), else_=reason),
    }
    connection.execute(
        restatement.insert().from_select(
            list(columns), sa.select(*columns.values()).select_from(source)
        )
    )


@cache
def _find_turned() -> sa.Insert:
    """Find where states of the wanted periods begin or end, at the first as-of or after it.

    Each period is looked through once, and not once for each as-of. The metric is the parameter
    `of_metric_id`.
    """
    names = ("grain", "start_date")
    period = sa.select(*(wanted_period.c[name] for name in names)).distinct().subquery("period")
    is_its = sa.and_(
        value_state.c.metric_id == sa.bindparam("of_metric_id"),
        value_state.c.grain == period.c.grain,
        value_state.c.period_start_date == period.c.start_date,
    )
    columns = (value_state.c[name] for name in (*MEMBER, *TIME, "value"))
    near = sa.select(*columns).join_from(period, value_state, is_its).cte("near")
    first_at = sa.select(sa.func.min(wanted_period.c.as_of_at)).scalar_subquery()
    member, nothing = [near.c[name] for name in MEMBER], sa.cast(sa.null(), near.c.value.type)
    begins = sa.select(*member, near.c.as_of_at, nothing, near.c.value).where(
        near.c.as_of_at >= first_at
    )
    ends = sa.select(*member, near.c.until_as_of_at, near.c.value, nothing).where(
        near.c.until_as_of_at >= first_at, near.c.until_as_of_at < END
    )
    return _turned.insert().from_select(
        [column.name for column in _turned.c], sa.union_all(begins, ends)
    )


@cache
def _find_restated(older: str, newer: str) -> sa.Insert:
    """Compare two as-ofs, one right after the other, in every wanted period that has both.

    They are columns of wanted_period; the metric is the parameter `of_metric_id`. Another value is one
    whose state begins at the newer, or ended before it. A member that only one of the two has is
    restated too, from or to NULL. A period that had not ended at the older as-of has merely gone on.
    """
    wanted, now = wanted_period.c, computed_period.alias("now")
    old_at, new_at = wanted[older], wanted[newer]
    is_its = sa.and_(
        _turned.c.grain == wanted.grain,
        _turned.c.period_start_date == wanted.start_date,
        _turned.c.at == new_at,
        old_at >= wanted.end_at,
    )
    is_made_by = sa.and_(
        now.c.metric_id == sa.bindparam("of_metric_id"),
        now.c.grain == wanted.grain,
        now.c.period_start_date == wanted.start_date,
        now.c.as_of_at == new_at,
    )
    was, value = (sa.func.max(_turned.c[name]) for name in ("previous_value", "value"))
    key = [*(_turned.c[name] for name in MEMBER), _turned.c.at, old_at, now.c.run_id]
    return restated.insert().from_select(
        [*MEMBER, "as_of_at", "previous_as_of_at", "run_id", "previous_value", "value"],
        sa.select(*key, was, value)
        .select_from(wanted_period.join(_turned, is_its).join(now, is_made_by))
        .group_by(*key)
        .having(was.is_distinct_from(value)),
    )
