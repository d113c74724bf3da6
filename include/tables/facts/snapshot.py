"""Open deals day by day, as a query: nothing is stored that facts.deal does not already say."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import days_between, local_date
from include.tables.facts.deals import deal, stage_transition
from include.tables.facts.dimensions import period


def deal_snapshot(time_zone: str) -> sa.Subquery:
    """One row per open counted deal and day of facts.period, as the deal stood at the day's end.

    `snapshot_date` and `snapshot_at`, the deal's columns, `age_days` since it was created, and
    `stage_days` since it entered its stage (NULL where that is not known). What is open now is
    open on every later day too, so a reader asks for the days up to its as-of.
    """
    day = period.alias("day")
    stood = sa.and_(deal.c.valid_from_at < day.c.end_at, deal.c.valid_to_at >= day.c.end_at)
    entry = stage_transition.alias("entry")
    is_there = sa.and_(
        entry.c.deal_id == deal.c.deal_id,
        entry.c.valid_from_at < day.c.end_at,
        entry.c.valid_to_at >= day.c.end_at,
        entry.c.exited_at.is_(None),
    )
    return (
        sa.select(
            day.c.start_date.label("snapshot_date"),
            day.c.end_at.label("snapshot_at"),
            *(
                deal.c[name]
                for name in (
                    "deal_id",
                    "crm",
                    "customer_id",
                    "owner_user_id",
                    "role_id",
                    "pipeline_id",
                    "stage_id",
                    "campaign_id",
                    "channel",
                    "created_date",
                    "expected_close_date",
                    "is_new_business",
                    "deal_amount",
                    "probability_rate",
                    "weighted_amount",
                    "is_amount_missing",
                    "is_counted",
                )
            ),
            days_between(deal.c.created_date, day.c.start_date).label("age_days"),
            days_between(local_date(entry.c.entered_at, time_zone), day.c.start_date).label(
                "stage_days"
            ),
        )
        .select_from(day.join(deal, stood).outerjoin(entry, is_there))
        .where(day.c.grain == "day", deal.c.is_open, deal.c.is_counted)
        .subquery("deal_snapshot")
    )
