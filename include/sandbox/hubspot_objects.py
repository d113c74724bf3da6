"""CRM objects of the sandbox's HubSpot: list, get and batch read."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import numpy as np
import orjson

from include.sandbox.hubspot_associations import inline_associations
from include.sandbox.hubspot_errors import invalid, not_found
from include.sandbox.hubspot_schema import TYPE_IDS, HubSpotSchema, property_value, property_values
from include.sandbox.messages import BodyCache, Request, Response, json_response
from include.sandbox.store import Store
from include.sandbox.table import Record, RecordTable

LIST_LIMIT, HISTORY_LIMIT, BATCH_LIMIT = 100, 50, 100


class ObjectReader:
    """Reads CRM objects as the API shows them."""

    def __init__(
        self, store: Store, schema: HubSpotSchema, bodies: BodyCache, portal_id: int
    ) -> None:
        self._store = store
        self._schema = schema
        self._bodies = bodies
        self._portal_id = portal_id

    def list_page(self, request: Request, name: str) -> Response:
        """GET {type}: one page in the order of ids."""
        limit = whole_number(request.argument("limit", "10"), "limit")
        history = request.arguments("propertiesWithHistory")
        most = HISTORY_LIMIT if history else LIST_LIMIT
        if not 0 < limit <= most:
            raise invalid(f"limit must be between 1 and {most}")
        after = whole_number(request.argument("after") or "0", "after")
        archived = request.flag("archived")

        def render() -> bytes:
            ids, positions = self._order(name, archived)
            start = int(np.searchsorted(ids, after, side="right"))
            records = self._records(name, positions[start : start + limit])
            page: dict[str, Any] = {"results": self.render(request, name, records, history)}
            if start + limit < len(ids):
                page["paging"] = {"next": _next_page(request, str(records[-1]["id"]))}
            return orjson.dumps(page)

        return Response(200, self.cached(request, name, render), "application/json;charset=utf-8")

    def get(self, request: Request, name: str, key: str) -> Response:
        """GET {type}/{id}; the id of a merged record gives the one it went into."""
        key = self._store.merged.get((name, key), key)
        position = self._position(name, key, request.argument("idProperty"))
        record = None if position is None else self._store.hubspot[name].record(position)
        if record is None or bool(record.get("archived")) != request.flag("archived"):
            raise not_found()
        history = request.arguments("propertiesWithHistory")
        return json_response(self.render(request, name, [record], history)[0])

    def batch_read(self, request: Request, name: str) -> Response:
        """POST {type}/batch/read; 207 when some of the ids are not there."""
        asked = request.json()
        history = asked.get("propertiesWithHistory") or []
        inputs = [str(entry["id"]) for entry in asked.get("inputs", [])]
        most = HISTORY_LIMIT if history else BATCH_LIMIT
        if len(inputs) > most:
            raise invalid(f"The maximum batch size is {most}.")
        table, id_property = self._store.hubspot[name], asked.get("idProperty") or ""
        is_wanted = archived_mask(table) == request.flag("archived")
        positions, missing = [], []
        for key in dict.fromkeys(inputs):
            position = self._position(name, self._store.merged.get((name, key), key), id_property)
            if position is None or not is_wanted[position]:
                missing.append(key)
            else:
                positions.append(position)

        def render() -> bytes:
            records = [table.record(position) for position in positions]
            asked_for = asked.get("properties") or []
            results = self.render(request, name, records, history, properties=asked_for)
            return orjson.dumps(batch_document(results, _missing_errors(name, missing)))

        return Response(207 if missing else 200, self.cached(request, name, render))

    def render(
        self,
        request: Request,
        name: str,
        records: Sequence[Record],
        history: Sequence[str] = (),
        properties: list[str] | None = None,
    ) -> list[dict[str, Any]]:
        """Records as the API shows them, with the properties and associations asked for."""
        asked = request.arguments("properties") if properties is None else properties
        chosen = self._schema.chosen(name, list(asked))
        type_id = TYPE_IDS.get(name, name)
        address = f"https://app.hubspot.com/contacts/{self._portal_id}/record/{type_id}/"
        rows: list[dict[str, Any]] = []
        for record in records:
            row: dict[str, Any] = {
                "id": str(record["id"]),
                "properties": property_values(record, chosen),
                "createdAt": record.get("createdAt"),
                "updatedAt": record.get("updatedAt"),
                "archived": bool(record.get("archived")),
            }
            if row["archived"]:
                row["archivedAt"] = record.get("archivedAt") or record.get("updatedAt")
            if history:
                row["propertiesWithHistory"] = {
                    p: _versions(record, p) for p in history if p in self._schema.properties(name)
                }
            row["url"] = address + row["id"]
            rows.append(row)
        for to_name in request.arguments("associations"):
            to_type = self._schema.object_type(to_name)
            inline_associations(self._store.links, request, name, to_type, rows)
        return rows

    def cached(self, request: Request, name: str, render: Any) -> Any:
        """The body of a request for one type, rendered once until anything it shows changes."""
        state = (
            self._store.hubspot[name].revision,
            self._store.links.revision if "associations" in request.query else 0,
            self._store.permissions.revision,
        )
        asked = hashlib.sha256(request.body).digest() if request.body else b""
        return self._bodies.body((request.base_url, request.target, asked, state), render)

    def _records(self, name: str, positions: np.ndarray) -> list[Record]:
        table = self._store.hubspot[name]
        return [table.record(int(position)) for position in positions]

    def _order(self, name: str, archived: bool) -> tuple[np.ndarray, np.ndarray]:
        """Ids ascending, and where each record stands; archived ones or the others."""
        table = self._store.hubspot[name]

        def order() -> tuple[np.ndarray, np.ndarray]:
            positions = visible_positions(table, archived)
            ids = table.columns({"hs_object_id": "number"}, property_value)["hs_object_id"]
            found = ids.values[positions].astype(np.int64)
            ascending = np.argsort(found, kind="stable")
            return found[ascending], positions[ascending]

        return table.remember(("order", archived), order)

    def _position(self, name: str, key: str, id_property: str) -> int | None:
        """Where a record stands, by its id or by another property that is unique."""
        table = self._store.hubspot[name]
        if not id_property or id_property == "hs_object_id":
            return table.position(key)
        keys: dict[str, int] = table.remember(
            ("by", id_property),
            lambda: {
                (property_value(table.record(int(p)), id_property) or "").lower(): int(p)
                for p in table.positions()
            },
        )
        return keys.get(key.lower())


def visible_positions(table: RecordTable, archived: bool) -> np.ndarray:
    """Positions of the archived records, or of the others."""
    positions = table.positions()
    return positions[archived_mask(table)[positions] == archived]


def archived_mask(table: RecordTable) -> np.ndarray:
    """Whether each record of a table is archived, by position."""
    column = table.columns({"archived": "boolean"}, _is_archived)["archived"]
    return column.values == 1.0


def batch_document(results: list[Any], errors: list[dict[str, Any]]) -> dict[str, Any]:
    """The envelope of a batch; it is answered 207 when it holds errors."""
    document: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2024-01-01T00:00:00.000Z",
        "completedAt": "2024-01-01T00:00:00.000Z",
    }
    if errors:
        document |= {"numErrors": len(errors), "errors": errors}
    return document


def whole_number(text: str, name: str) -> int:
    """A parameter that must be a whole number.

    Raises:
        ApiError: it is not.
    """
    if not text.isdigit():
        raise invalid(f"Unable to parse value for query parameter: {name}")
    return int(text)


def _is_archived(record: Record, name: str) -> str:
    return "true" if record.get(name) else "false"


def _next_page(request: Request, after: str) -> dict[str, str]:
    """Paging to the next page: every other parameter stays in the link."""
    query = {name: values for name, values in request.query.items() if name != "after"}
    link = f"{request.base_url}{request.path}?{urlencode({**query, 'after': after}, doseq=True)}"
    return {"after": after, "link": link}


def _versions(record: Record, name: str) -> list[dict[str, Any]]:
    """A property's versions, newest first; one when the data holds no history."""
    known = record.get("propertiesWithHistory", {}).get(name)
    if known is not None:
        return known
    value = property_value(record, name)
    if value is None:
        return []
    return [{"value": value, "timestamp": record.get("updatedAt"), "sourceType": "CRM_UI"}]


def _missing_errors(name: str, missing: list[str]) -> list[dict[str, Any]]:
    if not missing:
        return []
    return [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": f"Could not get some {name} objects, they may be deleted or not exist. "
            "Check that ids are valid.",
            "context": {"ids": missing},
        }
    ]
