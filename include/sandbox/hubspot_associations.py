"""Associations between CRM objects: v4 batches with paging per input, and inline in lists."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from include.sandbox.hubspot_errors import invalid
from include.sandbox.links import Link, Links
from include.sandbox.messages import Request, Response, json_response

BATCH_LIMIT = 1000
# Links of one record in one answer; the rest is behind `after`.
PAGE_LIMIT = 500
_INLINE_LIMIT = 100
_PRIMARY_TYPE_IDS = frozenset({1, 2, 5, 6, 25, 26})
_UNLABELED_TYPE_IDS = frozenset({279, 280, 339, 340, 341, 342})


def read_batch(
    links: Links, request: Request, from_type: str, to_type: str, is_dated: bool
) -> Response:
    """POST associations/{from}/{to}/batch/read: 207 when some records have no links.

    Raises:
        ApiError: more than 1000 inputs.
    """
    inputs = request.json().get("inputs", [])
    if len(inputs) > BATCH_LIMIT:
        raise invalid(f"The maximum batch size is {BATCH_LIMIT}.")
    found = links.of(from_type, to_type, [int(entry["id"]) for entry in inputs])
    results, errors = [], []
    for entry in inputs:
        key = str(entry["id"])
        page, following = _page(found[int(key)], entry.get("after"), PAGE_LIMIT)
        if not page:
            errors.append(_no_links(from_type, key, to_type))
            continue
        result: dict[str, Any] = {"from": {"id": key}, "to": _targets(page, is_dated)}
        if following:
            result["paging"] = {"next": {"after": following}}
        results.append(result)
    document: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2024-01-01T00:00:00.000Z",
        "completedAt": "2024-01-01T00:00:00.000Z",
    }
    if errors:
        document |= {"numErrors": len(errors), "errors": errors}
    return json_response(document, 207 if errors else 200)


def list_of_one(
    links: Links, request: Request, from_type: str, key: str, to_type: str, version: str
) -> Response:
    """GET {type}/{id}/associations/{to}: one record's links; v3 shows their names only."""
    limit = int(request.argument("limit") or PAGE_LIMIT)
    if limit > PAGE_LIMIT:
        raise invalid(f"limit must be between 1 and {PAGE_LIMIT}")
    found = links.of(from_type, to_type, [int(key)])[int(key)]
    page, following = _page(found, request.argument("after") or None, limit)
    results = (
        _names(page, from_type, to_type)
        if version == "v3"
        else _targets(page, is_dated=version != "v4")
    )
    document: dict[str, Any] = {"results": results}
    if following:
        link = f"{request.base_url}{request.path}?limit={limit}&after={following}"
        document["paging"] = {"next": {"after": following, "link": link}}
    return json_response(document)


def labels(from_type: str, to_type: str) -> Response:
    """GET associations/{from}/{to}/labels."""
    known = {
        ("deals", "companies"): ((5, "Primary"), (341, None)),
        ("tickets", "companies"): ((26, "Primary"), (339, None)),
        ("contacts", "companies"): ((1, "Primary"), (279, None)),
        ("deals", "contacts"): ((3, None),),
        ("tickets", "contacts"): ((16, None),),
        ("deals", "line_items"): ((19, None),),
    }
    return json_response(
        {
            "results": [
                {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": label}
                for type_id, label in known.get((from_type, to_type), ())
            ]
        }
    )


def inline_associations(
    links: Links, request: Request, from_type: str, to_type: str, rows: list[dict[str, Any]]
) -> None:
    """Put links into rows of a list, as `associations.<type>.results`; rows without get nothing."""
    found = links.of(from_type, to_type, [int(row["id"]) for row in rows])
    for row in rows:
        page, following = _page(found[int(row["id"])], None, _INLINE_LIMIT)
        if not page:
            continue
        part: dict[str, Any] = {"results": _names(page, from_type, to_type)}
        if following:
            address = f"/crm/v3/objects/{from_type}/{row['id']}/associations/{to_type}"
            link = f"{request.base_url}{address}?limit={_INLINE_LIMIT}&after={following}"
            part["paging"] = {"next": {"after": following, "link": link}}
        row.setdefault("associations", {})[to_type.replace("_", " ")] = part


def singular(name: str) -> str:
    """A type's name in the singular, as errors and association types spell it."""
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


def _page(
    found: list[Link], after: str | None, limit: int
) -> tuple[list[tuple[int, list[Link]]], str | None]:
    """One page of a record's links, grouped by the record they lead to, and what comes next."""
    grouped = [(to_id, list(types)) for to_id, types in groupby(found, key=lambda k: k.to_id)]
    rest = [entry for entry in grouped if after is None or entry[0] > int(after)]
    page = rest[:limit]
    return page, str(page[-1][0]) if len(rest) > limit else None


def _targets(page: list[tuple[int, list[Link]]], is_dated: bool) -> list[dict[str, Any]]:
    """Links as v4 shows them; the dated versions give ids as text."""
    return [
        {
            "toObjectId": str(to_id) if is_dated else to_id,
            "associationTypes": [
                {
                    "category": "HUBSPOT_DEFINED",
                    "typeId": link.type_id,
                    "label": "Primary" if link.type_id in _PRIMARY_TYPE_IDS else link.label,
                }
                for link in types
            ],
        }
        for to_id, types in page
    ]


def _names(
    page: list[tuple[int, list[Link]]], from_type: str, to_type: str
) -> list[dict[str, str]]:
    """Links as v3 shows them: an id and a name for each type."""
    name = f"{singular(from_type)}_to_{singular(to_type)}"
    return [
        {
            "id": str(to_id),
            "type": f"{name}_unlabeled" if link.type_id in _UNLABELED_TYPE_IDS else name,
        }
        for to_id, types in page
        for link in types
    ]


def _no_links(from_type: str, key: str, to_type: str) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {singular(to_type)} is associated with {singular(from_type)} {key}.",
        "context": {
            "fromObjectId": [key],
            "fromObjectType": [singular(from_type)],
            "toObjectType": [singular(to_type)],
        },
    }
