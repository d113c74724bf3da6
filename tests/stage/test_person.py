"""Leads and contacts that are one person."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage.unify import unify
from tests.stage.landed_batches import rows
from tests.stage.staged_records import merge, stage

COLUMNS = ("record_type", "record_id", "person_id", "rule")


def test_conversion_sync_ids_and_addresses_tie_records(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(
        warehouse,
        "salesforce.lead",
        [
            {"id": "00QA", "converted_contact_id": "003A", "email": "old@acme.com"},
            {"id": "00QB", "email": "Bob@Acme.com"},
            {"id": "00Q000000000003AAA"},
        ],
    )
    stage(
        warehouse,
        "salesforce.contact",
        [{"id": "003A"}, {"id": "003B", "merged_into_id": "003A", "is_deleted": True}],
    )
    stage(
        warehouse,
        "hubspot.contact",
        [
            {"id": "1", "email": "x@acme.com", "additional_emails": "y@acme.com; bob@acme.com "},
            {"id": "2", "salesforce_lead_id": "00Q000000000003"},
            {"id": "3", "salesforce_contact_id": "003A"},
            {"id": "4"},
            {"id": "5", "email": "none"},
            {"id": "6", "email": "none"},
        ],
    )
    merge(warehouse, "contact", "404", "4")
    unify(warehouse, settings)
    assert rows(warehouse, "stage.person", *COLUMNS) == [
        ("contact", "1", "salesforce:lead:00QB", "email"),
        ("contact", "2", "salesforce:lead:00Q000000000003AAA", "sync_id"),
        ("contact", "3", "salesforce:contact:003A", "sync_id"),
        ("contact", "4", "hubspot:contact:4", "itself"),
        ("contact", "404", "hubspot:contact:4", "merge"),
        # What is no address ties nobody.
        ("contact", "5", "hubspot:contact:5", "itself"),
        ("contact", "6", "hubspot:contact:6", "itself"),
        ("contact", "003A", "salesforce:contact:003A", "itself"),
        ("contact", "003B", "salesforce:contact:003A", "merge"),
        ("lead", "00Q000000000003AAA", "salesforce:lead:00Q000000000003AAA", "itself"),
        ("lead", "00QA", "salesforce:contact:003A", "conversion"),
        ("lead", "00QB", "salesforce:lead:00QB", "itself"),
    ]


def test_a_person_belongs_to_the_company_of_its_contact_else_of_the_conversion(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(warehouse, "salesforce.account", [{"id": "001A", "website": "acme.com"}, {"id": "001B"}])
    stage(warehouse, "hubspot.company", [{"id": "7", "domain": "acme.com"}])
    stage(
        warehouse,
        "salesforce.lead",
        [
            {"id": "00QA", "email": "ann@acme.com"},
            {"id": "00QB", "converted_account_id": "001B"},
            {"id": "00QC"},
        ],
    )
    stage(warehouse, "hubspot.contact", [{"id": "1", "email": "ANN@acme.com", "company_id": "7"}])
    unify(warehouse, settings)
    assert rows(warehouse, "stage.person", "record_id", "customer_id") == [
        ("1", "salesforce:001A"),
        ("00QA", "salesforce:001A"),
        ("00QB", "salesforce:001B"),
        ("00QC", None),
    ]


def test_an_address_of_more_than_25_records_ties_nobody(
    warehouse: sa.Engine, settings: Settings
) -> None:
    stage(
        warehouse,
        "salesforce.contact",
        [{"id": f"003{n:02d}", "email": "ann@acme.com"} for n in range(26)]
        + [{"id": f"004{n:02d}", "email": "bob@acme.com"} for n in range(25)],
    )
    unify(warehouse, settings)
    people = dict(rows(warehouse, "stage.person", "record_id", "person_id"))
    assert len({people[f"003{n:02d}"] for n in range(26)}) == 26
    assert {people[f"004{n:02d}"] for n in range(25)} == {"salesforce:contact:00400"}


def test_placeholders_in_a_field_that_insists_on_an_address_tie_nobody(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """Far fewer than 25 share each, and every one of them is a lead of its own."""
    addresses = ["none@none.com", "Test@test.com", "noreply@acme.com", "x@example.com"]
    stage(
        warehouse,
        "salesforce.lead",
        [
            {"id": f"00Q{place}{copy}", "email": address}
            for place, address in enumerate(addresses)
            for copy in range(2)
        ],
    )
    stage(
        warehouse,
        "hubspot.contact",
        [{"id": "1", "email": "test@test.com", "additional_emails": "none@none.com"}],
    )
    unify(warehouse, settings)
    assert len(set(rows(warehouse, "stage.person", "person_id"))) == 9


def test_the_mailbox_of_a_desk_is_no_person(warehouse: sa.Engine, settings: Settings) -> None:
    """Ann and Bob write from one mailbox, Ann in both CRMs, and somebody in HubSpot gives no name.

    That of a company with one contact is that contact's in both.
    """
    stage(
        warehouse,
        "salesforce.contact",
        [
            {"id": "003A", "email": "Info@acme.com", "contact_name": "Ann Low"},
            {"id": "003B", "email": "info@acme.com", "contact_name": "Bob High"},
            {"id": "003C", "email": "sales@beta.com", "contact_name": "Cy Even"},
        ],
    )
    stage(
        warehouse,
        "salesforce.lead",
        [
            {"id": "00QA", "email": "info@acme.com", "lead_name": "ann low"},
            # What became a contact of the desk is no second one.
            {"id": "00QC", "email": "sales@beta.com", "converted_contact_id": "003C"},
        ],
    )
    stage(
        warehouse,
        "hubspot.contact",
        [
            {
                "id": "1",
                "additional_emails": "info@acme.com",
                "first_name": "Ann",
                "last_name": "Low",
            },
            {"id": "2", "email": "info@acme.com"},
            {"id": "3", "email": "sales@beta.com"},
        ],
    )
    unify(warehouse, settings)
    ann, bob, cy = (f"salesforce:contact:003{letter}" for letter in "ABC")
    assert dict(rows(warehouse, "stage.person", "record_id", "person_id")) == {
        **dict.fromkeys(("003A", "00QA", "1"), ann),
        "003B": bob,
        "2": "hubspot:contact:2",
        **dict.fromkeys(("003C", "00QC", "3"), cy),
    }


def test_a_lead_stays_the_contact_it_became_whoever_shares_its_address(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """13 leads of one address, each converted into a contact: 26 records, 13 people."""
    stage(
        warehouse,
        "salesforce.contact",
        [{"id": f"003{n:02d}", "email": "ann@acme.com"} for n in range(13)],
    )
    stage(
        warehouse,
        "salesforce.lead",
        [
            {"id": f"00Q{n:02d}", "email": "ann@acme.com", "converted_contact_id": f"003{n:02d}"}
            for n in range(13)
        ],
    )
    unify(warehouse, settings)
    people = dict(rows(warehouse, "stage.person", "record_id", "person_id"))
    assert [people[f"00Q{n:02d}"] for n in range(13)] == [
        f"salesforce:contact:003{n:02d}" for n in range(13)
    ]
