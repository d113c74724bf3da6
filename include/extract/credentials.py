"""The fields of a connection as the credentials of a CRM."""

from __future__ import annotations

from urllib.parse import urlsplit

from include.core.connection import Connection
from include.core.errors import ConfigurationError
from include.extract.hubspot import HubSpotCredentials
from include.extract.salesforce import SalesforceCredentials

HUBSPOT_URL = "https://api.hubapi.com"
# The services themselves speak TLS only; what was sent without, all in between have read.
_ENCRYPTED = (".hubapi.com", ".salesforce.com")


def salesforce_credentials(named: Connection) -> SalesforceCredentials:
    """Whatever way to log in the connection's fields stand for.

    Raises:
        ConfigurationError: they would be sent to Salesforce without encryption.
    """
    extra = named.extra
    return SalesforceCredentials(
        username=named.login,
        password=named.password,
        security_token=extra.get("security_token"),
        consumer_key=extra.get("consumer_key"),
        consumer_secret=extra.get("consumer_secret"),
        private_key=extra.get("private_key"),
        domain=extra.get("domain"),
        base_url=_base_url(named, None),
    )


def hubspot_credentials(named: Connection) -> HubSpotCredentials:
    """The access token is the connection's password.

    Raises:
        ConfigurationError: there is none, the host is no URL, or it would be sent to HubSpot without
            encryption.
    """
    if not named.password:
        raise ConfigurationError(
            f"The Airflow connection {named.id} has no password.",
            "Put the access token of the HubSpot service key or private app there.",
        )
    return HubSpotCredentials(
        access_token=named.password, base_url=_base_url(named, HUBSPOT_URL) or HUBSPOT_URL
    )


def _base_url(named: Connection, default: str | None) -> str | None:
    """Scheme, host and port of the connection.

    Raises:
        ConfigurationError: it names a CRM itself, and http.
    """
    url = named.base_url(default)
    parts = urlsplit(url or "")
    if parts.scheme == "http" and (parts.hostname or "").endswith(_ENCRYPTED):
        raise ConfigurationError(
            f"The Airflow connection {named.id} would send its credentials to {parts.hostname} without "
            "encryption.",
            "Write https in its host, or leave its schema empty.",
        )
    return url
