"""What the values of a batch are like, as counts: those of several batches add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from include.core.batch import Manifest
from include.core.field import Field
from include.tables.ops import batch_profile, extract_window

NUMBERS = ("integer", "decimal", "money")
# Numbers of one bucket are as large as each other, to a quarter.
BUCKETS_PER_TENFOLD = 10
# A time of day that nobody worked at: a date that was written as an instant.
MIDNIGHT = "midnight"


@dataclass
class FieldProfile:
    """Records looked at, those that have a value, and how many values are in each bucket.

    Numbers but 0 are put into buckets by magnitude, instants by the hour of the day in UTC.
    """

    checked_count: int = 0
    filled_count: int = 0
    buckets: Counter[str] = field(default_factory=Counter)

    @property
    def sorted_count(self) -> int:
        """Values that are in buckets."""
        return self.buckets.total()

    def __add__(self, other: FieldProfile) -> FieldProfile:
        """What both are like together."""
        return FieldProfile(
            self.checked_count + other.checked_count,
            self.filled_count + other.filled_count,
            self.buckets + other.buckets,
        )


# By column; a column that was not read is not there.
BatchProfile = dict[str, FieldProfile]


def add_frame(profile: BatchProfile, values: pd.DataFrame, fields: Sequence[Field]) -> None:
    """Count one more frame of checked values."""
    for each in fields:
        column, buckets = values[each.column], Counter[str]()
        filled_count = int(column.count())
        if filled_count and each.type in NUMBERS:
            buckets = _magnitudes(column.dropna().to_numpy("float64"))
        elif filled_count and each.type == "timestamp":
            buckets = Counter(map(_time_of_day, column.dropna()))
        counted = FieldProfile(len(column), filled_count, buckets)
        profile[each.column] = profile.get(each.column, FieldProfile()) + counted


def keep_profile(connection: sa.Connection, batch_id: str, profile: BatchProfile) -> None:
    """One row of ops.batch_profile, without columns that have no value; a second check replaces it."""
    checked_count = max((each.checked_count for each in profile.values()), default=0)
    if not checked_count:
        return
    document = {
        column: {"filled": each.filled_count, "buckets": dict(each.buckets)}
        for column, each in profile.items()
    }
    row = {"batch_id": batch_id, "checked_count": checked_count, "profile": document}
    statement = insert(batch_profile).values(row)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["batch_id"],
            set_={name: statement.excluded[name] for name in ("checked_count", "profile")},
        )
    )


def earlier_profiles(engine: sa.Engine, manifest: Manifest, limit: int) -> list[BatchProfile]:
    """Profiles of the object's loaded batches of the same mode that held something, latest first."""
    window = extract_window.c
    statement = (
        sa.select(batch_profile)
        .join(extract_window, window.batch_id == batch_profile.c.batch_id)
        .where(
            window.crm == manifest.crm,
            window.object_name == manifest.object_name,
            window.mode == manifest.mode,
            window.status == "loaded",
            window.batch_id != manifest.batch_id,
        )
        .order_by(window.extracted_at.desc())
        .limit(limit)
    )
    with engine.connect() as connection:
        return [_profile(row.checked_count, row.profile) for row in connection.execute(statement)]


def _profile(checked_count: int, document: dict[str, Any]) -> BatchProfile:
    """A profile as it is kept."""
    return {
        column: FieldProfile(checked_count, each["filled"], Counter(each["buckets"]))
        for column, each in document.items()
    }


def _magnitudes(values: np.ndarray) -> Counter[str]:
    """Numbers but 0, by their magnitude."""
    sizes = np.log10(np.abs(values[values != 0])) * BUCKETS_PER_TENFOLD
    found, counts = np.unique(np.floor(sizes).astype(int), return_counts=True)
    return Counter({str(bucket): int(n) for bucket, n in zip(found, counts, strict=True)})


def _time_of_day(instant: str) -> str:
    """The hour of an instant, spelled as canonical text; midnight is by itself."""
    return MIDNIGHT if instant[11:26] == "00:00:00.000000" else str(int(instant[11:13]))
