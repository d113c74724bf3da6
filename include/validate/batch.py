"""A verdict on one landed batch: which records are set aside, and whether the rest may be loaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from include.core.batch import Manifest, read_frames, read_manifest
from include.core.canonical import canonical_frame
from include.core.errors import StopError
from include.core.field import Field
from include.tables import ops, raw
from include.tables.objects import source_object
from include.tables.source_object import SourceObject
from include.validate.expectations import Checker, Outcome, context_with_files
from include.validate.history import batch_rules
from include.validate.profile import BatchProfile, add_frame, keep_profile
from include.validate.rules import TYPED_SUFFIX, record_rules

# A few bad records in a small batch are bad records, not a broken feed.
ALWAYS_SET_ASIDE = 10
TOMBSTONE = "_tombstone"


@dataclass(frozen=True)
class Verdict:
    """What became of a batch, and in words what was wrong with it."""

    batch_id: str
    status: Literal["validated", "rejected"]
    checked_count: int
    set_aside_count: int
    summary: str


def validate_batch(
    engine: sa.Engine,
    landing_folder: Path,
    batch_id: str,
    run_id: str,
    checked_at: datetime,
    set_aside_limit_rate: float,
    sweep_guard_rate: float,
    results_folder: Path,
) -> Verdict:
    """Check a landed batch, set failing records aside, and write the verdict to the ledger.

    The two rates are the shares of a batch that may be set aside, and of an object's records that a
    snapshot may lack.

    Raises:
        StopError: the ledger does not know the batch.
        IncompleteError: the files are not what the manifest says.
    """
    with engine.connect() as connection:
        window = connection.execute(
            sa.select(ops.extract_window).where(ops.extract_window.c.batch_id == batch_id)
        ).one_or_none()
    if window is None or window.manifest_path is None:
        raise StopError(
            f"The ledger has no landed batch {batch_id}.", "Clear the task of this object."
        )
    folder = landing_folder / window.manifest_path
    manifest = read_manifest(folder)
    source = source_object(f"{manifest.crm}.{manifest.object_name}")
    context = context_with_files(results_folder)
    checker = Checker(source.id, record_rules(source), context)
    aside: dict[int, tuple[str | None, list[str], dict[str, Any]]] = {}
    profile: BatchProfile = {}
    checked, newest = _check_records(folder, manifest, source, checker, aside, profile)
    summary_rules, numbers = batch_rules(
        engine,
        source,
        manifest,
        newest,
        profile,
        len(aside),
        checked,
        max(ALWAYS_SET_ASIDE, int(set_aside_limit_rate * checked)),
        sweep_guard_rate,
    )
    whole = Checker(f"{source.id}.batch", summary_rules, context)
    whole.check(pd.DataFrame([numbers]))
    for outcome in whole.outcomes:
        outcome.observed = f"{numbers[outcome.rule.arguments['column']]:g}"
    broken = [o for o in whole.outcomes if o.rule.severity == "critical" and not o.is_success]
    unevaluated = [o for o in checker.outcomes if o.rule.severity == "critical" and o.error]
    verdict = Verdict(
        batch_id,
        "rejected" if broken or unevaluated else "validated",
        checked,
        len(aside),
        f"{source.id}: "
        + (
            "; ".join([_words(o) for o in broken] + [o.error for o in unevaluated]) or "as expected"
        ),
    )
    for kept in (checker, whole):
        kept.keep(run_id, checked_at)
    outcomes = [*checker.outcomes, *whole.outcomes]
    _write(engine, verdict, source, outcomes, aside, profile, run_id, checked_at)
    return verdict


def checked_frame(
    frame: pd.DataFrame, source: SourceObject, fields: tuple[Field, ...]
) -> pd.DataFrame:
    """Typed columns to check: numbers as floats, the rest as text, and per typed field whether it fits.

    A value that does not fit its type is NULL here, and False in the column that says so.
    """
    canonical, failures = canonical_frame(frame, fields)
    checked = pd.DataFrame({source.key_column: frame[source.key]}, index=frame.index)
    fits = pd.Series(True, index=frame.index)
    for field in fields:
        values = canonical[field.column]
        is_number = field.type in ("integer", "decimal", "money")
        checked[field.column] = (
            pd.to_numeric(values.astype(object)).astype("float64")
            if is_number
            else values.astype(object).where(values.notna(), None)
        )
        if field.type != "text":
            checked[field.column + TYPED_SUFFIX] = ~failures.get(field.column, ~fits)
    return checked


def _check_records(
    folder: Path,
    manifest: Manifest,
    source: SourceObject,
    checker: Checker,
    aside: dict[int, tuple[str | None, list[str], dict[str, Any]]],
    profile: BatchProfile,
) -> tuple[int, pd.Timestamp | None]:
    """Check all frames of a batch; records checked, and the newest cursor.

    Enters into `aside` the records that fail, and into `profile` what the values of fields are like.
    """
    paths = list(dict.fromkeys([source.key, *(f.source for f in source.fields), TOMBSTONE]))
    if source.cursor and source.cursor not in paths:
        paths.append(source.cursor)
    read = [field for field in source.fields if field.source in manifest.fields]
    checked, newest = 0, None
    for frame in read_frames(folder, manifest, paths):
        # A record deleted for good has nothing left to check but its id.
        records = frame[frame[TOMBSTONE].isna()]
        if records.empty:
            continue
        before = [len(outcome.rows) for outcome in checker.outcomes]
        values = checked_frame(records, source, source.fields)
        checker.check(values)
        checked += len(records)
        add_frame(profile, values, read)
        for outcome, seen in zip(checker.outcomes, before, strict=True):
            if outcome.rule.severity == "critical":
                for row in outcome.rows[seen:]:
                    _set_aside(aside, int(row), records.loc[row], source, outcome.rule.words)
        if source.cursor:
            instants = pd.to_datetime(
                records[source.cursor].astype(object), utc=True, errors="coerce", format="ISO8601"
            )
            latest = instants.max()
            newest = latest if newest is None or latest > newest else newest
    return checked, newest if newest is not pd.NaT else None


def _set_aside(
    aside: dict[int, tuple[str | None, list[str], dict[str, Any]]],
    row: int,
    record: pd.Series,
    source: SourceObject,
    words: str,
) -> None:
    """Note one more reason against a record."""
    if row not in aside:
        payload = {path: _storable(value) for path, value in record.items() if pd.notna(value)}
        aside[row] = (payload.get(source.key), [], payload)
    aside[row][1].append(words)


def _storable(value: str) -> str:
    """The value without NUL, which PostgreSQL holds neither as text nor as JSON."""
    return value.replace("\x00", "")


def _words(outcome: Outcome) -> str:
    """A broken rule on a whole batch, with what was seen."""
    return f"{outcome.rule.words} (seen: {outcome.observed})"


def _write(
    engine: sa.Engine,
    verdict: Verdict,
    source: SourceObject,
    outcomes: list[Outcome],
    aside: dict[int, tuple[str | None, list[str], dict[str, Any]]],
    profile: BatchProfile,
    run_id: str,
    checked_at: datetime,
) -> None:
    """All that came of a check, in one transaction; a second check replaces the first."""
    with engine.begin() as connection:
        connection.execute(
            raw.set_aside_record.delete().where(raw.set_aside_record.c.batch_id == verdict.batch_id)
        )
        rows = [
            {
                "batch_id": verdict.batch_id,
                "row_number": row,
                "crm": source.crm,
                "object_name": source.table,
                "record_id": record_id,
                "reasons": reasons,
                "payload": json.loads(json.dumps(payload, default=str)),
                "set_aside_at": checked_at,
            }
            for row, (record_id, reasons, payload) in sorted(aside.items())
        ]
        if rows:
            connection.execute(raw.set_aside_record.insert(), rows)
        write_outcomes(connection, outcomes, source.id, verdict.batch_id, run_id, checked_at)
        keep_profile(connection, verdict.batch_id, profile)
        window = ops.extract_window
        connection.execute(
            window.update()
            .where(window.c.batch_id == verdict.batch_id)
            .values(
                status=sa.case((window.c.status == "loaded", "loaded"), else_=verdict.status),
                set_aside_count=verdict.set_aside_count,
                error=verdict.summary if verdict.status == "rejected" else None,
            )
        )


def write_outcomes(
    connection: sa.Connection,
    outcomes: list[Outcome],
    suite: str,
    batch_id: str,
    run_id: str,
    checked_at: datetime,
) -> None:
    """One row of ops.expectation_result per rule; a second check of the same run replaces the first.

    Rules that name what they found are others when that is repaired: the first ones go.
    """
    statement = insert(ops.expectation_result)
    rows = [
        {
            "run_id": run_id,
            "suite": suite,
            "batch_id": batch_id,
            "expectation": outcome.rule.words,
            "column_name": outcome.rule.column,
            "severity": outcome.rule.severity,
            "is_success": outcome.is_success,
            "checked_count": outcome.checked_count,
            "unexpected_count": outcome.unexpected_count,
            "observed": outcome.error or outcome.observed or None,
            "checked_at": checked_at,
        }
        for outcome in outcomes
    ]
    keys = [column.name for column in ops.expectation_result.primary_key]
    values = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), rows)
    result = ops.expectation_result.c
    connection.execute(
        ops.expectation_result.delete().where(
            result.run_id == run_id,
            result.suite == suite,
            result.batch_id == batch_id,
            result.expectation.not_in({row["expectation"] for row in rows}),
        )
    )
