"""Lines of deals: what was sold, at which price and cost, and what of it recurs."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_days, add_months, earlier_of, folded, later_of
from include.core.settings import Settings
from include.core.settings_customers import MONTHS_BILLED, ONCE_WORDS
from include.core.strict import folded_text
from include.facts.billed_until import end_of_billing, length_of_period
from include.facts.history import live_states
from include.facts.lookup import prefixed, rate_applies
from include.facts.product_cost import with_unit_costs
from include.tables import facts
from include.tables.stage import CURRENT

# Salesforce's words for how often the revenue of a product comes.
INSTALLMENTS = {
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "quarterly": "quarterly",
    "yearly": "annually",
}
NO_DATE, NO_MONTHS = sa.cast(sa.null(), sa.Date), sa.cast(sa.null(), sa.BigInteger)
NO_AMOUNT = sa.cast(sa.null(), sa.Numeric(24, 6))


def deal_line(settings: Settings) -> sa.Select:
    """One row per line of a deal and state; a state ends with the line's or the deal's.

    Amounts are converted at the rate of the deal. What a unit costs product_costs.csv says, else the
    line itself. A recurring line begins when the deal closed where it does not say, or so long after
    it as it says, and runs on where nothing says for how long.
    """
    line = sa.union_all(_salesforce_lines(settings), _hubspot_lines()).subquery("line")
    deal, rate = facts.deal, facts.exchange_rate
    currency_code = sa.func.coalesce(line.c.currency_code, deal.c.currency_code)
    valid_from_at = later_of(line.c.valid_from_at, deal.c.valid_from_at)
    valid_to_at = earlier_of(line.c.valid_to_at, deal.c.valid_to_at)
    is_recurring = line.c.billing_frequency.is_not(None)
    begin_date = add_days(
        add_months(deal.c.closed_date, sa.func.coalesce(line.c.delay_months, 0)),
        sa.func.coalesce(line.c.delay_days, 0),
    )
    start_date = sa.case(
        (is_recurring, sa.func.coalesce(line.c.start_date, begin_date)), else_=NO_DATE
    )
    end_of_term = add_days(
        add_months(start_date, sa.func.coalesce(line.c.term_months, 0)),
        sa.func.coalesce(line.c.term_days, 0),
    )
    has_term = sa.or_(line.c.term_months.is_not(None), line.c.term_days.is_not(None))
    end_date = sa.func.coalesce(
        line.c.end_date,
        end_of_billing(start_date, line.c.told_end_date, line.c.billing_frequency),
        sa.case((has_term, end_of_term)),
    )
    on_date = sa.func.coalesce(deal.c.expected_close_date, deal.c.created_date)
    source = line.join(deal, deal.c.deal_id == line.c.deal_id).outerjoin(
        rate, rate_applies(currency_code, on_date)
    )
    costed, unit_costs = with_unit_costs(
        source, settings, line, on_date, currency_code, rate.c.rate
    )
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
            is_recurring.label("is_recurring"),
            line.c.quantity,
            *(
                column
                for name in ("line", "mrr")
                for column in (
                    (line.c[f"{name}_amount_original"] * rate.c.rate).label(f"{name}_amount"),
                    line.c[f"{name}_amount_original"],
                )
            ),
            *unit_costs,
            currency_code.label("currency_code"),
            line.c.billing_frequency,
            start_date.label("start_date"),
            sa.case((is_recurring, end_date), else_=NO_DATE).label("end_date"),
        )
        .select_from(costed)
        .where(valid_from_at < valid_to_at)
    )


def per_month(amount: Expression, billing_frequency: Expression) -> Expression:
    """What an amount billed so often comes to in a month; NULL for a frequency nobody knows."""
    return sa.case(
        *(
            (billing_frequency == name, amount * sa.literal(Decimal(times) / Decimal(months)))
            for name, (months, times) in MONTHS_BILLED.items()
        )
    )


def _salesforce_lines(settings: Settings) -> sa.Select:
    """One row per opportunity line and state.

    How often a line is billed says the configured field of it or of its product; then its price is
    that of one bill. Else its product's revenue schedule does, which divides the price up, unless the
    line has none. How long it runs says the contract the deal led to, or the schedule. Salesforce
    knows no cost.
    """
    state = live_states("salesforce.opportunity_line_item")
    line, product = CURRENT["salesforce.opportunity_line_item"], CURRENT["salesforce.product"]
    contract = _contracts()
    price = line_price(state)
    named = _named_frequency(settings, line, product)
    installment = _meaning(folded(product.c.installment_period), INSTALLMENTS)
    # The schedule of a product is what its lines begin with; of a line it may have been taken away.
    of_schedule = sa.and_(
        named.is_(None),
        product.c.installment_count > 0,
        sa.func.coalesce(state.c.has_revenue_schedule, sa.true()),
    )
    count = sa.func.nullif(product.c.installment_count, 0)
    one_installment = price.op("/", precedence=8, return_type=sa.Numeric())(count)
    return sa.select(
        prefixed("salesforce", state.c.salesforce_opportunity_line_item_id).label("deal_line_id"),
        state.c.valid_from_at,
        state.c.valid_to_at,
        prefixed("salesforce", state.c.opportunity_id).label("deal_id"),
        prefixed("salesforce", state.c.product_id).label("product_id"),
        product.c.product_name,
        state.c.quantity,
        price.label("line_amount_original"),
        NO_AMOUNT.label("unit_cost_amount_original"),
        sa.func.coalesce(
            per_month(price, named),
            sa.case((of_schedule, per_month(one_installment, installment))),
        ).label("mrr_amount_original"),
        state.c.currency_code,
        sa.func.coalesce(named, sa.case((of_schedule, installment))).label("billing_frequency"),
        sa.func.coalesce(state.c.service_date, contract.c.start_date).label("start_date"),
        contract.c.end_date,
        NO_DATE.label("told_end_date"),
        sa.case((of_schedule, _months_of_schedule(product, installment))).label("term_months"),
        *(NO_MONTHS.label(name) for name in ("term_days", "delay_months", "delay_days")),
    ).select_from(
        state.outerjoin(product, product.c.salesforce_product_id == state.c.product_id)
        .outerjoin(
            line,
            line.c.salesforce_opportunity_line_item_id
            == state.c.salesforce_opportunity_line_item_id,
        )
        .outerjoin(contract, contract.c.opportunity_id == state.c.opportunity_id)
    )


def _contracts() -> sa.Subquery:
    """One row per deal that led to a contract: opportunity_id, start_date, end_date (exclusive)."""
    contract, led_to = CURRENT["salesforce.contract"], contracts_of_deals()
    key = contract.c.salesforce_contract_id
    rank = sa.func.row_number().over(
        partition_by=led_to.c.opportunity_id, order_by=(contract.c.start_date, key)
    )
    ranked = (
        sa.select(
            led_to.c.opportunity_id,
            contract.c.start_date,
            sa.func.coalesce(
                add_days(contract.c.last_date, 1),
                add_months(contract.c.start_date, contract.c.term_months),
            ).label("end_date"),
            rank.label("rank"),
        )
        .select_from(contract.join(led_to, led_to.c.contract_id == key))
        .where(sa.not_(contract.c.is_deleted))
        .subquery("ranked_contract")
    )
    return sa.select(ranked).where(ranked.c.rank == 1).subquery("contract_of_deal")


def contracts_of_deals() -> sa.Subquery:
    """One row per deal and contract it led to: opportunity_id, contract_id.

    Few orgs have the field of a contract that names its deal. In others the deal names the contract,
    as does one that renews a contract: what the deal led to begins when it closes, or later.
    """
    contract, opportunity = CURRENT["salesforce.contract"], CURRENT["salesforce.opportunity"]
    key = contract.c.salesforce_contract_id
    return sa.union(
        sa.select(contract.c.opportunity_id, key.label("contract_id")).where(
            contract.c.opportunity_id.is_not(None)
        ),
        sa.select(opportunity.c.salesforce_opportunity_id, key)
        .select_from(opportunity.join(contract, key == opportunity.c.contract_id))
        .where(contract.c.start_date >= opportunity.c.close_date),
    ).subquery("contract_after_deal")


def _named_frequency(settings: Settings, line: sa.Table, product: sa.Table) -> Expression:
    """How often a line is billed, by the configured field; NULL for once, or without such a field.

    A value that nobody has explained stays as it is: what it comes to in a month is not known, and
    metrics say so. Taken for once, it would be missing without a word.
    """
    recurring = settings.customers.recurring
    field = recurring.salesforce_frequency_field
    if field is None:
        return sa.cast(sa.null(), sa.Text)
    value = folded(
        sa.func.coalesce(line.c.custom_fields[field].astext, product.c.custom_fields[field].astext)
    )
    meanings = {name: name for name in MONTHS_BILLED}
    meanings |= {
        folded_text(source): meaning for source, meaning in recurring.billing_frequencies.items()
    }
    named = sa.func.coalesce(_meaning(value, meanings), value)
    return sa.case((named.in_(ONCE_WORDS), sa.null()), else_=named)


def _meaning(value: Expression, meanings: dict[str, str]) -> Expression:
    """What a value stands for; NULL for one that is not listed."""
    return sa.case(
        *((value == source, sa.literal(meaning, sa.Text)) for source, meaning in meanings.items())
    )


def _months_of_schedule(product: sa.Table, installment: Expression) -> Expression:
    """Whole months a revenue schedule runs for."""
    months = per_month(sa.literal(Decimal(1)), installment)
    exact = product.c.installment_count.op("/", precedence=8, return_type=sa.Numeric())(months)
    return sa.cast(sa.func.round(exact), sa.BigInteger)


def _hubspot_lines() -> sa.Select:
    """One row per line item and state, on the one deal it is linked to; its price is of one bill.

    How long it runs the period says, which is what users choose; the months of the term HubSpot
    works out, in whole ones, and it writes none as zero.
    """
    state = live_states("hubspot.line_item")
    months, days = length_of_period(state.c.billing_period)
    has_period = sa.or_(months.is_not(None), days.is_not(None))
    deal_of_line = lines_on_deals()
    price = line_price(state)
    frequency = folded(state.c.billing_frequency)
    return sa.select(
        prefixed("hubspot", state.c.hubspot_line_item_id),
        state.c.valid_from_at,
        state.c.valid_to_at,
        prefixed("hubspot", deal_of_line.c.deal_id),
        prefixed("hubspot", state.c.product_id),
        state.c.product_name,
        state.c.quantity,
        price,
        # Nothing costs less than nothing: what that would mean, nobody knows.
        sa.case((state.c.unit_cost_amount_original >= 0, state.c.unit_cost_amount_original)),
        sa.case(
            (
                frequency.is_not(None),
                sa.func.coalesce(per_month(price, frequency), state.c.mrr_amount_original),
            )
        ),
        state.c.currency_code,
        frequency,
        state.c.billing_start_date,
        NO_DATE,
        state.c.billing_end_date,
        sa.case((has_period, months), else_=sa.func.nullif(state.c.term_months, 0)),
        days,
        state.c.start_delay_months,
        state.c.start_delay_days,
    ).select_from(
        state.join(deal_of_line, deal_of_line.c.line_item_id == state.c.hubspot_line_item_id)
    )


def lines_on_deals() -> sa.Subquery:
    """One row per HubSpot line item that is on a deal: line_item_id, deal_id; on several, the lowest."""
    link = CURRENT["hubspot.deal_line_item"]
    return (
        sa.select(link.c.line_item_id, sa.func.min(link.c.deal_id).label("deal_id"))
        .where(link.c.line_item_id.is_not(None), sa.not_(link.c.is_deleted))
        .group_by(link.c.line_item_id)
        .subquery("deal_of_line")
    )


def line_price(state: sa.Subquery) -> sa.ColumnElement[Any]:
    """Price of a line: the total as the CRM says, discounts included, else units at their price."""
    return sa.func.coalesce(
        state.c.total_price_amount_original,
        state.c.quantity * state.c.unit_price_amount_original,
    )
