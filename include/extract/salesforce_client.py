"""The connection to Salesforce: login, one place for every request, retries, and the quota guard.

It is the public simple-salesforce client. What is changed is what it lacks for unattended work:
another server by address, timeouts, one login at a time for everything including Bulk results, and
errors that say what to do.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import jwt
import orjson
import requests
import simple_salesforce
from requests.adapters import HTTPAdapter
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from urllib3.util.retry import Retry

from include.core.errors import ConfigurationError, CredentialsError, QuotaError
from include.core.reading import Quota
from include.core.settings import Source
from include.extract.salesforce_errors import login_refusal, reaching, refusal

CONNECT_AND_READ_SECONDS = (10, 120)
_SOAP_PATH = "/services/Soap/"
_RETRIED_STATUSES = (429, 500, 502, 503, 504)
# Waits of 0, 1, 2, 4, ... seconds between tries.
_BACKOFF_FACTOR = 0.5
_CUT_ATTEMPTS = 4
_LOGIN_ATTEMPTS = 2
_LAST_SOAP_VERSION = 64.0


@dataclass(frozen=True)
class SalesforceCredentials:
    """How to log in. Which fields are there decides the way.

    username, consumer_key, private_key (PEM): JWT bearer; `domain` is login (default) or test.
    consumer_key, consumer_secret, domain: client credentials; `domain` is the My Domain, `acme.my`.
    username, password, security_token: SOAP login, for API versions up to 64.0 only.
    `base_url` (scheme, host, port) sends every request, login included, to another server.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)
    consumer_key: str | None = None
    consumer_secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    domain: str | None = None
    base_url: str | None = None

    def login(self, api_version: str) -> tuple[str, dict[str, Any]]:
        """The name of the way to log in, and simple-salesforce's arguments for it.

        Raises:
            CredentialsError: the fields fit no way to log in.
            ConfigurationError: the way does not exist in this API version.
        """
        domain = self._short_domain()
        host = urlsplit(self.base_url or "").hostname or ""
        if self.username and self.consumer_key and self.private_key:
            return "JWT bearer", {
                "username": self.username,
                "consumer_key": self.consumer_key,
                # An Airflow extra is one line of JSON, where a pasted key has \n for its lines.
                "privatekey": self.private_key.replace("\\n", "\n"),
                # Salesforce takes no My Domain for the assertion's audience.
                "domain": domain or ("test" if ".sandbox." in host else "login"),
            }
        if self.consumer_key and self.consumer_secret:
            domain = domain or host.removesuffix(".salesforce.com")
            if domain in ("", "login", "test"):
                raise CredentialsError(
                    "Client credentials need the org's My Domain.",
                    "Add domain, such as acme.my, to the extra of the Airflow connection.",
                )
            return "client credentials", {
                "consumer_key": self.consumer_key,
                "consumer_secret": self.consumer_secret,
                "domain": domain,
            }
        if self.username and self.password:
            if float(api_version) > _LAST_SOAP_VERSION:
                raise ConfigurationError(
                    f"Salesforce has no login by password and security token in API {api_version}.",
                    "Use consumer_key with consumer_secret or private_key in the Airflow "
                    "connection, or set api_version of salesforce in sources.yaml to 64.0.",
                )
            return "password", {
                "username": self.username,
                "password": self.password,
                "security_token": self.security_token or "",
                "domain": domain or "login",
            }
        raise CredentialsError(
            "The Salesforce credentials are not enough to log in.",
            "Give the Airflow connection consumer_key, consumer_secret and domain; or login, "
            "consumer_key and private_key; or login, password and security_token.",
        )

    def _short_domain(self) -> str | None:
        """The domain as simple-salesforce wants it: without scheme and .salesforce.com."""
        if not self.domain:
            return None
        return self.domain.removeprefix("https://").rstrip("/").removesuffix(".salesforce.com")


class _Session(requests.Session):
    """Requests with default timeouts and retries, to another server when `base_url` names one.

    The address is changed before requests looks at proxies and retries, so both see the real one.
    """

    def __init__(self, base_url: str | None) -> None:
        super().__init__()
        self._server = urlsplit(base_url.rstrip("/")) if base_url else None
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
        """As requests does it, with the address and the timeouts set."""
        kwargs.setdefault("timeout", CONNECT_AND_READ_SECONDS)
        return super().request(method, self.real_url(str(url)), *args, **kwargs)


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
        self._quota_share = settings.daily_quota_share
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
        content = self.request(method, url, **options).content
        return orjson.loads(content) if content else None

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
                f"Salesforce counts {quota.used_count} of the org's {quota.limit_count} API requests in the "
                f"last 24 hours; daily_quota_share {self._quota_share} stops here.",
                "The count falls hour by hour: clear the task later, or raise daily_quota_share "
                "of salesforce in sources.yaml.",
            )


def _from_host(url: str, base_path: str) -> str:
    """Path and query of a URL in any of the three spellings."""
    if url.startswith("/"):
        return url
    if "://" in url:
        parts = urlsplit(url)
        return urlunsplit(("", "", parts.path, parts.query, ""))
    return base_path + url
