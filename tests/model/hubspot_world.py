"""Deals in HubSpot and their contacts: merges, the archive, an index that lags, links without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core.reading import Checkpoint, Reading
from include.extract import hubspot
from include.extract.limiter import Limiter
from include.land.ledger import PlannedWindow
from include.tables import source_object
from include.tables.ops import rate_limit_bucket
from tests.model.crm_world import CrmWorld

DEAL, LINK = "hubspot.deal", "hubspot.deal_contact"
COLUMNS = ("deal_name", "amount_original", "is_deleted", "merged_into_id")
CONTACTS = ("901", "902", "903")
DEAL_TO_CONTACT = 3


class HubSpotWorld(CrmWorld):
    """A portal with deals, and three contacts they are linked to."""

    object_ids = (DEAL, LINK)
    crm = "hubspot"

    def __init__(self, engine: sa.Engine, *arguments: Any) -> None:
        super().__init__(engine, *arguments)
        with engine.begin() as connection:
            connection.execute(rate_limit_bucket.delete())
        for key in CONTACTS:
            self._upsert("contacts", key, {})
        self.keys: list[str] = []
        self.restored: set[str] = set()
        # Deals of which links changed after they did themselves: only a sweep sees that.
        self.newly_linked: set[str] = set()
        # Where a merged deal went at first.
        self.merged_into: dict[str, str] = {}
        self.client = hubspot.connect(
            hubspot.HubSpotCredentials("sandbox-token", self.sandbox.url),
            self.sources.hubspot,
            Limiter(engine, sleep=lambda seconds: None),
        )
        self.client._sleep = lambda seconds: None

    def begin(
        self, object_id: str, planned: PlannedWindow, spool: Path, resume: Checkpoint | None
    ) -> Reading:
        return hubspot.read(
            self.client,
            source_object(object_id),
            planned.query_window,
            planned.mode,
            spool,
            resume=resume,
        )

    # What users do

    def create(self, name: str) -> None:
        self._upsert("deals", self._new_key(), {"dealname": name, "dealstage": "open"})

    def update(self, key: str, name: str) -> None:
        if self._is_live(key):
            self._upsert("deals", key, {"dealname": name})
            self.newly_linked.discard(key)

    def recompute(self, key: str, amount: int) -> None:
        """A calculated property has another value: no cursor moves."""
        if self._is_live(key):
            record = {"id": key, "properties": {"amount": str(amount)}}
            self.control.upsert("hubspot", "deals", record)

    def archive(self, key: str) -> None:
        if self._is_live(key):
            self.ever_gone.add(key)
            self.control.delete("hubspot", "deals", key, self._stamp())

    def restore(self, key: str) -> None:
        """Out of the archive again, which moves no cursor either."""
        if any(r["id"] == key and r["archived"] for r in self.content()):
            self.restored.add(key)
            record = {"id": key, "archived": False, "archivedAt": None}
            self.control.upsert("hubspot", "deals", record)

    def hard_delete(self, key: str) -> None:
        """As the GDPR wants it: no trace is left."""
        if any(record["id"] == key for record in self.content()):
            self.ever_gone.add(key)
            self.control.hard_delete("hubspot", "deals", key, self._stamp())

    def merge(self, winner: str, loser: str, is_new: bool) -> None:
        if winner == loser or not (self._is_live(winner) and self._is_live(loser)):
            return
        new_id = self._new_key() if is_new else None
        self.control.merge("hubspot", "deals", winner, loser, self._stamp(), new_id=new_id)
        self.newly_linked.discard(new_id or winner)
        for gone in {winner, loser} - {new_id or winner}:
            self.merged_into[gone] = new_id or winner
            self.ever_gone.add(gone)

    def link(self, key: str, contact: str) -> None:
        if self._is_live(key):
            self.newly_linked.add(key)
            self.control.associate("deals", int(key), "contacts", int(contact), DEAL_TO_CONTACT)

    def unlink(self, key: str, contact: str) -> None:
        if self._is_live(key):
            self.newly_linked.add(key)
            self.control.dissociate("deals", int(key), "contacts", int(contact))

    def content(self) -> list[dict[str, Any]]:
        """The truth about deals."""
        return self.control.content("hubspot", "deals")

    def _new_key(self) -> str:
        self.keys.append(str(len(self.keys) + 1))
        return self.keys[-1]

    def _upsert(self, name: str, key: str, properties: dict[str, str]) -> None:
        cursor = "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"
        is_new = all(record["id"] != key for record in self.control.content("hubspot", name))
        record: dict[str, Any] = {
            "id": key,
            "properties": {**properties, "hs_object_id": key, cursor: self._stamp()},
            "updatedAt": self._stamp(),
        }
        if is_new:
            record |= {"createdAt": self._stamp(), "archived": False}
        self.control.upsert("hubspot", name, record)

    def _is_live(self, key: str) -> bool:
        return any(r["id"] == key and not r["archived"] for r in self.content())

    def _stamp(self) -> str:
        return self.now.strftime("%Y-%m-%dT%H:%M:%S.") + f"{self.now.microsecond // 1000:03}Z"

    # What staging has to hold

    def expected(self) -> dict[str, tuple[Any, ...]]:
        """Every deal there is, archived ones too."""
        return {
            record["id"]: (
                record["properties"].get("dealname"),
                int(record["properties"]["amount"]) if "amount" in record["properties"] else None,
                record["archived"],
                None,
            )
            for record in self.content()
        }

    def check_changes(self) -> None:
        """What reading by change alone has to know: names, archive, merges, links of what changed."""
        staged, expected = self.current(DEAL, *COLUMNS), self.expected()
        for key, (name, _, is_archived, _) in expected.items():
            if key not in self.restored:
                assert (staged[key][0], staged[key][2]) == (name, is_archived), key
        self._check_merged(staged, expected)
        unsettled = self.newly_linked | self.restored
        changed = {key for key, row in expected.items() if not row[2] and key not in unsettled}
        assert _of(changed, self.staged_links()) == _of(changed, self.links())

    def check_everything(self) -> None:
        """After a sweep, the warehouse equals the portal."""
        staged, expected = self.current(DEAL, *COLUMNS), self.expected()
        assert {key: staged.get(key) for key in expected} == expected
        assert [key for key, row in staged.items() if key not in expected and not row[2]] == []
        self._check_merged(staged, expected)
        assert self.staged_links() == self.links()

    def staged_links(self) -> set[tuple[str, str]]:
        """Pairs of deal and contact that staging holds for linked."""
        rows = self.current(LINK, "deal_id", "contact_id", "is_deleted").values()
        return {(deal, contact) for deal, contact, is_gone in rows if contact and not is_gone}

    def links(self) -> set[tuple[str, str]]:
        """The truth about links of deals that are not archived."""
        return {
            (link["from_id"], link["to_id"])
            for link in self.control.content("hubspot", "associations")
            if (link["from_type"], link["to_type"]) == ("deals", "contacts")
        }

    def _check_merged(
        self, staged: dict[str, tuple[Any, ...]], expected: dict[str, tuple[Any, ...]]
    ) -> None:
        """A merged deal that was ever read is deleted, and leads to the one that stands for it now.

        Step by step: of two that swallowed it in one instant either may be named.
        """
        for key in self.merged_into.keys() & staged.keys():
            survivor, told = _end(key, self.merged_into), {k: row[3] for k, row in staged.items()}
            # Of a survivor that is gone without a trace nobody knows what it had swallowed.
            if survivor in expected:
                assert staged[key][2], key
                assert _end(key, told) == survivor, key


def _end(key: str, following: Mapping[str, str | None]) -> str:
    """Where a chain leads."""
    while (after := following.get(key)) is not None:
        key = after
    return key


def _of(deals: set[str], links: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Links of some deals."""
    return {pair for pair in links if pair[0] in deals}
