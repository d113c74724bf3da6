"""Every way to log in to the sandbox over HTTP, and every way to be refused."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from include.core.errors import ConfigurationError, CredentialsError, RetryableError
from include.extract import salesforce_client
from include.extract.salesforce import SalesforceCredentials, connect
from include.sandbox.faults import Fault
from include.sandbox.server import Sandbox
from tests.extract.salesforce_org import NOW, SETTINGS, credentials

USER = "integration@example.com"
PASSWORD = {
    "username": USER,
    "password": "sandbox-password",
    "security_token": "sandbox-security-token",
}
SANDBOX_ORG = "https://acme--uat.sandbox.my.salesforce.com"
OLD_SETTINGS = SETTINGS.model_copy(update={"api_version": "64.0"})


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def sandbox(tmp_path: Path, key: rsa.RSAPrivateKey) -> Iterator[Sandbox]:
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with Sandbox(tmp_path, clock=lambda: NOW, jwt_public_key=public.decode()) as running:
        yield running


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salesforce_client, "_BACKOFF_FACTOR", 0)


def paths(sandbox: Sandbox) -> list[str]:
    return [request.target for request in sandbox.control.requests]


def test_client_credentials(sandbox):
    client = connect(credentials(sandbox.url), SETTINGS)
    assert paths(sandbox) == ["/services/oauth2/token"]
    assert client.json("GET", "limits/")["DailyApiRequests"]["Max"] == 100_000
    assert client.request_count == 1


@pytest.mark.parametrize("domain", [None, "test", "https://login.salesforce.com/"])
def test_jwt_bearer(sandbox, key, domain):
    given = {"username": USER, "consumer_key": "sandbox", "private_key": pem(key)}
    client = connect(SalesforceCredentials(**given, domain=domain, base_url=sandbox.url), SETTINGS)
    assert paths(sandbox) == ["/services/oauth2/token"]
    assert client.json("GET", "limits/")


def test_jwt_bearer_with_a_key_on_one_line(sandbox, key):
    one_line = pem(key).replace("\n", "\\n")
    given = credentials(sandbox.url, username=USER, consumer_key="sandbox", private_key=one_line)
    assert connect(given, SETTINGS).login_count == 1


def test_password_and_security_token(sandbox):
    client = connect(credentials(sandbox.url, **PASSWORD), OLD_SETTINGS)
    assert paths(sandbox) == ["/services/Soap/u/64.0"]
    assert client.json("GET", "limits/")


def test_password_is_refused_before_it_is_sent_to_a_version_without_that_login(sandbox):
    with pytest.raises(ConfigurationError, match=r"API 66\.0.*api_version"):
        connect(credentials(sandbox.url, **PASSWORD), SETTINGS)
    assert paths(sandbox) == []


def test_a_my_domain_address_in_the_connection_is_the_domain():
    address = SalesforceCredentials(
        consumer_key="key", consumer_secret="secret", base_url="https://acme.my.salesforce.com"
    )
    assert address.login("66.0")[1]["domain"] == "acme.my"


@pytest.mark.parametrize(
    ("base_url", "audience"),
    [(None, "login"), ("https://acme.my.salesforce.com", "login"), (SANDBOX_ORG, "test")],
)
def test_an_assertion_is_meant_for_a_login_server_and_never_a_my_domain(base_url, audience):
    given = SalesforceCredentials(
        username=USER, consumer_key="key", private_key="key", base_url=base_url
    )
    assert given.login("66.0")[1]["domain"] == audience


def test_a_proxy_of_the_environment_is_not_asked_for_an_excepted_host(sandbox, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert connect(credentials(sandbox.url), SETTINGS).login_count == 1


@pytest.mark.parametrize(
    ("fields", "settings", "to_check"),
    [
        (
            {"consumer_key": "sandbox", "consumer_secret": "wrong-secret", "domain": "acme.my"},
            SETTINGS,
            "consumer_secret",
        ),
        (
            {"consumer_key": "wrong", "consumer_secret": "wrong-secret", "domain": "acme.my"},
            SETTINGS,
            "consumer_key",
        ),
        ({**PASSWORD, "password": "wrong-secret"}, OLD_SETTINGS, "security_token"),
    ],
)
def test_wrong_credentials_say_what_to_check_and_nothing_secret(
    sandbox, fields, settings, to_check
):
    with pytest.raises(CredentialsError, match=to_check) as caught:
        connect(credentials(sandbox.url, **fields), settings)
    shown = f"{caught.value} {caught.value.__cause__} {credentials(sandbox.url, **fields)!r}"
    assert "wrong-secret" not in shown
    assert "sandbox-security-token" not in shown
    # Tried again, a wrong password would lock the user out.
    assert len(paths(sandbox)) == 1


def test_a_key_of_somebody_else_is_refused(sandbox):
    stranger = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
    given = credentials(sandbox.url, username=USER, consumer_key="sandbox", private_key=stranger)
    with pytest.raises(CredentialsError, match="private_key"):
        connect(given, SETTINGS)


def test_a_key_that_is_none_never_leaves(sandbox):
    given = credentials(sandbox.url, username=USER, consumer_key="sandbox", private_key="hunter2")
    with pytest.raises(CredentialsError, match="no RSA key in PEM") as caught:
        connect(given, SETTINGS)
    assert "hunter2" not in str(caught.value)
    assert paths(sandbox) == []


@pytest.mark.parametrize(
    "fields",
    [{}, {"username": USER}, {"consumer_key": "key"}, {"username": USER, "private_key": "key"}],
)
def test_incomplete_credentials_name_the_three_ways(fields):
    with pytest.raises(CredentialsError, match=r"consumer_secret.*private_key.*security_token"):
        connect(SalesforceCredentials(**fields), SETTINGS)


@pytest.mark.parametrize("domain", [None, "login", "test"])
def test_client_credentials_need_the_my_domain(domain):
    given = SalesforceCredentials(consumer_key="key", consumer_secret="secret", domain=domain)
    with pytest.raises(CredentialsError, match="My Domain"):
        connect(given, SETTINGS)


def test_an_unreachable_host_is_named():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RetryableError, match=rf"127\.0\.0\.1:{port} cannot be reached"):
        connect(credentials(f"http://127.0.0.1:{port}"), SETTINGS)


def test_a_login_server_out_of_order_is_tried_again_later(sandbox):
    sandbox.control.inject(Fault("oauth2/token", times=7, status=503, body="<html>down</html>"))
    with pytest.raises(RetryableError, match="503"):
        connect(credentials(sandbox.url), SETTINGS)
    assert len(paths(sandbox)) == 7
    assert connect(credentials(sandbox.url), SETTINGS).login_count == 1


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        ("unknown_error", "retry your request", RetryableError),
        ("invalid_grant", "login rate exceeded", RetryableError),
        ("server_error", "", RetryableError),
        ("invalid_grant", "user hasn't been approved", CredentialsError),
        ("invalid_client", "invalid client credentials", CredentialsError),
    ],
)
def test_a_login_refused_for_now_is_tried_again_and_a_wrong_one_is_not(
    sandbox, code, words, expected
):
    """Both come with status 400: the words alone say whether a person has to do anything."""
    body = {"error": code, "error_description": words}
    sandbox.control.inject(Fault("oauth2/token", status=400, body=body))
    with pytest.raises(expected, match=code):
        connect(credentials(sandbox.url), SETTINGS)


def test_an_answer_that_is_no_token_is_not_taken_for_one(sandbox):
    sandbox.control.inject(Fault("oauth2/token", status=200, body={"hello": "world"}))
    with pytest.raises(RetryableError, match="not a token"):
        connect(credentials(sandbox.url), SETTINGS)


def test_a_server_that_echoes_the_secret_does_not_get_it_into_the_message(sandbox):
    body = {"error": "invalid_client", "error_description": "sandbox-secret is wrong"}
    sandbox.control.inject(Fault("oauth2/token", status=400, body=body))
    with pytest.raises(CredentialsError, match=r"\*\*\* is wrong"):
        connect(credentials(sandbox.url), SETTINGS)


def test_no_log_line_carries_a_secret(sandbox, caplog):
    # HubSpot's client silences urllib3 when it is made, and other tests make one.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        client = connect(credentials(sandbox.url), SETTINGS)
        sandbox.control.revoke_tokens()
        client.json("GET", "limits/")
        connect(credentials(sandbox.url, **PASSWORD), OLD_SETTINGS)
    assert "limits" in caplog.text
    for secret in ("sandbox-secret", *list(PASSWORD.values())[1:], client.session_id):
        assert secret not in caplog.text


def test_a_login_of_the_machine_is_not_taken_for_ours(sandbox, tmp_path, monkeypatch):
    """~/.netrc may have one for this host, or for any."""
    (tmp_path / "netrc").write_text("default login somebody password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    client = connect(credentials(sandbox.url), SETTINGS)
    assert client.json("GET", "limits/")["DailyApiRequests"]["Max"] == 100_000
    assert client.login_count == 1


def test_credentials_are_not_sent_on_to_where_a_login_server_points(sandbox, key, tmp_path):
    """A 307 asks for the same request again, its body included: the password, or the assertion."""
    by_key = {"username": USER, "consumer_key": "sandbox", "private_key": pem(key)}
    with Sandbox(tmp_path / "elsewhere", clock=lambda: NOW) as elsewhere:
        for fields, settings in ((PASSWORD, OLD_SETTINGS), (by_key, SETTINGS)):
            there = {"Location": f"{elsewhere.url}/services/Soap/u/64.0"}
            sandbox.control.inject(Fault("/services/", status=307, headers=there))
            with pytest.raises(
                RetryableError, match=rf"sends us to {elsewhere.url}, .* domain and"
            ):
                connect(credentials(sandbox.url, **fields), settings)
        assert paths(elsewhere) == []


def test_an_answer_of_another_server_is_not_taken_for_the_orgs(sandbox, tmp_path):
    client = connect(credentials(sandbox.url), SETTINGS)
    with Sandbox(tmp_path / "elsewhere", clock=lambda: NOW) as elsewhere:
        sandbox.control.inject(
            Fault("limits", status=302, headers={"Location": f"{elsewhere.url}/services/data/"})
        )
        with pytest.raises(RetryableError, match=rf"sends us to {elsewhere.url}"):
            client.json("GET", "limits/")
        assert paths(elsewhere) == []
