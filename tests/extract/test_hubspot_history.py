"""What single properties were before: each value once, whenever and however often it is read."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.extract.hubspot import read
from include.extract.hubspot_history import entries
from include.tables import metadata, source_object
from tests.extract.hubspot_portal import (
    DAY,
    Connect,
    Portal,
    Record,
    consume,
    day_at,
    ids,
    record,
)
from tests.stage.landed_batches import Landing, at

DEAL_HISTORY = source_object("hubspot.deal_history")
# 2 March 2026, 0:00 UTC: 56 years of which 14 are leap years since 1970, and 60 days.
DAY_START_MS = ((56 * 365 + 14 + 60) * 86_400) * 1000


def version(value: str, at_: str, user: int | None = 7) -> Record:
    return {"value": value, "timestamp": at_, "sourceType": "CRM_UI", "updatedByUserId": user}


def with_history(row: Record, **histories: list[Record]) -> Record:
    return {**row, "propertiesWithHistory": histories}


STAGES = [
    version("closedwon", "2026-03-02T00:00:00.250Z"),
    version("", "2026-03-02T00:00:00Z"),
    version("appointment", "2026-01-05T08:00:00.000Z", None),
]


def test_every_value_is_a_record_of_its_own(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write(
        "deals",
        [
            with_history(record(1, dealstage="closedwon"), dealstage=STAGES),
            record(2, dealname="Never had a stage"),
        ],
    )
    assert DAY.start.timestamp() * 1000 == DAY_START_MS
    reading = read(connected(portal.serve()), DEAL_HISTORY, DAY, "snapshot", tmp_path)
    rows = consume(reading)
    assert rows == [
        {
            "id": f"1:dealstage:{DAY_START_MS + 250}",
            "from": "1",
            "property": "dealstage",
            "value": "closedwon",
            "timestamp": "2026-03-02T00:00:00.250Z",
            "later_count": 0,
            "sourceType": "CRM_UI",
            "updatedByUserId": 7,
        },
        {
            "id": f"1:dealstage:{DAY_START_MS}",
            "from": "1",
            "property": "dealstage",
            "value": "",
            "timestamp": "2026-03-02T00:00:00Z",
            "later_count": 0,
            "sourceType": "CRM_UI",
            "updatedByUserId": 7,
        },
        {
            # 2 March less 56 days and 16 hours.
            "id": f"1:dealstage:{DAY_START_MS - (56 * 24 - 8) * 3_600_000}",
            "from": "1",
            "property": "dealstage",
            "value": "appointment",
            "timestamp": "2026-01-05T08:00:00.000Z",
            "later_count": 0,
            "sourceType": "CRM_UI",
            "updatedByUserId": None,
        },
    ]
    assert set(reading.fields) == {field.source for field in DEAL_HISTORY.fields}
    assert reading.source_count is None  # HubSpot counts records, not values


def test_values_of_one_instant_are_told_apart_by_how_many_are_later() -> None:
    instant = "2026-03-02T00:00:00.001Z"
    first = [version(value, instant) for value in ("c", "b", "a")]
    row = {"id": "1", "propertiesWithHistory": {"amount": first}}
    found = list(entries(row, ("amount", "dealstage")))
    number = DAY_START_MS + 1
    assert [(entry["id"], entry["value"], entry["later_count"]) for entry in found] == [
        (f"1:amount:{number}", "c", 0),
        (f"1:amount:{number}:1", "b", 1),
        (f"1:amount:{number}:2", "a", 2),
    ]
    # HubSpot forgets the oldest: those it still tells keep their ids.
    row["propertiesWithHistory"] = {"amount": first[:2]}
    assert list(entries(row, ("amount",))) == found[:2]


@pytest.mark.parametrize(
    "spelling", ["2026-03-02T00:00:00Z", "2026-03-02T01:00:00+01:00", str(DAY_START_MS)]
)
def test_another_spelling_of_an_instant_is_the_same_entry(spelling: str) -> None:
    row = {"id": "1", "propertiesWithHistory": {"amount": [version("5", spelling)]}}
    assert next(entries(row, ("amount",)))["id"] == f"1:amount:{DAY_START_MS}"


def test_a_snapshot_asks_for_fifty_at_a_time_and_has_archived_records_too(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    stage = [version("won", "2026-02-01T00:00:00Z")]
    rows = [with_history(record(n), dealstage=stage) for n in range(1, 121)]
    gone = with_history(record(900, archived_at=DAY.start), dealstage=stage)
    portal.write("deals", [*rows, gone])
    sandbox = portal.serve()
    found = consume(read(connected(sandbox), DEAL_HISTORY, DAY, "snapshot", tmp_path))
    assert [row["from"] for row in found] == [*(str(n) for n in range(1, 121)), "900"]
    listings = [r.target for r in sandbox.control.requests if "propertiesWithHistory" in r.target]
    assert len(listings) == 4  # 50, 50 and 20 live ones, and one archived
    assert all("limit=50" in target for target in listings)


def test_a_delta_has_the_histories_of_changed_and_of_newly_archived_records(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    long_ago = day_at(days=-30)
    stage = [version("won", "2026-02-01T00:00:00Z")]
    portal.write(
        "deals",
        [
            with_history(record(1, long_ago), dealstage=stage),
            *(with_history(record(n, day_at(hours=5)), dealstage=stage) for n in range(2, 132)),
            with_history(record(900, long_ago, day_at(hours=1)), dealstage=stage),
            with_history(record(901, long_ago, day_at(days=-1)), dealstage=stage),
        ],
    )
    sandbox = portal.serve()
    found = consume(read(connected(sandbox), DEAL_HISTORY, DAY, "delta", tmp_path))
    assert [row["from"] for row in found] == [*(str(n) for n in range(2, 132)), "900"]


def test_contacts_and_tickets_have_histories_as_well(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    lead = [version("lead", "2026-02-01T00:00:00Z")]
    stage = [version("2", "2026-02-02T00:00:00Z")]
    contact = record(1, day_at(hours=1), cursor="lastmodifieddate")
    portal.write("contacts", [with_history(contact, lifecyclestage=lead, hs_lead_status=lead)])
    portal.write("tickets", [with_history(record(2, day_at(hours=1)), hs_pipeline_stage=stage)])
    client = connected(portal.serve())
    for object_id, expected in (
        ("hubspot.contact_history", [("lifecyclestage", "lead"), ("hs_lead_status", "lead")]),
        ("hubspot.ticket_history", [("hs_pipeline_stage", "2")]),
    ):
        for mode in ("snapshot", "delta"):
            reading = read(client, source_object(object_id), DAY, mode, tmp_path / object_id)
            assert [(row["property"], row["value"]) for row in consume(reading)] == expected


def test_a_property_the_portal_lacks_has_no_history(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    amount = [version("5", "2026-02-01T00:00:00Z")]
    portal.write("deals", [with_history(record(1), amount=amount, dealstage=amount)])
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", "deals", "dealstage")
    reading = read(connected(sandbox), DEAL_HISTORY, DAY, "snapshot", tmp_path)
    assert "dealstage" not in reading.query
    assert [row["property"] for row in consume(reading)] == ["amount"]


# How it stages


def staged(landing: Landing) -> list[Any]:
    return landing.rows(
        "stage.hubspot__deal_history",
        *("hubspot_deal_history_id", "property_value", "modified_at", "later_count"),
    )


def empty(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        for name in ("hubspot__deal_history", "hubspot__deal_history_version"):
            connection.execute(metadata.tables[f"stage.{name}"].delete())
        connection.execute(metadata.tables["ops.extract_window"].delete())


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    order=st.permutations([1, 2, 3]),
    again=st.lists(st.sampled_from([1, 2, 3]), max_size=2),
)
def test_readings_in_any_order_and_again_leave_the_same_entries(
    warehouse: sa.Engine, tmp_path: Path, order: list[int], again: list[int]
) -> None:
    # On each day another value, and the portal remembers the latest two only.
    values = [version(str(n), f"2026-01-0{n}T00:00:00Z") for n in (4, 3, 2, 1)]
    seen = {1: values[2:], 2: values[1:3], 3: values[:2]}
    empty(warehouse)
    landing = Landing(warehouse, tmp_path / str(len(list(tmp_path.iterdir()))))
    for day in [*order, *again]:
        row = {"id": "9", "propertiesWithHistory": {"amount": seen[day]}}
        found = [json.loads(json.dumps(entry)) for entry in entries(row, ("amount",))]
        landing.load(landing.land("hubspot.deal_history", found, at(day + 10)))
    expected = [(str(n), at(n)) for n in (1, 2, 3, 4)]
    assert [(value, instant) for _, value, instant, _ in staged(landing)] == expected
    versions = landing.rows("stage.hubspot__deal_history_version", "property_value")
    assert versions == [value for value, _ in expected]


def test_an_entry_of_the_window_is_read_once_however_often_it_is_asked_for(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write(
        "deals",
        [with_history(record(1, DAY.start + timedelta(hours=1)), dealstage=STAGES)],
    )
    client = connected(portal.serve())
    whole = ids(consume(read(client, DEAL_HISTORY, DAY, "snapshot", tmp_path / "whole")))
    changed = ids(consume(read(client, DEAL_HISTORY, DAY, "delta", tmp_path / "changed")))
    assert whole == changed
    assert len(set(whole)) == 3
