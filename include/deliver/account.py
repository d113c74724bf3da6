"""The mail server we hand mails to."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from include.core.connection import Connection
from include.core.errors import ConfigurationError, CredentialsError, RetryableError


@dataclass(frozen=True)
class SmtpAccount:
    """Where mail goes in. `user` and `password` are None where the server asks for none."""

    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    security: Literal["none", "starttls", "tls"]
    timeout_seconds: float = 30.0

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """One connection, greeted, encrypted as configured and logged in.

        Raises:
            RetryableError: the server does not answer, or has a bad moment.
            CredentialsError: login or encryption is refused.
            ConfigurationError: the server does not offer what the connection asks of it.
        """
        client = self._client()
        try:
            try:
                self._log_in(client)
            except (OSError, smtplib.SMTPException) as error:
                raise self._explained(error) from error
            yield client
        finally:
            with suppress(OSError, smtplib.SMTPException):
                if client.sock is not None:
                    # Whoever waited longer for an answer to a mail need not do so for a goodbye.
                    client.sock.settimeout(self.timeout_seconds)
                client.quit()
            client.close()

    def _client(self) -> smtplib.SMTP:
        """An open connection."""
        try:
            if self.security == "tls":
                return smtplib.SMTP_SSL(
                    self.host,
                    self.port,
                    timeout=self.timeout_seconds,
                    context=ssl.create_default_context(),
                )
            return smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        except (OSError, smtplib.SMTPException) as error:
            raise self._explained(error) from error

    def _log_in(self, client: smtplib.SMTP) -> None:
        """Greet, encrypt, authenticate."""
        client.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            client.starttls(context=ssl.create_default_context())
            client.ehlo()
        if self.user:
            client.login(self.user, self.password or "")

    def _explained(
        self, error: Exception
    ) -> RetryableError | CredentialsError | ConfigurationError:
        """What a failure before the first mail means for the operator. Never quotes the password."""
        where = f"The mail server {self.host}:{self.port}"
        code = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return ConfigurationError(
                f"{where} does not offer what the connection asks for: {error}.",
                "Correct the security setting (none, starttls, tls) or the login of the SMTP "
                "connection. No mail was lost.",
            )
        if isinstance(error, smtplib.SMTPAuthenticationError) and (code is None or code >= 500):
            return CredentialsError(
                f"{where} refuses the login of {self.user!r} ({code}).",
                "Correct user and password in the SMTP connection. No mail was lost.",
            )
        # Who hangs up in the middle, as a load balancer without a server behind it, says nothing of TLS.
        if isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLEOFError):
            return CredentialsError(
                f"{where} cannot be trusted or does not speak TLS: {error.reason or error}.",
                "Correct the security setting, the port or the server's certificate. No mail was lost.",
            )
        said = f"{code}" if code is not None else f"{type(error).__name__}: {error}"
        return RetryableError(
            f"{where} cannot be used now ({said}).",
            "The next try continues with the mails still due. Check host, port and network if it lasts.",
        )


def smtp_account(named: Connection) -> SmtpAccount:
    """The mail server of a connection, with the two flags of Airflow's SMTP connections.

    Neither flag: TLS from the first byte (port 465). `disable_ssl`: STARTTLS (587). Both: plain.
    """
    extra = named.extra
    security: Literal["none", "starttls", "tls"]
    if not _is_set(extra.get("disable_ssl")):
        security, port = "tls", 465
    elif not _is_set(extra.get("disable_tls")):
        security, port = "starttls", 587
    else:
        security, port = "none", 25
    return SmtpAccount(
        host=named.host or "localhost",
        port=named.port or port,
        user=named.login,
        password=named.password,
        security=security,
        timeout_seconds=float(extra.get("timeout", 30)),
    )


def _is_set(flag: object) -> bool:
    """Whether a flag is on; in the URI form of a connection it is a word, and `false` is one."""
    return str(flag).lower() not in ("none", "", "0", "false", "no", "off")
