"""What each CRM knew of its deals and when, in one shape for both.

One row per deal and state, before anything is derived across tables. `turns_at` is the instant the
deal closed, in states whose beginning is only assumed (see `include.tables.states`).
"""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, folded, local_date, midnight
from include.core.settings import Settings
from include.core.settings_deals import HUBSPOT_LOST_REASON, DealFields
from include.facts.changes import as_read, changed_states, hubspot_changes
from include.facts.history import live_states
from include.facts.lookup import (
    copies,
    customers_of_contacts,
    is_any_of,
    joined,
    prefixed,
    primary_link,
)
from include.facts.whole_days import or_chosen_day
from include.tables import facts
from include.tables.identifiers import short_id
from include.tables.stage import CURRENT

# Deals without a record type, or without a pipeline, are in the one every account starts with.
SALESFORCE_DEFAULT_PIPELINE = "master"
# Where Salesforce names the record type of records without one, the beginning of its id.
MASTER_RECORD_TYPE = "012000000000000"
HUBSPOT_DEFAULT_PIPELINE = "default"
# Forecast categories, and what the CRMs call them, without blanks and underscores.
FORECAST_CATEGORIES = {
    "omitted": ("omitted", "omit", "notforecasted"),
    "pipeline": ("pipeline",),
    "best case": ("bestcase",),
    "most likely": ("mostlikely",),
    "commit": ("commit", "forecast"),
    "closed": ("closed", "closedwon"),
}

# Columns for what custom fields say of a deal; HubSpot's own reason has another.
LOST_REASON, COMPETITOR = "custom_lost_reason", "custom_competitor"


def salesforce_pipeline(record_type_id: Expression) -> Expression:
    """The pipeline a record type stands for."""
    return prefixed("salesforce", sa.func.coalesce(record_type_id, SALESFORCE_DEFAULT_PIPELINE))


def record_type(record_type_id: Expression) -> Expression:
    """The short id of a record type, also of records without one."""
    return sa.func.coalesce(short_id(record_type_id), MASTER_RECORD_TYPE)


def stage_id(pipeline_id: Expression, stage: Expression) -> Expression:
    """Id of a stage of a pipeline, as in facts.stage."""
    return joined(pipeline_id, ":", stage)


def salesforce_deals(settings: Settings) -> sa.Select:
    """One row per opportunity and state.

    The opportunity's own versions begin with the first reading; the time before, and what changed
    between two of them, comes from its history of stages, amounts and close dates.
    """
    zone, fields = settings.calendar.time_zone, settings.deals.salesforce
    state = _opportunity_states(fields)
    pipeline_id = salesforce_pipeline(state.c.record_type_id)
    stage = facts.stage.alias("historical_stage")
    is_closed, is_won = (
        sa.func.coalesce(
            as_read(state, state.c[name], "stage_name"), stage.c[name], by_category, sa.false()
        )
        for name, by_category in _by_category(state).items()
    )
    closed_at = earlier_of(midnight(state.c.close_date, zone), state.c.observed_at)
    sales_pipelines = [name[:15] for name in settings.sources.salesforce.sales_pipelines]
    copy = copies(
        "hubspot.deal", "salesforce_opportunity_id", settings.sources.system_of_record.deals
    )
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", state.c.salesforce_opportunity_id).label("deal_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.case((is_closed, closed_at)).label("turns_at"),
        copy.c.lives_from_at.label("copy_lives_from_at"),
        state.c.account_id.label("customer_record_id"),
        sa.cast(sa.null(), sa.Text).label("contact_customer_id"),
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
        is_won.label("is_won"),
        is_any_of(record_type(state.c.record_type_id), sales_pipelines).label("is_sales"),
        state.c.amount_original,
        state.c.currency_code,
        (state.c.probability_percent * sa.literal(Decimal("0.01"))).label("probability_rate"),
        _forecast_category(state.c.forecast_category).label("forecast_category"),
        _told(state, LOST_REASON).label("lost_reason"),
        _told(state, COMPETITOR).label("competitor"),
    ).select_from(
        state.outerjoin(
            stage, stage.c.stage_id == stage_id(pipeline_id, state.c.stage_name)
        ).outerjoin(
            copy,
            copy.c.salesforce_id == short_id(state.c.salesforce_opportunity_id),
        )
    )


def hubspot_deals(settings: Settings) -> sa.Select:
    """One row per HubSpot deal and state, as `salesforce_deals`, by the history of its properties."""
    zone, fields = settings.calendar.time_zone, settings.deals.hubspot
    state = _hubspot_deal_states(fields)
    close_at = or_chosen_day(state.c.close_at, zone)
    create_at = or_chosen_day(sa.func.coalesce(state.c.create_at, state.c.created_at), zone)
    # A program may write the day it is in UTC, of an evening that is still the day before here.
    created_at = earlier_of(create_at, state.c.modified_at)
    company = primary_link("hubspot.deal_company")
    # Programs link deals to people only; who buys then is where they work.
    contact = customers_of_contacts("hubspot.deal_contact")
    stage = facts.stage
    own_pipeline_id = sa.func.coalesce(state.c.pipeline_id, HUBSPOT_DEFAULT_PIPELINE)
    pipeline_id = prefixed("hubspot", own_pipeline_id)
    # Portals fill these properties late or not at all; the stage then decides.
    told_won, told_closed, told_rate, told_category = (
        as_read(state, state.c[name], "stage_id", "pipeline_id")
        for name in ("is_won", "is_closed", "probability_rate", "forecast_category")
    )
    is_won = sa.func.coalesce(told_won, stage.c.is_won, sa.false())
    is_closed = sa.or_(is_won, sa.func.coalesce(told_closed, stage.c.is_closed, sa.false()))
    probability_rate = sa.func.coalesce(told_rate, stage.c.probability_rate)
    is_sales = is_any_of(own_pipeline_id, settings.sources.hubspot.sales_pipelines)
    system_of_record = settings.sources.system_of_record.deals
    copy = copies("salesforce.opportunity", "salesforce_opportunity_id", system_of_record)
    is_own_reason = fields.lost_reason_field == HUBSPOT_LOST_REASON
    lost_reason = folded(state.c.lost_reason) if is_own_reason else _told(state, LOST_REASON)
    return sa.select(
        sa.literal("hubspot", sa.Text).label("crm"),
        prefixed("hubspot", state.c.hubspot_deal_id).label("deal_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        sa.case((is_closed, earlier_of(close_at, state.c.observed_at))).label("turns_at"),
        copy.c.lives_from_at.label("copy_lives_from_at"),
        company.c.to_id.label("customer_record_id"),
        contact.c.customer_id.label("contact_customer_id"),
        state.c.owner_id.label("owner_record_id"),
        pipeline_id.label("pipeline_id"),
        stage_id(pipeline_id, state.c.stage_id).label("stage_id"),
        prefixed("hubspot", state.c.campaign_id).label("campaign_id"),
        state.c.analytics_source.label("source_value"),
        state.c.deal_name,
        state.c.deal_type,
        created_at.label("created_at"),
        local_date(close_at, zone).label("close_date"),
        is_closed.label("is_closed"),
        is_won.label("is_won"),
        is_sales.label("is_sales"),
        state.c.amount_original,
        state.c.currency_code,
        probability_rate.label("probability_rate"),
        _forecast_category(told_category),
        lost_reason,
        _told(state, COMPETITOR),
    ).select_from(
        state.outerjoin(stage, stage.c.stage_id == stage_id(pipeline_id, state.c.stage_id))
        .outerjoin(company, company.c.from_id == state.c.hubspot_deal_id)
        .outerjoin(contact, contact.c.from_id == state.c.hubspot_deal_id)
        .outerjoin(
            copy,
            copy.c.salesforce_id == short_id(state.c.salesforce_opportunity_id),
        )
    )


def _by_category(state: sa.Subquery) -> dict[str, Expression]:
    """Whether a deal is closed and won, of a stage that is not there any more: `is_closed`, `is_won`.

    Its history tells the forecast category of that time: Closed of what was won, and Omitted of what
    was lost. What chance it had would tell an open stage that is left out of forecasts apart; but then
    revenue would hang on a field that an org may keep from us.
    """
    category = folded(state.c.forecast_category)
    return {"is_closed": category.in_(("closed", "omitted")), "is_won": category == "closed"}


def _forecast_category(value: Expression) -> Expression:
    """A forecast category by one name: Salesforce has two for each, and HubSpot its own."""
    letters = sa.func.replace(sa.func.replace(folded(value), " ", ""), "_", "")
    return sa.case(
        *(
            (letters.in_(names), sa.literal(category, sa.Text))
            for category, names in FORECAST_CATEGORIES.items()
        )
    )


def _custom_columns(fields: DealFields) -> dict[str, str]:
    """Columns for a deal's states, by the custom field that is chosen for each."""
    chosen = {LOST_REASON: fields.lost_reason_field, COMPETITOR: fields.competitor_field}
    return {
        name: field
        for name, field in chosen.items()
        if field is not None and field != HUBSPOT_LOST_REASON
    }


def _told(state: sa.Subquery, name: str) -> Expression:
    """What a custom field says, in lower case; NULL where none is chosen."""
    return folded(state.c[name]) if name in state.c else sa.cast(sa.null(), sa.Text)


def _opportunity_states(fields: DealFields) -> sa.Subquery:
    """One row per opportunity and state, as OpportunityHistory has them between the readings."""
    history = CURRENT["salesforce.opportunity_history"]
    told = ("stage_name", "amount_original", "probability_percent", "close_date")
    change = sa.select(
        history.c.opportunity_id.label("record_id"),
        history.c.created_at.label("changed_at"),
        history.c.salesforce_opportunity_history_id.label("change_id"),
        *(history.c[name] for name in told),
        *(sa.true().label(f"has_{name}") for name in told),
        # Fields that orgs may hide from us, or do not have.
        *(history.c[name] for name in ("forecast_category", "currency_code")),
        *(
            history.c[name].is_not(None).label(f"has_{name}")
            for name in ("forecast_category", "currency_code")
        ),
    ).subquery("opportunity_change")
    state = live_states("salesforce.opportunity", _custom_columns(fields))
    return changed_states(state, "salesforce_opportunity_id", change, "stage_name")


def _hubspot_deal_states(fields: DealFields) -> sa.Subquery:
    """One row per HubSpot deal and state, as its properties' history has them between the readings."""
    change = hubspot_changes(
        "hubspot.deal_history",
        {
            "stage_id": ("dealstage", sa.Text()),
            "pipeline_id": ("pipeline", sa.Text()),
            "amount_original": ("amount", sa.Numeric(24, 6)),
            "close_at": ("closedate", sa.DateTime(timezone=True)),
            "owner_id": ("hubspot_owner_id", sa.Text()),
            "currency_code": ("deal_currency_code", sa.Text()),
        },
    )
    state = live_states("hubspot.deal", _custom_columns(fields))
    return changed_states(state, "hubspot_deal_id", change, "stage_id")
