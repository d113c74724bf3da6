"""Who is a customer in facts.mrr_customer_month: by contract, or by purchase."""

from __future__ import annotations

from datetime import date

from include.tables import facts
from tests.facts.agreements import (
    companies,
    contract,
    contract_line,
)
from tests.facts.builders import (
    at,
    built,
    on,
    opportunity,
    put,
    stages,
    version,
    with_choices,
)
from tests.facts.months import known, model

MARCH, FEBRUARY, JANUARY = date(2026, 3, 1), date(2026, 2, 1), date(2026, 1, 1)


def test_a_customer_by_contract_stays_through_the_days_of_grace(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *companies("A", "B"),
        contract("C", "A", "2026-01-01", "2026-02-20"),
        contract_line("x", "C", 200, created="2026-01-01"),
        version("salesforce.contract", "K", "2026-01-01", created_at=at("2026-01-01"), account_id="B", start_date=on("2026-01-01"), last_date=on("2026-02-28"), status_code="Activated"),
        version("salesforce.contract", "L", "2026-01-01", created_at=at("2026-01-01"), account_id="B", start_date=on("2026-01-01"), status_code="Draft"),
    )  # fmt: skip
    choices = model(settings, customer_model="contract", contract_grace_days=38)
    months = known(built(warehouse, choices, facts.mrr_customer_month), "2026-06-01")
    # 20 February and 38 days is 30 March: gone at the end of March, though nothing was paid for.
    assert months["A", FEBRUARY].is_active
    assert months["A", FEBRUARY].movement == "churn"
    assert not months["A", MARCH].is_active
    # 28 February and 38 days is 7 April.
    assert months["B", MARCH].is_active
    assert not months["B", date(2026, 4, 1)].is_active
    assert months["B", MARCH].mrr_amount == 0


def test_a_contract_that_was_terminated_was_in_force_before(warehouse, settings):
    """Agreed for 12 months and terminated on 10 March; a second one was never activated.

    Active at the end of January and February, and gone in March: it has left, and not never been.
    """
    told = {"created_at": at("2026-01-01"), "start_date": on("2026-01-01"), "term_months": 12}
    put(
        warehouse,
        *stages(),
        *companies("A", "B"),
        *(
            version("salesforce.contract", key, day, account_id=key, status_code=code, **told)
            for key, day, code in (
                ("A", "2026-01-01", "Draft"),
                ("A", "2026-01-05", "Activated"),
                ("A", "2026-03-10", "ContractTerminated"),
                ("B", "2026-01-01", "InApproval"),
                ("B", "2026-03-10", "Canceled"),
            )
        ),
    )
    choices = model(settings, customer_model="contract", contract_grace_days=0)
    rows = built(warehouse, choices, facts.mrr_customer_month)
    assert {key: row.is_active for key, row in known(rows, "2026-06-01").items()} == {
        ("A", JANUARY): True,
        ("A", FEBRUARY): True,
        ("A", MARCH): False,
    }
    # Until then it was agreed to the end of the year: 1 January and 12 months.
    before = known(rows, "2026-03-09")
    assert before["A", MARCH].is_active


def test_a_contract_over_when_first_read_was_in_force_before(warehouse, settings):
    """One expired with the end of February, one was terminated on 10 March, one was never in force."""
    told = {"created_at": at("2026-01-01"), "start_date": on("2026-01-01")}
    put(
        warehouse,
        *stages(),
        *companies("A", "B", "C"),
        *(
            version("salesforce.contract", key, day, account_id=key, status_code=code, last_date=on(last), **told)
            for key, day, code, last in (
                ("A", "2026-03-01", "Expired", "2026-02-28"),
                ("B", "2026-03-10", "Terminated", "2026-12-31"),
                ("C", "2026-03-10", "InApproval", "2026-12-31"),
            )
        ),
    )  # fmt: skip
    choices = model(settings, customer_model="contract", contract_grace_days=0)
    months = known(built(warehouse, choices, facts.mrr_customer_month), "2026-06-01")
    both = {
        (key, month): month != MARCH for key in ("A", "B") for month in (JANUARY, FEBRUARY, MARCH)
    }
    assert {key: row.is_active for key, row in months.items()} == both


def test_days_of_grace_make_no_customer_of_what_never_began(warehouse, settings):
    """From 25 February on, and called off on the 20th: 30 days of grace would reach to 22 March."""
    told = {
        "created_at": at("2026-01-01"),
        "account_id": "A",
        "start_date": on("2026-02-25"),
        "term_months": 12,
    }
    put(
        warehouse,
        *stages(),
        *companies("A", "B"),
        version("salesforce.contract", "K", "2026-01-05", status_code="Activated", **told),
        version("salesforce.contract", "K", "2026-02-20", status_code="Terminated", **told),
        contract("C", "B", "2026-02-25", "2027-02-24", created="2026-01-05"),
        contract("C", "B", "2026-02-25", "2027-02-24", created="2026-01-05", modified="2026-02-20", contract_status="Canceled"),
        contract_line("x", "C", 1200, created="2026-01-05"),
    )  # fmt: skip
    choices = model(settings, customer_model="contract", contract_grace_days=30)
    rows = built(warehouse, choices, facts.mrr_customer_month)
    assert known(rows, "2026-06-01") == {}
    # Until it was called off both were to be customers.
    assert {key for key, _ in known(rows, "2026-02-10")} == {"A", "B"}


def test_agreements_older_than_the_crm_begin_when_they_began(warehouse, settings):
    """Written down in 2026, paid for since June 2022: 43 months to the end of 2025, and not new in
    the first month of the year before the CRM.
    """
    put(
        warehouse,
        *companies("A"),
        contract("C", "A", "2022-06-01", None, created="2026-01-01"),
        contract_line("x", "C", 0, created="2026-01-01", start_date=on("2022-06-01"), last_date=on("2026-05-31"), total_price_amount_original=4800),
    )  # fmt: skip
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-01-02")
    new = [month for (_, month), row in months.items() if row.movement == "new"]
    assert new == [date(2022, 6, 1)]
    assert {row.cohort_month_date for row in months.values()} == {date(2022, 6, 1)}
    assert months["A", date(2025, 12, 1)].age_months == 42
    # 4800 for four years is 100 a month.
    assert {row.mrr_amount for row in months.values()} == {100}


def test_a_customer_by_purchase_stays_for_a_window(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *companies("A"),
        opportunity("O", "2026-01-01", "2026-01-15", "won", account_id="A"),
        opportunity("P", "2026-01-01", "2026-01-20", "lost", account_id="A"),
    )
    choices = model(settings, customer_model="transactional", active_window_days=60)
    months = known(built(warehouse, choices, facts.mrr_customer_month), "2026-06-01")
    # 15 January and 60 days is 16 March.
    assert {month: row.is_active for (_, month), row in months.items()} == {
        JANUARY: True,
        FEBRUARY: True,
        MARCH: False,
    }
    assert {row.movement for row in months.values()} == {"none"}
