"""What choices in include/config each fact rests on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import ExchangeRate, Settings
from include.core.settings_service import BusinessHours, Survey
from include.facts.build import MAKERS
from include.facts.choices import choices_made, own_choices
from include.facts.refresh import definition_hash, refresh_facts
from include.metrics.bookings import REVENUE
from include.metrics.compute import compute_metrics
from include.metrics.definition import choices_hash, choices_of_facts
from include.metrics.service import TIME_TO_RESOLUTION
from include.report.figures import read_figures
from include.report.week import Week
from include.tables.metrics import restatement
from include.tables.ops import CHOICES_OF
from tests.facts.builders import at, opportunity, put, stages, with_choices
from tests.facts_once import rows_of, rows_of_maker
from tests.metrics.builders import SALES_OBJECTS, loaded

# What deals are only cut by, and no sum is made of.
ONLY_CUT = {("renewal_types", "deal")}


def of_customers(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, customers=settings.customers.model_copy(update=changes))


def of_recurring(settings: Settings, **changes: Any) -> Settings:
    recurring = settings.customers.recurring.model_copy(update=changes)
    return of_customers(settings, recurring=recurring)


def of_carts(settings: Settings, **changes: Any) -> Settings:
    return of_customers(settings, carts=settings.customers.carts.model_copy(update=changes))


def of_deals(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, deals=settings.deals.model_copy(update=changes))


def of_service(settings: Settings, **changes: Any) -> Settings:
    return replace(settings, service=settings.service.model_copy(update=changes))


def of_crm(settings: Settings, crm: str, **changes: Any) -> Settings:
    source = settings.sources.of(crm).model_copy(update=changes)
    return replace(settings, sources=settings.sources.model_copy(update={crm: source}))


def of_record(settings: Settings, **changes: Any) -> Settings:
    chosen = settings.sources.system_of_record.model_copy(update=changes)
    return replace(
        settings, sources=settings.sources.model_copy(update={"system_of_record": chosen})
    )


Choice = Callable[[Settings], Settings]
# Together what no fact is made by twice: to write all statements of one choice takes seconds.
TOGETHER: list[dict[str, Choice]] = [
    {
        "customer_model": lambda s: of_customers(s, customer_model="contract"),
        "renewal_grace_days": lambda s: of_customers(s, renewal_grace_days=10),
        "abandon_hours": lambda s: of_carts(s, abandon_hours=3),
        "surveys": lambda s: of_service(s, surveys=[Survey(survey="a", type="nps")]),
        "lost_reasons_not_counted": lambda s: of_deals(s, lost_reasons_not_counted=["double"]),
        "spam": lambda s: of_service(s, spam=["junk"]),
        "recurring.salesforce": lambda s: of_recurring(s, salesforce="deal_lines"),
        "frequency_field": lambda s: of_recurring(s, salesforce_frequency_field="Billing__c"),
        "integration_users": lambda s: of_crm(s, "salesforce", integration_users=["sync"]),
    },
    {
        "active_window_days": lambda s: of_customers(s, customer_model="transactional"),
        "statuses": lambda s: of_carts(s, statuses={"paid": "completed"}),
        "live_origins": lambda s: of_service(s, live_origins=["chat"]),
        "recurring.hubspot": lambda s: of_recurring(s, hubspot="deal_lines"),
        "integration_users": lambda s: of_crm(s, "hubspot", integration_users=["sync"]),
        "sales_pipelines": lambda s: of_crm(s, "salesforce", sales_pipelines=["012"]),
    },
    {
        "system_of_record.deals": lambda s: of_record(s, deals="hubspot"),
        "system_of_record.tickets": lambda s: of_record(s, tickets="hubspot"),
    },
    {
        "renewal_types": lambda s: of_recurring(s, renewal_types=["again"]),
        "waiting_statuses": lambda s: of_service(s, waiting_statuses=["on hold"]),
    },
    {"sales_pipelines": lambda s: of_crm(s, "hubspot", sales_pipelines=["7"])},
]


@pytest.mark.parametrize("choices", TOGETHER, ids=lambda choices: next(iter(choices)))
def test_every_choice_that_a_fact_is_made_by_is_told(
    settings: Settings, choices: dict[str, Choice]
) -> None:
    """One that makes another statement and is not told would leave old values beside new ones."""

    def made(chosen: Settings, maker: Any, table: sa.Table) -> str:
        rows = rows_of_maker(maker, chosen)
        return definition_hash({table: rows}, []) if isinstance(rows, sa.Executable) else ""

    chosen = settings
    for choose in choices.values():
        chosen = choose(chosen)
    before, after = own_choices(settings), own_choices(chosen)
    told = {table.name for table in before if before[table] != after[table]}
    remade = {
        table.name
        for table, maker in MAKERS
        if made(settings, maker, table) != made(chosen, maker, table)
    }
    assert remade
    assert remade - told == {name for choice, name in ONLY_CUT if choice in choices}


def test_a_fact_rests_on_what_it_is_made_of(settings: Settings) -> None:
    rows = rows_of(settings)

    def others(chosen: Settings) -> set[str]:
        before, after = choices_made(settings, rows), choices_made(chosen, rows)
        return {name.removeprefix(CHOICES_OF) for name in before if before[name] != after[name]}

    # Lost deals make no billing; business hours only times of service.
    by_deals = others(of_deals(settings, lost_reasons_not_counted=["double"]))
    assert {"deal", "deal_line", "deal_touch", "lead", "customer"} <= by_deals
    assert not by_deals & {"billing", "ticket", "activity"}
    hours = BusinessHours(monday=["09:00-17:00"])
    assert others(of_service(settings, business_hours=hours)) == {
        "business_hours",
        "ticket",
        "survey_response",
    }
    calendar = settings.calendar.model_copy(update={"time_zone": "Asia/Kolkata"})
    assert others(replace(settings, calendar=calendar)) == {
        "business_hours",
        *(t.name for t in rows),
    }
    # All money is in the reporting currency, and no count.
    calendar = settings.calendar.model_copy(update={"currency": "INR"})
    assert others(replace(settings, calendar=calendar)) == {"exchange_rate"}
    # What comes to be known from a file is no other meaning.
    opened = of_service(settings, business_hours=hours)
    closed = hours.model_copy(update={"holidays": [at("2027-01-01").date()]})
    before = choices_made(opened, rows)
    assert choices_made(of_service(settings, business_hours=closed), rows) == before
    assert others(replace(settings, exchange_rates=())) == set()


def test_metrics_tell_by_the_facts_there_are(warehouse: sa.Engine, settings: Settings) -> None:
    def hashes(day: int, chosen: Settings) -> list[str | None]:
        refresh_facts(warehouse, chosen, at(f"2026-04-0{day}"))
        with warehouse.connect() as connection:
            choices = choices_of_facts(connection)
        return [choices_hash(metric, choices) for metric in (REVENUE, TIME_TO_RESOLUTION)]

    chosen = with_choices(settings)
    revenue, response = hashes(1, chosen)
    assert revenue is not None
    assert response is not None
    assert hashes(2, of_service(chosen, spam=["junk"]))[0] == revenue
    assert hashes(3, of_service(chosen, spam=["junk"]))[1] != response
    calendar = chosen.calendar.model_copy(update={"currency": "INR"})
    in_rupees = hashes(4, replace(chosen, calendar=calendar))
    assert in_rupees[0] != revenue
    assert in_rupees[1] == response
    assert hashes(5, chosen) == [revenue, response]
    assert choices_hash(REVENUE, {}) is None


def test_weeks_before_another_currency_are_not_set_beside_those_after_it(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """A deal of 100 dollars each week, and rupees from 31 March 2026 on, 80 for a dollar."""
    weeks = [Week(date(2026, 3, 23)).back(back) for back in range(6)]
    deals = [
        opportunity(
            f"006{week.number}", "2025-12-01", f"{week.start}", "won", 100, currency_code="USD"
        )
        for week in weeks
    ]
    put(warehouse, *stages(), *deals)
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    dollar = ExchangeRate(currency_code="USD", valid_from_date=date(2000, 1, 1), rate=Decimal(80))
    in_dollars = with_choices(settings, exchange_rates=())
    calendar = in_dollars.calendar.model_copy(update={"currency": "INR"})
    in_rupees = replace(in_dollars, calendar=calendar, exchange_rates=(dollar,))
    for day, chosen in (("2026-03-30", in_dollars), ("2026-03-31", in_rupees)):
        refresh_facts(warehouse, chosen, at(day))
        compute_metrics(warehouse, chosen.calendar, at(day), "run", at(day), ["revenue"])
    with warehouse.connect() as connection:
        figures = read_figures(
            connection, ["revenue"], [], [], weeks[0], 6, at("2026-03-31"), "UTC"
        )
    found = [figures.total("revenue", week) for week in weeks]
    # The run of 31 March, in a week of its own, computed the three before it again.
    assert [(one.value, one.is_comparable) for one in found if one] == [
        *[(8000, True)] * 3,
        *[(100, False)] * 3,
    ]
    with warehouse.connect() as connection:
        reasons = sa.select(restatement.c.reason).where(restatement.c.grain == "week").distinct()
        assert connection.scalars(reasons).all() == ["definition_changed"]
