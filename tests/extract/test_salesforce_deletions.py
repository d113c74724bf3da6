"""Records deleted in Salesforce for good are told by tombstones, as far back as its log goes."""

from __future__ import annotations

import logging
from datetime import timedelta

from include.core.window import Window
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.salesforce_org import FIRST_CHANGE, NOW, changed_in, records_of
from tests.extract.salesforce_readings import DAY, requested


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
    span = Window(DAY.start - timedelta(hours=1), DAY.end)
    known = [record["Id"] for record in changed_in(span).values() if record["IsDeleted"]]
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
    assert reading.has_deletion_gap
    assert "Hard deletes of Opportunity" in caplog.text


def test_a_long_window_takes_from_the_log_what_it_still_holds(sandbox, read, caplog):
    [purged] = list(changed_in(DAY))[:1]
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-20T00:00:00Z")
    with caplog.at_level(logging.WARNING):
        reading, pages = read(window=Window(FIRST_CHANGE, NOW))
    assert records_of(pages)[-1]["Id"] == purged
    assert reading.has_deletion_gap
    assert "from 2026-11-01 00:00:00+00:00 to 2026-11-08 06:00:00+00:00" in caplog.text


def test_a_log_that_was_emptied_in_between_is_a_gap(sandbox, read):
    """The service clears a log that grows too large; it says from when on it knows."""
    sandbox.control.trouble("salesforce", deleted_log_days=11)
    reading, _ = read(window=DAY)
    assert reading.has_deletion_gap
    sandbox.control.trouble("salesforce", deleted_log_days=12.5)
    reading, _ = read(window=DAY)
    assert not reading.has_deletion_gap


def test_a_log_that_does_not_say_how_far_it_came_came_to_the_end(sandbox, read):
    answer = {"deletedRecords": [], "earliestDateAvailable": "2026-11-01T00:00:00.000+0000"}
    sandbox.control.inject(
        Fault("/deleted/", status=200, body={**answer, "latestDateCovered": None})
    )
    reading, _ = read(window=DAY)
    assert not reading.has_deletion_gap


def test_what_the_log_tells_late_the_next_window_reads(sandbox, read):
    """The log is complete up to 04:15 only: it is asked for the last hour before a window again."""
    [purged] = list(changed_in(DAY))[:1]
    sandbox.control.trouble("salesforce", deleted_log_lag_seconds=105 * 60)
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-22T04:30:00Z")
    first, second = (
        Window(NOW - timedelta(hours=hours + 1), NOW - timedelta(hours=hours)) for hours in (1, 0)
    )
    reading, pages = read(window=first)
    assert (records_of(pages), reading.has_deletion_gap) == ([], False)
    sandbox.control.trouble("salesforce", deleted_log_lag_seconds=0)
    reading, pages = read(window=second)
    assert [record["Id"] for record in records_of(pages)] == [purged]
    assert not reading.has_deletion_gap


def test_a_log_behind_by_more_than_the_next_window_reads_again_is_a_gap(sandbox, read):
    sandbox.control.trouble("salesforce", deleted_log_lag_seconds=61 * 60)
    reading, _ = read(window=Window(NOW - timedelta(hours=1), NOW))
    assert reading.has_deletion_gap


def test_more_deletions_than_one_answer_names_are_asked_for_in_shorter_spans(sandbox, read):
    sandbox.control.trouble("salesforce", deleted_ids_limit=100)
    ids = list(changed_in(DAY))[:150]
    for number, id_ in enumerate(ids):
        at = DAY.start + timedelta(minutes=5 * number)
        sandbox.control.hard_delete("salesforce", "Opportunity", id_, at.isoformat())
    reading, pages = read(window=DAY)
    tombs = [record["Id"] for record in records_of(pages) if record.get("_tombstone")]
    assert sorted(tombs) == sorted(ids)
    assert not reading.has_deletion_gap


def test_more_deletions_at_once_than_can_be_named_are_a_gap(sandbox, read):
    sandbox.control.trouble("salesforce", deleted_ids_limit=100)
    ids = list(changed_in(DAY))[:150]
    for id_ in ids:
        sandbox.control.hard_delete("salesforce", "Opportunity", id_, "2026-11-10T20:00:30Z")
    reading, _ = read(window=DAY)
    assert reading.has_deletion_gap


def test_an_object_whose_deletions_are_not_logged_is_not_asked_for_them(sandbox, read):
    reading, _ = read(source_object("salesforce.user"), window=DAY)
    assert requested(sandbox, "/deleted") == 0
    assert not reading.has_deletion_gap
