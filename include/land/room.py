"""Whether the disk has room for what lands next."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from include.core.batch import MANIFEST_NAME

# In so long every object is read whole four times, as often as by itself.
RECENT = timedelta(days=28)
# The warehouse's PostgreSQL sorts on a disk too, as a rule on the same one.
LEAST_BYTES = 5 * 1000**3


@dataclass(frozen=True)
class Room:
    """How much is free, and how much of it what landed lately would take again."""

    folder: Path
    free_bytes: int
    recent_bytes: int

    @property
    def is_short(self) -> bool:
        """Whether the disk may be full before somebody looks who looks once a month."""
        return self.free_bytes < max(self.recent_bytes, LEAST_BYTES)


def room(landing_folder: Path) -> Room:
    """The room there is on the disk of the landing folder; recent is what landed last, and before it."""
    manifests = {
        path: path.stat().st_mtime for path in landing_folder.glob(f"*/*/*/{MANIFEST_NAME}")
    }
    since = max(manifests.values(), default=0) - RECENT.total_seconds()
    recent_bytes = sum(
        file.stat().st_size
        for path, landed in manifests.items()
        if landed >= since
        for file in path.parent.iterdir()
    )
    there = next(path for path in (landing_folder, *landing_folder.parents) if path.exists())
    return Room(there, shutil.disk_usage(there).free, recent_bytes)
