"""Links between HubSpot records, which have no cursor of their own.

They are read for parents: all of them in a snapshot, those changed in the window in a delta. A
marker per parent says that the parent was read, so a link that was taken away is missed later.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

from include.core.errors import RetryableError
from include.core.window import Window
from include.extract.hubspot_client import HubSpotClient, next_after
from include.extract.hubspot_objects import changed_ids, list_ids
from include.tables import SOURCE_OBJECTS
from include.tables.source_object import SourceObject

PARENTS_PER_REQUEST = 1000
# HubSpot's own types that mean "primary company": of a contact, a deal, a ticket.
PRIMARY_TYPE_IDS = frozenset({1, 5, 26})

Links = dict[str, dict[str, bool]]


def associations(
    client: HubSpotClient, source: SourceObject, window: Window, mode: str
) -> Iterator[dict[str, Any]]:
    """One record per link of the parents read, and one marker per parent."""
    pages = (
        list_ids(client, str(source.from_object))
        if mode == "snapshot"
        else changed_ids(client, parent_object(source), window)
    )
    for parents in _batches(chain.from_iterable(pages)):
        for parent, targets in read_links(client, source, parents).items():
            for target, is_primary in targets.items():
                yield {
                    "id": f"{parent}:{target}",
                    "from": parent,
                    "to": target,
                    "is_primary": is_primary,
                }
            yield {"id": f"{parent}:*", "from": parent, "to": None, "is_primary": None}


def parent_object(source: SourceObject) -> SourceObject:
    """The object the links start at."""
    return next(
        candidate
        for candidate in SOURCE_OBJECTS
        if candidate.crm == "hubspot" and candidate.name == source.from_object
    )


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


def _batches(ids: Iterator[str]) -> Iterator[list[str]]:
    """Ids in lists as long as one request takes."""
    batch: list[str] = []
    for id_ in ids:
        batch.append(id_)
        if len(batch) == PARENTS_PER_REQUEST:
            yield batch
            batch = []
    if batch:
        yield batch
