"""Deal splits of the sandbox's HubSpot: read deal by deal, for accounts that have them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from include.sandbox.hubspot_columns import archived_ids
from include.sandbox.hubspot_errors import invalid, missing_scopes
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.store import Store

BATCH_LIMIT = 100
# The data file: a row per split, as the API shows it, and `deal_id`.
SPLITS = "deal_splits"


def read_splits(store: Store, request: Request) -> Response:
    """POST deals/splits/batch/read: the splits of some deals; 207 when some are not there.

    Raises:
        ApiError: more than 100 inputs, or the token may not read splits.
    """
    if not store.permissions.may_read("hubspot", SPLITS):
        raise missing_scopes("crm.dealsplits.read_write")
    deals = [str(entry["id"]) for entry in request.json().get("inputs", [])]
    if len(deals) > BATCH_LIMIT:
        raise invalid(f"The maximum batch size is {BATCH_LIMIT}.")
    by_deal: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in store.document(SPLITS):
        if not row.get("archived"):
            by_deal[str(row["deal_id"])].append(
                {
                    "id": str(row["id"]),
                    "properties": row["properties"],
                    "createdAt": row["createdAt"],
                    "updatedAt": row["updatedAt"],
                    "archived": False,
                }
            )
    table = store.hubspot["deals"]
    archived = archived_ids(table)
    missing = [
        deal for deal in deals if table.position(deal) is None or int(deal) in archived
    ]  # fmt: skip
    document: dict[str, Any] = {
        "status": "COMPLETE",
        "results": [{"id": deal, "splits": by_deal[deal]} for deal in deals if deal not in missing],
        "startedAt": "2024-01-01T00:00:00.000Z",
        "completedAt": "2024-01-01T00:00:00.000Z",
    }
    if missing:
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some deals.",
            "context": {"ids": missing},
        }
        document |= {"numErrors": 1, "errors": [error]}
    return json_response(document, 207 if missing else 200)
