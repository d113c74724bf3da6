"""What currencies are worth: by exchange_rates.csv, else as the CRMs themselves convert."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from include.core.portable import Expression, earlier_of, later_of, local_date
from include.core.settings import Settings
from include.facts.whole_days import or_chosen_day
from include.tables.stage import CURRENT

_RATE = sa.Numeric()


def exchange_rate(settings: Settings) -> sa.CompoundSelect[Any]:
    """One row per currency and span of days with one rate; the reporting currency itself at 1.

    Of each currency the rates of one source: the file where it has any, else Salesforce, else
    HubSpot. The first rate of a currency also holds for the days before it.
    """
    currency = settings.calendar.currency
    in_file = {rate.currency_code for rate in settings.exchange_rates} | {currency}
    salesforce = _against(_salesforce_values(), currency, "salesforce").subquery("by_salesforce")
    hubspot = _against(_hubspot_values(settings), currency, "hubspot").subquery("by_hubspot")
    in_salesforce = sa.select(salesforce.c.currency_code).distinct().subquery("in_salesforce")
    own = sa.select(
        sa.literal(currency, sa.Text).label("currency_code"),
        _day(date.min).label("valid_from_date"),
        _day(date.max).label("valid_to_date"),
        sa.cast(sa.literal(1), _RATE).label("rate"),
        sa.cast(sa.null(), sa.Text).label("rate_source"),
    )
    parts: list[sa.Select] = [
        own,
        sa.select(salesforce).where(salesforce.c.currency_code.not_in(in_file)),
        sa.select(hubspot)
        .select_from(
            hubspot.outerjoin(
                in_salesforce, in_salesforce.c.currency_code == hubspot.c.currency_code
            )
        )
        .where(hubspot.c.currency_code.not_in(in_file), in_salesforce.c.currency_code.is_(None)),
    ]
    if in_file - {currency}:
        parts.append(_of_file(settings))
    return sa.union_all(*parts)


def _of_file(settings: Settings) -> sa.Select[Any]:
    """The rows of exchange_rates.csv, which are in the reporting currency already."""
    columns: list[sa.ColumnClause[Any]] = [
        sa.column("currency_code", sa.Text),
        sa.column("begin_date", sa.Date),
        sa.column("rate", sa.Numeric(28, 10)),
    ]
    rows = sa.values(*columns, name="file").data(
        [
            (rate.currency_code, rate.valid_from_date, rate.rate)
            for rate in settings.exchange_rates
            if rate.currency_code != settings.calendar.currency
        ]
    )
    typed = sa.select(
        *(sa.cast(rows.c[column.name], column.type).label(column.name) for column in columns)
    ).subquery("of_file")
    begin, end = _span(typed, typed.c.currency_code)
    return sa.select(typed.c.currency_code, begin, end, typed.c.rate, sa.literal("file", sa.Text))


def _salesforce_values() -> sa.Subquery:
    """One row per currency and span of days: what one unit is worth in the corporate currency.

    Dated rates where advanced currency management has any of the currency, else its latest one.
    """
    dated, latest = CURRENT["salesforce.dated_conversion_rate"], CURRENT["salesforce.currency_type"]
    # What begins with time itself is staged without a day.
    begin_date = sa.func.coalesce(dated.c.start_date, _day(date.min))
    has_dated = (
        sa.select(dated.c.currency_code)
        .where(dated.c.conversion_rate > 0, sa.not_(dated.c.is_deleted))
        .distinct()
        .subquery("has_dated")
    )
    units = sa.union_all(
        sa.select(
            dated.c.currency_code,
            begin_date.label("begin_date"),
            sa.func.max(dated.c.conversion_rate).label("units"),
        )
        .where(dated.c.conversion_rate > 0, sa.not_(dated.c.is_deleted))
        .group_by(dated.c.currency_code, begin_date),
        sa.select(latest.c.currency_code, _day(date.min), sa.func.max(latest.c.conversion_rate))
        .select_from(
            latest.outerjoin(has_dated, has_dated.c.currency_code == latest.c.currency_code)
        )
        .where(
            latest.c.conversion_rate > 0,
            sa.not_(latest.c.is_deleted),
            has_dated.c.currency_code.is_(None),
        )
        .group_by(latest.c.currency_code),
    ).subquery("units")
    begin, end = _span(units, units.c.currency_code)
    worth = _over(sa.cast(sa.literal(1), _RATE), units.c.units)
    return sa.select(units.c.currency_code, begin, end, worth.label("worth")).subquery("worth")


def _hubspot_values(settings: Settings) -> sa.Subquery:
    """One row per currency and span of days: what one unit is worth in the account's currency.

    That is the one the latest rate converts to, should it ever have changed.
    """
    zone = settings.calendar.time_zone
    rate = CURRENT["hubspot.exchange_rate"]
    is_usable = sa.and_(rate.c.rate > 0, sa.not_(rate.c.is_deleted))
    day = local_date(or_chosen_day(rate.c.effective_at, zone), zone)
    ranked = (
        sa.select(
            rate.c.from_currency_code.label("currency_code"),
            rate.c.to_currency_code.label("own_currency_code"),
            day.label("begin_date"),
            rate.c.rate.label("worth"),
            _rank(
                rate.c.effective_at,
                rate.c.hubspot_exchange_rate_id,
                within=[rate.c.from_currency_code, rate.c.to_currency_code, day],
            ),
            sa.func.max(rate.c.effective_at)
            .over(partition_by=rate.c.to_currency_code)
            .label("latest_at"),
            sa.func.max(rate.c.effective_at).over().label("latest_of_all_at"),
        )
        .where(is_usable, rate.c.from_currency_code != rate.c.to_currency_code)
        .subquery("ranked_rate")
    )
    told = (
        sa.select(ranked)
        .where(ranked.c.rank == 1, ranked.c.latest_at == ranked.c.latest_of_all_at)
        .subquery("told_rate")
    )
    begin, end = _span(told, told.c.currency_code)
    own = sa.select(sa.func.max(told.c.own_currency_code).label("own_currency_code")).subquery(
        "own"
    )
    return sa.union_all(
        sa.select(told.c.currency_code, begin, end, told.c.worth).where(
            told.c.own_currency_code == sa.select(own.c.own_currency_code).scalar_subquery()
        ),
        sa.select(
            own.c.own_currency_code,
            _day(date.min),
            _day(date.max),
            sa.cast(sa.literal(1), _RATE),
        ).where(own.c.own_currency_code.is_not(None)),
    ).subquery("worth")


def _against(worth: sa.Subquery, currency: str, rate_source: str) -> sa.Select[Any]:
    """Rates in the reporting currency, of values in a currency of the CRM's own.

    No rows where the CRM knows nothing of the reporting currency.
    """
    other, reporting = worth, worth.alias("reporting")
    begin = later_of(other.c.valid_from_date, reporting.c.valid_from_date)
    end = earlier_of(other.c.valid_to_date, reporting.c.valid_to_date)
    return sa.select(
        other.c.currency_code,
        begin.label("valid_from_date"),
        end.label("valid_to_date"),
        _over(other.c.worth, reporting.c.worth).label("rate"),
        sa.literal(rate_source, sa.Text).label("rate_source"),
    ).select_from(
        other.join(reporting, sa.and_(reporting.c.currency_code == currency, begin < end))
    )


def _span(rows: sa.Subquery, currency: Expression) -> tuple[sa.Label[Any], sa.Label[Any]]:
    """First day of a rate, and first day of the next one; the first reaches back."""
    in_order: dict[str, Any] = {"partition_by": currency, "order_by": rows.c.begin_date}
    is_first = sa.func.row_number().over(**in_order) == 1
    begin = sa.case((is_first, _day(date.min)), else_=rows.c.begin_date)
    next_date = sa.func.lead(rows.c.begin_date).over(**in_order)
    return (
        begin.label("valid_from_date"),
        sa.func.coalesce(next_date, _day(date.max)).label("valid_to_date"),
    )


def _rank(*latest: Expression, within: list[Expression]) -> sa.Label[Any]:
    """1 for the latest row."""
    order = [column.desc() for column in latest]
    return sa.func.row_number().over(partition_by=within, order_by=order).label("rank")


def _over(dividend: Expression, divisor: Expression) -> Expression:
    """An exact quotient; spelt by hand like safe_divide, the divisor being more than zero."""
    return dividend.op("/", precedence=8, return_type=_RATE)(divisor)


def _day(day: date) -> Expression:
    """A day as SQL."""
    return sa.cast(sa.literal(day, sa.Date), sa.Date)
