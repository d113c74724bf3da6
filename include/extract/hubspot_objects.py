"""Records of HubSpot's CRM objects, as the API gives them.

A snapshot lists everything. A delta asks the search index only *which* records changed, and reads
their values from the store by id, because the index may show values older or newer than those that
matched. Search never shows archived records and archiving moves no cursor, so both read the
archived list too, after the live one: a record archived in between is then seen at least once.
Calculated properties and associations move no cursor either; snapshots bring those up to date.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from include.core.reading import Reading
from include.core.window import Window
from include.extract.hubspot_ahead import ahead
from include.extract.hubspot_client import HubSpotClient
from include.extract.hubspot_lists import Asked, archived_records, live_records, read_by_id
from include.extract.hubspot_search import changed_ids
from include.extract.hubspot_spool import Chunk, Progress, Record, chunk
from include.tables.source_object import SourceObject

log = logging.getLogger(__name__)

Pages = Iterator[tuple[list[Record], Progress]]


def objects(
    client: HubSpotClient,
    source: SourceObject,
    asked: Asked,
    window: Window,
    mode: str,
    reading: Reading,
    progress: Progress,
) -> Iterator[Chunk]:
    """One record per CRM object; sets the reading's source count, and whether deletions may be missing.

    They are where HubSpot does not list what was archived: then only a whole reading shows it.

    Raises:
        IncompleteError: HubSpot sent fewer records than it counts.
    """
    if mode == "snapshot":
        pages = snapshot(client, asked, progress)
    else:
        pages = delta(client, source, asked, window, progress)
    for records, made in pages:
        progress = made
        yield chunk(records, made)
    reading.source_count = source_count(mode, progress)
    reading.has_deletion_gap = mode == "delta" and bool(progress.get("is_archive_hidden"))


def snapshot(client: HubSpotClient, asked: Asked, progress: Progress) -> Pages:
    """Every record, live ones and then archived ones."""
    if progress.get("phase", "live") == "live":
        for records, made in live_records(client, asked, progress):
            progress = made
            yield records, made
    if progress["phase"] == "archived":
        yield from archived_records(client, asked, progress)


def delta(
    client: HubSpotClient, source: SourceObject, asked: Asked, window: Window, progress: Progress
) -> Pages:
    """Records changed in the window, and those archived in it."""
    if progress.get("phase", "live") == "live":
        for records, made in _changed(client, source, asked, window, progress):
            progress = made
            yield records, made
        progress = {**progress, "phase": "archived"}

    def was_archived(record: Record) -> bool:
        return window.start <= datetime.fromisoformat(record["archivedAt"]) < window.end

    if progress["phase"] == "archived":
        yield from archived_records(client, asked, progress, was_archived)


def _changed(
    client: HubSpotClient, source: SourceObject, asked: Asked, window: Window, progress: Progress
) -> Pages:
    """Records the search finds in the window; `gone` of them were deleted before we read them."""

    def read(found: tuple[list[str], Progress]) -> tuple[list[Record], int]:
        return read_by_id(client, asked, found[0], archived=False)

    gone = progress.get("gone", 0)
    found = changed_ids(client, source, window, asked.page_count, progress)
    for (_, made), (records, gone_count) in ahead(read, found):
        gone += gone_count
        yield records, {**made, "gone": gone}
    if gone:
        log.info("%s: %d changed records were deleted before we read them", source.id, gone)


def source_count(mode: str, progress: Progress) -> int | None:
    """HubSpot's own count of the records of a reading at its end; None where it confirmed none."""
    came = progress["archived"] - progress.get("gone", 0)
    if mode == "snapshot":
        return came + progress["listed"] if progress["is_counted"] else None
    return came + progress.get("found", 0)


def describe_query(asked: Asked, source: SourceObject, window: Window, mode: str) -> str:
    """How the object was read, for the manifest."""
    names: Iterable[str] = asked.properties
    wanted = f"properties={','.join(names)}"
    if asked.history:
        wanted = f"history of {','.join(asked.history)}"
    if mode == "snapshot":
        return f"list {asked.type}, live and archived, {wanted}"
    start, end = window.start.isoformat(), window.end.isoformat()
    return (
        f"search {asked.type} {source.search_cursor} from {start} to before {end}, read by id; "
        f"list archived, archivedAt in the same window; {wanted}"
    )
