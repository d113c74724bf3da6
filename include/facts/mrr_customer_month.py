"""Monthly recurring revenue and activity of each customer, month by month."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_days,
    add_months,
    earlier_of,
    later_of,
    local_date,
    midnight,
    months_between,
)
from include.core.settings import Settings
from include.facts.history import end_of_time, holds_in, live_states, since, spans, without_repeats
from include.facts.lookup import UNKNOWN_CHANNEL, has_begun, is_member
from include.tables import facts
from include.tables import stage as staged

NOTHING = sa.cast(sa.literal(0), sa.Numeric(24, 6))
NO_PRODUCT = sa.cast(sa.null(), sa.Text)
# What is summed of a month.
MEASURED = ("mrr_amount", "activity", "unknown")


def mrr_customer_month(settings: Settings) -> sa.Select:
    """One row per customer, month and state, without gaps from the first month with anything at its
    end to one month after the last.

    What was known of a customer changes at few instants; between two of them its months follow from
    its lines. A month that says the same in two such spans is one state.
    """
    zone = settings.calendar.time_zone
    month = _judged(_months(_contributions(settings), zone)).cte("month")
    begins_at = later_of(month.c.valid_from_at, midnight(month.c.month_start_date, zone))
    timed = sa.select(
        *(column for column in month.c if column.name != "valid_from_at"),
        begins_at.label("valid_from_at"),
    ).cte("timed_month")
    kept = without_repeats(timed, ("customer_id", "month_start_date")).subquery("kept_month")
    customer = facts.customer
    return sa.select(
        kept,
        sa.func.coalesce(customer.c.channel, UNKNOWN_CHANNEL).label("channel"),
        sa.true().label("is_counted"),
    ).select_from(
        kept.outerjoin(
            customer,
            sa.and_(
                customer.c.customer_id == kept.c.customer_id,
                customer.c.valid_to_at == end_of_time(),
            ),
        )
    )


def _contributions(settings: Settings) -> sa.CTE:
    """What makes a customer's months: customer_id, valid_from_at, valid_to_at, start_date, end_date,
    product_id, mrr_amount, `activity`, 1 where it makes a customer of it, and `unknown`, 1 where it
    pays and nobody knows how much.
    """
    model, line = settings.customers.customer_model, facts.recurring_line
    amount = sa.func.coalesce(line.c.mrr_amount, 0)
    # Who pays in a currency without a rate, or by no frequency we know, pays all the same.
    unknown = sa.case((line.c.mrr_amount.is_(None), 1), else_=0)
    pays = sa.or_(amount > 0, unknown == 1)
    activity = sa.case((pays, 1), else_=0) if model == "subscription" else sa.literal(0)
    parts: list[sa.Select[Any]] = [
        _of_lines(line.c.end_date, amount, activity, unknown),
    ]
    if model == "contract":
        grace = settings.customers.contract_grace_days
        parts += [
            _of_lines(add_days(line.c.end_date, grace), NOTHING, sa.literal(1), sa.literal(0)),
            _contracts(grace, settings.calendar.time_zone),
        ]
    if model == "transactional":
        parts.append(_purchases(settings.customers.active_window_days))
    return sa.union_all(*parts).cte("contribution")


def _of_lines(
    end_date: Expression, mrr_amount: Expression, activity: Expression, unknown: Expression
) -> sa.Select[Any]:
    """Contributions of counted recurring lines of customers; grace makes none of what never began."""
    line = facts.recurring_line
    return sa.select(
        line.c.customer_id,
        line.c.valid_from_at,
        line.c.valid_to_at,
        line.c.start_date,
        end_date.label("end_date"),
        line.c.product_id,
        mrr_amount.label("mrr_amount"),
        activity.label("activity"),
        unknown.label("unknown"),
    ).where(line.c.is_counted, has_begun(line), line.c.customer_id.is_not(None))


def _contracts(grace_days: int, zone: str) -> sa.Select[Any]:
    """Contributions of Salesforce contracts in force.

    One that was activated and is no more, being terminated, was in force until it was said to be. One
    that had expired or been terminated when first read was activated before: there is no other way.
    """
    read, member = live_states("salesforce.contract"), staged.customer_member
    state = since(read, sa.not_(_is_activated(read)), "left_at")
    was_activated = sa.func.max(sa.case((_was_activated(state), 1), else_=0)).over(
        partition_by=state.c.salesforce_contract_id,
        order_by=state.c.valid_from_at,
        rows=(None, 0),
    )
    contract = sa.select(state, was_activated.label("was_activated")).subquery("contract")
    agreed_date = sa.func.coalesce(
        add_days(contract.c.last_date, 1),
        add_months(contract.c.start_date, contract.c.term_months),
    )
    end_date = earlier_of(agreed_date, local_date(contract.c.left_at, zone))
    salesforce = sa.literal("salesforce", sa.Text)
    return (
        sa.select(
            member.c.customer_id,
            contract.c.valid_from_at,
            contract.c.valid_to_at,
            contract.c.start_date,
            add_days(end_date, grace_days),
            NO_PRODUCT,
            NOTHING,
            sa.literal(1),
            sa.literal(0),
        )
        .select_from(contract.join(member, is_member(salesforce, contract.c.account_id)))
        .where(
            contract.c.was_activated == 1,
            contract.c.start_date.is_not(None),
            sa.or_(end_date.is_(None), end_date > contract.c.start_date),
        )
    )


def _is_activated(state: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a contract is in force, whatever its status is called."""
    return sa.func.coalesce(sa.func.lower(state.c.status_code) == "activated", sa.false())


def _was_activated(state: sa.Subquery) -> sa.ColumnElement[bool]:
    """Whether a contract is in force, or in a state that only follows it."""
    code = sa.func.lower(state.c.status_code)
    ended = (code.like(f"%{word}") for word in ("expired", "terminated"))
    return sa.or_(_is_activated(state), *(sa.func.coalesce(each, sa.false()) for each in ended))


def _purchases(window_days: int) -> sa.Select[Any]:
    """Contributions of won deals, each for a while."""
    deal = facts.deal
    return sa.select(
        deal.c.customer_id,
        deal.c.valid_from_at,
        deal.c.valid_to_at,
        deal.c.closed_date,
        add_days(deal.c.closed_date, window_days),
        NO_PRODUCT,
        NOTHING,
        sa.literal(1),
        sa.literal(0),
    ).where(
        deal.c.is_won,
        deal.c.is_counted,
        deal.c.customer_id.is_not(None),
        deal.c.closed_date.is_not(None),
    )


def _months(contribution: sa.CTE, zone: str) -> sa.CTE:
    """One row per customer, span of knowledge and month: mrr_amount, is_active, is_amount_unknown and
    product_id at its end.

    Months that begin after the span's end are left out: nobody then asks for them.
    """
    active, period = _active_months(contribution, zone), facts.period
    keys = (active.c.customer_id, active.c.valid_from_at, active.c.valid_to_at)
    reach = (
        sa.select(
            *keys,
            sa.func.min(active.c.month_start_date).label("first_date"),
            sa.func.max(active.c.month_end_date).label("last_date"),
        )
        .group_by(*keys)
        .subquery("reach")
    )
    # The month that begins where the last one ended is the one after it.
    spine = reach.join(
        period,
        sa.and_(
            period.c.grain == "month",
            period.c.start_date.between(reach.c.first_date, reach.c.last_date),
            midnight(period.c.start_date, zone) < reach.c.valid_to_at,
        ),
    )
    is_same = sa.and_(
        active.c.customer_id == reach.c.customer_id,
        active.c.valid_from_at == reach.c.valid_from_at,
        active.c.month_start_date == period.c.start_date,
    )
    return (
        sa.select(
            reach.c.customer_id,
            reach.c.valid_from_at,
            reach.c.valid_to_at,
            period.c.start_date.label("month_start_date"),
            period.c.end_date.label("month_end_date"),
            sa.func.coalesce(active.c.mrr_amount, 0).label("mrr_amount"),
            (sa.func.coalesce(active.c.activity, 0) == 1).label("is_active"),
            (sa.func.coalesce(active.c.unknown, 0) == 1).label("is_amount_unknown"),
            active.c.product_id,
        )
        .select_from(spine.outerjoin(active, is_same))
        .cte("plain_month")
    )


def _active_months(contribution: sa.CTE, zone: str) -> sa.CTE:
    """One row per customer, span of knowledge and month with anything at its end: what is MEASURED,
    and product_id, the product that most is paid for; of equal ones the first by its id.
    """
    product = _product_months(contribution, zone)
    keys = [column for column in product.c if column.name not in {*MEASURED, "product_id"}]
    rank = sa.func.row_number().over(
        partition_by=keys, order_by=(product.c.mrr_amount.desc(), product.c.product_id)
    )
    ranked = sa.select(product, rank.label("rank")).subquery("ranked_product")
    by = [ranked.c[column.name] for column in keys]
    mrr_amount, activity, unknown = (
        sa.func.sum(ranked.c.mrr_amount),
        *(sa.func.max(ranked.c[name]) for name in MEASURED[1:]),
    )
    return (
        sa.select(
            *by,
            mrr_amount.label("mrr_amount"),
            activity.label("activity"),
            unknown.label("unknown"),
            sa.func.max(sa.case((ranked.c.rank == 1, ranked.c.product_id))).label("product_id"),
        )
        .group_by(*by)
        .having(sa.or_(mrr_amount != 0, activity == 1, unknown == 1))
        .cte("active_month")
    )


def _product_months(contribution: sa.CTE, zone: str) -> sa.Subquery:
    """One row per customer, span of knowledge, month and product: what is MEASURED at its end."""
    span, period = spans(contribution, "customer_id"), facts.period
    end_date = contribution.c.end_date
    keys = [
        span.c.customer_id,
        span.c.valid_from_at,
        span.c.valid_to_at,
        period.c.start_date.label("month_start_date"),
        period.c.end_date.label("month_end_date"),
        contribution.c.product_id,
    ]
    return (
        sa.select(
            *keys,
            sa.func.sum(contribution.c.mrr_amount).label("mrr_amount"),
            *(sa.func.max(contribution.c[name]).label(name) for name in MEASURED[1:]),
        )
        .select_from(
            span.join(contribution, holds_in(contribution, span, "customer_id")).join(
                period,
                sa.and_(
                    period.c.grain == "month",
                    contribution.c.start_date < period.c.end_date,
                    sa.or_(end_date.is_(None), end_date >= period.c.end_date),
                    midnight(period.c.start_date, zone) < span.c.valid_to_at,
                ),
            )
        )
        .group_by(
            span.c.customer_id,
            span.c.valid_from_at,
            span.c.valid_to_at,
            period.c.start_date,
            period.c.end_date,
            contribution.c.product_id,
        )
        .subquery("product_month")
    )


def _judged(month: sa.CTE) -> sa.Select[Any]:
    """The months with what became of the customer since the month before."""
    by_customer: dict[str, Any] = {
        "partition_by": (month.c.customer_id, month.c.valid_from_at),
        "order_by": month.c.month_start_date,
    }
    paying = sa.case((month.c.mrr_amount > 0, 1), else_=0)
    seen = sa.select(
        month,
        sa.func.coalesce(sa.func.lag(month.c.mrr_amount).over(**by_customer), 0).label(
            "previous_mrr_amount"
        ),
        sa.func.coalesce(sa.func.lag(month.c.is_active).over(**by_customer), sa.false()).label(
            "is_active_before"
        ),
        sa.func.coalesce(sa.func.max(paying).over(**by_customer, rows=(None, -1)), 0).label(
            "paid_before"
        ),
        # In order of the months, so that later ones say nothing of earlier ones.
        sa.func.min(sa.case((month.c.is_active, month.c.month_start_date)))
        .over(**by_customer, rows=(None, 0))
        .label("cohort_month_date"),
    ).subquery("seen_month")
    now, before = seen.c.mrr_amount, seen.c.previous_mrr_amount
    movement = sa.case(
        (sa.and_(before <= 0, now > 0, seen.c.paid_before == 1), "reactivation"),
        (sa.and_(before <= 0, now > 0), "new"),
        (sa.and_(before > 0, now <= 0), "churn"),
        (now > before, "expansion"),
        (now < before, "contraction"),
        else_="none",
    )
    age = months_between(seen.c.cohort_month_date, seen.c.month_start_date)
    return sa.select(
        *(column for column in seen.c if column.name != "paid_before"),
        movement.label("movement"),
        (now - before).label("movement_amount"),
        sa.cast(age, sa.BigInteger).label("age_months"),
    )
