"""This week against another one: what may be said, and in which words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from include.metrics.metric import Metric
from include.report.figures import Figure
from include.report.formats import Formats
from include.report.noise import UsualRange, rates_differ

Tone = Literal["good", "bad", "neutral"]

NOTHING = Decimal(0)
UP, DOWN, SAME = "▲", "▼", "="
# Units whose change is told in the unit itself: a percentage of a percentage, of a score or of a
# multiple is no help.
DIFFERENCES = ("rate", "days", "seconds", "months", "points", "ratio")
# A larger change says less than the two figures it is made of.
LARGEST_CHANGE = Decimal(3)
# A week of which this much more is left out than of the other is not like it: a sum of amounts falls
# by what has no amount.
LARGEST_SHARE_LEFT_OUT_MORE = Decimal("0.1")
MORE_LEFT_OUT_NOW, MORE_LEFT_OUT_THEN = "more left out now", "more left out then"
# Below this, "+33%" would be one event.
SMALLEST_COUNT_FOR_PERCENT = Decimal(30)


@dataclass(frozen=True)
class Comparison:
    """A change and what it is a change from; or, with `change` empty, the reason why there is none.

    `number` is the change, in the unit `change` is printed in. `is_real` is False where it is
    within the usual to and fro, None where the past is too short to say.
    """

    glyph: str = ""
    change: str = ""
    baseline: str = ""
    reason: str = ""
    tone: Tone = "neutral"
    number: Decimal | None = None
    baseline_number: Decimal | None = None
    is_real: bool | None = None


def is_small(figure: Figure, metric: Metric) -> bool:
    """Too few events for a rate or an average to mean something. A sum means something with none."""
    if metric.is_additive:
        return False
    if figure.status == "SUPPRESSED_SMALL_N":
        return True
    if metric.unit == "rate" and figure.denominator is not None:
        return figure.denominator < metric.minimum_sample
    return figure.sample_count < metric.minimum_sample


def compare(
    current: Figure | None,
    baseline: Figure | None,
    metric: Metric,
    formats: Formats,
    usual: UsualRange | None,
) -> Comparison:
    """The change of a metric from the baseline's week to the current one."""
    reason = _obstacle(current, baseline)
    if reason or current is None or baseline is None:
        return Comparison(reason=reason)
    value, other = current.value, baseline.value
    assert value is not None
    assert other is not None
    shown = printed(baseline, metric, formats)
    if is_small(current, metric) or is_small(baseline, metric):
        return Comparison(baseline=shown, baseline_number=other, reason="too few to compare")
    if not lacks_alike(current, baseline, metric):
        more = left_out_share(current, metric) - left_out_share(baseline, metric)
        reason = MORE_LEFT_OUT_NOW if more > 0 else MORE_LEFT_OUT_THEN
        return Comparison(baseline=shown, baseline_number=other, reason=reason)
    difference = value - other
    change = _change(value, other, metric, formats)
    is_real = _is_real(current, baseline, metric, usual)
    glyph = UP if difference > 0 else DOWN if difference < 0 else SAME
    if change in (formats.difference(metric.unit, NOTHING, value), formats.change(NOTHING)):
        # Nothing is left of it in print: neither an arrow nor a colour may say otherwise.
        glyph, is_real = SAME, False
    return Comparison(
        glyph=glyph,
        change=change,
        baseline=shown,
        tone=_tone(difference, metric) if is_real else "neutral",
        number=difference,
        baseline_number=other,
        is_real=is_real,
    )


def lacks_alike(figure: Figure, other: Figure, metric: Metric) -> bool:
    """Whether of either about the same share is left out, so that what they lack makes no difference."""
    return lacks_about(left_out_share(other, metric), figure, metric)


def lacks_about(share: Decimal, figure: Figure, metric: Metric) -> bool:
    """Whether about that share of the figure is left out."""
    return abs(left_out_share(figure, metric) - share) <= LARGEST_SHARE_LEFT_OUT_MORE


def middle_share_left_out(figures: Sequence[Figure], metric: Metric) -> Decimal:
    """What is left out of the middle one, which weeks side by side are to be like; zero of none."""
    shares = sorted(left_out_share(figure, metric) for figure in figures)
    return shares[(len(shares) - 1) // 2] if shares else Decimal(0)


def left_out_share(figure: Figure, metric: Metric) -> Decimal:
    """The share of the events that a sum of money lacks the amounts of; none of anything else."""
    return share_left_out([figure], metric)


def share_left_out(figures: Sequence[Figure], metric: Metric) -> Decimal:
    """The same of what the figures come to."""
    left_out = sum(figure.excluded_count for figure in figures)
    events = left_out + sum(figure.sample_count for figure in figures)
    if not (events and metric.is_additive and metric.unit == "money"):
        return Decimal(0)
    return Decimal(left_out) / events


def printed(figure: Figure, metric: Metric, formats: Formats) -> str:
    """A figure as the reader sees it: counts in place of a rate of few events."""
    assert figure.value is not None
    part, whole = figure.numerator, figure.denominator
    is_counted = metric.unit == "rate" and is_small(figure, metric)
    if is_counted and part is not None and whole is not None:
        return formats.of(part, whole)
    return formats.value(metric.unit, figure.value)


def _obstacle(current: Figure | None, baseline: Figure | None) -> str:
    """Why the two cannot be compared; empty when they can."""
    if current is None or not current.is_usable:
        return "no figure this week"
    if not current.is_comparable:
        return "incomplete this week"
    if baseline is None or not baseline.is_usable:
        return "no figure then"
    if baseline.is_redefined:
        return "counted differently then"
    if not baseline.is_comparable:
        return "incomplete then"
    return ""


def _change(value: Decimal, other: Decimal, metric: Metric, formats: Formats) -> str:
    """The change in words and figures, never a percentage of nothing or of a percentage."""
    difference = value - other
    if difference == 0:
        return "no change"
    if metric.unit in DIFFERENCES:
        return formats.difference(metric.unit, difference, value)
    if other == 0:
        return "new (was 0)"
    if metric.unit == "count" and other < SMALLEST_COUNT_FOR_PERCENT:
        return formats.difference(metric.unit, difference, value)
    # From above zero to below it is more than all of it, which no percentage says.
    if other < 0 or value < 0:
        return formats.difference(metric.unit, difference, value)
    if abs(difference / other) > LARGEST_CHANGE:
        return f"from {formats.value(metric.unit, other)} to {formats.value(metric.unit, value)}"
    return formats.change(difference / other)


def _is_real(
    current: Figure, baseline: Figure, metric: Metric, usual: UsualRange | None
) -> bool | None:
    """Whether the difference is more than the usual to and fro; None when that is not known."""
    if usual is None or current.value is None or baseline.value is None:
        return None
    if abs(current.value - baseline.value) <= usual.usual_difference:
        return False
    sides = (current.numerator, current.denominator, baseline.numerator, baseline.denominator)
    if metric.unit == "rate" and all(side is not None for side in sides):
        return rates_differ(*sides)  # type: ignore[arg-type]
    return True


def _tone(difference: Decimal, metric: Metric) -> Tone:
    """Good or bad for the business, which is not the same as up or down."""
    if metric.better == "neutral" or difference == 0:
        return "neutral"
    return "good" if (difference > 0) == (metric.better == "higher") else "bad"
