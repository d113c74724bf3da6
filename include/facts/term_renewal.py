"""What renews terms: which new lines do, and which lines only go on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, add_days, add_seconds, days_between, local_date

# Within a day, what ends a line and what begins the next one are one change.
SECONDS_OF_CHANGE = 86_400
# What tells a term from the others of a customer, in one span of knowledge.
TERM = ("customer_id", "valid_from_at", "valid_to_at", "agreement_id", "due_date")
# What makes terms renewed by the same new lines: those of one product that go to one term.
SHARING = ("customer_id", "valid_from_at", "receiver_agreement_id", "receiver_due_date", "product")


def _product(line: Any) -> Expression:
    """What tells whether two lines are about the same: the product, or its name where it has no id."""
    return sa.func.coalesce(line.c.product_id, line.c.product_name)


def middle(start_date: Expression, due_date: Expression) -> Expression:
    """The day in the middle of a term.

    What changes an agreement before it, was agreed from the start or corrects it; what does so
    after it, renews it.
    """
    return add_days(
        start_date, sa.func.floor(days_between(start_date, due_date) * sa.literal(Decimal("0.5")))
    )


def goes_on(line: Any, following: Any, told: sa.CTE, zone: str) -> sa.ColumnElement[bool]:
    """Whether a line goes on as another of its agreement: as was known from the start, which is a step
    of its price, or by a change of what was to run as long as the other does now, or longer.
    """
    before = told.alias()
    # A change ends the one and begins the other; which of the two is written first says nothing.
    was_to_run = (
        sa.exists()
        .where(
            before.c.recurring_line_id == line.c.recurring_line_id,
            before.c.valid_from_at < line.c.valid_from_at,
            before.c.valid_to_at > add_seconds(following.c.known_from_at, -SECONDS_OF_CHANGE),
            sa.or_(has_no_end(before), before.c.due_date >= following.c.due_date),
        )
        .correlate(line, following)
    )
    is_step = local_date(following.c.known_from_at, zone) <= middle(
        line.c.start_date, line.c.due_date
    )
    return sa.and_(
        following.c.customer_id == line.c.customer_id,
        following.c.valid_from_at == line.c.valid_from_at,
        following.c.agreement_id == line.c.agreement_id,
        following.c.recurring_line_id != line.c.recurring_line_id,
        _product(following).is_not_distinct_from(_product(line)),
        following.c.start_date == line.c.due_date,
        sa.or_(is_step, was_to_run),
    )


def has_no_end(line: Any) -> sa.ColumnElement[bool]:
    """Whether a line goes on until somebody ends it. Of a subscription whose price changed, the lines
    before have an end, and say nothing of when it is due.
    """
    return sa.and_(line.c.due_date.is_(None), line.c.end_date.is_(None))


def renewals(known: sa.CTE, due: sa.CTE, line: sa.CTE, grace_days: int, zone: str) -> sa.Subquery:
    """One row per term renewed by new lines: TERM, renewed_amount, is_unpriced, renewed_date.

    A line renews one term; another one too where the line is of the same product, and costs what both
    did rather than what the one did.
    """
    fit = _eligible(_pairs(known, due, line, grace_days, zone))
    shared = _shared(fit).cte("shared_term")
    by_term = [fit.c[name] for name in TERM]
    direct = (
        sa.select(
            *by_term,
            *renewed(fit.c.mrr_amount, sa.true()),
            sa.func.min(_agreed_date(fit)).label("renewed_date"),
        )
        .where(fit.c.rank == 1)
        .group_by(*by_term)
        .subquery("direct_renewal")
    )
    by_receiver = [shared.c[name] for name in SHARING if name != "product"]
    given = (
        sa.select(*by_receiver, sa.func.sum(shared.c.share_amount).label("given_amount"))
        .group_by(*by_receiver)
        .subquery("given")
    )
    gives = sa.and_(
        given.c.customer_id == direct.c.customer_id,
        given.c.valid_from_at == direct.c.valid_from_at,
        given.c.receiver_agreement_id == direct.c.agreement_id,
        given.c.receiver_due_date == direct.c.due_date,
    )
    kept_amount = direct.c.renewed_amount - sa.func.coalesce(given.c.given_amount, 0)
    return sa.union_all(
        sa.select(
            *(direct.c[name] for name in TERM),
            kept_amount.label("renewed_amount"),
            direct.c.is_unpriced,
            direct.c.renewed_date,
        ).select_from(direct.outerjoin(given, gives)),
        sa.select(
            *(shared.c[name] for name in TERM),
            shared.c.share_amount,
            sa.false(),
            shared.c.renewed_date,
        ),
    ).subquery("renewal")


def _shared(fit: sa.CTE) -> sa.Select[Any]:
    """One row per term without a new line of its own that is renewed by those of another term: TERM,
    SHARING, share_amount, its part of what they cost, and renewed_date.
    """
    left, receiver = _left_over(fit).subquery("left_over"), _receivers(fit)
    is_of = sa.and_(
        receiver.c.customer_id == left.c.customer_id,
        receiver.c.valid_from_at == left.c.valid_from_at,
        receiver.c.agreement_id == left.c.receiver_agreement_id,
        receiver.c.due_date == left.c.receiver_due_date,
        receiver.c.product == left.c.product,
    )
    before = sa.func.sum(left.c.same_amount).over(
        partition_by=[left.c[name] for name in SHARING],
        order_by=(left.c.distance, left.c.due_date, left.c.agreement_id),
        rows=(None, -1),
    )
    # Nearer to what all of them cost than to what they cost without this one.
    least_amount = (
        receiver.c.own_amount
        + sa.func.coalesce(before, 0)
        + left.c.same_amount * sa.literal(Decimal("0.5"))
    )
    weighed = (
        sa.select(
            left,
            receiver.c.new_amount,
            receiver.c.own_amount,
            (receiver.c.new_amount > least_amount).label("is_covered"),
        )
        .select_from(left.join(receiver, is_of))
        .subquery("weighed")
    )
    left_amount = sa.func.sum(weighed.c.same_amount).over(
        partition_by=[weighed.c[name] for name in SHARING]
    )
    covered = (
        sa.select(weighed, (weighed.c.own_amount + left_amount).label("all_amount"))
        .where(weighed.c.is_covered)
        .subquery("covered")
    )
    share = covered.c.new_amount * covered.c.same_amount
    share_amount = share.op("/", precedence=8, return_type=sa.Numeric())(covered.c.all_amount)
    return sa.select(
        *(covered.c[name] for name in TERM),
        *(covered.c[name] for name in SHARING if name not in TERM),
        sa.func.round(share_amount, 6).label("share_amount"),
        covered.c.renewed_date,
    )


def _receivers(fit: sa.CTE) -> sa.Subquery:
    """One row per term and product that new lines of that product renew: what they cost, and it did."""
    kept = ("customer_id", "valid_from_at", "agreement_id", "due_date", "product")
    by = [fit.c[name] for name in kept]
    return (
        sa.select(
            *by,
            _whole_sum(fit.c.mrr_amount, sa.true()).label("new_amount"),
            sa.func.max(fit.c.same_amount).label("own_amount"),
        )
        .where(fit.c.rank == 1, fit.c.is_same == 1)
        .group_by(*by)
        .subquery("receiver")
    )


def _left_over(fit: sa.CTE) -> sa.Select[Any]:
    """One row per term that no line renews though one of its product could: TERM, SHARING, same_amount,
    distance and renewed_date, by the line that fits best.
    """
    by_term = [fit.c[name] for name in TERM]
    has_own = sa.func.max(sa.case((fit.c.rank == 1, 1), else_=0)).over(partition_by=by_term)
    place = sa.func.row_number().over(
        partition_by=[*by_term, fit.c.is_same],
        order_by=(fit.c.distance, sa.func.coalesce(fit.c.difference, 0), fit.c.recurring_line_id),
    )
    placed = sa.select(fit, has_own.label("has_own"), place.label("place")).subquery("placed")
    taken = fit.alias("taken_line")
    is_same_line = sa.and_(
        taken.c.customer_id == placed.c.customer_id,
        taken.c.valid_from_at == placed.c.valid_from_at,
        taken.c.recurring_line_id == placed.c.recurring_line_id,
        taken.c.rank == 1,
        taken.c.is_same == 1,
    )
    return (
        sa.select(
            *(placed.c[name] for name in (*TERM, "same_amount", "distance", "product")),
            taken.c.agreement_id.label("receiver_agreement_id"),
            taken.c.due_date.label("receiver_due_date"),
            _agreed_date(placed).label("renewed_date"),
        )
        .select_from(placed.join(taken, is_same_line))
        .where(
            placed.c.has_own == 0,
            placed.c.is_extended == 0,
            placed.c.is_same == 1,
            placed.c.place == 1,
            placed.c.same_amount > 0,
        )
    )


def _pairs(known: sa.CTE, due: sa.CTE, line: sa.CTE, grace_days: int, zone: str) -> sa.Subquery:
    """One row per term and new line that begins around the day it is due.

    Another price of what goes on is nothing new, and renews no other term.
    """
    new, previous = known.alias("new_line"), known.alias("previous_line")
    is_near = sa.and_(
        new.c.start_date == new.c.thread_start_date,
        sa.not_(sa.exists().where(goes_on(previous, new, line, zone))),
        new.c.customer_id == due.c.customer_id,
        new.c.valid_from_at == due.c.valid_from_at,
        new.c.thread != due.c.thread,
        new.c.start_date > due.c.start_date,
        new.c.start_date >= add_days(due.c.due_date, -grace_days),
        new.c.start_date <= add_days(due.c.due_date, grace_days),
        sa.or_(
            new.c.agreement_id != due.c.agreement_id,
            new.c.start_date >= due.c.due_date,
        ),
    )
    is_same = _product(new).is_not_distinct_from(_product(due))
    difference = sa.func.abs(new.c.mrr_amount - due.c.due_amount)
    new_columns = (
        new.c.recurring_line_id,
        new.c.agreement_id.label("new_agreement_id"),
        new.c.start_date,
        new.c.signed_date,
        new.c.mrr_amount,
        new.c.is_renewal,
        _product(new).label("product"),
    )
    term_columns = [due.c[name] for name in TERM]
    is_extended = sa.case((due.c.renewed_date.is_not(None), 1), else_=0)
    return (
        sa.select(
            *term_columns,
            *new_columns,
            sa.func.max(sa.case((is_same, 1), else_=0)).label("is_same"),
            sa.func.min(sa.case((is_same, difference))).label("difference"),
            _whole_sum(due.c.due_amount, is_same).label("same_amount"),
            sa.func.max(is_extended).label("is_extended"),
        )
        .select_from(new.join(due, is_near))
        .group_by(*term_columns, *new_columns)
        .subquery("pair")
    )


def _eligible(pair: sa.Subquery) -> sa.CTE:
    """Terms and new lines that may renew them, with how well they fit: `rank` is 1 for the term that the
    line renews.
    """
    # What came with a line that renews a term, renews it too: it was added on that occasion.
    renews = sa.func.max(
        sa.case((sa.or_(pair.c.is_same == 1, pair.c.is_renewal), 1), else_=0)
    ).over(partition_by=[*(pair.c[name] for name in TERM), pair.c.new_agreement_id])
    distance = sa.func.abs(days_between(pair.c.due_date, pair.c.start_date))
    eligible = sa.select(pair, renews.label("renews"), distance.label("distance")).subquery(
        "eligible"
    )
    by_line = [eligible.c[name] for name in ("customer_id", "valid_from_at", "recurring_line_id")]
    rank = sa.func.row_number().over(
        partition_by=by_line,
        order_by=(
            eligible.c.is_same.desc(),
            eligible.c.distance,
            # Of several like it due on one day, the one that cost about as much.
            sa.func.coalesce(eligible.c.difference, 0),
            eligible.c.due_date,
            eligible.c.agreement_id,
        ),
    )
    return (
        sa.select(eligible, rank.label("rank")).where(eligible.c.renews == 1).cte("eligible_line")
    )


def renewed(amount: Expression, is_renewal: Expression) -> list[sa.Label[Any]]:
    """What a term was renewed with: `renewed_amount`, and `is_unpriced`, that of some of it nobody
    knows the amount. Such a term is renewed all the same, and not lost, and the amount of the rest
    tells nothing.
    """
    has_none = sa.and_(is_renewal, amount.is_(None))
    return [
        sa.func.sum(sa.func.coalesce(amount, 0)).label("renewed_amount"),
        (sa.func.max(sa.case((has_none, 1), else_=0)) == 1).label("is_unpriced"),
    ]


def _agreed_date(line: Any) -> Expression:
    """The day a new line was agreed."""
    return sa.func.coalesce(line.c.signed_date, line.c.start_date)


def _whole_sum(amount: Expression, condition: sa.ColumnElement[bool]) -> Expression:
    """The sum of amounts where a condition holds; NULL where one of them is not known."""
    has_none = sa.func.max(sa.case((sa.and_(condition, amount.is_(None)), 1), else_=0))
    return sa.case((has_none == 0, sa.func.sum(sa.case((condition, amount)))))
