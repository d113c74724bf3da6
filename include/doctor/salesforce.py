"""What an org shows us of the objects and fields the metrics need.

A look costs few requests, whatever the org's size: the list of all objects, then descriptions and
one record of each object in batches of 25.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from typing import Any
from urllib.parse import urlencode

from include.core.errors import PipelineError, StopError
from include.core.settings_sources import Source
from include.doctor.finding import Finding, Status, may_lack, refused
from include.extract.salesforce import SalesforceClient
from include.extract.salesforce_currency import OWN_CURRENCY, own_currency
from include.extract.salesforce_fields import selection
from include.extract.salesforce_permissions import (
    SEES_ALL_DATA,
    SHOWN_IN_PART,
    held_permissions,
    require_all,
)
from include.tables.source_object import SourceObject

CRM = "salesforce"
# So many requests go into one call of composite/batch.
BATCH_COUNT = 25
GRANT_OBJECT = "Give the integration user read access to {name} in a permission set (View All Data is simplest)."
GRANT_FIELDS = (
    "Give the integration user read access to these fields of {name} in a permission set, if the "
    "org has them."
)
# It is no field, whatever the name: the Connect API tells it.
SAY_CURRENCY = (
    "Let the integration user read connect/organization. Until then amounts that name no currency "
    "count as amounts in the currency of calendar.yaml."
)
SHARED_ONLY = "without View All Data, so only records that are shared with the user are read"
# What customers pay again and again may stand there alone.
CPQ_SUBSCRIPTION = "SBQQ__Subscription__c"
NOT_COUNTED = (
    f"Salesforce CPQ is installed, and its subscriptions ({CPQ_SUBSCRIPTION}) are not read: recurring "
    "revenue, retention and renewals lack what stands nowhere else"
)
SHOW_RECORDS = "Give the integration user View All for {name}, or View All Data."
# Where another permission, or a part of the product, is what lacks.
REMEDIES = {
    "LoginHistory": SHOWN_IN_PART["LoginHistory"].remedy,
    "UserLogin": "Give the integration user the permission Manage Users.",
    "AgentWork": "Switch on Omni-Channel, and give the integration user read access to AgentWork.",
    "CaseMilestone": "Switch on Entitlement Management, and give the integration user read access.",
    "CampaignInfluence": "Switch on Customizable Campaign Influence, and give read access.",
    "OpportunitySplit": "Switch on Team Selling and Opportunity Splits, and give read access.",
    "OpportunitySplitType": "Switch on Team Selling and Opportunity Splits, and give read access.",
    "ForecastingQuota": "Switch on Collaborative Forecasts, and give View All Forecasts.",
    "Order": "Switch on Orders, and give the integration user read access to Order.",
    # Orgs with one currency, or without dated rates, have none and lack nothing.
    "CurrencyType": "",
    "DatedConversionRate": "",
}
# An org with one currency has neither this object nor the field on any other.
CURRENCIES, CURRENCY_FIELD = "CurrencyType", "CurrencyIsoCode"


def examine_salesforce(
    connect: Callable[[], SalesforceClient], objects: Sequence[SourceObject], settings: Source
) -> list[Finding]:
    """One finding for the connection, one per object, and one per field that is not shown.

    Nothing is raised for what the org refuses: that is the finding. When the connection does not
    work, it is the only one.
    """
    try:
        client = connect()
        versions = [entry["version"] for entry in client.json("GET", "/services/data")]
        if settings.api_version not in versions:
            return [_no_such_version(settings, versions)]
        shown = {
            entry["name"]: entry
            for entry in client.json("GET", "sobjects")["sobjects"]
            if entry.get("queryable", True)
        }
        names = [source.name for source in objects if source.name in shown]
        descriptions = dict(_batched(client, names, lambda name: f"sobjects/{name}/describe"))
        probes = dict(_batched(client, names, _first_record))
        counts = _record_counts(client, names)
        unneeded = _unneeded_fields(client, has_currencies=CURRENCIES in shown)
        held = held_permissions(client)
        connection = _connected(client, settings, versions, held, shown)
    except PipelineError as error:
        return [refused(CRM, "", error)]
    findings = [connection]
    for source in objects:
        custom = settings.custom_fields.get(source.table, [])
        findings += _object_findings(
            source,
            custom,
            descriptions.get(source.name),
            probes.get(source.name),
            counts.get(source.name, 0),
            unneeded,
            held,
        )
    return findings


def _connected(
    client: SalesforceClient,
    settings: Source,
    versions: Sequence[str],
    held: Mapping[str, bool],
    shown: Collection[str],
) -> Finding:
    """That the login works, who we are, which versions there are, and what is left of the quota.

    And that records may lack, where the user does not see all: queries do not say so. Nor does
    anything say so of agreements in a package that is not read.
    """
    try:
        identity = client.json("GET", client.json("GET", "")["identity"])
        who = f"logged in as {identity['username']}, org {identity['organization_id']}"
    except (PipelineError, KeyError, TypeError):
        # The app may lack the scope to ask; everything else works without it.
        who = "logged in; the app may not ask as whom"
    quota = client.quota
    used = (
        f"; {quota.used_count:,} of {quota.limit_count:,} daily requests used "
        f"(we stop at {settings.daily_quota_share:.0%})"
        if quota
        else ""
    )
    lacks = "" if held.get(SEES_ALL_DATA, True) else f"; {SHARED_ONLY}"
    lacks += f"; {NOT_COUNTED}" if CPQ_SUBSCRIPTION in shown else ""
    return Finding(
        CRM, "", "", "ok", f"{who}; API {settings.api_version} of {_span(versions)}{used}{lacks}"
    )


def _no_such_version(settings: Source, versions: Sequence[str]) -> Finding:
    """That the configured API version is gone, or is not there yet."""
    return Finding(
        CRM,
        "",
        "",
        "error",
        f"Salesforce has API {_span(versions)}, and not {settings.api_version}.",
        f"Set api_version of salesforce in sources.yaml to {max(versions, key=float)}."
        if versions
        else "Check the host of the Airflow connection.",
    )


def _span(versions: Sequence[str]) -> str:
    """The oldest and the newest version, in words."""
    ordered = sorted(versions, key=float)
    return f"{ordered[0]} to {ordered[-1]}" if ordered else "of no version"


def _batched(
    client: SalesforceClient, names: Sequence[str], path: Callable[[str], str]
) -> Iterator[tuple[str, Any]]:
    """Per object its answer, or the words of the refusal as text."""
    base = f"v{client.sf_version}"
    for start in range(0, len(names), BATCH_COUNT):
        chosen = names[start : start + BATCH_COUNT]
        requests = [{"method": "GET", "url": f"{base}/{path(name)}"} for name in chosen]
        answer = client.json("POST", "composite/batch", json={"batchRequests": requests})
        for name, result in zip(chosen, answer["results"], strict=True):
            yield name, result["result"] if result["statusCode"] < 300 else _words(result)


def _first_record(name: str) -> str:
    """Path of a query for one record. Counting a large object would take minutes."""
    return "query?" + urlencode({"q": f"SELECT Id FROM {name} LIMIT 1"})  # noqa: S608


def _words(result: Mapping[str, Any]) -> str:
    """What the org says of a refused part of a batch."""
    faults = result["result"]
    fault = faults[0] if isinstance(faults, list) and faults else {}
    code, message = fault.get("errorCode", ""), " ".join(str(fault.get("message", "")).split())
    return f"{result['statusCode']} {code}: {message[:200]}".rstrip(": .")


def _record_counts(client: SalesforceClient, names: Sequence[str]) -> dict[str, int]:
    """About how many records there are, whoever may see them; empty where that is not told."""
    if not names:
        return {}
    try:
        answer = client.json("GET", "limits/recordCount", params={"sObjects": ",".join(names)})
    except PipelineError:
        return {}
    return {entry["name"]: int(entry["count"]) for entry in answer["sObjects"]}


def _unneeded_fields(client: SalesforceClient, *, has_currencies: bool) -> set[str]:
    """Fields without which nothing lacks in an org like this.

    Of several currencies each amount names its own; of one, the org says which it is.
    """
    if has_currencies:
        return {OWN_CURRENCY}
    return {CURRENCY_FIELD} if own_currency(client) is None else {CURRENCY_FIELD, OWN_CURRENCY}


def _object_findings(
    source: SourceObject,
    custom_fields: Sequence[str],
    description: Any,
    probe: Any,
    count: int,
    unneeded: Set[str],
    held: Mapping[str, bool],
) -> Iterator[Finding]:
    """The finding of an object, then those of its fields that are not shown."""

    def found(status: Status, message: str, remedy: str = "") -> Finding:
        return Finding(CRM, source.table, "", status, message, remedy)

    name = source.name
    grant = REMEDIES.get(name, GRANT_OBJECT.format(name=name))
    # Salesforce answers alike for what is not there and what is not shown. An object that every
    # org has can only be hidden.
    if description is None and source.optional:
        yield found("missing", f"The org has no {name}, or does not show it to us.", grant)
        return
    if description is None:
        yield found("forbidden", f"Salesforce does not show us {name}.", grant)
        return
    for refusal, verb in ((description, "describe"), (probe, "let us query")):
        if isinstance(refusal, str):
            yield found("forbidden", f"Salesforce does not {verb} {name} ({refusal}).", grant)
            return
    try:
        require_all(name, held)
        missing = selection(description, source, ()).missing_names
    except StopError as error:
        yield refused(CRM, source.table, error)
        return
    if probe["totalSize"]:
        yield found("ok", f"{name} is readable.")
    elif count:
        yield found(
            "forbidden",
            f"{name} has about {count:,} records, and none is shared with us.",
            SHOW_RECORDS.format(name=name),
        )
    else:
        yield found("empty", f"{name} is readable and has no records.")
    yield from _missing_fields(source, [name for name in missing if name not in unneeded])
    yield from _misspelt_fields(source, custom_fields, description)


def _missing_fields(source: SourceObject, names: Sequence[str]) -> Iterator[Finding]:
    """One finding per field that is needed and not shown."""
    for name in dict.fromkeys(names):
        remedy = SAY_CURRENCY if name == OWN_CURRENCY else GRANT_FIELDS.format(name=source.name)
        status: Status = "missing" if may_lack(source.id, name) else "forbidden"
        words = (
            f"{source.name} has no field {name}, or does not show it to us."
            if status == "missing"
            else f"Salesforce does not show us the field {name} of {source.name}."
        )
        yield Finding(CRM, source.table, name, status, words, remedy)


def _misspelt_fields(
    source: SourceObject, names: Sequence[str], description: Mapping[str, Any]
) -> Iterator[Finding]:
    """One finding per configured field that cannot be asked for: reading stops at it."""
    for name in names:
        try:
            selection(description, source, [name])
        except StopError as error:
            yield Finding(CRM, source.table, name, "error", error.message, error.remedy)
