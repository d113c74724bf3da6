"""Links between HubSpot's records are read as records, with a marker for each parent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.core.errors import RetryableError
from include.extract.hubspot import read
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import (
    DAY,
    Connect,
    Portal,
    consume,
    ids,
    link,
    record,
    write_linked_deals,
)


def test_a_link_is_a_record_and_so_is_a_parent_that_was_read(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    write_linked_deals(portal)
    source = source_object("hubspot.deal_contact")
    reading = read(connected(portal.serve()), source, DAY, "snapshot", tmp_path)
    assert consume(reading) == [
        {"id": "1:31", "from": "1", "to": "31", "is_primary": False},
        {"id": "1:32", "from": "1", "to": "32", "is_primary": False},
        {"id": "1:*", "from": "1", "to": None, "is_primary": None},
        {"id": "2:*", "from": "2", "to": None, "is_primary": None},
    ]
    assert set(reading.fields) == {"from", "to", "is_primary"}


def test_a_link_is_primary_when_any_of_its_types_is(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1)])
    portal.write("companies", [record(51), record(52), record(53)])
    portal.write(
        "associations",
        [
            link(1, 51, 341, "companies"),
            link(1, 52, 341, "companies"),
            link(1, 52, 5, "companies", label="Primary"),
            link(1, 53, 77, "companies", label="Reseller"),
        ],
    )
    source = source_object("hubspot.deal_company")
    rows = consume(read(connected(portal.serve()), source, DAY, "snapshot", tmp_path))
    assert {row["id"]: row["is_primary"] for row in rows} == {
        "1:51": False,
        "1:52": True,
        "1:53": False,
        "1:*": None,
    }


def test_links_are_told_apart_by_their_types_and_not_by_a_number_alone(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1)])
    # Labels a company defines itself are numbered from 1 on too.
    own = {"category": "USER_DEFINED", "typeId": 5, "label": "Reseller"}
    primary = {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}
    # One entry for each type rather than one for each company: still one link.
    to = [
        {"toObjectId": 51, "associationTypes": [own]},
        {"toObjectId": 52, "associationTypes": [primary]},
        {"toObjectId": 52, "associationTypes": [own]},
    ]
    answer = {"status": "COMPLETE", "results": [{"from": {"id": "1"}, "to": to}]}
    sandbox = portal.serve()
    sandbox.control.inject(Fault("/associations/", status=200, body=answer))
    source = source_object("hubspot.deal_company")
    rows = consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))
    assert [(row["id"], row["is_primary"]) for row in rows] == [
        ("1:51", False),
        ("1:52", True),
        ("1:*", None),
    ]


def test_the_links_of_one_record_go_on_over_pages(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    # The service gives 500 links of a record at once: 500 + 500 + 201 and 500 + 1.
    portal.write("deals", [record(1), record(2), record(3)])
    portal.write(
        "associations",
        [
            *(link(1, to_id, 3) for to_id in range(1000, 2201)),
            *(link(3, to_id, 3) for to_id in range(1000, 1501)),
        ],
    )
    sandbox = portal.serve()
    source = source_object("hubspot.deal_contact")
    rows = consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))
    found = {n: [row["to"] for row in rows if row["from"] == str(n)] for n in (1, 2, 3)}
    assert found[1] == [*(str(n) for n in range(1000, 2201)), None]
    assert found[2] == [None]
    assert found[3] == [*(str(n) for n in range(1000, 1501)), None]
    assert sum("/associations/" in r.target for r in sandbox.control.requests) == 3


def test_a_delta_reads_the_links_of_changed_parents_only(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, DAY.start - timedelta(hours=1)), record(2), record(3)])
    portal.write("associations", [link(1, 31, 3), link(2, 32, 3)])
    sandbox = portal.serve()
    client, source = connected(sandbox), source_object("hubspot.deal_contact")
    rows = consume(read(client, source, DAY, "delta", tmp_path / "1"))
    assert ids(rows) == ["2:32", "2:*", "3:*"]
    # The link taken away leaves the marker alone behind.
    sandbox.control.dissociate("deals", 2, "contacts", 32)
    rows = consume(read(client, source, DAY, "delta", tmp_path / "2"))
    assert ids(rows) == ["2:*", "3:*"]


def test_more_parents_than_a_request_takes_are_asked_for_in_turn(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 1102)])
    portal.write("associations", [link(1101, 31, 3)])
    sandbox = portal.serve()
    source = source_object("hubspot.deal_contact")
    rows = consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))
    assert ids(rows)[-2:] == ["1101:31", "1101:*"]
    assert len(rows) == 1102
    assert sum("/associations/" in r.target for r in sandbox.control.requests) == 2


def test_parents_deleted_meanwhile_leave_no_marker_and_other_errors_are_tried_again(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(2)])
    sandbox = portal.serve()
    client, source = connected(sandbox), source_object("hubspot.deal_contact")

    def answer(category: str) -> dict[str, Any]:
        error = {"status": "error", "category": category, "context": {"ids": ["2"]}}
        return {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}

    sandbox.control.inject(Fault("/associations/", status=207, body=answer("OBJECT_NOT_FOUND")))
    assert ids(consume(read(client, source, DAY, "snapshot", tmp_path))) == ["1:*"]
    sandbox.control.inject(Fault("/associations/", status=207, body=answer("INTERNAL_ERROR")))
    with pytest.raises(RetryableError, match="INTERNAL_ERROR"):
        consume(read(client, source, DAY, "snapshot", tmp_path))
