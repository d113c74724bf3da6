"""The sandbox's search index lags behind its store; the store is what lists and batch reads give."""

from __future__ import annotations

from datetime import UTC, datetime

import hubspot
import pytest
from hubspot.crm.deals import BatchReadInputSimplePublicObjectId

from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import condition, found_ids, search

NEW = "2026-03-29T23:59:50.000Z"


def change(sandbox: Sandbox, key: str = "1", visible_at: str | None = None, **values: str) -> None:
    record = {
        "id": key,
        "createdAt": NEW,
        "updatedAt": NEW,
        "properties": {**values, "hs_lastmodifieddate": NEW},
    }
    sandbox.control.upsert("hubspot", "deals", record, visible_at)


def stored_amounts(client: hubspot.Client, *keys: str) -> list[str]:
    request = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": key} for key in keys], properties=["amount"], properties_with_history=[]
    )
    return [
        record.properties["amount"] for record in client.crm.deals.batch_api.read(request).results
    ]


class TestIndexLag:
    """The clock stands still unless it is advanced."""

    def test_a_change_is_found_under_its_old_values_until_the_index_has_it(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.index_lag(30)
        change(sandbox, amount="99999")
        # Deal 1 was modified on 2 March and had the amount 10.
        assert found_ids(client, condition("hs_lastmodifieddate", "GTE", NEW)) == []
        (old,) = search(client, condition("amount", "EQ", "10"), properties=["amount"]).results
        assert old.properties["amount"] == "10"
        assert old.properties["hs_lastmodifieddate"] == "2026-03-02T08:00:00.000Z"
        assert stored_amounts(client, "1") == ["99999"]
        listed = client.crm.deals.basic_api.get_page(limit=1, properties=["amount"]).results[0]
        assert listed.properties["amount"] == "99999"
        sandbox.control.advance(29)
        assert found_ids(client, condition("amount", "EQ", "99999")) == []
        sandbox.control.advance(1)
        assert found_ids(client, condition("amount", "EQ", "99999")) == [1]
        assert found_ids(client, condition("amount", "EQ", "10")) == []

    def test_a_new_record_is_not_found_at_all(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.index_lag(30)
        change(sandbox, "9001", amount="77")
        assert search(client, condition("amount", "EQ", "77")).total == 0
        assert stored_amounts(client, "9001") == ["77"]
        sandbox.control.advance(30)
        assert found_ids(client, condition("amount", "EQ", "77")) == [9001]

    def test_a_deleted_record_is_still_found_and_the_store_has_it_no_more(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.index_lag(30)
        sandbox.control.hard_delete("hubspot", "deals", "1", NEW)
        sandbox.control.delete("hubspot", "deals", "2", NEW)
        two = condition("amount", "LTE", "20")
        assert found_ids(client, two) == [1, 2]
        assert stored_amounts(client, "1", "2") == []
        sandbox.control.advance(30)
        assert found_ids(client, two) == []

    def test_no_answer_from_before_the_lag_is_given_again(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        much = condition("amount", "EQ", "99999")
        change(sandbox, amount="99999")
        assert found_ids(client, much) == [1]
        change(sandbox, amount="5")
        sandbox.control.index_lag(30)
        change(sandbox, "2", amount="6")
        assert found_ids(client, much) == []
        # The index has changed once now, as the records had when the first answer was given.
        sandbox.control.advance(30)
        assert found_ids(client, much) == []

    def test_one_write_can_be_later_than_the_others(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        change(sandbox, "9002", visible_at="2026-03-30T01:00:00Z", amount="77")
        change(sandbox, "9003", amount="78")
        since = condition("amount", "BETWEEN", "77", highValue="78")
        assert found_ids(client, since) == [9003]
        sandbox.control.set_time("2026-03-30T01:00:00Z")
        assert found_ids(client, since) == [9002, 9003]

    def test_two_writes_to_a_record_are_indexed_in_their_order(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        change(sandbox, visible_at="2026-03-30T01:00:00Z", amount="101")
        change(sandbox, amount="102")
        assert found_ids(client, condition("amount", "EQ", "10")) == [1]
        sandbox.control.set_time("2026-03-30T01:00:00Z")
        assert found_ids(client, condition("amount", "BETWEEN", "101", highValue="102")) == [1]
        (found,) = search(client, condition("amount", "EQ", "102"), properties=["amount"]).results
        assert found.properties["amount"] == "102"


@pytest.mark.parametrize("lag", [0, 30])
def test_a_calculated_property_and_a_link_move_no_cursor(
    sandbox: Sandbox, client: hubspot.Client, lag: int
) -> None:
    sandbox.control.index_lag(lag)
    sandbox.control.upsert("hubspot", "deals", {"id": "1", "properties": {"hs_mrr": "5"}})
    sandbox.control.associate("deals", 1, "contacts", 7, 3)
    sandbox.control.advance(lag)
    record = client.crm.deals.basic_api.get_by_id(
        "1", properties=["hs_mrr"], properties_with_history=["hs_mrr"], associations=["contacts"]
    )
    assert record.properties["hs_mrr"] == "5"
    assert record.properties["hs_lastmodifieddate"] == "2026-03-02T08:00:00.000Z"
    assert [link.id for link in record.associations["contacts"].results] == ["7"]
    # Its history has the instant all the same: the clock stood at 30 March.
    (version,) = record.properties_with_history["hs_mrr"]
    assert version.timestamp.astimezone(UTC) == datetime(2026, 3, 30, tzinfo=UTC)
    later = condition("hs_lastmodifieddate", "GTE", "2026-03-29T00:00:00Z")
    assert found_ids(client, later) == []
