"""Salesforce records as REST and as Bulk write them: the same value has two spellings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from include.sandbox.salesforce_schema import OrgField, OrgObject
from include.sandbox.table import Record

_ADDRESS_KEYS = {
    "city": "City",
    "country": "Country",
    "geocodeAccuracy": "GeocodeAccuracy",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "postalCode": "PostalCode",
    "state": "State",
    "street": "Street",
}


def value_of(record: Record, name: str) -> Any:
    """A field's value, with what Salesforce fills in by itself."""
    return filled(record).get(name)


def rest_rows(
    records: Sequence[Record], name: str, fields: Sequence[OrgField], version: str
) -> list[dict[str, Any]]:
    """Records as a REST query gives them: the chosen fields below their attributes."""
    plan = [(field.name, _rest_spelling(field)) for field in fields]
    addresses = [field.name for field in fields if field.type == "address"]
    files = [field.name for field in fields if field.type == "base64"]
    url = f"/services/data/v{version}/sobjects/{name}/"
    rows = []
    for record in records:
        get = filled(record).get
        row: dict[str, Any] = {"attributes": {"type": name, "url": url + record["Id"]}}
        for field_name, spell in plan:
            value = get(field_name)
            row[field_name] = value if value is None or spell is None else spell(value)
        for field_name in addresses:
            row[field_name] = _address(record, field_name)
        for field_name in files:
            # A file's content is behind an address of its own.
            row[field_name] = f"{url}{record['Id']}/{field_name}"
        rows.append(row)
    return rows


def rest_page(rows: list[dict[str, Any]], total: int, next_url: str | None, pretty: bool) -> bytes:
    """One page of a REST query."""
    page: dict[str, Any] = {"totalSize": total, "done": next_url is None}
    if next_url is not None:
        page["nextRecordsUrl"] = next_url
    page["records"] = rows
    return orjson.dumps(page, option=orjson.OPT_INDENT_2 if pretty else 0)


def csv_page(
    records: Sequence[Record], fields: Sequence[OrgField], delimiter: str, line_ending: str
) -> bytes:
    """One page of a Bulk query: a header, every value in quotes, nothing for null."""
    plan = [(field.name, _csv_spelling(field)) for field in fields]
    lines = [delimiter.join(f'"{field.name}"' for field in fields)]
    for record in records:
        get = filled(record).get
        lines.append(
            delimiter.join(
                [
                    "" if (value := get(name)) is None or value == "" else f'"{spell(value)}"'
                    for name, spell in plan
                ]
            )
        )
    return (line_ending.join(lines) + line_ending).encode()


def rest_datetime(value: Any) -> str:
    """`2024-04-25T15:50:37.000+0000`."""
    text = str(value)
    return text if len(text) == 28 and text.endswith("+0000") else _stamp(text) + "+0000"


def bulk_datetime(value: Any) -> str:
    """`2024-04-25T15:50:37.000Z`."""
    text = str(value)
    if len(text) == 28 and text.endswith("+0000"):
        return text[:23] + "Z"
    return text if len(text) == 24 and text.endswith("Z") else _stamp(text) + "Z"


def java_double(value: Any) -> str:
    """A number as Bulk writes it: always a fraction, an exponent from ten million on."""
    number = float(value)
    if number != 0 and not 1e-3 <= abs(number) < 1e7:
        exact = Decimal(repr(number)).normalize()
        digits = "".join(map(str, exact.as_tuple().digits))
        sign = "-" if number < 0 else ""
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exact.adjusted()}"
    return repr(number)


def chosen_fields(object_: OrgObject, names: Sequence[str]) -> list[OrgField] | str:
    """The fields a query names, or the first name that is none."""
    fields = []
    for name in names:
        field = object_.fields.get(name.lower())
        if field is None:
            return name
        fields.append(field)
    return fields


def filled(record: Record) -> Record:
    """The record with what Salesforce fills in by itself."""
    if record.get("IsDeleted") is None:
        record["IsDeleted"] = False
    if record.get("LastModifiedDate") is None:
        record["LastModifiedDate"] = record.get("SystemModstamp")
    return record


def _stamp(text: str) -> str:
    """An instant in UTC with milliseconds and without its zone."""
    instant = datetime.fromisoformat(text)
    instant = instant.astimezone(UTC) if instant.tzinfo else instant
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _address(record: Record, name: str) -> dict[str, Any] | None:
    """A compound address from its parts, None when all of them are missing."""
    prefix = name.removesuffix("Address")
    address = {key: record.get(prefix + part) for key, part in _ADDRESS_KEYS.items()}
    return address if any(value is not None for value in address.values()) else None


def _rest_spelling(field: OrgField) -> Callable[[Any], Any] | None:
    if field.type == "datetime":
        return rest_datetime
    if field.type == "int":
        return int
    return float if field.type in ("double", "currency", "percent") else None


def _csv_spelling(field: OrgField) -> Callable[[Any], str]:
    if field.type == "boolean":
        return lambda value: "true" if value else "false"
    if field.type == "datetime":
        return bulk_datetime
    if field.type in ("double", "currency", "percent"):
        return java_double
    if field.type == "int":
        return lambda value: str(int(value))
    if field.kind == "text":
        return lambda value: str(value).replace('"', '""')
    return str
