"""Trouble the sandbox's HubSpot can be given by settings, seen through clients that know nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hubspot
import pytest
import requests
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.deals.exceptions import ApiException, ServiceException, UnauthorizedException

from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import OBJECTS, condition, found_ids, search
from tests.sandbox.sandbox_data import DEAL_COUNT

LIVE = [n for n in range(1, DEAL_COUNT + 1) if n % 50]
TIED_COUNT = 10_050


def list_pages(client: hubspot.Client, limit: int = 100) -> list[list[int]]:
    """Ids of every page of deals, read until no next page is named."""
    after, pages = None, []
    while True:
        page = client.crm.deals.basic_api.get_page(limit=limit, after=after)
        pages.append([int(record.id) for record in page.results])
        if page.paging is None:
            return pages
        after = page.paging.next.after


class TestPages:
    @pytest.mark.parametrize("style", ["text", "number", "opaque"])
    def test_short_and_empty_pages_of_a_list_have_a_next_one(
        self, sandbox: Sandbox, client: hubspot.Client, style: str
    ) -> None:
        sandbox.control.trouble("hubspot", short_pages=True, after=style)
        pages = list_pages(client)
        # Empty, half of 100, full, again and again until 245 are through: 50 + 100 + 50 + 45.
        assert [len(page) for page in pages] == [0, 50, 100, 0, 50, 45]
        assert [n for page in pages for n in page] == LIVE
        sandbox.control.clear_trouble()
        assert [len(page) for page in list_pages(client)] == [100, 100, 45]

    @pytest.mark.parametrize("path", OBJECTS)
    @pytest.mark.parametrize(("style", "type_"), [("text", str), ("number", int), ("opaque", str)])
    def test_cursors_are_written_in_three_ways(
        self,
        sandbox: Sandbox,
        hubspot_http: requests.Session,
        path: str,
        style: str,
        type_: type,
    ) -> None:
        sandbox.control.trouble("hubspot", after=style)
        url: str | None = f"{sandbox.url}{path}?limit=100"
        ids: list[int] = []
        while url:
            page = hubspot_http.get(url, timeout=10).json()
            ids += [int(record["id"]) for record in page["results"]]
            following = page.get("paging", {}).get("next")
            url = following and following["link"]
            if following:
                assert type(following["after"]) is type_
                assert following["after"].isdigit() is (style == "text") if type_ is str else True
        assert ids == LIVE

    def test_a_cursor_nobody_gave_out_is_refused(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.trouble("hubspot", after="opaque")
        for wrong in ("abc", "12"):
            with pytest.raises(ApiException) as caught:
                client.crm.deals.basic_api.get_page(after=wrong)
            assert caught.value.status == 400

    @pytest.mark.parametrize("style", ["text", "number"])
    def test_short_and_empty_pages_of_a_search_have_a_next_one(
        self, sandbox: Sandbox, client: hubspot.Client, style: str
    ) -> None:
        sandbox.control.trouble("hubspot", short_pages=True, after=style)
        after, pages = None, []
        while True:
            page = search(client, limit=200, after=after)
            pages.append([int(record.id) for record in page.results])
            assert page.total == 245
            if page.paging is None:
                break
            after = page.paging.next.after
        assert [len(page) for page in pages] == [0, 100, 145]
        assert [n for page in pages for n in page] == LIVE

    def test_listings_have_short_pages_too(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        sandbox.control.trouble("hubspot", short_pages=True)
        first = hubspot_http.get(f"{sandbox.url}/crm/v3/owners?limit=200", timeout=10).json()
        assert first["results"] == []
        second = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [owner["id"] for owner in second["results"]] == ["1", "2"]
        assert "paging" not in second


class TestAssociationPages:
    @pytest.mark.parametrize("style", ["text", "number", "opaque"])
    def test_each_input_has_pages_of_the_size_set(
        self, sandbox: Sandbox, client: hubspot.Client, style: str
    ) -> None:
        sandbox.control.trouble("hubspot", associations_per_page=200, after=style)
        api = client.crm.associations.v4.batch_api
        inputs: list[dict[str, str]] = [{"id": "1"}, {"id": "2"}]
        sizes, found = [], []
        while inputs:
            answer = api.get_page(
                "deals",
                "contacts",
                BatchInputPublicFetchAssociationsBatchRequest(inputs=inputs),
            )
            (result,) = answer.results
            sizes.append(len(result.to))
            found += [int(target.to_object_id) for target in result.to]
            following = result.paging and result.paging.next.after
            inputs = [{"id": "2", "after": following}] if following else []
        assert sizes == [200, 200, 101]
        assert found == list(range(1, 502))

    def test_inline_and_single_links_keep_to_it(
        self, sandbox: Sandbox, client: hubspot.Client, hubspot_http: requests.Session
    ) -> None:
        sandbox.control.trouble("hubspot", associations_per_page=3)
        deal = client.crm.deals.basic_api.get_by_id("2", associations=["contacts"])
        assert [link.id for link in deal.associations["contacts"].results] == ["1", "2", "3"]
        link = deal.associations["contacts"].paging.next.link
        assert [row["id"] for row in hubspot_http.get(link, timeout=10).json()["results"]] == [
            "4",
            "5",
            "6",
        ]


class TestTokens:
    def issued(self, sandbox: Sandbox) -> hubspot.Client:
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox",
            "client_secret": "sandbox-secret",
            "refresh_token": "sandbox-refresh-token",
        }
        answer = requests.post(f"{sandbox.url}/oauth/2026-03/token", data=form, timeout=10).json()
        return hubspot.Client.create(access_token=answer["access_token"], host=sandbox.url)

    def test_a_token_of_oauth_lasts_half_an_hour(self, sandbox: Sandbox) -> None:
        api = self.issued(sandbox).crm.deals.basic_api
        sandbox.control.advance(1799)
        assert len(api.get_page().results) == 10
        sandbox.control.advance(1)
        with pytest.raises(UnauthorizedException) as caught:
            api.get_page()
        assert json.loads(caught.value.body)["category"] == "EXPIRED_AUTHENTICATION"
        assert len(self.issued(sandbox).crm.deals.basic_api.get_page().results) == 10

    def test_the_private_apps_token_can_be_rotated_mid_run(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        api = client.crm.deals.basic_api
        after = api.get_page().paging.next.after
        sandbox.control.trouble("hubspot", refuses_token=True)
        with pytest.raises(UnauthorizedException) as caught:
            api.get_page(after=after)
        assert json.loads(caught.value.body)["category"] == "EXPIRED_AUTHENTICATION"


class TestRefusals:
    def test_addresses_are_refused_from_a_length_that_can_be_set(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        sandbox.control.trouble("hubspot", longest_address=100)
        target = f"{OBJECTS[0]}?properties="
        for length, status in ((100, 200), (101, 414)):
            url = f"{sandbox.url}{target}{'x' * (length - len(target))}"
            answer = hubspot_http.get(url, timeout=10)
            assert answer.status_code == status
        assert answer.text.startswith("<html>")

    @pytest.mark.parametrize(
        ("limits", "policy", "seconds"),
        [
            ({"requests_per_ten_seconds": 0}, "TEN_SECONDLY_ROLLING", "10"),
            ({"searches_per_second": 0}, "SECONDLY", "1"),
            # The clock stands at 30 March, 00:00: the whole day is left.
            ({"hubspot_daily": 0}, "DAILY", "86400"),
        ],
    )
    def test_refusals_say_how_long_to_wait_if_they_are_told_to(
        self,
        sandbox: Sandbox,
        client: hubspot.Client,
        limits: dict[str, int],
        policy: str,
        seconds: str,
    ) -> None:
        sandbox.control.limit(**limits)
        for sends, expected in ((False, None), (True, seconds)):
            sandbox.control.trouble("hubspot", sends_retry_after=sends)
            with pytest.raises(ApiException) as caught:
                search(client)
            assert caught.value.status == 429
            assert json.loads(caught.value.body)["policyName"] == policy
            assert caught.value.headers.get("Retry-After") == expected

    @pytest.mark.parametrize("status", [502, 504])
    def test_gateways_answer_in_html(
        self, sandbox: Sandbox, client: hubspot.Client, status: int
    ) -> None:
        page = "<html><body><h1>Gateway</h1></body></html>"
        sandbox.control.inject(Fault("objects/deals", status=status, body=page))
        with pytest.raises(ServiceException) as caught:
            client.crm.deals.basic_api.get_page()
        assert (caught.value.status, caught.value.body) == (status, page)

    @pytest.mark.parametrize(
        "filter_",
        [
            condition("hs_lastmodifieddate", "GTE", "0"),
            condition("hs_lastmodifieddate", "GT", "1970-01-01T00:00:00Z"),
            condition("createdate", "BETWEEN", "0", highValue="1774684800000"),
        ],
    )
    def test_the_index_stumbles_over_the_epoch(
        self, client: hubspot.Client, filter_: dict[str, Any]
    ) -> None:
        with pytest.raises(ServiceException) as caught:
            search(client, filter_)
        assert caught.value.status == 500

    @pytest.mark.parametrize(
        ("counts", "status"),
        [
            ([6], 200),
            ([7], 400),
            ([1] * 5, 200),
            ([1] * 6, 400),
            ([6, 6, 6], 200),
            ([4, 4, 4, 4, 3], 400),
        ],
    )
    def test_a_search_takes_so_many_filters(
        self,
        sandbox: Sandbox,
        hubspot_http: requests.Session,
        counts: list[int],
        status: int,
    ) -> None:
        groups = [{"filters": [condition("amount", "EQ", "30")] * count} for count in counts]
        url = f"{sandbox.url}{OBJECTS[1]}/search"
        answer = hubspot_http.post(url, json={"filterGroups": groups}, timeout=10)
        assert answer.status_code == status


class TestARemovedProperty:
    def test_a_list_leaves_it_out_and_a_search_finds_nothing(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        by_amount = condition("amount", "EQ", "30")
        assert found_ids(client, by_amount) == [3]
        sandbox.control.hide("hubspot", "deals", "amount")
        record = client.crm.deals.basic_api.get_page(limit=1, properties=["amount"]).results[0]
        assert "amount" not in record.properties
        assert found_ids(client, by_amount) == []

    def test_or_the_search_is_refused(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        sandbox.control.trouble("hubspot", refuses_unknown_filters=True)
        by_amount = condition("amount", "EQ", "30")
        assert found_ids(client, by_amount) == [3]
        sandbox.control.hide("hubspot", "deals", "amount")
        with pytest.raises(ApiException) as caught:
            search(client, by_amount)
        assert caught.value.status == 400
        assert "amount does not exist" in json.loads(caught.value.body)["message"]


class TestTies:
    """More records carry one millisecond than a search shows."""

    @pytest.fixture
    def tied(self, tmp_path: Path) -> Iterator[hubspot.Client]:
        (tmp_path / "hubspot").mkdir()
        at = "2026-03-02T08:00:00.123Z"
        with (tmp_path / "hubspot" / "deals.jsonl").open("w") as stream:
            for number in range(1, TIED_COUNT + 1):
                properties = {"hs_lastmodifieddate": at}
                row = {
                    "id": str(number),
                    "createdAt": at,
                    "updatedAt": at,
                    "properties": properties,
                }
                stream.write(json.dumps(row) + "\n")
        with Sandbox(tmp_path) as running:
            yield hubspot.Client.create(access_token="sandbox-token", host=running.url)

    def test_pages_end_at_the_wall_and_ids_lead_around_it(self, tied: hubspot.Client) -> None:
        at = condition("hs_lastmodifieddate", "EQ", "2026-03-02T08:00:00.123Z")
        last = search(tied, at, after="9800")
        assert (last.total, len(last.results)) == (TIED_COUNT, 200)
        # It names a next page, which is refused.
        assert last.paging.next.after == "10000"
        with pytest.raises(ApiException) as caught:
            search(tied, at, after="10000")
        assert caught.value.status == 400
        behind = condition("hs_object_id", "GT", last.results[-1].id)
        assert found_ids(tied, at, behind) == list(range(10_001, TIED_COUNT + 1))
