"""A Salesforce org and a HubSpot portal that the examples are put into, for the sandbox to serve.

Examples name their records ("O2", "C5"); ids and the boilerplate of each CRM are made here. A
record is put into the CRMs of the variant: one of them alone, or both, and then it is in Salesforce
(S), in HubSpot (H), or in both and tied by the ids of the native sync (SH).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from include.sandbox.company.files import Files
from include.sandbox.company.identifiers import PREFIXES, salesforce_ids
from include.tables.source_object import SourceObject

# Objects whose ids the made-up company does not need.
PREFIXES.setdefault("Asset", "02i")
PREFIXES.setdefault("AssetStatePeriod", "0A8")
PREFIXES.setdefault("Contract", "800")
PREFIXES.setdefault("OpportunitySplit", "1SO")
PREFIXES.setdefault("OpportunitySplitType", "149")

EPOCH = "2025-01-01"
ROLES = ("AE", "SDR")
STAGES = {
    # name: probability in percent, closed, won
    "Qualification": (10, False, False),
    "Proposal": (50, False, False),
    "Negotiation": (80, False, False),
    "Closed Won": (100, True, True),
    "Closed Lost": (0, True, False),
}
WON, LOST = "Closed Won", "Closed Lost"
MASTER = "default"

Record = dict[str, Any]


def instant(text: str) -> datetime:
    """An instant in UTC; a day alone is its noon."""
    at = datetime.fromisoformat(text if "T" in text else f"{text}T12:00")
    return at.replace(tzinfo=UTC)


def salesforce_stamp(text: str | None) -> str | None:
    return None if text is None else instant(text).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def hubspot_stamp(text: str | None) -> str | None:
    return None if text is None else instant(text).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def later(text: str, **span: float) -> str:
    """The instant so much after another one."""
    return (instant(text) + timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%S")


class Org:
    """The records of both CRMs; `variant` is salesforce, hubspot or both."""

    def __init__(self, variant: str) -> None:
        self.variant = variant
        self._ids: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._salesforce: dict[str, list[Record]] = defaultdict(list)
        self._hubspot: dict[str, list[Record]] = defaultdict(list)
        self._customers: set[str] = set()
        if self.is_in("salesforce"):
            self._set_up_salesforce()

    def is_in(self, crm: str) -> bool:
        """Whether the variant has this CRM."""
        return self.variant in {crm, "both"}

    def holds(self, source: SourceObject) -> bool:
        """Whether reading an object may bring anything; what the portal itself is made of always may."""
        if source.crm == "salesforce":
            return bool(self._salesforce.get(source.name))
        if source.reader not in ("crm_object", "association", "history", "splits"):
            return True
        return bool(self._hubspot.get(source.from_object or source.name.partition("/")[0]))

    def crms(self, where: str = "SH") -> Iterator[str]:
        """The CRMs a record is put into; `where` decides in the variant with both."""
        if self.variant != "both":
            yield self.variant
            return
        if "S" in where:
            yield "salesforce"
        if "H" in where:
            yield "hubspot"

    def is_synced(self, where: str) -> bool:
        """Whether both CRMs hold the record."""
        return self.variant == "both" and where == "SH"

    def id(self, object_name: str, name: str | None) -> str | None:
        """The id of a record, Salesforce's and HubSpot's by the name of the object; None for none."""
        if name is None:
            return None
        key = (object_name, name)
        if key not in self._ids:
            number = self._counts[object_name]
            self._counts[object_name] += 1
            if object_name in PREFIXES:
                self._ids[key] = salesforce_ids(object_name, np.array([number]))[0]
            else:
                self._ids[key] = str(10**6 * (1 + len({kind for kind, _ in self._ids})) + number)
        return self._ids[key]

    def is_new(self, object_name: str, name: str) -> bool:
        """Whether no record of that name has been put in or named yet."""
        return (object_name, name) not in self._ids

    def salesforce(
        self,
        object_name: str,
        name: str,
        created: str,
        changed: str | None = None,
        /,
        **fields: Any,
    ) -> str:
        """Put a record into Salesforce; its id."""
        key = self.id(object_name, name)
        assert key is not None
        stamp = salesforce_stamp(changed or created)
        self._salesforce[object_name].append(
            {
                "Id": key,
                "IsDeleted": False,
                "CreatedDate": salesforce_stamp(created),
                "LastModifiedDate": stamp,
                "SystemModstamp": stamp,
                **fields,
            }
        )
        return key

    def hubspot(
        self,
        object_name: str,
        name: str,
        created: str,
        changed: str | None = None,
        /,
        *,
        is_archived: bool = False,
        history: dict[str, list[tuple[str, str]]] | None = None,
        **properties: Any,
    ) -> str:
        """Put a record into HubSpot; its id. `history` has (instant, value) of a property, in order."""
        key = self.id(object_name, name)
        assert key is not None
        stamp = hubspot_stamp(changed or created)
        cursor = "lastmodifieddate" if object_name == "contacts" else "hs_lastmodifieddate"
        row: Record = {
            "id": key,
            "properties": {
                "hs_object_id": key,
                "createdate": hubspot_stamp(created),
                cursor: stamp,
                **{each: _property(value) for each, value in properties.items()},
            },
            "createdAt": hubspot_stamp(created),
            "updatedAt": stamp,
            "archived": is_archived,
        }
        if is_archived:
            row["archivedAt"] = stamp
        if history:
            row["propertiesWithHistory"] = {
                name: [
                    {"value": value, "timestamp": hubspot_stamp(at), "sourceType": "CRM_UI"}
                    for at, value in reversed(entries)
                ]
                for name, entries in history.items()
            }
        self._hubspot[object_name].append(row)
        return key

    def last_hubspot(self, object_name: str, name: str, changed: str, status: str) -> Record:
        """A record put into HubSpot, as it is after its status changed."""
        key, stamp = self.id(object_name, name), hubspot_stamp(changed)
        row = next(row for row in self._hubspot[object_name] if row["id"] == key)
        properties = row["properties"] | {"hs_status": status, "hs_lastmodifieddate": stamp}
        return {"id": key, "properties": properties, "updatedAt": stamp}

    def raw(self, path: str, row: Record) -> None:
        """A record of HubSpot outside its CRM objects, as the sandbox's file has it."""
        self._hubspot[path].append(row)

    def link(self, from_type: str, name: str, to_type: str, to_name: str, type_id: int = 5) -> None:
        """Tie two HubSpot records; the link counts as primary."""
        self.raw(
            "associations",
            {
                "from_type": from_type,
                "from_id": self.id(from_type, name),
                "to_type": to_type,
                "to_id": self.id(to_type, to_name),
                "type_id": type_id,
                "label": "Primary",
            },
        )

    def user(
        self,
        name: str,
        role: str | None = None,
        *,
        is_active: bool = True,
        last_login: str | None = None,
        created: str = EPOCH,
        changed: str | None = None,
        frozen: str | None = None,
    ) -> None:
        """A user of Salesforce and an owner of HubSpot with one mail address.

        HubSpot cannot freeze: who is frozen is archived there.
        """
        email = f"{name.lower()}@seller.example"
        if self.is_in("salesforce"):
            self.salesforce(
                "User",
                name,
                created,
                changed,
                Username=email,
                Name=name,
                Email=email,
                IsActive=is_active,
                UserType="Standard",
                UserRoleId=self.id("UserRole", role),
                ProfileId=None,
                ManagerId=None,
                Department=None,
                LastLoginDate=salesforce_stamp(last_login),
            )
            self.salesforce(
                "UserLogin",
                name,
                created,
                frozen,
                UserId=self.id("User", name),
                IsFrozen=frozen is not None,
            )
        is_active = is_active and frozen is None
        if self.is_in("hubspot"):
            self.raw(
                "owners",
                {
                    "id": self.id("owners", name),
                    "email": email,
                    "type": "PERSON",
                    "firstName": name,
                    "lastName": None,
                    "userId": int(self.id("users", name) or 0) if is_active else None,
                    "userIdIncludingInactive": int(self.id("users", name) or 0),
                    "createdAt": hubspot_stamp(created),
                    "updatedAt": hubspot_stamp(changed or created),
                    "archived": not is_active,
                    "teams": [{"id": "1", "name": role, "primary": True}] if role else [],
                },
            )

    def customer(
        self,
        name: str,
        source: str | None = None,
        *,
        where: str = "SH",
        created: str = "2025-01-01",
        creator: str = "U1",
        owner: str = "U1",
        is_deleted: bool = False,
    ) -> None:
        """A company, whose `source` is in Salesforce's words and in HubSpot's: SALESFORCE|HUBSPOT."""
        assert name not in self._customers, name
        self._customers.add(name)
        sources: list[str | None] = [*source.split("|")] if source else [None, None]
        for crm in self.crms(where):
            if crm == "salesforce":
                self.salesforce(
                    "Account",
                    name,
                    created,
                    IsDeleted=is_deleted,
                    MasterRecordId=None,
                    Name=name,
                    Website=None,
                    AccountSource=sources[0],
                    BillingCountry="US",
                    OwnerId=self.id("User", owner),
                    CreatedById=self.id("User", creator),
                )
            else:
                self.hubspot(
                    "companies",
                    name,
                    created,
                    is_archived=is_deleted,
                    name=name,
                    domain=None,
                    country="US",
                    hs_analytics_source=sources[-1],
                    salesforceaccountid=self.synced("Account", name, where),
                    hs_created_by_user_id=self.id("users", creator),
                    hs_object_source="SALESFORCE" if self.is_synced(where) else "CRM_UI",
                    hubspot_owner_id=self.id("owners", owner),
                )

    def contact(
        self,
        name: str,
        customer: str,
        email: str,
        *,
        where: str = "SH",
        created: str = "2025-01-01",
    ) -> None:
        """A person at a customer."""
        for crm in self.crms(where):
            if crm == "salesforce":
                self.salesforce(
                    "Contact",
                    name,
                    created,
                    MasterRecordId=None,
                    AccountId=self.id("Account", customer),
                    Email=email,
                    Name=name,
                    LeadSource=None,
                    OwnerId=self.id("User", "U1"),
                    CreatedById=self.id("User", "U1"),
                )
            else:
                self.hubspot(
                    "contacts",
                    name,
                    created,
                    email=email,
                    lastname=name,
                    lifecyclestage="customer",
                    associatedcompanyid=self.id("companies", customer),
                    salesforcecontactid=self.synced("Contact", name, where),
                    hs_object_source="SALESFORCE" if self.is_synced(where) else "CRM_UI",
                    hubspot_owner_id=self.id("owners", "U1"),
                )

    def synced(self, object_name: str, name: str, where: str) -> str | None:
        """The Salesforce id the native sync notes on the HubSpot record, where both hold it."""
        return self.id(object_name, name) if self.is_synced(where) else None

    def write(self, folder: Path) -> None:
        """Write the sandbox's folder."""
        with Files(folder) as files:
            for name, rows in self._salesforce.items():
                files.write(f"salesforce/{name}.jsonl", rows)
            for name, rows in self._hubspot.items():
                files.write(f"hubspot/{name}.jsonl", rows)
        account = {"salesforce": {"user_id": self.id("User", "U6")}}
        (folder / "account.json").write_bytes(orjson.dumps(account))

    def _set_up_salesforce(self) -> None:
        """The org, its roles and its sales process."""
        self.salesforce(
            "Organization",
            "org",
            EPOCH,
            Name="Seller",
            TimeZoneSidKey="UTC",
            FiscalYearStartMonth=1,
            DefaultCurrencyIsoCode="USD",
            OrganizationType="Enterprise Edition",
        )
        for role in ROLES:
            self.salesforce(
                "UserRole",
                role,
                EPOCH,
                Name=role,
                DeveloperName=role,
                ParentRoleId=None,
                ForecastUserId=None,
            )
        for position, (name, (probability, is_closed, is_won)) in enumerate(STAGES.items(), 1):
            self.salesforce(
                "OpportunityStage",
                name,
                EPOCH,
                MasterLabel=name,
                ApiName=name,
                IsClosed=is_closed,
                IsWon=is_won,
                DefaultProbability=probability,
                SortOrder=position,
                IsActive=True,
            )

    def pipelines(self, *names: str) -> None:
        """Deal pipelines with the stages of the sales process; record types in Salesforce."""
        if not self.is_in("hubspot"):
            return
        for order, pipeline in enumerate(names):
            stages = [
                {
                    "id": stage_key(pipeline, stage),
                    "label": stage,
                    "displayOrder": position,
                    "metadata": {
                        "isClosed": str(is_closed).lower(),
                        "probability": str(probability / 100),
                    },
                    "archived": False,
                    "createdAt": hubspot_stamp(EPOCH),
                    "updatedAt": hubspot_stamp(EPOCH),
                }
                for position, (stage, (probability, is_closed, _)) in enumerate(STAGES.items())
            ]
            self.raw(
                "pipelines_deals",
                {
                    "id": pipeline,
                    "label": pipeline,
                    "displayOrder": order,
                    "archived": False,
                    "createdAt": hubspot_stamp(EPOCH),
                    "updatedAt": hubspot_stamp(EPOCH),
                    "stages": stages,
                },
            )


def stage_key(pipeline: str, stage: str) -> str:
    """HubSpot's id of a stage."""
    return f"{pipeline}-{stage}".lower().replace(" ", "")


def _property(value: Any) -> str | None:
    """A value as HubSpot writes properties."""
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
