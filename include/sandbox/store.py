"""What the sandbox's two CRMs hold, and how it may be changed while they are served."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.sandbox.hubspot_history import HISTORY, history_after
from include.sandbox.links import Links
from include.sandbox.table import Record, RecordTable
from include.tables import SOURCE_OBJECTS

HUBSPOT_LISTINGS = (
    "owners",
    "pipelines_deals",
    "pipelines_tickets",
    "campaigns",
    "logins",
    "exchange_rates",
)


@dataclass
class Permissions:
    """What the credentials may not see: whole objects, or single fields of them."""

    objects: set[tuple[str, str]] = field(default_factory=set)
    fields: set[tuple[str, str, str]] = field(default_factory=set)
    revision: int = 0

    def hide(self, crm: str, name: str, *fields: str) -> None:
        """Hide an object, or only the named fields of it."""
        if fields:
            self.fields.update((crm, name, field_) for field_ in fields)
        else:
            self.objects.add((crm, name))
        self.revision += 1

    def show_everything(self) -> None:
        """Take every restriction back."""
        self.objects.clear()
        self.fields.clear()
        self.revision += 1

    def may_read(self, crm: str, name: str, field_: str | None = None) -> bool:
        """The object, or the field of it, is visible."""
        return (crm, name) not in self.objects and (
            field_ is None or (crm, name, field_) not in self.fields
        )


class Store:
    """The records of both CRMs, read from a data folder when they are first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.permissions = Permissions()
        self.salesforce = {
            name: RecordTable(folder / "salesforce" / f"{name}.jsonl", "Id")
            for name in self._names("salesforce", ("query",))
        }
        listings = {*HUBSPOT_LISTINGS, "associations"}
        self.hubspot = {
            name: RecordTable(folder / "hubspot" / f"{name}.jsonl", "id")
            for name in (*self._names("hubspot", ("crm_object",), listings), *HUBSPOT_LISTINGS)
        }
        # (object, id, when) of what was purged: it leaves no record, only a line in the log.
        self.purged: list[tuple[str, str, str]] = []
        # Where a merged HubSpot record went: reading the old id gives the surviving record.
        self.merged: dict[tuple[str, str], str] = {}
        self._links: Links | None = None
        self._lock = threading.Lock()

    @property
    def links(self) -> Links:
        """The associations between HubSpot records."""
        with self._lock:
            if self._links is None:
                self._links = Links.read(self.folder / "hubspot" / "associations.jsonl")
            return self._links

    def table(self, crm: str, name: str) -> RecordTable:
        """The records of one object.

        Raises:
            KeyError: the CRM has no such object.
        """
        return (self.salesforce if crm == "salesforce" else self.hubspot)[name]

    def records(self, crm: str, name: str) -> Iterator[Record]:
        """Every record of an object as it is now, deleted and archived ones too."""
        return self.table(crm, name).records()

    def upsert(self, crm: str, name: str, record: Record) -> None:
        """Put a record in; one with the same id is overwritten field by field."""
        table = self.table(crm, name)
        position = table.position(str(record[table.key]))
        known = {} if position is None else table.record(position)
        merged = {**known, **record}
        if crm == "hubspot" and "properties" in known:
            merged["properties"] = {**known["properties"], **record.get("properties", {})}
            if name not in HUBSPOT_LISTINGS:
                merged[HISTORY] = history_after(known, record)
        table.upsert(merged)

    def delete(self, crm: str, name: str, key: str, at: str) -> None:
        """Delete a record so that it can be restored: the recycle bin, or HubSpot's archive.

        Salesforce moves the record's SystemModstamp, HubSpot leaves its cursor alone.
        """
        if crm == "salesforce":
            changes = {"IsDeleted": True, "SystemModstamp": at, "LastModifiedDate": at}
            self.upsert(crm, name, {"Id": key, **changes})
        else:
            self.upsert(crm, name, {"id": key, "archived": True, "archivedAt": at})

    def hard_delete(self, crm: str, name: str, key: str, at: str) -> None:
        """Delete a record for good; only Salesforce's log of deletions still knows it."""
        self.table(crm, name).remove(key)
        if crm == "salesforce":
            self.purged.append((name, key, at))

    def merge(self, crm: str, name: str, winner: str, loser: str, at: str) -> None:
        """Merge one record into another.

        In Salesforce the loser is deleted and names its master; in HubSpot it vanishes, and the
        winner lists it.
        """
        if crm == "salesforce":
            self.delete(crm, name, loser, at)
            self.upsert(crm, name, {"Id": loser, "MasterRecordId": winner})
            self.upsert(crm, name, {"Id": winner, "SystemModstamp": at, "LastModifiedDate": at})
            return
        table = self.table(crm, name)
        position = table.position(winner)
        if position is None:
            raise KeyError(f"{name} has no record {winner}")
        earlier = table.record(position)["properties"].get("hs_merged_object_ids") or ""
        table.remove(loser)
        cursor = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
        properties = {
            "hs_merged_object_ids": ";".join([*earlier.split(";"), loser]).lstrip(";"),
            cursor: at,
        }
        self.upsert(crm, name, {"id": winner, "updatedAt": at, "properties": properties})
        self.merged[name, loser] = winner

    def document(self, name: str) -> list[Any]:
        """Every record of a HubSpot listing that is small enough to be read whole."""
        return list(self.hubspot[name].records())

    def _names(
        self, crm: str, readers: tuple[str, ...], without: set[str] | frozenset[str] = frozenset()
    ) -> list[str]:
        """Objects we read of a CRM, and further ones the folder holds."""
        declared = [o.name for o in SOURCE_OBJECTS if o.crm == crm and o.reader in readers]
        found = sorted(path.stem for path in (self.folder / crm).glob("*.jsonl"))
        return [*declared, *(n for n in found if n not in declared and n not in without)]
