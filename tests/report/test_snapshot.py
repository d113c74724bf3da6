"""The whole report: what is printed, what is not, and that both parts of the mail agree."""

from __future__ import annotations

import base64
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from include.core.errors import ConfigurationError, StopError
from include.core.settings import Settings
from include.report import render
from include.report.snapshot import Snapshot, render_snapshot, write_files
from include.report.week import Week
from include.tables.metrics import metric_value, restatement
from include.tables.ops import delivery, extract_window
from include.tables.reports import printed_cell
from include.tables.reports import snapshot as snapshot_table
from tests.report.metric_rows import (
    AS_OF,
    OWNERS,
    RUN,
    SHAPES,
    WEEK,
    healthy_sources,
    insert,
    make_interesting,
    quiet_year,
    replaced,
    row,
    settings_for,
    slices,
    window,
)

Rows = list[dict[str, Any]]


def rendered(engine: sa.Engine, settings: Settings, **changes: Any) -> Snapshot:
    values = {
        "report_id": "executive_weekly",
        "as_of_at": AS_OF,
        "run_id": "render-1",
        "rendered_at": AS_OF + timedelta(minutes=5),
        **changes,
    }
    return render_snapshot(engine, settings, **values)


@pytest.fixture
def berlin(settings: Settings) -> Settings:
    return settings_for(settings)


@pytest.fixture
def rows() -> Rows:
    made = quiet_year() + slices()
    make_interesting(made)
    return made


def cells(engine: sa.Engine, revision: int = 1) -> dict[str, str]:
    query = sa.select(printed_cell.c.cell_id, printed_cell.c.printed_text).where(
        printed_cell.c.revision == revision
    )
    with engine.connect() as connection:
        return {cell.cell_id: plain(cell.printed_text) for cell in connection.execute(query)}


def mark_sent(engine: sa.Engine, revision: int = 1, status: str = "sent") -> None:
    values = {
        "report_id": "executive_weekly",
        "period_id": WEEK.period_id,
        "revision": revision,
        "recipient": "ana@example.com",
        "status": status,
        "message_id": "<m>",
        "run_id": "r",
        "attempt_count": 1,
        "claimed_at": AS_OF,
    }
    with engine.begin() as connection:
        connection.execute(delivery.insert(), values)


def plain(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


class Page(HTMLParser):
    """What a reader of the HTML sees or hears, and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.preheader: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._path: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag == "img":
            self.words.append(values["alt"] or "")
        elif tag not in ("meta", "br"):
            self._path.append("hidden" if "hidden" in (values.get("class") or "") else tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "br":
            self._path.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self._path):
            (self.preheader if "hidden" in self._path else self.words).append(data)

    @property
    def text(self) -> str:
        return plain(" ".join(self.words))


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d(?:[\d.,]*\d)?", text))


# Both parts of the mail


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
    assert plain(made.subject) == "CRM week 46: won revenue €462k, up 14.8%; new leads above usual"
    assert len(made.subject) <= 70
    story = plain(made.plain_text).split("------------")[1].split("FIGURES")[0]
    assert "Won revenue was €462k, +14.8% on the week before" in story
    # Paid search made 214,000 - 154,000 = 60,000 of the 59,519: named.
    assert "The largest part of that change is Paid search: €214k, from €154k" in story
    assert story.count("*") <= 4


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


def test_a_streak_is_told_in_words(warehouse: sa.Engine, berlin: Settings) -> None:
    made_rows = quiet_year()
    # Down to week 43, then up three times, too gently to leave the usual range.
    values = {4: "2150000", 3: "2100000", 2: "2110000", 1: "2120000", 0: "2130000"}
    for back, value in values.items():
        replaced(made_rows, "pipeline_amount", WEEK.back(back), value=value)
    insert(warehouse, made_rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    assert "Open pipeline: up three weeks in a row, to €2.13M." in text


# Honesty


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
            connection.execute(metric_value.delete())
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
    assert (made.gate, made.gate_reason) == ("hold", "Won revenue is not available")
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
    assert "HubSpot data end before the week does (contact; Sat 15 Nov 2025, 06:12 CET)." in text
    # 3 + 40 of 5 windows of 1,000; 0.86 % is above 0.5 %.
    assert "43 of 5,000 records read since the week began failed a check" in text


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


def test_revised_weeks_are_told_once_and_only_when_a_reader_would_see_it(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    changes = [
        ("revenue", 1, 2, "371000", "380000"),
        ("revenue", 1, 1, "380000", "391000"),  # later: told as one, 371 to 391
        ("revenue", 2, 1, "400000", "401000"),  # 0.25 %: too small
        ("close_rate", 1, 1, "0.250", "0.254"),  # 0.4 points: too small
        ("leads_generated", 20, 1, "100", "200"),  # too long ago to be remembered
        ("lead_to_customer_rate", 1, 1, "0.02", "0.05"),  # only grew older
    ]
    with warehouse.begin() as connection:
        connection.execute(
            restatement.insert(),
            [
                {
                    "metric_id": metric_id,
                    "grain": "week",
                    "period_start_date": WEEK.back(weeks).start,
                    "slice_id": "total",
                    "slice_value": "",
                    "as_of_at": AS_OF - timedelta(days=days),
                    "previous_as_of_at": AS_OF - timedelta(days=days + 1),
                    "previous_value": old,
                    "value": new,
                    "run_id": RUN,
                }
                for metric_id, weeks, days, old, new in changes
            ],
        )
    text = plain(rendered(warehouse, berlin).plain_text)
    told = text.split("EARLIER WEEKS REVISED")[1].split("WHAT CHANGED")[0]
    assert told.strip() == "Won revenue, week 45: €391k, was €371k."


# Revisions


def test_the_same_figures_are_the_same_revision(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse)
    again = rendered(warehouse, berlin, run_id="render-2", as_of_at=AS_OF + timedelta(days=1))
    assert again == first  # what readers have stays what is on record


def test_before_it_was_sent_a_rendering_replaces_the_last(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    rendered(warehouse, berlin)
    with warehouse.begin() as connection:
        connection.execute(sa.text("update metrics.metric_value set value = value * 2"))
    mark_sent(warehouse, status="failed_temporarily")
    again = rendered(warehouse, berlin, run_id="render-2")
    assert again.revision == 1
    assert cells(warehouse)["card.revenue.value"] == "€924k"
    with warehouse.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(snapshot_table)) == 1


@pytest.mark.parametrize("status", ["sent", "in_flight", "unknown"])
def test_after_it_was_sent_other_figures_are_a_revision(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, status: str
) -> None:
    insert(warehouse, rows)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse, status=status)
    insert(warehouse, [row("revenue", WEEK, "480000", sample_count=28, as_of_at=AS_OF)])
    second = rendered(warehouse, berlin, run_id="render-2")
    third = rendered(warehouse, berlin, run_id="render-3")
    assert (first.revision, second.revision, third.revision) == (1, 2, 2)
    assert second.subject.startswith("[Revised] CRM week 46: won revenue €480k")
    assert "Won revenue: €480k, was €462k." in plain(second.plain_text)
    assert cells(warehouse, 1)["card.revenue.value"] == "€462k"
    assert cells(warehouse, 2)["card.revenue.value"] == "€480k"


def test_figures_that_turn_back_withdraw_the_revision_nobody_got(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    first = rendered(warehouse, berlin)
    mark_sent(warehouse)
    wrong = row("revenue", WEEK, "480000", sample_count=28, as_of_at=AS_OF)
    insert(warehouse, [wrong])
    assert rendered(warehouse, berlin).revision == 2
    with warehouse.begin() as connection:
        connection.execute(metric_value.delete().where(metric_value.c.as_of_at == AS_OF))
    assert rendered(warehouse, berlin) == first
    assert cells(warehouse, 2) == {}


def test_two_renderings_at_once_are_one_snapshot(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    with ThreadPoolExecutor(3) as workers:
        runs = [workers.submit(rendered, warehouse, berlin) for _ in range(3)]
        made = [run.result() for run in runs]
    assert {one.revision for one in made} == {1}
    assert len({one.html for one in made}) == 1


# The HTML itself


def test_names_are_escaped(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    name = OWNERS["u4"][0]
    assert name not in made.html
    assert name in Page(made.html).text
    assert name in made.plain_text


def test_a_reason_cannot_forge_lines_or_tags(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    reason = "<script>x</script>\n\nWon revenue: €9bn"
    replaced(
        rows, "leads_generated", WEEK, value=None, status="SOURCE_UNAVAILABLE", status_reason=reason
    )
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    assert "<script>" not in made.html
    assert "\nWon revenue: €9bn" not in made.plain_text


def test_the_html_is_fit_for_mail_clients_and_screen_readers(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    html, page = made.html, Page(made.html)
    attributes = dict(page.tags)
    assert attributes["html"]["lang"] == "en"
    assert attributes["html"]["dir"] == "ltr"
    assert [tag for tag, _ in page.tags].count("h1") == 1
    assert [tag for tag, _ in page.tags].count("style") == 3
    for tag, values in page.tags:
        if tag == "table":
            assert values.get("role") == "presentation" or "data" in (values.get("class") or "")
        if tag == "th":
            assert values.get("scope") in ("row", "col")
        if tag == "img":
            assert values["alt"]
            assert (values["src"] or "").removeprefix("cid:") in made.images
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?https?:""", html)
    assert not re.search(r'style="[^"]*(calc|var|rgba|flex|grid)\b', html)
    assert len(html.encode()) <= render.LARGEST_HTML_BYTES
    styles = re.findall(r"<style>(.*?)</style>", html, re.S)
    assert sum(map(len, styles)) < 8000
    # Nested at-rules make Gmail drop a whole style tag: one per tag, never inside another.
    assert all(style.count("@") <= 1 for style in styles)


def test_the_largest_report_fits(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    for number in range(40):
        named = {"slice_value": f"m{number}", "slice_label": f"A rather long name, number {number}"}
        rows.append(row("sales_performance", WEEK, number, slice_id="owner", **named))
        rows.append(row("revenue", WEEK, number, slice_id="channel", **named))
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    assert "34 more owners not shown." in made.plain_text  # 44 owners, 10 shown
    assert len(made.html.encode()) <= render.LARGEST_HTML_BYTES


def test_a_mail_that_would_be_cut_off_is_not_made(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    replaced(
        rows,
        "leads_generated",
        WEEK,
        value=None,
        status="SOURCE_UNAVAILABLE",
        status_reason="x" * render.LARGEST_HTML_BYTES,
    )
    insert(warehouse, rows)
    with pytest.raises(StopError, match="mail clients cut off"):
        rendered(warehouse, berlin)


def test_text_lines_fit_any_window(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    assert max(map(len, made.plain_text.splitlines())) <= render.TEXT_WIDTH


def test_files_for_a_look(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, tmp_path: Path
) -> None:
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    paths = write_files(made, tmp_path / "out")
    assert [path.name for path in paths] == ["mail.html", "mail.txt", "revenue.png"]
    assert 'src="data:image/png;base64,' in paths[0].read_text()
    assert "cid:" not in paths[0].read_text()
    with Image.open(io.BytesIO(paths[2].read_bytes())) as picture:
        assert picture.size == (920, 440)


def test_rendering_twice_gives_the_same_bytes(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    first, second = rendered(warehouse, berlin), rendered(warehouse, berlin)
    assert first == second
    assert len(base64.b64decode(next(iter(first.images.values())))) < 20_000


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
    assert "data end before the week does" not in text
