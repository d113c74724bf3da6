"""CSV of the Bulk API: its header, how many records it holds, and the last one's key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

_CHUNK_BYTES = 1 << 20
_QUOTE, _LINE_BREAK = ord('"'), ord("\n")
# Bytes an id may begin with.
_IS_ID = np.zeros(256, dtype=bool)
_IS_ID[[*b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"]] = True


def write_page(chunks: Iterable[bytes], path: Path, header: bytes) -> tuple[bytes, int]:
    """Write one page of a result to a file; its header line, and its records as they went by.

    `header` is that of the first page, empty for the first page itself. Salesforce sends it with
    every page; a page without it gets it, so that every file can be read by itself.
    """
    counter = _RecordCounter()
    with path.open("wb") as stream:
        buffered = b""
        pieces = iter(chunks)
        for piece in pieces:
            buffered += piece
            if b"\n" in buffered and len(buffered) >= len(header):
                break
        if header and buffered and not buffered.startswith(header):
            stream.write(header)
            counter.take(header)
        header = header or buffered[: buffered.find(b"\n") + 1]
        stream.write(buffered)
        counter.take(buffered)
        for piece in pieces:
            stream.write(piece)
            counter.take(piece)
    return header, counter.count


class _RecordCounter:
    """Counts records of which every first value is an id in quotes, at the speed of the network.

    A line break, a quote and a letter or digit can only be the beginning of a record: inside a
    value a quote is doubled, and at a value's end comes a comma or a line break.
    """

    def __init__(self) -> None:
        self.count = 0
        self._last = b""

    def take(self, chunk: bytes) -> None:
        """Count what begins in the next bytes."""
        content = self._last + chunk
        self._last = content[-2:]
        codes = np.frombuffer(content, dtype=np.uint8)
        breaks = np.flatnonzero(codes[:-2] == _LINE_BREAK)
        is_start = (codes[breaks + 1] == _QUOTE) & _IS_ID[codes[breaks + 2]]
        self.count += int(np.count_nonzero(is_start))


def count_records(path: Path) -> int:
    """Records of any CSV file, its header not counted; line breaks inside quotes do not end one."""
    lines = 0
    is_quoted = False
    last = b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            codes = np.frombuffer(chunk, dtype=np.uint8)
            quotes = np.logical_xor.accumulate(codes == _QUOTE) ^ is_quoted
            lines += int(np.count_nonzero((codes == _LINE_BREAK) & ~quotes))
            is_quoted = bool(quotes[-1])
            last = chunk[-1:]
    if last != b"\n":
        lines += 1
    return max(lines - 1, 0)


def last_key(path: Path, key: str) -> str:
    """The key of a file's last record."""
    reader = pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=4 << 20),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            include_columns=[key], column_types={key: pa.string()}
        ),
    )
    last = ""
    for batch in reader:
        if batch.num_rows:
            last = batch.column(0)[batch.num_rows - 1].as_py()
    return last
