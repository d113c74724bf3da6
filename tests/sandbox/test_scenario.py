"""Trouble from a file: what is done before the sandbox serves its first request."""

from __future__ import annotations

import shutil
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from simple_salesforce.exceptions import SalesforceMalformedRequest

from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.rate_limits import RateLimits
from include.sandbox.salesforce_trouble import SalesforceTrouble
from include.sandbox.scenario import read_scenario
from include.sandbox.server import Sandbox
from tests.sandbox.salesforce_client import connect
from tests.sandbox.sandbox_data import salesforce_id

SCENARIO = """
- action: set_time
  at: 2026-03-30T00:00:00Z
- action: upsert
  crm: salesforce
  name: Account
  record: {Id: "001000000000900AAA", Name: Late, SystemModstamp: 2026-03-29T23:59:59Z}
  visible_at: 2026-03-30T00:00:10Z
- action: trouble
  crm: salesforce
  page_sizes: [100]
- action: inject
  address: /query
  skip: 1
  actions:
    - {action: hide, crm: salesforce, name: Account}
    - {action: advance, seconds: 10}
"""
QUERY = "SELECT Id FROM Account"


def test_a_scenario_is_played_before_the_first_request(
    company_folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "trouble.yaml"
    path.write_text(SCENARIO, "utf-8")
    with Sandbox(company_folder, scenario=path) as sandbox:
        salesforce = connect(sandbox)
        assert sandbox.clock() == datetime(2026, 3, 30, tzinfo=UTC)
        page = salesforce.query(QUERY)
        assert (page["totalSize"], len(page["records"])) == (445, 100)
        with pytest.raises(SalesforceMalformedRequest) as caught:
            salesforce.query(QUERY)
        assert caught.value.content[0]["errorCode"] == "INVALID_TYPE"
        sandbox.control.show_everything()
        assert salesforce.query(QUERY)["totalSize"] == 446


def test_a_folder_brings_its_own(company_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "company"
    shutil.copytree(company_folder, folder)
    (folder / "scenario.json").write_text('[{"action": "limit", "salesforce_daily": 0}]')
    with Sandbox(folder) as sandbox:
        assert sandbox.limits.salesforce_daily == 0


def test_instants_in_yaml_stay_texts(tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("- {action: set_time, at: 2026-03-30T00:00:00Z}", "utf-8")
    assert read_scenario(path) == [{"action": "set_time", "at": "2026-03-30T00:00:00Z"}]


@pytest.mark.parametrize("text", ["action: set_time", "- set_time", "- {at: 5}"])
def test_a_file_that_is_no_scenario_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"scenario\.yaml must be a list"):
        read_scenario(path)


def test_wrong_actions_stop_the_start(company_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text("- {action: trouble, crm: salesforce, page_size: 1}", "utf-8")
    with pytest.raises(AttributeError, match="there is no setting page_size"):
        Sandbox(company_folder, scenario=path)


def test_everything_goes_over_http_too(sandbox: Sandbox) -> None:
    def control(action: str, **arguments: object) -> requests.Response:
        return requests.post(f"{sandbox.url}/control/{action}", json=arguments, timeout=10)

    assert control("trouble", crm="salesforce", page_sizes=[1]).status_code == 200
    assert len(connect(sandbox).query(QUERY)["records"]) == 1
    assert control("clear_trouble").status_code == 200
    assert control("trouble", crm="salesforce", nothing=1).status_code == 400
    assert control("lose", what="everything").status_code == 400
    assert control("lose", what="cursors").status_code == 200
    assert control("inject", address="/x", answer="no_such_answer").status_code == 400
    assert control("empty_recycle_bin", older_than_days=0).status_code == 200
    field = {"name": "Account", "field": "Score__c", "field_type": "double", "calculated": True}
    assert control("declare_field", **field).status_code == 200
    records = control("content", crm="salesforce", name="Account").json()
    # Five of 450 were in the bin.
    assert len(records) == 445
    assert records[0]["Id"] == salesforce_id("001", 1)


def test_the_documentation_names_every_action_and_setting(sandbox: Sandbox) -> None:
    text = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text("utf-8")
    offered = requests.post(f"{sandbox.url}/control/nothing", timeout=10).json()["error"]
    actions = offered.removeprefix("no such control: ").split(", ")
    settings = [
        field.name for kind in (SalesforceTrouble, HubSpotTrouble) for field in fields(kind)
    ]
    limits = [name for name in vars(RateLimits(sandbox.clock)) if not name.startswith("_")]
    wanted = {*actions, *settings, *limits} - {"clock", "time_zone"}
    assert len(wanted) > 40
    assert sorted(name for name in wanted if f"`{name}`" not in text) == []
