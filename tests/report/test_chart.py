"""The line chart, by its pixels."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from PIL import Image

from include.report.chart import line_chart
from include.report.content import Series
from include.report.formats import Formats

FORMATS = Formats("en_US", "EUR")
WEEKS = tuple(range(34, 47))
LEVEL: tuple[Decimal | None, ...] = (Decimal(300_000),) * 13
NOTHING: tuple[Decimal | None, ...] = (None,) * 13


def drawn(now: tuple[Decimal | None, ...], then: tuple[Decimal | None, ...] = NOTHING) -> bytes:
    return line_chart(Series("Won revenue", "", WEEKS, now, then), FORMATS)


def blue_columns(png: bytes) -> int:
    """Columns of the plot (left of the labels) that hold a pixel of this year's line."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    width = int(picture.width * 0.8)
    return sum(
        any(
            blue > 140 and red < 80
            for red, _, blue in (picture.getpixel((x, y)) for y in range(picture.height))
        )
        for x in range(width)
    )


def test_a_week_without_a_figure_is_a_gap() -> None:
    whole = blue_columns(drawn(LEVEL))
    broken = blue_columns(drawn((*LEVEL[:6], None, *LEVEL[7:])))
    # Two of twelve stretches are gone, less the rounded ends.
    assert whole * 0.8 < broken < whole * 0.88


def test_a_target_is_a_dotted_line() -> None:
    target = (None,) * 3 + (Decimal(400_000),) * 10
    with_target = line_chart(Series("Won revenue", "", WEEKS, LEVEL, NOTHING, target), FORMATS)
    picture = Image.open(io.BytesIO(with_target)).convert("RGB")
    plot = range(int(picture.width * 0.14), int(picture.width * 0.81))
    amber = [
        x
        for x in plot
        if any(
            red > 110 and 50 < green < 110 and blue < 60
            for red, green, blue in (picture.getpixel((x, y)) for y in range(picture.height))
        )
    ]
    # It begins with the fourth week of thirteen, a quarter of the way, and is not drawn through.
    assert amber[0] > plot[0] + 0.2 * len(plot)
    assert 0.15 * len(plot) < len(amber) < 0.65 * len(plot)


def test_the_same_figures_are_the_same_bytes_on_white() -> None:
    png = drawn(LEVEL, LEVEL)
    assert png == drawn(LEVEL, LEVEL)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    assert picture.size == (920, 440)
    assert picture.getpixel((2, 2)) == (255, 255, 255)


@pytest.mark.parametrize(
    "now",
    [
        (Decimal(0),) * 13,
        (Decimal(-5_000), *LEVEL[1:]),
        (*LEVEL[:12], None),
        (*NOTHING[:11], Decimal(1), Decimal(2)),
    ],
    ids=["zeros", "credit", "no-current", "two-points"],
)
def test_odd_series_are_drawn(now: tuple[Decimal | None, ...]) -> None:
    assert drawn(now) != drawn(LEVEL)
