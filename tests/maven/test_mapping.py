"""Maven's export as a Salesforce org: nothing is lost, and the dirt is passed on."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pytest

from include.tables.salesforce import SALESFORCE_OBJECTS
from tests.maven import expected
from tests.maven.mapping import write_maven

Org = dict[str, list[dict[str, Any]]]

# Of the export's shape, for where the export is not: what the registry reads is asked of it too.
INVENTED = {
    "accounts": """\
account,sector,year_established,revenue,employees,office_location,subsidiary_of
Harbour,medical,1999,251.41,495,United States,
Quarry,retail,1984,10.5,12,Kenya,Harbour
""",
    "products": "product,series,sales_price\nGTX Pro,GTX,4821\n",
    "sales_teams": "sales_agent,manager,regional_office\nAda,Grace,Central\nEdsger,Grace,East\n",
    "sales_pipeline": """\
opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
1,Ada,GTX Pro,Harbour,Won,2016-10-20,2017-03-01,4800
2,Edsger,GTXPro,Quarry,Lost,2016-11-02,2017-03-05,0
3,Ada,GTX Pro,,Engaging,2017-05-01,,
4,Edsger,GTX Pro,Harbour,Prospecting,,,
""",
}


@pytest.fixture(scope="module")
def org(maven_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Org:
    return _org(maven_folder, tmp_path_factory.mktemp("maven"))


def _org(csv_folder: Path, folder: Path) -> Org:
    write_maven(csv_folder, folder)
    return {
        path.stem: [orjson.loads(line) for line in path.read_bytes().splitlines()]
        for path in (folder / "salesforce").glob("*.jsonl")
    }


def test_every_row_of_the_export_is_there(org: Org) -> None:
    # 35 agents and their 6 managers; the deals, and what wc -l says of the other files.
    assert {name: len(rows) for name, rows in org.items()} == {
        "Organization": 1,
        "UserRole": 3,
        "User": 41,
        "Account": 85,
        "Product2": 7,
        "OpportunityStage": 4,
        "Opportunity": 8_800,
        "OpportunityHistory": 8_800 + 4_238 + 2_473,
        "OpportunityLineItem": 8_800,
    }
    stages = Counter(deal["StageName"] for deal in org["Opportunity"])
    assert stages == {
        "Closed Won": 4_238,
        "Closed Lost": 2_473,
        "Engaging": 1_589,
        "Prospecting": 500,
    }


def test_records_have_every_field_and_refer_to_records(org: Org) -> None:
    _assert_fields_and_references(org)


def test_records_of_an_invented_export_have_every_field_and_refer_to_records(
    tmp_path: Path,
) -> None:
    for name, text in INVENTED.items():
        (tmp_path / f"{name}.csv").write_text(text)
    org = _org(tmp_path, tmp_path / "org")
    # Two agents and one manager; every deal has the stage it began in, two the one they closed in.
    assert {name: len(rows) for name, rows in org.items()} == {
        "Organization": 1,
        "UserRole": 2,
        "User": 3,
        "Account": 2,
        "Product2": 1,
        "OpportunityStage": 4,
        "Opportunity": 4,
        "OpportunityHistory": 4 + 2,
        "OpportunityLineItem": 4,
    }
    _assert_fields_and_references(org)


def _assert_fields_and_references(org: Org) -> None:
    ids = {o.table: {row["Id"] for row in org.get(o.name, [])} for o in SALESFORCE_OBJECTS}
    for source in SALESFORCE_OBJECTS:
        for row in org.get(source.name, []):
            assert {field.source for field in source.fields} <= row.keys()
            for field in source.fields:
                if field.references and row[field.source] is not None:
                    assert row[field.source] in ids[field.references]


def test_amounts_add_up_to_what_the_export_says(org: Org, maven_folder: Path) -> None:
    won = [deal for deal in org["Opportunity"] if deal["IsWon"]]
    # The sum of close_value, as the publisher states it.
    assert sum(deal["Amount"] for deal in won) == 10_005_534
    users = {user["Id"]: user["Name"] for user in org["User"]}
    frame = pd.DataFrame(
        {
            "month": [deal["CloseDate"][:7] for deal in won],
            "sales_agent": [users[deal["OwnerId"]] for deal in won],
            "revenue": [deal["Amount"] for deal in won],
        }
    )
    mapped = frame.groupby(["month", "sales_agent"])["revenue"].sum()
    wanted = expected.revenue_by_month_and_agent(maven_folder)
    pd.testing.assert_series_equal(mapped, wanted[wanted > 0], check_dtype=False)


def test_open_deals_have_no_amount_and_those_without_a_date_get_one(org: Org) -> None:
    still_open = [deal for deal in org["Opportunity"] if not deal["IsClosed"]]
    assert {deal["Amount"] for deal in still_open} == {None}
    assert {deal["CloseDate"] for deal in still_open} == {"2018-03-31"}
    prospecting = {d["CreatedDate"] for d in still_open if d["StageName"] == "Prospecting"}
    assert prospecting == {"2017-12-31T12:00:00.000+0000"}
    assert sum(deal["AccountId"] is None for deal in still_open) == 1_088 + 337


def test_dirt_of_the_export_is_passed_on(org: Org) -> None:
    assert sum(account["Industry"] == "technolgy" for account in org["Account"]) == 12
    assert "Philipines" in {account["BillingCountry"] for account in org["Account"]}
    products = {product["Id"]: product["Name"] for product in org["Product2"]}
    lines = {
        line["OpportunityId"]: products[line["Product2Id"]] for line in org["OpportunityLineItem"]
    }
    misspelt = [deal["Id"] for deal in org["Opportunity"] if deal["Name"].startswith("GTXPro ")]
    assert len(misspelt) == 1_480
    assert {lines[key] for key in misspelt} == {"GTX Pro"}


def test_agents_have_their_manager_and_the_role_of_their_office(org: Org) -> None:
    users = {user["Name"]: user for user in org["User"]}
    roles = {role["Id"]: role["Name"] for role in org["UserRole"]}
    moses = users["Moses Frase"]
    assert moses["ManagerId"] == users["Dustin Brinkmann"]["Id"]
    assert roles[moses["UserRoleId"]] == roles[users["Dustin Brinkmann"]["UserRoleId"]] == "Central"
    assert users["Dustin Brinkmann"]["ManagerId"] is None


def test_mapping_twice_gives_the_same_bytes(maven_folder: Path, tmp_path: Path) -> None:
    write_maven(maven_folder, tmp_path / "one")
    write_maven(maven_folder, tmp_path / "two")
    for path in (tmp_path / "one").rglob("*.json*"):
        assert (
            path.read_bytes()
            == (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_bytes()
        )


def test_expected_figures_are_those_counted_by_hand(maven_folder: Path) -> None:
    # 4,238 won of 4,238 + 2,473 closed.
    assert expected.close_rate(maven_folder) == pytest.approx(4_238 / 6_711)
    by_month = expected.close_rate_by_month(maven_folder)
    assert list(by_month.index) == [f"2017-{month:02d}" for month in range(3, 13)]
    assert by_month["closed"].sum() == 6_711
    assert expected.revenue_by_month(maven_folder).sum() == 10_005_534
    assert len(expected.revenue_by_agent(maven_folder)) == 30
    # The first row of the file: engaged 2016-10-20, won 2017-03-01: 11 + 30 + 31 + 31 + 28 + 1 days.
    assert expected.closed_deals(maven_folder).iloc[0]["cycle_days"] == 132
    assert expected.sales_cycle_by_month(maven_folder)["count"].sum() == 4_238
