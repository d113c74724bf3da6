"""facts.cart."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from include.core.settings_customers import Carts
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    member,
    person_of,
    put,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def web_cart(key: str, status: str, touched: str, items: float = 1, **values) -> Version:
    """A Salesforce cart opened on 5 March."""
    return version(
        "salesforce.web_cart",
        key,
        values.pop("modified", touched),
        **{
            "created_at": at("2026-03-05"),
            "cart_status": status,
            "item_count": items,
            "last_modified_at": at(touched),
            "total_amount_original": 100,
            **values,
        },
    )


def hubspot_cart(key: str, status: str | None, touched: str, **values) -> Version:
    """A HubSpot cart opened on 5 March."""
    return version(
        "hubspot.cart",
        key,
        touched,
        **{
            "created_at": at("2026-03-05"),
            "cart_status": status,
            "total_amount_original": 100,
            **values,
        },
    )


def order(key: str, ordered: str) -> Version:
    return version("hubspot.order", key, ordered, created_at=at(ordered))


def outcomes(rows, instant: str) -> dict[str, str]:
    """What has become of each counted cart whose status is known."""
    return {
        key: "done" if row.is_completed else "abandoned" if row.is_abandoned else "pending"
        for key, row in as_of(rows, instant).items()
        if row.is_counted and row.is_status_known
    }


def choosing(settings, **carts):
    customers = settings.customers.model_copy(update={"carts": Carts(**carts)})
    return with_choices(settings, customers=customers)


def test_golden_abandonment(warehouse, settings):
    """K1 done, K2 idle for 48 hours, K3 for 30, K4 for 2, K5 empty, K6 done; as of 1 April."""
    put(
        warehouse,
        web_cart("K1", "Closed", "2026-03-10", 3),
        web_cart("K2", "Active", "2026-03-30", 1),
        web_cart("K3", "Checkout", "2026-03-30T18:00", 2),
        web_cart("K4", "Active", "2026-03-31T22:00", 1),
        web_cart("K5", "Active", "2026-03-27T21:00", 0),
        web_cart("K6", "Closed", "2026-03-10", 1),
    )
    rows = built(warehouse, with_choices(settings), facts.cart)
    found = outcomes(rows, APRIL)
    assert found == {
        "K1": "done", "K2": "abandoned", "K3": "abandoned", "K4": "pending", "K6": "done",
    }  # fmt: skip
    # 2 abandoned of 2 abandoned and 2 completed: 0.5.
    abandoned = sum(outcome == "abandoned" for outcome in found.values())
    decided = sum(outcome != "pending" for outcome in found.values())
    assert abandoned / decided == 0.5
    carts = as_of(rows, APRIL)
    assert (carts["K5"].is_empty, carts["K5"].is_counted, carts["K5"].abandoned_at) == (
        True, False, None,
    )  # fmt: skip
    assert carts["K2"].abandoned_at == at("2026-03-31")
    assert (carts["K1"].completed_at, carts["K1"].abandoned_at) == (at("2026-03-10"), None)
    assert carts["K1"].created_date == date(2026, 3, 5)
    assert (carts["K3"].item_count, carts["K3"].cart_amount) == (2, Decimal(100))


def test_a_cart_is_abandoned_when_it_has_been_idle_for_so_long(warehouse, settings):
    put(warehouse, web_cart("A", "Active", "2026-03-05T12:00"))
    rows = built(warehouse, choosing(settings, abandon_hours=48), facts.cart)
    # 5 March 12:00 and 48 hours.
    assert outcomes(rows, "2026-03-07T11:59") == {"A": "pending"}
    assert outcomes(rows, "2026-03-07T12:00") == {"A": "abandoned"}


def test_a_cart_that_is_touched_again_is_not_abandoned(warehouse, settings):
    put(
        warehouse,
        web_cart("A", "Active", "2026-03-05T12:00"),
        # After a day and a half, and ordered after three more.
        web_cart("A", "Active", "2026-03-07", items=2),
        web_cart("A", "Closed", "2026-03-10", items=2),
        # A change after the order is none of the cart.
        web_cart("A", "Closed", "2026-03-12", items=2, total_amount_original=90),
    )
    rows = built(warehouse, with_choices(settings), facts.cart)
    assert outcomes(rows, "2026-03-06T13:00") == {"A": "abandoned"}
    assert outcomes(rows, "2026-03-07T13:00") == {"A": "pending"}
    assert outcomes(rows, "2026-03-08") == {"A": "abandoned"}
    assert outcomes(rows, "2026-03-10") == {"A": "done"}
    assert as_of(rows, APRIL)["A"].completed_at == at("2026-03-10")


def test_a_cart_first_read_completed_was_open_until_then(warehouse, settings):
    put(warehouse, web_cart("A", "Closed", "2026-03-10"))
    rows = built(warehouse, with_choices(settings), facts.cart)
    # Nobody knows how long it had been idle before.
    assert outcomes(rows, "2026-03-09T23:59") == {"A": "pending"}
    before = as_of(rows, "2026-03-09")["A"]
    assert (before.last_activity_at, before.completed_at) == (at("2026-03-05"), None)
    assert outcomes(rows, "2026-03-10") == {"A": "done"}


def test_carts_of_ignored_statuses_do_not_count(warehouse, settings):
    put(
        warehouse,
        web_cart("gone", "PendingDelete", "2026-03-10"),
        web_cart("odd", "Frozen", "2026-03-10"),
        web_cart("ours", "Processing", "2026-03-10"),
        web_cart("nearly", "PendingClosed", "2026-03-10"),
    )
    carts = as_of(built(warehouse, with_choices(settings), facts.cart), APRIL)
    assert {key for key, row in carts.items() if row.is_counted} == {"odd", "ours", "nearly"}
    assert (carts["ours"].is_abandoned, carts["nearly"].is_completed) == (True, True)
    # A status nobody explained is neither abandoned nor completed, and can be told.
    odd = carts["odd"]
    assert (odd.is_status_known, odd.is_abandoned, odd.is_completed, odd.abandoned_at) == (
        False, False, False, None,
    )  # fmt: skip
    # What the company says goes before what Salesforce means.
    given = choosing(settings, statuses={"Processing ": "ignored", "frozen": "completed"})
    rows = built(warehouse, given, facts.cart)
    assert outcomes(rows, APRIL) == {"odd": "done", "nearly": "done"}


def test_what_nobody_can_check_out_from_is_not_left_behind(warehouse, settings):
    """Templates our people fill, and carts a buyer keeps beside the one in use; a copy to pay is one."""
    put(
        warehouse,
        web_cart("plain", "Active", "2026-03-10", cart_type="Cart", is_secondary=False),
        web_cart("template", "Active", "2026-03-10", cart_type="Template", is_secondary=False),
        web_cart("copy", "Active", "2026-03-10", cart_type="PayNowReadOnly", is_secondary=False),
        web_cart("kept", "Active", "2026-03-10", cart_type="Cart", is_secondary=True),
        web_cart("odd", "Frozen", "2026-03-10", cart_type="Cart", is_secondary=True),
        # Taken into use after all, on the 12th.
        web_cart("used", "Active", "2026-03-10", cart_type="Cart", is_secondary=True),
        web_cart("used", "Active", "2026-03-12", cart_type="Cart", is_secondary=False),
        # It became an order; the buyer has another one in use since.
        web_cart("ordered", "Closed", "2026-03-10", cart_type="Cart", is_secondary=True),
        # The org shows neither field.
        web_cart("unsaid", "Active", "2026-03-10"),
    )
    rows = built(warehouse, with_choices(settings), facts.cart)
    assert outcomes(rows, "2026-03-11T12:00") == {
        "plain": "abandoned", "copy": "abandoned", "ordered": "done", "unsaid": "abandoned",
    }  # fmt: skip
    assert outcomes(rows, APRIL) == {
        "plain": "abandoned", "copy": "abandoned", "used": "abandoned", "ordered": "done",
        "unsaid": "abandoned",
    }  # fmt: skip
    carts = as_of(rows, APRIL)
    assert {key for key, row in carts.items() if not row.is_counted} == {"template", "kept", "odd"}
    assert carts["kept"].abandoned_at is None


def test_hubspot_statuses_are_the_shops_own_words(warehouse, settings):
    put(
        warehouse,
        hubspot_cart("1", " PAID", "2026-03-10"),
        hubspot_cart("2", "checkout_started", "2026-03-10"),
        hubspot_cart("3", "who knows", "2026-03-10"),
        hubspot_cart("4", "test", "2026-03-10"),
        # An order says more than a status.
        hubspot_cart("5", "who knows", "2026-03-10"),
        order("500", "2026-03-08"),
        link("hubspot.cart_order", "5", "500", "2026-03-10"),
        # No goods in it.
        hubspot_cart("6", "checkout_started", "2026-03-10", total_amount_original=0),
    )
    words = {"paid": "completed", "checkout_started": "open", "test": "ignored"}
    rows = built(warehouse, choosing(settings, statuses=words), facts.cart)
    assert outcomes(rows, APRIL) == {"1": "done", "2": "abandoned", "5": "done"}
    carts = as_of(rows, APRIL)
    assert {key for key, row in carts.items() if row.is_counted} == {"1", "2", "3", "5"}
    assert carts["5"].completed_at == at("2026-03-08")
    assert as_of(rows, "2026-03-07")["5"].is_completed is False


def test_without_a_map_the_order_of_a_hubspot_cart_decides(warehouse, settings):
    put(
        warehouse,
        hubspot_cart("1", "paid", "2026-03-10"),
        hubspot_cart("2", "abandoned", "2026-03-10"),
        order("500", "2026-03-10"),
        link("hubspot.cart_order", "1", "500", "2026-03-10"),
        link("hubspot.cart_order", "1", None, "2026-03-10"),
        link("hubspot.cart_order", "2", None, "2026-03-10"),
        # Taken off again: it was not this cart.
        hubspot_cart("3", "paid", "2026-03-10"),
        link("hubspot.cart_order", "3", "500", "2026-03-11", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.cart)
    assert outcomes(rows, APRIL) == {"1": "done", "2": "abandoned", "3": "abandoned"}


def test_without_a_map_and_without_orders_nobody_knows(warehouse, settings):
    put(warehouse, hubspot_cart("1", "paid", "2026-03-10"))
    carts = as_of(built(warehouse, with_choices(settings), facts.cart), APRIL)
    assert (carts["1"].is_counted, carts["1"].is_status_known) == (True, False)


@pytest.mark.parametrize(("currency", "amount"), [("EUR", Decimal(110)), (None, Decimal(100))])
def test_who_filled_it_and_what_it_is_worth(warehouse, settings, currency, amount):
    put(
        warehouse,
        hubspot_cart("1", None, "2026-03-10", currency_code=currency, store_name="web"),
        # A guest.
        hubspot_cart("2", None, "2026-03-10"),
        link("hubspot.cart_contact", "1", "31", "2026-03-10"),
        version("hubspot.company", "77", "2026-01-01", created_at=at("2026-01-01")),
        member("hubspot", "77", "hubspot:77"),
        person_of("hubspot", "contact", "31", "hubspot:contact:31", "hubspot:77"),
    )
    carts = as_of(built(warehouse, with_choices(settings), facts.cart), APRIL)
    assert (carts["1"].customer_id, carts["1"].store_name) == ("hubspot:77", "web")
    assert (carts["2"].customer_id, carts["2"].channel) == (None, "unknown")
    # 100 at 1.10, the rate the project ships with.
    assert carts["1"].cart_amount == amount
