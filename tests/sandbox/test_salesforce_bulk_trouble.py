"""What can go wrong in the sandbox's Bulk API: jobs, results, and what values hold."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceOperationError

from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.sandbox.sandbox_data import salesforce_id

DATA = "/services/data/v66.0"
ACCOUNTS = "SELECT Id FROM Account ORDER BY Id"
DAY_2 = "SystemModstamp >= 2026-03-02T00:00:00Z AND SystemModstamp < 2026-03-03T00:00:00Z"


class Jobs:
    """Query jobs over plain HTTP."""

    def __init__(self, url: str, http: requests.Session) -> None:
        self._url = f"{url}{DATA}/jobs/query"
        self._http = http

    def create(self, query: str) -> requests.Response:
        body = {"operation": "query", "query": query}
        return self._http.post(self._url, json=body, timeout=10)

    def get(self, key: str, **parameters: Any) -> requests.Response:
        return self._http.get(f"{self._url}/{key}", params=parameters, timeout=10)

    def ended(self, query: str) -> dict[str, Any]:
        """A job in the state it is in when it was asked for once."""
        return self.get(self.create(query).json()["id"]).json()


@pytest.fixture
def jobs(sandbox: Sandbox, http: requests.Session) -> Jobs:
    return Jobs(sandbox.url, http)


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()[0]["errorCode"]


class TestOutcomes:
    def test_a_job_fails_with_a_reason(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        reason = "InternalServerError : Retried more than fifteen times"
        outcome = {"object": "Account", "state": "Failed", "message": reason}
        sandbox.control.trouble("salesforce", bulk_outcomes=[outcome])
        with pytest.raises(SalesforceOperationError, match="fifteen times"):
            list(salesforce.bulk2.Account.query(ACCOUNTS, wait=0.1))
        # Jobs for other objects are not touched.
        query = "SELECT Id FROM Opportunity"
        (page,) = salesforce.bulk2.Opportunity.query(query, wait=0.1)
        assert page.count("\n") == 5

    def test_a_job_is_aborted_by_somebody_and_the_next_one_is_not(
        self, sandbox: Sandbox, jobs: Jobs
    ) -> None:
        outcome = {"object": "Account", "state": "Aborted", "times": 1}
        sandbox.control.trouble("salesforce", bulk_outcomes=[outcome])
        job = jobs.ended(ACCOUNTS)
        assert (job["state"], job["numberRecordsProcessed"]) == ("Aborted", 0)
        assert "errorMessage" not in job
        assert refusal(jobs.get(f"{job['id']}/results")) == (400, "INVALIDJOBSTATE")
        assert jobs.ended(ACCOUNTS)["state"] == "JobComplete"

    def test_a_job_is_slow_and_then_fails(self, sandbox: Sandbox, jobs: Jobs) -> None:
        outcome = {"object": "Account", "state": "Failed", "message": "no"}
        sandbox.control.trouble("salesforce", bulk_polls=2, bulk_outcomes=[outcome])
        key = jobs.create(ACCOUNTS).json()["id"]
        polled = [jobs.get(key).json() for _ in range(3)]
        assert [job["state"] for job in polled] == ["InProgress", "InProgress", "Failed"]
        assert [job.get("errorMessage") for job in polled] == [None, None, "no"]
        assert [job["numberRecordsProcessed"] for job in polled] == [0, 0, 0]

    def test_a_wide_window_fails_the_job(self, sandbox: Sandbox, jobs: Jobs) -> None:
        sandbox.control.trouble("salesforce", query_timeout_seconds=86_400)
        job = jobs.ended("SELECT Id FROM Account WHERE SystemModstamp < 2026-03-03T00:00:00Z")
        assert job["state"] == "Failed"
        assert job["errorMessage"] == "QUERY_TIMEOUT: Your query request was running for too long."
        # Day 2 is n % 28 = 1: 1, 29, ... 449, which is 17 accounts.
        narrow = jobs.ended(f"SELECT Id FROM Account WHERE {DAY_2}")
        assert (narrow["state"], narrow["numberRecordsProcessed"]) == ("JobComplete", 17)

    def test_too_many_records_fail_the_job(self, sandbox: Sandbox, jobs: Jobs) -> None:
        sandbox.control.trouble("salesforce", query_timeout_records=16)
        assert jobs.ended(f"SELECT Id FROM Account WHERE {DAY_2}")["state"] == "Failed"
        assert (
            jobs.ended(f"SELECT Id FROM Account WHERE {DAY_2} LIMIT 16")["state"] == "JobComplete"
        )


class TestRefusals:
    def test_some_objects_are_not_in_this_api(self, sandbox: Sandbox, jobs: Jobs) -> None:
        sandbox.control.trouble("salesforce", bulk_unsupported=["Account"])
        answer = jobs.create(ACCOUNTS)
        assert refusal(answer) == (400, "INVALIDENTITY")
        assert "is not supported by the Bulk API" in answer.json()[0]["message"]
        assert jobs.create("SELECT Id FROM Opportunity").status_code == 200

    def test_files_are_not_and_rest_gives_their_address(
        self, sandbox: Sandbox, jobs: Jobs, salesforce: Salesforce
    ) -> None:
        sandbox.control.declare_field("Account", "Logo__c", "base64")
        assert refusal(jobs.create("SELECT Id, Logo__c FROM Account")) == (400, "FEATURENOTENABLED")
        (record,) = salesforce.query("SELECT Logo__c FROM Account LIMIT 1")["records"]
        assert record["Logo__c"] == f"{DATA}/sobjects/Account/{salesforce_id('001', 1)}/Logo__c"

    @pytest.mark.parametrize("field_type", ["address", "location"])
    def test_compound_fields_are_not(self, sandbox: Sandbox, jobs: Jobs, field_type: str) -> None:
        sandbox.control.declare_field("Account", "Place__c", field_type)
        answer = jobs.create("SELECT Id, Place__c FROM Account")
        assert "Selecting compound data not supported in Bulk Query" in answer.text

    def test_a_days_jobs_are_counted(self, sandbox: Sandbox, jobs: Jobs) -> None:
        sandbox.control.trouble("salesforce", bulk_daily_jobs=2)
        assert [jobs.create(ACCOUNTS).status_code for _ in range(2)] == [200, 200]
        answer = jobs.create(ACCOUNTS)
        assert refusal(answer) == (400, "LIMIT_EXCEEDED")
        assert answer.json()[0]["message"].startswith("Max bulk v2 query jobs (2) per 24 hrs")
        sandbox.control.trouble("salesforce", session_idle_seconds=10**9)
        sandbox.control.advance(86_400)
        assert jobs.create(ACCOUNTS).status_code == 200


class TestResults:
    def test_lost_locators_leave_the_first_page(self, sandbox: Sandbox, jobs: Jobs) -> None:
        key = jobs.ended(ACCOUNTS)["id"]
        first = jobs.get(f"{key}/results", maxRecords=200)
        locator = first.headers["Sforce-Locator"]
        assert jobs.get(f"{key}/results", maxRecords=200, locator=locator).status_code == 200
        sandbox.control.lose("bulk_locators")
        lost = jobs.get(f"{key}/results", maxRecords=200, locator=locator)
        assert refusal(lost) == (400, "INVALID_QUERY_LOCATOR")
        again = jobs.get(f"{key}/results", maxRecords=200)
        assert again.text == first.text
        assert again.headers["Sforce-Locator"] != locator
        following = jobs.get(
            f"{key}/results", maxRecords=200, locator=again.headers["Sforce-Locator"]
        )
        assert following.headers["Sforce-NumberOfRecords"] == "200"
        nonsense = jobs.get(f"{key}/results", locator="bm9uc2Vuc2U")
        assert refusal(nonsense) == (400, "INVALID_QUERY_LOCATOR")

    def test_jobs_are_lost_on_demand_and_after_seven_days(
        self, sandbox: Sandbox, jobs: Jobs
    ) -> None:
        key = jobs.ended(ACCOUNTS)["id"]
        sandbox.control.lose("bulk_jobs")
        assert refusal(jobs.get(key)) == (404, "NOT_FOUND")
        sandbox.control.trouble("salesforce", session_idle_seconds=10**9)
        key = jobs.ended(ACCOUNTS)["id"]
        sandbox.control.advance(7 * 86_400)
        assert jobs.get(f"{key}/results").status_code == 200
        sandbox.control.advance(1)
        assert refusal(jobs.get(f"{key}/results")) == (404, "NOT_FOUND")

    def test_a_page_may_be_short_of_what_its_header_says(
        self, sandbox: Sandbox, jobs: Jobs
    ) -> None:
        key = jobs.ended(ACCOUNTS)["id"]
        # A header of 5 bytes and rows of 21 bytes: 100 rows and no error of any kind.
        sandbox.control.inject(Fault("/results", shorten_to_bytes=5 + 100 * 21))
        short = jobs.get(f"{key}/results")
        assert short.text.count("\n") == 101
        assert short.headers["Sforce-NumberOfRecords"] == "445"
        # The page itself is not spoiled.
        assert jobs.get(f"{key}/results").text.count("\n") == 446

    def test_a_page_may_be_cut_off(self, sandbox: Sandbox, jobs: Jobs) -> None:
        key = jobs.ended(ACCOUNTS)["id"]
        sandbox.control.inject(Fault("/results", cut_after_bytes=500))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            jobs.get(f"{key}/results")

    def test_every_page_begins_with_the_header(self, jobs: Jobs) -> None:
        key = jobs.ended("SELECT Id, Name FROM Account")["id"]
        locator, first_lines = "", []
        while locator != "null":
            page = jobs.get(
                f"{key}/results", maxRecords=200, **({"locator": locator} if locator else {})
            )
            first_lines.append(page.text.split("\n")[0])
            locator = page.headers["Sforce-Locator"]
        assert first_lines == ['"Id","Name"'] * 3


class TestValues:
    """What breaks careless readers of CSV: REST gives the same values."""

    @pytest.mark.parametrize(
        "text",
        [
            *("NA", "None", "null", "nan", "#N/A", " spaces ", "=1+1", "comma, semicolon;"),
            *('a "quoted" word', "two\nlines", "a\r\nb", "nul\x00l", "€ 日本 🙂"),
        ],
    )
    def test_text_comes_as_it_is(
        self, sandbox: Sandbox, jobs: Jobs, salesforce: Salesforce, text: str
    ) -> None:
        key = salesforce_id("001", 1)
        sandbox.control.upsert("salesforce", "Account", {"Id": key, "Region__c": text})
        query = f"SELECT Id, Region__c FROM Account WHERE Id = '{key}'"
        (record,) = salesforce.query(query)["records"]
        assert record["Region__c"] == text
        page = jobs.get(f"{jobs.ended(query)['id']}/results")
        page.encoding = "utf-8"
        (row,) = csv.DictReader(io.StringIO(page.text, newline=""))
        assert row == {"Id": key, "Region__c": text}

    def test_numbers_and_instants_have_two_spellings(
        self, jobs: Jobs, salesforce: Salesforce
    ) -> None:
        query = "SELECT Amount, CreatedDate FROM Opportunity ORDER BY Id"
        page = jobs.get(f"{jobs.ended(query)['id']}/results")
        rows = list(csv.reader(io.StringIO(page.text)))[1:]
        assert [row[0] for row in rows] == ["23.0", "1.6147805824397E13", "0.0", ""]
        assert rows[0][1] == "2026-03-01T08:00:00.000Z"
        records = salesforce.query(query)["records"]
        assert [record["Amount"] for record in records] == [23.0, 16147805824397.0, 0.0, None]
        assert records[0]["CreatedDate"] == "2026-03-01T08:00:00.000+0000"
