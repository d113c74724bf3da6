"""Until when HubSpot bills something again and again."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.portable import Expression, add_days, add_months, days_between

# Billed every so many weeks, not on a day of the month.
BY_THE_WEEK = ("weekly", "biweekly")
_PERIOD = r"^P(\d{1,4}W|(\d{1,3}Y)?(\d{1,4}M)?(\d{1,5}D)?)$"


def end_of_billing(
    start_date: Expression, told_date: Expression, billing_frequency: Expression
) -> Expression:
    """First day that is not billed any more, of what is said to end on a day.

    HubSpot works an end out as the day on which one more bill would have been due: six monthly ones
    from 1 March on end on 1 September. People and programs write down the last day. So an end on a
    day of a bill is billed no more; taken for the last day, what ends with a month would be counted
    once more, beside that which follows it.
    """
    months = sa.cast(
        12 * (sa.extract("year", told_date) - sa.extract("year", start_date))
        + (sa.extract("month", told_date) - sa.extract("month", start_date)),
        sa.BigInteger,
    )
    is_day_of_bill = sa.case(
        (billing_frequency.in_(BY_THE_WEEK), days_between(start_date, told_date) % 7 == 0),
        else_=add_months(start_date, months) == told_date,
    )
    return sa.case(
        (sa.and_(told_date > start_date, is_day_of_bill), told_date),
        else_=add_days(told_date, 1),
    )


def length_of_period(period: Expression) -> tuple[Expression, Expression]:
    """Months and days of an ISO 8601 period such as P12M, P1Y6M or P12W; both NULL for any other text."""
    text = sa.func.upper(sa.func.trim(period))

    def part(unit: str) -> Expression:
        digits = sa.func.substring(text, rf"(\d+){unit}", type_=sa.Text)
        return sa.func.coalesce(sa.cast(digits, sa.BigInteger), 0)

    is_period = text.regexp_match(_PERIOD)
    months, days = 12 * part("Y") + part("M"), 7 * part("W") + part("D")
    return (
        sa.case((is_period, sa.func.nullif(months, 0))),
        sa.case((is_period, sa.func.nullif(days, 0))),
    )
