"""A CRM with a clock of its own, and a pipeline that reads it into a warehouse: what a history acts on.

Between landing and staging only the ledger is told that a batch is fit: Great Expectations takes
longer over a batch of three records than all the rest together, and its verdicts are tested elsewhere.
What it would do to a record, setting it aside, is done by hand.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from include.core.batch import read_frames, read_manifest
from include.core.errors import PipelineError
from include.core.reading import Checkpoint, Page, Reading
from include.core.settings_sources import Sources
from include.core.window import Window
from include.land.landing import land
from include.land.ledger import PlannedWindow, plan_windows
from include.sandbox.server import Sandbox
from include.stage.load import load_batch
from include.tables import ops, raw, source_object, stage

FIRST_INSTANT = datetime(2026, 3, 2, 6, tzinfo=UTC)
LAG, OVERLAP = timedelta(minutes=5), timedelta(minutes=60)
# Later than this after its stamp no record becomes visible, and no search finds it.
LATEST_VISIBILITY = LAG + OVERLAP - timedelta(minutes=1)


class ProcessEndedError(BaseException):
    """The process that reads is killed."""


def choices(sources: Sources) -> Sources:
    """The settings the histories run with: sweeps only when asked for."""
    minutes = {"lag_minutes": LAG.seconds // 60, "overlap_minutes": OVERLAP.seconds // 60}
    return sources.model_copy(
        update={
            "salesforce": sources.salesforce.model_copy(update=minutes),
            "hubspot": sources.hubspot.model_copy(update=minutes),
            "sweep_days": 100_000,
        }
    )


class CrmWorld:
    """One CRM and one warehouse, both empty at first. Subclasses know the CRM."""

    object_ids: tuple[str, ...]
    crm: str

    def __init__(self, engine: sa.Engine, folder: Path, sources: Sources) -> None:
        self.engine = engine
        self.folder = folder
        self.sources = choices(sources)
        self.now = FIRST_INSTANT
        self.sandbox = Sandbox(folder / "crm", clock=lambda: self.now)
        self.sandbox.__enter__()
        self.control = self.sandbox.control
        # Landed and not loaded yet.
        self.pending: list[str] = []
        # Records that were deleted, archived, merged or purged at some time.
        self.ever_gone: set[str] = set()
        self.run_numbers = itertools.count()
        self.has_set_aside = False
        self._empty_warehouse()

    def close(self) -> None:
        """Stop the CRM."""
        self.sandbox.__exit__(None, None, None)

    def advance(self, elapsed: timedelta) -> None:
        """Let time pass, for the CRM and for the pipeline."""
        self.now += elapsed

    # Reading

    def plan(self, object_id: str, run_id: str, **asked: Any) -> list[PlannedWindow]:
        """What a run reads of an object now."""
        source = source_object(object_id)
        return plan_windows(self.engine, source, self.sources, self.now, run_id=run_id, **asked)

    def read(
        self, object_id: str, run_id: str, break_after: int | None = None, **asked: Any
    ) -> bool:
        """Land what a run reads of an object; whether all of it landed.

        With `break_after` the process is killed when so many pages have landed.
        """
        for planned in self.plan(object_id, run_id, **asked):
            reading = functools.partial(self._reading, object_id, planned, break_after)
            try:
                batch_id = land(
                    self.engine,
                    self.folder / "landing",
                    source_object(object_id),
                    planned.window,
                    planned.mode,
                    run_id,
                    self.now,
                    reading,
                )
            except ProcessEndedError:
                self._forget_last_words(run_id)
                return False
            except PipelineError:
                return False
            if batch_id not in self.pending and self._status(batch_id) == "landed":
                self.pending.append(batch_id)
        return True

    def read_again(self, object_id: str, window: Window) -> bool:
        """Land a window once more, as a backfill that reads again."""
        run_id = f"run-{next(self.run_numbers)}"
        return self.read(object_id, run_id, interval=window, is_backfill=True, re_extract=True)

    def _reading(
        self,
        object_id: str,
        planned: PlannedWindow,
        break_after: int | None,
        spool: Path,
        resume: Checkpoint | None,
    ) -> Reading:
        reading = self.begin(object_id, planned, spool, resume)
        if break_after is not None:
            reading.pages = _deadly(reading.pages, break_after)
        return reading

    def begin(
        self, object_id: str, planned: PlannedWindow, spool: Path, resume: Checkpoint | None
    ) -> Reading:
        """Begin reading over HTTP."""
        raise NotImplementedError

    def _forget_last_words(self, run_id: str) -> None:
        """Whoever is killed does not write into the ledger that he was."""
        window = ops.extract_window
        with self.engine.begin() as connection:
            connection.execute(
                window.update()
                .where(window.c.run_id == run_id, window.c.status == "failed")
                .values(status="extracting", error=None)
            )

    def _status(self, batch_id: str) -> str | None:
        window = ops.extract_window.c
        with self.engine.connect() as connection:
            return connection.scalar(sa.select(window.status).where(window.batch_id == batch_id))

    # Loading

    def load(self, batch_id: str) -> None:
        """Load a landed batch. The guard is about what changes at once, and is tested elsewhere."""
        self.pending.remove(batch_id)
        load_batch(self.engine, self.folder / "landing", batch_id, self.now, 1.0)
        self._check_deleted()

    def _check_deleted(self) -> None:
        """At no time may a record be taken for deleted that never was."""
        gone = self.current(self.object_ids[0], "is_deleted")
        assert {key for key, (is_deleted,) in gone.items() if is_deleted} <= self.ever_gone

    def set_aside(self, batch_id: str, number: int) -> None:
        """Set one record of a batch aside, as validation does with one that breaks a rule."""
        window = ops.extract_window.c
        with self.engine.connect() as connection:
            row = connection.execute(
                sa.select(ops.extract_window).where(window.batch_id == batch_id)
            ).one()
        if not row.landed_count:
            return
        self.has_set_aside = True
        source = source_object(f"{row.crm}.{row.object_name}")
        folder = self.folder / "landing" / row.manifest_path
        frames = read_frames(folder, read_manifest(folder), [source.key])
        ids = [id_ for frame in frames for id_ in frame[source.key]]
        position = number % len(ids)
        with self.engine.begin() as connection:
            connection.execute(
                raw.set_aside_record.insert().values(
                    batch_id=batch_id,
                    row_number=position,
                    crm=row.crm,
                    object_name=row.object_name,
                    record_id=ids[position],
                    reasons=["broken"],
                    payload={},
                    set_aside_at=self.now,
                )
            )

    def catch_up(self, *, is_sweep: bool) -> None:
        """Read and load all that lacks, with nothing in the way."""
        self.control.clear_faults()
        self.control.clear_trouble()
        for object_id in self.object_ids:
            run_id = f"run-{next(self.run_numbers)}"
            known = list(self.pending)
            assert self.read(object_id, run_id, re_extract=is_sweep), "an undisturbed run failed"
            for batch_id in [each for each in self.pending if each not in known]:
                self.load(batch_id)

    # Comparing

    def current(self, object_id: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The current table by record id."""
        table, key = stage.CURRENT[object_id], source_object(object_id).key_column
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(table.c[key], *(table.c[name] for name in columns)))
            return {row[0]: tuple(row[1:]) for row in rows}

    def has_gap(self) -> bool:
        """Some loaded reading said that it may lack deletions."""
        window = ops.extract_window.c
        with self.engine.connect() as connection:
            return bool(
                connection.scalar(
                    sa.select(sa.func.count()).where(
                        window.has_deletion_gap, window.status == "loaded"
                    )
                )
            )

    def _empty_warehouse(self) -> None:
        tables = [
            ops.extract_window,
            raw.set_aside_record,
            stage.record_merge,
            stage.record_tombstone,
        ]
        for object_id in self.object_ids:
            tables += [stage.CURRENT[object_id], stage.VERSION[object_id]]
        with self.engine.begin() as connection:
            for table in tables:
                connection.execute(table.delete())


def _deadly(pages: Iterator[Page], break_after: int) -> Iterator[Page]:
    for number, page in enumerate(pages):
        if number == break_after:
            raise ProcessEndedError
        yield page
    # A small object may be whole before.


def quietly(action: Any, *arguments: Any, **named: Any) -> None:
    """Do what may not be possible any more: the record is gone."""
    with suppress(KeyError):
        action(*arguments, **named)
