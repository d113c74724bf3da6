"""Accounts in Salesforce: merges, the recycle bin, purges, formulas, late commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from include.core.reading import Checkpoint, Reading
from include.extract import salesforce
from include.land.ledger import PlannedWindow
from include.tables import source_object
from tests.model.crm_world import LATEST_VISIBILITY, CrmWorld

OBJECT = "salesforce.account"
# A formula here: a change of it moves no stamp.
FORMULA = "NumberOfEmployees"
COLUMNS = ("account_name", "industry", "employee_count", "is_deleted", "merged_into_id")


class SalesforceWorld(CrmWorld):
    """An org with accounts."""

    object_ids = (OBJECT,)
    crm = "salesforce"

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.control.declare_field("Account", FORMULA, "int", calculated=True)
        self.client = self._connect()
        self.keys: list[str] = []
        # A record in a transaction that is not committed is locked.
        self.locked_until: dict[str, datetime] = {}

    def _connect(self) -> salesforce.SalesforceClient:
        credentials = salesforce.SalesforceCredentials(
            consumer_key="sandbox",
            consumer_secret="sandbox-secret",
            domain="acme.my",
            base_url=self.sandbox.url,
        )
        return salesforce.connect(credentials, self.sources.salesforce)

    def begin(
        self, object_id: str, planned: PlannedWindow, spool: Path, resume: Checkpoint | None
    ) -> Reading:
        return salesforce.read(
            self.client,
            source_object(object_id),
            planned.query_window,
            planned.mode,
            spool,
            resume=resume,
        )

    # What users do. Stamps are of the instant, in whole seconds, as the service has them.

    def create(self, name: str, late_minutes: int) -> None:
        key = f"001{len(self.keys):012}AAA"
        self.keys.append(key)
        record = {"Name": name, "IsDeleted": False, "CreatedDate": self._stamp()}
        self._write(key, record, late_minutes)

    def update(self, key: str, name: str, late_minutes: int) -> None:
        """Also out of the recycle bin; of one purged nothing is left to change."""
        if self._is_there(key):
            self._write(key, {"Name": name, "Industry": name.upper()}, late_minutes)

    def restore(self, key: str) -> None:
        """Out of the recycle bin again."""
        if self._is_there(key):
            self._write(key, {"IsDeleted": False, "MasterRecordId": None}, 0)

    def recompute(self, key: str, value: int) -> None:
        """A formula has another value."""
        if self._is_there(key):
            self.control.upsert("salesforce", "Account", {"Id": key, FORMULA: value})

    def delete(self, key: str, late_minutes: int) -> None:
        if self._is_there(key):
            due = self._due(key, late_minutes)
            self.ever_gone.add(key)
            self.control.delete("salesforce", "Account", key, self._stamp(), due)

    def hard_delete(self, key: str) -> None:
        if self._is_there(key):
            self.ever_gone.add(key)
            self.control.hard_delete("salesforce", "Account", key, self._stamp())

    def merge(self, winner: str, loser: str) -> None:
        is_possible = self._is_there(winner) and self._is_there(loser)
        live = {record["Id"] for record in self.content() if not record["IsDeleted"]}
        if winner != loser and is_possible and {winner, loser} <= live:
            self.ever_gone.add(loser)
            self.control.merge("salesforce", "Account", winner, loser, self._stamp())

    def purge(self) -> None:
        if not any(self._is_locked(key) for key in self.keys):
            self.control.empty_recycle_bin(0)

    def content(self) -> list[dict[str, Any]]:
        """The truth."""
        return self.control.content("salesforce", "Account")

    def _write(self, key: str, record: dict[str, Any], late_minutes: int) -> None:
        stamps = {"SystemModstamp": self._stamp(), "LastModifiedDate": self._stamp()}
        due = self._due(key, late_minutes)
        self.control.upsert("salesforce", "Account", {"Id": key, **record, **stamps}, due)

    def _is_there(self, key: str) -> bool:
        """The record can be changed: it was not purged, and nobody else is at it."""
        return not self._is_locked(key) and any(r["Id"] == key for r in self.content())

    def _is_locked(self, key: str) -> bool:
        return self.now < self.locked_until.get(key, self.now)

    def _stamp(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    def _due(self, key: str, late_minutes: int) -> str | None:
        """When a transaction that takes so long is committed."""
        late = min(timedelta(minutes=late_minutes), LATEST_VISIBILITY)
        self.locked_until[key] = self.now + late
        return (self.now + late).isoformat() if late else None

    # What staging has to hold

    def expected(self) -> dict[str, tuple[Any, ...]]:
        """Every account there is, those in the recycle bin too."""
        return {
            record["Id"]: (
                record["Name"],
                record.get("Industry"),
                record.get(FORMULA),
                record["IsDeleted"],
                record.get("MasterRecordId"),
            )
            for record in self.content()
        }

    def check_changes(self) -> None:
        """What reading by change alone has to know: all but formulas, and deletions in the log."""
        staged, expected = self.current(OBJECT, *COLUMNS), self.expected()
        formula = COLUMNS.index("employee_count")

        def without(row: tuple[Any, ...]) -> tuple[Any, ...]:
            return (*row[:formula], *row[formula + 1 :])

        for key, row in expected.items():
            assert without(staged[key]) == without(row), key
        if not self.has_gap():
            self._check_gone(staged, expected)

    def check_everything(self) -> None:
        """After a sweep, the warehouse equals the org."""
        staged, expected = self.current(OBJECT, *COLUMNS), self.expected()
        assert {key: staged.get(key) for key in expected} == expected
        self._check_gone(staged, expected)

    def _check_gone(
        self, staged: dict[str, tuple[Any, ...]], expected: dict[str, tuple[Any, ...]]
    ) -> None:
        is_deleted = COLUMNS.index("is_deleted")
        alive = [key for key, row in staged.items() if key not in expected and not row[is_deleted]]
        assert alive == []
