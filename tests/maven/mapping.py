"""Maven Analytics' "CRM Sales Opportunities" as a Salesforce org the sandbox can serve.

A real public export of a fictitious seller of computer hardware: 8,800 deals of 85 accounts and 35
agents, dated October 2016 to December 2017, as of the first of January 2018.

What is mapped:

- Text is passed on as it is, `technolgy` and `Philipines` too. `GTXPro` in the deals is `GTX Pro`
  in the products: the line item refers to that product (names are compared without spaces), the
  deal's name keeps the spelling.
- Days become noon UTC, which is the same day in every American time zone.
- Won and Lost become Closed Won and Closed Lost with close_value as the amount, which is 0 for
  every lost deal. Engaging and Prospecting are open and have no amount; nor has their line a price.
- A regional office becomes a role, which its manager and the agents have; a missing account stays
  NULL; all amounts are US dollars, and an account's revenue is in millions in the export.

What the export does not say, and is chosen here:

- The day a deal became Engaging stands for its creation. Prospecting deals have no date at all:
  they are created on the last day of the export, 2017-12-31.
- Open deals are expected to close at the end of the next quarter, 2018-03-31.
- Users, roles, products and accounts exist since 2016-01-01; the first manager owns the accounts.
- Chances to win: 10 % while prospecting, 50 % while engaging.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd

from include.sandbox.company.files import Files
from include.sandbox.company.identifiers import salesforce_ids

FIRST_DAY, LAST_DAY, EXPECTED_CLOSE = "2016-01-01", "2017-12-31", "2018-03-31"
# In the order of the process: name, probability, closed, won.
STAGES = {
    "Prospecting": ("Prospecting", 10.0, False, False),
    "Engaging": ("Engaging", 50.0, False, False),
    "Won": ("Closed Won", 100.0, True, True),
    "Lost": ("Closed Lost", 0.0, True, False),
}

Record = dict[str, Any]


def write_maven(csv_folder: Path, folder: Path) -> None:
    """Write the export in `csv_folder` as the Salesforce objects of a sandbox folder."""
    tables = {
        name: pd.read_csv(csv_folder / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in ("accounts", "products", "sales_teams", "sales_pipeline")
    }
    teams, accounts, products = tables["sales_teams"], tables["accounts"], tables["products"]
    managers = list(dict.fromkeys(teams["manager"]))
    users = _ids("User", [*managers, *teams["sales_agent"]])
    account_ids = _ids("Account", list(accounts["account"]))
    product_ids = _ids("Product2", list(products["product"]))
    deals = _deals(tables["sales_pipeline"], users, account_ids)
    with Files(folder) as files:
        rows: dict[str, list[Record]] = {
            "Organization": [_organization()],
            "UserRole": _roles(teams),
            "User": _users(teams, managers, users),
            "Account": _accounts(accounts, account_ids, users[managers[0]]),
            "Product2": _products(products, product_ids),
            "OpportunityStage": _stages(),
            "Opportunity": deals,
            "OpportunityHistory": _history(deals),
            "OpportunityLineItem": _lines(deals, tables["sales_pipeline"], product_ids),
        }
        for name, records in rows.items():
            files.write(f"salesforce/{name}.jsonl", records)
    settings = {"salesforce": {"organization_id": _organization()["Id"]}}
    (folder / "account.json").write_bytes(orjson.dumps(settings))


def _ids(object_name: str, names: list[str]) -> dict[str, str]:
    """Ids by name, numbered in the order of the names."""
    return dict(zip(names, salesforce_ids(object_name, np.arange(len(names))), strict=True))


def _noon(day: str) -> str:
    return f"{day}T12:00:00.000+0000"


def _stamps(created: str, changed: str | None = None) -> Record:
    last = _noon(changed or created)
    return {"CreatedDate": _noon(created), "LastModifiedDate": last, "SystemModstamp": last}


def _organization() -> Record:
    return {
        "Id": salesforce_ids("Organization", np.arange(1))[0],
        "Name": "Maven hardware",
        "TimeZoneSidKey": "America/New_York",
        "FiscalYearStartMonth": 1,
        "DefaultCurrencyIsoCode": "USD",
        "OrganizationType": "Enterprise Edition",
        **_stamps(FIRST_DAY),
    }


def _role_ids(teams: pd.DataFrame) -> dict[str, str]:
    return _ids("UserRole", list(dict.fromkeys(teams["regional_office"])))


def _roles(teams: pd.DataFrame) -> list[Record]:
    return [
        {
            "Id": key,
            "Name": name,
            "DeveloperName": name,
            "ParentRoleId": None,
            "ForecastUserId": None,
            **_stamps(FIRST_DAY),
        }
        for name, key in _role_ids(teams).items()
    ]


def _users(teams: pd.DataFrame, managers: list[str], users: dict[str, str]) -> list[Record]:
    roles = _role_ids(teams)
    offices = dict(zip(teams["manager"], teams["regional_office"], strict=True))
    offices |= dict(zip(teams["sales_agent"], teams["regional_office"], strict=True))
    manager_of = dict(zip(teams["sales_agent"], teams["manager"], strict=True))
    return [
        {
            "Id": key,
            "Username": f"{name.lower().replace(' ', '.')}@maven.example",
            "Name": name,
            "Email": f"{name.lower().replace(' ', '.')}@maven.example",
            "IsActive": True,
            "UserType": "Standard",
            "UserRoleId": roles[offices[name]],
            "ProfileId": None,
            "ManagerId": users.get(manager_of.get(name, "")),
            "Department": "Sales management" if name in managers else "Sales",
            "LastLoginDate": None,
            **_stamps(FIRST_DAY),
        }
        for name, key in users.items()
    ]


def _accounts(accounts: pd.DataFrame, ids: dict[str, str], owner: str) -> list[Record]:
    return [
        {
            "Id": ids[row.account],
            "IsDeleted": False,
            "MasterRecordId": None,
            "Name": row.account,
            "Website": None,
            "Industry": row.sector,
            "Type": None,
            "BillingCountry": row.office_location,
            "NumberOfEmployees": int(row.employees),
            "AnnualRevenue": round(float(row.revenue) * 1_000_000, 2),
            "AccountSource": None,
            "ParentId": ids[row.subsidiary_of] if row.subsidiary_of else None,
            "CurrencyIsoCode": "USD",
            "OwnerId": owner,
            "CreatedById": owner,
            **_stamps(FIRST_DAY),
        }
        for row in accounts.itertuples()
    ]


def _products(products: pd.DataFrame, ids: dict[str, str]) -> list[Record]:
    return [
        {
            "Id": ids[row.product],
            "IsDeleted": False,
            "Name": row.product,
            "ProductCode": None,
            "Family": row.series,
            "IsActive": True,
            "NumberOfRevenueInstallments": None,
            "RevenueInstallmentPeriod": None,
            **_stamps(FIRST_DAY),
        }
        for row in products.itertuples()
    ]


def _stages() -> list[Record]:
    ids = salesforce_ids("OpportunityStage", np.arange(len(STAGES)))
    return [
        {
            "Id": key,
            "MasterLabel": name,
            "ApiName": name,
            "IsClosed": is_closed,
            "IsWon": is_won,
            "DefaultProbability": probability,
            "SortOrder": position,
            "IsActive": True,
            **_stamps(FIRST_DAY),
        }
        for position, (key, (name, probability, is_closed, is_won)) in enumerate(
            zip(ids, STAGES.values(), strict=True), start=1
        )
    ]


def _deals(pipeline: pd.DataFrame, users: dict[str, str], accounts: dict[str, str]) -> list[Record]:
    rows = []
    for key, row in zip(
        salesforce_ids("Opportunity", np.arange(len(pipeline))), pipeline.itertuples(), strict=True
    ):
        stage, probability, is_closed, is_won = STAGES[row.deal_stage]
        created = row.engage_date or LAST_DAY
        rows.append(
            {
                "Id": key,
                "IsDeleted": False,
                "Name": f"{row.product} {row.opportunity_id}",
                "AccountId": accounts[row.account] if row.account else None,
                "StageName": stage,
                "Amount": float(row.close_value) if row.close_value else None,
                "Probability": probability,
                "CloseDate": row.close_date or EXPECTED_CLOSE,
                "IsClosed": is_closed,
                "IsWon": is_won,
                "Type": None,
                "RecordTypeId": None,
                "LeadSource": None,
                "ForecastCategoryName": None,
                "CampaignId": None,
                "ContractId": None,
                "CurrencyIsoCode": "USD",
                "OwnerId": users[row.sales_agent],
                "CreatedById": users[row.sales_agent],
                **_stamps(created, row.close_date or created),
            }
        )
    return rows


def _history(deals: list[Record]) -> list[Record]:
    """When each deal came up, without an amount, and when it was won or lost."""
    rows: list[Record] = []
    for deal in deals:
        common = {
            "IsDeleted": False,
            "OpportunityId": deal["Id"],
            "ForecastCategory": None,
            "CurrencyIsoCode": "USD",
            "CreatedById": deal["CreatedById"],
        }
        opened = deal["StageName"] if not deal["IsClosed"] else STAGES["Engaging"][0]
        chance = deal["Probability"] if not deal["IsClosed"] else STAGES["Engaging"][1]
        at = deal["CreatedDate"]
        states: list[tuple[str, float, float | None, str]] = [(opened, chance, None, at)]
        if deal["IsClosed"]:
            at = deal["SystemModstamp"]
            states.append((deal["StageName"], deal["Probability"], deal["Amount"], at))
        rows += [
            common
            | {"StageName": stage, "Probability": probability, "Amount": amount}
            | {"CloseDate": deal["CloseDate"], "CreatedDate": at, "SystemModstamp": at}
            for stage, probability, amount, at in states
        ]
    ids = salesforce_ids("OpportunityHistory", np.arange(len(rows)))
    return [{"Id": key, **row} for key, row in zip(ids, rows, strict=True)]


def _lines(deals: list[Record], pipeline: pd.DataFrame, products: dict[str, str]) -> list[Record]:
    by_plain_name = {name.replace(" ", ""): key for name, key in products.items()}
    ids = salesforce_ids("OpportunityLineItem", np.arange(len(deals)))
    return [
        {
            "Id": key,
            "IsDeleted": False,
            "OpportunityId": deal["Id"],
            "Product2Id": by_plain_name[product.replace(" ", "")],
            "Quantity": 1.0,
            "UnitPrice": deal["Amount"],
            "TotalPrice": deal["Amount"],
            "ServiceDate": None,
            "HasRevenueSchedule": False,
            "CurrencyIsoCode": "USD",
            "CreatedDate": deal["CreatedDate"],
            "SystemModstamp": deal["SystemModstamp"],
        }
        for key, deal, product in zip(ids, deals, pipeline["product"], strict=True)
    ]
