"""An installation of this test's own: its CRMs, its warehouse, its mail server."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from include.sandbox.mailbox import Mailbox
from include.sandbox.server import Sandbox

MIDNIGHT = datetime(2026, 3, 20, 4, tzinfo=UTC)
RUN_ID = "scheduled__2026-03-20T04:00:00+00:00"
Connect = Callable[..., None]
Mails = Callable[[], list[tuple[str, str]]]


def deal(number: int, **changes: Any) -> dict[str, Any]:
    """A good opportunity."""
    return {
        "Id": f"006000000000{number:03d}AAA", "StageName": "Prospecting", "CloseDate": "2026-05-01",
        "IsClosed": False, "IsWon": False, "OwnerId": "005000000000001AAA", "IsDeleted": False,
        "CreatedDate": "2026-03-01T00:00:00.000+0000",
        "SystemModstamp": "2026-03-02T00:00:00.000+0000",
    } | changes  # fmt: skip


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Both CRMs with one deal each."""
    with Sandbox(write_org(tmp_path / "org", "00D000000000001AAA", 1)) as running:
        yield running


def write_org(folder: Path, organization_id: str, portal_id: int) -> Path:
    """Both CRMs with one deal each, and who they are."""
    (folder / "salesforce").mkdir(parents=True)
    (folder / "hubspot").mkdir()
    (folder / "salesforce" / "Opportunity.jsonl").write_text(json.dumps(deal(1)) + "\n")
    organization = {"Id": organization_id, "Name": "Ours", "SystemModstamp": deal(1)["CreatedDate"]}
    (folder / "salesforce" / "Organization.jsonl").write_text(json.dumps(organization) + "\n")
    (folder / "hubspot" / "tickets.jsonl").write_text("")
    (folder / "account.json").write_text(json.dumps({"hubspot": {"portalId": portal_id}}))
    return folder


@pytest.fixture
def connect(
    monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine, sandbox: Sandbox, tmp_path: Path
) -> Connect:
    """Points the installation at the sandbox and this test's warehouse; redefines a connection."""
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path / "data"))

    def define(connection_id: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(fields))

    answer_at_warehouse(monkeypatch, warehouse)
    define("salesforce_default", conn_type="salesforce", host=sandbox.url,
           extra={"consumer_key": "sandbox", "consumer_secret": "sandbox-secret"})  # fmt: skip
    define("hubspot_default", conn_type="http", host=sandbox.url, password="sandbox-token")
    return define


@pytest.fixture
def mail_server(
    warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A mail server and this test's warehouse, and nothing kept of any configuration."""
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path / "data"))
    answer_at_warehouse(monkeypatch, warehouse)
    with Mailbox(tmp_path / "mail") as mailbox:
        answer_mail_at(monkeypatch, mailbox.port)
        yield


def answer_at_warehouse(monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine) -> None:
    """Let tasks find this test's warehouse."""
    url = warehouse.url
    fields = {
        "conn_type": "postgres", "host": url.host, "port": url.port, "login": url.username,
        "password": url.password, "schema": url.database,
    }  # fmt: skip
    monkeypatch.setenv("AIRFLOW_CONN_CRM_WAREHOUSE", json.dumps(fields))


def answer_mail_at(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True}
    fields = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(fields))


@pytest.fixture
def mails(tmp_path: Path) -> Mails:
    """Subject and text of the mails that came."""

    def read() -> list[tuple[str, str]]:
        parsed = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            for path in sorted((tmp_path / "mail").glob("*.eml"))
        ]
        # Lines of a mail end in CR and LF.
        return [(mail["Subject"], "\n".join(mail.get_content().splitlines())) for mail in parsed]

    return read


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Makes the context of a failed run from the tasks' states and what they left."""
    from crm_airflow import notices

    def make(
        states: dict[str, str], left: dict[tuple[str, int], Any] | None = None, **changes: Any
    ) -> Any:
        def get_one(*, key: str, dag_id: str, task_id: str, run_id: str, map_index: int) -> Any:
            return (left or {}).get((task_id, map_index))

        monkeypatch.setattr(notices.XCom, "get_one", get_one)
        monkeypatch.setattr(
            notices.RuntimeTaskInstance, "get_task_states", lambda **asked: {RUN_ID: states}
        )
        dag_run = {
            "conf": {}, "run_after": MIDNIGHT,
            "data_interval_start": MIDNIGHT - timedelta(days=1), "data_interval_end": MIDNIGHT,
        }  # fmt: skip
        ids = ["prepare", "take_in_salesforce", "check_tables", "metrics", "verdict"]
        return {
            "dag": SimpleNamespace(dag_id="crm_daily", task_ids=ids),
            "dag_run": SimpleNamespace(**dag_run | changes),
            "run_id": RUN_ID,
            "reason": "task_failure",
        }

    return make
