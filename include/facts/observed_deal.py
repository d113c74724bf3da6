"""What each CRM knew of its deals and when, in one shape for both.

One row per deal and state, before anything is derived across tables. `turns_at` is the instant the
deal closed, in states whose beginning is only assumed (see `include.tables.states`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of, local_date, midnight
from include.core.settings import Settings
from include.facts.history import live_states
from include.facts.lookup import copies, is_any_of, joined, prefixed, primary_link
from include.tables import facts
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT

# Deals without a record type, or without a pipeline, are in the one every account starts with.
SALESFORCE_DEFAULT_PIPELINE = "master"
HUBSPOT_DEFAULT_PIPELINE = "default"


def salesforce_pipeline(record_type_id: Expression) -> Expression:
    """The pipeline a record type stands for."""
    return prefixed("salesforce", sa.func.coalesce(record_type_id, SALESFORCE_DEFAULT_PIPELINE))


def stage_id(pipeline_id: Expression, stage: Expression) -> Expression:
    """Id of a stage of a pipeline, as in facts.stage."""
    return joined(pipeline_id, ":", stage)


def salesforce_deals(settings: Settings) -> sa.Select:
    """One row per opportunity and state.

    The opportunity's own versions begin with the first reading; the time before comes from its
    history of stages, amounts and close dates where there is one.
    """
    zone = settings.calendar.time_zone
    state = _opportunity_states()
    pipeline_id = salesforce_pipeline(state.c.record_type_id)
    stage = facts.stage.alias("historical_stage")
    is_closed = sa.func.coalesce(state.c.is_closed, stage.c.is_closed, sa.false())
    closed_at = earlier_of(midnight(state.c.close_date, zone), state.c.observed_at)
    sales_pipelines = [
        record_type[:15] for record_type in settings.sources.salesforce.sales_pipelines
    ]
    copy = copies(
        "hubspot.deal", "salesforce_opportunity_id", settings.sources.system_of_record.deals
    )
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", state.c.record_id).label("deal_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.case((is_closed, closed_at)).label("turns_at"),
        copy.c.lives_until_at.label("copy_lives_until_at"),
        state.c.account_id.label("customer_record_id"),
        state.c.owner_user_id.label("owner_record_id"),
        pipeline_id.label("pipeline_id"),
        stage_id(pipeline_id, state.c.stage_name).label("stage_id"),
        prefixed("salesforce", state.c.campaign_id).label("campaign_id"),
        state.c.lead_source.label("source_value"),
        state.c.opportunity_name.label("deal_name"),
        state.c.opportunity_type.label("deal_type"),
        state.c.created_at,
        state.c.close_date,
        is_closed.label("is_closed"),
        sa.func.coalesce(state.c.is_won, stage.c.is_won, sa.false()).label("is_won"),
        is_any_of(short_id(state.c.record_type_id), sales_pipelines).label("is_sales"),
        state.c.amount_original,
        state.c.currency_code,
        (state.c.probability_percent * sa.literal(Decimal("0.01"))).label("probability_rate"),
    ).select_from(
        state.outerjoin(
            stage, stage.c.stage_id == stage_id(pipeline_id, state.c.stage_name)
        ).outerjoin(
            copy,
            copy.c.salesforce_id == short_id(state.c.record_id),
        )
    )


def hubspot_deals(settings: Settings) -> sa.Select:
    """One row per HubSpot deal and state."""
    zone = settings.calendar.time_zone
    state = live_states("hubspot.deal")
    company = primary_link("hubspot.deal_company")
    stage = facts.stage
    own_pipeline_id = sa.func.coalesce(state.c.pipeline_id, HUBSPOT_DEFAULT_PIPELINE)
    pipeline_id = prefixed("hubspot", own_pipeline_id)
    # Portals fill these properties late or not at all; the stage then decides.
    is_won = sa.func.coalesce(state.c.is_won, stage.c.is_won, sa.false())
    is_closed = sa.or_(is_won, sa.func.coalesce(state.c.is_closed, stage.c.is_closed, sa.false()))
    probability_rate = sa.func.coalesce(state.c.probability_rate, stage.c.probability_rate)
    is_sales = is_any_of(own_pipeline_id, settings.sources.hubspot.sales_pipelines)
    system_of_record = settings.sources.system_of_record.deals
    copy = copies("salesforce.opportunity", "salesforce_opportunity_id", system_of_record)
    return sa.select(
        sa.literal("hubspot", sa.Text).label("crm"),
        prefixed("hubspot", state.c.hubspot_deal_id).label("deal_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.case((is_closed, earlier_of(state.c.close_at, state.c.modified_at))).label("turns_at"),
        copy.c.lives_until_at.label("copy_lives_until_at"),
        company.c.to_id.label("customer_record_id"),
        state.c.owner_id.label("owner_record_id"),
        pipeline_id.label("pipeline_id"),
        stage_id(pipeline_id, state.c.stage_id).label("stage_id"),
        prefixed("hubspot", state.c.campaign_id).label("campaign_id"),
        state.c.analytics_source.label("source_value"),
        state.c.deal_name,
        state.c.deal_type,
        sa.func.coalesce(state.c.create_at, state.c.created_at).label("created_at"),
        local_date(state.c.close_at, zone).label("close_date"),
        is_closed.label("is_closed"),
        is_won.label("is_won"),
        is_sales.label("is_sales"),
        state.c.amount_original,
        state.c.currency_code,
        probability_rate.label("probability_rate"),
    ).select_from(
        state.outerjoin(stage, stage.c.stage_id == stage_id(pipeline_id, state.c.stage_id))
        .outerjoin(company, company.c.from_id == state.c.hubspot_deal_id)
        .outerjoin(
            copy,
            copy.c.salesforce_id == short_id(state.c.salesforce_opportunity_id),
        )
    )


def _opportunity_states() -> sa.Subquery:
    """One row per opportunity and state, with the history's values before the first reading."""
    state = live_states("salesforce.opportunity")
    history = CURRENT["salesforce.opportunity_history"]
    key = state.c.salesforce_opportunity_id
    timed = {key.name, "valid_from_at", "valid_to_at", "modified_at"}
    kept = [column for column in state.c if column.name not in timed]
    first_change = (
        sa.select(history.c.opportunity_id, sa.func.min(history.c.created_at).label("first_at"))
        .group_by(history.c.opportunity_id)
        .subquery("first_change")
    )
    read = sa.select(
        key.label("record_id"),
        sa.case(
            (first_change.c.first_at < state.c.modified_at, state.c.modified_at),
            else_=state.c.valid_from_at,
        ).label("valid_from_at"),
        state.c.valid_to_at,
        state.c.modified_at.label("observed_at"),
        *kept,
    ).select_from(state.outerjoin(first_change, first_change.c.opportunity_id == key))
    both = sa.union_all(_before_reading(state, history, kept), read).subquery("both")
    # Changes of one second, and a history that reaches the reading, leave nothing between them.
    return sa.select(both).where(both.c.valid_from_at < both.c.valid_to_at).subquery("opportunity")


def _before_reading(
    state: sa.Subquery, history: sa.Table, kept: Sequence[sa.ColumnElement[Any]]
) -> sa.Select:
    """One row per change of an opportunity older than its first version; the first reaches back."""
    key = state.c.salesforce_opportunity_id

    def in_order(function: sa.FunctionElement[Any]) -> sa.Over[Any]:
        order = (history.c.created_at, history.c.salesforce_opportunity_history_id)
        return function.over(partition_by=key, order_by=order)

    changed = ("stage_name", "amount_original", "probability_percent", "close_date")
    values: dict[str, Any] = {name: history.c[name] for name in changed}
    # The history has no such columns; the stage it names tells.
    values |= {"is_closed": sa.null(), "is_won": sa.null()}
    begins_at = sa.case(
        (in_order(sa.func.row_number()) == 1, state.c.valid_from_at),
        else_=later_of(state.c.valid_from_at, history.c.created_at),
    )
    next_at = in_order(sa.func.lead(history.c.created_at))
    is_before_reading = sa.and_(
        history.c.opportunity_id == key,
        history.c.created_at < state.c.modified_at,
        state.c.valid_from_at < state.c.modified_at,
    )
    return sa.select(
        key.label("record_id"),
        begins_at.label("valid_from_at"),
        sa.func.coalesce(next_at, state.c.modified_at).label("valid_to_at"),
        history.c.created_at.label("observed_at"),
        *(
            sa.cast(values.get(column.name, column), column.type).label(column.name)
            for column in kept
        ),
    ).select_from(state.join(history, is_before_reading))
