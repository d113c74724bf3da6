"""The form of a report: escaped, small enough, and fit for mail clients and screen readers."""

from __future__ import annotations

import base64
import io
import re

import pytest
import sqlalchemy as sa
from PIL import Image

from include.core.errors import StopError
from include.core.settings import Settings
from include.report import render
from include.report.tables import LEFT_TO_RIGHT
from tests.report.metric_rows import (
    OWNERS,
    SHAPES,
    WEEK,
    healthy_sources,
    insert,
    replaced,
    row,
    target,
    with_targets,
)
from tests.report.renderings import Page, Rows, plain, rendered


def test_names_are_escaped(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    made = rendered(warehouse, berlin)
    name = OWNERS["u4"][0]
    assert name not in made.html
    assert name in Page(made.html).text
    assert name in made.plain_text


def test_a_long_name_does_not_push_figures_off_a_phone(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """A word that may not be broken makes the whole mail as wide as it is: baselines stood off the screen."""
    name = "firstname.lastname@subsidiary.holding-company.com"
    named = {"slice_id": "owner", "slice_value": "u9", "slice_label": name}
    rows.append(row("sales_performance", WEEK, "50000", sample_count=2, **named))
    insert(warehouse, rows)
    page = Page(rendered(warehouse, berlin).html)
    assert name in page.text
    free_texts = {"name", "lead", "said", "entry", "foot"}
    for _, values in page.tags:
        if free_texts & set((values.get("class") or "").split()):
            assert "word-break: break-word" in (values["style"] or "")


def test_a_member_whose_name_is_blank_is_called_by_its_id(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    named = {"slice_id": "owner", "slice_value": "005A1", "slice_label": "\N{NO-BREAK SPACE} "}
    rows.append(row("sales_performance", WEEK, "50000", sample_count=2, **named))
    insert(warehouse, rows)
    assert "005A1 €50.0k 2" in plain(rendered(warehouse, berlin).plain_text)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("דנה כהן", "דנה כהן" + 21 * " " + LEFT_TO_RIGHT),
        ("مرحبا بالعالم, a branch of Acme", "مرحبا بالعالم, a branch of…" + " " + LEFT_TO_RIGHT),
        # A letter that is two columns wide: 24 of them and the dots are 25 of 28 columns, less one more.
        ("株式会社日本国際ビジネスソリューションズ東京", "株式会社日本国際ビジネスソ…" + " "),
        # A mark by which all that follows would be read from right to left.
        ("\N{RIGHT-TO-LEFT OVERRIDE}Acme", "Acme" + 24 * " "),
    ],
)
def test_figures_after_a_name_from_right_to_left_stay_what_they_are(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, name: str, shown: str
) -> None:
    """Of `€148k` the digits stood left of the name and the k right of it: 148 €."""
    named = {"slice_id": "owner", "slice_value": "u9", "slice_label": name}
    rows.append(row("sales_performance", WEEK, "500000", sample_count=2, **named))
    insert(warehouse, rows)
    text = rendered(warehouse, berlin).plain_text
    assert f"\n{shown}         €500k             2           n/a\n" in text


def test_one_event_is_not_called_events(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    for metric_id in ("revenue", "pipeline_amount", "sales_cycle_days", "time_to_resolution"):
        replaced(rows, metric_id, WEEK, value="40000", sample_count=1)
    insert(warehouse, rows)
    text = plain(rendered(warehouse, berlin).plain_text)
    for said in ("(1 won deal)", "(1 open deal)", "(1 resolved request)"):
        assert said in text


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
    # From card to card by headings.
    assert [tag for tag, _ in page.tags].count("h3") == len(SHAPES)
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


@pytest.mark.parametrize("name", ["A rather long name, number {}", "{}" + "株式会社&" * 24])
def test_the_largest_report_fits(
    warehouse: sa.Engine, berlin: Settings, rows: Rows, name: str
) -> None:
    """Salesforce takes names of 121 letters, of three bytes each: nobody got a mail."""
    for number in range(40):
        named = {"slice_value": f"m{number}", "slice_label": name.format(number)}
        for metric_id, slice_id in (("sales_performance", "owner"), ("revenue", "channel")):
            amount = 500_000 + number
            rows.append(row(metric_id, WEEK, amount, slice_id=slice_id, **named))
    insert(warehouse, rows)
    healthy_sources(warehouse, set_aside=60)
    targets = [target(metric_id, "at_least", "0.2") for metric_id in SHAPES]
    made = rendered(warehouse, with_targets(berlin, *targets))
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


def test_outlook_gets_no_bar_that_it_would_draw_wrongly(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    """Outlook for Windows gives a div neither width nor height: channels had bars of one length."""
    insert(warehouse, rows)
    html = rendered(warehouse, berlin).html
    outlook = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    for said in ('<div class="bar', "Bars show the last 13 weeks."):
        assert said in html
        assert said not in outlook
    bar = r'<table [^>]*width="(\d+)%"[^>]*>(?:<tbody>)?<tr><td class="fill"'
    # Of 214: 97 are 45.3, 83 are 38.8, 52 are 24.3 and 16 are 7.5 percent.
    assert re.findall(bar, outlook) == ["100", "45", "38", "24", "7"]


def test_text_lines_fit_any_window(warehouse: sa.Engine, berlin: Settings, rows: Rows) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    made = rendered(warehouse, berlin)
    assert max(map(len, made.plain_text.splitlines())) <= render.TEXT_WIDTH


def test_the_chart_is_as_large_as_two_pixels_for_each_of_the_mail(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    (picture,) = rendered(warehouse, berlin).images.values()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        assert image.size == (2 * 460, 2 * 220)


def test_rendering_twice_gives_the_same_bytes(
    warehouse: sa.Engine, berlin: Settings, rows: Rows
) -> None:
    insert(warehouse, rows)
    healthy_sources(warehouse)
    first, second = rendered(warehouse, berlin), rendered(warehouse, berlin)
    assert first == second
    assert len(base64.b64decode(next(iter(first.images.values())))) < 20_000
