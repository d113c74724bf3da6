"""Airflow connections become engines, credentials and accounts.

| connection | what it names |
|---|---|
| crm_warehouse | the PostgreSQL of the warehouse; without it, the embedded one |
| salesforce_default, hubspot_default | the CRMs (names set in sources.yaml) |
| smtp_default | the mail server |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import sqlalchemy as sa
from airflow.sdk import BaseHook, Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from include.core import embedded
from include.core.errors import ConfigurationError
from include.core.paths import paths_from_environment
from include.core.warehouse import engine_for

if TYPE_CHECKING:
    from include.deliver.account import SmtpAccount
    from include.extract.hubspot import HubSpotCredentials
    from include.extract.salesforce import SalesforceCredentials

WAREHOUSE = "crm_warehouse"
SMTP = "smtp_default"


def connection(connection_id: str) -> Connection:
    """The Airflow connection of this id.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return BaseHook.get_connection(connection_id)
    except AirflowNotFoundException as error:
        raise ConfigurationError(
            f"There is no Airflow connection {connection_id}.",
            "Create it under Admin > Connections; README.md lists its fields.",
        ) from error


def warehouse_engine() -> sa.Engine:
    """An engine on the warehouse that `crm_warehouse` names, or on the embedded one."""
    try:
        named = BaseHook.get_connection(WAREHOUSE)
    except AirflowNotFoundException:
        home = paths_from_environment().postgres
        return engine_for(embedded.database_url(home, embedded.WAREHOUSE))
    return engine_for(
        sa.URL.create(
            "postgresql+psycopg",
            username=named.login,
            password=named.password,
            host=named.host,
            port=named.port or 5432,
            database=named.schema or "postgres",
            query={key: str(value) for key, value in named.extra_dejson.items()},
        )
    )


def base_url(named: Connection, default: str | None) -> str | None:
    """Scheme, host and port of a connection; `default` where it names no host.

    The host may be a whole URL; the scheme is https unless the connection's schema says http.
    """
    if not named.host:
        return default
    host = named.host.rstrip("/")
    if "://" not in host:
        host = f"{named.schema or 'https'}://{host}"
    return f"{host}:{named.port}" if named.port else host


def salesforce_credentials(connection_id: str) -> SalesforceCredentials:
    """Whatever way to log in the connection's fields stand for."""
    from include.extract.salesforce import SalesforceCredentials

    named = connection(connection_id)
    extra = named.extra_dejson
    return SalesforceCredentials(
        username=named.login or None,
        password=named.password or None,
        security_token=extra.get("security_token"),
        consumer_key=extra.get("consumer_key"),
        consumer_secret=extra.get("consumer_secret"),
        private_key=extra.get("private_key"),
        domain=extra.get("domain"),
        base_url=base_url(named, None),
    )


def hubspot_credentials(connection_id: str) -> HubSpotCredentials:
    """The access token is the connection's password."""
    from include.extract.hubspot import HubSpotCredentials

    named = connection(connection_id)
    if not named.password:
        raise ConfigurationError(
            f"The Airflow connection {connection_id} has no password.",
            "Put the access token of the HubSpot service key or private app there.",
        )
    url = base_url(named, "https://api.hubapi.com")
    assert url is not None
    return HubSpotCredentials(access_token=named.password, base_url=url)


def smtp_account(connection_id: str = SMTP) -> SmtpAccount:
    """The mail server, with the two flags of Airflow's SMTP connection.

    Neither flag: TLS from the first byte (port 465). `disable_ssl`: STARTTLS (587). Both: plain.
    """
    from include.deliver.account import SmtpAccount

    named = connection(connection_id)
    extra = named.extra_dejson
    security: Literal["none", "starttls", "tls"]
    if not extra.get("disable_ssl"):
        security, port = "tls", 465
    elif not extra.get("disable_tls"):
        security, port = "starttls", 587
    else:
        security, port = "none", 25
    return SmtpAccount(
        host=named.host or "localhost",
        port=named.port or port,
        user=named.login or None,
        password=named.password or None,
        security=security,
        timeout_seconds=float(extra.get("timeout", 30)),
    )
