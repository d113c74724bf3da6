"""Whole days that a CRM writes down as instants."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression, add_days, add_seconds, local_date, midnight


def whole_days(
    start_at: Expression, end_at: Expression, zone: str
) -> tuple[Expression, Expression]:
    """First day of a span, and first day after it.

    CRMs write days as midnights in UTC, whatever the zone of the account; a program may have written
    those of its own zone. A span ends with the midnight after its last day, or just before.
    """
    is_in_utc = start_at == midnight(local_date(start_at, "UTC"), "UTC")

    def day(instant: Expression) -> Expression:
        return sa.case((is_in_utc, local_date(instant, "UTC")), else_=local_date(instant, zone))

    return day(start_at), add_days(day(add_seconds(end_at, -1)), 1)


def or_chosen_day(instant: Expression, zone: str) -> Expression:
    """An instant; one that is midnight in UTC is a day that somebody chose, and begins in the zone.

    HubSpot writes days so, whatever the zone of the account: west of Greenwich they would be the day
    before. Nothing happens in that very millisecond by chance.
    """
    chosen = local_date(instant, "UTC")
    return sa.case((midnight(chosen, "UTC") == instant, midnight(chosen, zone)), else_=instant)
