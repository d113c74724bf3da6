"""Which new lines renew which terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from include.tables import facts
from tests.facts.agreements import (
    companies,
    sold,
    subscription,
)
from tests.facts.builders import (
    built,
    hubspot_stages,
    link,
    on,
    put,
    with_choices,
)
from tests.facts.lines import outcomes


def test_a_new_line_renews_one_term_only(warehouse, settings):
    """Two agreements about the same product end in one month; one new line follows them."""
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A"),
        *sold("1", "A", "monthly", 100, "2025-03-01", "2026-02-28", product="p"),
        *sold("2", "A", "monthly", 70, "2025-03-11", "2026-03-10", product="p"),
        *sold("3", "A", "monthly", 110, "2026-03-03", product="p"),
    )
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-05-01")
    # 3 March is two days from the one and eight from the other.
    assert found["1:2026-03-01"][:2] == (100, 110)
    assert found["2:2026-03-11"][:2] == (70, 0)


def test_a_new_line_that_costs_what_two_did_renews_both(warehouse, settings):
    """100 and 70 end in one month. A goes on with both in one line; B in two that begin on one day.

    C goes on with three of 100, 70 and 30 in one that costs a twentieth less; D with one of two, for more.
    """

    def ends(key: str, customer: str, price: float, day: int):
        return sold(key, customer, "monthly", price, f"2025-03-{day:02}", f"2026-03-{day - 1:02}", product="p")  # fmt: skip

    def begins(key: str, customer: str, price: float, day: int):
        return sold(key, customer, "monthly", price, f"2026-03-{day:02}", product="p")

    put(
        warehouse,
        *hubspot_stages(),
        *companies(*"ABCD"),
        *(row for customer in "ABCD" for row in ends(f"{customer}1", customer, 100, 2)),
        *(row for customer in "ABCD" for row in ends(f"{customer}2", customer, 70, 11)),
        *ends("C3", "C", 30, 12),
        *begins("A", "A", 170, 3),
        *begins("Ba", "B", 100, 3),
        *begins("Bb", "B", 70, 3),
        *begins("C", "C", 190, 3),
        *begins("D", "D", 130, 3),
    )
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-05-01")
    third = date(2026, 3, 3)
    assert {key.split(":")[0]: value for key, value in found.items()} == {
        "A1": (100, 100, third),
        "A2": (70, 70, third),
        "B1": (100, 100, third),
        "B2": (70, 70, third),
        # 190 are 95 of a hundred of 200, and nearer to it than to 170.
        "C1": (100, 95, third),
        "C2": (70, Decimal("66.5"), third),
        "C3": (30, Decimal("28.5"), third),
        # 130 is nearer to 100 than to 170; 11 March and 30 days.
        "D1": (100, 130, third),
        "D2": (70, 0, date(2026, 4, 10)),
    }


def test_subscriptions_alike_renew_the_one_that_cost_as_much(warehouse, settings):
    """Two of one name end on one day, without a product to tell them apart; each is followed."""
    old = {"subscription_name": "Seats", "billing_end_date": on("2026-01-31")}
    new = {"subscription_name": "Seats", "billing_start_date": on("2026-02-01")}
    put(
        warehouse,
        *companies("A"),
        *(link("hubspot.subscription_company", key, "A", "2026-01-01") for key in "abcde"),
        subscription("a", "2026-01-01", 50, **old),
        subscription("b", "2026-01-01", 20, **old),
        subscription("c", "2026-01-20", 22, **new),
        subscription("d", "2026-01-20", 50, **new),
        subscription("e", "2026-01-20", 1, **new | {"subscription_name": "Something else"}),
    )
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-05-01")
    assert {key: (due, renewed) for key, (due, renewed, _) in found.items()} == {
        "a:2026-02-01": (50, 50),
        "b:2026-02-01": (20, 22),
    }


def test_too_early_too_late_and_something_else_renew_nothing(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A", "B", "C", "D"),
        *(
            row
            for key in "ABCD"
            for row in sold(key, key, "monthly", 100, "2025-03-01", "2026-02-28", product="p")
        ),
        # 1 March less 31 days is 29 January, and 31 days more 1 April.
        *sold("early", "A", "monthly", 100, "2026-01-29", product="p"),
        *sold("late", "B", "monthly", 100, "2026-04-01", product="p"),
        *sold("other", "C", "monthly", 100, "2026-03-01", product="q"),
        # The same thing under another name, which says that it renews.
        *sold("named", "D", "monthly", 100, "2026-03-01", product="q", deal_type="Renewal"),
    )
    found = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-06-01")
    assert {key: renewed for key, (_, renewed, _) in found.items()} == {
        "A:2026-03-01": 0,
        "B:2026-03-01": 0,
        "C:2026-03-01": 0,
        "D:2026-03-01": 100,
    }
