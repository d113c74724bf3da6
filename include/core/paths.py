"""Where files live. One git-ignored folder holds everything the pipeline writes."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Paths:
    """The folders of one installation, all below `data`, and the folder of configuration files."""

    data: Path
    config: Path

    @property
    def landing(self) -> Path:
        """Immutable landed batches, one folder each with a manifest."""
        return self.data / "landing"

    @property
    def postgres(self) -> Path:
        """Home of the embedded PostgreSQL."""
        return self.data / "postgres"

    @property
    def expectations(self) -> Path:
        """Great Expectations results and Data Docs."""
        return self.data / "expectations"

    @property
    def in_force(self) -> Path:
        """Calendar and audiences as they were when the configuration was last right."""
        return self.data / "in_force"

    @property
    def archive(self) -> Path:
        """Every mail as it was sent."""
        return self.data / "archive"


def paths_from_environment() -> Paths:
    """Read CRM_DATA_DIRECTORY and CRM_CONFIG_DIRECTORY; the project's own folders where unset."""
    return Paths(
        data=Path(os.environ.get("CRM_DATA_DIRECTORY") or PROJECT / ".data" / "live"),
        config=Path(os.environ.get("CRM_CONFIG_DIRECTORY") or PROJECT / "include" / "config"),
    )
