"""What winning and keeping customers cost: the ledger, and campaigns by the day."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    days_between,
    earlier_of,
    folded,
    later_of,
    local_date,
    midnight,
)
from include.core.settings import Settings
from include.facts.history import end_of_time, live_states
from include.facts.lookup import currency_of, joined, prefixed, rate_applies
from include.tables import facts
from include.tables.stage import CURRENT


def cost(settings: Settings) -> sa.Select:
    """One row per cost of the ledger, or day of a campaign, and state."""
    parts: list[sa.Select] = [_campaign_days(settings)]
    if settings.costs:
        parts.append(_ledger(settings))
    entry, rate = sa.union_all(*parts).subquery("entry"), facts.exchange_rate
    return sa.select(
        *(column for column in entry.c if column.name != "amount_original"),
        (entry.c.amount_original * rate.c.rate).label("cost_amount"),
        entry.c.amount_original.label("cost_amount_original"),
    ).select_from(entry.outerjoin(rate, rate_applies(entry.c.currency_code, entry.c.cost_date)))


def _ledger(settings: Settings) -> sa.Select:
    """One row per line of the ledger, known from its day on."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("line", sa.Text),
        sa.column("cost_date", sa.Date),
        sa.column("category", sa.Text),
        sa.column("channel", sa.Text),
        sa.column("campaign_id", sa.Text),
        sa.column("segment", sa.Text),
        sa.column("currency_code", sa.Text),
        sa.column("amount", sa.Numeric(24, 6)),
    ]
    lines: list[tuple[Any, ...]] = [
        (
            str(line),
            cost.cost_date,
            cost.category,
            cost.channel,
            cost.campaign_id,
            cost.segment,
            cost.currency_code,
            cost.amount,
        )
        # The first line of the file is its header.
        for line, cost in enumerate(settings.costs, 2)
    ]
    ledger = sa.values(*columns, name="ledger").data(lines)
    # Typed once more: a column of nothing but NULLs has no type of its own.
    typed = {column.name: sa.cast(ledger.c[column.name], column.type) for column in columns}
    return sa.select(
        prefixed("ledger", typed["line"]).label("cost_id"),
        midnight(typed["cost_date"], settings.calendar.time_zone).label("valid_from_at"),
        end_of_time().label("valid_to_at"),
        sa.literal("ledger", sa.Text).label("crm"),
        typed["cost_date"].label("cost_date"),
        typed["category"].label("category"),
        typed["channel"].label("channel"),
        typed["campaign_id"].label("campaign_id"),
        typed["segment"].label("segment"),
        sa.literal("actual", sa.Text).label("method"),
        typed["currency_code"].label("currency_code"),
        typed["amount"].label("amount_original"),
    )


def _campaign_days(settings: Settings) -> sa.Select:
    """One row per day of a campaign with a cost, and state of the campaign, known from its day on.

    Neither CRM dates what a campaign cost, so it is spread evenly from first to last day; the last
    day takes what rounding leaves. Without a last day, or with one beyond the calendar, it is spread
    up to the day on which that much was first told. A campaign without a first day begins with its
    last, or on the day it was created.
    """
    spend = sa.union_all(_salesforce_spend(settings), _hubspot_spend(settings)).subquery("spend")
    campaign, day = facts.campaign, facts.date
    farthest_date = sa.select(sa.func.max(day.c.calendar_date)).scalar_subquery()
    told_date = local_date(spend.c.told_at, settings.calendar.time_zone)
    end_date = sa.case((spend.c.end_date <= farthest_date, spend.c.end_date), else_=told_date)
    last_date = later_of(spend.c.start_date, end_date)
    day_count = days_between(spend.c.start_date, last_date) + 1
    # Spelt by hand like safe_divide, but exact; the precedence keeps the divisor in brackets.
    divided_by = spend.c.amount_original.op("/", precedence=8, return_type=sa.Numeric())
    each_day = sa.func.round(divided_by(day_count), 6)
    amount_of_day = sa.case(
        (day.c.calendar_date == last_date, spend.c.amount_original - each_day * (day_count - 1)),
        else_=each_day,
    )
    # Like a line of the ledger: on the tenth nobody has won anything yet for what the rest will cost.
    known_at = later_of(
        spend.c.valid_from_at, midnight(day.c.calendar_date, settings.calendar.time_zone)
    )
    spread = spend.join(
        day, sa.and_(day.c.calendar_date >= spend.c.start_date, day.c.calendar_date <= last_date)
    )
    return (
        sa.select(
            joined(spend.c.campaign_id, ":", sa.cast(day.c.calendar_date, sa.Text)).label(
                "cost_id"
            ),
            known_at.label("valid_from_at"),
            spend.c.valid_to_at,
            spend.c.crm,
            day.c.calendar_date.label("cost_date"),
            sa.literal("acquisition", sa.Text).label("category"),
            campaign.c.channel,
            spend.c.campaign_id,
            # Neither CRM says for whom a campaign is.
            sa.cast(sa.null(), sa.Text).label("segment"),
            sa.literal("prorated", sa.Text).label("method"),
            spend.c.currency_code,
            amount_of_day.label("amount_original"),
        )
        .select_from(spread.outerjoin(campaign, campaign.c.campaign_id == spend.c.campaign_id))
        .where(known_at < spend.c.valid_to_at)
    )


def _salesforce_spend(settings: Settings) -> sa.Select:
    """One row per campaign and state: its own cost, without that of campaigns below it."""
    state = live_states("salesforce.campaign")
    return _spend(
        "salesforce",
        state,
        state.c.salesforce_campaign_id,
        state.c.actual_cost_amount_original,
        settings,
    )


def _hubspot_spend(settings: Settings) -> sa.Select:
    """One row per HubSpot campaign and state, up to when Salesforce tells what the same campaign cost.

    Only the name ties the two. Salesforce has the deals that came of it.
    """
    read, told = live_states("hubspot.campaign"), _told_by_salesforce()
    valid_to_at = earlier_of(read.c.valid_to_at, told.c.told_from_at)
    columns = (
        valid_to_at.label(column.name) if column.name == "valid_to_at" else column
        for column in read.c
    )
    state = (
        sa.select(*columns)
        .select_from(read.outerjoin(told, told.c.hubspot_campaign_id == read.c.hubspot_campaign_id))
        .where(read.c.valid_from_at < valid_to_at)
        .subquery("told_by_hubspot_alone")
    )
    return _spend(
        "hubspot", state, state.c.hubspot_campaign_id, state.c.spend_amount_original, settings
    )


def _told_by_salesforce() -> sa.Subquery:
    """One row per HubSpot campaign that Salesforce has by the same name, not on other days, and tells a
    cost of: hubspot_campaign_id, told_from_at.
    """
    state, own = live_states("salesforce.campaign"), CURRENT["hubspot.campaign"]
    other = CURRENT["salesforce.campaign"]
    is_apart = sa.or_(own.c.start_date > other.c.end_date, other.c.start_date > own.c.end_date)
    is_same = sa.and_(
        folded(other.c.campaign_name) == folded(own.c.campaign_name),
        sa.not_(sa.func.coalesce(is_apart, sa.false())),
        sa.not_(other.c.is_deleted),
        other.c.actual_cost_amount_original != 0,
    )
    return (
        sa.select(
            own.c.hubspot_campaign_id, sa.func.min(state.c.valid_from_at).label("told_from_at")
        )
        .select_from(
            own.join(other, is_same).join(
                state, state.c.salesforce_campaign_id == other.c.salesforce_campaign_id
            )
        )
        .where(state.c.actual_cost_amount_original != 0)
        .group_by(own.c.hubspot_campaign_id)
        .subquery("told_by_salesforce")
    )


def _spend(
    crm: str,
    state: sa.Subquery,
    key: sa.ColumnElement[str],
    amount: sa.ColumnElement[Any],
    settings: Settings,
) -> sa.Select:
    """The shape both CRMs' campaigns share, with a first day, a last day or none, and `told_at`, since
    when it is said to have cost as much.
    """
    by_campaign: dict[str, Any] = {"partition_by": key, "order_by": state.c.valid_from_at}
    is_other = sa.func.lag(amount).over(**by_campaign).is_distinct_from(amount)
    marked = sa.select(
        state, key.label("key"), amount.label("amount"), is_other.label("is_other")
    ).subquery(f"{crm}_campaign")
    told_at = sa.func.max(sa.case((marked.c.is_other, marked.c.modified_at))).over(
        partition_by=marked.c.key, order_by=marked.c.valid_from_at, rows=(None, 0)
    )
    created_at = sa.func.coalesce(marked.c.created_at, marked.c.valid_from_at)
    created_date = local_date(created_at, settings.calendar.time_zone)
    return sa.select(
        sa.literal(crm, sa.Text).label("crm"),
        prefixed(crm, marked.c.key).label("campaign_id"),
        marked.c.valid_from_at,
        marked.c.valid_to_at,
        sa.func.coalesce(marked.c.start_date, marked.c.end_date, created_date).label("start_date"),
        marked.c.end_date,
        told_at.label("told_at"),
        currency_of(marked.c.currency_code, sa.literal(crm, sa.Text), settings).label(
            "currency_code"
        ),
        marked.c.amount.label("amount_original"),
    ).where(marked.c.amount != 0)
