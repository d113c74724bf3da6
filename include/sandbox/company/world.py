"""What the whole company shares while its records are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from include.sandbox.company.files import Files
from include.sandbox.company.staff import Staff
from include.sandbox.company.timeline import Timeline


@dataclass
class World:
    """Time, staff, campaigns' ids and open files; and how many records of each kind there are."""

    seed: int
    size: int
    timeline: Timeline
    files: Files
    staff: Staff
    salesforce_campaign_ids: np.ndarray
    hubspot_campaign_ids: np.ndarray
    counts: Counter[str] = field(default_factory=Counter)

    def number(self, kind: str, count: int) -> np.ndarray:
        """The next `count` running numbers of a kind of record, from 0."""
        first = self.counts[kind]
        self.counts[kind] += count
        return np.arange(first, first + count, dtype=np.int64)
