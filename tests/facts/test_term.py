"""facts.term."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.tables import facts
from tests.facts.agreements import (
    companies,
    contract,
    contract_line,
    sold,
    subscription,
)
from tests.facts.builders import (
    as_of,
    at,
    built,
    hubspot_stages,
    link,
    on,
    put,
    version,
    with_choices,
)
from tests.facts.lines import outcomes


def test_golden_renewals(warehouse, settings):
    """Four of 100, 200, 100, 100 are decided, three renewed, at 100, 250 and 60: 410 of 500."""
    put(
        warehouse,
        *hubspot_stages(),
        *companies("R1", "R2", "R3", "R4", "R5", "R6"),
        *sold("1", "R1", "monthly", 100, "2025-03-16", "2026-03-15", product="p"),
        *sold("1b", "R1", "monthly", 100, "2026-03-16", product="p"),
        # Signed in February, due in March.
        *sold("2", "R2", "monthly", 200, "2025-03-10", "2026-03-09", product="p"),
        *sold("2b", "R2", "monthly", 250, "2026-03-10", closed="2026-02-05", product="p"),
        *sold("3", "R3", "monthly", 100, "2025-03-01", "2026-02-28", product="p"),
        # Ended two days before the as-of.
        *sold("4", "R4", "monthly", 100, "2025-03-31", "2026-03-30", product="p"),
        *sold("5", "R5", "monthly", 100, "2026-01-01", "2026-12-31", product="p"),
        *sold("6", "R6", "monthly", 100, "2025-03-20", "2026-03-19", product="p"),
        *sold("6b", "R6", "monthly", 60, "2026-03-20", product="p"),
    )
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-04-01")
    assert found == {
        "1:2026-03-16": (100, 100, date(2026, 3, 16)),
        "2:2026-03-10": (200, 250, date(2026, 2, 5)),
        # 1 March and 30 days.
        "3:2026-03-01": (100, 0, date(2026, 3, 31)),
        "4:2026-03-31": (100, 0, date(2026, 4, 30)),
        "5:2027-01-01": (100, 0, date(2027, 1, 31)),
        "6:2026-03-20": (100, 60, date(2026, 3, 20)),
    }


def test_a_renewal_is_known_from_its_signing_on(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A"),
        *sold("1", "A", "monthly", 100, "2025-03-16", "2026-03-15", product="p"),
        *sold("2", "A", "monthly", 120, "2026-03-16", closed="2026-02-10", product="p"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    assert [(row.valid_from_at, row.valid_to_at, row.is_renewed) for row in rows][:2] == [
        (at("2025-03-16"), at("2026-02-10"), False),
        (at("2026-02-10"), at("9999-12-31"), True),
    ]


def test_terms_of_one_agreement_due_together_are_one(warehouse, settings):
    """Of two products one is kept; what is added on that occasion renews too."""
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2025-03-01", "2026-02-28"),
        contract_line("a", "C", 1200, created="2025-03-01", product="P"),
        contract_line("b", "C", 600, created="2025-03-01", product="Q"),
        contract("D", "1", "2026-03-01", "2027-02-28", created="2026-02-20"),
        contract_line("c", "D", 1200, created="2026-02-20", product="P"),
        contract_line("d", "D", 240, created="2026-02-20", product="R"),
        # Of another kind and from another agreement: an addition, no renewal.
        contract("E", "1", "2026-03-05", "2027-03-04", created="2026-03-05"),
        contract_line("e", "E", 120, created="2026-03-05", product="S"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    found = outcomes(rows, "2026-04-01")
    # 100 + 50 were due; 100 + 20 came of it.
    assert found["C:2026-03-01"] == (150, 120, date(2026, 2, 20))
    assert set(found) == {"C:2026-03-01", "D:2027-03-01", "E:2027-03-05"}
    of_c = as_of(rows, "2026-04-01")["service_contract:C:2026-03-01"]
    assert of_c.product_id is None


def test_steps_of_a_price_agreed_from_the_start_are_not_due(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2025-03-01", "2027-02-28"),
        contract_line("a", "C", 1200, created="2025-03-01", last_date=on("2026-02-28")),
        contract_line("b", "C", 2400, created="2025-03-01", start_date=on("2026-03-01")),
        # Here the second year was added when the first one ended: that renews it.
        contract("D", "1", "2025-03-01", "2027-02-28"),
        contract_line("c", "D", 1200, created="2025-03-01", product="Q", last_date=on("2026-02-28")),
        contract_line("d", "D", 2400, created="2026-02-20", product="Q", start_date=on("2026-03-01")),
    )  # fmt: skip
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-04-01")
    assert {key: (due, renewed) for key, (due, renewed, _) in found.items()} == {
        "C:2027-03-01": (200, 0),
        "D:2026-03-01": (100, 200),
        "D:2027-03-01": (200, 0),
    }


def test_an_agreement_extended_in_place_is_renewed(warehouse, settings):
    put(
        warehouse,
        *companies("1", "2"),
        contract("C", "1", "2025-03-01", "2026-02-28"),
        # Extended by a year in February, at 1800 a year from then on.
        contract("C", "1", "2025-03-01", "2027-02-28", created="2025-03-01", modified="2026-02-15"),
        contract_line("a", "C", 1200, created="2025-03-01"),
        contract_line("a", "C", 3600, created="2025-03-01", modified="2026-02-15"),
        # Corrected soon after it began: never due in March.
        contract("D", "2", "2025-03-01", "2026-02-28"),
        contract("D", "2", "2025-03-01", "2026-12-31", created="2025-03-01", modified="2025-03-03"),
        contract_line("b", "D", 1200, created="2025-03-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    found = outcomes(rows, "2026-04-01")
    assert found["C:2026-03-01"] == (100, 150, date(2026, 2, 15))
    assert set(found) == {"C:2026-03-01", "C:2027-03-01", "D:2027-01-01"}
    assert set(outcomes(rows, "2025-03-02")) == {"C:2026-03-01", "D:2026-03-01"}


def test_what_has_no_end_is_never_due(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A", "B"),
        *sold("1", "A", "monthly", 100, "2025-03-01", product="p"),
        link("hubspot.subscription_company", "s", "B", "2026-01-01"),
        subscription("s", "2026-01-01", 50),
        subscription("s", "2026-03-01", 50, subscription_status="canceled"),
    )
    assert built(warehouse, with_choices(settings), facts.term) == []


def test_a_cancelled_term_is_decided_when_it_is_cancelled(warehouse, settings):
    agreed = {"billing_end_date": on("2026-06-30")}
    put(
        warehouse,
        *companies("A"),
        link("hubspot.subscription_company", "s", "A", "2026-01-01"),
        subscription("s", "2026-01-01", 50, **agreed),
        subscription("s", "2026-03-10", 50, subscription_status="canceled", billing_end_date=on("2026-03-31")),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.term)
    # Its day stays the one agreed; 1 July and 30 days, as long as nobody knew better.
    assert outcomes(rows, "2026-03-01") == {"s:2026-07-01": (50, 0, date(2026, 7, 31))}
    assert outcomes(rows, "2026-04-01") == {"s:2026-07-01": (50, 0, date(2026, 3, 10))}


def test_an_extension_that_was_taken_back_renews_nothing(warehouse, settings):
    """1200 a year is 100 a month; the same price for two years is 50."""
    extended, as_before = (
        {"key": "C", "customer": "1", "start": "2025-03-01", "last": last, "created": "2025-03-01"}
        for last in ("2027-02-28", "2026-02-28")
    )
    put(
        warehouse,
        *companies("1"),
        contract(**as_before),
        contract(**extended, modified="2026-02-15"),
        contract(**as_before, modified="2026-02-20"),
        contract(**extended, modified="2026-02-25"),
        contract_line("a", "C", 1200, created="2025-03-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    assert outcomes(rows, "2026-02-16")["C:2026-03-01"] == (100, 50, date(2026, 2, 15))
    assert outcomes(rows, "2026-02-21") == {"C:2026-03-01": (100, 0, date(2026, 3, 31))}
    # Once more, and counted once.
    assert outcomes(rows, "2026-04-01")["C:2026-03-01"] == (100, 50, date(2026, 2, 25))


def test_a_term_due_or_renewed_at_an_amount_nobody_knows_is_not_lost(warehouse, settings):
    put(
        warehouse,
        *companies("1", "2", "3", "4"),
        # Extended in place, its line without a price from then on.
        contract("C", "1", "2025-03-01", "2026-02-28"),
        contract("C", "1", "2025-03-01", "2027-02-28", created="2025-03-01", modified="2026-02-15"),
        contract_line("a", "C", 1200, created="2025-03-01"),
        contract_line("a", "C", None, created="2025-03-01", modified="2026-02-15"),
        # Followed by another in a currency without a rate.
        contract("D", "2", "2025-03-01", "2026-02-28"),
        contract_line("b", "D", 1200, created="2025-03-01"),
        contract("E", "2", "2026-03-01", "2027-02-28", created="2026-02-20"),
        contract_line("e", "E", 1200, created="2026-02-20", currency_code="XXX"),
        # Followed by two lines, of which one has no price: 100 a month and what nobody knows.
        contract("F", "3", "2025-03-01", "2026-02-28"),
        contract_line("f", "F", 1200, created="2025-03-01", product_id="P1"),
        contract("G", "3", "2026-03-01", "2027-02-28", created="2026-02-20"),
        contract_line("g", "G", 1200, created="2026-02-20", product_id="P1"),
        contract_line("h", "G", None, created="2026-02-20", product_id="P2"),
        # Due at 100 a month and what nobody knows, and lost.
        contract("H", "4", "2025-03-01", "2026-02-28"),
        contract_line("i", "H", 1200, created="2025-03-01"),
        contract_line("j", "H", None, created="2025-03-01"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.term)
    terms = as_of(rows, "2026-05-01")
    assert {
        key: (term.is_renewed, term.due_amount, term.renewed_amount, term.decided_date)
        for key, term in terms.items()
        if term.end_date == date(2026, 3, 1)
    } == {
        "service_contract:C:2026-03-01": (True, 100, 0, date(2026, 2, 15)),
        "service_contract:D:2026-03-01": (True, 100, 0, date(2026, 2, 20)),
        "service_contract:F:2026-03-01": (True, 100, 0, date(2026, 2, 20)),
        # 1 March and 30 days.
        "service_contract:H:2026-03-01": (False, 0, 0, date(2026, 3, 31)),
    }


def test_what_goes_on_without_an_end_is_renewed(warehouse, settings):
    """Agreed until the end of June, in June without an end; cancelled in December, when due no more."""
    put(
        warehouse,
        *companies("A"),
        link("hubspot.subscription_company", "s", "A", "2026-01-01"),
        subscription("s", "2026-01-01", 50, billing_end_date=on("2026-06-30")),
        subscription("s", "2026-06-15", 50),
        subscription("s", "2026-12-10", 50, subscription_status="canceled"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    renewed = {"s:2026-07-01": (50, 50, date(2026, 6, 15))}
    assert outcomes(rows, "2026-06-01") == {"s:2026-07-01": (50, 0, date(2026, 7, 31))}
    assert outcomes(rows, "2026-09-01") == outcomes(rows, "2027-02-01") == renewed


def test_a_subscription_renewed_at_another_price_is_renewed(warehouse, settings):
    """100 a month until December, extended by a year at 120; in January, late, at 90."""
    agreed, extended = ({"billing_end_date": on(f"{year}-12-31")} for year in (2026, 2027))
    put(
        warehouse,
        *companies("A", "B"),
        link("hubspot.subscription_company", "s", "A", "2026-01-01"),
        link("hubspot.subscription_company", "t", "B", "2026-01-01"),
        subscription("s", "2026-01-01", 100, **agreed),
        subscription("s", "2026-12-20", 120, **extended),
        subscription("t", "2026-01-01", 100, **agreed),
        # A price that rises shortly before is not the beginning of its term.
        subscription("t", "2026-11-20", 110, **agreed),
        subscription("t", "2027-01-15", 90, **extended),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    due = date(2027, 1, 31)
    assert outcomes(rows, "2026-12-01") == {
        "s:2027-01-01": (100, 0, due),
        "t:2027-01-01": (110, 0, due),
    }
    # 1 January of 2028 and 30 days.
    next_due = date(2028, 1, 31)
    assert outcomes(rows, "2027-02-15") == {
        "s:2027-01-01": (100, 120, date(2026, 12, 20)),
        "s:2028-01-01": (120, 0, next_due),
        "t:2027-01-01": (110, 90, date(2027, 1, 15)),
        "t:2028-01-01": (90, 0, next_due),
    }


def test_a_term_that_ends_while_paused_is_due_all_the_same(warehouse, settings):
    """100 a month until December, paused in October; one expires, one is cancelled, one goes on.

    A fourth is cancelled at once, and is said to cost nothing from then on.
    """
    agreed, paused = {"billing_end_date": on("2026-12-31")}, {"subscription_status": "paused"}
    put(
        warehouse,
        *companies("A", "B", "C", "D"),
        link("hubspot.subscription_company", "v", "D", "2026-01-01"),
        subscription("v", "2026-01-01", 100, **agreed),
        subscription("v", "2026-11-20", 0, subscription_status="canceled", next_payment_date=on("2026-12-01"), **agreed),
        *(
            row
            for key, customer in (("s", "A"), ("t", "B"), ("u", "C"))
            for row in (
                link("hubspot.subscription_company", key, customer, "2026-01-01"),
                subscription(key, "2026-01-01", 100, **agreed),
                subscription(key, "2026-10-20", 100, **paused, **agreed),
            )
        ),
        subscription("s", "2027-01-02", 100, subscription_status="expired", **agreed),
        subscription("t", "2026-11-20", 100, subscription_status="canceled", **agreed),
        subscription("u", "2026-12-20", 100, billing_end_date=on("2027-12-31")),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.term)
    undecided = (100, 0, date(2027, 1, 31))
    assert outcomes(rows, "2026-11-01") == dict.fromkeys(
        ("s:2027-01-01", "t:2027-01-01", "u:2027-01-01", "v:2027-01-01"), undecided
    )
    assert outcomes(rows, "2027-02-15") == {
        "s:2027-01-01": undecided,
        "t:2027-01-01": (100, 0, date(2026, 11, 20)),
        "v:2027-01-01": (100, 0, date(2026, 11, 20)),
        "u:2027-01-01": (100, 100, date(2026, 12, 20)),
        "u:2028-01-01": (100, 0, date(2028, 1, 31)),
    }


def test_another_price_of_a_subscription_renews_no_other_term(warehouse, settings):
    """Of two about the same one is lost in the days when the other's price rises from 200 to 220."""
    ends = {"billing_end_date": on("2026-12-31")}
    put(
        warehouse,
        *companies("A"),
        link("hubspot.subscription_company", "lost", "A", "2026-01-01"),
        link("hubspot.subscription_company", "on", "A", "2026-01-01"),
        subscription("lost", "2026-01-01", 100, subscription_name="Plan", **ends),
        subscription("on", "2026-01-01", 200, subscription_name="Plan"),
        subscription("on", "2026-12-20", 220, subscription_name="Plan"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 January and 30 days.
    assert outcomes(rows, "2027-03-01") == {"lost:2027-01-01": (100, 0, date(2027, 1, 31))}


def test_a_step_agreed_from_the_start_renews_no_other_term(warehouse, settings):
    """A year of 100 is lost, beside two years of 100 and then 110 of the same product."""
    second_year: dict[str, Any] = {
        "created_at": at("2026-01-01"),
        "product_id": "p",
        "product_name": "p",
        "quantity": 1,
        "unit_price_amount_original": 110,
        "billing_frequency": "monthly",
        "billing_start_date": on("2027-01-01"),
        "billing_end_date": on("2027-12-31"),
    }
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A"),
        *sold("1", "A", "monthly", 100, "2026-01-01", "2026-12-31", product="p"),
        *sold("2", "A", "monthly", 100, "2026-01-01", "2026-12-31", product="p"),
        version("hubspot.line_item", "2b", "2026-01-01", **second_year),
        link("hubspot.deal_line_item", "2", "2b", "2026-01-01"),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 January of each year and 30 days.
    assert outcomes(rows, "2027-03-01") == {
        "1:2027-01-01": (100, 0, date(2027, 1, 31)),
        "2:2028-01-01": (110, 0, date(2028, 1, 31)),
    }


def test_what_was_cancelled_before_it_began_was_never_due(warehouse, settings):
    """A year from March on, cancelled in February."""
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-03-01", "2027-02-28", created="2026-01-10"),
        contract("C", "1", "2026-03-01", "2027-02-28", created="2026-01-10", modified="2026-02-10", contract_status="Canceled"),
        contract_line("a", "C", 1200, created="2026-01-10"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 March of 2027 and 30 days.
    assert outcomes(rows, "2026-02-01") == {"C:2027-03-01": (100, 0, date(2027, 3, 31))}
    assert outcomes(rows, "2026-02-10") == {}
