"""What a report tells: what happened, in the same numbers in both parts of the mail."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.settings import Settings
from tests.report.metric_rows import (
    SHAPES,
    WEEK,
    healthy_sources,
    insert,
    quiet_year,
    replaced,
    row,
    settings_for,
    target,
    with_targets,
)
from tests.report.renderings import Page, Rows, cells, numbers, plain, rendered
from tests.stored_values import forget_values


@pytest.mark.parametrize("locale", ["en_US", "de_DE"])
def test_html_and_text_print_the_same_numbers(
    warehouse: sa.Engine, settings: Settings, rows: Rows, locale: str
) -> None:
    replaced(rows, "time_to_resolution", WEEK, value=None, status="SOURCE_UNAVAILABLE")
    replaced(rows, "sales_cycle_days", WEEK, value="38", status="PARTIAL", status_reason="Part.")
    insert(warehouse, rows)
    healthy_sources(warehouse, set_aside=60)
    made = rendered(warehouse, settings_for(settings, locale))
    page = Page(made.html)
    assert numbers(page.text) == numbers(plain(made.plain_text))
    assert numbers("".join(page.preheader)) <= numbers(page.text)
    assert numbers(made.subject) <= numbers(page.text)


def test_every_number_of_the_story_stands_in_a_cell(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    story = plain(made.plain_text).split("------------")[1].split("FIGURES")[0]
    printed = set().union(*(numbers(text) for text in cells(warehouse).values()))
    assert "€462k" in story
    assert numbers(story) <= printed


def test_every_printed_cell_is_printed(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    page, text = Page(made.html).text, plain(made.plain_text)
    for cell_id, printed in cells(warehouse).items():
        assert printed in page, cell_id
        assert printed in text, cell_id


def test_what_happened_is_said_first(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    # Week 45 is level 387,480.77 (388,000 - 27,000/52) + 5,000 * 3 = 402,481; 462,000 is +14.8 %.
    assert (
        plain(made.subject)
        == "CRM week 46: won revenue €462k, up 14.8%; time to resolution above usual"
    )
    assert len(made.subject) <= 78
    story = plain(made.plain_text).split("------------")[1].split("FIGURES")[0]
    assert "Won revenue was €462k, up 14.8% from the week before" in story
    # Paid search made 214,000 - 154,000 = 60,000 of the 59,519: named.
    assert "Paid search made up the largest part of that change: €214k, against €154k" in story
    assert story.count("*") <= 4


def test_a_usual_week_is_neither_up_nor_down_in_the_subject(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """It said `down 3.6%` of a week like any other; a phone shows no more than that."""
    insert(warehouse, quiet_year())
    # 388,000 after 402,481. Steps of 3, 5, 3, 4, 5, 3 and 1 times 5,000 are 17,143 on average, and 3.267
    # times that, 56,006, is usual.
    assert rendered(warehouse, berlin).subject == "CRM week 46: won revenue €388k, usual range"
    missed = with_targets(berlin, target("revenue", "at_least", "450000"))
    made = rendered(warehouse, missed)
    assert made.subject == "CRM week 46: won revenue €388k, usual range, off target"
    said = "It is within the usual range and off target (≥ €450k)."
    assert said in plain(made.plain_text)


@pytest.mark.parametrize(("before", "said"), [("50000", "€50.0k"), ("0", "€0")])
def test_a_week_many_times_the_one_before_is_told_by_both_figures(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, before: str, said: str
) -> None:
    """It was `from €50.0k to €462k on the week before`, or `new (was 0) on the week before`."""
    replaced(rows, "revenue", WEEK.back(1), value=before)
    insert(warehouse, rows)
    story = plain(rendered(warehouse, berlin).plain_text)
    # Level 361,000 a year ago and 5,000 x 1 for the 52nd week back: 366,000; 462,000 is +26.2 %.
    assert (
        f"Won revenue was €462k, up from {said} the week before and up 26.2% from the same week a year ago"
    ) in story


@pytest.mark.parametrize(
    ("change", "channels"),
    [
        # The largest part is a channel that sold nothing the week before, or nothing this week.
        (("400000", "900000"), {"fresh": (None, "280000"), "old": ("400000", "620000")}),
        (("600000", "100000"), {"gone": ("280000", None), "old": ("320000", "100000")}),
    ],
)
def test_the_second_largest_part_of_a_change_is_not_called_the_largest(
    warehouse: sa.Engine,
    berlin: Settings,
    change: tuple[str, str],
    channels: dict[str, tuple[str | None, str | None]],
) -> None:
    made_rows = quiet_year()
    for week, value, side in ((WEEK.back(1), change[0], 0), (WEEK, change[1], 1)):
        replaced(made_rows, "revenue", week, value=value)
        for member, amounts in channels.items():
            named = {"slice_id": "channel", "slice_value": member, "slice_label": member}
            if amounts[side] is not None:
                made_rows.append(row("revenue", week, amounts[side], **named))
    insert(warehouse, made_rows)
    assert "largest part" not in plain(rendered(warehouse, berlin).plain_text)


def test_a_quiet_week_says_so(warehouse: sa.Engine, berlin: Settings) -> None:
    insert(warehouse, quiet_year())
    made = rendered(warehouse, berlin)
    assert "within the usual range" in plain(made.plain_text)
    assert "Nothing else is outside its usual range." in plain(made.plain_text)


def test_without_a_past_nothing_is_called_usual(warehouse: sa.Engine, berlin: Settings) -> None:
    insert(warehouse, quiet_year(weeks=8))  # seven weeks before this one: one too few
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "There are too few earlier weeks to say what is usual." in text
    assert "usual range" not in text


def test_what_cannot_be_judged_is_neither_usual_nor_without_a_past(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """A CRM was not read to the end: there are a year and a quarter of weeks, and none to set this against."""
    made_rows = quiet_year()
    incomplete = {"status": "PARTIAL", "status_reason": "hubspot.deal ends on Friday."}
    others = list(SHAPES)[1:]
    for metric_id in others[1:]:
        replaced(made_rows, metric_id, WEEK, **incomplete)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    # One reason of six figures is said once.
    assert text.count("hubspot.deal ends on Friday.") == 1
    # The close rate alone is whole, and within its range.
    assert "Nothing else that can be judged is outside its usual range." in text

    with warehouse.begin() as connection:
        forget_values(connection)
    replaced(made_rows, others[0], WEEK, **incomplete)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "The other figures cannot be compared with their usual range." in text
    assert "too few earlier weeks" not in text


def test_a_streak_is_told_in_words(warehouse: sa.Engine, berlin: Settings) -> None:
    made_rows = quiet_year()
    # Down to week 43, then up three times, too gently to leave the usual range.
    values = {4: "2150000", 3: "2100000", 2: "2110000", 1: "2120000", 0: "2130000"}
    for back, value in values.items():
        replaced(made_rows, "pipeline_amount", WEEK.back(back), value=value)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "Open pipeline: up three weeks in a row, to €2.13M." in text


def test_rates_of_a_few_events_do_not_say_what_is_usual(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """Two deals closed in each of a year's weeks, none of them won: nine of this week's 36 are no wonder."""
    made_rows = quiet_year()
    for back in range(1, 65):
        replaced(made_rows, "close_rate", WEEK.back(back), value="0", sample_count=2)
    replaced(made_rows, "close_rate", WEEK, value="0.25", sample_count=36)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert (
        "Close rate: 25.0% (9 of 36 closed deals) week before: 0 of 2, too few to compare" in text
    )
    assert "above the usual range" not in text


def test_rates_of_a_few_events_make_no_streak(warehouse: sa.Engine, berlin: Settings) -> None:
    made_rows = quiet_year()
    for back, won in {4: 6, 3: 1, 2: 2, 1: 3, 0: 4}.items():
        share = Decimal(won) / 11
        replaced(made_rows, "close_rate", WEEK.back(back), value=share, sample_count=11)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "too few to compare" in text
    assert "in a row" not in text


def test_week_53_is_reported_as_such(warehouse: sa.Engine, berlin: Settings) -> None:
    week = WEEK.back(-59)
    insert(warehouse, quiet_year(week))
    as_of_at = week.end_at(berlin.calendar.zone) + timedelta(hours=6)
    made = rendered(warehouse, berlin, as_of_at=as_of_at)
    assert made.period_id == "2026-W53"
    assert made.subject.startswith("CRM week 53: won revenue €388k")
    assert "Mon 29 Dec 2025 – Sun 4 Jan 2026, the same weekdays" in plain(made.plain_text)


def test_an_unknown_report_is_refused(warehouse: sa.Engine, berlin: Settings) -> None:
    with pytest.raises(ConfigurationError, match="sales_daily"):
        rendered(warehouse, berlin, report_id="sales_daily")
