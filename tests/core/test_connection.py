"""Connections out of the environment, as Airflow would read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.core.connection import Connection, connection_from_environment, read_dotenv
from include.core.errors import ConfigurationError


def held(text: str) -> Connection | None:
    return connection_from_environment("crm_warehouse", {"AIRFLOW_CONN_CRM_WAREHOUSE": text})


@pytest.mark.parametrize(
    "extra", [{"sslmode": "require"}, '{"sslmode": "require"}'], ids=["nested", "as text"]
)
def test_the_json_form_gives_every_field(extra) -> None:
    document = {
        "conn_type": "postgres", "login": "etl", "password": "p@ss", "host": "db.example.com",
        "port": "6432", "schema": "crm", "extra": extra,
    }  # fmt: skip
    assert held(json.dumps(document)) == Connection(
        "crm_warehouse", "etl", "p@ss", "db.example.com", 6432, "crm", {"sslmode": "require"}
    )


@pytest.mark.parametrize(
    "query", ["sslmode=require", "__extra__=%7B%22sslmode%22%3A%20%22require%22%7D"]
)
def test_the_uri_form_gives_every_field(query) -> None:
    text = f"postgresql://etl:p%40ss%2F@db.example.com:6432/crm?{query}"
    assert held(text) == Connection(
        "crm_warehouse", "etl", "p@ss/", "db.example.com", 6432, "crm", {"sslmode": "require"}
    )


def test_what_is_left_out_or_empty_is_none() -> None:
    expected = Connection("crm_warehouse")
    assert held('{"conn_type": "postgres", "login": "", "extra": ""}') == expected
    assert held("postgresql://") == expected
    assert held("") is None
    assert connection_from_environment("crm_warehouse", {}) is None


@pytest.mark.parametrize("text", ['{"password": "hunter2",', "hunter2", "http://:hunter2@x:port"])
def test_what_cannot_be_read_is_named_and_not_shown(text) -> None:
    with pytest.raises(ConfigurationError, match="AIRFLOW_CONN_CRM_WAREHOUSE") as caught:
        held(text)
    assert "hunter2" not in str(caught.value)


def test_no_secret_shows_in_what_is_printed_of_it() -> None:
    named = Connection("x", password="hunter2", extra={"consumer_secret": "hunter3"})
    assert "hunter" not in repr(named)


def test_a_dotenv_file_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# A='x'\nA='{\"a\": 1}'\nexport B=two\nEMPTY=\nC=\"d=e\"\n\n")
    assert read_dotenv(path) == {"A": '{"a": 1}', "B": "two", "C": "d=e"}
    assert read_dotenv(tmp_path / "nothing") == {}
