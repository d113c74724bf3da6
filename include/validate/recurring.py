"""A rule on what customers pay again and again, of which both CRMs may hold the same agreement."""

from __future__ import annotations

import sqlalchemy as sa

from include.tables import facts
from include.tables.base import END_OF_TIME
from include.validate.counts import CountedRule

WORDS = (
    "no customer pays the same amount from the same day on in both CRMs: that looks like one "
    "agreement, which counts twice; under recurring in customers.yaml say none for one of them"
)


def paid_once() -> CountedRule:
    """Customers who pay, and those of them of whom both CRMs seem to hold one agreement.

    A warning: two agreements may be alike. Deals that a sync ties to each other do not come so far.
    """
    line, other = facts.recurring_line, facts.recurring_line.alias("other")
    still = sa.cast(sa.literal(END_OF_TIME), sa.DateTime(timezone=True))

    def stands(each: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(each.c.valid_to_at == still, each.c.is_counted, each.c.mrr_amount > 0)

    same = ("customer_id", "start_date", "mrr_amount_original", "currency_code")
    is_same = sa.and_(
        line.c.crm == "salesforce",
        other.c.crm == "hubspot",
        stands(other),
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
        .where(stands(line)),
    )
