"""Associations between CRM objects: v4 batches with paging per input, and inline in lists."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from include.sandbox.hubspot_columns import archived_ids
from include.sandbox.hubspot_errors import invalid
from include.sandbox.hubspot_paging import Paging
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.links import Link
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.store import Store

BATCH_LIMIT = 1000
# Links of one record in one answer; the rest is behind `after`.
PAGE_LIMIT = 500
_INLINE_LIMIT = 100
_PRIMARY_TYPE_IDS = frozenset({1, 2, 5, 6, 25, 26})
_UNLABELED_TYPE_IDS = frozenset({279, 280, 339, 340, 341, 342})


class Associations:
    """Answers what is linked to what."""

    def __init__(self, store: Store, paging: Paging, trouble: HubSpotTrouble) -> None:
        self._store = store
        self._paging = paging
        self._trouble = trouble

    def read_batch(
        self, request: Request, from_type: str, to_type: str, is_dated: bool
    ) -> Response:
        """POST associations/{from}/{to}/batch/read: 207 when some records have no links.

        Raises:
            ApiError: more than 1000 inputs.
        """
        inputs = request.json().get("inputs", [])
        if len(inputs) > BATCH_LIMIT:
            raise invalid(f"The maximum batch size is {BATCH_LIMIT}.")
        found = self._of(from_type, to_type, [int(entry["id"]) for entry in inputs])
        limit = self._trouble.associations_per_page
        results, errors = [], []
        for entry in inputs:
            key = str(entry["id"])
            page, following = self._page(found[int(key)], entry.get("after"), limit)
            if not page:
                errors.append(_no_links(from_type, key, to_type))
                continue
            result: dict[str, Any] = {"from": {"id": key}, "to": _targets(page, is_dated)}
            if following:
                path = f"/crm/v4/objects/{from_type}/{key}/associations/{to_type}"
                link = f"{request.base_url}{path}?limit={limit}&after={following}"
                result["paging"] = {"next": {"after": following, "link": link}}
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
        self, request: Request, from_type: str, key: str, to_type: str, version: str
    ) -> Response:
        """GET {type}/{id}/associations/{to}: one record's links; v3 shows their names only."""
        limit = int(request.argument("limit") or PAGE_LIMIT)
        if limit > PAGE_LIMIT:
            raise invalid(f"limit must be between 1 and {PAGE_LIMIT}")
        limit = min(limit, self._trouble.associations_per_page)
        found = self._of(from_type, to_type, [int(key)])[int(key)]
        page, following = self._page(found, request.argument("after"), limit)
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

    def put_inline(
        self, request: Request, from_type: str, to_type: str, rows: list[dict[str, Any]]
    ) -> None:
        """Put links into rows of a list as `associations.<type>.results`; some rows get none."""
        found = self._of(from_type, to_type, [int(row["id"]) for row in rows])
        limit = min(_INLINE_LIMIT, self._trouble.associations_per_page)
        for row in rows:
            page, following = self._page(found[int(row["id"])], None, limit)
            if not page:
                continue
            part: dict[str, Any] = {"results": _names(page, from_type, to_type)}
            if following:
                address = f"/crm/v3/objects/{from_type}/{row['id']}/associations/{to_type}"
                link = f"{request.base_url}{address}?limit={limit}&after={following}"
                part["paging"] = {"next": {"after": following, "link": link}}
            row.setdefault("associations", {})[to_type.replace("_", " ")] = part

    def _of(self, from_type: str, to_type: str, from_ids: list[int]) -> dict[int, list[Link]]:
        """Links of some records, without those that lead to or from an archived one."""
        found = self._store.links.of(from_type, to_type, from_ids)
        gone_from, gone_to = (archived_ids(self._store.hubspot[n]) for n in (from_type, to_type))
        if gone_from or gone_to:
            found = {
                key: [] if key in gone_from else [k for k in links if k.to_id not in gone_to]
                for key, links in found.items()
            }
        return found

    def _page(
        self, found: list[Link], after: Any, limit: int
    ) -> tuple[list[tuple[int, list[Link]]], str | int | None]:
        """One page of a record's links, grouped by the record they lead to, and what comes next."""
        grouped = [(to_id, list(types)) for to_id, types in groupby(found, key=lambda k: k.to_id)]
        last_id = self._paging.read(after)
        rest = [entry for entry in grouped if entry[0] > last_id]
        page = rest[:limit]
        return page, self._paging.after(page[-1][0]) if len(rest) > limit else None


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


def singular(name: str) -> str:
    """A type's name in the singular, as errors and association types spell it."""
    return name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")


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
        "errors": [],
        "links": {},
        "message": f"No {singular(to_type)} is associated with {singular(from_type)} {key}.",
        "context": {
            "fromObjectId": [key],
            "fromObjectType": [singular(from_type)],
            "toObjectType": [singular(to_type)],
        },
    }
