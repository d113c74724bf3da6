"""Links between HubSpot records, which have no cursor of their own.

They are read for parents: all of them in a snapshot, those changed in the window in a delta. A
marker per parent says that the parent was read, so a link that was taken away is missed later.
A link made or taken away does not change its parent: only a snapshot is sure to see it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from include.core.errors import RetryableError
from include.core.window import Window
from include.extract.hubspot_ahead import ahead
from include.extract.hubspot_client import HubSpotClient, next_after
from include.extract.hubspot_lists import Asked, live_records
from include.extract.hubspot_search import SEARCH_PAGE_COUNT, changed_ids
from include.extract.hubspot_spool import Chunk, Progress, Record, chunk
from include.tables.source_object import SourceObject

PARENTS_PER_REQUEST = 1000
# HubSpot's own types that mean "primary company": of a contact, a deal, a ticket.
PRIMARY_TYPE_IDS = frozenset({1, 5, 26})

Links = dict[str, dict[str, bool]]
Read = TypeVar("Read")


def associations(
    client: HubSpotClient,
    source: SourceObject,
    parent: SourceObject,
    window: Window,
    mode: str,
    progress: Progress,
) -> Iterator[Chunk]:
    """One record per link of the parents read, and one marker per parent.

    Raises:
        IncompleteError: HubSpot named fewer parents than it counts.
        RetryableError: HubSpot could not read the links of some parents.
    """

    def read(parents: Sequence[str]) -> list[Record]:
        return list(_records(read_links(client, source, parents)))

    return of_parents(client, parent, window, mode, progress, read)


def of_parents(
    client: HubSpotClient,
    parent: SourceObject,
    window: Window,
    mode: str,
    progress: Progress,
    read: Callable[[Sequence[str]], list[Record]],
) -> Iterator[Chunk]:
    """What `read` gives for all live parents, or for those changed in the window.

    Raises:
        IncompleteError: HubSpot named fewer parents than it counts.
    """
    if progress.get("phase", "live") != "live":
        return
    if mode == "snapshot":
        pages = _listed_ids(client, parent, progress)
    else:
        pages = changed_ids(client, parent, window, SEARCH_PAGE_COUNT, progress)

    def read_batch(batch: tuple[list[str], Progress]) -> list[Record]:
        return read(batch[0])

    for (_, made), records in ahead(read_batch, _batches(pages)):
        yield chunk(records, made)


def _listed_ids(
    client: HubSpotClient, parent: SourceObject, progress: Progress
) -> Iterator[tuple[list[str], Progress]]:
    """Ids of all live parents, a page at a time."""
    for records, made in live_records(client, Asked(parent.name, ()), progress):
        yield [str(record["id"]) for record in records], made


def _records(links: Links) -> Iterator[Record]:
    """A record per link and per parent."""
    for parent, targets in links.items():
        for target, is_primary in targets.items():
            yield {
                "id": f"{parent}:{target}",
                "from": parent,
                "to": target,
                "is_primary": is_primary,
            }
        yield {"id": f"{parent}:*", "from": parent, "to": None, "is_primary": None}


def read_links(client: HubSpotClient, source: SourceObject, parents: Sequence[str]) -> Links:
    """Whether each link is primary, by parent and target; parents there are no more left out.

    Raises:
        RetryableError: HubSpot could not read the links of some parents.
    """
    path = client.path("associations", type=str(source.from_object), to_type=str(source.to_object))
    links: Links = {parent: {} for parent in parents}
    inputs = [{"id": parent} for parent in parents]
    while inputs:
        answer = client.post(path, {"inputs": inputs})
        inputs = []
        for result in answer["results"]:
            parent = str(result["from"]["id"])
            targets = links.setdefault(parent, {})
            for link in result["to"]:
                target = str(link["toObjectId"])
                targets[target] = targets.get(target, False) or _is_primary(link)
            after = next_after(result)
            if after is not None:
                inputs.append({"id": parent, "after": after})
        links = without_missing(source, answer, links)
    return links


def without_missing(
    source: SourceObject, answer: dict[str, Any], found: dict[str, Read]
) -> dict[str, Read]:
    """What was found, without parents that were deleted; a parent that only has none stays, empty.

    Raises:
        RetryableError: HubSpot could not read some of it.
    """
    missing: set[str] = set()
    for error in answer.get("errors") or ():
        if "NO_ASSOCIATIONS_FOUND" in str(error.get("subCategory")):
            continue
        if error.get("category") != "OBJECT_NOT_FOUND":
            raise RetryableError(
                f"HubSpot could not read some links of {source.name}: "
                f"{error.get('category')}: {str(error.get('message'))[:300]}",
                "It is tried again later; if it stays so, report it to HubSpot.",
            )
        context = error.get("context") or {}
        missing |= {str(id_) for id_ in context.get("fromObjectId") or context.get("ids") or ()}
    return {parent: each for parent, each in found.items() if parent not in missing}


def _is_primary(link: dict[str, Any]) -> bool:
    """HubSpot's own primary type, or a label that says so.

    The ids of labels an account defines itself start at 1 too.
    """
    return any(
        str(type_.get("label") or "").casefold() == "primary"
        or (type_.get("category") != "USER_DEFINED" and int(type_["typeId"]) in PRIMARY_TYPE_IDS)
        for type_ in link.get("associationTypes") or ()
    )


def _batches(
    pages: Iterator[tuple[list[str], Progress]],
) -> Iterator[tuple[list[str], Progress]]:
    """Whole pages of ids, together no more than one request takes."""
    batch: list[str] = []
    made: Progress = {}
    for ids, progress in pages:
        if batch and len(batch) + len(ids) > PARENTS_PER_REQUEST:
            yield batch, made
            batch = []
        batch, made = [*batch, *ids], progress
    if batch:
        yield batch, made
