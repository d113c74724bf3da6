"""Lines of deals: what was sold, at which price and cost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import earlier_of, folded, later_of
from include.core.settings import Settings
from include.facts.history import live_states
from include.facts.lookup import prefixed, rate_applies
from include.tables import facts
from include.tables.stage import CURRENT


def deal_line(settings: Settings) -> sa.Select:
    """One row per line of a deal and state; a state ends with the line's or the deal's.

    Amounts are converted at the rate of the deal.
    """
    line = sa.union_all(_salesforce_lines(), _hubspot_lines()).subquery("line")
    deal, rate = facts.deal, facts.exchange_rate
    currency_code = sa.func.coalesce(line.c.currency_code, deal.c.currency_code)
    valid_from_at = later_of(line.c.valid_from_at, deal.c.valid_from_at)
    valid_to_at = earlier_of(line.c.valid_to_at, deal.c.valid_to_at)
    return (
        sa.select(
            line.c.deal_line_id,
            valid_from_at.label("valid_from_at"),
            valid_to_at.label("valid_to_at"),
            deal.c.crm,
            deal.c.deal_id,
            deal.c.customer_id,
            deal.c.owner_user_id,
            line.c.product_id,
            line.c.product_name,
            deal.c.closed_date,
            deal.c.is_won,
            deal.c.is_counted,
            line.c.billing_frequency.is_not(None).label("is_recurring"),
            line.c.quantity,
            (line.c.line_amount_original * rate.c.rate).label("line_amount"),
            line.c.line_amount_original,
            (line.c.unit_cost_amount_original * rate.c.rate).label("unit_cost_amount"),
            line.c.unit_cost_amount_original,
            currency_code.label("currency_code"),
            line.c.billing_frequency,
        )
        .select_from(
            line.join(deal, deal.c.deal_id == line.c.deal_id).outerjoin(
                rate,
                rate_applies(
                    currency_code,
                    sa.func.coalesce(deal.c.expected_close_date, deal.c.created_date),
                ),
            )
        )
        .where(valid_from_at < valid_to_at)
    )


def _salesforce_lines() -> sa.Select:
    """One row per opportunity line and state; Salesforce knows no cost and no billing frequency."""
    state = live_states("salesforce.opportunity_line_item")
    product = CURRENT["salesforce.product"]
    return sa.select(
        prefixed("salesforce", state.c.salesforce_opportunity_line_item_id).label("deal_line_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        prefixed("salesforce", state.c.opportunity_id).label("deal_id"),
        prefixed("salesforce", state.c.product_id).label("product_id"),
        product.c.product_name,
        state.c.quantity,
        _price(state, state.c.total_price_amount_original).label("line_amount_original"),
        sa.cast(sa.null(), sa.Numeric(24, 6)).label("unit_cost_amount_original"),
        state.c.currency_code,
        sa.cast(sa.null(), sa.Text).label("billing_frequency"),
    ).select_from(state.outerjoin(product, product.c.salesforce_product_id == state.c.product_id))


def _hubspot_lines() -> sa.Select:
    """One row per line item and state, on the one deal it is linked to."""
    state = live_states("hubspot.line_item")
    link = CURRENT["hubspot.deal_line_item"]
    deal_of_line = (
        sa.select(link.c.line_item_id, sa.func.min(link.c.deal_id).label("deal_id"))
        .where(link.c.line_item_id.is_not(None), sa.not_(link.c.is_deleted))
        .group_by(link.c.line_item_id)
        .subquery("deal_of_line")
    )
    return sa.select(
        prefixed("hubspot", state.c.hubspot_line_item_id),
        state.c.valid_from_at,
        state.c.valid_to_at,
        prefixed("hubspot", deal_of_line.c.deal_id),
        prefixed("hubspot", state.c.product_id),
        state.c.product_name,
        state.c.quantity,
        _price(state, state.c.total_price_amount_original),
        state.c.unit_cost_amount_original,
        state.c.currency_code,
        folded(state.c.billing_frequency),
    ).select_from(
        state.join(deal_of_line, deal_of_line.c.line_item_id == state.c.hubspot_line_item_id)
    )


def _price(state: sa.Subquery, total: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Price of a line: the total as the CRM says, discounts included, else units at their price."""
    return sa.func.coalesce(total, state.c.quantity * state.c.unit_price_amount_original)
