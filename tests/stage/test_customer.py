"""Accounts and companies that are one customer."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage.unify import unify
from tests.stage.landed_batches import at, rows
from tests.stage.staged_records import merge, stage

MEMBERS = ("crm", "record_id", "customer_id", "rule", "confidence_rate")
MATCHES = ("left_record_id", "right_record_id", "rule", "confidence_rate", "is_used")


def members(warehouse: sa.Engine) -> dict[str, str]:
    """Customer by record id."""
    found = rows(warehouse, "stage.customer_member", "record_id", "customer_id")
    return dict(found)


def everything(warehouse: sa.Engine) -> dict[str, Any]:
    names = ("customer_match", "customer_member", "customer", "person", "user")
    return {name: rows(warehouse, f"stage.{name}") for name in names}


def test_sync_ids_tie_whether_they_have_15_or_18_characters(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [{"id": "001000000000aAbAAI"}, {"id": "001000000000aABAAI"}],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "salesforce_account_id": "001000000000aAb"},
            {"id": "2", "salesforce_account_id": "001000000000aABAAI"},
        ],
    )
    unify(warehouse, settings)
    first, second = "salesforce:001000000000aAbAAI", "salesforce:001000000000aABAAI"
    assert set(rows(warehouse, "stage.customer_member", *MEMBERS)) == {
        ("hubspot", "1", first, "sync_id", 1),
        ("hubspot", "2", second, "sync_id", 1),
        ("salesforce", "001000000000aAbAAI", first, "itself", 1),
        ("salesforce", "001000000000aABAAI", second, "itself", 1),
    }


def test_domains_tie_across_the_crms_only(warehouse: sa.Engine, settings: Settings) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "website": "https://www.acme.com/en"},
            {"id": "001B", "website": "shop.beta.co.uk"},
            {"id": "001D", "website": "gmail.com"},
            {"id": "001E", "website": "lonely.com"},
            {"id": "001F", "website": "lonely.com"},
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "domain": "acme.de", "additional_domains": "acme.fr; ACME.com"},
            {"id": "2", "domain": "beta.co.uk"},
            {"id": "3", "domain": "gmail.com"},
        ],
    )
    unify(warehouse, settings)
    assert members(warehouse) == {
        "001A": "salesforce:001A",
        "1": "salesforce:001A",
        "001B": "salesforce:001B",
        "2": "salesforce:001B",
        "001D": "salesforce:001D",
        "3": "hubspot:3",
        # Within one CRM two accounts of one domain may well be two customers.
        "001E": "salesforce:001E",
        "001F": "salesforce:001F",
    }
    assert rows(warehouse, "stage.customer_match", *MATCHES) == [
        ("1", "001A", "domain", Decimal("0.9"), True),
        ("2", "001B", "domain", Decimal("0.9"), True),
    ]


def test_every_website_of_a_field_counts(warehouse: sa.Engine, settings: Settings) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "website": "acme.com; acme.de"},
            {"id": "001B", "website": "https://www.beta.com/ or beta.de"},
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [{"id": "1", "domain": "acme.de"}, {"id": "2", "domain": "beta.de"}],
    )
    unify(warehouse, settings)
    assert members(warehouse) == {
        **dict.fromkeys(("001A", "1"), "salesforce:001A"),
        **dict.fromkeys(("001B", "2"), "salesforce:001B"),
    }


def test_both_spellings_of_a_domain_are_one(warehouse: sa.Engine, settings: Settings) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "website": "www.müller.de"},
            {"id": "001B", "website": "xn--brger-kva.de; bürger.de"},
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "domain": "xn--mller-kva.de"},
            {"id": "2", "domain": "bürger.de"},
            # What no spelling gives stays as it is.
            {"id": "3", "domain": "xn--99999999.de"},
        ],
    )
    unify(warehouse, settings)
    assert members(warehouse) == {
        **dict.fromkeys(("001A", "1"), "salesforce:001A"),
        **dict.fromkeys(("001B", "2"), "salesforce:001B"),
        "3": "hubspot:3",
    }


def test_a_domain_that_several_share_ties_none_of_them(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """Two faculties and a university are three customers; which of the two it is, is for review.

    Of resellers of one domain, the one with the name of the company is the company.
    """
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "website": "uni.edu", "account_name": "Physics"},
            {"id": "001B", "website": "www.uni.edu", "account_name": "Law"},
            {"id": "001C", "website": "seller.com", "account_name": "Seller South"},
            {"id": "001D", "website": "seller.com", "account_name": "Seller, Inc."},
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "domain": "uni.edu", "company_name": "University"},
            {"id": "2", "domain": "seller.com", "company_name": "SELLER"},
        ],
    )
    unify(warehouse, settings)
    assert members(warehouse) == {
        "001A": "salesforce:001A",
        "001B": "salesforce:001B",
        "1": "hubspot:1",
        "001C": "salesforce:001C",
        "001D": "salesforce:001D",
        "2": "salesforce:001D",
    }
    assert rows(warehouse, "stage.customer_match", *MATCHES, "evidence") == [
        ("1", "001A", "domain", Decimal("0.6"), False, "uni.edu"),
        ("1", "001B", "domain", Decimal("0.6"), False, "uni.edu"),
        ("2", "001C", "domain", Decimal("0.6"), False, "seller.com"),
        ("2", "001D", "domain", Decimal("0.9"), True, "seller.com"),
    ]


def test_a_domain_ties_nothing_that_the_sync_tells_apart(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """Two branches of one website, each with the company the sync made of it, are two customers.

    What the sync knows nothing of is neither of them.
    """
    stage(
        warehouse,
        "salesforce.account",
        [{"id": id_, "website": "chain.com"} for id_ in ("001A", "001B", "001C")],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "0", "domain": "chain.com"},
            {"id": "1", "domain": "chain.com", "salesforce_account_id": "001B"},
            {"id": "2", "domain": "chain.com", "salesforce_account_id": "001C"},
        ],
    )
    unify(warehouse, settings)
    assert members(warehouse) == {
        "001A": "salesforce:001A",
        "0": "hubspot:0",
        **dict.fromkeys(("001B", "1"), "salesforce:001B"),
        **dict.fromkeys(("001C", "2"), "salesforce:001C"),
    }
    assert {
        row for row in rows(warehouse, "stage.customer_match", *MATCHES) if row[2] == "domain"
    } == {("0", "001A", "domain", Decimal("0.6"), False)}


def test_a_branch_that_opens_later_takes_nothing_from_the_first(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """HubSpot's ids grow by a digit now and then, and as text 10 comes before 9."""
    account: dict[str, object] = {"website": "chain.com"}
    stage(warehouse, "salesforce.account", [{"id": "001B", "created_at": at(1), **account}])
    stage(warehouse, "hubspot.company", [{"id": "9", "domain": "chain.com", "created_at": at(2)}])
    unify(warehouse, settings)
    first = dict.fromkeys(("001B", "9"), "salesforce:001B")
    assert members(warehouse) == first
    # Two that open, of which the sync makes a company of one.
    stage(
        warehouse,
        "salesforce.account",
        [{"id": id_, "created_at": at(3), **account} for id_ in ("001A", "001C")],
    )
    unify(warehouse, settings)
    second = {"001A": "salesforce:001A", "001C": "salesforce:001C"}
    assert members(warehouse) == {**first, **second}
    copy = {"domain": "chain.com", "salesforce_account_id": "001C", "created_at": at(4)}
    stage(warehouse, "hubspot.company", [{"id": "10", **copy}])
    unify(warehouse, settings)
    assert members(warehouse) == {**first, **second, "10": "salesforce:001C"}


def test_an_account_created_anew_takes_the_place_of_the_deleted_one(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """The sync still names the one that is gone, and what it says of the living is over."""
    old = {"id": "001A", "website": "acme.com", "created_at": at(1), "is_deleted": True}
    stage(
        warehouse,
        "salesforce.account",
        [old, {"id": "001B", "website": "acme.com", "created_at": at(3)}],
    )
    stage(
        warehouse,
        "hubspot.company",
        [{"id": "1", "domain": "acme.com", "salesforce_account_id": "001A", "created_at": at(2)}],
    )
    unify(warehouse, settings)
    assert members(warehouse) == dict.fromkeys(("001A", "001B", "1"), "salesforce:001B")


def test_a_merge_in_hubspot_makes_no_one_of_accounts_the_sync_keeps_apart(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """Company 2 was the copy of 001B and went into that of 001A; 4 went into one that has no account.

    Whether we read 2 before it went must not matter: 001B gets a copy of its own, 5.
    """
    stage(warehouse, "salesforce.account", [{"id": f"001{n}"} for n in "ABC"])
    gone = {"is_deleted": True}
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "salesforce_account_id": "001A"},
            {"id": "2", "salesforce_account_id": "001B", "merged_into_id": "1", **gone},
            {"id": "3"},
            {"id": "4", "salesforce_account_id": "001C", "merged_into_id": "3", **gone},
            {"id": "5", "salesforce_account_id": "001B"},
        ],
    )
    merge(warehouse, "company", "2", "1")
    merge(warehouse, "company", "4", "3")
    unify(warehouse, settings)
    assert members(warehouse) == {
        **dict.fromkeys(("001A", "1", "2"), "salesforce:001A"),
        **dict.fromkeys(("001B", "5"), "salesforce:001B"),
        **dict.fromkeys(("001C", "3", "4"), "salesforce:001C"),
    }


def test_a_common_name_is_for_review_and_ties_nothing(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "account_name": "Acme Inc.", "country": "Germany"},
            {"id": "001B", "account_name": "Beta", "country": None},
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {"id": "1", "company_name": "ACME GmbH", "country": "germany "},
            {"id": "2", "company_name": "Beta", "country": None},
        ],
    )
    unify(warehouse, settings)
    assert len(set(members(warehouse).values())) == 4
    assert rows(warehouse, "stage.customer_match", *MATCHES, "evidence") == [
        ("1", "001A", "name", Decimal("0.6"), False, "acme, germany")
    ]


def test_merged_records_follow_their_survivor_even_when_never_read(
    warehouse: sa.Engine, settings: Settings
) -> None:
    gone = {"is_deleted": True}
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": "001A", "merged_into_id": "001B", **gone},
            {"id": "001B", "merged_into_id": "001C", **gone},
            {"id": "001C"},
        ],
    )
    stage(warehouse, "hubspot.company", [{"id": "1", "merged_into_id": "9", **gone}, {"id": "9"}])
    merge(warehouse, "company", "1", "9")
    merge(warehouse, "company", "404", "9")
    merge(warehouse, "contact", "405", "9")
    unify(warehouse, settings)
    assert rows(warehouse, "stage.customer_member", *MEMBERS) == [
        ("hubspot", "1", "hubspot:9", "merge", 1),
        ("hubspot", "404", "hubspot:9", "merge", 1),
        ("hubspot", "9", "hubspot:9", "itself", 1),
        ("salesforce", "001A", "salesforce:001C", "merge", 1),
        ("salesforce", "001B", "salesforce:001C", "merge", 1),
        ("salesforce", "001C", "salesforce:001C", "itself", 1),
    ]


def test_a_customer_takes_the_values_of_the_system_of_record(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(
        warehouse,
        "salesforce.account",
        [
            {
                "id": "001A",
                "account_name": "Acme Old",
                "website": "acme.com",
                "is_deleted": True,
                "created_at": at(1),
            },
            {
                "id": "001B",
                "account_name": "Acme",
                "website": "acme.com",
                "employee_count": 50,
                "created_at": at(3),
            },
        ],
    )
    stage(
        warehouse,
        "hubspot.company",
        [
            {
                "id": "1",
                "company_name": "acme hub",
                "domain": "acme.com",
                "industry": "TOYS",
                "employee_count": 7,
                "created_at": at(2),
            }
        ],
    )
    unify(warehouse, settings)
    columns = (
        *("customer_id", "customer_name", "domain", "industry", "employee_count", "segment"),
        *("salesforce_account_id", "hubspot_company_id", "created_at", "is_deleted"),
    )
    assert rows(warehouse, "stage.customer", *columns) == [
        # The deleted account does not stand for it, though its id is smaller.
        ("salesforce:001B", "Acme", "acme.com", "TOYS", 50, "medium", "001B", "1", at(1), False)
    ]

    sources = settings.sources
    hubspot_first = sources.system_of_record.model_copy(update={"deals": "hubspot"})
    changed = Settings(
        **{
            **vars(settings),
            "sources": sources.model_copy(update={"system_of_record": hubspot_first}),
        }
    )
    unify(warehouse, changed)
    assert rows(warehouse, "stage.customer", "customer_name", "segment") == [("acme hub", "small")]


def test_segments_by_employees_and_a_customer_of_deleted_members(
    warehouse: sa.Engine, settings: Settings
) -> None:
    sizes = {"001A": 49, "001B": 50, "001C": 999, "001D": 1000, "001E": None}
    stage(
        warehouse,
        "salesforce.account",
        [
            {"id": id_, "employee_count": size, "is_deleted": id_ == "001E"}
            for id_, size in sizes.items()
        ],
    )
    unify(warehouse, settings)
    once = everything(warehouse)
    unify(warehouse, settings)
    assert everything(warehouse) == once
    assert rows(warehouse, "stage.customer", "segment", "is_deleted") == [
        ("small", False),
        ("medium", False),
        ("medium", False),
        ("large", False),
        ("unknown", True),
    ]
