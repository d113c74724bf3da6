"""Connections of the CRMs as credentials."""

from __future__ import annotations

import pytest

from include.core.connection import Connection
from include.core.errors import ConfigurationError
from include.extract.credentials import hubspot_credentials, salesforce_credentials


@pytest.mark.parametrize(
    ("credentials", "fields"),
    [
        (hubspot_credentials, {"host": "http://api.hubapi.com"}),
        (hubspot_credentials, {"host": "api.hubapi.com", "schema": "http"}),
        (salesforce_credentials, {"host": "acme.my.salesforce.com", "schema": "http"}),
        (salesforce_credentials, {"host": "HTTP://Acme.My.Salesforce.com", "port": 80}),
    ],
)
def test_a_crm_itself_is_not_told_the_credentials_without_encryption(credentials, fields) -> None:
    named = Connection("crm", password="hunter2", **fields)
    with pytest.raises(ConfigurationError, match=r"crm would send .* Write https") as caught:
        credentials(named)
    assert "hunter2" not in str(caught.value)


def test_another_server_may_do_without_encryption() -> None:
    named = Connection("crm", password="token", host="sandbox", port=8090, schema="http")
    assert hubspot_credentials(named).base_url == "http://sandbox:8090"
    assert salesforce_credentials(named).base_url == "http://sandbox:8090"
    assert hubspot_credentials(Connection("crm", password="t")).base_url == "https://api.hubapi.com"
