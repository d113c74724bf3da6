"""The ledger of windows: what has been read of each object, and what has to be read next.

It is the state of extraction. A window is covered once staging holds it; gaps are plain to see,
and windows may come in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.batch import MANIFEST_NAME
from include.core.errors import StopError
from include.core.reading import Quota
from include.core.settings_sources import Sources
from include.core.window import BEGINNING, Window, gaps
from include.tables.ops import extract_window, quota_reading
from include.tables.source_object import SourceObject

Mode = Literal["snapshot", "delta"]


_DAY = timedelta(days=1)


@dataclass(frozen=True)
class PlannedWindow:
    """A window to land. `window` is what the ledger will call covered; `query_window` is what to
    ask the source for: a delta's starts earlier by the overlap, for records that became visible late.
    """

    window: Window
    query_window: Window
    mode: Mode


@dataclass(frozen=True)
class _Loaded:
    """A window of an object that staging holds."""

    window: Window
    mode: str
    extracted_at: datetime
    has_deletion_gap: bool
    read_fields: frozenset[str] | None


def plan_windows(
    engine: sa.Engine,
    source: SourceObject,
    sources: Sources,
    now: datetime,
    *,
    run_id: str,
    interval: Window | None = None,
    is_backfill: bool = False,
    re_extract: bool = False,
) -> list[PlannedWindow]:
    """What a run has to read of one object; nothing later than `now` - lag is called covered.

    - Nothing loaded yet, whatever the interval: one snapshot of everything.
    - An interval: what the ledger lacks of it, and of the time right before it: the lag cut that
      off the run before, or that run failed. With `re_extract` all of the interval, loaded or not.
    - No interval (a run by hand): everything the ledger lacks, or with `re_extract` a new snapshot.
    - An object read in full each time: one snapshot, unless one reaches the interval's end already.
    - Unless it is a backfill, after these a sweep where one is due: a snapshot, which shows what
      changed or vanished without a trace. Every `sweep_days`, on a day of the object's own, after a
      reading of which the CRM says that it may lack deletions, after fields are shown again, and with
      fields that are listed anew in sources.yaml.

    A window that an earlier try of the same run began keeps its end, so that it can go on. The plan
    follows from the ledger and the arguments alone.
    """
    settings = sources.of(source.crm)
    horizon = (now - timedelta(minutes=settings.lag_minutes)).replace(microsecond=0)
    loaded = _loaded_windows(engine, source)
    planned = _lacking(source, loaded, horizon, interval, re_extract)
    if planned is None:
        return []
    everything: tuple[Window, Mode] = (Window(BEGINNING, horizon), "snapshot")
    if (
        not is_backfill
        and everything not in planned
        and _is_sweep_due(source, loaded, horizon, sources)
    ):
        planned.append(everything)
    begun = _begun_ends(engine, source, run_id)
    overlap = timedelta(minutes=settings.overlap_minutes)
    return [_asked(_as_begun(window, mode, begun), mode, overlap) for window, mode in planned]


def _lacking(
    source: SourceObject,
    loaded: list[_Loaded],
    horizon: datetime,
    interval: Window | None,
    re_extract: bool,
) -> list[tuple[Window, Mode]] | None:
    """Windows a run has to read, earliest first; None where its interval is not to be read yet."""
    everything = Window(BEGINNING, horizon)
    snapshots = [each.window for each in loaded if each.mode == "snapshot"]
    if not snapshots or (re_extract and interval is None):
        return [(everything, "snapshot")]
    wanted = everything if interval is None else _clipped(interval, horizon)
    if wanted is None:
        return None
    if source.mode == "full":
        is_covered = any(window.end >= wanted.end for window in snapshots)
        return [(everything, "snapshot")] if re_extract or not is_covered else []
    covered = [each.window for each in loaded]
    missing = [wanted] if re_extract else gaps(_reaching_back(wanted, covered), covered)
    return [(window, "delta") for window in missing]


def _is_sweep_due(
    source: SourceObject, loaded: list[_Loaded], horizon: datetime, sources: Sources
) -> bool:
    """The last snapshot is of an earlier sweep period, or something may have been missed since.

    Periods are `sweep_days` long, and each object's begin on another day: swept all in one night,
    they would use up a day's quota.
    """
    if source.mode == "full" or source.is_log:
        return False
    snapshots = [each for each in loaded if each.mode == "snapshot"]
    last_end = max(each.window.end for each in snapshots)
    last_at = max(each.extracted_at for each in snapshots)
    sweep_days = sources.sweep_days
    own_day = int(hashlib.sha256(source.id.encode()).hexdigest()[:8], 16) % sweep_days

    def period(instant: datetime) -> int:
        return ((instant - BEGINNING) // _DAY - own_day) // sweep_days

    since = [each for each in loaded if each.extracted_at >= last_at]
    listed = sources.of(source.crm).custom_fields.get(source.table, ())
    return (
        period(horizon) > period(last_end)
        or any(each.has_deletion_gap and each.extracted_at > last_at for each in loaded)
        or _is_shown_again(since)
        # What stands in a field listed anew of records that do not change is only in a full reading.
        or any(each.read_fields is not None and set(listed) - each.read_fields for each in since)
    )


def _is_shown_again(loaded: list[_Loaded]) -> bool:
    """A field is read now that one of these windows was read without.

    What that one holds of the field is only in a full reading.
    """
    fields = [
        each.read_fields
        for each in sorted(loaded, key=lambda each: each.extracted_at)
        if each.read_fields is not None
    ]
    return any(fields[-1] - earlier for earlier in fields[:-1])


def _as_begun(window: Window, mode: Mode, begun: dict[tuple[datetime, str], datetime]) -> Window:
    """The window with the end it had when the run first began it; what is later waits."""
    return Window(window.start, min(window.end, begun.get((window.start, mode), window.end)))


def _asked(window: Window, mode: Mode, overlap: timedelta) -> PlannedWindow:
    """The window with what to ask the source for. It is the same for every try."""
    asked = window if mode == "snapshot" else window.widened(overlap)
    return PlannedWindow(window, asked, mode)


def check_warehouse(engine: sa.Engine, landing_folder: Path) -> None:
    """Refuse a warehouse that knows nothing of what has landed here before.

    All would be read anew, in green, without the past that the CRMs no longer tell, and a report that
    is run again be mailed again.

    Raises:
        StopError: the ledger is empty, and there are landed batches.
    """
    if next(landing_folder.glob(f"*/*/*/{MANIFEST_NAME}"), None) is None:
        return
    with engine.connect() as connection:
        if connection.scalar(sa.select(sa.exists().select_from(extract_window))):
            return
    url = engine.url
    raise StopError(
        f"The warehouse {url.database} at {url.host}:{url.port} is empty, and another one holds what landed in "
        f"{landing_folder}: only there is what was mailed to whom, and what the CRMs no longer tell.",
        "Correct the Airflow connection crm_warehouse, or restore the warehouse from its backup. If this one "
        "is to begin anew, move that folder away, or set CRM_DATA_DIRECTORY to another.",
    )


def begin(engine: sa.Engine, row: dict[str, Any], batch_ids: Iterator[str]) -> str:
    """Enter a window as `extracting` under the first id that is free; that id."""
    with engine.begin() as connection:
        for batch_id in batch_ids:
            entered = connection.scalar(
                postgresql.insert(extract_window)
                .values(batch_id=batch_id, status="extracting", **row)
                .on_conflict_do_nothing(index_elements=["batch_id"])
                .returning(extract_window.c.batch_id)
            )
            if entered is not None:
                return batch_id
    raise AssertionError("the ids never end")


def take_up(engine: sa.Engine, batch_id: str, status: str) -> bool:
    """Enter a window as `extracting` if it still has the status it was seen with; whether it has."""
    window = extract_window.c
    statement = (
        sa.update(extract_window)
        .where(window.batch_id == batch_id, window.status == status)
        .values(status="extracting")
        .returning(window.batch_id)
    )
    with engine.begin() as connection:
        return connection.scalar(statement) is not None


def update(engine: sa.Engine, batch_id: str, **values: Any) -> None:
    """Enter what became of a window."""
    with engine.begin() as connection:
        connection.execute(
            sa.update(extract_window).where(extract_window.c.batch_id == batch_id).values(**values)
        )


def note_quota(engine: sa.Engine, crm: str, read_at: datetime, quota: Quota) -> None:
    """One row of ops.quota_reading; of two at one instant the one that counted more stays."""
    entered = postgresql.insert(quota_reading).values(
        crm=crm, read_at=read_at, used_count=quota.used_count, limit_count=quota.limit_count
    )
    kept = sa.func.greatest(quota_reading.c.used_count, entered.excluded.used_count)
    with engine.begin() as connection:
        connection.execute(
            entered.on_conflict_do_update(
                index_elements=["crm", "read_at"], set_={"used_count": kept}
            )
        )


def earlier_tries(
    engine: sa.Engine, source: SourceObject, window: Window, mode: Mode, run_id: str
) -> list[sa.Row[Any]]:
    """What the run has landed of a window already, or left to go on with, or was killed at.

    Rows of the ledger, the latest first.
    """
    statement = (
        sa.select(extract_window)
        .where(
            *_of_run(source, run_id),
            extract_window.c.mode == mode,
            extract_window.c.window_start_at == window.start,
            extract_window.c.window_end_at == window.end,
        )
        .order_by(extract_window.c.extracted_at.desc(), extract_window.c.batch_id.desc())
    )
    with engine.connect() as connection:
        return list(connection.execute(statement))


def has_loaded(engine: sa.Engine, run_id: str) -> bool:
    """Whether a run has loaded anything into staging."""
    ledger = extract_window.c
    loaded = sa.exists().where(ledger.run_id == run_id, ledger.status == "loaded")
    with engine.connect() as connection:
        return bool(connection.scalar(sa.select(loaded)))


def is_loaded_since(engine: sa.Engine, source: SourceObject, instant: datetime) -> bool:
    """Whether staging holds a window of an object that ends after an instant."""
    return any(each.window.end > instant for each in _loaded_windows(engine, source))


def loaded_since_facts(engine: sa.Engine, run_id: str | None = None) -> list[str]:
    """Ids of the objects of which staging holds more than facts were last built of; of one run's alone
    where it is named.
    """
    ledger = extract_window.c
    object_id = ledger.crm.concat(".").concat(ledger.object_name)
    is_meant = sa.true() if run_id is None else ledger.run_id == run_id
    is_later = ledger.status == "loaded", sa.not_(ledger.is_in_facts), is_meant
    statement = sa.select(object_id).distinct().where(*is_later).order_by(object_id)
    with engine.connect() as connection:
        return list(connection.scalars(statement))


def superseded(
    engine: sa.Engine, source: SourceObject, window: Window, run_id: str
) -> list[sa.Row[Any]]:
    """What other runs left of windows that this run has landed now: to go on with, or killed at it."""
    ledger = extract_window.c
    statement = sa.select(ledger.batch_id, ledger.status).where(
        ledger.crm == source.crm,
        ledger.object_name == source.table,
        ledger.run_id != run_id,
        sa.or_(
            ledger.status == "extracting",
            sa.and_(ledger.status == "failed", ledger.checkpoint_at.is_not(None)),
        ),
        ledger.window_start_at >= window.start,
        ledger.window_end_at <= window.end,
    )
    with engine.connect() as connection:
        return list(connection.execute(statement))


def _begun_ends(
    engine: sa.Engine, source: SourceObject, run_id: str
) -> dict[tuple[datetime, str], datetime]:
    """End of each window the run has begun and not lost, by its start and mode."""
    window = extract_window.c
    statement = sa.select(window.window_start_at, window.mode, window.window_end_at).where(
        *_of_run(source, run_id)
    )
    with engine.connect() as connection:
        found = connection.execute(statement.order_by(window.extracted_at))
        return {(start, mode): end for start, mode, end in found}


def _of_run(source: SourceObject, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    """What picks from the ledger the windows of an object that a run began and that are its to end."""
    window = extract_window.c
    return (
        window.crm == source.crm,
        window.object_name == source.table,
        window.run_id == run_id,
        sa.or_(
            window.status.in_(("extracting", "landed", "validated")),
            sa.and_(window.status == "failed", window.checkpoint_at.is_not(None)),
        ),
    )


def _loaded_windows(engine: sa.Engine, source: SourceObject) -> list[_Loaded]:
    """Windows of an object that staging holds."""
    window = extract_window.c
    statement = sa.select(
        window.window_start_at,
        window.window_end_at,
        window.mode,
        window.extracted_at,
        window.has_deletion_gap,
        window.read_fields,
    ).where(
        window.crm == source.crm,
        window.object_name == source.table,
        window.status == "loaded",
    )
    with engine.connect() as connection:
        return [
            _Loaded(
                Window(start, end),
                mode,
                extracted_at,
                has_gap,
                None if fields is None else frozenset(fields),
            )
            for start, end, mode, extracted_at, has_gap, fields in connection.execute(statement)
        ]


def _clipped(interval: Window, horizon: datetime) -> Window | None:
    """The part of an interval before the horizon; None where there is none."""
    end = min(interval.end, horizon)
    return Window(interval.start, end) if end > interval.start else None


def _reaching_back(wanted: Window, covered: list[Window]) -> Window:
    """The window, begun where coverage before its start ends."""
    before = gaps(Window(BEGINNING, wanted.start), covered) if wanted.start > BEGINNING else []
    if before and before[-1].end == wanted.start:
        return Window(before[-1].start, wanted.end)
    return wanted
