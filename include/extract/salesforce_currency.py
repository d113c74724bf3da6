"""The currency of an org that has one, which none of its objects has a field for."""

from __future__ import annotations

from include.core.errors import CredentialsError, QuotaError, StopError
from include.extract.salesforce_client import SalesforceClient

# What Organization is read with besides its own fields, and who tells it.
OWN_CURRENCY = "DefaultCurrencyIsoCode"
_SETTINGS_PATH = "connect/organization"


def own_currency(client: SalesforceClient) -> str | None:
    """ISO 4217 code of the org's currency; None where it has several, or does not tell.

    Raises: as its requests, but for a refusal of this one.
    """
    try:
        features = client.json("GET", _SETTINGS_PATH).get("features") or {}
    except (CredentialsError, QuotaError):
        raise
    except StopError:
        return None
    return features.get("defaultCurrencyIsoCode") or None
