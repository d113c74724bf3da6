"""What tests of readings share: a limiter's warehouse, and both CRMs of the sandbox."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.reading import Page, Reading
from include.core.settings import Settings
from include.core.settings_sources import Source
from include.core.warehouse import engine_for
from include.extract import salesforce, salesforce_bulk, salesforce_client
from include.extract.hubspot import HubSpotClient, HubSpotCredentials, connect
from include.extract.limiter import Limiter
from include.sandbox.server import Sandbox
from include.tables.ops import rate_limit_bucket
from tests.extract.hubspot_portal import Connect, Portal
from tests.extract.salesforce_org import NOW, SETTINGS, credentials, write_org
from tests.extract.salesforce_readings import ALL_CHANGES, OPPORTUNITY
from tests.extract.scripted_hubspot import Server, Sleeps

Read = Callable[..., tuple[Reading, list[Page]]]


@pytest.fixture(scope="session")
def shared_limits(postgres_url: str, template_database: str) -> Iterator[sa.Engine]:
    """An engine on one database for all tests of this folder: a database each costs a second."""
    server = engine_for(postgres_url).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(
            f"create database limits template {template_database} strategy file_copy"
        )
    server.dispose()
    engine = engine_for(sa.make_url(postgres_url).set(database="limits"))
    yield engine
    engine.dispose()


@pytest.fixture
def limits(shared_limits: sa.Engine) -> sa.Engine:
    """An engine on a warehouse whose buckets nobody has touched."""
    with shared_limits.begin() as connection:
        connection.execute(sa.delete(rate_limit_bucket))
    return shared_limits


# HubSpot


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


# Salesforce


@pytest.fixture(scope="session")
def org_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("org")
    write_org(target)
    return target


@pytest.fixture
def sandbox(org_folder: Path) -> Iterator[Sandbox]:
    with Sandbox(org_folder, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> salesforce.SalesforceClient:
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)
    monkeypatch.setattr(salesforce_bulk, "_FIRST_POLL_SECONDS", 0)
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


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def source(settings: Settings) -> Source:
    return settings.sources.hubspot


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()
