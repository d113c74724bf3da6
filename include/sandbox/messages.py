"""Requests and answers as the sandbox's services see them, free of sockets."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
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

    @property
    def accepts_gzip(self) -> bool:
        """The client takes a compressed answer."""
        return "gzip" in self.headers.get("accept-encoding", "")

    def bearer(self) -> str | None:
        """The token after Bearer or OAuth."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "oauth") else None


@dataclass
class Response:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json;charset=UTF-8"
    headers: dict[str, str] = field(default_factory=dict)
    is_compressed: bool = False

    def compress(self) -> None:
        """Make the body one gzip member, if it is long enough to be worth the header."""
        if not self.is_compressed and len(self.body) >= _COMPRESS_FROM_BYTES:
            self.body, self.is_compressed = gzip.compress(self.body, 1, mtime=0), True

    def shorten(self, byte_count: int) -> None:
        """Keep only the beginning of the body, as if it were all of it."""
        if self.is_compressed:
            self.body, self.is_compressed = gzip.decompress(self.body), False
        self.body = self.body[:byte_count]


class ApiError(Exception):
    """An answer a handler breaks off with."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.body.decode("utf-8", "replace"))
        self.response = response


def json_response(document: Any, status: int = 200, pretty: bool = False) -> Response:
    """A document as a JSON answer."""
    return Response(status, orjson.dumps(document, option=orjson.OPT_INDENT_2 if pretty else 0))


def empty_response(status: int = 204) -> Response:
    """An answer without a body."""
    return Response(status, b"")


class ResponseCache:
    """Answers by what was asked, as they go over the wire; the longest unused is thrown out first.

    A second reading of the same pages costs no rendering and no compression, so a benchmark
    measures the client.
    """

    def __init__(self, limit_bytes: int = 512 << 20) -> None:
        self._responses: OrderedDict[Hashable, Response] = OrderedDict()
        self._limit_bytes = limit_bytes
        self._held_bytes = 0
        self._lock = threading.Lock()

    def response(self, request: Request, key: Hashable, answer: Callable[[], Response]) -> Response:
        """The answer under this key, given now if it is new; its headers are a copy."""
        key = (key, request.accepts_gzip)
        with self._lock:
            known = self._responses.get(key)
            if known is not None:
                self._responses.move_to_end(key)
        if known is None:
            known = answer()
            if request.accepts_gzip:
                known.compress()
            self._keep(key, known)
        return replace(known, headers=dict(known.headers))

    def _keep(self, key: Hashable, response: Response) -> None:
        with self._lock:
            if key in self._responses:
                return
            self._responses[key] = response
            self._held_bytes += len(response.body)
            while self._held_bytes > self._limit_bytes and len(self._responses) > 1:
                _, dropped = self._responses.popitem(last=False)
                self._held_bytes -= len(dropped.body)
