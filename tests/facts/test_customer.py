"""facts.customer: what a customer was at each time."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import facts
from include.tables import stage as staged
from tests.facts.agreements import companies, contract, contract_line
from tests.facts.builders import (
    END,
    Version,
    as_of,
    at,
    built,
    member,
    opportunity,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

USERS = (
    user_of("salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="90", role_id="R"),
    user_of("salesforce:005B", salesforce_user_id="005B"),
)


def account(
    modified: str, employees: int | None, country: str, owner: str, **values: Any
) -> Version:
    return version(
        "salesforce.account",
        "001A",
        modified,
        deleted=values.pop("deleted", False),
        created_at=at("2025-01-10"),
        employee_count=employees,
        country=country,
        owner_user_id=owner,
        **values,
    )


def company(
    modified: str, employees: int | None, country: str | None, owner: str | None
) -> Version:
    return version(
        "hubspot.company",
        "10",
        modified,
        created_at=at("2025-02-01"),
        employee_count=employees,
        country=country,
        owner_id=owner,
    )


def customer(**values: Any) -> tuple[sa.Table, dict[str, Any]]:
    return staged.customer, {
        "customer_id": "salesforce:001A",
        "salesforce_account_id": "001A",
        "created_at": at("2025-01-10"),
        "is_deleted": False,
        **values,
    }


def told(row: Any) -> tuple[Any, ...]:
    return row.segment, row.country, row.owner_user_id, row.is_counted


def test_segment_country_and_owner_are_those_of_the_time(warehouse, settings):
    put(
        warehouse,
        *USERS,
        customer(),
        member("salesforce", "001A", "salesforce:001A"),
        # First read in February: that is the best knowledge of the time before.
        account("2026-02-01", 49, "Chile", "005A"),
        # Another change makes no state of its own.
        account("2026-02-10", 49, "Chile", "005A", account_name="A"),
        account("2026-03-10", 50, "Chile", "005A", account_name="A"),
        account("2026-03-20", 1000, "Peru", "005B"),
        account("2026-04-10", None, "Peru", "005B"),
        account("2026-05-10", None, "Peru", "005B", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.customer)
    assert [(row.valid_from_at, *told(row)) for row in rows] == [
        (at("2025-01-10"), "small", "Chile", "salesforce:005A", True),
        (at("2026-03-10"), "medium", "Chile", "salesforce:005A", True),
        (at("2026-03-20"), "large", "Peru", "salesforce:005B", True),
        (at("2026-04-10"), "unknown", "Peru", "salesforce:005B", True),
        # Gone, and still known as what it was: its deals did not go.
        (at("2026-05-10"), "unknown", "Peru", "salesforce:005B", False),
    ]
    assert [row.valid_to_at for row in rows] == [*(row.valid_from_at for row in rows[1:]), END]


@pytest.mark.parametrize(
    ("system_of_record", "before", "after"),
    [
        # Salesforce says 10 and 10 employees, HubSpot 60 and 2000, and no country at first.
        (
            "salesforce",
            ("small", "Chile", "salesforce:005B"),
            ("small", "Chile", "salesforce:005B"),
        ),
        ("hubspot", ("medium", "Chile", "salesforce:005A"), ("large", "Cuba", "salesforce:005A")),
    ],
)
def test_the_system_of_record_speaks_first(warehouse, settings, system_of_record, before, after):
    put(
        warehouse,
        *USERS,
        customer(hubspot_company_id="10"),
        account("2026-01-01", 10, "Chile", "005B"),
        company("2026-01-01", 60, None, "90"),
        company("2026-03-10", 2000, "Cuba", "90"),
    )
    rows = built(warehouse, with_choices(settings, deals=system_of_record), facts.customer)
    for day, expected in (("2026-02-01", before), ("2026-04-01", after)):
        (row,) = as_of(rows, day).values()
        assert told(row) == (*expected, True)


def test_since_when_it_is_a_customer_is_known_when_it_is(warehouse, settings):
    """A deal closed on 1 March and entered on the 3rd, reopened on the 20th; another in April."""
    put(
        warehouse,
        *stages(),
        customer(),
        member("salesforce", "001A", "salesforce:001A"),
        account("2026-01-01", 10, "Chile", "005A"),
        opportunity("A", "2026-01-10", "2026-02-20", "open", account_id="001A"),
        opportunity("A", "2026-01-10", "2026-03-01", "won", account_id="001A", modified="2026-03-03"),
        opportunity("A", "2026-01-10", "2026-06-01", "open", account_id="001A", modified="2026-03-20"),
        opportunity("B", "2026-01-10", "2026-04-01", "won", account_id="001A", modified="2026-04-02"),
        # Older than its company, whose first segment reaches back to it.
        opportunity("C", "2024-06-01", "2024-07-01", "lost", account_id="001A"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.customer)

    def seen(day: str) -> tuple[Any, ...]:
        (row,) = as_of(rows, day).values()
        return row.first_won_date, row.customer_date, row.is_new_counted

    nothing, march, april = (None, None, False), date(2026, 3, 1), date(2026, 4, 1)
    assert seen("2026-03-02") == nothing
    assert seen("2026-03-04") == (march, march, True)
    assert seen("2026-03-21") == nothing
    assert seen("2026-04-03") == (april, april, True)
    assert {row.segment for row in rows} == {"small"}


def test_who_pays_is_a_customer_and_who_never_began_is_none(warehouse, settings):
    """A pays; B in a currency without a rate; C cancelled in February what was to begin in March."""
    put(
        warehouse,
        *companies("A", "B", "C"),
        *(
            version("salesforce.account", key, "2026-01-01", created_at=at("2026-01-01"))
            for key in "ABC"
        ),
        *(
            (staged.customer, {"customer_id": key, "salesforce_account_id": key, "created_at": at("2026-01-01"), "is_deleted": False, "segment": "unknown"})
            for key in "ABC"
        ),
        *(
            contract(key, key, "2026-03-01", "2027-02-28", created="2026-01-10")
            for key in "ABC"
        ),
        contract("C", "C", "2026-03-01", "2027-02-28", created="2026-01-10", modified="2026-02-10", contract_status="Canceled"),
        *(
            contract_line(key, key, 1200, created="2026-01-10", currency_code=currency)
            for key, currency in (("A", "USD"), ("B", "XXX"), ("C", "USD"))
        ),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.customer)
    begin = date(2026, 3, 1)
    found = {key: row.customer_date for key, row in as_of(rows, "2026-04-01").items()}
    assert found == {"A": begin, "B": begin, "C": None}
    # Until it was cancelled it was to be one.
    assert as_of(rows, "2026-02-01")["C"].customer_date == begin
