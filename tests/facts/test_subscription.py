"""Subscriptions of HubSpot in facts.recurring_line."""

from __future__ import annotations

from datetime import date

from include.tables import facts
from tests.facts.agreements import companies, subscription
from tests.facts.builders import (
    as_of,
    at,
    built,
    link,
    on,
    put,
    with_choices,
)
from tests.facts.lines import standing
from tests.facts.months import known


def test_a_subscription_that_was_taken_up_again_ended_when_it_was_cancelled_last(warehouse, settings):  # fmt: skip
    """Cancelled on 10 January, active again on the 12th, and cancelled for good on 20 May."""
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        subscription("s", "2026-01-01", 50),
        subscription("s", "2026-01-10", 50, subscription_status="canceled"),
        subscription("s", "2026-01-12", 50),
        subscription("s", "2026-05-20", 50, subscription_status="canceled"),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    begin = date(2026, 1, 1)
    assert standing(rows, "2026-01-11") == {"subscription:s:1": (begin, date(2026, 1, 10), 50)}
    assert standing(rows, "2026-06-01") == {"subscription:s:1": (begin, date(2026, 5, 20), 50)}
    assert as_of(rows, "2026-06-01")["subscription:s:1"].canceled_date == date(2026, 5, 20)


def test_a_subscription_cancelled_before_the_last_day_agreed_does_not_go_on_to_it(warehouse, settings):  # fmt: skip
    """Agreed until 31 December, cancelled on 20 May: paid for until June, and due at its end."""
    agreed = {"billing_end_date": on("2026-12-31")}
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        subscription("s", "2026-01-01", 50, **agreed),
        subscription("s", "2026-05-20", 50, subscription_status="canceled", next_payment_date=on("2026-06-01"), **agreed),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    assert as_of(rows, "2026-05-19")["subscription:s:1"].end_date == date(2027, 1, 1)
    last = as_of(rows, "2026-07-01")["subscription:s:1"]
    assert (last.end_date, last.due_date) == (date(2026, 6, 1), date(2027, 1, 1))
    assert last.canceled_date == date(2026, 5, 20)


def test_a_subscription_is_paid_up_to_the_day_on_which_one_more_bill_would_be_due(warehouse, settings):  # fmt: skip
    """Six monthly bills from 1 March on end on 1 September, as HubSpot writes it. Sold on the last day
    of January for a year, and again a year later: the month in which both meet counts one of them.
    """
    put(
        warehouse,
        *companies("1", "2"),
        link("hubspot.subscription_company", "s", "1", "2026-03-01"),
        subscription("s", "2026-03-01", 50, billing_start_date=on("2026-03-01"), billing_end_date=on("2026-09-01")),
        *(
            row
            for key, year in (("t", 2025), ("u", 2026))
            for row in (
                link("hubspot.subscription_company", key, "2", "2026-01-31"),
                subscription(
                    key,
                    f"{year}-01-31",
                    100,
                    created_at=at(f"{year}-01-31"),
                    billing_start_date=on(f"{year}-01-31"),
                    billing_end_date=on(f"{year + 1}-01-31"),
                ),
            )
        ),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    line = as_of(rows, "2026-04-01")["subscription:s:1"]
    assert (line.end_date, line.due_date) == (date(2026, 9, 1), date(2026, 9, 1))
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-03-01")
    assert months["2", date(2026, 1, 1)].mrr_amount == 100


def test_each_price_of_a_subscription_is_a_line_of_its_own(warehouse, settings):
    """50 until 10 March, 80 from then on; paused on 1 May, cancelled on 20 May, paid until June."""
    paid_until = {"next_payment_date": on("2026-06-01")}
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        subscription("s", "2026-01-01", 50),
        subscription("s", "2026-02-01", 50, subscription_name="renamed"),
        subscription("s", "2026-03-10", 80),
        subscription("s", "2026-05-01", 80, subscription_status="Paused"),
        subscription("s", "2026-05-20", 80, subscription_status="Canceled", **paid_until),
        subscription("s", "2026-05-25", 80, subscription_status="canceled", **paid_until),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    begin = date(2026, 1, 1)
    assert standing(rows, "2026-02-20") == {"subscription:s:1": (begin, None, 50)}
    assert standing(rows, "2026-03-10") == {
        "subscription:s:1": (begin, date(2026, 3, 10), 50),
        "subscription:s:2": (date(2026, 3, 10), None, 80),
    }
    # While paused nothing is paid; cancelled, it is paid for again until the next payment is due.
    assert standing(rows, "2026-06-10") == {
        "subscription:s:1": (begin, date(2026, 3, 10), 50),
        "subscription:s:2": (date(2026, 3, 10), date(2026, 5, 1), 80),
        "subscription:s:3": (date(2026, 5, 1), date(2026, 5, 20), 0),
        "subscription:s:4": (date(2026, 5, 20), date(2026, 6, 1), 80),
    }
    last = as_of(rows, "2026-06-10")
    assert [last[f"subscription:s:{n}"].is_paused for n in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        False,
    ]
    assert last["subscription:s:4"].canceled_date == date(2026, 5, 20)
    # It went on month by month, so it never was due.
    assert {row.due_date for row in rows} == {None}


def test_a_subscription_cancelled_when_first_read_ended_when_it_was_last_changed(warehouse, settings):  # fmt: skip
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        link("hubspot.subscription_company", "t", "1", "2026-01-01"),
        subscription("s", "2026-04-03", 50, subscription_status="canceled"),
        subscription("t", "2026-04-03", 50, subscription_status="expired", billing_end_date=on("2026-03-31")),
    )  # fmt: skip
    found = as_of(built(warehouse, with_choices(settings), facts.recurring_line), "2026-05-01")
    assert found["subscription:s:1"].end_date == date(2026, 4, 3)
    assert found["subscription:t:1"].end_date == date(2026, 4, 1)
    assert found["subscription:t:1"].due_date == date(2026, 4, 1)


def test_a_subscription_paused_when_first_read_was_paid_until_it_was_last_changed(warehouse, settings):  # fmt: skip
    """Paused on 5 October and taken up on 5 November: nobody new, and nothing lost of before."""
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        subscription("s", "2026-10-05", 100, subscription_status="paused"),
        subscription("s", "2026-11-05", 100),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    begin, paused, taken_up = date(2026, 1, 1), date(2026, 10, 5), date(2026, 11, 5)
    assert standing(rows, "2026-03-31") == {"subscription:s:1": (begin, None, 100)}
    before = {"subscription:s:1": (begin, paused, 100)}
    assert standing(rows, "2026-10-31") == before | {"subscription:s:2": (paused, None, 0)}
    assert standing(rows, "2026-12-01") == before | {
        "subscription:s:2": (paused, taken_up, 0),
        "subscription:s:3": (taken_up, None, 100),
    }


def test_another_currency_leaves_what_was_paid_before(warehouse, settings):
    """100 dollars until July, and 90 euros, at 1.10 dollars, from then on: 99."""
    put(
        warehouse,
        *companies("1"),
        link("hubspot.subscription_company", "s", "1", "2026-01-01"),
        link("hubspot.subscription_company", "t", "1", "2026-01-01"),
        subscription("s", "2026-01-01", 100),
        # Which it was is told only now; that is no other one.
        subscription("s", "2026-03-01", 100, currency_code="USD"),
        subscription("s", "2026-07-01", 90, currency_code="EUR"),
        # The same number in another currency is another price.
        subscription("t", "2026-01-01", 100, currency_code="USD"),
        subscription("t", "2026-07-01", 100, currency_code="EUR"),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    begin, changed = date(2026, 1, 1), date(2026, 7, 1)
    assert standing(rows, "2026-08-01") == {
        "subscription:s:1": (begin, changed, 100),
        "subscription:s:2": (changed, None, 99),
        "subscription:t:1": (begin, changed, 100),
        "subscription:t:2": (changed, None, 110),
    }
