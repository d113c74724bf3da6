"""A company small enough to count by hand, for the tests of the sandbox itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ACCOUNT_COUNT = 450
DEAL_COUNT = 250


def salesforce_id(prefix: str, number: int) -> str:
    return f"{prefix}{number:012d}AAA"


def stamp(day: int) -> str:
    return f"2026-03-{day:02d}T08:00:00.000+0000"


def accounts() -> Iterable[dict[str, Any]]:
    """Account n was modified on day 1 + n % 28; every hundredth (0, 100, ... 400) is deleted."""
    for number in range(ACCOUNT_COUNT):
        yield {
            "Id": salesforce_id("001", number),
            "IsDeleted": number % 100 == 0,
            "Name": f"Company {number}",
            "AnnualRevenue": number * 1000.0,
            "NumberOfEmployees": number,
            "BillingCity": "Rome" if number % 2 else None,
            "BillingCountry": "Italy" if number % 2 else None,
            "CreatedDate": stamp(1),
            "SystemModstamp": stamp(1 + number % 28),
            "Region__c": 'He said "NA",\nand left' if number == 7 else None,
        }


def opportunities() -> Iterable[dict[str, Any]]:
    amounts = [23, 16147805824397, 0, None]
    for number, amount in enumerate(amounts):
        yield {
            "Id": salesforce_id("006", number),
            "IsDeleted": False,
            "Name": f"Deal {number}",
            "AccountId": salesforce_id("001", 1),
            "StageName": ["Closed Won", "closed won", "Prospecting", "Prospecting"][number],
            "Amount": amount,
            "CloseDate": f"2026-04-0{number + 1}",
            "IsClosed": number < 2,
            "IsWon": number < 2,
            "CreatedDate": stamp(1),
            "SystemModstamp": stamp(number + 1),
        }


def deals() -> Iterable[dict[str, Any]]:
    """Deal n was modified on day 1 + n % 28; every fiftieth (50, ... 250) is archived."""
    for number in range(1, DEAL_COUNT + 1):
        modified = f"2026-03-{1 + number % 28:02d}T08:00:00.000Z"
        is_archived = number % 50 == 0
        yield {
            "id": str(number),
            "properties": {
                "dealname": f"Deal {number}",
                "amount": str(number * 10),
                "dealstage": "closedwon" if number % 2 else "appointmentscheduled",
                "pipeline": "default",
                "closedate": "" if number == 3 else "2026-04-01T00:00:00Z",
                "hs_is_closed_won": "true" if number % 2 else "false",
                "region": "north" if number == 5 else None,
                "hs_lastmodifieddate": modified,
            },
            "createdAt": "2026-03-01T00:00:00.000Z",
            "updatedAt": modified,
            "archived": is_archived,
            **({"archivedAt": "2026-03-29T00:00:00.000Z"} if is_archived else {}),
        }


def owners() -> Iterable[dict[str, Any]]:
    for number in range(1, 4):
        yield {
            "id": str(number),
            "email": f"owner{number}@example.com",
            "type": "PERSON",
            "firstName": f"First {number}",
            "lastName": "Last",
            "userId": 100 + number,
            "userIdIncludingInactive": 100 + number,
            "createdAt": "2025-01-01T00:00:00.000Z",
            "updatedAt": "2025-01-01T00:00:00.000Z",
            "archived": number == 3,
            "teams": [{"id": "9", "name": "North", "primary": True}],
        }


PIPELINE = {
    "id": "default",
    "label": "Sales",
    "displayOrder": 0,
    "archived": False,
    "createdAt": "2025-01-01T00:00:00.000Z",
    "updatedAt": "2025-01-01T00:00:00.000Z",
    "stages": [
        {
            "id": "closedwon",
            "label": "Won",
            "displayOrder": 1,
            "metadata": {"isClosed": "true", "probability": "1.0"},
            "archived": False,
            "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "createdAt": "2025-01-01T00:00:00.000Z",
            "updatedAt": "2025-01-01T00:00:00.000Z",
        }
    ],
}


def links() -> Iterable[dict[str, Any]]:
    """Deal 1 has a primary company; deal 2 has 501 contacts; the rest have nothing."""
    for type_id, label in ((5, "Primary"), (341, None)):
        yield link("deals", 1, "companies", 1001, type_id, label)
    for contact in range(1, 502):
        yield link("deals", 2, "contacts", contact, 3, None)


def link(
    from_type: str, from_id: int, to_type: str, to_id: int, type_id: int, label: str | None
) -> dict[str, Any]:
    return {
        "from_type": from_type,
        "from_id": str(from_id),
        "to_type": to_type,
        "to_id": str(to_id),
        "type_id": type_id,
        "label": label,
    }


def campaigns() -> Iterable[dict[str, Any]]:
    for number in (1, 2):
        yield {
            "id": f"guid-{number}",
            "properties": {"hs_name": f"Campaign {number}", "hs_spend_items_sum_amount": "12.5"},
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": f"2026-01-0{number}T00:00:00.000Z",
            "businessUnits": [{"id": 0}],
        }


def logins() -> Iterable[dict[str, Any]]:
    for number in range(1, 6):
        yield {
            "id": str(number),
            "userId": 101 + number % 2,
            "email": "owner1@example.com",
            "loginAt": f"2026-03-0{number}T08:00:00.000Z",
            "loginSucceeded": number != 2,
        }


def exchange_rates() -> Iterable[dict[str, Any]]:
    """Three rates of EUR, of which the second is the newest, and one of GBP."""
    for number, (code, rate, day) in enumerate(
        (("EUR", 1.1, 1), ("EUR", 1.25, 9), ("EUR", 1.2, 5), ("GBP", 1.3, 2)), start=1
    ):
        yield {
            "id": str(number),
            "fromCurrencyCode": code,
            "toCurrencyCode": "USD",
            "conversionRate": rate,
            "effectiveAt": f"2026-03-0{day}T00:00:00.000Z",
            "createdAt": f"2026-03-0{day}T00:00:00.000Z",
            "updatedAt": f"2026-03-0{day}T00:00:00.000Z",
            "visibleInUI": True,
        }


def forms() -> Iterable[dict[str, Any]]:
    """Three forms of HubSpot's own kind, a captured one, one of a blog, and an archived one."""
    kinds = ("hubspot", "hubspot", "hubspot", "captured", "blog_comment", "hubspot")
    for number, kind in enumerate(kinds, start=1):
        yield {
            "id": f"form-{number}",
            "formType": kind,
            "name": f"Form {number}",
            "createdAt": "2026-01-01T00:00:00.000Z",
            "updatedAt": "2026-01-01T00:00:00.000Z",
            "archived": number == 6,
        }


def form_submissions() -> Iterable[dict[str, Any]]:
    """Three of the first form, a day apart, in no order."""
    for number in (2, 3, 1):
        yield {
            "id": f"submission-{number}",
            "form": "form-1",
            "submittedAt": 1_772_000_000_000 + number * 86_400_000,
            "values": [{"name": "email", "value": f"{number}@example.com", "objectTypeId": "0-1"}],
            "pageUrl": "https://example.com/form",
        }


def write_folder(folder: Path) -> Path:
    """Write the company as a data folder."""
    files: dict[str, Iterable[dict[str, Any]]] = {
        "salesforce/Account": accounts(),
        "salesforce/Opportunity": opportunities(),
        "hubspot/deals": deals(),
        "hubspot/owners": owners(),
        "hubspot/pipelines_deals": [PIPELINE],
        "hubspot/associations": links(),
        "hubspot/campaigns": campaigns(),
        "hubspot/logins": logins(),
        "hubspot/forms": forms(),
        "hubspot/form_submissions": form_submissions(),
        "hubspot/exchange_rates": exchange_rates(),
    }
    for name, records in files.items():
        path = folder / f"{name}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return folder
