"""Recurring lines of Salesforce's contracts and assets."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_days,
    add_months,
    earlier_of,
    folded,
    later_of,
    local_date,
    months_between,
)
from include.core.settings import Settings
from include.facts.history import live_states, since
from include.facts.lookup import is_member, owners, owns, prefixed
from include.facts.whole_days import whole_days
from include.tables import stage as staged
from include.tables.stage import CURRENT

# How often a term that says nothing else is billed does not change what it comes to in a month.
OF_TERM = "term"


def agreed_lines(
    settings: Settings,
    *,
    assets: sa.ColumnElement[bool],
    contracts: sa.ColumnElement[bool],
) -> tuple[sa.Select, sa.Select]:
    """Lines of assets, and of service contracts, each where its condition holds."""
    zone = settings.calendar.time_zone
    return _asset_periods(zone).where(assets), _contract_lines(zone).where(contracts)


def _asset_periods(zone: str) -> sa.Select:
    """One row per span of an asset with one price, and state."""
    state = live_states("salesforce.asset_state_period")
    asset, product = CURRENT["salesforce.asset"], CURRENT["salesforce.product"]
    member, owner = staged.customer_member, owners()
    start_date, end_date = whole_days(state.c.start_at, state.c.end_at, zone)
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce:asset_state_period", state.c.salesforce_asset_state_period_id).label(
            "recurring_line_id"
        ),
        state.c.valid_from_at,
        state.c.valid_to_at,
        member.c.customer_id,
        prefixed("salesforce:asset", state.c.asset_id).label("agreement_id"),
        prefixed("salesforce", asset.c.product_id).label("product_id"),
        sa.func.coalesce(product.c.product_name, asset.c.asset_name).label("product_name"),
        owner.c.user_id.label("owner_user_id"),
        local_date(state.c.created_at, zone).label("signed_date"),
        start_date.label("start_date"),
        end_date.label("end_date"),
        end_date.label("due_date"),
        sa.cast(sa.null(), sa.Date).label("canceled_date"),
        sa.func.coalesce(folded(state.c.billing_frequency), OF_TERM).label("billing_frequency"),
        sa.func.coalesce(
            state.c.mrr_amount_original, _spread(state.c.amount_original, start_date, end_date)
        ).label("mrr_amount_original"),
        sa.func.coalesce(state.c.currency_code, asset.c.currency_code).label("currency_code"),
        sa.false().label("is_paused"),
        sa.false().label("is_renewal"),
        sa.func.coalesce(sa.not_(asset.c.is_deleted), sa.true()).label("is_in_force"),
    ).select_from(
        state.outerjoin(asset, asset.c.salesforce_asset_id == state.c.asset_id)
        .outerjoin(product, product.c.salesforce_product_id == asset.c.product_id)
        .outerjoin(member, is_member(sa.literal("salesforce", sa.Text), asset.c.account_id))
        .outerjoin(owner, owns(owner, sa.literal("salesforce", sa.Text), asset.c.owner_user_id))
    )


def _contract_lines(zone: str) -> sa.Select:
    """One row per line of a service contract and state; a state ends with the line's or the contract's.

    A line's price is for its whole term. What is said to be cancelled ends on the day that was said.
    """
    line = _with_cancelling("salesforce.contract_line_item", "line_status")
    contract = _with_cancelling("salesforce.service_contract", "contract_status")
    product, member, owner = CURRENT["salesforce.product"], staged.customer_member, owners()
    valid_from_at = later_of(line.c.valid_from_at, contract.c.valid_from_at)
    valid_to_at = earlier_of(line.c.valid_to_at, contract.c.valid_to_at)
    start_date = sa.func.coalesce(
        line.c.start_date, contract.c.start_date, local_date(line.c.created_at, zone)
    )
    due_date = sa.func.coalesce(
        add_days(line.c.last_date, 1),
        add_days(contract.c.last_date, 1),
        add_months(start_date, contract.c.term_months),
    )
    canceled_date = local_date(earlier_of(line.c.canceled_at, contract.c.canceled_at), zone)
    price = sa.func.coalesce(
        line.c.total_price_amount_original, line.c.quantity * line.c.unit_price_amount_original
    )
    return (
        sa.select(
            sa.literal("salesforce", sa.Text),
            prefixed("salesforce:contract_line", line.c.salesforce_contract_line_item_id),
            valid_from_at,
            valid_to_at,
            member.c.customer_id,
            prefixed("salesforce:service_contract", line.c.service_contract_id),
            prefixed("salesforce", line.c.product_id),
            product.c.product_name,
            owner.c.user_id,
            # What is added to a contract was agreed when it was added.
            local_date(later_of(contract.c.created_at, line.c.created_at), zone),
            start_date,
            earlier_of(due_date, canceled_date),
            due_date,
            canceled_date,
            sa.literal(OF_TERM, sa.Text),
            _spread(price, start_date, due_date),
            sa.func.coalesce(line.c.currency_code, contract.c.currency_code),
            sa.false(),
            sa.false(),
            sa.true(),
        )
        .select_from(
            line.join(
                contract, contract.c.salesforce_service_contract_id == line.c.service_contract_id
            )
            .outerjoin(product, product.c.salesforce_product_id == line.c.product_id)
            .outerjoin(member, is_member(sa.literal("salesforce", sa.Text), contract.c.account_id))
            .outerjoin(
                owner, owns(owner, sa.literal("salesforce", sa.Text), contract.c.owner_user_id)
            )
        )
        .where(valid_from_at < valid_to_at)
    )


def _with_cancelling(object_id: str, status_column: str) -> sa.Subquery:
    """Live states of an object with `canceled_at`: since when its status says so, while it does."""
    state = live_states(object_id)
    is_canceled = sa.func.coalesce(folded(state.c[status_column]).like("cancel%"), sa.false())
    return since(state, is_canceled, "canceled_at")


def _spread(amount: Expression, start_date: Any, end_date: Any) -> Expression:
    """An amount for a whole term by the month; NULL for a term without an end, or without length."""
    months = months_between(start_date, end_date)
    return amount.op("/", precedence=8, return_type=sa.Numeric())(sa.case((months > 0, months)))
