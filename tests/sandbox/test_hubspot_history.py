"""Histories of properties in the sandbox's HubSpot: kept on every change, shown newest first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import hubspot
from hubspot.crm.deals import BatchReadInputSimplePublicObjectId

from include.sandbox.server import Sandbox


def day(number: int) -> datetime:
    return datetime(2026, 3, number, tzinfo=UTC)


def change(sandbox: Sandbox, at: datetime, key: str = "1", **properties: str | None) -> None:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    values = {**properties, "hs_lastmodifieddate": stamp}
    sandbox.control.upsert(
        "hubspot", "deals", {"id": key, "updatedAt": stamp, "properties": values}
    )


def shown(versions: list[Any]) -> list[tuple[str, datetime]]:
    return [(version.value, version.timestamp.astimezone(UTC)) for version in versions]


def history(client: hubspot.Client, name: str, key: str = "1") -> list[tuple[str, datetime]]:
    record = client.crm.deals.basic_api.get_by_id(key, properties_with_history=[name])
    return shown(record.properties_with_history[name])


def test_each_change_adds_a_version_before_the_older_ones(
    sandbox: Sandbox, client: hubspot.Client
) -> None:
    change(sandbox, day(28), dealstage="decisionmakerboughtin")
    change(sandbox, day(29), dealstage="closedlost", amount="10")
    expected = [
        ("closedlost", day(29)),
        ("decisionmakerboughtin", day(28)),
        # The value in the data folder has been there since the deal was created.
        ("closedwon", day(1)),
    ]
    assert history(client, "dealstage") == expected
    api = client.crm.deals
    (listed,) = api.basic_api.get_page(limit=1, properties_with_history=["dealstage"]).results
    assert shown(listed.properties_with_history["dealstage"]) == expected
    request = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "1"}], properties=[], properties_with_history=["dealstage", "amount"]
    )
    (read,) = api.batch_api.read(request).results
    assert shown(read.properties_with_history["dealstage"]) == expected
    # The amount was 10 before, so the second change is none.
    assert shown(read.properties_with_history["amount"]) == [("10", day(1))]
    newest = read.properties_with_history["dealstage"][0]
    assert (newest.source_type, newest.source_id) == ("CRM_UI", "userId:101")
    assert newest.updated_by_user_id == 101


def test_a_cleared_value_is_an_empty_version_and_one_never_set_has_none(
    sandbox: Sandbox, client: hubspot.Client
) -> None:
    assert history(client, "region") == []
    change(sandbox, day(28), region="south")
    change(sandbox, day(29), region="")
    assert history(client, "region") == [("", day(29)), ("south", day(28))]


def test_of_changes_at_one_instant_the_last_comes_first(
    sandbox: Sandbox, client: hubspot.Client
) -> None:
    change(sandbox, day(28), dealstage="presentationscheduled")
    change(sandbox, day(28), dealstage="closedlost")
    assert history(client, "dealstage") == [
        ("closedlost", day(28)),
        ("presentationscheduled", day(28)),
        ("closedwon", day(1)),
    ]


def test_histories_come_from_the_data_folder_in_whatever_order(
    sandbox: Sandbox, client: hubspot.Client
) -> None:
    told = [
        {"value": value, "timestamp": f"2026-03-0{number}T00:00:00.000Z", "sourceType": "IMPORT"}
        for value, number in (("b", 4), ("c", 6), ("a", 2))
    ]
    record = {
        "id": "9001",
        "properties": {"dealstage": "c", "hs_lastmodifieddate": "2026-03-06T00:00:00.000Z"},
        "propertiesWithHistory": {"dealstage": told},
        "createdAt": "2026-03-02T00:00:00.000Z",
        "updatedAt": "2026-03-06T00:00:00.000Z",
    }
    sandbox.control.upsert("hubspot", "deals", record)
    assert history(client, "dealstage", "9001") == [("c", day(6)), ("b", day(4)), ("a", day(2))]
    change(sandbox, day(8), "9001", dealstage="d")
    assert history(client, "dealstage", "9001")[:2] == [("d", day(8)), ("c", day(6))]


def test_only_the_newest_twenty_versions_are_kept(sandbox: Sandbox, client: hubspot.Client) -> None:
    for minute in range(25):
        change(sandbox, day(28) + timedelta(minutes=minute), dealname=f"name {minute}")
    values = [value for value, _ in history(client, "dealname")]
    # 25 changes and the value before them: 24 down to 5.
    assert values == [f"name {minute}" for minute in range(24, 4, -1)]


def test_a_cursor_has_one_version(sandbox: Sandbox, client: hubspot.Client) -> None:
    change(sandbox, day(28), dealstage="closedlost")
    change(sandbox, day(29), dealstage="closedwon")
    assert history(client, "hs_lastmodifieddate") == [("2026-03-29T00:00:00.000Z", day(29))]
