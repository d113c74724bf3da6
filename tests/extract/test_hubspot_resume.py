"""A reading that was cut off goes on after its last file, and ends with the same records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.core.errors import QuotaError
from include.core.reading import Checkpoint
from include.core.window import Window
from include.extract import hubspot, hubspot_spool
from include.extract.hubspot import HubSpotClient, read
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import (
    DAY,
    DEALS,
    Connect,
    Portal,
    Record,
    consume,
    day_at,
    link,
    record,
)

LONG = {f"a_property_with_a_long_name_{n:04}": "x" for n in range(300)}


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file for every answer."""
    monkeypatch.setattr(hubspot_spool, "RECORDS_PER_PAGE", 1)


@pytest.fixture
def filled(portal: Portal) -> Portal:
    """1,230 deals with a stage and a link each, and 120 archived in the day."""
    stage = {"dealstage": [{"value": "won", "timestamp": "2026-02-01T00:00:00Z"}]}
    rows = [
        record(n, day_at(hours=1), a_property_with_a_long_name_0000="x") for n in range(1, 1231)
    ]
    rows += [record(n, day_at(days=-9), day_at(hours=2)) for n in range(2001, 2121)]
    portal.write("deals", [{**row, "propertiesWithHistory": stage} for row in rows])
    portal.write("contacts", [record(9)])
    portal.write("associations", [link(n, 9, 3) for n in range(1, 1231)])
    return portal


def cut_after(
    client: HubSpotClient, object_id: str, mode: hubspot.Mode, spool: Path, files: int
) -> tuple[list[Record], Checkpoint | None, int]:
    """Records of the first files, the checkpoint of the last of them, and its requests."""
    reading = read(client, source_object(object_id), DAY, mode, spool)
    rows: list[Record] = []
    checkpoint = None
    pages = iter(reading.pages)
    for _ in range(files):
        page = next(pages)
        rows += [json.loads(line) for line in page.path.read_text().splitlines()]
        checkpoint = json.loads(json.dumps(page.checkpoint))
    pages.close()  # type: ignore[attr-defined]
    return rows, checkpoint, reading.request_count


@pytest.mark.parametrize("mode", ["snapshot", "delta"])
@pytest.mark.parametrize(
    ("object_id", "files"),
    [
        ("hubspot.deal", 4),
        ("hubspot.deal", 13),  # the last of the live ones
        ("hubspot.deal", 14),  # amid the archived ones
        ("hubspot.deal", 15),  # the very end
        ("hubspot.deal_history", 3),
        ("hubspot.deal_contact", 1),
        ("hubspot.deal_contact", 2),
    ],
)
def test_a_reading_goes_on_after_its_last_file(
    filled: Portal,
    connected: Connect,
    tmp_path: Path,
    object_id: str,
    files: int,
    mode: hubspot.Mode,
) -> None:
    sandbox = filled.serve()
    client = connected(sandbox)
    whole = read(client, source_object(object_id), DAY, mode, tmp_path / "whole")
    expected = consume(whole)
    first, checkpoint, first_count = cut_after(client, object_id, mode, tmp_path / "cut", files)
    assert checkpoint is not None
    assert sandbox.account.token not in json.dumps(checkpoint)

    sandbox.control.clear_requests()
    reading = read(client, source_object(object_id), DAY, mode, tmp_path / "on", resume=checkpoint)
    rest = consume(reading)
    assert reading.is_resumed
    assert first + rest == expected
    assert reading.source_count == whole.source_count
    asked = len(sandbox.control.requests)
    assert asked < whole.request_count
    assert reading.request_count == first_count + asked


@pytest.mark.parametrize(
    ("window", "mode", "custom_fields", "version"),
    [
        (Window(DAY.start, day_at(hours=23)), "delta", [], "v3"),
        (DAY, "snapshot", [], "v3"),
        (DAY, "delta", ["a_property_with_a_long_name_0000"], "v3"),
        (DAY, "delta", [], "2026-03"),
    ],
    ids=["window", "mode", "fields", "version"],
)
def test_a_checkpoint_of_another_question_is_not_used(
    filled: Portal,
    connected: Connect,
    tmp_path: Path,
    window: Window,
    mode: hubspot.Mode,
    custom_fields: list[str],
    version: str,
) -> None:
    sandbox = filled.serve()
    _, checkpoint, _ = cut_after(connected(sandbox), "hubspot.deal", "delta", tmp_path / "cut", 2)
    client = connected(sandbox, api_version=version)
    reading = read(client, DEALS, window, mode, tmp_path / "on", custom_fields, checkpoint)
    assert len(consume(reading)) == 1350
    assert not reading.is_resumed


def test_a_mark_that_hubspot_refuses_means_to_begin_anew(
    filled: Portal, connected: Connect, tmp_path: Path
) -> None:
    sandbox = filled.serve()
    client = connected(sandbox)
    _, checkpoint, _ = cut_after(client, "hubspot.deal", "snapshot", tmp_path / "cut", 4)
    sandbox.control.inject(Fault("after=", status=400, body={"message": "invalid after"}))
    sandbox.control.clear_requests()
    reading = read(client, DEALS, DAY, "snapshot", tmp_path / "on", resume=checkpoint)
    assert len(consume(reading)) == 1350
    assert not reading.is_resumed
    assert reading.source_count == 1350
    assert reading.request_count == len(sandbox.control.requests)


def test_a_spent_quota_loses_nothing_that_came_before(
    filled: Portal, connected: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_spool, "RECORDS_PER_PAGE", 50_000)
    sandbox = filled.serve()
    client = connected(sandbox, daily_quota_share=0.5)
    sandbox.control.limit(hubspot_daily=20, requests_per_ten_seconds=1000)
    reading = read(client, DEALS, DAY, "snapshot", tmp_path / "first")
    pages = iter(reading.pages)
    # Half of 20 is reached with the tenth: properties, count and seven pages came before.
    page = next(pages)
    assert page.record_count == 700
    with pytest.raises(QuotaError, match="10 of the account's 20"):
        next(pages)
    sandbox.control.limit(hubspot_daily=1000)
    rest = read(client, DEALS, DAY, "snapshot", tmp_path / "on", resume=page.checkpoint)
    assert len(consume(rest)) == 650
    assert (rest.is_resumed, rest.source_count) == (True, 1350)
