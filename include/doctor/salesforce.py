"""What an org shows us of the objects and fields the metrics need.

A look costs few requests, whatever the org's size: the list of all objects, then descriptions and
one record of each object in batches of 25.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from include.core.errors import PipelineError
from include.core.settings import Source
from include.doctor.finding import Finding, Status, refused
from include.extract.salesforce import SalesforceClient
from include.tables.source_object import SourceObject

CRM = "salesforce"
# So many requests go into one call of composite/batch.
BATCH_COUNT = 25
GRANT_OBJECT = "Give the integration user read access to {name} in a permission set (View All Data is simplest)."
GRANT_FIELD = (
    "Give the integration user read access to {fields} of {name} in a permission set, if the org "
    "has them."
)
SHOW_RECORDS = "Give the integration user View All for {name}, or View All Data."
# Where another permission, or a part of the product, is what lacks.
REMEDIES = {
    "LoginHistory": "Give the integration user the permission Manage Users.",
    "AgentWork": "Switch on Omni-Channel, and give the integration user read access to AgentWork.",
    "CaseMilestone": "Switch on Entitlement Management, and give the integration user read access.",
    "CampaignInfluence": "Switch on Customizable Campaign Influence, and give read access.",
    "ForecastingQuota": "Switch on Collaborative Forecasts, and give View All Forecasts.",
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
        descriptions = dict(
            _batched(client, names, lambda name: f"sobjects/{name}/describe", _fields)
        )
        probes = dict(_batched(client, names, _first_record, lambda answer: answer["totalSize"]))
        counts = _record_counts(client, names)
        connection = _connected(client, settings, versions)
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
            has_currencies=CURRENCIES in shown,
        )
    return findings


def _connected(client: SalesforceClient, settings: Source, versions: Sequence[str]) -> Finding:
    """That the login works, who we are, which versions there are, and what is left of the quota."""
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
    return Finding(
        CRM, "", "", "ok", f"{who}; API {settings.api_version} of {_span(versions)}{used}"
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
    client: SalesforceClient,
    names: Sequence[str],
    path: Callable[[str], str],
    reading: Callable[[Any], Any],
) -> Iterator[tuple[str, Any]]:
    """Per object what `reading` takes from its answer, or the words of the refusal as text."""
    base = f"v{client.sf_version}"
    for start in range(0, len(names), BATCH_COUNT):
        chosen = names[start : start + BATCH_COUNT]
        requests = [{"method": "GET", "url": f"{base}/{path(name)}"} for name in chosen]
        answer = client.json("POST", "composite/batch", json={"batchRequests": requests})
        for name, result in zip(chosen, answer["results"], strict=True):
            is_good = result["statusCode"] < 300
            yield name, reading(result["result"]) if is_good else _words(result)


def _first_record(name: str) -> str:
    """Path of a query for one record. Counting a large object would take minutes."""
    return "query?" + urlencode({"q": f"SELECT Id FROM {name} LIMIT 1"})  # noqa: S608


def _fields(description: Mapping[str, Any]) -> list[str]:
    """Names of the fields a description shows."""
    return [field["name"] for field in description["fields"]]


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


def _object_findings(
    source: SourceObject,
    custom_fields: Sequence[str],
    fields: Any,
    probe: Any,
    count: int,
    *,
    has_currencies: bool,
) -> Iterator[Finding]:
    """The finding of an object, then those of its fields that are not shown."""

    def found(status: Status, message: str, remedy: str = "") -> Finding:
        return Finding(CRM, source.table, "", status, message, remedy)

    grant = REMEDIES.get(source.name, GRANT_OBJECT.format(name=source.name))
    if fields is None:
        # Salesforce answers alike for what is not there and what is not shown. An object that every
        # org has can only be hidden.
        if source.optional:
            yield found(
                "missing", f"The org has no {source.name}, or does not show it to us.", grant
            )
        else:
            yield found("forbidden", f"Salesforce does not show us {source.name}.", grant)
        return
    if isinstance(fields, str):
        yield found(
            "forbidden", f"Salesforce does not describe {source.name} to us ({fields}).", grant
        )
        return
    hidden = [name for name in (source.key, source.cursor) if name and name not in fields]
    if hidden:
        remedy = GRANT_FIELD.format(fields=", ".join(hidden), name=source.name)
        yield found(
            "forbidden",
            f"{source.name} does not show us {', '.join(hidden)}, by which it is read.",
            remedy,
        )
        return
    if isinstance(probe, str):
        yield found(
            "forbidden", f"Salesforce does not let us query {source.name} ({probe}).", grant
        )
        return
    if probe:
        yield found("ok", f"{source.name} is readable.")
    elif count:
        yield found(
            "forbidden",
            f"{source.name} has about {count:,} records, and none is shared with us.",
            SHOW_RECORDS.format(name=source.name),
        )
    else:
        yield found("empty", f"{source.name} is readable and has no records.")
    yield from _field_findings(source, custom_fields, fields, has_currencies=has_currencies)


def _field_findings(
    source: SourceObject,
    custom_fields: Sequence[str],
    fields: Sequence[str],
    *,
    has_currencies: bool,
) -> Iterator[Finding]:
    """One finding per field that is needed or configured and not shown."""
    for name in _needed_fields(source):
        if name in fields or (name == CURRENCY_FIELD and not has_currencies):
            continue
        yield Finding(
            CRM,
            source.table,
            name,
            "missing",
            f"{source.name} has no field {name}, or does not show it to us.",
            GRANT_FIELD.format(fields="these fields", name=source.name),
        )
    for name in custom_fields:
        if name not in fields:
            nearest = difflib.get_close_matches(name, fields, n=1)
            yield Finding(
                CRM,
                source.table,
                name,
                # Reading stops at it: what is configured is meant.
                "error",
                f"{source.name} has no field {name}, or does not show it to us."
                + (f" Did you mean {nearest[0]}?" if nearest else ""),
                f"Correct custom_fields of {source.table} in sources.yaml, or give the integration "
                "user read access to the field.",
            )


def _needed_fields(source: SourceObject) -> Iterable[str]:
    """Names of the fields we ask for, each once; the key and the cursor are seen to before."""
    names = (source.deleted, source.merged_into, *(field.source for field in source.fields))
    return dict.fromkeys(name for name in names if name)
