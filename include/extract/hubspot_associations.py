"""Links between HubSpot records, which have no cursor of their own.

They are read for parents: all of them in a snapshot, those changed in the window in a delta. A
marker per parent says that the parent was read, so a link that was taken away is missed later.
A link made or taken away does not change its parent: only a snapshot is sure to see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

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
    if progress.get("phase", "live") != "live":
        return
    if mode == "snapshot":
        pages = _listed_ids(client, parent, progress)
    else:
        pages = changed_ids(client, parent, window, SEARCH_PAGE_COUNT, progress)

    def read(batch: tuple[list[str], Progress]) -> Links:
        return read_links(client, source, batch[0])

    for (_, made), links in ahead(read, _batches(pages)):
        yield chunk(_records(links), made)


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
        for error in answer.get("errors") or ():
            _forget_missing_parents(source, error, links)
    return links


def _forget_missing_parents(source: SourceObject, error: dict[str, Any], links: Links) -> None:
    """Take parents that were deleted out of `links`; a parent without links stays, empty."""
    if "NO_ASSOCIATIONS_FOUND" in str(error.get("subCategory")):
        return
    if error.get("category") != "OBJECT_NOT_FOUND":
        raise RetryableError(
            f"HubSpot could not read some links of {source.name}: "
            f"{error.get('category')}: {str(error.get('message'))[:300]}",
            "It is tried again later; if it stays so, report it to HubSpot.",
        )
    context = error.get("context") or {}
    for parent in context.get("fromObjectId") or context.get("ids") or ():
        links.pop(str(parent), None)


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
