"""What can go wrong in the sandbox's Salesforce beyond single requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.trouble import Trouble

# Objects the service's own Bulk API is known to refuse.
_NOT_IN_BULK = ("Attachment", "CaseStatus", "ContractStatus", "OrderStatus", "TaskStatus")


@dataclass
class SalesforceTrouble(Trouble):
    """Settings of `control.trouble("salesforce", ...)`.

    REST: a query's pages hold `page_sizes` records in turn, whatever was asked (0 is an empty page
    that is not the last). The oldest of more than `open_cursors` cursors is dropped, and one that
    was not used for `cursor_idle_seconds`.

    Sessions end when they were not used for `session_idle_seconds`, or `session_seconds` after
    the login.

    A query whose cursor window is wider than `query_timeout_seconds`, or that finds more than
    `query_timeout_records`, times out: REST refuses it, a Bulk job fails. A window open at an end
    is wide, but for a query with LIMIT or a condition on Id.

    Bulk: a job is complete when it was asked for `bulk_polls` times before. `bulk_outcomes` end
    jobs otherwise: `{"object": "Account", "state": "Failed", "message": "...", "times": 1}`, each
    so many times, always without `times`. Objects in `bulk_unsupported` are refused, and more than
    `bulk_daily_jobs` in 24 hours.

    The log of deletions reaches back `deleted_log_days` (the service lets one ask for 15), is
    complete up to `deleted_log_lag_seconds` ago, and answers at most `deleted_ids_limit` ids.
    """

    page_sizes: Sequence[int] = ()
    open_cursors: int = 10
    cursor_idle_seconds: float = 15 * 60
    session_idle_seconds: float = 2 * 60 * 60
    session_seconds: float | None = None
    query_timeout_seconds: float | None = None
    query_timeout_records: int | None = None
    bulk_polls: int = 0
    bulk_outcomes: list[dict[str, Any]] = field(default_factory=list)
    bulk_unsupported: Sequence[str] = _NOT_IN_BULK
    bulk_daily_jobs: int = 10_000
    deleted_log_days: float = 15
    deleted_log_lag_seconds: float = 0
    deleted_ids_limit: int = 600_000
