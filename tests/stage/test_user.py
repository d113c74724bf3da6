"""Salesforce users and HubSpot owners that are one person."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.settings import Settings
from include.stage.unify import unify
from tests.stage.landed_batches import at, rows
from tests.stage.staged_records import stage


def standard(id_: str, **values: object) -> dict[str, object]:
    return {
        "id": id_,
        "username": f"{id_}@acme.com.org",
        "user_type": "Standard",
        "is_active": True,
        **values,
    }


def test_one_address_is_one_user(warehouse: sa.Engine, settings: Settings) -> None:
    stage(warehouse, "salesforce.user_role", [{"id": "00E1", "role_name": "Sales"}])
    stage(
        warehouse,
        "salesforce.user",
        [
            standard("005B", user_name="Boss", email="boss@acme.com", role_id="00E1"),
            standard(
                "005A",
                user_name="Ann",
                email="Ann@Acme.com",
                manager_user_id="005B",
                created_at=at(5),
            ),
        ],
    )
    stage(
        warehouse,
        "hubspot.owner",
        [
            {
                "id": "1",
                "email": "ann@acme.com",
                "first_name": "Annie",
                "hubspot_user_id": "77",
                "team_name": "North",
                "owner_type": "PERSON",
                "created_at": at(4),
            },
            {"id": "2", "email": "cy@acme.com", "first_name": "Cy", "last_name": "Low"},
            {"id": "3", "first_name": "No", "last_name": "Mail", "is_deleted": True},
        ],
    )
    unify(warehouse, settings)
    columns = (
        *("user_id", "user_name", "email", "hubspot_owner_id", "hubspot_user_id", "role_name"),
        *("team_name", "manager_user_id", "is_active", "is_human", "created_at"),
    )
    assert rows(warehouse, "stage.user", *columns) == [
        (
            "hubspot:2",
            "Cy Low",
            "cy@acme.com",
            "2",
            None,
            "(no role)",
            None,
            None,
            True,
            True,
            None,
        ),
        ("hubspot:3", "No Mail", None, "3", None, "(no role)", None, None, False, True, None),
        (
            *("salesforce:005A", "Ann", "ann@acme.com", "1", "77", "(no role)", "North"),
            *("salesforce:005B", True, True, at(4)),
        ),
        (
            *("salesforce:005B", "Boss", "boss@acme.com", None, None, "Sales", None),
            *(None, True, True, None),
        ),
    ]


def test_an_address_held_twice_loses_no_record(warehouse: sa.Engine, settings: Settings) -> None:
    stage(
        warehouse,
        "salesforce.user",
        [
            standard("005A", email="ann@acme.com", is_active=False),
            standard("005B", email="ann@acme.com"),
        ],
    )
    stage(
        warehouse,
        "hubspot.owner",
        [
            {"id": "1", "email": "ann@acme.com", "is_deleted": True},
            {"id": "2", "email": "ann@acme.com"},
            {"id": "3", "email": "ann@acme.com", "is_deleted": True},
        ],
    )
    unify(warehouse, settings)
    # Active with active, the rest in the order of their ids.
    assert rows(warehouse, "stage.user", "user_id", "hubspot_owner_id", "is_active") == [
        ("hubspot:3", "3", False),
        ("salesforce:005A", "1", False),
        ("salesforce:005B", "2", True),
    ]


def test_a_program_does_not_take_the_owner_of_whoever_set_it_up(
    warehouse: sa.Engine, settings: Settings
) -> None:
    """A connection to another system is a user of its own with the mail address of its admin."""
    sources = settings.sources
    named = sources.model_copy(
        update={
            "salesforce": sources.salesforce.model_copy(
                update={"integration_users": ["sync@acme.com.org"]}
            )
        }
    )
    stage(
        warehouse,
        "salesforce.user",
        [
            standard("005A", email="ann@acme.com", username="sync@acme.com.org"),
            standard("005B", email="ann@acme.com"),
        ],
    )
    stage(warehouse, "hubspot.owner", [{"id": "1", "email": "ann@acme.com"}])
    unify(warehouse, Settings(**{**vars(settings), "sources": named}))
    assert rows(warehouse, "stage.user", "user_id", "hubspot_owner_id", "is_human") == [
        ("salesforce:005A", None, False),
        ("salesforce:005B", "1", True),
    ]


def test_programs_and_portal_users_are_not_human(warehouse: sa.Engine, settings: Settings) -> None:
    sources = settings.sources
    named = sources.model_copy(
        update={
            "salesforce": sources.salesforce.model_copy(
                update={"integration_users": ["005B@ACME.com.org", "etl@acme.com"]}
            ),
            "hubspot": sources.hubspot.model_copy(update={"integration_users": ["Bot@acme.com"]}),
        }
    )
    stage(
        warehouse,
        "salesforce.user",
        [
            standard("005A", email="ann@acme.com"),
            standard("005B", email="b@acme.com"),
            standard("005C", email="ETL@acme.com"),
            standard("005D", email="d@acme.com", user_type="AutomatedProcess"),
            standard("005E", email="bot@acme.com"),
        ],
    )
    stage(
        warehouse,
        "hubspot.owner",
        [
            {"id": "1", "email": "q@acme.com", "owner_type": "QUEUE"},
            {"id": "2", "email": "bot@acme.com", "owner_type": "PERSON"},
            {"id": "3", "email": "p@acme.com", "owner_type": "PERSON"},
        ],
    )
    unify(warehouse, Settings(**{**vars(settings), "sources": named}))
    human = [
        user_id
        for user_id, is_human in rows(warehouse, "stage.user", "user_id", "is_human")
        if is_human
    ]
    assert human == ["hubspot:3", "salesforce:005A"]
