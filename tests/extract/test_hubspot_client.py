"""What the client makes of every kind of refusal, over real HTTP from a server that says it."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.errors import (
    AccessError,
    ConfigurationError,
    CredentialsError,
    IncompleteError,
    PipelineError,
    QuotaError,
    RetryableError,
    StopError,
)
from include.core.reading import Quota
from include.core.settings import Settings, Source
from include.extract import hubspot_client
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.hubspot_paths import hubspot_path
from include.extract.limiter import Limiter

TOKEN = "pat-na1-0000-secret"
RESULTS = {"results": [{"id": "1"}]}


@dataclass
class Said:
    """One prepared answer; `cut` sends only so many bytes of the body it announced."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server(ThreadingHTTPServer):
    """Gives the prepared answers one after the other and keeps the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Said] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Takes GET and POST."""

    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        said = self.server.answers.pop(0)
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.content)))
        self.end_headers()
        self.wfile.write(said.content[: said.cut])
        self.close_connection = said.cut is not None

    do_GET = do_POST = answer  # noqa: N815 - names the base class looks for

    def log_message(self, *arguments: Any) -> None:
        """Be quiet."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def source(settings: Settings) -> Source:
    return settings.sources.hubspot


class Sleeps(list[float]):
    """Seconds asked for; nobody sleeps."""

    def __call__(self, seconds: float) -> None:
        self.append(round(seconds, 1))


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def client(server: Server, source: Source, limits: sa.Engine, sleeps: Sleeps) -> HubSpotClient:
    limiter = Limiter(limits, sleep=sleeps)
    return HubSpotClient(HubSpotCredentials(TOKEN, server.url), source, limiter, sleep=sleeps)


def refusal(status: int, **body: Any) -> Said:
    return Said(status, {"status": "error", "correlationId": "c", **body})


def assert_tells_no_secret(error: PipelineError) -> None:
    assert TOKEN not in str(error)
    assert TOKEN not in repr(error)


def test_a_request_carries_the_token_and_asks_for_gzip(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [
        Said(200, gzip.compress(json.dumps(RESULTS).encode()), {"Content-Encoding": "gzip"})
    ]
    assert client.get("/crm/v3/owners", {"limit": 100}) == RESULTS
    method, path, headers, _ = server.requests[0]
    assert (method, path) == ("GET", "/crm/v3/owners?limit=100")
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept-Encoding"] == "gzip"
    assert client.request_count == 1


def test_a_wrong_token_is_a_credentials_error_that_names_the_connection(
    server: Server, client: HubSpotClient, source: Source
) -> None:
    # HubSpot does not repeat the token; a proxy that does must not get it into our log.
    server.answers = [
        refusal(401, category="INVALID_AUTHENTICATION", message=f"Bearer {TOKEN} is not valid")
    ]
    with pytest.raises(CredentialsError, match=source.connection) as caught:
        client.get("/crm/v3/owners")
    assert_tells_no_secret(caught.value)
    assert client.request_count == 1


@pytest.mark.parametrize("key", ["requiredScopes", "requiredGranularScopes"])
def test_a_missing_scope_is_named(server: Server, client: HubSpotClient, key: str) -> None:
    server.answers = [
        refusal(
            403,
            category="MISSING_SCOPES",
            message="This app hasn't been granted all required scopes to make this call.",
            errors=[{"message": "One or more", "context": {key: ["crm.objects.carts.read"]}}],
        )
    ]
    with pytest.raises(AccessError, match=r"Grant the scope crm\.objects\.carts\.read"):
        client.get("/crm/v3/objects/carts")


@pytest.mark.parametrize(
    "said",
    [
        refusal(404, category="OBJECT_NOT_FOUND", message="Not found"),
        Said(404, b"<html>no such page</html>"),
        refusal(
            400, category="VALIDATION_ERROR", message="Unable to infer object type from: carts"
        ),
    ],
)
def test_an_object_the_account_lacks_is_an_access_error(
    server: Server, client: HubSpotClient, said: Said
) -> None:
    server.answers = [said]
    with pytest.raises(AccessError, match="/crm/v3/objects/carts"):
        client.get("/crm/v3/objects/carts")


def test_a_wrong_request_stops_and_says_what_hubspot_said(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [refusal(400, category="VALIDATION_ERROR", message="limit is too large")]
    with pytest.raises(StopError, match="limit is too large") as caught:
        client.get("/crm/v3/owners")
    assert not isinstance(caught.value, AccessError)


@pytest.mark.parametrize(
    "bad_moment",
    [
        refusal(503, message="try again"),
        Said(502, b"<html><h1>Bad Gateway</h1></html>"),
        Said(477, {"message": "migration in progress"}),
        Said(200, {"results": [{"id": "1"}, {"id": "2"}]}, cut=20),
        Said(200, b"<html>maintenance</html>"),
        Said(200, b'{"results": [{"id": "1"'),
        Said(200, {"status": "error"}),
        Said(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
    ids=["503", "502 html", "477", "cut body", "html", "half json", "no results", "bad gzip"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_moment_is_waited_out(
    server: Server, client: HubSpotClient, sleeps: Sleeps, bad_moment: Said, method: str
) -> None:
    server.answers = [bad_moment, bad_moment, Said(200, RESULTS)]
    path = "/crm/v3/objects/deals"
    got = client.get(path) if method == "GET" else client.post(f"{path}/batch/read", {"inputs": []})
    assert got == RESULTS
    assert sleeps == [1, 2]
    assert client.request_count == 3


def test_bad_moments_end_in_an_error_that_names_the_host(
    server: Server, client: HubSpotClient, sleeps: Sleeps
) -> None:
    server.answers = [refusal(503) for _ in range(9)]
    with pytest.raises(RetryableError, match=server.url.removeprefix("http://")) as caught:
        client.get("/crm/v3/owners")
    assert "HTTP 503, 5 attempts" in str(caught.value)
    assert sleeps == [1, 2, 4, 8]
    assert_tells_no_secret(caught.value)


def test_a_server_that_asks_for_time_gets_it(
    server: Server, client: HubSpotClient, sleeps: Sleeps
) -> None:
    server.answers = [Said(503, {}, {"Retry-After": "7"}), Said(200, RESULTS)]
    client.get("/crm/v3/owners")
    assert sleeps == [7]


def test_a_migration_of_hours_is_left_to_the_orchestrator(
    server: Server, client: HubSpotClient, sleeps: Sleeps
) -> None:
    server.answers = [Said(477, {}, {"Retry-After": "7200"})]
    with pytest.raises(RetryableError) as caught:
        client.get("/crm/v3/owners")
    assert caught.value.wait_seconds == 7200
    assert sleeps == []


def test_a_host_that_does_not_answer_is_retryable_and_named(
    source: Source, limits: sa.Engine, sleeps: Sleeps
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    credentials = HubSpotCredentials(TOKEN, f"http://127.0.0.1:{port}")
    client = HubSpotClient(credentials, source, Limiter(limits, sleep=sleeps), sleep=sleeps)
    with pytest.raises(RetryableError, match=f"127.0.0.1:{port}") as caught:
        client.get("/crm/v3/owners")
    assert_tells_no_secret(caught.value)


def test_a_server_that_never_answers_is_given_up(
    source: Source, limits: sa.Engine, sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_client, "READ_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        credentials = HubSpotCredentials(TOKEN, f"http://127.0.0.1:{silent.getsockname()[1]}")
        client = HubSpotClient(credentials, source, Limiter(limits, sleep=sleeps), sleep=sleeps)
        with pytest.raises(RetryableError, match="ReadTimeoutError, 5 attempts"):
            client.get("/crm/v3/owners")


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


def quota(remaining: int) -> Said:
    numbers = {
        "X-HubSpot-RateLimit-Daily": "1000",
        "X-HubSpot-RateLimit-Daily-Remaining": str(remaining),
    }
    return Said(200, RESULTS, numbers)


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
        "/account-info/v3/api-usage/daily/private-apps"
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


def test_a_listing_without_an_object_around_it_is_taken_as_its_results(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [Said(200, [{"id": "1"}])]
    assert client.get("/settings/v3/currencies/exchange-rates") == RESULTS


def test_the_account_tells_of_itself(server: Server, client: HubSpotClient) -> None:
    server.answers = [Said(200, {"message": "odd"}), Said(200, {"portalId": 7, "timeZone": "UTC"})]
    assert client.account() == {"portalId": 7, "timeZone": "UTC"}
    assert client.request_count == 2


def test_threads_may_share_a_client(server: Server, client: HubSpotClient) -> None:
    server.answers = [Said(200, RESULTS) for _ in range(40)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: client.get("/crm/v3/owners"), range(40)))
    assert answers == [RESULTS] * 40
    assert client.request_count == 40 == len(server.requests)


def test_pages_are_followed_by_their_opaque_mark_through_short_and_empty_ones(
    server: Server, client: HubSpotClient
) -> None:
    def page(*ids: str, after: str | None = None) -> Said:
        paging = {"paging": {"next": {"after": after}}} if after else {}
        return Said(200, {"results": [{"id": id_} for id_ in ids], **paging})

    server.answers = [page("1", after="NTI1Cg=="), page(after="x/2"), page("2", after="3"), page()]
    answers = client.pages("/crm/v3/owners", {"limit": 100})
    ids = [record["id"] for answer in answers for record in answer["results"]]
    assert ids == ["1", "2"]
    assert [path.partition("&after=")[2] for _, path, _, _ in server.requests] == [
        "",
        "NTI1Cg%3D%3D",
        "x%2F2",
        "3",
    ]


def test_a_page_that_names_itself_as_the_next_one_is_not_read_for_ever(
    server: Server, client: HubSpotClient
) -> None:
    server.answers = [Said(200, {"results": [], "paging": {"next": {"after": "7"}}})] * 3
    with pytest.raises(IncompleteError, match="'7'"):
        list(client.pages("/crm/v3/owners", {}))


@pytest.mark.parametrize("base_url", ["api.hubapi.com", "ftp://api.hubapi.com", "https://", ""])
def test_a_host_that_is_no_url_is_a_configuration_error(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"https://api\.hubapi\.com"):
        HubSpotCredentials(TOKEN, base_url)


def test_credentials_never_show_the_token() -> None:
    assert TOKEN not in repr(HubSpotCredentials(TOKEN))
    with pytest.raises(ConfigurationError, match="no access token"):
        HubSpotCredentials("  ")


def test_every_resource_has_a_path_in_every_version() -> None:
    assert hubspot_path("v3", "objects", type="deals") == "/crm/v3/objects/deals"
    assert hubspot_path("2026-09", "objects", type="deals") == "/crm/objects/2026-09/deals"
    assert (
        hubspot_path("v3", "associations", type="deals", to_type="contacts")
        == "/crm/v4/associations/deals/contacts/batch/read"
    )
    assert (
        hubspot_path("2026-03", "associations", type="deals", to_type="contacts")
        == "/crm/associations/2026-03/deals/contacts/batch/read"
    )
    assert hubspot_path("2026-03", "campaigns") == "/marketing/campaigns/2026-03"


def test_a_version_of_the_other_crm_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"66\.0"):
        hubspot_path("66.0", "owners")
