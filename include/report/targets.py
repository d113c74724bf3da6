"""Figures against what they were to reach: targets.csv, in a word, a glyph and a colour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from include.core.settings_ledgers import Target
from include.metrics.metric import Metric
from include.report.comparison import LARGEST_SHARE_LEFT_OUT_MORE, is_small, left_out_share
from include.report.figures import Figure
from include.report.formats import NO_BREAK_SPACE, Formats

# Within this share of the target a figure is near it.
NEAR_SHARE = Decimal("0.05")
AT_LEAST, AT_MOST = "≥", "≤"

Standing = Literal["reached", "near", "missed"]
GLYPHS: dict[Standing, str] = {"reached": "✓", "near": "≈", "missed": "✗"}
TONES: dict[Standing, Literal["good", "caution", "bad"]] = {
    "reached": "good",
    "near": "caution",
    "missed": "bad",
}
TARGET_WORDS: dict[Standing, str] = {
    "reached": "On target",
    "near": "Near target",
    "missed": "Off target",
}
LIMIT_WORDS: dict[Standing, str] = {"reached": "Within limit", "missed": "Above limit"}


@dataclass(frozen=True)
class Judgement:
    """A figure's target, and the status it gives; or, with `status` empty, the reason for none.

    `label` is Target or Limit, `text` the target as printed. `status_before` is the status of the
    week before, empty where it had none.
    """

    label: str
    text: str
    status: str = ""
    glyph: str = ""
    tone: Literal["good", "caution", "bad", "neutral"] = "neutral"
    reason: str = ""
    status_before: str = ""


def target_of(targets: Iterable[Target], metric_id: str, grain: str, start: date) -> Target | None:
    """The target that holds for the period that begins on a day; None where there is none yet."""
    begun = [
        target
        for target in targets
        if (target.metric_id, target.grain) == (metric_id, grain) and target.start_date <= start
    ]
    return max(begun, key=lambda target: target.start_date, default=None)


def judge(
    metric: Metric, current: Figure, target: Target, before: str, formats: Formats
) -> Judgement:
    """A figure that may be printed, against its target. `before` is the status a week before."""
    label = "Limit" if target.kind == "at_most" else "Target"
    text = _text(target, metric.unit, formats)
    reason = _obstacle(metric, current)
    if reason:
        return Judgement(label, text, reason=reason)
    assert current.value is not None
    if _may_be_more(metric, current, target):
        return Judgement(label, text, reason="too much left out")
    standing = _standing(target, current.value)
    return Judgement(
        label,
        text,
        status=_words(target)[standing],
        glyph=GLYPHS[standing],
        tone=TONES[standing],
        status_before=before,
    )


def status(metric: Metric, figure: Figure | None, target: Target | None) -> str:
    """The status alone; empty where there is none."""
    if figure is None or target is None or figure.value is None or _obstacle(metric, figure):
        return ""
    if _may_be_more(metric, figure, target):
        return ""
    return _words(target)[_standing(target, figure.value)]


def _may_be_more(metric: Metric, figure: Figure, target: Target) -> bool:
    """Whether it may stand otherwise with what it leaves out the amounts of, which is much."""
    share = left_out_share(figure, metric)
    end = target.value if target.upper_value is None else target.upper_value
    return share > LARGEST_SHARE_LEFT_OUT_MORE and figure.value is not None and figure.value < end


def _obstacle(metric: Metric, figure: Figure) -> str:
    """Why a figure says nothing about its target; empty when it does."""
    if not figure.is_usable:
        return "no figure"
    if is_small(figure, metric):
        return "too few to judge"
    if not figure.is_comparable:
        return "incomplete"
    return "provisional" if metric.maturity_days else ""


def _words(target: Target) -> dict[Standing, str]:
    """What a standing is called."""
    return LIMIT_WORDS if target.kind == "at_most" else TARGET_WORDS


def _standing(target: Target, value: Decimal) -> Standing:
    """Where a value lies. A limit is kept or not: there is no near."""
    if target.kind == "at_most":
        return "reached" if value <= target.value else "missed"
    if value < target.value:
        end = target.value
    elif target.upper_value is not None and value > target.upper_value:
        end = target.upper_value
    else:
        return "reached"
    return "near" if abs(value - end) <= NEAR_SHARE * abs(end) else "missed"


def _text(target: Target, unit: str, formats: Formats) -> str:
    """The target as printed, such as `≥ €400k`."""
    value = formats.value(unit, target.value)
    if target.upper_value is not None:
        upper = formats.value(unit, target.upper_value)
        (number, *words), (upper_number, *upper_words) = (
            text.split(NO_BREAK_SPACE) for text in (value, upper)
        )
        # A card is narrow: what both ends are counted in is said once. In `20 h` and `2 d 2 h`, or 900
        # and 1.2 million, it is not the same.
        if words == upper_words and len(words) == 1 and _scale(number) == _scale(upper_number):
            return f"{number}–{upper}"
        return f"{value} – {upper}"
    return (AT_MOST if target.kind == "at_most" else AT_LEAST) + NO_BREAK_SPACE + value


def _scale(number: str) -> str:
    """The k, M or bn of a number as printed; empty without one."""
    return "".join(character for character in number if character.isalpha())
