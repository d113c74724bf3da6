"""What an extractor hands to landing: files of records as they came, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from include.core.batch import PartFormat

# Where a reading goes on after a page: what its reader needs to know, as JSON.
Checkpoint = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A finished file of records in the spool folder; landing takes it away.

    `checkpoint` lets a later reading go on after this page; None where it would have to begin anew.
    """

    path: Path
    format: PartFormat
    record_count: int
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class Quota:
    """The account's requests of the day, by the service's own count."""

    used_count: int
    limit_count: int


@dataclass
class Reading:
    """One reading of one object over one window.

    `pages` must be consumed to the end; only then are `source_count` (the service's own count of
    what it sent, None where it gives none), `request_count` and `quota` (None where the service does
    not say) final. `api` and `query` say how it was read, for the manifest. `is_resumed` says that it
    goes on after the checkpoint it was given; otherwise it begins anew, and what an earlier try
    landed counts no more. The counts are those of the whole reading either way.

    `missing_fields` are the fields we need and the service does not show: never there, taken away,
    or hidden; their values are unknown, not empty. `has_deletion_gap` says, after the last page,
    that records may have been deleted in the window without a trace: only a snapshot shows them.
    `served_at` is the service's own clock when reading began, known with the first page; None where
    it does not tell.
    """

    api: str
    query: str
    fields: tuple[str, ...]
    custom_fields: tuple[str, ...]
    pages: Iterator[Page]
    source_count: int | None = None
    request_count: int = 0
    quota: Quota | None = None
    is_resumed: bool = False
    missing_fields: tuple[str, ...] = ()
    has_deletion_gap: bool = False
    served_at: datetime | None = None
