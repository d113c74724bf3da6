"""HubSpot's search: filter groups, one sort, and the wall at ten thousand results."""

from __future__ import annotations

import hashlib
import itertools
import re
from typing import Any

import numpy as np
import orjson

from include.sandbox.columns import Column, Comparison, comparable_value, sorted_positions
from include.sandbox.hubspot_columns import object_columns, visible_positions
from include.sandbox.hubspot_errors import broken, invalid
from include.sandbox.hubspot_objects import ObjectReader
from include.sandbox.hubspot_paging import Paging
from include.sandbox.hubspot_schema import HubSpotSchema, Property
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.store import Store
from include.sandbox.table import RecordTable

PAGE_LIMIT, RESULT_LIMIT = 200, 10_000
_MOST_GROUPS, _MOST_IN_GROUP, _MOST_FILTERS = 5, 6, 18
_COMPARISONS: dict[str, Comparison] = {
    "EQ": "=",
    "NEQ": "!=",
    "LT": "<",
    "LTE": "<=",
    "GT": ">",
    "GTE": ">=",
}
_SEARCHED = ("dealname", "name", "domain", "firstname", "lastname", "email", "subject")


def search(
    store: Store,
    schema: HubSpotSchema,
    reader: ObjectReader,
    trouble: HubSpotTrouble,
    request: Request,
    name: str,
) -> Response:
    """POST {type}/search: what the index knows, found and shown; the store may be ahead of it.

    Raises:
        ApiError: a filter, a sort or the paging is wrong, or the page lies behind the wall.
    """
    asked = request.json()
    limit, after = _page_asked(asked, reader.paging)
    groups, sort = asked.get("filterGroups") or [], _sort(asked.get("sorts") or [])
    _refuse_too_many(groups)
    if trouble.refuses_unknown_filters:
        _refuse_unknown(groups, schema.properties(name))
    table, properties = store.search_table(name), schema.properties(name)
    question = orjson.dumps([groups, sort, asked.get("query")])
    key = (hashlib.sha256(question).digest(), store.permissions.revision)
    positions = table.remember(
        key, lambda: _matching(table, properties, groups, sort, asked.get("query") or "")
    )

    def answer() -> Response:
        held, following = reader.paging.by_position(after, limit, len(positions))
        records = [table.record(int(position)) for position in positions[held]]
        rows = reader.render(request, name, records, properties=asked.get("properties") or [])
        document: dict[str, Any] = {"total": len(positions), "results": rows}
        if following is not None:
            cursor = reader.paging.after(following, is_search=True)
            document["paging"] = {"next": {"after": cursor}}
        return json_response(document)

    return reader.cached(request, table, answer)


def _page_asked(asked: dict[str, Any], paging: Paging) -> tuple[int, int]:
    """Page size and offset."""
    limit, after = int(asked.get("limit") or 10), paging.read(asked.get("after"), is_search=True)
    if not 0 < limit <= PAGE_LIMIT:
        raise invalid(f"The maximum page size is {PAGE_LIMIT}.")
    if after + limit > RESULT_LIMIT:
        raise invalid(
            f"The requested page is outside the first {RESULT_LIMIT} results; narrow the search."
        )
    return limit, after


def _refuse_too_many(groups: list[dict[str, Any]]) -> None:
    """Refuse more filters than a search takes."""
    counts = [len(group["filters"]) for group in groups]
    if len(groups) > _MOST_GROUPS:
        raise invalid(f"A maximum of {_MOST_GROUPS} filterGroups is allowed.")
    if max(counts, default=0) > _MOST_IN_GROUP:
        raise invalid(f"A maximum of {_MOST_IN_GROUP} filters in one filterGroup is allowed.")
    if sum(counts) > _MOST_FILTERS:
        raise invalid(f"A maximum of {_MOST_FILTERS} filters over all filterGroups is allowed.")


def _refuse_unknown(groups: list[dict[str, Any]], properties: dict[str, Property]) -> None:
    """Refuse filters on properties that do not exist."""
    for filter_ in itertools.chain.from_iterable(group["filters"] for group in groups):
        if filter_["propertyName"] not in properties:
            raise invalid(f"Property {filter_['propertyName']} does not exist")


def _sort(sorts: list[Any]) -> tuple[str, bool]:
    """Property and whether descending, from either way of writing a sort."""
    if len(sorts) > 1:
        raise invalid("Only one sort is allowed")
    if not sorts:
        return "hs_object_id", False
    if isinstance(sorts[0], str):
        return sorts[0].lstrip("-"), sorts[0].startswith("-")
    return sorts[0]["propertyName"], sorts[0].get("direction") == "DESCENDING"


def _matching(
    table: RecordTable,
    properties: dict[str, Property],
    groups: list[dict[str, Any]],
    sort: tuple[str, bool],
    text: str,
) -> np.ndarray:
    """Positions of the records that match, in order; archived ones are never among them."""
    filters = [filter_ for group in groups for filter_ in group["filters"]]
    names = {*(filter_["propertyName"] for filter_ in filters), sort[0], "hs_object_id"}
    names |= set(_SEARCHED) if text else set()
    kinds = {name: properties[name].kind for name in sorted(names) if name in properties}
    columns = object_columns(table, kinds)
    positions = visible_positions(table, columns, archived=False)
    size = len(columns["hs_object_id"].values)
    if groups:
        masks = [
            np.logical_and.reduce(
                [_filter_mask(f, properties, columns, size) for f in group["filters"]]
            )
            for group in groups
        ]
        positions = positions[np.logical_or.reduce(masks)[positions]]
    if text:
        wanted = re.compile(f".*{re.escape(text)}.*", re.IGNORECASE | re.DOTALL)
        hits = [columns[n].where_matching(wanted) for n in _SEARCHED if n in columns]
        positions = positions[np.logical_or.reduce([np.zeros(size, bool), *hits])[positions]]
    keys = [(columns["hs_object_id"], False, True)]
    if sort[0] in columns:
        keys.insert(0, (columns[sort[0]], sort[1], True))
    return sorted_positions(positions, keys)


def _filter_mask(
    filter_: dict[str, Any],
    properties: dict[str, Property],
    columns: dict[str, Column],
    size: int,
) -> np.ndarray:
    """Mask over all positions of the records one filter holds for.

    A property that does not exist has no value anywhere: the real service finds nothing then, and
    says so with a success.
    """
    operator = filter_.get("operator")
    known = properties.get(filter_["propertyName"])
    if known is None:
        return np.full(size, operator == "NOT_HAS_PROPERTY")
    column = columns[known.name]
    if operator == "HAS_PROPERTY":
        return column.present
    if operator == "NOT_HAS_PROPERTY":
        return ~column.present
    if operator in ("IN", "NOT_IN"):
        mask = column.where_in([_operand(v, known) for v in filter_.get("values") or []])
        return mask if operator == "IN" else column.present & ~mask
    value = filter_.get("value")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        parts = [re.escape(part) for part in str(value).split("*")]
        pattern = re.compile(f"(?:.*\\W)?{'.*'.join(parts)}(?:\\W.*)?", re.I | re.S)
        mask = column.where_matching(pattern)
        return mask if operator == "CONTAINS_TOKEN" else ~mask
    if operator == "BETWEEN":
        low, high = _operand(value, known), _operand(filter_.get("highValue"), known)
        return column.where(">=", low) & column.where("<=", high)
    if operator not in _COMPARISONS:
        raise invalid(f"Unknown operator {operator}")
    return column.where(_COMPARISONS[operator], _operand(value, known))


def _operand(value: Any, known: Property) -> Any:
    """A filter's value in the form its column compares."""
    operand = comparable_value(value, known.kind)
    if operand is None:
        raise invalid(f"{value!r} is not a valid {known.type} for {known.name}")
    if known.kind == "instant" and operand <= 0:
        # The index has no instants up to the epoch, and stumbles over them.
        raise broken()
    return operand
