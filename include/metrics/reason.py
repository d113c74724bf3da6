"""Why a value of a closed period is another than before, by what became of the deals behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of
from include.metrics.group import Group, end_of_day, grouped, in_every_slice, members_of
from include.metrics.metric import Expression, Metric
from include.metrics.slices import TOTAL, Slice
from include.metrics.wanted import (
    PERIOD,
    TEMPORARY,
    TEMPORARY_TABLES,
    analyze,
    stands_at,
    wanted_day,
    wanted_period,
)
from include.tables import facts
from include.tables.base import day, instant, number, text
from include.tables.stage import CURRENT

# Where as many deals changed in one way as in another, the first of these is named.
REASONS = (
    "definition_changed",
    "deleted",
    "merged",
    "reopened",
    "changed_close_date",
    "amount_changed",
    "late_data",
    "other",
)
KEY = ("grain", "period_start_date", "slice_id", "slice_value", "as_of_at", "previous_as_of_at")

restated = sa.Table(
    "restated",
    TEMPORARY_TABLES,
    text("grain", "Grain."),
    day("period_start_date", "First day."),
    text("slice_id", "Slice."),
    text("slice_value", "Member."),
    instant("as_of_at", "The newer as-of."),
    instant("previous_as_of_at", "The older one."),
    number("previous_value", "Value as of the older."),
    number("value", "Value as of the newer."),
    text("run_id", "The run of the newer."),
    **TEMPORARY,
)


# Pairs of as-ofs and deals that stood otherwise at the one than at the other. A table, since the planner
# takes a day's changes for most of the deals there are.
changed_deal = sa.Table(
    "changed_deal",
    TEMPORARY_TABLES,
    instant("previous_as_of_at", "The older as-of."),
    instant("as_of_at", "The newer one."),
    text("deal_id", "The deal."),
    text("reason", "Why it counts in a period of which it is only in one of the two values."),
    text("reason_within", "Why it adds something else to one of which it is in both."),
    **TEMPORARY,
)


def fill_changed_deals(connection: sa.Connection) -> None:
    """Find the deals that changed between the as-ofs of what is restated."""
    names = [column.name for column in changed_deal.c]
    connection.execute(changed_deal.insert().from_select(names, _changes()))
    analyze(connection, changed_deal)


def reasons(metric: Metric, zone: str) -> sa.Select[Any] | None:
    """One row per restated value that deals explain: its key and `reason`, that of most of them.

    None for a metric that reads no deals by their day. It reads the rows of changed_deal.
    """
    groups = [
        group
        for group in grouped(metric.summed)
        if group.fact is facts.deal
        and group.first.timing in ("period", "cohort")
        and group.first.on is None
    ]
    if not groups:
        return None
    effects = sa.union_all(
        *(
            _effects(group, (TOTAL, *metric.slices), zone, is_newer)
            for group in groups
            for is_newer in (False, True)
        )
    ).subquery("effect")
    keys = [effects.c[name] for name in KEY]
    # A deal that was in the value and still is has changed what it adds, not whether it counts.
    is_within = sa.and_(
        sa.func.max(effects.c.is_newer) == 1,
        sa.func.min(effects.c.is_newer) == 0,
    )
    per_deal = (
        sa.select(
            *keys,
            sa.case(
                (is_within, sa.func.max(effects.c.reason_within)),
                else_=sa.func.max(effects.c.reason),
            ).label("reason"),
        )
        .group_by(*keys, effects.c.deal_id)
        .subquery("per_deal")
    )
    keys = [per_deal.c[name] for name in KEY]
    order = sa.case(
        {reason: position for position, reason in enumerate(REASONS)}, value=per_deal.c.reason
    )
    counted = (
        sa.select(
            *keys,
            per_deal.c.reason,
            sa.func.row_number()
            .over(partition_by=keys, order_by=(sa.func.count().desc(), sa.func.min(order)))
            .label("position"),
        )
        .group_by(*keys, per_deal.c.reason)
        .subquery("counted")
    )
    return sa.select(*(counted.c[name] for name in KEY), counted.c.reason).where(
        counted.c.position == 1
    )


def _changes() -> sa.Select[Any]:
    """One row per pair of as-ofs and deal that stood otherwise at the one than at the other."""
    pair = sa.select(restated.c.previous_as_of_at, restated.c.as_of_at).distinct().subquery("pair")
    deal = facts.deal
    turned = sa.union(
        *(
            sa.select(pair, deal.c.deal_id).join_from(
                pair, deal, sa.and_(turn >= pair.c.previous_as_of_at, turn < pair.c.as_of_at)
            )
            for turn in (deal.c.valid_from_at, deal.c.valid_to_at)
        )
    ).subquery("turned")
    before, after = deal.alias("before"), deal.alias("after")
    merged = CURRENT["hubspot.deal"]
    is_merged = sa.exists().where(
        sa.literal("hubspot:", sa.Text).concat(merged.c.hubspot_deal_id) == turned.c.deal_id,
        merged.c.merged_into_id.is_not(None),
    )
    is_other_amount = before.c.deal_amount.is_distinct_from(after.c.deal_amount)
    reason = sa.case(
        (sa.and_(after.c.deal_id.is_(None), is_merged), "merged"),
        (after.c.deal_id.is_(None), "deleted"),
        (before.c.deal_id.is_(None), "late_data"),
        (before.c.is_counted != after.c.is_counted, "other"),
        (sa.and_(before.c.is_closed, after.c.is_open), "reopened"),
        (sa.and_(before.c.is_open, after.c.is_closed), "late_data"),
        (before.c.closed_date != after.c.closed_date, "changed_close_date"),
        (is_other_amount, "amount_changed"),
        else_="other",
    )
    reason_within = sa.case(
        (sa.and_(before.c.is_closed, after.c.is_open), "reopened"),
        (sa.and_(before.c.is_open, after.c.is_closed), "late_data"),
        (is_other_amount, "amount_changed"),
        (before.c.closed_date != after.c.closed_date, "changed_close_date"),
        else_="other",
    )

    def side(state: sa.FromClause, moment: Expression) -> sa.ColumnElement[bool]:
        return sa.and_(state.c.deal_id == turned.c.deal_id, stands_at(state, moment))

    columns = [turned.c[name] for name in ("previous_as_of_at", "as_of_at", "deal_id")]
    return sa.select(
        *columns, reason.label("reason"), reason_within.label("reason_within")
    ).select_from(
        turned.outerjoin(before, side(before, turned.c.previous_as_of_at)).outerjoin(
            after, side(after, turned.c.as_of_at)
        )
    )


def _effects(group: Group, cuts: Sequence[Slice], zone: str, is_newer: bool) -> sa.Select[Any]:
    """One row per restated value and changed deal that is in the newer, or in the older."""
    deal, change = facts.deal, changed_deal
    moment = change.c.as_of_at if is_newer else change.c.previous_as_of_at
    told = ("as_of_at", "previous_as_of_at", "reason", "reason_within")
    # A fact like any other to what reads its members, but made for this statement.
    state: Any = (
        sa.select(*deal.c, *(change.c[name] for name in told), moment.label("moment_at"))
        .join_from(
            change, deal, sa.and_(deal.c.deal_id == change.c.deal_id, stands_at(deal, moment))
        )
        .where(*group.takes_part())
        .subquery("state")
    )
    day = state.c[group.first.date.name]
    members = members_of(state, cuts)
    # What is yet to come has the member of today.
    at = earlier_of(end_of_day(day, zone), state.c.moment_at)
    located = (
        sa.select(
            state.c.deal_id,
            day.label("day"),
            *(state.c[name] for name in told),
            *members.columns(),
        )
        .select_from(members.joined(state, at))
        .subquery("located")
    )
    each = in_every_slice(located, cuts, ["deal_id", "day", *told]).subquery("effect_of_slice")
    names = (*PERIOD, "grain", "start_date")
    period = sa.select(*(wanted_period.c[name] for name in names)).distinct().subquery("period")
    return sa.select(
        *(restated.c[name] for name in KEY),
        *(each.c[name] for name in ("deal_id", "reason", "reason_within")),
        sa.literal(int(is_newer)).label("is_newer"),
    ).select_from(
        each.join(wanted_day, wanted_day.c.calendar_date == each.c.day)
        .join(period, period.c.period_number == wanted_day.c.period_number)
        .join(
            restated,
            sa.and_(
                restated.c.grain == period.c.grain,
                restated.c.period_start_date == period.c.start_date,
                restated.c.slice_id == each.c.slice_id,
                restated.c.slice_value == each.c.member,
                restated.c.as_of_at == each.c.as_of_at,
                restated.c.previous_as_of_at == each.c.previous_as_of_at,
            ),
        )
    )
