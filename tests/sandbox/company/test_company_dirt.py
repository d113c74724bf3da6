"""The made-up company is dirty exactly as much as it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.sandbox.company import dirt
from tests.sandbox.company.made_company import (
    Company,
    Record,
    is_synced_task,
    own_deals,
    struck,
)


def _own_tickets(company: Company) -> list[Record]:
    return [t for t in company.properties("tickets") if t["salesforcecaseid"] is None]


def _first_records(name: str) -> Callable[[Company], list[Record]]:
    return lambda company: [
        row for row in company.salesforce(name) if row["MasterRecordId"] is None
    ]


def _salesforce(name: str) -> Callable[[Company], list[Record]]:
    return lambda company: company.salesforce(name)


def _hubspot(name: str) -> Callable[[Company], list[Record]]:
    return lambda company: company.properties(name)


def _own_tasks(company: Company) -> list[Record]:
    return [task for task in company.salesforce("Task") if not is_synced_task(company, task)]


def _contacts_with_a_source(company: Company) -> list[Record]:
    return [
        contact
        for contact in company.hubspot("contacts")
        if contact["properties"]["hs_analytics_source"] is not None
    ]


EXACT_DIRT: list[tuple[str, Callable[[Company], list[Record]], Callable[[Record], bool]]] = [
    ("OPPORTUNITY_NO_AMOUNT", _salesforce("Opportunity"), lambda r: r["Amount"] is None),
    ("OPPORTUNITY_BACKDATED", _salesforce("Opportunity"), lambda r: r["CloseDate"] < r["CreatedDate"][:10]),
    ("OPPORTUNITY_DELETED", _salesforce("Opportunity"), lambda r: r["IsDeleted"]),
    ("OPPORTUNITY_NO_STAGE", _salesforce("Opportunity"), lambda r: r["StageName"] is None),
    ("OPPORTUNITY_PROBABILITY", _salesforce("Opportunity"), lambda r: r["Probability"] > 100),
    ("LEAD_DELETED", _salesforce("Lead"), lambda r: r["IsDeleted"]),
    ("CASE_QUEUE", _first_records("Case"), lambda r: r["OwnerId"].startswith("00G")),
    ("CASE_NEGATIVE", _first_records("Case"), lambda r: (r["ClosedDate"] or "9") < r["CreatedDate"]),
    ("TASK_DELETED", _own_tasks, lambda r: r["IsDeleted"]),
    ("TASK_SERIES", _own_tasks, lambda r: r["IsRecurrence"]),
    ("COMPANY_MERGED", _hubspot("companies"), lambda r: r["hs_merged_object_ids"] is not None),
    ("COMPANY_EMPLOYEES_TEXT", _hubspot("companies"), lambda r: not r["numberofemployees"].isdigit()),
    ("CONTACT_VIDS", _hubspot("contacts"), lambda r: r["hs_calculated_merged_vids"] is not None),
    ("CONTACT_SOURCE", _contacts_with_a_source, lambda r: len(r["propertiesWithHistory"]["hs_analytics_source"]) > 1),
    ("CONTACT_CLEARED", _hubspot("contacts"), lambda r: r["country"] == ""),
    ("DEAL_NO_AMOUNT", own_deals, lambda r: r["amount"] is None),
    ("DEAL_BACKDATED", own_deals, lambda r: r["closedate"] < r["createdate"]),
    ("DEAL_ARCHIVED", own_deals, lambda r: "archivedAt" in r and r["archived"]),
    ("DEAL_MERGED", own_deals, lambda r: r["hs_merged_object_ids"] is not None),
    ("DEAL_NO_STAGE", own_deals, lambda r: r["dealstage"] is None),
    ("TICKET_ARCHIVED", _own_tickets, lambda r: r["archived"]),
    ("TICKET_MERGED", _own_tickets, lambda r: r["hs_merged_object_ids"] is not None),
    ("LINE_NO_COST", _hubspot("line_items"), lambda r: r["hs_cost_of_goods_sold"] is None),
    ("SCORE_SKIPPED", _hubspot("feedback_submissions"), lambda r: r["hs_value"] is None),
    ("CART_EMPTY", _hubspot("carts"), lambda r: r["hs_total_price"] == "0"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "among", "is_struck"), EXACT_DIRT, ids=[d[0] for d in EXACT_DIRT])
def test_there_is_exactly_as_much_dirt_as_documented(
    company: Company,
    name: str,
    among: Callable[[Company], list[Record]],
    is_struck: Callable[[Record], bool],
) -> None:
    records = among(company)
    assert sum(map(is_struck, records)) == struck(dirt.ALL_DIRT[name], len(records)) > 0


def test_second_records_are_merged_into_the_first(company: Company) -> None:
    for name, kind in (
        ("Account", dirt.ACCOUNT_MERGED),
        ("Contact", dirt.CONTACT_MERGED),
        ("Case", dirt.CASE_MERGED),
    ):
        rows = company.salesforce(name)
        survivors = {row["Id"] for row in rows if not row["IsDeleted"]}
        losers = [row for row in rows if row["MasterRecordId"]]
        assert len(losers) == struck(kind, len(rows) - len(losers)) > 0
        assert all(row["IsDeleted"] and row["MasterRecordId"] in survivors for row in losers)


def test_negative_amounts_are_credit_notes(company: Company) -> None:
    deals = company.salesforce("Opportunity")
    negative = sum((deal["Amount"] or 0) < 0 for deal in deals)
    struck = range(dirt.OPPORTUNITY_NEGATIVE.first, len(deals), dirt.OPPORTUNITY_NEGATIVE.every)
    without = range(dirt.OPPORTUNITY_NO_AMOUNT.first, len(deals), dirt.OPPORTUNITY_NO_AMOUNT.every)
    assert negative == len(set(struck) - set(without)) > 0


def test_second_leads_differ_in_case_and_spaces_only(company: Company) -> None:
    leads = [lead["Email"] for lead in company.salesforce("Lead") if lead["Email"]]
    spaced = [email for email in leads if email != email.strip()]
    assert spaced
    assert all(email.strip().lower() in leads for email in spaced)
    assert all(email.strip() not in leads for email in spaced)


def test_names_and_subjects_try_careless_code(company: Company) -> None:
    names = {account["Name"] for account in company.salesforce("Account")}
    names |= {row["name"] for row in company.properties("companies")}
    assert {
        "None",
        "NA",
        "null",
        '<b>Fish & "Chips"</b> Ltd',
        "株式会社サンプル",
        "Rocket 🚀 Labs",
    } <= names
    subjects = [task["Subject"] for task in company.salesforce("Task")]
    assert any("\n" in subject for subject in subjects)
    assert any('"' in subject for subject in subjects)


def test_broken_records_stay_far_below_the_limit(company: Company) -> None:
    deals = company.salesforce("Opportunity")
    broken = sum(deal["StageName"] is None or deal["Probability"] > 100 for deal in deals)
    assert 0 < broken / len(deals) < 0.01


def test_copies_of_hubspot_activities_are_made_by_the_integration_user(company: Company) -> None:
    copies = [t for t in company.salesforce("Task") if is_synced_task(company, t)]
    assert {t["Subject"] for t in copies} == {"HubSpot: call", "HubSpot: meeting", "HubSpot: email"}
    tied = {c["salesforceaccountid"] for c in company.properties("companies")}
    assert all(t["AccountId"] in tied for t in copies)


def test_invitees_have_a_copy_of_the_meeting(company: Company) -> None:
    events = company.salesforce("Event")
    children = [event for event in events if event["IsChild"]]
    parents = {
        (e["WhatId"], e["StartDateTime"], e["EndDateTime"]): e["OwnerId"]
        for e in events
        if not e["IsChild"]
    }
    assert len(children) == struck(dirt.EVENT_INVITEE, len(events) - len(children)) > 0
    for child in children:
        owner = parents[child["WhatId"], child["StartDateTime"], child["EndDateTime"]]
        assert owner != child["OwnerId"]
