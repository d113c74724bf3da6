"""HubSpot's records by listing them, and by their ids.

A listing is in the order of ids and goes on after a mark that stays good, so records that come or
go meanwhile move no others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from include.core.errors import IncompleteError
from include.extract.hubspot_ahead import ahead
from include.extract.hubspot_client import HubSpotClient, next_after
from include.extract.hubspot_counts import check_listing, live_count
from include.extract.hubspot_errors import ArchiveHiddenError
from include.extract.hubspot_spool import Progress, Record

PAGE_COUNT, HISTORY_PAGE_COUNT = 100, 50
# Gateways refuse URLs somewhere between 8,000 and 16,000 characters.
URL_LENGTH = 6000
# Properties that name the records merged into one: ids, or id:milliseconds, between semicolons.
MERGE_PROPERTIES = ("hs_merged_object_ids", "hs_calculated_merged_vids")


@dataclass(frozen=True)
class Asked:
    """What is asked of each record of a type: properties, and histories of properties."""

    type: str
    properties: tuple[str, ...]
    history: tuple[str, ...] = ()

    @property
    def page_count(self) -> int:
        """Records an answer holds at most."""
        return HISTORY_PAGE_COUNT if self.history else PAGE_COUNT


def live_records(
    client: HubSpotClient, asked: Asked, progress: Progress
) -> Iterator[tuple[list[Record], Progress]]:
    """Live records a page at a time, each with the progress made, held against HubSpot's count.

    Progress: `after` the page, how many were `listed` and how many of them were `gone` before they
    could be read, the count `before`. With the last page `phase` becomes `archived`, and
    `is_counted` says whether the count confirmed the listing.

    Raises:
        IncompleteError: HubSpot counts more records than it listed.
    """
    before = progress["before"] if progress else live_count(client, asked.type)
    made: Progress = {"listed": 0, "gone": 0, **progress, "phase": "live", "before": before}
    for page in _pages(client, asked, archived=False, after=progress.get("after")):
        made = {
            **made,
            "after": page.after,
            "listed": made["listed"] + page.listed_count,
            "gone": made["gone"] + page.gone_count,
        }
        if page.after is None:
            is_counted = check_listing(client, asked.type, made["listed"], before)
            made = {**made, "phase": "archived", "is_counted": is_counted}
        yield page.records, made


def archived_records(
    client: HubSpotClient,
    asked: Asked,
    progress: Progress,
    keep: Callable[[Record], bool] | None = None,
) -> Iterator[tuple[list[Record], Progress]]:
    """Archived records a page at a time, each with the progress made; only those to `keep`.

    Progress: `after` the page, and how many `archived` records came; with the last page `phase`
    becomes `done`. Of a type whose archive HubSpot does not list there are none, and
    `is_archive_hidden` says so.
    """
    made = {"archived": 0, **progress, "phase": "archived"}
    try:
        for page in _pages(client, asked, archived=True, after=progress.get("after"), keep=keep):
            made = {
                **made,
                "phase": "archived" if page.after else "done",
                "after": page.after,
                "archived": made["archived"] + len(page.records),
            }
            yield page.records, made
    except ArchiveHiddenError:
        yield [], {**made, "phase": "done", "after": None, "is_archive_hidden": True}


def read_by_id(
    client: HubSpotClient, asked: Asked, ids: Sequence[str], *, archived: bool
) -> tuple[list[Record], int]:
    """Records with these ids, and how many of them there are no more.

    Raises:
        IncompleteError: an id is neither among the records nor among the missing.
    """
    path = client.path("objects", type=asked.type) + "/batch/read"
    parameters = {"archived": "true" if archived else "false"}
    records: list[Record] = []
    gone_count = 0
    for start in range(0, len(ids), asked.page_count):
        wanted = ids[start : start + asked.page_count]
        body = {
            "inputs": [{"id": id_} for id_ in wanted],
            "properties": list(asked.properties),
            "propertiesWithHistory": list(asked.history),
        }
        answer = client.post(path, body, parameters)
        found: list[Record] = answer["results"]
        if len(found) < len(wanted):
            gone_count += _gone_count(asked, wanted, found, answer)
        records += found
    return records, gone_count


def _gone_count(asked: Asked, wanted: Sequence[str], found: list[Record], answer: Record) -> int:
    """How many ids of a short answer are gone: said to be, or merged into a record it holds."""
    unseen = set(wanted) - {str(record["id"]) for record in found}
    for error in answer.get("errors") or ():
        if error.get("category") == "OBJECT_NOT_FOUND":
            unseen -= {str(id_) for id_ in (error.get("context") or {}).get("ids", ())}
    for record in found:
        for name in MERGE_PROPERTIES:
            merged = (record.get("properties") or {}).get(name) or ""
            unseen -= {item.split(":")[0].strip() for item in merged.split(";")}
    if unseen:
        raise IncompleteError(
            f"HubSpot was asked for {len(wanted)} {asked.type} by id, sent {len(found)} and said "
            f"nothing of {', '.join(sorted(unseen)[:5])}.",
            "Clear the task; it reads the window again. If it stays so, report it to "
            "HubSpot with the time of this message.",
        )
    return len(wanted) - len(found)


@dataclass(frozen=True)
class _Listed:
    """One page of a listing, and the mark of the next one; None on the last."""

    records: list[Record]
    listed_count: int
    after: str | None
    gone_count: int = 0


def _pages(
    client: HubSpotClient,
    asked: Asked,
    *,
    archived: bool,
    after: str | None,
    keep: Callable[[Record], bool] | None = None,
) -> Iterator[_Listed]:
    """Pages of a listing. What does not fit into a URL is read by id, and so are the histories of a few."""
    path = client.path("objects", type=asked.type)
    parameters: dict[str, str | int] = {
        "limit": asked.page_count,
        "archived": "true" if archived else "false",
        "properties": ",".join(asked.properties) or "hs_object_id",
    }
    if asked.history:
        parameters["propertiesWithHistory"] = ",".join(asked.history)
    is_by_id = client.url_length(path, parameters) > URL_LENGTH or (keep and asked.history)
    if is_by_id:
        parameters = {**parameters, "limit": PAGE_COUNT, "properties": "hs_object_id"}
        parameters.pop("propertiesWithHistory", None)
    listed = (
        _Listed(
            [record for record in answer["results"] if keep is None or keep(record)],
            len(answer["results"]),
            next_after(answer),
        )
        for answer in client.pages(path, parameters, after)
    )
    if not is_by_id:
        yield from listed
        return

    def by_id(page: _Listed) -> tuple[list[Record], int]:
        ids = [str(record["id"]) for record in page.records]
        return read_by_id(client, asked, ids, archived=archived)

    for page, (records, gone_count) in ahead(by_id, listed):
        yield _Listed(records, page.listed_count, page.after, gone_count)
