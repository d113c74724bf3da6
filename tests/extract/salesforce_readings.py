"""What is read of the sandbox's org, and what its content says should be."""

from __future__ import annotations

from datetime import UTC, datetime

from include.core.window import BEGINNING, Window
from include.sandbox.server import Sandbox
from include.tables import source_object
from tests.extract.salesforce_org import FIRST_CHANGE, NOW, opportunities

OPPORTUNITY = source_object("salesforce.opportunity")
EVERYTHING = Window(BEGINNING, NOW)
DAY = Window(datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC))
# 4,500 changes of five minutes each are 15.6 days: this window holds all, in three REST pages.
ALL_CHANGES = Window(FIRST_CHANGE, datetime(2026, 11, 17, tzinfo=UTC))


def requested(sandbox: Sandbox, part: str) -> int:
    return sum(part in request.target for request in sandbox.control.requests)


def from_csv(records: list[dict[str, str]]) -> dict[str, tuple]:
    """What the CSV says of each record, in the types of the API."""
    return {
        record["Id"]: (
            record["Name"],
            float(record["Amount"]) if record["Amount"] else None,
            record["IsDeleted"] == "true",
            record["SystemModstamp"].replace("Z", "+0000"),
        )
        for record in records
    }


def from_json(records: list[dict]) -> dict[str, tuple]:
    return {
        record["Id"]: tuple(
            record[name] for name in ("Name", "Amount", "IsDeleted", "SystemModstamp")
        )
        for record in records
    }


EXPECTED = from_json(opportunities())
