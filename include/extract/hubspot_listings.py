"""What HubSpot lists at endpoints of its own: owners, pipelines, campaigns, logins, rates, the account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from include.core.errors import IncompleteError
from include.core.reading import Reading
from include.core.window import Window
from include.extract.hubspot_client import HubSpotClient
from include.tables.source_object import SourceObject

PAGE_COUNT = 100

Record = dict[str, Any]


def owners(client: HubSpotClient) -> Iterator[Record]:
    """One record per owner, archived ones too, with id and name of the primary team."""
    for archived in ("false", "true"):
        parameters = {"limit": PAGE_COUNT, "archived": archived}
        for answer in client.pages(client.path("owners"), parameters):
            for owner in answer["results"]:
                primary = [team for team in owner.get("teams") or () if team.get("primary")]
                team = primary[0] if primary else {}
                yield {**owner, "team_id": team.get("id"), "team_name": team.get("name")}


def pipelines(client: HubSpotClient, source: SourceObject) -> Iterator[Record]:
    """One record per stage of each pipeline."""
    type_ = source.name.split("/")[1]
    for pipeline in client.get(client.path("pipelines", type=type_))["results"]:
        for stage in pipeline["stages"]:
            yield {
                "id": f"{pipeline['id']}:{stage['id']}",
                "pipeline_id": pipeline["id"],
                "pipeline_label": pipeline["label"],
                "stage_id": stage["id"],
                "label": stage["label"],
                "displayOrder": stage.get("displayOrder"),
                "metadata": stage.get("metadata") or {},
                "archived": bool(pipeline.get("archived")) or bool(stage.get("archived")),
                "createdAt": stage.get("createdAt"),
                "updatedAt": stage.get("updatedAt"),
            }


def campaigns(
    client: HubSpotClient, properties: Sequence[str], reading: Reading
) -> Iterator[Record]:
    """One record per campaign; there is no way to ask for the changed ones only.

    Raises:
        IncompleteError: HubSpot listed fewer campaigns than it counted.
    """
    seen: set[str] = set()
    total = 0
    parameters: dict[str, str | int] = {"limit": PAGE_COUNT, "properties": ",".join(properties)}
    for answer in client.pages(client.path("campaigns"), parameters):
        total = int(answer.get("total") or 0)
        for campaign in answer["results"]:
            if campaign["id"] not in seen:
                seen.add(campaign["id"])
                yield campaign
    if len(seen) < total:
        raise IncompleteError(
            f"HubSpot counts {total} campaigns and listed {len(seen)}.",
            "Clear the task; it lists them again.",
        )
    reading.source_count = len(seen)


def logins(
    client: HubSpotClient, source: SourceObject, window: Window, mode: str
) -> Iterator[Record]:
    """One record per attempt to log in, of our fields alone; in a delta those within the window.

    HubSpot tells besides from which address, place and device; nobody needs that kept for good.

    The endpoint takes no times and lists the newest first, so reading ends at the first page that
    reaches behind the window, unless the order turns out to be another: then all is read.
    """
    kept = (source.key, *(field.source for field in source.fields))
    is_newest_first, previous = True, None
    for answer in client.pages(client.path("logins"), {"limit": PAGE_COUNT}):
        for login in answer["results"]:
            login_at = datetime.fromisoformat(login["loginAt"])
            is_newest_first &= previous is None or login_at <= previous
            previous = login_at
            if mode == "snapshot" or window.start <= login_at < window.end:
                yield {name: login[name] for name in kept if name in login}
        is_behind = previous is not None and previous < window.start
        if mode == "delta" and is_newest_first and is_behind:
            return


def exchange_rates(client: HubSpotClient) -> Iterator[Record]:
    """One record per pair of currencies and instant from which a rate holds."""
    for answer in client.pages(client.path("exchange_rates"), {"limit": PAGE_COUNT}):
        yield from answer["results"]


def account(client: HubSpotClient) -> Iterator[Record]:
    """One record, of the account itself."""
    yield client.account()
