"""Associations, settings and limits of the sandbox's HubSpot, and changes to its records."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import hubspot
import pytest
import requests
from hubspot.crm.associations.v4 import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.deals.exceptions import ApiException, NotFoundException

from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.sandbox.hubspot_client import OBJECTS, condition, found_ids, search


class TestAssociations:
    def read(self, client: hubspot.Client, to_type: str, *inputs: dict[str, str]) -> Any:
        return client.crm.associations.v4.batch_api.get_page(
            "deals", to_type, BatchInputPublicFetchAssociationsBatchRequest(inputs=list(inputs))
        )

    def test_a_primary_company_has_two_types(self, client: hubspot.Client) -> None:
        answer = self.read(client, "companies", {"id": "1"}, {"id": "3"})
        (result,) = answer.results
        (target,) = result.to
        assert (result._from.id, int(target.to_object_id)) == ("1", 1001)
        types = [(kind.type_id, kind.label) for kind in target.association_types]
        assert types == [(5, "Primary"), (341, None)]
        (error,) = answer.errors
        assert error.sub_category == "crm.associations.NO_ASSOCIATIONS_FOUND"
        assert error.context["fromObjectId"] == ["3"]

    def test_each_input_has_its_own_pages(self, client: hubspot.Client) -> None:
        (first,) = self.read(client, "contacts", {"id": "2"}).results
        assert len(first.to) == 500
        (rest,) = self.read(
            client, "contacts", {"id": "2", "after": first.paging.next.after}
        ).results
        assert [int(target.to_object_id) for target in rest.to] == [501]
        assert rest.paging is None

    def test_links_are_seen_from_the_other_end(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/crm/v4/objects/contacts/501/associations/deals"
        (result,) = hubspot_http.get(url, timeout=10).json()["results"]
        assert result["toObjectId"] == 2
        assert result["associationTypes"][0]["typeId"] == 4

    def test_dated_addresses_give_ids_as_text_and_207(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/crm/associations/2026-09/deals/companies/batch/read"
        answer = hubspot_http.post(url, json={"inputs": [{"id": "1"}, {"id": "9"}]}, timeout=10)
        assert answer.status_code == 207
        assert answer.json()["results"][0]["to"][0]["toObjectId"] == "1001"

    def test_a_batch_is_1000(self, sandbox: Sandbox, hubspot_http: requests.Session) -> None:
        url = f"{sandbox.url}/crm/v4/associations/deals/companies/batch/read"
        status = [
            hubspot_http.post(url, json={"inputs": [{"id": "1"}] * size}, timeout=10).status_code
            for size in (1000, 1001)
        ]
        assert status == [200, 400]

    def test_links_change(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        sandbox.control.dissociate("deals", 1, "companies", 1001)
        sandbox.control.associate("deals", 3, "companies", 1002, 5, "Primary")
        answer = self.read(client, "companies", {"id": "1"}, {"id": "3"})
        assert [(r._from.id, int(r.to[0].to_object_id)) for r in answer.results] == [("3", 1002)]

    def test_the_v3_address_gives_names(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/crm/v3/objects/deals/2/associations/contacts?limit=500"
        page = hubspot_http.get(url, timeout=10).json()
        assert page["results"][0] == {"id": "1", "type": "deal_to_contact"}
        rest = hubspot_http.get(page["paging"]["next"]["link"], timeout=10).json()
        assert [entry["id"] for entry in rest["results"]] == ["501"]

    @pytest.mark.parametrize("base", ["/crm/v4/associations", "/crm/associations/2026-03"])
    def test_labels(self, sandbox: Sandbox, hubspot_http: requests.Session, base: str) -> None:
        url = f"{sandbox.url}{base}/deals/companies/labels"
        labels = hubspot_http.get(url, timeout=10).json()["results"]
        assert [(kind["typeId"], kind["label"]) for kind in labels] == [(5, "Primary"), (341, None)]


class TestSettings:
    def test_owners_archived_or_not(self, client: hubspot.Client) -> None:
        api = client.crm.owners.owners_api
        owners = api.get_page(limit=1)
        assert [owner.id for owner in owners.results] == ["1"]
        more = api.get_page(limit=500, after=owners.paging.next.after)
        assert [owner.id for owner in more.results] == ["2"]
        (archived,) = api.get_page(archived=True).results
        assert (archived.id, archived.user_id_including_inactive) == ("3", 103)
        assert archived.teams[0].primary is True
        assert [o.id for o in api.get_page(email="owner2@example.com").results] == ["2"]
        assert api.get_by_id(2).email == "owner2@example.com"
        assert api.get_by_id(102, id_property="userId").id == "2"

    def test_pipelines(self, client: hubspot.Client) -> None:
        (pipeline,) = client.crm.pipelines.pipelines_api.get_all("deals").results
        assert pipeline.stages[0].metadata == {"isClosed": "true", "probability": "1.0"}
        assert client.crm.pipelines.pipelines_api.get_all("tickets").results == []
        assert client.crm.pipelines.pipelines_api.get_by_id("deals", "default").label == "Sales"
        stages = client.crm.pipelines.pipeline_stages_api.get_all("deals", "default").results
        assert [stage.id for stage in stages] == ["closedwon"]

    def test_properties_are_described(self, client: hubspot.Client) -> None:
        described = client.crm.properties.core_api.get_all("deals").results
        types = {property_.name: property_.type for property_ in described}
        assert types["amount"] == "number"
        assert types["closedate"] == "datetime"
        assert types["hs_is_closed_won"] == "bool"
        assert types["region"] == "string"
        assert types["hs_lastmodifieddate"] == "datetime"
        contacts = {p.name for p in client.crm.properties.core_api.get_all("contacts").results}
        assert "lastmodifieddate" in contacts
        assert "hs_lastmodifieddate" not in contacts
        assert client.crm.properties.core_api.get_by_name("deals", "amount").name == "amount"

    @pytest.mark.parametrize("base", ["/crm/v3/properties", "/crm/properties/2026-09"])
    def test_properties_can_be_told_of_in_the_data_and_change(
        self, sandbox: Sandbox, hubspot_http: requests.Session, base: str
    ) -> None:
        def names(**asked: str) -> set[str]:
            answer = hubspot_http.get(f"{sandbox.url}{base}/deals", params=asked, timeout=10)
            return {property_["name"] for property_ in answer.json()["results"]}

        def tell(name: str, **told: Any) -> None:
            sandbox.control.upsert("hubspot", "properties", {"id": f"deals.{name}", **told})

        assert {"amount", "region"} <= names()
        tell("secret", dataSensitivity="sensitive")
        tell("region", archived=True)
        tell("hs_forecast", type="number", fieldType="calculation_equation", calculated=True)
        assert "region" not in names()
        assert names(archived="true") == {"region"}
        assert "secret" not in names()
        assert names(dataSensitivity="sensitive") == {"secret"}
        values = {"id": "1", "properties": {"secret": "s", "amount": "10"}}
        sandbox.control.upsert("hubspot", "deals", values)
        record = f"{sandbox.url}/crm/v3/objects/deals/1?properties=secret"
        shown = hubspot_http.get(record, timeout=10).json()["properties"]
        assert shown["secret"] == "s"
        sandbox.control.hide("hubspot", "deals.sensitive")
        refused = hubspot_http.get(
            f"{sandbox.url}{base}/deals?dataSensitivity=sensitive", timeout=10
        )
        assert refused.status_code == 403
        assert "crm.objects.deals.sensitive.read" in refused.text
        assert "secret" not in hubspot_http.get(record, timeout=10).json()["properties"]
        described = hubspot_http.get(f"{sandbox.url}{base}/deals/hs_forecast", timeout=10).json()
        assert (described["type"], described["calculated"]) == ("number", True)
        url = f"{sandbox.url}/crm/v3/objects/deals/5?properties=region,amount"
        assert hubspot_http.get(url, timeout=10).json()["properties"]["amount"] == "50"
        assert "region" not in hubspot_http.get(url, timeout=10).json()["properties"]

    @pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
    def test_account_and_usage(
        self, sandbox: Sandbox, hubspot_http: requests.Session, version: str
    ) -> None:
        base = f"{sandbox.url}/account-info/{version}"
        details = hubspot_http.get(f"{base}/details", timeout=10).json()
        assert (details["companyCurrency"], details["timeZone"]) == ("USD", "UTC")
        usage = hubspot_http.get(f"{base}/api-usage/daily/private-apps", timeout=10).json()[
            "results"
        ][0]
        # This call is the second.
        assert (usage["currentUsage"], usage["usageLimit"]) == (2, 650_000)
        # The clock stands at the first instant of 30 March, and the account's zone is UTC.
        assert usage["collectedAt"] == "2026-03-30T00:00:00.000Z"
        assert usage["resetsAt"] == "2026-03-31T00:00:00.000Z"

    def test_logins_come_newest_first_in_pages(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/account-info/v3/activity/login"
        first = hubspot_http.get(f"{url}?limit=3", timeout=10).json()
        second = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [entry["id"] for entry in first["results"]] == ["5", "4", "3"]
        assert [entry["id"] for entry in second["results"]] == ["2", "1"]
        assert "paging" not in second
        # Users are 101 + n % 2: logins 2 and 4 are of user 101.
        own = hubspot_http.get(f"{url}?userId=101", timeout=10).json()
        assert [entry["id"] for entry in own["results"]] == ["4", "2"]

    @pytest.mark.parametrize(
        "path",
        [
            "/settings/v3/currencies",
            "/settings/currencies/2026-03",
            "/settings/currencies/2026-09",
        ],
    )
    def test_exchange_rates_come_in_pages_and_as_they_are_now(
        self, sandbox: Sandbox, hubspot_http: requests.Session, path: str
    ) -> None:
        url = f"{sandbox.url}{path}"
        first = hubspot_http.get(f"{url}/exchange-rates?limit=3", timeout=10).json()
        assert [rate["conversionRate"] for rate in first["results"]] == [1.1, 1.25, 1.2]
        rest = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [(r["fromCurrencyCode"], r["toCurrencyCode"]) for r in rest["results"]] == [
            ("GBP", "USD")
        ]
        assert "paging" not in rest
        current = hubspot_http.get(f"{url}/exchange-rates/current", timeout=10).json()["results"]
        assert {(r["fromCurrencyCode"], r["conversionRate"]) for r in current} == {
            ("EUR", 1.25),
            ("GBP", 1.3),
        }
        company = hubspot_http.get(f"{url}/company-currency", timeout=10).json()
        assert company["currencyCode"] == "USD"

    @pytest.mark.parametrize("path", ["/marketing/v3/campaigns", "/marketing/campaigns/2026-09"])
    def test_campaigns(self, sandbox: Sandbox, hubspot_http: requests.Session, path: str) -> None:
        url = f"{sandbox.url}{path}"
        listed = hubspot_http.get(
            f"{url}?properties=hs_name,hs_utm&sort=-updatedAt", timeout=10
        ).json()
        assert listed["total"] == 2
        assert [campaign["id"] for campaign in listed["results"]] == ["guid-2", "guid-1"]
        assert listed["results"][0]["properties"] == {"hs_name": "Campaign 2"}
        first = hubspot_http.get(f"{url}?limit=1", timeout=10).json()
        rest = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [c["id"] for c in first["results"] + rest["results"]] == ["guid-1", "guid-2"]
        assert (rest["total"], "paging" in rest) == (2, False)
        batch = hubspot_http.post(
            f"{url}/batch/read?properties=hs_spend_items_sum_amount",
            json={"inputs": [{"id": "guid-1"}]},
            timeout=10,
        ).json()
        assert batch["results"][0]["properties"] == {"hs_spend_items_sum_amount": "12.5"}

    def test_forms_are_of_one_kind_unless_others_are_named(self, client: hubspot.Client) -> None:
        api = client.marketing.forms.forms_api
        first = api.get_page(limit=2)
        assert [form.id for form in first.results] == ["form-1", "form-2"]
        rest = api.get_page(limit=2, after=first.paging.next.after)
        assert ([form.id for form in rest.results], rest.paging) == (["form-3"], None)
        named = api.get_page(form_types=["captured", "blog_comment"])
        assert [form.id for form in named.results] == ["form-4", "form-5"]
        assert [form.id for form in api.get_page(archived=True).results] == ["form-6"]
        assert api.get_by_id("form-1").name == "Form 1"

    def test_submissions_of_a_form_come_newest_first_in_pages(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        url = f"{sandbox.url}/form-integrations/v1/submissions/forms"
        first = hubspot_http.get(f"{url}/form-1?limit=2", timeout=10).json()
        assert [row["conversionId"] for row in first["results"]] == ["submission-3", "submission-2"]
        assert first["results"][0]["values"][0]["value"] == "3@example.com"
        rest = hubspot_http.get(first["paging"]["next"]["link"], timeout=10).json()
        assert [row["conversionId"] for row in rest["results"]] == ["submission-1"]
        assert hubspot_http.get(f"{url}/form-5", timeout=10).status_code == 400
        assert hubspot_http.get(f"{url}/form-9", timeout=10).status_code == 404

    @pytest.mark.parametrize("path", ["/crm/v3/limits", "/crm/limits/2026-03"])
    def test_record_limits_count_what_is_there(
        self, sandbox: Sandbox, hubspot_http: requests.Session, path: str
    ) -> None:
        answer = hubspot_http.get(f"{sandbox.url}{path}/records", timeout=10).json()
        usage = {t["objectTypeId"]: t["usage"] for t in answer["hubspotDefinedObjectTypes"]}
        assert (usage["0-3"], usage["0-1"]) == (245, 0)

    @pytest.mark.parametrize(
        "listing", ["owners", "campaigns", "logins", "exchange_rates", "forms"]
    )
    def test_settings_need_scopes_too(
        self, sandbox: Sandbox, hubspot_http: requests.Session, listing: str
    ) -> None:
        sandbox.control.hide("hubspot", listing)
        path = {
            "owners": "/crm/v3/owners/",
            "campaigns": "/marketing/v3/campaigns",
            "logins": "/account-info/v3/activity/login",
            "exchange_rates": "/settings/v3/currencies/exchange-rates",
            "forms": "/marketing/v3/forms",
        }[listing]
        assert hubspot_http.get(sandbox.url + path, timeout=10).status_code == 403


class TestRateLimits:
    def test_without_enforcement_only_the_headers_tell(
        self, sandbox: Sandbox, hubspot_http: requests.Session
    ) -> None:
        answers = [hubspot_http.get(f"{sandbox.url}{OBJECTS[0]}", timeout=10) for _ in range(2)]
        remaining = [a.headers["X-HubSpot-RateLimit-Remaining"] for a in answers]
        assert remaining == ["189", "188"]
        found = hubspot_http.post(f"{sandbox.url}{OBJECTS[0]}/search", json={}, timeout=10)
        assert "X-HubSpot-RateLimit-Max" not in found.headers

    @pytest.mark.parametrize(
        ("limits", "is_search", "policy"),
        [
            ({"requests_per_ten_seconds": 2}, False, "TEN_SECONDLY_ROLLING"),
            ({"searches_per_second": 2}, True, "SECONDLY"),
            ({"hubspot_daily": 2}, False, "DAILY"),
        ],
    )
    def test_the_third_request_meets_the_limit(
        self,
        sandbox: Sandbox,
        hubspot_http: requests.Session,
        limits: dict[str, int],
        is_search: bool,
        policy: str,
    ) -> None:
        sandbox.control.limit(**limits)
        url = f"{sandbox.url}{OBJECTS[0]}"

        def ask() -> requests.Response:
            if is_search:
                return hubspot_http.post(f"{url}/search", json={}, timeout=10)
            return hubspot_http.get(url, timeout=10)

        answers = [ask() for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].json()["policyName"] == policy
        assert answers[2].json()["errorType"] == "RATE_LIMIT"


class TestChanges:
    def test_an_upsert_keeps_the_other_properties_and_is_found(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.upsert(
            "hubspot",
            "deals",
            {
                "id": "1",
                "properties": {"amount": "99", "hs_lastmodifieddate": "2026-03-29T00:00:00.000Z"},
                "updatedAt": "2026-03-29T00:00:00.000Z",
            },
        )
        newest = condition("hs_lastmodifieddate", "GTE", "2026-03-29T00:00:00Z")
        (record,) = search(client, newest, properties=["amount", "dealname"]).results
        assert (record.properties["amount"], record.properties["dealname"]) == ("99", "Deal 1")

    def test_archiving_hides_a_record_and_leaves_its_cursor(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.delete("hubspot", "deals", "1", "2026-03-29T00:00:00.000Z")
        assert found_ids(client, condition("amount", "EQ", "10")) == []
        archived = client.crm.deals.basic_api.get_by_id("1", archived=True)
        assert archived.archived_at.astimezone(UTC) == datetime(2026, 3, 29, tzinfo=UTC)
        assert archived.updated_at.astimezone(UTC) == datetime(2026, 3, 2, 8, tzinfo=UTC)

    def test_a_purged_record_leaves_no_trace(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        sandbox.control.hard_delete("hubspot", "deals", "1", "2026-03-29T00:00:00.000Z")
        for archived in (False, True):
            with pytest.raises(NotFoundException):
                client.crm.deals.basic_api.get_by_id("1", archived=archived)

    def test_a_merge_lists_the_loser_on_the_winner(
        self, sandbox: Sandbox, client: hubspot.Client
    ) -> None:
        for loser in ("2", "3"):
            sandbox.control.merge("hubspot", "deals", "1", loser, "2026-03-29T00:00:00.000Z")
        api = client.crm.deals.basic_api
        winner = api.get_by_id("2", properties=["hs_merged_object_ids"])
        assert (winner.id, winner.properties["hs_merged_object_ids"]) == ("1", "2;3")
        listed = [record.id for record in api.get_page(limit=3).results]
        assert listed == ["1", "4", "5"]

    def test_faults_reach_hubspot_too(self, sandbox: Sandbox, client: hubspot.Client) -> None:
        sandbox.control.inject(Fault("/deals/search", status=502, body="<html>Bad Gateway</html>"))
        with pytest.raises(ApiException) as caught:
            search(client)
        assert (caught.value.status, caught.value.body) == (502, "<html>Bad Gateway</html>")
        assert search(client).total == 245
