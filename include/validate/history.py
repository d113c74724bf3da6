"""Rules on a whole batch, their bounds taken from what the object's earlier batches were like."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from include.core.batch import Manifest
from include.tables import ops
from include.tables.source_object import SourceObject
from include.validate.drift import KEPT_BATCHES, drift_rules
from include.validate.profile import BatchProfile, earlier_profiles
from include.validate.rules import Judged, Rule, judge

# Batches of the same object and mode that a new one is compared with.
COMPARED_BATCHES = 14
# Fewer than these say nothing of what is usual.
ENOUGH_BATCHES = 5
UNUSUAL_FACTOR = 10
# A snapshot of less than this share of the one before is a lost permission until proven otherwise.
SHRINKAGE_LIMIT = 0.5
DAYS_WITHOUT_CHANGE = 7
# An object that usually changes and for once does not is had on any Sunday; one that stays silent so
# many windows in a row is more often read wrongly.
SILENT_WINDOWS = 3


def batch_rules(
    engine: sa.Engine,
    source: SourceObject,
    manifest: Manifest,
    newest: pd.Timestamp | None,
    profile: BatchProfile,
    set_aside: int,
    checked: int,
    set_aside_limit: int,
    sweep_guard_rate: float,
) -> tuple[list[Rule], dict[str, float]]:
    """The rules, and the numbers they are about."""
    earlier, changes = (_earlier_counts(engine, manifest, mode) for mode in ("snapshot", "delta"))
    judged = [
        judge(
            f"at most {set_aside_limit} of {checked} records are set aside",
            ("set_aside_count", set_aside),
            "critical",
            most=set_aside_limit,
        ),
        *_on_fields(engine, source, manifest),
        *drift_rules(
            source, manifest.mode, profile, earlier_profiles(engine, manifest, KEPT_BATCHES)
        ),
        *_on_counts(engine, manifest),
    ]
    if manifest.mode == "snapshot":
        judged += _on_snapshot(manifest, newest, earlier, changes, sweep_guard_rate)
    else:
        judged += _on_delta(manifest, changes)
    numbers = {str(rule.arguments["column"]): number for rule, number in judged}
    return [rule for rule, _ in judged], numbers


def _on_fields(engine: sa.Engine, source: SourceObject, manifest: Manifest) -> list[Judged]:
    """What may be read of the object."""
    unread = [
        field.source
        for field in source.fields
        if field.required and field.source not in manifest.fields
    ]
    vanished = _vanished_fields(engine, source, manifest)
    return [
        judge(
            "every field we cannot do without may be read"
            + (f": {', '.join(unread)} may not" if unread else ""),
            ("missing_field_count", len(unread)),
            "critical",
            most=0,
        ),
        # Their last values stay in staging; that they do not change any more has to be seen.
        judge(
            "every field that was read before is still shown to us"
            + (f": {', '.join(vanished)} are not" if vanished else ""),
            ("vanished_field_count", len(vanished)),
            "warning",
            most=0,
        ),
    ]


def _on_counts(engine: sa.Engine, manifest: Manifest) -> list[Judged]:
    """What was announced and what came; and whether the last snapshot brought what had not come."""
    judged = []
    if manifest.source_count is not None:
        lost_count = manifest.source_count - manifest.landed_count
        words = "as many records landed as the source said it sent"
        judged.append(judge(words, ("lost_count", lost_count), "critical", 0, 0))
    missed_count = _missed_count(engine, manifest)
    if missed_count is not None:
        words = "the last full reading found nothing that reading by change had missed"
        judged.append(judge(words, ("missed_count", missed_count), "warning", most=0))
    return judged


def _on_snapshot(
    manifest: Manifest,
    newest: pd.Timestamp | None,
    earlier: list[int],
    changes: list[int],
    sweep_guard_rate: float,
) -> list[Judged]:
    """How large a snapshot is, and how fresh."""
    judged = []
    if earlier:
        # Who lets more go on purpose, after a purge, must not be stopped for ever here.
        share = min(SHRINKAGE_LIMIT, 1 - sweep_guard_rate)
        least = int(round(share * earlier[0], 6))
        words = f"the snapshot holds at least {least} records, {share:.0%} of the one before"
        judged.append(judge(words, ("landed_count", manifest.landed_count), "critical", least))
    # Roles, products and contracts of a small company may well stay as they are for weeks.
    if newest is not None and _is_usually_changing(changes):
        age_days = (manifest.window.end - newest.to_pydatetime()).total_seconds() / 86400
        words = f"something changed in the last {DAYS_WITHOUT_CHANGE} days"
        judged.append(
            judge(words, ("newest_age_days", age_days), "warning", most=DAYS_WITHOUT_CHANGE)
        )
    return judged


def _on_delta(manifest: Manifest, earlier: list[int]) -> list[Judged]:
    """How much changed, and for how long nothing has."""
    judged = []
    compared = earlier[:COMPARED_BATCHES]
    if len(compared) >= ENOUGH_BATCHES:
        usual = sorted(compared)[len(compared) // 2]
        least = 1 if min(compared) > 0 else 0
        most = max(UNUSUAL_FACTOR * usual, UNUSUAL_FACTOR)
        words = f"between {least} and {most} records changed, as usual"
        judged.append(judge(words, ("landed_count", manifest.landed_count), "warning", least, most))
    if _is_usually_changing(earlier):
        silent_count = _silent_count([manifest.landed_count, *earlier])
        words = f"fewer than {SILENT_WINDOWS} windows in a row are empty"
        judged.append(
            judge(words, ("silent_window_count", silent_count), "warning", most=SILENT_WINDOWS - 1)
        )
    return judged


def _earlier_counts(engine: sa.Engine, manifest: Manifest, mode: str) -> list[int]:
    """Records landed by the object's loaded batches of a mode, latest first."""
    window = ops.extract_window.c
    with engine.connect() as connection:
        found = connection.execute(
            sa.select(window.landed_count)
            .where(
                window.crm == manifest.crm,
                window.object_name == manifest.object_name,
                window.mode == mode,
                window.status == "loaded",
                window.batch_id != manifest.batch_id,
            )
            .order_by(window.extracted_at.desc())
        )
        return [row.landed_count or 0 for row in found]


def _silent_count(counts: list[int]) -> int:
    """Windows in a row, the latest first, that held nothing."""
    return next((n for n, landed in enumerate(counts) if landed), len(counts))


def _is_usually_changing(earlier: list[int]) -> bool:
    """Most windows before the silence, if there is one, held something."""
    usual = earlier[_silent_count(earlier) :][:COMPARED_BATCHES]
    return len(usual) >= ENOUGH_BATCHES and sorted(usual)[len(usual) // 2] > 0


def _vanished_fields(engine: sa.Engine, source: SourceObject, manifest: Manifest) -> list[str]:
    """Fields that are missing now and that a loaded batch of the object held, by the CRM's names."""
    window = ops.extract_window.c
    statement = (
        sa.select(window.read_fields)
        .distinct()
        .where(
            window.crm == manifest.crm,
            window.object_name == manifest.object_name,
            window.status == "loaded",
            window.read_fields.is_not(None),
        )
    )
    with engine.connect() as connection:
        known = {column for columns in connection.scalars(statement) for column in columns}
    return [
        field.source
        for field in source.fields
        if field.source in manifest.missing_fields and field.column in known
    ]


def _missed_count(engine: sa.Engine, manifest: Manifest) -> int | None:
    """What the object's last snapshot brought that had been missed; None where nobody could tell."""
    window = ops.extract_window.c
    with engine.connect() as connection:
        return connection.scalar(
            sa.select(window.missed_count)
            .where(
                window.crm == manifest.crm,
                window.object_name == manifest.object_name,
                window.mode == "snapshot",
                window.status == "loaded",
            )
            .order_by(window.extracted_at.desc())
            .limit(1)
        )
