"""Fixtures of staging tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from landed_batches import Landing

from include.tables import metadata


@pytest.fixture
def landing(warehouse: sa.Engine, tmp_path: Path) -> Landing:
    """An empty landing folder on an empty warehouse."""
    return Landing(warehouse, tmp_path / "landing")


@pytest.fixture
def emptied(warehouse: sa.Engine) -> Callable[[], None]:
    """Empties every table of the warehouse, for tests that need it empty many times."""
    names = ", ".join(f'{table.schema}."{table.name}"' for table in metadata.sorted_tables)

    def empty() -> None:
        with warehouse.begin() as connection:
            connection.exec_driver_sql(f"truncate {names}")

    return empty
