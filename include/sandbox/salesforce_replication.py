"""What was deleted or changed in a span of time: getDeleted and getUpdated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from include.sandbox.columns import epoch_milliseconds
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.salesforce_query import salesforce_error
from include.sandbox.salesforce_rows import rest_datetime, value_of
from include.sandbox.salesforce_schema import OrgObject
from include.sandbox.salesforce_trouble import SalesforceTrouble
from include.sandbox.store import Store

DELETED_DAYS, UPDATED_DAYS = 15, 30


def deleted_records(
    store: Store, object_: OrgObject, request: Request, trouble: SalesforceTrouble
) -> Response:
    """GET sobjects/X/deleted: deleted and purged records, with the instant of it.

    Raises:
        ApiError: the span is wrong or starts too long ago, or holds too many records.
    """
    now = store.clock()
    start, end = _span(request, now, DELETED_DAYS)
    earliest = now - timedelta(days=min(DELETED_DAYS, trouble.deleted_log_days))
    latest = now - timedelta(seconds=trouble.deleted_log_lag_seconds)
    latest = min(latest, datetime.fromtimestamp(end / 1000, now.tzinfo))
    first = max(start, _milliseconds(earliest))
    # What was deleted in the very instant up to which the log is complete is in it.
    last = min(end - 1, _milliseconds(latest))
    found = [
        (key, at)
        for key, at in _deletions(store, object_)
        if first <= epoch_milliseconds(at) <= last
    ]
    if len(found) > trouble.deleted_ids_limit:
        raise salesforce_error(
            400,
            "EXCEEDED_ID_LIMIT",
            f"More than {trouble.deleted_ids_limit} records were deleted in the span.",
        )
    return json_response(
        {
            "deletedRecords": [{"id": key, "deletedDate": rest_datetime(at)} for key, at in found],
            "earliestDateAvailable": _stamp(earliest),
            "latestDateCovered": _stamp(latest),
        }
    )


def updated_records(store: Store, object_: OrgObject, request: Request) -> Response:
    """GET sobjects/X/updated: ids of records whose SystemModstamp lies in the span."""
    now = store.clock()
    start, end = _span(request, now, UPDATED_DAYS)
    table = store.salesforce[object_.name]
    column = table.columns({"SystemModstamp": "instant"}, value_of)["SystemModstamp"]
    mask = column.where(">=", start) & column.where("<", end)
    ids = [table.record(int(p))["Id"] for p in table.positions() if mask[p]]
    covered = min(now, datetime.fromtimestamp(end / 1000, now.tzinfo))
    return json_response({"ids": ids, "latestDateCovered": _stamp(covered)})


def _deletions(store: Store, object_: OrgObject) -> Iterator[tuple[str, str]]:
    """Id and instant of every deletion that is known."""
    table = store.salesforce[object_.name]
    deleted = table.columns({"IsDeleted": "boolean"}, value_of)["IsDeleted"].where("=", 1.0)
    for position in table.positions():
        if deleted[position]:
            record = table.record(int(position))
            yield record["Id"], record["SystemModstamp"]
    for name, key, at in store.purged:
        if name == object_.name:
            yield key, at


def _span(request: Request, now: datetime, days: int) -> tuple[int, int]:
    """Start and end in milliseconds; seconds are ignored, as the service does."""
    try:
        start, end = (
            epoch_milliseconds(request.argument(name).replace(" ", "+")) // 60_000 * 60_000
            for name in ("start", "end")
        )
    except ValueError as error:
        raise salesforce_error(
            400, "INVALID_REPLICATION_DATE", "start and end must be ISO 8601 instants"
        ) from error
    if end <= start:
        raise salesforce_error(
            400, "INVALID_REPLICATION_DATE", "startDate must be at least one minute before endDate"
        )
    earliest = now - timedelta(days=days)
    if start < _milliseconds(earliest):
        raise salesforce_error(
            400,
            "INVALID_REPLICATION_DATE",
            f"startDate before org replication enabled date: {earliest:%Y-%m-%d %H:%M}",
        )
    return start, end


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def _stamp(instant: datetime) -> str:
    return rest_datetime(instant.isoformat())
