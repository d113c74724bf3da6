"""The sandbox's Bulk API 2.0, and how it spells values."""

from __future__ import annotations

import csv
import io

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceGeneralError

from include.sandbox.salesforce_rows import bulk_datetime, java_double, rest_datetime
from include.sandbox.server import Sandbox
from tests.sandbox.sandbox_data import salesforce_id

DATA = "/services/data/v66.0"


class TestBulk:
    def job(self, sandbox: Sandbox, http: requests.Session, query: str, **kwargs: str) -> str:
        body = {"operation": "query", "query": query, **kwargs}
        answer = http.post(f"{sandbox.url}{DATA}/jobs/query", json=body, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["id"]

    def test_simple_salesforce_downloads_every_page(self, salesforce: Salesforce) -> None:
        query = "SELECT Id, AnnualRevenue, IsDeleted, SystemModstamp, Region__c FROM Account"
        pages = list(salesforce.bulk2.Account.query(query, max_records=200, wait=0.1))
        assert [page.count('\n"001') for page in pages] == [200, 200, 45]
        rows = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
        assert len(rows) == 445
        assert rows[0] == {
            "Id": salesforce_id("001", 1),
            "AnnualRevenue": "1000.0",
            "IsDeleted": "false",
            "SystemModstamp": "2026-03-02T08:00:00.000Z",
            "Region__c": "",
        }
        assert rows[6]["Region__c"] == 'He said "NA",\nand left'

    def test_query_all_reads_deleted_records(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        job = self.job(sandbox, http, "SELECT Id FROM Account", operation="queryAll")
        url = f"{sandbox.url}{DATA}/jobs/query/{job}"
        described = http.get(url, timeout=10).json()
        assert (described["state"], described["numberRecordsProcessed"]) == ("JobComplete", 450)
        answer = http.get(f"{url}/results", timeout=10)
        assert answer.headers["Sforce-Locator"] == "null"
        assert answer.headers["Sforce-NumberOfRecords"] == "450"
        assert answer.text.count("\n") == 451

    def test_a_result_without_rows_is_a_header(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        job = self.job(sandbox, http, "SELECT Id, Name FROM Lead")
        url = f"{sandbox.url}{DATA}/jobs/query/{job}"
        http.get(url, timeout=10)
        answer = http.get(f"{url}/results", timeout=10)
        assert (answer.text, answer.headers["Sforce-NumberOfRecords"]) == ('"Id","Name"\n', "0")

    def test_a_page_can_be_read_again_and_in_parallel(
        self, sandbox: Sandbox, http: requests.Session, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("include.sandbox.salesforce_bulk.PARALLEL_PAGE", 80)
        job = self.job(sandbox, http, "SELECT Id FROM Account")
        url = f"{sandbox.url}{DATA}/jobs/query/{job}"
        http.get(url, timeout=10)
        first, again = (http.get(f"{url}/results?maxRecords=300", timeout=10) for _ in range(2))
        assert first.text == again.text
        pages = http.get(f"{url}/resultPages", timeout=10).json()
        assert (len(pages["resultPages"]), pages["done"]) == (5, False)
        last = http.get(sandbox.url + pages["nextRecordsUrl"], timeout=10).json()
        assert (len(last["resultPages"]), last["done"]) == (1, True)
        texts = [
            http.get(sandbox.url + page["resultUrl"], timeout=10).text
            for page in pages["resultPages"] + last["resultPages"]
        ]
        # 445 rows in pages of 80: five full ones and 45 rows.
        assert [text.count("\n") - 1 for text in texts] == [80, 80, 80, 80, 80, 45]

    def test_results_need_the_version_of_the_job(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        job = self.job(sandbox, http, "SELECT Id FROM Account")
        http.get(f"{sandbox.url}{DATA}/jobs/query/{job}", timeout=10)
        other = f"{sandbox.url}/services/data/v65.0/jobs/query/{job}/results"
        assert http.get(other, timeout=10).status_code == 409

    def test_states_follow_each_other(self, sandbox: Sandbox, http: requests.Session) -> None:
        sandbox.control.trouble("salesforce", bulk_polls=1)
        job = self.job(sandbox, http, "SELECT Id FROM Account")
        url = f"{sandbox.url}{DATA}/jobs/query/{job}"
        assert http.get(f"{url}/results", timeout=10).status_code == 400
        assert http.delete(url, timeout=10).status_code == 400
        states = [http.get(url, timeout=10).json()["state"] for _ in range(2)]
        assert states == ["InProgress", "JobComplete"]
        assert http.patch(url, json={"state": "Aborted"}, timeout=10).status_code == 400
        assert [left.id for left in sandbox.salesforce.bulk.jobs()] == [job]
        deleted = http.delete(url, timeout=10)
        assert sandbox.salesforce.bulk.jobs() == []
        assert (deleted.status_code, deleted.content) == (204, b"")
        assert http.get(url, timeout=10).status_code == 404

    def test_a_running_job_can_be_aborted(self, sandbox: Sandbox, http: requests.Session) -> None:
        job = self.job(sandbox, http, "SELECT Id FROM Account")
        url = f"{sandbox.url}{DATA}/jobs/query/{job}"
        aborted = http.patch(url, json={"state": "Aborted"}, timeout=10)
        assert aborted.json()["state"] == "Aborted"
        assert http.get(url, timeout=10).json()["state"] == "Aborted"

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("SELECT Id, BillingAddress FROM Account", "API_ERROR"),
            ("SELECT COUNT() FROM Account", "API_ERROR"),
            ("SELECT Nmae FROM Account", "INVALID_FIELD"),
            ("", "MALFORMED_QUERY"),
        ],
    )
    def test_what_bulk_refuses(
        self, sandbox: Sandbox, http: requests.Session, query: str, code: str
    ) -> None:
        answer = http.post(
            f"{sandbox.url}{DATA}/jobs/query",
            json={"operation": "query", "query": query},
            timeout=10,
        )
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)

    def test_an_expired_session_is_not_renewed_by_the_client(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        handle = salesforce.bulk2.Account
        sandbox.control.revoke_tokens()
        with pytest.raises(SalesforceExpiredSession):
            list(handle.query("SELECT Id FROM Account", wait=0.1))


def test_the_older_bulk_api_reads_too(salesforce: Salesforce) -> None:
    query = "SELECT Id, SystemModstamp FROM Account ORDER BY Id LIMIT 2"
    rows = salesforce.bulk.Account.query_all(query, wait=0.1)
    # The deleted account 0 is read as well; it was modified on 2026-03-01 at 8:00,
    # (20,513 days * 24 + 8) hours after 1970-01-01.
    assert [(row["Id"], row["SystemModstamp"]) for row in rows] == [
        (salesforce_id("001", 0), (20_513 * 24 + 8) * 3_600_000),
        (salesforce_id("001", 1), (20_514 * 24 + 8) * 3_600_000),
    ]
    with pytest.raises(SalesforceGeneralError, match="INVALID_FIELD"):
        salesforce.bulk.Account.query("SELECT Nmae FROM Account", wait=0.1)


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (23, "23.0"),
        (0, "0.0"),
        (1500.55, "1500.55"),
        (-9999999.5, "-9999999.5"),
        (10_000_000, "1.0E7"),
        (16147805824397, "1.6147805824397E13"),
        (-0.0005, "-5.0E-4"),
    ],
)
def test_bulk_spells_numbers_as_java_does(value: float, spelled: str) -> None:
    assert java_double(value) == spelled


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T08:00:00Z",
        "2026-03-01T08:00:00.000Z",
        "2026-03-01T08:00:00.000+0000",
        "2026-03-01T10:00:00+02:00",
    ],
)
def test_instants_have_one_spelling_per_api(text: str) -> None:
    assert rest_datetime(text) == "2026-03-01T08:00:00.000+0000"
    assert bulk_datetime(text) == "2026-03-01T08:00:00.000Z"
