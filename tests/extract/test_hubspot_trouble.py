"""HubSpot is read alike in every version of its API, through trouble and within limits."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.errors import AccessError, CredentialsError, QuotaError
from include.core.settings import Settings
from include.extract import hubspot
from include.extract.hubspot import HubSpotCredentials, connect, read
from include.extract.limiter import Limiter
from include.sandbox.faults import Fault
from include.tables import source_object
from tests.extract.hubspot_portal import (
    DAY,
    DEALS,
    Connect,
    Portal,
    consume,
    day_at,
    ids,
    link,
    owner,
    record,
    write_linked_deals,
)


@pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
@pytest.mark.parametrize("object_id", ["hubspot.deal", "hubspot.deal_contact", "hubspot.owner"])
def test_every_version_of_the_api_gives_the_same(
    portal: Portal, connected: Connect, tmp_path: Path, version: str, object_id: str
) -> None:
    write_linked_deals(portal)
    portal.write("owners", [owner(1, "a@example.com")])
    sandbox = portal.serve()
    client = connected(sandbox, api_version=version)
    for mode in ("snapshot", "delta"):
        reading = read(client, source_object(object_id), DAY, mode, tmp_path / mode)
        rows = consume(reading)
        expected = {
            "hubspot.deal": ["1", "2"],
            "hubspot.deal_contact": ["1:31", "1:32", "1:*", "2:*"],
            "hubspot.owner": ["1"],
        }
        assert ids(rows) == expected[object_id]
    assert reading.api == f"HubSpot {version}"
    marks = {"v3": ("/v3/", "/v4/")}.get(version, (f"/{version}",))
    assert all(any(m in r.target for m in marks) for r in sandbox.control.requests)


@pytest.mark.parametrize(
    "trouble",
    [
        Fault("objects/2026-09/deals", times=2, status=503, body={"message": "busy"}),
        Fault("objects/2026-09/deals", times=2, status=502, body="<html>Bad Gateway</html>"),
        Fault("objects/2026-09/deals", times=2, cut_after_bytes=100),
        Fault("objects/2026-09/deals", skip=1, cut_after_bytes=3000),
    ],
    ids=["503", "502 html", "cut at once", "cut later"],
)
@pytest.mark.parametrize("mode", ["snapshot", "delta"])
def test_trouble_on_the_way_loses_nothing(
    portal: Portal,
    connected: Connect,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Fault,
    mode: hubspot.Mode,
) -> None:
    portal.write("deals", [record(n, dealname=f"Deal {n}") for n in range(1, 251)])
    sandbox = portal.serve()
    client = connected(sandbox)
    monkeypatch.setattr(client, "_sleep", lambda seconds: None)
    # A fault counts itself down: every test needs one of its own.
    sandbox.control.inject(replace(trouble))
    rows = consume(read(client, DEALS, DAY, mode, tmp_path))
    assert ids(rows) == [str(n) for n in range(1, 251)]


@pytest.mark.parametrize("after", ["text", "number", "opaque"])
@pytest.mark.parametrize("mode", ["snapshot", "delta"])
@pytest.mark.parametrize(
    "object_id",
    ["hubspot.deal", "hubspot.deal_history", "hubspot.deal_contact", "hubspot.owner"],
)
def test_short_and_empty_pages_with_any_kind_of_cursor_lose_nothing(
    portal: Portal,
    connected: Connect,
    tmp_path: Path,
    object_id: str,
    mode: hubspot.Mode,
    after: str,
) -> None:
    count = 430
    stage = [{"value": "won", "timestamp": "2026-02-01T00:00:00Z"}]
    rows = [record(n) for n in range(1, count + 1)]
    rows += [record(n, archived_at=day_at(hours=1)) for n in range(901, 1031)]
    portal.write("deals", [{**r, "propertiesWithHistory": {"dealstage": stage}} for r in rows])
    portal.write("contacts", [record(n) for n in range(2001, 2008)])
    links = [link(deal, 2001 + deal % 7, 3) for deal in range(1, count + 1)]
    portal.write("associations", [*links, *(link(5, contact, 3) for contact in range(2001, 2008))])
    portal.write("owners", [owner(n, f"{n}@example.com") for n in range(1, count + 1)])
    sandbox = portal.serve()
    sandbox.control.trouble("hubspot", short_pages=True, after=after, associations_per_page=2)
    found = consume(read(connected(sandbox), source_object(object_id), DAY, mode, tmp_path))
    expected = {
        "hubspot.deal": count + 130,
        "hubspot.deal_history": count + 130,
        # A link and a marker each, and six further links of the fifth.
        "hubspot.deal_contact": 2 * count + 6,
        "hubspot.owner": count,
    }
    assert len(found) == len(set(ids(found))) == expected[object_id]


@pytest.mark.parametrize("mode", ["snapshot", "delta"])
def test_a_token_that_ends_amid_a_reading_ends_it(
    portal: Portal, connected: Connect, tmp_path: Path, mode: hubspot.Mode
) -> None:
    portal.write("deals", [record(n) for n in range(1, 601)])
    sandbox = portal.serve()
    # A static token has nothing to be refreshed with: somebody put another one in its place.
    rotated = {"action": "trouble", "crm": "hubspot", "refuses_token": True}
    address = r"objects/2026-09/deals\?.*after=" if mode == "snapshot" else "batch/read"
    sandbox.control.inject(Fault(address, actions=[rotated]))
    with pytest.raises(CredentialsError, match="hubspot_default") as caught:
        consume(read(connected(sandbox), DEALS, DAY, mode, tmp_path))
    assert sandbox.account.token not in str(caught.value)


@pytest.mark.parametrize("mode", ["snapshot", "delta"])
def test_no_log_line_carries_the_token(
    portal: Portal,
    connected: Connect,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    mode: hubspot.Mode,
) -> None:
    portal.write("deals", [record(n) for n in range(1, 151)])
    sandbox = portal.serve()
    client = connected(sandbox)
    monkeypatch.setattr(client, "_sleep", lambda seconds: None)
    sandbox.control.inject(
        Fault("objects/2026-09/deals", status=502, body=f"Bearer {sandbox.account.token}")
    )
    # HubSpot's client silences urllib3, which tells the addresses it asks; somebody may undo that.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        assert len(consume(read(client, DEALS, DAY, mode, tmp_path))) == 150
    assert "objects/2026-09/deals" in caplog.text
    printed = capfd.readouterr()
    assert sandbox.account.token not in caplog.text + printed.out + printed.err


@pytest.mark.parametrize("says_when", [True, False])
def test_limits_are_waited_out_whether_or_not_hubspot_says_how_long(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path, says_when: bool
) -> None:
    portal.write("deals", [record(n) for n in range(1, 601)])
    sandbox = portal.serve()
    sandbox.control.limit(searches_per_second=1)
    sandbox.control.trouble("hubspot", sends_retry_after=says_when)
    credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
    client = connect(credentials, settings.sources.hubspot, Limiter(limits))
    assert len(consume(read(client, DEALS, DAY, "delta", tmp_path))) == 600
    refused = [r for r in sandbox.control.requests if r.status == 429]
    # One search a second is less than our rate: each of the three may be refused once, not more.
    assert 1 <= len(refused) <= 3


def test_a_wrong_token_is_a_credentials_error(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    client = connected(portal.serve(), token="pat-na1-wrong")
    with pytest.raises(CredentialsError) as caught:
        read(client, DEALS, DAY, "snapshot", tmp_path)
    assert "pat-na1-wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("object_id", "hidden", "scope"),
    [
        ("hubspot.cart", "carts", "crm.objects.carts.read"),
        ("hubspot.campaign", "campaigns", "marketing.campaigns.read"),
        ("hubspot.login", "logins", "account-info.security.read"),
        ("hubspot.deal_contact", "deals", "crm.objects.deals.read"),
    ],
)
def test_a_missing_scope_is_named(
    portal: Portal, connected: Connect, tmp_path: Path, object_id: str, hidden: str, scope: str
) -> None:
    sandbox = portal.serve()
    sandbox.control.hide("hubspot", hidden)
    with pytest.raises(AccessError, match=scope):
        consume(read(connected(sandbox), source_object(object_id), DAY, "snapshot", tmp_path))


def test_limits_are_kept_by_all_tasks_together(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 1401)])
    sandbox = portal.serve()
    sandbox.control.limit()  # HubSpot's own: 190 in ten seconds, 5 searches a second

    def one_task(number: int) -> int:
        credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
        client = connect(credentials, settings.sources.hubspot, Limiter(limits))
        return len(consume(read(client, DEALS, DAY, "delta", tmp_path / str(number))))

    with ThreadPoolExecutor(3) as tasks:
        assert list(tasks.map(one_task, range(3))) == [1400] * 3
    # 3 tasks of 7 searches and 14 readings by id each, all of them answered the first time.
    statuses = [request.status for request in sandbox.control.requests]
    assert sum("/search" in request.target for request in sandbox.control.requests) == 21
    assert set(statuses) == {200}


@pytest.mark.slow
def test_a_smaller_accounts_limit_is_kept_without_running_into_it(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 1401)])
    sandbox = portal.serve()
    # As of a free account, only that waiting is shorter. Answers tell it, and so does nothing else.
    sandbox.control.limit(requests_per_ten_seconds=60)

    def one_task(number: int) -> int:
        credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
        client = connect(credentials, settings.sources.hubspot, Limiter(limits))
        return len(consume(read(client, DEALS, DAY, "snapshot", tmp_path / str(number))))

    with ThreadPoolExecutor(4) as tasks:
        assert list(tasks.map(one_task, range(4))) == [1400] * 4
    statuses = [request.status for request in sandbox.control.requests]
    assert len(statuses) >= 4 * 18  # properties, count twice, 14 pages, one of archived ones
    assert set(statuses) == {200}


def test_a_limit_that_is_lower_than_ours_is_waited_out(
    portal: Portal, limits: sa.Engine, settings: Settings, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 801)])
    sandbox = portal.serve()
    sandbox.control.limit(searches_per_second=2)
    credentials = HubSpotCredentials(sandbox.account.token, sandbox.url)
    client = connect(credentials, settings.sources.hubspot, Limiter(limits))
    rows = consume(read(client, DEALS, DAY, "delta", tmp_path))
    assert len(rows) == 800
    assert 429 in {request.status for request in sandbox.control.requests}


def test_the_share_of_the_day_ends_the_reading(
    portal: Portal, connected: Connect, tmp_path: Path
) -> None:
    portal.write("deals", [record(n) for n in range(1, 2001)])
    sandbox = portal.serve()
    sandbox.control.limit(hubspot_daily=20, requests_per_ten_seconds=1000)
    with pytest.raises(QuotaError, match=r"10 of the account's 20 .* 50% .*time zone UTC"):
        consume(read(connected(sandbox, daily_quota_share=0.5), DEALS, DAY, "snapshot", tmp_path))


def test_a_spent_day_ends_the_reading(portal: Portal, connected: Connect, tmp_path: Path) -> None:
    portal.write("deals", [record(1)])
    sandbox = portal.serve()
    sandbox.control.limit(hubspot_daily=0)
    with pytest.raises(QuotaError, match="used up"):
        read(connected(sandbox), DEALS, DAY, "snapshot", tmp_path)
