"""The sandbox's Salesforce, driven by the unmodified simple-salesforce."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from include.sandbox.server import Sandbox
from tests.sandbox.salesforce_client import connect
from tests.sandbox.sandbox_data import ACCOUNT_COUNT, salesforce_id

DATA = "/services/data/v66.0"


def error_code(action: Callable[[], Any]) -> str:
    """The errorCode of the error an action ends with."""
    with pytest.raises((SalesforceMalformedRequest, SalesforceResourceNotFound)) as caught:
        action()
    return caught.value.content[0]["errorCode"]


def names(salesforce: Salesforce, condition: str) -> list[str]:
    query = f"SELECT Name FROM Opportunity {condition}"
    return [record["Name"] for record in salesforce.query(query)["records"]]


class TestDescribe:
    def test_every_object_we_read_is_described_even_without_records(
        self, salesforce: Salesforce
    ) -> None:
        listed = {entry["name"] for entry in salesforce.describe()["sobjects"]}
        assert {"Account", "Opportunity", "LoginHistory", "CampaignMember"} <= listed
        fields = {field["name"] for field in salesforce.Lead.describe()["fields"]}
        assert {"Id", "IsDeleted", "SystemModstamp", "MasterRecordId", "Status"} <= fields

    def test_types_follow_the_fields_we_read_and_the_records(self, salesforce: Salesforce) -> None:
        described = {field["name"]: field for field in salesforce.Account.describe()["fields"]}
        types = {name: field["type"] for name, field in described.items()}
        assert types["Id"] == "id"
        assert types["AnnualRevenue"] == "currency"
        assert types["NumberOfEmployees"] == "int"
        assert types["SystemModstamp"] == "datetime"
        assert types["ParentId"] == "reference"
        assert described["ParentId"]["referenceTo"] == ["Account"]
        assert (types["Region__c"], described["Region__c"]["custom"]) == ("string", True)
        assert types["BillingAddress"] == "address"
        assert described["BillingCity"]["compoundFieldName"] == "BillingAddress"

    def test_25_describes_go_in_one_call(self, sandbox: Sandbox, http: requests.Session) -> None:
        url = f"{sandbox.url}{DATA}/composite/batch"
        requests_ = [
            {"method": "GET", "url": f"v66.0/sobjects/{name}/describe"}
            for name in ("Account", "Nothing__c")
        ]
        answer = http.post(url, json={"batchRequests": requests_}, timeout=10).json()
        assert answer["hasErrors"] is True
        assert [part["statusCode"] for part in answer["results"]] == [200, 404]
        assert answer["results"][0]["result"]["name"] == "Account"
        too_many = http.post(url, json={"batchRequests": requests_ * 13}, timeout=10)
        assert too_many.status_code == 400

    def test_hidden_objects_and_fields_are_gone(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.hide("salesforce", "Lead")
        sandbox.control.hide("salesforce", "Account", "AnnualRevenue")
        assert "Lead" not in {entry["name"] for entry in salesforce.describe()["sobjects"]}
        assert error_code(lambda: salesforce.restful("sobjects/Lead/describe")) == "NOT_FOUND"
        assert error_code(lambda: salesforce.query("SELECT Id FROM Lead")) == "INVALID_TYPE"
        fields = {field["name"] for field in salesforce.Account.describe()["fields"]}
        assert "AnnualRevenue" not in fields
        query = "SELECT AnnualRevenue FROM Account"
        assert error_code(lambda: salesforce.query(query)) == "INVALID_FIELD"
        sandbox.control.show_everything()
        assert salesforce.query(query)["totalSize"] == 445


class TestRecord:
    def test_one_record_has_every_field(self, salesforce: Salesforce) -> None:
        record = salesforce.Account.get(salesforce_id("001", 1))
        assert (record["Name"], record["AnnualRevenue"]) == ("Company 1", 1000.0)
        assert record["BillingAddress"]["country"] == "Italy"

    def test_deleted_and_missing_ones_are_told_apart(self, salesforce: Salesforce) -> None:
        get = lambda number: salesforce.Account.get(salesforce_id("001", number))  # noqa: E731
        assert error_code(lambda: get(100)) == "ENTITY_IS_DELETED"
        assert error_code(lambda: get(999)) == "NOT_FOUND"


class TestQuery:
    def test_pages_hold_every_record_once(self, salesforce: Salesforce) -> None:
        options = {"Sforce-Query-Options": "batchSize=200"}
        first = salesforce.query("SELECT Id FROM Account ORDER BY Id", headers=options)
        assert (len(first["records"]), first["totalSize"], first["done"]) == (200, 445, False)
        assert first["nextRecordsUrl"].startswith(f"{DATA}/query/01g")
        second = salesforce.query_more(first["nextRecordsUrl"], identifier_is_url=True)
        third = salesforce.query_more(second["nextRecordsUrl"], identifier_is_url=True)
        assert third["done"] is True
        assert "nextRecordsUrl" not in third
        ids = [r["Id"] for page in (first, second, third) for r in page["records"]]
        # The deleted ones are numbers 0, 100, ... 400.
        assert ids == [salesforce_id("001", n) for n in range(ACCOUNT_COUNT) if n % 100]

    def test_query_all_gives_deleted_records_too(self, salesforce: Salesforce) -> None:
        query = "SELECT Id, IsDeleted FROM Account"
        records = list(salesforce.query_all_iter(query, include_deleted=True))
        assert len(records) == 450
        assert sum(record["IsDeleted"] for record in records) == 5

    def test_the_limit_counts_after_deleted_records_are_left_out(
        self, salesforce: Salesforce
    ) -> None:
        records = salesforce.query("SELECT Id FROM Account ORDER BY Id LIMIT 2")["records"]
        assert [r["Id"] for r in records] == [salesforce_id("001", n) for n in (1, 2)]

    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ("WHERE Amount > 22 AND Amount <= 1e13", ["Deal 0"]),
            ("WHERE Amount = null", ["Deal 3"]),
            ("WHERE Amount != null ORDER BY Amount DESC", ["Deal 1", "Deal 0", "Deal 2"]),
            ("WHERE StageName = 'Closed Won'", ["Deal 0", "Deal 1"]),
            ("WHERE StageName != 'closed won'", ["Deal 2", "Deal 3"]),
            ("WHERE StageName LIKE 'close_ w%'", ["Deal 0", "Deal 1"]),
            ("WHERE StageName IN ('Prospecting', 'x') AND IsWon = false", ["Deal 2", "Deal 3"]),
            ("WHERE Name NOT IN ('Deal 0', 'Deal 1')", ["Deal 2", "Deal 3"]),
            ("WHERE NOT (IsWon = true OR Amount = 0)", ["Deal 3"]),
            ("WHERE CloseDate >= 2026-04-03", ["Deal 2", "Deal 3"]),
            ("WHERE SystemModstamp < 2026-03-02T08:00:00Z", ["Deal 0"]),
            ("WHERE SystemModstamp <= 2026-03-02T10:00:00+02:00", ["Deal 0", "Deal 1"]),
            (
                "ORDER BY StageName DESC, Amount ASC NULLS LAST",
                ["Deal 2", "Deal 3", "Deal 0", "Deal 1"],
            ),
            ("ORDER BY Amount LIMIT 2", ["Deal 3", "Deal 2"]),
            ("ORDER BY Name LIMIT 2 OFFSET 1", ["Deal 1", "Deal 2"]),
            (f"WHERE Id > '{salesforce_id('006', 2)}'", ["Deal 3"]),
        ],
    )
    def test_conditions_and_orders(
        self, salesforce: Salesforce, condition: str, expected: list[str]
    ) -> None:
        assert names(salesforce, condition) == expected

    def test_count_gives_no_records(self, salesforce: Salesforce) -> None:
        answer = salesforce.query("SELECT COUNT() FROM Opportunity WHERE IsWon = true")
        assert (answer["totalSize"], answer["records"]) == (2, [])

    def test_values_are_spelled_as_rest_spells_them(self, salesforce: Salesforce) -> None:
        query = (
            "SELECT Id, AnnualRevenue, NumberOfEmployees, BillingAddress, LastModifiedDate "
            "FROM Account WHERE Name IN ('Company 1', 'Company 2') ORDER BY Name"
        )
        one, two = salesforce.query(query)["records"]
        assert dict(one["attributes"]) == {
            "type": "Account",
            "url": f"{DATA}/sobjects/Account/{salesforce_id('001', 1)}",
        }
        assert (one["AnnualRevenue"], one["NumberOfEmployees"]) == (1000.0, 1)
        assert one["BillingAddress"]["city"] == "Rome"
        assert two["BillingAddress"] is None
        # Records without LastModifiedDate have their SystemModstamp there.
        assert one["LastModifiedDate"] == "2026-03-02T08:00:00.000+0000"

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("SELECT Id, Nmae FROM Account", "INVALID_FIELD"),
            ("SELECT Id FROM Account WHERE Nmae = 1", "INVALID_FIELD"),
            ("SELECT Id FROM Acount", "INVALID_TYPE"),
            ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
            ("SELECT FROM Account", "MALFORMED_QUERY"),
            ("SELECT Id, Id FROM Account", "MALFORMED_QUERY"),
            (
                "SELECT Id FROM Account WHERE SystemModstamp > '2026-03-01T00:00:00Z'",
                "INVALID_FIELD",
            ),
            ("SELECT Id FROM Account WHERE NumberOfEmployees > '1'", "INVALID_FIELD"),
        ],
    )
    def test_wrong_queries_get_the_real_codes(
        self, salesforce: Salesforce, query: str, code: str
    ) -> None:
        assert error_code(lambda: salesforce.query(query)) == code

    def test_a_cursor_belongs_to_the_session_that_opened_it(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        options = {"Sforce-Query-Options": "batchSize=200"}
        url = salesforce.query("SELECT Id FROM Account", headers=options)["nextRecordsUrl"]
        other = connect(sandbox)
        more = lambda session: session.query_more(url, identifier_is_url=True)  # noqa: E731
        assert error_code(lambda: more(other)) == "INVALID_QUERY_LOCATOR"
        assert len(more(salesforce)["records"]) == 200

    def test_a_cursor_keeps_its_records_while_they_change(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        options = {"Sforce-Query-Options": "batchSize=200"}
        page = salesforce.query("SELECT Id FROM Account ORDER BY Id", headers=options)
        ids = [record["Id"] for record in page["records"]]
        for number in (1, 2, 3):
            sandbox.control.hard_delete(
                "salesforce", "Account", salesforce_id("001", number), "2026-03-29T00:00:00Z"
            )
        while not page["done"]:
            page = salesforce.query_more(page["nextRecordsUrl"], identifier_is_url=True)
            ids += [record["Id"] for record in page["records"]]
        assert ids == [salesforce_id("001", n) for n in range(ACCOUNT_COUNT) if n % 100]
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 442

    def test_the_oldest_of_eleven_cursors_is_closed(self, salesforce: Salesforce) -> None:
        options = {"Sforce-Query-Options": "batchSize=200"}
        urls = [
            salesforce.query(f"SELECT Id FROM Account LIMIT {400 + n}", headers=options)[
                "nextRecordsUrl"
            ]
            for n in range(11)
        ]
        more = lambda url: salesforce.query_more(url, identifier_is_url=True)  # noqa: E731
        assert error_code(lambda: more(urls[0])) == "INVALID_QUERY_LOCATOR"
        assert len(more(urls[1])["records"]) == 200

    def test_a_request_line_that_is_too_long_is_refused(self, salesforce: Salesforce) -> None:
        query = "SELECT Id FROM Account WHERE Name != '" + "x" * 17_000 + "'"
        with pytest.raises(SalesforceGeneralError) as caught:
            salesforce.query(query)
        assert caught.value.status == 414


class TestVersionsAndLimits:
    def test_the_sandbox_is_read_and_not_written(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        refused = http.post(f"{sandbox.url}{DATA}/sobjects/Account", json={}, timeout=10)
        assert (refused.status_code, refused.json()[0]["errorCode"]) == (405, "METHOD_NOT_ALLOWED")
        broken = http.post(f"{sandbox.url}{DATA}/jobs/query", data="{", timeout=10)
        assert (broken.status_code, broken.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")

    def test_paths_work_with_and_without_a_slash_at_the_end(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        for path in ("/services/data", f"{DATA}/limits", f"{DATA}/sobjects"):
            with_slash, without = (
                http.get(f"{sandbox.url}{path}{end}", timeout=10) for end in ("/", "")
            )
            assert with_slash.status_code == without.status_code == 200
        versions = http.get(f"{sandbox.url}/services/data", timeout=10).json()
        labels = {entry["version"]: entry["label"] for entry in versions}
        assert (labels["65.0"], labels["66.0"]) == ("Winter '26", "Spring '26")

    def test_retired_versions_are_gone_and_future_ones_not_there(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        status = {
            version: http.get(f"{sandbox.url}/services/data/v{version}/limits", timeout=10)
            for version in ("20.0", "66.0", "99.0")
        }
        assert [answer.status_code for answer in status.values()] == [410, 200, 404]

    def test_the_header_counts_calls(self, salesforce: Salesforce) -> None:
        salesforce.query("SELECT COUNT() FROM Account")
        used = salesforce.api_usage["api-usage"].used
        remaining = salesforce.limits()["DailyApiRequests"]["Remaining"]
        assert salesforce.api_usage["api-usage"].used == used + 1
        assert remaining == 100_000 - used - 1

    def test_a_used_up_quota_refuses(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.limit(salesforce_daily=1)
        salesforce.query("SELECT COUNT() FROM Account")
        with pytest.raises(SalesforceRefusedRequest) as caught:
            salesforce.query("SELECT COUNT() FROM Account")
        assert caught.value.content[0]["errorCode"] == "REQUEST_LIMIT_EXCEEDED"

    def test_record_counts(self, salesforce: Salesforce) -> None:
        counts = salesforce.restful("limits/recordCount", {"sObjects": "Account,Opportunity"})
        assert [dict(c) for c in counts["sObjects"]] == [
            {"count": 445, "name": "Account"},
            {"count": 4, "name": "Opportunity"},
        ]
