"""What the client makes of every kind of refusal, over real HTTP from a server that says it."""

from __future__ import annotations

import gzip
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from include.core.errors import (
    AccessError,
    ConfigurationError,
    CredentialsError,
    IncompleteError,
    RetryableError,
    StopError,
)
from include.core.settings_sources import Source
from include.extract import hubspot_client
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.hubspot_paths import hubspot_path
from include.extract.limiter import Limiter
from tests.extract.scripted_hubspot import (
    RESULTS,
    TOKEN,
    Said,
    Server,
    Sleeps,
    assert_tells_no_secret,
    client_of,
    refusal,
)


@pytest.fixture
def client(server: Server, source: Source, limits: sa.Engine, sleeps: Sleeps) -> HubSpotClient:
    return client_of(server, source, limits, sleeps)


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


def test_a_gateway_that_knows_no_such_token_is_asked_again_and_the_token_is_named(
    server: Server, client: HubSpotClient
) -> None:
    """Status 530 is a failure of the gateway, too, so it is not taken for a wrong token at once."""
    server.answers = [Said(530, b"<html>")] * hubspot_client.ATTEMPT_COUNT
    with pytest.raises(RetryableError, match="HTTP 530") as caught:
        client.get("/crm/v3/owners")
    assert "check the token" in caught.value.remedy


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
