"""What Salesforce answers when it refuses, as the pipeline's own errors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests

from include.core.errors import (
    AccessError,
    ConfigurationError,
    CredentialsError,
    PipelineError,
    QuotaError,
    RetryableError,
    StopError,
)
from include.extract.http_date import http_date

_MESSAGE_LIMIT = 400
TRANSIENT_STATUSES = (406, 408, 420, 425, 429)
_QUOTA_SPAN = timedelta(hours=24)
# Texts of a failed Bulk job that say what is wrong with the query, whatever its size.
_FIELD_PROBLEM = re.compile(r"INVALID_?FIELD|No such column", re.IGNORECASE)
# What a login server says with status 400 though nothing is wrong with the credentials.
_LOGIN_LATER = re.compile(
    r"retry your request|rate.exceeded|rate_limit_exceeded|server_error|temporarily_unavailable"
    r"|SERVER_UNAVAILABLE",
    re.IGNORECASE,
)
_QUOTA_PROBLEM = "per 24 hrs"
_TOO_LARGE_REMEDY = (
    "Even small parts of the query did not succeed. Clear the task when the org is less busy; "
    "look at Bulk Data Load Jobs in the org's setup if it stays."
)


class UnknownFieldError(StopError):
    """A query names a field that the object does not have, or no longer shows us."""


class LostLocatorError(RetryableError):
    """The server dropped the position in a query's result; only a new query helps."""


class LostJobError(RetryableError):
    """A Bulk job is not there any more, or its results are not for us; only a new one helps."""


class TooLargeError(RetryableError):
    """Salesforce gave up on a query as a whole; parts of it may succeed."""


class TooManyAtOnceError(RetryableError):
    """Too many long requests of the org run at the same time; a moment later there is room."""


class BulkRefusedError(StopError):
    """The Bulk API does not hand out this object; REST does."""


class DeletionLogError(StopError):
    """The log of deletions does not reach back to the instant asked for."""


class DeletionLogTooLongError(StopError):
    """More records were deleted in the span than one answer may name."""


_GRANT = "Give the integration user read access to it in a permission set, then clear the task."
_TOKEN = (
    "Check the consumer key, secret or password in the Airflow connection and the app's policy."  # noqa: S105
)

# What a Salesforce error code means for us, and what the operator does about it.
_REFUSALS: dict[str, tuple[type[PipelineError], str]] = {
    "INVALID_FIELD": (
        UnknownFieldError,
        "Remove it from custom_fields in sources.yaml, or give the integration user access to it.",
    ),
    "INVALID_TYPE": (AccessError, _GRANT),
    "INSUFFICIENT_ACCESS": (AccessError, _GRANT),
    "INSUFFICIENT_ACCESS_OR_READONLY": (AccessError, _GRANT),
    "API_DISABLED_FOR_ORG": (
        AccessError,
        "Give the integration user the permission API Enabled, in an edition that has the API.",
    ),
    "API_CURRENTLY_DISABLED": (
        AccessError,
        "Give the integration user the permission API Enabled, in an edition that has the API.",
    ),
    "TXN_SECURITY_METERING_ERROR": (
        AccessError,
        "Ask the Salesforce administrator to exempt the user from the transaction security policy.",
    ),
    "UNSUPPORTED_API_VERSION": (
        ConfigurationError,
        "Set api_version of salesforce in sources.yaml to a version the org offers.",
    ),
    "INVALID_QUERY_LOCATOR": (LostLocatorError, "Clear the task; the query starts again."),
    "QUERY_TIMEOUT": (TooLargeError, _TOO_LARGE_REMEDY),
    "OPERATION_TOO_LARGE": (TooLargeError, _TOO_LARGE_REMEDY),
    "QUERY_TOO_COMPLICATED": (
        StopError,
        "Take formula fields out of custom_fields in sources.yaml: their formulas count.",
    ),
    "INVALIDENTITY": (BulkRefusedError, "The object is read over REST instead."),
    "FEATURENOTENABLED": (BulkRefusedError, "The object is read over REST instead."),
    "INVALID_REPLICATION_DATE": (
        DeletionLogError,
        "Deletions before that can only be found by a new snapshot.",
    ),
    "EXCEEDED_ID_LIMIT": (DeletionLogTooLongError, "The log is asked for shorter spans."),
}


def refusal(response: requests.Response) -> PipelineError:
    """The error an answer with status 300 or more stands for."""
    code, message = _code_and_message(response)
    said = f"Salesforce answered {response.status_code} {code}: {message}".rstrip(": ")
    if response.status_code == 401:
        return CredentialsError(f"{said}.", f"A new login did not help. {_TOKEN}")
    if code == "REQUEST_LIMIT_EXCEEDED" and "concurrent" in message.lower():
        return TooManyAtOnceError(
            f"{said}.", "The task tries again; let fewer programs ask at the same time if it stays."
        )
    if code == "REQUEST_LIMIT_EXCEEDED" or _QUOTA_PROBLEM in message:
        return QuotaError(
            f"{said}.", f"{quota_reset(http_date(response.headers))} Or ask for a larger allowance."
        )
    if re.search(r"not supported (by the|in) Bulk", message):
        return BulkRefusedError(f"{said}.", "The object is read over REST instead.")
    if code in _REFUSALS:
        kind, remedy = _REFUSALS[code]
        return kind(f"{said}.", remedy)
    if response.status_code == 404 and "/sobjects/" in response.url:
        return AccessError(f"{said} ({_path(response)}).", _GRANT)
    if response.status_code in (404, 409) and "/jobs/query/" in response.url:
        return LostJobError(f"{said}.", "The task tries again, with a new job.")
    if response.status_code == 410:
        return ConfigurationError(f"{said}.", _REFUSALS["UNSUPPORTED_API_VERSION"][1])
    if response.status_code in (414, 431):
        return StopError(
            f"{said}.", "Name fewer custom_fields in sources.yaml: all of them are in the address."
        )
    if response.status_code == 403:
        return AccessError(f"{said}.", _GRANT)
    if response.status_code >= 500 or response.status_code in TRANSIENT_STATUSES:
        return RetryableError(
            f"{said}.",
            "The task tries again; if it stays so, look at status.salesforce.com.",
            wait_seconds=_seconds_to_wait(response),
        )
    return StopError(
        f"{said} ({_path(response)}).", "Read Salesforce's words and correct the cause."
    )


def job_failure(object_name: str, state: str, reason: str) -> PipelineError:
    """The error a Bulk job's end in another state than complete stands for."""
    said = f"The Bulk job of {object_name} ended as {state}: {_shortened(reason)}."
    if state == "Aborted":
        return StopError(
            said, "Somebody ended it in the org's setup: ask why, then clear the task."
        )
    if _FIELD_PROBLEM.search(reason):
        return UnknownFieldError(said, _REFUSALS["INVALID_FIELD"][1])
    if _QUOTA_PROBLEM in reason:
        return QuotaError(said, quota_reset(None))
    return TooLargeError(said, _TOO_LARGE_REMEDY)


def quota_reset(asked_at: datetime | None) -> str:
    """When a count of the last 24 hours is reset, given the instant it was read at."""
    latest = f"on {asked_at + _QUOTA_SPAN:%Y-%m-%d at %H:%M} UTC" if asked_at else "24 hours later"
    return (
        "It counts the last 24 hours: it falls from hour to hour and is reset to nothing "
        f"{latest} at the latest. Clear the task then or earlier."
    )


def login_refusal(code: str | int | None, message: str, flow: str) -> PipelineError:
    """The error of a login that was answered with no."""
    said = f"Salesforce refused the login by {flow} ({code}): {_shortened(message)}".rstrip(": ")
    is_moment = isinstance(code, int) and (code >= 500 or code in TRANSIENT_STATUSES)
    if is_moment or _LOGIN_LATER.search(f"{code} {message}"):
        return RetryableError(
            f"{said}.", "The task tries again; if it stays so, look at status.salesforce.com."
        )
    return CredentialsError(f"{said}.", f"{_CHECKS[flow]} Then run again.")


def sent_elsewhere(response: requests.Response) -> RetryableError:
    """The error of an answer that names another address."""
    asked = urlsplit(response.url)
    named = urlsplit(urljoin(response.url, response.headers["Location"]))
    return RetryableError(
        f"{asked.scheme}://{asked.netloc} sends us to {named.scheme}://{named.netloc}, where "
        "credentials are not taken.",
        "The task tries again. If it stays so, correct domain and host in the Airflow connection, or "
        "look at what stands between us and Salesforce.",
    )


_CHECKS = {
    "client credentials": (
        "Check consumer_key, consumer_secret and domain (the My Domain, such as acme.my) in the "
        "Airflow connection, and that the app has a user to run as."
    ),
    "JWT bearer": (
        "Check login (the username), consumer_key, private_key and domain (login or test) in the "
        "Airflow connection, and that the app is approved for the user."
    ),
    "password": (
        "Check login, password and security_token in the Airflow connection, and that the user "
        "may still log in over SOAP."
    ),
}


@contextmanager
def reaching(host: str) -> Iterator[None]:
    """Turn failures of the network into errors that name the host.

    Raises:
        ConfigurationError: the host's certificate is not trusted.
        RetryableError: anything else on the way to the host or back.
    """
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise ConfigurationError(
            f"The certificate of {host} is not trusted.",
            "Check the host in the Airflow connection and the machine's certificates.",
        ) from error
    except requests.exceptions.Timeout as error:
        raise RetryableError(
            f"{host} did not answer in time.",
            "The task tries again; check the network if it stays.",
        ) from error
    except requests.exceptions.RequestException as error:
        raise RetryableError(
            f"{host} cannot be reached ({type(error).__name__}).",
            "Check the network, and domain and host in the Airflow connection.",
        ) from error


def _code_and_message(response: requests.Response) -> tuple[str, str]:
    """Error code and text of a list of faults, an OAuth error, or a page that is neither."""
    try:
        body: Any = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return response.reason or "", ""
    if isinstance(body, list) and body:
        body = body[0]
    if not isinstance(body, dict):
        return response.reason or "", ""
    code = body.get("errorCode") or body.get("error") or response.reason or ""
    message = body.get("message") or body.get("error_description") or ""
    return str(code), _shortened(str(message))


def _shortened(message: str) -> str:
    """One line of bounded length, its end kept: Salesforce names the cause after the query."""
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _MESSAGE_LIMIT else f"... {line[-_MESSAGE_LIMIT:]}"


def _path(response: requests.Response) -> str:
    """The path that was asked, without its query."""
    return response.url.split("?")[0].split("/", 3)[-1]


def _seconds_to_wait(response: requests.Response) -> float | None:
    """Retry-After in seconds; None where it is missing or a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None
