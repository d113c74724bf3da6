"""HubSpot, read object by object into files of JSON Lines.

`connect` gives a client for one account, `read` one reading of one object over one window.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import orjson

from include.core.errors import ConfigurationError
from include.core.reading import Page, Reading
from include.core.settings import Source
from include.core.window import Window
from include.extract.hubspot_associations import associations
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.hubspot_listings import campaigns, logins, owners, pipelines
from include.extract.hubspot_objects import delta, describe_query, object_properties, snapshot
from include.extract.limiter import Limiter
from include.tables.source_object import SourceObject

__all__ = ["HubSpotClient", "HubSpotCredentials", "connect", "read"]

RECORDS_PER_PAGE = 50_000

Mode = Literal["snapshot", "delta"]


def connect(credentials: HubSpotCredentials, settings: Source, limiter: Limiter) -> HubSpotClient:
    """A client for the account; sends nothing yet."""
    return HubSpotClient(credentials, settings, limiter)


def read(
    client: HubSpotClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    spool: Path,
    custom_fields: Sequence[str] = (),
) -> Reading:
    """One reading of `source`, whose files appear in `spool` as its pages are consumed.

    A snapshot holds everything there is, a delta what changed, was archived or happened in the
    window; owners, pipelines and campaigns know no window and are read whole either way.

    Raises:
        ConfigurationError: a configured property does not exist.
        AccessError: the account lacks the object, or the app its scope.
        CredentialsError, QuotaError, RetryableError, StopError: as the client's requests.
        IncompleteError: while pages are consumed, when records were lost on the way.
    """
    first_request = client.request_count
    names, custom = _properties(client, source, custom_fields)
    custom_paths = tuple(f"properties.{name}" for name in custom)
    known = {f"properties.{name}" for name in names}
    fields = tuple(
        field.source
        for field in source.fields
        if field.source in known or not field.source.startswith("properties.")
    )
    properties = [*names, *(name for name in custom if name not in names)]
    reading = Reading(
        api=f"HubSpot {client.version}",
        query=_query(source, window, mode, properties),
        fields=(*fields, *(path for path in custom_paths if path not in fields)),
        custom_fields=custom_paths,
        pages=iter(()),
    )
    records = _records(client, source, window, mode, properties, reading)
    reading.pages = _pages(client, records, reading, spool, first_request)
    return reading


def _properties(
    client: HubSpotClient, source: SourceObject, custom_fields: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Property names of the object's own fields and of the configured ones."""
    if source.reader == "crm_object":
        return object_properties(client, source, custom_fields)
    if custom_fields:
        raise ConfigurationError(
            f"HubSpot's {source.name} have no custom properties, "
            f"and {', '.join(custom_fields)} is configured.",
            f"Remove hubspot.custom_fields.{source.table} from sources.yaml.",
        )
    prefix = "properties."
    return [
        field.source.removeprefix(prefix)
        for field in source.fields
        if field.source.startswith(prefix)
    ], []


def _records(
    client: HubSpotClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    properties: Sequence[str],
    reading: Reading,
) -> Iterator[dict[str, Any]]:
    """The records of an object, by the way HubSpot hands it out."""
    match source.reader:
        case "crm_object" if mode == "snapshot":
            return snapshot(client, source, properties)
        case "crm_object":
            return delta(client, source, properties, window, reading)
        case "association":
            return associations(client, source, window, mode)
        case "owners":
            return owners(client)
        case "pipelines":
            return pipelines(client, source)
        case "campaigns":
            return campaigns(client, properties, reading)
        case "logins":
            return logins(client, window, mode)
    raise ConfigurationError(
        f"{source.id} cannot be read from HubSpot.",
        f"Correct its reader {source.reader!r} in the list of objects.",
    )


def _query(source: SourceObject, window: Window, mode: Mode, properties: Sequence[str]) -> str:
    """How the object was read, for the manifest."""
    if source.reader == "crm_object":
        return describe_query(source, window, mode, properties)
    if source.reader == "association":
        which = (
            "all"
            if mode == "snapshot"
            else f"changed from {window.start.isoformat()} to before {window.end.isoformat()}"
        )
        return f"links of {source.from_object} ({which}) to {source.to_object}"
    return f"list {source.name}"


def _pages(
    client: HubSpotClient,
    records: Iterator[dict[str, Any]],
    reading: Reading,
    spool: Path,
    first_request: int,
) -> Iterator[Page]:
    """Files of at most 50,000 records each; counts the reading's requests."""
    spool.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = spool / f"part-{number:05}.jsonl"
        count = _write(records, path)
        reading.request_count = client.request_count - first_request
        reading.quota = client.quota
        if count:
            yield Page(path, "jsonl", count)
        if count < RECORDS_PER_PAGE:
            return


def _write(records: Iterator[dict[str, Any]], path: Path) -> int:
    """Write the next records, one JSON object a line; how many there were."""
    count = 0
    with path.open("wb") as stream:
        for record in records:
            stream.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
            count += 1
            if count == RECORDS_PER_PAGE:
                return count
    if not count:
        path.unlink()
    return count
