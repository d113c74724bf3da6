"""What Salesforce gives up on as a whole is read in parts, and the parts are the whole."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.errors import RetryableError
from include.core.window import BEGINNING, Window
from include.extract import salesforce, salesforce_bulk, salesforce_parts
from include.extract.salesforce_parts import Part, whole
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.salesforce_org import FIRST_CHANGE, NOW, OPPORTUNITY_COUNT, records_of
from tests.extract.salesforce_readings import (
    ALL_CHANGES,
    EVERYTHING,
    EXPECTED,
    OPPORTUNITY,
    from_csv,
    from_json,
    requested,
)

STAGES = source_object("salesforce.opportunity_stage")
FAILED = {
    "object": "Opportunity",
    "state": "Failed",
    "message": "InternalServerError : Retried more than fifteen times",
}


@pytest.fixture
def small_keysets(monkeypatch):
    """Keysets of 2,000, 200 and 20 records."""
    monkeypatch.setattr(salesforce_parts, "_RECORDS_PER_KEYSET", 2_000)
    monkeypatch.setattr(salesforce_parts, "_FEWEST_RECORDS_PER_KEYSET", 20)


def test_a_delta_too_much_for_one_query_is_read_in_halves_of_its_time(sandbox, read):
    sandbox.control.trouble("salesforce", query_timeout_records=1_500)
    reading, pages = read()
    # 16 days with 288 changes each: 4,500, of which half are too many, a quarter (1,152) is not.
    # The last quarter ends with the changes, after 15.6 days.
    assert [page.record_count for page in pages] == [1_152, 1_152, 1_152, 1_044]
    assert from_json(records_of(pages)) == EXPECTED
    assert (reading.api, reading.source_count) == ("rest", OPPORTUNITY_COUNT)


def test_a_job_that_fails_is_followed_by_jobs_for_less(sandbox, read):
    sandbox.control.trouble("salesforce", bulk_outcomes=[{**FAILED, "times": 3}])
    reading, pages = read(mode="snapshot", window=EVERYTHING)
    assert len(records_of(pages)) == reading.source_count == OPPORTUNITY_COUNT
    assert from_csv(records_of(pages)) == EXPECTED
    # Whole, first half, its first half fail; an eighth twice, a quarter, a half succeed.
    assert sandbox.salesforce.bulk.created_count == 3 + 4
    assert sandbox.salesforce.bulk.jobs() == []


def test_records_of_one_instant_are_read_in_the_order_of_their_ids(
    sandbox, read, small_pages, small_keysets
):
    """All changes fall into the last of 32 parts of the time since 1999: halving does not help."""
    sandbox.control.trouble("salesforce", query_timeout_seconds=1)
    reading, pages = read(mode="snapshot", window=EVERYTHING)
    records = records_of(pages)
    assert [record["Id"] for record in records] == sorted(EXPECTED)
    assert from_csv(records) == EXPECTED
    assert reading.source_count == OPPORTUNITY_COUNT
    # 2,000, 2,000 and 500 in pages of a thousand.
    assert [page.record_count for page in pages] == [1_000, 1_000, 1_000, 1_000, 500]
    assert sandbox.salesforce.bulk.jobs() == []


def test_smaller_keysets_are_tried_where_the_first_are_too_large(
    sandbox, read, monkeypatch, small_keysets
):
    monkeypatch.setattr(salesforce_parts, "_MOST_HALVINGS", 0)
    sandbox.control.trouble("salesforce", query_timeout_records=1_999)
    _, pages = read()
    assert [page.record_count for page in pages] == [200] * 22 + [100]
    assert from_json(records_of(pages)) == EXPECTED


def test_an_object_without_a_usable_window_is_read_by_its_ids(
    sandbox, client, tmp_path, small_keysets
):
    timeout = [{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running too long"}]
    sandbox.control.inject(Fault("queryAll", status=400, body=timeout))
    without_cursor = type(STAGES)(**{**vars(STAGES), "cursor": None})
    reading = salesforce.read(client, without_cursor, EVERYTHING, "snapshot", tmp_path)
    [page] = reading.pages
    assert (page.record_count, reading.source_count) == (2, 2)
    assert requested(sandbox, "ORDER+BY+Id+LIMIT+2000") == 2
    assert requested(sandbox, "Id+%3E+%2701J000000000000001") == 1


def test_a_position_given_up_on_between_pages_is_no_reason_to_double(sandbox, read):
    timeout = [{"errorCode": "QUERY_TIMEOUT", "message": "Your query request was running too long"}]
    sandbox.control.inject(Fault("/query/01g", skip=1, status=400, body=timeout))
    reading, pages = read()
    assert len(records_of(pages)) == reading.source_count == OPPORTUNITY_COUNT
    assert from_json(records_of(pages)) == EXPECTED


def test_an_operation_too_large_over_bulk_is_parted_too(sandbox, read):
    large = [{"errorCode": "OPERATION_TOO_LARGE", "message": "exceeded 100000 distinct ids"}]
    sandbox.control.inject(Fault("jobs/query$", "POST", status=400, body=large))
    _, pages = read(mode="snapshot", window=EVERYTHING)
    assert from_csv(records_of(pages)) == EXPECTED


def test_what_fails_in_the_smallest_parts_too_names_the_object_and_leaves_no_job(sandbox, read):
    sandbox.control.trouble("salesforce", bulk_outcomes=[FAILED])
    with pytest.raises(RetryableError, match=r"of Opportunity ended as Failed.*more than fifteen"):
        read(mode="snapshot", window=EVERYTHING)
    # Whole, five halvings, keysets of 250,000, 25,000 and 2,500.
    assert sandbox.salesforce.bulk.created_count == 9
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_job_that_takes_too_long_is_aborted_and_parted(sandbox, read, monkeypatch):
    monkeypatch.setattr(salesforce_bulk, "_JOB_SECONDS", -1)
    with pytest.raises(RetryableError, match="of Opportunity was not done after"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.created_count == 9
    assert sandbox.salesforce.bulk.jobs() == []


def test_parts_over_bulk_and_rest_are_counted_together(sandbox, read, monkeypatch):
    """REST takes the small parts, a job each large one; Bulk refused once is not asked again."""
    monkeypatch.setattr(salesforce, "REST_RECORD_LIMIT", 1_200)
    sandbox.control.trouble("salesforce", query_timeout_records=2_400)
    reading, pages = read()
    assert (reading.api, reading.source_count) == ("bulk", OPPORTUNITY_COUNT)
    # Halves of 2,304 and 2,196 records.
    assert [(page.format, page.record_count) for page in pages] == [("csv", 2_304), ("csv", 2_196)]
    sandbox.control.trouble("salesforce", bulk_unsupported=["Opportunity"])
    sandbox.control.clear_requests()
    reading, pages = read()
    assert (reading.api, reading.source_count) == ("rest", OPPORTUNITY_COUNT)
    assert from_json(records_of(pages)) == EXPECTED
    assert requested(sandbox, "jobs/query") == 1


INSTANTS = st.datetimes(datetime(1999, 6, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


@hypothesis_settings(max_examples=100, deadline=None)
@given(start=INSTANTS, length=st.timedeltas(timedelta(microseconds=1), timedelta(days=9000)))
def test_halves_meet_and_end_where_the_part_does(start, length):
    part = Part(start, start + length)
    seen = [part]
    while seen[0].limit is None:
        narrowed = seen[0].narrowed()
        seen[:1] = narrowed
    times = [half for half in seen if half.limit is None]
    bounds = [seen[0].start, seen[0].end, *(half.end for half in times)]
    assert bounds == sorted(bounds)
    assert bounds[0] == part.start
    assert bounds[-1] == part.end
    assert [half.start for half in times] == [seen[0].end, *(half.end for half in times)][:-1]
    assert len(times) <= 5
    assert [Part.from_json(json.loads(json.dumps(half.to_json()))) for half in seen] == seen


def test_the_parts_of_a_snapshot_have_no_bounds_at_its_ends():
    """A record may carry a stamp older than Salesforce, or change while the snapshot is read."""
    part = whole(OPPORTUNITY, Window(BEGINNING, NOW), "snapshot")
    first, second = part.narrowed()
    # Between 1999-01-01 00:00 and 2026-11-22 06:00 lie 10,187.25 days. Half are 5,093.625: thirteen
    # years with three leap days (4,748) and 345.625 days of 2012.
    assert [each.soql(OPPORTUNITY, ["Id"]) for each in (part, first, second)] == [
        "SELECT Id FROM Opportunity",
        "SELECT Id FROM Opportunity WHERE SystemModstamp < 2012-12-11T15:00:00Z",
        "SELECT Id FROM Opportunity WHERE SystemModstamp >= 2012-12-11T15:00:00Z",
    ]
    assert second.narrowed()[1].soql(OPPORTUNITY, ["Id"]).count("SystemModstamp") == 1


def test_a_record_that_changes_between_the_parts_of_a_snapshot_is_in_a_later_one(
    sandbox, client, tmp_path, monkeypatch
):
    """The first half is read when a record of the second moves past the window's end."""
    monkeypatch.setattr(salesforce_parts, "_FIRST_RECORDS", FIRST_CHANGE)
    sandbox.control.trouble("salesforce", query_timeout_records=2_400)
    reading = salesforce.read(
        client, OPPORTUNITY, Window(BEGINNING, ALL_CHANGES.end), "snapshot", tmp_path
    )
    pages = [next(reading.pages)]
    moved = f"006{OPPORTUNITY_COUNT - 1:015d}"
    now = {"Id": moved, "SystemModstamp": "2026-11-22T05:59:00.000+0000"}
    sandbox.control.upsert("salesforce", "Opportunity", now)
    pages += reading.pages
    assert len(pages) == 2
    assert from_csv(records_of(pages)).keys() == EXPECTED.keys()


def test_a_keyset_keeps_the_bounds_of_its_window():
    part = Part(ALL_CHANGES.start, ALL_CHANGES.end, after="006A", limit=10)
    assert part.soql(OPPORTUNITY, ["Id", "Name"]) == (
        "SELECT Id, Name FROM Opportunity WHERE SystemModstamp >= 2026-11-01T00:00:00Z "
        "AND SystemModstamp < 2026-11-17T00:00:00Z AND Id > '006A' ORDER BY Id LIMIT 10"
    )
