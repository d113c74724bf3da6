"""Content in, a mail's HTML and text out."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import css_inline
import jinja2

from include.core.errors import StopError
from include.report.content import Content
from include.report.tables import LEFT_TO_RIGHT

TEMPLATES = Path(__file__).parent / "templates"
# Gmail cuts a mail off near 102 kB of encoded HTML; encoding adds up to a quarter.
LARGEST_HTML_BYTES = 80_000
TEXT_WIDTH, NAME_WIDTH = 72, 28
CHART_ID = "revenue@report"

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES),
    autoescape=jinja2.select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_TEMPLATES.filters["wrapped"] = lambda text, indent="": textwrap.fill(
    text,
    TEXT_WIDTH,
    initial_indent=indent,
    subsequent_indent=" " * len(indent),
    break_long_words=False,
    break_on_hyphens=False,
)


def _column(name: str) -> str:
    """A name as wide as the first column of a table; what makes the next one go on rightwards stays."""
    bare = name.removesuffix(LEFT_TO_RIGHT)
    shown = bare
    if _width(shown) >= NAME_WIDTH:
        while _width(shown) > NAME_WIDTH - 2:
            shown = shown[:-1]
        shown += "…"
    return shown + " " * (NAME_WIDTH - _width(shown)) + name[len(bare) :]


def _width(text: str) -> int:
    """Columns a text takes where letters are of one width: a Chinese or Japanese one takes two."""
    return sum(
        2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
        if unicodedata.category(letter) not in ("Mn", "Me", "Cf")
    )


_TEMPLATES.filters["column"] = _column


@dataclass(frozen=True)
class Rendering:
    """One revision of a snapshot as it is printed."""

    revision: int
    run_id: str
    images: Mapping[str, str]


def render_html(content: Content, rendering: Rendering) -> str:
    """The HTML part, styles inlined.

    Raises:
        StopError: it is larger than mail clients show whole.
    """
    template = _TEMPLATES.get_template(f"{content.report_id}.html.j2")
    page = template.render(content=content, rendering=rendering, chart_id=CHART_ID)
    inliner = css_inline.CSSInliner(
        inline_style_tags=False,
        keep_style_tags=True,
        load_remote_stylesheets=False,
        extra_css=(TEMPLATES / "inline.css").read_text(encoding="utf-8"),
    )
    html = re.sub(r"\n\s*", "\n", inliner.inline(page))
    size = len(html.encode())
    if size > LARGEST_HTML_BYTES:
        raise StopError(
            f"The HTML of {content.report_id} has {size} bytes; mail clients cut off at "
            f"{LARGEST_HTML_BYTES}.",
            "Show fewer rows in its tables (include/report/tables.py).",
        )
    return html


def render_text(content: Content, rendering: Rendering) -> str:
    """The text part: everything the HTML part says, for readers of words."""
    template = _TEMPLATES.get_template(f"{content.report_id}.txt.j2")
    text = template.render(content=content, rendering=rendering, width=TEXT_WIDTH)
    return re.sub(r"\n{3,}", "\n\n", text)
