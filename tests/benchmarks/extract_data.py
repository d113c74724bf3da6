"""A data folder for the sandbox with any number of records of one object of each CRM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from include.core.field import Field
from include.core.window import Window
from include.tables import source_object

SALESFORCE = source_object("salesforce.opportunity")
HUBSPOT = source_object("hubspot.contact")
# Parallel tasks read objects of their own, so that none waits for another's ledger.
HUBSPOT_PARALLEL = tuple(
    source_object(f"hubspot.{name}")
    for name in ("contact", "company", "ticket", "call", "meeting", "email", "task", "line_item")
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = Window(BEGIN, BEGIN + timedelta(days=300))


def write_folder(folder: Path, record_count: int, hubspot_names: tuple[str, ...]) -> None:
    """JSON Lines of Salesforce opportunities and of the HubSpot objects named, stamped in WINDOW."""
    (folder / "salesforce").mkdir(parents=True)
    (folder / "hubspot").mkdir()
    with (folder / "salesforce" / f"{SALESFORCE.name}.jsonl").open("wb") as stream:
        for number in range(record_count):
            stream.write(orjson.dumps(_salesforce_record(number), option=orjson.OPT_APPEND_NEWLINE))
    for name in hubspot_names:
        source = next(each for each in HUBSPOT_PARALLEL if each.name == name)
        with (folder / "hubspot" / f"{name}.jsonl").open("wb") as stream:
            for number in range(record_count):
                record = _hubspot_record(number, source.fields, source.search_cursor)
                stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


def _instant(number: int) -> str:
    """An instant in the window, later for higher numbers up to a hundred thousand."""
    return f"{BEGIN + timedelta(minutes=number % 400_000):%Y-%m-%dT%H:%M:%S}.000"


def _value(field: Field, number: int) -> Any:
    """A plausible value of a field's type."""
    match field.type:
        case "text":
            return field.values[number % len(field.values)] if field.values else f"Text {number}"
        case "integer":
            return number % 1000
        case "decimal" | "money":
            return number % 100 if field.maximum else 1000.5 + number
        case "boolean":
            return number % 2 == 0
        case "date":
            return _instant(number)[:10]
    return _instant(number) + "Z"


def _salesforce_record(number: int) -> dict[str, Any]:
    stamp = _instant(number) + "+0000"
    record: dict[str, Any] = {field.source: _value(field, number) for field in SALESFORCE.fields}
    record |= {
        name: f"{prefix}{number:012d}AAA"
        for name, prefix in (("AccountId", "001"), ("OwnerId", "005"), ("CampaignId", "701"))
        if name in record
    }
    return record | {
        "Id": f"006{number:012d}AAA",
        "CreatedDate": stamp,
        "SystemModstamp": stamp,
        "LastModifiedDate": stamp,
        "IsDeleted": False,
    }


def _hubspot_record(number: int, fields: tuple[Field, ...], cursor: str | None) -> dict[str, Any]:
    stamp = _instant(number) + "Z"
    properties = {
        field.source.removeprefix("properties."): _text(_value(field, number))
        for field in fields
        if field.source.startswith("properties.")
    }
    properties |= {"hs_object_id": str(number + 1), "createdate": stamp}
    if cursor:
        properties[cursor] = stamp
    return {
        "id": str(number + 1),
        "properties": properties,
        "createdAt": stamp,
        "updatedAt": stamp,
        "archived": False,
    }


def _text(value: Any) -> str:
    """HubSpot's properties are all text."""
    return str(value).lower() if isinstance(value, bool) else str(value)
