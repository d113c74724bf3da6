"""What tests of whole reports share: settings in Berlin, and an interesting week."""

from __future__ import annotations

import pytest

from include.core.settings import Settings
from tests.report.metric_rows import make_interesting, quiet_year, settings_for, slices
from tests.report.renderings import Rows


@pytest.fixture
def berlin(settings: Settings) -> Settings:
    return settings_for(settings)


@pytest.fixture
def rows() -> Rows:
    made = quiet_year() + slices()
    make_interesting(made)
    return made
