"""When the customers won in a month had paid back what winning them cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.periods import AsOfs
from include.metrics.positions import (
    ENTERS,
    LEAVES,
    POSITION,
    as_of_at,
    known_by,
    position_at,
    positions,
)
from include.metrics.prepared.shape import METADATA, Expression, sources_of, state_columns
from include.metrics.wanted import (
    KEPT,
    PERIOD,
    is_on_day,
    periods,
    stands_at,
    wanted_day,
    wanted_period,
)
from include.tables import facts
from include.tables.base import amount, count, text

# In place of a channel, on rows that are of all of them together.
ALL_CHANNELS = ""
# A wanted month, and the first of the as-ofs between which nothing changes that it is made of.
TURN = (*PERIOD, ENTERS)
ROW = (*TURN, "channel")
# A share of cost is rounded like any amount, or a margin that just reaches it might not.
AMOUNT = sa.Numeric(24, 6)


def rows_of_cohort_payback(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted month that cost something to win customers in, channel or all of them, and
    as-ofs between which it is the same.
    """
    turn = _turns(as_ofs).cte("turn")
    spent, margins = _costs(turn).subquery("spent"), _margins(turn).subquery("margins")
    is_paid = sa.and_(_is_same(margins, spent, ROW), margins.c.margin_amount >= spent.c.cost_amount)
    row = [*(spent.c[name] for name in (*ROW, "cost_amount")), turn.c[LEAVES]]
    return (
        sa.select(*row, sa.func.min(margins.c.position).label("payback_months"))
        .select_from(spent.join(turn, _is_same(turn, spent, TURN)).outerjoin(margins, is_paid))
        .where(spent.c.cost_amount > 0)
        .group_by(*row)
    )


def _turns(as_ofs: AsOfs) -> sa.Select[Any]:
    """One row per wanted month and as-ofs between which nothing changes that it is made of: its first
    day, the first and the last position, and the first as-of.
    """
    wanted, last = wanted_period.c, len(as_ofs.each)
    first = sa.select(wanted.period_number, sa.func.min(wanted.position).label(POSITION)).group_by(
        wanted.period_number
    )
    places: list[Any] = [first]
    if last > 1:
        changed = _changes(as_ofs).subquery("changed")
        places.append(sa.select(changed).where(changed.c.position.between(2, last)))
    place = sa.union(*places).subquery("place")
    period = periods("start_date").subquery("period")
    next_position = sa.func.lead(place.c.position).over(
        partition_by=place.c.period_number, order_by=place.c.position
    )
    return sa.select(
        place.c.period_number,
        place.c.position.label(ENTERS),
        (sa.func.coalesce(next_position, last + 1) - 1).label(LEAVES),
        period.c.start_date,
        as_of_at(place.c.position, as_ofs).label("as_of_at"),
    ).join_from(place, period, period.c.period_number == place.c.period_number)


def _changes(as_ofs: AsOfs) -> sa.CompoundSelect[Any]:
    """The wanted months, and positions at which another as-of knows something else of what they are
    made of.
    """
    cost, customer, line, month = (
        facts.cost,
        facts.customer,
        facts.deal_line,
        facts.mrr_customer_month,
    )
    wanted, period = wanted_period.c, facts.period.c
    dated: list[tuple[sa.Table, sa.FromClause]] = [
        (fact, wanted_day.join(fact, is_on_day(day)))
        for fact, day in (
            (cost, cost.c.cost_date),
            (customer, customer.c.customer_date),
            (line, line.c.closed_date),
        )
    ]
    # The channel that buyers came through.
    buyers = dated[-1][1].join(customer, customer.c.customer_id == line.c.customer_id)
    found = []
    for fact, source in (*dated, (customer, buyers)):
        known = fact.c.valid_from_at, fact.c.valid_to_at
        found.append(
            sa.select(wanted_day.c.period_number, *positions(*known, as_ofs))
            .select_from(source)
            .where(*known_by(*known, as_ofs))
        )
    known = month.c.valid_from_at, month.c.valid_to_at
    found.append(
        sa.select(wanted.period_number, *positions(*known, as_ofs))
        .join_from(wanted_period, month, month.c.cohort_month_date == wanted.start_date)
        .where(*known_by(*known, as_ofs))
    )
    rows = sa.union_all(*found).subquery("found")
    # A month that ends may be the one in which the cost came back.
    ended = position_at(period.end_at, as_ofs)
    return sa.union(
        sa.select(rows.c.period_number, rows.c[ENTERS].label(POSITION)),
        sa.select(rows.c.period_number, rows.c[LEAVES] + 1),
        sa.select(wanted.period_number, ended)
        .join_from(wanted_period, facts.period, period.start_date >= wanted.start_date)
        .where(period.grain == "month"),
    )


def _costs(turn: sa.CTE) -> sa.CompoundSelect[Any]:
    """One row per wanted month, and channel or all: what was spent in it to win customers.

    Of cost that no channel carries each has a share, by new customers.
    """
    cost, customer = facts.cost.c, facts.customer.c
    zero, one = (sa.literal_column(number, sa.Numeric) for number in ("0", "1"))
    spent = _in_period(
        turn,
        facts.cost,
        cost.cost_date,
        cost.channel.label("channel"),
        cost.cost_amount.label("cost_amount"),
        zero.label("customer_count"),
    ).where(cost.category == "acquisition", cost.cost_amount.is_not(None))
    won = _in_period(
        turn, facts.customer, customer.customer_date, customer.channel, zero, one
    ).where(customer.is_counted, customer.is_new_counted)
    each = sa.union_all(spent, won).cte("spent_or_won")
    keys = [each.c[name] for name in TURN]
    own, new = sa.func.sum(each.c.cost_amount), sa.func.sum(each.c.customer_count)
    pool = sa.func.sum(sa.case((each.c.channel.is_(None), own), else_=0)).over(partition_by=keys)
    share = safe_divide(pool * new, sa.func.sum(new).over(partition_by=keys))
    shared = (
        sa.select(
            *keys,
            each.c.channel,
            sa.cast(own + sa.func.coalesce(share, 0), AMOUNT).label("cost_amount"),
        )
        .group_by(*keys, each.c.channel)
        .subquery("shared")
    )
    of_all = sa.select(*keys, sa.literal(ALL_CHANNELS, sa.Text).label("channel"), own)
    return sa.union_all(
        sa.select(shared).where(shared.c.channel.is_not(None)), of_all.group_by(*keys)
    )


def _margins(turn: sa.CTE) -> sa.Select[Any]:
    """One row per wanted month, channel or all, and month since: the margin brought up to then.

    What they paid, at the margin on what customers of the channel bought in the month they were won
    in, or of all where those bought nothing of known cost.
    """
    paid, sold = _paid(turn).cte("paid"), _sold(turn).cte("sold")
    own, whole = sold.alias("own"), sold.alias("whole")
    is_of_all = sa.and_(_is_same(whole, paid, TURN), whole.c.channel == ALL_CHANNELS)
    row = [paid.c[name] for name in ROW]
    margin_amount = paid.c.mrr_amount * sa.func.coalesce(own.c.margin_rate, whole.c.margin_rate)
    so_far = sa.func.sum(margin_amount).over(partition_by=row, order_by=paid.c.position)
    return sa.select(
        *row, paid.c.position, sa.cast(so_far, AMOUNT).label("margin_amount")
    ).select_from(paid.outerjoin(own, _is_same(own, paid, ROW)).outerjoin(whole, is_of_all))


def _paid(turn: sa.CTE) -> sa.Select[Any]:
    """One row per wanted month, channel or all, and month since: what its new customers paid in it.

    Months count from 1. One that still runs has not been observed.
    """
    month, period = facts.mrr_customer_month.c, facts.period.c
    has_ended = sa.and_(
        period.grain == "month",
        period.start_date == month.month_start_date,
        period.end_at <= turn.c.as_of_at,
    )
    is_new = sa.and_(
        month.cohort_month_date == turn.c.start_date,
        stands_at(facts.mrr_customer_month, turn.c.as_of_at),
    )
    paid = (
        sa.select(
            *(turn.c[name] for name in TURN),
            month.channel,
            (month.age_months + 1).label("position"),
            month.mrr_amount,
        )
        .join_from(turn, facts.mrr_customer_month, is_new)
        .join(facts.period, has_ended)
        .where(month.is_counted, month.age_months >= 0)
        .subquery("paid_by_customer")
    )
    keys = [paid.c[name] for name in (*TURN, "position")]
    return _of_each_and_all(paid, keys, sa.func.sum(paid.c.mrr_amount).label("mrr_amount"))


def _sold(turn: sa.CTE) -> sa.Select[Any]:
    """One row per wanted month, and channel its buyers came through or all: the margin on it."""
    line, customer = facts.deal_line.c, facts.customer
    cost: Expression = sa.func.coalesce(line.quantity, 1) * line.unit_cost_amount
    is_buyer = sa.and_(
        customer.c.customer_id == line.customer_id, stands_at(customer, turn.c.as_of_at)
    )
    sold = (
        _in_period(
            turn,
            facts.deal_line,
            line.closed_date,
            customer.c.channel,
            line.line_amount,
            cost.label("cost_amount"),
        )
        .outerjoin(customer, is_buyer)
        .where(line.is_counted, line.is_won, line.line_amount.is_not(None), cost.is_not(None))
        .subquery("line_sold")
    )
    price, margin = (
        sa.func.sum(each) for each in (sold.c.line_amount, sold.c.line_amount - sold.c.cost_amount)
    )
    rate = safe_divide(margin, sa.case((price > 0, price)))
    return _of_each_and_all(sold, [sold.c[name] for name in TURN], rate.label("margin_rate"))


def _of_each_and_all(
    rows: sa.FromClause, keys: Sequence[sa.ColumnElement[Any]], value: sa.Label[Any]
) -> sa.Select[Any]:
    """One row per key and channel of some rows, and one of all channels: a value of those rows."""
    channel = rows.c.channel
    is_of_all = sa.func.grouping(channel) == 1
    return sa.select(
        *keys,
        sa.case((is_of_all, sa.literal_column(f"'{ALL_CHANNELS}'", sa.Text)), else_=channel).label(
            "channel"
        ),
        value,
    ).group_by(sa.func.grouping_sets(sa.tuple_(*keys, channel), sa.tuple_(*keys)))


def _is_same(one: sa.FromClause, other: sa.FromClause, names: tuple[str, ...]) -> Expression:
    """Whether two rows have the same in some columns."""
    return sa.and_(*(one.c[name] == other.c[name] for name in names))


def _in_period(
    turn: sa.CTE, fact: sa.Table, day: Expression, *columns: Expression
) -> sa.Select[Any]:
    """One row per turn of a wanted month and event of a fact dated in it, as known then."""
    is_of_day = sa.and_(day == wanted_day.c.calendar_date, stands_at(fact, turn.c.as_of_at))
    return (
        sa.select(*(turn.c[name] for name in TURN), *columns)
        .join_from(turn, wanted_day, turn.c.period_number == wanted_day.c.period_number)
        .join(fact, is_of_day)
    )


cohort_payback = sa.Table(
    "cohort_payback",
    METADATA,
    *state_columns(),
    text("channel", "Channel its customers came through; empty for all of them.", primary_key=True),
    amount(
        "cost_amount", "What was spent in the month to win customers, above zero.", nullable=False
    ),
    count("payback_months", "Months until it came back; NULL while it has not."),
    info={
        "rows": rows_of_cohort_payback,
        **sources_of(facts.cost, facts.mrr_customer_month, facts.deal_line, facts.customer),
    },
    **KEPT,
)
