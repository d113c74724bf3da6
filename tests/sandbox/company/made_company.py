"""A made-up company read back, for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from include.sandbox.company import dirt
from include.sandbox.company.staff import INTEGRATION_USERNAME
from include.tables.source_object import SourceObject

Record = dict[str, Any]

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
# More than one block of deals, and not a whole number of them.
SIZE = 2_600


class Company:
    """A written company, its files read once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, list[Record]] = {}

    def salesforce(self, name: str) -> list[Record]:
        """Records of a Salesforce object."""
        return self._records(f"salesforce/{name}.jsonl")

    def hubspot(self, name: str) -> list[Record]:
        """Records of a HubSpot object as the API gives them."""
        return self._records(f"hubspot/{name}.jsonl")

    def properties(self, name: str) -> list[Record]:
        """Properties of HubSpot records, with what stands beside them."""
        return [{**row.get("properties", {}), **row} for row in self.hubspot(name)]

    def _records(self, path: str) -> list[Record]:
        if path not in self._read:
            file = self.folder / path
            # What the company does not use has no file.
            lines = file.read_bytes().splitlines() if file.exists() else []
            self._read[path] = [orjson.loads(line) for line in lines]
        return self._read[path]


def deal_count(company: Company) -> int:
    """Deals over both CRMs, those both hold counted once."""
    return len(own_deals(company)) + len(company.salesforce("Opportunity"))


def landed(company: Company, source: SourceObject) -> Iterator[Record]:
    """Records in the shape in which the extractors land them."""
    if source.crm == "salesforce":
        yield from company.salesforce(source.name)
    elif source.reader == "pipelines":
        for pipeline in company.hubspot(source.name.replace("/", "_")):
            for stage in pipeline["stages"]:
                named = {"pipeline_id": pipeline["id"], "pipeline_label": pipeline["label"]}
                yield {**stage, **named, "stage_id": stage["id"]}
    elif source.reader == "owners":
        for owner in company.hubspot("owners"):
            team = owner.get("teams", [{}])[0]
            yield {**owner, "team_id": team.get("id"), "team_name": team.get("name")}
    elif source.reader == "association":
        for link in company.hubspot("associations"):
            if (link["from_type"], link["to_type"]) == (source.from_object, source.to_object):
                yield {"from": link["from_id"], "to": link["to_id"], "is_primary": True}
    elif source.reader == "history":
        for record in company.hubspot(str(source.from_object)):
            for name, versions in record["propertiesWithHistory"].items():
                for version in versions:
                    own = {"from": record["id"], "property": name, "later_count": 0}
                    yield {**version, **own}
    elif source.reader == "account":
        yield orjson.loads((company.folder / "account.json").read_bytes())["hubspot"]
    elif source.reader == "exchange_rates":
        yield from company.hubspot("exchange_rates")
    else:
        yield from company.hubspot("logins" if source.reader == "logins" else source.name)


def value_at(record: Record, path: str) -> Any:
    """The value at a dotted path, as Field.source addresses it."""
    value: Any = record
    for part in path.split("."):
        value = value.get(part)
    return value


def struck(kind: dirt.Dirt, count: int) -> int:
    """How many of `count` records a kind of dirt strikes: counted, not computed with the mask."""
    return len(range(kind.first, count, kind.every))


def own_deals(company: Company) -> list[Record]:
    """HubSpot deals that are no copies of opportunities."""
    return [d for d in company.properties("deals") if d["hs_salesforceopportunityid"] is None]


def integration_id(company: Company) -> str:
    """Id of the user the sync acts as."""
    users = company.salesforce("User")
    return next(user["Id"] for user in users if user["Username"] == INTEGRATION_USERNAME)


def is_synced_task(company: Company, task: Record) -> bool:
    """The task is a copy the sync made of a HubSpot activity."""
    return task["CreatedById"] == integration_id(company)
