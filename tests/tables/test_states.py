"""States: versions turned into intervals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS
from include.tables.stage import VERSION
from include.tables.states import states

END = datetime(9999, 12, 31, tzinfo=UTC)


def at(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def opportunity(day: int, stage: str, row_hash: str, **values: object) -> dict[str, object]:
    return {
        "salesforce_opportunity_id": "006A",
        "stage_name": stage,
        "created_at": at(1),
        "modified_at": at(day),
        "is_deleted": False,
        "merged_into_id": None,
        "extracted_at": at(28),
        "batch_id": "b",
        "row_hash": row_hash,
        **values,
    }


def intervals(warehouse: sa.Engine, source_id: str, *columns: str) -> list[tuple[object, ...]]:
    state = states(source_id)
    chosen = [state.c[name] for name in (*columns, "valid_from_at", "valid_to_at", "is_deleted")]
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(*chosen).order_by(state.c.valid_from_at))
        return [tuple(row) for row in rows]


def load(warehouse: sa.Engine, source_id: str, *rows: dict[str, object]) -> None:
    with warehouse.begin() as connection:
        connection.execute(VERSION[source_id].insert(), list(rows))


def test_states_follow_each_other_and_the_first_reaches_back_to_creation(
    warehouse: sa.Engine,
) -> None:
    load(
        warehouse,
        "salesforce.opportunity",
        opportunity(9, "Closed Won", "h2"),
        opportunity(5, "Open", "h1"),
    )
    assert intervals(warehouse, "salesforce.opportunity", "stage_name") == [
        ("Open", at(1), at(9), False),
        ("Closed Won", at(9), END, False),
    ]


def test_versions_that_say_the_same_are_one_state_but_a_deletion_is_not(
    warehouse: sa.Engine,
) -> None:
    load(
        warehouse,
        "salesforce.opportunity",
        opportunity(2, "Open", "h1"),
        opportunity(3, "Open", "h1"),
        opportunity(4, "Lost", "h2"),
        opportunity(5, "Open", "h1"),
        opportunity(6, "Open", "h1", is_deleted=True),
        opportunity(7, "Open", "h1", is_deleted=True),
    )
    assert intervals(warehouse, "salesforce.opportunity", "stage_name") == [
        ("Open", at(1), at(4), False),
        ("Lost", at(4), at(5), False),
        ("Open", at(5), at(6), False),
        ("Open", at(6), END, True),
    ]


def test_a_change_of_the_survivor_is_a_state_of_its_own(warehouse: sa.Engine) -> None:
    load(
        warehouse,
        "salesforce.account",
        *(
            {
                "salesforce_account_id": "001A",
                "modified_at": at(day),
                "is_deleted": True,
                "merged_into_id": survivor,
                "extracted_at": at(28),
                "batch_id": "b",
                "row_hash": "h",
            }
            for day, survivor in ((2, None), (3, "001B"), (4, "001B"))
        ),
    )
    assert intervals(warehouse, "salesforce.account", "merged_into_id") == [
        (None, at(2), at(3), True),
        ("001B", at(3), END, True),
    ]


def test_a_creation_after_the_first_version_does_not_move_its_start(warehouse: sa.Engine) -> None:
    load(
        warehouse,
        "salesforce.opportunity",
        opportunity(5, "Open", "h1", created_at=at(6)),
        opportunity(7, "Won", "h2", created_at=at(6)),
    )
    assert intervals(warehouse, "salesforce.opportunity", "stage_name") == [
        ("Open", at(5), at(7), False),
        ("Won", at(7), END, False),
    ]


def test_an_object_without_creation_starts_at_its_first_version(warehouse: sa.Engine) -> None:
    load(
        warehouse,
        "hubspot.deal_company",
        {
            "hubspot_deal_company_id": "1:2",
            "deal_id": "1",
            "company_id": "2",
            "modified_at": at(3),
            "extracted_at": at(3),
            "batch_id": "b",
            "row_hash": "h",
        },
    )
    assert intervals(warehouse, "hubspot.deal_company", "company_id") == [("2", at(3), END, False)]


def deal(key: str, day: int, **values: object) -> dict[str, object]:
    return {
        "hubspot_deal_id": key,
        "created_at": at(1),
        "modified_at": at(day),
        "is_deleted": False,
        "merged_into_id": None,
        "extracted_at": at(28),
        "batch_id": "b",
        "row_hash": f"{key} {day}",
        **values,
    }


def begins(warehouse: sa.Engine, key: str) -> datetime:
    state = states("hubspot.deal")
    first_at = sa.select(sa.func.min(state.c.valid_from_at)).where(state.c.hubspot_deal_id == key)
    with warehouse.connect() as connection:
        return connection.scalars(first_at).one()


def test_a_record_made_of_others_begins_with_their_end(warehouse: sa.Engine) -> None:
    gone = {"is_deleted": True}
    load(
        warehouse,
        "hubspot.deal",
        # 1 and 2 make 3, which was changed before it was read first, and with 4 makes 5.
        deal("1", 2),
        deal("2", 3),
        deal("3", 11),
        deal("1", 10, merged_into_id="3", **gone),
        deal("2", 10, merged_into_id="3", **gone),
        deal("4", 4),
        deal("5", 20),
        *(deal(key, 20, merged_into_id="5", **gone) for key in "1234"),
    )
    assert {key: begins(warehouse, key) for key in "12345"} == {
        "1": at(1),
        "2": at(1),
        "3": at(10),
        "4": at(1),
        "5": at(20),
    }


def test_a_record_that_others_were_merged_into_was_there_before(warehouse: sa.Engine) -> None:
    load(
        warehouse,
        "hubspot.deal",
        # 2 kept its id; of what was merged into 4 before the first reading, nothing else is left.
        deal("1", 2),
        deal("2", 3),
        deal("1", 10, merged_into_id="2", is_deleted=True),
        deal("2", 10),
        deal("4", 9),
    )
    assert {key: begins(warehouse, key) for key in "124"} == dict.fromkeys("124", at(1))


def test_every_object_has_states_with_its_columns(warehouse: sa.Engine) -> None:
    for source in SOURCE_OBJECTS:
        state = states(source.id)
        expected = {
            source.key_column,
            *(field.column for field in source.fields),
            *("valid_from_at", "valid_to_at", "modified_at", "is_deleted", "merged_into_id"),
        }
        assert {column.name for column in state.c} == expected
        with warehouse.connect() as connection:
            assert connection.execute(sa.select(state)).all() == []


def test_an_unknown_object_is_named() -> None:
    with pytest.raises(KeyError, match=r"salesforce\.opportunities"):
        states("salesforce.opportunities")
