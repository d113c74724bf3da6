"""A connection's fields as Airflow names them, and the connections that the environment holds.

Airflow reads `AIRFLOW_CONN_<ID>` as JSON or as a URI; so does this module, for commands that run
without Airflow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from include.core.errors import ConfigurationError

VARIABLE_PREFIX = "AIRFLOW_CONN_"


@dataclass(frozen=True)
class Connection:
    """Where a service is and who we are there; a field that was left out is None."""

    id: str
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    host: str | None = None
    port: int | None = None
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def base_url(self, default: str | None) -> str | None:
        """Scheme, host and port; `default` where no host is named.

        The host may be a whole URL; the scheme is https unless the schema says http.
        """
        if not self.host:
            return default
        host = self.host.rstrip("/")
        if "://" not in host:
            host = f"{self.schema or 'https'}://{host}"
        return f"{host}:{self.port}" if self.port else host


def connection_from_environment(
    connection_id: str, environment: Mapping[str, str]
) -> Connection | None:
    """The connection that its variable holds; None without that variable.

    Raises:
        ConfigurationError: the variable is neither JSON nor a URI.
    """
    name = f"{VARIABLE_PREFIX}{connection_id.upper()}"
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        fields = _from_json(text) if text.startswith("{") else _from_uri(text)
        return Connection(connection_id, **fields)
    except (TypeError, ValueError):
        # Nothing of the variable goes into a message: it holds the password.
        raise ConfigurationError(
            f"{name} cannot be read.",
            "Write it as JSON or as a URI, like the examples in .env.example.",
        ) from None


def read_dotenv(path: Path) -> dict[str, str]:
    """Variables of a .env file as docker compose reads it: NAME=value, # comments, quotes off."""
    if not path.exists():
        return {}
    variables = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and value and not name.startswith("#"):
            variables[name.removeprefix("export ").strip()] = value.strip().strip("'\"")
    return variables


def _from_json(text: str) -> dict[str, Any]:
    """Fields of the JSON form; `extra` may be JSON within JSON."""
    document = json.loads(text)
    extra = document.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    return _fields(document, extra)


def _from_uri(text: str) -> dict[str, Any]:
    """Fields of the URI form; `extra` is the query, or JSON in its `__extra__`."""
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    query = dict(parse_qsl(parts.query))
    extra = json.loads(query["__extra__"]) if "__extra__" in query else query
    return _fields(
        {
            "login": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "host": unquote(parts.hostname or ""),
            "port": parts.port,
            "schema": unquote(parts.path.removeprefix("/")),
        },
        extra,
    )


def _fields(document: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The constructor's arguments; what is empty was left out."""
    port = document.get("port")
    names = ("login", "password", "host", "schema")
    return {
        **{name: document.get(name) or None for name in names},
        "port": int(port) if port else None,
        "extra": dict(extra),
    }
