"""What a report says of what it lacks: no zero for a gap, no figure without its footing."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.report.week import Week
from include.tables.metrics import metric_definition
from include.tables.ops import extract_window, fact_build
from include.tables.reports import snapshot
from include.validate.facts import validate_facts
from tests.report.metric_rows import (
    AS_OF,
    RUN,
    SHAPES,
    WEEK,
    healthy_sources,
    insert,
    quiet_year,
    replaced,
    row,
    window,
)
from tests.report.renderings import Page, Rows, cells, mark_sent, plain, rendered
from tests.stored_values import forget_values


@pytest.mark.parametrize(
    "state",
    [
        {"drop": True},
        {"value": None, "status": "SOURCE_UNAVAILABLE", "status_reason": "It is late."},
        {"value": "0", "status": "PARTIAL", "status_reason": "It is late."},
        {"value": "0", "status": "WITHHELD", "status_reason": "It is late."},
        {"value": "0", "is_complete": False},
        {"value": None, "status": "ZERO_DENOMINATOR"},
    ],
    ids=["absent", "unavailable", "partial-zero", "withheld", "running", "no-denominator"],
)
def test_a_figure_that_is_not_there_is_a_reason_never_a_zero(
    warehouse: sa.Engine, berlin: Settings, state: dict[str, Any]
) -> None:
    healthy_sources(warehouse)
    for metric_id in SHAPES:
        rows = quiet_year()
        replaced(rows, metric_id, WEEK, **dict(state))
        with warehouse.begin() as connection:
            forget_values(connection)
        insert(warehouse, rows)
        made = rendered(warehouse, berlin)
        printed = cells(warehouse)
        assert not [name for name in printed if name.startswith(f"card.{metric_id}.")]
        assert printed[f"missing.{metric_id}.last_good"]
        text = plain(made.plain_text)
        assert "not available. Last: " in text
        assert "NOT IN THIS REPORT" in text
        assert state.get("status_reason", "") in text
        assert not re.search(r"(?<![\d.,])0(\.0%| days| s\b| \()", text)
        assert (made.gate == "hold") == (metric_id == "revenue")
        assert made.gate != "clean"


def test_a_zero_that_was_measured_is_printed(warehouse: sa.Engine, berlin: Settings) -> None:
    rows = quiet_year()
    replaced(rows, "revenue", WEEK, value="0", sample_count=0)
    insert(warehouse, rows)
    rendered(warehouse, berlin)
    assert cells(warehouse)["card.revenue.value"] == "€0"
    assert cells(warehouse)["card.revenue.week_before"] == "−100%"


def test_nothing_at_all_is_held(warehouse: sa.Engine, berlin: Settings) -> None:
    made = rendered(warehouse, berlin)
    why = "Won revenue is not available: It was not computed for this week"
    assert (made.gate, made.gate_reason) == ("hold", why)
    assert plain(made.subject) == "CRM week 46: won revenue not available"
    assert made.images == {}


def test_a_metric_out_is_said_on_top_and_in_the_subject(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    replaced(rows, "time_to_resolution", WEEK, value=None, status="WITHHELD", status_reason="Bad.")
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    assert made.gate == "metric_out"
    assert made.subject.startswith("[Partial] ")
    page = Page(made.html).text
    assert page.index("Read with care") < page.index("What changed")
    assert "Time to resolution (median). Bad. Last complete:" in page
    # The card says as much as it has room for.
    assert "The data failed a check and are withheld. More under “Not in this report”." in page


def test_an_incomplete_figure_is_called_so_wherever_it_stands_alone(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """The subject is all of the mail that many read; the chart must not compare it either."""
    lacking = {"status": "PARTIAL", "status_reason": "salesforce.opportunity ends on Friday."}
    replaced(rows, "revenue", WEEK, value="97000", **lacking)
    replaced(rows, "close_rate", WEEK, value="0.25", **lacking)
    for one in rows:
        if one["slice_id"] != "total" and one["period_start_date"] == WEEK.start:
            one.update(lacking)
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    text = plain(made.plain_text)
    assert plain(made.subject).startswith("CRM week 46: won revenue €97.0k (incomplete)")
    assert "* Won revenue was €97.0k (incomplete)." in text
    assert "Close rate 25.0% (incomplete) · " in plain("".join(Page(made.html).preheader))
    caption = text.split("LAST 13 WEEKS")[1].split("SALES BY OWNER")[0]
    assert "€97.0k" not in caption
    assert "the same weeks a year ago" not in caption
    assert "A gap is a week without a comparable figure." in caption
    assert text.count("Figures for this week are incomplete.") == 2  # both tables
    bars = [values.get("class") for _, values in Page(made.html).tags]
    assert bars.count("bar bar-now") == 6  # of eight cards


def test_a_table_that_a_check_withholds_does_not_vanish_without_a_word(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    for one in rows:
        if (one["metric_id"], one["slice_id"]) == ("sales_performance", "owner"):
            one.update(value=None, numerator=None, status="WITHHELD", status_reason="Owners\nlack.")
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    text = plain(made.plain_text)
    assert made.gate == "banner"
    assert "! READ WITH CARE Sales by owner is not shown. Owners lack." in text
    assert "SALES BY OWNER" not in text


def test_stale_data_and_rows_set_aside_are_said_on_top(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    with warehouse.begin() as connection:
        connection.execute(
            extract_window.insert(),
            window("hubspot", "contact", AS_OF - timedelta(days=2), set_aside_count=40),
        )
    made = rendered(warehouse, berlin)
    text = plain(made.plain_text)
    assert made.gate == "banner"
    assert (
        "HubSpot data do not cover the whole week: contact only up to Sat 15 Nov 2025, 06:12 CET."
        in text
    )
    # 3 + 40 of 5 windows of 1,000; 0.86 % is above 0.5 %.
    assert "43 of 5,000 records read since the week began failed a check" in text


def test_records_that_a_crm_shows_no_more_are_said_on_top_until_it_does(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Changes were loaded, so every figure looks complete; what changed in hidden records is in none."""
    insert(warehouse, rows)
    healthy_sources(warehouse)

    def read_whole(hours_ago: int, status: str, landed_count: int | None = 1000) -> str:
        whole = {"mode": "snapshot", "status": status, "landed_count": landed_count}
        read_at = AS_OF - timedelta(hours=hours_ago)
        with warehouse.begin() as connection:
            connection.execute(
                extract_window.insert(),
                window("salesforce", "lead", read_at, **whole, batch_id=f"{hours_ago} hours ago"),
            )
        return plain(rendered(warehouse, berlin).plain_text)

    said = (
        "Salesforce no longer shows us many records that it showed before (lead). The figures use"
    )
    assert said not in read_whole(200, "loaded")
    # It broke off on the way.
    assert said not in read_whole(30, "failed", None)
    text = read_whole(20, "failed")
    assert text.index("READ WITH CARE") < text.index(said)
    assert said not in read_whole(10, "loaded")


def test_a_few_rows_set_aside_stay_in_the_footer(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    text = plain(made.plain_text)
    assert made.gate == "information"
    assert "READ WITH CARE" not in text
    assert "3 of 4 checks passed; 3 of 4,000 records set aside." in text


def built(at: datetime, is_whole: bool, differing_count: int | None = None) -> dict[str, Any]:
    return {
        "built_at": at, "is_whole": is_whole, "reason": "", "definition_hash": "h",
        "shared_inputs": {}, "row_counts": {}, "record_count": 100, "changed_count": 1,
        "built_count": 1, "differing_count": differing_count,
    }  # fmt: skip


def test_facts_found_wrong_by_a_whole_build_are_told_until_one_finds_none(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, tmp_path: Path
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)

    def said(*builds: dict[str, Any]) -> tuple[int, str]:
        # How many rules on facts are broken, and the mail.
        with warehouse.begin() as connection:
            for build in builds:
                connection.execute(fact_build.insert(), build)
        outcomes = validate_facts(warehouse, ZoneInfo("UTC"), RUN, AS_OF, tmp_path)
        broken = [outcome for outcome in outcomes if not outcome.is_success]
        for outcome in broken:
            assert (outcome.rule.severity, outcome.unexpected_count) == ("warning", 1_234)
            assert "run crm_recompute for these days" in outcome.rule.words
        passed = 3 + len(outcomes) - len(broken)
        text = plain(rendered(warehouse, berlin).plain_text)
        assert f"{passed} of {4 + len(outcomes)} checks passed" in text
        return len(broken), text

    line = (
        "Figures computed between Sat 8 Nov 2025, 06:12 CET and Sat 15 Nov 2025, 06:12 CET may have been "
        "wrong: a full rebuild of the data changed 1,234 rows."
    )
    day = timedelta(days=1)
    week_ago = built(AS_OF - 9 * day, True, 0)
    broken, text = said(week_ago, built(AS_OF - 4 * day, False))
    assert (broken, "may have been wrong" in text) == (0, False)
    broken, text = said(built(AS_OF - 2 * day, True, 1_234))
    assert (broken, line in text) == (1, True)
    # Whole builds that nothing was held against tell nothing new.
    broken, text = said(built(AS_OF - day, True))
    assert (broken, line in text) == (1, True)
    # A mail that came after the build has told it; the check goes on failing.
    mailed = sa.update(snapshot).values(period_id=WEEK.back(1).period_id, as_of_at=AS_OF - day)
    with warehouse.begin() as connection:
        connection.execute(mailed)
    mark_sent(warehouse, week=WEEK.back(1))
    broken, text = said()
    assert (broken, "may have been wrong" in text) == (1, False)
    broken, text = said(built(AS_OF - day / 2, True, 0))
    assert (broken, "may have been wrong" in text) == (0, False)


def test_facts_found_wrong_in_the_night_of_a_mail_are_told_by_that_mail_alone(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """The facts of a day are built after the instant they stand at, and before the mail is made."""
    insert(warehouse, rows)
    week_ago, hour = AS_OF - timedelta(days=7), timedelta(hours=1)
    mailed = {"as_of_at": week_ago, "rendered_at": week_ago + 6 * hour}
    with warehouse.begin() as connection:
        for build in (built(week_ago - 100 * hour, True), built(week_ago + hour, True, 1_234)):
            connection.execute(fact_build.insert(), build)
    assert "may have been wrong" in plain(rendered(warehouse, berlin, **mailed).plain_text)
    mark_sent(warehouse, week=WEEK.back(1))
    assert "may have been wrong" not in plain(rendered(warehouse, berlin).plain_text)


def test_only_what_was_known_at_the_as_of_is_printed(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    later = row("revenue", WEEK, "999000", as_of_at=AS_OF + timedelta(seconds=1))
    earlier = row("revenue", WEEK, "111000", as_of_at=AS_OF - timedelta(days=1))
    insert(warehouse, [*rows, later, earlier])
    rendered(warehouse, berlin)
    assert cells(warehouse)["card.revenue.value"] == "€462k"


def test_cohorts_are_compared_at_the_same_age(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    before = WEEK.back(1)
    old = row("lead_to_customer_rate", before, "0.08", sample_count=500, as_of_at=AS_OF)
    insert(warehouse, [*rows, old])
    made = rendered(warehouse, berlin)
    # Week 45 stood at 13/505 = 2.6 % when it was as old as week 46 is now; since then it rose to 8 %.
    assert cells(warehouse)["card.lead_to_customer_rate.week_before.baseline"] == "2.6%"
    assert "provisional" in Page(made.html).text


@pytest.mark.parametrize("kept", ["definition_hash", "choices_hash"])
def test_weeks_that_were_counted_otherwise_are_not_compared(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, kept: str
) -> None:
    """An upgrade, or another choice in include/config, changed what revenue means, and values of the
    year before were left as they were.
    """
    insert(warehouse, rows)
    at = [one["as_of_at"] for one in rows if one["metric_id"] == "revenue"]
    changed_at = (WEEK.back(20)).end_at(berlin.calendar.zone)

    def define(new: str) -> dict[str, str]:
        meanings = {
            as_of_at: new if as_of_at > changed_at else "old" for as_of_at in dict.fromkeys(at)
        }
        with warehouse.begin() as connection:
            connection.execute(metric_definition.delete())
            connection.execute(
                metric_definition.insert(),
                [
                    {"metric_id": "revenue", "as_of_at": as_of_at, "definition_hash": ""}
                    | {kept: meaning}
                    for as_of_at, meaning in meanings.items()
                ],
            )
        made = plain(rendered(warehouse, berlin).plain_text)
        return {"card": made.split("Won revenue: ")[1].split("Close rate")[0], "mail": made}

    assert "year ago: ▲" in define("old")["card"]
    told = define("new")
    assert "week before: ▲ +14.8%" in told["card"]
    assert "year ago: counted differently then" in told["card"]
    assert "the same weeks a year ago" not in told["mail"]


def test_the_same_age_is_by_the_local_clock(warehouse: sa.Engine, berlin: Settings) -> None:
    # Read on Monday 30 March 2026, 05:00 CEST = 03:00 UTC; the week before at 05:00 CET = 04:00 UTC.
    week, zone = Week(date(2026, 3, 23)), berlin.calendar.zone
    five = timedelta(hours=5)
    ages = {back: (week.back(back).end_at(zone) + five).astimezone(UTC) for back in (0, 1)}
    insert(
        warehouse,
        [
            row("lead_to_customer_rate", week.back(back), share, sample_count=500, as_of_at=at)
            for back, share, at in ((0, "0.03", ages[0]), (1, "0.02", ages[1]))
        ],
    )
    rendered(warehouse, berlin, as_of_at=ages[0])
    assert (ages[0].hour, ages[1].hour) == (3, 4)
    assert cells(warehouse)["card.lead_to_customer_rate.week_before.baseline"] == "2.0%"


def test_a_first_reading_that_goes_past_the_as_of_is_what_the_figures_rest_on(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """On the day of the installation the only windows end later than the as-of of the report."""
    insert(warehouse, rows)
    beginning = {"mode": "snapshot", "window_start_at": datetime(1970, 1, 1, tzinfo=UTC)}
    later = AS_OF + timedelta(hours=9)
    with warehouse.begin() as connection:
        connection.execute(
            extract_window.insert(),
            [
                window("salesforce", "opportunity", later, set_aside_count=2, **beginning),
                window("hubspot", "deal", later, set_aside_count=1, **beginning),
            ],
        )
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "3 of 2,000 records set aside" in text
    assert "do not cover the whole week" not in text


def test_what_is_in_no_fact_yet_is_not_what_the_figures_rest_on(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """A backfill has read a week of contacts since facts were built: the figures lack it."""
    insert(warehouse, rows)
    healthy_sources(warehouse)
    short = AS_OF - timedelta(days=4)
    with warehouse.begin() as connection:
        of_contacts = extract_window.c.object_name == "contact"
        connection.execute(extract_window.delete().where(of_contacts))
        for end_at, is_in_facts in ((short, True), (AS_OF, False)):
            read = window("hubspot", "contact", end_at, is_in_facts=is_in_facts)
            connection.execute(extract_window.insert(), read)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "HubSpot data do not cover the whole week: contact only up to" in text
    with warehouse.begin() as connection:
        connection.execute(extract_window.update().values(is_in_facts=True))
    assert "do not cover the whole week" not in plain(rendered(warehouse, berlin).plain_text)
