"""Quotas and rate limits of both services, off unless a test switches them on."""

from __future__ import annotations

import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass, field, fields
from typing import Any

from include.sandbox.messages import Response, json_response

_WINDOW_SECONDS = 10.0


@dataclass
class RateLimits:
    """How many requests are let through, and how many were.

    `enforced` switches HubSpot's limits on: requests per rolling ten seconds, searches per second,
    requests per day. Salesforce has only its daily quota, enforced always.
    """

    enforced: bool = False
    requests_per_ten_seconds: int = 190
    searches_per_second: int = 5
    hubspot_daily: int = 650_000
    salesforce_daily: int = 100_000
    hubspot_used: int = 0
    salesforce_used: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _searches: deque[float] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, **values: Any) -> None:
        """Change limits by name; `enforced` where it is not named is switched on.

        Raises:
            AttributeError: there is no such limit.
        """
        known = {limit.name for limit in fields(self) if not limit.name.startswith("_")}
        for name, value in {"enforced": True, **values}.items():
            if name not in known:
                raise AttributeError(f"there is no limit named {name}: {', '.join(sorted(known))}")
            setattr(self, name, value)

    def count_salesforce(self) -> bool:
        """Count a Salesforce call; False when the day's quota is used up."""
        with self._lock:
            if self.salesforce_used >= self.salesforce_daily:
                return False
            self.salesforce_used += 1
            return True

    def count_hubspot(self, is_search: bool) -> Response | None:
        """Count a HubSpot call; the 429 it gets instead when a limit is reached."""
        now = time.monotonic()
        with self._lock:
            _forget(self._recent, now - _WINDOW_SECONDS)
            _forget(self._searches, now - 1.0)
            if self.enforced:
                if self.hubspot_used >= self.hubspot_daily:
                    return _too_many("DAILY", "daily")
                if is_search and len(self._searches) >= self.searches_per_second:
                    return _too_many("SECONDLY", "secondly")
                if len(self._recent) >= self.requests_per_ten_seconds:
                    return _too_many("TEN_SECONDLY_ROLLING", "ten_secondly_rolling")
            self.hubspot_used += 1
            self._recent.append(now)
            if is_search:
                self._searches.append(now)
        return None

    def hubspot_headers(self) -> dict[str, str]:
        """The headers HubSpot sends on everything but searches."""
        with self._lock:
            left = max(0, self.requests_per_ten_seconds - len(self._recent))
        return {
            "X-HubSpot-RateLimit-Daily": str(self.hubspot_daily),
            "X-HubSpot-RateLimit-Daily-Remaining": str(
                max(0, self.hubspot_daily - self.hubspot_used)
            ),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(_WINDOW_SECONDS * 1000)),
            "X-HubSpot-RateLimit-Max": str(self.requests_per_ten_seconds),
            "X-HubSpot-RateLimit-Remaining": str(left),
        }

    def salesforce_document(self, bulk_jobs: int) -> dict[str, dict[str, int]]:
        """The answer of Salesforce's /limits."""

        def quota(most: int, used: int = 0) -> dict[str, int]:
            return {"Max": most, "Remaining": max(0, most - used)}

        return {
            "DailyApiRequests": quota(self.salesforce_daily, self.salesforce_used),
            "DailyBulkApiBatches": quota(15_000),
            "DailyBulkV2QueryFileStorageMB": quota(976_562),
            "DailyBulkV2QueryJobs": quota(10_000, bulk_jobs),
            "DataStorageMB": quota(10_240),
        }


def _forget(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


def _too_many(policy: str, words: str) -> Response:
    return json_response(
        {
            "status": "error",
            "message": f"You have reached your {words} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": str(uuid.uuid4()),
            "policyName": policy,
            "groupName": "privateapp:12345678",
        },
        429,
    )
