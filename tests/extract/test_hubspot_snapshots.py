"""A snapshot of HubSpot equals what the sandbox holds, over real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.core.errors import ConfigurationError
from include.extract import hubspot_spool
from include.extract.hubspot import read
from include.sandbox.faults import Fault
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


def test_a_snapshot_is_every_record_live_and_archived_as_the_api_gives_it(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    live = [record(n, dealname=f"Deal {n}", amount=f"{n}.50") for n in range(1, 251)]
    archived = [record(900, archived_at=day_at(hours=1), dealname="Gone", amount="")]
    portal.write("deals", [*live, *archived])
    sandbox = portal.serve()
    client = connected(sandbox)

    reading = read(client, DEALS, DAY, "snapshot", tmp_path / "spool")
    rows = consume(reading)

    assert ids(rows) == [*(str(n) for n in range(1, 251)), "900"]
    assert rows[6]["properties"]["dealname"] == "Deal 7"
    assert rows[6]["properties"]["amount"] == "7.50"
    assert rows[6]["createdAt"] == "2026-01-01T00:00:00.000Z"
    assert rows[6]["updatedAt"] == stamp(DAY.start)
    assert (rows[6]["archived"], rows[-1]["archived"]) == (False, True)
    assert rows[-1]["archivedAt"] == stamp(day_at(hours=1))
    # Properties, the count before and after, three pages of live ones, one of archived ones.
    assert reading.request_count == 7 == len(sandbox.control.requests)
    assert reading.source_count == 251
    assert set(reading.fields) == {field.source for field in DEALS.fields}
    assert reading.api == "HubSpot 2026-09"


def test_files_end_with_the_answer_that_fills_them(
    portal: Portal, connected: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hubspot_spool.RECORDS_PER_PAGE == 50_000
    monkeypatch.setattr(hubspot_spool, "RECORDS_PER_PAGE", 150)
    portal.write("deals", [record(n) for n in range(1, 421)])
    reading = read(connected(portal.serve()), DEALS, DAY, "snapshot", tmp_path)
    pages = list(reading.pages)
    # Answers of 100, 100, 100, 100 and 20.
    assert [page.record_count for page in pages] == [200, 200, 20]
    assert len({page.path for page in pages}) == 3


def test_an_object_without_records_gives_no_files(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    reading = read(connected(portal.serve()), DEALS, DAY, "snapshot", tmp_path / "spool")
    assert list(reading.pages) == []
    assert list((tmp_path / "spool").iterdir()) == []


def test_properties_the_portal_lacks_are_left_out(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, dealname="A")])
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", "deals", "hs_campaign")
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
    assert "properties.dealname" in reading.fields
    assert "properties.hs_campaign" not in reading.fields
    # Unknown is not empty: staging keeps what it knew of them.
    assert reading.missing_fields == ("properties.hs_campaign",)
    assert "hs_campaign" not in consume(reading)[0]["properties"]


def test_properties_are_asked_for_anew_by_every_reading(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, dealname="A", hs_campaign="Spring")])
    sandbox = portal.serve()
    client = connected(sandbox)
    sandbox.control.hide("hubspot", "deals", "hs_campaign")
    assert read(client, DEALS, DAY, "snapshot", tmp_path / "1").missing_fields
    sandbox.control.show_everything()
    reading = read(client, DEALS, DAY, "snapshot", tmp_path / "2")
    assert reading.missing_fields == ()
    assert consume(reading)[0]["properties"]["hs_campaign"] == "Spring"


def test_a_cleared_value_stays_apart_from_one_that_was_never_set(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    # What they mean is not for the extractor to say: values are landed as they came.
    told = {
        "dealname": "",
        "hs_is_closed": "false",
        "amount": "12;13",
        "closedate": "1772409600000",
    }
    portal.write("deals", [record(1, **told)])
    client = connected(portal.serve())
    for mode in ("snapshot", "delta"):
        (row,) = consume(read(client, DEALS, DAY, mode, tmp_path / mode))  # type: ignore[arg-type]
        assert row["properties"].items() >= told.items()
        assert row["properties"]["pipeline"] is None


def test_configured_properties_are_read_too(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(1, region="North")])
    client = connected(portal.serve())
    reading = read(client, DEALS, DAY, "snapshot", tmp_path, ["region"])
    assert reading.custom_fields == ("properties.region",)
    assert "properties.region" in reading.fields
    assert consume(reading)[0]["properties"]["region"] == "North"


def test_a_configured_property_that_does_not_exist_is_named(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    client = connected(portal.serve())
    with pytest.raises(ConfigurationError, match=r"regoin.*hubspot\.custom_fields\.deal"):
        read(client, DEALS, DAY, "snapshot", tmp_path, ["regoin"])


SENSITIVE = {"id": "deals.diagnosis", "type": "string", "fieldType": "text"}


@pytest.mark.parametrize("level", ["sensitive", "highly_sensitive"])
def test_a_configured_property_may_be_a_sensitive_one(
    portal: Portal, connected: Connect, tmp_path: Path, level: str
) -> None:
    portal.write("properties", [{**SENSITIVE, "dataSensitivity": level}])
    portal.write("deals", [record(1, diagnosis="None")])
    client = connected(portal.serve())
    reading = read(client, DEALS, DAY, "snapshot", tmp_path, ["diagnosis"])
    assert consume(reading)[0]["properties"]["diagnosis"] == "None"


def test_a_sensitive_property_we_may_not_see_is_named_with_its_scope(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("properties", [{**SENSITIVE, "dataSensitivity": "sensitive"}])
    portal.write("deals", [record(1, diagnosis="None")])
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", "deals.sensitive")
    expected = r"no property diagnosis.*scope crm\.objects\.deals\.sensitive\.read"
    with pytest.raises(ConfigurationError, match=expected):
        read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path, ["diagnosis"])


def test_more_properties_than_a_url_holds_are_read_by_id(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    many = {f"a_property_with_a_long_name_{n:04}": f"value {n}" for n in range(300)}
    portal.write(
        "deals",
        [
            *(record(n, **many) for n in range(1, 131)),
            record(900, archived_at=DAY.start, **many),
        ],
    )
    sandbox = portal.serve()
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path, list(many))
    rows = consume(reading)
    assert ids(rows) == [*(str(n) for n in range(1, 131)), "900"]
    assert all(row["properties"].items() >= many.items() for row in rows)
    assert rows[-1]["archived"]
    assert max(len(request.target) for request in sandbox.control.requests) < 6000
    assert reading.source_count == 131


def test_records_deleted_between_listing_and_reading_are_counted_out(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    many = {f"a_property_with_a_long_name_{n:04}": "x" for n in range(300)}
    portal.write("deals", [record(n, **many) for n in range(1, 131)])
    sandbox = portal.serve()
    deletions = [
        {
            "action": "hard_delete",
            "crm": "hubspot",
            "name": "deals",
            "key": key,
            "at": stamp(DAY.end),
        }
        for key in ("3", "4")
    ]
    sandbox.control.inject(Fault("batch/read", actions=deletions))
    reading = read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path, list(many))
    rows = consume(reading)
    assert len(rows) == 128 == reading.source_count


def test_a_gateway_that_takes_short_addresses_only_is_asked_in_bodies(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    many = {f"a_property_with_a_long_name_{n:04}": "x" for n in range(300)}
    portal.write("deals", [record(1, **many)])
    sandbox = portal.serve()
    sandbox.control.trouble("hubspot", longest_address=6000)
    (row,) = consume(read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path, list(many)))
    assert row["properties"].items() >= many.items()
