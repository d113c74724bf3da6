"""A real process is killed in the middle of a landing, and the next try reads only what lacks."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.batch import file_sha256, read_frames, read_manifest
from include.core.reading import Checkpoint, Page, Reading
from include.core.settings import load_settings
from include.core.warehouse import engine_for
from include.core.window import BEGINNING, Window
from include.extract import hubspot, hubspot_spool, salesforce, salesforce_bulk
from include.extract.limiter import Limiter
from include.land.landing import land
from include.sandbox.server import Sandbox
from include.tables import ops, source_object
from tests.conftest import PROJECT

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
WINDOW = Window(BEGINNING, NOW)
RECORD_COUNT, PAGE_COUNT = 1_000, 200


@dataclass(frozen=True)
class Case:
    """An object, and what of its requests names the place in the whole."""

    object_id: str
    requests: str


BULK = Case("salesforce.opportunity", "/results?")
LIST = Case("hubspot.deal", "/crm/objects/2026-09/deals?")


def write_crm(folder: Path) -> None:
    """A thousand opportunities and a thousand deals."""
    stamp = "2026-11-01T00:00:00.000"
    opportunities = [
        {"Id": f"006{number:015}", "StageName": "Open", "IsDeleted": False,
         "CreatedDate": f"{stamp}+0000", "SystemModstamp": f"{stamp}+0000"}
        for number in range(RECORD_COUNT)
    ]  # fmt: skip
    deals = [
        {"id": str(number), "properties": {"hs_object_id": str(number), "dealstage": "open"},
         "createdAt": f"{stamp}Z", "updatedAt": f"{stamp}Z", "archived": False}
        for number in range(1, RECORD_COUNT + 1)
    ]  # fmt: skip
    for path, records in (("salesforce/Opportunity", opportunities), ("hubspot/deals", deals)):
        target = folder / f"{path}.jsonl"
        target.parent.mkdir(parents=True)
        target.write_text("".join(json.dumps(record) + "\n" for record in records))


def read(
    engine: sa.Engine, url: str, object_id: str, spool: Path, resume: Checkpoint | None
) -> Reading:
    source = source_object(object_id)
    sources = load_settings(PROJECT / "include" / "config").sources
    if source.crm == "salesforce":
        credentials = salesforce.SalesforceCredentials(
            consumer_key="sandbox", consumer_secret="sandbox-secret", domain="acme.my", base_url=url
        )
        client = salesforce.connect(credentials, sources.salesforce)
        return salesforce.read(client, source, WINDOW, "snapshot", spool, resume=resume)
    hubspot_client = hubspot.connect(
        hubspot.HubSpotCredentials("sandbox-token", url),
        sources.hubspot,
        Limiter(engine, sleep=lambda seconds: None),
    )
    return hubspot.read(hubspot_client, source, WINDOW, "snapshot", spool, resume=resume)


def land_it(
    engine: sa.Engine, url: str, object_id: str, folder: Path, at: datetime, kill_after: int = 0
) -> str:
    """Land the object; the process kills itself once so many of its pages have landed."""

    def reading(spool: Path, resume: Checkpoint | None) -> Reading:
        found = read(engine, url, object_id, spool, resume)
        if kill_after:
            found.pages = deadly(found.pages)
        return found

    def deadly(pages: Iterator[Page]) -> Iterator[Page]:
        for number, page in enumerate(pages):
            if number == kill_after:
                os.kill(os.getpid(), signal.SIGKILL)
            yield page

    source = source_object(object_id)
    return land(engine, folder, source, WINDOW, "snapshot", "run", at, reading)


def shrink_pages(monkeypatch: pytest.MonkeyPatch | None = None) -> None:
    """Pages of 200 records, so that a thousand make five."""
    for module in (hubspot_spool, salesforce_bulk):
        if monkeypatch:
            monkeypatch.setattr(module, "RECORDS_PER_PAGE", PAGE_COUNT)
        else:
            module.RECORDS_PER_PAGE = PAGE_COUNT


def _die(database: str, url: str, object_id: str, folder: str, kill_after: int) -> None:
    """The body of the process that is killed."""
    shrink_pages()
    land_it(engine_for(database), url, object_id, Path(folder), NOW, kill_after)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    write_crm(tmp_path / "crm")
    with Sandbox(tmp_path / "crm", clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    return tmp_path / "landing"


def kill(warehouse: sa.Engine, sandbox: Sandbox, case: Case, landing: Path, after: int) -> None:
    """Let a process land the object until it is killed."""
    database = warehouse.url.render_as_string(hide_password=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_die, args=(database, sandbox.url, case.object_id, str(landing), after)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


def rows(engine: sa.Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(ops.extract_window)))


def asked(sandbox: Sandbox, case: Case) -> Counter[str]:
    return Counter(
        request.target for request in sandbox.control.requests if case.requests in request.target
    )


def check_whole(landing: Path, case: Case, batch_id: str) -> None:
    """Every record of the CRM once, in parts that are as the manifest says."""
    source = source_object(case.object_id)
    folder = landing / source.crm / source.table / batch_id
    manifest = read_manifest(folder)
    ids = [
        id_ for frame in read_frames(folder, manifest, [source.key]) for id_ in frame[source.key]
    ]
    assert len(ids) == len(set(ids)) == RECORD_COUNT
    assert manifest.landed_count == RECORD_COUNT
    assert manifest.source_count in (None, RECORD_COUNT)
    for part in manifest.parts:
        assert file_sha256(folder / part.name) == part.sha256
        assert (folder / part.name).stat().st_size == part.byte_count


@pytest.mark.slow
@pytest.mark.parametrize("case", [BULK, LIST], ids=lambda case: case.object_id)
def test_a_killed_reading_goes_on_where_it_was(
    warehouse, sandbox, landing, monkeypatch, case: Case
):
    kill(warehouse, sandbox, case, landing, after=3)
    before = asked(sandbox, case)
    sandbox.control.clear_requests()

    shrink_pages(monkeypatch)
    later = NOW + timedelta(hours=1)
    batch_id = land_it(warehouse, sandbox.url, case.object_id, landing, later)
    check_whole(landing, case, batch_id)
    [row] = rows(warehouse)
    assert (row.batch_id, row.status, row.extracted_at) == (batch_id, "landed", NOW)
    # Three of five pages had landed, the fourth had only been read.
    again = sum((before & asked(sandbox, case)).values())
    if case is BULK:
        assert sum(asked(sandbox, case).values()) == 2
        assert again == 1
        assert not any(
            request.method == "POST" and request.target.endswith("/jobs/query")
            for request in sandbox.control.requests
        )
    else:
        # 100 deals an answer: six of the ten stay, two of the fourth page are read again, and a few
        # may have been on their way.
        assert sum(asked(sandbox, case).values()) <= 6
        assert again <= 4


@pytest.mark.slow
def test_a_job_that_is_gone_is_asked_for_again_without_doubles(
    warehouse, sandbox, landing, monkeypatch
):
    kill(warehouse, sandbox, BULK, landing, after=3)
    [job] = {
        request.target.split("/jobs/query/")[1].split("/")[0]
        for request in sandbox.control.requests
        if "/results?" in request.target
    }
    client = read_client(sandbox)
    client.request("DELETE", f"jobs/query/{job}")

    shrink_pages(monkeypatch)
    batch_id = land_it(warehouse, sandbox.url, BULK.object_id, landing, NOW + timedelta(hours=1))
    check_whole(landing, BULK, batch_id)
    assert [row.status for row in rows(warehouse)] == ["landed"]


def read_client(sandbox: Sandbox) -> salesforce.SalesforceClient:
    credentials = salesforce.SalesforceCredentials(
        consumer_key="sandbox",
        consumer_secret="sandbox-secret",
        domain="acme.my",
        base_url=sandbox.url,
    )
    return salesforce.connect(
        credentials, load_settings(PROJECT / "include" / "config").sources.salesforce
    )
