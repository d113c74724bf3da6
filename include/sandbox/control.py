"""What a test may do to the sandbox while it is served, from Python or over HTTP."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from include.sandbox.faults import Fault, Faults
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.store import Store

# The log forgets the oldest requests beyond so many.
_LOGGED_REQUESTS = 100_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request that was answered; `target` is its path with its query."""

    method: str
    target: str
    status: int


class Control:
    """Request log, faults, limits, permissions and changes to the records.

    Over HTTP each method is `POST /control/<name>` with its arguments as a JSON object;
    `GET /control/requests` gives the log.
    """

    def __init__(
        self, store: Store, faults: Faults, limits: RateLimits, revoke: Callable[[], None]
    ) -> None:
        self._store = store
        self._faults = faults
        self._limits = limits
        self._revoke = revoke
        self._log: deque[LoggedRequest] = deque(maxlen=_LOGGED_REQUESTS)
        self._lock = threading.Lock()
        self._actions: dict[str, Callable[..., Any]] = {
            "inject": lambda **fault: self.inject(Fault(**fault)),
            "clear_faults": self.clear_faults,
            "clear_requests": self.clear_requests,
            "revoke_tokens": self.revoke_tokens,
            "limit": self.limit,
            "hide": lambda crm, name, fields=(): self.hide(crm, name, *fields),
            "show_everything": self.show_everything,
            "upsert": self.upsert,
            "delete": self.delete,
            "hard_delete": self.hard_delete,
            "merge": self.merge,
            "associate": self.associate,
            "dissociate": self.dissociate,
        }

    @property
    def requests(self) -> list[LoggedRequest]:
        """Requests that were answered, the oldest first; those to /control are not logged."""
        with self._lock:
            return list(self._log)

    def log(self, request: Request, status: int) -> None:
        """Note an answered request."""
        with self._lock:
            self._log.append(LoggedRequest(request.method, request.target, status))

    def clear_requests(self) -> None:
        """Empty the log."""
        with self._lock:
            self._log.clear()

    def inject(self, fault: Fault) -> None:
        """Let a fault happen to the next requests it matches."""
        self._faults.inject(fault)

    def clear_faults(self) -> None:
        """Take back faults that have not happened yet."""
        self._faults.clear()

    def revoke_tokens(self) -> None:
        """End every Salesforce session and every HubSpot token OAuth handed out."""
        self._revoke()

    def limit(self, **limits: Any) -> None:
        """Enforce rate limits, with other numbers than HubSpot's own where given."""
        self._limits.set(**limits)

    def hide(self, crm: str, name: str, *fields: str) -> None:
        """Take the right to read an object, or only some of its fields, away."""
        self._store.permissions.hide(crm, name, *fields)

    def show_everything(self) -> None:
        """Give every right to read back."""
        self._store.permissions.show_everything()

    def upsert(self, crm: str, name: str, record: dict[str, Any]) -> None:
        """Put a record in; fields that are not given keep their values. Stamps are the caller's."""
        self._store.upsert(crm, name, record)

    def delete(self, crm: str, name: str, key: str, at: str) -> None:
        """Put a record into Salesforce's recycle bin or HubSpot's archive."""
        self._store.delete(crm, name, key, at)

    def hard_delete(self, crm: str, name: str, key: str, at: str) -> None:
        """Remove a record for good."""
        self._store.hard_delete(crm, name, key, at)

    def merge(self, crm: str, name: str, winner: str, loser: str, at: str) -> None:
        """Merge the loser into the winner."""
        self._store.merge(crm, name, winner, loser, at)

    def associate(
        self,
        from_type: str,
        from_id: int,
        to_type: str,
        to_id: int,
        type_id: int,
        label: str | None = None,
    ) -> None:
        """Link two HubSpot records."""
        self._store.links.add(from_type, from_id, to_type, to_id, type_id, label)

    def dissociate(self, from_type: str, from_id: int, to_type: str, to_id: int) -> None:
        """Take every link between two HubSpot records away."""
        self._store.links.remove(from_type, from_id, to_type, to_id)

    def answer(self, request: Request) -> Response:
        """Answer a request below /control."""
        name = request.path.removeprefix("/control/")
        if name == "requests" and request.method == "GET":
            return json_response([asdict(entry) for entry in self.requests])
        action = self._actions.get(name)
        if action is None or request.method != "POST":
            return json_response({"error": f"no such control: {', '.join(self._actions)}"}, 404)
        try:
            action(**request.json())
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
        return json_response({"done": name})
