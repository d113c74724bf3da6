"""facts.prospect."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.tables import facts
from tests.facts.builders import (
    Version,
    at,
    built,
    member,
    opportunity,
    person_of,
    put,
    stages,
    user_of,
    version,
    with_choices,
)

APRIL = at("2026-04-01")


def account(key: str, created: str, **values: Any) -> Version:
    return version(
        "salesforce.account",
        key,
        values.pop("modified", created),
        deleted=values.pop("deleted", False),
        **{"created_at": at(created), "account_name": key, "created_by_user_id": "005A", **values},
    )


def person(object_name: str, key: str, created: str, **values: Any) -> Version:
    return version(
        f"salesforce.{object_name}",
        key,
        values.pop("modified", created),
        deleted=values.pop("deleted", False),
        **{"created_at": at(created), "created_by_user_id": "005A", **values},
    )


def known(rows: list[Any], instant: Any = APRIL) -> dict[str, Any]:
    """The rows that hold at an instant, by prospect."""
    return {row.prospect_id: row for row in rows if row.valid_from_at <= instant < row.valid_to_at}


def test_a_company_and_its_people_are_one_prospect(warehouse, settings):
    put(
        warehouse,
        *stages(),
        member("salesforce", "A", "salesforce:A"),
        account("A", "2026-02-10", owner_user_id="005B"),
        user_of("salesforce:005B", salesforce_user_id="005B", role_id="AE"),
        # The lead was there first, and says where it came from.
        person("lead", "L", "2026-01-20", lead_source="Trade Show"),
        person("contact", "C", "2026-02-10", lead_source="Google AdWords"),
        person_of("salesforce", "lead", "L", "salesforce:contact:C", "salesforce:A"),
        person_of("salesforce", "contact", "C", "salesforce:contact:C", "salesforce:A"),
        # Nobody knows a company of this one.
        person("contact", "X", "2026-02-01"),
        person_of("salesforce", "contact", "X", "salesforce:contact:X"),
        opportunity("O", "2026-02-15", "2026-03-11", "won", account_id="A"),
    )
    rows = built(warehouse, with_choices(settings), facts.prospect)
    prospects = known(rows)
    assert set(prospects) == {"salesforce:A", "salesforce:contact:X"}
    company = prospects["salesforce:A"]
    assert (company.created_date, company.customer_id) == (date(2026, 1, 20), "salesforce:A")
    assert (company.is_customer, company.customer_date) == (True, date(2026, 3, 11))
    assert (company.channel, company.is_counted) == ("event", True)
    assert (company.owner_user_id, company.role_id) == ("salesforce:005B", "AE")
    alone = prospects["salesforce:contact:X"]
    assert (alone.customer_id, alone.is_customer, alone.channel) == (None, False, "unknown")
    # Before the deal was won it was none, and there already before the company was entered.
    assert not known(rows, at("2026-03-10"))["salesforce:A"].is_customer
    assert "salesforce:A" in known(rows, at("2026-01-25"))
    assert "salesforce:A" not in known(rows, at("2026-01-19"))


def test_customers_from_before_and_records_of_programs_are_no_prospects(warehouse, settings):
    put(
        warehouse,
        *stages(),
        *(member("salesforce", key, f"salesforce:{key}") for key in "ABC"),
        # Bought before we entered it: an import of old customers. It buys again.
        account("A", "2026-02-10"),
        opportunity("O1", "2025-06-01", "2025-07-01", "won", account_id="A"),
        opportunity("O2", "2026-02-15", "2026-03-11", "won", account_id="A"),
        # Bought on the very day.
        account("B", "2026-02-10"),
        opportunity("O3", "2026-02-10", "2026-02-10", "won", account_id="B"),
        # Deleted on 1 March.
        account("C", "2026-02-10"),
        account("C", "2026-02-10", modified="2026-03-01", deleted=True),
        member("hubspot", "1", "hubspot:1"),
        version(
            "hubspot.company",
            "1",
            "2026-02-10",
            created_at=at("2026-02-10"),
            object_source="IMPORT",
        ),
    )
    rows = built(warehouse, with_choices(settings), facts.prospect)
    prospects = known(rows)
    counted = {key: row.is_customer for key, row in prospects.items() if row.is_counted}
    assert counted == {"salesforce:B": True}
    assert not prospects["salesforce:A"].is_counted
    assert not prospects["hubspot:1"].is_counted
    assert known(rows, at("2026-02-20"))["salesforce:C"].is_counted
