"""Compose a snapshot's content from what the warehouse holds as of an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from include.core.settings import Settings
from include.metrics.metric import Metric
from include.report import executive_weekly as report
from include.report.cards import card, label
from include.report.content import (
    Banner,
    Card,
    Content,
    Definition,
    Missing,
    NotAvailable,
    Register,
    Value,
)
from include.report.figures import Figures, read_figures
from include.report.formats import Formats
from include.report.gate import BROKEN, SET_ASIDE_RATE_TO_WARN, Gate, gate
from include.report.series import series
from include.report.story import story, streak, subject
from include.report.tables import contribution, revenue_by_channel, sales_by_owner
from include.report.trust import Restatement, Trust, read_trust
from include.report.week import Week, last_complete_week, moment

CRM_NAMES = {"salesforce": "Salesforce", "hubspot": "HubSpot"}
# 52 weeks to the year-ago week of the oldest of 13 points.
WEEKS_BACK = 64
SMALLEST_RESTATED_CHANGE = Decimal("0.01")
SMALLEST_RESTATED_POINTS = Decimal("0.005")
MOST_RESTATEMENTS = 3


def compose(engine: sa.Engine, settings: Settings, as_of_at: datetime) -> Content:
    """The executive weekly of the last week that was over at the as-of."""
    zone = settings.calendar.zone
    week = last_complete_week(as_of_at, zone)
    metrics = report.metrics()
    formats = Formats(
        settings.audiences.reports[report.REPORT_ID].locale, settings.calendar.currency
    )
    maturing = [metric.id for metric in metrics.values() if metric.maturity_days]
    figures = read_figures(
        engine, metrics, maturing, ("owner", "channel"), week, WEEKS_BACK, as_of_at
    )
    trust = read_trust(
        engine,
        report.REPORT_ID,
        [metric_id for metric_id in report.CARD_IDS if metric_id not in maturing],
        figures.run_ids(week),
        week,
        week.start_at(zone),
        week.end_at(zone),
        as_of_at,
    )
    register = Register()
    cards = tuple(
        card(metrics[metric_id], figures, week, formats, register) for metric_id in report.CARD_IDS
    )
    rate, revenue = metrics[report.OWNER_RATE_ID], metrics[report.CHANNEL_METRIC_ID]
    shown = (formats, register, report.TABLE_ROWS)
    owners = sales_by_owner(metrics[report.OWNER_METRIC_ID], rate, figures, week, *shown)
    channels = revenue_by_channel(revenue, figures, week, *shown)
    missing = tuple(
        Missing(card.label, card.cell) for card in cards if isinstance(card.cell, NotAvailable)
    )
    warnings = _warnings(cards, trust, week, settings, formats, register)
    checks, set_aside = _checks(trust, formats, register), _set_aside(trust, formats, register)
    decision = _gate(cards, warnings, trust, checks, set_aside)
    streaks = _streaks(metrics, figures, week)
    told = story(
        cards,
        streaks,
        contribution(revenue, figures, week, formats, channels)
        if cards[0].week_before.is_real is not False
        else None,
    )
    return Content(
        report_id=report.REPORT_ID,
        period_id=week.period_id,
        week_number=week.number,
        span=week.span(),
        year_ago_span=week.year_ago.span(),
        time_zone=settings.calendar.time_zone,
        as_of=moment(as_of_at, zone),
        freshness=tuple(
            f"{CRM_NAMES[fresh.crm]} to {moment(fresh.reaches_at, zone)}"
            for fresh in trust.freshness
        ),
        gate=decision,
        subject=subject(
            "[Partial] " if decision.state == "metric_out" else "", week.number, cards, streaks
        ),
        preheader=_preheader(cards, missing),
        banners=_banners(
            warnings, _restated(trust.restatements, metrics, figures, formats, register)
        ),
        story=told,
        cards=cards,
        series=series(revenue, figures, week, formats, register),
        tables=tuple(table for table in (owners, channels) if table),
        missing=missing,
        definitions=tuple(_definition(metric) for metric in metrics.values()),
        checks=checks,
        set_aside=set_aside,
        reply_to=settings.audiences.reply_to,
        printed=tuple(register.cells.values()),
    )


def _warnings(
    cards: Sequence[Card],
    trust: Trust,
    week: Week,
    settings: Settings,
    formats: Formats,
    register: Register,
) -> list[str]:
    """What readers must know of the data before they read the figures."""
    lines = []
    out = [
        card.label
        for card in cards
        if isinstance(card.cell, NotAvailable) and card.cell.code in BROKEN
    ]
    if out:
        lines.append(f"Not available this week: {', '.join(out)}. The reasons are at the end.")
    incomplete = [
        card.label for card in cards if isinstance(card.cell, Value) and card.cell.caution
    ]
    if incomplete:
        lines.append(f"Incomplete, so without comparison: {', '.join(incomplete)}.")
    for fresh in trust.freshness:
        if fresh.objects_behind:
            names = ", ".join(name.replace("_", " ") for name in fresh.objects_behind)
            reach = moment(fresh.reaches_at, settings.calendar.zone)
            lines.append(
                f"{CRM_NAMES[fresh.crm]} data end before the week does ({names}; {reach})."
            )
    if trust.set_aside_rate >= SET_ASIDE_RATE_TO_WARN:
        counts = formats.of(Decimal(trust.set_aside_count), Decimal(trust.read_count))
        register.enter("banner.set_aside", "", Decimal(trust.set_aside_count), counts)
        lines.append(
            f"{counts} records read since the week began failed a check and were set aside; "
            "totals may rise."
        )
    return lines


def _gate(
    cards: Sequence[Card], warnings: Sequence[str], trust: Trust, checks: str, set_aside: str
) -> Gate:
    """Whether the mail may go out."""
    missing = [
        (card.metric_id, card.label, card.cell.code)
        for card in cards
        if isinstance(card.cell, NotAvailable)
    ]
    remarks = []
    if trust.checks_passed < trust.checks_count:
        remarks.append(f"{checks}.")
    if trust.set_aside_count:
        remarks.append(f"{set_aside}.")
    return gate(
        must_have=[
            (name, code) for metric_id, name, code in missing if metric_id in report.MUST_HAVE_IDS
        ],
        missing=[(name, code) for _, name, code in missing],
        metric_count=len(cards),
        warnings=warnings,
        remarks=remarks,
    )


def _banners(warnings: Sequence[str], restated: Sequence[str]) -> tuple[Banner, ...]:
    """Data quality first, then revisions of the past."""
    banners = (
        Banner("Read with care", tuple(warnings)),
        Banner("Earlier weeks revised", tuple(restated)),
    )
    return tuple(banner for banner in banners if banner.lines)


def _restated(
    restatements: Sequence[Restatement],
    metrics: dict[str, Metric],
    figures: Figures,
    formats: Formats,
    register: Register,
) -> list[str]:
    """Earlier weeks' figures that readers may remember differently, largest number of lines apart."""
    lines = []
    for restated in restatements:
        metric = metrics[restated.metric_id]
        new, old = restated.value, restated.previous_value
        texts = formats.value(metric.unit, new), formats.value(metric.unit, old)
        change = abs(new - old)
        small = (
            change < SMALLEST_RESTATED_POINTS
            if metric.unit == "rate"
            else change < SMALLEST_RESTATED_CHANGE * abs(old)
        )
        if texts[0] == texts[1] or small:
            continue
        week = Week(restated.period_start_date)
        cell_id = f"restated.{metric.id}.{week.period_id}"
        if len(lines) < MOST_RESTATEMENTS:
            register.enter(cell_id, metric.id, new, texts[0])
            register.enter(f"{cell_id}.previous", metric.id, old, texts[1])
        lines.append(f"{label(metric)}, week {week.number}: {texts[0]}, was {texts[1]}.")
    more = len(lines) - MOST_RESTATEMENTS
    if more > 0:
        noun = "figure" if more == 1 else "figures"
        return [*lines[:MOST_RESTATEMENTS], f"And {more} more {noun} of earlier weeks."]
    return lines


def _streaks(metrics: dict[str, Metric], figures: Figures, week: Week) -> dict[str, int]:
    """How many weeks in a row each metric has gone one way, up to this week."""
    found = {}
    for metric_id in report.CARD_IDS:
        current = figures.total(metric_id, week)
        if current is None or not current.is_comparable or current.value is None:
            continue
        found[metric_id] = streak([*_unbroken_past(metric_id, figures, week), current.value])
    return found


def _unbroken_past(metric_id: str, figures: Figures, week: Week) -> list[Decimal]:
    """Comparable values of the weeks before, back to the first gap, oldest first."""
    values: list[Decimal] = []
    for back in range(1, WEEKS_BACK):
        row = figures.total(metric_id, week.back(back))
        if row is None or not row.is_comparable or row.value is None:
            break
        values.insert(0, row.value)
    return values


def _preheader(cards: Sequence[Card], missing: Sequence[Missing]) -> str:
    """The next facts after the subject, for the list of mails."""
    facts = [f"{card.label} {card.cell.text}" for card in cards[1:] if isinstance(card.cell, Value)]
    absent = [f"{gone.label} not available" for gone in missing]
    return " · ".join([*facts[:3], *absent])


def _definition(metric: Metric) -> Definition:
    """A metric's entry in the list of definitions."""
    formula = f"{metric.formula[0].upper()}{metric.formula[1:]}."
    return Definition(label(metric), metric.question, formula, metric.basis, metric.owner)


def _checks(trust: Trust, formats: Formats, register: Register) -> str:
    """Checks passed, in words."""
    if not trust.checks_count:
        return "No checks on record"
    counts = formats.of(Decimal(trust.checks_passed), Decimal(trust.checks_count))
    register.enter("footer.checks", "", Decimal(trust.checks_passed), counts)
    return f"{counts} checks passed"


def _set_aside(trust: Trust, formats: Formats, register: Register) -> str:
    """Records set aside, in words."""
    if not trust.read_count:
        return "No records on record"
    counts = formats.of(Decimal(trust.set_aside_count), Decimal(trust.read_count))
    register.enter("footer.set_aside", "", Decimal(trust.set_aside_count), counts)
    return f"{counts} records set aside"
