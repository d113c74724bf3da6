"""The line chart, by its pixels."""

from __future__ import annotations

import io
import warnings
from decimal import Decimal

import pytest
from PIL import Image

from include.report.chart import _amount, line_chart
from include.report.content import Series
from include.report.formats import Formats
from tests.report.renderings import plain

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


def test_the_name_of_the_highest_line_is_in_the_picture() -> None:
    """A target a little above this week was named above the plot, where half of the word is cut off."""
    target = (Decimal(300_400),) * 13
    png = line_chart(Series("Won revenue", "", WEEKS, LEVEL, NOTHING, target), FORMATS)
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    labels = range(int(picture.width * 0.84), picture.width)
    inked = [
        y
        for y in range(picture.height)
        if any(
            red > 110 and 50 < green < 110 and blue < 60
            for red, green, blue in (picture.getpixel((x, y)) for x in labels)
        )
    ]
    # Letters of 10.5 points at 200 dots per inch, down to the tail of the g, are some 28 dots high.
    assert inked[0] > 0
    assert inked[-1] - inked[0] > 20


@pytest.mark.parametrize(
    ("locale", "currency", "lowest"),
    [("en_US", "EUR", "-200000"), ("de_CH", "CHF", "250000"), ("en_US", "EUR", "200000")],
    ids=["negative", "long", "short"],
)
def test_amounts_beside_the_chart_are_not_cut_off(locale: str, currency: str, lowest: str) -> None:
    """The minus of an amount below zero was left of the picture."""
    series = Series("Won revenue", "", WEEKS, (Decimal(lowest), *LEVEL[1:]), NOTHING)
    picture = Image.open(io.BytesIO(line_chart(series, Formats(locale, currency)))).convert("L")
    edge = [picture.getpixel((x, y)) for x in range(3) for y in range(picture.height)]
    assert min(edge) > 240


@pytest.mark.parametrize(
    ("locale", "currency", "said"),
    [
        ("ja_JP", "JPY", "¥1.20M"),
        ("ka_GE", "GEL", "GEL1.20M"),
        ("de_DE", "EUR", "1,20M\N{NO-BREAK SPACE}€"),
    ],
)
def test_amounts_beside_the_chart_are_in_letters_that_its_font_has(
    locale: str, currency: str, said: str
) -> None:
    series = Series("Won revenue", "", WEEKS, LEVEL, NOTHING)
    with warnings.catch_warnings():
        # Of a letter that it draws as an empty box.
        warnings.simplefilter("error")
        line_chart(series, Formats(locale, currency))
    assert plain(_amount(Decimal(1_200_000), Formats(locale, currency))) == plain(said)


def test_a_line_below_zero_is_in_the_picture() -> None:
    below = (Decimal(-5_000),) * 13
    assert blue_columns(drawn(below)) >= blue_columns(drawn(LEVEL)) * 0.9


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
