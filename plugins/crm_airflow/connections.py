"""Airflow connections become engines, credentials and accounts.

| connection | what it names |
|---|---|
| crm_warehouse | the PostgreSQL of the warehouse; without it, the embedded one |
| salesforce_default, hubspot_default | the CRMs (names set in sources.yaml) |
| smtp_default | the mail server |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from include.core import embedded
from include.core.connection import Connection
from include.core.errors import ConfigurationError
from include.core.paths import paths_from_environment
from include.core.warehouse import engine_for, url_of

if TYPE_CHECKING:
    from include.deliver.account import SmtpAccount
    from include.extract.hubspot import HubSpotCredentials
    from include.extract.salesforce import SalesforceCredentials

WAREHOUSE = "crm_warehouse"
SMTP = "smtp_default"


def connection(connection_id: str) -> Connection:
    """The fields of the Airflow connection of this id.

    Raises:
        ConfigurationError: there is none.
    """
    found = find_connection(connection_id)
    if found is None:
        raise ConfigurationError(
            f"There is no Airflow connection {connection_id}.",
            "Create it under Admin > Connections; README.md lists its fields.",
        )
    return found


def find_connection(connection_id: str) -> Connection | None:
    """The fields of the Airflow connection of this id, None where there is none."""
    try:
        named = BaseHook.get_connection(connection_id)
    except AirflowNotFoundException:
        return None
    return Connection(
        id=connection_id,
        login=named.login or None,
        password=named.password or None,
        host=named.host or None,
        port=named.port,
        schema=named.schema or None,
        extra=named.extra_dejson,
    )


def warehouse_engine() -> sa.Engine:
    """An engine on the warehouse that `crm_warehouse` names, or on the embedded one."""
    named = find_connection(WAREHOUSE)
    if named is None:
        home = paths_from_environment().postgres
        return engine_for(embedded.database_url(home, embedded.WAREHOUSE))
    return engine_for(url_of(named))


def salesforce_credentials(connection_id: str) -> SalesforceCredentials:
    """Whatever way to log in the connection's fields stand for."""
    from include.extract import credentials

    return credentials.salesforce_credentials(connection(connection_id))


def hubspot_credentials(connection_id: str) -> HubSpotCredentials:
    """The access token is the connection's password."""
    from include.extract import credentials

    return credentials.hubspot_credentials(connection(connection_id))


def smtp_account(connection_id: str = SMTP) -> SmtpAccount:
    """The mail server of the connection."""
    from include.deliver import account

    return account.smtp_account(connection(connection_id))
