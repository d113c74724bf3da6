"""A HubSpot portal in the sandbox, filled by each test, and what is read from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.core.reading import Reading
from include.core.window import Window
from include.extract.hubspot import HubSpotClient
from include.sandbox.server import Sandbox
from include.tables import source_object

DEALS = source_object("hubspot.deal")
DAY = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))

Record = dict[str, Any]
Connect = Callable[..., HubSpotClient]


def stamp(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03}Z"


def record(
    id_: int,
    changed_at: datetime = DAY.start,
    archived_at: datetime | None = None,
    cursor: str = "hs_lastmodifieddate",
    **properties: str | None,
) -> Record:
    """A record as the sandbox's files hold it."""
    row: Record = {
        "id": str(id_),
        "properties": {"hs_object_id": str(id_), cursor: stamp(changed_at), **properties},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": stamp(changed_at),
        "archived": archived_at is not None,
    }
    if archived_at is not None:
        row["archivedAt"] = stamp(archived_at)
    return row


class Portal:
    """A sandbox's data folder to fill, then the sandbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "hubspot").mkdir(parents=True)
        self.sandbox: Sandbox

    def write(self, name: str, rows: list[Record]) -> None:
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (self.folder / "hubspot" / f"{name}.jsonl").write_text(lines)

    def serve(self) -> Sandbox:
        self.sandbox = Sandbox(self.folder)
        return self.sandbox.__enter__()

    def close(self) -> None:
        if hasattr(self, "sandbox"):
            self.sandbox.__exit__(None, None, None)


def consume(reading: Reading) -> list[Record]:
    """Every record of a reading, from its files."""
    rows: list[Record] = []
    for page in reading.pages:
        assert page.format == "jsonl"
        found = [json.loads(line) for line in page.path.read_text().splitlines()]
        assert len(found) == page.record_count
        rows += found
        page.path.unlink()
    return rows


def ids(rows: list[Record]) -> list[str]:
    return [row["id"] for row in rows]


def day_at(**elapsed: float) -> datetime:
    return DAY.start + timedelta(**elapsed)


def link(from_id: int, to_id: int, type_id: int, to_type: str = "contacts", **more: Any) -> Record:
    return {
        "from_type": "deals",
        "from_id": str(from_id),
        "to_type": to_type,
        "to_id": str(to_id),
        "type_id": type_id,
        "label": None,
        **more,
    }


def write_linked_deals(portal: Portal) -> None:
    portal.write("deals", [record(1), record(2)])
    portal.write("contacts", [record(31), record(32)])
    portal.write("associations", [link(1, 31, 3), link(1, 32, 3)])


def owner(id_: int, email: str, archived: bool = False, teams: Any = None) -> Record:
    row = {
        "id": str(id_),
        "email": email,
        "type": "PERSON",
        "firstName": "A",
        "lastName": "B",
        "userId": id_ + 500,
        "userIdIncludingInactive": id_ + 500,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "archived": archived,
    }
    return row if teams is None else {**row, "teams": teams}
