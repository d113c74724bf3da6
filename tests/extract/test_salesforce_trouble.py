"""Readings of Salesforce lose and double nothing through trouble, or stop and name the object."""

from __future__ import annotations

import orjson
import pytest

from include.core.errors import IncompleteError, RetryableError, StopError
from include.extract import salesforce, salesforce_bulk
from include.extract.salesforce_errors import UnknownFieldError
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


def test_sessions_revoked_between_bulk_pages_cost_a_login_each(
    sandbox, client, tmp_path, small_pages
):
    reading = salesforce.read(client, OPPORTUNITY, EVERYTHING, "snapshot", tmp_path)
    pages = []
    for page in reading.pages:
        pages.append(page)
        sandbox.control.revoke_tokens()
    assert from_csv(records_of(pages)) == EXPECTED
    # The first, and one after each of five pages.
    assert client.login_count == 6
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_bulk_page_that_is_cut_off_is_fetched_again(sandbox, read, small_pages):
    sandbox.control.inject(Fault("results", times=3, skip=2, cut_after_bytes=5_000))
    _, pages = read(mode="snapshot", window=EVERYTHING)
    records = records_of(pages)
    assert len(records) == OPPORTUNITY_COUNT
    assert from_csv(records) == EXPECTED
    assert requested(sandbox, "results") == 5 + 3


def test_a_bulk_page_that_is_always_cut_off_stops(sandbox, read):
    """No page was taken, so no later try knows of the job."""
    sandbox.control.inject(Fault("results", times=99, cut_after_bytes=5_000))
    with pytest.raises(RetryableError, match=r"of Opportunity was cut off"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_job_whose_end_nobody_could_wait_for_is_not_left_over(sandbox, read):
    down = Fault(r"jobs/query/750\w+$", "GET", times=7, status=503, body="busy")
    sandbox.control.inject(down)
    with pytest.raises(RetryableError, match="503"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_a_web_page_in_place_of_a_bulk_page_is_not_taken_for_one(sandbox, read, small_pages):
    page = "<html>Down for maintenance</html>"
    sandbox.control.inject(Fault("results", times=3, skip=2, status=200, body=page))
    _, pages = read(mode="snapshot", window=EVERYTHING)
    assert from_csv(records_of(pages)) == EXPECTED


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
    with pytest.raises(IncompleteError, match="of Opportunity has 1 of 2 records"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_bulk_pages_that_are_fewer_than_the_job_says_stop(sandbox, read, small_pages):
    sandbox.control.inject(
        Fault(
            "results",
            skip=4,
            status=200,
            body="",
            headers={"Sforce-NumberOfRecords": "0", "Sforce-Locator": "null"},
        )
    )
    with pytest.raises(IncompleteError, match="of Opportunity found 4500 records and sent 4000"):
        read(mode="snapshot", window=EVERYTHING)
    assert sandbox.salesforce.bulk.jobs() == []


def test_rest_pages_that_are_fewer_than_the_total_stop(sandbox, read):
    sandbox.control.inject(
        Fault("/query/01g", status=200, body={"totalSize": 4500, "done": True, "records": []})
    )
    with pytest.raises(
        IncompleteError, match="announced 4500 records of Opportunity and sent 2000"
    ):
        read()


def test_pages_of_any_length_are_followed_to_the_last(sandbox, read):
    """A page may be shorter than was asked for, and an empty one need not be the last."""
    sandbox.control.trouble("salesforce", page_sizes=[300, 0, 1000, 1])
    _, pages = read()
    records = records_of(pages)
    assert len(records) == OPPORTUNITY_COUNT
    assert from_json(records) == EXPECTED


def test_a_cursor_pushed_out_by_other_programs_begins_the_query_again(sandbox, client, read):
    sandbox.control.trouble("salesforce", open_cursors=1)
    real = client.parsed

    def crowded(parse, method, url, **options):
        answer = real(parse, method, url, **options)
        if "queryAll/" in url and requested(sandbox, "queryAll/?q=SELECT+Id%2C") == 1:
            real(orjson.loads, "GET", "queryAll/", params={"q": "SELECT Id FROM Opportunity"})
        return answer

    client.parsed = crowded
    _, pages = read()
    assert len(records_of(pages)) == OPPORTUNITY_COUNT
    assert from_json(records_of(pages)) == EXPECTED
    assert requested(sandbox, "queryAll/?q=SELECT+Id%2C") == 2


def test_a_job_somebody_aborted_stops_and_says_so(sandbox, read):
    sandbox.control.trouble(
        "salesforce", bulk_outcomes=[{"object": "Opportunity", "state": "Aborted"}]
    )
    with pytest.raises(StopError, match=r"Opportunity ended as Aborted.*ask why"):
        read(mode="snapshot", window=EVERYTHING)


def test_a_job_that_fails_for_a_field_is_described_again(sandbox, read):
    gone = {"object": "Opportunity", "state": "Failed", "message": "INVALID_FIELD: No such column"}
    sandbox.control.trouble("salesforce", bulk_outcomes=[{**gone, "times": 1}])
    reading, _ = read(mode="snapshot", window=EVERYTHING)
    assert reading.source_count == OPPORTUNITY_COUNT
    assert requested(sandbox, "describe") == 2
    sandbox.control.trouble("salesforce", bulk_outcomes=[gone])
    with pytest.raises(UnknownFieldError, match="No such column"):
        read(mode="snapshot", window=EVERYTHING)


def test_a_slow_job_is_asked_for_ever_less_often(sandbox, client, read, monkeypatch):
    waits = []
    monkeypatch.setattr(salesforce_bulk, "_FIRST_POLL_SECONDS", 0.25)
    monkeypatch.setattr(salesforce_bulk.time, "sleep", waits.append)
    sandbox.control.trouble("salesforce", bulk_polls=9)
    reading, _ = read(mode="snapshot", window=EVERYTHING)
    assert reading.source_count == OPPORTUNITY_COUNT
    # Twice as long each time, up to half a minute.
    assert waits == [0.25, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    # describe, create, ten polls, one page, delete
    assert reading.request_count == 14


def test_nothing_is_waited_for_without_end(sandbox, client, read, monkeypatch):
    """Every request has a limit for connecting and for reading, downloads of results too."""
    limits = []
    send = client.session.send

    def noted(request, **options):
        limits.append(options["timeout"])
        return send(request, **options)

    monkeypatch.setattr(client.session, "send", noted)
    read(mode="snapshot", window=EVERYTHING)
    read(window=EVERYTHING)
    assert len(limits) == len(sandbox.control.requests)
    assert set(limits) == {(10, 120)}
