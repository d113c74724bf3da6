"""Loading landed batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from unittest.mock import Mock

import pytest
import sqlalchemy as sa

from include.core.errors import IncompleteError, StopError
from tests.stage.landed_batches import LOADED_AT, Landing, at, opportunity

OPPORTUNITY = "stage.salesforce__opportunity"
ACCOUNT = "stage.salesforce__account"
COMPANY = "stage.hubspot__company"
CONTACT = "stage.hubspot__contact"
OWNER = "stage.hubspot__owner"
LINK = "stage.hubspot__deal_company"
MICROSECOND = timedelta(microseconds=1)


def tombstone(id_: str, day: int) -> dict[str, Any]:
    return {
        "Id": id_,
        "IsDeleted": True,
        "SystemModstamp": f"2026-01-{day:02d}T00:00:00.000+0000",
        "_tombstone": True,
    }


def crm_record(
    id_: str, day: int, archived_day: int | None = None, **values: str
) -> dict[str, Any]:
    record = {
        "id": id_,
        "properties": values,
        "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": f"2026-01-{day:02d}T00:00:00Z",
        "archived": archived_day is not None,
    }
    if archived_day:
        record["archivedAt"] = f"2026-01-{archived_day:02d}T00:00:00Z"
    return record


def link(from_id: str, *to_ids: str) -> list[dict[str, Any]]:
    """One reading of a parent: its links and its marker."""
    pairs = [
        {"id": f"{from_id}:{to_id}", "from": from_id, "to": to_id, "is_primary": False}
        for to_id in to_ids
    ]
    return [*pairs, {"id": f"{from_id}:*", "from": from_id, "to": None, "is_primary": None}]


def owner(id_: str, email: str = "") -> dict[str, Any]:
    return {
        "id": id_,
        "email": email or f"{id_}@example.com",
        "archived": False,
        "updatedAt": "2026-01-01T00:00:00Z",
        "createdAt": "2026-01-01T00:00:00Z",
    }


def test_bulk_and_rest_spellings_of_one_record_are_one_typed_row(landing: Landing) -> None:
    bulk = {
        "Id": "006A",
        "Name": 'Line one\nline "two", NA',
        "Amount": "1.25E3",
        "CloseDate": "2026-03-31",
        "IsClosed": "false",
        "SystemModstamp": "2026-01-05T10:00:00.000Z",
        "IsDeleted": "false",
        "Type": "",
    }
    rest = bulk | {
        "Amount": 1250.0,
        "IsClosed": False,
        "IsDeleted": False,
        "SystemModstamp": "2026-01-05T10:00:00.000+0000",
        "Type": None,
    }
    landing.load(landing.land("salesforce.opportunity", [bulk], at(6), part_format="csv"))
    columns = ("opportunity_name", "amount_original", "close_date", "is_closed", "opportunity_type")
    first = landing.rows(OPPORTUNITY, *columns)
    (first_hash,) = landing.rows(OPPORTUNITY, "row_hash")
    landing.load(landing.land("salesforce.opportunity", [rest], at(7)))

    day = datetime(2026, 3, 31, tzinfo=UTC).date()
    assert first == [('Line one\nline "two", NA', Decimal("1250.000000"), day, False, None)]
    assert landing.rows(OPPORTUNITY, *columns) == first
    assert landing.rows(OPPORTUNITY, "modified_at", "row_hash") == [(at(5, 10), first_hash)]
    assert len(landing.rows(f"{OPPORTUNITY}_version")) == 1


def test_loading_twice_changes_nothing_and_the_ledger_says_loaded(landing: Landing) -> None:
    batch = landing.land("salesforce.opportunity", [opportunity("006A", 2)], at(3))
    assert landing.load(batch) == 1
    once = landing.rows(OPPORTUNITY), landing.rows(f"{OPPORTUNITY}_version")
    ledger = landing.rows("ops.extract_window", "status", "loaded_count", "loaded_at")
    assert ledger == [("loaded", 1, LOADED_AT)]

    assert landing.load(batch) == 1
    assert (landing.rows(OPPORTUNITY), landing.rows(f"{OPPORTUNITY}_version")) == once


def test_an_empty_batch_still_loads_its_window(landing: Landing) -> None:
    assert landing.load(landing.land("salesforce.opportunity", [], at(3), status="landed")) == 0
    assert landing.rows("ops.extract_window", "status", "loaded_count") == [("loaded", 0)]


@pytest.mark.parametrize("status", ["extracting", "failed", "rejected", "unavailable"])
def test_only_landed_and_validated_batches_load(landing: Landing, status: str) -> None:
    batch = landing.land("salesforce.opportunity", [opportunity("006A", 2)], at(3), status=status)
    with pytest.raises(StopError, match=f"{batch} of salesforce.opportunity is {status}"):
        landing.load(batch)
    assert landing.rows(OPPORTUNITY) == []
    assert landing.rows("ops.extract_window", "status") == [status]


def test_an_unknown_batch_is_refused(landing: Landing) -> None:
    with pytest.raises(StopError, match="no batch nowhere"):
        landing.load("nowhere")


def test_a_truncated_part_leaves_everything_as_it_was(landing: Landing) -> None:
    records = [opportunity("006A", 2), opportunity("006B", 2)]
    batch = landing.land("salesforce.opportunity", records, at(3))
    part = landing.folder / "salesforce" / "opportunity" / batch / "part-0.jsonl"
    part.write_text(part.read_text().splitlines()[0] + "\n")
    with pytest.raises(IncompleteError, match="holds 1 records") as caught:
        landing.load(batch)
    assert landing.rows(OPPORTUNITY) == []
    # The ledger says why, and the window is read anew.
    assert landing.rows("ops.extract_window", "status", "error") == [("failed", str(caught.value))]


def test_records_set_aside_stay_out(landing: Landing) -> None:
    records = [opportunity("006A", 2), opportunity("006B", 2), opportunity("006C", 2)]
    batch = landing.land("salesforce.opportunity", records, at(3), set_aside={1: "006B"})
    assert landing.load(batch) == 2
    assert landing.rows(OPPORTUNITY, "salesforce_opportunity_id") == ["006A", "006C"]


def test_a_record_without_id_stops_a_batch_nobody_validated(landing: Landing) -> None:
    batch = landing.land("salesforce.opportunity", [opportunity("", 2)], at(3), status="landed")
    with pytest.raises(StopError, match=r"1 records of batch .* have no id"):
        landing.load(batch)


def test_custom_fields_are_kept_as_text_and_make_a_version_differ(landing: Landing) -> None:
    for day, region in ((2, "North"), (3, "South")):
        record = opportunity("006A", day, Region__c=region, Size__c=None)
        landing.load(
            landing.land(
                "salesforce.opportunity",
                [record],
                at(day + 1),
                custom_fields=("Region__c", "Size__c"),
            )
        )
    assert landing.rows(OPPORTUNITY, "custom_fields") == [{"Region__c": "South"}]
    assert len(set(landing.rows(f"{OPPORTUNITY}_version", "row_hash"))) == 2


def test_a_later_reading_of_one_cursor_wins_and_an_older_version_never_does(
    landing: Landing,
) -> None:
    batches = [
        landing.land("salesforce.opportunity", [opportunity("006A", 5, "Third")], at(8)),
        landing.land("salesforce.opportunity", [opportunity("006A", 5, "Second")], at(7)),
        landing.land("salesforce.opportunity", [opportunity("006A", 2, "First")], at(9)),
    ]
    for batch in batches:
        landing.load(batch)
    assert landing.rows(OPPORTUNITY, "stage_name") == ["Third"]
    # The second and the third differ though the cursor stood still: the third holds from its reading.
    assert landing.rows(f"{OPPORTUNITY}_version", "stage_name", "modified_at") == [
        ("First", at(2)),
        ("Second", at(5)),
        ("Third", at(8)),
    ]


def test_a_soft_deleted_merge_loser_keeps_its_survivor(landing: Landing) -> None:
    loser = {
        "Id": "001L",
        "Name": "Loser",
        "IsDeleted": True,
        "MasterRecordId": "001W",
        "SystemModstamp": "2026-01-05T00:00:00Z",
    }
    landing.load(landing.land("salesforce.account", [loser], at(6)))
    assert landing.rows(ACCOUNT, "is_deleted", "merged_into_id") == [(True, "001W")]


def test_archiving_counts_from_its_own_instant(landing: Landing) -> None:
    landing.load(landing.land("hubspot.company", [crm_record("1", 2, name="Acme")], at(3)))
    landing.load(landing.land("hubspot.company", [crm_record("1", 2, 5, name="Acme")], at(6)))
    assert landing.rows(f"{COMPANY}_version", "modified_at", "is_deleted") == [
        (at(2), False),
        (at(5), True),
    ]
    assert landing.rows(COMPANY, "is_deleted") == [True]


def test_a_tombstone_deletes_and_keeps_the_values(landing: Landing) -> None:
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 2, "Won")], at(3)))
    landing.load(landing.land("salesforce.opportunity", [tombstone("006A", 5)], at(6)))
    columns = ("stage_name", "modified_at", "is_deleted")
    assert landing.rows(OPPORTUNITY, *columns) == [("Won", at(5), True)]

    # A version between the two arrives late: it is what the tombstone keeps.
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 4, "Lost")], at(7)))
    assert landing.rows(f"{OPPORTUNITY}_version", *columns, "is_inferred") == [
        ("Won", at(2), False, False),
        ("Lost", at(4), False, False),
        ("Lost", at(5), True, True),
    ]


def test_a_tombstone_of_a_record_never_seen_waits_for_it(landing: Landing) -> None:
    assert landing.load(landing.land("salesforce.opportunity", [tombstone("006A", 5)], at(6))) == 1
    assert landing.rows(OPPORTUNITY) == []
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 4)], at(7)))
    assert landing.rows(OPPORTUNITY, "is_deleted", "modified_at") == [(True, at(5))]


def test_a_record_changed_and_deleted_at_one_instant_is_deleted(landing: Landing) -> None:
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 5)], at(6)))
    landing.load(landing.land("salesforce.opportunity", [tombstone("006A", 5)], at(7)))
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 5)], at(8)))
    columns = ("modified_at", "is_deleted", "is_inferred")
    assert landing.rows(f"{OPPORTUNITY}_version", *columns) == [
        (at(5), False, False),
        (at(5) + MICROSECOND, True, True),
    ]
    assert landing.rows(OPPORTUNITY, "is_deleted") == [True]
    # Taken out of the recycle bin again, which changes it.
    landing.load(landing.land("salesforce.opportunity", [opportunity("006A", 9)], at(10)))
    assert landing.rows(OPPORTUNITY, "is_deleted") == [False]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_shown_before_a_late_deletion_was_told_is_deleted(
    landing: Landing, order: tuple[int, ...]
) -> None:
    """Deleted on the 5th in a transaction that ends on the 6th, after a formula had changed."""
    batches = [
        landing.land("salesforce.opportunity", [opportunity("006A", 2, Probability=10)], at(3)),
        landing.land("salesforce.opportunity", [opportunity("006A", 2, Probability=20)], at(6)),
        landing.land("salesforce.opportunity", [tombstone("006A", 5)], at(7)),
    ]
    for number in order:
        landing.load(batches[number])
    columns = ("modified_at", "is_deleted", "probability_percent")
    assert landing.rows(f"{OPPORTUNITY}_version", *columns) == [
        (at(2), False, 10),
        (at(6), False, 20),
        (at(6) + MICROSECOND, True, 20),
    ]
    assert landing.rows(OPPORTUNITY, "is_deleted") == [True]
    # The log tells of it as long as it is gone; what is shown after that is there again.
    landing.load(landing.land("salesforce.opportunity", [tombstone("006A", 5)], at(8)))
    landing.load(
        landing.land("salesforce.opportunity", [opportunity("006A", 2, Probability=30)], at(9))
    )
    assert landing.rows(OPPORTUNITY, "is_deleted") == [False]


@pytest.mark.parametrize("winner_first", [True, False])
def test_companies_merged_are_known_from_the_winner_only(
    landing: Landing, winner_first: bool
) -> None:
    winner = landing.land(
        "hubspot.company", [crm_record("9", 5, hs_merged_object_ids="1; 2;9;404")], at(6)
    )
    losers = landing.land(
        "hubspot.company", [crm_record("1", 2, name="One"), crm_record("2", 5, name="Two")], at(3)
    )
    for batch in (winner, losers) if winner_first else (losers, winner):
        landing.load(batch)
    assert landing.rows(COMPANY, "hubspot_company_id", "is_deleted", "merged_into_id") == [
        ("1", True, "9"),
        ("2", True, "9"),
        ("9", False, None),
    ]
    # 404 was never read; that it is in 9 is known all the same.
    assert landing.rows("stage.record_merge", "record_id", "merged_into_id", "merged_at") == [
        ("1", "9", at(5)),
        ("2", "9", at(5)),
        ("404", "9", at(5)),
    ]
    assert landing.rows(
        f"{COMPANY}_version", "hubspot_company_id", "modified_at", "is_deleted"
    ) == [
        ("1", at(2), False),
        ("1", at(5), True),
        ("2", at(5), False),
        ("2", at(5) + MICROSECOND, True),
        ("9", at(5), False),
    ]


def test_contacts_merged_count_from_the_instant_of_the_merge(landing: Landing) -> None:
    # 2026-01-04T00:00:00Z is 1767484800 seconds.
    merged = {"hs_calculated_merged_vids": "1:1767484800000", "hs_merged_object_ids": "1"}
    landing.load(
        landing.land("hubspot.contact", [crm_record("1", 2), crm_record("9", 7, **merged)], at(8))
    )
    assert landing.rows(
        f"{CONTACT}_version", "hubspot_contact_id", "modified_at", "is_deleted"
    ) == [
        ("1", at(2), False),
        ("1", at(4), True),
        ("9", at(7), False),
    ]
    # The loser is touched once more by the merge itself; it stays merged.
    landing.load(landing.land("hubspot.contact", [crm_record("1", 5)], at(9)))
    assert landing.rows(CONTACT, "is_deleted", "merged_into_id")[0] == (True, "9")


def test_what_a_full_reading_lacks_is_deleted_until_it_is_back(landing: Landing) -> None:
    def read(day: int, *ids: str) -> None:
        records = [owner(id_) for id_ in ids]
        landing.load(landing.land("hubspot.owner", records, at(day), mode="snapshot"))

    read(2, "1", "2", "3")
    read(4, "1", "2")
    assert landing.rows(OWNER, "is_deleted") == [False, False, True]
    # A reading between the two had lacked it already: it was gone then.
    read(3, "1", "2")
    assert landing.rows(f"{OWNER}_version", "hubspot_owner_id", "modified_at", "is_deleted") == [
        ("1", at(1), False),
        ("2", at(1), False),
        ("3", at(1), False),
        ("3", at(3), True),
    ]
    read(5, "1", "2", "3")
    assert landing.rows(OWNER, "is_deleted") == [False, False, False]
    assert len(landing.rows(f"{OWNER}_version")) == 3


def test_a_record_set_aside_is_not_absent(landing: Landing) -> None:
    records = [owner("1"), owner("2"), owner("3")]
    landing.load(landing.land("hubspot.owner", records, at(2), mode="snapshot"))
    landing.load(landing.land("hubspot.owner", records, at(3), mode="snapshot", set_aside={2: "3"}))
    assert landing.rows(OWNER, "is_deleted") == [False, False, False]


def test_an_empty_full_reading_of_an_object_that_never_had_any_loads(landing: Landing) -> None:
    assert landing.load(landing.land("hubspot.owner", [], at(2), mode="snapshot")) == 0


def test_a_link_is_deleted_when_its_parent_was_read_without_it(landing: Landing) -> None:
    readings = {
        2: [*link("1", "7", "8"), *link("2", "7")],
        4: link("1", "7"),
        6: link("1", "7", "8"),
    }
    for day in (6, 2, 4):
        landing.load(landing.land("hubspot.deal_company", readings[day], at(day)))
    live = [
        key
        for key, is_deleted in landing.rows(LINK, "hubspot_deal_company_id", "is_deleted")
        if not is_deleted
    ]
    assert live == ["1:*", "1:7", "1:8", "2:*", "2:7"]
    history = landing.rows(
        f"{LINK}_version", "hubspot_deal_company_id", "modified_at", "is_deleted"
    )
    assert [row[1:] for row in history if row[0] == "1:8"] == [
        (at(2), False),
        (at(4), True),
        (at(6), False),
    ]

    landing.load(landing.land("hubspot.deal_company", link("1"), at(8)))
    assert landing.rows(LINK, "hubspot_deal_company_id", "is_deleted") == [
        ("1:*", False),
        ("1:7", True),
        ("1:8", True),
        ("2:*", False),
        ("2:7", False),
    ]


def test_a_link_set_aside_is_not_taken_away(landing: Landing) -> None:
    landing.load(landing.land("hubspot.deal_company", link("1", "7", "8"), at(2)))
    # The next reading lacks 8; of 7 it had something unfit to load.
    landing.load(landing.land("hubspot.deal_company", link("1", "7"), at(4), set_aside={0: "1:7"}))
    columns = ("hubspot_deal_company_id", "is_deleted")
    assert landing.rows(LINK, *columns) == [("1:*", False), ("1:7", False), ("1:8", True)]
    landing.load(landing.land("hubspot.deal_company", link("1"), at(6)))
    assert landing.rows(LINK, *columns) == [("1:*", False), ("1:7", True), ("1:8", True)]


def test_a_record_without_cursor_counts_from_its_reading(landing: Landing) -> None:
    stage = {"id": "p:s", "pipeline_id": "p", "stage_id": "s", "label": "Stage", "archived": False}
    landing.load(landing.land("hubspot.deal_stage", [stage], at(4), mode="snapshot"))
    assert landing.rows("stage.hubspot__deal_stage", "modified_at") == [at(4)]


def test_a_load_that_trouble_interrupts_leaves_the_batch_for_another_try(
    landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the warehouse goes away: nothing is wrong with the batch."""
    batch = landing.land("salesforce.opportunity", [opportunity("006A", 2)], at(3))
    gone = sa.exc.OperationalError("", {}, Exception("the server closed the connection"))
    with monkeypatch.context() as broken:
        broken.setattr("include.stage.versions.refresh_current", Mock(side_effect=gone))
        with pytest.raises(sa.exc.OperationalError):
            landing.load(batch)
    assert landing.rows(OPPORTUNITY) == []
    assert landing.rows("ops.extract_window", "status") == ["validated"]
    assert landing.load(batch) == 1
    assert landing.rows("ops.extract_window", "status") == ["loaded"]
