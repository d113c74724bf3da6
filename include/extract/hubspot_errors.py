"""What HubSpot says when it does not answer, and what that means for whoever asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from include.core.errors import AccessError, CredentialsError, StopError

# Besides 5xx: request timeout, locked, and HubSpot's own 477 while it moves an account.
TRANSIENT_STATUSES = frozenset({408, 423, 477})
# How long a full bucket takes to empty, where the answer does not say (`Retry-After`).
POLICY_WAIT_SECONDS = {"SECONDLY": 1.0, "TEN_SECONDLY_ROLLING": 10.0}
MESSAGE_LENGTH = 300
# HubSpot's words for a type whose archived records it does not list, such as meetings.
_HIDES_ARCHIVED = "paging through deleted objects"


class ArchiveHiddenError(StopError):
    """HubSpot does not list the archived records of this type."""


@dataclass(frozen=True)
class Refusal:
    """An answer that is not the one asked for, as far as it can be understood."""

    status: int
    category: str = ""
    message: str = ""
    policy: str = ""
    scopes: tuple[str, ...] = ()
    retry_after_seconds: float | None = None

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
        """Understand what there is; a body that is not HubSpot's JSON leaves the texts empty."""
        try:
            document: Any = orjson.loads(body)
        except orjson.JSONDecodeError:
            document = None
        if not isinstance(document, dict):
            document = {}
        return cls(
            status=status,
            category=str(document.get("category") or ""),
            message=str(document.get("message") or "")[:MESSAGE_LENGTH],
            policy=str(document.get("policyName") or ""),
            scopes=_scopes(document),
            retry_after_seconds=_seconds(headers.get("Retry-After")),
        )

    @property
    def is_transient(self) -> bool:
        """The same request may be answered in a moment."""
        return self.status >= 500 or self.status in TRANSIENT_STATUSES

    @property
    def is_rate_limit(self) -> bool:
        """Too many requests, of whichever interval."""
        return self.status == 429

    @property
    def is_daily(self) -> bool:
        """The account has no request left until its next midnight."""
        return self.is_rate_limit and "DAILY" in f"{self.policy} {self.message}".upper()

    @property
    def wait_seconds(self) -> float:
        """How long to leave the account alone after a rate limit."""
        if self.retry_after_seconds is not None:
            return self.retry_after_seconds
        return POLICY_WAIT_SECONDS.get(self.policy, POLICY_WAIT_SECONDS["TEN_SECONDLY_ROLLING"])

    def as_stop(self, request: str, host: str, connection: str) -> StopError:
        """The error of a refusal that asking again will not change."""
        if self.status == 401:
            return CredentialsError(
                f"HubSpot at {host} does not accept the access token ({self._said}).",
                f"Put a valid token into the password of the Airflow connection {connection}.",
            )
        if self.status == 403 and self.scopes:
            wanted = " or ".join(self.scopes)
            return AccessError(
                f"HubSpot does not let us {request}: the scope {wanted} is missing.",
                f"Grant the scope {wanted} to the HubSpot app behind connection {connection}.",
            )
        if self.status == 403:
            return AccessError(
                f"HubSpot does not let us {request} ({self._said}).",
                f"Grant the HubSpot app behind connection {connection} access to it.",
            )
        if self.status == 404 or "infer object type" in self.message:
            return AccessError(
                f"HubSpot at {host} cannot {request}: this account has no such object "
                f"({self._said}).",
                "Add the product that has it, or check hubspot.api_version in sources.yaml.",
            )
        if self.status == 400 and _HIDES_ARCHIVED in self.message.lower():
            return ArchiveHiddenError(
                f"HubSpot at {host} does not list archived records: {request} ({self._said}).",
                "They are those that a whole reading lacks.",
            )
        return StopError(
            f"HubSpot at {host} refuses to {request} ({self._said}).",
            "The request itself is wrong for this account: check hubspot.api_version and "
            "hubspot.custom_fields in sources.yaml.",
        )

    @property
    def _said(self) -> str:
        """Status and message, in brackets."""
        return ": ".join(part for part in (f"HTTP {self.status}", self.message) if part)


def _scopes(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The missing scopes an answer names, under whichever of its keys."""
    found: list[str] = []
    for error in document.get("errors") or ():
        context = error.get("context") if isinstance(error, dict) else None
        for key, values in (context or {}).items():
            if "scope" in key.lower():
                found += [str(value) for value in values]
    return tuple(dict.fromkeys(found))


def _seconds(text: str | None) -> float | None:
    """A Retry-After in seconds; None when it is absent or a date."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None
