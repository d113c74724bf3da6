"""The values single properties of HubSpot's records took, one record each.

`propertiesWithHistory` gives the latest values of a property, the newest first. All of them are
handed on whatever the window: an entry that came before is the same entry again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from include.core.window import Window
from include.extract.hubspot_client import HubSpotClient
from include.extract.hubspot_lists import Asked
from include.extract.hubspot_objects import delta, snapshot
from include.extract.hubspot_spool import Chunk, Progress, Record, chunk
from include.tables.source_object import SourceObject


def history(
    client: HubSpotClient,
    parent: SourceObject,
    asked: Asked,
    window: Window,
    mode: str,
    progress: Progress,
) -> Iterator[Chunk]:
    """One record per record of `parent`, property and instant; of all or of the changed ones.

    Raises:
        IncompleteError: HubSpot sent fewer records than it counts.
    """
    if mode == "snapshot":
        pages = snapshot(client, asked, progress)
    else:
        pages = delta(client, parent, asked, window, progress)
    for records, made in pages:
        found = (entry for record in records for entry in entries(record, asked.history))
        yield chunk(found, made)


def entries(record: Record, properties: tuple[str, ...]) -> Iterator[Record]:
    """The entries of one record.

    Several of one instant are told apart, and ordered, by how many are later: the oldest go from
    HubSpot's answer, so counting from the newest keeps the ids of the others.
    """
    histories = record.get("propertiesWithHistory") or {}
    for name in properties:
        instant, later_count = None, 0
        for version in histories.get(name) or ():
            milliseconds = _milliseconds(version["timestamp"])
            later_count = later_count + 1 if milliseconds == instant else 0
            instant = milliseconds
            id_ = f"{record['id']}:{name}:{milliseconds}"
            yield {
                "id": f"{id_}:{later_count}" if later_count else id_,
                "from": str(record["id"]),
                "property": name,
                "value": version.get("value"),
                "timestamp": version["timestamp"],
                "later_count": later_count,
                "sourceType": version.get("sourceType"),
                "updatedByUserId": version.get("updatedByUserId"),
            }


def _milliseconds(timestamp: str | int) -> int:
    """Milliseconds since 1970 of an ISO text, or of themselves: ids outlive a change of spelling."""
    text = str(timestamp)
    if text.lstrip("-").isdigit():
        return int(text)
    since = datetime.fromisoformat(text) - datetime(1970, 1, 1, tzinfo=UTC)
    return round(since.total_seconds() * 1000)
