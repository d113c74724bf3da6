"""The sandbox's HubSpot, driven by the unmodified hubspot-api-client and read by its models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hubspot
import pytest
import requests
from hubspot.crm.deals import BatchReadInputSimplePublicObjectId
from hubspot.crm.deals.exceptions import (
    ApiException,
    ForbiddenException,
    NotFoundException,
    UnauthorizedException,
)

from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import OBJECTS, condition, found_ids, search


class TestAccess:
    def test_a_wrong_token_is_refused(self, sandbox: Sandbox) -> None:
        wrong = hubspot.Client.create(access_token="wrong", host=sandbox.url)
        with pytest.raises(UnauthorizedException) as caught:
            wrong.crm.deals.basic_api.get_page()
        assert '"INVALID_AUTHENTICATION"' in caught.value.body

    @pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/2026-03/token"])
    def test_a_refresh_token_gives_an_access_token_that_can_be_revoked(
        self, sandbox: Sandbox, path: str
    ) -> None:
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox",
            "client_secret": "sandbox-secret",
            "refresh_token": "sandbox-refresh-token",
        }
        answer = requests.post(sandbox.url + path, data=form, timeout=10).json()
        assert (answer["token_type"], answer["expires_in"]) == ("bearer", 1800)
        issued = hubspot.Client.create(access_token=answer["access_token"], host=sandbox.url)
        assert len(issued.crm.deals.basic_api.get_page().results) == 10
        sandbox.control.revoke_tokens()
        with pytest.raises(UnauthorizedException) as caught:
            issued.crm.deals.basic_api.get_page()
        assert '"EXPIRED_AUTHENTICATION"' in caught.value.body
        form["refresh_token"] = "wrong"
        assert requests.post(sandbox.url + path, data=form, timeout=10).status_code == 400

    def test_a_missing_scope_is_named(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        sandbox.control.hide("hubspot", "deals")
        with pytest.raises(ForbiddenException) as caught:
            client.crm.deals.basic_api.get_page()
        assert "crm.objects.deals.read" in caught.value.body
        assert '"MISSING_SCOPES"' in caught.value.body

    def test_a_hidden_property_is_neither_described_nor_shown(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.hide("hubspot", "deals", "amount")
        described = client.crm.properties.core_api.get_all("deals").results
        assert "amount" not in {property_.name for property_ in described}
        record = client.crm.deals.basic_api.get_by_id("1", properties=["amount", "dealname"])
        assert "amount" not in record.properties
        assert record.properties["dealname"] == "Deal 1"

    def test_long_addresses_and_broken_bodies_are_refused(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}{OBJECTS[0]}"
        assert (
            hubspot_http.get(url, params={"properties": "x" * 17_000}, timeout=10).status_code
            == 414
        )
        broken = hubspot_http.post(f"{url}/batch/read", data="{", timeout=10)
        assert (broken.status_code, broken.json()["category"]) == (400, "VALIDATION_ERROR")

    def test_v3_and_v4_are_not_mixed_up(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        old = f"{sandbox.url}/crm/v3/associations/deals/companies/batch/read"
        assert hubspot_http.post(old, json={"inputs": []}, timeout=10).status_code == 404
        undated = f"{sandbox.url}/crm/objects/2025-01/deals"
        assert hubspot_http.get(undated, timeout=10).status_code == 404


class TestList:
    def test_pages_hold_every_record_that_is_not_archived_in_the_order_of_ids(
        self, client: hubspot.Client
    ) -> None:
        api, after, pages = client.crm.deals.basic_api, None, []
        while True:
            page = api.get_page(limit=100, after=after)
            pages.append([int(record.id) for record in page.results])
            if page.paging is None:
                break
            after = page.paging.next.after
        # 250 deals, of which 50, 100, ... 250 are archived.
        assert [len(page) for page in pages] == [100, 100, 45]
        assert [n for page in pages for n in page] == [n for n in range(1, 251) if n % 50]

    def test_archived_records_are_a_list_of_their_own(self, client: hubspot.Client) -> None:
        page = client.crm.deals.basic_api.get_page(limit=100, archived=True)
        assert [record.id for record in page.results] == ["50", "100", "150", "200", "250"]
        assert page.results[0].archived is True
        assert page.results[0].archived_at.astimezone(UTC) == datetime(2026, 3, 29, tzinfo=UTC)

    def test_properties_are_those_asked_for_that_exist(self, client: hubspot.Client) -> None:
        page = client.crm.deals.basic_api.get_page(
            limit=5, properties=["amount", "closedate", "region", "no_such_property"]
        )
        third = page.results[2]
        assert third.properties == {
            "amount": "30",
            # Cleared is empty text, never set is null.
            "closedate": "",
            "region": None,
            "createdate": "2026-03-01T00:00:00.000Z",
            "hs_lastmodifieddate": "2026-03-04T08:00:00.000Z",
            "hs_object_id": "3",
        }
        assert third.updated_at.astimezone(UTC) == datetime(2026, 3, 4, 8, tzinfo=UTC)
        assert page.results[4].properties["region"] == "north"

    def test_without_properties_the_defaults_come(self, client: hubspot.Client) -> None:
        record = client.crm.deals.basic_api.get_by_id("1")
        assert set(record.properties) == {
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        }

    def test_the_link_to_the_next_page_keeps_every_parameter(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/crm/v3/objects/deals?limit=2&properties=amount&associations=companies"
        first = hubspot_http.get(url, timeout=10).json()
        second = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [record["id"] for record in second["results"]] == ["3", "4"]
        assert second["results"][0]["properties"]["amount"] == "30"

    def test_associations_come_inline(self, client: hubspot.Client) -> None:
        first, second = client.crm.deals.basic_api.get_page(
            limit=2, associations=["companies", "contacts"]
        ).results
        assert [(link.id, link.type) for link in first.associations["companies"].results] == [
            ("1001", "deal_to_company"),
            ("1001", "deal_to_company_unlabeled"),
        ]
        assert len(second.associations["contacts"].results) == 100
        assert second.associations["contacts"].paging.next.after == "100"

    def test_history_shrinks_the_page(self, client: hubspot.Client) -> None:
        api = client.crm.deals.basic_api
        record = api.get_page(limit=50, properties_with_history=["dealstage"]).results[0]
        assert [v.value for v in record.properties_with_history["dealstage"]] == ["closedwon"]
        for limit, history in ((101, None), (51, ["dealstage"])):
            with pytest.raises(ApiException) as caught:
                api.get_page(limit=limit, properties_with_history=history)
            assert caught.value.status == 400

    def test_one_record(self, client: hubspot.Client) -> None:
        api = client.crm.deals.basic_api
        assert api.get_by_id("7").properties["dealname"] == "Deal 7"
        assert api.get_by_id("50", archived=True).archived is True
        for missing in ("50", "999"):
            with pytest.raises(NotFoundException):
                api.get_by_id(missing)

    @pytest.mark.parametrize("name", ["deals", "deal", "0-3"])
    def test_types_have_several_names(self, client: hubspot.Client, name: str) -> None:
        assert client.crm.objects.basic_api.get_by_id(name, "1").id == "1"

    def test_dated_addresses_give_the_same_answers(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        answers = [
            hubspot_http.get(f"{sandbox.url}{path}?limit=3", timeout=10).json()["results"]
            for path in OBJECTS
        ]
        assert answers[0] == answers[1] == answers[2]


class TestBatchRead:
    def read(self, client: hubspot.Client, ids: list[str], **further: Any) -> Any:
        request = {"inputs": [{"id": key} for key in ids], "properties": ["amount"], **further}
        return client.crm.deals.batch_api.read(
            BatchReadInputSimplePublicObjectId(**{"properties_with_history": [], **request})
        )

    def test_records_come_with_their_properties(self, client: hubspot.Client) -> None:
        answer = self.read(client, ["3", "1", "3"])
        assert answer.status == "COMPLETE"
        amounts = {record.id: record.properties["amount"] for record in answer.results}
        assert amounts == {"3": "30", "1": "10"}

    @pytest.mark.parametrize("path", OBJECTS)
    def test_some_missing_is_207(
        self, sandbox: Sandbox, hubspot_http: requests.Session, path: str
    ) -> None:
        url = f"{sandbox.url}{path}/batch/read"
        answer = hubspot_http.post(url, json={"inputs": [{"id": "1"}, {"id": "50"}]}, timeout=10)
        assert answer.status_code == 207
        document = answer.json()
        assert [record["id"] for record in document["results"]] == ["1"]
        assert document["numErrors"] == 1
        assert document["errors"][0]["context"]["ids"] == ["50"]
        archived = hubspot_http.post(
            f"{url}?archived=true", json={"inputs": [{"id": "50"}]}, timeout=10
        )
        assert (archived.status_code, archived.json()["results"][0]["archived"]) == (200, True)

    def test_by_another_property(self, client: hubspot.Client) -> None:
        answer = self.read(client, ["deal 12"], id_property="dealname")
        assert [record.id for record in answer.results] == ["12"]

    def test_a_batch_is_100_or_50_with_history(self, client: hubspot.Client) -> None:
        ids = [str(n) for n in range(1, 102)]
        assert len(self.read(client, ids[:49], properties_with_history=["amount"]).results) == 49
        for size, history in ((101, []), (51, ["amount"])):
            with pytest.raises(ApiException) as caught:
                self.read(client, ids[:size], properties_with_history=history)
            assert caught.value.status == 400


class TestSearch:
    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            ([condition("amount", "EQ", "30")], [3]),
            ([condition("amount", "LT", "30")], [1, 2]),
            ([condition("amount", "LTE", "30"), condition("amount", "GT", "10.5")], [2, 3]),
            ([condition("amount", "GTE", "2480")], [248, 249]),
            ([condition("amount", "BETWEEN", "40", highValue="60")], [4, 5, 6]),
            ([condition("amount", "IN", values=["10", "70"])], [1, 7]),
            (
                [condition("amount", "NOT_IN", values=["10"]), condition("amount", "LTE", "30")],
                [2, 3],
            ),
            ([condition("region", "HAS_PROPERTY")], [5]),
            (
                [condition("region", "NOT_HAS_PROPERTY"), condition("amount", "LTE", "60")],
                [1, 2, 3, 4, 6],
            ),
            ([condition("closedate", "NOT_HAS_PROPERTY")], [3]),
            (
                [condition("dealstage", "NEQ", "ClosedWon"), condition("amount", "LTE", "40")],
                [2, 4],
            ),
            (
                [condition("hs_is_closed_won", "EQ", "true"), condition("amount", "LT", "60")],
                [1, 3, 5],
            ),
            (
                [condition("dealname", "CONTAINS_TOKEN", "24*"), condition("amount", "LT", "2430")],
                [24, 240, 241, 242],
            ),
            # Day 28 is n % 28 = 27; both spellings of an instant are taken.
            (
                [condition("hs_lastmodifieddate", "GT", "2026-03-28T00:00:00Z")],
                [27, 55, 83, 111, 139, 167, 195, 223],
            ),
            (
                [condition("hs_lastmodifieddate", "GTE", "1774684800000")],
                [27, 55, 83, 111, 139, 167, 195, 223],
            ),
            # A property that does not exist finds nothing, and says so with a success.
            ([condition("lastmodifieddate", "GT", "0")], []),
        ],
    )
    def test_filters(
        self, client: hubspot.Client, filters: list[dict[str, Any]], expected: list[int]
    ) -> None:
        assert found_ids(client, *filters) == expected

    def test_groups_are_alternatives(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        groups = [{"filters": [condition("amount", "EQ", str(n))]} for n in (10, 30)]
        url = f"{sandbox.url}{OBJECTS[2]}/search"
        answer = hubspot_http.post(url, json={"filterGroups": groups}, timeout=10).json()
        assert [record["id"] for record in answer["results"]] == ["1", "3"]
        assert answer["total"] == 2

    def test_archived_records_are_never_found(self, client: hubspot.Client) -> None:
        assert found_ids(client, condition("amount", "IN", values=["500", "510"])) == [51]

    def test_sorts_in_both_spellings(self, client: hubspot.Client) -> None:
        first = condition("amount", "LTE", "30")
        by_text = found_ids(client, first, sorts=["-amount"])
        by_record = found_ids(
            client, first, sorts=[{"propertyName": "amount", "direction": "DESCENDING"}]
        )
        assert by_text == by_record == [3, 2, 1]

    def test_ties_are_sorted_by_id_over_pages(self, client: hubspot.Client) -> None:
        sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
        first = search(client, sorts=sorts)
        assert (first.total, first.paging.next.after) == (245, "200")
        second = search(client, sorts=sorts, after="200")
        assert second.paging is None
        ids = [int(record.id) for record in first.results + second.results]
        live = [n for n in range(1, 251) if n % 50]
        assert ids == sorted(live, key=lambda n: (n % 28, n))

    def test_nothing_lies_behind_ten_thousand(self, client: hubspot.Client) -> None:
        assert search(client, after="9800").results == []
        with pytest.raises(ApiException) as caught:
            search(client, after="9801")
        assert (caught.value.status, "VALIDATION_ERROR" in caught.value.body) == (400, True)

    @pytest.mark.parametrize(
        "request_",
        [
            {"limit": 201},
            {"sorts": ["amount", "dealname"]},
            {"filterGroups": [{"filters": [condition("amount", "EQ", "x")]}]},
            {"filterGroups": [{"filters": [condition("amount", "LIKE", "1")]}]},
            {"filterGroups": [{"filters": []}] * 6},
            {"after": "abc"},
        ],
    )
    def test_wrong_searches_are_refused(
        self, sandbox: Sandbox, hubspot_http: requests.Session, request_: dict[str, Any]
    ) -> None:
        answer = hubspot_http.post(f"{sandbox.url}{OBJECTS[0]}/search", json=request_, timeout=10)
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
