"""The made-up company looks like a company: customers, staff, growth."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median

import pytest

from include.sandbox.company.staff import INTEGRATION_USERNAME
from tests.sandbox.company.made_company import (
    Company,
)


def test_customers_overlap_in_the_documented_shares(company: Company) -> None:
    accounts = [a for a in company.salesforce("Account") if a["MasterRecordId"] is None]
    companies = company.properties("companies")
    tied = {c["salesforceaccountid"] for c in companies} - {None}
    domains = {c["domain"] for c in companies if c["salesforceaccountid"] is None} - {None}
    hosts = {a["Id"]: _host(a["Website"]) for a in accounts if a["Website"]}
    by_domain = sum(host in domains for key, host in hosts.items() if key not in tied)
    total = len(accounts) + len(companies) - len(tied) - by_domain
    # Seven, three, five and five of twenty; one in 41 has no website to be matched by.
    assert len(tied) / total == pytest.approx(0.35, abs=0.01)
    assert by_domain / total == pytest.approx(0.15, abs=0.01)
    assert (len(accounts) - len(tied) - by_domain) / total == pytest.approx(0.25, abs=0.01)
    assert (len(companies) - len(tied) - by_domain) / total == pytest.approx(0.25, abs=0.01)


def _host(website: str) -> str:
    return website.lower().split("//")[-1].split("/")[0].removeprefix("www.")


def test_mail_addresses_are_one_persons_each(company: Company) -> None:
    contacts = [c["Email"] for c in company.salesforce("Contact") if not c["IsDeleted"]]
    given = [email for email in contacts if email]
    assert len(set(given)) == len(given)
    hubspot = [c["email"] for c in company.properties("contacts") if c["email"]]
    assert len(set(hubspot)) == len(hubspot)


def test_people_in_both_crms_share_addresses(company: Company) -> None:
    emails = {c["Id"]: c["Email"] for c in company.salesforce("Contact")}
    tied = [c for c in company.properties("contacts") if c["salesforcecontactid"]]
    assert all(emails[c["salesforcecontactid"]] == c["email"] for c in tied)
    untied = {
        c["email"]
        for c in company.properties("contacts")
        if not c["salesforcecontactid"] and not c["salesforceleadid"]
    }
    leads = {lead["Email"] for lead in company.salesforce("Lead")}
    assert len((untied & leads) - {None}) > 100


def test_requests_are_reopened_and_closed_on_create(company: Company) -> None:
    tickets = [t for t in company.properties("tickets") if t["hs_is_closed"] == "true"]
    stages = [t["propertiesWithHistory"]["hs_pipeline_stage"] for t in tickets]
    # HubSpot's own dates tell the latest closing alone.
    reopened = sum(sum(entry["value"] == "4" for entry in told) > 1 for told in stages)
    assert 0.02 < reopened / len(tickets) < 0.09
    cases = company.salesforce("Case")
    on_create = [case for case in cases if case["IsClosedOnCreate"]]
    assert on_create
    assert all(c["ClosedDate"] <= c["CreatedDate"] for c in on_create)


def test_staff_has_those_who_are_easily_counted_wrong(company: Company) -> None:
    users = {user["Username"]: user for user in company.salesforce("User")}
    assert users[INTEGRATION_USERNAME]["UserRoleId"] is None
    assert {"Standard", "AutomatedProcess", "PowerCustomerSuccess"} <= {
        u["UserType"] for u in users.values()
    }
    assert sum(not user["IsActive"] for user in users.values()) == 1
    employees = [u for u in users.values() if u["UserType"] == "Standard" and u["IsActive"]]
    assert sum(u["UserRoleId"] is None for u in employees) == 2  # an employee and the integration
    assert sum(u["LastLoginDate"] is None for u in employees) == 2
    assert sum(u["ManagerId"] is None for u in employees if u["UserRoleId"]) == 1  # the CEO
    logins = company.salesforce("UserLogin")
    assert sorted(login["UserId"] for login in logins) == sorted(u["Id"] for u in users.values())
    (frozen,) = (login["UserId"] for login in logins if login["IsFrozen"])
    assert frozen in {user["Id"] for user in employees}


def test_owners_are_the_employees(company: Company) -> None:
    owners = {o["email"].lower() for o in company.hubspot("owners") if o["type"] == "PERSON"}
    users = {
        user["Email"]
        for user in company.salesforce("User")
        if user["UserType"] == "Standard" and user["Username"] != INTEGRATION_USERNAME
    }
    assert owners == users
    assert sum(owner["archived"] for owner in company.hubspot("owners")) == 1


def test_the_company_looks_like_one(company: Company) -> None:
    deals = company.salesforce("Opportunity")
    closed = [deal for deal in deals if deal["IsClosed"]]
    won = [deal for deal in closed if deal["IsWon"]]
    assert 0.25 < len(won) / len(closed) < 0.37
    days = [_days(d["CreatedDate"], d["CloseDate"]) for d in won]
    assert 30 < median(days) < 60
    amounts = [deal["Amount"] for deal in deals if deal["Amount"] and deal["Amount"] > 0]
    assert 10_000 < median(amounts) < 25_000 < sum(amounts) / len(amounts) * 1.2
    by_year = defaultdict(float)
    for deal in won:
        by_year[deal["CloseDate"][:4]] += deal["Amount"] or 0
    assert by_year["2023"] * 1.3 < by_year["2024"] < by_year["2025"] / 1.3
    weekend = sum(datetime.fromisoformat(d["CreatedDate"]).weekday() >= 5 for d in deals)
    assert weekend / len(deals) < 0.04
    hours = [
        (datetime.fromisoformat(c["ClosedDate"]) - datetime.fromisoformat(c["CreatedDate"]))
        / timedelta(hours=1)
        for c in company.salesforce("Case")
        if c["IsClosed"] and not c["IsClosedOnCreate"]
    ]
    assert 3 < median(hours) < 24


def _days(created: str, closed: str) -> int:
    return (datetime.fromisoformat(closed) - datetime.fromisoformat(created[:10])).days


def test_some_customers_buy_again_and_some_leads_become_deals(company: Company) -> None:
    deals = company.salesforce("Opportunity")
    types = {deal["Type"] for deal in deals}
    assert types == {"New Business", "Existing Business", "Renewal"}
    converted = [lead for lead in company.salesforce("Lead") if lead["IsConverted"]]
    created = {deal["Id"]: deal["CreatedDate"] for deal in deals}
    opened = [lead for lead in converted if lead["ConvertedOpportunityId"]]
    assert 0.5 < len(opened) / len(converted) < 1
    assert all(lead["CreatedDate"] <= created[lead["ConvertedOpportunityId"]] for lead in opened)
