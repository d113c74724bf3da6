"""Compose a snapshot's content from what the warehouse holds as of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from include.core.settings import Settings
from include.metrics.metric import Metric
from include.report import caveats
from include.report import executive_weekly as report
from include.report.cards import card, label
from include.report.comparison import is_small, lacks_alike
from include.report.content import Card, Content, Definition, Missing, NotAvailable, Value
from include.report.edition import WEEKS_BACK, Edition, read_edition
from include.report.figures import Figure
from include.report.series import series
from include.report.story import story, streak, subject
from include.report.tables import (
    contribution,
    revenue_by_channel,
    sales_by_owner,
    tables_not_shown,
)
from include.report.trust import Trust, read_trust
from include.report.week import moment


def compose(connection: sa.Connection, settings: Settings, as_of_at: datetime) -> Content:
    """The executive weekly of the last week that was over at the as-of."""
    zone = settings.calendar.zone
    edition = read_edition(connection, settings, as_of_at)
    week, metrics = edition.week, edition.metrics
    trust = _trust(connection, settings, edition, as_of_at)
    cards = tuple(card(metrics[metric_id], edition) for metric_id in report.CARD_IDS)
    revenue = metrics[report.CHANNEL_METRIC_ID]
    owners = sales_by_owner(metrics[report.OWNER_METRIC_ID], metrics[report.OWNER_RATE_ID], edition)
    channels = revenue_by_channel(revenue, edition)
    missing = tuple(
        Missing(card.label, card.cell) for card in cards if isinstance(card.cell, NotAvailable)
    )
    quality = [*caveats.warnings(cards, trust, zone, edition), *tables_not_shown(edition)]
    gate = caveats.decide(cards, quality, trust, edition)
    streaks = _streaks(edition)
    has_changed = cards[0].week_before.change and cards[0].week_before.is_real is not False
    prefix = "[Partial] " if gate.state == "metric_out" else ""
    return Content(
        report_id=report.REPORT_ID,
        period_id=week.period_id,
        week_number=week.number,
        span=week.span(),
        year_ago_span=week.year_ago.span(),
        time_zone=settings.calendar.time_zone,
        as_of=moment(as_of_at, zone),
        freshness=caveats.freshness(trust, zone),
        gate=gate,
        subject=subject(prefix, week.number, cards, streaks),
        preheader=_preheader(cards, missing),
        banners=caveats.banners(quality, caveats.restated(trust.restatements, edition)),
        story=story(
            cards, streaks, contribution(revenue, edition, channels) if has_changed else None
        ),
        cards=cards,
        series=series(revenue, edition),
        tables=tuple(table for table in (owners, channels) if table),
        missing=missing,
        definitions=tuple(_definition(metric) for metric in metrics.values()),
        checks=caveats.checks(trust, edition),
        set_aside=caveats.set_aside(trust, edition),
        reply_to=settings.audiences.reply_to,
        printed=tuple(edition.register.cells.values()),
    )


def _trust(
    connection: sa.Connection, settings: Settings, edition: Edition, as_of_at: datetime
) -> Trust:
    """What the figures rest on. A maturing metric changes every day and is never called revised."""
    settled = [
        metric_id for metric_id in report.CARD_IDS if not edition.metrics[metric_id].maturity_days
    ]
    zone, week = settings.calendar.zone, edition.week
    return read_trust(
        connection,
        report.REPORT_ID,
        settled,
        edition.figures,
        week,
        week.start_at(zone),
        week.end_at(zone),
        as_of_at,
    )


def _streaks(edition: Edition) -> dict[str, int]:
    """How many weeks in a row each metric has gone one way, up to this week."""
    return {metric_id: streak(_unbroken(metric_id, edition)) for metric_id in report.CARD_IDS}


def _unbroken(metric_id: str, edition: Edition) -> list[Decimal]:
    """Values of this week and those before, back to the first gap, oldest first.

    A week of which much more or less is left out than of the next is a gap: a sum that lacks amounts
    goes no way.
    """
    metric = edition.metrics[metric_id]
    values: list[Decimal] = []
    later: Figure | None = None
    for back in range(WEEKS_BACK):
        figure = edition.figures.total(metric_id, edition.week.back(back))
        if figure is None or not figure.is_comparable or is_small(figure, metric):
            break
        if later is not None and not lacks_alike(figure, later, metric):
            break
        assert figure.value is not None
        values.insert(0, figure.value)
        later = figure
    return values


def _preheader(cards: Sequence[Card], missing: Sequence[Missing]) -> str:
    """The next facts after the subject, for the list of mails."""
    facts = [
        f"{card.label} {card.cell.qualified}" for card in cards[1:] if isinstance(card.cell, Value)
    ]
    absent = [f"{gone.label} not available" for gone in missing]
    return " · ".join([*facts[:3], *absent])


def _definition(metric: Metric) -> Definition:
    """A metric's entry in the list of definitions."""
    formula = f"{metric.formula[0].upper()}{metric.formula[1:]}."
    return Definition(label(metric), metric.question, formula, metric.basis, metric.owner)
