"""Who may call the sandbox, and what its two accounts say about themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

ORGANIZATION_ID = "00D5g000004XyzTEAS"
USER_ID = "0055g00000A1b2cAAB"

HUBSPOT_DETAILS: dict[str, Any] = {
    "portalId": 12345678,
    "accountType": "STANDARD",
    "timeZone": "UTC",
    "companyCurrency": "USD",
    "additionalCurrencies": [],
    "utcOffset": "+00:00",
    "utcOffsetMilliseconds": 0,
    "uiDomain": "app.hubspot.com",
    "dataHostingLocation": "na1",
}


@dataclass
class Account:
    """Accepted credentials and the services' settings.

    `jwt_public_key` is the PEM a JWT bearer's RS256 signature is checked against; without one any
    assertion of the right consumer and user is taken. A `refresh_token` serves both services.
    """

    client_id: str = "sandbox"
    client_secret: str = "sandbox-secret"
    username: str = "integration@example.com"
    password: str = "sandbox-password"
    security_token: str = "sandbox-security-token"
    refresh_token: str = "sandbox-refresh-token"
    token: str = "sandbox-token"
    jwt_public_key: str | None = None
    organization_id: str = ORGANIZATION_ID
    user_id: str = USER_ID
    hubspot_details: dict[str, Any] = field(default_factory=lambda: dict(HUBSPOT_DETAILS))


def read_account(folder: Path, **overrides: str) -> Account:
    """The account of a data folder's account.json, with fields overridden; defaults without one.

    The file holds `{"credentials": {...}, "salesforce": {"organization_id", "user_id"},
    "hubspot": {<the answer of account-info details>}}`, each part optional.
    """
    path = folder / "account.json"
    document = orjson.loads(path.read_bytes()) if path.exists() else {}
    salesforce = document.get("salesforce", {})
    settings: dict[str, str] = {
        **document.get("credentials", {}),
        **{key: salesforce[key] for key in ("organization_id", "user_id") if key in salesforce},
        **overrides,
    }
    return Account(
        **settings,
        hubspot_details={**HUBSPOT_DETAILS, **document.get("hubspot", {})},
    )
