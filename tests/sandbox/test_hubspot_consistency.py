"""After any history of changes, every way of reading the sandbox's HubSpot tells the same story."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from include.sandbox.hubspot_history import hubspot_stamp
from include.sandbox.messages import Request
from include.sandbox.server import Sandbox

START = datetime(2026, 3, 1, tzinfo=UTC)
LAG_SECONDS = 60
NUMBERS = st.integers(min_value=0, max_value=7)
# The types, and where their ids stand in a link.
SIDES = {"deals": 0, "contacts": 1}
TYPES = st.sampled_from(sorted(SIDES))


class Portal(RuleBasedStateMachine):
    """Deals and contacts that are changed, deleted, merged and linked in any order.

    `known` holds the amounts of either by id, `links` the ids of deals and contacts linked to each
    other, those of archived ones too.
    """

    @initialize(lag=st.sampled_from([0, LAG_SECONDS]), short_pages=st.booleans())
    def start(self, lag: int, short_pages: bool) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.sandbox = Sandbox(Path(self.folder.name))
        self.control = self.sandbox.control
        self.control.set_time(START.isoformat())
        self.control.index_lag(lag)
        self.control.trouble("hubspot", short_pages=short_pages)
        # Contacts have none by themselves, and a property is there when no record has it any more.
        told = {"id": "contacts.amount", "type": "number", "fieldType": "number"}
        self.control.upsert("hubspot", "properties", told)
        self.known: dict[str, dict[str, str]] = {type_: {} for type_ in SIDES}
        self.archived: set[tuple[str, str]] = set()
        self.links: set[tuple[str, str]] = set()
        self.last_ids = dict.fromkeys(SIDES, 0)
        self.change_count = 0
        for number in range(4):
            for type_ in SIDES:
                self.create(type_)
            self.link(number, number, is_link=True)
            self.link(number, 0, is_link=True)

    @rule(type_=TYPES)
    def create(self, type_: str) -> None:
        now = self.now()
        self.write(type_, self.new_id(type_), createdAt=now, updatedAt=now, archived=False)

    @rule(type_=TYPES, number=NUMBERS, is_calculated=st.booleans())
    def update(self, type_: str, number: int, is_calculated: bool) -> None:
        if key := self.pick(type_, number):
            self.write(type_, key, **({} if is_calculated else {"updatedAt": self.now()}))

    @rule(type_=TYPES, number=NUMBERS)
    def archive_or_restore(self, type_: str, number: int) -> None:
        if key := self.pick(type_, number):
            self.archived ^= {(type_, key)}
            if (type_, key) in self.archived:
                self.control.delete("hubspot", type_, key, self.now())
            else:
                self.control.upsert("hubspot", type_, {"id": key, "archived": False})

    @rule(type_=TYPES, number=NUMBERS)
    def delete_for_good(self, type_: str, number: int) -> None:
        if key := self.pick(type_, number):
            self.control.hard_delete("hubspot", type_, key, self.now())
            del self.known[type_][key]
            self.archived.discard((type_, key))
            self.links = {pair for pair in self.links if pair[SIDES[type_]] != key}

    @rule(type_=TYPES, first=NUMBERS, second=NUMBERS, is_new=st.booleans())
    def merge(self, type_: str, first: int, second: int, is_new: bool) -> None:
        winner, loser = self.pick(type_, first), self.pick(type_, second)
        if not winner or not loser or winner == loser:
            return
        new_id = self.new_id(type_) if is_new else None
        self.control.merge("hubspot", type_, winner, loser, self.now(), new_id=new_id)
        survivor = new_id or winner
        self.known[type_][survivor] = self.known[type_][winner]
        is_archived = (type_, winner) in self.archived
        for gone in {winner, loser} - {survivor}:
            del self.known[type_][gone]
            self.archived.discard((type_, gone))
            self.links = {self.moved(pair, SIDES[type_], gone, survivor) for pair in self.links}
        if is_archived:
            self.archived.add((type_, survivor))

    @rule(deal=NUMBERS, contact=NUMBERS, is_link=st.booleans())
    def link(self, deal: int, contact: int, is_link: bool) -> None:
        start, end = self.pick("deals", deal), self.pick("contacts", contact)
        if start and end and is_link:
            self.control.associate("deals", int(start), "contacts", int(end), 3)
            self.links.add((start, end))
        elif start and end:
            self.control.dissociate("deals", int(start), "contacts", int(end))
            self.links.discard((start, end))

    @rule(seconds=st.integers(min_value=1, max_value=LAG_SECONDS))
    def advance(self, seconds: int) -> None:
        self.control.advance(seconds)

    @rule()
    def read(self) -> None:
        """Lists, counts, batches and links tell of changes at once; a search may be behind."""
        for type_, known in self.known.items():
            gone = {key for key in known if (type_, key) in self.archived}
            live = {key: amount for key, amount in known.items() if key not in gone}
            assert self.listed(type_, "false") == live
            assert set(self.listed(type_, "true")) == gone
            assert self.usage(type_) == len(live)
            self.searched(type_)
            for key, amount in live.items():
                asked = {"inputs": [{"id": key}], "propertiesWithHistory": ["amount"]}
                path = f"/crm/v3/objects/{type_}/batch/read"
                (record,) = self.ask(path, asked | {"properties": ["amount"]})["results"]
                assert (record["id"], record["properties"]["amount"]) == (key, amount)
                assert record["propertiesWithHistory"]["amount"][0]["value"] == amount
        assert self.linked() == self.live_links()

    def teardown(self) -> None:
        """Once the index is no more behind, a search tells the same; and so does the content."""
        if not hasattr(self, "sandbox"):
            return
        self.read()
        self.control.advance(LAG_SECONDS)
        for type_, known in self.known.items():
            content = self.control.content("hubspot", type_)
            assert {row["id"]: row["properties"]["amount"] for row in content} == known
            assert self.searched(type_) == self.listed(type_, "false")
        assert self.live_links() == {
            (row["from_id"], row["to_id"])
            for row in self.control.content("hubspot", "associations")
            if row["from_type"] == "deals"
        }
        self.sandbox._server.server_close()
        self.folder.cleanup()

    def live_links(self) -> set[tuple[str, str]]:
        return {
            (deal, contact)
            for deal, contact in self.links
            if not {("deals", deal), ("contacts", contact)} & self.archived
        }

    def now(self) -> str:
        return hubspot_stamp(self.sandbox.clock())

    def write(self, type_: str, key: str, **record: Any) -> None:
        self.change_count += 1
        self.known[type_][key] = amount = str(self.change_count)
        change = {"id": key, "properties": {"amount": amount}, **record}
        self.control.upsert("hubspot", type_, change)

    def new_id(self, type_: str) -> str:
        self.last_ids[type_] += 1
        return str(self.last_ids[type_])

    def pick(self, type_: str, number: int) -> str | None:
        """One of the ids there are."""
        ids = list(self.known[type_])
        return ids[number % len(ids)] if ids else None

    def moved(self, pair: tuple[str, str], side: int, gone: str, survivor: str) -> tuple[str, str]:
        """A link, moved when it led to or from who is gone."""
        if pair[side] != gone:
            return pair
        return (survivor, pair[1]) if side == 0 else (pair[0], survivor)

    def ask(self, path: str, body: dict[str, Any] | None = None, **query: str) -> dict[str, Any]:
        target = f"{path}?{urlencode(query)}" if query else path
        request = Request(
            "GET" if body is None else "POST",
            target,
            {"authorization": "Bearer sandbox-token"},
            b"" if body is None else orjson.dumps(body),
            "",
        )
        response = self.sandbox.answer(request)
        assert response.status in (200, 207), response.body
        return orjson.loads(response.body)

    def listed(self, type_: str, archived: str) -> dict[str, str]:
        found: dict[str, str] = {}
        query = {"limit": "2", "archived": archived, "properties": "amount"}
        while True:
            page = self.ask(f"/crm/v3/objects/{type_}", **query)
            for record in page["results"]:
                assert record["id"] not in found
                found[record["id"]] = record["properties"]["amount"]
            if "paging" not in page:
                return found
            query["after"] = page["paging"]["next"]["after"]

    def searched(self, type_: str) -> dict[str, str]:
        found: dict[str, str] = {}
        body: dict[str, Any] = {"limit": 150, "properties": ["amount"]}
        while True:
            page = self.ask(f"/crm/v3/objects/{type_}/search", body)
            for record in page["results"]:
                found[record["id"]] = record["properties"]["amount"]
            if "paging" not in page:
                assert page["total"] == len(found)
                return found
            body["after"] = page["paging"]["next"]["after"]

    def usage(self, type_: str) -> int:
        counted = self.ask("/crm/v3/limits/records")["hubspotDefinedObjectTypes"]
        return next(each["usage"] for each in counted if each["pluralLabel"] == type_)

    def linked(self) -> set[tuple[str, str]]:
        inputs = [{"id": key} for key in self.known["deals"]]
        answer = self.ask("/crm/v4/associations/deals/contacts/batch/read", {"inputs": inputs})
        return {
            (result["from"]["id"], str(target["toObjectId"]))
            for result in answer["results"]
            for target in result["to"]
        }


Portal.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestPortal = Portal.TestCase
