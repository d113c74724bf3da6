"""Which HubSpot records changed in a window, as its search index knows it.

The search shows at most 10,000 results of a query and pages by position, which skips a record
whenever an earlier one leaves the window. So no page is asked for by position: each query asks for
the ids above the last one seen. Neither the wall nor a million records with one timestamp make a
difference then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from include.core.errors import IncompleteError
from include.core.window import Window
from include.extract.hubspot_client import HubSpotClient, next_after
from include.extract.hubspot_spool import Progress
from include.tables.source_object import SourceObject

SEARCH_PAGE_COUNT = 200
# The search index fails on instants before this one.
EARLIEST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def changed_ids(
    client: HubSpotClient, source: SourceObject, window: Window, size: int, progress: Progress
) -> Iterator[tuple[list[str], Progress]]:
    """Ids of the records whose cursor lies in the window, ascending, at most `size` at a time.

    Progress: the `last_id`, how many were `found`, and how many there were in all at `first`.

    Raises:
        IncompleteError: the search listed fewer records than it counts.
    """
    made: Progress = {"last_id": 0, "found": 0, "first": None, **progress, "phase": "live"}
    for total, ids in _pages_by_id(client, source, window, made["last_id"]):
        if made["first"] is None:
            made = {**made, "first": total}
        for start in range(0, len(ids), size):
            some = ids[start : start + size]
            made = {**made, "last_id": some[-1], "found": made["found"] + len(some)}
            yield [str(id_) for id_ in some], made
    # Fewer than counted at first is well if records changed again and left the window meanwhile.
    if made["found"] < (made["first"] or 0) and made["found"] < _count(client, source, window):
        raise IncompleteError(
            f"HubSpot's search listed {made['found']} {source.name} of the {made['first']} it "
            "counts in the window.",
            "Clear the task; it reads the window again.",
        )


def _pages_by_id(
    client: HubSpotClient, source: SourceObject, window: Window, last_id: int
) -> Iterator[tuple[int, list[int]]]:
    """(matches from here on, ids ascending) of each page."""
    path = client.path("objects", type=source.name) + "/search"
    after = None
    while True:
        body = search_body(source, window, last_id, SEARCH_PAGE_COUNT)
        answer = client.search(path, {**body, "after": after} if after else body)
        ids = sorted(int(record["id"]) for record in answer["results"])
        yield int(answer["total"]), ids
        following = next_after(answer)
        if following is None:
            return
        if not ids:
            # An empty page that has a next one: there is no id to go on from.
            after = following
            continue
        if ids[-1] <= last_id:
            raise IncompleteError(
                f"HubSpot's search of {source.name} does not move on from id {last_id}.",
                "Clear the task; if it happens again, report it to HubSpot.",
            )
        last_id, after = ids[-1], None


def _count(client: HubSpotClient, source: SourceObject, window: Window) -> int:
    """How many records the window holds now."""
    path = client.path("objects", type=source.name) + "/search"
    return int(client.search(path, search_body(source, window, 0, 1))["total"])


def search_body(source: SourceObject, window: Window, last_id: int, limit: int) -> dict[str, Any]:
    """Body of a search for the ids above `last_id` in the window."""
    assert source.search_cursor is not None
    return {
        "filterGroups": [
            {
                "filters": [
                    {
                        "propertyName": source.search_cursor,
                        "operator": "BETWEEN",
                        # Inclusive at both ends, and the service counts in milliseconds.
                        "value": str(_milliseconds(max(window.start, EARLIEST))),
                        "highValue": str(_milliseconds(window.end) - 1),
                    },
                    {"propertyName": "hs_object_id", "operator": "GT", "value": str(last_id)},
                ]
            }
        ],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": limit,
    }


def _milliseconds(instant: datetime) -> int:
    """The first whole millisecond since 1970 that is not before an instant."""
    return -((datetime(1970, 1, 1, tzinfo=UTC) - instant) // MILLISECOND)
