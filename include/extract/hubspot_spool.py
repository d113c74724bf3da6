"""Chunks of records on their way into files, each with where reading goes on after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from include.core.errors import QuotaError, RetryableError, StopError
from include.core.reading import Checkpoint, Page, Reading
from include.extract.hubspot_client import HubSpotClient

RECORDS_PER_PAGE = 50_000

# How far a reader has come: what it counts, and the id or the mark it goes on after. JSON.
Progress = dict[str, Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Chunk:
    """The records of one answer or a few, one a line, and the progress made with them.

    `progress` is None where a reader cannot go on in the middle.
    """

    lines: bytes
    record_count: int
    progress: Progress | None


def chunk(records: Iterable[Record], progress: Progress | None = None) -> Chunk:
    """Records as a chunk."""
    lines = [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records]
    return Chunk(b"".join(lines), len(lines), progress)


@dataclass
class _File:
    """The file being written, which appears with its first chunk."""

    folder: Path
    number: int = 0
    record_count: int = 0
    progress: Progress | None = None
    stream: BinaryIO | None = field(default=None, repr=False)

    def add(self, piece: Chunk) -> None:
        """Write a chunk."""
        if self.stream is None and piece.record_count:
            self.number += 1
            self.stream = self.path.open("wb")
        if self.stream is not None:
            self.stream.write(piece.lines)
            self.record_count += piece.record_count
        self.progress = piece.progress

    @property
    def path(self) -> Path:
        return self.folder / f"part-{self.number:05}.jsonl"

    def close(self) -> None:
        """Finish the file."""
        if self.stream is not None:
            self.stream.close()
        self.stream, self.record_count = None, 0


def pages(
    client: HubSpotClient,
    begin: Callable[[Progress], Iterator[Chunk]],
    reading: Reading,
    spool: Path,
    resume: Checkpoint | None,
    first_request: int,
) -> Iterator[Page]:
    """Files of 50,000 records, and up to one chunk more; counts the reading's requests.

    When the quota or the service's patience ends, what came before is handed on first.
    """
    spool.mkdir(parents=True, exist_ok=True)
    file = _File(spool)

    def finished() -> Iterator[Page]:
        path, count, progress = file.path, file.record_count, file.progress
        file.close()
        earlier_count = resume["request_count"] if resume and reading.is_resumed else 0
        reading.request_count = earlier_count + client.request_count - first_request
        reading.quota = client.quota
        if count:
            yield Page(path, "jsonl", count, _checkpoint(reading, progress))

    try:
        for piece in _chunks(begin, reading, resume):
            # Where nothing had to be asked before: the first records are here within seconds.
            reading.served_at = reading.served_at or client.answered_at
            file.add(piece)
            if file.record_count >= RECORDS_PER_PAGE:
                yield from finished()
        yield from finished()
    except (QuotaError, RetryableError):
        yield from finished()
        raise
    finally:
        file.close()


def fitting(reading: Reading, resume: Checkpoint | None) -> Checkpoint | None:
    """The checkpoint, if it is one of the very same question."""
    if resume and (resume.get("api"), resume.get("query")) == (reading.api, reading.query):
        return resume
    return None


def _checkpoint(reading: Reading, progress: Progress | None) -> Checkpoint | None:
    """What a later reading of the same question needs to go on."""
    if progress is None:
        return None
    return {
        "api": reading.api,
        "query": reading.query,
        "request_count": reading.request_count,
        "progress": progress,
    }


def _chunks(
    begin: Callable[[Progress], Iterator[Chunk]], reading: Reading, resume: Checkpoint | None
) -> Iterator[Chunk]:
    """The chunks of a reading that goes on after a checkpoint, or begins anew where that fails."""
    if resume is None:
        yield from begin({})
        return
    going_on = begin(resume["progress"])
    reading.is_resumed = True
    try:
        first = next(going_on, None)
    except StopError as error:
        # What HubSpot finds wrong with the request itself is its mark of the page.
        if type(error) is not StopError:
            raise
        reading.is_resumed = False
        yield from begin({})
        return
    if first is not None:
        yield first
        yield from going_on
