"""Landed batches into typed tables: one transaction per batch, the same tables in whatever order.

What a batch says is kept as readings and as marks of deletion; what follows from all of them is
worked out anew for the records the batch touches. So batches may come twice, late or backwards.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core.batch import read_manifest
from include.core.errors import IncompleteError, StopError
from include.stage import absences, readings, removals, versions
from include.tables.objects import source_object
from include.tables.ops import extract_window
from include.tables.raw import set_aside_record
from include.tables.source_object import SourceObject
from include.tables.stage import VERSION

_STILL_COMING = timedelta(days=1)
_FIT_STATUSES = ("landed", "validated")


def load_batch(
    engine: sa.Engine,
    landing_folder: Path,
    batch_id: str,
    loaded_at: datetime,
    sweep_guard_rate: float,
) -> int:
    """Bring one landed batch into its current and version table; the records let in.

    A batch that is loaded already is left alone. Records that validation set aside stay out.
    `sweep_guard_rate` is the share of an object's records a full reading may lack. A batch that is
    not fit to load is `failed` in the ledger, so that its window is read anew.

    Raises:
        StopError: the ledger does not know the batch or it may not be loaded; a record has no id;
            a full reading lacks more than that.
        IncompleteError: files or manifest of the batch are not whole, or other than the landed
            number of records came out of them.
    """
    try:
        return _load(engine, landing_folder, batch_id, loaded_at, sweep_guard_rate)
    except StopError as error:
        with engine.begin() as connection:
            connection.execute(
                extract_window.update()
                .where(
                    extract_window.c.batch_id == batch_id,
                    extract_window.c.status.in_(_FIT_STATUSES),
                )
                .values(status="failed", error=str(error))
            )
        raise


def _load(
    engine: sa.Engine,
    landing_folder: Path,
    batch_id: str,
    loaded_at: datetime,
    sweep_guard_rate: float,
) -> int:
    """Load a batch in one transaction; the records let in."""
    with engine.begin() as connection:
        window = _locked_window(connection, batch_id)
        if window.status == "loaded":
            return int(window.loaded_count)
        source = source_object(f"{window.crm}.{window.object_name}")
        # Two batches of one object touch the same records; in turn they cannot deadlock.
        connection.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(source.id, 0)))
        )
        batch_folder = landing_folder / window.manifest_path
        manifest = read_manifest(batch_folder)
        reading, loaded_count = readings.read_batch(
            connection, source, batch_folder, manifest, window.extracted_at
        )
        _check_counts(connection, source, window, loaded_count)
        _check_keys(connection, source, reading, batch_id)
        # First the ledger: which full readings are loaded decides what is absent.
        connection.execute(
            extract_window.update()
            .where(extract_window.c.batch_id == batch_id)
            .values(
                status="loaded",
                loaded_count=loaded_count,
                missed_count=_missed_count(connection, source, reading, window),
                loaded_at=loaded_at,
                error=None,
            )
        )
        _merge(connection, source, reading, batch_id, window.mode, sweep_guard_rate)
    return loaded_count


def _merge(
    connection: sa.Connection,
    source: SourceObject,
    reading: sa.Table,
    batch_id: str,
    mode: str,
    sweep_guard_rate: float,
) -> None:
    """Merge the batch's readings, then what follows for every record it touches."""
    removals.add_tombstones(connection, source, reading)
    removals.add_merges(connection, source, reading)
    touched = versions.touched(connection, source, reading, batch_id, mode)
    versions.forget_inferred(connection, source, touched)
    versions.keep_readings(connection, source, reading)
    versions.infer_returned(connection, source, touched)
    removals.infer_marked(connection, source, touched)
    if source.is_of_parents:
        removals.infer_unlinked(connection, source, touched)
    if not source.is_log:
        gone_count = absences.infer_absent(connection, source, touched)
        absences.refuse_a_wipe(connection, source, batch_id, gone_count, sweep_guard_rate)
    versions.refresh_current(connection, source, touched)


def _locked_window(connection: sa.Connection, batch_id: str) -> sa.Row[Any]:
    """The batch's ledger row, locked until the transaction ends."""
    window = connection.execute(
        sa.select(extract_window).where(extract_window.c.batch_id == batch_id).with_for_update()
    ).one_or_none()
    if window is None:
        raise StopError(
            f"The ledger has no batch {batch_id}.",
            "Take the batch id from ops.extract_window; a folder without a row there was never landed.",
        )
    if window.status not in (*_FIT_STATUSES, "loaded"):
        raise StopError(
            f"Batch {batch_id} of {window.crm}.{window.object_name} is {window.status} and is not loaded.",
            "See the error column of its row in ops.extract_window, then clear the task to "
            "read the window again.",
        )
    return window


def _check_counts(
    connection: sa.Connection, source: SourceObject, window: sa.Row[Any], loaded_count: int
) -> None:
    """Hold what is let in and what was set aside against what the ledger says landed.

    Raises:
        IncompleteError: they differ.
    """
    set_aside_count = connection.scalar(
        sa.select(sa.func.count()).where(set_aside_record.c.batch_id == window.batch_id)
    )
    if loaded_count + int(set_aside_count or 0) != window.landed_count:
        raise IncompleteError(
            f"Batch {window.batch_id} of {source.id} landed with {window.landed_count} records; "
            f"{loaded_count} of them are let in and {set_aside_count} set aside.",
            "Clear the task of this object; it reads the window again.",
        )


def _missed_count(
    connection: sa.Connection, source: SourceObject, reading: sa.Table, window: sa.Row[Any]
) -> int | None:
    """Records of a snapshot that are unknown though their cursor lies in a window loaded before.

    Changes of the last day may still be on their way. None for a delta, and without a cursor.
    """
    if window.mode != "snapshot" or source.cursor is None:
        return None
    version, earlier = VERSION[source.id], extract_window.c
    is_covered = sa.exists().where(
        earlier.crm == window.crm,
        earlier.object_name == window.object_name,
        earlier.status == "loaded",
        earlier.batch_id != window.batch_id,
        earlier.window_start_at <= reading.c.cursor_at,
        earlier.window_end_at > reading.c.cursor_at,
    )
    is_known = sa.exists().where(
        version.c[source.key_column] == reading.c[source.key_column],
        version.c.cursor_at >= reading.c.cursor_at,
    )
    was_set_aside = sa.exists().where(
        set_aside_record.c.crm == window.crm,
        set_aside_record.c.object_name == window.object_name,
        set_aside_record.c.record_id == reading.c[source.key_column],
    )
    return connection.scalar(
        sa.select(sa.func.count(sa.distinct(reading.c[source.key_column]))).where(
            reading.c.cursor_at < window.window_end_at - _STILL_COMING,
            is_covered,
            ~is_known,
            ~was_set_aside,
        )
    )


def _check_keys(
    connection: sa.Connection, source: SourceObject, reading: sa.Table, batch_id: str
) -> None:
    """Refuse records without an id.

    Raises:
        StopError: there are some.
    """
    keyless_count = connection.scalar(
        sa.select(sa.func.count()).where(reading.c[source.key_column].is_(None))
    )
    if keyless_count:
        raise StopError(
            f"{keyless_count} records of batch {batch_id} ({source.id}) have no id.",
            "Validate the batch before loading it, which sets such records aside.",
        )
