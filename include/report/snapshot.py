"""A snapshot: rendered, kept with every figure it prints, and written to files for a look."""

from __future__ import annotations

import base64
import logging
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from include.core.errors import ConfigurationError
from include.core.settings import Settings
from include.report import executive_weekly
from include.report.chart import line_chart
from include.report.compose import compose
from include.report.content import Banner, Content
from include.report.formats import Formats
from include.report.render import CHART_ID, Rendering, render_html, render_text
from include.report.revisions import Revision, changed_lines, choose_revision, store, withdraw
from include.report.story import LONGEST_SUBJECT
from include.tables import reports

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Snapshot:
    """One revision of a report about one period; `images` are base64 PNG by content id."""

    report_id: str
    period_id: str
    revision: int
    as_of_at: datetime
    subject: str
    gate: str
    gate_reason: str
    html: str
    plain_text: str
    images: dict[str, str]
    content_hash: str
    run_id: str
    rendered_at: datetime


def render_snapshot(
    engine: sa.Engine,
    settings: Settings,
    report_id: str,
    as_of_at: datetime,
    run_id: str,
    rendered_at: datetime,
) -> Snapshot:
    """One row of reports.snapshot: the last week over at the as-of, with its printed cells.

    The same figures as before are the same revision. Different ones replace a revision nobody was
    sent, and are the next revision, marked as revised, after one that was.

    Raises:
        ConfigurationError: there is no such report, or nobody is named to get it.
        StopError: the mail would be too large to be shown whole.
    """
    if report_id != executive_weekly.REPORT_ID or report_id not in settings.audiences.reports:
        raise ConfigurationError(
            f"There is no report {report_id!r}.",
            f"Use {executive_weekly.REPORT_ID} and name its recipients in audiences.yaml.",
        )
    # One look at the warehouse: a computation that ends meanwhile is in all figures or in none.
    reading = engine.execution_options(isolation_level="REPEATABLE READ")
    with reading.connect() as connection:
        content = compose(connection, settings, as_of_at)
    images = _images(content, settings)
    with engine.begin() as connection:
        revision = choose_revision(connection, content)
        if revision.is_sent_as_is:
            withdraw(connection, report_id, content.period_id, after=revision.number)
            return _stored(connection, report_id, content.period_id, revision.number)
        content = _marked_as_revised(content, revision)
        rendering = Rendering(revision.number, run_id, images)
        rendered = Snapshot(
            report_id=report_id,
            period_id=content.period_id,
            revision=revision.number,
            as_of_at=as_of_at,
            subject=content.subject,
            gate=content.gate.state,
            gate_reason=content.gate.reason,
            html=render_html(content, rendering),
            plain_text=render_text(content, rendering),
            images=images,
            content_hash=content.content_hash,
            run_id=run_id,
            rendered_at=rendered_at,
        )
        store(connection, vars(rendered), content.printed)
    return rendered


def _images(content: Content, settings: Settings) -> dict[str, str]:
    """The chart; nothing when it cannot be drawn, as its sentence says the same in words."""
    if content.series is None:
        return {}
    locale = settings.audiences.reports[content.report_id].locale
    try:
        picture = line_chart(content.series, Formats(locale, settings.calendar.currency))
    except Exception:
        # A mail without a picture is worth more than no mail.
        log.exception("The revenue chart could not be drawn; the mail goes without it.")
        return {}
    return {CHART_ID: base64.b64encode(picture).decode("ascii")}


def _marked_as_revised(content: Content, revision: Revision) -> Content:
    """The content, saying on top what differs from the last mail of it.

    Not every reader has that one: who is new, or whose server did not take it, gets only this.
    """
    if revision.sent_cells is None:
        return content
    lines = changed_lines(content, revision.sent_cells)
    return replace(
        content,
        subject=_shortened(f"[Revised] {content.subject}"),
        banners=(Banner("Changed since this week was last mailed", lines), *content.banners),
    )


def _shortened(subject: str) -> str:
    """A subject that a phone shows whole; what it tells beside the figure goes first."""
    return subject if len(subject) <= LONGEST_SUBJECT else subject.partition("; ")[0]


def _stored(connection: sa.Connection, report_id: str, period_id: str, revision: int) -> Snapshot:
    """A snapshot as it was stored."""
    table = reports.snapshot
    query = sa.select(*(table.c[name] for name in Snapshot.__dataclass_fields__)).where(
        table.c.report_id == report_id,
        table.c.period_id == period_id,
        table.c.revision == revision,
    )
    return Snapshot(*connection.execute(query).one())
