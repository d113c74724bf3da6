"""The versions of a property: kept whenever a record changes, shown the newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from include.sandbox.columns import epoch_milliseconds

Version = dict[str, Any]

HISTORY = "propertiesWithHistory"
# The service forgets older versions; contacts keep more of them.
_KEPT_VERSIONS, _KEPT_CONTACT_VERSIONS = 20, 45
_CURSORS = ("lastmodifieddate", "hs_lastmodifieddate")
# These stamps have one version only, however often they move.
_WITHOUT_HISTORY = (*_CURSORS, "hs_object_id", "createdate", "hs_createdate")


def history_after(
    known: dict[str, Any], change: dict[str, Any], now: datetime
) -> dict[str, list[Version]]:
    """The record's versions by property after a change, newest first; those the change brings win.

    A property the change leaves as it is gets no version. A change that moves no stamp of the
    record, as of a calculated property, happened `now`.
    """
    before, after = known.get("properties", {}), change.get("properties", {})
    history: dict[str, list[Version]] = dict(known.get(HISTORY, {}))
    at = _changed_at(change, now)
    for name, value in after.items():
        if name in _WITHOUT_HISTORY or _text(value) == _text(before.get(name)):
            continue
        earlier = history.get(name) or _first_version(known, before.get(name))
        history[name] = [_version(_text(value), at), *earlier]
    return {**history, **change.get(HISTORY, {})}


def versions(record: dict[str, Any], name: str, value: str | None, type_name: str) -> list[Version]:
    """The versions of one property as the service shows them, the newest first.

    A value nobody told the history of was there from the beginning, and a stamp since it was set.
    """
    known = record.get(HISTORY, {}).get(name)
    if known is None:
        if not value:
            return []
        is_stamp = name in _CURSORS
        return [_version(value, record["updatedAt" if is_stamp else "createdAt"])]
    kept = _KEPT_CONTACT_VERSIONS if type_name == "contacts" else _KEPT_VERSIONS
    newest_first = sorted(known, key=lambda v: epoch_milliseconds(v["timestamp"]), reverse=True)
    return newest_first[:kept]


def _changed_at(change: dict[str, Any], now: datetime) -> str:
    """When a change happened."""
    properties = change.get("properties", {})
    stamps = (change.get("updatedAt"), *(properties.get(name) for name in _CURSORS))
    return next((str(stamp) for stamp in stamps if stamp), hubspot_stamp(now))


def hubspot_stamp(instant: datetime) -> str:
    """`2026-01-02T03:04:05.678Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03}Z"


def _first_version(known: dict[str, Any], value: Any) -> list[Version]:
    """The version before the first change we saw; none where the property had no value."""
    return [_version(_text(value), str(known.get("createdAt")))] if _text(value) else []


def _version(value: str, at: str) -> Version:
    return {
        "value": value,
        "timestamp": at,
        "sourceType": "CRM_UI",
        "sourceId": "userId:101",
        "updatedByUserId": 101,
    }


def _text(value: Any) -> str:
    """A value as history shows it; a cleared one is empty."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
