"""facts.deal: what each CRM says of a deal, and what is made of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from include.tables import facts
from tests.facts.builders import (
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    member,
    opportunity,
    person_of,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def test_salesforce_close_dates_are_never_shifted_and_hubspot_ones_are(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity("S", "2026-03-01T03:30", "2026-03-11", "won", modified="2026-03-20"),
        # 03:30 UTC on 2 July is 23:30 on 1 July in New York, four hours behind.
        hubspot_deal(
            "1",
            "2026-06-02T03:30",
            "2026-07-02T03:30",
            "2026-07-03",
            stage_id="closedwon",
            amount_original=10,
        ),
    )
    new_york = with_choices(settings, time_zone="America/New_York")
    rows = built(warehouse, new_york, facts.deal)
    deals = as_of(rows, "2026-08-01")
    assert deals["S"].closed_date == date(2026, 3, 11)
    assert deals["S"].created_date == date(2026, 2, 28)
    # 28 February to 11 March is 11 days; 1 June to 1 July is 30.
    assert deals["S"].cycle_days == 11
    assert deals["1"].closed_date == date(2026, 7, 1)
    assert deals["1"].created_date == date(2026, 6, 1)
    assert deals["1"].cycle_days == 30
    # Midnight of 11 March in New York is 04:00 UTC, three days into summer time.
    assert as_of(rows, "2026-03-11T03:59")["S"].is_open
    assert as_of(rows, "2026-03-11T04:00")["S"].is_won


def test_a_day_that_was_chosen_in_hubspot_is_that_day_here_too(warehouse, settings):
    """Imports write 1 April as its midnight in UTC, when it is still the last of March in New York."""
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal(
            "1",
            "2026-03-05",
            "2026-04-01",
            "2026-04-02T12:00",
            create_at=at("2026-03-02"),
            stage_id="closedwon",
        ),
        # Made by a program on the evening of the first, when it was the second in UTC.
        hubspot_deal("2", "2026-03-02T01:00", None, "2026-03-02T01:00", create_at=at("2026-03-02")),
    )
    new_york = with_choices(settings, time_zone="America/New_York")
    rows = built(warehouse, new_york, facts.deal)
    assert as_of(rows, "2026-05-01")["2"].created_date == date(2026, 3, 1)
    deal = as_of(rows, "2026-05-01")["1"]
    # 2 March to 1 April is 30 days.
    assert (deal.created_date, deal.closed_date, deal.cycle_days) == (
        date(2026, 3, 2), date(2026, 4, 1), 30,
    )  # fmt: skip
    # The first of April begins at four in the morning, UTC.
    assert as_of(rows, "2026-04-01T03:59")["1"].is_open
    assert as_of(rows, "2026-04-01T04:00")["1"].is_won


def test_the_stage_decides_where_hubspot_says_neither_won_nor_closed(warehouse, settings):
    closed = {"close": "2026-03-02", "created": "2026-03-01", "modified": "2026-03-02"}
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", **closed, stage_id="closedwon"),
        hubspot_deal("2", **closed, stage_id="closedlost"),
        hubspot_deal("3", **closed, stage_id="appointment"),
        hubspot_deal("4", **closed, stage_id="no such stage"),
        hubspot_deal("5", **closed, stage_id="no such stage", is_closed=True, is_won=True),
        hubspot_deal("6", **closed, stage_id="no such stage", is_closed=True, is_won=False),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: (deal.is_won, deal.is_lost) for key, deal in deals.items()} == {
        "1": (True, False),
        "2": (False, True),
        "3": (False, False),
        "4": (False, False),
        "5": (True, False),
        "6": (False, True),
    }
    assert deals["3"].probability_rate == Decimal("0.2")


def test_users_may_set_a_hubspot_creation_back(warehouse, settings):
    put(
        warehouse,
        hubspot_deal("1", "2026-03-05", None, "2026-03-05", create_at=at("2026-01-20")),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert deals["1"].created_date == date(2026, 1, 20)


@pytest.mark.parametrize(
    ("system_of_record", "counted", "duplicate"),
    [("salesforce", "006000000000001AAA", "1"), ("hubspot", "1", "006000000000001AAA")],
)
def test_of_two_copies_the_one_in_the_system_of_record_counts(
    warehouse, settings, system_of_record, counted, duplicate
):
    put(
        warehouse,
        opportunity("006000000000001AAA", "2026-03-01", "2026-05-01", "open", 700),
        # The integration may hold the id in its short form.
        hubspot_deal(
            "1",
            "2026-03-01",
            None,
            "2026-03-01",
            amount_original=700,
            salesforce_opportunity_id="006000000000001",
        ),
        hubspot_deal(
            "2",
            "2026-03-01",
            None,
            "2026-03-01",
            salesforce_opportunity_id="006000000000009AAA",
        ),
    )
    choices = with_choices(settings, deals=system_of_record)
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert (deals[counted].is_counted, deals[counted].is_duplicate) == (True, False)
    assert (deals[duplicate].is_counted, deals[duplicate].is_duplicate) == (False, True)
    # Tied to an opportunity that nobody knows: it is the only copy.
    assert (deals["2"].is_counted, deals["2"].is_duplicate) == (True, False)


def test_what_the_system_of_record_deleted_does_not_come_back_as_its_copy(warehouse, settings):
    put(
        warehouse,
        opportunity("006A", "2026-03-01", "2026-05-01", "open", 700),
        opportunity(
            "006A", "2026-03-01", "2026-05-01", "open", 700, modified="2026-03-20", deleted=True
        ),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", salesforce_opportunity_id="006A"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    for day, counted in (("2026-03-19", ["006A"]), ("2026-03-21", [])):
        assert [key for key, deal in as_of(rows, day).items() if deal.is_counted] == counted
    # Where HubSpot's copy is the one that counts, it counts whatever Salesforce deletes.
    rows = built(warehouse, with_choices(settings, deals="hubspot"), facts.deal)
    assert [key for key, deal in as_of(rows, "2026-03-21").items() if deal.is_counted] == ["1"]


@pytest.mark.parametrize("system_of_record", ["salesforce", "hubspot"])
def test_a_deal_counts_before_a_sync_made_its_other_copy(warehouse, settings, system_of_record):
    """The first reading, in June, already tells that the two are one."""
    created = {"salesforce": "2026-01-05", "hubspot": "2026-01-05", system_of_record: "2026-03-01"}
    put(
        warehouse,
        opportunity(
            "006A", created["salesforce"], "2026-08-01", "open", 700, modified="2026-06-01"
        ),
        hubspot_deal("1", created["hubspot"], None, "2026-06-01", salesforce_opportunity_id="006A"),
    )
    rows = built(warehouse, with_choices(settings, deals=system_of_record), facts.deal)
    found = [
        [(deal.crm, deal.is_duplicate) for deal in as_of(rows, day).values() if deal.is_counted]
        for day in ("2026-02-01", "2026-04-01")
    ]
    other = "hubspot" if system_of_record == "salesforce" else "salesforce"
    assert found == [[(other, False)], [(system_of_record, False)]]


def test_only_sales_pipelines_count(warehouse, settings):
    put(
        warehouse,
        opportunity("A", "2026-03-01", "2026-05-01", "open", record_type_id="012000000000001AAA"),
        opportunity("B", "2026-03-01", "2026-05-01", "open", record_type_id="012000000000002AAA"),
        opportunity("C", "2026-03-01", "2026-05-01", "open"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01"),
        hubspot_deal("2", "2026-03-01", None, "2026-03-01", pipeline_id="77"),
    )
    every = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert all(deal.is_counted for deal in every.values())
    choices = with_choices(
        settings,
        salesforce={"sales_pipelines": ["012000000000001"]},
        hubspot={"sales_pipelines": ["default"]},
    )
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert {key for key, deal in deals.items() if deal.is_counted} == {"A", "1"}
    # Those without a record type are of Salesforce's own.
    choices = with_choices(settings, salesforce={"sales_pipelines": ["012000000000000AAA"]})
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert {key for key, deal in deals.items() if deal.is_counted} == {"C", "1", "2"}


def test_what_renews_by_the_words_of_the_company_is_no_new_business(warehouse, settings):
    recurring = settings.customers.recurring.model_copy(update={"renewal_types": ["Verlängerung"]})
    customers = settings.customers.model_copy(update={"recurring": recurring})
    put(
        warehouse,
        opportunity("A", "2026-03-01", "2026-03-09", "won", opportunity_type=" VERLÄNGERUNG"),
        opportunity("B", "2026-03-01", "2026-03-09", "won", opportunity_type="New Customer"),
        opportunity("C", "2026-03-01", "2026-03-09", "won", opportunity_type="Erweiterung"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", deal_type="Verlängerung"),
    )
    deals = as_of(built(warehouse, with_choices(settings, customers=customers), facts.deal), APRIL)
    assert {key: deal.is_new_business for key, deal in deals.items()} == {
        "A": False,
        "B": True,
        "C": None,
        "1": False,
    }


def test_amounts_are_converted_at_the_rate_of_the_event(warehouse, settings):
    """Shipped rates: EUR 1.10 from 2000; here also 1.20 from 1 March 2026."""
    euro = settings.exchange_rates[0].model_copy(
        update={"valid_from_date": date(2026, 3, 1), "rate": Decimal("1.2")}
    )
    choices = with_choices(settings, exchange_rates=(*settings.exchange_rates, euro))
    put(
        warehouse,
        opportunity(
            "A",
            "2026-01-01",
            "2026-02-28",
            "won",
            100,
            100,
            modified="2026-03-20",
            currency_code="EUR",
        ),
        opportunity("B", "2026-01-01", "2026-03-01", "won", 100, 100, currency_code="EUR"),
        opportunity("C", "2026-01-01", "2026-05-01", "open", 100, 50, currency_code="EUR"),
        opportunity("D", "2026-01-01", "2026-05-01", "open", 100, 50, currency_code="XXX"),
        opportunity("E", "2026-01-01", "2026-05-01", "open", 100, 50),
        # Older than the first rate, which then holds.
        opportunity("F", "1999-01-01", "1999-05-01", "won", 100, 100, currency_code="EUR"),
        # Without any close date the creation counts.
        hubspot_deal(
            "1", "2026-02-01", None, "2026-02-01", amount_original=100, currency_code="EUR"
        ),
    )
    deals = as_of(built(warehouse, choices, facts.deal), APRIL)
    assert {key: deal.deal_amount for key, deal in deals.items()} == {
        "A": 110,
        "B": 120,
        "C": 120,
        "D": None,
        "E": 100,
        "F": 110,
        "1": 110,
    }
    # 100 x 1.2 x 0.5 = 60.
    assert deals["C"].weighted_amount == 60
    assert [key for key, deal in deals.items() if deal.is_amount_unconverted] == ["D"]
    assert deals["D"].deal_amount_original == 100
    assert not deals["D"].is_amount_missing
    assert deals["E"].currency_code == "USD"


def test_the_channel_comes_from_the_deal_then_from_its_campaign(warehouse, settings):
    put(
        warehouse,
        version("salesforce.campaign", "701A", "2026-01-01", campaign_type="Webinar"),
        opportunity("A", "2026-03-01", "2026-05-01", "open", lead_source=" paid search "),
        opportunity("B", "2026-03-01", "2026-05-01", "open", lead_source="?", campaign_id="701A"),
        opportunity("C", "2026-03-01", "2026-05-01", "open", campaign_id="701B"),
        opportunity("D", "2026-03-01", "2026-05-01", "open", lead_source="?"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", analytics_source="ORGANIC_SEARCH"),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: deal.channel for key, deal in deals.items()} == {
        "A": "paid_search",
        "B": "event",
        "C": "unknown",
        "D": "unknown",
        "1": "organic_search",
    }
    assert deals["B"].campaign_id == "salesforce:701A"


def test_customers_and_owners_are_those_of_staging(warehouse, settings):
    """Merged accounts and links taken away included; the primary company first."""
    put(
        warehouse,
        member("salesforce", "001A", "salesforce:001S"),
        member("hubspot", "10", "hubspot:10"),
        member("hubspot", "11", "salesforce:001S"),
        user_of(
            "salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="90", role_id="00E1"
        ),
        opportunity("A", "2026-03-01", "2026-05-01", "open", account_id="001A"),
        opportunity("B", "2026-03-01", "2026-05-01", "open", owner_user_id="005Z"),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", owner_id="90"),
        hubspot_deal("2", "2026-03-01", None, "2026-03-01"),
        hubspot_deal("3", "2026-03-01", None, "2026-03-01"),
        link("hubspot.deal_company", "1", "10", "2026-03-02"),
        link("hubspot.deal_company", "1", "11", "2026-03-02", primary=True),
        link("hubspot.deal_company", "1", None, "2026-03-02"),
        link("hubspot.deal_company", "2", "11", "2026-03-02"),
        link("hubspot.deal_company", "2", "10", "2026-03-02"),
        link("hubspot.deal_company", "2", None, "2026-03-02"),
        link("hubspot.deal_company", "3", "10", "2026-03-02"),
        link("hubspot.deal_company", "3", "10", "2026-03-03", deleted=True),
        link("hubspot.deal_company", "3", None, "2026-03-03"),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: deal.customer_id for key, deal in deals.items()} == {
        "A": "salesforce:001S",
        "B": None,
        "1": "salesforce:001S",
        "2": "hubspot:10",
        "3": None,
    }
    assert {key: (deal.owner_user_id, deal.role_id) for key, deal in deals.items()} == {
        "A": ("salesforce:005A", "00E1"),
        "B": (None, None),
        "1": ("salesforce:005A", "00E1"),
        "2": (None, None),
        "3": (None, None),
    }


def test_who_buys_through_a_person_is_where_the_person_works(warehouse, settings):
    """Programs link a deal to people only. The company goes before; who works nowhere tells none."""
    put(
        warehouse,
        *hubspot_stages(),
        member("hubspot", "10", "hubspot:10"),
        person_of("hubspot", "contact", "70", "hubspot:contact:70"),
        person_of("hubspot", "contact", "71", "hubspot:contact:71", "salesforce:001A"),
        person_of("hubspot", "contact", "72", "hubspot:contact:72", "hubspot:10"),
        *(hubspot_deal(key, "2026-03-01", None, "2026-03-01") for key in "1234"),
        link("hubspot.deal_contact", "1", "70", "2026-03-02"),
        link("hubspot.deal_contact", "1", "71", "2026-03-02"),
        link("hubspot.deal_contact", "1", "72", "2026-03-02"),
        link("hubspot.deal_company", "2", "10", "2026-03-02", primary=True),
        link("hubspot.deal_contact", "2", "71", "2026-03-02"),
        link("hubspot.deal_contact", "3", "70", "2026-03-02"),
        link("hubspot.deal_contact", "4", "71", "2026-03-02"),
        link("hubspot.deal_contact", "4", "71", "2026-03-03", deleted=True),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: row.customer_id for key, row in deals.items()} == {
        "1": "salesforce:001A",
        "2": "hubspot:10",
        "3": None,
        "4": None,
    }


def test_a_deal_won_on_no_day_was_won_when_we_first_knew(warehouse, settings):
    """Won in February without a closing date, read on 10 February, and edited in March."""
    won = {"stage_id": "closedwon", "amount_original": 100}
    put(
        warehouse,
        *hubspot_stages(),
        hubspot_deal("1", "2026-02-01", None, "2026-02-10", **won),
        hubspot_deal("1", "2026-02-01", None, "2026-03-20", deal_name="renamed", **won),
        hubspot_deal("2", "2026-02-01", None, "2026-02-10"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    deals = as_of(rows, APRIL)
    assert (deals["1"].closed_date, deals["1"].cycle_days) == (date(2026, 2, 10), 9)
    assert as_of(rows, "2026-02-09")["1"].is_open
    assert (deals["2"].closed_date, deals["2"].expected_close_date) == (None, None)


def test_the_deals_own_type_tells_new_business(warehouse, settings):
    expected = {
        "New Customer": True,
        "newbusiness": True,
        "Existing Customer - Upgrade": False,
        "existingbusiness": False,
        "Renewal": False,
        "Other": None,
        None: None,
    }
    put(
        warehouse,
        *(
            opportunity(str(kind), "2026-03-01", "2026-05-01", "open", opportunity_type=kind)
            for kind in expected
        ),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: deal.is_new_business for key, deal in deals.items()} == {
        str(kind): value for kind, value in expected.items()
    }


@pytest.mark.parametrize("euros_in", ["salesforce", "hubspot"])
def test_amounts_that_name_no_currency_are_in_the_crms_own(warehouse, settings, euros_in):
    """The shipped rate of the euro is 1.10; what an account with one currency holds, names none."""
    own = {"salesforce": "USD", "hubspot": "USD", euros_in: "EUR"}
    put(
        warehouse,
        version(
            "salesforce.organization", "00D", "2026-01-01", default_currency_code=own["salesforce"]
        ),
        version("hubspot.account", "1", "2026-01-01", currency_code=own["hubspot"]),
        opportunity("salesforce", "2026-01-01", "2026-02-28", "won", 100),
        hubspot_deal("hubspot", "2026-01-01", "2026-02-28", "2026-02-28", amount_original=100),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: (deal.currency_code, deal.deal_amount) for key, deal in deals.items()} == {
        crm: (code, 110 if code == "EUR" else 100) for crm, code in own.items()
    }
