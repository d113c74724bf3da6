"""The connection to Salesforce: login, one place for every request, retries, and the quota guard.

It is the public simple-salesforce client. What is changed is what it lacks for unattended work:
another server by address, timeouts, one login at a time for everything including Bulk results, and
errors that say what to do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import jwt
import orjson
import requests
import simple_salesforce
from requests.adapters import HTTPAdapter
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from urllib3.util.retry import Retry

from include.core import lenient_json
from include.core.errors import QuotaError, RetryableError
from include.core.reading import Quota
from include.core.settings_sources import Source
from include.extract.http_date import http_date
from include.extract.salesforce_credentials import SalesforceCredentials
from include.extract.salesforce_errors import (
    TRANSIENT_STATUSES,
    TooManyAtOnceError,
    login_refusal,
    quota_reset,
    reaching,
    refusal,
    sent_elsewhere,
)

Parsed = TypeVar("Parsed")

CONNECT_AND_READ_SECONDS = (10, 120)
_SOAP_PATH = "/services/Soap/"
_RETRIED_STATUSES = (*TRANSIENT_STATUSES, 500, 502, 503, 504)
# Waits of 0, 1, 2, 4, ... seconds between tries.
_BACKOFF_FACTOR = 0.5
_CUT_ATTEMPTS = 4
_GARBLED_ATTEMPTS = 4
_BUSY_ATTEMPTS = 6
_LOGIN_ATTEMPTS = 2


class _Session(requests.Session):
    """Requests with default timeouts and retries, to another server when `base_url` names one.

    The address is changed before requests looks at proxies and retries, so both see the real one.
    """

    def __init__(self, base_url: str | None) -> None:
        super().__init__()
        self._server = urlsplit(base_url.rstrip("/")) if base_url else None
        # Where no login is given requests takes one out of ~/.netrc, in place of the token.
        self.auth = _as_it_is
        retrying = HTTPAdapter(max_retries=_retry(_RETRIED_STATUSES))
        self.mount("https://", retrying)
        self.mount("http://", retrying)

    def mount_login(self, url: str) -> None:
        """Keep SOAP faults, which come as status 500, from being sent again: that locks users out."""
        statuses = [status for status in _RETRIED_STATUSES if status != 500]
        self.mount(self.real_url(url), HTTPAdapter(max_retries=_retry(statuses)))

    def real_url(self, url: str) -> str:
        """Where a request to this URL goes."""
        if self._server is None:
            return url
        return urlunsplit((self._server.scheme, self._server.netloc, *urlsplit(url)[2:]))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        """As requests does it, with the address and the timeouts set.

        A redirect is not followed: the password of a login, or what stands for it, would go along in
        the body, also to another host and without encryption.

        Raises:
            RetryableError: the server answers with a redirect.
        """
        kwargs.setdefault("timeout", CONNECT_AND_READ_SECONDS)
        kwargs["allow_redirects"] = False
        response = super().request(method, self.real_url(str(url)), *args, **kwargs)
        if response.is_redirect:
            response.close()
            raise sent_elsewhere(response)
        return response


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """The request with the headers it has."""
    return request


def _retry(statuses: list[int] | tuple[int, ...]) -> Retry:
    """Six tries after the first, three where nothing answers; POST too: none of ours changes data."""
    return Retry(
        total=6,
        connect=3,
        backoff_factor=_BACKOFF_FACTOR,
        backoff_max=60,
        backoff_jitter=_BACKOFF_FACTOR,
        status_forcelist=statuses,
        allowed_methods=None,
        raise_on_status=False,
        retry_after_max=300,
    )


class SalesforceClient(simple_salesforce.Salesforce):
    """A logged-in org.

    `request_count` counts answers, `login_count` logins: a query's locator dies with its login.
    `answered_at` is the org's clock at the last answer, None where it did not say.
    """

    def __init__(self, credentials: SalesforceCredentials, settings: Source) -> None:
        """Log in.

        Raises:
            CredentialsError: Salesforce does not accept the credentials, or they are incomplete.
            ConfigurationError: the API version has no such login.
            RetryableError: the host cannot be reached.
        """
        self.request_count = 0
        self.login_count = 0
        self.answered_at: datetime | None = None
        self._quota_share = settings.daily_quota_share
        self._usage_read_at: datetime | None = None
        self._login_lock = threading.Lock()
        self._flow, login = credentials.login(settings.api_version)
        session = _Session(credentials.base_url)
        login_url = f"https://{login['domain']}.salesforce.com"
        session.mount_login(f"{login_url}{_SOAP_PATH}")
        self._real_url = session.real_url
        self._login_host = urlsplit(session.real_url(login_url)).netloc
        self._secrets = tuple(
            secret
            for secret in (
                credentials.password,
                credentials.security_token,
                credentials.consumer_secret,
                credentials.private_key,
            )
            if secret
        )
        super().__init__(
            version=settings.api_version, session=session, object_pairs_hook=None, **login
        )

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        """One answer, after a new login if the session has run out and after retries.

        `url` is absolute, starts at the host (`/services/...`), or is below the versioned base.

        Raises:
            PipelineError: the subclass that says what to do, for any refusal.
        """
        for attempt in range(1, _BUSY_ATTEMPTS):
            try:
                return self._request(method, url, **options)
            except TooManyAtOnceError:
                time.sleep(_BACKOFF_FACTOR * 2**attempt)
        return self._request(method, url, **options)

    def _request(self, method: str, url: str, **options: Any) -> requests.Response:
        """One answer, after a new login if the session has run out. Raises as `request`."""
        headers = options.pop("headers", None) or {}
        path = _from_host(url, f"/services/data/v{self.sf_version}/")
        for attempt in range(1, _LOGIN_ATTEMPTS + 1):
            self._guard_quota()
            token = self.session_id
            response = self._send(
                method,
                f"https://{self.sf_instance}{path}",
                # Without pretty-printing, which the library asks for, answers are a quarter smaller.
                headers={**self.headers, "X-PrettyPrint": None, **headers},
                **options,
            )
            self.request_count += 1
            self.answered_at = http_date(response.headers)
            self._note_usage(response)
            if response.status_code == 401 and attempt < _LOGIN_ATTEMPTS:
                response.close()
                self._log_in_again(token)
                continue
            break
        if response.status_code >= 300:
            raise refusal(response)
        return response

    def json(self, method: str, url: str, **options: Any) -> Any:
        """The JSON of an answer; None where there is no body. Raises as `request`."""
        return self.parsed(_json, method, url, **options)

    def parsed(
        self, parse: Callable[[bytes], Parsed], method: str, url: str, **options: Any
    ) -> Parsed:
        """What `parse` makes of an answer; one that is no JSON, such as a web page, is asked for again.

        Raises:
            PipelineError: as `request`; RetryableError when no answer can be parsed.
        """
        for attempt in range(1, _GARBLED_ATTEMPTS + 1):
            response = self.request(method, url, **options)
            try:
                return parse(response.content)
            except orjson.JSONDecodeError:
                time.sleep(_BACKOFF_FACTOR * 2**attempt)
        host = urlsplit(response.url).netloc
        kind = response.headers.get("Content-Type", "something")
        raise RetryableError(
            f"{host} answered {response.status_code} with {kind} that is not JSON.",
            "The task tries again; if it stays so, look at status.salesforce.com, and at what stands "
            "between us and Salesforce.",
        )

    def _call_salesforce(
        self,
        method: str,
        url: str,
        name: str = "",
        retries: int = 0,
        max_retries: int = 3,
        **kwargs: Any,
    ) -> requests.Response:
        """Every call of the public client takes our way too."""
        return self.request(method, url, **kwargs)

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send until an answer came whole; a body cut off on its way is asked for again."""
        for attempt in range(1, _CUT_ATTEMPTS + 1):
            with reaching(urlsplit(self._real_url(url)).netloc):
                try:
                    return self.session.request(method, url, **options)
                except requests.exceptions.ChunkedEncodingError:
                    if attempt == _CUT_ATTEMPTS:
                        raise
            time.sleep(_BACKOFF_FACTOR * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _log_in_again(self, stale_token: str) -> None:
        """Log in unless another thread has done so since the stale token was taken."""
        with self._login_lock:
            if self.session_id == stale_token:
                self._refresh_session()

    def _refresh_session(self) -> None:
        """Log in.

        Raises:
            CredentialsError: Salesforce says no.
            RetryableError: it does not answer, or not in a way to be understood.
        """
        try:
            with reaching(self._login_host):
                super()._refresh_session()
        except SalesforceAuthenticationFailed as error:
            said = error.auth_message or ""
            for secret in self._secrets:
                said = said.replace(secret, "***")
            raise login_refusal(error.code, said, self._flow) from None
        except jwt.PyJWTError:
            # Nothing of the key goes into a message, so neither do the library's words about it.
            raise login_refusal(
                "no request sent", "private_key is no RSA key in PEM", self._flow
            ) from None
        except (AttributeError, TypeError):
            # The library reads any JSON answer as a token: a server that answers otherwise is not
            # the login server, or is out of order.
            raise login_refusal(502, "the answer is not a token", self._flow) from None
        self.login_count += 1

    def _note_usage(self, response: requests.Response) -> None:
        """Keep the org's own count of requests."""
        usage = response.headers.get("Sforce-Limit-Info")
        if usage:
            self.api_usage = self.parse_api_usage(usage)
            self._usage_read_at = self.answered_at

    @property
    def quota(self) -> Quota | None:
        """The org's requests of the last 24 hours as last reported, None before that."""
        usage = self.api_usage.get("api-usage")
        return Quota(usage.used, usage.total) if usage else None

    def _guard_quota(self) -> None:
        """Stop before the configured share is exceeded, so that other programs keep working.

        Raises:
            QuotaError: the share is used up.
        """
        quota = self.quota
        if quota and quota.used_count >= quota.limit_count * self._quota_share:
            raise QuotaError(
                f"Salesforce counts {quota.used_count} of the org's {quota.limit_count} API "
                f"requests; daily_quota_share {self._quota_share} stops here.",
                f"{quota_reset(self._usage_read_at)} Or raise daily_quota_share of salesforce in "
                "sources.yaml.",
            )


def _json(content: bytes) -> Any:
    return lenient_json.loads(content) if content else None


def _from_host(url: str, base_path: str) -> str:
    """Path and query of a URL in any of the three spellings."""
    if url.startswith("/"):
        return url
    if "://" in url:
        parts = urlsplit(url)
        return urlunsplit(("", "", parts.path, parts.query, ""))
    return base_path + url
