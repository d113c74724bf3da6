"""`python -m include doctor`, as a person without Airflow runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.__main__ import main
from include.doctor import examine as examining
from include.sandbox.mailbox import Mailbox
from include.tables.ops import source_finding
from tests.doctor.conftest import SECRETS, _NoPace


@pytest.fixture
def env_file(sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a .env with the connections given; the CRMs' are the sandbox unless given as None."""
    monkeypatch.setenv("CRM_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setattr(examining, "OwnPace", _NoPace)
    for name in ("SALESFORCE_DEFAULT", "HUBSPOT_DEFAULT", "SMTP_DEFAULT", "CRM_WAREHOUSE"):
        monkeypatch.delenv(f"AIRFLOW_CONN_{name}", raising=False)

    def write(**connections: Any) -> str:
        known: dict[str, Any] = {
            "salesforce_default": {
                "host": sandbox.url,
                "extra": {
                    "consumer_key": "sandbox",
                    "consumer_secret": "sandbox-secret",
                    "domain": "acme.my",
                },
            },
            "hubspot_default": {"host": sandbox.url, "password": "sandbox-token"},
            **connections,
        }
        lines = [
            f"AIRFLOW_CONN_{name.upper()}='{json.dumps(fields)}'\n"
            for name, fields in known.items()
            if fields is not None
        ]
        path = tmp_path / "env"
        path.write_text("".join(lines))
        return str(path)

    return write


@pytest.fixture
def mail_server(tmp_path: Path):
    with Mailbox(tmp_path / "mail") as mailbox:
        yield {
            "host": "127.0.0.1",
            "port": mailbox.port,
            "extra": {"disable_ssl": True, "disable_tls": True},
        }


def test_all_in_order(env_file, mail_server, capsys) -> None:
    code = main(["doctor", "--env-file", env_file(smtp_default=mail_server)])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "the first run of crm_daily makes them" in said
    assert "\n  revenue                         available\n" in said
    assert not any(secret in said for secret in SECRETS)
    assert max(map(len, said.splitlines())) <= 100


def test_a_hidden_required_object_makes_it_fail(env_file, mail_server, sandbox, capsys) -> None:
    sandbox.control.hide("salesforce", "Opportunity")
    code = main(["doctor", "--env-file", env_file(smtp_default=mail_server)])
    said = capsys.readouterr().out
    assert code == 1
    assert "revenue                         degraded    salesforce.opportunity is forbidden" in said
    assert "Give the integration user read access to Opportunity" in said


def test_wrong_credentials_make_it_fail_without_showing_them(
    env_file, mail_server, sandbox, capsys
) -> None:
    wrong = {"host": sandbox.url, "password": "wrong-token"}
    code = main(["doctor", "--env-file", env_file(smtp_default=mail_server, hubspot_default=wrong)])
    captured = capsys.readouterr()
    assert code == 1
    assert "does not accept the access token" in captured.out
    assert not any(secret in captured.out + captured.err for secret in SECRETS)


def test_connections_nobody_made_are_named(env_file, capsys) -> None:
    path = env_file(salesforce_default=None, hubspot_default=None)
    assert main(["doctor", "--env-file", path]) == 1
    said = capsys.readouterr().out
    for name in ("SALESFORCE_DEFAULT", "HUBSPOT_DEFAULT", "SMTP_DEFAULT"):
        assert f"Put AIRFLOW_CONN_{name} into .env" in said


def test_a_file_of_variables_that_is_not_there_is_named(env_file, capsys) -> None:
    assert main(["doctor", "--env-file", "nowhere/.env"]) == 1
    assert "There is no file nowhere/.env." in capsys.readouterr().err


def test_the_environment_goes_before_the_file(env_file, monkeypatch, capsys) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HUBSPOT_DEFAULT", "not a connection")
    assert main(["doctor", "--env-file", env_file()]) == 1
    assert "AIRFLOW_CONN_HUBSPOT_DEFAULT cannot be read." in capsys.readouterr().out


def test_findings_are_kept_in_the_warehouse_the_newest_only(
    env_file, mail_server, warehouse, sandbox, capsys
) -> None:
    url = warehouse.url
    named = {
        "host": url.host, "port": url.port, "login": url.username, "password": url.password,
        "schema": url.database,
    }  # fmt: skip
    arguments = ["doctor", "--env-file", env_file(smtp_default=mail_server, crm_warehouse=named)]

    def stored() -> dict[tuple[str, str, str], str]:
        with warehouse.connect() as connection:
            rows = connection.execute(sa.select(source_finding)).all()
        assert len({row.checked_at for row in rows}) == 1
        return {(row.crm, row.object_name, row.field_name): row.status for row in rows}

    sandbox.control.hide("salesforce", "Opportunity", "Amount")
    assert main(arguments) == 0
    first = stored()
    assert first["salesforce", "opportunity", "Amount"] == "forbidden"
    assert first["salesforce", "opportunity", ""] == "ok"
    assert first["hubspot", "", ""] == "ok"
    assert first["configuration", "crm_warehouse", ""] == "ok"
    assert first["configuration", "smtp_default", ""] == "ok"
    sandbox.control.show_everything()
    assert main(arguments) == 0
    assert first.keys() - stored().keys() == {("salesforce", "opportunity", "Amount")}


def test_a_warehouse_that_is_down_is_a_finding_and_no_end(env_file, capsys) -> None:
    down = {"host": "127.0.0.1", "port": 1, "login": "x", "password": "hunter2"}
    assert main(["doctor", "--env-file", env_file(crm_warehouse=down)]) == 1
    said = capsys.readouterr().out
    assert "crm_warehouse                   error       The warehouse at 127.0.0.1:1" in said
    assert "\n  deal                            ok" in said
    assert "hunter2" not in said


def test_a_mistake_in_a_file_ends_it_with_the_line(env_file, tmp_path, monkeypatch, capsys) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    monkeypatch.setenv("CRM_CONFIG_DIRECTORY", str(folder))
    assert main(["doctor", "--env-file", env_file()]) == 1
    assert "sources.yaml: cannot be read" in capsys.readouterr().err


def test_the_help_says_where_connections_come_from(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    said = capsys.readouterr().out
    assert "AIRFLOW_CONN_SALESFORCE_DEFAULT" in said
    assert "run the DAG crm_doctor" in said
