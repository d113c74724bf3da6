"""Metrics of what is left of a sale after the cost of what was sold."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import safe_divide
from include.metrics.metric import (
    Metric,
    Part,
    count_where,
    over_all_members,
    sum_of,
    total,
)
from include.metrics.slices import COUNTRY, OWNER, PRODUCT, SEGMENT
from include.tables import facts

line = facts.deal_line.c

PRODUCT_COSTS_FILE = "include/config/product_costs.csv, or a cost field of the CRM"
IS_COSTED = line.is_won & line.line_amount.is_not(None) & line.unit_cost_amount.is_not(None)
LINE_COST = sa.func.coalesce(line.quantity, 1) * line.unit_cost_amount
ONE_BILL = "A line that is billed repeatedly counts with the price of one bill."
GOODS = (
    "Cost of goods sold: quantity x unit cost, over the lines of deals won in the period. A line "
    f"without a cost is left out and counted, not treated as free. {ONE_BILL}"
)


def lines(measure: sa.ColumnElement[int]) -> Part:
    """Lines of deals won in the period whose cost is known."""
    return Part(
        fact=facts.deal_line,
        date=line.closed_date,
        where=IS_COSTED,
        measure=measure,
        configured_in=PRODUCT_COSTS_FILE,
    )


COSTED = lines(sum_of(line.line_amount, where=IS_COSTED))
GOODS_SOLD = lines(sum_of(LINE_COST, where=IS_COSTED))
_MARGIN = total("costed") - total("goods")


def _rate(margin: sa.ColumnElement[int], price: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """The share of the margin in the price; NULL where credits outweigh what was sold."""
    return safe_divide(margin, sa.case((price > 0, price)))


MARGIN_RATE = sa.func.coalesce(
    _rate(_MARGIN, total("costed")),
    _rate(over_all_members(_MARGIN), over_all_members(total("costed"))),
)
MARGIN_OF_ALL = (
    "For those who bought nothing with a known cost in the period, the overall margin is used."
)

COGS = Metric(
    id="cogs",
    name="Cost of goods sold",
    question="What did it cost us to provide what we sold in the period?",
    formula="sum of quantity x unit cost, over the lines of deals won in the period",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(LINE_COST, where=IS_COSTED),
    sample=count_where(IS_COSTED),
    excluded=count_where(line.is_won & ~IS_COSTED),
    configured_in=PRODUCT_COSTS_FILE,
    configured_where=IS_COSTED,
    unit="money",
    better="neutral",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis=GOODS,
    events="lines with a cost",
)

GROSS_MARGIN = Metric(
    id="gross_margin",
    name="Gross margin",
    question="What share of what we sold is left after its cost?",
    formula="(price - cost of lines won in the period that have a cost) / their price",
    fact=facts.deal_line,
    date=line.closed_date,
    numerator=sum_of(line.line_amount - LINE_COST, where=IS_COSTED),
    denominator=sum_of(line.line_amount, where=IS_COSTED),
    sample=count_where(IS_COSTED),
    excluded=count_where(line.is_won & ~IS_COSTED),
    configured_in=PRODUCT_COSTS_FILE,
    configured_where=IS_COSTED,
    unit="rate",
    better="higher",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis=f"{GOODS} See cost coverage for how much of what was sold this covers.",
    events="lines with a cost",
)

COST_COVERAGE = Metric(
    id="cost_coverage",
    name="Cost coverage",
    question="For what share of what we sold do we know the cost?",
    formula="price of lines won in the period that have a cost / price of all lines won",
    fact=facts.deal_line,
    date=line.closed_date,
    # A credit is something sold too: taken off, one without a cost would make more known than there is.
    numerator=sum_of(sa.func.abs(line.line_amount), where=IS_COSTED),
    denominator=sum_of(sa.func.abs(line.line_amount), where=line.is_won),
    sample=count_where(line.is_won & line.line_amount.is_not(None)),
    excluded=count_where(line.is_won & line.line_amount.is_(None)),
    unit="rate",
    better="higher",
    slices=(PRODUCT, OWNER, SEGMENT, COUNTRY),
    owner="finance",
    basis="Credits and discounts count with what they take off. Lines without a usable price are left out "
    "and counted.",
    events="lines sold",
)
