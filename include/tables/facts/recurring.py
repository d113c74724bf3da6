"""What customers pay again and again, for how long, and which of them are customers."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables.base import amount, count, day, flag, instant, metadata, text
from include.tables.facts.shape import currency_column, money_columns, state_columns

# In the order of their worth. Of each CRM the first that has records is read; see customers.yaml.
_RECURRING_SOURCES = (
    "salesforce.asset_state_period",
    "salesforce.asset",
    "salesforce.contract_line_item",
    "salesforce.service_contract",
    "salesforce.contract",
    "hubspot.subscription",
)

recurring_line = sa.Table(
    "recurring_line",
    metadata,
    *state_columns(
        "recurring_line_id",
        "The line, crm:id for that of a deal, else crm:kind:id; a subscription has one for each "
        "price it ever had, crm:subscription:id:number.",
    ),
    text("customer_id", "The customer."),
    text("agreement_id", "Contract, subscription or deal it was agreed in, crm:kind:id."),
    text("product_id", "The product, crm:id."),
    text("product_name", "Name of the product."),
    text("channel", "Channel the customer came from.", nullable=False),
    text("owner_user_id", "Owner of the agreement, as stage.user."),
    text("role_id", "Role of the owner."),
    day("signed_date", "Day it was agreed: the deal's closing, else the first day it is known."),
    day("start_date", "First day it is paid for.", nullable=False),
    day("end_date", "First day it is no longer paid for; NULL while open."),
    day("due_date", "Day it is due for renewal, as agreed; NULL for what goes on until cancelled."),
    day("canceled_date", "Day it was cancelled; NULL when it was not, or none can tell."),
    text("billing_frequency", "How often it is billed: weekly to per_five_years.", nullable=False),
    *money_columns("mrr", "What it comes to in a month, discounts taken off; 0 while paused"),
    currency_column(),
    flag("is_paused", "Paused: agreed, and not paid for.", nullable=False),
    flag("is_renewal", "Says of itself that it renews an agreement.", nullable=False),
    flag(
        "is_counted",
        "In force by its status, and in a counted deal where it has one. Without a customer it is in "
        "no recurring revenue, and told of.",
        nullable=False,
    ),
    schema="facts",
    comment="One row per recurring line of a contract, subscription or won deal, and state. What is "
    "sold once is not here.",
    info={
        "sources": (
            "salesforce.opportunity",
            "salesforce.opportunity_line_item",
            "hubspot.deal",
            "hubspot.line_item",
        ),
        "optional_sources": _RECURRING_SOURCES,
    },
)
sa.Index("ix_recurring_line_customer_id", recurring_line.c.customer_id)

mrr_customer_month = sa.Table(
    "mrr_customer_month",
    metadata,
    text("customer_id", "The customer.", primary_key=True),
    day("month_start_date", "First day of the month.", primary_key=True),
    instant("valid_from_at", "First instant of this state.", primary_key=True),
    instant(
        "valid_to_at",
        "First instant after this state; 9999-12-31 while it holds.",
        nullable=False,
    ),
    day("month_end_date", "First day after the month.", nullable=False),
    amount(
        "mrr_amount",
        "Monthly recurring revenue at the end of the month, in the reporting currency.",
        nullable=False,
    ),
    amount("previous_mrr_amount", "The same at the end of the month before.", nullable=False),
    text("movement", "new, reactivation, churn, expansion, contraction or none.", nullable=False),
    amount("movement_amount", "mrr_amount less previous_mrr_amount.", nullable=False),
    flag("is_active", "A customer at the end of the month.", nullable=False),
    flag("is_active_before", "A customer at the end of the month before.", nullable=False),
    flag(
        "is_amount_unknown",
        "Some of what it pays at the end of the month is of no known amount, and not in mrr_amount.",
        nullable=False,
        # Of the rows that were there before this column, until facts are built anew.
        server_default=sa.false(),
    ),
    day("cohort_month_date", "First month at whose end it was a customer; NULL before."),
    count("age_months", "Months since the cohort month; NULL before."),
    text(
        "product_id",
        "Product it paid most for at the end of the month, crm:id; NULL where that is none.",
    ),
    text("channel", "Channel the customer came from.", nullable=False),
    flag("is_counted", "Always: what is not counted makes no month.", nullable=False),
    schema="facts",
    comment="One row per customer, month and state, without gaps from the first month with anything "
    "at its end to one month after the last. A state holds from the month's first instant at the earliest.",
    info={
        "sources": recurring_line.info["sources"],
        "optional_sources": recurring_line.info["optional_sources"],
    },
)
sa.Index("ix_mrr_customer_month_month_start_date", mrr_customer_month.c.month_start_date)

term = sa.Table(
    "term",
    metadata,
    *state_columns("term_id", "The term, agreement:due date."),
    text("customer_id", "The customer."),
    text("product_id", "The product, crm:id; NULL where the term has several."),
    text("product_name", "Name of the product; NULL where the term has several."),
    text("channel", "Channel the customer came from.", nullable=False),
    text("owner_user_id", "Owner of the agreement."),
    text("role_id", "Role of the owner."),
    day("start_date", "First day.", nullable=False),
    day(
        "end_date", "Day it is due for renewal: the first one not agreed any more.", nullable=False
    ),
    amount(
        "due_amount",
        "Monthly recurring revenue that is due, in the reporting currency; 0 where that of some of it is "
        "not known.",
        nullable=False,
    ),
    amount(
        "renewed_amount",
        "Monthly recurring revenue it was renewed at, what was added included; 0 when it was not, and "
        "where that of some of it is not known.",
        nullable=False,
    ),
    day(
        "decided_date",
        "Day the outcome was certain: renewal agreed, cancelled, or the end of grace.",
        nullable=False,
    ),
    flag("is_renewed", "Renewed.", nullable=False),
    flag("is_counted", "Always: what is not counted makes no term.", nullable=False),
    schema="facts",
    comment="One row per term of a contract, subscription or deal with recurring lines, and state. "
    "Evergreen agreements have none: they are never due.",
    info={
        "sources": recurring_line.info["sources"],
        "optional_sources": recurring_line.info["optional_sources"],
    },
)
sa.Index("ix_term_end_date", term.c.end_date)
