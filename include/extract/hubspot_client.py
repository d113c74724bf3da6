"""The connection to one HubSpot account: requests at the allowed rate, answers or a clear error.

`hubspot-api-client` carries the requests. Its typed calls are not used: they know only the paths
that end in 2027, decode twenty times slower, and stop at a record they do not understand.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import hubspot
import orjson
from hubspot.crm.objects.exceptions import ApiException
from urllib3 import Retry
from urllib3.exceptions import HTTPError, MaxRetryError

from include.core import lenient_json
from include.core.errors import (
    AccessError,
    ConfigurationError,
    IncompleteError,
    QuotaError,
    RetryableError,
)
from include.core.reading import Quota
from include.core.settings_sources import Source
from include.extract.http_date import http_date
from include.extract.hubspot_errors import Refusal
from include.extract.hubspot_paths import hubspot_path
from include.extract.limiter import (
    HUBSPOT_REQUESTS,
    HUBSPOT_SEARCHES,
    Limiter,
    Policy,
    requests_policy,
)

CONNECT_SECONDS, READ_SECONDS = 10, 120
# Servers and networks have bad moments: 1 + 2 + 4 + 8 seconds of them are waited out.
ATTEMPT_COUNT = 5
# Rate limits are waited out for as long; an orchestrator's retry does better than a busy worker.
RATE_LIMIT_PATIENCE_SECONDS = 300.0
# What stands before HubSpot says so of a token that is not even written like one.
NO_TOKEN_STATUS = 530
# Requests of one reading that are under way at once; enough to hide a round trip of 150 ms.
CONNECTION_COUNT = 4

Parameters = Mapping[str, str | int]


@dataclass(frozen=True)
class HubSpotCredentials:
    """A private app's or service key's token, and the host that takes it.

    Raises:
        ConfigurationError: `base_url` is not an http(s) URL, or the token is empty.
    """

    access_token: str = field(repr=False)
    base_url: str = "https://api.hubapi.com"

    def __post_init__(self) -> None:
        """Refuse what cannot work before any request is sent."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError(
                f"{self.base_url!r} is not a URL of a HubSpot API.",
                "Set the host of the HubSpot connection to a URL such as https://api.hubapi.com.",
            )
        if not self.access_token.strip():
            raise ConfigurationError(
                "The HubSpot connection has no access token.",
                "Put the private app's token into the password of the connection.",
            )
        object.__setattr__(self, "access_token", self.access_token.strip())
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))


class HubSpotClient:
    """Requests to one account, in the turn its shared limiter gives. Threads may share a client.

    `request_count` counts requests sent, repeated ones too. `quota` is the account's daily
    requests as last reported, None before that. `answered_at` is HubSpot's clock at the last answer,
    None where it did not say.
    """

    def __init__(
        self,
        credentials: HubSpotCredentials,
        settings: Source,
        limiter: Limiter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.version = settings.api_version
        self.host = urlsplit(credentials.base_url).netloc
        self.request_count = 0
        self._counting = threading.Lock()
        # What this account may send in ten seconds is in its answers; until the first, the usual.
        self._requests = HUBSPOT_REQUESTS
        self.quota: Quota | None = None
        self.answered_at: datetime | None = None
        self._base_url = credentials.base_url
        self._token = credentials.access_token
        self._settings = settings
        self._limiter = limiter
        self._sleep = sleep
        # Requests per second are counted per app, and an app is its token.
        digest = hashlib.sha256(credentials.access_token.encode()).hexdigest()
        self._account = f"hubspot:{digest[:16]}"
        # Every attribute of the SDK's client builds a new connection pool: one is kept. Repeating
        # is done here and not by urllib3, so that each attempt takes its turn and is counted.
        client = hubspot.Client.create(
            access_token=credentials.access_token,
            host=credentials.base_url,
            base_url=credentials.base_url,
            retry=Retry(total=0, allowed_methods=None, raise_on_status=False),
            connection_pool_maxsize=CONNECTION_COUNT + 1,
        )
        self._api = client.crm.objects.basic_api.api_client
        self._headers = {
            "Authorization": f"Bearer {credentials.access_token}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": self._api.user_agent,
        }

    def path(self, resource: str, **names: str) -> str:
        """Path of a resource in the configured API version."""
        return hubspot_path(self.version, resource, **names)

    def url_length(self, path: str, parameters: Parameters) -> int:
        """Characters of the URL of a GET."""
        return len(f"{self._base_url}{path}?{urlencode(parameters)}")

    def get(
        self, path: str, parameters: Parameters | None = None, key: str = "results"
    ) -> dict[str, Any]:
        """The answer to a GET, which holds `key`. Raises as `_answer` does."""
        return self._answer("GET", path, (self._requests,), parameters=parameters, key=key)

    def post(
        self, path: str, body: dict[str, Any], parameters: Parameters | None = None
    ) -> dict[str, Any]:
        """The answer to a POST, of which HubSpot's readings by id are. Raises as `_answer` does."""
        return self._answer("POST", path, (self._requests,), parameters=parameters, body=body)

    def search(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a search, which has a rate of its own besides. Raises as `_answer` does."""
        return self._answer("POST", path, (HUBSPOT_SEARCHES, self._requests), body=body)

    def account(self) -> dict[str, Any]:
        """What the account says of itself: id, currency, time zone. Raises as `_answer` does."""
        return self.get(self.path("account"), key="portalId")

    def pages(
        self, path: str, parameters: Parameters, after: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Answers to a GET and to all that follow it: short and empty ones may be followed too.

        `after` is the mark of the page to begin with.

        Raises:
            IncompleteError: a page names itself as the next one.
        """
        while True:
            answer = self.get(path, {**parameters, **({"after": after} if after else {})})
            yield answer
            following = next_after(answer)
            if following is None:
                return
            if following == after:
                raise IncompleteError(
                    f"HubSpot at {self.host} sends the page after {after!r} of {path} for ever.",
                    "Clear the task; if it happens again, report it to HubSpot.",
                )
            after = following

    def ask_for_quota(self) -> None:
        """Set `quota` from the account's own report, where no answer has told it yet.

        Raises:
            QuotaError: our share of the daily requests is used up.
        """
        if self.quota is not None:
            return
        try:
            usage = self.get(self.path("usage"))["results"]
        except AccessError:
            return
        used_count, limit_count = (
            int(usage[0].get(key) or 0) if usage else 0 for key in ("currentUsage", "usageLimit")
        )
        if limit_count:
            self.quota = Quota(used_count, limit_count)
            self._check_quota()

    def _answer(
        self,
        method: str,
        path: str,
        policies: tuple[Policy, ...],
        *,
        parameters: Parameters | None = None,
        body: dict[str, Any] | None = None,
        key: str = "results",
    ) -> dict[str, Any]:
        """What HubSpot answers with, after waiting out limits and bad moments.

        An answer without `key`, or whose results are no list, is taken for a bad moment.

        Raises:
            CredentialsError: the token is not accepted.
            AccessError: a scope is missing, or the account lacks the object.
            QuotaError: the daily requests, or our configured share of them, are used up.
            RetryableError: no usable answer within the attempts and the patience there are.
            StopError: HubSpot finds the request wrong.
        """
        give_up_at = time.monotonic() + RATE_LIMIT_PATIENCE_SECONDS
        failed_count = 0
        while True:
            for policy in policies:
                self._limiter.take(self._account, policy)
            with self._counting:
                self.request_count += 1
            outcome = self._send(method, path, parameters, body)
            if isinstance(outcome, dict):
                if key in outcome and (key != "results" or isinstance(outcome[key], list)):
                    self._check_quota()
                    return outcome
                outcome = f"the answer holds no {key}"
            if isinstance(outcome, Refusal) and outcome.is_rate_limit:
                self._wait_for_limit(outcome, policies, give_up_at)
                continue
            if isinstance(outcome, Refusal) and not outcome.is_transient:
                raise outcome.as_stop(f"{method} {path}", self.host, self._settings.connection)
            failed_count += 1
            self._wait_for_better(outcome, f"{method} {path}", failed_count)

    def _send(
        self, method: str, path: str, parameters: Parameters | None, body: dict[str, Any] | None
    ) -> dict[str, Any] | Refusal | str:
        """One request: its answer, a refusal, or in words why there is neither."""
        try:
            response = self._api.request(
                method,
                self._base_url + path,
                query_params=list((parameters or {}).items()),
                headers=dict(self._headers),
                body=body,
                _request_timeout=(CONNECT_SECONDS, READ_SECONDS),
            )
        except ApiException as error:
            if not error.status:
                return "TLS failed"
            content = (error.body or b"").replace(self._token.encode(), b"***")
            return Refusal.read(error.status, error.headers or {}, content)
        except HTTPError as error:
            reason = error.reason if isinstance(error, MaxRetryError) else error
            return f"{type(reason or error).__name__}"
        self.answered_at = http_date(response.urllib3_response.headers)
        self._note_limits(response.urllib3_response.headers)
        try:
            answer = lenient_json.loads(response.data)
        except orjson.JSONDecodeError:
            return "the answer is not JSON"
        # Some small listings come without the object around them.
        answer = {"results": answer} if isinstance(answer, list) else answer
        return answer if isinstance(answer, dict) else "the answer is not a JSON object"

    def _wait_for_better(self, outcome: Refusal | str, request: str, failed_count: int) -> None:
        """Sleep before the next attempt, or raise when there have been enough."""
        asked_seconds = outcome.retry_after_seconds if isinstance(outcome, Refusal) else None
        wait_seconds = max(2.0 ** (failed_count - 1), asked_seconds or 0)
        if failed_count >= ATTEMPT_COUNT or wait_seconds > RATE_LIMIT_PATIENCE_SECONDS:
            problem = f"HTTP {outcome.status}" if isinstance(outcome, Refusal) else outcome
            is_token = isinstance(outcome, Refusal) and outcome.status == NO_TOKEN_STATUS
            suspect = "the token" if is_token else "the network"
            raise RetryableError(
                f"HubSpot at {self.host} does not answer {request} ({problem}, "
                f"{failed_count} attempts).",
                f"It is tried again later; if it stays so, check {suspect}, the host of the "
                f"Airflow connection {self._settings.connection} and status.hubspot.com.",
                wait_seconds=asked_seconds,
            )
        self._sleep(wait_seconds)

    def _wait_for_limit(
        self, refusal: Refusal, policies: tuple[Policy, ...], give_up_at: float
    ) -> None:
        """Hold the account back as long as HubSpot wants; every task of it waits with us."""
        if refusal.is_daily:
            raise self._quota_error("The account's daily requests to HubSpot are used up.")
        if time.monotonic() + refusal.wait_seconds > give_up_at:
            raise RetryableError(
                f"HubSpot at {self.host} keeps refusing: too many requests ({refusal.policy}).",
                "It is tried again later; find out which other integration uses up the rate.",
                wait_seconds=refusal.wait_seconds,
            )
        # The narrowest policy of a request comes first; a limit per second is its own.
        refused = policies[0] if refusal.policy == "SECONDLY" else policies[-1]
        self._limiter.pause(self._account, refused, refusal.wait_seconds)

    def _note_limits(self, headers: Mapping[str, str]) -> None:
        """Keep the limits an answer tells; searches tell none."""
        limit = headers.get("X-HubSpot-RateLimit-Daily", "")
        remaining = headers.get("X-HubSpot-RateLimit-Daily-Remaining", "")
        if limit.isdigit() and remaining.isdigit() and int(limit) > 0:
            self.quota = Quota(int(limit) - int(remaining), int(limit))
        most = headers.get("X-HubSpot-RateLimit-Max", "")
        interval = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "")
        if most.isdigit() and interval.isdigit() and int(most) > 0 and int(interval) > 0:
            self._requests = requests_policy(int(most), Decimal(interval) / 1000)

    def _check_quota(self) -> None:
        """Stop while there is still a share of the day left for others."""
        quota, share = self.quota, self._settings.daily_quota_share
        if quota and quota.used_count >= quota.limit_count * share:
            raise self._quota_error(
                f"{quota.used_count} of the account's {quota.limit_count} daily HubSpot requests are used, "
                f"and we stop at {share:.0%} of them."
            )

    def _quota_error(self, message: str) -> QuotaError:
        """A quota error that says when there is quota again, as far as the account tells."""
        usage = self._send("GET", self.path("usage"), None, None)
        account = self._send("GET", self.path("account"), None, None)
        reports = usage.get("results") if isinstance(usage, dict) else None
        zone = account.get("timeZone") if isinstance(account, dict) else None
        when = f"midnight in {f'time zone {zone}' if zone else 'the time zone set in the HubSpot account'}"
        if reports and reports[0].get("resetsAt"):
            when = f"{reports[0]['resetsAt']}, {when}"
        return QuotaError(
            message,
            f"The count starts again at {when}: clear the task after that, or raise "
            "hubspot.daily_quota_share in sources.yaml.",
        )


def next_after(answer: Mapping[str, Any]) -> str | None:
    """The opaque mark of the next page; None on the last one."""
    following = (answer.get("paging") or {}).get("next") or {}
    after = following.get("after")
    return None if after in (None, "") else str(after)
