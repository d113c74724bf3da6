"""Refusals of Salesforce and of what stands before it, by name, to be given on demand."""

from __future__ import annotations

from typing import Any

_UNAVAILABLE_PAGE = (
    "<html><head><title>Service Unavailable</title></head><body><h1>Service Unavailable</h1>"
    "<p>We are down for maintenance. Sorry for the inconvenience.</p></body></html>"
)
_GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"


def _error(code: str, message: str) -> list[dict[str, str]]:
    return [{"message": message, "errorCode": code}]


# (status, body); a text body is a page in HTML that never reached the service.
SALESFORCE_ANSWERS: dict[str, tuple[int, Any]] = {
    "session_expired": (401, _error("INVALID_SESSION_ID", "Session expired or invalid")),
    "session_expired_page": (401, "<html><body>Session expired or invalid</body></html>"),
    "daily_limit": (403, _error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")),
    "concurrent_limit": (
        403,
        _error(
            "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
        ),
    ),
    "metering": (
        403,
        _error(
            "TXN_SECURITY_METERING_ERROR",
            "When making this request, a transaction security policy took too long to evaluate.",
        ),
    ),
    "api_disabled": (
        403,
        _error("API_DISABLED_FOR_ORG", "API is not enabled for this Organization"),
    ),
    "access": (
        403,
        _error("INSUFFICIENT_ACCESS", "insufficient access rights on cross-reference id"),
    ),
    "query_timeout": (
        400,
        _error("QUERY_TIMEOUT", "Your query request was running for too long."),
    ),
    "too_complicated": (
        400,
        _error(
            "QUERY_TOO_COMPLICATED",
            "Query is either selecting too many fields or the filter conditions are too complicated.",
        ),
    ),
    "locator": (400, _error("INVALID_QUERY_LOCATOR", "invalid query locator")),
    "lock": (400, _error("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")),
    "unavailable": (
        503,
        _error("SERVER_UNAVAILABLE", "The server is temporarily unavailable, try again later."),
    ),
    "unavailable_page": (503, _UNAVAILABLE_PAGE),
    "gateway_page": (502, _GATEWAY_PAGE),
    "unknown": (500, _error("UNKNOWN_EXCEPTION", "An unexpected error occurred.")),
    "uri_too_long": (414, "<html><body>414 Request-URI Too Large</body></html>"),
    "header_too_large": (431, "<html><body>431 Request Header Fields Too Large</body></html>"),
}
