"""facts.billing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    member,
    on,
    person_of,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def order(key: str, modified: str, amount: float | None = 100, **values) -> Version:
    """A Salesforce order entered on 1 March and, unless said, activated when it was last changed."""
    return version(
        "salesforce.order",
        key,
        modified,
        **{
            "created_at": at("2026-03-01"),
            "status_code": "Activated",
            "activated_at": at(modified),
            "effective_date": on("2026-03-02"),
            "total_amount_original": amount,
            "is_reduction": False,
            **values,
        },
    )


def draft(key: str, modified: str, amount: float | None = 100, **values) -> Version:
    """A Salesforce order that is not activated."""
    return order(key, modified, amount, status_code="Draft", activated_at=None, **values)


def invoice(key: str, modified: str, status: str, amount: float | None = 100, **values) -> Version:
    """A HubSpot invoice made out on 1 March and, unless said, paid when it was last changed."""
    return version(
        "hubspot.invoice",
        key,
        modified,
        **{
            "created_at": at("2026-03-01"),
            "invoice_status": status,
            "paid_at": at(modified) if status == "paid" else None,
            "total_amount_original": amount,
            **values,
        },
    )


def amounts(rows, instant: str) -> dict[str, Decimal | None]:
    """What each counted order or invoice came to."""
    return {
        key: row.billing_amount for key, row in as_of(rows, instant).items() if not row.is_duplicate
    }


def test_activated_orders_are_billed_and_drafts_are_not(warehouse, settings):
    put(
        warehouse,
        order("A", "2026-03-05", 300),
        # In any case, as orgs spell their own values.
        order("B", "2026-03-06", 50, status_code=" ACTIVATED "),
        draft("C", "2026-03-07"),
        order("D", "2026-03-08", status_code="Canceled"),
        order("E", "2026-03-09", status_code=None),
        order("none", "2026-03-10", None),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert amounts(rows, APRIL) == {"A": 300, "B": 50, "none": None}
    found = as_of(rows, APRIL)
    assert (found["A"].kind, found["A"].crm, found["A"].is_credit) == (
        "order", "salesforce", False,
    )  # fmt: skip
    assert {key for key, row in found.items() if row.is_amount_missing} == {"none"}
    assert not any(row.is_amount_unconverted for row in found.values())


def test_an_order_was_not_billed_before_it_was_activated(warehouse, settings):
    put(
        warehouse,
        # First read activated: it was entered on the first.
        order("A", "2026-03-05T12:00", 300),
        # Read as a draft, and again.
        draft("B", "2026-03-01", 70),
        order("B", "2026-03-06", 80),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert amounts(rows, "2026-03-05T11:59") == {}
    assert amounts(rows, "2026-03-05T12:00") == {"A": 300}
    assert amounts(rows, "2026-03-06") == {"A": 300, "B": 80}


def test_each_state_has_what_was_known_then(warehouse, settings):
    activated = {"activated_at": at("2026-03-05")}
    put(
        warehouse,
        order("A", "2026-03-05", 300, **activated),
        order("A", "2026-03-10", 250, **activated),
        # Taken back to a draft, and activated again five days later.
        draft("A", "2026-03-15", 250),
        order("A", "2026-03-20", 260),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert amounts(rows, "2026-03-09") == {"A": 300}
    assert amounts(rows, "2026-03-14") == {"A": 250}
    assert amounts(rows, "2026-03-19") == {}
    assert amounts(rows, "2026-03-20") == {"A": 260}
    days = [as_of(rows, day)["A"].billed_date for day in ("2026-03-10", "2026-03-20")]
    assert days == [date(2026, 3, 5), date(2026, 3, 20)]


@pytest.mark.parametrize("entered", [-40, 40])
def test_a_reduction_takes_away_with_either_sign(warehouse, settings, entered):
    put(
        warehouse,
        order("A", "2026-03-05", 100),
        order("R", "2026-03-09", entered, is_reduction=True, original_order_id="A"),
        order("none", "2026-03-09", None, is_reduction=True),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    # 100 and 40 of it taken off.
    assert amounts(rows, APRIL) == {"A": 100, "R": -40, "none": None}
    assert {key for key, row in as_of(rows, APRIL).items() if row.is_credit} == {"R", "none"}


def test_paid_invoices_are_billed_and_others_are_not(warehouse, settings):
    put(
        warehouse,
        invoice("1", "2026-03-05", "paid", 300, balance_amount_original=0),
        invoice("2", "2026-03-06", "draft"),
        invoice("3", "2026-03-07", "open"),
        invoice("4", "2026-03-08", "voided", paid_at=at("2026-03-08")),
        invoice("5", "2026-03-09", "Paid", 20),
        invoice("6", "2026-03-09", "open", 90),
        invoice("6", "2026-03-12", "paid", 90),
        # Paid, and voided after that.
        invoice("7", "2026-03-05", "paid", 60),
        invoice("7", "2026-03-20", "voided", 60),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert amounts(rows, "2026-03-11") == {"1": 300, "5": 20, "7": 60}
    assert amounts(rows, APRIL) == {"1": 300, "5": 20, "6": 90}
    assert {row.kind for row in rows} == {"invoice"}


def test_taxes_are_not_billed_revenue(warehouse, settings):
    def paid(key: str, total: float | None, pre_tax: float | None, taxes: float | None) -> Version:
        return invoice(
            key,
            "2026-03-05",
            "paid",
            total,
            pre_tax_amount_original=pre_tax,
            tax_amount_original=taxes,
        )

    put(
        warehouse,
        paid("1", 119, 100, 19),
        paid("2", 240, None, 40),
        paid("3", 50, 50, 0),
        # Written by a program that says nothing of taxes: all of it, and it is told.
        paid("4", 70, None, None),
        paid("5", None, None, None),
    )
    rows = built(warehouse, with_choices(settings), facts.billing)
    # 240 - 40.
    assert amounts(rows, APRIL) == {"1": 100, "2": 200, "3": 50, "4": 70, "5": None}
    assert {key for key, row in as_of(rows, APRIL).items() if row.is_tax_unknown} == {"4"}


def test_the_day_is_the_local_one(warehouse, settings):
    new_york = with_choices(settings, time_zone="America/New_York")
    late, said = {"activated_at": at("2026-03-06T03:30")}, {"activated_at": None}
    put(
        warehouse,
        # Half past ten in the evening of the fifth.
        order("A", "2026-03-06T03:30", **late),
        # Nobody says when: from the day it is good from, and else from when it was first seen.
        order("B", "2026-03-08", **said),
        order("C", "2026-03-08T02:00", effective_date=None, **said),
        order("C", "2026-03-10", 120, effective_date=None, **said),
    )
    rows = built(warehouse, new_york, facts.billing)
    days = {key: row.billed_date.day for key, row in as_of(rows, APRIL).items()}
    # 02:00 on the 8th is nine in the evening of the 7th; a later change bills nothing anew.
    assert days == {"A": 5, "B": 2, "C": 7}
    # The second of March begins at five in the morning, UTC.
    first = {row.billing_id: row.valid_from_at for row in reversed(rows)}
    assert first["salesforce:B"] == at("2026-03-02T05:00")
    assert first["salesforce:C"] == at("2026-03-08T02:00")


def test_the_day_of_payment_is_the_local_one_or_the_one_chosen(warehouse, settings):
    new_york = with_choices(settings, time_zone="America/New_York")
    put(
        warehouse,
        invoice("1", "2026-03-06T03:30", "paid"),
        # A day somebody chose comes as midnight in UTC, which is still the 5th over there.
        invoice("2", "2026-03-09", "paid", paid_at=at("2026-03-06")),
        invoice("3", "2026-03-09T02:00", "paid", paid_at=None),
    )
    rows = built(warehouse, new_york, facts.billing)
    days = {key: row.billed_date.day for key, row in as_of(rows, APRIL).items()}
    assert days == {"1": 5, "2": 6, "3": 8}
    first = {row.billing_id: row.valid_from_at for row in rows}
    assert first["hubspot:2"] == at("2026-03-06T05:00")


def test_a_payment_dated_ahead_is_known_when_it_is_told(warehouse, settings):
    put(warehouse, invoice("1", "2026-03-05", "paid", paid_at=at("2026-05-01")))
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert as_of(rows, "2026-03-04") == {}
    assert as_of(rows, "2026-03-05")["1"].billed_date == date(2026, 5, 1)


def test_deleted_ones_are_gone(warehouse, settings):
    gone = version(
        "salesforce.order", "B", "2026-03-20", deleted=True,
        created_at=at("2026-03-01"), status_code="Activated", activated_at=at("2026-03-05"),
        total_amount_original=40,
    )  # fmt: skip
    put(
        warehouse,
        order("A", "2026-03-05", 300),
        version("salesforce.order", "A", "2026-03-10", deleted=True, status_code="Activated"),
        # Deleted when first read: it had been billed until then.
        gone,
        # Deleted before the day it names.
        version(
            "salesforce.order", "C", "2026-03-20", deleted=True,
            created_at=at("2026-03-01"), status_code="Activated", activated_at=at("2026-03-25"),
        ),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.billing)
    assert amounts(rows, "2026-03-09") == {"A": 300, "B": 40}
    assert amounts(rows, "2026-03-10") == {"B": 40}
    assert amounts(rows, "2026-03-20") == {}
    assert {row.billing_id for row in rows} == {"salesforce:A", "salesforce:B"}


@pytest.mark.parametrize(
    ("currency", "amount", "is_unconverted"),
    [("EUR", Decimal(110), False), (None, Decimal(100), False), ("XXX", None, True)],
)
def test_amounts_are_converted(warehouse, settings, currency, amount, is_unconverted):
    put(
        warehouse,
        order("A", "2026-03-05", currency_code=currency),
        version("salesforce.organization", "00D", "2026-01-01", default_currency_code="USD"),
    )
    (row,) = built(warehouse, with_choices(settings), facts.billing)
    # 100 at 1.10, the rate the project ships with.
    assert (row.billing_amount, row.is_amount_unconverted) == (amount, is_unconverted)
    assert (row.billing_amount_original, row.is_amount_missing) == (100, False)
    assert row.currency_code == (currency or "USD")


def test_the_rate_is_that_of_the_day_it_was_billed(warehouse, settings):
    """1 EUR is 1.25 USD until 10 March and 1.50 from then on."""
    put(
        warehouse,
        version("salesforce.currency_type", "1", "2026-01-01", currency_code="USD", conversion_rate=1),
        *(
            version(
                "salesforce.dated_conversion_rate", key, "2026-01-01",
                currency_code="EUR", conversion_rate=rate, start_date=on(start), next_start_date=on(end),
            )
            for key, rate, start, end in (
                ("early", Decimal("0.8"), "2026-01-01", "2026-03-10"),
                ("late", 1 / Decimal("1.5"), "2026-03-10", "9999-12-31"),
            )
        ),
        order("A", "2026-03-09", currency_code="EUR"),
        # Last changed later, and still of the ninth.
        order("B", "2026-03-20", currency_code="EUR", activated_at=at("2026-03-09")),
        order("C", "2026-03-10", currency_code="EUR"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings, exchange_rates=()), facts.billing)
    found = {key: round(amount) for key, amount in amounts(rows, APRIL).items()}
    assert found == {"A": 125, "B": 125, "C": 150}


@pytest.mark.parametrize("system_of_record", ["salesforce", "hubspot"])
def test_where_both_crms_bill_the_system_of_record_counts(warehouse, settings, system_of_record):
    put(warehouse, order("A", "2026-03-05", 300), invoice("1", "2026-03-20", "paid", 310))
    rows = built(warehouse, with_choices(settings, deals=system_of_record), facts.billing)
    counted = {"salesforce": {"A": 300}, "hubspot": {"1": 310}}[system_of_record]
    assert amounts(rows, APRIL) == counted
    # Both are kept, and told apart.
    duplicates = {key for key, row in as_of(rows, APRIL).items() if row.is_duplicate}
    assert duplicates == {"A", "1"} - set(counted)


@pytest.mark.parametrize("system_of_record", ["salesforce", "hubspot"])
def test_what_bills_nothing_takes_no_place(warehouse, settings, system_of_record):
    """Drafts, open invoices and deleted ones are no reason to leave the other CRM out."""
    others = {
        "salesforce": (
            draft("A", "2026-03-05"),
            order("B", "2026-03-05"),
            version("salesforce.order", "B", "2026-03-10", deleted=True, status_code="Activated"),
            invoice("1", "2026-03-20", "paid", 310),
        ),
        "hubspot": (
            invoice("2", "2026-03-05", "open"),
            invoice("3", "2026-03-05", "paid"),
            version("hubspot.invoice", "3", "2026-03-10", deleted=True, invoice_status="paid"),
            order("C", "2026-03-20", 310),
        ),
    }
    put(warehouse, *others[system_of_record])
    rows = built(warehouse, with_choices(settings, deals=system_of_record), facts.billing)
    assert list(amounts(rows, APRIL).values()) == [310]


def test_whose_it_is(warehouse, settings):
    put(
        warehouse,
        order("A", "2026-03-05", account_id="001A", opportunity_id="006A", owner_user_id="005A"),
        order("alone", "2026-03-05"),
        member("salesforce", "001A", "salesforce:001A"),
        user_of("salesforce:005A", salesforce_user_id="005A", role_id="00E1"),
    )
    found = as_of(built(warehouse, with_choices(settings), facts.billing), APRIL)
    names = ("customer_id", "deal_id", "owner_user_id", "role_id")
    whose = {key: tuple(getattr(row, name) for name in names) for key, row in found.items()}
    assert whose == {
        "A": ("salesforce:001A", "salesforce:006A", "salesforce:005A", "00E1"),
        "alone": (None, None, None, None),
    }


def test_whose_an_invoice_is(warehouse, settings):
    put(
        warehouse,
        *(invoice(key, "2026-03-05", "paid", owner_id="71") for key in ("1", "2", "3")),
        # The primary company, and of an invoice without one where its contact works.
        link("hubspot.invoice_company", "1", "76", "2026-03-05"),
        link("hubspot.invoice_company", "1", "77", "2026-03-05", primary=True),
        link("hubspot.invoice_contact", "1", "31", "2026-03-05"),
        link("hubspot.invoice_deal", "1", "99", "2026-03-05"),
        link("hubspot.invoice_contact", "2", "31", "2026-03-05"),
        link("hubspot.invoice_deal", "3", None, "2026-03-05"),
        *(member("hubspot", key, f"hubspot:{key}") for key in ("76", "77", "78")),
        person_of("hubspot", "contact", "31", "hubspot:contact:31", "hubspot:78"),
        user_of("hubspot:71", hubspot_owner_id="71", role_id="North"),
    )  # fmt: skip
    found = as_of(built(warehouse, with_choices(settings), facts.billing), APRIL)
    whose = {key: (row.customer_id, row.deal_id) for key, row in found.items()}
    assert whose == {
        "1": ("hubspot:77", "hubspot:99"), "2": ("hubspot:78", None), "3": (None, None),
    }  # fmt: skip
    assert {(row.owner_user_id, row.role_id) for row in found.values()} == {("hubspot:71", "North")}
