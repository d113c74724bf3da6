"""A server that gives prepared answers in HubSpot's place, and a client of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import sqlalchemy as sa

from include.core.errors import PipelineError
from include.core.settings_sources import Source
from include.extract.hubspot_client import HubSpotClient, HubSpotCredentials
from include.extract.limiter import Limiter

TOKEN = "pat-na1-0000-secret"
RESULTS = {"results": [{"id": "1"}]}


@dataclass
class Said:
    """One prepared answer; `cut` sends only so many bytes of the body it announced."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Server(ThreadingHTTPServer):
    """Gives the prepared answers one after the other and keeps the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Said] = []
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Takes GET and POST."""

    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        said = self.server.answers.pop(0)
        self.send_response(said.status)
        for name, value in said.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(said.content)))
        self.end_headers()
        self.wfile.write(said.content[: said.cut])
        self.close_connection = said.cut is not None

    do_GET = do_POST = answer  # noqa: N815 - names the base class looks for

    def log_message(self, *arguments: Any) -> None:
        """Be quiet."""


class Sleeps(list[float]):
    """Seconds asked for; nobody sleeps."""

    def __call__(self, seconds: float) -> None:
        self.append(round(seconds, 1))


def client_of(server: Server, source: Source, limits: sa.Engine, sleeps: Sleeps) -> HubSpotClient:
    """A client of the server that never really waits."""
    limiter = Limiter(limits, sleep=sleeps)
    return HubSpotClient(HubSpotCredentials(TOKEN, server.url), source, limiter, sleep=sleeps)


def refusal(status: int, **body: Any) -> Said:
    return Said(status, {"status": "error", "correlationId": "c", **body})


def assert_tells_no_secret(error: PipelineError) -> None:
    assert TOKEN not in str(error)
    assert TOKEN not in repr(error)


def quota(remaining: int) -> Said:
    numbers = {
        "X-HubSpot-RateLimit-Daily": "1000",
        "X-HubSpot-RateLimit-Daily-Remaining": str(remaining),
    }
    return Said(200, RESULTS, numbers)
