"""What can go wrong in the sandbox's Salesforce: REST pages, sessions, deletions and quotas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceRefusedRequest,
)

from include.sandbox.faults import Fault
from include.sandbox.salesforce_answers import SALESFORCE_ANSWERS
from include.sandbox.server import Sandbox
from tests.sandbox.sandbox_data import salesforce_id

DATA = "/services/data/v66.0"
SMALL = {"Sforce-Query-Options": "batchSize=200"}
ACCOUNTS = "SELECT Id FROM Account ORDER BY Id"


def error_code(action: Callable[[], Any]) -> str:
    with pytest.raises((SalesforceMalformedRequest, SalesforceRefusedRequest)) as caught:
        action()
    return caught.value.content[0]["errorCode"]


def pages(salesforce: Salesforce, query: str) -> Iterator[dict[str, Any]]:
    page = salesforce.query(query, headers=SMALL)
    yield page
    while not page["done"]:
        page = salesforce.query_more(page["nextRecordsUrl"], identifier_is_url=True)
        yield page


def ids(read: Iterator[dict[str, Any]]) -> list[str]:
    return [record["Id"] for page in read for record in page["records"]]


# Accounts 0, 100, ... 400 are deleted.
LIVE = [salesforce_id("001", n) for n in range(450) if n % 100]


class TestPages:
    def test_they_hold_what_the_trouble_says_and_not_what_was_asked(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.trouble("salesforce", page_sizes=[1, 0, 222])
        read = list(pages(salesforce, ACCOUNTS))
        # 1 + 0 + 222 = 223 in a round, twice that is 446: the second round ends with 221.
        assert [len(page["records"]) for page in read] == [1, 0, 222, 1, 0, 221]
        assert [page["done"] for page in read] == [False] * 5 + [True]
        assert {page["totalSize"] for page in read} == {445}
        assert ids(iter(read)) == LIVE

    def test_a_page_can_be_read_again(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.trouble("salesforce", page_sizes=[0, 100])
        url = salesforce.query(ACCOUNTS)["nextRecordsUrl"]
        first, again = (salesforce.query_more(url, identifier_is_url=True) for _ in range(2))
        assert first == again
        assert len(first["records"]) == 100

    def test_thousands_of_records_share_a_second(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        stamp = "2026-03-29T12:00:00.000+0000"
        for number in range(1000, 3500):
            record = {"Id": salesforce_id("001", number), "SystemModstamp": stamp}
            sandbox.control.upsert("salesforce", "Account", record)
        query = "SELECT Id FROM Account WHERE SystemModstamp "
        tied = list(salesforce.query_all_iter(f"{query} = 2026-03-29T12:00:00Z"))
        assert len({record["Id"] for record in tied}) == len(tied) == 2500
        later = salesforce.query(f"{query} > 2026-03-29T12:00:00Z")
        assert later["totalSize"] == 0


class TestCursors:
    def more(self, salesforce: Salesforce, url: str) -> dict[str, Any]:
        return salesforce.query_more(url, identifier_is_url=True)

    def test_one_that_is_not_used_for_15_minutes_is_gone(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        url = salesforce.query(ACCOUNTS, headers=SMALL)["nextRecordsUrl"]
        for _ in range(2):
            sandbox.control.advance(15 * 60)
            assert len(self.more(salesforce, url)["records"]) == 200
        sandbox.control.advance(15 * 60 + 1)
        assert error_code(lambda: self.more(salesforce, url)) == "INVALID_QUERY_LOCATOR"

    def test_one_that_is_used_all_the_time_ends_after_two_days(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.trouble("salesforce", cursor_idle_seconds=10**9)
        sandbox.control.trouble("salesforce", session_idle_seconds=10**9)
        url = salesforce.query(ACCOUNTS, headers=SMALL)["nextRecordsUrl"]
        sandbox.control.advance(2 * 86_400)
        self.more(salesforce, url)
        sandbox.control.advance(1)
        assert error_code(lambda: self.more(salesforce, url)) == "INVALID_QUERY_LOCATOR"

    def test_fewer_may_be_open(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.trouble("salesforce", open_cursors=1)
        first = salesforce.query(ACCOUNTS, headers=SMALL)["nextRecordsUrl"]
        second = salesforce.query("SELECT Name FROM Account", headers=SMALL)["nextRecordsUrl"]
        assert error_code(lambda: self.more(salesforce, first)) == "INVALID_QUERY_LOCATOR"
        assert len(self.more(salesforce, second)["records"]) == 200

    def test_they_are_lost_on_demand_and_by_a_new_login(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        url = salesforce.query(ACCOUNTS, headers=SMALL)["nextRecordsUrl"]
        sandbox.control.lose("cursors")
        assert error_code(lambda: self.more(salesforce, url)) == "INVALID_QUERY_LOCATOR"
        url = salesforce.query(ACCOUNTS, headers=SMALL)["nextRecordsUrl"]
        sandbox.control.revoke_tokens()
        # The client logs in again and asks for the same address; the cursor was the old session's.
        assert error_code(lambda: self.more(salesforce, url)) == "INVALID_QUERY_LOCATOR"
        assert sandbox.salesforce.sessions.login_count == 2


class TestSessions:
    def status(self, sandbox: Sandbox, http: requests.Session) -> int:
        return http.get(f"{sandbox.url}{DATA}/limits", timeout=10).status_code

    def test_they_end_two_hours_after_their_last_use(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        for _ in range(2):
            sandbox.control.advance(2 * 3600 - 1)
            assert self.status(sandbox, http) == 200
        sandbox.control.advance(2 * 3600)
        assert self.status(sandbox, http) == 401

    def test_they_can_be_made_short_however_much_they_are_used(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        sandbox.control.trouble("salesforce", session_seconds=60)
        sandbox.control.advance(59)
        assert self.status(sandbox, http) == 200
        sandbox.control.advance(1)
        assert self.status(sandbox, http) == 401

    def test_one_ends_in_the_middle_of_a_run(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        # The second page is the first request to a cursor, the third is the one that fails.
        end = [{"action": "revoke_tokens"}]
        sandbox.control.inject(Fault("/query/01g", skip=1, actions=end))
        with pytest.raises(SalesforceMalformedRequest) as caught:
            list(pages(salesforce, ACCOUNTS))
        assert caught.value.content[0]["errorCode"] == "INVALID_QUERY_LOCATOR"
        statuses = [entry.status for entry in sandbox.control.requests]
        # Login, two pages, no session, a new login, and the old session's cursor.
        assert statuses == [200, 200, 200, 401, 200, 400]

    def test_one_ends_in_the_middle_of_a_bulk_download(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        end = [{"action": "advance", "seconds": 2 * 3600}]
        sandbox.control.inject(Fault("/results", skip=1, actions=end))
        pages_ = salesforce.bulk2.Account.query(ACCOUNTS, max_records=200, wait=0.1)
        next(pages_)
        with pytest.raises(SalesforceExpiredSession):
            next(pages_)


class TestMidRun:
    """What changes between two pages of one reading."""

    def test_a_field_is_hidden(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        fields = {field["name"] for field in salesforce.Account.describe()["fields"]}
        assert "AnnualRevenue" in fields
        hide = {"action": "hide", "crm": "salesforce", "name": "Account"}
        fault = Fault("/query", actions=[{**hide, "fields": ["AnnualRevenue"]}])
        sandbox.control.inject(fault)
        query = "SELECT Id, AnnualRevenue FROM Account"
        with pytest.raises(SalesforceMalformedRequest) as caught:
            salesforce.query(query)
        error = caught.value.content[0]
        assert error["errorCode"] == "INVALID_FIELD"
        assert error["message"].startswith("No such column 'AnnualRevenue' on entity 'Account'")

    def test_the_permission_is_lost(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        hide = {"action": "hide", "crm": "salesforce", "name": "Account"}
        sandbox.control.inject(Fault("/query", actions=[hide]))
        assert error_code(lambda: salesforce.query(ACCOUNTS)) == "INVALID_TYPE"
        assert salesforce.query("SELECT COUNT() FROM Opportunity")["totalSize"] == 4

    def test_a_new_field_appears(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.declare_field("Account", "Tier__c", "picklist")
        described = {field["name"]: field for field in salesforce.Account.describe()["fields"]}
        assert (described["Tier__c"]["type"], described["Tier__c"]["calculated"]) == (
            "picklist",
            False,
        )
        assert (
            salesforce.query("SELECT Tier__c FROM Account LIMIT 1")["records"][0]["Tier__c"] is None
        )

    def test_a_formula_drifts_while_no_stamp_moves(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.declare_field("Account", "Score__c", "double", calculated=True)
        key = salesforce_id("001", 1)
        query = f"SELECT Score__c, SystemModstamp FROM Account WHERE Id = '{key}'"
        before = salesforce.query(query)["records"][0]
        sandbox.control.upsert("salesforce", "Account", {"Id": key, "Score__c": 7})
        after = salesforce.query(query)["records"][0]
        assert (before["Score__c"], after["Score__c"]) == (None, 7.0)
        assert before["SystemModstamp"] == after["SystemModstamp"] == "2026-03-02T08:00:00.000+0000"
        described = {field["name"]: field for field in salesforce.Account.describe()["fields"]}
        assert described["Score__c"]["calculated"] is True
        assert described["Score__c"]["updateable"] is False


class TestTimeouts:
    """Settings let queries with a wide window time out; account n was modified on day 1 + n % 28."""

    def total(self, salesforce: Salesforce, condition: str) -> int:
        return salesforce.query(f"SELECT Id FROM Account {condition}")["totalSize"]

    def test_a_window_of_too_many_seconds(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.trouble("salesforce", query_timeout_seconds=86_400)
        start = "WHERE SystemModstamp >= 2026-03-02T00:00:00Z"
        # Day 2 is n % 28 = 1: 1, 29, ... 449, which is 17 accounts.
        assert self.total(salesforce, f"{start} AND SystemModstamp < 2026-03-03T00:00:00Z") == 17
        for condition in (
            f"{start} AND SystemModstamp < 2026-03-03T00:00:01Z",
            # An open end is now, and an open beginning the beginning of time.
            start,
            "WHERE SystemModstamp < 2026-03-03T00:00:00Z",
            "",
            # A bound in an OR bounds nothing.
            f"{start} AND (SystemModstamp < 2026-03-03T00:00:00Z OR Name = 'x')",
        ):
            query = lambda condition=condition: self.total(salesforce, condition)  # noqa: E731
            assert error_code(query) == "QUERY_TIMEOUT", condition
        # Pages by Id read little at a time.
        key = salesforce_id("001", 440)
        assert self.total(salesforce, f"WHERE Id > '{key}' ORDER BY Id") == 9
        assert self.total(salesforce, "ORDER BY Id LIMIT 5") == 5

    def test_a_window_of_too_many_records(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.trouble("salesforce", query_timeout_records=17)
        start = "WHERE SystemModstamp >= 2026-03-02T00:00:00Z"
        assert self.total(salesforce, f"{start} AND SystemModstamp < 2026-03-03T00:00:00Z") == 17
        with pytest.raises(SalesforceMalformedRequest) as caught:
            self.total(salesforce, f"{start} AND SystemModstamp < 2026-03-04T00:00:00Z")
        assert caught.value.content == [
            {
                "message": "Your query request was running for too long.",
                "errorCode": "QUERY_TIMEOUT",
            }
        ]
        assert self.total(salesforce, "LIMIT 17") == 17
        sandbox.control.clear_trouble()
        assert self.total(salesforce, "") == 445


class TestDeletions:
    """The clock stands at 30 March 2026."""

    def log(self, salesforce: Salesforce, start: int, end: int) -> dict[str, Any]:
        return salesforce.Account.deleted(
            datetime(2026, 3, start, tzinfo=UTC), datetime(2026, 3, end, tzinfo=UTC)
        )

    def purge(self, sandbox: Sandbox, number: int, at: str) -> str:
        key = salesforce_id("001", number)
        sandbox.control.hard_delete("salesforce", "Account", key, at)
        return key

    def test_a_log_with_a_hole_says_from_when_it_is_complete(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        old = self.purge(sandbox, 1, "2026-03-26T23:59:59Z")
        new = self.purge(sandbox, 2, "2026-03-27T00:00:00Z")
        # Account 300 was deleted on day 1 + 300 % 28 = 21.
        found = [entry["id"] for entry in self.log(salesforce, 20, 30)["deletedRecords"]]
        assert found == [salesforce_id("001", 300), old, new]
        sandbox.control.trouble("salesforce", deleted_log_days=3)
        answer = self.log(salesforce, 20, 30)
        assert answer["earliestDateAvailable"] == "2026-03-27T00:00:00.000+0000"
        assert [entry["id"] for entry in answer["deletedRecords"]] == [new]

    def test_a_log_that_is_late_says_up_to_when_it_is_complete(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        early = self.purge(sandbox, 1, "2026-03-29T23:50:00Z")
        late = self.purge(sandbox, 2, "2026-03-29T23:50:01Z")
        sandbox.control.trouble("salesforce", deleted_log_lag_seconds=600)
        answer = self.log(salesforce, 29, 30)
        assert answer["latestDateCovered"] == "2026-03-29T23:50:00.000+0000"
        assert [entry["id"] for entry in answer["deletedRecords"]] == [early]
        # An end before that covers all that was asked.
        assert self.log(salesforce, 28, 29)["latestDateCovered"] == "2026-03-29T00:00:00.000+0000"
        sandbox.control.advance(1)
        found = [entry["id"] for entry in self.log(salesforce, 29, 30)["deletedRecords"]]
        assert found == [early, late]

    def test_too_many_ids_are_refused(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        for number in (1, 2, 3):
            self.purge(sandbox, number, f"2026-03-29T0{number}:00:00Z")
        sandbox.control.trouble("salesforce", deleted_ids_limit=3)
        assert len(self.log(salesforce, 29, 30)["deletedRecords"]) == 3
        sandbox.control.trouble("salesforce", deleted_ids_limit=2)
        assert error_code(lambda: self.log(salesforce, 29, 30)) == "EXCEEDED_ID_LIMIT"

    def test_the_log_forgets_after_15_days(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        key = self.purge(sandbox, 1, "2026-03-29T12:00:00Z")
        sandbox.control.set_time("2026-04-13T12:00:00Z")
        start, end = datetime(2026, 4, 13, 11, tzinfo=UTC), datetime(2026, 4, 13, 12, tzinfo=UTC)
        assert salesforce.Account.deleted(start, end)["deletedRecords"] == []
        start = datetime(2026, 3, 29, 12, tzinfo=UTC)
        found = salesforce.Account.deleted(start, end)["deletedRecords"]
        assert [entry["id"] for entry in found] == [key]
        sandbox.control.advance(60)
        with pytest.raises(SalesforceMalformedRequest):
            salesforce.Account.deleted(start, end)

    def test_the_recycle_bin_is_emptied_after_15_days(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        # Accounts 0, 100, 200, 300, 400 were deleted on days 1, 17, 5, 21 and 9 at 8 o'clock.
        def binned() -> list[str]:
            query = "SELECT Id FROM Account WHERE IsDeleted = true ORDER BY Id"
            records = salesforce.query(query, include_deleted=True)["records"]
            return [record["Id"] for record in records]

        assert len(binned()) == 5
        sandbox.control.empty_recycle_bin()
        # 15 days before 30 March is 15 March: days 17 and 21 are left.
        assert binned() == [salesforce_id("001", 100), salesforce_id("001", 300)]
        sandbox.control.empty_recycle_bin(older_than_days=0)
        assert binned() == []
        found = {entry["id"] for entry in self.log(salesforce, 16, 30)["deletedRecords"]}
        assert found == {salesforce_id("001", 100), salesforce_id("001", 300)}


class TestQuota:
    def test_it_is_given_back_after_24_hours(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.limit(salesforce_daily=3)
        count = lambda: salesforce.query("SELECT COUNT() FROM Account")  # noqa: E731
        count()
        sandbox.control.advance(3600)
        count()
        count()
        assert error_code(count) == "REQUEST_LIMIT_EXCEEDED"
        # An hour before the first call is a day old, and one call is left when it is.
        sandbox.control.advance(22 * 3600)
        assert error_code(count) == "REQUEST_LIMIT_EXCEEDED"
        sandbox.control.advance(3600)
        count()
        assert error_code(count) == "REQUEST_LIMIT_EXCEEDED"

    def test_others_use_it_too(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.limit(salesforce_used=99_999)
        salesforce.query("SELECT COUNT() FROM Account")
        assert salesforce.api_usage["api-usage"].used == 100_000
        sandbox.control.advance(86_400)
        salesforce.query("SELECT COUNT() FROM Account")
        assert salesforce.api_usage["api-usage"].used == 1


class TestNamedAnswers:
    @pytest.mark.parametrize("name", sorted(SALESFORCE_ANSWERS))
    def test_each_is_given_with_the_quota_unless_it_comes_from_before_the_service(
        self, sandbox: Sandbox, http: requests.Session, name: str
    ) -> None:
        status, body = SALESFORCE_ANSWERS[name]
        sandbox.control.inject(Fault("/limits", answer=name, headers={"Retry-After": "0"}))
        answer = http.get(f"{sandbox.url}{DATA}/limits", timeout=10)
        assert answer.status_code == status
        assert answer.headers["Retry-After"] == "0"
        if isinstance(body, str):
            assert answer.text == body
            assert answer.headers["Content-Type"] == "text/html"
            assert "Sforce-Limit-Info" not in answer.headers
        else:
            assert answer.json() == body
            assert answer.headers["Sforce-Limit-Info"] == "api-usage=0/100000"

    def test_the_client_sees_the_concurrent_limit(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        sandbox.control.inject(Fault("/limits", answer="concurrent_limit"))
        with pytest.raises(SalesforceRefusedRequest) as caught:
            salesforce.limits()
        assert "ConcurrentRequests" in caught.value.content[0]["message"]

    def test_pages_in_html_reach_the_client(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        for name, status in (("unavailable_page", 503), ("gateway_page", 502)):
            sandbox.control.inject(Fault("/limits", answer=name))
            with pytest.raises(SalesforceGeneralError) as caught:
                salesforce.limits()
            assert caught.value.status == status

    def test_headers_that_are_too_long_are_refused(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        url = f"{sandbox.url}{DATA}/limits"
        assert http.get(url, headers={"X-Long": "x" * 10_000}, timeout=10).status_code == 200
        assert http.get(url, headers={"X-Long": "x" * 17_000}, timeout=10).status_code == 431
