"""HubSpot is read alike in every version of its API, through trouble and within limits."""

from __future__ import annotations

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
    ids,
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
        Fault("objects/deals", times=2, status=503, body={"message": "busy"}),
        Fault("objects/deals", times=2, status=502, body="<html>Bad Gateway</html>"),
        Fault("objects/deals", times=2, cut_after_bytes=100),
        Fault("objects/deals", skip=1, cut_after_bytes=3000),
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
