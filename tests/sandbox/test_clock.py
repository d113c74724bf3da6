"""The sandbox's own time, and writes that are visible later than they are made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce

from include.sandbox.clock import Clock
from include.sandbox.server import Sandbox
from include.sandbox.store import Store
from tests.sandbox.sandbox_data import salesforce_id

START = datetime(2026, 3, 30, tzinfo=UTC)


@pytest.fixture
def store(company_folder: Path) -> Store:
    return Store(company_folder, Clock(lambda: START))


class TestClock:
    def test_it_is_the_real_time_until_it_is_set(self) -> None:
        before = datetime.now(UTC)
        assert before <= Clock()() <= datetime.now(UTC)

    def test_a_clock_that_runs_keeps_running_after_an_advance(self) -> None:
        times = iter([START, START + timedelta(seconds=1)])
        clock = Clock(lambda: next(times))
        clock.advance(60)
        assert clock() == START + timedelta(seconds=60)
        assert clock() == START + timedelta(seconds=61)

    def test_it_stands_still_where_it_is_set_and_goes_on_from_there(self) -> None:
        clock = Clock()
        clock.advance(5)
        clock.set(START)
        assert clock() == clock() == START
        clock.advance(1.5)
        assert clock() == START + timedelta(seconds=1.5)

    def test_it_is_set_over_http_and_the_services_go_by_it(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        def earliest() -> str:
            start, end = (datetime(2026, 4, day, tzinfo=UTC) for day in (2, 3))
            return salesforce.Account.deleted(start, end)["earliestDateAvailable"]

        def control(action: str, **arguments: Any) -> None:
            url = f"{sandbox.url}/control/{action}"
            assert requests.post(url, json=arguments, timeout=10).status_code == 200

        # The log reaches back 15 days: from 3 April to 19 March, an hour later an hour less far.
        control("set_time", at="2026-04-03T00:00:00")
        assert earliest() == "2026-03-19T00:00:00.000+0000"
        control("advance", seconds=3600)
        assert earliest() == "2026-03-19T01:00:00.000+0000"


class TestLateCommits:
    """In Salesforce a write that commits late is nowhere until then, with an earlier stamp."""

    def upsert(self, sandbox: Sandbox, number: int, name: str, visible_at: str | None) -> None:
        record = {
            "Id": salesforce_id("001", number),
            "Name": name,
            "IsDeleted": False,
            "SystemModstamp": "2026-03-29T23:59:59.000+0000",
        }
        sandbox.control.upsert("salesforce", "Account", record, visible_at=visible_at)

    def names(self, salesforce: Salesforce) -> list[str]:
        query = "SELECT Name FROM Account WHERE SystemModstamp >= 2026-03-29T00:00:00Z ORDER BY Id"
        return [record["Name"] for record in salesforce.query(query)["records"]]

    def test_a_change_is_seen_from_its_instant_on(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        self.upsert(sandbox, 1, "Renamed", "2026-03-30T00:00:03Z")
        self.upsert(sandbox, 900, "New", "2026-03-30T00:00:03Z")
        key = salesforce_id("001", 1)
        sandbox.control.advance(2)
        assert self.names(salesforce) == []
        assert salesforce.Account.get(key)["Name"] == "Company 1"
        assert len(sandbox.control.content("salesforce", "Account")) == 450
        sandbox.control.advance(1)
        assert self.names(salesforce) == ["Renamed", "New"]
        assert salesforce.Account.get(key)["Name"] == "Renamed"
        assert len(sandbox.control.content("salesforce", "Account")) == 451

    def test_a_later_write_to_the_same_record_waits_for_it(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        self.upsert(sandbox, 1, "First", "2026-03-30T00:00:10Z")
        self.upsert(sandbox, 1, "Second", None)
        self.upsert(sandbox, 2, "Other", None)
        assert self.names(salesforce) == ["Other"]
        sandbox.control.advance(10)
        assert self.names(salesforce) == ["Second", "Other"]

    def test_deletions_and_merges_can_be_late_too(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        one, two, three, four = (salesforce_id("001", n) for n in (1, 2, 3, 4))
        at, visible = "2026-03-29T12:00:00.000+0000", "2026-03-30T01:00:00Z"
        control = sandbox.control
        control.delete("salesforce", "Account", one, at, visible_at=visible)
        control.hard_delete("salesforce", "Account", two, at, visible_at=visible)
        control.merge("salesforce", "Account", three, four, at, visible_at=visible)
        span = (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))
        assert salesforce.Account.deleted(*span)["deletedRecords"] == []
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 445
        control.advance(3600)
        deleted = {entry["id"] for entry in salesforce.Account.deleted(*span)["deletedRecords"]}
        assert deleted == {one, two, four}
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 442

    def test_what_is_not_there_cannot_be_deleted_even_later(self, store: Store) -> None:
        arguments = ("salesforce", "Account", salesforce_id("001", 900))
        at, visible = "2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z"
        with pytest.raises(KeyError):
            store.hard_delete(*arguments, at, visible_at=visible)
        store.upsert(*arguments[:2], {"Id": arguments[2]}, visible_at=visible)
        store.hard_delete(*arguments, at)
        store.clock.advance(3600)
        assert len(list(store.records("salesforce", "Account"))) == 450
        assert store.purged == [("Account", arguments[2], at)]


class TestIndexLag:
    """HubSpot's lists have a write at once; its search index follows."""

    def amounts(self, store: Store, *keys: str) -> list[str | None]:
        """Amounts in the index, None for records it does not have."""
        table = store.search_table("deals")
        positions = [table.position(key) for key in keys]
        return [None if p is None else table.record(p)["properties"]["amount"] for p in positions]

    def upsert(self, store: Store, key: str, amount: str, visible_at: str | None = None) -> None:
        record = {"id": key, "properties": {"amount": amount}, "createdAt": "2026-03-30T00:00:00Z"}
        store.upsert("hubspot", "deals", record, visible_at=visible_at)

    def test_without_lag_the_index_is_the_store(self, store: Store) -> None:
        assert store.search_table("deals") is store.hubspot["deals"]
        self.upsert(store, "1", "99")
        assert self.amounts(store, "1") == ["99"]

    def test_a_write_is_found_after_the_lag(self, store: Store) -> None:
        store.index_lag_seconds = 20
        self.upsert(store, "1", "99")
        self.upsert(store, "9000", "5")
        store.clock.advance(10)
        self.upsert(store, "2", "98")
        stored = {r["id"]: r["properties"]["amount"] for r in store.records("hubspot", "deals")}
        assert (stored["1"], stored["2"], stored["9000"]) == ("99", "98", "5")
        assert self.amounts(store, "1", "9000", "2") == ["10", None, "20"]
        store.clock.advance(10)
        assert self.amounts(store, "1", "9000", "2") == ["99", "5", "20"]
        store.clock.advance(10)
        assert self.amounts(store, "2") == ["98"]

    def test_one_write_may_lag_by_itself(self, store: Store) -> None:
        self.upsert(store, "1", "99", visible_at="2026-03-30T00:01:00Z")
        self.upsert(store, "2", "98")
        self.upsert(store, "1", "97")
        # Deal 1 waits for its late version; the other is found at once.
        assert self.amounts(store, "1", "2") == ["10", "98"]
        store.clock.advance(60)
        assert self.amounts(store, "1") == ["97"]

    def test_archived_merged_and_purged_records_stay_in_the_index_for_a_while(
        self, store: Store
    ) -> None:
        store.index_lag_seconds = 20
        store.delete("hubspot", "deals", "1", "2026-03-30T00:00:00Z")
        store.hard_delete("hubspot", "deals", "2", "2026-03-30T00:00:00Z")
        store.merge("hubspot", "deals", "3", "4", "2026-03-30T00:00:00Z")

        def seen() -> list[Any]:
            index = store.search_table("deals")
            first = index.record(index.position("1") or 0)
            return [first["archived"], *(index.position(key) is None for key in "24")]

        assert seen() == [False, False, False]
        assert {"2", "4"}.isdisjoint(r["id"] for r in store.records("hubspot", "deals"))
        store.clock.advance(20)
        assert seen() == [True, True, True]

    def test_listings_without_search_have_no_index(self, store: Store) -> None:
        store.index_lag_seconds = 20
        store.upsert("hubspot", "owners", {"id": "1", "email": "new@example.com"})
        assert store.search_table("owners") is store.hubspot["owners"]


class TestContent:
    def test_it_is_every_record_there_is(self, sandbox: Sandbox) -> None:
        records = sandbox.control.content("salesforce", "Account")
        # Five of 450 are deleted; every record tells it, and when it was last modified.
        assert (len(records), sum(record["IsDeleted"] for record in records)) == (450, 5)
        assert all(record["LastModifiedDate"] == record["SystemModstamp"] for record in records)
        sandbox.control.hide("salesforce", "Account")
        answer = requests.post(
            f"{sandbox.url}/control/content",
            json={"crm": "salesforce", "name": "Account"},
            timeout=10,
        )
        assert answer.json() == records

    def test_hubspots_has_archived_records(self, sandbox: Sandbox) -> None:
        records = sandbox.control.content("hubspot", "deals")
        # Every fiftieth of 250 deals is archived.
        assert (len(records), sum(record["archived"] for record in records)) == (250, 5)
