"""Who we are to Salesforce, and which way of logging in that stands for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from include.core.errors import ConfigurationError, CredentialsError

_LAST_SOAP_VERSION = 64.0


@dataclass(frozen=True)
class SalesforceCredentials:
    """How to log in. Which fields are there decides the way.

    username, consumer_key, private_key (PEM): JWT bearer; `domain` is login (default) or test.
    consumer_key, consumer_secret, domain: client credentials; `domain` is the My Domain, `acme.my`.
    username, password, security_token: SOAP login, for API versions up to 64.0 only.
    `base_url` (scheme, host, port) sends every request, login included, to another server.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    security_token: str | None = field(default=None, repr=False)
    consumer_key: str | None = None
    consumer_secret: str | None = field(default=None, repr=False)
    private_key: str | None = field(default=None, repr=False)
    domain: str | None = None
    base_url: str | None = None

    def login(self, api_version: str) -> tuple[str, dict[str, Any]]:
        """The name of the way to log in, and simple-salesforce's arguments for it.

        Raises:
            CredentialsError: the fields fit no way to log in.
            ConfigurationError: the way does not exist in this API version.
        """
        domain = self._short_domain()
        host = urlsplit(self.base_url or "").hostname or ""
        if self.username and self.consumer_key and self.private_key:
            return "JWT bearer", {
                "username": self.username,
                "consumer_key": self.consumer_key,
                # An Airflow extra is one line of JSON, where a pasted key has \n for its lines.
                "privatekey": self.private_key.replace("\\n", "\n"),
                # Salesforce takes no My Domain for the assertion's audience.
                "domain": domain or ("test" if ".sandbox." in host else "login"),
            }
        if self.consumer_key and self.consumer_secret:
            domain = domain or host.removesuffix(".salesforce.com")
            if domain in ("", "login", "test"):
                raise CredentialsError(
                    "Client credentials need the org's My Domain.",
                    "Add domain, such as acme.my, to the extra of the Airflow connection.",
                )
            return "client credentials", {
                "consumer_key": self.consumer_key,
                "consumer_secret": self.consumer_secret,
                "domain": domain,
            }
        if self.username and self.password:
            if float(api_version) > _LAST_SOAP_VERSION:
                raise ConfigurationError(
                    f"Salesforce has no login by password and security token in API {api_version}.",
                    "Use consumer_key with consumer_secret or private_key in the Airflow "
                    "connection, or set api_version of salesforce in sources.yaml to 64.0.",
                )
            return "password", {
                "username": self.username,
                "password": self.password,
                "security_token": self.security_token or "",
                "domain": domain or "login",
            }
        raise CredentialsError(
            "The Salesforce credentials are not enough to log in.",
            "Give the Airflow connection consumer_key, consumer_secret and domain; or login, "
            "consumer_key and private_key; or login, password and security_token.",
        )

    def _short_domain(self) -> str | None:
        """The domain as simple-salesforce wants it: without scheme and .salesforce.com."""
        if not self.domain:
            return None
        return self.domain.removeprefix("https://").rstrip("/").removesuffix(".salesforce.com")
