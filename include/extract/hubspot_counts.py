"""HubSpot's own counts of its live records, to hold a full listing against."""

from __future__ import annotations

import logging

from include.core.errors import AccessError, IncompleteError
from include.extract.hubspot_client import HubSpotClient

# Ids of the types as the account's limits name them; what is not here has no count.
TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "line_items": "0-8",
    "feedback_submissions": "0-19",
    "tasks": "0-27",
    "meetings": "0-47",
    "calls": "0-48",
    "emails": "0-49",
    "invoices": "0-53",
    "subscriptions": "0-69",
    "goal_targets": "0-74",
    "orders": "0-123",
    "carts": "0-142",
}

log = logging.getLogger(__name__)


def live_count(client: HubSpotClient, type_: str) -> int | None:
    """Live records of a type, as the account's limits count them.

    None where the limits may not be read, or do not tell this type.
    """
    type_id = TYPE_IDS.get(type_)
    if type_id is None:
        return None
    try:
        answer = client.get(client.path("limits"), key="hubspotDefinedObjectTypes")
    except AccessError:
        return None
    usages = {str(each["objectTypeId"]): each for each in answer["hubspotDefinedObjectTypes"]}
    usage = usages.get(type_id, {}).get("usage")
    return None if usage is None else int(usage)


def check_listing(client: HubSpotClient, type_: str, listed: int, before: int | None) -> bool:
    """Whether HubSpot's own count confirms a listing that is at its end; False where it has none.

    `before` is the count when the listing began. What is created or deleted meanwhile may be in the
    listing or not, so any number between both counts is right. HubSpot does not say how old these
    counts are, and old ones must not stop a good reading for ever: when they differ from the
    listing, it is held against what search counts.

    Raises:
        IncompleteError: fewer records were listed than either way of counting finds.
    """
    after = live_count(client, type_)
    if before is None or after is None:
        return False
    if min(before, after) <= listed <= max(before, after):
        return True
    path = client.path("objects", type=type_) + "/search"
    searched = int(client.search(path, {"limit": 1, "properties": ["hs_object_id"]})["total"])
    if listed < searched:
        raise IncompleteError(
            f"HubSpot listed {listed} {type_}; its limits count {before} before and {after} after, "
            f"and its search {searched}.",
            "Clear the task; it lists them again. If it stays so, report it to HubSpot.",
        )
    log.warning(
        "HubSpot listed %d %s, no fewer than its search finds (%d); its limits, which say %d before "
        "and %d after, do not confirm it",
        listed,
        type_,
        searched,
        before,
        after,
    )
    return False
