"""A reading's query in parts: what a server gives up on as a whole it hands out piece by piece."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from include.core.window import Window
from include.tables.source_object import SourceObject

# Salesforce's first year. A first half has no lower bound, so records dated back are read too.
_FIRST_RECORDS = datetime(1999, 1, 1, tzinfo=UTC)
# One thirty-second of the window; more halving does not help where a bulk update gave thousands of
# records one stamp.
_MOST_HALVINGS = 5
_RECORDS_PER_KEYSET = 250_000
_FEWEST_RECORDS_PER_KEYSET = 2_500
_KEYSET_DIVISOR = 10


@dataclass(frozen=True)
class Part:
    """Records whose cursor is from `start` to before `end`; None is no bound.

    With `is_open` the end is only where halving takes the records to end, and later ones belong to
    the part too. With `limit` it is only so many of them, in the order of their keys, after the key
    `after`. `halvings` says how often the window was halved to come to this part.
    """

    start: datetime | None
    end: datetime | None
    is_open: bool = False
    halvings: int = 0
    after: str | None = None
    limit: int | None = None

    def soql(self, source: SourceObject, names: Sequence[str]) -> str:
        """The query for the part, the deleted records left to queryAll."""
        conditions = []
        if self.start:
            conditions.append(f"{source.cursor} >= {soql_instant(self.start)}")
        if self.end and not self.is_open:
            conditions.append(f"{source.cursor} < {soql_instant(self.end)}")
        if self.after is not None:
            conditions.append(f"{source.key} > '{self.after}'")
        query = f"SELECT {', '.join(names)} FROM {source.name}"  # noqa: S608
        if conditions:
            query += f" WHERE {' AND '.join(conditions)}"
        return query if self.limit is None else f"{query} ORDER BY {source.key} LIMIT {self.limit}"

    def narrowed(self) -> tuple[Part, ...]:
        """Smaller parts that together are this one; none when it is as narrow as can be.

        By time first, which the server does best, the earlier half first: a record that changes
        meanwhile moves to a part still to be read. Then by key, where each part is read to its end
        before the next is known (`following`).
        """
        if self.limit is not None:
            limit = self.limit // _KEYSET_DIVISOR
            return (replace(self, limit=limit),) if limit >= _FEWEST_RECORDS_PER_KEYSET else ()
        if self.end and self.halvings < _MOST_HALVINGS:
            start = self.start or _FIRST_RECORDS
            middle = (start + (self.end - start) / 2).replace(microsecond=0)
            if start < middle < self.end:
                half = replace(self, halvings=self.halvings + 1)
                return replace(half, end=middle, is_open=False), replace(half, start=middle)
        return (replace(self, limit=_RECORDS_PER_KEYSET),)

    def following(self, last_key: str | None) -> tuple[Part, ...]:
        """The part after this one in the order of keys; none after an empty one, or without limit."""
        if self.limit is None or last_key is None:
            return ()
        return (replace(self, after=last_key),)

    def to_json(self) -> list[Any]:
        """What `from_json` reads."""
        bounds = [bound and bound.isoformat() for bound in (self.start, self.end)]
        return [*bounds, self.is_open, self.halvings, self.after, self.limit]

    @classmethod
    def from_json(cls, values: Sequence[Any]) -> Part:
        """Read what `to_json` wrote."""
        start, end = (bound and datetime.fromisoformat(bound) for bound in values[:2])
        return cls(start, end, *values[2:])


def whole(source: SourceObject, window: Window, mode: str) -> Part:
    """All that a reading is about: for a delta what changed in the window, for a snapshot everything.

    A snapshot has no end: a record that changed after the window's would be missing from it, and
    what a snapshot lacks counts as deleted.
    """
    if mode == "delta":
        return Part(window.start, window.end)
    return Part(None, window.end if source.cursor else None, is_open=True)


def soql_instant(instant: datetime) -> str:
    """A SOQL literal, in whole seconds: cutting both bounds alike leaves no gap between windows."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
