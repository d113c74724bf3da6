"""The findings as a page for a terminal, at most 100 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TextIO

from include.core.settings import Settings
from include.doctor.configuration import SMTP, WAREHOUSE
from include.doctor.finding import CONFIGURATION, Finding
from include.doctor.verdict import Verdict
from include.tables import source_object

WIDTH = 100
NAME_WIDTH, STATUS_WIDTH = 31, 11
# So many metrics are named by a remedy, the rest counted.
NAMED_METRICS = 3


def write_page(
    findings: Sequence[Finding], verdicts: Sequence[Verdict], settings: Settings, out: TextIO
) -> None:
    """Connections, objects and metrics, each as a table, and what to do about all of it."""
    out.write("\n".join(_page(findings, verdicts, settings)) + "\n")


def _page(
    findings: Sequence[Finding], verdicts: Sequence[Verdict], settings: Settings
) -> Iterator[str]:
    yield "Connections"
    for finding in findings:
        if _is_connection(finding):
            name = finding.object_name or settings.sources.of(finding.crm).connection
            yield from _row(name, finding.status, finding.message)
    for crm in ("salesforce", "hubspot"):
        of_crm = [found for found in findings if found.crm == crm and found.object_name]
        if of_crm:
            yield from ("", f"Objects of {crm}")
            yield from _object_rows(of_crm)
    yield from ("", "Metrics")
    for verdict in verdicts:
        yield from _row(verdict.metric_id, verdict.availability, "; ".join(verdict.reasons))
    counted = ", ".join(
        f"{sum(verdict.availability == word for verdict in verdicts)} {word}"
        for word in ("available", "degraded", "unavailable")
    )
    yield from ("", f"  {counted}", "")
    yield from _remedies(findings, verdicts)


def _is_connection(finding: Finding) -> bool:
    """It is about a connection as a whole."""
    if finding.crm == CONFIGURATION:
        return finding.object_name in (WAREHOUSE, SMTP)
    return not finding.object_name


def _row(name: str, status: str, words: str) -> Iterator[str]:
    """Name, status, and words that go on below themselves."""
    head = f"  {name:<{NAME_WIDTH}} {status:<{STATUS_WIDTH}} "
    lines = textwrap.wrap(words, WIDTH - len(head), break_on_hyphens=False) or [""]
    yield (head + lines[0]).rstrip()
    yield from (" " * len(head) + line for line in lines[1:])


def _object_rows(findings: Sequence[Finding]) -> Iterator[str]:
    """One row per object: how it is, and which of its fields are not there."""
    for finding in findings:
        if finding.field_name:
            continue
        source = source_object(finding.object_id)
        fields = [
            other.field_name
            for other in findings
            if other.object_name == finding.object_name and other.field_name
        ]
        status, words = str(finding.status), source.name
        if finding.status == "missing":
            words += ", optional" if source.optional else ""
        elif not finding.is_good:
            words = finding.message
        elif fields:
            status, words = "incomplete", f"{words} without {', '.join(fields)}"
        yield from _row(finding.object_name, status, words)


def _remedies(findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What to do, each thing once: connections, then what the most metrics wait for, then files.

    What no metric waits for is counted only, unless reading stops at it.
    """
    affected: dict[str, dict[str, None]] = {}
    for verdict in verdicts:
        for cause in verdict.causes:
            affected.setdefault(cause.remedy, {})[verdict.metric_id] = None
    causes: dict[str, list[Finding]] = {}
    unneeded_count = 0
    for finding in findings:
        if finding.remedy and (_must_be_done(finding) or finding.remedy in affected):
            causes.setdefault(finding.remedy, []).append(finding)
        elif not finding.is_good:
            unneeded_count += 1
    if causes:
        yield "What to do"

    def urgency(remedy: str) -> tuple[bool, int]:
        is_connection = any(map(_is_connection, causes[remedy]))
        return not is_connection, -len(affected.get(remedy, ()))

    for number, remedy in enumerate(sorted(causes, key=urgency), 1):
        yield from _item(f"{number:>3}. ", remedy)
        yield from _item("     ", f"because: {_reasons(causes[remedy])}")
        if remedy in affected:
            yield from _item("     ", f"metrics: {_named(list(affected[remedy]))}")
    if unneeded_count:
        yield from _item(
            "  ",
            f"{unneeded_count} optional objects and fields are not there, and no metric lacks "
            "them: see the tables of objects.",
        )
    elif not causes:
        yield "Nothing is to be done."


def _must_be_done(finding: Finding) -> bool:
    """Something does not work without it, whatever the metrics need."""
    if finding.crm == CONFIGURATION:
        return not finding.is_good
    if finding.field_name:
        return finding.status == "error"
    return not finding.is_good and (
        not finding.object_name or not source_object(finding.object_id).optional
    )


def _reasons(findings: Sequence[Finding]) -> str:
    """What a remedy is for, each reason once; the fields of an object together."""
    fields: dict[str, list[str]] = {}
    reasons: dict[str, None] = {}
    for finding in findings:
        if finding.field_name and finding.status != "error" and finding.crm != CONFIGURATION:
            fields.setdefault(finding.object_id, []).append(finding.field_name)
        else:
            reasons[finding.message] = None
    without = "; ".join(f"{id_} is without {', '.join(names)}" for id_, names in fields.items())
    return " ".join([*reasons, *([f"{without}."] if without else [])])


def _item(lead: str, words: str) -> Iterator[str]:
    """Words that go on below themselves."""
    yield from textwrap.wrap(
        words,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * len(lead),
        break_on_hyphens=False,
    )


def _named(metric_ids: Sequence[str]) -> str:
    """The first few by name, the others counted."""
    named = ", ".join(metric_ids[:NAMED_METRICS])
    more = len(metric_ids) - NAMED_METRICS
    return f"{named} and {more} more" if more > 0 else named
