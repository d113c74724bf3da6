"""The HubSpot client keeps the limits the account tells of, by the second and by the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from include.core.errors import (
    QuotaError,
    RetryableError,
)
from include.core.reading import Quota
from include.core.settings_sources import Source
from include.extract import hubspot_client
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.limiter import Limiter
from tests.extract.scripted_hubspot import (
    RESULTS,
    TOKEN,
    Said,
    Server,
    Sleeps,
    client_of,
    quota,
    refusal,
)


@pytest.fixture
def client(server: Server, source: Source, limits: sa.Engine, sleeps: Sleeps) -> HubSpotClient:
    return client_of(server, source, limits, sleeps)


@pytest.mark.parametrize(
    ("policy", "headers", "pause"),
    [
        ("TEN_SECONDLY_ROLLING", {}, 10),
        ("SECONDLY", {}, 1),
        ("SECONDLY", {"Retry-After": "3"}, 3),
        ("", {}, 10),
    ],
)
def test_a_rate_limit_holds_back_every_task_of_the_account(
    server: Server,
    source: Source,
    limits: sa.Engine,
    client: HubSpotClient,
    sleeps: Sleeps,
    policy: str,
    headers: dict[str, str],
    pause: int,
) -> None:
    limited = refusal(429, errorType="RATE_LIMIT", policyName=policy, message="slow down")
    limited.headers = headers
    server.answers = [limited, Said(200, RESULTS), Said(200, RESULTS)]
    assert client.get("/crm/v3/owners") == RESULTS
    assert pause <= sleeps[0] <= pause + 0.2

    others_sleeps = Sleeps()
    other = HubSpotClient(
        HubSpotCredentials(TOKEN, server.url), source, Limiter(limits, sleep=others_sleeps)
    )
    other.get("/crm/v3/owners")
    assert pause - 0.5 <= others_sleeps[0] <= pause + 0.2


def test_a_search_limit_holds_back_searches_only(
    server: Server, client: HubSpotClient, sleeps: Sleeps
) -> None:
    server.answers = [refusal(429, policyName="SECONDLY"), *[Said(200, RESULTS)] * 2]
    client.search("/crm/v3/objects/deals/search", {"limit": 200})
    assert 1 <= sum(sleeps) <= 1.4  # the second, and the search's own turn of 1 / 4.8
    sleeps.clear()
    client.get("/crm/v3/owners")
    assert sleeps == []


def test_a_rate_limit_without_end_is_left_to_the_orchestrator(
    server: Server, client: HubSpotClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_client, "RATE_LIMIT_PATIENCE_SECONDS", 5.0)
    server.answers = [refusal(429, policyName="TEN_SECONDLY_ROLLING")]
    with pytest.raises(RetryableError, match="too many requests") as caught:
        client.get("/crm/v3/owners")
    assert caught.value.wait_seconds == 10


def test_the_daily_limit_stops_and_says_when_it_resets(
    server: Server, client: HubSpotClient, sleeps: Sleeps
) -> None:
    server.answers = [
        refusal(429, policyName="DAILY", message="You have reached your daily limit."),
        Said(200, {"results": [{"resetsAt": "2026-03-03T05:00:00Z"}]}),
        Said(200, {"portalId": 1, "timeZone": "US/Eastern"}),
    ]
    expected = "again at 2026-03-03T05:00:00Z, midnight in time zone US/Eastern: clear the task"
    with pytest.raises(QuotaError, match=expected):
        client.get("/crm/v3/owners")
    assert sleeps == []


def test_the_daily_limit_says_so_too_when_even_the_zone_is_refused(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [refusal(429, policyName="DAILY") for _ in range(3)]
    with pytest.raises(QuotaError, match="time zone set in the HubSpot account"):
        client.get("/crm/v3/owners")


def test_reading_stops_before_the_configured_share_of_the_day_is_passed(
    server: Server, client: HubSpotClient, source: Source
) -> None:
    assert source.daily_quota_share == 0.8
    zone = Said(200, {"timeZone": "Europe/Berlin"})
    server.answers = [quota(201), quota(200), refusal(403), zone]
    client.get("/crm/v3/owners")
    assert client.quota == Quota(799, 1000)
    with pytest.raises(QuotaError, match=r"800 of the account's 1000 .* 80%.*Europe/Berlin"):
        client.get("/crm/v3/owners")


def test_an_account_that_does_not_tell_its_quota_in_answers_is_asked_for_it(
    server: Server, client: HubSpotClient
) -> None:
    usage = {"usageLimit": 1000, "currentUsage": 799, "resetsAt": "2026-03-03T05:00:00Z"}
    server.answers = [Said(200, {"results": [usage]})]
    client.ask_for_quota()
    client.ask_for_quota()
    assert client.quota == Quota(799, 1000)
    assert [path for _, path, _, _ in server.requests] == [
        "/account-info/2026-09/api-usage/daily/private-apps"
    ]


def test_a_quota_that_is_used_up_by_the_accounts_report_stops_too(
    server: Server, client: HubSpotClient
) -> None:
    usage = {"usageLimit": 1000, "currentUsage": 800, "resetsAt": "2026-03-03T05:00:00Z"}
    server.answers = [
        Said(200, {"results": [usage]}),
        Said(200, {"results": [usage]}),
        refusal(403),
    ]
    with pytest.raises(QuotaError, match=r"800 of the account's 1000 .*2026-03-03T05:00:00Z"):
        client.ask_for_quota()


def test_a_report_we_may_not_see_leaves_the_quota_unknown(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [refusal(403, category="MISSING_SCOPES")]
    client.ask_for_quota()
    assert client.quota is None


def test_the_rate_is_the_one_the_account_tells(
    server: Server, source: Source, limits: sa.Engine, sleeps: Sleeps
) -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    limiter = Limiter(limits, clock=lambda: noon, sleep=sleeps)
    client = HubSpotClient(HubSpotCredentials(TOKEN, server.url), source, limiter)
    # A free account: 100 requests in ten seconds, of which five may go at once.
    told = {"X-HubSpot-RateLimit-Max": "100", "X-HubSpot-RateLimit-Interval-Milliseconds": "10000"}
    server.answers = [Said(200, RESULTS, told) for _ in range(25)]
    for _ in range(25):
        client.get("/crm/v3/owners")
    # Time stands still: 20 of the 25 turns are owed, at (100 - 5) / 10 a second.
    assert sleeps[-1] == round(20 / 9.5, 1)
