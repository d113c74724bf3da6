"""What a figure was to reach: in a word, a glyph and a colour, in both parts of the mail."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.report import executive_weekly
from include.report.figures import Figure
from include.report.formats import Formats
from include.report.snapshot import Snapshot
from include.report.targets import judge, target_of
from include.tables.reports import printed_cell
from tests.report.metric_rows import (
    WEEK,
    healthy_sources,
    insert,
    quiet_year,
    replaced,
    row,
    target,
    with_targets,
)
from tests.report.renderings import Page, Rows, cells, mark_sent, numbers, plain, rendered

FORMATS = Formats("en_US", "EUR")


def card_of(made: Snapshot, label: str) -> str:
    """The lines of one card in the text part."""
    figures = plain_lines(made.plain_text.split("FIGURES")[1])
    start = next(at for at, line in enumerate(figures) if line.startswith(f"{label}:"))
    end = next(
        (at for at in range(start + 1, len(figures)) if not figures[at].startswith("  ")),
        len(figures),
    )
    return "\n".join(figures[start:end])


def plain_lines(text: str) -> list[str]:
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("kind", "value", "upper", "status", "glyph", "tone"),
    [
        # Won revenue is 462,000. 5 % below 486,000 is 461,700, below 487,000 is 462,650.
        ("at_least", "462000", None, "On target", "✓", "good"),
        ("at_least", "462000.01", None, "Near target", "≈", "caution"),
        ("at_least", "486000", None, "Near target", "≈", "caution"),
        ("at_least", "487000", None, "Off target", "✗", "bad"),
        ("at_most", "462000", None, "Within limit", "✓", "good"),
        ("at_most", "461999.99", None, "Above limit", "✗", "bad"),
        ("band", "400000", "462000", "On target", "✓", "good"),
        # 440,000 and 5 % of it are 462,000; of 439,000, 460,950.
        ("band", "400000", "440000", "Near target", "≈", "caution"),
        ("band", "400000", "439000", "Off target", "✗", "bad"),
        ("band", "486000", "500000", "Near target", "≈", "caution"),
        ("band", "487000", "500000", "Off target", "✗", "bad"),
    ],
)
def test_a_status_has_word_glyph_and_colour_in_both_parts(
    warehouse: sa.Engine,
    berlin: Settings,
    rows: Rows,
    kind: str,
    value: str,
    upper: str | None,
    status: str,
    glyph: str,
    tone: str,
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(
        warehouse, with_targets(berlin, target("revenue", kind, value, upper_value=upper))
    )
    page = Page(made.html)
    label = "Limit" if kind == "at_most" else "Target"
    text = cells(warehouse)["card.revenue.target"]
    assert f"{label} {glyph} {status} {text}" in page.text
    assert f"{label.lower()}:".ljust(13) + f"{glyph} {status} ({text})" in card_of(
        made, "Won revenue"
    )
    classes = re.findall(r'class="(change [^"]*)"[^>]*>' + glyph, made.html)
    assert [name.split()[-1] for name in classes] == [tone]
    assert numbers(page.text) == numbers(plain(made.plain_text))
    assert cells(warehouse)["card.revenue.target.status"] == status


@pytest.mark.parametrize(
    ("metric_id", "kind", "value", "upper", "text"),
    [
        ("revenue", "at_least", "400000", None, "≥ €400k"),
        ("close_rate", "at_least", "0.25", None, "≥ 25.0%"),
        ("sales_cycle_days", "at_most", "32", None, "≤ 32 days"),
        ("sales_cycle_days", "band", "20", "30", "20–30 days"),
        ("time_to_resolution", "at_most", "93600", None, "≤ 26 h"),
        ("time_to_resolution", "band", "72000", "93600", "20–26 h"),
        # 180,000 s are 50 h: what is said of the upper end in two units is not what the lower is in.
        ("time_to_resolution", "band", "72000", "180000", "20 h – 2 d 2 h"),
        ("time_to_resolution", "band", "8040", "11640", "2 h 14 m – 3 h 14 m"),
    ],
)
def test_a_target_is_printed_as_its_figure_is(
    metric_id: str, kind: str, value: str, upper: str | None, text: str
) -> None:
    metric = executive_weekly.metrics()[metric_id]
    made = judge(
        metric, figure(metric_id), target(metric_id, kind, value, upper_value=upper), "", FORMATS
    )
    assert plain(made.text) == text


def figure(metric_id: str, **changes: Any) -> Figure:
    values = row(metric_id, WEEK, "0.3", **changes)
    return Figure(*(values[name] for name in Figure.__dataclass_fields__ if name in values))


def test_the_latest_target_that_has_begun_holds() -> None:
    first, second = target("revenue", "at_least", "1"), target("revenue", "at_least", "2")
    second = second.model_copy(update={"start_date": date(2025, 11, 10)})
    other = target("close_rate", "at_least", "0.3")
    monthly = target("revenue", "at_least", "9", grain="month", start_date=date(2025, 11, 1))
    known = (second, other, monthly, first)
    assert target_of(known, "revenue", "week", date(2025, 11, 3)) == first
    assert target_of(known, "revenue", "week", date(2025, 11, 10)) == second
    assert target_of(known, "revenue", "week", date(2025, 12, 29)) == second
    assert target_of(known, "revenue", "week", date(2024, 12, 30)) is None


def test_without_a_target_nothing_is_said_of_any(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    yearly = target("revenue", "at_least", "1", grain="year", start_date=date(2025, 1, 1))
    made = rendered(warehouse, with_targets(berlin, yearly))
    for part in (Page(made.html).text, made.plain_text):
        assert not re.search(r"target|Limit|limit:", part)


@pytest.mark.parametrize(
    ("metric_id", "value", "state", "said"),
    [
        ("close_rate", "0.9", {"value": "0.2", "sample_count": 20}, "too few to judge"),
        ("revenue", "9", {"value": "5", "status": "PARTIAL"}, "incomplete"),
        # 10 of 12 deals have no amount.
        (
            "revenue",
            "9",
            {"value": "5", "sample_count": 2, "excluded_count": 10},
            "too much left out",
        ),
        # A cohort rises as it ages: too low now says nothing.
        ("lead_to_customer_rate", "0.9", {"value": "0.02", "sample_count": 500}, "provisional"),
    ],
)
def test_a_figure_that_says_little_is_not_judged(
    warehouse: sa.Engine,
    berlin: Settings,
    metric_id: str,
    value: str,
    state: dict[str, Any],
    said: str,
) -> None:
    rows = quiet_year()
    replaced(rows, metric_id, WEEK, **state)
    insert(warehouse, rows)
    made = rendered(warehouse, with_targets(berlin, target(metric_id, "at_least", value)))
    text = cells(warehouse)[f"card.{metric_id}.target"]
    assert f"Target {said} {text}" in Page(made.html).text
    assert f"target: {said} ({text})" in plain(made.plain_text)
    assert f"card.{metric_id}.target.status" not in cells(warehouse)
    assert "Off target" not in made.plain_text


@pytest.mark.parametrize(
    ("value", "upper", "text"),
    [("300000", "400000", "300k–400k €"), ("900", "1200000", "900 € – 1,20M €")],
)
def test_both_ends_of_a_band_are_in_the_same_thousands_or_say_so(
    value: str, upper: str, text: str
) -> None:
    band = target("revenue", "band", value, upper_value=upper)
    metric, formats = executive_weekly.metrics()["revenue"], Formats("de_DE", "EUR")
    assert plain(judge(metric, figure("revenue"), band, "", formats).text) == text


@pytest.mark.parametrize("state", [{"is_complete": False}, {"value": None, "status": "NO_DATA"}])
def test_without_a_figure_there_is_no_target(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, state: dict[str, Any]
) -> None:
    replaced(rows, "close_rate", WEEK, **state)
    insert(warehouse, rows)
    made = rendered(warehouse, with_targets(berlin, target("close_rate", "at_least", "0.2")))
    assert "target" not in made.plain_text


def test_a_status_that_changed_is_told_first(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    # A week before it was 79,365.38 + 2,500 x 3 = 86,865 s = 24 h 8 m; now it is 112,000 s.
    limit = target("time_to_resolution", "at_most", "90000")
    made = rendered(warehouse, with_targets(berlin, limit))
    assert (
        "Time to resolution (median): 31 h 7 m, above limit (≤ 25 h); within limit the week before."
        in plain(made.plain_text)
    )
    # Where it was above the limit already, that is no news.
    tight = target("time_to_resolution", "at_most", "60000")
    again = rendered(warehouse, with_targets(berlin, tight))
    assert "above limit" not in plain(again.plain_text).split("FIGURES")[0]
    assert "Above limit" in again.plain_text
    # New leads were 505 - 85/52 + 12 x 3 = 539 a week before; now 611.
    leads = rendered(warehouse, with_targets(berlin, target("leads_generated", "at_least", "600")))
    assert leads.subject.endswith("; new leads on target")


def test_the_chart_says_how_many_weeks_reached_the_target(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    # Weeks 41 to 46 are 5,000 times 1, -2, 3 ... of level 388,000 - 519.23 a week back, and 462,000:
    # 46: 462,000; 45: 402,481; 44: 376,962; 43: 391,442; 42: 370,923; 41: 395,404.
    since = target("revenue", "at_least", "390000", start_date=date(2025, 10, 6))
    made = rendered(warehouse, with_targets(berlin, since))
    for part in (Page(made.html).text, plain(made.plain_text)):
        assert "4 of 6 weeks reached the target (dotted line)." in part
    band = target("revenue", "band", "1", upper_value="2", start_date=date(2025, 10, 6))
    assert "dotted" not in rendered(warehouse, with_targets(berlin, band)).plain_text


def test_another_target_is_another_report(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    rendered(warehouse, with_targets(berlin, target("revenue", "at_least", "400000")))
    mark_sent(warehouse)
    second = rendered(warehouse, with_targets(berlin, target("revenue", "at_least", "500000")))
    assert second.revision == 2
    with warehouse.connect() as connection:
        stored = connection.scalar(
            sa.select(printed_cell.c.printed_text).where(
                printed_cell.c.cell_id == "card.revenue.target", printed_cell.c.revision == 2
            )
        )
    assert plain(str(stored)) == "≥ €500k"
