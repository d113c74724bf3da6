"""What is said of two weeks, and what is not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from include.metrics.catalogue import CATALOGUE
from include.report.comparison import DOWN, SAME, UP, compare
from include.report.figures import Figure
from include.report.formats import Formats
from include.report.noise import UsualRange
from tests.report.metric_rows import WEEK, row

METRICS = {metric.id: metric for metric in CATALOGUE}
FORMATS = Formats("en_US", "EUR")
NARROW = UsualRange(Decimal(0), Decimal(0), usual_difference=Decimal("0.001"))
WIDE = UsualRange(Decimal(0), Decimal(0), usual_difference=Decimal(10**9))


def figure(metric_id: str, value: Any, **changes: Any) -> Figure:
    values = row(metric_id, WEEK, value, **changes)
    return Figure(**{name: values[name] for name in Figure.__dataclass_fields__ if name in values})


def said(metric_id: str, now: Any, before: Any, usual: UsualRange | None = NARROW) -> Any:
    return compare(
        figure(metric_id, now), figure(metric_id, before), METRICS[metric_id], FORMATS, usual
    )


@pytest.mark.parametrize(
    ("metric_id", "now", "before", "glyph", "change", "baseline"),
    [
        ("revenue", 106, 100, UP, "+6.0%", "€100"),
        ("revenue", 94, 100, DOWN, "−6.0%", "€100"),
        ("revenue", 100, 100, SAME, "no change", "€100"),
        ("revenue", 100, 0, UP, "new (was 0)", "€0"),
        ("revenue", 0, 100, DOWN, "−100%", "€100"),
        ("revenue", 401, 100, UP, "from €100 to €401", "€100"),  # 301 %
        ("revenue", 400, 100, UP, "+300%", "€100"),
        ("revenue", 50, -50, UP, "+€100", "−€50"),
        ("revenue", -11, 100, DOWN, "−€111", "€100"),  # −111% of what could fall by 100
        ("leads_generated", 5, 3, UP, "+2", "3"),  # 67 % of three leads is two leads
        ("leads_generated", 33, 30, UP, "+10.0%", "30"),
        ("close_rate", "0.30", "0.25", UP, "+5.0 pp", "25.0%"),
        ("sales_cycle_days", 35, 41, DOWN, "−6 days", "41 days"),
        ("time_to_resolution", 9000, 7200, UP, "+30 m", "2 h"),
    ],
)
def test_changes(
    metric_id: str, now: Any, before: Any, glyph: str, change: str, baseline: str
) -> None:
    made = said(metric_id, now, before)
    plain = made.change.replace("\N{NO-BREAK SPACE}", " ")
    assert (made.glyph, plain) == (glyph, change)
    assert made.baseline.replace("\N{NO-BREAK SPACE}", " ") == baseline


@pytest.mark.parametrize(
    ("metric_id", "now", "before", "change"),
    [
        ("revenue", "100.04", "100", "0.0%"),
        ("close_rate", "0.2504", "0.25", "0.0 pp"),
        ("lead_to_customer_rate", "0.0004", "0", "0.0 pp"),
        ("sales_cycle_days", "41.4", "41", "0 days"),
        ("time_to_resolution", "7199.6", "7200", "0 s"),
    ],
)
def test_a_change_of_which_nothing_is_left_in_print_has_neither_arrow_nor_colour(
    metric_id: str, now: str, before: str, change: str
) -> None:
    made = said(metric_id, now, before, UsualRange(Decimal(0), Decimal(0), Decimal(0)))
    assert made.change.replace("\N{NO-BREAK SPACE}", " ") == change
    assert (made.glyph, made.tone, made.is_real) == (SAME, "neutral", False)


@pytest.mark.parametrize(
    ("now", "before", "reason"),
    [
        # 10 of 12 without an amount, against none of 12: what is left is no fall.
        ((2, 10), (12, 0), "more left out now"),
        ((12, 0), (2, 10), "more left out then"),
        # A third of either week: the same as ever. 3 of 28 is 10.7 %, 2 of 27 7.4 %.
        ((8, 4), (16, 8), ""),
        ((25, 3), (30, 0), "more left out now"),
        ((25, 2), (30, 0), ""),
    ],
)
def test_a_sum_that_lacks_more_amounts_than_the_other_is_not_set_against_it(
    now: tuple[int, int], before: tuple[int, int], reason: str
) -> None:
    sides = [
        figure("revenue", 100 * count, sample_count=count, excluded_count=left_out)
        for count, left_out in (now, before)
    ]
    made = compare(*sides, METRICS["revenue"], FORMATS, NARROW)
    assert (made.reason, bool(made.change), made.tone == "neutral") == (
        reason, not reason, bool(reason),
    )  # fmt: skip
    # Of a rate nothing is missing that would be added.
    rates = [
        figure("close_rate", "0.5", sample_count=100, excluded_count=left_out)
        for left_out in (90, 0)
    ]
    assert compare(*rates, METRICS["close_rate"], FORMATS, NARROW).change == "no change"


def test_a_rate_of_few_is_counts_and_no_change() -> None:
    few = figure("close_rate", "0.5", sample_count=12)
    many = figure("close_rate", "0.25", sample_count=128)
    for now, before, shown in ((few, many, "25.0%"), (many, few, "6 of 12")):
        made = compare(now, before, METRICS["close_rate"], FORMATS, NARROW)
        assert (made.change, made.glyph, made.tone) == ("", "", "neutral")
        assert made.reason == "too few to compare"
        assert made.baseline.replace("\N{NO-BREAK SPACE}", " ") == shown


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_complete": False}, "no figure then"),
        ({"status": "PARTIAL"}, "incomplete then"),
        ({"status": "WITHHELD"}, "no figure then"),
        ({"status": "SOURCE_UNAVAILABLE", "value": None}, "no figure then"),
    ],
)
def test_what_is_not_whole_is_not_compared(changes: dict[str, Any], reason: str) -> None:
    value = changes.pop("value", 100)
    odd, whole = figure("revenue", value, **changes), figure("revenue", 120)
    assert compare(whole, odd, METRICS["revenue"], FORMATS, NARROW).reason == reason
    turned = compare(odd, whole, METRICS["revenue"], FORMATS, NARROW)
    assert turned.change == ""
    assert turned.reason
    assert compare(whole, None, METRICS["revenue"], FORMATS, NARROW).change == ""


@pytest.mark.parametrize(
    ("metric_id", "up", "down"),
    [
        ("revenue", "good", "bad"),
        ("close_rate", "good", "bad"),
        ("pipeline_amount", "neutral", "neutral"),
        ("sales_cycle_days", "bad", "good"),
        ("leads_generated", "neutral", "neutral"),
        ("lead_to_customer_rate", "good", "bad"),
        ("time_to_resolution", "bad", "good"),
        ("activities_completed", "neutral", "neutral"),
    ],
)
def test_colour_is_good_or_bad_not_up_or_down(metric_id: str, up: str, down: str) -> None:
    assert said(metric_id, "0.9", "0.1").tone == up
    assert said(metric_id, "0.1", "0.9").tone == down


def test_noise_and_an_unknown_past_have_no_colour() -> None:
    assert said("revenue", 200, 100, WIDE).tone == "neutral"
    assert said("revenue", 200, 100, WIDE).is_real is False
    assert said("revenue", 200, 100, None).tone == "neutral"
    assert said("revenue", 200, 100, None).is_real is None


def test_a_rate_must_also_differ_by_more_than_chance() -> None:
    # 30 % and 38 % of 100 each: beyond the narrow range, but z = 1.19.
    assert said("close_rate", "0.38", "0.30").is_real is False
    assert said("close_rate", "0.50", "0.30").is_real is True
