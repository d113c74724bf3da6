"""Requests and answers as the sandbox's services see them, free of sockets."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

# Smaller bodies do not get smaller by compression.
_COMPRESS_FROM_BYTES = 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request; header names are lower case, the path carries no trailing slash."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    path: str = field(init=False)
    query: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Split the target into path and query."""
        parts = urlsplit(self.target)
        object.__setattr__(self, "path", parts.path.rstrip("/") or "/")
        object.__setattr__(
            self, "query", parse_qs(parts.query, keep_blank_values=True) if parts.query else {}
        )

    def argument(self, name: str, default: str = "") -> str:
        """A query parameter's first value."""
        return self.query.get(name, [default])[0]

    def arguments(self, name: str) -> list[str]:
        """A query parameter's values, however they were sent: repeated or joined by commas."""
        return [
            item for value in self.query.get(name, []) for item in value.split(",") if item != ""
        ]

    def flag(self, name: str) -> bool:
        """A query parameter that is true only when it says so."""
        return self.argument(name).lower() == "true"

    def json(self) -> Any:
        """The body read as JSON; an empty object where there is none.

        Raises:
            ValueError: the body is not JSON.
        """
        return orjson.loads(self.body) if self.body.strip() else {}

    def form(self) -> dict[str, str]:
        """The body read as a form, with the query's parameters below it."""
        fields = {name: values[0] for name, values in self.query.items()}
        for name, values in parse_qs(self.body.decode("utf-8", "replace")).items():
            fields[name] = values[0]
        return fields

    def bearer(self) -> str | None:
        """The token after Bearer or OAuth."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else None


class Body:
    """Bytes of an answer, compressed once and only if somebody asks for it."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        self._compressed: bytes | None = None

    @property
    def compressible(self) -> bool:
        """Compression is worth its header."""
        return len(self.plain) >= _COMPRESS_FROM_BYTES

    @property
    def compressed(self) -> bytes:
        """The bytes as one gzip member."""
        if self._compressed is None:
            self._compressed = gzip.compress(self.plain, compresslevel=1, mtime=0)
        return self._compressed


@dataclass
class Response:
    """One HTTP answer."""

    status: int
    body: Body
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)


class ApiError(Exception):
    """An answer a handler breaks off with."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body.plain.decode("utf-8", "replace"))
        self.response = response


def json_response(document: Any, status: int = 200, pretty: bool = False) -> Response:
    """A document as a JSON answer."""
    return Response(
        status, Body(orjson.dumps(document, option=orjson.OPT_INDENT_2 if pretty else 0))
    )


def empty_response(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status, Body(b""))


class BodyCache:
    """Rendered bodies by what was asked, the longest unused thrown out first.

    A second reading of the same pages costs no rendering and no compression, so a benchmark
    measures the client.
    """

    def __init__(self, limit_bytes: int = 512 << 20) -> None:
        self._bodies: OrderedDict[Hashable, Body] = OrderedDict()
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._lock = threading.Lock()

    def body(self, key: Hashable, render: Callable[[], bytes]) -> Body:
        """The body under this key, rendered now if it is new."""
        with self._lock:
            known = self._bodies.get(key)
            if known is not None:
                self._bodies.move_to_end(key)
                return known
        body = Body(render())
        with self._lock:
            self._bodies[key] = body
            self._held_bytes += len(body.plain)
            while self._held_bytes > self._limit_bytes and len(self._bodies) > 1:
                _, dropped = self._bodies.popitem(last=False)
                self._held_bytes -= len(dropped.plain)
        return body

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._bodies.clear()
            self._held_bytes = 0
