"""Records that are gone because a full reading lacks them, and the guard against believing that."""

from __future__ import annotations

import sqlalchemy as sa

from include.core.errors import StopError
from include.stage.removals import INSTANT_LATER, inferred
from include.tables.ops import extract_window
from include.tables.raw import set_aside_record
from include.tables.source_object import SourceObject
from include.tables.stage import CURRENT, VERSION

# A few records gone of a few are a few records gone, not a lost permission; unless they are most.
ALWAYS_GONE = 10


def infer_absent(connection: sa.Connection, source: SourceObject, touched: sa.Table) -> int:
    """Deleted versions of touched records that a full reading since their last sighting lacks.

    How many of them the current table still holds alive.
    """
    seen = _last_sightings(source, touched)
    window = extract_window
    is_snapshot = (*_loaded(source), window.c.mode == "snapshot")
    missing = (
        sa.select(window.c.extracted_at, window.c.batch_id)
        .where(*is_snapshot, window.c.extracted_at > seen.c.last_at)
        .order_by(window.c.extracted_at, window.c.batch_id)
        .limit(1)
        .lateral("missing")
    )
    version, current = VERSION[source.id], CURRENT[source.id]
    before = (
        sa.select(version)
        .where(version.c[source.key_column] == seen.c.record_id)
        .order_by(version.c.modified_at.desc())
        .limit(1)
        .lateral("before")
    )
    newest_snapshot_at = (
        sa.select(sa.func.max(window.c.extracted_at)).where(*is_snapshot).scalar_subquery()
    )
    # The CRM's clock may run ahead of the instant of reading; what is absent still comes last.
    removed_at = sa.func.greatest(missing.c.extracted_at, before.c.modified_at + INSTANT_LATER)
    gone = (
        inferred(source, before, missing, removed_at, before.c.merged_into_id)
        .select_from(seen.join(missing, sa.true()).join(before, sa.true()))
        .where(seen.c.last_at < newest_snapshot_at, ~before.c.is_deleted)
    )
    inserted = (
        version.insert()
        .from_select([column.name for column in version.c], gone)
        .returning(version.c[source.key_column])
        .cte("inserted")
    )
    key = current.c[source.key_column]
    counted = (
        sa.select(sa.func.count())
        .select_from(inserted.join(current, key == inserted.c[source.key_column]))
        .where(~current.c.is_deleted)
    )
    return int(connection.scalar(counted) or 0)


def refuse_a_wipe(
    connection: sa.Connection,
    source: SourceObject,
    batch_id: str,
    gone_count: int,
    sweep_guard_rate: float,
) -> None:
    """Stop before a reading takes away more records than may be.

    Raises:
        StopError: naming the object, the counts and the setting.
    """
    if not gone_count:
        return
    current = CURRENT[source.id]
    live_count = int(
        connection.scalar(sa.select(sa.func.count()).where(~current.c.is_deleted)) or 0
    )
    allowed = max(sweep_guard_rate * live_count, min(ALWAYS_GONE, live_count / 2))
    if gone_count > allowed:
        raise StopError(
            f"The full reading of {source.id} (batch {batch_id}) lacks {gone_count} of the "
            f"{live_count} records the warehouse holds, more than sweep_guard_rate "
            f"{sweep_guard_rate} lets go; a permission taken away looks the same. Nothing of it is "
            "loaded.",
            "Give the integration user access to them again and clear the task. If they are "
            "really gone, raise sweep_guard_rate in sources.yaml, clear this task, and set it back.",
        )


def _last_sightings(source: SourceObject, touched: sa.Table) -> sa.Subquery:
    """One row per touched record: when a loaded batch last held it."""
    version = VERSION[source.id]
    sightings = sa.union_all(
        sa.select(version.c[source.key_column].label("record_id"), version.c.extracted_at).where(
            ~version.c.is_inferred,
            version.c[source.key_column].in_(sa.select(touched.c.record_id)),
        ),
        # A record set aside was there; it only was not fit to load.
        sa.select(set_aside_record.c.record_id, extract_window.c.extracted_at).where(
            set_aside_record.c.batch_id == extract_window.c.batch_id,
            set_aside_record.c.record_id.in_(sa.select(touched.c.record_id)),
            *_loaded(source),
        ),
    ).subquery("sighting")
    return (
        sa.select(sightings.c.record_id, sa.func.max(sightings.c.extracted_at).label("last_at"))
        .group_by(sightings.c.record_id)
        .subquery("seen")
    )


def _loaded(source: SourceObject) -> tuple[sa.ColumnElement[bool], ...]:
    """What picks the object's loaded batches from the ledger."""
    return (
        extract_window.c.crm == source.crm,
        extract_window.c.object_name == source.table,
        extract_window.c.status == "loaded",
    )
