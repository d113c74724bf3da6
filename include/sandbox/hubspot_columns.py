"""Columns of HubSpot records: of properties, and of who is archived."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from include.sandbox.columns import Column, Kind
from include.sandbox.hubspot_schema import property_value
from include.sandbox.table import Record, RecordTable

# The record's own key for it; no property has this name.
ARCHIVED = "archived"


def object_columns(table: RecordTable, kinds: Mapping[str, Kind]) -> dict[str, Column]:
    """Comparable columns of some properties, and of whether each record is archived."""
    return table.columns({ARCHIVED: "boolean", **kinds}, _comparable)


def visible_positions(
    table: RecordTable, columns: Mapping[str, Column], archived: bool
) -> np.ndarray:
    """Positions of the archived records, or of the others."""
    positions = table.positions()
    return positions[(columns[ARCHIVED].values[positions] == 1.0) == archived]


def archived_ids(table: RecordTable) -> frozenset[int]:
    """Ids of the archived records."""

    def ids() -> frozenset[int]:
        positions = visible_positions(table, object_columns(table, {}), archived=True)
        return frozenset(int(table.record(int(position))["id"]) for position in positions)

    return table.remember("archived ids", ids)


def _comparable(record: Record, name: str) -> str | None:
    """What a column compares: a property, or whether the record is archived."""
    if name == ARCHIVED:
        return "true" if record.get(ARCHIVED) else "false"
    return property_value(record, name)
