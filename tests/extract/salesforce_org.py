"""A small org in the sandbox, whose every record is written here."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include.core.reading import Page
from include.core.settings_sources import Source
from include.core.window import Window
from include.extract.salesforce import SalesforceCredentials

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
FIRST_CHANGE = datetime(2026, 11, 1, tzinfo=UTC)
OPPORTUNITY_COUNT = 4_500
# Text that careless readers of CSV change or lose.
NAMES = ("plain", 'with "quotes"', "two\nlines", "comma, semicolon;", "NA", "None", "Grüße 北京")

CLIENT_CREDENTIALS: dict[str, str] = {
    "consumer_key": "sandbox",
    "consumer_secret": "sandbox-secret",
    "domain": "acme.my",
}
SETTINGS = Source(
    enabled=True,
    connection="salesforce_default",
    api_version="66.0",
    lag_minutes=5,
    overlap_minutes=10,
    daily_quota_share=0.8,
    custom_fields={},
    sales_pipelines=[],
    integration_users=[],
)


def credentials(url: str, **fields: str) -> SalesforceCredentials:
    """Client credentials for the sandbox, or the given ones."""
    return SalesforceCredentials(base_url=url, **(fields or CLIENT_CREDENTIALS))


def stamp(instant: datetime) -> str:
    """An instant as Salesforce writes it over REST."""
    return instant.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def opportunities() -> list[dict[str, Any]]:
    """One change every five minutes from the first of November; every tenth is in the bin."""
    return [
        {
            "Id": f"006{number:015d}",
            "Name": NAMES[number % len(NAMES)],
            "StageName": "Closed Won" if number % 3 == 0 else "Prospecting",
            "Amount": None if number % 11 == 0 else number * 1000.5,
            "CloseDate": "2026-11-30",
            "IsClosed": number % 3 == 0,
            "IsWon": number % 3 == 0,
            "IsDeleted": number % 10 == 0,
            "OwnerId": "005000000000001AAA",
            "Region__c": "EMEA",
            "CreatedDate": stamp(FIRST_CHANGE),
            "SystemModstamp": stamp(FIRST_CHANGE + timedelta(minutes=5 * number)),
        }
        for number in range(OPPORTUNITY_COUNT)
    ]


def accounts() -> list[dict[str, Any]]:
    """Three companies that changed at noon of 21 November."""
    return [
        {
            "Id": f"001{number:015d}",
            "Name": f"Company {number}",
            "BillingCountry": "Germany",
            "BillingCity": "Berlin",
            "IsDeleted": False,
            "OwnerId": "005000000000001AAA",
            "CreatedDate": stamp(FIRST_CHANGE),
            "SystemModstamp": stamp(datetime(2026, 11, 21, 12, tzinfo=UTC)),
        }
        for number in range(3)
    ]


def stages() -> list[dict[str, Any]]:
    """Two stages of the sales process."""
    return [
        {
            "Id": f"01J{number:015d}",
            "MasterLabel": name,
            "ApiName": name,
            "IsClosed": is_closed,
            "IsWon": is_closed,
            "SystemModstamp": stamp(FIRST_CHANGE),
        }
        for number, (name, is_closed) in enumerate([("Prospecting", False), ("Closed Won", True)])
    ]


def write_org(folder: Path) -> None:
    """Write the data folder the sandbox serves."""
    target = folder / "salesforce"
    target.mkdir(parents=True)
    for name, records in {
        "Opportunity": opportunities(),
        "Account": accounts(),
        "OpportunityStage": stages(),
    }.items():
        lines = [json.dumps(record) + "\n" for record in records]
        (target / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def changed_in(window: Window) -> dict[str, dict[str, Any]]:
    """Opportunities whose stamp is in the window, by id."""
    return {
        record["Id"]: record
        for record in opportunities()
        if window.start <= datetime.fromisoformat(record["SystemModstamp"]) < window.end
    }


def records_of(pages: list[Page]) -> list[dict[str, Any]]:
    """Every record of a reading's files, as they stand there; files must hold what they announce."""
    records: list[dict[str, Any]] = []
    for page in pages:
        with page.path.open(encoding="utf-8", newline="") as stream:
            found = (
                list(csv.DictReader(stream))
                if page.format == "csv"
                else [json.loads(line) for line in stream]
            )
        assert len(found) == page.record_count
        records += found
    return records
