"""HubSpot, read object by object into files of JSON Lines.

`connect` gives a client for one account, `read` one reading of one object over one window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from include.core.errors import ConfigurationError
from include.core.reading import Checkpoint, Reading
from include.core.settings_sources import Source
from include.core.window import Window
from include.extract.hubspot_associations import associations
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.hubspot_history import history
from include.extract.hubspot_listings import (
    account,
    campaigns,
    exchange_rates,
    logins,
    owners,
    pipelines,
)
from include.extract.hubspot_lists import MERGE_PROPERTIES, Asked
from include.extract.hubspot_objects import describe_query, objects
from include.extract.hubspot_properties import object_properties, property_names
from include.extract.hubspot_splits import splits
from include.extract.hubspot_spool import Chunk, Progress, Record, chunk, fitting, pages
from include.extract.limiter import Limiter
from include.tables import SOURCE_OBJECTS
from include.tables.hubspot_history import history_properties
from include.tables.source_object import SourceObject

__all__ = ["HubSpotClient", "HubSpotCredentials", "account_id", "connect", "read"]

Mode = Literal["snapshot", "delta"]

PREFIX = "properties."


def connect(credentials: HubSpotCredentials, settings: Source, limiter: Limiter) -> HubSpotClient:
    """A client for the account; sends nothing yet."""
    return HubSpotClient(credentials, settings, limiter)


def account_id(client: HubSpotClient) -> str:
    """Id of the account. Raises as its requests."""
    return str(client.account()["portalId"])


def read(
    client: HubSpotClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    spool: Path,
    custom_fields: Sequence[str] = (),
    resume: Checkpoint | None = None,
) -> Reading:
    """One reading of `source`, whose files appear in `spool` as its pages are consumed.

    A snapshot holds everything there is, a delta what changed, was archived or happened in the
    window; what HubSpot only lists (owners, pipelines, campaigns, exchange rates, the account) knows
    no window and is read whole either way. With the checkpoint of an earlier reading of the same
    question it goes on after it, which is sure once the first page is there.

    Raises:
        ConfigurationError: a configured property does not exist.
        AccessError: the account lacks the object, or the app its scope.
        CredentialsError, QuotaError, RetryableError, StopError: as the client's requests.
        IncompleteError: while pages are consumed, when records were lost on the way.
    """
    first_request = client.request_count
    asked, missing = _asked(client, source, custom_fields)
    if client.request_count > first_request:
        # Answers carry the day's numbers; where they do not, the account is asked.
        client.ask_for_quota()
    custom_paths = tuple(f"{PREFIX}{name}" for name in custom_fields)
    fields = [field.source for field in source.fields if field.source not in missing]
    reading = Reading(
        api=f"HubSpot {client.version}",
        query=_query(source, window, mode, asked),
        fields=tuple(dict.fromkeys([*fields, *custom_paths])),
        custom_fields=custom_paths,
        pages=iter(()),
        missing_fields=missing,
        served_at=client.answered_at if client.request_count > first_request else None,
    )

    def begin(progress: Progress) -> Iterator[Chunk]:
        return _chunks(client, source, window, mode, asked, reading, progress)

    reading.pages = pages(client, begin, reading, spool, fitting(reading, resume), first_request)
    return reading


def _asked(
    client: HubSpotClient, source: SourceObject, custom_fields: Sequence[str]
) -> tuple[Asked, tuple[str, ...]]:
    """What to ask for of each record, and the paths of our fields that the account does not show."""
    if source.reader == "crm_object":
        names, missing = object_properties(client, source, custom_fields)
        return Asked(source.name, tuple(names)), tuple(f"{PREFIX}{name}" for name in missing)
    if custom_fields:
        raise ConfigurationError(
            f"HubSpot's {source.name} have no custom properties, "
            f"and {', '.join(custom_fields)} is configured.",
            f"Remove hubspot.custom_fields.{source.table} from sources.yaml.",
        )
    if source.reader == "history":
        parent = _parent(source)
        existing = property_names(client, parent.name)
        return Asked(
            parent.name,
            tuple(name for name in MERGE_PROPERTIES if name in existing),
            tuple(name for name in history_properties(source) if name in existing),
        ), ()
    own = (field.source for field in source.fields if field.source.startswith(PREFIX))
    return Asked(source.name, tuple(path.removeprefix(PREFIX) for path in own)), ()


def _parent(source: SourceObject) -> SourceObject:
    """The object whose links or histories `source` holds."""
    return next(
        candidate
        for candidate in SOURCE_OBJECTS
        if candidate.crm == "hubspot" and candidate.name == source.from_object
    )


def _chunks(
    client: HubSpotClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    asked: Asked,
    reading: Reading,
    progress: Progress,
) -> Iterator[Chunk]:
    """The records of an object, by the way HubSpot hands it out."""
    match source.reader:
        case "crm_object":
            return objects(client, source, asked, window, mode, reading, progress)
        case "association":
            return associations(client, source, _parent(source), window, mode, progress)
        case "splits":
            return splits(client, source, _parent(source), window, mode, progress)
        case "history":
            return history(client, _parent(source), asked, window, mode, progress)
    listing: dict[str, Callable[[], Iterator[Record]]] = {
        "owners": lambda: owners(client),
        "pipelines": lambda: pipelines(client, source),
        "campaigns": lambda: campaigns(client, asked.properties, reading),
        "logins": lambda: logins(client, source, window, mode),
        "exchange_rates": lambda: exchange_rates(client),
        "account": lambda: account(client),
    }
    if source.reader not in listing:
        raise ConfigurationError(
            f"{source.id} cannot be read from HubSpot.",
            f"Correct its reader {source.reader!r} in the list of objects.",
        )
    return (chunk([record]) for record in listing[source.reader]())


def _query(source: SourceObject, window: Window, mode: Mode, asked: Asked) -> str:
    """How the object was read, for the manifest."""
    if source.reader == "crm_object":
        return describe_query(asked, source, window, mode)
    if source.reader == "history":
        return describe_query(asked, _parent(source), window, mode)
    if source.is_of_parents:
        which = (
            "all"
            if mode == "snapshot"
            else f"changed from {window.start.isoformat()} to before {window.end.isoformat()}"
        )
        if source.reader == "splits":
            return f"splits of {source.from_object} ({which})"
        return f"links of {source.from_object} ({which}) to {source.to_object}"
    return f"list {source.name}"
