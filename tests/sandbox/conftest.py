"""A sandbox over a company small enough to count by hand; every test gets its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hubspot
import pytest
import requests
from simple_salesforce import Salesforce

from include.sandbox.server import Sandbox
from tests.sandbox.salesforce_client import connect
from tests.sandbox.sandbox_data import write_folder


@pytest.fixture(scope="session")
def company_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_folder(tmp_path_factory.mktemp("company"))


@pytest.fixture
def sandbox(company_folder: Path) -> Iterator[Sandbox]:
    with Sandbox(company_folder, clock=lambda: datetime(2026, 3, 30, tzinfo=UTC)) as running:
        yield running


@pytest.fixture
def salesforce(sandbox: Sandbox) -> Salesforce:
    return connect(sandbox)


@pytest.fixture
def http(sandbox: Sandbox) -> requests.Session:
    """A session that is logged in, for what simple-salesforce cannot ask."""
    session = requests.Session()
    answer = session.post(
        f"{sandbox.url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=("sandbox", "sandbox-secret"),
        timeout=10,
    )
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


@pytest.fixture
def client(sandbox: Sandbox) -> hubspot.Client:
    return hubspot.Client.create(
        access_token="sandbox-token", host=sandbox.url, base_url=sandbox.url
    )


@pytest.fixture
def hubspot_http() -> requests.Session:
    session = requests.Session()
    session.headers["Authorization"] = "Bearer sandbox-token"
    return session
