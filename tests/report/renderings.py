"""Reports rendered from made-up rows, and what a reader of them sees."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa

from include.core.settings import Settings
from include.report.snapshot import Snapshot, render_snapshot
from include.report.week import Week
from include.tables.ops import delivery
from include.tables.reports import printed_cell
from tests.report.metric_rows import AS_OF, WEEK

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


def cells(engine: sa.Engine, revision: int = 1) -> dict[str, str]:
    query = sa.select(printed_cell.c.cell_id, printed_cell.c.printed_text).where(
        printed_cell.c.revision == revision
    )
    with engine.connect() as connection:
        return {cell.cell_id: plain(cell.printed_text) for cell in connection.execute(query)}


def mark_sent(
    engine: sa.Engine, revision: int = 1, status: str = "sent", week: Week = WEEK
) -> None:
    values = {
        "report_id": "executive_weekly",
        "period_id": week.period_id,
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
