"""The line chart as a PNG. No pyplot: it keeps figures alive and is not safe in threads."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator
from PIL import Image

from include.report.content import Series
from include.report.formats import Formats

# Logical size: 460 pixels shrink to a phone's 330 with 10.5 points still legible.
WIDTH, HEIGHT, PIXELS_PER_INCH, DENSITY = 460, 220, 100, 2
POINTS = 10.5
INK, GREY, GRID, BLUE, AMBER = "#1b2733", "#5b6875", "#e3e8ed", "#1f5fa8", "#8a4700"
COLOURS = 64
# Where the plot begins and ends, as shares of the width.
LEFT, RIGHT = 0.135, 0.815


def line_chart(series: Series, formats: Formats) -> bytes:
    """A PNG on an opaque white ground: this year as a line, a year ago dashed, the target dotted,
    from zero.
    """
    figure = Figure(
        figsize=(WIDTH / PIXELS_PER_INCH, HEIGHT / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH * DENSITY
    )
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((LEFT, 0.12, RIGHT - LEFT, 0.83))
    positions = range(len(series.week_numbers))
    lines: list[tuple[Sequence[Decimal | None], str, str, dict[str, Any]]] = [
        (series.year_ago, "Year ago", GREY, {"linestyle": (0, (4, 2.5)), "linewidth": 1.6}),
        (series.this_year, "This year", BLUE, {"linewidth": 2.6}),
    ]
    if any(value is not None for value in series.target):
        dotted = {"linestyle": (0, (1, 2.2)), "linewidth": 1.8}
        lines.insert(0, (series.target, "Target", AMBER, dotted))
    ends = []
    for values, name, colour, style in lines:
        numbers = _numbers(values)
        axes.plot(positions, numbers, color=colour, solid_capstyle="round", **style)
        known = [(place, number) for place, number in enumerate(numbers) if number == number]
        if known:
            ends.append((known[-1][1], name, colour))
    last = _numbers(series.this_year)[-1]
    axes.plot([len(positions) - 1], [last], marker="o", markersize=6, color=BLUE)
    low, high = axes.get_ylim()
    bottom, top = (low, max(high, 0)) if _has_negative(series) else (0, high)
    axes.set_ylim(bottom, top + 0.06 * (top - bottom))
    _label_ends(axes, ends, len(positions) - 1)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _amount(Decimal(str(y)), formats)))
    shown = list(positions)[::-3][::-1]
    axes.set_xticks(shown, [f"wk {series.week_numbers[place]}" for place in shown])
    axes.tick_params(labelsize=POINTS, colors=INK, length=0, pad=8)
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    for side in axes.spines.values():
        side.set_visible(False)
    canvas.draw()
    _make_room(axes, canvas)
    return _png(canvas)


def _numbers(values: Sequence[Decimal | None]) -> list[float]:
    """Heights for drawing only; NaN leaves a gap."""
    return [float("nan") if value is None else float(value) for value in values]


def _has_negative(series: Series) -> bool:
    """Whether a week is below zero (credit notes)."""
    return any(value is not None and value < 0 for value in (*series.this_year, *series.year_ago))


def _amount(number: Decimal, formats: Formats) -> str:
    """An amount in letters that the font has: the wide yen sign of Japanese text was an empty box.

    Where it has no sign for the currency at all, as it stands in English.
    """
    text = unicodedata.normalize("NFKC", formats.money(number))
    font = get_font(findfont(FontProperties()))
    if all(font.get_char_index(ord(letter)) for letter in text):
        return text
    return Formats("en", formats.currency).money(number)


def _make_room(axes: Axes, canvas: FigureCanvasAgg) -> None:
    """Begin the plot further right where amounts beside it would be cut off: of −€200k, €200k was left."""
    width, _ = canvas.get_width_height()
    lack = max(-label.get_window_extent().x0 / width for label in axes.get_yticklabels())
    if lack > 0:
        place = axes.get_position()
        left = place.x0 + lack + 0.01
        axes.set_position((left, place.y0, RIGHT - left, place.height))
        canvas.draw()


def _label_ends(axes: Axes, ends: list[tuple[float, str, str]], last: int) -> None:
    """Name each line at its right end, apart enough to be read."""
    bottom, top = axes.get_ylim()
    apart = 0.11 * (top - bottom)
    places: list[float] = []
    for height, *_ in sorted(ends):
        places.append(max(height, places[-1] + apart) if places else height)
    # None above the plot, where the picture ends.
    for position in reversed(range(len(places))):
        places[position] = min(places[position], top - apart * (len(places) - 1 - position))
    for place, (_, name, colour) in zip(places, sorted(ends), strict=True):
        axes.annotate(
            name,
            (last, place),
            xytext=(9, 0),
            textcoords="offset points",
            va="center",
            fontsize=POINTS,
            color=colour,
            fontweight="bold" if colour == BLUE else "normal",
            annotation_clip=False,
        )


def _png(canvas: FigureCanvasAgg) -> bytes:
    """The drawing with few colours: a quarter of the bytes, and the same bytes every time."""
    picture = Image.frombuffer("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    stream = io.BytesIO()
    picture.convert("RGB").quantize(COLOURS).save(stream, format="PNG", optimize=True)
    return stream.getvalue()
