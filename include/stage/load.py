"""Landed batches into typed tables: one transaction per batch, the same tables in whatever order.

What a batch says is kept as versions and as marks of deletion; what follows from all of them is
worked out anew for the records the batch touches. So batches may come twice, late or backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from include.core.batch import Manifest, read_frames, read_manifest
from include.core.canonical import STRING, canonical_frame, canonical_series, custom_fields_text
from include.core.errors import StopError
from include.core.warehouse import copy_frames
from include.stage import removals, versions
from include.tables.objects import source_object
from include.tables.ops import extract_window
from include.tables.source_object import SourceObject


def load_batch(engine: sa.Engine, landing_folder: Path, batch_id: str, loaded_at: datetime) -> int:
    """Bring one landed batch into its current and version table; the records let in.

    A batch that is loaded already is left alone. Records that validation set aside stay out.

    Raises:
        StopError: the ledger does not know the batch or it may not be loaded; a record has no id;
            a full reading lacks most of what the warehouse holds.
        IncompleteError: files or manifest of the batch are not whole.
    """
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
        landed = _copy(connection, source, batch_folder, read_manifest(batch_folder))
        record = versions.typed_records(source, landed, batch_id, window.extracted_at)
        loaded_count = _count(connection, source, record, batch_id)
        # First the ledger: which full readings are loaded decides what is absent.
        connection.execute(
            extract_window.update()
            .where(extract_window.c.batch_id == batch_id)
            .values(status="loaded", loaded_count=loaded_count, loaded_at=loaded_at, error=None)
        )
        _merge(connection, source, record, batch_id)
    return loaded_count


def _merge(
    connection: sa.Connection, source: SourceObject, record: sa.Subquery, batch_id: str
) -> None:
    """Merge the batch's records, then what follows for every record it touches."""
    removals.add_tombstones(connection, source, record)
    removals.add_merges(connection, source, record)
    touched = versions.touched(connection, source, record, batch_id)
    versions.forget_inferred(connection, source, touched)
    versions.insert_versions(connection, source, record)
    removals.infer_marked(connection, source, touched)
    if source.reader == "association":
        removals.infer_unlinked(connection, source, touched)
    if source.mode == "full":
        removals.infer_absent(connection, source)
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
    if window.status not in ("landed", "validated", "loaded"):
        raise StopError(
            f"Batch {batch_id} of {window.crm}.{window.object_name} is {window.status} and is not loaded.",
            "See the error column of its row in ops.extract_window, then clear the extract task to "
            "read the window again.",
        )
    return window


def _copy(
    connection: sa.Connection, source: SourceObject, batch_folder: Path, manifest: Manifest
) -> sa.Table:
    """COPY the batch as canonical text into a temporary table, one row per landed record."""
    landed = versions.landed_table(source)
    landed.create(connection)
    columns = [column.name for column in landed.c]
    copy_frames(connection, landed.name, columns, _frames(source, batch_folder, manifest))
    connection.exec_driver_sql(f"analyze {landed.name}")
    return landed


def _frames(source: SourceObject, batch_folder: Path, manifest: Manifest) -> Iterator[pd.DataFrame]:
    """The batch as frames of canonical text, one after the other."""
    fields = versions.record_fields(source)
    paths = dict.fromkeys((*(field.source for field in fields), *manifest.custom_fields))
    for frame in read_frames(batch_folder, manifest, tuple(paths)):
        typed, _ = canonical_frame(frame, fields)
        typed["row_number"] = frame.index
        typed["custom_fields"] = _custom_fields(frame, manifest.custom_fields)
        yield typed


def _custom_fields(frame: pd.DataFrame, paths: tuple[str, ...]) -> pd.Series:
    """The configured custom fields as JSON; NULL where none are configured."""
    if not paths:
        return pd.Series(None, index=frame.index, dtype=STRING)
    # JSONB, like text, refuses NUL.
    texts = pd.DataFrame({path: canonical_series(frame[path], "text") for path in paths})
    return custom_fields_text(texts, paths)


def _count(
    connection: sa.Connection, source: SourceObject, record: sa.Subquery, batch_id: str
) -> int:
    """Records of the batch that are let in."""
    key = record.c[source.key_column]
    loaded_count, keyed_count = connection.execute(
        sa.select(sa.func.count(), sa.func.count(key)).select_from(record)
    ).one()
    if keyed_count < loaded_count:
        raise StopError(
            f"{loaded_count - keyed_count} records of batch {batch_id} ({source.id}) have no id.",
            "Validate the batch before loading it, which sets such records aside.",
        )
    return int(loaded_count)
