"""The doctor as tasks run it, through Airflow's connections."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.errors import StopError
from include.sandbox.mailbox import Mailbox
from include.sandbox.server import Sandbox
from include.tables.ops import rate_limit_bucket, source_finding


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Both CRMs, without records."""
    with Sandbox(tmp_path / "crm") as running:
        yield running


@pytest.fixture(autouse=True)
def installation(
    sandbox: Sandbox, warehouse: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Airflow connections to the sandbox, a mail server and this test's warehouse."""

    def define(connection_id: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(fields))

    define(
        "salesforce_default", conn_type="salesforce", host=sandbox.url,
        extra={"consumer_key": "sandbox", "consumer_secret": "sandbox-secret", "domain": "acme.my"},
    )  # fmt: skip
    define("hubspot_default", conn_type="http", host=sandbox.url, password="sandbox-token")
    url = warehouse.url
    define(
        "crm_warehouse", conn_type="postgres", host=url.host, port=url.port, login=url.username,
        password=url.password, schema=url.database,
    )  # fmt: skip
    with Mailbox(tmp_path / "mail") as mailbox:
        define(
            "smtp_default", conn_type="smtp", host="127.0.0.1", port=mailbox.port,
            extra={"disable_ssl": True, "disable_tls": True},
        )  # fmt: skip
        yield


def finding(warehouse: sa.Engine, crm: str, object_name: str) -> Any:
    table = source_finding.c
    with warehouse.connect() as connection:
        return connection.execute(
            sa.select(source_finding).where(
                table.crm == crm, table.object_name == object_name, table.field_name == ""
            )
        ).one()


def test_a_look_prints_the_page_and_keeps_the_findings(warehouse, capsys) -> None:
    from crm_airflow.doctor_steps import examine, examine_strictly

    assert examine() is True
    said = capsys.readouterr().out
    assert "\nMetrics\n" in said
    assert "revenue                         available   no records yet" in said
    assert "sandbox-secret" not in said
    assert finding(warehouse, "hubspot", "deal").status == "empty"
    # Requests to HubSpot take their turn with those of every other task.
    with warehouse.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(rate_limit_bucket)) == 1
    examine_strictly()


def test_what_is_not_in_order_fails_only_the_task_that_is_strict(
    warehouse, sandbox, capsys
) -> None:
    from crm_airflow.doctor_steps import examine, examine_strictly

    sandbox.control.hide("salesforce", "Opportunity")
    assert examine() is False
    assert finding(warehouse, "salesforce", "opportunity").status == "forbidden"
    with pytest.raises(StopError, match="log of this task lists what to do"):
        examine_strictly()
