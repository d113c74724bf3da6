"""Airflow connections as the pipeline sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.core.errors import ConfigurationError


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch):
    """Defines an Airflow connection the way `.env` does."""

    def define(connection_id: str, **fields: Any) -> None:
        monkeypatch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(fields))

    return define


def test_the_warehouse_is_the_database_the_connection_names(connect) -> None:
    from crm_airflow.connections import warehouse_engine

    connect(
        "crm_warehouse", conn_type="postgres", host="db.example.com", port=6432, login="etl",
        password="p@ss/word", schema="crm", extra={"sslmode": "require"},
    )  # fmt: skip
    url = warehouse_engine().url
    assert (url.drivername, url.host, url.port, url.database) == (
        "postgresql+psycopg", "db.example.com", 6432, "crm",
    )  # fmt: skip
    assert (url.username, url.password, url.query["sslmode"]) == ("etl", "p@ss/word", "require")


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, None),
        ({"host": "crm.example.com"}, "https://crm.example.com"),
        ({"host": "127.0.0.1", "schema": "http", "port": 8090}, "http://127.0.0.1:8090"),
        ({"host": "http://sandbox", "port": 8090}, "http://sandbox:8090"),
        ({"host": "https://eu.example.com/"}, "https://eu.example.com"),
    ],
)
def test_scheme_host_and_port_decide_where_a_client_goes(connect, fields, url) -> None:
    from crm_airflow.connections import hubspot_credentials, salesforce_credentials

    connect("salesforce_default", conn_type="salesforce", extra={"consumer_key": "k"}, **fields)
    assert salesforce_credentials("salesforce_default").base_url == url
    connect("hubspot_default", conn_type="http", password="token", **fields)
    assert hubspot_credentials("hubspot_default").base_url == (url or "https://api.hubapi.com")


def test_every_way_to_log_in_to_salesforce_has_its_fields(connect) -> None:
    from crm_airflow.connections import salesforce_credentials

    connect(
        "salesforce_default", conn_type="salesforce", login="me@example.com", password="pw",
        extra={"security_token": "st", "consumer_key": "ck", "consumer_secret": "cs",
               "private_key": "pk", "domain": "acme.my"},
    )  # fmt: skip
    credentials = salesforce_credentials("salesforce_default")
    assert vars(credentials) | {"base_url": None} == {
        "username": "me@example.com", "password": "pw", "security_token": "st",
        "consumer_key": "ck", "consumer_secret": "cs", "private_key": "pk", "domain": "acme.my",
        "base_url": None,
    }  # fmt: skip
    assert "pw" not in repr(credentials)
    assert "cs" not in repr(credentials)


def test_a_hubspot_connection_without_token_says_where_it_goes(connect) -> None:
    from crm_airflow.connections import hubspot_credentials

    connect("hubspot_default", conn_type="http")
    with pytest.raises(ConfigurationError, match=r"no password.*access token"):
        hubspot_credentials("hubspot_default")


@pytest.mark.parametrize(
    ("extra", "security", "port"),
    [
        ({}, "tls", 465),
        ({"disable_ssl": True}, "starttls", 587),
        ({"disable_ssl": True, "disable_tls": True}, "none", 25),
        # As a URI gives them: a login must not go out in the clear for the word "false".
        ({"disable_ssl": "true", "disable_tls": "false"}, "starttls", 587),
        ({"disable_ssl": "False"}, "tls", 465),
    ],
)
def test_the_two_flags_of_the_mail_connection(connect, extra, security, port) -> None:
    from crm_airflow.connections import smtp_account

    connect("smtp_default", conn_type="smtp", host="mail.example.com", extra=extra)
    account = smtp_account()
    assert (account.security, account.port, account.user) == (security, port, None)
    connect("smtp_default", conn_type="smtp", host="mail.example.com", port=1025, extra=extra)
    assert smtp_account().port == 1025


def test_a_missing_connection_says_where_to_create_it() -> None:
    from crm_airflow.connections import connection

    with pytest.raises(
        ConfigurationError, match=r"no Airflow connection nowhere\. Create it under"
    ):
        connection("nowhere")
