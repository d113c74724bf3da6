"""What readers must know before, and what they find after, the figures: data quality, revisions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from include.report import executive_weekly as report
from include.report.cards import label
from include.report.comparison import printed
from include.report.content import Banner, Card, NotAvailable, Value
from include.report.edition import Edition
from include.report.gate import BROKEN, SET_ASIDE_RATE_TO_WARN, Gate, gate
from include.report.trust import Restatement, Trust
from include.report.week import Week, moment
from include.tables import SOURCE_OBJECTS
from include.tables.source_object import CRM_NAMES

SMALLEST_RESTATED_CHANGE = Decimal("0.01")
SMALLEST_RESTATED_POINTS = Decimal("0.005")
SMALLEST_RESTATED_SCORE = Decimal("0.5")
MOST_RESTATEMENTS = 3
# Why many figures may lack at once though nothing went wrong this week, and who can help.
SHARED_LACKS = {
    "permission_denied": (
        "we have no permission to read the data behind them in {crms}{names}. An administrator of "
        "{crms} can grant it."
    ),
    "not_configured": (
        "what they need is not set up yet. Reply to this mail to ask whoever runs this report to do it."
    ),
    "insufficient_history": (
        "there is not enough history yet. That comes with time; nobody needs to do anything."
    ),
}
OBJECT = re.compile(r"\b(salesforce|hubspot)\.(\w+)")
SOURCE_IDS = frozenset(source.id for source in SOURCE_OBJECTS)
# Reasons of metrics.restatement in words; of "other" there is nothing to say.
REASON_WORDS = {
    "late_data": "late data",
    "changed_close_date": "changed close date",
    "reopened": "reopened",
    "deleted": "deleted",
    "merged": "merged",
    "amount_changed": "amount changed",
    "definition_changed": "definition changed",
}


def warnings(cards: Sequence[Card], trust: Trust, zone: ZoneInfo, edition: Edition) -> list[str]:
    """What readers must know of the data before they read the figures."""
    lines = shared_lack(cards, edition)
    out = [
        card.label
        for card in cards
        if isinstance(card.cell, NotAvailable) and card.cell.code in BROKEN
    ]
    if out:
        lines.append(f"Not available this week: {', '.join(out)}. The reasons are further down.")
    incomplete = [
        card.label for card in cards if isinstance(card.cell, Value) and card.cell.caution
    ]
    if incomplete:
        lines.append(f"Incomplete, so not compared: {', '.join(incomplete)}.")
    for fresh in trust.freshness:
        if fresh.objects_behind:
            names = ", ".join(name.replace("_", " ") for name in fresh.objects_behind)
            reach = moment(fresh.reaches_at, zone)
            lines.append(
                f"{CRM_NAMES[fresh.crm]} data do not cover the whole week: {names} only up to {reach}."
            )
        if fresh.objects_refused:
            names = ", ".join(name.replace("_", " ") for name in fresh.objects_refused)
            lines.append(
                f"{CRM_NAMES[fresh.crm]} no longer shows us many records that it showed before ({names}). "
                "The figures use them as they last were."
            )
    if trust.set_aside_rate >= SET_ASIDE_RATE_TO_WARN:
        counts = _share(trust.set_aside_count, trust.read_count, edition)
        edition.register.enter("banner.set_aside", "", Decimal(trust.set_aside_count), counts)
        lines.append(
            f"{counts} records read since the week began failed a check and were set aside; "
            "totals may rise."
        )
    if trust.differing:
        counted = edition.formats.value("count", Decimal(trust.differing.count))
        edition.register.enter("banner.differing", "", Decimal(trust.differing.count), counted)
        lines.append(
            f"Figures computed between {moment(trust.differing.since_at, zone)} and "
            f"{moment(trust.differing.found_at, zone)} may have been wrong: a full rebuild of the data "
            f"changed {counted} rows. Figures computed since then are right."
        )
    return lines


def shared_lack(cards: Sequence[Card], edition: Edition) -> list[str]:
    """What most cards lack their figures for, and who can help; nothing where it is not one thing.

    Without it, readers would take it together from as many cards as there are.
    """
    gone = [card.cell for card in cards if isinstance(card.cell, NotAvailable)]
    for code, why in SHARED_LACKS.items():
        reasons = [cell.reason for cell in gone if cell.code == code]
        if 2 * len(reasons) < len(cards):
            continue
        found = {(crm, name) for said in reasons for crm, name in OBJECT.findall(said)}
        objects = sorted(each for each in found if ".".join(each) in SOURCE_IDS)
        crms = dict.fromkeys(CRM_NAMES[crm] for crm, _ in objects)
        names = ", ".join(dict.fromkeys(name.replace("_", " ") for _, name in objects))
        counts = _share(len(reasons), len(cards), edition)
        edition.register.enter("banner.shared_lack", "", Decimal(len(reasons)), counts)
        words = {"crms": " and ".join(crms) or "the CRM", "names": f" ({names})" if names else ""}
        return [f"{counts} figures are not available for the same reason: {why.format(**words)}"]
    return []


def decide(cards: Sequence[Card], quality: Sequence[str], trust: Trust, edition: Edition) -> Gate:
    """Whether the mail may go out."""
    missing = [(card, card.cell) for card in cards if isinstance(card.cell, NotAvailable)]
    remarks = []
    if trust.checks_passed < trust.checks_count:
        remarks.append(f"{checks(trust, edition)}.")
    if trust.set_aside_count:
        remarks.append(f"{set_aside(trust, edition)}.")
    return gate(
        must_have=[
            (card.label, cell.reason)
            for card, cell in missing
            if card.metric_id in report.MUST_HAVE_IDS
        ],
        missing=[(card.label, cell.code) for card, cell in missing],
        metric_count=len(cards),
        warnings=quality,
        remarks=remarks,
    )


def banners(quality: Sequence[str], revised: Sequence[str]) -> tuple[Banner, ...]:
    """Data quality first, then revisions of the past."""
    both = (
        Banner("Read with care", tuple(quality)),
        Banner("Earlier weeks revised", tuple(revised)),
    )
    return tuple(banner for banner in both if banner.lines)


def restated(restatements: Sequence[Restatement], edition: Edition) -> list[str]:
    """Earlier weeks' figures that readers may remember differently, newest week first."""
    formats, register = edition.formats, edition.register
    lines: list[str] = []
    for change in restatements:
        metric = edition.metrics[change.current.metric_id]
        new, old = change.current.value, change.previous.value
        assert new is not None
        assert old is not None
        texts = (
            printed(change.current, metric, formats),
            change.previous_text or printed(change.previous, metric, formats),
        )
        if texts[0] == texts[1] or abs(new - old) < _smallest(metric.unit, old):
            continue
        week = Week(change.current.period_start_date)
        cell_id = f"restated.{metric.id}.{week.period_id}"
        if len(lines) < MOST_RESTATEMENTS:
            register.enter(cell_id, metric.id, new, texts[0])
            register.enter(f"{cell_id}.previous", metric.id, old, texts[1])
        why = ", ".join(REASON_WORDS[each] for each in change.reasons if each in REASON_WORDS)
        said = f"{label(metric)}, week {week.number}: {texts[0]}, was {texts[1]}"
        lines.append(f"{said} ({why})." if why else f"{said}.")
    more = len(lines) - MOST_RESTATEMENTS
    if more > 0:
        noun = "figure" if more == 1 else "figures"
        return [*lines[:MOST_RESTATEMENTS], f"And {more} more {noun} for earlier weeks."]
    return lines


def _smallest(unit: str, old: Decimal) -> Decimal:
    """The smallest change of an earlier figure that readers are told of."""
    fixed = {"rate": SMALLEST_RESTATED_POINTS, "points": SMALLEST_RESTATED_SCORE}
    return fixed.get(unit, SMALLEST_RESTATED_CHANGE * abs(old))


def checks(trust: Trust, edition: Edition) -> str:
    """Checks passed, in words."""
    if not trust.checks_count:
        return "No checks on record"
    counts = _share(trust.checks_passed, trust.checks_count, edition)
    edition.register.enter("footer.checks", "", Decimal(trust.checks_passed), counts)
    return f"{counts} checks passed"


def set_aside(trust: Trust, edition: Edition) -> str:
    """Records set aside, in words."""
    if not trust.read_count:
        return "No records on record"
    counts = _share(trust.set_aside_count, trust.read_count, edition)
    edition.register.enter("footer.set_aside", "", Decimal(trust.set_aside_count), counts)
    return f"{counts} records set aside"


def freshness(trust: Trust, zone: ZoneInfo) -> tuple[str, ...]:
    """Up to when each CRM is loaded, in words."""
    return tuple(
        f"{CRM_NAMES[fresh.crm]} {moment(fresh.reaches_at, zone)}" for fresh in trust.freshness
    )


def _share(part: int, whole: int, edition: Edition) -> str:
    """Counts, one of the other."""
    return edition.formats.of(Decimal(part), Decimal(whole))
