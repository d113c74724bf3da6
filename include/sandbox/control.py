"""What a test may do to the sandbox while it is served, from Python or over HTTP."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from include.sandbox.faults import Fault, Faults
from include.sandbox.messages import Request, Response, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.salesforce_rows import filled
from include.sandbox.store import Store
from include.sandbox.table import Record
from include.sandbox.trouble import Trouble

# The log forgets the oldest requests beyond so many.
_LOGGED_REQUESTS = 100_000


@dataclass(frozen=True)
class LoggedRequest:
    """One request that was answered; `target` is its path with its query."""

    method: str
    target: str
    status: int


class Control:
    """Request log, faults, limits, permissions, time, and changes to the records.

    Over HTTP each method is `POST /control/<name>` with its arguments as a JSON object;
    `GET /control/requests` gives the log.
    """

    def __init__(
        self,
        store: Store,
        faults: Faults,
        limits: RateLimits,
        trouble: Mapping[str, Trouble],
        revoke: Callable[[], None],
        lose: Mapping[str, Callable[[], None]],
    ) -> None:
        self._store = store
        self._faults = faults
        self._limits = limits
        self._trouble = trouble
        self._revoke = revoke
        self._lose = lose
        self._log: deque[LoggedRequest] = deque(maxlen=_LOGGED_REQUESTS)
        self._lock = threading.Lock()
        self._actions: dict[str, Callable[..., Any]] = {
            "advance": self.advance,
            "set_time": self.set_time,
            "index_lag": self.index_lag,
            "trouble": self.trouble,
            "clear_trouble": self.clear_trouble,
            "content": self.content,
            "inject": lambda **fault: self.inject(Fault(**fault)),
            "clear_faults": self.clear_faults,
            "clear_requests": self.clear_requests,
            "revoke_tokens": self.revoke_tokens,
            "lose": self.lose,
            "limit": self.limit,
            "hide": lambda crm, name, fields=(): self.hide(crm, name, *fields),
            "show_everything": self.show_everything,
            "declare_field": self.declare_field,
            "empty_recycle_bin": self.empty_recycle_bin,
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

    def lose(self, what: str) -> None:
        """Let Salesforce forget what clients rely on.

        `cursors` of REST queries, `bulk_locators` (positions in results), or `bulk_jobs`.
        """
        self._lose[what]()

    def limit(self, **limits: Any) -> None:
        """Enforce rate limits, with other numbers than HubSpot's own where given."""
        self._limits.set(**limits)

    def hide(self, crm: str, name: str, *fields: str) -> None:
        """Take the right to read an object, or only some of its fields, away."""
        self._store.permissions.hide(crm, name, *fields)

    def show_everything(self) -> None:
        """Give every right to read back."""
        self._store.permissions.show_everything()

    def advance(self, seconds: float) -> None:
        """Let the services' clock go on."""
        self._store.clock.advance(seconds)

    def set_time(self, at: str) -> None:
        """Let the services' clock stand still at an instant, ISO 8601; without a zone it is UTC."""
        instant = datetime.fromisoformat(at)
        self._store.clock.set(instant if instant.tzinfo else instant.replace(tzinfo=UTC))

    def index_lag(self, seconds: float) -> None:
        """Let HubSpot's search find writes from now on only so long after they are made."""
        self._store.index_lag_seconds = seconds

    def trouble(self, crm: str, **settings: Any) -> None:
        """Change how a service behaves: the fields of SalesforceTrouble or HubSpotTrouble."""
        self._trouble[crm].set(**settings)

    def clear_trouble(self) -> None:
        """Let both services behave well again; HubSpot's index lag stays."""
        for trouble in self._trouble.values():
            trouble.clear()

    def content(self, crm: str, name: str) -> list[Record]:
        """The truth to compare a warehouse with: every record of an object visible now.

        In the form of the data files; deleted and archived records too, purged ones not, whatever
        the credentials may see. Salesforce's records have IsDeleted and LastModifiedDate always.
        """
        records = self._store.records(crm, name)
        return [filled(record) if crm == "salesforce" else record for record in records]

    def declare_field(
        self, name: str, field: str, field_type: str, calculated: bool = False
    ) -> None:
        """Let describe show a Salesforce field with this type, such as a new one, double or base64.

        An upsert that names only a calculated field changes it as a formula does: no stamp moves.
        """
        self._store.declare_field(name, field, field_type, calculated)

    def empty_recycle_bin(self, older_than_days: float = 15) -> None:
        """Purge what Salesforce's recycle bin has held for so long; 0 empties it."""
        self._store.empty_recycle_bin(older_than_days)

    def upsert(
        self, crm: str, name: str, record: dict[str, Any], visible_at: str | None = None
    ) -> None:
        """Put a record in; fields that are not given keep their values. Stamps are the caller's.

        `visible_at`, here and below, is the instant from which the service shows the write: any
        reading in Salesforce, a search in HubSpot (its lists and batch reads show it at once).
        """
        self._store.upsert(crm, name, record, visible_at)

    def delete(self, crm: str, name: str, key: str, at: str, visible_at: str | None = None) -> None:
        """Put a record into Salesforce's recycle bin or HubSpot's archive."""
        self._store.delete(crm, name, key, at, visible_at)

    def hard_delete(
        self, crm: str, name: str, key: str, at: str, visible_at: str | None = None
    ) -> None:
        """Remove a record for good."""
        self._store.hard_delete(crm, name, key, at, visible_at)

    def merge(
        self,
        crm: str,
        name: str,
        winner: str,
        loser: str,
        at: str,
        visible_at: str | None = None,
        new_id: str | None = None,
    ) -> None:
        """Merge the loser into the winner, in HubSpot into a new record where its id is given."""
        self._store.merge(crm, name, winner, loser, at, visible_at, new_id)

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
        if name not in self._actions or request.method != "POST":
            return json_response({"error": f"no such control: {', '.join(self._actions)}"}, 404)
        try:
            answer = self.perform({"action": name, **request.json()})
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
        return json_response({"done": name} if answer is None else answer)

    def perform(self, action: Mapping[str, Any]) -> Any:
        """Do an action of a scenario or a fault: `{"action": "revoke_tokens"}` with its arguments.

        Raises:
            KeyError: there is no such action.
            AttributeError, KeyError, TypeError, ValueError: its arguments are wrong.
        """
        arguments = dict(action)
        return self._actions[arguments.pop("action")](**arguments)
