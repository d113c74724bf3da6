"""What `make up` starts for what `.env` names."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.connection import connection_from_environment
from include.core.settings import load_settings
from include.core.warehouse import url_of
from include.sandbox import demo as launcher

SALESFORCE, HUBSPOT = "AIRFLOW_CONN_SALESFORCE_DEFAULT", "AIRFLOW_CONN_HUBSPOT_DEFAULT"


@pytest.mark.parametrize("named", [set(), {SALESFORCE}, {HUBSPOT}, {SALESFORCE, HUBSPOT}])
def test_no_made_up_records_come_beside_real_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: set[str]
) -> None:
    """A company with one CRM: of the other nothing is read, rather than the sandbox's company."""
    given: dict[str, str] = {}

    def start_airflow(
        processes: Any, home: Path, database: sa.URL, inherited: Mapping[str, str]
    ) -> Any:
        given.update(inherited)
        return SimpleNamespace(url="", password="", wait_for_dags=lambda dag_ids: None)

    url = sa.make_url("postgresql://warehouse:word@127.0.0.1:5432/warehouse")
    monkeypatch.setattr(launcher.embedded, "database_url", lambda home, name: url)
    monkeypatch.setattr(launcher, "_start_sandbox", lambda *arguments: "http://127.0.0.1:8090")
    monkeypatch.setattr(launcher, "_start_and_hear", lambda *arguments: "1025")
    monkeypatch.setattr(launcher, "start_airflow", start_airflow)
    for name in (SALESFORCE, HUBSPOT, "CRM_CONFIG_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    environment = dict.fromkeys(named, "real")
    launcher.start(launcher.Demo(tmp_path), datetime.now(UTC), 30, environment)
    found = {name: given[name] for name in (SALESFORCE, HUBSPOT) if name in given}
    if named:
        assert found == environment
        assert "CRM_CONFIG_DIRECTORY" not in given
    else:
        assert all("127.0.0.1" in value for value in found.values())
        assert given["CRM_CONFIG_DIRECTORY"] == str(tmp_path / "config")


@pytest.mark.parametrize("currency", ["USD", "EUR"])
def test_its_configuration_is_good_whatever_include_config_has_become(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, currency: str
) -> None:
    project = tmp_path / "project"
    folder = project / "include" / "config"
    shutil.copytree(launcher.PROJECT / "include" / "config", folder)
    calendar = (folder / "calendar.yaml").read_text()
    (folder / "calendar.yaml").write_text(calendar.replace("USD", currency))
    other = "GBP" if currency == "EUR" else "EUR"
    (folder / "exchange_rates.csv").write_text(
        f"currency_code,valid_from_date,rate\n{other},2000-01-01,2\n"
    )
    monkeypatch.setattr(launcher, "PROJECT", project)
    demo = launcher.Demo(tmp_path / "demo")
    launcher._company_config(demo, {}, 30)
    rates = load_settings(demo.config).exchange_rates
    assert len(rates) == (2 if currency == "USD" else 0)


@pytest.mark.parametrize(
    ("now", "midnight"),
    [
        ("2026-11-28T05:02:00+00:00", "2026-11-27T00:00:00-05:00"),  # 00:02 there
        ("2026-11-28T05:15:00+00:00", "2026-11-28T00:00:00-05:00"),
        ("2026-11-28T12:00:00+00:00", "2026-11-28T00:00:00-05:00"),
        ("2026-11-29T04:59:00+00:00", "2026-11-28T00:00:00-05:00"),
    ],
)
def test_shortly_after_midnight_the_demo_runs_the_day_before(now: str, midnight: str) -> None:
    """With 15 minutes of lag, a run of the day that has just ended waits for them to be over."""
    zone = ZoneInfo("America/New_York")
    found = launcher.last_midnight(datetime.fromisoformat(now), zone, 15)
    assert found == datetime.fromisoformat(midnight)


def test_the_report_is_named_before_notices(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Who tries the demo opens what comes first."""
    url = sa.make_url("postgresql://warehouse:word@127.0.0.1:5432/warehouse")
    monkeypatch.setattr(launcher.embedded, "database_url", lambda home, name: url)
    monkeypatch.setattr(launcher.subprocess, "run", lambda *arguments, **_: None)
    left = {"1.eml": ["1.eml"], "2.eml": ["2.eml", "2.html"], "3.eml": ["3.eml"]}
    monkeypatch.setattr(
        launcher, "show_mail", lambda mail, results: [results / name for name in left[mail.name]]
    )
    demo = launcher.Demo(tmp_path)
    demo.mailbox.mkdir()
    for name in left:
        (demo.mailbox / name).touch()
    found = launcher.leave_results(demo, datetime(2026, 3, 2, tzinfo=UTC))
    assert [path.name for path in found] == ["2.eml", "2.html", "1.eml", "3.eml", "metrics.csv"]


def test_the_warehouses_password_is_no_argument_of_a_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Arguments of a running program are there for everybody on the machine to read."""
    url = sa.make_url("postgresql://warehouse:hunter2@127.0.0.1:5432/warehouse")
    monkeypatch.setattr(launcher.embedded, "database_url", lambda home, name: url)
    monkeypatch.setattr(launcher, "show_mail", lambda mail, results: [results / "1.html"])
    ran: list[tuple[list[str], Mapping[str, str]]] = []
    monkeypatch.setattr(
        launcher.subprocess, "run", lambda command, env, **_: ran.append((command, env))
    )
    demo = launcher.Demo(tmp_path)
    demo.mailbox.mkdir()
    (demo.mailbox / "1.eml").touch()
    launcher.leave_results(demo, datetime(2026, 3, 2, tzinfo=UTC))
    ((command, environment),) = ran
    assert not any("hunter2" in word for word in command)
    named = connection_from_environment("crm_warehouse", environment)
    assert named is not None
    assert url_of(named).set(drivername="postgresql") == url
