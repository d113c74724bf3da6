"""What tests may do to the sandbox: change its records, and give it trouble."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceGeneralError, SalesforceMalformedRequest

from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.sandbox.sandbox_data import salesforce_id


class TestChanges:
    """What happens to records between two runs; the sandbox's clock stands at 30 March 2026."""

    def deleted(self, salesforce: Salesforce, start: int, end: int) -> list[str]:
        answer = salesforce.Account.deleted(
            datetime(2026, 3, start, tzinfo=UTC), datetime(2026, 3, end, tzinfo=UTC)
        )
        assert answer["earliestDateAvailable"] == "2026-03-15T00:00:00.000+0000"
        return [record["id"] for record in answer["deletedRecords"]]

    def test_an_upsert_keeps_the_other_fields(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        key = salesforce_id("001", 1)
        sandbox.control.upsert(
            "salesforce",
            "Account",
            {"Id": key, "Name": "Renamed", "SystemModstamp": "2026-03-29T00:00:00.000+0000"},
        )
        query = "SELECT Name, NumberOfEmployees FROM Account WHERE SystemModstamp >= 2026-03-29T00:00:00Z"
        (record,) = salesforce.query(query)["records"]
        assert (record["Name"], record["NumberOfEmployees"]) == ("Renamed", 1)

    def test_a_deleted_record_moves_its_stamp_and_is_in_the_log(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        key = salesforce_id("001", 1)
        sandbox.control.delete("salesforce", "Account", key, "2026-03-29T12:00:00.000+0000")
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 444
        query = "SELECT Id, IsDeleted FROM Account WHERE SystemModstamp > 2026-03-29T00:00:00Z"
        (record,) = salesforce.query(query, include_deleted=True)["records"]
        assert (record["Id"], record["IsDeleted"]) == (key, True)
        assert self.deleted(salesforce, 29, 30) == [key]

    def test_a_purged_record_is_only_in_the_log(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        key = salesforce_id("001", 1)
        sandbox.control.hard_delete("salesforce", "Account", key, "2026-03-29T12:00:00.000+0000")
        found = salesforce.query("SELECT Id FROM Account", include_deleted=True)["totalSize"]
        assert found == 449
        assert self.deleted(salesforce, 29, 30) == [key]
        assert self.deleted(salesforce, 28, 29) == []

    def test_a_merged_account_names_its_master(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        winner, loser = salesforce_id("001", 1), salesforce_id("001", 2)
        sandbox.control.merge(
            "salesforce", "Account", winner, loser, "2026-03-29T12:00:00.000+0000"
        )
        query = (
            "SELECT Id, IsDeleted, MasterRecordId FROM Account "
            "WHERE SystemModstamp >= 2026-03-29T12:00:00Z ORDER BY Id"
        )
        records = salesforce.query(query, include_deleted=True)["records"]
        assert [(r["Id"], r["IsDeleted"], r["MasterRecordId"]) for r in records] == [
            (winner, False, None),
            (loser, True, winner),
        ]

    def test_the_log_of_deletions_reaches_back_15_days(self, salesforce: Salesforce) -> None:
        # Account 100 is deleted and was modified on day 1 + 100 % 28 = 17; 300 on day 21.
        assert self.deleted(salesforce, 16, 22) == [
            salesforce_id("001", 100),
            salesforce_id("001", 300),
        ]
        with pytest.raises(SalesforceMalformedRequest) as caught:
            self.deleted(salesforce, 14, 22)
        assert caught.value.content[0]["errorCode"] == "INVALID_REPLICATION_DATE"

    def test_updated_ids_lie_in_the_span(self, salesforce: Salesforce) -> None:
        answer = salesforce.Account.updated(
            datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 29, tzinfo=UTC)
        )
        # Day 28 is n % 28 = 27: 27, 55, ... 447, which is 16 accounts.
        assert answer["ids"] == [salesforce_id("001", n) for n in range(27, 450, 28)]
        assert len(answer["ids"]) == 16

    def test_records_shows_the_truth(self, sandbox: Sandbox) -> None:
        key = salesforce_id("001", 1)
        sandbox.control.hard_delete("salesforce", "Account", key, "2026-03-29T12:00:00.000+0000")
        ids = {record["Id"] for record in sandbox.records("salesforce", "Account")}
        assert ids == {salesforce_id("001", n) for n in range(450) if n != 1}


class TestFaults:
    def test_the_next_matching_requests_get_another_answer(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        body = [{"message": "busy", "errorCode": "SERVER_UNAVAILABLE"}]
        sandbox.control.inject(
            Fault("/query", times=2, status=503, body=body, headers={"Retry-After": "1"})
        )
        for _ in range(2):
            with pytest.raises(SalesforceGeneralError) as caught:
                salesforce.query("SELECT COUNT() FROM Account")
            assert caught.value.status == 503
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 445

    def test_a_body_can_be_cut(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.inject(Fault("/query", cut_after_bytes=100))
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            salesforce.query("SELECT Id FROM Account")

    def test_an_answer_can_be_late(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.inject(Fault("/limits", delay_seconds=1.0))
        with pytest.raises(requests.exceptions.ReadTimeout):
            salesforce.restful("limits", timeout=0.2)

    def test_skipped_requests_pass_first(self, sandbox: Sandbox, salesforce: Salesforce) -> None:
        sandbox.control.inject(Fault("/limits", method="get", skip=1, status=500, body="<html>"))
        salesforce.limits()
        with pytest.raises(SalesforceGeneralError):
            salesforce.limits()

    def test_everything_can_be_done_over_http(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        def control(action: str, **arguments: Any) -> int:
            url = f"{sandbox.url}/control/{action}"
            return requests.post(url, json=arguments, timeout=10).status_code

        record = {"Id": salesforce_id("001", 900), "Name": "New", "IsDeleted": False}
        assert control("upsert", crm="salesforce", name="Account", record=record) == 200
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 446
        assert control("inject", address="/limits", status=500) == 200
        with pytest.raises(SalesforceGeneralError):
            salesforce.limits()
        assert control("upsert", crm="salesforce", name="Nothing", record=record) == 400
        assert control("nothing") == 404
        log = requests.get(f"{sandbox.url}/control/requests", timeout=10).json()
        assert [(entry["method"], entry["status"]) for entry in log] == [
            ("POST", 200),
            ("GET", 200),
            ("GET", 500),
        ]


def test_the_command_line_serves_a_folder(company_folder: Path) -> None:
    command = [sys.executable, "-m", "include.sandbox.server", "--folder", str(company_folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            headers = {"Authorization": "Bearer sandbox-token"}
            answer = requests.get(f"{url}/crm/v3/owners/", headers=headers, timeout=10)
            assert len(answer.json()["results"]) == 2
        finally:
            process.terminate()
