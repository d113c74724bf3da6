"""Versions of HubSpot properties as they changed over a record's life, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

Version = dict[str, Any]

_CLOSED_STAGE, _NEW_STAGE, _REOPENED_STAGE = "4", "1", "2"
# The stages a contact went through to the one it is in, and which of them it was in when settled.
_LIFECYCLES = {
    "subscriber": (("subscriber",), 0),
    "lead": (("subscriber", "lead"), 1),
    "marketingqualifiedlead": (("subscriber", "lead", "marketingqualifiedlead"), 1),
    "salesqualifiedlead": (
        ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead"),
        1,
    ),
    "opportunity": (("lead", "opportunity"), 0),
    "customer": (("lead", "opportunity", "customer"), 2),
}


def versions(
    count: int,
    records: Iterable[int],
    values: Iterable[str | None],
    stamps: Iterable[str | None],
    users: Sequence[int],
) -> list[list[Version]]:
    """Versions of one property by record, out of changes in the order of time.

    Values nobody set are left out, so is a change that changes nothing; of changes at one instant
    the last counts. `users` is who made the changes, by record.
    """
    found: list[list[Version]] = [[] for _ in range(count)]
    for record, value, stamp in zip(records, values, stamps, strict=True):
        known = found[record]
        if known and known[0]["timestamp"] == stamp:
            del known[0]
        if value is None or (known and known[0]["value"] == value):
            continue
        user = users[record]
        known.insert(
            0,
            {
                "value": value,
                "timestamp": stamp,
                "sourceType": "CRM_UI",
                "sourceId": f"userId:{user}",
                "updatedByUserId": user,
            },
        )
    return found


def source_versions(
    sources: Sequence[str | None],
    overwritten: Sequence[str | None],
    created: Sequence[str | None],
    changed: Sequence[str | None],
    user: int,
) -> list[list[Version]]:
    """Versions of where records came from: what HubSpot's tracking found, and what a user wrote over it.

    `overwritten` has the source that a user wrote, None where nobody did.
    """
    found: list[list[Version]] = []
    rows = zip(sources, overwritten, created, changed, strict=True)
    for first, written, created_at, changed_at in rows:
        known: list[Version] = []
        if first is not None:
            tracker = {"sourceId": "ContactAnalyticsDetailsUpdateWorker", "updatedByUserId": None}
            known = [
                {"value": first, "timestamp": created_at, "sourceType": "ANALYTICS", **tracker}
            ]
        if written is not None:
            by_hand = {"sourceId": f"userId:{user}", "updatedByUserId": user}
            known.insert(
                0, {"value": written, "timestamp": changed_at, "sourceType": "CRM_UI", **by_hand}
            )
        found.append(known)
    return found


def lifecycle_changes(
    stages: Sequence[str], created: np.ndarray, settled: np.ndarray, changed: np.ndarray
) -> tuple[list[int], list[str], np.ndarray]:
    """(record, stage, instant) of contacts on the way to the stage they are in."""
    records: list[int] = []
    names: list[str] = []
    instants: list[int] = []
    rows = zip(stages, created.tolist(), settled.tolist(), changed.tolist(), strict=True)
    for record, (stage, first, middle, last) in enumerate(rows):
        path, anchor = _LIFECYCLES[stage]
        for step, name in enumerate(path):
            if step < anchor or step == 0:
                at = first + (middle - first) * step // max(anchor, 1)
            else:
                at = middle + (last - middle) * (step - anchor) // (len(path) - anchor)
            records.append(record)
            names.append(name)
            instants.append(at)
    return records, names, np.array(instants, dtype=np.int64)


def ticket_changes(
    open_stage: Sequence[str],
    is_closed: np.ndarray,
    was_closed: np.ndarray,
    created: np.ndarray,
    first_resolved: np.ndarray,
    resolved: np.ndarray,
    changed: np.ndarray,
) -> tuple[list[int], list[str], np.ndarray]:
    """(record, stage, instant) of tickets: new, worked on, closed, and now and then reopened."""
    changes: list[tuple[int, str, int]] = []
    rows = zip(
        open_stage,
        is_closed.tolist(),
        was_closed.tolist(),
        created.tolist(),
        first_resolved.tolist(),
        resolved.tolist(),
        changed.tolist(),
        strict=True,
    )
    for record, (stage, closed, once, start, first, end, last) in enumerate(rows):
        changes.append((record, _NEW_STAGE, start))
        if once:
            changes.append((record, _REOPENED_STAGE, (start + first) // 2))
            changes.append((record, _CLOSED_STAGE, first))
        if closed and first < end:
            changes.append((record, _REOPENED_STAGE, (first + end) // 2))
            changes.append((record, _CLOSED_STAGE, end))
        if not closed:
            since = first if once else start
            # One that is new has nothing behind it yet.
            at = start if stage == _NEW_STAGE and not once else (since + last) // 2
            changes.append((record, stage, at))
    records, stages, instants = zip(*changes, strict=True) if changes else ((), (), ())
    return list(records), list(stages), np.array(instants, dtype=np.int64)
