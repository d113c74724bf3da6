"""Associations between HubSpot records, as sorted arrays: millions of them fit in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
            rows = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
            is_new = np.ones(len(rows), dtype=bool)
            is_new[1:] = (rows[1:, :3] != rows[:-1, :3]).any(axis=1)
            self._sorted[pair] = rows[is_new]
        return self._sorted.get(pair, np.empty((0, 4), dtype=np.int64))
