"""Readings of Salesforce lose and double nothing through trouble, or stop and leave no job."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.errors import IncompleteError, QuotaError, RetryableError, StopError
from include.extract import salesforce, salesforce_bulk
from include.sandbox.faults import Fault
from tests.extract.salesforce_org import OPPORTUNITY_COUNT, records_of
from tests.extract.salesforce_readings import (
    EVERYTHING,
    EXPECTED,
    OPPORTUNITY,
    from_csv,
    from_json,
    requested,
)


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
