"""Records of HubSpot's CRM objects, as the API gives them.

A snapshot lists everything. A delta asks the search index only *which* records changed, and reads
their values from the store by id, because the index may show values older or newer than those that
matched. Search never shows archived records and archiving moves no cursor, so both read the
archived list too, after the live one: a record archived in between is then seen at least once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from include.core.errors import ConfigurationError, IncompleteError
from include.core.reading import Reading
from include.core.window import Window
from include.extract.hubspot_client import HubSpotClient, next_after
from include.tables.source_object import SourceObject

LIST_PAGE_COUNT = 100
SEARCH_PAGE_COUNT = 200
BATCH_READ_COUNT = 100
# Gateways refuse URLs somewhere between 8,000 and 16,000 characters.
URL_LENGTH = 6000
# The search index fails on instants before this one.
EARLIEST = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)

log = logging.getLogger(__name__)
Record = dict[str, Any]


def object_properties(
    client: HubSpotClient, source: SourceObject, custom_fields: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Property names to ask for: those of `source` this account has, then the configured ones.

    Raises:
        ConfigurationError: the account lacks a configured property.
        AccessError: the account lacks the object, or the app its scope.
    """
    answer = client.get(client.path("properties", type=source.name))
    existing = {str(property_["name"]) for property_ in answer["results"]}
    missing = [name for name in custom_fields if name not in existing]
    if missing:
        raise ConfigurationError(
            f"HubSpot's {source.name} have no property {', '.join(missing)}.",
            f"Correct hubspot.custom_fields.{source.table} in sources.yaml (internal names, not "
            "labels), or create the property in HubSpot.",
        )
    wanted = [
        field.source.removeprefix("properties.")
        for field in source.fields
        if field.source.startswith("properties.")
    ]
    return [name for name in wanted if name in existing], list(custom_fields)


def snapshot(
    client: HubSpotClient, source: SourceObject, properties: Sequence[str]
) -> Iterator[Record]:
    """Every record, live ones and then archived ones."""
    yield from list_records(client, source.name, properties, archived=False)
    yield from list_records(client, source.name, properties, archived=True)


def delta(
    client: HubSpotClient,
    source: SourceObject,
    properties: Sequence[str],
    window: Window,
    reading: Reading,
) -> Iterator[Record]:
    """Records changed in the window, and those archived in it; sets the reading's source count.

    Raises:
        IncompleteError: the search or the store sent fewer records than it said.
    """
    found_count = gone_count = archived_count = 0
    for ids in changed_ids(client, source, window):
        found_count += len(ids)
        for start in range(0, len(ids), BATCH_READ_COUNT):
            wanted = ids[start : start + BATCH_READ_COUNT]
            records, gone = read_by_id(client, source.name, properties, wanted, archived=False)
            gone_count += gone
            yield from records
    if gone_count:
        log.info("%s: %d changed records were deleted before we read them", source.id, gone_count)
    for record in list_records(client, source.name, properties, archived=True):
        if window.start <= datetime.fromisoformat(record["archivedAt"]) < window.end:
            archived_count += 1
            yield record
    reading.source_count = found_count - gone_count + archived_count


def list_records(
    client: HubSpotClient, type_: str, properties: Sequence[str], *, archived: bool
) -> Iterator[Record]:
    """Live or archived records in the order of their ids."""
    path = client.path("objects", type=type_)
    parameters: dict[str, str | int] = {
        "limit": LIST_PAGE_COUNT,
        "archived": "true" if archived else "false",
        "properties": ",".join(properties) or "hs_object_id",
    }
    fits = client.url_length(path, parameters) <= URL_LENGTH
    if not fits:
        parameters["properties"] = "hs_object_id"
    for answer in client.pages(path, parameters):
        if fits or not answer["results"]:
            yield from answer["results"]
        else:
            ids = [str(record["id"]) for record in answer["results"]]
            yield from read_by_id(client, type_, properties, ids, archived=archived)[0]


def list_ids(client: HubSpotClient, type_: str) -> Iterator[list[str]]:
    """Ids of all live records, a page at a time."""
    for answer in client.pages(
        client.path("objects", type=type_),
        {"limit": LIST_PAGE_COUNT, "archived": "false", "properties": "hs_object_id"},
    ):
        yield [str(record["id"]) for record in answer["results"]]


def read_by_id(
    client: HubSpotClient,
    type_: str,
    properties: Sequence[str],
    ids: Sequence[str],
    *,
    archived: bool,
) -> tuple[list[Record], int]:
    """Records with these ids, at most 100, and how many of them there are no more.

    Raises:
        IncompleteError: an id is neither among the records nor among the missing.
    """
    path = client.path("objects", type=type_) + "/batch/read"
    body = {"inputs": [{"id": id_} for id_ in ids], "properties": list(properties)}
    answer = client.post(path, body, {"archived": "true" if archived else "false"})
    records: list[Record] = answer["results"]
    gone = {
        str(id_)
        for error in answer.get("errors") or ()
        if error.get("category") == "OBJECT_NOT_FOUND"
        for id_ in (error.get("context") or {}).get("ids", ())
    }
    if len(records) + len(gone) < len(ids):
        raise IncompleteError(
            f"HubSpot was asked for {len(ids)} {type_} by id, sent {len(records)} and said of "
            f"{len(gone)} that they are gone.",
            "Clear the extract task; it reads the window again. If it stays so, report it to "
            "HubSpot with the time of this message.",
        )
    return records, len(gone)


def changed_ids(client: HubSpotClient, source: SourceObject, window: Window) -> Iterator[list[str]]:
    """Ids of the records whose cursor lies in the window, ascending, a page at a time.

    The search shows at most 10,000 results of a query and pages by position, which skips a record
    whenever an earlier one leaves the window. So no page is asked for by position: each query asks
    for the ids above the last one seen. Neither the wall nor a million records with one timestamp
    make a difference then.

    Raises:
        IncompleteError: the search listed fewer records than it counts.
    """
    first_total, found_count = None, 0
    for total, ids in _pages_by_id(client, source, window):
        first_total = total if first_total is None else first_total
        found_count += len(ids)
        if ids:
            yield ids
    # Fewer than counted at first is well if records changed again and left the window meanwhile.
    if found_count < (first_total or 0) and found_count < _count(client, source, window):
        raise IncompleteError(
            f"HubSpot's search listed {found_count} {source.name} of the {first_total} it counts "
            "in the window.",
            "Clear the extract task; it reads the window again.",
        )


def _pages_by_id(
    client: HubSpotClient, source: SourceObject, window: Window
) -> Iterator[tuple[int, list[str]]]:
    """(matches from here on, ids) of each page."""
    path = client.path("objects", type=source.name) + "/search"
    last_id, after = 0, None
    while True:
        body = _query(source, window, last_id, SEARCH_PAGE_COUNT)
        answer = client.search(path, {**body, "after": after} if after else body)
        ids = [str(record["id"]) for record in answer["results"]]
        yield int(answer["total"]), ids
        following = next_after(answer)
        if following is None:
            return
        if not ids:
            # An empty page that has a next one: there is no id to go on from.
            after = following
            continue
        highest = max(map(int, ids))
        if highest <= last_id:
            raise IncompleteError(
                f"HubSpot's search of {source.name} does not move on from id {last_id}.",
                "Clear the extract task; if it happens again, report it to HubSpot.",
            )
        last_id, after = highest, None


def _count(client: HubSpotClient, source: SourceObject, window: Window) -> int:
    """How many records the window holds now."""
    path = client.path("objects", type=source.name) + "/search"
    return int(client.search(path, _query(source, window, 0, 1))["total"])


def _query(source: SourceObject, window: Window, last_id: int, limit: int) -> Record:
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


def describe_query(source: SourceObject, window: Window, mode: str, names: Iterable[str]) -> str:
    """How the object was read, for the manifest."""
    asked = ",".join(names)
    if mode == "snapshot":
        return f"list {source.name}, live and archived, properties={asked}"
    start, end = window.start.isoformat(), window.end.isoformat()
    return (
        f"search {source.name} {source.search_cursor} from {start} to before {end}, read by id; "
        f"list archived, archivedAt in the same window; properties={asked}"
    )
