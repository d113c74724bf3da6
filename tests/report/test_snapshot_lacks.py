"""What most figures of a report lack is one sentence on top, not a riddle over eight cards."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.report.edition import read_edition
from include.report.series import series
from tests.report.metric_rows import (
    AS_OF,
    SHAPES,
    WEEK,
    healthy_sources,
    insert,
    quiet_year,
    replaced,
    row,
    target,
    with_targets,
)
from tests.report.renderings import Page, Rows, cells, plain, rendered
from tests.stored_values import forget_values


def test_what_most_figures_lack_is_said_once_on_top(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Nothing broke, so no gate holds it; but who reads eight cards has to guess that it is one thing."""
    denied = {"value": None, "status": "PERMISSION_DENIED"}
    lost = {
        "close_rate": "salesforce.opportunity is read without Amount. Ask acme.salesforce.com.",
        "leads_generated": "salesforce.lead has not been loaded: No access. Grant Read.",
        "time_to_resolution": "hubspot.ticket has not been loaded: No access. Grant the scope.",
    }
    for metric_id, reason in lost.items():
        replaced(rows, metric_id, WEEK, status_reason=reason, **denied)
    insert(warehouse, rows)
    healthy_sources(warehouse)
    assert "for the same reason" not in plain(rendered(warehouse, berlin).plain_text)

    with warehouse.begin() as connection:
        forget_values(connection)
    replaced(rows, "pipeline_amount", WEEK, status_reason=lost["close_rate"], **denied)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    assert made.gate == "banner"
    said = (
        "4 of 8 figures are not available for the same reason: we have no permission to read the data "
        "behind them in HubSpot and Salesforce (ticket, lead, opportunity). An administrator of HubSpot "
        "and Salesforce can grant it."
    )
    assert said in plain(made.plain_text)
    page = Page(made.html).text
    assert page.index(said) < page.index("What changed")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (
            "NOT_CONFIGURED",
            "what they need is not set up yet. Reply to this mail to ask",
        ),
        ("INSUFFICIENT_HISTORY", "there is not enough history yet. That comes with time"),
        ("NO_DATA", None),  # a quiet week: nobody has to help
    ],
)
def test_only_what_somebody_can_help_with_is_said_on_top(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, status: str, said: str | None
) -> None:
    for metric_id in list(SHAPES)[1:]:
        replaced(rows, metric_id, WEEK, value=None, status=status)
    insert(warehouse, rows)
    healthy_sources(warehouse)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert ("for the same reason" in text) == (said is not None)
    assert (said or "") in text


def test_what_a_figure_leaves_out_stands_beside_it(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """A company sells in a currency that nobody named a rate for: its deals were gone without a word."""
    left_out = {"revenue": 5, "close_rate": 2, "leads_generated": 4, "sales_cycle_days": 0}
    for metric_id, count in left_out.items():
        replaced(rows, metric_id, WEEK, excluded_count=count)
    # Five of the 27 + 5 deals that were won have no amount, and are among those of their owners.
    for one in rows:
        if (one["metric_id"], one["slice_id"]) == ("sales_performance", "total"):
            one["excluded_count"] = 5
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    for text in (plain(made.plain_text), Page(made.html).text):
        assert "27 won deals, 5 left out" in text
        assert "closed deals, 2 left out" in text
        assert "4 left out" in text
        assert "0 left out" not in text
        assert "Deals won include 5 without a known amount." in text
    assert cells(warehouse)["card.revenue.left_out"] == "5"


def test_a_channel_that_sold_in_one_week_only_is_in_the_table_of_both(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """An event of last week stood nowhere, though all that revenue fell by was its; a fresh one's
    week before was not available, though it was nothing.
    """
    rows = quiet_year()
    replaced(rows, "revenue", WEEK, value="400000")
    replaced(rows, "revenue", WEEK.back(1), value="650000")
    sold = (
        ("old", 0, "330000"),
        ("fresh", 0, "70000"),
        ("old", 1, "370000"),
        ("gone", 1, "280000"),
    )
    for name, back, amount in sold:
        named = {"slice_id": "channel", "slice_value": name, "slice_label": name.title()}
        rows.append(row("revenue", WEEK.back(back), amount, **named))
    insert(warehouse, rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    table = text.split("Channel This week Week before ")[1]
    assert table.startswith("Old €330k €370k Fresh €70.0k €0 Gone €0 €280k")
    # Of a week that is incomplete nobody knows whether a channel sold nothing.
    lacking = {"value": "650000", "status": "PARTIAL", "status_reason": "Part."}
    replaced(rows, "revenue", WEEK.back(1), **lacking)
    with warehouse.begin() as connection:
        forget_values(connection)
    insert(warehouse, rows)
    assert "Fresh €70.0k n/a Gone €0 €280k" in plain(rendered(warehouse, berlin).plain_text)


def test_what_lacks_data_is_not_only_called_provisional(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """That it still rises is no news; that half of the leads were not read is."""
    lacking = {"status": "PARTIAL", "status_reason": "hubspot.contact ends on Friday."}
    replaced(rows, "lead_to_customer_rate", WEEK, **lacking)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    figures = plain(made.plain_text).split("FIGURES")[1]
    assert "leads), incomplete" in figures
    assert "provisional" not in figures
    chips = Page(made.html).text.split("Lead to customer")[2]
    assert chips.index("incomplete") < chips.index("Week before")


def test_the_last_complete_figure_is_one_that_was_complete(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """A half of a week stood as the last complete figure of what is missing since."""
    replaced(rows, "time_to_resolution", WEEK, value=None, status="SOURCE_UNAVAILABLE")
    half = {"value": "40000", "status": "PARTIAL", "status_reason": "Part."}
    replaced(rows, "time_to_resolution", WEEK.back(1), **half)
    insert(warehouse, rows)
    # Week 44: 79,000 + 19,000 * 2 / 52 - 2 * 2,500 = 74,730.77 s, 20 h 46 m
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "Last complete: 20 h 46 m (week 44)." in text


def test_who_sold_for_amounts_that_nobody_knows_is_named_without_one(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Dora won three deals, in a currency without a rate: neither nothing, nor nobody."""
    unknown = {"value": None, "status": "NO_DATA", "status_reason": "Not known.", "sample_count": 3}
    dora = {"slice_id": "owner", "slice_value": "u9", "slice_label": "Dora", **unknown}
    fair = {"slice_id": "channel", "slice_value": "fair", "slice_label": "Fair", **unknown}
    for metric_id, named in (("sales_performance", dora), ("revenue", fair)):
        rows.append(row(metric_id, WEEK, **named))
    insert(warehouse, rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "Dora n/a 3 n/a" in text
    # Nothing of it was sold the week before.
    assert "Fair n/a €0" in text


def test_revenue_without_most_amounts_has_not_fallen(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Ten of twelve deals were entered without an amount: the phone said that revenue was down 83 %."""
    replaced(rows, "revenue", WEEK, value="66000", sample_count=2, excluded_count=10)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    assert plain(made.subject).startswith("CRM week 46: won revenue €66.0k (10 left out)")
    assert "down" not in made.subject
    text = plain(made.plain_text)
    assert "* Won revenue was €66.0k (10 left out). *" in text
    assert "(2 won deals, 10 left out) week before: €402k, more left out now" in text
    assert "largest part of that change" not in text


def test_thirteen_weeks_that_lack_most_amounts_are_set_against_nothing(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """A quarter in which sellers gave no amounts was down 83 %, and had missed all its targets."""
    rows = quiet_year()
    for back in range(13):
        lacking = {"sample_count": 4, "excluded_count": 20}
        replaced(rows, "revenue", WEEK.back(back), value=60_000 - 100 * back, **lacking)
    insert(warehouse, rows)
    targets = with_targets(berlin, target("revenue", "at_least", "300000"))
    made = rendered(warehouse, targets)
    # 13 x 60,000 - 100 x (0 + ... + 12) = 772,200, without 13 x 20 amounts.
    said = (
        "Highest €60.0k (20 left out) in week 46, lowest €58.8k (20 left out) in week 34; €772k "
        "(260 left out) in all."
    )
    for part in (plain(made.plain_text), Page(made.html).text):
        assert said in part
        assert "weeks a year ago." not in part
        assert "weeks reached" not in part
    assert cells(warehouse)["chart.total.left_out"] == "260"


def test_only_weeks_that_can_be_judged_count_among_those_that_reached_the_target(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    rows = quiet_year()
    # Of two weeks twelve deals each have no amount: what is known of one reaches the target by itself.
    lacking = {"sample_count": 12, "excluded_count": 12}
    replaced(rows, "revenue", WEEK, value="500000", **lacking)
    replaced(rows, "revenue", WEEK.back(1), value="200000", **lacking)
    insert(warehouse, rows)
    made = rendered(warehouse, with_targets(berlin, target("revenue", "at_least", "300000")))
    # All eleven others are about 388,000.
    assert "12 of 12 weeks reached the target (dotted line)." in plain(made.plain_text)


def test_a_sum_that_lacks_more_amounts_than_before_goes_no_way(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """Half of the open deals lost their amounts: the pipeline was called down four weeks in a row."""
    rows = quiet_year()
    for back, value in {4: 2_000_000, 3: 1_990_000, 2: 1_980_000, 1: 1_970_000}.items():
        replaced(rows, "pipeline_amount", WEEK.back(back), value=value)
    replaced(rows, "pipeline_amount", WEEK, value="900000", sample_count=90, excluded_count=110)
    insert(warehouse, rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "Open pipeline: €900k (90 open deals, 110 left out)" in text
    assert "in a row" not in text


def test_weeks_that_lacked_most_amounts_do_not_say_what_is_usual(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """After a year without amounts sellers give them again: that the sum is larger is no good news."""
    rows = quiet_year()
    for back in range(1, 65):
        lacking = {"sample_count": 4, "excluded_count": 20}
        replaced(rows, "revenue", WEEK.back(back), value=60_000 + 1_000 * (back % 2), **lacking)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    text = plain(made.plain_text)
    assert "Won revenue was €388k. " in text
    assert "week before: €61.0k, more left out then" in text
    assert "Won revenue: €388k (24 won deals) week before" in text
    assert "above usual" not in Page(made.html).text


def test_weeks_that_lack_more_than_most_are_drawn_neither_as_bars_nor_in_the_chart(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    """A week whose deals had no amounts was the lowest of all, in a picture that says nothing of why."""
    rows = quiet_year()
    replaced(rows, "revenue", WEEK, value="60000", sample_count=4, excluded_count=20)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    # Of the others 45 is highest, 388,000 - 519.23 + 15,000, and 35 lowest, 388,000 - 11 x 519.23 - 15,000.
    said = "Highest €402k in week 45, lowest €367k in week 35. A gap is a week without a comparable figure."
    assert said in plain(made.plain_text)
    classes = [values.get("class") or "" for _, values in Page(made.html).tags]
    # Seven cards have a bar of this week.
    assert sum("bar-now" in each for each in classes) == 7


def test_a_year_that_lacked_less_is_not_drawn_beside_one_that_lacks_most(
    warehouse: sa.Engine, berlin: Settings
) -> None:
    rows = quiet_year()
    for back in range(13):
        lacking = {"value": 60_000, "sample_count": 4, "excluded_count": 20}
        replaced(rows, "revenue", WEEK.back(back), **lacking)
    insert(warehouse, rows)
    with warehouse.connect() as connection:
        edition = read_edition(connection, berlin, AS_OF)
    made = series(edition.metrics["revenue"], edition)
    assert made is not None
    assert made.this_year == (60_000,) * 13
    assert made.year_ago == (None,) * 13
