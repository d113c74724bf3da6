"""facts.exchange_rate: of each currency the file's rates, else Salesforce's, else HubSpot's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.settings import ExchangeRate, Settings
from include.facts.exchange_rate import exchange_rate
from include.facts.refresh import refresh_facts
from include.tables import facts
from tests.facts.builders import Version, as_of, at, built, opportunity, put, version, with_choices

BEGIN, END = date.min, date.max


def given(currency: str, begin: str, rate: str) -> ExchangeRate:
    return ExchangeRate(
        currency_code=currency, valid_from_date=date.fromisoformat(begin), rate=Decimal(rate)
    )


def currency_type(code: str, units: str, corporate: bool = False) -> Version:
    return version(
        "salesforce.currency_type",
        code,
        "2026-01-01",
        currency_code=code,
        conversion_rate=Decimal(units),
        is_corporate=corporate,
        is_active=True,
    )


def dated(code: str, begin: str | None, units: str) -> Version:
    return version(
        "salesforce.dated_conversion_rate",
        f"{code}{begin}",
        "2026-01-01",
        currency_code=code,
        start_date=date.fromisoformat(begin) if begin else None,
        conversion_rate=Decimal(units),
    )


def hubspot_rate(code: str, effective: str, rate: str, to: str = "USD") -> Version:
    return version(
        "hubspot.exchange_rate",
        f"{code}{to}{effective}",
        effective,
        from_currency_code=code,
        to_currency_code=to,
        rate=Decimal(rate),
        effective_at=at(effective),
    )


def rates(engine: sa.Engine, settings: Settings) -> dict[str, list[Any]]:
    """By currency: first day, first day after, rate to six places, source."""
    found: dict[str, list[Any]] = {}
    with engine.connect() as connection:
        for row in sorted(connection.execute(exchange_rate(settings)).all()):
            span = (row.valid_from_date, row.valid_to_date, round(row.rate, 6), row.rate_source)
            found.setdefault(row.currency_code, []).append(span)
    return found


def test_rates_follow_each_other_and_the_first_reaches_back(warehouse, settings):
    choices = with_choices(
        settings,
        exchange_rates=(
            given("EUR", "2026-03-01", "1.2"),
            # The reporting currency is 1 whatever the file says.
            given("USD", "2000-01-01", "2"),
            given("EUR", "2000-01-01", "1.10"),
        ),
    )
    assert rates(warehouse, choices) == {
        "USD": [(BEGIN, END, 1, None)],
        "EUR": [
            (BEGIN, date(2026, 3, 1), Decimal("1.1"), "file"),
            (date(2026, 3, 1), END, Decimal("1.2"), "file"),
        ],
    }


def test_of_each_currency_one_source(warehouse, settings):
    put(
        warehouse,
        currency_type("USD", "1", corporate=True),
        currency_type("EUR", "0.5"),
        currency_type("GBP", "0.8"),
        currency_type("JPY", "0"),
        hubspot_rate("GBP", "2026-01-01", "9"),
        hubspot_rate("CHF", "2026-01-01", "1.25"),
        hubspot_rate("CHF", "2026-02-01", "1.5"),
        # The same day again, later: that one holds.
        hubspot_rate("CHF", "2026-02-01T12:00", "1.6"),
    )
    choices = with_choices(settings, exchange_rates=(given("EUR", "2026-01-01", "1.1"),))
    assert rates(warehouse, choices) == {
        "USD": [(BEGIN, END, 1, None)],
        "EUR": [(BEGIN, END, Decimal("1.1"), "file")],
        # One dollar buys 0.8 pounds: a pound is 1 / 0.8 = 1.25 dollars.
        "GBP": [(BEGIN, END, Decimal("1.25"), "salesforce")],
        "CHF": [
            (BEGIN, date(2026, 2, 1), Decimal("1.25"), "hubspot"),
            (date(2026, 2, 1), END, Decimal("1.6"), "hubspot"),
        ],
    }


def test_a_dated_rate_from_the_beginning_of_time_is_the_first(warehouse, settings):
    """Salesforce begins the first rate of a currency in the year 1, which is staged as no day."""
    put(
        warehouse,
        *(dated("USD", None, "1"), dated("EUR", None, "0.5"), dated("EUR", "2026-03-01", "0.8")),
    )
    assert rates(warehouse, with_choices(settings, exchange_rates=()))["EUR"] == [
        (BEGIN, date(2026, 3, 1), 2, "salesforce"),
        (date(2026, 3, 1), END, Decimal("1.25"), "salesforce"),
    ]


def test_a_rate_from_a_chosen_day_on_is_that_of_no_day_before(warehouse, settings):
    """A rate of the first of January, which HubSpot writes as midnight in UTC, and one set at noon."""
    put(
        warehouse,
        *(
            hubspot_rate("CHF", *told)
            for told in (("2025-07-01T12:00", "1.1"), ("2026-01-01", "1.2"))
        ),
    )
    choices = with_choices(settings, time_zone="America/New_York", exchange_rates=())
    assert rates(warehouse, choices)["CHF"] == [
        (BEGIN, date(2026, 1, 1), Decimal("1.1"), "hubspot"),
        (date(2026, 1, 1), END, Decimal("1.2"), "hubspot"),
    ]


def test_a_company_that_reports_in_another_currency_than_its_crm_keeps(warehouse, settings):
    """Salesforce counts in euros: one buys 2 dollars, from March on 1.25."""
    put(
        warehouse,
        currency_type("EUR", "1", corporate=True),
        currency_type("USD", "1.25"),
        currency_type("GBP", "0.5"),
        dated("USD", "2025-01-01", "2"),
        dated("USD", "2026-03-01", "1.25"),
        dated("GBP", "2025-01-01", "0.8"),
        dated("GBP", "2026-04-01", "0.5"),
    )
    choices = with_choices(settings, exchange_rates=())
    # A pound is 1 / 0.8 = 1.25 euros, from April 1 / 0.5 = 2: in dollars 1.25 x 2 = 2.5, from
    # March 1.25 x 1.25 = 1.5625, from April 2 x 1.25 = 2.5.
    march, april = date(2026, 3, 1), date(2026, 4, 1)
    assert rates(warehouse, choices) == {
        "USD": [(BEGIN, END, 1, None)],
        "EUR": [
            (BEGIN, march, 2, "salesforce"),
            (march, END, Decimal("1.25"), "salesforce"),
        ],
        "GBP": [
            (BEGIN, march, Decimal("2.5"), "salesforce"),
            (march, april, Decimal("1.5625"), "salesforce"),
            (april, END, Decimal("2.5"), "salesforce"),
        ],
    }


def test_a_crm_that_does_not_know_the_reporting_currency_tells_nothing(warehouse, settings):
    put(
        warehouse,
        currency_type("EUR", "1", corporate=True),
        currency_type("GBP", "0.8"),
        hubspot_rate("GBP", "2026-01-01", "1.25", to="EUR"),
    )
    choices = with_choices(settings, exchange_rates=())
    assert set(rates(warehouse, choices)) == {"USD"}
    # HubSpot's own currency is worth what its rate of the reporting currency says: 1 / 0.8.
    put(warehouse, hubspot_rate("USD", "2026-01-01", "0.8", to="EUR"))
    assert rates(warehouse, choices) == {
        "USD": [(BEGIN, END, 1, None)],
        "EUR": [(BEGIN, END, Decimal("1.25"), "hubspot")],
        "GBP": [(BEGIN, END, Decimal("1.5625"), "hubspot")],
    }


def test_amounts_are_converted_at_the_crms_own_rates(warehouse, settings):
    """Advanced currency management: 100 pounds of February and of May, in dollars."""
    put(
        warehouse,
        currency_type("USD", "1", corporate=True),
        currency_type("GBP", "0.5"),
        dated("GBP", "2026-01-01", "0.8"),
        dated("GBP", "2026-04-01", "0.5"),
        *(
            opportunity(key, "2026-01-01", day, "won", 100, currency_code="GBP")
            for key, day in (("A", "2026-02-10"), ("B", "2026-05-10"))
        ),
    )
    choices = with_choices(settings, exchange_rates=())
    deals = as_of(built(warehouse, choices, facts.deal), "2026-06-01")
    # 100 / 0.8 = 125 and 100 / 0.5 = 200.
    assert {key: row.deal_amount for key, row in deals.items()} == {"A": 125, "B": 200}
    other = with_choices(settings, exchange_rates=(given("GBP", "2026-01-01", "3"),))
    refresh_facts(warehouse, other, at("2026-06-01"))
    with warehouse.connect() as connection:
        amounts = connection.execute(
            sa.select(facts.deal.c.deal_amount).where(facts.deal.c.is_won)
        ).scalars()
        assert set(amounts) == {300}
