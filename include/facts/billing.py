"""Activated orders and paid invoices of both CRMs as one fact."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    earlier_of,
    folded,
    later_of,
    local_date,
    midnight,
)
from include.core.settings import Settings
from include.facts.history import live_states, since
from include.facts.lookup import (
    currency_of,
    customers_of_contacts,
    is_member,
    owners,
    owns,
    prefixed,
    primary_link,
    rate_applies,
)
from include.facts.whole_days import or_chosen_day
from include.tables import facts
from include.tables import stage as staged
from include.tables.stage import CURRENT

ORDERS, INVOICES = "salesforce.order", "hubspot.invoice"
# The column of each that says how far it is, and the word for what is billed.
BILLED = {ORDERS: ("status_code", "activated"), INVOICES: ("invoice_status", "paid")}
OF_CRM = {"salesforce": ORDERS, "hubspot": INVOICES}


def billing(settings: Settings) -> sa.Select:
    """One row per activated order or paid invoice and state.

    Nothing ties an order to its invoice: where both CRMs bill, that which is the system of record
    for deals counts alone. Amounts are without taxes, which are nobody's revenue, and converted at the
    rate of the day they were billed.
    """
    state = sa.union_all(_orders(settings), _invoices(settings)).subquery("billed")
    owner, rate = owners(), facts.exchange_rate
    currency_code = currency_of(state.c.currency_code, state.c.crm, settings)
    amount, original = state.c.amount_original * rate.c.rate, state.c.amount_original
    # Known before it was dated, or read long after: it was billed on its day, or when it said so.
    begins_at = later_of(state.c.valid_from_at, earlier_of(state.c.billed_at, state.c.modified_at))
    return (
        sa.select(
            state.c.billing_id,
            begins_at.label("valid_from_at"),
            state.c.valid_to_at,
            state.c.crm,
            state.c.kind,
            sa.func.coalesce(
                staged.customer_member.c.customer_id, state.c.contact_customer_id
            ).label("customer_id"),
            owner.c.user_id.label("owner_user_id"),
            owner.c.role_id,
            state.c.deal_id,
            state.c.billed_date,
            amount.label("billing_amount"),
            original.label("billing_amount_original"),
            currency_code.label("currency_code"),
            state.c.is_tax_unknown,
            state.c.is_credit,
            original.is_(None).label("is_amount_missing"),
            sa.and_(original.is_not(None), rate.c.rate.is_(None)).label("is_amount_unconverted"),
            state.c.is_duplicate,
            sa.true().label("is_counted"),
        )
        .select_from(
            state.outerjoin(
                staged.customer_member, is_member(state.c.crm, state.c.customer_record_id)
            )
            .outerjoin(owner, owns(owner, state.c.crm, state.c.owner_record_id))
            .outerjoin(rate, rate_applies(currency_code, state.c.billed_date))
        )
        .where(begins_at < state.c.valid_to_at)
    )


def is_billed(record: Any, object_id: str) -> sa.ColumnElement[bool]:
    """Whether a record, or a state of one, is an activated order or a paid invoice."""
    column, word = BILLED[object_id]
    return sa.func.coalesce(folded(record.c[column]) == word, sa.false())


def _orders(settings: Settings) -> sa.Select:
    """One row per activated order of Salesforce and state, a reduction taking away."""
    read, zone = live_states(ORDERS), settings.calendar.time_zone
    state = since(read, is_billed(read, ORDERS), "billed_since_at")
    is_credit = sa.func.coalesce(state.c.is_reduction, sa.false())
    amount = state.c.total_amount_original
    billed_at = sa.func.coalesce(
        state.c.activated_at, midnight(state.c.effective_date, zone), state.c.billed_since_at
    )
    return sa.select(
        sa.literal("salesforce", sa.Text).label("crm"),
        prefixed("salesforce", state.c.salesforce_order_id).label("billing_id"),
        sa.literal("order", sa.Text).label("kind"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        state.c.modified_at,
        billed_at.label("billed_at"),
        local_date(billed_at, zone).label("billed_date"),
        state.c.account_id.label("customer_record_id"),
        sa.cast(sa.null(), sa.Text).label("contact_customer_id"),
        state.c.owner_user_id.label("owner_record_id"),
        prefixed("salesforce", state.c.opportunity_id).label("deal_id"),
        # Orgs write reductions with either sign.
        sa.case((is_credit, -sa.func.abs(amount)), else_=amount).label("amount_original"),
        state.c.currency_code,
        sa.false().label("is_tax_unknown"),
        is_credit.label("is_credit"),
        _is_duplicate("salesforce", settings).label("is_duplicate"),
    ).where(is_billed(state, ORDERS))


def _invoices(settings: Settings) -> sa.Select:
    """One row per paid invoice of HubSpot and state. What it bills in all holds its taxes."""
    read, zone = live_states(INVOICES), settings.calendar.time_zone
    state = since(read, is_billed(read, INVOICES), "billed_since_at")
    company, deal = primary_link("hubspot.invoice_company"), primary_link("hubspot.invoice_deal")
    # An invoice is made out to a person; the company beside is not always there.
    contact = customers_of_contacts("hubspot.invoice_contact")
    key = state.c.hubspot_invoice_id
    billed_at = sa.func.coalesce(or_chosen_day(state.c.paid_at, zone), state.c.billed_since_at)
    total, taxes = state.c.total_amount_original, state.c.tax_amount_original
    net = sa.func.coalesce(state.c.pre_tax_amount_original, total - taxes)
    return (
        sa.select(
            sa.literal("hubspot", sa.Text),
            prefixed("hubspot", key),
            sa.literal("invoice", sa.Text),
            state.c.valid_from_at,
            state.c.valid_to_at,
            state.c.modified_at,
            billed_at,
            local_date(billed_at, zone),
            company.c.to_id,
            contact.c.customer_id,
            state.c.owner_id,
            prefixed("hubspot", deal.c.to_id),
            sa.func.coalesce(net, total),
            state.c.currency_code,
            sa.and_(net.is_(None), total.is_not(None)),
            sa.false(),
            _is_duplicate("hubspot", settings),
        )
        .select_from(
            state.outerjoin(company, company.c.from_id == key)
            .outerjoin(contact, contact.c.from_id == key)
            .outerjoin(deal, deal.c.from_id == key)
        )
        .where(is_billed(state, INVOICES))
    )


def _is_duplicate(crm: str, settings: Settings) -> sa.ColumnElement[bool]:
    """Whether the other CRM's orders or invoices count in the place of this one's."""
    system_of_record = settings.sources.system_of_record.deals
    if crm == system_of_record:
        return sa.false()
    object_id = OF_CRM[system_of_record]
    record = CURRENT[object_id].alias("any_billed")
    return sa.exists().where(sa.not_(record.c.is_deleted), is_billed(record, object_id))
