"""What an account shows us of the objects and properties the metrics need.

HubSpot tells a missing scope from a missing object, so here a permission is never guessed. A look
costs two requests per object: its properties, and one record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from include.core.errors import AccessError, ConfigurationError, PipelineError, StopError
from include.core.settings_sources import Source
from include.doctor.finding import Finding, Status, refused
from include.extract.hubspot import HubSpotClient
from include.extract.hubspot_properties import object_properties, property_names
from include.tables.hubspot_history import history_properties
from include.tables.source_object import SourceObject

CRM = "hubspot"
PREFIX = "properties."
# A scope that only accounts of one tier can grant: without it, most just have not what it is for.
TIER_SCOPE = "crm.dealsplits.read_write"
# Where a part of the product is what lacks.
REMEDIES = {
    "feedback_submissions": "Surveys need Service Hub Professional.",
    "carts": "Carts come from a connected shop, such as Shopify.",
    "invoices": "Invoices need HubSpot's commerce tools, or a connected accounting system.",
    "campaigns": "Campaigns need Marketing Hub Professional.",
    "deals/splits": f"Deal splits need Sales Hub Enterprise, and the app the scope {TIER_SCOPE}.",
    "activity/login": "Login history needs a paid tier and a super admin's grant.",
    "tickets": "Tickets need Service Hub, or the free ticket tool switched on.",
    "pipelines/tickets": "Tickets need Service Hub, or the free ticket tool switched on.",
}
# Where an endpoint that is no CRM object says whether it may be read.
LISTINGS = {
    "owners": "owners",
    "campaigns": "campaigns",
    "logins": "logins",
    "exchange_rates": "exchange_rates",
}


@dataclass
class _Look:
    """A look at one account: what was found of the types so far, and a record of each."""

    client: HubSpotClient
    settings: Source
    refusals: dict[str, PipelineError] = field(default_factory=dict)
    properties: dict[str, set[str]] = field(default_factory=dict)
    records: dict[str, str | None] = field(default_factory=dict)

    def look_at(self, type_: str) -> None:
        """Ask for a type's properties and one of its records, once.

        Raises:
            AccessError: the account lacks the type, or the app its scope.
        """
        if type_ in self.refusals:
            raise self.refusals[type_]
        if type_ in self.records:
            return
        try:
            self.properties[type_] = property_names(self.client, type_)
            page = self.client.get(
                self.client.path("objects", type=type_),
                {"limit": 1, "properties": "hs_object_id"},
            )
        except AccessError as error:
            self.refusals[type_] = error
            raise
        found = page["results"]
        self.records[type_] = str(found[0]["id"]) if found else None


def examine_hubspot(
    connect: Callable[[], HubSpotClient], objects: Sequence[SourceObject], settings: Source
) -> list[Finding]:
    """One finding for the connection, one per object, and one per property that is not there.

    Nothing is raised for what the account refuses: that is the finding. When the connection does
    not work, it is the only one.
    """
    try:
        client = connect()
        details = _details(client, settings)
    except PipelineError as error:
        return [refused(CRM, "", error)]
    look = _Look(client, settings)
    findings: list[Finding] = []
    for source in objects:
        try:
            findings += _object_findings(look, source)
        except AccessError as error:
            findings.append(_refused_object(source, error))
        except StopError as error:
            findings.append(refused(CRM, source.table, error))
        except PipelineError as error:
            # The next objects would only wait as long for the same.
            return [refused(CRM, "", error)]
    return [_connected(client, settings, details), *findings]


def _details(client: HubSpotClient, settings: Source) -> dict[str, Any]:
    """What the account says of itself.

    Raises:
        CredentialsError: the token is not accepted.
        ConfigurationError: HubSpot does not have the configured API version.
        PipelineError: HubSpot does not answer.
    """
    try:
        return client.account()
    except AccessError as error:
        raise ConfigurationError(
            f"HubSpot at {client.host} has no API version {client.version}, or no such account.",
            "Set hubspot.api_version in sources.yaml to v3 or to a dated version such as 2026-03, "
            f"and check the host of the Airflow connection {settings.connection}.",
        ) from error


def _connected(client: HubSpotClient, settings: Source, details: dict[str, Any]) -> Finding:
    """That the token works, which account it is of, and what is left of the quota."""
    quota = client.quota
    used = (
        f"; {quota.used_count:,} of {quota.limit_count:,} daily requests used "
        f"(we stop at {settings.daily_quota_share:.0%})"
        if quota
        else ""
    )
    return Finding(
        CRM,
        "",
        "",
        "ok",
        f"token of account {details.get('portalId')}, currency {details.get('companyCurrency')}, "
        f"time zone {details.get('timeZone')}; API {client.version}{used}",
    )


def _refused_object(source: SourceObject, error: AccessError) -> Finding:
    """That the app lacks a scope, or the account the object."""
    if "no such object" not in error.message and TIER_SCOPE not in error.message:
        return refused(CRM, source.table, error)
    return Finding(
        CRM,
        source.table,
        "",
        "missing",
        f"The account has no {source.name}.",
        REMEDIES.get(source.name, "Add the product that has it, if its figures are wanted."),
    )


def _object_findings(look: _Look, source: SourceObject) -> Iterator[Finding]:
    """The finding of an object, then those of its properties that are not there.

    Raises:
        AccessError: the account lacks the object, or the app its scope.
    """
    match source.reader:
        case "crm_object":
            look.look_at(source.name)
            yield _readable(source, look.records[source.name] is not None)
            yield from _property_findings(look, source)
        case "history":
            assert source.from_object is not None
            look.look_at(source.from_object)
            yield _readable(source, look.records[source.from_object] is not None)
            yield from _history_findings(look, source)
        case "association":
            yield _readable(source, _has_associations(look, source))
        case "splits":
            yield _readable(source, _has_splits(look, source))
        case "pipelines":
            path = look.client.path("pipelines", type=source.name.split("/")[1])
            yield _readable(source, bool(look.client.get(path)["results"]))
        case "account":
            yield _readable(source, has_records=True)
        case reader:
            path = look.client.path(LISTINGS[reader])
            yield _readable(source, bool(look.client.get(path, {"limit": 1})["results"]))


def _readable(source: SourceObject, has_records: bool) -> Finding:
    """That an object may be read."""
    status: Status = "ok" if has_records else "empty"
    words = "is readable." if has_records else "is readable and has no records."
    return Finding(CRM, source.table, "", status, f"HubSpot's {source.name} {words}")


def _has_associations(look: _Look, source: SourceObject) -> bool:
    """Whether links may be read; one record's are asked for, if there is a record.

    Raises:
        AccessError: one of the two ends, or the links between them, may not be read.
    """
    assert source.from_object is not None
    assert source.to_object is not None
    look.look_at(source.from_object)
    look.look_at(source.to_object)
    record_id = look.records[source.from_object]
    if record_id is None:
        return False
    path = look.client.path("associations", type=source.from_object, to_type=source.to_object)
    look.client.post(path, {"inputs": [{"id": record_id}]})
    return True


def _has_splits(look: _Look, source: SourceObject) -> bool:
    """Whether splits may be read; those of one deal are asked for, if there is a deal.

    Raises:
        AccessError: deals or their splits may not be read.
    """
    assert source.from_object is not None
    look.look_at(source.from_object)
    record_id = look.records[source.from_object]
    if record_id is None:
        return False
    look.client.post(look.client.path("deal_splits"), {"inputs": [{"id": record_id}]})
    return True


def _property_findings(look: _Look, source: SourceObject) -> Iterator[Finding]:
    """One finding per property that is needed or configured and not there."""
    existing = look.properties[source.name]
    for needed in source.fields:
        name = needed.source.removeprefix(PREFIX)
        if needed.source.startswith(PREFIX) and name not in existing:
            yield _missing_property(source, name)
    for name in look.settings.custom_fields.get(source.table, []):
        try:
            object_properties(look.client, source, [name])
        except ConfigurationError as error:
            # Reading stops at it: what is configured is meant.
            yield Finding(CRM, source.table, name, "error", error.message, error.remedy)


def _history_findings(look: _Look, source: SourceObject) -> Iterator[Finding]:
    """One finding per property whose history is needed and that is not there."""
    assert source.from_object is not None
    for name in history_properties(source):
        if name not in look.properties[source.from_object]:
            yield _missing_property(source, name)


def _missing_property(source: SourceObject, name: str) -> Finding:
    """That a property is not there; the properties API hides sensitive ones from apps without their scope."""
    return Finding(
        CRM,
        source.table,
        name,
        "missing",
        f"HubSpot's {source.name} have no property {name}, or do not show it to the app.",
        "It comes with the tier or the tool that fills it; a sensitive property needs the scope "
        "of sensitive data.",
    )
