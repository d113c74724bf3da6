"""Fixtures of staging tests."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.stage.landed_batches import Landing


@pytest.fixture
def landing(warehouse: sa.Engine, tmp_path: Path) -> Landing:
    """An empty landing folder on an empty warehouse."""
    return Landing(warehouse, tmp_path / "landing")
