"""One reading becomes one immutable folder of files with a manifest, and one ledger row.

A try that was killed, or that failed in a way that passes, leaves what it has landed and where to go
on. The next try of the same run takes that up, in the same batch.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from include.core.batch import Manifest, Part
from include.core.errors import AccessError, IncompleteError, QuotaError, RetryableError, StopError
from include.core.reading import Checkpoint, Page, Reading
from include.core.window import Window
from include.land import ledger
from include.land.batch_folder import BatchFolder, Kept
from include.land.ledger import Mode
from include.tables.source_object import SourceObject

_ERROR_LENGTH = 2000
# Clocks differ by a little; the next window asks for the time before it again.
_CLOCK_TOLERANCE = timedelta(minutes=1)
# Trouble outside the reading itself: with it gone, reading goes on where it was. A process that is
# told to end raises no Exception, and its successor goes on as well.
_PASSING = (RetryableError, QuotaError, sa.exc.SQLAlchemyError, OSError)

Read = Callable[[Path, Checkpoint | None], Reading]


@dataclass(frozen=True)
class _Try:
    """One try at one window of an object: into which batch, and after what."""

    source: SourceObject
    window: Window
    mode: Mode
    run_id: str
    extracted_at: datetime
    folder: BatchFolder
    kept: Kept | None

    @property
    def batch_id(self) -> str:
        return self.folder.batch_id


def land(
    engine: sa.Engine,
    landing_folder: Path,
    source: SourceObject,
    window: Window,
    mode: Mode,
    run_id: str,
    extracted_at: datetime,
    read: Read,
) -> str:
    """One batch folder `<crm>/<object>/<batch_id>/` of read-only parts and their manifest; its id.

    `window` is what the ledger will call covered; `read` is given the folder to spool into, and
    asks the source for at least that. It is also given the checkpoint of an earlier try of the same
    run, where that left one: the batch then keeps its id, its parts and its `extracted_at`. What the
    run has landed already is left as it is.
    Whatever is raised goes into the ledger as `failed` (`unavailable` when an optional object may
    not be read) and is raised again. Files stay only if the trouble passes and there is a checkpoint.

    Raises:
        IncompleteError: other than the announced number of records came.
        RetryableError: another try of the run is still reading the window, or has just been.
        StopError: the window ends later than it is by the source's clock.
        PipelineError: whatever `read` and its pages raise.
    """
    began_seconds = time.monotonic()
    earlier = ledger.earlier_tries(engine, source, window, mode, run_id)
    for row in earlier:
        folder = BatchFolder.of(landing_folder, source, row.batch_id)
        if row.status in ("landed", "validated") and folder.is_whole():
            return folder.batch_id
        with folder.held():
            _take_up(engine, folder, row.status)
            kept = folder.kept()
            if kept:
                going_on = _Try(source, window, mode, run_id, row.extracted_at, folder, kept)
                return _land(engine, landing_folder, going_on, read, extracted_at, began_seconds)
            _abandon(engine, folder)
    batch_id = ledger.begin(
        engine,
        {
            "crm": source.crm,
            "object_name": source.table,
            "mode": mode,
            "window_start_at": window.start,
            "window_end_at": window.end,
            "run_id": run_id,
            "extracted_at": extracted_at,
        },
        _batch_ids(source, window, run_id),
    )
    folder = BatchFolder.of(landing_folder, source, batch_id)
    with folder.held():
        _take_up(engine, folder, "extracting")
        new = _Try(source, window, mode, run_id, extracted_at, folder, None)
        return _land(engine, landing_folder, new, read, extracted_at, began_seconds)


def _land(
    engine: sa.Engine,
    landing_folder: Path,
    this: _Try,
    read: Read,
    now: datetime,
    began_seconds: float,
) -> str:
    """Read to the end, and enter what became of it; `now` is when this try began."""

    def clock() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began_seconds)

    try:
        this.folder.prepare(this.kept)
        reading = read(this.folder.spool, this.kept.checkpoint if this.kept else None)
        parts = _take_all(engine, this, reading, clock)
        _check_clock(this, reading)
        manifest = _manifest(this, reading, parts)
        _check_complete(this.source, manifest)
        this.folder.finish(manifest)
        ledger.update(
            engine,
            this.batch_id,
            status="landed",
            manifest_path=this.folder.relative_path,
            source_count=manifest.source_count,
            landed_count=manifest.landed_count,
            request_count=manifest.request_count,
            read_fields=_read_fields(this.source, manifest),
            missing_fields=list(manifest.missing_fields),
            has_deletion_gap=manifest.has_deletion_gap,
            landed_at=clock(),
            checkpoint_at=None,
            error=None,
        )
        if reading.quota:
            ledger.note_quota(engine, this.source.crm, clock(), reading.quota)
    except BaseException as error:
        is_passing = isinstance(error, _PASSING) or not isinstance(error, Exception)
        is_kept = is_passing and this.folder.kept() is not None
        if not is_kept:
            this.folder.remove()
        _enter_failure(engine, this, error, is_kept)
        raise
    _clear_superseded(engine, landing_folder, this)
    return this.batch_id


def _take_up(engine: sa.Engine, folder: BatchFolder, status: str) -> None:
    """Enter the batch as ours to read, now that nobody else writes into it.

    Raises:
        RetryableError: it is not as it was when we looked: another try had it in between.
    """
    if not ledger.take_up(engine, folder.batch_id, status):
        raise RetryableError(
            f"Another try of this task went on with batch {folder.batch_id} meanwhile.",
            "The task tries again, from what is there then.",
        )


def _clear_superseded(engine: sa.Engine, landing_folder: Path, this: _Try) -> None:
    """Remove what other runs began of this window and never ended: nobody will go on with it."""
    for row in ledger.superseded(engine, this.source, this.window, this.run_id):
        folder = BatchFolder.of(landing_folder, this.source, row.batch_id)
        # Where that run goes on at this very moment after all, it is left alone.
        with contextlib.suppress(RetryableError), folder.held():
            if row.status == "extracting":
                _take_up(engine, folder, row.status)
                _abandon(engine, folder)
            else:
                folder.remove()
                ledger.update(engine, row.batch_id, checkpoint_at=None)


def _take_all(
    engine: sa.Engine, this: _Try, reading: Reading, clock: Callable[[], datetime]
) -> tuple[Part, ...]:
    """Every part of the batch; after each, where to go on if this process ends."""
    pages: Iterator[Page | None] = iter(reading.pages)
    # Only with its first page does a reading know whether its checkpoint still works.
    first = next(pages, None)
    parts = this.kept.parts if this.kept and reading.is_resumed else ()
    if this.kept and not reading.is_resumed:
        this.folder.forget()
    for page in itertools.chain([first], pages):
        if page is None:
            break
        parts = (*parts, this.folder.take(page, len(parts)))
        if page.checkpoint is not None:
            this.folder.keep(Kept(parts, page.checkpoint))
            ledger.update(engine, this.batch_id, checkpoint_at=clock())
    return parts


def _manifest(this: _Try, reading: Reading, parts: tuple[Part, ...]) -> Manifest:
    """What was asked, announced and landed."""
    return Manifest(
        batch_id=this.batch_id,
        crm=this.source.crm,
        object_name=this.source.table,
        mode=this.mode,
        window=this.window,
        run_id=this.run_id,
        extracted_at=this.extracted_at,
        api=reading.api,
        query=reading.query,
        fields=reading.fields,
        custom_fields=reading.custom_fields,
        source_count=reading.source_count,
        request_count=reading.request_count,
        parts=parts,
        missing_fields=reading.missing_fields,
        has_deletion_gap=reading.has_deletion_gap,
    )


def _check_clock(this: _Try, reading: Reading) -> None:
    """Hold the window's end against the service's clock.

    Raises:
        StopError: it is later: what changes until then has not been read, and would count as read.
    """
    served_at, end = reading.served_at, this.window.end
    if served_at is not None and end > served_at + _CLOCK_TOLERANCE:
        raise StopError(
            f"{this.source.id} was to be read up to {end:%Y-%m-%d %H:%M:%S} UTC, and it was "
            f"{served_at:%Y-%m-%d %H:%M:%S} by the clock of {this.source.crm}: the clock of this machine is "
            "ahead.",
            "Set it right, and let a time server keep it so; then clear the task.",
        )


def _read_fields(source: SourceObject, manifest: Manifest) -> list[str]:
    """The object's columns that were read, and the configured fields by their names in sources.yaml."""
    columns = [field.column for field in source.fields if field.source in manifest.fields]
    return [*columns, *(path.rpartition(".")[2] for path in manifest.custom_fields)]


def _batch_ids(source: SourceObject, window: Window, run_id: str) -> Iterator[str]:
    """Ids for a window of an object in a run, one for each try that begins anew."""
    bounds = f"{window.start:%Y%m%dT%H%M%SZ}_{window.end:%Y%m%dT%H%M%SZ}"
    digest = hashlib.sha256(f"{source.id} {run_id}".encode()).hexdigest()[:8]
    return (f"{bounds}_{digest}_{number}" for number in itertools.count(1))


def _check_complete(source: SourceObject, manifest: Manifest) -> None:
    """Hold what landed against what the source says it sent.

    Raises:
        IncompleteError: they differ.
    """
    if manifest.source_count not in (None, manifest.landed_count):
        raise IncompleteError(
            f"{source.id} sent {manifest.landed_count} of {manifest.source_count} records.",
            "Clear the task; it reads the window again into a new batch.",
        )


def _enter_failure(engine: sa.Engine, this: _Try, error: BaseException, is_kept: bool) -> None:
    """Enter the failure; a warehouse that is gone too does not hide the first error."""
    is_unavailable = isinstance(error, AccessError) and this.source.optional
    text = str(error) or type(error).__name__
    values = {} if is_kept else {"checkpoint_at": None}
    try:
        ledger.update(
            engine,
            this.batch_id,
            status="unavailable" if is_unavailable else "failed",
            error=text[:_ERROR_LENGTH],
            **values,
        )
    except sa.exc.SQLAlchemyError as second:
        error.add_note(f"The ledger still says extracting for {this.batch_id}: {second}")


def _abandon(engine: sa.Engine, folder: BatchFolder) -> None:
    """Clear up after a try that left nothing to go on with, or that nobody goes on with."""
    folder.remove()
    ledger.update(
        engine,
        folder.batch_id,
        status="failed",
        error="The process ended without a word, as when it is killed for memory, or its files "
        "were damaged. The window was read anew.",
        checkpoint_at=None,
    )
