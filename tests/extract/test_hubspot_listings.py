"""What HubSpot only lists is read whole: owners, pipelines, campaigns and logins."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from include.core.errors import ConfigurationError, IncompleteError
from include.extract.hubspot import read
from include.sandbox.faults import Fault
from include.tables import source_object
from include.tables.source_object import SourceObject
from tests.extract.hubspot_portal import (
    DAY,
    Connect,
    Portal,
    Record,
    consume,
    day_at,
    ids,
    owner,
    stamp,
)


def listed(
    portal: Portal, connected: Connect, tmp_path: Path, object_id: str, mode: str = "snapshot"
) -> list[Record]:
    source: SourceObject = source_object(object_id)
    client = connected(portal.serve())
    return consume(read(client, source, DAY, mode, tmp_path))  # type: ignore[arg-type]


def test_owners_are_read_archived_ones_too_with_their_primary_team(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    teams = [
        {"id": "1", "name": "Helpers", "primary": False},
        {"id": "2", "name": "West", "primary": True},
    ]
    many = [owner(n, f"{n}@example.com") for n in range(1, 151)]
    portal.write(
        "owners",
        [
            *many,
            owner(200, "team@example.com", teams=teams),
            owner(300, "gone@example.com", archived=True, teams=teams[:1]),
        ],
    )
    rows = listed(portal, connected, tmp_path, "hubspot.owner", "delta")
    assert ids(rows) == [*(str(n) for n in range(1, 151)), "200", "300"]
    west = {"team_id": "2", "team_name": "West"}
    assert rows[-2] == {**owner(200, "team@example.com", teams=teams), **west}
    assert (rows[-1]["team_id"], rows[-1]["team_name"], rows[-1]["archived"]) == (None, None, True)
    assert rows[0]["team_name"] is None


def test_pipelines_are_read_as_one_record_for_each_stage(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    times = {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-02T00:00:00Z"}
    won = {"isClosed": "true", "probability": "1.0"}
    portal.write(
        "pipelines_deals",
        [
            {
                "id": "default",
                "label": "Sales",
                "displayOrder": 0,
                "archived": False,
                **times,
                "stages": [
                    {
                        "id": "won",
                        "label": "Won",
                        "displayOrder": 1,
                        "metadata": won,
                        "archived": False,
                        **times,
                    }
                ],
            },
            {
                "id": "9",
                "label": "Renewals",
                "displayOrder": 1,
                "archived": False,
                **times,
                "stages": [
                    {"id": "won", "label": "Renewed", "displayOrder": 0, "archived": True, **times}
                ],
            },
        ],
    )
    rows = listed(portal, connected, tmp_path, "hubspot.deal_stage")
    assert rows[0] == {
        "id": "default:won",
        "pipeline_id": "default",
        "pipeline_label": "Sales",
        "stage_id": "won",
        "label": "Won",
        "displayOrder": 1,
        "metadata": won,
        "archived": False,
        **times,
    }
    assert [(row["id"], row["metadata"], row["archived"]) for row in rows[1:]] == [
        ("9:won", {}, True)
    ]


def campaign(number: int) -> Record:
    return {
        "id": f"guid-{number:03}",
        "properties": {"hs_name": f"Campaign {number:03}", "hs_budget_items_sum_amount": "10.50"},
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
    }


def test_campaigns_are_read_whole_with_their_properties(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("campaigns", [campaign(n) for n in range(1, 131)])
    client = connected(portal.serve())
    reading = read(client, source_object("hubspot.campaign"), DAY, "snapshot", tmp_path)
    rows = consume(reading)
    assert ids(rows) == [f"guid-{n:03}" for n in range(1, 131)]
    assert rows[4]["properties"]["hs_budget_items_sum_amount"] == "10.50"
    assert reading.source_count == 130


def test_campaigns_that_are_counted_but_not_listed_are_an_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    sandbox = portal.serve()
    answer = {"total": 2, "results": [campaign(1)]}
    sandbox.control.inject(Fault("/campaigns", status=200, body=answer))
    source = source_object("hubspot.campaign")
    with pytest.raises(IncompleteError, match="counts 2 campaigns and listed 1"):
        consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))


def login(number: int, at: datetime) -> Record:
    return {
        "id": str(number),
        "userId": 501,
        "email": "a@example.com",
        "loginAt": stamp(at),
        "loginSucceeded": True,
    }


def test_logins_are_read_back_to_the_start_of_the_window_and_no_further(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    # Newest first: 10 after the window, 130 in it, then 900 before it.
    times = [DAY.end + timedelta(minutes=10 - n) for n in range(10)]
    times += [DAY.end - timedelta(minutes=1 + n) for n in range(130)]
    times += [DAY.start - timedelta(minutes=1 + n) for n in range(900)]
    portal.write("logins", [login(n, at) for n, at in enumerate(times)])
    sandbox = portal.serve()
    source = source_object("hubspot.login")
    rows = consume(read(connected(sandbox), source, DAY, "delta", tmp_path))
    assert ids(rows) == [str(n) for n in range(10, 140)]
    assert len(sandbox.control.requests) == 2  # not eleven pages

    rows = consume(read(connected(sandbox), source, DAY, "snapshot", tmp_path))
    assert len(rows) == 1040


def test_logins_in_another_order_are_read_to_the_end(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    sandbox = portal.serve()
    first = [login(1, DAY.start - timedelta(days=2)), login(2, DAY.start - timedelta(days=1))]
    second = [login(3, day_at(hours=1))]
    pages = [{"results": first, "paging": {"next": {"after": "2"}}}, {"results": second}]
    for page in pages:
        sandbox.control.inject(Fault("activity/login", status=200, body=page))
    source = source_object("hubspot.login")
    rows = consume(read(connected(sandbox), source, DAY, "delta", tmp_path))
    assert ids(rows) == ["3"]


def test_exchange_rates_are_read_whole(portal: Portal, connected: Connect, tmp_path: Path) -> None:
    rates = [
        {
            "id": str(n),
            "fromCurrencyCode": "USD",
            "toCurrencyCode": "EUR",
            "conversionRate": 0.9 + n / 1000,
            "effectiveAt": stamp(day_at(days=n)),
            "createdAt": stamp(DAY.start),
            "updatedAt": stamp(DAY.start),
        }
        for n in range(130)
    ]
    portal.write("exchange_rates", rates)
    assert listed(portal, connected, tmp_path, "hubspot.exchange_rate", "delta") == rates


def test_the_account_is_one_record(portal: Portal, connected: Connect, tmp_path: Path) -> None:
    (row,) = listed(portal, connected, tmp_path, "hubspot.account")
    source = source_object("hubspot.account")
    assert {row[field.source] for field in source.fields} == {"STANDARD", "UTC", "USD"}
    assert row[source.key] == portal.sandbox.account.hubspot_details["portalId"]


@pytest.mark.parametrize("object_id", ["hubspot.deal_stage", "hubspot.owner", "hubspot.account"])
def test_what_has_no_cursor_is_read_whole_every_time(object_id: str) -> None:
    # A stage is deleted without a trace: staging sees that it is missing, and keeps what it was.
    assert source_object(object_id).mode == "full"


def test_what_has_no_custom_properties_says_so(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    client = connected(portal.serve())
    with pytest.raises(ConfigurationError, match=r"Remove hubspot\.custom_fields\.owner"):
        read(client, source_object("hubspot.owner"), DAY, "snapshot", tmp_path, ["x"])


def test_where_and_with_what_somebody_logged_in_is_not_kept(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    told = login(1, day_at(hours=1))
    more = {"ipAddress": "203.0.113.9", "location": "Berlin", "userAgent": "Firefox"}
    portal.write("logins", [told | more])
    source = source_object("hubspot.login")
    assert consume(read(connected(portal.serve()), source, DAY, "snapshot", tmp_path)) == [told]
