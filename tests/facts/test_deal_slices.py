"""What deals are cut by beside owners: product, stage lost from, forecast category."""

from __future__ import annotations

import pytest

from include.tables import facts
from tests.facts.builders import (
    as_of,
    at,
    built,
    change,
    hubspot_change,
    hubspot_deal,
    hubspot_stages,
    link,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)
from tests.facts.test_deal_line import item, line

APRIL = "2026-04-01"


def test_the_main_product_is_that_of_the_largest_line(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity("A", "2026-01-02", "2026-02-10", "won"),
        line("a1", "A", 1, 100, product_id="P1"),
        line("a2", "A", 3, 50, product_id="P2"),  # 150
        # A total counts as it stands: 200, less 120.
        line("a3", "A", 2, 100, product_id="P3", total_price_amount_original=80),
        # Equal: the id that comes first. A line without a price is the smallest there is.
        opportunity("B", "2026-01-02", "2026-02-10", "open"),
        line("b1", "B", 1, 100, product_id="P2"),
        line("b2", "B", 2, 50, product_id="P1"),
        line("b3", "B", 2, None, product_id="P0"),
        opportunity("C", "2026-01-02", "2026-02-10", "open"),
        hubspot_deal("1", "2026-01-02", None, "2026-01-02"),
        item("h1", 2, 10, None, product_id="H1"),
        item("h2", 1, 30, None, product_id="H2"),
        *(link("hubspot.deal_line_item", "1", key, "2026-01-02") for key in ("h1", "h2")),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: row.product_id for key, row in deals.items()} == {
        "A": "salesforce:P2",
        "B": "salesforce:P1",
        "C": None,
        "1": "hubspot:H2",
    }


def test_the_main_product_is_that_of_the_time(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("A", "2026-01-02", "2026-06-10", "open"),
        line("a1", "A", 1, 100, created="2026-01-10", product_id="P1"),
        line("a2", "A", 1, 300, created="2026-02-10", product_id="P2"),
        version(
            "salesforce.opportunity_line_item",
            "a2",
            "2026-03-01",
            deleted=True,
            created_at=at("2026-02-10"),
            opportunity_id="A",
            quantity=1,
            unit_price_amount_original=300,
            product_id="P2",
        ),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert [(row.valid_from_at, row.valid_to_at, row.product_id) for row in rows][:-1] == [
        (at("2026-01-02"), at("2026-01-10"), None),
        (at("2026-01-10"), at("2026-02-10"), "salesforce:P1"),
        (at("2026-02-10"), at("2026-03-01"), "salesforce:P2"),
    ]
    assert (rows[-1].valid_from_at, rows[-1].product_id) == (at("2026-03-01"), "salesforce:P1")
    assert {row.deal_amount for row in rows} == {1000}


def test_a_deal_is_lost_from_the_last_open_stage_it_was_in(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("L", "2026-01-02", "2026-03-11", "lost", modified="2026-03-11"),
        change("L", "2026-01-02", "Prospecting", 1000, 10, "2026-04-30"),
        change("L", "2026-02-01", "Negotiation", 1000, 60, "2026-04-30"),
        change("L", "2026-03-11", "Closed Lost", 1000, 0, "2026-03-11"),
        # Nobody knows where this one was, and one that was won was lost from nowhere.
        opportunity("U", "2026-01-02", "2026-03-11", "lost", modified="2026-03-11"),
        opportunity("W", "2026-01-02", "2026-03-01", "open", modified="2026-01-02"),
        opportunity("W", "2026-01-02", "2026-03-01", "won", modified="2026-03-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    deals = as_of(rows, APRIL)
    assert deals["L"].lost_from_stage_id == "salesforce:master:Negotiation"
    assert (deals["U"].is_lost, deals["U"].lost_from_stage_id) == (True, None)
    assert (deals["W"].is_won, deals["W"].lost_from_stage_id) == (True, None)
    assert as_of(rows, "2026-02-15")["L"].lost_from_stage_id is None


def test_a_deal_lost_again_is_lost_from_where_it_was_last(warehouse, settings):
    put(
        warehouse,
        *stages(),
        opportunity("L", "2026-01-02", "2026-05-11", "lost", modified="2026-03-20"),
        change("L", "2026-01-02", "Negotiation", 1000, 60, "2026-04-30"),
        change("L", "2026-02-01", "Closed Lost", 1000, 0, "2026-02-01"),
        change("L", "2026-02-20", "Prospecting", 1000, 10, "2026-04-30"),
        change("L", "2026-03-20", "Closed Lost", 1000, 0, "2026-03-20"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert as_of(rows, "2026-02-10")["L"].lost_from_stage_id == "salesforce:master:Negotiation"
    assert as_of(rows, "2026-03-01")["L"].lost_from_stage_id is None
    assert as_of(rows, APRIL)["L"].lost_from_stage_id == "salesforce:master:Prospecting"


@pytest.mark.parametrize(
    ("told", "category"),
    [
        ("Omitted", "omitted"),
        ("OMIT", "omitted"),
        ("Pipeline", "pipeline"),
        ("Best Case", "best case"),
        ("BEST_CASE", "best case"),
        ("BestCase", "best case"),
        ("Most Likely", "most likely"),
        ("Commit", "commit"),
        ("Forecast", "commit"),
        ("Closed", "closed"),
        ("Renamed by us", None),
        (None, None),
    ],
)
def test_forecast_categories_have_one_name_in_both_crms(warehouse, settings, told, category):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity("S", "2026-01-02", "2026-06-10", "open", forecast_category=told),
        hubspot_deal("1", "2026-01-02", None, "2026-01-02", forecast_category=told),
    )
    deals = as_of(built(warehouse, with_choices(settings), facts.deal), APRIL)
    assert {key: row.forecast_category for key, row in deals.items()} == {
        "S": category,
        "1": category,
    }


def test_the_forecast_category_before_the_first_reading_stands_in_the_history(warehouse, settings):
    told = change("H", "2026-01-10", "Prospecting", 1000, 10, "2026-04-30")
    told.values["forecast_category"] = "BestCase"
    untold = change("H", "2026-02-10", "Prospecting", 1200, 10, "2026-04-30")
    put(
        warehouse,
        *stages(),
        opportunity(
            "H",
            "2026-01-10",
            "2026-06-11",
            "open",
            modified="2026-03-01",
            forecast_category="Commit",
        ),
        told,
        untold,
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    assert as_of(rows, "2026-01-15")["H"].forecast_category == "best case"
    # A history that hides the field tells nothing of it.
    assert as_of(rows, "2026-02-15")["H"].forecast_category == "best case"
    assert as_of(rows, APRIL)["H"].forecast_category == "commit"


def test_an_open_deal_has_no_forecast_category_of_after_its_closing(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        opportunity(
            "S",
            "2026-01-10",
            "2026-03-11",
            "won",
            modified="2026-06-01",
            forecast_category="Closed",
        ),
        hubspot_deal(
            "1",
            "2026-01-10",
            "2026-03-11",
            "2026-06-01",
            stage_id="closedwon",
            forecast_category="CLOSED",
        ),
        hubspot_change("1", "2026-01-10", "dealstage", "appointment"),
        hubspot_change("1", "2026-03-11", "dealstage", "closedwon"),
    )
    rows = built(warehouse, with_choices(settings), facts.deal)
    before, after = as_of(rows, "2026-02-01"), as_of(rows, APRIL)
    assert {key: (row.is_open, row.forecast_category) for key, row in before.items()} == {
        "S": (True, None),
        "1": (True, None),
    }
    assert {key: (row.is_won, row.forecast_category) for key, row in after.items()} == {
        "S": (True, "closed"),
        "1": (True, "closed"),
    }
