"""Rules on what customers pay again and again, of which there may be two records that both count."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables import facts
from include.tables.base import END_OF_TIME
from include.validate.counts import CountedRule

# The `valid_to_at` of a state that stands.
STILL = sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))
WORDS = (
    "no customer pays the same amount from the same day on in both CRMs: that looks like one "
    "agreement, which counts twice; under recurring in customers.yaml say none for one of them"
)

RENEWED = (
    "what a deal renews ends when the renewal begins: an older line of the same customer and product "
    "that has no end goes on beside it, and recurring revenue has both; give the lines of deals an "
    "end, or a term, in the CRM"
)


def paid_once() -> CountedRule:
    """Customers who pay, and those of them of whom both CRMs seem to hold one agreement.

    A warning: two agreements may be alike. Deals that a sync ties to each other do not come so far.
    """
    line, other = facts.recurring_line, facts.recurring_line.alias("other")
    same = ("customer_id", "start_date", "mrr_amount_original", "currency_code")
    is_same = sa.and_(
        line.c.crm == "salesforce",
        other.c.crm == "hubspot",
        _stands(other),
        *(other.c[name] == line.c[name] for name in same),
    )
    twice = sa.case((other.c.customer_id.is_not(None), line.c.customer_id))
    return CountedRule(
        WORDS,
        ("recurring_line.mrr_amount",),
        "warning",
        sa.select(
            sa.func.count(line.c.customer_id.distinct()).label("checked_count"),
            sa.func.count(twice.distinct()).label("unexpected_count"),
        )
        .select_from(line.outerjoin(other, is_same))
        .where(_stands(line)),
    )


def renewed_once() -> CountedRule:
    """Lines of deals that say they renew, and those of them beside which what they renew goes on.

    A warning: a customer may have the same product twice, and renew one of them.
    """
    line, older = facts.recurring_line, facts.recurring_line.alias("older")

    def product(each: sa.FromClause) -> sa.ColumnElement[str]:
        return sa.func.coalesce(each.c.product_id, each.c.product_name)

    goes_on = sa.exists().where(
        _stands(older),
        older.c.customer_id == line.c.customer_id,
        product(older) == product(line),
        older.c.agreement_id != line.c.agreement_id,
        older.c.start_date < line.c.start_date,
        older.c.end_date.is_(None),
    )
    return CountedRule(
        RENEWED,
        ("recurring_line.mrr_amount",),
        "warning",
        sa.select(
            sa.func.count().label("checked_count"),
            sa.func.sum(sa.case((goes_on, 1), else_=0)).label("unexpected_count"),
        )
        .select_from(line)
        .where(_stands(line), line.c.is_renewal),
    )


def _stands(line: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a state of a line holds now, counts, and is of a known amount."""
    return sa.and_(line.c.valid_to_at == STILL, line.c.is_counted, line.c.mrr_amount > 0)
