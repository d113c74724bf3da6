"""Splits of HubSpot's deals are read as records, with a marker for each deal."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from include.core.errors import AccessError, RetryableError
from include.extract.hubspot import read
from include.extract.hubspot_paths import hubspot_path
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import DAY, Connect, Portal, Record, consume, ids, record

SOURCE = source_object("hubspot.deal_split")
PATH = "/deal-splits/"


def share(id_: int, deal: int, owner: int, rate: str, created: str = "2026-01-02") -> Record:
    """A split as the sandbox's file holds it."""
    stamp = f"{created}T10:00:00.000Z"
    return {
        "id": str(id_),
        "deal_id": str(deal),
        "properties": {"hs_deal_split_percentage": rate, "hubspot_owner_id": str(owner)},
        "createdAt": stamp,
        "updatedAt": stamp,
        "archived": False,
    }


def marker(deal: int) -> Record:
    empty = dict.fromkeys(("to", "percentage", "createdAt"))
    return {"id": f"{deal}:*", "from": str(deal), **empty}


def test_a_share_is_a_record_and_so_is_a_deal_that_was_read(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(2)])
    portal.write("deal_splits", [share(90, 1, 71, "0.6"), share(91, 1, 72, "0.4")])
    reading = read(connected(portal.serve()), SOURCE, DAY, "snapshot", tmp_path)
    created = "2026-01-02T10:00:00.000Z"
    assert consume(reading) == [
        {"id": "1:71", "from": "1", "to": "71", "percentage": "0.6", "createdAt": created},
        {"id": "1:72", "from": "1", "to": "72", "percentage": "0.4", "createdAt": created},
        marker(1),
        marker(2),
    ]
    assert set(reading.fields) == {"from", "to", "percentage", "createdAt"}
    assert reading.query == "splits of deals (all)"


def test_several_shares_of_one_owner_are_their_sum_since_the_first(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1)])
    portal.write(
        "deal_splits",
        [
            share(90, 1, 71, "0.5", "2026-02-01"),
            share(91, 1, 71, "0.2", "2026-01-05"),
            share(92, 1, 72, "0.3"),
        ],
    )
    rows = consume(read(connected(portal.serve()), SOURCE, DAY, "snapshot", tmp_path))
    # 0.5 + 0.2
    assert [(row["to"], row["percentage"]) for row in rows] == [
        ("71", "0.7"),
        ("72", "0.3"),
        (None, None),
    ]
    assert rows[0]["createdAt"] == "2026-01-05T10:00:00.000Z"


def test_a_delta_reads_the_splits_of_changed_deals_only(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, DAY.start - timedelta(hours=1)), record(2), record(3)])
    portal.write("deal_splits", [share(90, 1, 71, "1"), share(91, 2, 71, "1")])
    sandbox = portal.serve()
    client = connected(sandbox)
    rows = consume(read(client, SOURCE, DAY, "delta", tmp_path / "1"))
    assert ids(rows) == ["2:71", "2:*", "3:*"]
    # HubSpot replaces all splits of a deal; who has none any more leaves the marker behind.
    sandbox.control.upsert("hubspot", "deal_splits", {"id": "91", "archived": True})
    rows = consume(read(client, SOURCE, DAY, "delta", tmp_path / "2"))
    assert ids(rows) == ["2:*", "3:*"]


def test_more_deals_than_a_request_takes_are_asked_for_in_turn(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 252)])
    portal.write("deal_splits", [share(90, 251, 71, "1")])
    sandbox = portal.serve()
    rows = consume(read(connected(sandbox), SOURCE, DAY, "snapshot", tmp_path))
    assert ids(rows)[-2:] == ["251:71", "251:*"]
    assert len(rows) == 252
    # 100 + 100 + 51
    assert sum(PATH in r.target for r in sandbox.control.requests) == 3


def test_deals_deleted_meanwhile_leave_no_marker_and_other_errors_are_tried_again(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1), record(2)])
    sandbox = portal.serve()
    client = connected(sandbox)

    def answer(category: str) -> dict[str, Any]:
        error = {"status": "error", "category": category, "context": {"ids": ["2"]}}
        return {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [error]}

    sandbox.control.inject(Fault(PATH, status=207, body=answer("OBJECT_NOT_FOUND")))
    assert ids(consume(read(client, SOURCE, DAY, "snapshot", tmp_path))) == ["1:*"]
    sandbox.control.inject(Fault(PATH, status=207, body=answer("INTERNAL_ERROR")))
    with pytest.raises(RetryableError, match="INTERNAL_ERROR"):
        consume(read(client, SOURCE, DAY, "snapshot", tmp_path))


def test_an_account_without_splits_is_told_by_their_scope(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1)])
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", "deal_splits")
    with pytest.raises(AccessError, match=r"crm\.dealsplits\.read_write"):
        consume(read(connected(sandbox), SOURCE, DAY, "snapshot", tmp_path))


def test_a_dated_version_has_them_elsewhere() -> None:
    assert hubspot_path("v3", "deal_splits") == "/crm/v3/objects/deals/splits/batch/read"
    assert hubspot_path("2026-03", "deal_splits") == "/deal-splits/2026-03/batch/read"
