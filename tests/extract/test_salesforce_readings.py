"""Readings of the sandbox's org equal its content, through either API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from include.core.batch import read_frames, read_manifest
from include.core.window import BEGINNING, Window
from include.extract import salesforce, salesforce_rest
from include.land.landing import land
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.salesforce_org import (
    FIRST_CHANGE,
    NOW,
    OPPORTUNITY_COUNT,
    changed_in,
    opportunities,
    records_of,
)
from tests.extract.salesforce_readings import (
    ALL_CHANGES,
    DAY,
    EVERYTHING,
    EXPECTED,
    OPPORTUNITY,
    from_csv,
    from_json,
    requested,
)

STAGES = source_object("salesforce.opportunity_stage")


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


def test_a_snapshot_lacks_nothing_that_changed_after_its_window(read):
    """It would count as deleted, until the next window shows it."""
    noon = datetime(2026, 11, 10, 12, tzinfo=UTC)
    reading, pages = read(mode="snapshot", window=Window(BEGINNING, noon))
    assert reading.source_count == len(records_of(pages)) == OPPORTUNITY_COUNT


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


def test_a_record_that_was_committed_late_is_in_a_later_window(sandbox, read):
    """It carries 05:52 and is seen from 06:01 on, when the window up to 05:55 has been read."""
    id_ = "006000000000009999"
    late = {"Id": id_, "Name": "late", "SystemModstamp": "2026-11-22T05:52:00.000+0000"}
    sandbox.control.upsert("salesforce", "Opportunity", late, visible_at="2026-11-22T06:01:00Z")
    lag, overlap = timedelta(minutes=5), timedelta(minutes=10)
    first = Window(NOW - timedelta(hours=1), NOW - lag)
    assert records_of(read(window=first.widened(overlap))[1]) == []
    sandbox.control.set_time("2026-11-22T06:10:00Z")
    second = Window(first.end, first.end + timedelta(minutes=10))
    assert records_of(read(window=second)[1]) == []
    assert [record["Id"] for record in records_of(read(window=second.widened(overlap))[1])] == [id_]


def test_records_of_one_second_are_all_on_one_side_of_a_window_s_end(sandbox, read):
    """A bulk update gives thousands of records one stamp."""
    tied = [f"006{number:015d}" for number in range(2_300)]
    for id_ in tied:
        record = {"Id": id_, "SystemModstamp": "2026-11-20T12:00:00.000+0000"}
        sandbox.control.upsert("salesforce", "Opportunity", record)
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    before, after = Window(noon - timedelta(days=1), noon), Window(noon, noon + timedelta(days=1))
    assert records_of(read(window=before)[1]) == []
    assert sorted(record["Id"] for record in records_of(read(window=after)[1])) == tied


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
    reading, pages = read(window=before)
    assert (reading.source_count, pages) == (0, [])


def test_an_object_without_records_has_no_file(read):
    for mode in ("delta", "snapshot"):
        reading, pages = read(source_object("salesforce.campaign"), EVERYTHING, mode)
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


def test_a_landed_batch_holds_what_was_read_by_either_way(warehouse, client, tmp_path, sandbox):
    """Both spellings of the same records come out of the landed files as the same text."""
    seen = []
    for mode, window in (("snapshot", EVERYTHING), ("delta", ALL_CHANGES)):

        def read_it(spool, resume, window=window, mode=mode):
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
