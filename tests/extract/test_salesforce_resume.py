"""A reading that was cut off goes on after the last page it handed over, or begins anew."""

from __future__ import annotations

import json
import signal

import pytest

from include.core.batch import read_frames, read_manifest
from include.core.errors import RetryableError
from include.core.window import Window
from include.extract import salesforce, salesforce_parts
from include.land.landing import land
from include.sandbox.faults import Fault
from tests.extract.salesforce_org import (
    FIRST_CHANGE,
    NOW,
    OPPORTUNITY_COUNT,
    SETTINGS,
    changed_in,
    credentials,
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


@pytest.fixture
def begin(client, tmp_path):
    """A reading that may go on after a checkpoint, with a folder of its own."""

    def call(mode="snapshot", window=EVERYTHING, resume=None, custom_fields=()):
        spool = tmp_path / f"spool-{len(list(tmp_path.iterdir()))}"
        spool.mkdir()
        return salesforce.read(client, OPPORTUNITY, window, mode, spool, custom_fields, resume)

    return call


def cut_off(reading, page_count):
    """Files of a reading whose process was killed, and where the next goes on."""
    pages = [next(reading.pages) for _ in range(page_count)]
    reading.pages.close()
    return pages, json.loads(json.dumps(pages[-1].checkpoint))


@pytest.mark.parametrize("page_count", [1, 2, 4, 5])
def test_a_killed_reading_goes_on_after_the_last_page_taken(
    sandbox, begin, small_pages, page_count
):
    pages, checkpoint = cut_off(begin(), page_count)
    assert len(sandbox.salesforce.bulk.jobs()) == 1
    again = begin(resume=checkpoint)
    rest = list(again.pages)
    assert again.is_resumed
    assert from_csv(records_of(pages + rest)) == EXPECTED
    assert sum(page.record_count for page in pages + rest) == OPPORTUNITY_COUNT
    assert again.source_count == OPPORTUNITY_COUNT
    assert sandbox.salesforce.bulk.created_count == 1
    # A second time only the description, and for a job under way its state.
    assert requested(sandbox, "describe") == 2
    assert requested(sandbox, "results") == 5
    assert again.api == "bulk"
    assert again.request_count == len(sandbox.control.requests)
    # The last page ended the job; who was killed before removing it leaves it to Salesforce.
    assert len(sandbox.salesforce.bulk.jobs()) == (1 if page_count == 5 else 0)


def test_a_checkpoint_carries_no_secret(client, begin, small_pages):
    _, checkpoint = cut_off(begin(), 1)
    text = json.dumps(checkpoint)
    assert "locator" in text
    for secret in (client.session_id, "sandbox-secret"):
        assert secret not in text


def test_a_reading_that_failed_half_way_goes_on(sandbox, begin, small_pages):
    reading = begin()
    pages = [next(reading.pages), next(reading.pages)]
    sandbox.control.inject(Fault("results", times=99, cut_after_bytes=5_000))
    with pytest.raises(RetryableError, match="cut off"):
        next(reading.pages)
    sandbox.control.clear_faults()
    again = begin(resume=pages[-1].checkpoint)
    rest = list(again.pages)
    assert from_csv(records_of(pages + rest)) == EXPECTED
    assert sandbox.salesforce.bulk.created_count == 1


def test_a_job_that_has_expired_begins_anew(sandbox, client, begin, small_pages):
    _, checkpoint = cut_off(begin(), 2)
    client.request("DELETE", f"jobs/query/{checkpoint['bookmark']['job_id']}")
    again = begin(resume=checkpoint)
    pages = list(again.pages)
    assert not again.is_resumed
    assert from_csv(records_of(pages)) == EXPECTED
    assert sandbox.salesforce.bulk.jobs() == []


@pytest.mark.parametrize(
    ("status", "code"), [(400, "INVALID_QUERY_LOCATOR"), (409, "API_VERSION_MISMATCH")]
)
def test_a_position_the_server_refuses_begins_anew(sandbox, begin, small_pages, status, code):
    _, checkpoint = cut_off(begin(), 2)
    refused = [{"errorCode": code, "message": "no"}]
    sandbox.control.inject(Fault("results", status=status, body=refused))
    again = begin(resume=checkpoint)
    pages = list(again.pages)
    assert not again.is_resumed
    assert from_csv(records_of(pages)) == EXPECTED
    assert again.source_count == OPPORTUNITY_COUNT
    assert sandbox.salesforce.bulk.jobs() == []


def test_other_fields_begin_anew(sandbox, begin, small_pages):
    """A file with a column less would tell NULL where nobody asked."""
    _, checkpoint = cut_off(begin(), 2)
    sandbox.control.hide("salesforce", "Opportunity", "LeadSource")
    again = begin(resume=checkpoint)
    assert len(records_of(list(again.pages))) == OPPORTUNITY_COUNT
    assert not again.is_resumed
    again = begin(resume=checkpoint, custom_fields=["Region__c"])
    list(again.pages)
    assert not again.is_resumed
    assert sandbox.salesforce.bulk.jobs() == []


def test_another_version_of_the_api_begins_anew(sandbox, begin, tmp_path, small_pages):
    """Results are refused to another version than the job's."""
    _, checkpoint = cut_off(begin(), 2)
    newer = salesforce.connect(
        credentials(sandbox.url), SETTINGS.model_copy(update={"api_version": "67.0"})
    )
    spool = tmp_path / "newer"
    spool.mkdir()
    again = salesforce.read(newer, OPPORTUNITY, EVERYTHING, "snapshot", spool, (), checkpoint)
    assert from_csv(records_of(list(again.pages))) == EXPECTED
    assert not again.is_resumed


def test_a_reading_in_parts_goes_on_within_its_parts(sandbox, begin, monkeypatch, small_pages):
    monkeypatch.setattr(salesforce_parts, "_RECORDS_PER_KEYSET", 2_000)
    sandbox.control.trouble("salesforce", query_timeout_seconds=1)
    # 2,000, 2,000 and 500 by id, in pages of a thousand: stop within, and at the end of a keyset.
    for page_count in (1, 2, 3):
        pages, checkpoint = cut_off(begin(), page_count)
        again = begin(resume=checkpoint)
        rest = list(again.pages)
        assert again.is_resumed
        assert len(records_of(pages + rest)) == again.source_count == OPPORTUNITY_COUNT
        assert from_csv(records_of(pages + rest)) == EXPECTED


def test_a_delta_goes_on_with_what_was_not_told(sandbox, begin):
    [purged, *_] = changed_in(DAY)
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-10T20:00:00Z")
    pages, checkpoint = cut_off(begin("delta", DAY), 1)
    again = begin("delta", DAY, checkpoint)
    [tombs] = again.pages
    assert again.is_resumed
    assert [record["Id"] for record in records_of([tombs])] == [purged]
    assert again.source_count == 287 + 1
    assert from_json(records_of(pages)).keys() == changed_in(DAY).keys() - {purged}
    # Killed right before the manifest was written: there is nothing left to read.
    again = begin("delta", DAY, tombs.checkpoint)
    assert list(again.pages) == []
    assert (again.is_resumed, again.source_count) == (True, 288)
    assert requested(sandbox, "queryAll/?q=SELECT+Id%2C") == 1


def test_a_gap_in_the_log_of_deletions_is_remembered(sandbox, begin):
    [purged] = list(changed_in(DAY))[:1]
    sandbox.control.hard_delete("salesforce", "Opportunity", purged, "2026-11-20T00:00:00Z")
    long = Window(FIRST_CHANGE, NOW)
    _, checkpoint = cut_off(begin("delta", long), 2)
    again = begin("delta", long, checkpoint)
    assert list(again.pages) == []
    assert again.has_deletion_gap


def test_files_that_belong_together_have_no_checkpoint_before_the_last(begin, monkeypatch):
    monkeypatch.setattr("include.extract.salesforce_rest.RECORDS_PER_FILE", 2_000)
    checkpoints = [page.checkpoint is not None for page in begin("delta", ALL_CHANGES).pages]
    assert checkpoints == [False, False, True]


def test_a_killed_task_lands_what_a_quiet_one_would(
    sandbox, client, warehouse, tmp_path, small_pages
):
    """Through landing: parts of both tries make one batch, and one job was enough."""

    def killed(spool, resume):
        reading = salesforce.read(client, OPPORTUNITY, EVERYTHING, "snapshot", spool, (), resume)
        pages = reading.pages

        def two():
            yield next(pages)
            yield next(pages)
            raise SystemExit(signal.SIGTERM)

        reading.pages = two()
        return reading

    def quiet(spool, resume):
        return salesforce.read(client, OPPORTUNITY, EVERYTHING, "snapshot", spool, (), resume)

    arguments = (warehouse, tmp_path, OPPORTUNITY, EVERYTHING, "snapshot", "run", NOW)
    with pytest.raises(SystemExit):
        land(*arguments, killed)
    batch = tmp_path / "salesforce" / "opportunity" / land(*arguments, quiet)
    manifest = read_manifest(batch)
    assert manifest.source_count == manifest.landed_count == OPPORTUNITY_COUNT
    assert [part.record_count for part in manifest.parts] == [1_000] * 4 + [500]
    ids = [id_ for frame in read_frames(batch, manifest, ["Id"]) for id_ in frame["Id"]]
    assert sorted(ids) == sorted(EXPECTED)
    assert sandbox.salesforce.bulk.created_count == 1
    assert requested(sandbox, "results") == 5
