"""Errors in HubSpot's words."""

from __future__ import annotations

import uuid
from typing import Any

from include.sandbox.messages import ApiError, json_response


def hubspot_error(status: int, category: str, message: str, **further: Any) -> ApiError:
    """An error body with its category."""
    return ApiError(
        json_response(
            {
                "status": "error",
                "message": message,
                "correlationId": str(uuid.uuid4()),
                **further,
                "category": category,
            },
            status,
        )
    )


def invalid(message: str) -> ApiError:
    """400: the request itself is wrong."""
    return hubspot_error(400, "VALIDATION_ERROR", message)


def not_found(message: str = "resource not found") -> ApiError:
    """404: there is no such record or address."""
    return hubspot_error(404, "OBJECT_NOT_FOUND", message)


def missing_scopes(scope: str) -> ApiError:
    """403: the token may not read this."""
    return hubspot_error(
        403,
        "MISSING_SCOPES",
        "This app hasn't been granted all required scopes to make this call. Read more about "
        "required scopes here: https://developers.hubspot.com/scopes.",
        errors=[
            {
                "message": "One or more of the following scopes are required.",
                "context": {"requiredGranularScopes": [scope]},
            }
        ],
        links={"scopes": "https://developers.hubspot.com/scopes"},
    )


def unauthenticated() -> ApiError:
    """401: no token, or one nobody issued."""
    return hubspot_error(
        401,
        "INVALID_AUTHENTICATION",
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and "
        "you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
    )


def expired(message: str) -> ApiError:
    """401: a token that was good once."""
    return hubspot_error(401, "EXPIRED_AUTHENTICATION", message)


def broken() -> ApiError:
    """500: the service failed, and says no more than that."""
    return hubspot_error(500, "INTERNAL_ERROR", "internal error")
