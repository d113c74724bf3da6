"""What is read equals what the sandbox's HubSpot holds, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.errors import (
    AccessError,
    ConfigurationError,
    CredentialsError,
    IncompleteError,
    QuotaError,
    RetryableError,
)
from include.core.reading import Reading
from include.core.settings import Settings
from include.core.window import Window
from include.extract import hubspot
from include.extract.hubspot import HubSpotClient, HubSpotCredentials, connect, read
from include.extract.hubspot_objects import changed_ids
from include.extract.limiter import Limiter
from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from include.tables import source_object
from include.tables.source_object import SourceObject

DEALS = source_object("hubspot.deal")
CONTACTS = source_object("hubspot.contact")
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))

Record = dict[str, Any]
Connect = Callable[..., HubSpotClient]


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def record(
    id_: int,
    changed_at: datetime = DAY.start,
    archived_at: datetime | None = None,
    cursor: str = "hs_lastmodifieddate",
    **properties: str | None,
) -> Record:
    """A record as the sandbox's files hold it."""
    row: Record = {
        "id": str(id_),
        "properties": {"hs_object_id": str(id_), cursor: stamp(changed_at), **properties},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": stamp(changed_at),
        "archived": archived_at is not None,
    }
    if archived_at is not None:
        row["archivedAt"] = stamp(archived_at)
    return row


class Portal:
    """A sandbox's data folder to fill, then the sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "hubspot").mkdir(parents=True)
        self.sandbox: Sandbox

    def write(self, name: str, rows: list[Record]) -> None:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "hubspot" / f"{name}.jsonl").write_text(lines)

    def serve(self) -> Sandbox:
        self.sandbox = Sandbox(self.folder)
        return self.sandbox.__enter__()

    def close(self) -> None:
        if hasattr(self, "sandbox"):
            self.sandbox.__exit__(None, None, None)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    portal = Portal(tmp_path / "crm")
    yield portal
    portal.close()


@pytest.fixture
def connected(limits: sa.Engine, settings: Settings) -> Connect:
    """Makes a client of a sandbox whose limits are not enforced, so nobody need wait."""

    def make(sandbox: Sandbox, token: str | None = None, **choices: Any) -> HubSpotClient:
        source = settings.sources.hubspot.model_copy(update=choices)
        credentials = HubSpotCredentials(token or sandbox.account.token, sandbox.url)
        return connect(credentials, source, Limiter(limits, sleep=lambda seconds: None))

    return make


def consume(reading: Reading) -> list[Record]:
    """Every record of a reading, from its files."""
    rows: list[Record] = []
    for page in reading.pages:
        assert page.format == "jsonl"
        found = [json.loads(line) for line in page.path.read_text().splitlines()]
        assert len(found) == page.record_count
        rows += found
        page.path.unlink()
    return rows


def ids(rows: list[Record]) -> list[str]:
    return [row["id"] for row in rows]


def day_at(**elapsed: float) -> datetime:
    return DAY.start + timedelta(**elapsed)


# Snapshots


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
    # Properties, three pages of live ones, one of archived ones.
    assert reading.request_count == 5 == len(sandbox.control.requests)
    assert reading.source_count is None
    assert set(reading.fields) == {field.source for field in DEALS.fields}
    assert reading.api == "HubSpot v3"


def test_files_hold_fifty_thousand_records_at_most(
    portal: Portal, connected: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hubspot.RECORDS_PER_PAGE == 50_000
    monkeypatch.setattr(hubspot, "RECORDS_PER_PAGE", 4)
    portal.write("deals", [record(n) for n in range(1, 9)])
    reading = read(connected(portal.serve()), DEALS, DAY, "snapshot", tmp_path)
    pages = list(reading.pages)
    assert [page.record_count for page in pages] == [4, 4]
    assert len({page.path for page in pages}) == 2


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
    assert "hs_campaign" not in consume(reading)[0]["properties"]


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


# Deltas


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
    pages = list(changed_ids(connected(portal.serve()), DEALS, DAY))
    assert pages == [[str(n) for n in numbers]]


def test_a_record_that_leaves_the_window_hides_no_other(portal: Portal, connected: Connect) -> None:
    portal.write("deals", [record(n) for n in range(1, 451)])
    sandbox = portal.serve()
    pages = changed_ids(connected(sandbox), DEALS, DAY)
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
        list(changed_ids(connected(sandbox), DEALS, DAY))


# Versions, trouble, limits


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
@pytest.mark.parametrize("object_id", ["hubspot.deal", "hubspot.deal_contact", "hubspot.owner"])
def test_every_version_of_the_api_gives_the_same(
    portal: Portal, connected: Connect, tmp_path: Path, version: str, object_id: str
) -> None:
    write_linked_deals(portal)
    portal.write("owners", [owner(1, "a@example.com")])
    sandbox = portal.serve()
    client = connected(sandbox, api_version=version)
    for mode in ("snapshot", "delta"):
        reading = read(client, source_object(object_id), DAY, mode, tmp_path / mode)
        rows = consume(reading)
        expected = {
            "hubspot.deal": ["1", "2"],
            "hubspot.deal_contact": ["1:31", "1:32", "1:*", "2:*"],
            "hubspot.owner": ["1"],
        }
        assert ids(rows) == expected[object_id]
    assert reading.api == f"HubSpot {version}"
    marks = {"v3": ("/v3/", "/v4/")}.get(version, (f"/{version}",))
    assert all(any(m in r.target for m in marks) for r in sandbox.control.requests)


@pytest.mark.parametrize(
    "trouble",
    [
        Fault("objects/deals", times=2, status=503, body={"message": "busy"}),
        Fault("objects/deals", times=2, status=502, body="<html>Bad Gateway</html>"),
        Fault("objects/deals", times=2, cut_after_bytes=100),
        Fault("objects/deals", skip=1, cut_after_bytes=3000),
    ],
    ids=["503", "502 html", "cut at once", "cut later"],
)
@pytest.mark.parametrize("mode", ["snapshot", "delta"])
def test_trouble_on_the_way_loses_nothing(
    portal: Portal,
    connected: Connect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Fault,
    mode: hubspot.Mode,
) -> None:
    portal.write("deals", [record(n, dealname=f"Deal {n}") for n in range(1, 251)])
    sandbox = portal.serve()
    client = connected(sandbox)
    monkeypatch.setattr(client, "_sleep", lambda seconds: None)
    # A fault counts itself down: every test needs one of its own.
    sandbox.control.inject(replace(trouble))
    rows = consume(read(client, DEALS, DAY, mode, tmp_path))
    assert ids(rows) == [str(n) for n in range(1, 251)]


def test_a_wrong_token_is_a_credentials_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    client = connected(portal.serve(), token="pat-na1-wrong")
    with pytest.raises(CredentialsError) as caught:
        read(client, DEALS, DAY, "snapshot", tmp_path)
    assert "pat-na1-wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("object_id", "hidden", "scope"),
    [
        ("hubspot.cart", "carts", "crm.objects.carts.read"),
        ("hubspot.campaign", "campaigns", "marketing.campaigns.read"),
        ("hubspot.login", "logins", "account-info.security.read"),
        ("hubspot.deal_contact", "deals", "crm.objects.deals.read"),
    ],
)
def test_a_missing_scope_is_named(
    portal: Portal, connected: Connect, tmp_path: Path, object_id: str, hidden: str, scope: str
) -> None:
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", hidden)
    with pytest.raises(AccessError, match=scope):
        consume(read(connected(sandbox), source_object(object_id), DAY, "snapshot", tmp_path))


def test_limits_are_kept_by_all_tasks_together(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 1401)])
    sandbox = portal.serve()
    sandbox.control.limit()  # HubSpot's own: 190 in ten seconds, 5 searches a second

    def one_task(number: int) -> int:
        credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
        client = connect(credentials, settings.sources.hubspot, Limiter(limits))
        return len(consume(read(client, DEALS, DAY, "delta", tmp_path / str(number))))

    with ThreadPoolExecutor(3) as tasks:
        assert list(tasks.map(one_task, range(3))) == [1400] * 3
    # 3 tasks of 7 searches and 14 readings by id each, all of them answered the first time.
    statuses = [request.status for request in sandbox.control.requests]
    assert sum("/search" in request.target for request in sandbox.control.requests) == 21
    assert set(statuses) == {200}


def test_a_limit_that_is_lower_than_ours_is_waited_out(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 801)])
    sandbox = portal.serve()
    sandbox.control.limit(searches_per_second=2)
    credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
    client = connect(credentials, settings.sources.hubspot, Limiter(limits))
    rows = consume(read(client, DEALS, DAY, "delta", tmp_path))
    assert len(rows) == 800
    assert 429 in {request.status for request in sandbox.control.requests}


def test_the_share_of_the_day_ends_the_reading(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 2001)])
    sandbox = portal.serve()
    sandbox.control.limit(hubspot_daily=20, requests_per_ten_seconds=1000)
    with pytest.raises(QuotaError, match=r"10 of the account's 20 .* 50% .*time zone UTC"):
        consume(read(connected(sandbox, daily_quota_share=0.5), DEALS, DAY, "snapshot", tmp_path))


def test_a_spent_day_ends_the_reading(portal: Portal, connected: Connect, tmp_path: Path) -> None:
    portal.write("deals", [record(1)])
    sandbox = portal.serve()
    sandbox.control.limit(hubspot_daily=0)
    with pytest.raises(QuotaError, match="used up"):
        read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)


# Associations


def link(from_id: int, to_id: int, type_id: int, to_type: str = "contacts", **more: Any) -> Record:
    return {
        "from_type": "deals",
        "from_id": str(from_id),
        "to_type": to_type,
        "to_id": str(to_id),
        "type_id": type_id,
        "label": None,
        **more,
    }


def write_linked_deals(portal: Portal) -> None:
    portal.write("deals", [record(1), record(2)])
    portal.write("contacts", [record(31), record(32)])
    portal.write("associations", [link(1, 31, 3), link(1, 32, 3)])


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


# Listings


def owner(id_: int, email: str, archived: bool = False, teams: Any = None) -> Record:
    row = {
        "id": str(id_),
        "email": email,
        "type": "PERSON",
        "firstName": "A",
        "lastName": "B",
        "userId": id_ + 500,
        "userIdIncludingInactive": id_ + 500,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "archived": archived,
    }
    return row if teams is None else {**row, "teams": teams}


def listed(
    portal: Portal, connected: Connect, tmp_path: Path, object_id: str, mode: str = "snapshot"
) -> list[Record]:
    source: SourceObject = source_object(object_id)
    client = connected(portal.serve())
    return consume(read(client, source, DAY, mode, tmp_path))  # type: ignore[arg-type]


def test_owners_are_read_archived_ones_too_with_their_primary_team(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    teams = [
        {"id": "1", "name": "Helpers", "primary": False},
        {"id": "2", "name": "West", "primary": True},
    ]
    many = [owner(n, f"{n}@example.com") for n in range(1, 151)]
    portal.write(
        "owners",
        [
            *many,
            owner(200, "team@example.com", teams=teams),
            owner(300, "gone@example.com", archived=True, teams=teams[:1]),
        ],
    )
    rows = listed(portal, connected, tmp_path, "hubspot.owner", "delta")
    assert ids(rows) == [*(str(n) for n in range(1, 151)), "200", "300"]
    assert rows[-2] == {**owner(200, "team@example.com", teams=teams), "team_name": "West"}
    assert (rows[-1]["team_name"], rows[-1]["archived"]) == (None, True)
    assert rows[0]["team_name"] is None


def test_pipelines_are_read_as_one_record_for_each_stage(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    times = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z"}
    won = {"isClosed": "true", "probability": "1.0"}
    portal.write(
        "pipelines_deals",
        [
            {
                "id": "default",
                "label": "Sales",
                "displayOrder": 0,
                "archived": False,
                **times,
                "stages": [
                    {
                        "id": "won",
                        "label": "Won",
                        "displayOrder": 1,
                        "metadata": won,
                        "archived": False,
                        **times,
                    }
                ],
            },
            {
                "id": "9",
                "label": "Renewals",
                "displayOrder": 1,
                "archived": False,
                **times,
                "stages": [
                    {"id": "won", "label": "Renewed", "displayOrder": 0, "archived": True, **times}
                ],
            },
        ],
    )
    rows = listed(portal, connected, tmp_path, "hubspot.deal_stage")
    assert rows[0] == {
        "id": "default:won",
        "pipeline_id": "default",
        "pipeline_label": "Sales",
        "stage_id": "won",
        "label": "Won",
        "displayOrder": 1,
        "metadata": won,
        "archived": False,
        **times,
    }
    assert [(row["id"], row["metadata"], row["archived"]) for row in rows[1:]] == [
        ("9:won", {}, True)
    ]


def campaign(number: int) -> Record:
    return {
        "id": f"guid-{number:03}",
        "properties": {"hs_name": f"Campaign {number:03}", "hs_budget_items_sum_amount": "10.50"},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
    }


def test_campaigns_are_read_whole_with_their_properties(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("campaigns", [campaign(n) for n in range(1, 131)])
    client = connected(portal.serve())
    reading = read(client, source_object("hubspot.campaign"), DAY, "snapshot", tmp_path)
    rows = consume(reading)
    assert ids(rows) == [f"guid-{n:03}" for n in range(1, 131)]
    assert rows[4]["properties"]["hs_budget_items_sum_amount"] == "10.50"
    assert reading.source_count == 130


def test_campaigns_that_are_counted_but_not_listed_are_an_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    sandbox = portal.serve()
    answer = {"total": 2, "results": [campaign(1)]}
    sandbox.control.inject(Fault("/campaigns", status=200, body=answer))
    source = source_object("hubspot.campaign")
    with pytest.raises(IncompleteError, match="counts 2 campaigns and listed 1"):
        consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))


def login(number: int, at: datetime) -> Record:
    return {
        "id": str(number),
        "userId": 501,
        "email": "a@example.com",
        "loginAt": stamp(at),
        "loginSucceeded": True,
    }


def test_logins_are_read_back_to_the_start_of_the_window_and_no_further(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    # Newest first: 10 after the window, 130 in it, then 900 before it.
    times = [DAY.end + timedelta(minutes=10 - n) for n in range(10)]
    times += [DAY.end - timedelta(minutes=1 + n) for n in range(130)]
    times += [DAY.start - timedelta(minutes=1 + n) for n in range(900)]
    portal.write("logins", [login(n, at) for n, at in enumerate(times)])
    sandbox = portal.serve()
    source = source_object("hubspot.login")
    rows = consume(read(connected(sandbox), source, DAY, "delta", tmp_path))
    assert ids(rows) == [str(n) for n in range(10, 140)]
    assert len(sandbox.control.requests) == 2  # not eleven pages

    rows = consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))
    assert len(rows) == 1040


def test_logins_in_another_order_are_read_to_the_end(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    sandbox = portal.serve()
    first = [login(1, DAY.start - timedelta(days=2)), login(2, DAY.start - timedelta(days=1))]
    second = [login(3, day_at(hours=1))]
    pages = [{"results": first, "paging": {"next": {"after": "2"}}}, {"results": second}]
    for page in pages:
        sandbox.control.inject(Fault("activity/login", status=200, body=page))
    source = source_object("hubspot.login")
    rows = consume(read(connected(sandbox), source, DAY, "delta", tmp_path))
    assert ids(rows) == ["3"]


def test_what_has_no_custom_properties_says_so(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    client = connected(portal.serve())
    with pytest.raises(ConfigurationError, match=r"Remove hubspot\.custom_fields\.owner"):
        read(client, source_object("hubspot.owner"), DAY, "snapshot", tmp_path, ["x"])
