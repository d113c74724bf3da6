"""References between staged tables, and the Data Docs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.tables import ops, stage
from include.validate.expectations import build_data_docs
from include.validate.tables import validate_tables

NOW = datetime(2026, 4, 1, tzinfo=UTC)
KEPT = {"modified_at": NOW, "extracted_at": NOW, "batch_id": "b", "row_hash": "h"}


def test_dangling_references_are_counted_and_warned_of(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    contact, account = stage.CURRENT["salesforce.contact"], stage.CURRENT["salesforce.account"]
    with warehouse.begin() as connection:
        connection.execute(account.insert(), [{"salesforce_account_id": "001A", **KEPT}])
        connection.execute(
            contact.insert(),
            [
                {"salesforce_contact_id": "1", "account_id": "001A", "is_deleted": False, **KEPT},
                {"salesforce_contact_id": "2", "account_id": "001B", "is_deleted": False, **KEPT},
                {"salesforce_contact_id": "3", "account_id": None, "is_deleted": False, **KEPT},
                # A deleted record may point at anything.
                {"salesforce_contact_id": "4", "account_id": "001C", "is_deleted": True, **KEPT},
            ],
        )
    broken = validate_tables(warehouse, "run", NOW, tmp_path)
    assert broken == 1
    with warehouse.connect() as connection:
        row = connection.execute(
            sa.select(ops.expectation_result).where(~ops.expectation_result.c.is_success)
        ).one()
    assert row.expectation == "salesforce.contact: account_id names a known account"
    # Contacts 1 and 2 hold a reference and are not deleted; only 2 dangles.
    assert (row.severity, row.checked_count, row.unexpected_count) == ("warning", 2, 1)


def test_a_reference_to_another_kind_of_record_does_not_dangle(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    task = stage.CURRENT["salesforce.task"]
    with warehouse.begin() as connection:
        connection.execute(
            task.insert(),
            [{"salesforce_task_id": "1", "person_id": "00QX", "related_id": "006X", **KEPT}],
        )
    assert validate_tables(warehouse, "run", NOW, tmp_path) == 0


@pytest.mark.parametrize(
    ("before", "now", "is_told"),
    [
        # 10 of 100 contacts dangled; of 40 more 12 do, which is three times as often.
        ((100, 10), (140, 22), False),
        ((100, 10), (140, 23), True),
        # Nine are few, whatever share they are.
        ((100, 0), (109, 9), False),
        ((100, 0), (110, 10), True),
        # One in twenty is in no sight anywhere.
        ((100, 0), (300, 10), False),
        # Of 100 that dangled no less than half, 75 of 100 is half of what did not.
        ((100, 50), (200, 125), False),
        ((100, 50), (200, 126), True),
    ],
)
def test_references_that_dangle_more_and_more_are_told(
    warehouse: sa.Engine,
    tmp_path: Path,
    before: tuple[int, int],
    now: tuple[int, int],
    is_told: bool,
) -> None:
    """Accounts of one region are not shown to us any more: deals of theirs name what we never read."""
    contact, account = stage.CURRENT["salesforce.contact"], stage.CURRENT["salesforce.account"]
    with warehouse.begin() as connection:
        connection.execute(account.insert(), [{"salesforce_account_id": "001A", **KEPT}])
    at = [NOW - timedelta(days=27), NOW]
    for (named, dangling), checked_at in zip((before, now), at, strict=True):
        contacts = [
            {"salesforce_contact_id": str(number), "is_deleted": False, **KEPT}
            | {"account_id": "001B" if number < dangling else "001A"}
            for number in range(named)
        ]
        with warehouse.begin() as connection:
            connection.execute(contact.delete())
            connection.execute(contact.insert(), contacts)
        validate_tables(warehouse, checked_at.isoformat(), checked_at, tmp_path)
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        told = connection.scalars(
            sa.select(result.expectation).where(
                result.expectation.startswith("references do not dangle"), ~result.is_success
            )
        ).all()
    more = f"salesforce.contact.account_id ({now[1] - before[1]} more, of {now[0] - before[0]})"
    assert [words.partition(": ")[2].partition("; ")[0] for words in told] == [more] * is_told


def test_the_data_docs_show_the_results(warehouse: sa.Engine, tmp_path: Path) -> None:
    validate_tables(warehouse, "run", NOW, tmp_path)
    page = build_data_docs(tmp_path)
    assert "stage.references" in page.read_text()
    (result,) = (tmp_path / "docs" / "validations").rglob("*.html")
    assert "salesforce.contact: account_id names a known account" in result.read_text()
