"""Associations between HubSpot records, as sorted arrays: millions of them fit in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

# HubSpot's own association types and the types of the same links seen from the other end.
REVERSED_TYPE_IDS = {
    3: 4,
    5: 6,
    341: 342,
    19: 20,
    16: 15,
    26: 25,
    339: 340,
    1: 2,
    279: 280,
}


@dataclass(frozen=True)
class Link:
    """One association type between two records."""

    to_id: int
    type_id: int
    label: str | None


class Links:
    """Links by the pair of object types they join, each sorted by the record they start from."""

    def __init__(self) -> None:
        self.revision = 0
        self._labels: list[str | None] = [None]
        self._pending: dict[tuple[str, str], list[tuple[int, int, int, int]]] = defaultdict(list)
        self._sorted: dict[tuple[str, str], np.ndarray] = {}
        self._lock = threading.RLock()

    @classmethod
    def read(cls, path: Path) -> Links:
        """The links of an associations file, none where it is missing."""
        links = cls()
        if path.exists():
            with path.open("rb") as stream:
                for line in stream:
                    if line.strip():
                        row = orjson.loads(line)
                        links.add(
                            row["from_type"],
                            int(row["from_id"]),
                            row["to_type"],
                            int(row["to_id"]),
                            int(row["type_id"]),
                            row.get("label"),
                        )
        return links

    def add(
        self,
        from_type: str,
        from_id: int,
        to_type: str,
        to_id: int,
        type_id: int,
        label: str | None = None,
    ) -> None:
        """Add a link; it is seen from its other end as well where HubSpot has a type for that."""
        with self._lock:
            if label not in self._labels:
                self._labels.append(label)
            code = self._labels.index(label)
            self._pending[from_type, to_type].append((from_id, to_id, type_id, code))
            if type_id in REVERSED_TYPE_IDS:
                back = (to_id, from_id, REVERSED_TYPE_IDS[type_id], code)
                self._pending[to_type, from_type].append(back)
            self.revision += 1

    def remove(self, from_type: str, from_id: int, to_type: str, to_id: int) -> None:
        """Take every link between two records away, in both directions."""
        with self._lock:
            for pair, start, end in (
                ((from_type, to_type), from_id, to_id),
                ((to_type, from_type), to_id, from_id),
            ):
                rows = self._rows(pair)
                self._sorted[pair] = rows[~((rows[:, 0] == start) & (rows[:, 1] == end))]
            self.revision += 1

    def drop(self, name: str, key: int) -> None:
        """Take every link of a record away, in both directions."""
        with self._lock:
            for pair in self._pairs():
                rows = self._rows(pair)
                for side in (0, 1):
                    if pair[side] == name:
                        rows = rows[rows[:, side] != key]
                self._sorted[pair] = rows
            self.revision += 1

    def move(self, name: str, key: int, to_key: int) -> None:
        """Give every link of a record to another one, in both directions; doubles go."""
        with self._lock:
            for pair in self._pairs():
                rows = self._rows(pair).copy()
                for side in (0, 1):
                    if pair[side] == name:
                        rows[rows[:, side] == key, side] = to_key
                if pair[0] == pair[1]:
                    rows = rows[rows[:, 0] != rows[:, 1]]
                self._sorted[pair] = _sorted_without_doubles(rows)
            self.revision += 1

    def records(self) -> Iterator[dict[str, Any]]:
        """Every link in the form of the data file, from both of its ends."""
        with self._lock:
            pairs = {pair: self._rows(pair) for pair in self._pairs()}
        for (from_type, to_type), rows in pairs.items():
            for from_id, to_id, type_id, code in rows.tolist():
                yield {
                    "from_type": from_type,
                    "from_id": str(from_id),
                    "to_type": to_type,
                    "to_id": str(to_id),
                    "type_id": type_id,
                    "label": self._labels[code],
                }

    def of(self, from_type: str, to_type: str, from_ids: Iterable[int]) -> dict[int, list[Link]]:
        """Links that start from some records, by record, in the order of the ids they lead to."""
        with self._lock:
            rows = self._rows((from_type, to_type))
        wanted = np.fromiter(from_ids, dtype=np.int64)
        starts = np.searchsorted(rows[:, 0], wanted, side="left")
        ends = np.searchsorted(rows[:, 0], wanted, side="right")
        return {
            int(from_id): [
                Link(to_id, type_id, self._labels[code])
                for _, to_id, type_id, code in rows[start:end].tolist()
            ]
            for from_id, start, end in zip(wanted, starts, ends, strict=True)
        }

    def _rows(self, pair: tuple[str, str]) -> np.ndarray:
        """Links of a pair of types, (from, to, type, label code), sorted and without doubles."""
        pending = self._pending.pop(pair, None)
        if pending:
            known = self._sorted.get(pair, np.empty((0, 4), dtype=np.int64))
            rows = np.concatenate([known, np.array(pending, dtype=np.int64)])
            self._sorted[pair] = _sorted_without_doubles(rows)
        return self._sorted.get(pair, np.empty((0, 4), dtype=np.int64))

    def _pairs(self) -> list[tuple[str, str]]:
        return list({**self._sorted, **self._pending})


def _sorted_without_doubles(rows: np.ndarray) -> np.ndarray:
    """Links by the record they start from; of those that differ in their label only, the first."""
    rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    is_new = np.ones(len(rows), dtype=bool)
    is_new[1:] = (rows[1:, :3] != rows[:-1, :3]).any(axis=1)
    return rows[is_new]
