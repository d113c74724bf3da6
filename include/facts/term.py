"""Terms of agreements: what was due for renewal, and what became of it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from include.core.portable import (
    Expression,
    add_days,
    earlier_of,
    local_date,
)
from include.core.settings import Settings
from include.facts.agreement import MOST_NOTICE_DAYS
from include.facts.history import holds_in, spans, without_repeats
from include.facts.lookup import has_begun, joined
from include.facts.term_renewal import TERM, goes_on, has_no_end, middle, renewals, renewed
from include.tables import facts

# What ids of lines begin with that are prices of a subscription, or of a line of a contract.
SUBSCRIPTION, CONTRACT_LINE = "hubspot:subscription:", "salesforce:contract_line:"


def term(settings: Settings) -> sa.Select:
    """One row per term of a contract, subscription or deal with recurring lines, and state.

    Lines of one agreement that are due on one day are one term. It is renewed by what the customer
    agreed to anew around that day: the same product, or whatever says that it renews. A new line
    renews one term, or as many of its product as cost together what it costs. An agreement extended in place renews the term it would have ended with, at
    another price too.
    """
    zone, grace = settings.calendar.time_zone, settings.customers.renewal_grace_days
    line = _lines()
    span = spans(line, "customer_id")
    timed = {"valid_from_at", "valid_to_at", "customer_id"}
    known = (
        sa.select(
            *(span.c[name] for name in ("customer_id", "valid_from_at", "valid_to_at")),
            *(column for column in line.c if column.name not in timed),
            sa.func.max(line.c.due_date)
            .over(partition_by=(span.c.customer_id, span.c.valid_from_at, line.c.thread))
            .label("thread_due_date"),
        )
        .select_from(span.join(line, holds_in(line, span, "customer_id")))
        .cte("known_line")
    )
    due = sa.union_all(_due_lines(known, line, zone), _extended_lines(known, line, zone)).cte(
        "due_line"
    )
    decided = _decided(due, renewals(known, due, line, grace, zone), grace).cte("decided_term")
    return without_repeats(decided, ("term_id",))


def _lines() -> sa.CTE:
    """Counted recurring lines of customers that ever began, with the instant each was first known,
    and `thread`: what goes on when its price changes, since `thread_start_date`. That of a
    subscription is all of it, of which each price is a line, and of a contract each line of it.
    """
    line = facts.recurring_line
    key = line.c.recurring_line_id

    def begins(prefix: str) -> sa.ColumnElement[bool]:
        return sa.func.substr(key, 1, len(prefix)) == prefix

    # The first price of a contract line has the id of the line.
    line_key = joined(CONTRACT_LINE, sa.func.split_part(key, ":", 3))
    thread = sa.case(
        (begins(SUBSCRIPTION), line.c.agreement_id), (begins(CONTRACT_LINE), line_key), else_=key
    )
    is_price = sa.or_(begins(SUBSCRIPTION), sa.and_(begins(CONTRACT_LINE), key != line_key))
    threaded = (
        sa.select(line, thread.label("thread"), is_price.label("is_price"))
        .where(line.c.is_counted, has_begun(line), line.c.customer_id.is_not(None))
        .subquery("threaded_line")
    )
    first_date = sa.func.min(threaded.c.start_date).over(
        partition_by=threaded.c.thread, order_by=threaded.c.valid_from_at
    )
    return sa.select(
        *(column for column in threaded.c if column.name != "is_price"),
        sa.case((threaded.c.is_price, first_date), else_=threaded.c.start_date).label(
            "thread_start_date"
        ),
        sa.func.min(threaded.c.valid_from_at)
        .over(partition_by=threaded.c.recurring_line_id)
        .label("known_from_at"),
    ).cte("counted_line")


def _due_lines(known: sa.CTE, line: sa.CTE, zone: str) -> sa.Select[Any]:
    """One row per line that is due one day, and span of knowledge. Steps of a price are not, nor is the
    end of what had none before and was given notice of.
    """
    following, before = known.alias("following"), line.alias()
    is_step = sa.exists().where(goes_on(known, following, line, zone))
    # An end told in the first half was agreed, and written down late; one that is far off is a term.
    told_date = local_date(before.c.valid_to_at, zone)
    is_ended = sa.exists().where(
        before.c.recurring_line_id == known.c.recurring_line_id,
        before.c.valid_from_at < known.c.valid_from_at,
        has_no_end(before),
        told_date > middle(known.c.start_date, known.c.due_date),
        told_date > add_days(known.c.due_date, -MOST_NOTICE_DAYS),
    )
    return _due(
        known,
        start_date=known.c.start_date,
        due_date=known.c.due_date,
        due_amount=known.c.mrr_amount,
        renewed_amount=sa.literal(0),
        renewed_date=sa.cast(sa.null(), sa.Date),
    ).where(known.c.due_date > known.c.start_date, sa.not_(is_step), sa.not_(is_ended))


def _extended_lines(known: sa.CTE, line: sa.CTE, zone: str) -> sa.Select[Any]:
    """One row per line that would have been due one day and was extended, and span of knowledge."""
    tells_due = sa.or_(line.c.due_date.is_not(None), has_no_end(line))
    by_thread: dict[str, Any] = {
        "partition_by": (line.c.thread, tells_due),
        "order_by": line.c.valid_from_at,
    }
    before = sa.select(
        line,
        tells_due.label("tells_due"),
        *(
            sa.func.lag(line.c[name]).over(**by_thread).label(f"previous_{name}")
            for name in ("thread_start_date", "due_date", "mrr_amount")
        ),
    ).subquery("line_before")
    start_date, due_date = before.c.previous_thread_start_date, before.c.previous_due_date
    is_later = sa.and_(
        before.c.tells_due, sa.or_(before.c.due_date > due_date, before.c.due_date.is_(None))
    )
    # The same extension once more, after it had been taken back.
    again_from_at = sa.func.lead(before.c.valid_from_at).over(
        partition_by=(before.c.thread, due_date), order_by=before.c.valid_from_at
    )
    extension = (
        sa.select(before, again_from_at.label("again_from_at"))
        .where(
            is_later,
            local_date(before.c.valid_from_at, zone) > middle(start_date, due_date),
        )
        .subquery("extension")
    )
    is_known = sa.and_(
        extension.c.recurring_line_id == known.c.recurring_line_id,
        extension.c.valid_from_at <= known.c.valid_from_at,
        sa.or_(
            extension.c.again_from_at.is_(None),
            extension.c.again_from_at > known.c.valid_from_at,
        ),
        # What was taken back renews nothing.
        sa.or_(
            known.c.thread_due_date.is_(None),
            known.c.thread_due_date > extension.c.previous_due_date,
        ),
    )
    return _due(
        known,
        start_date=extension.c.previous_thread_start_date,
        due_date=extension.c.previous_due_date,
        due_amount=extension.c.previous_mrr_amount,
        renewed_amount=known.c.mrr_amount,
        renewed_date=local_date(extension.c.valid_from_at, zone),
    ).select_from(known.join(extension, is_known))


def _due(known: sa.CTE, **values: Expression) -> sa.Select[Any]:
    """The shape both ways to be due share."""
    kept = (
        "customer_id",
        "valid_from_at",
        "valid_to_at",
        "agreement_id",
        "crm",
        "thread",
        "product_id",
        "product_name",
        "channel",
        "owner_user_id",
        "role_id",
        "canceled_date",
    )
    return sa.select(
        *(known.c[name] for name in kept),
        *(value.label(name) for name, value in values.items()),
    )


def _decided(due: sa.CTE, renewal: sa.Subquery, grace_days: int) -> sa.Select[Any]:
    """One row per term and span of knowledge, with its outcome as it then stood."""

    def only(column: Any) -> Expression:
        """The one value all lines of a term have; NULL where they differ."""
        least, greatest = sa.func.min(column), sa.func.max(column)
        return sa.case((least == greatest, least))

    by_term = [due.c[name] for name in TERM]
    whole = (
        sa.select(
            *by_term,
            *(
                sa.func.min(due.c[name]).label(name)
                for name in ("crm", "channel", "owner_user_id", "role_id", "start_date")
            ),
            only(due.c.product_id).label("product_id"),
            only(due.c.product_name).label("product_name"),
            sa.func.sum(due.c.due_amount).label("due_amount"),
            (sa.func.max(sa.case((due.c.due_amount.is_(None), 1), else_=0)) == 1).label(
                "is_due_unpriced"
            ),
            *renewed(due.c.renewed_amount, due.c.renewed_date.is_not(None)),
            sa.func.min(due.c.renewed_date).label("extended_date"),
            sa.func.max(due.c.canceled_date).label("canceled_date"),
        )
        .group_by(*by_term)
        .subquery("whole_term")
    )
    is_same = sa.and_(*(renewal.c[name] == whole.c[name] for name in TERM))
    priced_amount = whole.c.renewed_amount + sa.func.coalesce(renewal.c.renewed_amount, 0)
    is_unpriced = sa.or_(whole.c.is_unpriced, sa.func.coalesce(renewal.c.is_unpriced, sa.false()))
    is_renewed = sa.or_(priced_amount > 0, is_unpriced)
    lost_date = earlier_of(whole.c.canceled_date, add_days(whole.c.due_date, grace_days))
    return (
        sa.select(
            joined(whole.c.agreement_id, ":", sa.cast(whole.c.due_date, sa.Text)).label("term_id"),
            whole.c.valid_from_at,
            whole.c.valid_to_at,
            *(
                whole.c[name]
                for name in (
                    "crm",
                    "customer_id",
                    "product_id",
                    "product_name",
                    "channel",
                    "owner_user_id",
                    "role_id",
                    "start_date",
                )
            ),
            whole.c.due_date.label("end_date"),
            sa.case((whole.c.is_due_unpriced, 0), else_=whole.c.due_amount).label("due_amount"),
            sa.case((is_unpriced, 0), else_=priced_amount).label("renewed_amount"),
            sa.case(
                (is_renewed, earlier_of(whole.c.extended_date, renewal.c.renewed_date)),
                else_=lost_date,
            ).label("decided_date"),
            is_renewed.label("is_renewed"),
            sa.true().label("is_counted"),
        )
        .select_from(whole.outerjoin(renewal, is_same))
        .where(sa.or_(whole.c.due_amount > 0, whole.c.is_due_unpriced))
    )
