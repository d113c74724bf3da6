"""What tests of whole reports share: settings in Berlin, and an interesting week."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.core.settings import Settings
from include.report import chart, snapshot
from include.report.formats import Formats
from include.report.series import Series
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


_DRAWN: dict[tuple[Series, str, str], bytes] = {}


def line_chart(series: Series, formats: Formats) -> bytes:
    """The drawing, from what was drawn before where there is such: it takes longer than all else."""
    key = series, str(formats.locale), formats.currency
    if key not in _DRAWN:
        _DRAWN[key] = chart.line_chart(series, formats)
    return _DRAWN[key]


@pytest.fixture(scope="module", autouse=True)
def charts_drawn_once() -> Iterator[None]:
    """Reports take the drawing of the same series from another test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "line_chart", line_chart)
        yield
