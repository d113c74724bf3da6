"""The made-up company contradicts itself nowhere but where its dirt says so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from include.sandbox.company import dirt
from include.tables import SOURCE_OBJECTS
from tests.sandbox.company.made_company import (
    UNTIL,
    Company,
    Record,
    is_synced_task,
    own_deals,
    struck,
)

# What is planned rather than done, and so may lie after the end.
PLANNED = {
    ("salesforce", "Opportunity", "CloseDate"),
    ("salesforce", "OpportunityHistory", "CloseDate"),
    ("salesforce", "Task", "ActivityDate"),
    ("salesforce", "Event", "StartDateTime"),
    ("salesforce", "Event", "EndDateTime"),
    ("salesforce", "Campaign", "StartDate"),
    ("salesforce", "Campaign", "EndDate"),
    ("hubspot", "deals", "closedate"),
    ("hubspot", "line_items", "hs_recurring_billing_start_date"),
    ("hubspot", "line_items", "hs_recurring_billing_end_date"),
    ("hubspot", "meetings", "hs_meeting_start_time"),
    ("hubspot", "meetings", "hs_meeting_end_time"),
    ("hubspot", "meetings", "hs_timestamp"),
    ("hubspot", "tasks", "hs_timestamp"),
    ("hubspot", "tasks", "hs_task_completion_date"),
    ("hubspot", "campaigns", "hs_start_date"),
    ("hubspot", "campaigns", "hs_end_date"),
    ("salesforce", "ServiceContract", "StartDate"),
    ("salesforce", "ServiceContract", "EndDate"),
    ("salesforce", "ContractLineItem", "StartDate"),
    ("salesforce", "ContractLineItem", "EndDate"),
    ("hubspot", "subscriptions", "hs_recurring_billing_start_date"),
    ("hubspot", "subscriptions", "hs_recurring_billing_end_date"),
    ("hubspot", "subscriptions", "hs_next_payment_due_date"),
    ("salesforce", "Period", "StartDate"),
    ("salesforce", "Period", "EndDate"),
    ("salesforce", "ForecastingQuota", "StartDate"),
    ("hubspot", "goal_targets", "hs_start_datetime"),
    ("hubspot", "goal_targets", "hs_end_datetime"),
    ("salesforce", "DatedConversionRate", "StartDate"),
    ("salesforce", "DatedConversionRate", "NextStartDate"),
}


def test_references_lead_somewhere_but_for_the_documented_dirt(company: Company) -> None:
    ids = {
        o.table: {r["Id"] for r in company.salesforce(o.name)}
        for o in SOURCE_OBJECTS
        if o.crm == "salesforce"
    }
    # What a task or event is about is an account or a deal.
    dangling: dict[str, int] = {}
    for source in SOURCE_OBJECTS:
        if source.crm != "salesforce":
            continue
        for field in source.fields:
            if field.references is None:
                continue
            targets = ids[field.references] | (
                ids["opportunity"] if field.source == "WhatId" else set()
            )
            values = [row[field.source] for row in company.salesforce(source.name)]
            gone = sum(value is not None and value not in targets for value in values)
            if gone:
                dangling[f"{source.name}.{field.source}"] = gone
    opportunities = len(company.salesforce("Opportunity"))
    tasks = sum(not is_synced_task(company, task) for task in company.salesforce("Task"))
    assert dangling == {
        "Opportunity.AccountId": struck(dirt.OPPORTUNITY_NO_ACCOUNT, opportunities),
        "Task.WhatId": struck(dirt.TASK_RELATED_GONE, tasks),
    }


def test_hubspot_references_lead_somewhere_but_for_the_documented_dirt(company: Company) -> None:
    owners = {owner["id"] for owner in company.hubspot("owners")}
    gone = defaultdict(int)
    for name in (
        "companies",
        "contacts",
        "deals",
        "tickets",
        "calls",
        "meetings",
        "emails",
        "tasks",
    ):
        for row in company.properties(name):
            gone[name] += row["hubspot_owner_id"] not in owners
    own = own_deals(company)
    assert gone.pop("deals") == struck(dirt.DEAL_OWNER_GONE, len(own)) > 0
    assert set(gone.values()) == {0}
    companies = {row["id"] for row in company.hubspot("companies")}
    assert all(
        c["associatedcompanyid"] in companies | {None} for c in company.properties("contacts")
    )
    held = defaultdict(set)
    for name in (
        "deals",
        "companies",
        "contacts",
        "tickets",
        "line_items",
        "subscriptions",
        "feedback_submissions",
        "carts",
        "orders",
        "invoices",
    ):
        held[name] = {row["id"] for row in company.hubspot(name)}
    for link in company.hubspot("associations"):
        assert link["from_id"] in held[link["from_type"]]
        assert link["to_id"] in held[link["to_type"]]
    merged = [d["hs_merged_object_ids"] for d in company.properties("deals")]
    assert not {m for m in merged if m} & held["deals"]


@pytest.mark.parametrize(
    ("name", "property_", "object_"),
    [
        ("companies", "salesforceaccountid", "Account"),
        ("contacts", "salesforcecontactid", "Contact"),
        ("contacts", "salesforceleadid", "Lead"),
        ("deals", "hs_salesforceopportunityid", "Opportunity"),
        ("tickets", "salesforcecaseid", "Case"),
    ],
)
def test_sync_ids_lead_to_salesforce_records(
    company: Company, name: str, property_: str, object_: str
) -> None:
    tied = [row[property_] for row in company.properties(name) if row[property_]]
    assert tied
    assert len(set(tied)) == len(tied)
    assert set(tied) <= {row["Id"] for row in company.salesforce(object_)}


def test_lines_add_up_to_the_amount(company: Company) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for line in company.salesforce("OpportunityLineItem"):
        price = Decimal(str(line["Quantity"])) * Decimal(str(line["UnitPrice"]))
        assert price == Decimal(str(line["TotalPrice"]))
        sums[line["OpportunityId"]] += price
    for deal in company.salesforce("Opportunity"):
        amount = deal["Amount"]
        assert (None if amount is None else Decimal(str(amount))) == sums.get(deal["Id"])


def test_hubspot_line_items_add_up_to_the_amount(company: Company) -> None:
    prices = {}
    for line in company.properties("line_items"):
        prices[line["id"]] = Decimal(line["quantity"]) * Decimal(line["price"])
        assert prices[line["id"]] == Decimal(line["amount"])
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for link in company.hubspot("associations"):
        if link["to_type"] == "line_items":
            sums[link["from_id"]] += prices.pop(link["to_id"])
    assert not prices
    for deal in own_deals(company):
        assert (deal["amount"] and Decimal(deal["amount"])) == sums.get(deal["id"])


def test_history_leads_to_the_current_state(company: Company) -> None:
    history = defaultdict(list)
    for row in company.salesforce("OpportunityHistory"):
        history[row["OpportunityId"]].append(row)
    stages = {row["ApiName"]: row for row in company.salesforce("OpportunityStage")}
    for deal in company.salesforce("Opportunity"):
        rows = history.pop(deal["Id"])
        assert rows[0]["CreatedDate"] == deal["CreatedDate"]
        assert all(a["CreatedDate"] <= b["CreatedDate"] for a, b in pairwise(rows))
        assert not any(stages[row["StageName"]]["IsClosed"] for row in rows[:-1])
        last = rows[-1]
        for name in ("Amount", "Probability", "CloseDate", "ForecastCategory"):
            assert last[name] == deal[name]
        assert deal["StageName"] in (last["StageName"], None)
        assert stages[last["StageName"]]["IsClosed"] == deal["IsClosed"]
        assert stages[last["StageName"]]["IsWon"] == deal["IsWon"]
    assert not history


def test_stages_probabilities_and_flags_agree_in_hubspot(company: Company) -> None:
    stages = {s["id"]: s for p in company.hubspot("pipelines_deals") for s in p["stages"]}
    own = own_deals(company)
    wrong = 0
    for deal in company.properties("deals"):
        if deal["dealstage"] is None:
            continue
        stage = stages[deal["dealstage"]]
        assert stage["metadata"]["isClosed"] == deal["hs_is_closed"]
        assert (stage["metadata"]["probability"] == "1.0") == (deal["hs_is_closed_won"] == "true")
        wrong += stage["metadata"]["probability"] != deal["hs_deal_stage_probability"]
    assert wrong == struck(dirt.DEAL_PROBABILITY, len(own)) > 0


def test_last_logins_agree_with_the_history(company: Company) -> None:
    latest: dict[str, str] = {}
    attempts = company.salesforce("LoginHistory")
    for attempt in attempts:
        if attempt["Status"] == "Success":
            user = attempt["UserId"]
            latest[user] = max(attempt["LoginTime"], latest.get(user, ""))
    for user in company.salesforce("User"):
        if user["IsActive"]:
            assert user["LastLoginDate"] == latest.get(user["Id"])
        else:
            assert user["Id"] not in latest
    oldest = (UNTIL - timedelta(days=180)).isoformat()[:19]
    assert min(attempt["LoginTime"] for attempt in attempts) >= oldest
    failed = sum(attempt["Status"] != "Success" for attempt in attempts)
    assert struck(dirt.LOGIN_FAILED, len(attempts)) <= failed < len(attempts) * 0.06


def test_nothing_happens_after_the_end_but_what_is_planned(company: Company) -> None:
    end = UNTIL.strftime("%Y-%m-%dT%H:%M:%S")
    late = defaultdict(int)
    for crm, name, row in _all(company):
        for key, value in row.items():
            if _is_instant(value) and value >= end[: len(value)]:
                late[crm, name, key] += 1
    assert set(late) <= PLANNED
    assert late["salesforce", "Event", "StartDateTime"] > 0
    assert late["salesforce", "Opportunity", "CloseDate"] > 0


def test_closed_deals_did_not_close_after_the_end(company: Company) -> None:
    last_day = (UNTIL - timedelta(days=1)).date().isoformat()
    assert all(
        o["CloseDate"] <= last_day for o in company.salesforce("Opportunity") if o["IsClosed"]
    )
    assert all(
        d["closedate"] < UNTIL.isoformat()
        for d in company.properties("deals")
        if d["hs_is_closed"] == "true"
    )


def test_nothing_happens_before_the_three_years_but_back_dated_closes(company: Company) -> None:
    start = (UNTIL - timedelta(days=3 * 366)).isoformat()
    early = {
        (name, key)
        for crm, name, row in _all(company)
        for key, value in row.items()
        if _is_instant(value) and value < start[: len(value)]
    }
    closing = {
        ("Opportunity", "CloseDate"),
        ("OpportunityHistory", "CloseDate"),
        ("deals", "closedate"),
    }
    assert early <= closing | {
        ("OpportunityLineItem", "ServiceDate"),
        ("line_items", "hs_recurring_billing_start_date"),
        # Quotas of the quarter the three years begin in.
        ("Period", "StartDate"),
        ("ForecastingQuota", "StartDate"),
        ("goal_targets", "hs_start_datetime"),
        # Agreements of back-dated deals.
        ("ServiceContract", "StartDate"),
        ("ServiceContract", "CreatedDate"),
        ("ContractLineItem", "StartDate"),
        ("ContractLineItem", "CreatedDate"),
        ("subscriptions", "hs_recurring_billing_start_date"),
        ("subscriptions", "createdAt"),
    }


def test_the_cursor_is_not_before_any_change(company: Company) -> None:
    for crm, name, row in _all(company):
        cursor = row.get("SystemModstamp") or row.get("updatedAt")
        if name == "UserLogin":
            cursor = row["LastModifiedDate"]
        if cursor is None:
            assert name in ("LoginHistory", "CaseHistory", "logins", "associations")
            continue
        for key, value in row.items():
            if _is_instant(value) and (crm, name, key) not in PLANNED:
                assert value[:19] <= cursor[: len(value[:19])], (name, key, row)


def _all(company: Company) -> Iterator[tuple[str, str, Record]]:
    for path in sorted(company.folder.glob("*/*.jsonl")):
        crm, name = path.parent.name, path.stem
        rows = company.salesforce(name) if crm == "salesforce" else company.properties(name)
        for row in rows:
            yield crm, name, row


def _is_instant(value: Any) -> bool:
    return (
        isinstance(value, str)
        and len(value) in (10, 24, 28)
        and value[:2] == "20"
        and value[4:5] == value[7:8] == "-"
    )
