"""What deals were a year before we read any, from the histories the CRMs keep themselves."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest

from include.tables import SOURCE_OBJECTS, facts
from tests.facts.builders import (
    END,
    Version,
    as_of,
    at,
    built,
    change,
    hubspot_change,
    hubspot_deal,
    hubspot_stages,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)
from tests.metrics.builders import compute, loaded, values

# Everything was first read on 1 June 2027; we ask for the end of May 2026.
FIRST_READ = "2027-06-01"
A_YEAR_BEFORE = "2026-06-01"

# Deals A to D as they stood then, by whichever CRM:
#   A 1000 Prospecting since 10 January; won at 5000 since
#   B 2000 Negotiation since 1 May (Prospecting with 500 before); lost since
#   C won on 20 May for 700, so not open; opened again in July, and won again in August
#   D created in July: not there yet


def salesforce() -> list[Version]:
    """A to D in Salesforce."""
    return [
        *stages(),
        opportunity("A", "2026-01-10", "2026-09-01", "won", 5000, 100, modified=FIRST_READ),
        change("A", "2026-01-10", "Prospecting", 1000, 10, "2026-06-30"),
        change("A", "2026-07-01", "Negotiation", 4000, 60, "2026-08-31"),
        change("A", "2026-09-01", "Closed Won", 5000, 100, "2026-09-01"),
        opportunity("B", "2026-02-01", "2026-07-15", "lost", 2500, 0, modified=FIRST_READ),
        change("B", "2026-02-01", "Prospecting", 500, 10, "2026-06-30"),
        change("B", "2026-05-01", "Negotiation", 2000, 60, "2026-06-30"),
        change("B", "2026-07-15", "Closed Lost", 2500, 0, "2026-07-15"),
        opportunity("C", "2026-04-01", "2026-08-20", "won", 900, 100, modified=FIRST_READ),
        change("C", "2026-04-01", "Prospecting", 700, 10, "2026-05-31"),
        change("C", "2026-05-20", "Closed Won", 700, 100, "2026-05-20"),
        change("C", "2026-07-02", "Negotiation", 800, 60, "2026-08-31"),
        change("C", "2026-08-20", "Closed Won", 900, 100, "2026-08-20"),
        opportunity("D", "2026-07-01", "2026-12-31", "open", 9999, 10, modified=FIRST_READ),
    ]


def hubspot() -> list[Version]:
    """A to D in HubSpot, whose history is of each property for itself."""
    closed = {"is_closed": True}
    return [
        *hubspot_stages(),
        version(
            "hubspot.deal_stage",
            "default:negotiation",
            "2025-01-01",
            pipeline_id="default",
            stage_id="negotiation",
            stage_label="negotiation",
            is_closed=False,
            probability_rate=Decimal("0.6"),
        ),
        hubspot_deal("A", "2026-01-10", "2026-09-01", FIRST_READ, stage_id="closedwon",
                     amount_original=5000, is_won=True, probability_rate=1, **closed),
        hubspot_change("A", "2026-01-10", "dealstage", "appointment"),
        hubspot_change("A", "2026-01-10", "amount", "1000"),
        hubspot_change("A", "2026-07-01", "dealstage", "negotiation"),
        hubspot_change("A", "2026-07-03", "amount", "4000"),
        hubspot_change("A", "2026-09-01", "dealstage", "closedwon"),
        hubspot_change("A", "2026-09-01", "amount", "5000"),
        hubspot_deal("B", "2026-02-01", "2026-07-15", FIRST_READ, stage_id="closedlost",
                     amount_original=2500, is_won=False, probability_rate=0, **closed),
        hubspot_change("B", "2026-02-01", "dealstage", "appointment"),
        hubspot_change("B", "2026-02-01", "amount", "500"),
        hubspot_change("B", "2026-05-01", "dealstage", "negotiation"),
        hubspot_change("B", "2026-05-02", "amount", "2000"),
        hubspot_change("B", "2026-07-15", "dealstage", "closedlost"),
        hubspot_change("B", "2026-07-16", "amount", "2500"),
        hubspot_deal("C", "2026-04-01", "2026-08-20", FIRST_READ, stage_id="closedwon",
                     amount_original=900, is_won=True, probability_rate=1, **closed),
        hubspot_change("C", "2026-04-01", "dealstage", "appointment"),
        hubspot_change("C", "2026-04-01", "amount", "700"),
        hubspot_change("C", "2026-04-01", "closedate", "2026-05-31T00:00:00Z"),
        hubspot_change("C", "2026-05-20", "dealstage", "closedwon"),
        hubspot_change("C", "2026-05-20", "closedate", "2026-05-20T00:00:00Z"),
        hubspot_change("C", "2026-07-02", "dealstage", "negotiation"),
        hubspot_change("C", "2026-07-02", "amount", "800"),
        hubspot_change("C", "2026-08-20", "dealstage", "closedwon"),
        hubspot_change("C", "2026-08-20", "amount", "900"),
        # 20 August 2026 at midnight is 1787184000 seconds after 1970.
        hubspot_change("C", "2026-08-20", "closedate", "1787184000000"),
        hubspot_deal("D", "2026-07-01", "2026-12-31", FIRST_READ, amount_original=9999),
    ]  # fmt: skip


CRMS = pytest.mark.parametrize(
    ("records", "first_stage", "second_stage", "won_stage"),
    [
        pytest.param(
            salesforce,
            "salesforce:master:Prospecting",
            "salesforce:master:Negotiation",
            "salesforce:master:Closed Won",
            id="salesforce",
        ),
        pytest.param(
            hubspot,
            "hubspot:default:appointment",
            "hubspot:default:negotiation",
            "hubspot:default:closedwon",
            id="hubspot",
        ),
    ],
)


@CRMS
def test_the_pipeline_a_year_before_the_first_load(
    warehouse, settings, records, first_stage, second_stage, won_stage
):
    put(warehouse, *records())
    rows = built(warehouse, with_choices(settings), facts.deal, facts.period)
    deals = as_of(rows, A_YEAR_BEFORE)
    assert set(deals) == {"A", "B", "C"}
    assert {key: (d.stage_id, d.deal_amount, d.is_open) for key, d in deals.items()} == {
        "A": (first_stage, 1000, True),
        "B": (second_stage, 2000, True),
        "C": (won_stage, 700, False),
    }
    assert deals["C"].closed_date == date(2026, 5, 20)
    # By the metric: 1000 + 2000 = 3000 of two deals, one in each stage.
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at(FIRST_READ))
    compute(warehouse, at(A_YEAR_BEFORE), ["pipeline_amount"])
    period = {"grain": "month", "period_start_date": date(2026, 5, 1)}
    (total,) = values(warehouse, "pipeline_amount", **period).values()
    assert (total.value, total.sample_count) == (3000, 2)
    by_stage = values(warehouse, "pipeline_amount", slice_id="stage", **period)
    assert {stage: (row.value, row.sample_count) for stage, row in by_stage.items()} == {
        first_stage: (1000, 1),
        second_stage: (2000, 1),
    }


@CRMS
def test_a_deal_opened_again_and_won_again(
    warehouse, settings, records, first_stage, second_stage, won_stage
):
    put(warehouse, *records())
    rows = built(warehouse, with_choices(settings), facts.deal)
    story = [
        (row.valid_from_at, row.stage_id, row.is_won, row.closed_date, row.deal_amount)
        for row in rows
        if row.deal_id.endswith(":C")
    ]
    assert story == [
        (at("2026-04-01"), first_stage, False, None, 700),
        (at("2026-05-20"), won_stage, True, date(2026, 5, 20), 700),
        (at("2026-07-02"), second_stage, False, None, 800),
        (at("2026-08-20"), won_stage, True, date(2026, 8, 20), 900),
        (at(FIRST_READ), won_stage, True, date(2026, 8, 20), 900),
    ]


def test_changes_between_two_readings_are_told_by_the_history(warehouse, settings):
    """Read on 1 and 31 March; in between the stage went there and back, and the amount moved."""
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity("S", "2026-03-01", "2026-05-01", "open", 100, 10),
        opportunity("S", "2026-03-01", "2026-05-01", "open", 300, 10, modified="2026-03-31"),
        change("S", "2026-03-01", "Prospecting", 100, 10, "2026-05-01"),
        change("S", "2026-03-10", "Negotiation", 200, 60, "2026-05-01"),
        change("S", "2026-03-20", "Prospecting", 200, 10, "2026-05-01"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", amount_original=100, owner_id="90"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-31", amount_original=300, owner_id="91"),
        hubspot_change("1", "2026-03-12", "amount", "200"),
        # Of one instant, before the 200 that stood.
        hubspot_change("1", "2026-03-12", "amount", "999", later_count=1),
        hubspot_change("1", "2026-03-15", "dealstage", "closedwon"),
        # Cleared, which is not the same as not told.
        hubspot_change("1", "2026-03-16", "amount", None),
        hubspot_change("1", "2026-03-18", "dealstage", "appointment"),
        # No amount of money: it tells nothing.
        hubspot_change("1", "2026-03-25", "amount", "much"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert [
        (row.valid_from_at, row.stage_id.split(":")[-1], row.deal_amount, row.is_won)
        for row in rows
    ] == [
        (at("2026-03-01"), "appointment", 100, False),
        (at("2026-03-12"), "appointment", 200, False),
        (at("2026-03-15"), "closedwon", 200, True),
        (at("2026-03-16"), "closedwon", None, True),
        (at("2026-03-18"), "appointment", None, False),
        (at("2026-03-25"), "appointment", None, False),
        (at("2026-03-31"), "appointment", 300, False),
        (at("2026-03-01"), "Prospecting", 100, False),
        (at("2026-03-10"), "Negotiation", 200, False),
        (at("2026-03-20"), "Prospecting", 200, False),
        (at("2026-03-31"), "Prospecting", 300, False),
    ]
    # The stage of then tells the chance: 0.2 as of hubspot_stages.
    assert [row.probability_rate for row in rows[4:6]] == [Decimal("0.2")] * 2
    assert [row.valid_to_at for row in rows[:7]] == [*(r.valid_from_at for r in rows[1:7]), END]


def test_what_hubspot_forgot_is_told_by_the_oldest_value_it_remembers(warehouse, settings):
    """Of 20 values the first may be gone: the oldest left reaches back, open until it closed."""
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-01-10", "2026-03-11", "2026-06-01", stage_id="closedwon",
                     amount_original=900, is_closed=True, is_won=True),
        # Two changes of the amount are all that is left; the stage was last set on 12 March.
        hubspot_change("1", "2026-02-01", "amount", "500"),
        hubspot_change("1", "2026-04-01", "amount", "900"),
        hubspot_change("1", "2026-03-12", "dealstage", "closedwon"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.deal)
    won_on = date(2026, 3, 11)
    assert [
        (row.valid_from_at, row.stage_id, row.deal_amount, row.closed_date) for row in rows
    ] == [
        # 500 reaches back to the creation; the stage then is not known, only that it was open.
        (at("2026-01-10"), None, 500, None),
        (at("2026-02-01"), None, 500, None),
        # Won on 11 March by its close date, a day before the stage was set.
        (at("2026-03-11"), "hubspot:default:closedwon", 500, won_on),
        (at("2026-03-12"), "hubspot:default:closedwon", 500, won_on),
        (at("2026-04-01"), "hubspot:default:closedwon", 900, won_on),
        (at("2026-06-01"), "hubspot:default:closedwon", 900, won_on),
    ]


def test_a_stage_that_is_gone_is_told_by_the_forecast_category(warehouse, settings):
    """Closed on 20 May in stages that were renamed in 2027, before we read any.

    Neither the won deal of 700 nor the lost one of 300 is open pipeline at the end of May; the one
    of 50 in a stage of the same list is.
    """

    def was(deal: str, stage: str, amount: float, percent: float, category: str) -> Version:
        row = change(deal, "2026-05-20", stage, amount, percent, "2026-05-20")
        return dataclasses.replace(row, values={**row.values, "forecast_category": category})

    put(
        warehouse,
        *stages(),
        opportunity("W", "2026-04-01", "2026-05-20", "won", 700, 100, modified=FIRST_READ),
        was("W", "Signed", 700, 100, "Closed"),
        opportunity("L", "2026-04-01", "2026-05-20", "lost", 300, 0, modified=FIRST_READ),
        was("L", "Gone", 300, 0, "Omitted"),
        opportunity("O", "2026-04-01", "2026-05-20", "lost", 50, 0, modified=FIRST_READ),
        was("O", "Talking", 50, 10, "Pipeline"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    then = as_of(rows, A_YEAR_BEFORE)
    assert {key: (row.is_open, row.is_won, row.is_lost) for key, row in then.items()} == {
        "W": (False, True, False),
        "L": (False, False, True),
        "O": (True, False, False),
    }


def test_a_deal_in_another_currency_since_was_worth_what_it_said_then(warehouse, settings):
    """1000 euros until July, and 1200 dollars since: at 1.10 they were 1100 dollars in May."""

    def told(created: str, amount: float, currency: str) -> Version:
        row = change("S", created, "Prospecting", amount, 10, "2026-12-31")
        return dataclasses.replace(row, values={**row.values, "currency_code": currency})

    now = {"amount_original": 1200, "currency_code": "USD"}
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity("S", "2026-01-10", "2026-12-31", "open", 1200, 10, modified=FIRST_READ, currency_code="USD"),
        told("2026-01-10", 1000, "EUR"),
        told("2026-07-01", 1200, "USD"),
        hubspot_deal("1", "2026-01-10", "2026-12-31", FIRST_READ, **now),
        hubspot_change("1", "2026-01-10", "amount", "1000"),
        hubspot_change("1", "2026-01-10", "deal_currency_code", "EUR"),
        hubspot_change("1", "2026-07-01", "amount", "1200"),
        hubspot_change("1", "2026-07-01", "deal_currency_code", "USD"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.deal)
    for day, amount, currency in ((A_YEAR_BEFORE, 1100, "EUR"), ("2026-07-02", 1200, "USD")):
        found = as_of(rows, day)
        assert {(row.deal_amount, row.currency_code) for row in found.values()} == {
            (amount, currency)
        }
        assert set(found) == {"S", "1"}
