"""Forgetting people in landed files, which nothing reads any more once they are loaded.

Files are written anew without what names them, and their manifests with what the files are now.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from include.core import lenient_json
from include.core.batch import MANIFEST_NAME, Manifest, Part, file_sha256, read_manifest
from include.land.batch_folder import READ_ONLY, flush, write
from include.tables.personal import FORGOTTEN, Erasure

# What becomes of a value, of a record by its id.
Change = Callable[[str | None, str], str | None]


def erase_landed(landing_folder: Path, erasure: Erasure) -> int:
    """Erase the records from every landed batch of their object; how many files were written anew.

    A batch that is being read, or that nobody ended, has no manifest and is left alone.
    """
    folder = landing_folder / erasure.source.crm / erasure.source.table
    count = 0
    for manifest_path in sorted(folder.glob(f"*/{MANIFEST_NAME}")):
        manifest = read_manifest(manifest_path.parent)
        changes = _changes(erasure, manifest)
        parts = tuple(
            _erased(manifest_path.parent, part, erasure, changes) for part in manifest.parts
        )
        if parts != manifest.parts:
            write(manifest_path, replace(manifest, parts=parts).to_json())
        count += sum(new is not old for new, old in zip(parts, manifest.parts, strict=True))
    return count


def _changes(erasure: Erasure, manifest: Manifest) -> dict[str, Change]:
    """What becomes of a value, by record path."""

    def empty(_: str | None, record_id: str) -> None:
        return None

    def replaced(text: str | None, _: str) -> str | None:
        return erasure.pseudonyms.of(text) if text else text

    def called(text: str | None, record_id: str) -> str | None:
        is_done = not text or text.startswith(FORGOTTEN)
        return text if is_done else erasure.called.get(record_id)

    emptied = [*erasure.names.values(), *(manifest.custom_fields if erasure.is_of_people else ())]
    return (
        dict.fromkeys(emptied, empty)
        | dict.fromkeys(erasure.addresses.values(), replaced)
        | dict.fromkeys(erasure.person_name.values(), called)
    )


def _erased(folder: Path, part: Part, erasure: Erasure, changes: dict[str, Change]) -> Part:
    """The part without what names people; itself where it has none of the records."""
    path = folder / part.name
    ids = [record_id.encode() for record_id in erasure.record_ids]
    with path.open("rb") as stream:
        if not any(record_id in line for line in stream for record_id in ids):
            return part
    lines = _csv_lines if part.format == "csv" else _json_lines
    unfinished = folder / f".{part.name}"
    unfinished.unlink(missing_ok=True)
    with unfinished.open("wb") as stream:
        stream.writelines(lines(path, erasure, changes))
    flush(unfinished)
    unfinished.chmod(READ_ONLY)
    unfinished.rename(path)
    return replace(part, byte_count=path.stat().st_size, sha256=file_sha256(path))


def _json_lines(path: Path, erasure: Erasure, changes: dict[str, Change]) -> Iterator[bytes]:
    """Each line, those of the records changed."""
    ids = [record_id.encode() for record_id in erasure.record_ids]
    with path.open("rb") as stream:
        for line in stream:
            # The others stay the bytes they are.
            record = lenient_json.loads(line) if any(each in line for each in ids) else {}
            record_id = str(record.get(erasure.source.key))
            if record_id not in erasure.record_ids:
                yield line
                continue
            for record_path, change in changes.items():
                _change(record, record_id, record_path.split("."), change)
            yield orjson.dumps(record) + b"\n"


def _change(record: Any, record_id: str, steps: list[str], change: Change) -> None:
    """Change the value at a path, where there is one."""
    for step in steps[:-1]:
        record = record.get(step) if isinstance(record, dict) else None
    if isinstance(record, dict) and steps[-1] in record:
        record[steps[-1]] = change(record[steps[-1]], record_id)


def _csv_lines(path: Path, erasure: Erasure, changes: dict[str, Change]) -> Iterator[bytes]:
    """Each row as Salesforce spells it, every value in quotes; those of the records changed."""
    # A text of Salesforce may have 131,072 characters, of which quotes are doubled.
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as stream:
        header: list[str] = []
        for row in csv.reader(stream):
            header = header or row
            values = dict(zip(header, row, strict=True))
            record_id = values[erasure.source.key]
            if record_id in erasure.record_ids:
                values |= {
                    name: change(values[name], record_id) or ""
                    for name, change in changes.items()
                    if name in values
                }
            spelled = (value.replace('"', '""') for value in values.values())
            yield ",".join(f'"{value}"' for value in spelled).encode() + b"\n"
