"""The revenue line: the last weeks against the same weeks a year ago."""

from __future__ import annotations

from decimal import Decimal

from include.metrics.metric import Metric
from include.report.cards import WEEKS_SHOWN, label
from include.report.comparison import (
    LARGEST_CHANGE,
    LARGEST_SHARE_LEFT_OUT_MORE,
    lacks_about,
    middle_share_left_out,
    share_left_out,
)
from include.report.content import Series
from include.report.edition import Edition
from include.report.figures import Figure
from include.report.targets import TARGET_WORDS, status, target_of
from include.report.week import Week


def series(metric: Metric, edition: Edition) -> Series | None:
    """One point per week, oldest first, and the sentence that says what they show.

    Weeks that lack much more or less than most are gaps: a line compares. None when there are fewer
    than two points to draw one through.
    """
    weeks = [edition.week.back(back) for back in range(WEEKS_SHOWN - 1, -1, -1)]
    whole = [(figure, each) for each in weeks if (figure := _figure(metric, each, edition))]
    share = middle_share_left_out([figure for figure, _ in whole], metric)
    known = [(figure, each) for figure, each in whole if lacks_about(share, figure, metric)]
    drawn = {each: figure.value for figure, each in known}
    then = tuple(
        figure if figure and lacks_about(share, figure, metric) else None
        for figure in (_figure(metric, each.year_ago, edition) for each in weeks)
    )
    if len(known) < 2:
        return None
    return Series(
        title=f"{label(metric)}, last {WEEKS_SHOWN} weeks",
        sentence=_sentence(metric, known, then, edition) + _reached(metric, whole, edition),
        week_numbers=tuple(each.number for each in weeks),
        this_year=tuple(drawn.get(each) for each in weeks),
        year_ago=tuple(figure.value if figure else None for figure in then),
        target=tuple(_target(metric, each, edition) for each in weeks),
    )


def _figure(metric: Metric, week: Week, edition: Edition) -> Figure | None:
    """The week's total where it may be set against others: an incomplete one would be the lowest."""
    figure = edition.figures.total(metric.id, week)
    return figure if figure is not None and figure.is_comparable else None


def _target(metric: Metric, week: Week, edition: Edition) -> Decimal | None:
    """What the week was to reach at least; None without such a target."""
    target = target_of(edition.targets, metric.id, "week", week.start)
    return target.value if target is not None and target.kind == "at_least" else None


def _reached(metric: Metric, whole: list[tuple[Figure, Week]], edition: Edition) -> str:
    """How many of the weeks that can be held against their target reached it; empty without any."""
    standings = []
    for figure, week in whole:
        target = target_of(edition.targets, metric.id, "week", week.start)
        standing = status(metric, figure, target)
        if target is not None and target.kind == "at_least" and standing:
            standings.append(standing)
    if not standings:
        return ""
    reached = Decimal(standings.count(TARGET_WORDS["reached"]))
    text = edition.formats.of(reached, Decimal(len(standings)))
    edition.register.enter("chart.reached", metric.id, reached, text)
    return f" {text} weeks reached the target (dotted line)."


def _sentence(
    metric: Metric,
    known: list[tuple[Figure, Week]],
    then: tuple[Figure | None, ...],
    edition: Edition,
) -> str:
    """Extremes and, where no week is missing, the sum and how it compares."""
    texts = []
    for name, (figure, week) in (
        ("highest", max(known, key=_height)),
        ("lowest", min(known, key=_height)),
    ):
        texts.append(f"{name} {_sum(name, metric, [figure], edition)} in week {week.number}")
    # Not `capitalize`, which would make a million of $1.2M a milli.
    sentence = f"{texts[0][0].upper()}{texts[0][1:]}, {texts[1]}"
    now = [figure for figure, _ in known]
    if len(now) < WEEKS_SHOWN:
        return f"{sentence}. A gap is a week without a comparable figure."
    sentence += f"; {_sum('total', metric, now, edition)} in all"
    year_ago = [figure for figure in then if figure is not None]
    before = _value(year_ago)
    if len(year_ago) < len(then) or before <= 0 or _value(now) < 0:
        return f"{sentence}."
    share = _value(now) / before - 1
    more = share_left_out(now, metric) - share_left_out(year_ago, metric)
    if abs(share) > LARGEST_CHANGE or abs(more) > LARGEST_SHARE_LEFT_OUT_MORE:
        return f"{sentence}."
    change = edition.register.enter(
        "chart.total_change", metric.id, share, edition.formats.change(share)
    )
    return f"{sentence}, {change} compared with the same weeks a year ago."


def _sum(name: str, metric: Metric, figures: list[Figure], edition: Edition) -> str:
    """What the figures come to, as printed, and how many events that lacks where they are many."""
    formats, register = edition.formats, edition.register
    number = _value(figures)
    text = register.enter(f"chart.{name}", metric.id, number, formats.value(metric.unit, number))
    if share_left_out(figures, metric) <= LARGEST_SHARE_LEFT_OUT_MORE:
        return text
    left_out = Decimal(sum(figure.excluded_count for figure in figures))
    lacks = register.enter(f"chart.{name}.left_out", metric.id, left_out, formats.count(left_out))
    return f"{text} ({lacks} left out)"


def _value(figures: list[Figure]) -> Decimal:
    """The sum of the figures' values."""
    return sum((figure.value or Decimal(0) for figure in figures), Decimal(0))


def _height(point: tuple[Figure, Week]) -> Decimal:
    """How high a point is."""
    return _value([point[0]])
