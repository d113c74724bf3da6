"""The revenue line: the last weeks against the same weeks a year ago."""

from __future__ import annotations

from decimal import Decimal

from include.metrics.metric import Metric
from include.report.cards import WEEKS_SHOWN, label
from include.report.comparison import LARGEST_CHANGE
from include.report.content import Series
from include.report.edition import Edition
from include.report.figures import Figures
from include.report.targets import target_of
from include.report.week import Week


def series(metric: Metric, edition: Edition) -> Series | None:
    """One point per week, oldest first, and the sentence that says what they show.

    None when there are fewer than two points to draw a line through.
    """
    figures, week = edition.figures, edition.week
    weeks = [week.back(back) for back in range(WEEKS_SHOWN - 1, -1, -1)]
    now = tuple(_value(figures, metric, each) for each in weeks)
    then = tuple(_value(figures, metric, each.year_ago) for each in weeks)
    known = [(value, each) for value, each in zip(now, weeks, strict=True) if value is not None]
    if len(known) < 2:
        return None
    targets = tuple(_target(metric, each, edition) for each in weeks)
    return Series(
        title=f"{label(metric)}, last {WEEKS_SHOWN} weeks",
        sentence=_sentence(metric, known, now, then, edition)
        + _reached(now, targets, metric, edition),
        week_numbers=tuple(each.number for each in weeks),
        this_year=now,
        year_ago=then,
        target=targets,
    )


def _value(figures: Figures, metric: Metric, week: Week) -> Decimal | None:
    """The week's total where it may be set against others: an incomplete one would be the lowest."""
    row = figures.total(metric.id, week)
    return row.value if row is not None and row.is_comparable else None


def _target(metric: Metric, week: Week, edition: Edition) -> Decimal | None:
    """What the week was to reach at least; None without such a target."""
    target = target_of(edition.targets, metric.id, "week", week.start)
    return target.value if target is not None and target.kind == "at_least" else None


def _reached(
    now: tuple[Decimal | None, ...],
    targets: tuple[Decimal | None, ...],
    metric: Metric,
    edition: Edition,
) -> str:
    """How many of the weeks with both a figure and a target reached it; empty without any."""
    both = [
        value >= target
        for value, target in zip(now, targets, strict=True)
        if value is not None and target is not None
    ]
    if not both:
        return ""
    reached = Decimal(sum(both))
    text = edition.formats.of(reached, Decimal(len(both)))
    edition.register.enter("chart.reached", metric.id, reached, text)
    return f" {text} weeks reached the target, dotted."


def _sentence(
    metric: Metric,
    known: list[tuple[Decimal, Week]],
    now: tuple[Decimal | None, ...],
    then: tuple[Decimal | None, ...],
    edition: Edition,
) -> str:
    """Extremes and, where no week is missing, the sum and how it compares."""
    formats, register = edition.formats, edition.register
    texts = []
    for name, (value, week) in (
        ("highest", max(known, key=lambda point: point[0])),
        ("lowest", min(known, key=lambda point: point[0])),
    ):
        text = register.enter(f"chart.{name}", metric.id, value, formats.value(metric.unit, value))
        texts.append(f"{name} {text} in week {week.number}")
    # Not `capitalize`, which would make a million of $1.2M a milli.
    sentence = f"{texts[0][0].upper()}{texts[0][1:]}, {texts[1]}"
    this_year = [value for value in now if value is not None]
    year_ago = [value for value in then if value is not None]
    if len(this_year) < len(now):
        return f"{sentence}. A gap is a week without a figure to compare."
    total = sum(this_year, Decimal(0))
    text = register.enter("chart.total", metric.id, total, formats.value(metric.unit, total))
    sentence += f"; {text} in all"
    before = sum(year_ago, Decimal(0))
    if len(year_ago) < len(then) or before <= 0 or abs(total / before - 1) > LARGEST_CHANGE:
        return f"{sentence}."
    change = register.enter(
        "chart.total_change", metric.id, total / before - 1, formats.change(total / before - 1)
    )
    return f"{sentence}, {change} on the same weeks a year ago."
