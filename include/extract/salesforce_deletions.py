"""Records deleted for good, which no query shows any more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from include.core.window import Window
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_errors import DeletionLogError
from include.tables.source_object import SourceObject

logger = logging.getLogger(__name__)

# The smallest page a query may have, so that one answer holds them all.
_IDS_PER_QUERY = 200

# The log holds fifteen days; a day less leaves room for the lag of the window's end.
_LOG_REACH = timedelta(days=14)


def tombstones(
    client: SalesforceClient, source: SourceObject, window: Window
) -> Iterator[list[dict[str, Any]]]:
    """Records that were deleted in the window and are not even in the recycle bin any more.

    Each is {key, deleted: true, cursor: instant of deletion, "_tombstone": true}: staging marks the
    stored record and keeps its values. Records still in the bin come with their values by the query
    (a merged one with the winner's id), and one that was restored is none, so both are left out.
    """
    deleted_at = _deletion_log(client, source, window)
    ids = list(deleted_at)
    for offset in range(0, len(ids), _IDS_PER_QUERY):
        some = ids[offset : offset + _IDS_PER_QUERY]
        known = _known_ids(client, source, some)
        yield [
            {
                source.key: id_,
                str(source.deleted): True,
                str(source.cursor): deleted_at[id_],
                "_tombstone": True,
            }
            for id_ in some
            if id_ not in known
        ]


def _deletion_log(client: SalesforceClient, source: SourceObject, window: Window) -> dict[str, str]:
    """Instant of deletion by record id; the service gives at most 600,000 at a time.

    What the log no longer holds is told in the task's log: a window that begins too early, as a
    backfill's may, would otherwise never succeed.
    """
    asked = whole_minutes(window)
    try:
        answer = _ask_log(client, source, asked)
    except DeletionLogError:
        asked = Window(max(asked.start, asked.end - _LOG_REACH), asked.end)
        try:
            answer = _ask_log(client, source, asked)
        except DeletionLogError as error:
            logger.warning("Hard deletes of %s in %s are not known: %s", source.name, window, error)
            return {}
    known_since = max(asked.start, datetime.fromisoformat(answer["earliestDateAvailable"]))
    if known_since > window.start:
        logger.warning(
            "Hard deletes of %s from %s to %s are not known; only a new snapshot shows them.",
            source.name,
            window.start,
            known_since,
        )
    return {record["id"]: record["deletedDate"] for record in answer["deletedRecords"]}


def _ask_log(client: SalesforceClient, source: SourceObject, window: Window) -> dict[str, Any]:
    """The log's answer for a window of whole minutes.

    Raises:
        DeletionLogError: the log does not reach back so far.
    """
    parameters = {"start": window.start.isoformat(), "end": window.end.isoformat()}
    answer: dict[str, Any] = client.json(
        "GET", f"sobjects/{source.name}/deleted/", params=parameters
    )
    return answer


def whole_minutes(window: Window) -> Window:
    """The window widened to what the log can be asked for: whole minutes, more than one of them."""
    start = window.start.replace(second=0, microsecond=0)
    end = window.end.replace(second=0, microsecond=0)
    if end < window.end:
        end += timedelta(minutes=1)
    if end - start < timedelta(minutes=2):
        start = end - timedelta(minutes=2)
    return Window(start, end)


def _known_ids(client: SalesforceClient, source: SourceObject, ids: list[str]) -> set[str]:
    """Those of the ids that a query still shows, the recycle bin included."""
    listed = ", ".join(f"'{id_}'" for id_ in ids)
    query = f"SELECT {source.key} FROM {source.name} WHERE {source.key} IN ({listed})"  # noqa: S608
    answer = client.json("GET", "queryAll/", params={"q": query})
    known = {record[source.key] for record in answer["records"]}
    while not answer["done"]:
        answer = client.json("GET", answer["nextRecordsUrl"])
        known |= {record[source.key] for record in answer["records"]}
    return known
