"""The sandbox portal's object types and their properties."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.sandbox.columns import Kind
from include.sandbox.hubspot_errors import invalid, missing_scopes
from include.sandbox.store import HUBSPOT_LISTINGS, Store
from include.sandbox.table import Record, RecordTable
from include.tables import SOURCE_OBJECTS

_SAMPLE_SIZE = 1000

TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "products": "0-7",
    "line_items": "0-8",
    "quotes": "0-14",
    "feedback_submissions": "0-19",
    "tasks": "0-27",
    "notes": "0-46",
    "meetings": "0-47",
    "calls": "0-48",
    "emails": "0-49",
    "invoices": "0-53",
    "subscriptions": "0-69",
    "goal_targets": "0-74",
    "orders": "0-123",
    "carts": "0-142",
}
# What a reader gets who names no properties.
_DEFAULTS = {
    "contacts": (
        "createdate",
        "email",
        "firstname",
        "hs_object_id",
        "lastmodifieddate",
        "lastname",
    ),
    "companies": ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
    "deals": (
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    ),
    "tickets": (
        "content",
        "createdate",
        "hs_lastmodifieddate",
        "hs_object_id",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
        "subject",
    ),
}
# Properties every record has, and where they stand in it when its data does not hold them.
_FILLED_FROM = {
    "hs_object_id": "id",
    "createdate": "createdAt",
    "hs_createdate": "createdAt",
    "hs_lastmodifieddate": "updatedAt",
    "lastmodifieddate": "updatedAt",
}
_WITH_CREATEDATE = ("contacts", "companies", "deals", "tickets")
_TYPES = {
    "text": ("string", "text"),
    "integer": ("number", "number"),
    "decimal": ("number", "number"),
    "money": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "timestamp": ("datetime", "date"),
}
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Property:
    """One property of an object type; `told` is what the data folder says of it."""

    name: str
    type: str
    field_type: str
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> Kind:
        """How its values compare."""
        if self.name == "hs_object_id" or self.type == "number":
            return "number"
        if self.type in ("date", "datetime"):
            return "instant"
        return "boolean" if self.type == "bool" else "text"

    def describe(self) -> dict[str, Any]:
        """The property as the properties API gives it."""
        is_own = self.name.startswith("hs_")
        return {
            "updatedAt": "2024-01-01T00:00:00.000Z",
            "createdAt": "2024-01-01T00:00:00.000Z",
            "name": self.name,
            "label": self.name,
            "type": self.type,
            "fieldType": self.field_type,
            "description": "",
            "groupName": "information",
            "options": [
                {"label": text, "value": text, "displayOrder": order, "hidden": False}
                for order, text in enumerate(("true", "false"))
            ]
            if self.type == "bool"
            else [],
            "displayOrder": -1,
            "calculated": False,
            "externalOptions": False,
            "archived": False,
            "hasUniqueValue": self.name == "hs_object_id",
            "hidden": False,
            "hubspotDefined": is_own,
            "formField": not is_own,
            "dataSensitivity": "non_sensitive",
            "modificationMetadata": {
                "archivable": not is_own,
                "readOnlyDefinition": is_own,
                "readOnlyValue": is_own,
            },
            **self.told,
        }


class HubSpotSchema:
    """Object types and properties as the token sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[
            str, tuple[tuple[int, int, int], tuple[list[Property], dict[str, Property]]]
        ] = {}
        self.names = [name for name in store.hubspot if name not in HUBSPOT_LISTINGS]
        self._aliases = {TYPE_IDS[name]: name for name in self.names if name in TYPE_IDS}
        for name in self.names:
            singular = name[:-3] + "y" if name.endswith("ies") else name.removesuffix("s")
            self._aliases |= {name: name, singular: name}

    def object_type(self, name: str) -> str:
        """The plural name of a type, from its name or its type id.

        Raises:
            ApiError: there is no such type, or the token may not read it.
        """
        found = self._aliases.get(name.lower())
        if found is None:
            raise invalid(f"Unable to infer object type from: {name}")
        if not self._store.permissions.may_read("hubspot", found):
            raise missing_scopes(f"crm.objects.{found}.read")
        return found

    def properties(self, name: str) -> dict[str, Property]:
        """Properties of a type that records can have, by name."""
        return self._read(name)[1]

    def described(self, name: str) -> list[Property]:
        """Properties of a type, archived ones too; what the data folder tells of them counts."""
        return self._read(name)[0]

    def _read(self, name: str) -> tuple[list[Property], dict[str, Property]]:
        """All visible properties of a type, and by name those that are not archived."""
        table, permissions = self._store.hubspot[name], self._store.permissions
        state = (table.revision, permissions.revision, self._store.hubspot["properties"].revision)
        known = self._known.get(name)
        if known is None or known[0] != state:
            found = {property_.name: property_ for property_ in _properties(name, table)}
            for told in self._store.document("properties"):
                object_name, _, property_name = told["id"].partition(".")
                if object_name == name:
                    found[property_name] = _told_property(property_name, told, found)
            visible = [p for p in found.values() if self._may_read(name, p)]
            live = {p.name: p for p in visible if not p.told.get("archived")}
            known = self._known[name] = (state, (visible, live))
        return known[1]

    def require_sensitivity(self, name: str, level: str) -> None:
        """Refuse to speak of sensitive data of a type to who may not see it: `hide` deals.sensitive.

        Raises:
            ApiError: the token lacks the scope.
        """
        if not self._store.permissions.may_read("hubspot", f"{name}.{level}"):
            raise missing_scopes(f"crm.objects.{name}.{level}.read")

    def _may_read(self, name: str, property_: Property) -> bool:
        """The token sees the property, and the data that are as sensitive as its."""
        permissions = self._store.permissions
        level = property_.told.get("dataSensitivity", "non_sensitive")
        return permissions.may_read("hubspot", name, property_.name) and permissions.may_read(
            "hubspot", f"{name}.{level}"
        )

    def chosen(self, name: str, asked: list[str]) -> list[str]:
        """Properties an answer holds: those asked for that exist, or the defaults."""
        known = self.properties(name)
        always = [*creation_properties(name), "hs_object_id", cursor_property(name)]
        wanted = [*asked, *always] if asked else [*_DEFAULTS.get(name, ()), *always]
        return [property_ for property_ in dict.fromkeys(wanted) if property_ in known]


def cursor_property(name: str) -> str:
    """The property that moves with every change; contacts have their own."""
    return "lastmodifieddate" if name == "contacts" else "hs_lastmodifieddate"


def creation_properties(name: str) -> tuple[str, ...]:
    """The property that holds the instant of creation."""
    return ("createdate",) if name in _WITH_CREATEDATE else ("hs_createdate",)


def property_value(record: Record, name: str) -> str | None:
    """A property's value as text, with what HubSpot fills in by itself."""
    return property_values(record, (name,))[name]


def property_values(record: Record, names: Sequence[str]) -> dict[str, str | None]:
    """Values of some properties as text, with what HubSpot fills in by itself."""
    known = record.get("properties", {})
    values = {name: known.get(name) for name in names}
    for name, value in values.items():
        if value is None:
            if name in _FILLED_FROM:
                values[name] = str(record[_FILLED_FROM[name]])
        elif value.__class__ is not str:
            values[name] = str(value).lower() if isinstance(value, bool) else str(value)
    return values


def _properties(name: str, table: RecordTable) -> list[Property]:
    """Properties of a type: standard ones, those we read, and what else its records hold."""
    source = next((o for o in SOURCE_OBJECTS if o.crm == "hubspot" and o.name == name), None)
    found = {"hs_object_id": Property("hs_object_id", "number", "number")}
    for stamp in (*creation_properties(name), cursor_property(name)):
        found[stamp] = Property(stamp, "datetime", "date")
    for each in source.fields if source else ():
        prefix, _, property_ = each.source.partition(".")
        if prefix == "properties":
            found[property_] = Property(property_, *_TYPES[each.type])
    for property_ in _DEFAULTS.get(name, ()):
        found.setdefault(property_, Property(property_, "string", "text"))
    for record in table.sample(_SAMPLE_SIZE):
        for property_, value in record.get("properties", {}).items():
            if property_ not in found and value not in (None, ""):
                found[property_] = Property(property_, *_type_of(str(value)))
    return list(found.values())


def _told_property(name: str, told: Record, known: Mapping[str, Property]) -> Property:
    """A property as the data folder tells of it: `{"id": "deals.amount", "label": ...}`."""
    usual = known.get(name) or Property(name, "string", "text")
    return Property(
        name,
        told.get("type", usual.type),
        told.get("fieldType", usual.field_type),
        {key: value for key, value in told.items() if key != "id"},
    )


def _type_of(value: str) -> tuple[str, str]:
    """Type and field type of a property nobody declared, from one of its values."""
    if _DATETIME.fullmatch(value):
        return "datetime", "date"
    if _DATE.fullmatch(value):
        return "date", "date"
    if value in ("true", "false"):
        return "bool", "booleancheckbox"
    return ("number", "number") if _NUMBER.fullmatch(value) else ("string", "text")
