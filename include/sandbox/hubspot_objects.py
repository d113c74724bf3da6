"""CRM objects of the sandbox's HubSpot: list, get and batch read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any

import numpy as np

from include.sandbox.hubspot_associations import Associations
from include.sandbox.hubspot_columns import ARCHIVED, object_columns, visible_positions
from include.sandbox.hubspot_errors import invalid, not_found
from include.sandbox.hubspot_history import HISTORY, versions
from include.sandbox.hubspot_paging import Paging
from include.sandbox.hubspot_schema import TYPE_IDS, HubSpotSchema, property_value, property_values
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.messages import Request, Response, ResponseCache, json_response
from include.sandbox.store import Store
from include.sandbox.table import Record, RecordTable

LIST_LIMIT, HISTORY_LIMIT, BATCH_LIMIT = 100, 50, 100
# Types whose archived records HubSpot does not list; it reads them by id.
_WITHOUT_ARCHIVE = ("meetings",)


class ObjectReader:
    """Reads CRM objects as the API shows them."""

    def __init__(
        self,
        store: Store,
        schema: HubSpotSchema,
        answers: ResponseCache,
        portal_id: int,
        trouble: HubSpotTrouble,
    ) -> None:
        self._store = store
        self._schema = schema
        self._answers = answers
        self._portal_id = portal_id
        self._trouble = trouble
        self.paging = Paging(trouble)
        self.associations = Associations(store, self.paging, trouble)

    def list_page(self, request: Request, name: str) -> Response:
        """GET {type}: one page in the order of ids."""
        limit = whole_number(request.argument("limit", "10"), "limit")
        if name in _WITHOUT_ARCHIVE and request.flag("archived"):
            raise invalid("Paging through deleted objects is not yet supported")
        history = request.arguments("propertiesWithHistory")
        most = HISTORY_LIMIT if history else LIST_LIMIT
        if not 0 < limit <= most:
            raise invalid(f"limit must be between 1 and {most}")
        last_id, size, turn = self.paging.by_id(self.paging.read(request.argument("after")), limit)

        def answer() -> Response:
            ids, positions = self._order(name, request.flag("archived"))
            start = int(np.searchsorted(ids, last_id, side="right"))
            table = self._store.hubspot[name]
            records = [table.record(int(p)) for p in positions[start : start + size]]
            page: dict[str, Any] = {"results": self.render(request, name, records, history)}
            if start + size < len(ids):
                behind = int(ids[start + size - 1]) if size else last_id
                cursor = self.paging.cursor_behind(behind, turn)
                page["paging"] = self.paging.next(request, cursor)
            return json_response(page)

        return self.cached(request, self._store.hubspot[name], answer)

    def get(self, request: Request, name: str, key: str) -> Response:
        """GET {type}/{id}; the id of a merged record gives the one it went into."""
        id_property = request.argument("idProperty")
        record = self._record(name, key, id_property, request.flag("archived"))
        if record is None:
            raise not_found()
        history = request.arguments("propertiesWithHistory")
        return json_response(self.render(request, name, [record], history)[0])

    def batch_read(self, request: Request, name: str) -> Response:
        """POST {type}/batch/read; 207 when some of the ids are not there."""
        asked = request.json()
        history = asked.get("propertiesWithHistory") or []
        keys = list(dict.fromkeys(str(entry["id"]) for entry in asked.get("inputs", [])))
        most = HISTORY_LIMIT if history else BATCH_LIMIT
        if len(keys) > most:
            raise invalid(f"The maximum batch size is {most}.")
        archived, id_property = request.flag("archived"), asked.get("idProperty") or ""

        def answer() -> Response:
            records, missing = [], []
            for key in keys:
                record = self._record(name, key, id_property, archived)
                if record is None:
                    missing.append(key)
                else:
                    records.append(record)
            properties = asked.get("properties") or []
            results = self.render(request, name, records, history, properties=properties)
            return batch_answer(results, _missing_errors(name, missing))

        return self.cached(request, self._store.hubspot[name], answer)

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
                row[HISTORY] = {
                    p: versions(record, p, property_value(record, p), name)
                    for p in history
                    if p in self._schema.properties(name)
                }
            row["url"] = address + row["id"]
            rows.append(row)
        for to_name in request.arguments("associations"):
            to_type = self._schema.object_type(to_name)
            self.associations.put_inline(request, name, to_type, rows)
        return rows

    def cached(
        self, request: Request, table: RecordTable, answer: Callable[[], Response]
    ) -> Response:
        """The answer to a request for records, kept until anything it shows changes."""
        # Links to records that are archived are not shown.
        linked = [
            self._store.hubspot[self._schema.object_type(to_name)].revision
            for to_name in request.arguments("associations")
        ]
        state = (
            id(table),
            table.revision,
            self._store.links.revision if linked else 0,
            tuple(linked),
            self._store.permissions.revision,
            astuple(self._trouble),
        )
        asked = hashlib.sha256(request.body).digest() if request.body else b""
        return self._answers.response(request, (request.target, asked, state), answer)

    def _order(self, name: str, archived: bool) -> tuple[np.ndarray, np.ndarray]:
        """Ids ascending, and where each record stands; archived ones or the others."""
        table = self._store.hubspot[name]

        def order() -> tuple[np.ndarray, np.ndarray]:
            columns = object_columns(table, {"hs_object_id": "number"})
            positions = visible_positions(table, columns, archived)
            ids = columns["hs_object_id"].values[positions].astype(np.int64)
            ascending = np.argsort(ids, kind="stable")
            return ids[ascending], positions[ascending]

        return table.remember(("order", archived), order)

    def _record(self, name: str, key: str, id_property: str, archived: bool) -> Record | None:
        """A record by its id or by another property that is unique; archived, or not."""
        table = self._store.hubspot[name]
        if id_property and id_property != "hs_object_id":
            keys: dict[str, int] = table.remember(
                ("by", id_property),
                lambda: {
                    (property_value(table.record(int(p)), id_property) or "").lower(): int(p)
                    for p in table.positions()
                },
            )
            position = keys.get(key.lower())
        else:
            position = table.position(self._store.surviving(name, key))
        record = None if position is None else table.record(position)
        if record is None or bool(record.get(ARCHIVED)) != archived:
            return None
        return record


def batch_answer(results: list[Any], errors: list[dict[str, Any]]) -> Response:
    """The envelope of a batch: 200 when all went well, 207 when some did not."""
    document: dict[str, Any] = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": "2024-01-01T00:00:00.000Z",
        "completedAt": "2024-01-01T00:00:00.000Z",
    }
    if errors:
        document |= {"numErrors": len(errors), "errors": errors}
    return json_response(document, 207 if errors else 200)


def whole_number(text: str, name: str) -> int:
    """A parameter that must be a whole number.

    Raises:
        ApiError: it is not.
    """
    if not text.isdigit():
        raise invalid(f"Unable to parse value for query parameter: {name}")
    return int(text)


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
            "errors": [],
            "links": {},
        }
    ]
