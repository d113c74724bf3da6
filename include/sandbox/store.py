"""What the sandbox's two CRMs hold, and how it may be changed while they are served."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from include.sandbox.clock import Clock
from include.sandbox.columns import epoch_milliseconds
from include.sandbox.hubspot_history import HISTORY, history_after
from include.sandbox.links import Links
from include.sandbox.table import Record, RecordTable
from include.tables import SOURCE_OBJECTS

# One row: what the org's own administrators let the credentials do.
OWN_PERMISSIONS = "UserPermissionAccess"
_GRANTED = {
    "Id": "0P0000000000001AAA",
    "PermissionsManageUsers": True,
    "PermissionsMonitorLoginHistory": True,
    "PermissionsViewAllData": True,
    "PermissionsViewAllForecasts": True,
}
HUBSPOT_LISTINGS = (
    "owners",
    "pipelines_deals",
    "pipelines_tickets",
    "campaigns",
    "logins",
    "exchange_rates",
    "deal_splits",
    "forms",
    "form_submissions",
    "properties",
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


@dataclass(frozen=True)
class DeclaredField:
    """A Salesforce field with a type its records do not tell: a formula, a file."""

    type: str
    is_calculated: bool


class Store:
    """The records of both CRMs, read from a data folder when they are first asked for.

    A write can be visible later than it is made; `clock` says what is visible now.

    Salesforce: a write with `visible_at` is not there at all until then, in no query and no log,
    although it carries an earlier stamp: a transaction that commits late. A later write to the
    same record waits for it, as behind a lock.

    HubSpot: a write is there at once for lists, gets and batch reads. Its search index
    (`search_table`) has it `index_lag_seconds` later, or at `visible_at`.
    """

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self.clock = clock or Clock()
        self.permissions = Permissions()
        self.salesforce = {
            name: RecordTable(folder / "salesforce" / f"{name}.jsonl", "Id")
            for name in (
                *self._names("salesforce", ("query",), {OWN_PERMISSIONS}),
                OWN_PERMISSIONS,
            )
        }
        if not self.salesforce[OWN_PERMISSIONS].positions().size:
            self.salesforce[OWN_PERMISSIONS].upsert(_GRANTED)
        listings = {*HUBSPOT_LISTINGS, "associations"}
        self.hubspot = {
            name: RecordTable(folder / "hubspot" / f"{name}.jsonl", "id")
            for name in (*self._names("hubspot", ("crm_object",), listings), *HUBSPOT_LISTINGS)
        }
        # (object, id, when) of what was purged: it leaves no record, only a line in the log.
        self.purged: list[tuple[str, str, str]] = []
        # Where a merged HubSpot record went: reading the old id gives the surviving record.
        self.merged: dict[tuple[str, str], str] = {}
        self.index_lag_seconds = 0.0
        self._declared_fields: dict[str, dict[str, DeclaredField]] = {}
        # What HubSpot's search knows of an object, once it lagged; before that, the object itself.
        self._indexes: dict[str, RecordTable] = {}
        # Writes that are not visible yet, the first to become so at the head.
        self._pending: list[tuple[datetime, int, Callable[[], None]]] = []
        self._visible_at_by_record: dict[tuple[str, str, str], datetime] = {}
        self._sequence = itertools.count()
        self._links: Links | None = None
        self._lock = threading.RLock()

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

    def search_table(self, name: str) -> RecordTable:
        """The records of a HubSpot object as its search index has them now.

        It is the object's own table until the index lags for the first time.
        """
        with self._lock:
            self.settle()
            return self._indexes.get(name, self.hubspot[name])

    def records(self, crm: str, name: str) -> Iterator[Record]:
        """Every record of an object that is visible now, deleted and archived ones too.

        HubSpot's `associations` are the links whose both ends are there and not archived.
        """
        self.settle()
        if (crm, name) == ("hubspot", "associations"):
            return self._live_links()
        return self.table(crm, name).records()

    def _live_links(self) -> Iterator[Record]:
        archived: dict[str, set[str]] = {}
        for link in self.links.records():
            for type_ in (link["from_type"], link["to_type"]):
                if type_ not in archived:
                    rows = self.hubspot[type_].records()
                    archived[type_] = {row["id"] for row in rows if row.get("archived")}
            if link["from_id"] not in archived[link["from_type"]] and (
                link["to_id"] not in archived[link["to_type"]]
            ):
                yield link

    def settle(self) -> None:
        """Make visible what has become so by now; called before each request is answered."""
        with self._lock:
            now = self.clock()
            while self._pending and self._pending[0][0] <= now:
                heapq.heappop(self._pending)[2]()

    def upsert(self, crm: str, name: str, record: Record, visible_at: str | None = None) -> None:
        """Put a record in; one with the same id is overwritten field by field."""
        key = str(record[self.table(crm, name).key])
        now = self.clock()

        def write(table: RecordTable) -> None:
            _put(table, crm, name, record, now)

        self._write(crm, name, (key,), write, visible_at)

    def delete(self, crm: str, name: str, key: str, at: str, visible_at: str | None = None) -> None:
        """Delete a record so that it can be restored: the recycle bin, or HubSpot's archive.

        Salesforce moves the record's SystemModstamp, HubSpot leaves its cursor alone.
        """
        if crm == "salesforce":
            changes = {"IsDeleted": True, "SystemModstamp": at, "LastModifiedDate": at}
            self.upsert(crm, name, {"Id": key, **changes}, visible_at)
        else:
            changes = {"archived": True, "archivedAt": at}
            self.upsert(crm, name, {"id": key, **changes}, visible_at)

    def hard_delete(
        self, crm: str, name: str, key: str, at: str, visible_at: str | None = None
    ) -> None:
        """Delete a record for good; only Salesforce's log of deletions still knows it.

        Raises:
            KeyError: there is no such record.
        """
        self._require(crm, name, key)

        def write(table: RecordTable) -> None:
            table.remove(key)
            if crm == "salesforce":
                self.purged.append((name, key, at))

        self._write(crm, name, (key,), write, visible_at)
        if crm == "hubspot" and name not in HUBSPOT_LISTINGS:
            self.links.drop(name, int(key))

    def merge(
        self,
        crm: str,
        name: str,
        winner: str,
        loser: str,
        at: str,
        visible_at: str | None = None,
        new_id: str | None = None,
    ) -> None:
        """Merge one record into another.

        In Salesforce the loser is deleted and names its master; in HubSpot it vanishes, and the
        winner lists it and has its links. With `new_id` HubSpot makes a new record out of the
        winner and lists both.

        Raises:
            KeyError: one of the two is not there.
        """
        now = self.clock()
        for key in (winner, loser):
            self._require(crm, name, key)
        if crm == "salesforce":
            keys: tuple[str, ...] = (winner, loser)
            stamps = {"SystemModstamp": at, "LastModifiedDate": at}
            deleted = {"Id": loser, "IsDeleted": True, "MasterRecordId": winner, **stamps}

            def write(table: RecordTable) -> None:
                _put(table, crm, name, deleted, now)
                _put(table, crm, name, {"Id": winner, **stamps}, now)
        else:
            survivor = new_id or winner
            keys = (winner, loser, survivor)
            for gone in {loser, winner} - {survivor}:
                self.merged[name, gone] = survivor
                self.links.move(name, int(gone), int(survivor))

            def write(table: RecordTable) -> None:
                _merge_hubspot(table, name, (winner, loser, survivor), at, now)

        self._write(crm, name, keys, write, visible_at)

    def surviving(self, name: str, key: str) -> str:
        """The id of the HubSpot record that one with this id was merged into, or is itself."""
        while (name, key) in self.merged:
            key = self.merged[name, key]
        return key

    def empty_recycle_bin(self, older_than_days: float) -> None:
        """Delete for good what Salesforce's recycle bin has held for so many days."""
        with self._lock:
            self.settle()
            before = self.clock() - timedelta(days=older_than_days)
            for name, table in self.salesforce.items():
                deleted = [
                    (record["Id"], record["SystemModstamp"])
                    for record in table.records()
                    if record.get("IsDeleted")
                ]
                for key, at in deleted:
                    if datetime.fromisoformat(at) <= before:
                        self.hard_delete("salesforce", name, key, at)

    def declare_field(self, name: str, field: str, type_: str, is_calculated: bool) -> None:
        """Give a Salesforce object a field, or a field another type."""
        declared = self._declared_fields.setdefault(name, {})
        declared[field] = DeclaredField(type_, is_calculated)
        self.salesforce[name].forget()

    def declared_fields(self, name: str) -> dict[str, DeclaredField]:
        """Fields that were declared of a Salesforce object."""
        return self._declared_fields.get(name, {})

    def document(self, name: str) -> list[Any]:
        """Every record of a HubSpot listing that is small enough to be read whole."""
        return list(self.hubspot[name].records())

    def _write(
        self,
        crm: str,
        name: str,
        keys: Sequence[str],
        write: Callable[[RecordTable], None],
        visible_at: str | None,
    ) -> None:
        """Make a write now or when it is due, and let HubSpot's index follow."""
        with self._lock:
            self.settle()
            due = datetime.fromisoformat(visible_at) if visible_at else None
            table = self.table(crm, name)
            if crm == "salesforce":
                self._make_at(due or self.clock(), (crm, name, keys), lambda: write(table))
                return
            has_index = name not in HUBSPOT_LISTINGS
            if has_index and name not in self._indexes and (due or self.index_lag_seconds):
                self._indexes[name] = table.twin()
            write(table)
            if name in self._indexes:
                index = self._indexes[name]
                due = due or self.clock() + timedelta(seconds=self.index_lag_seconds)
                self._make_at(due, (crm, name, keys), lambda: write(index))

    def _make_at(
        self, due: datetime, what: tuple[str, str, Sequence[str]], write: Callable[[], None]
    ) -> None:
        """Make a write at an instant, after earlier ones to the same records."""
        crm, name, keys = what
        records = [(crm, name, key) for key in keys]
        due = max([due, *(self._visible_at_by_record.get(record, due) for record in records)])
        if due <= self.clock():
            write()
            return
        self._visible_at_by_record.update(dict.fromkeys(records, due))
        heapq.heappush(self._pending, (due, next(self._sequence), write))

    def _require(self, crm: str, name: str, key: str) -> None:
        """A record is there, or will be."""
        is_there = self.table(crm, name).position(key) is not None
        if not is_there and (crm, name, key) not in self._visible_at_by_record:
            raise KeyError(f"{name} has no record {key}")

    def _names(
        self, crm: str, readers: tuple[str, ...], without: set[str] | frozenset[str] = frozenset()
    ) -> list[str]:
        """Objects we read of a CRM, and further ones the folder holds."""
        declared = [o.name for o in SOURCE_OBJECTS if o.crm == crm and o.reader in readers]
        found = sorted(path.stem for path in (self.folder / crm).glob("*.jsonl"))
        return [*declared, *(n for n in found if n not in declared and n not in without)]


def _put(table: RecordTable, crm: str, name: str, record: Record, now: datetime) -> None:
    """Put a record into a table, over what it knows of it."""
    position = table.position(str(record[table.key]))
    known = {} if position is None else table.record(position)
    merged = {**known, **record}
    if crm == "hubspot" and "properties" in known:
        merged["properties"] = {**known["properties"], **record.get("properties", {})}
        if name not in HUBSPOT_LISTINGS:
            merged[HISTORY] = history_after(known, record, now)
    table.upsert(merged)


def _merge_hubspot(
    table: RecordTable, name: str, keys: tuple[str, str, str], at: str, now: datetime
) -> None:
    """Take the loser out, and note in the survivor who was merged and when."""
    winner, loser, survivor = keys
    records = {}
    for key in (winner, loser):
        position = table.position(key)
        if position is None:
            raise KeyError(f"{name} has no record {key}")
        records[key] = table.record(position)
    known = records[winner]
    # Ids are listed over all merges, also those of records that were merged before.
    listed = [records[key]["properties"].get("hs_merged_object_ids") or "" for key in keys[:2]]
    gone = [winner, loser] if survivor != winner else [loser]
    cursor = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
    properties = {
        "hs_merged_object_ids": ";".join(part for part in [*listed, *gone] if part),
        cursor: at,
    }
    if name == "contacts":
        # Only of the merges of this record itself, and with their instants.
        vids = known["properties"].get("hs_calculated_merged_vids") or ""
        milliseconds = epoch_milliseconds(at)
        merges = [f"{key}:{milliseconds}" for key in gone]
        properties["hs_calculated_merged_vids"] = ";".join([*filter(None, [vids]), *merges])
    table.remove(loser)
    if survivor != winner:
        table.remove(winner)
        properties["hs_object_id"] = survivor
        table.upsert({**known, "id": survivor})
    change = {"id": survivor, "updatedAt": at, "properties": properties}
    _put(table, "hubspot", name, change, now)
