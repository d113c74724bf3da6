"""The ledger of windows: what has been read of each object, and what has to be read next.

It is the state of extraction. A window is covered once staging holds it; gaps are plain to see,
and windows may come in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from include.core.reading import Quota
from include.core.window import BEGINNING, Window, gaps
from include.tables.ops import extract_window, quota_reading
from include.tables.source_object import SourceObject

Mode = Literal["snapshot", "delta"]


@dataclass(frozen=True)
class PlannedWindow:
    """A window to land. `window` is what the ledger will call covered; `query_window` is what to
    ask the source for: it starts earlier by the overlap, for records that became visible late.
    """

    window: Window
    query_window: Window
    mode: Mode


def plan_windows(
    engine: sa.Engine,
    source: SourceObject,
    interval: Window | None,
    now: datetime,
    lag: timedelta,
    overlap: timedelta,
    re_extract: bool,
) -> list[PlannedWindow]:
    """What a run has to read of one object, earliest first; nothing later than `now` - `lag`.

    - Nothing loaded yet, whatever the interval: one snapshot of everything.
    - An interval: what the ledger lacks of it, and of the time right before it: the lag cut that
      off the run before, or that run failed. With `re_extract` all of the interval, loaded or not.
    - No interval (a run by hand): everything the ledger lacks, or with `re_extract` a new snapshot.
    - An object read in full each time: one snapshot, unless one reaches the interval's end already.
    """
    horizon = (now - lag).replace(microsecond=0)
    everything = Window(BEGINNING, horizon)
    snapshot = [PlannedWindow(everything, everything, "snapshot")]
    loaded = _loaded_windows(engine, source)
    snapshots = [window for window, mode in loaded if mode == "snapshot"]
    if not snapshots or (re_extract and interval is None):
        return snapshot
    wanted = everything if interval is None else _clipped(interval, horizon)
    if wanted is None:
        return []
    if source.mode == "full":
        is_covered = any(window.end >= wanted.end for window in snapshots)
        return snapshot if re_extract or not is_covered else []
    if re_extract:
        missing = [wanted]
    else:
        covered = [window for window, _ in loaded]
        missing = gaps(_reaching_back(wanted, covered), covered)
    return [PlannedWindow(window, window.widened(overlap), "delta") for window in missing]


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


def abandon(
    engine: sa.Engine, source: SourceObject, window: Window, run_id: str, error: str
) -> list[str]:
    """Enter as failed what an earlier try of the same run left `extracting`; the ids of those."""
    statement = (
        sa.update(extract_window)
        .where(
            extract_window.c.crm == source.crm,
            extract_window.c.object_name == source.table,
            extract_window.c.window_start_at == window.start,
            extract_window.c.window_end_at == window.end,
            extract_window.c.run_id == run_id,
            extract_window.c.status == "extracting",
        )
        .values(status="failed", error=error)
        .returning(extract_window.c.batch_id)
    )
    with engine.begin() as connection:
        return list(connection.scalars(statement))


def _loaded_windows(engine: sa.Engine, source: SourceObject) -> list[tuple[Window, str]]:
    """Windows of an object that staging holds, each with its mode."""
    statement = sa.select(
        extract_window.c.window_start_at, extract_window.c.window_end_at, extract_window.c.mode
    ).where(
        extract_window.c.crm == source.crm,
        extract_window.c.object_name == source.table,
        extract_window.c.status == "loaded",
    )
    with engine.connect() as connection:
        return [(Window(start, end), mode) for start, end, mode in connection.execute(statement)]


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
