"""A full listing of HubSpot is held against HubSpot's own counts."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from include.core.errors import IncompleteError
from include.extract.hubspot import read
from include.extract.hubspot_counts import TYPE_IDS
from include.sandbox import hubspot_schema
from include.sandbox.faults import Fault
from include.tables import SOURCE_OBJECTS, source_object
from tests.extract.hubspot_portal import DAY, DEALS, Connect, Portal, consume, ids, record

READ_WHOLE = ["hubspot.deal", "hubspot.deal_history", "hubspot.deal_contact"]


def limits(usage: int, type_id: str = "0-3") -> dict[str, Any]:
    return {
        "hubspotDefinedObjectTypes": [{"objectTypeId": type_id, "usage": usage}],
        "customObjectTypes": {},
    }


def cut_off(first: int, last: int) -> dict[str, Any]:
    """A page of a listing that names no next one."""
    return {"results": [record(n) for n in range(first, last + 1)]}


@pytest.mark.parametrize("object_id", READ_WHOLE)
def test_a_listing_that_ends_early_is_an_error_that_names_object_and_counts(
    portal: Portal, connected: Connect, tmp_path: Path, object_id: str
) -> None:
    portal.write("deals", [record(n) for n in range(1, 251)])
    sandbox = portal.serve()
    sandbox.control.inject(Fault(r"objects/2026-09/deals\?", status=200, body=cut_off(1, 100)))
    expected = "listed 100 deals; its limits count 250 before and 250 after, and its search 250"
    with pytest.raises(IncompleteError, match=expected):
        consume(read(connected(sandbox), source_object(object_id), DAY, "snapshot", tmp_path))


def test_what_is_made_during_the_listing_is_no_mismatch(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 251)])
    sandbox = portal.serve()
    # Before the second of three pages: 250 at the beginning, 253 listed and 253 at the end.
    made = [
        {"action": "upsert", "crm": "hubspot", "name": "deals", "record": record(n)}
        for n in (301, 302, 303)
    ]
    sandbox.control.inject(Fault(r"objects/2026-09/deals\?.*after=", actions=made))
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    assert len(consume(reading)) == 253
    assert reading.source_count == 253


def test_a_record_deleted_after_it_was_listed_is_no_mismatch(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 251)])
    sandbox = portal.serve()
    gone = {"action": "hard_delete", "crm": "hubspot", "name": "deals", "key": "5"}
    actions = [{**gone, "at": "2026-03-02T10:00:00.000Z"}]
    sandbox.control.inject(Fault(r"objects/2026-09/deals\?.*after=", actions=actions))
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    assert len(consume(reading)) == 250
    assert reading.source_count == 250  # 250 at the beginning, 249 at the end


def test_a_listing_anywhere_between_both_counts_is_right(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 251)])
    sandbox = portal.serve()
    # Two are made at once with the last page, behind it: the listing misses them, rightly.
    made = [
        {"action": "upsert", "crm": "hubspot", "name": "deals", "record": record(n)}
        for n in (301, 302)
    ]
    sandbox.control.inject(Fault("limits/2026-09/records", skip=1, actions=made))
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    assert len(consume(reading)) == 250
    assert reading.source_count == 250


def test_limits_that_are_behind_do_not_stop_a_listing_that_search_confirms(
    portal: Portal, connected: Connect, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    portal.write("deals", [record(n) for n in range(1, 251)])
    sandbox = portal.serve()
    sandbox.control.inject(Fault("limits/2026-09/records", times=2, status=200, body=limits(260)))
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    with caplog.at_level(logging.WARNING):
        assert len(consume(reading)) == 250
    assert "which say 260 before and 260 after, do not confirm it" in caplog.text
    assert reading.source_count is None


@pytest.mark.parametrize(
    "refusal",
    [
        Fault("limits/2026-09/records", times=2, status=403, body={"category": "MISSING_SCOPES"}),
        Fault("limits/2026-09/records", times=2, status=404, body={"category": "OBJECT_NOT_FOUND"}),
        Fault("limits/2026-09/records", times=2, status=200, body=limits(7, "0-1")),
    ],
    ids=["scope", "no such endpoint", "type not told"],
)
def test_without_a_count_the_reading_has_none(
    portal: Portal, connected: Connect, tmp_path: Path, refusal: Fault
) -> None:
    portal.write("deals", [record(n) for n in range(1, 4)])
    sandbox = portal.serve()
    sandbox.control.inject(
        Fault(refusal.address, times=2, status=refusal.status, body=refusal.body)
    )
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    assert ids(consume(reading)) == ["1", "2", "3"]
    assert reading.source_count is None


def test_every_object_read_whole_has_a_type_id() -> None:
    names = {each.name for each in SOURCE_OBJECTS if each.reader == "crm_object"}
    known = {name: id_ for name, id_ in hubspot_schema.TYPE_IDS.items() if name in names}
    assert known.items() <= TYPE_IDS.items()
