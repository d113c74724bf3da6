"""How records leave the sandbox's HubSpot: archived, deleted for good, merged; what is left then."""

from __future__ import annotations

from typing import Any

import hubspot
import pytest
import requests
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.contacts.exceptions import NotFoundException as NoContact
from hubspot.crm.deals.exceptions import NotFoundException

from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import OBJECTS, condition, found_ids

AT = "2026-03-29T00:00:00.000Z"
# The same in milliseconds since 1970: 20,541 days of 86,400 seconds.
AT_MILLISECONDS = 20_541 * 86_400_000


def usage(sandbox: Sandbox, http: requests.Session, type_id: str) -> int:
    answer = http.get(f"{sandbox.url}/crm/limits/2026-09/records", timeout=10).json()
    (found,) = [t for t in answer["hubspotDefinedObjectTypes"] if t["objectTypeId"] == type_id]
    return found["usage"]


def linked(client: hubspot.Client, from_type: str, key: int, to_type: str) -> list[int]:
    answer = client.crm.associations.v4.batch_api.get_page(
        from_type,
        to_type,
        BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": str(key)}]),
    )
    return [int(target.to_object_id) for result in answer.results for target in result.to]


def add_contacts(sandbox: Sandbox, *keys: int) -> None:
    for key in keys:
        properties = {"email": f"{key}@example.com", "lastmodifieddate": AT}
        record = {"id": str(key), "createdAt": AT, "updatedAt": AT, "properties": properties}
        sandbox.control.upsert("hubspot", "contacts", record)


class TestArchive:
    def test_an_archived_record_is_listed_apart_and_can_come_back(
        self, sandbox: Sandbox, client: hubspot.Client, hubspot_http: requests.Session
    ) -> None:
        api = client.crm.deals.basic_api
        sandbox.control.delete("hubspot", "deals", "1", AT)
        archived = api.get_page(limit=100, archived=True).results
        assert [record.id for record in archived] == ["1", "50", "100", "150", "200", "250"]
        assert usage(sandbox, hubspot_http, "0-3") == 244
        sandbox.control.upsert("hubspot", "deals", {"id": "1", "archived": False})
        assert api.get_by_id("1").archived is False
        assert found_ids(client, condition("amount", "EQ", "10")) == [1]
        assert usage(sandbox, hubspot_http, "0-3") == 245

    def test_links_rest_while_one_end_is_archived(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        def inline() -> set[str]:
            (deal,) = client.crm.deals.basic_api.get_page(
                limit=1, after="1", associations=["contacts"]
            ).results
            return {link.id for link in deal.associations["contacts"].results}

        add_contacts(sandbox, 7)
        assert 7 in linked(client, "deals", 2, "contacts")
        assert "7" in inline()
        sandbox.control.delete("hubspot", "contacts", "7", AT)
        assert 7 not in linked(client, "deals", 2, "contacts")
        assert "7" not in inline()
        assert linked(client, "contacts", 7, "deals") == []
        sandbox.control.upsert("hubspot", "contacts", {"id": "7", "archived": False})
        assert linked(client, "contacts", 7, "deals") == [2]


class TestDeletionForGood:
    """What a GDPR delete, or the archive's 90 days, leave: nothing."""

    @pytest.mark.parametrize("path", OBJECTS)
    def test_no_list_and_no_id_knows_the_record(
        self, sandbox: Sandbox, hubspot_http: requests.Session, path: str
    ) -> None:
        sandbox.control.hard_delete("hubspot", "deals", "1", AT)
        url = f"{sandbox.url}{path}"
        for archived in ("false", "true"):
            asked = {"archived": archived, "limit": 1}
            (first,) = hubspot_http.get(url, params=asked, timeout=10).json()["results"]
            assert first["id"] != "1"
            batch = hubspot_http.post(
                f"{url}/batch/read?archived={archived}", json={"inputs": [{"id": "1"}]}, timeout=10
            )
            assert (batch.status_code, batch.json()["results"]) == (207, [])
        assert usage(sandbox, hubspot_http, "0-3") == 244

    def test_its_links_are_gone_at_both_ends(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.hard_delete("hubspot", "deals", "2", AT)
        assert linked(client, "deals", 2, "contacts") == []
        assert linked(client, "contacts", 501, "deals") == []
        links = {
            (row["from_type"], row["from_id"]) for row in sandbox.records("hubspot", "associations")
        }
        assert links == {("deals", "1"), ("companies", "1001")}


class TestMerge:
    def properties(self, client: hubspot.Client, key: str) -> dict[str, Any]:
        names = ["hs_merged_object_ids", "hs_calculated_merged_vids", "email"]
        return client.crm.contacts.basic_api.get_by_id(key, properties=names).properties

    def test_a_chain_of_merges_is_in_the_ids_and_not_in_the_vids(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        add_contacts(sandbox, 1, 2, 3)
        sandbox.control.merge("hubspot", "contacts", "2", "3", AT)
        sandbox.control.merge("hubspot", "contacts", "1", "2", AT)
        for key in ("1", "2", "3"):
            found = self.properties(client, key)
            assert found["email"] == "1@example.com"
            assert found["hs_merged_object_ids"] == "3;2"
            assert found["hs_calculated_merged_vids"] == f"2:{AT_MILLISECONDS}"
        assert [r.id for r in client.crm.contacts.basic_api.get_page().results] == ["1"]
        assert client.crm.contacts.basic_api.get_page(archived=True).results == []

    def test_a_merge_can_make_a_new_record(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        add_contacts(sandbox, 1, 2)
        sandbox.control.merge("hubspot", "contacts", "1", "2", AT, new_id="9")
        (merged,) = client.crm.contacts.basic_api.get_page(
            properties=["hs_merged_object_ids", "hs_object_id", "email"]
        ).results
        assert (merged.id, merged.properties["hs_object_id"]) == ("9", "9")
        assert merged.properties["hs_merged_object_ids"] == "1;2"
        assert merged.properties["email"] == "1@example.com"
        assert self.properties(client, "2")["hs_calculated_merged_vids"] == (
            f"1:{AT_MILLISECONDS};2:{AT_MILLISECONDS}"
        )
        assert linked(client, "contacts", 9, "deals") == [2]

    def test_the_survivor_has_the_links_of_both(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.merge("hubspot", "deals", "1", "2", AT)
        assert linked(client, "deals", 1, "companies") == [1001]
        # 500 fit on a page.
        assert linked(client, "deals", 1, "contacts") == list(range(1, 501))
        assert linked(client, "deals", 2, "contacts") == []
        assert linked(client, "contacts", 501, "deals") == [1]

    def test_the_index_follows_later(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        merge = sandbox.control.merge
        merge("hubspot", "deals", "1", "2", AT, visible_at="2026-03-30T01:00:00Z", new_id="9001")
        # A change of the new record waits until the index knows the record.
        sandbox.control.upsert("hubspot", "deals", {"id": "9001", "properties": {"amount": "15"}})
        few = condition("amount", "LTE", "20")
        assert found_ids(client, few) == [1, 2]
        sandbox.control.set_time("2026-03-30T01:00:00Z")
        assert found_ids(client, few) == [9001]
        assert found_ids(client, condition("amount", "EQ", "15")) == [9001]
        assert client.crm.deals.basic_api.get_by_id("1").id == "9001"

    def test_who_never_was_there_is_not_found(self, client: hubspot.Client) -> None:
        with pytest.raises(NoContact):
            client.crm.contacts.basic_api.get_by_id("77")
        with pytest.raises(NotFoundException):
            client.crm.deals.basic_api.get_by_id("9001")


def test_a_deleted_pipeline_is_gone_and_a_deleted_stage_too(
    sandbox: Sandbox, client: hubspot.Client
) -> None:
    api = client.crm.pipelines.pipelines_api
    (pipeline,) = sandbox.records("hubspot", "pipelines_deals")
    sandbox.control.upsert("hubspot", "pipelines_deals", {**pipeline, "stages": []})
    assert api.get_by_id("deals", "default").stages == []
    sandbox.control.hard_delete("hubspot", "pipelines_deals", "default", AT)
    assert api.get_all("deals").results == []
    # Deals keep the stage they had.
    deal = client.crm.deals.basic_api.get_by_id("1", properties=["dealstage"])
    assert deal.properties["dealstage"] == "closedwon"
