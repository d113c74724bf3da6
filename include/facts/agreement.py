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
from include.facts.contract_price import pieces
from include.facts.history import live_states, since, without_repeats
from include.facts.lookup import is_member, joined, owners, owns, prefixed
from include.facts.whole_days import whole_days
from include.tables import stage as staged
from include.tables.stage import CURRENT

# Who ends in less than half a year what runs on gives notice; longer than that is agreed anew.
MOST_NOTICE_DAYS = 182
# What a contract, or a line of one, is called that nobody has agreed to yet.
NOT_AGREED = ("draft", "in approval process", "inapproval")
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

    A line's price is for its whole term, and each price it had in it a row of its own. What is said to
    be cancelled ends on the day that was said. What is not activated yet is not in force.
    """
    piece = pieces(_priced_lines(zone), zone).cte("line_piece")
    line = without_repeats(piece, ("line_id", "number")).subquery("line")
    suffix = sa.case(
        (line.c.number > 0, joined(":", sa.cast(line.c.number + 1, sa.Text))), else_=""
    )
    product, member, owner = CURRENT["salesforce.product"], staged.customer_member, owners()
    salesforce = sa.literal("salesforce", sa.Text)
    return sa.select(
        salesforce,
        joined("salesforce:contract_line:", line.c.line_id, suffix),
        line.c.valid_from_at,
        line.c.valid_to_at,
        member.c.customer_id,
        prefixed("salesforce:service_contract", line.c.contract_id),
        prefixed("salesforce", line.c.product_id),
        product.c.product_name,
        owner.c.user_id,
        line.c.signed_date,
        line.c.start_date,
        line.c.end_date,
        line.c.due_date,
        line.c.canceled_date,
        sa.literal(OF_TERM, sa.Text),
        line.c.mrr_amount_original,
        line.c.currency_code,
        sa.false(),
        sa.false(),
        line.c.is_in_force,
    ).select_from(
        line.outerjoin(product, product.c.salesforce_product_id == line.c.product_id)
        .outerjoin(member, is_member(salesforce, line.c.account_id))
        .outerjoin(owner, owns(owner, salesforce, line.c.owner_record_id))
    )


def _priced_lines(zone: str) -> sa.CTE:
    """Lines of service contracts and their states, with what they come to in a month.

    The price is for a term that ends later than the line itself where its end was moved back, shortly
    before it, and the price stayed: who leaves early pays no more a month for it.
    """
    told = _told_lines(zone).subquery("told_line")
    price = (told.c.line_id, told.c.price, told.c.start_date, told.c.is_in_force)
    longest_date = sa.func.max(told.c.due_date).over(
        partition_by=price, order_by=told.c.valid_from_at, rows=(None, 0)
    )
    told_date = local_date(
        sa.func.min(told.c.valid_from_at).over(partition_by=(*price, told.c.due_date)), zone
    )
    # An end that is far off when it is told is one that was agreed, or corrected.
    is_early = told_date > add_days(told.c.due_date, -MOST_NOTICE_DAYS)
    priced_date = sa.case((is_early, longest_date), else_=told.c.due_date)
    return sa.select(
        told, _spread(told.c.price, told.c.start_date, priced_date).label("mrr_amount_original")
    ).cte("priced_line")


def _told_lines(zone: str) -> sa.Select[Any]:
    """One row per line of a service contract and state, as line and contract together tell it."""
    line = _with_cancelling("salesforce.contract_line_item", "line_status")
    contract = _with_cancelling("salesforce.service_contract", "contract_status")
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
    is_agreed = sa.and_(_is_approved(contract), _is_agreed(line.c.line_status))
    was_agreed = sa.func.max(sa.case((is_agreed, 1), else_=0)).over(
        partition_by=line.c.salesforce_contract_line_item_id,
        order_by=valid_from_at,
        rows=(None, 0),
    )
    price = sa.func.coalesce(
        line.c.total_price_amount_original, line.c.quantity * line.c.unit_price_amount_original
    )
    return (
        sa.select(
            line.c.salesforce_contract_line_item_id.label("line_id"),
            line.c.service_contract_id.label("contract_id"),
            line.c.product_id,
            contract.c.account_id,
            contract.c.owner_user_id.label("owner_record_id"),
            valid_from_at.label("valid_from_at"),
            valid_to_at.label("valid_to_at"),
            local_date(line.c.created_at, zone).label("created_date"),
            # What is added to a contract was agreed when it was added.
            local_date(later_of(contract.c.created_at, line.c.created_at), zone).label(
                "signed_date"
            ),
            start_date.label("start_date"),
            due_date.label("due_date"),
            local_date(earlier_of(line.c.canceled_at, contract.c.canceled_at), zone).label(
                "canceled_date"
            ),
            price.label("price"),
            # What was agreed stays in force while a change of it is approved.
            (was_agreed == 1).label("is_in_force"),
            sa.func.coalesce(line.c.currency_code, contract.c.currency_code).label("currency_code"),
        )
        .select_from(
            line.join(
                contract, contract.c.salesforce_service_contract_id == line.c.service_contract_id
            )
        )
        .where(valid_from_at < valid_to_at)
    )


def is_activated(contract: Any) -> sa.ColumnElement[bool]:
    """Whether a service contract was approved of."""
    return sa.func.coalesce(folded(contract.c.approval_status) == "activated", sa.false())


def first_activated_at() -> sa.ScalarSelect[Any]:
    """When the oldest service contract that was approved of was made; NULL where none is.

    Salesforce calls each new contract a draft. Without a process of approval all of them stay drafts,
    and so do those from before there was one.
    """
    contract = CURRENT["salesforce.service_contract"].alias("activated_contract")
    return (
        sa.select(sa.func.min(contract.c.created_at))
        .where(is_activated(contract), sa.not_(contract.c.is_deleted))
        .scalar_subquery()
    )


def _is_approved(contract: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a state of a service contract was approved of, or need not be."""
    is_asked = sa.func.coalesce(contract.c.created_at >= first_activated_at(), sa.false())
    is_told = contract.c.approval_status.is_not(None)
    is_draft = sa.and_(is_asked, is_told, sa.not_(is_activated(contract)))
    return sa.and_(sa.not_(is_draft), _is_agreed(contract.c.contract_status))


def _is_agreed(status: Expression) -> sa.ColumnElement[bool]:
    """Whether a status is not one of what is still to be agreed."""
    return sa.func.coalesce(folded(status).not_in(NOT_AGREED), sa.true())


def _with_cancelling(object_id: str, status_column: str) -> sa.Subquery:
    """Live states of an object with `canceled_at`: since when its status says so, while it does."""
    state = live_states(object_id)
    is_canceled = sa.func.coalesce(folded(state.c[status_column]).like("cancel%"), sa.false())
    return since(state, is_canceled, "canceled_at")


def _spread(amount: Expression, start_date: Any, end_date: Any) -> Expression:
    """An amount for a whole term by the month; NULL for a term without an end, or without length."""
    months = months_between(start_date, end_date)
    return amount.op("/", precedence=8, return_type=sa.Numeric())(sa.case((months > 0, months)))
