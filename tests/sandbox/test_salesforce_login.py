"""Every way of logging in to the sandbox's Salesforce."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce, SalesforceAuthenticationFailed

from include.sandbox.server import Sandbox
from tests.sandbox.salesforce_client import CLIENT_CREDENTIALS, connect
from tests.sandbox.sandbox_data import write_folder


class TestLogin:
    @pytest.mark.parametrize("way", ["basic", "form", "query"])
    def test_client_credentials_are_taken_wherever_they_stand(
        self, sandbox: Sandbox, way: str
    ) -> None:
        pair = {"client_id": "sandbox", "client_secret": "sandbox-secret"}
        grant = {"grant_type": "client_credentials"}
        arguments: dict[str, Any] = {
            "basic": {"data": grant, "auth": ("sandbox", "sandbox-secret")},
            "form": {"data": {**grant, **pair}},
            "query": {"params": {**grant, **pair}},
        }[way]
        answer = requests.post(f"{sandbox.url}/services/oauth2/token", timeout=10, **arguments)
        assert answer.status_code == 200
        token = answer.json()
        assert token["instance_url"] == sandbox.url
        assert set(token) >= {"access_token", "signature", "id", "issued_at", "token_type"}

    def test_simple_salesforce_logs_in_with_client_credentials(
        self, salesforce: Salesforce
    ) -> None:
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 445

    def test_a_wrong_secret_is_refused(self, sandbox: Sandbox) -> None:
        with pytest.raises(SalesforceAuthenticationFailed, match="invalid_client"):
            connect(sandbox, **{**CLIENT_CREDENTIALS, "consumer_secret": "wrong"})

    def test_a_password_and_a_security_token_log_in_over_soap_up_to_version_64(
        self, sandbox: Sandbox
    ) -> None:
        login = {
            "username": "integration@example.com",
            "password": "sandbox-password",
            "security_token": "sandbox-security-token",
        }
        session = connect(sandbox, **login, version="64.0")
        assert session.query("SELECT COUNT() FROM Account")["totalSize"] == 445
        with pytest.raises(SalesforceAuthenticationFailed, match="UNSUPPORTED_API_VERSION"):
            connect(sandbox, **login, version="65.0")
        with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
            connect(sandbox, **{**login, "security_token": "wrong"}, version="64.0")

    def test_the_password_grant_logs_in(self, sandbox: Sandbox) -> None:
        login = {
            **CLIENT_CREDENTIALS,
            "username": "integration@example.com",
            "password": "sandbox-password",
        }
        assert connect(sandbox, **login).session_id
        with pytest.raises(SalesforceAuthenticationFailed, match="invalid_grant"):
            connect(sandbox, **{**login, "password": "wrong"})

    def test_a_refresh_token_gives_another_session(self, sandbox: Sandbox) -> None:
        form = {
            "grant_type": "refresh_token",
            "client_id": "sandbox",
            "refresh_token": "sandbox-refresh-token",
        }
        url = f"{sandbox.url}/services/oauth2/token"
        first, second = (requests.post(url, data=form, timeout=10).json() for _ in range(2))
        assert first["access_token"] != second["access_token"]
        refused = requests.post(url, data={**form, "refresh_token": "x"}, timeout=10)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")

    def test_a_jwt_must_be_signed_with_the_configured_key(self, company_folder: Path) -> None:
        good, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
        public = good.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = [
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode()
            for key in (good, other)
        ]
        login = {
            "username": "integration@example.com",
            "consumer_key": "sandbox",
            "domain": "login",
        }
        with Sandbox(company_folder, jwt_public_key=public.decode()) as sandbox:
            assert connect(sandbox, **login, privatekey=private[0]).session_id
            with pytest.raises(SalesforceAuthenticationFailed, match="invalid_grant"):
                connect(sandbox, **login, privatekey=private[1])

    def test_without_a_key_a_jwt_needs_the_right_consumer_and_a_future_end(
        self, sandbox: Sandbox
    ) -> None:
        def login(**claims: Any) -> dict[str, str]:
            payload = {"iss": "sandbox", "sub": "integration@example.com", **claims}
            form = {
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "assertion": jwt.encode(payload, "k" * 32, algorithm="HS256"),
            }
            url = f"{sandbox.url}/services/oauth2/token"
            return requests.post(url, data=form, timeout=10).json()

        assert "access_token" in login()
        assert login(iss="other")["error"] == "invalid_client_id"
        assert login(sub="nobody")["error"] == "invalid_grant"
        assert login(exp=1)["error"] == "invalid_grant"

    def test_a_revoked_session_is_logged_in_again(
        self, sandbox: Sandbox, salesforce: Salesforce
    ) -> None:
        before = salesforce.session_id
        sandbox.control.revoke_tokens()
        assert salesforce.query("SELECT COUNT() FROM Account")["totalSize"] == 445
        assert salesforce.session_id != before
        statuses = [entry.status for entry in sandbox.control.requests]
        # login, query refused, login again, query
        assert statuses == [200, 401, 200, 200]

    def test_the_identity_is_behind_the_url_of_the_token(
        self, sandbox: Sandbox, http: requests.Session
    ) -> None:
        account = sandbox.account
        url = f"{sandbox.url}/id/{account.organization_id}/{account.user_id}"
        assert http.get(url, timeout=10).json()["username"] == "integration@example.com"


def test_an_account_file_gives_the_credentials(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "account.json").write_text(
        '{"credentials": {"client_secret": "from-file"},'
        ' "salesforce": {"organization_id": "00D000000000009EAA"}}'
    )
    with Sandbox(tmp_path, client_id="from-call") as sandbox:
        login = {"consumer_key": "from-call", "consumer_secret": "from-file", "domain": "acme.my"}
        assert connect(sandbox, **login).session_id.startswith("00D000000000009!")
