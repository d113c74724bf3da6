"""The sandbox's HubSpot: who may call, how often, and which address is which endpoint.

Every endpoint has two addresses: `/crm/v3/objects/deals` and `/crm/objects/2026-03/deals`.
"""

from __future__ import annotations

import re
import secrets
import threading
from datetime import datetime, timedelta

import orjson

from include.sandbox.account import Account
from include.sandbox.hubspot_associations import labels
from include.sandbox.hubspot_errors import (
    expired,
    hubspot_error,
    invalid,
    not_found,
    unauthenticated,
)
from include.sandbox.hubspot_objects import ObjectReader
from include.sandbox.hubspot_schema import HubSpotSchema
from include.sandbox.hubspot_search import search
from include.sandbox.hubspot_settings import Settings
from include.sandbox.hubspot_splits import read_splits
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.messages import ApiError, Request, Response, ResponseCache, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.store import Store

PREFIXES = (
    "/crm",
    "/deal-splits/",
    "/marketing/",
    "/account-info/",
    "/settings/",
    "/form-integrations/",
    "/oauth/",
)

_TOKEN_SECONDS = 1800
# Seconds to wait by the policy of a 429, where the service says so.
_WAITS = {"SECONDLY": 1, "TEN_SECONDLY_ROLLING": 10}
_DATED = r"2026-0[39]"
_CRM = "objects|associations|properties|owners|pipelines|limits|schemas"
_ADDRESSES = tuple(
    re.compile(pattern + r"(?P<tail>/.*)?")
    for pattern in (
        rf"/crm/(?P<version>v[34])/(?P<family>{_CRM})",
        rf"/crm/(?P<family>{_CRM})/(?P<version>{_DATED})",
        r"/(?P<family>crm-object-schemas)/(?P<version>v3)/schemas",
        rf"/(?P<family>crm-object-schemas)/(?P<version>{_DATED})/schemas",
        rf"/(?P<family>deal-splits)/(?P<version>{_DATED})",
        r"/marketing/(?P<version>v3)/(?P<family>campaigns)",
        rf"/marketing/(?P<family>campaigns)/(?P<version>{_DATED})",
        r"/marketing/(?P<version>v3)/(?P<family>forms)",
        r"/(?P<family>form-integrations)/(?P<version>v1)/submissions/forms",
        r"/settings/(?P<version>v3)/(?P<family>currencies)",
        rf"/settings/(?P<family>currencies)/(?P<version>{_DATED})",
        rf"/(?P<family>account-info)/(?P<version>v3|{_DATED})",
        rf"/(?P<family>oauth)/(?P<version>v1|{_DATED})",
    )
)


class HubSpotService:
    """Answers HubSpot's API."""

    def __init__(
        self, store: Store, account: Account, limits: RateLimits, trouble: HubSpotTrouble
    ) -> None:
        self._store = store
        self._trouble = trouble
        self._account = account
        self._limits = limits
        # When each token OAuth handed out ends.
        self._issued: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self.answers = ResponseCache()
        self.schema = HubSpotSchema(store)
        self._reader = ObjectReader(
            store, self.schema, self.answers, account.hubspot_details["portalId"], trouble
        )
        self._associations = self._reader.associations
        self._settings = Settings(store, self.schema, account, limits, self._reader.paging)

    def revoke_all(self) -> None:
        """End every token OAuth handed out; the private app's own token stays good."""
        with self._lock:
            now = self._store.clock()
            self._issued = {token: min(end, now) for token, end in self._issued.items()}

    def answer(self, request: Request) -> Response:
        """Answer a request, with the headers that tell the rate limits."""
        is_search = request.path.endswith("/search")
        try:
            response = self._admit(request, is_search) or self._route(request)
        except ApiError as error:
            response = error.response
        except ValueError as error:
            response = invalid(f"Invalid input: {error}").response
        if not is_search:
            response.headers |= self._limits.hubspot_headers()
        return response

    def _admit(self, request: Request, is_search: bool) -> Response | None:
        """Check the token and the limits; the answer to a call that is not let in."""
        if request.path.startswith("/oauth/"):
            return None
        # Longer addresses never reach the service; many properties belong into a body.
        if len(request.target) > self._trouble.longest_address:
            raise ApiError(Response(414, b"<html>414 Request-URI Too Large</html>", "text/html"))
        self._check_token(request.bearer())
        refusal = self._limits.count_hubspot(is_search)
        if refusal is not None and self._trouble.sends_retry_after:
            policy = orjson.loads(refusal.body)["policyName"]
            seconds = _WAITS.get(policy) or self._settings.seconds_to_midnight()
            refusal.headers["Retry-After"] = str(seconds)
        return refusal

    def _check_token(self, token: str | None) -> None:
        """Refuse a token that is unknown, or good no more."""
        if token is not None and token == self._account.token:
            if self._trouble.refuses_token:
                raise expired("The access token of this app has been rotated. Use the new one.")
            return
        with self._lock:
            end = self._issued.get(token or "")
        if end is None:
            raise unauthenticated()
        if self._store.clock() >= end:
            raise expired(
                "The OAuth token used to make this call expired. Use a refresh token to get another."
            )

    def _route(self, request: Request) -> Response:
        for address in _ADDRESSES:
            match = address.fullmatch(request.path)
            if match:
                parts = [part for part in (match["tail"] or "").split("/") if part]
                return self._endpoint(request, match["family"], match["version"], parts)
        raise not_found()

    def _endpoint(self, request: Request, family: str, version: str, parts: list[str]) -> Response:
        is_splits = family == "deal-splits" and parts == ["batch", "read"]
        if is_splits or (family == "objects" and parts == ["deals", "splits", "batch", "read"]):
            return read_splits(self._store, request)
        if family == "objects" and parts:
            return self._objects(request, version, parts)
        if family == "associations" and version != "v3" and len(parts) >= 3:
            from_type, to_type = map(self.schema.object_type, parts[:2])
            if parts[2:] == ["batch", "read"] and request.method == "POST":
                return self._associations.read_batch(
                    request, from_type, to_type, is_dated=version != "v4"
                )
            if parts[2:] == ["labels"]:
                return labels(from_type, to_type)
        if family == "properties" and parts:
            return self._settings.properties(request, parts)
        if family == "owners":
            return self._settings.owners(request, parts)
        if family == "pipelines" and parts:
            return self._settings.pipelines(parts)
        if family == "limits" and parts == ["records"]:
            return self._settings.record_limits()
        if family == "account-info":
            return self._settings.account_info(request, parts)
        if family == "currencies":
            return self._settings.currencies(request, parts)
        if family == "campaigns":
            return self._settings.campaigns(request, parts)
        if family == "forms":
            return self._settings.forms(request, parts)
        if family == "form-integrations" and len(parts) == 1:
            return self._settings.form_submissions(request, parts)
        if family == "oauth" and parts == ["token"]:
            return self._token(request)
        if family in ("schemas", "crm-object-schemas"):
            return json_response({"results": []})
        raise not_found()

    def _objects(self, request: Request, version: str, parts: list[str]) -> Response:
        name = self.schema.object_type(parts[0])
        tail = parts[1:]
        if request.method == "POST":
            if tail == ["search"]:
                return search(self._store, self.schema, self._reader, self._trouble, request, name)
            if tail == ["batch", "read"]:
                return self._reader.batch_read(request, name)
            raise not_found()
        if not tail:
            return self._reader.list_page(request, name)
        if len(tail) == 3 and tail[1] == "associations":
            to_type = self.schema.object_type(tail[2])
            return self._associations.list_of_one(request, name, tail[0], to_type, version)
        if len(tail) == 1:
            return self._reader.get(request, name, tail[0])
        raise not_found()

    def _token(self, request: Request) -> Response:
        """POST oauth/{version}/token: an access token for a refresh token."""
        form = request.form()
        if (form.get("client_id"), form.get("client_secret")) != (
            self._account.client_id,
            self._account.client_secret,
        ):
            raise hubspot_error(400, "BAD_CLIENT_ID", "missing or unknown client id")
        if form.get("grant_type") != "refresh_token":
            raise hubspot_error(400, "BAD_GRANT_TYPE", "missing or unknown grant type")
        if form.get("refresh_token") != self._account.refresh_token:
            raise hubspot_error(400, "BAD_REFRESH_TOKEN", "missing or invalid refresh token")
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._issued[token] = self._store.clock() + timedelta(seconds=_TOKEN_SECONDS)
        return json_response(
            {
                "token_type": "bearer",
                "refresh_token": self._account.refresh_token,
                "access_token": token,
                "expires_in": _TOKEN_SECONDS,
                "hub_id": self._account.hubspot_details["portalId"],
                "scopes": ["crm.objects.contacts.read", "crm.objects.deals.read"],
            }
        )
