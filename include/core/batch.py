"""A landed batch: the files one reading of one object left, and the manifest that makes them complete.

A folder without a manifest is an unfinished reading and is never loaded.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from include.core import lenient_json
from include.core.errors import IncompleteError
from include.core.window import Window

MANIFEST_NAME = "manifest.json"

PartFormat = Literal["csv", "jsonl"]


@dataclass(frozen=True)
class Part:
    """One immutable file of records, its name relative to the batch's folder."""

    name: str
    format: PartFormat
    record_count: int
    byte_count: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What was asked, what the source said it would send, and what came.

    `object_name` is the table stem (`opportunity`). `fields` are the record paths that were asked
    for and exist in this org or portal; `custom_fields` the configured ones among them.
    `source_count` is the service's own count of what it sent, None where it gives none.
    `missing_fields` and `has_deletion_gap` are those of the reading.
    """

    batch_id: str
    crm: str
    object_name: str
    mode: Literal["snapshot", "delta"]
    window: Window
    run_id: str
    extracted_at: datetime
    api: str
    query: str
    fields: tuple[str, ...]
    custom_fields: tuple[str, ...]
    source_count: int | None
    request_count: int
    parts: tuple[Part, ...]
    missing_fields: tuple[str, ...] = ()
    has_deletion_gap: bool = False

    @property
    def landed_count(self) -> int:
        """Records in all parts."""
        return sum(part.record_count for part in self.parts)

    def to_json(self) -> str:
        """The manifest as it is written beside its parts."""
        document = asdict(self)
        document["window"] = [self.window.start.isoformat(), self.window.end.isoformat()]
        document["extracted_at"] = self.extracted_at.isoformat()
        return json.dumps(document, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, document: str) -> Manifest:
        """Read what `to_json` wrote."""
        values: dict[str, Any] = json.loads(document)
        start, end = values.pop("window")
        return cls(
            window=Window(datetime.fromisoformat(start), datetime.fromisoformat(end)),
            extracted_at=datetime.fromisoformat(values.pop("extracted_at")),
            fields=tuple(values.pop("fields")),
            custom_fields=tuple(values.pop("custom_fields")),
            parts=tuple(Part(**part) for part in values.pop("parts")),
            missing_fields=tuple(values.pop("missing_fields", ())),
            **values,
        )


def read_manifest(batch_folder: Path) -> Manifest:
    """The manifest of a landed batch.

    Raises:
        IncompleteError: the folder has none, so the reading never finished.
    """
    path = batch_folder / MANIFEST_NAME
    if not path.exists():
        raise IncompleteError(
            f"{batch_folder} has no manifest: the reading was cut off.",
            "Clear the task; it reads the window again into a new batch.",
        )
    return Manifest.from_json(path.read_text(encoding="utf-8"))


def file_sha256(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_frames(
    batch_folder: Path, manifest: Manifest, paths: Sequence[str], rows_per_frame: int = 50_000
) -> Iterator[pd.DataFrame]:
    """Records of a batch as frames of text, one column per path, missing and empty values None.

    Numbers and booleans of JSON become their JSON spelling; nested JSON becomes JSON text. The
    index counts on over the whole batch, so it names a record of it.

    Raises:
        IncompleteError: a part's records are not as many as its manifest says.
    """
    start = 0
    for part in manifest.parts:
        read = _read_csv if part.format == "csv" else _read_jsonl
        seen = 0
        for frame in read(batch_folder / part.name, paths, rows_per_frame):
            frame.index = pd.RangeIndex(start + seen, start + seen + len(frame))
            seen += len(frame)
            yield frame
        if seen != part.record_count:
            raise IncompleteError(
                f"{part.name} of batch {manifest.batch_id} holds {seen} records, "
                f"its manifest says {part.record_count}.",
                "Clear the task of this object; it reads the window again.",
            )
        start += seen


def _read_csv(path: Path, paths: Sequence[str], rows_per_frame: int) -> Iterator[pd.DataFrame]:
    """Frames of a Bulk CSV: every value quoted, newlines inside values, empty means NULL."""
    with path.open(encoding="utf-8", newline="") as stream:
        header = next(csv.reader(stream), [])
    if not header:
        return
    reader = pa.csv.open_csv(
        path,
        read_options=pa.csv.ReadOptions(block_size=4 << 20),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={name: pa.string() for name in header},
            include_columns=[name for name in paths if name in header],
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )
    for batch in reader:
        for offset in range(0, batch.num_rows, rows_per_frame):
            frame = batch.slice(offset, rows_per_frame).to_pandas(
                types_mapper={pa.string(): pd.StringDtype("pyarrow")}.get
            )
            yield _complete(frame, paths)


def _read_jsonl(path: Path, paths: Sequence[str], rows_per_frame: int) -> Iterator[pd.DataFrame]:
    """Frames of JSON Lines; a path with dots steps into nested objects."""
    steps = [path_.split(".") for path_ in paths]
    columns: list[list[str | None]] = [[] for _ in paths]
    with path.open("rb") as stream:
        for line in stream:
            record = lenient_json.loads(line)
            for column, path_steps in zip(columns, steps, strict=True):
                value: Any = record
                for step in path_steps:
                    value = value.get(step) if isinstance(value, dict) else None
                column.append(_text(value))
            if len(columns[0]) >= rows_per_frame:
                yield _text_frame(paths, columns)
                columns = [[] for _ in paths]
    if columns and columns[0]:
        yield _text_frame(paths, columns)


def _text(value: Any) -> str | None:
    """A JSON value as text, None for null and empty."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _text_frame(paths: Sequence[str], columns: list[list[str | None]]) -> pd.DataFrame:
    """Columns of text as a frame of pandas strings."""
    dtype = pd.StringDtype("pyarrow")
    return pd.DataFrame(
        {path: pd.array(values, dtype=dtype) for path, values in zip(paths, columns, strict=True)}
    )


def _complete(frame: pd.DataFrame, paths: Sequence[str]) -> pd.DataFrame:
    """The frame with every path as a column, in order; what the source lacks is NULL."""
    for name in paths:
        if name not in frame.columns:
            frame[name] = pd.array([None] * len(frame), dtype=pd.StringDtype("pyarrow"))
    return frame[list(paths)]
