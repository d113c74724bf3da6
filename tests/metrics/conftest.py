"""What tests of metrics begin with."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS
from tests.metrics.builders import at, build_calendar, loaded


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    """A warehouse with a calendar, every object read until the end of March 2026, and no facts."""
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-04-01"))
    return warehouse
