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
    earlier = _earlier_counts(engine, manifest)
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
    ]
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
    """Records landed by the object's last loaded batches of the same mode, latest first."""
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
            .limit(COMPARED_BATCHES)
        )
        return [row.landed_count or 0 for row in found]
