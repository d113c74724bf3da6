"""facts.record_created."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    link,
    member,
    put,
    user_of,
    version,
    with_choices,
)

APRIL = "2026-04-01"


def account(key: str, creator: str | None, created: str = "2026-03-05", **values) -> Version:
    return version(
        "salesforce.account",
        key,
        values.pop("modified", created),
        deleted=values.pop("deleted", False),
        **{
            "created_at": at(created),
            "account_name": key,
            "created_by_user_id": creator,
            "owner_user_id": "005OWNER",
            **values,
        },
    )


def salesforce_user(key: str, role: str | None, modified: str = "2025-06-01", **values) -> Version:
    return version(
        "salesforce.user",
        key,
        modified,
        **{"created_at": at("2025-01-01"), "role_id": role, "is_active": True, **values},
    )


def person(key: str, role: str | None = None, **values):
    return user_of(f"salesforce:{key}", salesforce_user_id=key, role_id=role, **values)


def test_golden_accounts_by_role_of_the_creator(warehouse, settings):
    """A1, A2 by AE, A3 by SDR, A4 by an integration, A5 without a role, A6 deleted."""
    put(
        warehouse,
        *(salesforce_user(f"005{name}", role) for name, role in (
            ("AE", "AE"), ("SDR", "SDR"), ("API", "AE"), ("NONE", None),
        )),
        person("005AE", "AE", team_name="Field"),
        person("005SDR", "SDR"),
        person("005API", "AE", is_human=False),
        person("005NONE"),
        person("005OWNER", "MANAGER"),
        member("salesforce", "A1", "salesforce:A1"),
        account("A1", "005AE"),
        account("A2", "005AE"),
        account("A3", "005SDR"),
        account("A4", "005API"),
        account("A5", "005NONE"),
        account("A6", "005AE"),
        account("A6", "005AE", modified="2026-03-20", deleted=True),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.record_created)
    counted = [row for row in as_of(rows, APRIL).values() if row.is_counted]
    roles = Counter(row.creator_role_id for row in counted)
    assert roles == {"AE": 2, "SDR": 1, None: 1}
    assert {(row.object_name, row.role_id) for row in counted} == {("account", "MANAGER")}
    assert not any(row.is_role_current for row in counted)
    first = as_of(rows, APRIL)["account:A1"]
    assert (first.record_created_id, first.record_type) == ("salesforce:account:A1", "account")
    assert (first.creator_user_id, first.team_name) == ("salesforce:005AE", "Field")
    assert (first.owner_user_id, first.customer_id) == ("salesforce:005OWNER", "salesforce:A1")
    assert first.created_date == date(2026, 3, 5)
    # A6 was there until it was deleted.
    assert "account:A6" in as_of(rows, "2026-03-19")


@pytest.mark.parametrize(
    ("created", "role", "is_role_current"),
    [
        # Read first on 1 June 2025: before that the role is the one of then, as far as we know.
        ("2025-03-01", "SDR", True),
        # Before the user was there, as after an import with the instants of another system.
        ("2024-01-01", "SDR", True),
        ("2025-06-01", "SDR", False),
        ("2025-09-30", "SDR", False),
        # Promoted on 1 October.
        ("2025-10-01", "AE", False),
        ("2026-03-05", "AE", False),
    ],
)
def test_the_role_is_the_one_of_that_time(warehouse, settings, created, role, is_role_current):
    put(
        warehouse,
        salesforce_user("005A", "SDR"),
        salesforce_user("005A", "AE", "2025-10-01"),
        person("005A", "AE"),
        account("A", "005A", created),
    )
    (row,) = built(warehouse, with_choices(settings), facts.record_created)
    assert (row.creator_role_id, row.is_role_current) == (role, is_role_current)


def test_an_account_has_the_channel_it_came_from(warehouse, settings):
    # In the shipped channels.yaml Trade Show is an event, and Fax nothing.
    put(
        warehouse,
        person("005A"),
        account("A", "005A", account_source=" trade show "),
        account("B", "005A", account_source="Fax"),
        account("C", "005A"),
        version(
            "hubspot.company",
            "1",
            "2026-03-05",
            created_at=at("2026-03-05"),
            created_by_user_id="7",
            analytics_source="PAID_SEARCH",
        ),
        version(
            "salesforce.lead",
            "L",
            "2026-03-05",
            created_at=at("2026-03-05"),
            created_by_user_id="005A",
            owner_user_id="005A",
            lead_source="Trade Show",
        ),
    )
    rows = as_of(built(warehouse, with_choices(settings), facts.record_created), APRIL)
    assert {key: row.channel for key, row in rows.items()} == {
        "account:A": "event",
        "account:B": "unknown",
        "account:C": "unknown",
        "company:1": "paid_search",
        "lead:L": None,
    }


def test_states_follow_the_owner_alone(warehouse, settings):
    put(
        warehouse,
        person("005A", "AE"),
        person("005OWNER", "MANAGER"),
        account("A", "005A"),
        # Another name says nothing here, another owner does.
        account("A", "005A", modified="2026-03-06", account_name="Other"),
        account("A", "005A", modified="2026-03-09", account_name="Other", owner_user_id="005A"),
    )
    before, after = built(warehouse, with_choices(settings), facts.record_created)
    assert (before.valid_from_at, before.valid_to_at) == (at("2026-03-05"), at("2026-03-09"))
    assert (before.role_id, after.role_id) == ("MANAGER", "AE")


def test_hubspot_says_what_created_a_record(warehouse, settings):
    def company(key: str, source: str | None, creator: str | None = "77") -> Version:
        return version(
            "hubspot.company",
            key,
            "2026-03-05",
            created_at=at("2026-03-05"),
            created_by_user_id=creator,
            object_source=source,
        )

    put(
        warehouse,
        # The settings user 77 is the owner 9, whose Salesforce user has a role.
        user_of("salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="9",
                hubspot_user_id="77"),
        user_of("hubspot:8", hubspot_owner_id="8", hubspot_user_id="88", is_human=False),
        salesforce_user("005A", "AE"),
        company("by hand", "CRM_UI"),
        company("on the way", "MOBILE_IOS"),
        company("not said", None),
        company("imported", "IMPORT"),
        company("by a program", "INTEGRATION"),
        company("by the API", "API"),
        company("synced", "SALESFORCE"),
        company("by a workflow", "AUTOMATION_PLATFORM"),
        company("by a form", "FORM"),
        company("by nobody", "CRM_UI", creator=None),
        company("by a bot", "CRM_UI", creator="88"),
        company("by somebody gone", "CRM_UI", creator="99"),
    )  # fmt: skip
    rows = as_of(built(warehouse, with_choices(settings), facts.record_created), APRIL)
    counted = {key.partition(":")[2] for key, row in rows.items() if row.is_counted}
    assert counted == {"by hand", "on the way", "not said", "by somebody gone"}
    row = rows["company:by hand"]
    assert (row.object_name, row.record_type, row.source) == ("account", "company", "crm_ui")
    assert (row.creator_user_id, row.creator_role_id) == ("salesforce:005A", "AE")


def test_every_kind_of_record(warehouse, settings):
    created = {"created_at": at("2026-03-05")}
    by_salesforce = {**created, "created_by_user_id": "005A", "owner_user_id": "005A"}
    by_hubspot = {**created, "created_by_user_id": "77", "owner_id": "9"}
    put(
        warehouse,
        user_of("salesforce:005A", salesforce_user_id="005A", hubspot_owner_id="9",
                hubspot_user_id="77"),
        member("salesforce", "001A", "customer"),
        member("hubspot", "77", "customer"),
        *(
            version(f"salesforce.{table}", "1", "2026-03-05", **by_salesforce, **values)
            for table, values in (
                ("contact", {"account_id": "001A"}),
                ("lead", {"converted_account_id": "001A", "lead_status": "x"}),
                ("opportunity", {"account_id": "001A", "stage_name": "x"}),
                ("case", {"account_id": "001A", "case_status": "x"}),
                ("campaign", {}),
            )
        ),
        *(
            version(f"hubspot.{table}", "2", "2026-03-05", **by_hubspot, **values)
            for table, values in (
                ("contact", {"company_id": "77"}), ("deal", {}), ("ticket", {}),
            )
        ),
        link("hubspot.deal_company", "2", "77", "2026-03-05"),
        link("hubspot.ticket_company", "2", "77", "2026-03-05"),
    )  # fmt: skip
    rows = as_of(built(warehouse, with_choices(settings), facts.record_created), APRIL)
    assert {key: row.object_name for key, row in rows.items()} == {
        "contact:1": "contact", "lead:1": "lead", "opportunity:1": "deal", "case:1": "ticket",
        "campaign:1": "campaign",
        "contact:2": "contact", "deal:2": "deal", "ticket:2": "ticket",
    }  # fmt: skip
    assert all(row.is_counted for row in rows.values())
    assert {row.creator_user_id for row in rows.values()} == {"salesforce:005A"}
    assert {row.owner_user_id for row in rows.values()} == {"salesforce:005A"}
    assert {key for key, row in rows.items() if row.customer_id != "customer"} == {"campaign:1"}
