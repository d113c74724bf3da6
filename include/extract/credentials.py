"""The fields of a connection as the credentials of a CRM."""

from __future__ import annotations

from include.core.connection import Connection
from include.core.errors import ConfigurationError
from include.extract.hubspot import HubSpotCredentials
from include.extract.salesforce import SalesforceCredentials

HUBSPOT_URL = "https://api.hubapi.com"


def salesforce_credentials(named: Connection) -> SalesforceCredentials:
    """Whatever way to log in the connection's fields stand for."""
    extra = named.extra
    return SalesforceCredentials(
        username=named.login,
        password=named.password,
        security_token=extra.get("security_token"),
        consumer_key=extra.get("consumer_key"),
        consumer_secret=extra.get("consumer_secret"),
        private_key=extra.get("private_key"),
        domain=extra.get("domain"),
        base_url=named.base_url(None),
    )


def hubspot_credentials(named: Connection) -> HubSpotCredentials:
    """The access token is the connection's password.

    Raises:
        ConfigurationError: there is none, or the host is no URL.
    """
    if not named.password:
        raise ConfigurationError(
            f"The Airflow connection {named.id} has no password.",
            "Put the access token of the HubSpot service key or private app there.",
        )
    return HubSpotCredentials(
        access_token=named.password, base_url=named.base_url(HUBSPOT_URL) or HUBSPOT_URL
    )
