"""What the sandbox's org describes: its objects, their fields and the fields' types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from include.core.field import Field
from include.sandbox.columns import Kind
from include.sandbox.store import OWN_PERMISSIONS, DeclaredField, Store
from include.sandbox.table import RecordTable
from include.tables import SOURCE_OBJECTS
from include.tables.source_object import SourceObject

# Fields that stand in fewer than one of so many records need not be described.
_SAMPLE_SIZE = 1000

_ADDRESS_PREFIXES = {
    "Account": ("Billing", "Shipping"),
    "Contact": ("Mailing", "Other"),
    "Lead": ("",),
    "User": ("",),
    "Organization": ("",),
}
_ADDRESS_PARTS = {
    "Street": "textarea",
    "City": "string",
    "State": "string",
    "PostalCode": "string",
    "Country": "string",
    "Latitude": "double",
    "Longitude": "double",
    "GeocodeAccuracy": "picklist",
}
_PEOPLE = ("Contact", "Lead", "User")
_STAMPS = ("CreatedDate", "LastModifiedDate", "SystemModstamp")
# Objects that have not all of them.
_STAMPS_OF = {"LoginHistory": (), "CaseHistory": (), "UserLogin": ("LastModifiedDate",)}
_KEY_PREFIXES = {
    "Organization": "00D",
    "User": "005",
    "UserLogin": "0Yw",
    "UserRole": "00E",
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "OpportunityLineItem": "00k",
    "OpportunityStage": "01J",
    "Product2": "01t",
    "Campaign": "701",
    "CampaignMember": "00v",
    "Case": "500",
    "Task": "00T",
    "Event": "00U",
    "LoginHistory": "0Ya",
    "CurrencyType": "01L",
    "DatedConversionRate": "04w",
    "OpportunityContactRole": "00K",
    "Period": "026",
    "Contract": "800",
    "ServiceContract": "810",
    "ContractLineItem": "811",
    "Asset": "02i",
    "CaseHistory": "017",
    "CaseComment": "00a",
    "EmailMessage": "02s",
    "AgentWork": "0Bz",
    "Survey": "0Kd",
    "WebCart": "0a6",
    "Order": "801",
}
_TYPES = {
    "text": "string",
    "integer": "int",
    "decimal": "double",
    "money": "currency",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
}
_SOAP_TYPES = {
    "id": "tns:ID",
    "reference": "tns:ID",
    "boolean": "xsd:boolean",
    "int": "xsd:int",
    "double": "xsd:double",
    "currency": "xsd:double",
    "percent": "xsd:double",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "address": "urn:address",
}
# What a data folder may say of an org and no object has a field for: see connect/organization.
_TOLD_ELSEWHERE = {"Organization": ("DefaultCurrencyIsoCode",)}
# Of these objects one sees one's own records only, by which field, without any of the permissions.
_SHOWN_IN_PART = {
    "LoginHistory": ("UserId", ("PermissionsManageUsers", "PermissionsMonitorLoginHistory")),
    "ForecastingQuota": ("QuotaOwnerId", ("PermissionsViewAllForecasts",)),
}
_DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True)
class OrgField:
    """One field as describe gives it."""

    name: str
    type: str
    compound: str | None = None
    reference_to: tuple[str, ...] = ()
    is_calculated: bool = False

    @property
    def kind(self) -> Kind:
        """How its values compare."""
        if self.type in ("int", "double", "currency", "percent"):
            return "number"
        if self.type in ("date", "datetime"):
            return "instant"
        if self.type == "boolean":
            return "boolean"
        return "exact" if self.type in ("id", "reference") else "text"

    def describe(self) -> dict[str, Any]:
        """The field's entry in an object's describe."""
        is_custom = self.name.endswith("__c")
        is_text = self.kind in ("text", "exact")
        is_compound = self.type in ("address", "location")
        is_written = self.type != "id" and not is_compound and not self.is_calculated
        is_filtered = not is_compound and self.type != "base64"
        return {
            "name": self.name,
            "label": self.name,
            "type": self.type,
            "soapType": _SOAP_TYPES.get(self.type, "xsd:string"),
            "length": (18 if self.kind == "exact" else 255) if is_text else 0,
            "byteLength": 765 if is_text else 0,
            "precision": 18 if self.kind == "number" else 0,
            "scale": 2 if self.type in ("currency", "double", "percent") else 0,
            "digits": 9 if self.type == "int" else 0,
            "nillable": self.type not in ("id", "boolean"),
            "calculated": self.is_calculated,
            "calculatedFormula": None,
            "custom": is_custom,
            "compoundFieldName": self.compound,
            "createable": is_written,
            "updateable": is_written,
            "filterable": is_filtered,
            "sortable": is_filtered,
            "groupable": is_text,
            "unique": False,
            "externalId": False,
            "idLookup": self.type == "id",
            "nameField": self.name == "Name",
            "referenceTo": list(self.reference_to),
            "relationshipName": (
                self.name.removesuffix("Id") if self.reference_to and not is_custom else None
            ),
            "picklistValues": [],
            "restrictedPicklist": False,
            "defaultedOnCreate": self.type == "boolean",
            "autoNumber": False,
            "dataType": None,
        }


@dataclass(frozen=True)
class OrgObject:
    """One object as describe gives it; fields by their folded names."""

    name: str
    fields: dict[str, OrgField]

    def listing(self, version: str) -> dict[str, Any]:
        """The object's entry in the list of all objects."""
        base = f"/services/data/v{version}/sobjects/{self.name}"
        has_log = "isdeleted" in self.fields
        return {
            "name": self.name,
            "label": self.name,
            "labelPlural": self.name,
            "custom": self.name.endswith("__c"),
            "customSetting": False,
            "queryable": True,
            "retrieveable": True,
            "replicateable": has_log,
            "searchable": True,
            "createable": True,
            "updateable": True,
            "deletable": has_log,
            "undeletable": has_log,
            "deprecatedAndHidden": False,
            "triggerable": True,
            "layoutable": True,
            "keyPrefix": _KEY_PREFIXES.get(self.name, "a00"),
            "urls": {
                "sobject": base,
                "describe": f"{base}/describe",
                "rowTemplate": f"{base}/{{ID}}",
            },
        }

    def describe(self, version: str) -> dict[str, Any]:
        """The object's describe."""
        return {
            **self.listing(version),
            "fields": [field.describe() for field in self.fields.values()],
            "childRelationships": [],
            "recordTypeInfos": [
                {
                    "active": True,
                    "available": True,
                    "defaultRecordTypeMapping": True,
                    "master": True,
                    "name": "Master",
                    "recordTypeId": "012000000000000AAA",
                }
            ],
        }


class Schema:
    """The org's objects as these credentials see them, worked out from the tables as needed."""

    def __init__(self, store: Store, user_id: str) -> None:
        self._store = store
        self.user_id = user_id
        self._known: dict[str, tuple[tuple[int, int], OrgObject]] = {}
        self._names = {name.lower(): name for name in store.salesforce}

    def names(self) -> list[str]:
        """API names of the objects that are visible."""
        may_read = self._store.permissions.may_read
        return [name for name in self._store.salesforce if may_read("salesforce", name)]

    def own_field(self, name: str) -> str | None:
        """The field that has to name the user for a record to be shown; None where all are."""
        field, permissions = _SHOWN_IN_PART.get(name, ("", ()))
        held = next(self._store.salesforce[OWN_PERMISSIONS].records(), {})
        is_limited = field and not any(held.get(permission) for permission in permissions)
        return field if is_limited else None

    def object(self, name: str) -> OrgObject | None:
        """An object by its name in any case, None where it is missing or hidden."""
        exact = self._names.get(name.lower())
        permissions = self._store.permissions
        if exact is None or not permissions.may_read("salesforce", exact):
            return None
        table = self._store.salesforce[exact]
        state = (table.revision, permissions.revision)
        known = self._known.get(exact)
        if known is None or known[0] != state:
            fields = {
                field.name.lower(): field
                for field in _org_fields(exact, table, self._store.declared_fields(exact))
                if permissions.may_read("salesforce", exact, field.name)
                and field.name not in _TOLD_ELSEWHERE.get(exact, ())
            }
            known = self._known[exact] = (state, OrgObject(exact, fields))
        return known[1]


def _org_fields(
    name: str, table: RecordTable, declared_fields: Mapping[str, DeclaredField]
) -> list[OrgField]:
    """Fields of an object: standard ones, those we read, what else its records hold, and declared."""
    source = next((o for o in SOURCE_OBJECTS if o.crm == "salesforce" and o.name == name), None)
    fields = {"Id": OrgField("Id", "id")}
    if source is None or source.deleted:
        fields["IsDeleted"] = OrgField("IsDeleted", "boolean")
    for declared in source.fields if source else ():
        fields[declared.source] = _declared_field(declared)
    if source is not None and source.merged_into:
        fields[source.merged_into] = OrgField(source.merged_into, "reference", None, (name,))
    for stamp in _STAMPS_OF.get(name, _STAMPS):
        fields.setdefault(stamp, OrgField(stamp, "datetime"))
    _add_compounds(name, fields)
    for record in table.sample(_SAMPLE_SIZE):
        for key, value in record.items():
            if key not in fields and value is not None and not isinstance(value, dict):
                fields[key] = OrgField(key, _type_of(key, value))
    for key, declared_field in declared_fields.items():
        fields[key] = OrgField(key, declared_field.type, is_calculated=declared_field.is_calculated)
    return list(fields.values())


def _declared_field(declared: Field) -> OrgField:
    """A field we read, with the type Salesforce gives it."""
    name = declared.source
    if declared.references:
        targets = [o.name for o in _salesforce_objects() if o.table == declared.references]
        return OrgField(name, "reference", None, tuple(targets))
    if declared.type == "text" and name.endswith("Id") and not name.endswith("__Id"):
        return OrgField(name, "reference", None, ("User",) if name == "OwnerId" else ())
    if name.endswith("Probability"):
        return OrgField(name, "percent")
    return OrgField(name, _TYPES[declared.type])


def _salesforce_objects() -> list[SourceObject]:
    return [o for o in SOURCE_OBJECTS if o.crm == "salesforce"]


def _add_compounds(name: str, fields: dict[str, OrgField]) -> None:
    """Addresses and names that describe gives both whole and in parts."""
    for prefix in _ADDRESS_PREFIXES.get(name, ()):
        whole = f"{prefix}Address"
        fields[whole] = OrgField(whole, "address")
        for part, type_ in _ADDRESS_PARTS.items():
            fields[prefix + part] = OrgField(prefix + part, type_, whole)
    if name in _PEOPLE:
        for part in ("FirstName", "LastName"):
            fields[part] = OrgField(part, "string", "Name")


def _type_of(name: str, value: Any) -> str:
    """The type of a field nobody declared, from one of its values."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "double"
    text = str(value)
    if _DATETIME.fullmatch(text):
        return "datetime"
    if _DATE.fullmatch(text):
        return "date"
    return "reference" if name.endswith("Id") and len(text) == 18 else "string"
