"""Readings of the sandbox's org equal its content, through every way and every trouble."""

from __future__ import annotations

import csv
import io
import logging
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.batch import read_frames, read_manifest
from include.core.errors import AccessError, IncompleteError, QuotaError, RetryableError, StopError
from include.core.reading import Page, Reading
from include.core.window import BEGINNING, Window
from include.extract import (
    salesforce,
    salesforce_bulk,
    salesforce_client,
    salesforce_rest,
)
from include.land.landing import land
from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from include.tables import source_object
from tests.extract.salesforce_org import (
    FIRST_CHANGE,
    NOW,
    OPPORTUNITY_COUNT,
    SETTINGS,
    changed_in,
    credentials,
    opportunities,
    records_of,
    write_org,
)

OPPORTUNITY = source_object("salesforce.opportunity")
ACCOUNT = source_object("salesforce.account")
STAGES = source_object("salesforce.opportunity_stage")
EVERYTHING = Window(BEGINNING, NOW)
DAY = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC))
# 4,500 changes of five minutes each are 15.6 days: this window holds all, in three REST pages.
ALL_CHANGES = Window(FIRST_CHANGE, datetime(2026, 11, 17, tzinfo=UTC))

Read = Callable[..., tuple[Reading, list[Page]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("org")
    write_org(target)
    return target


@pytest.fixture
def sandbox(folder: Path) -> Iterator[Sandbox]:
    with Sandbox(folder, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> salesforce.SalesforceClient:
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)
    monkeypatch.setattr(salesforce_bulk, "_FIRST_WAIT_SECONDS", 0)
    connected = salesforce.connect(credentials(sandbox.url), SETTINGS)
    sandbox.control.clear_requests()
    return connected


@pytest.fixture
def read(client: salesforce.SalesforceClient, tmp_path: Path) -> Read:
    """A reading and its files, consumed to the end."""

    def call(source=OPPORTUNITY, window=ALL_CHANGES, mode="delta", custom_fields=()):
        spool = tmp_path / f"spool-{len(list(tmp_path.iterdir()))}"
        spool.mkdir()
        reading = salesforce.read(client, source, window, mode, spool, custom_fields)
        return reading, list(reading.pages)

    return call


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bulk results in pages of 1,000."""
    monkeypatch.setattr(salesforce_bulk, "RECORDS_PER_PAGE", 1_000)


def requested(sandbox: Sandbox, part: str) -> int:
    return sum(part in request.target for request in sandbox.control.requests)


def from_csv(records: list[dict[str, str]]) -> dict[str, tuple]:
    """What the CSV says of each record, in the types of the API."""
    return {
        record["Id"]: (
            record["Name"],
            float(record["Amount"]) if record["Amount"] else None,
            record["IsDeleted"] == "true",
            record["SystemModstamp"].replace("Z", "+0000"),
        )
        for record in records
    }


def from_json(records: list[dict]) -> dict[str, tuple]:
    return {
        record["Id"]: tuple(
            record[name] for name in ("Name", "Amount", "IsDeleted", "SystemModstamp")
        )
        for record in records
    }


EXPECTED = from_json(opportunities())


def test_a_snapshot_is_the_org_s_content_deleted_records_too(sandbox, read, small_pages):
    reading, pages = read(mode="snapshot", window=EVERYTHING)
    records = records_of(pages)
    assert len(records) == OPPORTUNITY_COUNT
    assert from_csv(records) == EXPECTED
    assert [page.record_count for page in pages] == [1_000] * 4 + [500]
    assert (reading.api, reading.source_count) == ("bulk", OPPORTUNITY_COUNT)
    assert sandbox.salesforce.bulk.jobs() == []
    # describe, create, one poll, five pages, delete
    assert reading.request_count == 9 == len(sandbox.control.requests)


def test_a_snapshot_ends_where_the_window_ends(read):
    noon = datetime(2026, 11, 10, 12, tzinfo=UTC)
    reading, pages = read(mode="snapshot", window=Window(BEGINNING, noon))
    # 9.5 days of one change every five minutes; the one of noon itself is the next window's.
    assert reading.source_count == int(9.5 * 24 * 12) == 2736
    assert max(record["SystemModstamp"] for record in records_of(pages)) == (
        "2026-11-10T11:55:00.000Z"
    )


def test_a_delta_is_the_changes_of_the_window_and_no_job(sandbox, read):
    reading, pages = read(window=DAY)
    records = records_of(pages)
    assert len(records) == 24 * 12
    assert from_json(records) == from_json(list(changed_in(DAY).values()))
    assert (reading.api, reading.source_count) == ("rest", 288)
    assert requested(sandbox, "jobs/query") == 0


def test_windows_of_parts_of_a_second_meet_without_gap_or_double(read):
    middle = datetime(2026, 11, 10, 12, 0, 0, 500_000, tzinfo=UTC)
    early = records_of(read(window=Window(DAY.start, middle))[1])
    late = records_of(read(window=Window(middle, DAY.end))[1])
    assert sorted(record["Id"] for record in early + late) == sorted(changed_in(DAY))


def test_a_long_result_is_followed_page_by_page_into_files_of_a_bounded_length(
    sandbox, read, monkeypatch
):
    monkeypatch.setattr(salesforce_rest, "RECORDS_PER_FILE", 2_000)
    _, pages = read()
    assert from_json(records_of(pages)) == EXPECTED
    assert [page.record_count for page in pages] == [2_000, 2_000, 500]
    assert requested(sandbox, "/query/01g") == 2


def test_a_window_without_changes_has_no_file(read):
    before = Window(BEGINNING, FIRST_CHANGE)
    for mode in ("delta", "snapshot"):
        reading, pages = read(window=before, mode=mode)
        assert (reading.source_count, pages) == (0, [])


def test_a_large_delta_becomes_a_job(sandbox, read, monkeypatch):
    monkeypatch.setattr(salesforce, "REST_RECORD_LIMIT", OPPORTUNITY_COUNT - 1)
    reading, pages = read()
    assert (reading.api, reading.source_count) == ("bulk", OPPORTUNITY_COUNT)
    assert from_csv(records_of(pages)) == EXPECTED


def test_a_query_too_long_for_an_address_becomes_a_job(sandbox, read, monkeypatch):
    monkeypatch.setattr(salesforce_rest, "_QUERY_BYTE_LIMIT", 300)
    reading, _ = read(window=DAY)
    assert (reading.api, reading.source_count) == ("bulk", 288)
    assert requested(sandbox, "queryAll/?q=SELECT+Id%2C") == 0


def test_a_small_object_read_in_full_takes_no_job(sandbox, read):
    reading, pages = read(STAGES, EVERYTHING, "snapshot")
    assert (reading.api, reading.source_count) == ("rest", 2)
    assert [record["ApiName"] for record in records_of(pages)] == ["Prospecting", "Closed Won"]


def test_an_object_bulk_refuses_is_read_over_rest(sandbox, read, monkeypatch):
    monkeypatch.setattr(salesforce, "REST_RECORD_LIMIT", 10)
    refusal = [
        {
            "errorCode": "INVALIDENTITY",
            "message": "entity 'Opportunity' is not supported by the Bulk API",
        }
    ]
    for mode in ("snapshot", "delta"):
        sandbox.control.inject(Fault("jobs/query", "POST", status=400, body=refusal))
        reading, pages = read(mode=mode)
        assert reading.api == "rest"
        assert from_json(records_of(pages)) == EXPECTED


def test_a_session_that_ends_between_pages_begins_the_query_again(sandbox, client, read):
    expired = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    sandbox.control.inject(Fault("/query/01g", skip=1, status=401, body=expired))
    # What the old position gives the new session is nothing to go by.
    nothing = {"totalSize": OPPORTUNITY_COUNT, "done": True, "records": []}
    sandbox.control.inject(Fault("/query/01g", skip=1, status=200, body=nothing))
    reading, pages = read()
    assert client.login_count == 2
    assert requested(sandbox, "queryAll/?q=SELECT+Id%2C+System") == 2
    assert from_json(records_of(pages)) == EXPECTED
    assert len(records_of(pages)) == reading.source_count == OPPORTUNITY_COUNT


def test_a_lost_position_begins_the_query_again_and_doubles_nothing(sandbox, read):
    lost = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    sandbox.control.inject(Fault("/query/01g", times=2, skip=1, status=400, body=lost))
    _, pages = read()
    records = records_of(pages)
    assert len(records) == OPPORTUNITY_COUNT
    assert from_json(records) == EXPECTED


def test_a_position_lost_every_time_stops(sandbox, read, tmp_path):
    lost = [{"errorCode": "INVALID_QUERY_LOCATOR", "message": "invalid query locator"}]
    sandbox.control.inject(Fault("/query/01g", times=99, status=400, body=lost))
    with pytest.raises(RetryableError, match="4 times"):
        read()
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_a_session_that_ends_before_a_bulk_page_does_not_lose_the_job(
    sandbox, client, read, small_pages
):
    expired = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    sandbox.control.inject(Fault("results", skip=2, status=401, body=expired))
    _, pages = read(mode="snapshot", window=EVERYTHING)
    assert client.login_count == 2
    assert from_csv(records_of(pages)) == EXPECTED
    assert requested(sandbox, "results") == 6


def test_a_bulk_page_that_is_cut_off_is_fetched_again(sandbox, read, small_pages):
    sandbox.control.inject(Fault("results", times=3, skip=2, cut_after_bytes=5_000))
    _, pages = read(mode="snapshot", window=EVERYTHING)
    records = records_of(pages)
    assert len(records) == OPPORTUNITY_COUNT
    assert from_csv(records) == EXPECTED
    assert requested(sandbox, "results") == 5 + 3


def test_a_bulk_page_that_is_always_cut_off_stops_and_leaves_no_job(sandbox, read):
    sandbox.control.inject(Fault("results", times=99, cut_after_bytes=5_000))
    with pytest.raises(RetryableError, match="cut off"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_bulk_page_with_fewer_records_than_it_says_stops(sandbox, read):
    sandbox.control.inject(
        Fault(
            "results",
            times=99,
            status=200,
            body='"Id"\n"006"\n',
            headers={"Sforce-NumberOfRecords": "2", "Sforce-Locator": "null"},
        )
    )
    with pytest.raises(IncompleteError, match="1 of 2 records"):
        read(mode="snapshot", window=EVERYTHING)


def test_bulk_pages_that_are_fewer_than_the_job_says_stop(sandbox, read, small_pages):
    sandbox.control.inject(
        Fault(
            "results",
            skip=4,
            status=200,
            body='"Id"\n',
            headers={"Sforce-NumberOfRecords": "0", "Sforce-Locator": "null"},
        )
    )
    with pytest.raises(IncompleteError, match="found 4500 records and sent 4000"):
        read(mode="snapshot", window=EVERYTHING)


def test_rest_pages_that_are_fewer_than_the_total_stop(sandbox, read):
    sandbox.control.inject(
        Fault("/query/01g", status=200, body={"totalSize": 4500, "done": True, "records": []})
    )
    with pytest.raises(IncompleteError, match="announced 4500 records and sent 2000"):
        read()


@pytest.mark.parametrize("state", ["Failed", "Aborted"])
def test_a_job_that_ends_badly_gives_its_reason(sandbox, read, state):
    job = {"id": "750", "state": state, "errorMessage": "Retried more than fifteen times"}
    sandbox.control.inject(Fault(r"jobs/query/750\w+$", "GET", status=200, body=job))
    with pytest.raises(StopError, match=f"{state}: Retried more than fifteen times"):
        read(mode="snapshot", window=EVERYTHING)


def test_a_slow_job_is_waited_for(sandbox, read):
    sandbox.salesforce.bulk.polls_until_complete = 5
    reading, _ = read(mode="snapshot", window=EVERYTHING)
    assert reading.source_count == OPPORTUNITY_COUNT
    # describe, create, six polls, one page, delete
    assert reading.request_count == 10


def test_a_job_that_never_ends_is_aborted(sandbox, read, monkeypatch):
    monkeypatch.setattr(salesforce_bulk, "_JOB_SECONDS", 0)
    sandbox.salesforce.bulk.polls_until_complete = 10_000
    with pytest.raises(RetryableError, match="not done after"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_reading_given_up_between_pages_leaves_no_job(sandbox, client, tmp_path, small_pages):
    reading = salesforce.read(client, OPPORTUNITY, EVERYTHING, "snapshot", tmp_path)
    next(reading.pages)
    reading.pages.close()
    assert sandbox.salesforce.bulk.jobs() == []


def test_only_what_the_org_shows_is_asked_for(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "Probability", "CampaignId")
    reading, _ = read(window=DAY)
    assert "Amount" in reading.fields
    assert not {"Probability", "CampaignId"} & set(reading.fields)
    assert "Probability" not in reading.query


def test_parts_of_an_address_are_read_and_the_address_is_not(read):
    reading, _ = read(ACCOUNT, EVERYTHING, "snapshot")
    assert "BillingCountry" in reading.fields
    assert "BillingAddress" not in reading.fields


def test_a_configured_field_is_read_too(read):
    reading, pages = read(window=DAY, custom_fields=["Region__c"])
    assert reading.custom_fields == ("Region__c",)
    assert reading.fields[-1] == "Region__c"
    assert {record["Region__c"] for record in records_of(pages)} == {"EMEA"}


@pytest.mark.parametrize(
    ("source", "name", "words"),
    [
        (OPPORTUNITY, "Regoin__c", r"no field Regoin__c.*mean Region__c.*custom_fields"),
        (OPPORTUNITY, "region__c", r"no field region__c.*mean Region__c"),
        (ACCOUNT, "BillingAddress", r"of type address.*parts"),
    ],
)
def test_a_configured_field_that_cannot_be_read_is_named(read, source, name, words):
    with pytest.raises(StopError, match=words):
        read(source, custom_fields=[name])


def test_an_object_we_may_not_see_is_named(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity")
    with pytest.raises(AccessError, match="Opportunity"):
        read()


def test_a_cursor_we_may_not_see_is_named(sandbox, read):
    sandbox.control.hide("salesforce", "Opportunity", "SystemModstamp")
    with pytest.raises(AccessError, match="SystemModstamp"):
        read()


@pytest.mark.parametrize(("mode", "address"), [("delta", "queryAll"), ("snapshot", "jobs/query$")])
def test_a_field_hidden_after_the_description_is_described_again(sandbox, read, mode, address):
    gone = [
        {"errorCode": "INVALID_FIELD", "message": "No such column 'Foo' on entity 'Opportunity'."}
    ]
    sandbox.control.inject(Fault(address, status=400, body=gone))
    reading, _ = read(mode=mode)
    assert reading.source_count == OPPORTUNITY_COUNT
    assert requested(sandbox, "describe") == 2
    sandbox.control.inject(Fault(address, times=2, status=400, body=gone))
    with pytest.raises(StopError, match="No such column 'Foo' on entity 'Opportunity'"):
        read(mode=mode)


def test_a_record_deleted_for_good_is_told_by_a_tombstone(sandbox, read):
    purged, binned, loser, winner = list(changed_in(DAY))[:4]
    at = DAY.start + timedelta(hours=20, seconds=30)
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, at.isoformat())
    sandbox.control.delete("salesforce", "Opportunity", binned, at.isoformat())
    sandbox.control.merge("salesforce", "Opportunity", winner, loser, at.isoformat())
    reading, pages = read(window=DAY)
    assert [page.record_count for page in pages] == [287, 1]
    records = records_of(pages)
    assert records[-1] == {
        "Id": purged,
        "IsDeleted": True,
        "SystemModstamp": "2026-11-10T20:00:30.000+0000",
        "_tombstone": True,
    }
    by_id = {record["Id"]: record for record in records[:-1]}
    assert by_id[binned]["IsDeleted"]
    assert by_id[binned]["Name"]
    assert by_id[loser]["IsDeleted"]
    assert purged not in by_id
    assert reading.source_count == 288


def test_many_records_deleted_for_good_are_all_told(sandbox, read):
    ids = list(changed_in(DAY))[:250]
    for id_ in ids:
        sandbox.control.hard_delete("salesforce", "Opportunity", id_, "2026-11-10T23:59:59Z")
    reading, pages = read(window=DAY)
    tombs = [record["Id"] for record in records_of(pages) if record.get("_tombstone")]
    assert sorted(tombs) == sorted(ids)
    assert reading.source_count == 288


def test_the_log_of_deletions_is_asked_for_the_window_s_last_seconds(sandbox, read):
    """The service cuts seconds off: asked for 12:00:30 as it stands, it would stop at 12:00:00."""
    [purged] = list(changed_in(DAY))[:1]
    end = DAY.start + timedelta(hours=12, seconds=30)
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-10T12:00:20Z")
    for start in (DAY.start, end - timedelta(seconds=5)):
        _, pages = read(window=Window(start, end))
        assert records_of(pages)[-1]["Id"] == purged


def test_records_still_in_the_bin_may_be_told_in_several_pages(sandbox, read):
    known = [record["Id"] for record in changed_in(DAY).values() if record["IsDeleted"]]
    rest = "/services/data/v66.0/query/01gELSEWHERE-1"
    for address, ids, done in (("WHERE\\+Id\\+IN", known[:1], False), (rest, known[1:], True)):
        page = {"done": done, "nextRecordsUrl": rest, "records": [{"Id": id_} for id_ in ids]}
        sandbox.control.inject(Fault(address, status=200, body=page))
    reading, pages = read(window=DAY)
    assert reading.source_count == 288
    assert not [record for record in records_of(pages) if record.get("_tombstone")]


def test_a_window_older_than_the_log_of_deletions_is_read_and_says_so(sandbox, read, caplog):
    old = Window(FIRST_CHANGE, FIRST_CHANGE + timedelta(days=1))
    with caplog.at_level(logging.WARNING):
        reading, _ = read(window=old)
    assert reading.source_count == 288
    assert "Hard deletes of Opportunity" in caplog.text


def test_a_long_window_takes_from_the_log_what_it_still_holds(sandbox, read, caplog):
    [purged] = list(changed_in(DAY))[:1]
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-20T00:00:00Z")
    with caplog.at_level(logging.WARNING):
        _, pages = read(window=Window(FIRST_CHANGE, NOW))
    assert records_of(pages)[-1]["Id"] == purged
    assert "from 2026-11-01 00:00:00+00:00 to 2026-11-08 06:00:00+00:00" in caplog.text


def test_the_quota_guard_stops_in_the_middle_of_a_reading(sandbox, read):
    sandbox.control.limit(salesforce_daily=sandbox.limits.salesforce_used + 3)
    with pytest.raises(QuotaError, match="daily_quota_share"):
        read()


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    records=st.lists(
        st.tuples(
            st.text(st.sampled_from('a",\n\rü'), max_size=6), st.sampled_from(["", '""', "b"])
        ),
        max_size=12,
    ),
    chunk_bytes=st.integers(1, 9),
    ends_with_line_break=st.booleans(),
)
def test_records_are_counted_whatever_stands_in_them(records, chunk_bytes, ends_with_line_break):
    """Against the csv module, with chunks that end anywhere."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([("Id", "Name"), *records])
    content = text.getvalue() if ends_with_line_break else text.getvalue().removesuffix("\n")
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(salesforce_bulk, "_CHUNK_BYTES", chunk_bytes)
        path = Path(folder) / "page.csv"
        path.write_bytes(content.encode())
        assert salesforce_bulk.count_records(path) == len(records)


def test_a_landed_batch_holds_what_was_read_by_either_way(warehouse, client, tmp_path, sandbox):
    """Both spellings of the same records come out of the landed files as the same text."""
    seen = []
    for mode, window in (("snapshot", EVERYTHING), ("delta", ALL_CHANGES)):

        def read_it(spool, window=window, mode=mode):
            return salesforce.read(client, OPPORTUNITY, window, mode, spool)

        batch_id = land(warehouse, tmp_path, OPPORTUNITY, window, mode, f"run-{mode}", NOW, read_it)
        batch = tmp_path / "salesforce" / "opportunity" / batch_id
        manifest = read_manifest(batch)
        assert manifest.source_count == manifest.landed_count == OPPORTUNITY_COUNT
        names = {
            id_: name
            for frame in read_frames(batch, manifest, ["Id", "Name"])
            for id_, name in zip(frame["Id"], frame["Name"], strict=True)
        }
        seen.append(names)
    assert seen[0] == seen[1] == {record["Id"]: record["Name"] for record in opportunities()}
