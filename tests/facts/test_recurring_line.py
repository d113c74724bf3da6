"""facts.recurring_line."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from include.tables import facts
from tests.facts.agreements import companies, contract, contract_line, sold, subscription
from tests.facts.builders import (
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    on,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)
from tests.facts.lines import chosen, standing


@pytest.mark.parametrize(
    ("billing", "price", "monthly"),
    [
        # 2 a day for 365 days of a year are 730, a twelfth of which is 60.83.
        ("daily", 2, "60.833333"),
        # 30 a week, 52 times a year, are 1560: 130 a month.
        ("weekly", 30, "130"),
        # 26 times 60 are 1560 likewise.
        ("biweekly", 60, "130"),
        ("monthly", 100, "100"),
        ("quarterly", 300, "100"),
        ("per_six_months", 600, "100"),
        ("annually", 2000, "166.666667"),
        ("per_two_years", 2400, "100"),
        ("per_five_years", 6000, "100"),
    ],
)
def test_a_price_is_brought_to_a_month(warehouse, settings, billing, price, monthly):
    put(
        warehouse, *hubspot_stages(), *companies("1"), *sold("a", "1", billing, price, "2026-01-10")
    )
    (row,) = built(warehouse, with_choices(settings), facts.recurring_line)
    assert row.mrr_amount == Decimal(monthly)
    assert row.billing_frequency == billing


def test_what_is_sold_once_or_not_won_is_not_here(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("1"),
        *sold("once", "1", None, 500, "2026-01-10"),
        *sold("won", "1", "monthly", 70, "2026-01-10", "2026-12-31", product="9"),
        *sold("unknown", "2", "monthly", 10, "2026-01-10"),
        hubspot_deal("open", "2026-01-10", None, "2026-01-10"),
        version(
            "hubspot.line_item",
            "open",
            "2026-01-10",
            created_at=at("2026-01-10"),
            quantity=1,
            unit_price_amount_original=1,
            billing_frequency="monthly",
        ),
        link("hubspot.deal_line_item", "open", "open", "2026-01-10"),
    )
    found = as_of(built(warehouse, with_choices(settings), facts.recurring_line), "2026-03-01")
    # Billed to the last of December, so not paid for from the first of January on.
    won = found["won"]
    assert (won.start_date, won.end_date) == (date(2026, 1, 10), date(2027, 1, 1))
    assert (won.agreement_id, won.product_id, won.signed_date) == (
        "hubspot:won",
        "hubspot:9",
        date(2026, 1, 10),
    )
    # Nobody is known to pay for one of them: it counts, for metrics to say so.
    assert {key: (row.is_counted, row.customer_id) for key, row in found.items()} == {
        "won": (True, "1"),
        "unknown": (True, None),
    }


def test_a_line_says_how_long_it_runs_in_one_of_three_ways(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("1"),
        *sold("open", "1", "monthly", 10, "2026-01-31"),
        *sold("term", "1", "monthly", 10, "2026-01-31", closed="2026-01-20"),
        *sold("iso", "1", "monthly", 10, "2026-01-31", closed="2026-01-20"),
    )
    with warehouse.begin() as connection:
        for table in ("stage.hubspot__line_item", "stage.hubspot__line_item_version"):
            for key, column, value in (
                ("term", "term_months", "1"),
                ("iso", "billing_period", "'P2Y'"),
            ):
                connection.exec_driver_sql(
                    f"update {table} set {column} = {value} where hubspot_line_item_id = '{key}'"
                )
    found = standing(built(warehouse, with_choices(settings), facts.recurring_line), "2026-03-01")
    ends = {key: end for key, (_, end, _) in found.items()}
    # A month after the 31st of January is the 28th of February.
    assert ends == {"open": None, "term": date(2026, 2, 28), "iso": date(2028, 1, 31)}


def test_amounts_are_converted_at_the_rate_of_the_first_day(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31", currency_code="EUR"),
        contract_line("x", "C", 1200, created="2026-01-01"),
    )
    (row,) = built(warehouse, with_choices(settings), facts.recurring_line)
    # 1200 euros over twelve months are 100, at 1.10 dollars.
    assert (row.mrr_amount_original, row.mrr_amount, row.currency_code) == (100, 110, "EUR")


def test_a_contract_line_follows_its_contract(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31"),
        # Moved half a year on later.
        contract("C", "1", "2026-07-01", "2027-06-30", created="2026-01-01", modified="2026-05-01"),
        contract_line("x", "C", 1200, created="2026-01-02"),
        contract_line("y", "C", 300, created="2026-01-02", start_date=on("2026-04-01"), last_date=on("2026-06-30")),
        contract_line("z", "no such contract", 1, created="2026-01-02"),
        contract_line("none", "D", 100, created="2026-01-02"),
        contract("D", "1", "2026-01-01", None),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    before = standing(rows, "2026-04-30")
    assert before["contract_line:x"] == (date(2026, 1, 1), date(2027, 1, 1), 100)
    assert before["contract_line:y"] == (date(2026, 4, 1), date(2026, 7, 1), 100)
    # Without an end nobody can say what a month of it costs.
    assert before["contract_line:none"] == (date(2026, 1, 1), None, None)
    assert standing(rows, "2026-05-01")["contract_line:x"] == (
        date(2026, 7, 1),
        date(2027, 7, 1),
        100,
    )


def test_a_cancelled_contract_ends_on_the_day_that_is_said(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31"),
        contract("C", "1", "2026-01-01", "2026-12-31", modified="2026-03-15", contract_status="Canceled"),
        contract("C", "1", "2026-01-01", "2026-12-31", modified="2026-04-02", contract_status="Cancelled", term_months=12),
        contract_line("x", "C", 1200, created="2026-01-01"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    now = as_of(rows, "2026-05-01")["contract_line:x"]
    assert (now.end_date, now.due_date) == (date(2026, 3, 15), date(2027, 1, 1))
    assert (now.canceled_date, now.mrr_amount) == (date(2026, 3, 15), 100)
    assert as_of(rows, "2026-03-14")["contract_line:x"].end_date == date(2027, 1, 1)


def test_a_contract_that_nobody_has_approved_of_yet_is_not_in_force(warehouse, settings):
    """Of 1200 for a year each; D is approved of on 10 March, and E in approval again from then on."""
    year = ("2026-01-01", "2026-12-31")

    def told(key: str, modified: str, approval: str | None, **values: Any) -> Any:
        return contract(key, "A", *year, modified=modified, approval_status=approval, **values)

    put(
        warehouse,
        *stages(),
        *companies("A"),
        # Made before anything was approved of.
        told("C", "2026-01-01", "Draft", created="2025-12-01"),
        told("D", "2026-01-02", "Draft", created="2026-01-02"),
        told("D", "2026-03-10", "Activated", created="2026-01-02"),
        told("E", "2026-01-02", "Activated", created="2026-01-02"),
        told("E", "2026-03-10", "In Approval Process", created="2026-01-02"),
        told("F", "2026-01-03", "Draft", created="2026-01-03"),
        # One that does not say, and two that say it in other fields.
        told("G", "2026-01-03", None, created="2026-01-03"),
        told("H", "2026-01-03", None, created="2026-01-03", contract_status="Draft"),
        told("I", "2026-01-03", "Activated", created="2026-01-03"),
        *(
            contract_line(key.lower(), key, 1200, created="2026-01-03", line_status=status)
            for key, status in zip("CDEFGHI", (*["Active"] * 6, "Draft"), strict=True)
        ),
        # Added to E while it is approved of anew.
        contract_line("new", "E", 600, created="2026-03-12"),
    )
    choices = chosen(settings, salesforce="contract_lines", hubspot="none")
    rows = built(warehouse, choices, facts.recurring_line)

    def in_force(instant: str) -> set[str]:
        rows_then = as_of(rows, instant)
        return {key.split(":")[-1] for key, row in rows_then.items() if row.is_counted}

    assert in_force("2026-02-01") == {"c", "e", "g"}
    assert in_force("2026-03-15") == {"c", "d", "e", "g"}


def test_where_no_contract_is_approved_of_all_are_in_force(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *companies("A"),
        contract("C", "A", "2026-01-01", "2026-12-31", approval_status="Draft"),
        contract_line("c", "C", 1200, created="2026-01-01"),
    )
    choices = chosen(settings, salesforce="contract_lines", hubspot="none")
    (row,) = built(warehouse, choices, facts.recurring_line)
    assert (row.is_counted, row.mrr_amount) == (True, 100)


def test_assets_go_before_contracts_and_contracts_before_deals(warehouse, settings):
    asset = [
        version("salesforce.asset", "A", "2026-01-01", account_id="1", product_id="P"),
        version(
            "salesforce.asset_state_period",
            "p",
            "2026-01-01",
            asset_id="A",
            created_at=at("2026-01-01"),
            start_at=at("2026-01-01"),
            end_at=at("2026-12-31T23:59:59"),
            # No Mrr: 600 over twelve months.
            amount_original=600,
        ),
    ]
    put(
        warehouse,
        *stages(),
        *hubspot_stages(),
        *companies("1"),
        *sold("h", "1", "monthly", 5, "2026-01-01"),
        version("salesforce.product", "P", "2025-01-01", installment_period="Monthly", installment_count=12),
        opportunity("O", "2026-01-01", "2026-01-05", "won", account_id="1"),
        version("salesforce.opportunity_line_item", "l", "2026-01-01", created_at=at("2026-01-01"), opportunity_id="O", product_id="P", quantity=1, unit_price_amount_original=240),
    )  # fmt: skip

    def read(**recurring: Any) -> dict[str, tuple[Any, ...]]:
        return standing(built(warehouse, chosen(settings, **recurring), facts.recurring_line), "2026-02-01")  # fmt: skip

    # 240 in twelve monthly parts from the closing on.
    of_deal = {"l": (date(2026, 1, 5), date(2027, 1, 5), 20)}
    of_hubspot = {"h": (date(2026, 1, 1), None, 5)}
    assert read() == of_deal | of_hubspot
    put(
        warehouse,
        contract("C", "1", "2026-01-01", "2026-12-31"),
        contract_line("x", "C", 1200, created="2026-01-01"),
    )
    of_contract = {"contract_line:x": (date(2026, 1, 1), date(2027, 1, 1), 100)}
    assert read() == of_contract | of_hubspot
    put(warehouse, *asset)
    of_asset = {"asset_state_period:p": (date(2026, 1, 1), date(2027, 1, 1), 50)}
    assert read() == of_asset | of_hubspot
    assert read(salesforce="deal_lines", hubspot="none") == of_deal
    assert read(salesforce="contract_lines", hubspot="subscriptions") == of_contract
    put(warehouse, subscription("s", "2026-01-01", 7), link("hubspot.subscription_company", "s", "1", "2026-01-01"))  # fmt: skip
    assert read(salesforce="none") == {"subscription:s:1": (date(2026, 1, 1), None, 7)}


@pytest.mark.parametrize(
    ("start", "end"),
    [
        # Midnights in UTC are seven o'clock of the evening before in New York.
        ("2026-01-01", "2026-12-31T23:59:59"),
        ("2026-01-01T05:00", "2027-01-01T04:59:59"),
    ],
)
def test_an_asset_begins_on_the_day_it_says_in_every_zone(warehouse, settings, start, end):
    """600 a year from 1 January: 50 a month, and none of them in December before."""
    put(
        warehouse,
        *companies("1"),
        version("salesforce.asset", "A", "2026-01-01", account_id="1"),
        version("salesforce.asset_state_period", "p", "2026-01-01", asset_id="A", created_at=at("2026-01-01"), start_at=at(start), end_at=at(end), amount_original=600),
    )  # fmt: skip
    choices = with_choices(settings, time_zone="America/New_York")
    found = standing(built(warehouse, choices, facts.recurring_line), "2026-02-01")
    assert found == {"asset_state_period:p": (date(2026, 1, 1), date(2027, 1, 1), 50)}


def test_a_field_may_say_how_often_a_line_of_salesforce_is_billed(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *companies("1"),
        opportunity("O", "2026-01-01", "2026-01-05", "won", account_id="1"),
        version("salesforce.contract", "K", "2026-01-06", created_at=at("2026-01-06"), opportunity_id="O", start_date=on("2026-02-01"), term_months=24),
        *(
            version("salesforce.opportunity_line_item", key, "2026-01-01", created_at=at("2026-01-01"), opportunity_id="O", quantity=2, unit_price_amount_original=60, custom_fields={"Billing__c": value})
            for key, value in (("a", "Yearly "), ("b", "monthly"), ("c", "One-off"), ("d", None), ("e", "Semi-annual"), ("f", "Setup"))
        ),
    )  # fmt: skip
    choices = chosen(
        settings,
        salesforce_frequency_field="Billing__c",
        billing_frequencies={"yearly": "annually", "setup": "once"},
    )
    found = standing(built(warehouse, choices, facts.recurring_line), "2026-02-01")
    # 2 x 60 a year are 10 a month; the contract runs for two years.
    assert found == {
        "a": (date(2026, 2, 1), date(2028, 2, 1), 10),
        "b": (date(2026, 2, 1), date(2028, 2, 1), 120),
        # Nobody has said what that is: it recurs, and nobody knows at which amount.
        "e": (date(2026, 2, 1), date(2028, 2, 1), None),
    }


def test_a_contract_cancelled_by_mistake_goes_on_until_it_is_cancelled_again(warehouse, settings):
    """Cancelled on 10 January, active again on the 12th, and cancelled for good on 20 May."""
    statuses = [("2026-01-10", "Canceled"), ("2026-01-12", "Active"), ("2026-05-20", "Canceled")]
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31"),
        *(
            contract("C", "1", "2026-01-01", "2026-12-31", modified=day, contract_status=status)
            for day, status in statuses
        ),
        contract_line("x", "C", 1200, created="2026-01-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    found = {
        day: as_of(rows, day)["contract_line:x"].end_date
        for day in ("2026-01-11", "2026-01-13", "2026-06-01")
    }
    assert list(found.values()) == [date(2026, 1, 10), date(2027, 1, 1), date(2026, 5, 20)]


def test_a_line_runs_as_long_as_the_contract_that_its_deal_names(warehouse, settings):
    """Few orgs have the field of contracts that names their deal."""
    put(
        warehouse,
        *stages(),
        *companies("1"),
        opportunity("O", "2026-01-01", "2026-01-05", "won", account_id="1", contract_id="K"),
        version("salesforce.contract", "K", "2026-01-06", start_date=on("2026-02-01"), last_date=on("2027-01-31"), term_months=12),
        # One that is renewed tells nothing of the time after it.
        opportunity("R", "2026-01-01", "2026-01-05", "won", account_id="1", contract_id="J"),
        version("salesforce.contract", "J", "2025-02-01", start_date=on("2025-02-01"), last_date=on("2026-01-31"), term_months=12),
        *(
            version("salesforce.opportunity_line_item", key, "2026-01-01", created_at=at("2026-01-01"), opportunity_id=key, quantity=1, unit_price_amount_original=120, custom_fields={"Billing__c": "annually"})
            for key in ("O", "R")
        ),
    )  # fmt: skip
    choices = chosen(settings, salesforce_frequency_field="Billing__c")
    rows = built(warehouse, choices, facts.recurring_line)
    assert standing(rows, "2026-02-01") == {
        "O": (date(2026, 2, 1), date(2027, 2, 1), 10),
        "R": (date(2026, 1, 5), None, 10),
    }
    assert {key for key, row in as_of(rows, "2026-02-01").items() if row.is_renewal} == {"R"}


def test_a_renewal_says_so_by_its_type_or_by_its_contract(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *companies("1"),
        version("salesforce.product", "P", "2025-01-01", installment_period="Yearly", installment_count=1),
        *(
            version("salesforce.contract", key, "2026-01-05", start_date=on(day), opportunity_id=source)
            for key, day, source in (
                ("old", "2025-01-05", None),
                ("new", "2026-01-05", None),
                ("told", "2026-01-01", "F"),
            )
        ),
        *(
            row
            for key, values in (
                ("A", {"opportunity_type": "Renewal "}),
                # Of a contract we may not read nobody knows more.
                ("B", {"opportunity_type": "New Business", "contract_id": "800"}),
                ("C", {"opportunity_type": "New Business"}),
                ("D", {"opportunity_type": "Existing Business", "contract_id": "old"}),
                # What the deal led to begins when it closes, or names it.
                ("E", {"opportunity_type": "New Business", "contract_id": "new"}),
                ("F", {"opportunity_type": "New Business", "contract_id": "told"}),
                ("G", {"opportunity_type": "Renewal", "contract_id": "new"}),
            )
            for row in (
                opportunity(key, "2026-01-01", "2026-01-05", "won", account_id="1", **values),
                version("salesforce.opportunity_line_item", key, "2026-01-01", created_at=at("2026-01-01"), opportunity_id=key, product_id="P", quantity=1, unit_price_amount_original=12),
            )
        ),
    )  # fmt: skip
    found = as_of(built(warehouse, with_choices(settings), facts.recurring_line), "2026-05-01")
    assert {key for key, row in found.items() if row.is_renewal} == {"A", "B", "D", "G"}


@pytest.mark.parametrize(
    ("last", "modified", "price", "monthly"),
    [
        # Ended early in March, which is told five days before: still 1200 / 12.
        ("2026-03-10", "2026-03-05", 1200, 100),
        # In the first half as well.
        ("2025-08-31", "2025-08-20", 1200, 100),
        # With the price of what is left, for nine months of 100: 900 / 9.
        ("2026-02-28", "2026-02-20", 900, 100),
        # Entered wrongly, and put right in the first month: it was nine months from the start.
        ("2026-02-28", "2025-06-10", 1200, Decimal(1200) / 9),
    ],
)
def test_who_leaves_early_pays_no_more_a_month_for_it(
    warehouse, settings, last, modified, price, monthly
):
    """1200 for the year from June 2025 on, whose end is moved."""
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2025-06-01", "2026-05-31"),
        contract("C", "1", "2025-06-01", last, created="2025-06-01", modified=modified),
        contract_line("x", "C", 1200, created="2025-06-01"),
        *(
            [contract_line("x", "C", price, created="2025-06-01", modified=modified)]
            if price != 1200
            else []
        ),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    before, now = (as_of(rows, day)["contract_line:x"] for day in ("2025-06-05", modified))
    assert before.mrr_amount == 100
    assert now.end_date == on(last) + timedelta(days=1)
    assert now.mrr_amount == pytest.approx(monthly)
