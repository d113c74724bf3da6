"""A delta of HubSpot is every change of its window, whatever search shows of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from include.core.errors import IncompleteError
from include.core.window import Window
from include.extract.hubspot import read
from include.extract.hubspot_search import changed_ids
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import (
    DAY,
    DEALS,
    Connect,
    Portal,
    consume,
    day_at,
    ids,
    record,
    stamp,
)

CONTACTS = source_object("hubspot.contact")
MEETINGS = source_object("hubspot.meeting")


def test_a_delta_is_half_open_to_the_millisecond(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    millisecond = timedelta(milliseconds=1)
    portal.write(
        "deals",
        [
            record(1, DAY.start - millisecond),
            record(2, DAY.start, dealname="First"),
            record(3, DAY.end - millisecond),
            record(4, DAY.end),
        ],
    )
    reading = read(connected(portal.serve()), DEALS, DAY, "delta", tmp_path)
    rows = consume(reading)
    assert ids(rows) == ["2", "3"]
    assert rows[0]["properties"]["dealname"] == "First"
    assert reading.source_count == 2


def test_contacts_have_a_cursor_of_their_own(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("contacts", [record(1, cursor="lastmodifieddate", email="a@example.com")])
    rows = consume(read(connected(portal.serve()), CONTACTS, DAY, "delta", tmp_path))
    assert ids(rows) == ["1"]


def test_archived_records_are_in_the_window_they_were_archived_in(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    before = day_at(days=-30)
    portal.write(
        "deals",
        [
            record(1, before, archived_at=DAY.start - timedelta(seconds=1)),
            record(2, before, archived_at=DAY.start),
            record(3, before, archived_at=DAY.end),
            record(4, day_at(hours=5)),
        ],
    )
    reading = read(connected(portal.serve()), DEALS, DAY, "delta", tmp_path)
    rows = consume(reading)
    assert ids(rows) == ["4", "2"]
    assert rows[1]["archivedAt"] == stamp(DAY.start)
    assert reading.source_count == 2


@pytest.mark.parametrize("mode", ["delta", "snapshot"])
def test_a_type_whose_archive_is_not_listed_is_read_and_said_to_lack_deletions(
    portal: Portal, connected: Connect, tmp_path: Path, mode: Literal["delta", "snapshot"]
) -> None:
    portal.write("meetings", [record(1), record(2, archived_at=day_at(hours=1))])
    reading = read(connected(portal.serve()), MEETINGS, DAY, mode, tmp_path)
    assert ids(consume(reading)) == ["1"]
    assert reading.source_count == 1
    # What a snapshot lacks is deleted.
    assert reading.has_deletion_gap == (mode == "delta")


def test_a_window_and_a_millisecond_may_hold_more_than_search_shows(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    # 10,020 of 10,050 carry one timestamp, as after a bulk update; the wall is at 10,000.
    portal.write(
        "deals",
        [
            record(n, day_at(hours=3) if n <= 10_020 else day_at(minutes=n % 60))
            for n in range(1, 10_051)
        ],
    )
    reading = read(connected(portal.serve()), DEALS, DAY, "delta", tmp_path)
    rows = consume(reading)
    assert sorted(map(int, ids(rows))) == list(range(1, 10_051))
    assert reading.source_count == 10_050


def test_ids_of_any_length_are_read_in_the_order_of_their_number(
    portal: Portal, connected: Connect
) -> None:
    numbers = [9, 10, 99, 100, 8_999_999_999, 10_000_000_000]
    portal.write("deals", [record(n) for n in reversed(numbers)])
    pages = list(changed_ids(connected(portal.serve()), DEALS, DAY, 4, {}))
    assert [ids for ids, _ in pages] == [["9", "10", "99", "100"], ["8999999999", "10000000000"]]


def test_a_record_that_leaves_the_window_hides_no_other(portal: Portal, connected: Connect) -> None:
    portal.write("deals", [record(n) for n in range(1, 451)])
    sandbox = portal.serve()
    pages = (found for found, _ in changed_ids(connected(sandbox), DEALS, DAY, 200, {}))
    found = next(pages)
    assert found == [str(n) for n in range(1, 201)]
    # With pages by position record 201 would now be the 200th, and lost.
    sandbox.control.upsert("hubspot", "deals", record(5, DAY.end))
    assert [id_ for page in pages for id_ in page] == [str(n) for n in range(201, 451)]


def test_records_deleted_between_search_and_reading_are_counted_out(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(3)])
    sandbox = portal.serve()
    sandbox.control.inject(
        Fault(
            "deals/search",
            status=200,
            body={"total": 3, "results": [{"id": "1"}, {"id": "2"}, {"id": "3"}]},
        )
    )
    reading = read(connected(sandbox), DEALS, DAY, "delta", tmp_path)
    assert ids(consume(reading)) == ["1", "3"]
    assert reading.source_count == 2


def test_a_record_the_store_passes_over_in_silence_is_an_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(2)])
    sandbox = portal.serve()
    sandbox.control.inject(
        Fault("batch/read", status=200, body={"status": "COMPLETE", "results": [record(1)]})
    )
    with pytest.raises(IncompleteError, match="asked for 2 deals by id, sent 1"):
        consume(read(connected(sandbox), DEALS, DAY, "delta", tmp_path))


def test_a_search_that_lists_fewer_than_it_counts_is_an_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 8)])
    sandbox = portal.serve()
    cut_off = {"total": 7, "results": [{"id": "1"}, {"id": "2"}]}
    sandbox.control.inject(Fault("deals/search", status=200, body=cut_off))
    with pytest.raises(IncompleteError, match="listed 2 deals of the 7"):
        consume(read(connected(sandbox), DEALS, DAY, "delta", tmp_path))


def test_fewer_than_counted_at_first_is_well_when_the_window_holds_no_more(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(2)])
    sandbox = portal.serve()
    moved_on = {"total": 3, "results": [{"id": "1"}, {"id": "2"}]}
    sandbox.control.inject(Fault("deals/search", status=200, body=moved_on))
    reading = read(connected(sandbox), DEALS, DAY, "delta", tmp_path)
    assert ids(consume(reading)) == ["1", "2"]


def test_an_empty_page_of_a_search_is_not_its_end(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 4)])
    sandbox = portal.serve()
    empty = {"total": 3, "results": [], "paging": {"next": {"after": "0"}}}
    sandbox.control.inject(Fault("deals/search", status=200, body=empty))
    rows = consume(read(connected(sandbox), DEALS, DAY, "delta", tmp_path))
    assert ids(rows) == ["1", "2", "3"]


def test_a_search_that_does_not_move_on_is_not_read_for_ever(
    portal: Portal, connected: Connect
) -> None:
    sandbox = portal.serve()
    again = {"total": 900, "results": [{"id": "7"}], "paging": {"next": {"after": "1"}}}
    sandbox.control.inject(Fault("deals/search", times=5, status=200, body=again))
    with pytest.raises(IncompleteError, match="does not move on from id 7"):
        list(changed_ids(connected(sandbox), DEALS, DAY, 200, {}))


def test_a_window_from_the_beginning_of_time_starts_where_search_can(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    """HubSpot's index stumbles over the first instant of 1970, as the sandbox's does."""
    portal.write("deals", [record(1)])
    everything = Window(datetime(1970, 1, 1, tzinfo=UTC), DAY.end)
    rows = consume(read(connected(portal.serve()), DEALS, everything, "delta", tmp_path))
    assert ids(rows) == ["1"]


@pytest.mark.parametrize("new_id", [None, "9"])
def test_a_record_merged_between_search_and_reading_is_no_loss(
    portal: Portal, connected: Connect, tmp_path: Path, new_id: str | None
) -> None:
    portal.write("deals", [record(1), record(2), record(3)])
    sandbox = portal.serve()
    merge = {"action": "merge", "crm": "hubspot", "name": "deals", "winner": "1", "loser": "2"}
    actions = [{**merge, "at": stamp(day_at(hours=3)), "new_id": new_id}]
    sandbox.control.inject(Fault("batch/read", actions=actions))
    rows = consume(read(connected(sandbox), DEALS, DAY, "delta", tmp_path))
    survivor = new_id or "1"
    assert set(ids(rows)) == {survivor, "3"}
    merged = {row["id"]: row["properties"]["hs_merged_object_ids"] for row in rows}
    assert merged[survivor] == ("1;2" if new_id else "2")


def test_a_survivor_sent_once_stands_for_the_records_merged_into_it(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("contacts", [record(n, cursor="lastmodifieddate") for n in (1, 2, 3)])
    sandbox = portal.serve()
    survivor = record(1, cursor="lastmodifieddate", hs_calculated_merged_vids="2:1772409600000")
    survivor["properties"]["hs_merged_object_ids"] = "3"
    answer = {"status": "COMPLETE", "results": [survivor]}
    sandbox.control.inject(Fault("batch/read", status=200, body=answer))
    reading = read(connected(sandbox), CONTACTS, DAY, "delta", tmp_path)
    assert ids(consume(reading)) == ["1"]
    assert reading.source_count == 1


def test_what_was_merged_is_asked_for_by_name() -> None:
    for object_id in ("hubspot.company", "hubspot.contact", "hubspot.deal", "hubspot.ticket"):
        sources = {field.source for field in source_object(object_id).fields}
        assert "properties.hs_merged_object_ids" in sources
    assert "properties.hs_calculated_merged_vids" in {field.source for field in CONTACTS.fields}


def test_values_come_from_the_store_whatever_the_index_shows(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, day_at(hours=1), amount="5"), record(2, day_at(hours=1))])
    sandbox = portal.serve()
    # From now on search is an hour behind: it finds the first state, the store has the second.
    sandbox.control.index_lag(3600)
    sandbox.control.upsert("hubspot", "deals", record(1, DAY.end + timedelta(hours=1), amount="6"))
    sandbox.control.upsert("hubspot", "deals", record(3, day_at(hours=2)))
    client = connected(sandbox)
    rows = consume(read(client, DEALS, DAY, "delta", tmp_path / "1"))
    assert [(row["id"], row["properties"].get("amount")) for row in rows] == [
        ("1", "6"),
        ("2", None),
    ]
    # What the index did not know yet is found by the next window's overlap.
    sandbox.control.advance(3600)
    overlapping = Window(DAY.start, DAY.end + timedelta(hours=6))
    rows = consume(read(client, DEALS, overlapping, "delta", tmp_path / "2"))
    assert ids(rows) == ["1", "2", "3"]
