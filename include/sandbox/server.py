"""A local Salesforce and a local HubSpot behind one address.

    with Sandbox(folder) as sandbox:
        sandbox.url  # http://127.0.0.1:PORT, instance and login host of both services

The unmodified Python and JavaScript clients of both services work against it. simple-salesforce
insists on https and *.salesforce.com: mount an adapter that rewrites scheme and host.
"""

from __future__ import annotations

import argparse
import gzip
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

from include.sandbox import hubspot
from include.sandbox.account import read_account
from include.sandbox.clock import Clock, wall_clock
from include.sandbox.control import Control
from include.sandbox.faults import Fault, Faults
from include.sandbox.hubspot import HubSpotService
from include.sandbox.hubspot_trouble import HubSpotTrouble
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.salesforce_rest import SalesforceService
from include.sandbox.salesforce_trouble import SalesforceTrouble
from include.sandbox.scenario import read_scenario, scenario_of
from include.sandbox.store import Store
from include.sandbox.table import Record


class Sandbox:
    """Both services over the records of a data folder, on a port of this machine, in threads.

    `credentials` override those of the folder's account.json, by the names of `Account`. `clock`
    is what the services take for now until `control` sets another time: how far back Salesforce
    knows deletions, when a token was issued. `control` changes what they hold and how they behave;
    `scenario`, or a scenario.yaml in the folder, does so at the start.
    """

    def __init__(
        self,
        folder: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        clock: Callable[[], datetime] = wall_clock,
        scenario: Path | None = None,
        **credentials: str,
    ) -> None:
        self.account = read_account(folder, **credentials)
        self.faults = Faults()
        self.clock = Clock(clock)
        self.limits = RateLimits(self.clock, self.account.hubspot_details["timeZone"])
        self._store = Store(folder, self.clock)
        salesforce, hubspot_ = SalesforceTrouble(), HubSpotTrouble()
        self.salesforce = SalesforceService(self._store, self.account, self.limits, salesforce)
        self.hubspot = HubSpotService(self._store, self.account, self.limits, hubspot_)
        self.control = Control(
            self._store,
            self.faults,
            self.limits,
            {"salesforce": salesforce, "hubspot": hubspot_},
            self._revoke_tokens,
            {
                "cursors": self.salesforce.cursors.drop_all,
                "bulk_locators": self.salesforce.bulk.drop_locators,
                "bulk_jobs": self.salesforce.bulk.drop_all,
            },
        )
        scenario = scenario or scenario_of(folder)
        for action in read_scenario(scenario) if scenario else ():
            self.control.perform(action)
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Sandbox:
        """Start serving."""
        # Stopping waits until it looks whether it shall: tests start a thousand of these.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._server.serve_forever()

    def records(self, crm: str, name: str) -> Iterator[Record]:
        """The truth: every record of an object, deleted and archived ones too."""
        return self._store.records(crm, name)

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Answer a request, with the trouble it was given."""
        for action in fault.actions if fault else ():
            self.control.perform(action)
        self._store.settle()
        instead = fault.response() if fault else None
        if request.path.startswith(("/services/", "/id/")):
            return self.salesforce.answer(request, instead)
        if instead is not None:
            return instead
        if request.path.startswith(hubspot.PREFIXES):
            return self.hubspot.answer(request)
        return json_response({"error": "the sandbox has nothing at this address"}, 404)

    def _revoke_tokens(self) -> None:
        self.salesforce.sessions.revoke_all()
        self.hubspot.revoke_all()


class _Server(ThreadingHTTPServer):
    """A server that knows its sandbox and lets many clients connect at once."""

    sandbox: Sandbox
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    """Turns sockets into requests and answers into bytes."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 64 << 10

    def serve(self) -> None:
        """Answer one request, with the trouble it was given."""
        sandbox = self.server.sandbox
        request = Request(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self._read_body(),
            sandbox.url,
        )
        if request.path.startswith("/control/"):
            self._send(request, sandbox.control.answer(request), None)
            return
        fault = sandbox.faults.take(request)
        if fault is not None and fault.delay_seconds:
            time.sleep(fault.delay_seconds)
        try:
            response = sandbox.answer(request, fault)
        except Exception:
            # A defect of the sandbox must be seen by the test that meets it, not hang up on it.
            response = Response(500, traceback.format_exc().encode(), "text/plain")
        sandbox.control.log(request, response.status)
        self._send(request, response, fault)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = serve  # noqa: N815 - names of the base class

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Print nothing: the control's log is the record of requests."""

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b"".join(self._read_chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _read_chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _send(self, request: Request, response: Response, fault: Fault | None) -> None:
        if fault is not None and fault.shorten_to_bytes is not None:
            response.shorten(fault.shorten_to_bytes)
        if request.accepts_gzip:
            response.compress()
        body, headers = response.body, response.headers
        if fault is not None:
            headers.update(fault.headers)
        if response.is_compressed:
            headers["Content-Encoding"] = "gzip"
        if response.status != 204:
            headers.setdefault("Content-Type", response.content_type)
            headers["Content-Length"] = str(len(body))
        lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if fault is not None and fault.cut_after_bytes is not None:
            body = body[: fault.cut_after_bytes]
            self.close_connection = True
        try:
            self.wfile.write(head + body if len(body) < 1 << 16 else head)
            if len(body) >= 1 << 16:
                self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            # The client has gone; nobody is left to tell.
            self.close_connection = True


def _reason(status: int) -> str:
    return BaseHTTPRequestHandler.responses.get(status, ("Unknown", ""))[0]


def main() -> None:
    """Serve a data folder until interrupted; the address is printed first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="data folder to serve")
    parser.add_argument("--host", default="127.0.0.1", help="0.0.0.0 in a container")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--scenario", type=Path, help="actions at the start; default: the folder's scenario.yaml"
    )
    options = parser.parse_args()
    sandbox = Sandbox(options.folder, options.port, options.host, scenario=options.scenario)
    print(sandbox.url, flush=True)
    try:
        sandbox.serve_forever()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
