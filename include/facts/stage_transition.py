"""How deals went from stage to stage."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, local_date, seconds_between
from include.core.settings import Settings
from include.facts.history import without_repeats
from include.facts.lookup import joined
from include.tables import facts


def stage_transition(settings: Settings) -> sa.Select:
    """One row per deal and entry of a stage, and state.

    Stages are those of facts.deal, which the CRMs' own histories tell; time in a stage nobody knows
    is no entry. A state begins whenever something about the entry turns out: that the deal left the
    stage, came to a later one, or was won.
    """
    entry, deal = _entries().cte("entry"), facts.deal
    passed = _passed(entry)
    stage_seconds = seconds_between(entry.c.entered_at, entry.c.exited_at)
    has_left = entry.c.exited_at <= deal.c.valid_from_at
    known = (
        sa.select(
            joined(deal.c.deal_id, ":", sa.cast(entry.c.number, sa.Text)).label(
                "stage_transition_id"
            ),
            deal.c.valid_from_at,
            deal.c.valid_to_at,
            deal.c.crm,
            deal.c.deal_id,
            deal.c.customer_id,
            deal.c.owner_user_id,
            deal.c.role_id,
            entry.c.pipeline_id,
            entry.c.stage_id,
            entry.c.stage_order,
            _direction(entry).label("direction"),
            entry.c.entered_at,
            sa.case((has_left, entry.c.exited_at)).label("exited_at"),
            sa.case((has_left, stage_seconds)).label("stage_seconds"),
            sa.case((has_left, entry.c.next_stage_id)).label("next_stage_id"),
            entry.c.is_open_stage,
            entry.c.is_first_entry,
            sa.func.coalesce(passed.c.passed_at <= deal.c.valid_from_at, sa.false()).label(
                "is_passed"
            ),
            deal.c.is_won,
            # A deal entered twice was never in a stage of its own; and one that is sold since it came
            # from a pipeline that is none of sales says nothing of the stages there.
            sa.and_(
                deal.c.is_counted, sa.not_(deal.c.is_disqualified), entry.c.is_sales_stage
            ).label("is_counted"),
        )
        .select_from(
            entry.join(
                deal,
                sa.and_(
                    deal.c.deal_id == entry.c.deal_id,
                    deal.c.valid_from_at >= entry.c.entered_at,
                ),
            ).outerjoin(
                passed,
                sa.and_(passed.c.deal_id == entry.c.deal_id, passed.c.number == entry.c.number),
            )
        )
        .where(entry.c.stage_id.is_not(None))
        .subquery("known")
    )
    told = without_repeats(known, ("stage_transition_id",)).subquery("told")
    zone = settings.calendar.time_zone
    return sa.select(
        told,
        local_date(told.c.entered_at, zone).label("entered_date"),
        local_date(told.c.exited_at, zone).label("exited_date"),
    )


def _entries() -> sa.Select:
    """One row per deal and stretch of time in one stage, which may be one nobody knows.

    With the entry before it of a known stage. `number` counts them, from 1.
    """
    stretch, stage = _stretches(), facts.stage
    position = _positions(stretch)
    within, in_order = stretch.c.deal_id, stretch.c.number

    def previous(column: Expression) -> Expression:
        return sa.func.lag(column).over(partition_by=within, order_by=in_order)

    def following(column: Expression) -> Expression:
        return sa.func.lead(column).over(partition_by=within, order_by=in_order)

    visit = sa.func.row_number().over(partition_by=(within, stretch.c.stage_id), order_by=in_order)
    return sa.select(
        stretch,
        stage.c.sort_order.label("stage_order"),
        following(stretch.c.entered_at).label("exited_at"),
        following(stretch.c.stage_id).label("next_stage_id"),
        previous(stretch.c.pipeline_id).label("previous_pipeline_id"),
        previous(stretch.c.stage_id).label("previous_stage_id"),
        previous(stage.c.sort_order).label("previous_order"),
        previous(stretch.c.is_open_stage).label("previous_is_open"),
        position.c.before_count,
        previous(position.c.before_count).label("previous_before_count"),
        (visit == 1).label("is_first_entry"),
    ).select_from(
        stretch.outerjoin(stage, stage.c.stage_id == stretch.c.stage_id).outerjoin(
            position, position.c.stage_id == stretch.c.stage_id
        )
    )


def _stretches() -> sa.CTE:
    """One row per deal and stretch of time in one stage: deal_id, number, entered_at and the stage.

    A deal that was deleted and is back in the same stage never left it.
    """
    deal = facts.deal
    by_deal: dict[str, Any] = {"partition_by": deal.c.deal_id, "order_by": deal.c.valid_from_at}
    is_other = sa.or_(
        sa.func.row_number().over(**by_deal) == 1,
        *(
            sa.func.lag(column).over(**by_deal).is_distinct_from(column)
            for column in (deal.c.pipeline_id, deal.c.stage_id)
        ),
    )
    marked = sa.select(
        deal.c.deal_id,
        deal.c.valid_from_at,
        deal.c.pipeline_id,
        deal.c.stage_id,
        deal.c.is_open,
        deal.c.is_won,
        # A copy does not count, whichever pipeline it is in.
        sa.or_(deal.c.is_counted, deal.c.is_duplicate).label("is_sales"),
        sa.case((is_other, 1), else_=0).label("begins"),
    ).subquery("marked")
    number = sa.func.sum(marked.c.begins).over(
        partition_by=marked.c.deal_id, order_by=marked.c.valid_from_at, rows=(None, 0)
    )
    numbered = sa.select(marked, number.label("number")).subquery("numbered")
    keys = [numbered.c[name] for name in ("deal_id", "number", "pipeline_id", "stage_id")]

    def ever(flag: Expression) -> Expression:
        return sa.func.max(sa.case((flag, 1), else_=0)) == 1

    return (
        sa.select(
            *keys,
            sa.func.min(numbered.c.valid_from_at).label("entered_at"),
            ever(numbered.c.is_open).label("is_open_stage"),
            ever(numbered.c.is_won).label("is_won_stage"),
            ever(numbered.c.is_sales).label("is_sales_stage"),
        )
        .group_by(*keys)
        .cte("stretch")
    )


def _passed(entry: sa.CTE) -> sa.Subquery:
    """One row per entry after which the deal came further: deal_id, number, passed_at."""
    later = entry.alias("later")
    is_further = sa.or_(
        later.c.is_won_stage,
        sa.and_(
            later.c.is_open_stage,
            later.c.pipeline_id == entry.c.pipeline_id,
            later.c.stage_order > entry.c.stage_order,
        ),
    )
    return (
        sa.select(
            entry.c.deal_id, entry.c.number, sa.func.min(later.c.entered_at).label("passed_at")
        )
        .select_from(
            entry.join(
                later,
                sa.and_(
                    later.c.deal_id == entry.c.deal_id,
                    later.c.number > entry.c.number,
                    is_further,
                ),
            )
        )
        .group_by(entry.c.deal_id, entry.c.number)
        .subquery("passed")
    )


def _positions(stretch: sa.CTE) -> sa.Subquery:
    """One row per stage: stage_id, and how many open stages that deals did enter come before it.

    A pipeline in Salesforce uses only some of the stages there are.
    """
    stage, entered = facts.stage.alias("entered_stage"), facts.stage
    used = (
        sa.select(entered.c.pipeline_id, entered.c.sort_order)
        .select_from(stretch.join(entered, entered.c.stage_id == stretch.c.stage_id))
        .where(stretch.c.is_open_stage)
        .distinct()
        .subquery("used")
    )
    comes_before = sa.and_(
        used.c.pipeline_id == stage.c.pipeline_id, used.c.sort_order < stage.c.sort_order
    )
    return (
        sa.select(stage.c.stage_id, sa.func.count(used.c.sort_order).label("before_count"))
        .select_from(stage.outerjoin(used, comes_before))
        .group_by(stage.c.stage_id)
        .subquery("position")
    )


def _direction(entry: sa.CTE) -> Expression:
    """Which way the deal came into the stage; who gives a deal up has skipped nothing."""
    is_lost = sa.not_(sa.or_(entry.c.is_open_stage, entry.c.is_won_stage))
    skipped_count = (
        entry.c.before_count
        - entry.c.previous_before_count
        - sa.case((entry.c.previous_is_open, 1), else_=0)
    )
    is_first = sa.or_(
        entry.c.previous_stage_id.is_(None),
        entry.c.previous_pipeline_id != entry.c.pipeline_id,
    )
    return sa.case(
        (is_first, "first"),
        (sa.or_(entry.c.stage_order.is_(None), entry.c.previous_order.is_(None)), "unknown"),
        (entry.c.stage_order < entry.c.previous_order, "back"),
        (sa.and_(sa.not_(is_lost), skipped_count > 0), "skip"),
        else_="forward",
    )
