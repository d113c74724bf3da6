"""One reading becomes one immutable folder of files with a manifest, and one ledger row."""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from include.core.batch import MANIFEST_NAME, Manifest, Part, file_sha256
from include.core.errors import AccessError, IncompleteError
from include.core.reading import Page, Reading
from include.core.window import Window
from include.land import ledger
from include.land.ledger import Mode
from include.tables.source_object import SourceObject

_ERROR_LENGTH = 2000
_READ_ONLY = 0o444


@dataclass(frozen=True)
class _Batch:
    """Where a batch comes to lie, and where its files are written until they are whole."""

    batch_id: str
    relative_path: str
    folder: Path
    spool: Path

    def remove(self) -> None:
        """Leave nothing: without a manifest the files mean nothing."""
        shutil.rmtree(self.spool, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def land(
    engine: sa.Engine,
    landing_folder: Path,
    source: SourceObject,
    window: Window,
    mode: Mode,
    run_id: str,
    extracted_at: datetime,
    read: Callable[[Path], Reading],
) -> str:
    """One batch folder `<crm>/<object>/<batch_id>/` of read-only parts and their manifest; its id.

    `window` is what the ledger will call covered; `read` is given the folder to spool into and
    asks the source for at least that. Each call makes a new batch: a retry never touches an old one.
    Whatever is raised goes into the ledger as `failed` (`unavailable` when an optional object may
    not be read), leaves no files, and is raised again.

    Raises:
        IncompleteError: other than the announced number of records came.
        PipelineError: whatever `read` and its pages raise.
    """
    began_seconds = time.monotonic()
    _clear_abandoned(engine, landing_folder, source, window, run_id)
    row = {
        "crm": source.crm,
        "object_name": source.table,
        "mode": mode,
        "window_start_at": window.start,
        "window_end_at": window.end,
        "run_id": run_id,
        "extracted_at": extracted_at,
    }
    batch_id = ledger.begin(engine, row, _batch_ids(source, window, run_id))
    batch = _batch(landing_folder, source, batch_id)
    try:
        batch.spool.mkdir(parents=True)
        batch.folder.mkdir()
        reading = read(batch.spool)
        parts = tuple(_take(page, number, batch) for number, page in enumerate(reading.pages))
        manifest = Manifest(
            batch_id=batch_id,
            crm=source.crm,
            object_name=source.table,
            mode=mode,
            window=window,
            run_id=run_id,
            extracted_at=extracted_at,
            api=reading.api,
            query=reading.query,
            fields=reading.fields,
            custom_fields=reading.custom_fields,
            source_count=reading.source_count,
            request_count=reading.request_count,
            parts=parts,
        )
        _check_complete(source, manifest)
        _write_manifest(batch.folder, manifest)
        elapsed = timedelta(seconds=time.monotonic() - began_seconds)
        ledger.update(
            engine,
            batch_id,
            status="landed",
            manifest_path=batch.relative_path,
            source_count=manifest.source_count,
            landed_count=manifest.landed_count,
            request_count=manifest.request_count,
            landed_at=extracted_at + elapsed,
        )
        if reading.quota:
            ledger.note_quota(engine, source.crm, extracted_at + elapsed, reading.quota)
    except BaseException as error:
        batch.remove()
        _enter_failure(engine, source, batch_id, error)
        raise
    shutil.rmtree(batch.spool)
    return batch_id


def _batch(landing_folder: Path, source: SourceObject, batch_id: str) -> _Batch:
    """The folders of a batch; the spool is beside it, so that moving a file is a rename."""
    relative_path = f"{source.crm}/{source.table}/{batch_id}"
    folder = landing_folder / relative_path
    return _Batch(batch_id, relative_path, folder, folder.with_name(f".spool-{batch_id}"))


def _batch_ids(source: SourceObject, window: Window, run_id: str) -> Iterator[str]:
    """Ids for a window of an object in a run, one for each try."""
    bounds = f"{window.start:%Y%m%dT%H%M%SZ}_{window.end:%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(f"{source.id} {run_id}".encode()).hexdigest()[:8]
    return (f"{bounds}_{digest}_{number}" for number in itertools.count(1))


def _take(page: Page, number: int, batch: _Batch) -> Part:
    """Move a finished file into the batch, and never write to it again."""
    path = batch.folder / f"part-{number:05d}.{page.format}"
    page.path.rename(path)
    path.chmod(_READ_ONLY)
    return Part(path.name, page.format, page.record_count, path.stat().st_size, file_sha256(path))


def _check_complete(source: SourceObject, manifest: Manifest) -> None:
    """Hold what landed against what the source says it sent.

    Raises:
        IncompleteError: they differ.
    """
    if manifest.source_count not in (None, manifest.landed_count):
        raise IncompleteError(
            f"{source.id} sent {manifest.landed_count} of {manifest.source_count} records.",
            "Clear the extract task; it reads the window again into a new batch.",
        )


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest under its name only when it is whole and on disk."""
    unfinished = folder / f".{MANIFEST_NAME}"
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(manifest.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.chmod(_READ_ONLY)
    unfinished.rename(folder / MANIFEST_NAME)


def _enter_failure(
    engine: sa.Engine, source: SourceObject, batch_id: str, error: BaseException
) -> None:
    """Enter the failure; a warehouse that is gone too does not hide the first error."""
    is_unavailable = isinstance(error, AccessError) and source.optional
    text = str(error) or type(error).__name__
    try:
        ledger.update(
            engine,
            batch_id,
            status="unavailable" if is_unavailable else "failed",
            error=text[:_ERROR_LENGTH],
        )
    except sa.exc.SQLAlchemyError as second:
        error.add_note(f"The ledger still says extracting for {batch_id}: {second}")


def _clear_abandoned(
    engine: sa.Engine, landing_folder: Path, source: SourceObject, window: Window, run_id: str
) -> None:
    """Clear up after an earlier try of the same run that was killed before it could do so."""
    killed = (
        "The process ended without a word, as when it is killed for memory. The run tried again."
    )
    for batch_id in ledger.abandon(engine, source, window, run_id, killed):
        _batch(landing_folder, source, batch_id).remove()
