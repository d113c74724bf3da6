"""How wide a query's cursor window is, and which queries run into the service's time-out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from include.sandbox import soql
from include.sandbox.columns import epoch_milliseconds
from include.sandbox.salesforce_trouble import SalesforceTrouble

TIMEOUT_CODE = "QUERY_TIMEOUT"
TIMEOUT_MESSAGE = "Your query request was running for too long."


def times_out(
    query: soql.Query, record_count: int, trouble: SalesforceTrouble, now: datetime
) -> bool:
    """The query would run for too long, by the settings."""
    most_records, most_seconds = trouble.query_timeout_records, trouble.query_timeout_seconds
    if most_records is not None and record_count > most_records:
        return True
    return most_seconds is not None and window_seconds(query, now) > most_seconds


def window_seconds(query: soql.Query, now: datetime) -> float:
    """Seconds between the instants that bound a query from both ends; infinite for no lower one.

    An upper end that is open is now. A query with LIMIT or a condition on Id has no width: it reads
    little, however old that is.
    """
    comparisons = list(_required(query.where))
    if query.limit is not None or any(c.field.lower() == "id" for c in comparisons):
        return 0.0
    bounds = [c for c in comparisons if c.literals[0].kind == "datetime"]
    lower = [_instant(c) for c in bounds if c.operator in (">", ">=", "=")]
    upper = [_instant(c) for c in bounds if c.operator in ("<", "<=", "=")]
    end = min(upper, default=now.timestamp() * 1000)
    return (end - max(lower, default=-math.inf)) / 1000


def _required(condition: soql.Condition | None) -> Iterator[soql.Comparison]:
    """Comparisons that must hold for each record."""
    if isinstance(condition, soql.Comparison):
        yield condition
    elif isinstance(condition, soql.Both):
        for inner in condition.conditions:
            yield from _required(inner)


def _instant(comparison: soql.Comparison) -> float:
    return float(epoch_milliseconds(comparison.literals[0].text))
