"""Records put into staging directly, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from include.tables.objects import source_object
from include.tables.stage import CURRENT, record_merge
from tests.stage.landed_batches import at


def stage(engine: sa.Engine, object_id: str, records: Iterable[dict[str, Any]]) -> None:
    """Insert current rows; `id` is the record's id, and what is not given is unremarkable."""
    table, key = CURRENT[object_id], source_object(object_id).key_column
    with engine.begin() as connection:
        for record in records:
            values = {
                "modified_at": at(2),
                "extracted_at": at(3),
                "batch_id": "b",
                "row_hash": "h",
                key: record["id"],
                **{name: value for name, value in record.items() if name != "id"},
            }
            connection.execute(table.insert().values(values))


def merge(engine: sa.Engine, object_name: str, record_id: str, merged_into_id: str) -> None:
    """Note that a HubSpot record was merged into another."""
    with engine.begin() as connection:
        connection.execute(
            record_merge.insert().values(
                crm="hubspot",
                object_name=object_name,
                record_id=record_id,
                merged_into_id=merged_into_id,
                merged_at=at(2),
                extracted_at=at(3),
                batch_id="b",
            )
        )
