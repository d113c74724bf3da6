"""Cards: one per metric, in the same order every week, so that the eye finds what changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from include.metrics.metric import Metric
from include.report.comparison import (
    LARGEST_SHARE_LEFT_OUT_MORE,
    Tone,
    compare,
    is_small,
    lacks_about,
    lacks_alike,
    left_out_share,
    middle_share_left_out,
    printed,
)
from include.report.content import Bar, Card, Cell, NotAvailable, Value
from include.report.edition import Edition
from include.report.figures import Figure, Figures
from include.report.noise import LONGEST_PAST, UsualRange, usual_range
from include.report.targets import Judgement, judge, status, target_of
from include.report.week import Week

WEEKS_SHOWN = 13
BAR_HEIGHT = 28

# What a status means for the reader; the value's own reason goes first where it has one.
REASONS = {
    "NO_DATA": "There was nothing to measure.",
    "ZERO_DENOMINATOR": "There was nothing to measure it by.",
    "SOURCE_UNAVAILABLE": "The data did not arrive in time.",
    "PERMISSION_DENIED": "We have no permission to read the data.",
    "NOT_CONFIGURED": "It is not set up yet.",
    "INSUFFICIENT_HISTORY": "There is not enough history yet.",
    "SUPPRESSED_SMALL_N": "There were too few events.",
    "PARTIAL": "Part of the data did not arrive in time.",
    "WITHHELD": "The data failed a check and are withheld.",
}
NOT_COMPUTED = "It was not computed for this week."
NOT_COMPLETE = "The week was not over when it was last computed."


def card(metric: Metric, edition: Edition) -> Card:
    """The card of one metric."""
    figures, week, register = edition.figures, edition.week, edition.register
    current = figures.total(metric.id, week)
    usual = _usual_range(metric, current, edition)
    cell = _cell(metric, current, edition)
    before, year_ago = (
        register.compared(
            f"card.{metric.id}.{name}",
            metric.id,
            compare(current, figures.total(metric.id, other), metric, edition.formats, usual),
        )
        for name, other in (("week_before", week.back(1)), ("year_ago", week.year_ago))
    )
    place: Literal["", "above", "inside", "below"] = ""
    if current is not None and current.is_comparable and usual and not is_small(current, metric):
        assert current.value is not None
        place = usual.place(current.value)
    return Card(
        metric_id=metric.id,
        label=label(metric),
        cell=cell,
        week_before=before,
        year_ago=year_ago,
        bars=_bars(metric, figures, week),
        place=place,
        place_tone=_place_tone(place, metric, usual),
        has_usual=usual is not None,
        target=_target(metric, current, edition) if isinstance(cell, Value) else None,
    )


def label(metric: Metric) -> str:
    """The metric's name as printed; a median says so."""
    return f"{metric.name} (median)" if metric.headline == "median" else metric.name


def reason_of(figure: Figure) -> str:
    """Why a figure has the status it has, on one line."""
    return _one_line(figure.status_reason or REASONS.get(figure.status, NOT_COMPUTED))


def _usual_range(metric: Metric, current: Figure | None, edition: Edition) -> UsualRange | None:
    """The usual range of the earlier weeks that say something and are like this one; None for too few."""
    past = edition.figures.past(metric.id, edition.week, LONGEST_PAST)
    return usual_range(
        [
            row.value
            for row in past
            if row.value is not None
            and not is_small(row, metric)
            and (current is None or lacks_alike(row, current, metric))
        ]
    )


def _not_available(metric: Metric, current: Figure | None, edition: Edition) -> NotAvailable:
    """Why a metric has no figure this week, and the last one it had."""
    if current is None:
        code, brief, reason = "not_computed", NOT_COMPUTED, NOT_COMPUTED
    elif not current.is_complete:
        code, brief, reason = "not_complete", NOT_COMPLETE, NOT_COMPLETE
    else:
        code, reason = current.status.lower(), reason_of(current)
        brief = REASONS.get(current.status, NOT_COMPUTED)
    last = edition.figures.last_good(metric.id, edition.week, LONGEST_PAST)
    if last is None:
        return NotAvailable(code, brief, reason, "", "")
    figure, last_week = last
    return NotAvailable(
        code,
        brief,
        reason,
        printed(figure, metric, edition.formats),
        f"week {last_week.number}",
    )


def _cell(metric: Metric, current: Figure | None, edition: Edition) -> Cell:
    """The figure, or why there is none."""
    if current is None or not current.is_usable or current.value is None:
        missing = _not_available(metric, current, edition)
        if missing.last_good:
            edition.register.enter(
                f"missing.{metric.id}.last_good", metric.id, None, missing.last_good
            )
        return missing
    text = printed(current, metric, edition.formats)
    edition.register.enter(f"card.{metric.id}.value", metric.id, current.value, text)
    return Value(
        current.value,
        text,
        _sample(metric, current, edition),
        _caution(current),
        is_provisional=metric.maturity_days > 0,
        left_out=edition.formats.count(Decimal(current.excluded_count))
        if left_out_share(current, metric) > LARGEST_SHARE_LEFT_OUT_MORE
        else "",
    )


def _target(metric: Metric, current: Figure | None, edition: Edition) -> Judgement | None:
    """What the figure was to reach and whether it does; None where there is no target."""
    week, before = edition.week, edition.week.back(1)
    target = target_of(edition.targets, metric.id, "week", week.start)
    if target is None or current is None:
        return None
    status_before = status(
        metric,
        edition.figures.total(metric.id, before),
        target_of(edition.targets, metric.id, "week", before.start),
    )
    made = judge(metric, current, target, status_before, edition.formats)
    return edition.register.judged(f"card.{metric.id}.target", metric.id, made)


def _sample(metric: Metric, current: Figure, edition: Edition) -> str:
    """What the figure rests on and what it leaves out, such as `27 won deals, 3 left out`."""
    return ", ".join(
        filter(None, (_rests_on(metric, current, edition), _left_out(metric, current, edition)))
    )


def _left_out(metric: Metric, current: Figure, edition: Edition) -> str:
    """How many events the figure lacks, such as deals without an amount; empty for none."""
    if not current.excluded_count:
        return ""
    number = Decimal(current.excluded_count)
    text = edition.formats.count(number)
    edition.register.enter(f"card.{metric.id}.left_out", metric.id, number, text)
    return f"{text} left out"


def _rests_on(metric: Metric, current: Figure, edition: Edition) -> str:
    """What the figure rests on, such as `31 of 128 closed deals`; empty for a mere count."""
    if metric.unit == "count":
        return ""
    if metric.unit == "rate" and current.numerator is not None and current.denominator is not None:
        if is_small(current, metric):
            return metric.events
        number: Decimal | None = current.denominator
        text = edition.formats.of(current.numerator, current.denominator)
    else:
        number = Decimal(current.sample_count)
        text = edition.formats.count(number)
    edition.register.enter(f"card.{metric.id}.sample", metric.id, number, text)
    return f"{text} {metric.events.removesuffix('s') if number == 1 else metric.events}"


def _caution(current: Figure) -> str:
    """What the figure lacks; empty for nothing."""
    if current.status != "PARTIAL":
        return ""
    return reason_of(current)


def _bars(metric: Metric, figures: Figures, week: Week) -> tuple[Bar, ...]:
    """The last weeks, oldest first, as heights in pixels from zero.

    Weeks of few events, and those that may not be compared, are gaps: bars side by side compare. So are
    weeks that lack much more or less than most.
    """
    rows = [figures.total(metric.id, week.back(back)) for back in range(WEEKS_SHOWN - 1, -1, -1)]
    whole = [row for row in rows if row and row.is_comparable and not is_small(row, metric)]
    share = middle_share_left_out(whole, metric)
    values = [
        row.value if row in whole and row and lacks_about(share, row, metric) else None
        for row in rows
    ]
    largest = max((value for value in values if value is not None), default=Decimal(0))
    return tuple(
        Bar(
            None
            if value is None
            else max(1, int(BAR_HEIGHT * value / largest))
            if largest > 0
            else 1,
            is_current=position == WEEKS_SHOWN - 1,
        )
        for position, value in enumerate(values)
    )


def _place_tone(place: str, metric: Metric, usual: UsualRange | None) -> Tone:
    """Good or bad where the figure is outside its usual range and the metric takes sides."""
    if usual is None or place not in ("above", "below") or metric.better == "neutral":
        return "neutral"
    return "good" if (place == "above") == (metric.better == "higher") else "bad"


def _one_line(text: str) -> str:
    """Without line breaks: reasons quote services, and must not look like lines of the report."""
    return " ".join(text.split())
