"""What one unit of a product costs, by product_costs.csv."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, folded
from include.core.settings import Settings
from include.core.strict import folded_text
from include.facts.lookup import rate_applies
from include.tables import facts


def with_unit_costs(
    source: sa.FromClause,
    settings: Settings,
    line: sa.Subquery,
    on_date: Expression,
    currency_code: Expression,
    rate: Expression,
) -> tuple[sa.FromClause, list[sa.Label[Any]]]:
    """Lines with what a unit of each costs on a day: in the reporting currency, and in the line's.

    The file tells it, by the product's id first and its name second, from its first day on; where
    it does not, the line itself. Costs of the file are converted at the rate of that day.
    """
    own, own_original = (
        line.c.unit_cost_amount_original * rate,
        line.c.unit_cost_amount_original,
    )
    cost: Expression = own
    original: Expression = own_original
    if settings.product_costs:
        by_id, by_name = _costs(settings).alias("by_id"), _costs(settings).alias("by_name")
        cost_rate = facts.exchange_rate.alias("cost_rate")
        unit_cost, cost_currency = (
            sa.func.coalesce(by_id.c[name], by_name.c[name])
            for name in ("unit_cost_amount", "currency_code")
        )
        for costs, product in ((by_id, line.c.product_id), (by_name, line.c.product_name)):
            applies = sa.and_(
                costs.c.product == folded(product),
                costs.c.valid_from_date <= on_date,
                costs.c.valid_to_date > on_date,
            )
            source = source.outerjoin(costs, applies)
        source = source.outerjoin(cost_rate, rate_applies(cost_currency, on_date, cost_rate))
        told = unit_cost * cost_rate.c.rate
        in_currency = told.op("/", precedence=8, return_type=sa.Numeric())(sa.func.nullif(rate, 0))
        is_told = unit_cost.is_not(None)
        cost = sa.case((is_told, told), else_=own)
        original = sa.case(
            (cost_currency == currency_code, unit_cost),
            (is_told, in_currency),
            else_=own_original,
        )
    return source, [
        cost.label("unit_cost_amount"),
        original.label("unit_cost_amount_original"),
    ]


def _costs(settings: Settings) -> sa.Subquery:
    """One row per product and span of days with one cost: product in lower case."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("product", sa.Text),
        sa.column("valid_from_date", sa.Date),
        sa.column("unit_cost_amount", sa.Numeric(24, 6)),
        sa.column("currency_code", sa.Text),
    ]
    rows = sa.values(*columns, name="product_costs").data(
        [
            (
                folded_text(cost.product),
                cost.valid_from_date,
                cost.unit_cost_amount,
                cost.currency_code,
            )
            for cost in settings.product_costs
        ]
    )
    typed = sa.select(
        *(sa.cast(rows.c[column.name], column.type).label(column.name) for column in columns)
    ).subquery("typed")
    next_date = sa.func.lead(typed.c.valid_from_date).over(
        partition_by=typed.c.product, order_by=typed.c.valid_from_date
    )
    forever = sa.cast(sa.literal(date.max, sa.Date), sa.Date)
    return sa.select(typed, sa.func.coalesce(next_date, forever).label("valid_to_date")).subquery(
        "product_cost"
    )
