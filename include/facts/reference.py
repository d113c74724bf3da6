"""Dimensions from the settings and from staged records: what facts are looked at by."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.core.strict import folded_text
from include.facts.lookup import UNKNOWN_CHANNEL, maps, prefixed
from include.facts.observed_deal import salesforce_pipeline, stage_id
from include.tables import facts
from include.tables.stage import CURRENT, VERSION

Rows = Sequence[dict[str, Any]]


def channel(settings: Settings) -> Rows:
    """One row per channel of the taxonomy."""
    return [
        {"channel": entry.id, "channel_name": entry.name, "is_marketing": entry.marketing}
        for entry in settings.channels.channels
    ]


def channel_source(settings: Settings) -> Rows:
    """One row per value of a source field that is mapped, lower case."""
    mapped = {
        folded_text(source): entry.id
        for entry in settings.channels.channels
        for source in entry.sources
    }
    return [{"source_value": value, "channel": channel} for value, channel in mapped.items()]


def role(settings: Settings) -> sa.Select:
    """One row per role."""
    source = CURRENT["salesforce.user_role"]
    return sa.select(
        source.c.salesforce_user_role_id.label("role_id"),
        source.c.role_name,
        source.c.parent_role_id,
    )


def stage(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per stage of each deal pipeline.

    Salesforce has one list of stages; it is repeated for each record type deals ever had.
    """
    opportunity = VERSION["salesforce.opportunity"]
    pipeline = (
        sa.select(salesforce_pipeline(opportunity.c.record_type_id).label("pipeline_id"))
        .distinct()
        .subquery("pipeline")
    )
    source = CURRENT["salesforce.opportunity_stage"]
    salesforce = sa.select(
        stage_id(pipeline.c.pipeline_id, source.c.stage_name).label("stage_id"),
        sa.literal("salesforce", sa.Text).label("crm"),
        pipeline.c.pipeline_id,
        sa.cast(sa.null(), sa.Text).label("pipeline_name"),
        source.c.stage_label.label("stage_name"),
        source.c.sort_order,
        source.c.is_closed,
        source.c.is_won,
        (source.c.probability_percent * sa.literal(Decimal("0.01"))).label("probability_rate"),
    ).select_from(source.join(pipeline, sa.true()))
    entry = CURRENT["hubspot.deal_stage"]
    probability = entry.c.probability_rate
    is_closed = sa.func.coalesce(entry.c.is_closed, probability.in_([0, 1]), sa.false())
    pipeline_id = prefixed("hubspot", entry.c.pipeline_id)
    hubspot = sa.select(
        stage_id(pipeline_id, entry.c.stage_id),
        sa.literal("hubspot", sa.Text),
        pipeline_id,
        entry.c.pipeline_label,
        entry.c.stage_label,
        entry.c.sort_order,
        is_closed,
        sa.and_(is_closed, sa.func.coalesce(probability == 1, sa.false())),
        probability,
    )
    return sa.union_all(salesforce, hubspot)


def campaign(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per campaign; HubSpot's have no type that would tell the channel."""
    source, marketing = CURRENT["salesforce.campaign"], CURRENT["hubspot.campaign"]
    salesforce = sa.select(
        prefixed("salesforce", source.c.salesforce_campaign_id).label("campaign_id"),
        sa.literal("salesforce", sa.Text).label("crm"),
        source.c.campaign_name,
        source.c.campaign_type,
        sa.func.coalesce(facts.channel_source.c.channel, UNKNOWN_CHANNEL).label("channel"),
        source.c.start_date,
        source.c.end_date,
    ).select_from(source.outerjoin(facts.channel_source, maps(source.c.campaign_type)))
    hubspot = sa.select(
        prefixed("hubspot", marketing.c.hubspot_campaign_id),
        sa.literal("hubspot", sa.Text),
        marketing.c.campaign_name,
        sa.cast(sa.null(), sa.Text),
        sa.literal(UNKNOWN_CHANNEL, sa.Text),
        marketing.c.start_date,
        marketing.c.end_date,
    )
    return sa.union_all(salesforce, hubspot)
