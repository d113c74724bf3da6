"""Deals and leads as they seldom are, with the rules that look twice at them."""

from __future__ import annotations

from datetime import date

from include.tables import facts, source_object
from tests.facts.builders import (
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    on,
    opportunity,
    person_of,
    put,
    stages,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def test_a_credit_is_a_deal_of_less_than_nothing(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("O", "2026-03-01", "2026-03-10", "won", 500),
        opportunity("C", "2026-03-01", "2026-03-20", "won", -200),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    counted = {key: row.deal_amount for key, row in deals.items() if row.is_counted and row.is_won}
    assert counted == {"O": 500, "C": -200}


def test_a_deal_won_on_the_day_it_was_created_took_no_days(warehouse, settings):
    put(warehouse, *stages(), opportunity("O", "2026-03-10T09:00", "2026-03-10", "won"))
    [row] = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL).values()
    assert (row.cycle_days, row.is_cycle_negative) == (0, False)


def test_the_close_date_hubspot_presumes_closes_nothing(warehouse, settings):
    """It is the last of the month of creation until the deal closes, and then the day it did."""
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-03-02", "2026-03-31T12:00", "2026-03-02"),
        hubspot_deal("2", "2026-03-02", "2026-03-31T12:00", "2026-03-02"),
        hubspot_deal("2", "2026-03-02", "2026-03-20T12:00", "2026-03-20", stage_id="closedwon"),
    )
    rows = built(warehouse, with_choices(settings, deals="hubspot"), facts.deal)
    deals = as_of(rows, APRIL)
    assert (deals["1"].closed_date, deals["1"].is_open) == (None, True)
    assert deals["1"].expected_close_date == date(2026, 3, 31)
    # From the 2nd to the 20th.
    assert (deals["2"].closed_date, deals["2"].cycle_days) == (date(2026, 3, 20), 18)
    assert as_of(rows, "2026-03-10")["2"].closed_date is None


def test_a_contact_that_goes_back_in_its_lifecycle_was_a_lead_all_the_same(warehouse, settings):
    entered = {"created_at": at("2026-01-05")}
    put(
        warehouse,
        version("hubspot.contact", "1", "2026-01-05", lifecycle_stage="lead", **entered),
        version("hubspot.contact", "1", "2026-02-05", lifecycle_stage="subscriber", **entered),
        person_of("hubspot", "contact", "1", "hubspot:contact:1"),
    )
    [row] = as_of(built(warehouse, with_choices(settings), facts.lead), APRIL).values()
    assert (row.created_date, row.is_counted) == (date(2026, 1, 5), True)


def test_customers_that_were_imported_are_no_leads(warehouse, settings):
    put(
        warehouse,
        version(
            "hubspot.contact",
            "1",
            "2026-01-05",
            lifecycle_stage="customer",
            object_source="IMPORT",
            created_at=at("2026-01-05"),
        ),
        person_of("hubspot", "contact", "1", "hubspot:contact:1"),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.lead), APRIL).values()
    assert not any(row.is_counted for row in rows)


def test_a_lead_is_converted_on_a_day_that_no_zone_moves(warehouse, settings):
    """ConvertedDate has no time of day; what counts is the first win, whose day has none either."""
    put(
        warehouse,
        *stages(),
        version(
            "salesforce.lead",
            "L",
            "2026-01-05T12:00",
            created_at=at("2026-01-05T12:00"),
            is_converted=True,
            converted_opportunity_id="O",
        ),
        person_of("salesforce", "lead", "L", "salesforce:lead:L"),
        opportunity("O", "2026-01-06", "2026-02-01", "won"),
    )
    settings = with_choices(settings, time_zone="America/New_York")
    [row] = as_of(built(warehouse, settings, facts.lead), APRIL).values()
    assert (row.is_converted, row.customer_date) == (True, date(2026, 2, 1))


def test_totals_the_crm_keeps_of_campaigns_are_not_read():
    """They are of all time, of the campaigns below as well, and in the campaign's own currency."""
    read = {field.source for field in source_object("salesforce.campaign").fields}
    assert not {name for name in read if name.startswith("Hierarchy")}
    assert not read & {"AmountWonOpportunities", "NumberOfWonOpportunities"}
    assert "ActualCost" in read


def test_a_deal_merged_into_another_counts_once(warehouse, settings):
    """Of two entries of one sale, 100 each, one is left once they are merged on the 20th."""
    won = {"created_at": at("2026-03-02"), "close_at": at("2026-03-10"), "stage_id": "closedwon",
           "pipeline_id": "default", "amount_original": 100}  # fmt: skip
    put(
        warehouse,
        *hubspot_stages(),
        version("hubspot.deal", "1", "2026-03-10", **won),
        version("hubspot.deal", "2", "2026-03-10", **won),
        version("hubspot.deal", "1", "2026-03-20", deleted=True, merged_into="2", **won),
    )
    rows = built(warehouse, with_choices(settings, deals="hubspot"), facts.deal)
    assert {key: row.deal_amount for key, row in as_of(rows, APRIL).items()} == {"2": 100}
    # Before that nobody knew.
    assert set(as_of(rows, "2026-03-15")) == {"1", "2"}


def test_a_deal_made_of_two_others_was_not_there_beside_them(warehouse, settings):
    """HubSpot makes a third deal of two of 100 and 40 in May, as old as the first of them.

    In March the pipeline held 100 + 40 = 140; the third deal back then would make it 280.
    """
    first, second = (
        {"created_at": at(created), "stage_id": "appointment", "pipeline_id": "default",
         "amount_original": amount}
        for created, amount in (("2026-02-01", 100), ("2026-02-10", 40))
    )  # fmt: skip
    put(
        warehouse,
        *hubspot_stages(),
        version("hubspot.deal", "1", "2026-02-01", **first),
        version("hubspot.deal", "2", "2026-02-10", **second),
        version("hubspot.deal", "3", "2026-05-05", **{**first, "amount_original": 140}),
        version("hubspot.deal", "1", "2026-05-05", deleted=True, merged_into="3", **first),
        version("hubspot.deal", "2", "2026-05-05", deleted=True, merged_into="3", **second),
    )
    rows = built(warehouse, with_choices(settings, deals="hubspot"), facts.deal)
    amounts = {
        day: {key: row.deal_amount for key, row in as_of(rows, day).items()}
        for day in ("2026-03-31", "2026-05-06")
    }
    assert amounts == {"2026-03-31": {"1": 100, "2": 40}, "2026-05-06": {"3": 140}}
    # It is as old as the first of them all the same.
    assert {row.created_date for row in as_of(rows, "2026-05-06").values()} == {on("2026-02-01")}
