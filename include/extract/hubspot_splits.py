"""Whom HubSpot credits with shares of deals, which is told deal by deal and has no cursor.

Read like links: for all deals in a snapshot, for those changed in the window in a delta, with a
marker per deal. A split that is changed need not change its deal: only a snapshot is sure to see it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from include.core.window import Window
from include.extract.hubspot_associations import of_parents, without_missing
from include.extract.hubspot_client import HubSpotClient
from include.extract.hubspot_spool import Chunk, Progress, Record
from include.tables.source_object import SourceObject

# HubSpot documents no limit for this one; that of its other batches is safe.
DEALS_PER_REQUEST = 100

Shares = dict[str, Record]


def splits(
    client: HubSpotClient,
    source: SourceObject,
    parent: SourceObject,
    window: Window,
    mode: str,
    progress: Progress,
) -> Iterator[Chunk]:
    """One record per deal read and owner credited with a share of it, and one marker per deal.

    Raises:
        AccessError: the account has no deal splits, or the app not their scope.
        IncompleteError: HubSpot named fewer deals than it counts.
        RetryableError: HubSpot could not read the splits of some deals.
    """

    def read(deals: Sequence[str]) -> list[Record]:
        starts = range(0, len(deals), DEALS_PER_REQUEST)
        return [
            record
            for start in starts
            for record in _records(client, source, deals[start : start + DEALS_PER_REQUEST])
        ]

    return of_parents(client, parent, window, mode, progress, read)


def _records(client: HubSpotClient, source: SourceObject, deals: Sequence[str]) -> Iterator[Record]:
    """The records of deals of one request; those there are no more have none."""
    shares: dict[str, Shares] = {deal: {} for deal in deals}
    answer = client.post(client.path("deal_splits"), {"inputs": [{"id": deal} for deal in deals]})
    for result in answer["results"]:
        shares[str(result["id"])] = _of_owners(str(result["id"]), result.get("splits") or ())
    for deal, of_deal in without_missing(source, answer, shares).items():
        yield from of_deal.values()
        yield {"id": f"{deal}:*", "from": deal, "to": None, "percentage": None, "createdAt": None}


def _of_owners(deal: str, given: Sequence[dict[str, Any]]) -> Shares:
    """What each owner has of a deal, by owner: of several shares their sum, since the first of them."""
    found: Shares = {}
    for split in given:
        owner = split["properties"].get("hubspot_owner_id")
        if owner is None or split.get("archived"):
            continue
        rate = Decimal(split["properties"].get("hs_deal_split_percentage") or 0)
        share = found.setdefault(
            owner,
            {
                "id": f"{deal}:{owner}",
                "from": deal,
                "to": owner,
                "percentage": "0",
                "createdAt": split["createdAt"],
            },
        )
        share["percentage"] = str(Decimal(share["percentage"]) + rate)
        share["createdAt"] = min(share["createdAt"], split["createdAt"])
    return found
