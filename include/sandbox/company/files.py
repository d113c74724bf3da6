"""The files of a company: one JSON Lines file per object, written as the records come."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
import orjson

# A column is one value per record, or one value for all of them.
Column = Sequence[Any] | str | int | float | bool | None
Columns = Mapping[str, Column]


class Files:
    """Open files of a company folder; `with Files(folder) as files: ...`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, BinaryIO] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Files:
        """Make the folders."""
        for crm in ("salesforce", "hubspot"):
            (self.folder / crm).mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the files."""
        self._stack.close()

    def salesforce(self, object_name: str, count: int, columns: Columns) -> None:
        """Append `count` flat records."""
        self.write(f"salesforce/{object_name}.jsonl", records(count, columns))

    def hubspot(
        self,
        object_name: str,
        count: int,
        ids: Sequence[str],
        properties: Columns,
        created_at: Sequence[str | None],
        updated_at: Sequence[str | None],
        archived_at: Sequence[str | None] | None = None,
        history: Columns | None = None,
    ) -> None:
        """Append `count` CRM objects; those with an `archived_at` are archived.

        `history` holds the versions of properties, the newest first.
        """
        rows = _crm_objects(ids, records(count, properties), created_at, updated_at, archived_at)
        if history:
            rows = _with_history(rows, records(count, history))
        self.write(f"hubspot/{object_name}.jsonl", rows)

    def write(self, path: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Append records as they are to the file of this relative path."""
        stream = self._open.get(path)
        if stream is None:
            stream = self._stack.enter_context((self.folder / path).open("wb", buffering=1 << 20))
            self._open[path] = stream
        for row in rows:
            stream.write(orjson.dumps(row))
            stream.write(b"\n")


def blank(values: Iterable[Any], missing: np.ndarray) -> list[Any]:
    """The values as a column, None where `missing`."""
    return [None if gone else value for value, gone in zip(values, missing.tolist(), strict=True)]


def records(count: int, columns: Columns) -> Iterable[dict[str, Any]]:
    """One dict per record out of columns of `count` values (or of one value for all)."""
    names = tuple(columns)
    values = [
        itertools.repeat(column, count)
        if column is None or isinstance(column, str | int | float)
        else column
        for column in columns.values()
    ]
    return (dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))


def _crm_objects(
    ids: Sequence[str],
    properties: Iterable[dict[str, Any]],
    created_at: Sequence[str | None],
    updated_at: Sequence[str | None],
    archived_at: Sequence[str | None] | None,
) -> Iterable[dict[str, Any]]:
    gone = archived_at if archived_at is not None else itertools.repeat(None, len(ids))
    for identifier, values, created, updated, archived in zip(
        ids, properties, created_at, updated_at, gone, strict=True
    ):
        values["hs_object_id"] = identifier
        row: dict[str, Any] = {
            "id": identifier,
            "properties": values,
            "createdAt": created,
            "updatedAt": updated,
            "archived": archived is not None,
        }
        if archived is not None:
            row["archivedAt"] = archived
        yield row


def _with_history(
    rows: Iterable[dict[str, Any]], histories: Iterable[dict[str, Any]]
) -> Iterable[dict[str, Any]]:
    for row, history in zip(rows, histories, strict=True):
        row["propertiesWithHistory"] = history
        yield row
