"""Trouble on demand: the next requests that match get another answer, a late one or half of one."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from include.sandbox.messages import Request, Response
from include.sandbox.salesforce_answers import SALESFORCE_ANSWERS


@dataclass
class Fault:
    """What happens to the next `times` requests whose method and address match.

    `address` is a regular expression searched for in the path with its query. With a `status`, or
    an `answer` that names a known one (`salesforce_answers`), the service is not asked at all;
    without one its own answer gets the `headers`, is delayed or cut. `cut_after_bytes` promises the whole body, sends
    so much of it and closes the connection; `shorten_to_bytes` sends so much as if it were all.
    `actions` are done just before the request is answered, in the form of a scenario:
    `{"action": "revoke_tokens"}`. `skip` lets so many matching requests through first.

    Raises:
        KeyError: no answer has this name.
    """

    address: str
    method: str | None = None
    times: int = 1
    skip: int = 0
    answer: str | None = None
    status: int | None = None
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    cut_after_bytes: int | None = None
    shorten_to_bytes: int | None = None
    actions: Sequence[Mapping[str, Any]] = ()

    def __post_init__(self) -> None:
        """Look the named answer up."""
        if self.answer is not None:
            self.status, self.body = SALESFORCE_ANSWERS[self.answer]

    def matches(self, request: Request) -> bool:
        """The request is one of those meant."""
        return (self.method is None or self.method.upper() == request.method) and (
            re.search(self.address, request.target) is not None
        )

    def response(self) -> Response | None:
        """The answer given instead of the service's own, None to let the service answer."""
        if self.status is None:
            return None
        is_text = isinstance(self.body, str)
        content = self.body.encode() if is_text else orjson.dumps(self.body)
        content_type = "text/html" if is_text else "application/json;charset=UTF-8"
        return Response(self.status, content, content_type, dict(self.headers))


class Faults:
    """Faults waiting for their requests, the oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def inject(self, fault: Fault) -> None:
        """Add a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Take back what has not happened yet."""
        with self._lock:
            self._waiting.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault this request meets, counted down."""
        with self._lock:
            for fault in self._waiting:
                if not fault.matches(request):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
