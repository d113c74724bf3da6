"""The main product of each deal: that of its largest line."""

from __future__ import annotations

import sqlalchemy as sa

from include.facts.deal_line import line_price, lines_on_deals
from include.facts.history import end_of_time, holds_in, live_states, spans, without_repeats
from include.facts.lookup import prefixed
from include.tables.base import BEGINNING_OF_TIME


def main_products() -> sa.Subquery:
    """One row per deal that ever had a line, and state of its lines; the states have no gaps.

    Columns: deal_id, valid_from_at, valid_to_at, product_id. NULL before the first line and while
    there is none. Of equal lines, the product whose id comes first.
    """
    line = _lines().cte("priced_line")
    beginning = sa.cast(sa.literal(BEGINNING_OF_TIME), sa.DateTime(timezone=True))
    always = sa.select(
        line.c.deal_id, beginning.label("valid_from_at"), end_of_time().label("valid_to_at")
    ).distinct()
    timed = (line.c.deal_id, line.c.valid_from_at, line.c.valid_to_at)
    span = spans(sa.union(always, sa.select(*timed)).subquery("turning"), "deal_id")
    rank = sa.func.row_number().over(
        partition_by=(span.c.deal_id, span.c.valid_from_at),
        order_by=(
            sa.case((line.c.price.is_(None), 1), else_=0),
            line.c.price.desc(),
            line.c.product_id,
        ),
    )
    ranked = (
        sa.select(
            span.c.deal_id,
            span.c.valid_from_at,
            span.c.valid_to_at,
            line.c.product_id,
            rank.label("rank"),
        )
        .select_from(span.outerjoin(line, holds_in(line, span, "deal_id")))
        .subquery("ranked_line")
    )
    first = (
        sa.select(*(column for column in ranked.c if column.name != "rank"))
        .where(ranked.c.rank == 1)
        .subquery("largest_line")
    )
    return without_repeats(first, ("deal_id",)).subquery("main_product")


def _lines() -> sa.CompoundSelect:
    """One row per line of a deal and state: deal_id, product_id, price, and from when until when."""
    sold, item = live_states("salesforce.opportunity_line_item"), live_states("hubspot.line_item")
    deal_of_line = lines_on_deals()
    return sa.union_all(
        sa.select(
            prefixed("salesforce", sold.c.opportunity_id).label("deal_id"),
            prefixed("salesforce", sold.c.product_id).label("product_id"),
            line_price(sold).label("price"),
            sold.c.valid_from_at,
            sold.c.valid_to_at,
        ).where(sold.c.opportunity_id.is_not(None)),
        sa.select(
            prefixed("hubspot", deal_of_line.c.deal_id),
            prefixed("hubspot", item.c.product_id),
            line_price(item),
            item.c.valid_from_at,
            item.c.valid_to_at,
        ).select_from(
            item.join(deal_of_line, deal_of_line.c.line_item_id == item.c.hubspot_line_item_id)
        ),
    )
