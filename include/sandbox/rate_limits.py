"""Quotas and rate limits of both services, off unless a test switches them on."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from include.sandbox.messages import Response, json_response

_WINDOW_SECONDS = 10.0
_DAY = timedelta(days=1)
_SETTABLE = (
    "enforced",
    "requests_per_ten_seconds",
    "searches_per_second",
    "hubspot_daily",
    "hubspot_used",
    "salesforce_daily",
    "salesforce_used",
)


@dataclass
class RateLimits:
    """How many requests are let through, and how many were.

    `enforced` switches HubSpot's limits on: requests per rolling ten seconds, searches per second,
    requests per day of the account's time zone. Salesforce has only its quota of the last 24
    hours, enforced always. Days are the sandbox's clock's, seconds are real.
    """

    clock: Callable[[], datetime]
    time_zone: str = "UTC"
    enforced: bool = False
    requests_per_ten_seconds: int = 190
    searches_per_second: int = 5
    hubspot_daily: int = 650_000
    salesforce_daily: int = 100_000
    _hubspot_day: date | None = None
    _hubspot_used: int = 0
    # Salesforce calls by the minute they were made in.
    _salesforce_calls: deque[tuple[datetime, int]] = field(default_factory=deque)
    _salesforce_used: int = 0
    _recent: deque[float] = field(default_factory=deque)
    _searches: deque[float] = field(default_factory=deque)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def set(self, **values: Any) -> None:
        """Change limits by name, or `hubspot_used` and `salesforce_used`, what was used so far.

        HubSpot's limits are enforced from then on, unless `enforced` says otherwise or only
        Salesforce's quota is named.

        Raises:
            AttributeError: there is no such limit.
        """
        for name in values:
            if name not in _SETTABLE:
                raise AttributeError(f"there is no limit named {name}: {', '.join(_SETTABLE)}")
        is_salesforces = bool(values) and all(name.startswith("salesforce") for name in values)
        for name, value in {"enforced": self.enforced or not is_salesforces, **values}.items():
            setattr(self, name, value)

    @property
    def salesforce_used(self) -> int:
        """Salesforce calls of the last 24 hours."""
        with self._lock:
            before = self.clock() - _DAY
            while self._salesforce_calls and self._salesforce_calls[0][0] <= before:
                self._salesforce_used -= self._salesforce_calls.popleft()[1]
            return self._salesforce_used

    @salesforce_used.setter
    def salesforce_used(self, count: int) -> None:
        with self._lock:
            self._salesforce_calls.clear()
            self._salesforce_used = 0
            self._add_salesforce_calls(count)

    @property
    def hubspot_used(self) -> int:
        """HubSpot calls since the account's midnight."""
        with self._lock:
            today = self._today()
            return self._hubspot_used if today == self._hubspot_day else 0

    @hubspot_used.setter
    def hubspot_used(self, count: int) -> None:
        with self._lock:
            self._hubspot_day, self._hubspot_used = self._today(), count

    def _today(self) -> date:
        return self.clock().astimezone(ZoneInfo(self.time_zone)).date()

    def count_salesforce(self) -> bool:
        """Count a Salesforce call; False when the day's quota is used up."""
        with self._lock:
            if self.salesforce_used >= self.salesforce_daily:
                return False
            self._add_salesforce_calls(1)
            return True

    def _add_salesforce_calls(self, count: int) -> None:
        minute = self.clock().replace(second=0, microsecond=0)
        calls = self._salesforce_calls
        known = calls.pop()[1] if calls and calls[-1][0] == minute else 0
        calls.append((minute, known + count))
        self._salesforce_used += count

    def count_hubspot(self, is_search: bool) -> Response | None:
        """Count a HubSpot call; the 429 it gets instead when a limit is reached."""
        now = monotonic()
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

    def salesforce_document(self, bulk_jobs: int, most_bulk_jobs: int) -> dict[str, dict[str, int]]:
        """The answer of Salesforce's /limits."""

        def quota(most: int, used: int = 0) -> dict[str, int]:
            return {"Max": most, "Remaining": max(0, most - used)}

        return {
            "DailyApiRequests": quota(self.salesforce_daily, self.salesforce_used),
            "DailyBulkApiBatches": quota(15_000),
            "DailyBulkV2QueryFileStorageMB": quota(976_562),
            "DailyBulkV2QueryJobs": quota(most_bulk_jobs, bulk_jobs),
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
