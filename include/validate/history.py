"""Rules on a whole batch, their bounds taken from what the object's earlier batches were like."""

from __future__ import annotations

import pandas as pd
import sqlalchemy as sa

from include.core.batch import Manifest
from include.tables import ops
from include.tables.source_object import SourceObject
from include.validate.rules import Rule, count_rule

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
    set_aside: int,
    checked: int,
    set_aside_limit: int,
) -> tuple[list[Rule], dict[str, float]]:
    """The rules, and the numbers they are about."""
    every = _earlier_counts(engine, manifest)
    earlier = every[:COMPARED_BATCHES]
    vanished = _vanished_fields(engine, source, manifest)
    unread = [
        field
        for field in source.fields
        if field.required and field.severity == "critical" and field.source not in manifest.fields
    ]
    names = ", ".join(field.source for field in unread)
    numbers = {
        "set_aside_count": float(set_aside),
        "landed_count": float(manifest.landed_count),
        "missing_field_count": float(len(unread)),
        "vanished_field_count": float(len(vanished)),
    }
    rules = [
        count_rule(
            f"at most {set_aside_limit} of {checked} records are set aside",
            "set_aside_count",
            "critical",
            None,
            set_aside_limit,
        ),
        count_rule(
            "every field we cannot do without may be read"
            + (f": {names} may not" if unread else ""),
            "missing_field_count",
            "critical",
            None,
            0,
        ),
        # Their last values stay in staging; that they do not change any more has to be seen.
        count_rule(
            "every field that was read before is still shown to us"
            + (f": {', '.join(vanished)} are not" if vanished else ""),
            "vanished_field_count",
            "warning",
            None,
            0,
        ),
    ]
    missed = _missed_count(engine, manifest)
    if missed is not None:
        numbers["missed_count"] = float(missed)
        rules.append(
            count_rule(
                "the last full reading found nothing that reading by change had missed",
                "missed_count",
                "warning",
                None,
                0,
            )
        )
    if manifest.source_count is not None:
        numbers["lost_count"] = float(manifest.source_count - manifest.landed_count)
        rules.append(
            count_rule(
                "as many records landed as the source said it sent", "lost_count", "critical", 0, 0
            )
        )
    if manifest.mode == "snapshot" and earlier:
        least = int(SHRINKAGE_LIMIT * earlier[0])
        rules.append(
            count_rule(
                f"the snapshot holds at least {least} records, half of the one before",
                "landed_count",
                "critical",
                least,
                None,
            )
        )
    elif manifest.mode == "delta" and len(earlier) >= ENOUGH_BATCHES:
        usual = sorted(earlier)[len(earlier) // 2]
        least = 1 if min(earlier) > 0 else 0
        most = max(UNUSUAL_FACTOR * usual, UNUSUAL_FACTOR)
        rules.append(
            count_rule(
                f"between {least} and {most} records changed, as usual",
                "landed_count",
                "warning",
                least,
                most,
            )
        )
    if manifest.mode == "delta" and _is_usually_changing(every):
        numbers["silent_window_count"] = float(_silent_count([manifest.landed_count, *every]))
        rules.append(
            count_rule(
                f"fewer than {SILENT_WINDOWS} windows in a row are empty",
                "silent_window_count",
                "warning",
                None,
                SILENT_WINDOWS - 1,
            )
        )
    if manifest.mode == "snapshot" and source.mode == "incremental" and newest is not None:
        age = manifest.window.end - newest.to_pydatetime()
        numbers["newest_age_days"] = age.total_seconds() / 86400
        rules.append(
            count_rule(
                f"something changed in the last {DAYS_WITHOUT_CHANGE} days",
                "newest_age_days",
                "warning",
                None,
                DAYS_WITHOUT_CHANGE,
            )
        )
    return rules, numbers


def _earlier_counts(engine: sa.Engine, manifest: Manifest) -> list[int]:
    """Records landed by the object's loaded batches of the same mode, latest first."""
    window = ops.extract_window.c
    with engine.connect() as connection:
        found = connection.execute(
            sa.select(window.landed_count)
            .where(
                window.crm == manifest.crm,
                window.object_name == manifest.object_name,
                window.mode == manifest.mode,
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
