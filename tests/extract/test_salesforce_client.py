"""One connection to the sandbox through sessions that end, servers that stumble and quotas."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from include.core.errors import (
    AccessError,
    ConfigurationError,
    CredentialsError,
    QuotaError,
    RetryableError,
    StopError,
)
from include.extract import salesforce_client
from include.extract.salesforce import SalesforceClient, connect
from include.extract.salesforce_errors import BulkRefusedError, TooLargeError, UnknownFieldError
from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.extract.salesforce_org import NOW, SETTINGS, credentials

COUNT = {"q": "SELECT COUNT() FROM Account"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with Sandbox(tmp_path, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> SalesforceClient:
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)
    connected = connect(credentials(sandbox.url), SETTINGS)
    sandbox.control.clear_requests()
    return connected


def statuses(sandbox: Sandbox) -> list[int]:
    return [request.status for request in sandbox.control.requests]


def test_an_ended_session_costs_one_login(sandbox, client):
    sandbox.control.revoke_tokens()
    assert client.json("GET", "query", params=COUNT)["totalSize"] == 0
    assert client.login_count == 2
    assert statuses(sandbox) == [401, 200, 200]


def test_many_threads_log_in_once_together(sandbox, client):
    sandbox.control.revoke_tokens()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.json("GET", "limits/"), range(16)))
    assert len(answers) == 16
    assert client.login_count == 2
    assert sandbox.salesforce.sessions.login_count == 2


def test_calls_of_the_public_client_take_the_same_way(sandbox, client):
    sandbox.control.revoke_tokens()
    assert client.query("SELECT Id FROM Account")["records"] == []
    sandbox.control.revoke_tokens()
    assert client.restful("limits/")["DailyApiRequests"]["Max"] == 100_000
    assert client.login_count == 3


def test_a_session_refused_right_after_login_stops(sandbox, client):
    gone = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
    sandbox.control.inject(Fault("limits", times=99, status=401, body=gone))
    with pytest.raises(CredentialsError, match="new login did not help"):
        client.json("GET", "limits/")
    assert client.login_count == 2


def test_a_401_that_is_a_web_page_is_a_session_that_ended_too(sandbox, client):
    sandbox.control.inject(Fault("limits", status=401, body="<html>who are you?</html>"))
    assert client.json("GET", "limits/")
    assert client.login_count == 2


@pytest.mark.parametrize("status", [406, 408, 420, 425, 429, 500, 502, 503, 504])
def test_a_server_that_stumbles_is_asked_again(sandbox, client, status):
    sandbox.control.inject(
        Fault("query", times=3, status=status, body="<html></html>", headers={"Retry-After": "0"})
    )
    assert client.json("GET", "query", params=COUNT)["totalSize"] == 0
    assert statuses(sandbox) == [status] * 3 + [200]


def test_a_post_is_asked_again_too(sandbox, client):
    sandbox.control.inject(Fault("jobs/query", "POST", times=2, status=503, body="busy"))
    job = client.json(
        "POST", "jobs/query", json={"operation": "queryAll", "query": "SELECT Id FROM Account"}
    )
    assert job["state"] == "UploadComplete"
    assert len(sandbox.salesforce.bulk.jobs()) == 1


def test_too_many_long_requests_at_once_are_waited_out(sandbox, client):
    crowded = [
        {
            "errorCode": "REQUEST_LIMIT_EXCEEDED",
            "message": "ConcurrentRequests (Concurrent API) Limit exceeded.",
        }
    ]
    sandbox.control.inject(Fault("limits", times=5, status=403, body=crowded))
    assert client.json("GET", "limits/")
    assert statuses(sandbox) == [403] * 5 + [200]
    sandbox.control.inject(Fault("limits", times=6, status=403, body=crowded))
    with pytest.raises(RetryableError, match="at the same time"):
        client.json("GET", "limits/")


def test_an_answer_that_is_a_web_page_is_asked_for_again(sandbox, client):
    page = "<html>Down for maintenance</html>"
    sandbox.control.inject(Fault("limits", times=3, status=200, body=page))
    assert client.json("GET", "limits/")["DailyApiRequests"]["Max"] == 100_000
    sandbox.control.inject(Fault("limits", times=4, status=200, body=page))
    with pytest.raises(RetryableError, match=r"answered 200 with text/html that is not JSON"):
        client.json("GET", "limits/")


def test_a_body_cut_off_is_asked_for_again(sandbox, client):
    sandbox.control.inject(Fault("limits", times=2, cut_after_bytes=10))
    assert client.json("GET", "limits/")["DailyApiRequests"]["Max"] == 100_000


def test_bodies_that_are_always_cut_off_name_the_host(sandbox, client):
    sandbox.control.inject(Fault("limits", times=99, cut_after_bytes=10))
    with pytest.raises(RetryableError, match=r"127\.0\.0\.1:\d+ cannot be reached"):
        client.json("GET", "limits/")


def test_a_host_that_does_not_answer_in_time_is_named(sandbox, client):
    sandbox.control.inject(Fault("limits", times=9, delay_seconds=0.4))
    with pytest.raises(RetryableError, match=r"127\.0\.0\.1:\d+ "):
        client.json("GET", "limits/", timeout=(1, 0.05))


def test_a_certificate_nobody_trusts_is_a_matter_of_configuration(tmp_path, monkeypatch):
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path / "server.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with pytest.raises(ConfigurationError, match=r"certificate of 127\.0\.0\.1.* not trusted"):
            connect(credentials(f"https://127.0.0.1:{server.server_address[1]}"), SETTINGS)
    finally:
        server.shutdown()
        server.server_close()


def _self_signed(path: Path) -> Path:
    """A certificate that only its own issuer vouches for, with its key, in one file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path.write_bytes(
        certificate.public_bytes(pem)
        + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.mark.parametrize(
    ("status", "code", "message", "error", "words"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", QuotaError, "24 hours"),
        (
            400,
            "EXCEEDED_MAX",
            "Max bulk v2 query jobs (10000) per 24 hrs has been reached",
            QuotaError,
            "24 hours",
        ),
        (400, "INVALID_TYPE", "sObject type 'X' is not supported.", AccessError, "permission set"),
        (403, "INSUFFICIENT_ACCESS", "no", AccessError, "permission set"),
        (403, "API_DISABLED_FOR_ORG", "no", AccessError, "API Enabled"),
        (403, "SOMETHING_NEW", "no", AccessError, "permission set"),
        (410, "UNSUPPORTED_API_VERSION", "retired", ConfigurationError, "api_version"),
        (
            400,
            "INVALID_FIELD",
            "SELECT Foo FROM X\n ^\nNo such column 'Foo' on entity 'X'.",
            UnknownFieldError,
            "No such column 'Foo' on entity 'X'",
        ),
        (
            400,
            "INVALIDENTITY",
            "entity 'X' is not supported by the Bulk API",
            BulkRefusedError,
            "REST",
        ),
        (
            400,
            "API_ERROR",
            "Selecting compound data not supported in Bulk Query",
            BulkRefusedError,
            "REST",
        ),
        (400, "MALFORMED_QUERY", "unexpected token", StopError, "MALFORMED_QUERY"),
        (400, "QUERY_TIMEOUT", "Your query request was running too long.", TooLargeError, "parts"),
        (400, "OPERATION_TOO_LARGE", "exceeded 100000 distinct who/what's", TooLargeError, "parts"),
        (400, "QUERY_TOO_COMPLICATED", "Query is either selecting", StopError, "formula fields"),
        (414, "URI_TOO_LONG", "The requested URI is too long.", StopError, "custom_fields"),
        (410, "GONE", "The requested resource is no longer available", ConfigurationError, "api_v"),
        (403, "TXN_SECURITY_METERING_ERROR", "blocked", AccessError, "administrator"),
        (
            400,
            "EXCEEDED_MAX",
            "Max bulk v2 query result size stored (1000000000) kb per 24 hrs has been exceeded",
            QuotaError,
            "24 hours",
        ),
    ],
)
def test_a_refusal_says_what_to_do(sandbox, client, status, code, message, error, words):
    body = [{"errorCode": code, "message": message}]
    sandbox.control.inject(Fault("limits", status=status, body=body))
    with pytest.raises(error, match=words) as caught:
        client.json("GET", "limits/")
    assert type(caught.value) is error
    assert len(statuses(sandbox)) == 1


def test_an_object_that_is_hidden_is_a_matter_of_access(sandbox, client):
    sandbox.control.hide("salesforce", "Account")
    with pytest.raises(AccessError, match="sobjects/Account/describe"):
        client.json("GET", "sobjects/Account/describe")


def test_a_server_that_is_down_says_when_to_come_back(sandbox, client):
    sandbox.control.inject(
        Fault("limits", times=99, status=503, body="<html>", headers={"Retry-After": "0"})
    )
    with pytest.raises(RetryableError, match="503") as caught:
        client.json("GET", "limits/")
    assert caught.value.wait_seconds == 0
