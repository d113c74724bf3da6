"""The records of one object: a JSON Lines file mapped into memory, and what was changed since."""

from __future__ import annotations

import mmap
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import orjson

from include.sandbox.columns import Column, Kind, build_column

Record = dict[str, Any]
Answer = TypeVar("Answer")

# Answers to questions about the whole table that are worth keeping until it changes.
_KEPT_ANSWERS = 16


class RecordTable:
    """Records by position and by key.

    A million records stay in the file; only offsets are held. Changed records live in an overlay,
    new ones get positions after the file's, removed ones keep their position but are not listed.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self.revision = 0
        self._lock = threading.RLock()
        self._loaded = False
        self._mapped: mmap.mmap | bytes = b""
        self._offsets: array[int] = array("Q", [0])
        self._changed: dict[int, bytes] = {}
        self._removed: set[int] = set()
        self._count = 0
        self._positions_by_key: dict[str, int] | None = None
        self._live: np.ndarray | None = None
        self._columns: dict[str, Column] = {}
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()

    def record(self, position: int) -> Record:
        """The record at a position, removed or not."""
        self._load()
        changed = self._changed.get(position)
        if changed is not None:
            return orjson.loads(changed)
        return orjson.loads(self._mapped[self._offsets[position] : self._offsets[position + 1]])

    def positions(self) -> np.ndarray:
        """Positions of every record that is there, ascending."""
        with self._lock:
            self._load()
            if self._live is None:
                self._live = np.array(
                    [p for p in range(self._count) if p not in self._removed]
                    if self._removed
                    else np.arange(self._count),
                    dtype=np.int64,
                )
            return self._live

    def records(self) -> Iterator[Record]:
        """Every record that is there."""
        for position in self.positions():
            yield self.record(int(position))

    def position(self, key: str) -> int | None:
        """Where the record with this key stands, None where there is none."""
        with self._lock:
            position = self._keys().get(key)
            return None if position is None or position in self._removed else position

    def sample(self, size: int) -> Iterator[Record]:
        """Records spread evenly over the table, and every changed one."""
        with self._lock:
            positions = self.positions()
            changed = [p for p in self._changed if p not in self._removed]
        step = max(1, len(positions) // size)
        for position in [*positions[::step], *changed]:
            yield self.record(int(position))

    def columns(
        self, kinds: Mapping[str, Kind], read: Callable[[Record, str], Any]
    ) -> dict[str, Column]:
        """Comparable columns of some fields by position, read from the file once per change."""
        with self._lock:
            self._load()
            missing = [name for name in kinds if name not in self._columns]
            found: dict[str, list[Any]] = {name: [] for name in missing}
            if missing:
                for position in range(self._count):
                    record = self.record(position)
                    for name, values in found.items():
                        values.append(read(record, name))
            for name, values in found.items():
                self._columns[name] = build_column(values, kinds[name])
            return {name: self._columns[name] for name in kinds}

    def remember(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer to a question about the table, worked out again only after a change."""
        with self._lock:
            if question not in self._answers:
                self._answers[question] = answer()
                if len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            self._answers.move_to_end(question)
            return self._answers[question]

    def upsert(self, record: Record) -> None:
        """Put a record in, in place of the one with its key."""
        with self._lock:
            keys = self._keys()
            key = str(record[self.key])
            position = keys.get(key)
            if position is None:
                position = keys[key] = self._count
                self._count += 1
            self._changed[position] = orjson.dumps(record)
            self._removed.discard(position)
            self.forget()

    def remove(self, key: str) -> Record:
        """Take a record out for good, and return it.

        Raises:
            KeyError: there is none with this key.
        """
        with self._lock:
            position = self.position(key)
            if position is None:
                raise KeyError(f"{self.path.stem} has no record {key}")
            record = self.record(position)
            self._removed.add(position)
            self.forget()
            return record

    def twin(self) -> RecordTable:
        """A table with the same records, changed apart from this one; the file is shared."""
        with self._lock:
            self._load()
            twin = RecordTable(self.path, self.key)
            twin._mapped, twin._offsets = self._mapped, self._offsets
            twin._changed, twin._removed = dict(self._changed), set(self._removed)
            twin._count, twin._loaded = self._count, True
            return twin

    def forget(self) -> None:
        """Drop what was derived from the records, after a change."""
        with self._lock:
            self.revision += 1
            self._live = None
            self._columns.clear()
            self._answers.clear()

    def _keys(self) -> dict[str, int]:
        self._load()
        if self._positions_by_key is None:
            self._positions_by_key = {
                str(self.record(position)[self.key]): position for position in range(self._count)
            }
        return self._positions_by_key

    def _load(self) -> None:
        """Map the file and find its lines; a missing or empty file is a table without records."""
        if self._loaded:
            return
        with self._lock:
            if self._loaded:
                return
            if self.path.exists() and self.path.stat().st_size:
                with self.path.open("rb") as stream:
                    offset = 0
                    for line in stream:
                        offset += len(line)
                        if line.strip():
                            self._offsets.append(offset)
                        else:
                            self._offsets[-1] = offset
                    self._mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            self._count = len(self._offsets) - 1
            self._loaded = True
