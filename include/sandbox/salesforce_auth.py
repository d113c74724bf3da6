"""Logging in to the sandbox's Salesforce: every OAuth flow the clients use, and SOAP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from html import escape, unescape
from typing import Any
from urllib.parse import unquote_plus

import jwt

from include.sandbox.account import Account
from include.sandbox.messages import ApiError, Request, Response, json_response
from include.sandbox.salesforce_query import salesforce_error
from include.sandbox.salesforce_trouble import SalesforceTrouble

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# The SOAP login call is gone from this API version on.
_FIRST_VERSION_WITHOUT_SOAP_LOGIN = 65


class SalesforceSessions:
    """Sessions that were handed out and have not ended; `login_count` counts all of them."""

    def __init__(
        self, account: Account, trouble: SalesforceTrouble, clock: Callable[[], datetime]
    ) -> None:
        self._account = account
        self._trouble = trouble
        self._clock = clock
        # When each session was opened, and when it was last used.
        self._sessions: dict[str, tuple[datetime, datetime]] = {}
        self._lock = threading.Lock()
        self.login_count = 0

    def revoke_all(self) -> None:
        """End every session: their next call is answered 401."""
        with self._lock:
            self._sessions.clear()

    def require(self, request: Request) -> str:
        """The session id a call carries.

        Raises:
            ApiError: it carries none, or one that has ended.
        """
        session = (
            request.bearer()
            or request.headers.get("x-sfdc-session")
            or request.argument("oauth_token")
        )
        if session and self._use(session):
            return session
        raise salesforce_error(401, "INVALID_SESSION_ID", "Session expired or invalid")

    def token(self, request: Request) -> Response:
        """POST /services/oauth2/token."""
        form = request.form()
        client_id, client_secret = _basic_credentials(request)
        form.setdefault("client_id", client_id)
        form.setdefault("client_secret", client_secret)
        check = {
            "client_credentials": self._check_client,
            "password": self._check_password,
            "refresh_token": self._check_refresh_token,
            _JWT_GRANT: self._check_assertion,
        }.get(form.get("grant_type", ""))
        if check is None:
            raise _oauth_error("unsupported_grant_type", "grant type not supported")
        check(form)
        return json_response(self._token_answer(request.base_url))

    def soap_login(self, request: Request, version: int) -> Response:
        """POST /services/Soap/u/{version}."""
        if version >= _FIRST_VERSION_WITHOUT_SOAP_LOGIN:
            raise _soap_fault(
                "UNSUPPORTED_API_VERSION",
                "SOAP API login() is not available in this API version. Use OAuth instead.",
            )
        document = request.body.decode("utf-8", "replace")
        username = _xml_text(document, "username")
        password = _xml_text(document, "password")
        account = self._account
        # Without a token only calls from trusted networks may log in; the sandbox is one.
        accepted = (account.password + account.security_token, account.password)
        if username != account.username or password not in accepted:
            raise _soap_fault(
                "INVALID_LOGIN",
                "Invalid username, password, security token; or user locked out.",
            )
        session = self._open()
        return Response(
            200,
            self._soap_answer(session, request.base_url, version).encode(),
            "text/xml;charset=UTF-8",
        )

    def identity(self, request: Request) -> Response:
        """GET /id/{organization}/{user}."""
        self.require(request)
        account = self._account
        url = self.identity_url(request.base_url)
        return json_response(
            {
                "id": url,
                "asserted_user": True,
                "user_id": account.user_id,
                "organization_id": account.organization_id,
                "username": account.username,
                "display_name": "Integration User",
                "email": account.username,
                "active": True,
                "user_type": "STANDARD",
                "language": "en_US",
                "locale": "en_US",
                "utcOffset": 0,
                "urls": {
                    "rest": f"{request.base_url}/services/data/v{{version}}/",
                    "query": f"{request.base_url}/services/data/v{{version}}/query/",
                },
            }
        )

    def _use(self, session: str) -> bool:
        """The session has not ended; its time without use begins anew."""
        now = self._clock()
        trouble = self._trouble
        with self._lock:
            if session not in self._sessions:
                return False
            opened_at, used_at = self._sessions[session]
            age, idle = (now - opened_at).total_seconds(), (now - used_at).total_seconds()
            is_old = trouble.session_seconds is not None and age >= trouble.session_seconds
            if is_old or idle >= trouble.session_idle_seconds:
                del self._sessions[session]
                return False
            self._sessions[session] = (opened_at, now)
            return True

    def _open(self) -> str:
        session = f"{self._account.organization_id[:15]}!AQ{secrets.token_urlsafe(48)}"
        now = self._clock()
        with self._lock:
            self._sessions[session] = (now, now)
            self.login_count += 1
        return session

    def _token_answer(self, base_url: str) -> dict[str, Any]:
        issued_at = str(int(self._clock().timestamp() * 1000))
        url = self.identity_url(base_url)
        digest = hmac.digest(
            self._account.client_secret.encode(), (url + issued_at).encode(), hashlib.sha256
        )
        return {
            "access_token": self._open(),
            "signature": base64.b64encode(digest).decode(),
            "scope": "api id refresh_token",
            "instance_url": base_url,
            "id": url,
            "token_type": "Bearer",
            "issued_at": issued_at,
        }

    def identity_url(self, base_url: str) -> str:
        """Where a session may ask who it is."""
        return f"{base_url}/id/{self._account.organization_id}/{self._account.user_id}"

    def _check_client(self, form: dict[str, str]) -> None:
        if form["client_id"] != self._account.client_id:
            raise _oauth_error("invalid_client_id", "client identifier invalid")
        if not hmac.compare_digest(form["client_secret"], self._account.client_secret):
            raise _oauth_error("invalid_client", "invalid client credentials")

    def _check_password(self, form: dict[str, str]) -> None:
        self._check_client(form)
        account = self._account
        accepted = (account.password, account.password + account.security_token)
        if form.get("username") != account.username or form.get("password") not in accepted:
            raise _oauth_error("invalid_grant", "authentication failure")

    def _check_refresh_token(self, form: dict[str, str]) -> None:
        if form["client_id"] != self._account.client_id:
            raise _oauth_error("invalid_client_id", "client identifier invalid")
        if form.get("refresh_token") != self._account.refresh_token:
            raise _oauth_error("invalid_grant", "expired access/refresh token")

    def _check_assertion(self, form: dict[str, str]) -> None:
        key = self._account.jwt_public_key
        try:
            claims = jwt.decode(
                form.get("assertion", ""),
                key or "",
                algorithms=["RS256"],
                options={
                    "verify_signature": key is not None,
                    "verify_exp": True,
                    "verify_aud": False,
                },
            )
        except jwt.ExpiredSignatureError as error:
            raise _oauth_error("invalid_grant", "expired authorization code") from error
        except jwt.InvalidTokenError as error:
            raise _oauth_error("invalid_grant", "invalid assertion") from error
        if claims.get("iss") != self._account.client_id:
            raise _oauth_error("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != self._account.username:
            raise _oauth_error("invalid_grant", "user hasn't approved this consumer")

    def _soap_answer(self, session: str, base_url: str, version: int) -> str:
        account = self._account
        server_url = f"{base_url}/services/Soap/u/{version}.0/{account.organization_id[:15]}"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns="urn:partner.soap.sforce.com" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
            "<loginResponse><result>"
            f"<metadataServerUrl>{server_url.replace('/u/', '/m/')}</metadataServerUrl>"
            "<passwordExpired>false</passwordExpired><sandbox>false</sandbox>"
            f"<serverUrl>{server_url}</serverUrl><sessionId>{escape(session)}</sessionId>"
            f"<userId>{account.user_id}</userId><userInfo>"
            f"<organizationId>{account.organization_id}</organizationId>"
            "<organizationName>Sandbox</organizationName>"
            "<sessionSecondsValid>7200</sessionSecondsValid>"
            f"<userEmail>{escape(account.username)}</userEmail>"
            "<userFullName>Integration User</userFullName>"
            f"<userId>{account.user_id}</userId><userName>{escape(account.username)}</userName>"
            "<userTimeZone>GMT</userTimeZone><userType>Standard</userType>"
            "</userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>"
        )


def _basic_credentials(request: Request) -> tuple[str, str]:
    """Client id and secret of a Basic header, empty where there is none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(user), unquote_plus(password)


def _oauth_error(error: str, description: str) -> ApiError:
    return ApiError(json_response({"error": error, "error_description": description}, 400))


def _soap_fault(code: str, message: str) -> ApiError:
    document = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
        '<detail><sf:LoginFault xsi:type="sf:LoginFault">'
        f"<sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return ApiError(Response(500, document.encode(), "text/xml;charset=UTF-8"))


def _xml_text(document: str, tag: str) -> str:
    """Text of the first element with this local name."""
    match = re.search(rf"<(?:\w+:)?{tag}\b[^>]*>(.*?)</(?:\w+:)?{tag}>", document, re.DOTALL)
    return unescape(match[1]) if match else ""
