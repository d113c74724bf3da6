"""The findings as a page for a terminal, at most 100 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TextIO

from include.core.settings import Settings
from include.doctor.configuration import SMTP, WAREHOUSE
from include.doctor.finding import CONFIGURATION, Finding
from include.doctor.verdict import Verdict
from include.tables import source_object

WIDTH = 100
MARKS = {
    "ok": "ok",
    "empty": "ok",
    "missing": "missing",
    "forbidden": "forbidden",
    "error": "error",
}
OBJECT_WIDTH, STATUS_WIDTH, METRIC_WIDTH = 29, 11, 29
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
    connections = [finding for finding in findings if _is_connection(finding)]
    yield "Connections"
    for finding in connections:
        name = finding.object_name or settings.sources.of(finding.crm).connection
        yield from _row(name, MARKS[finding.status], finding.message)
    for crm in ("salesforce", "hubspot"):
        of_crm = [found for found in findings if found.crm == crm and found.object_name]
        if of_crm:
            yield ""
            yield f"Objects of {crm}"
            yield from _object_rows(of_crm)
    yield ""
    yield "Metrics"
    for verdict in verdicts:
        yield from _row(verdict.metric_id, verdict.availability, "; ".join(verdict.reasons))
    counted = ", ".join(
        f"{sum(verdict.availability == word for verdict in verdicts)} {word}"
        for word in ("available", "degraded", "unavailable")
    )
    yield f"  {counted}"
    yield from _remedies(findings, verdicts)


def _is_connection(finding: Finding) -> bool:
    """It is about a connection as a whole."""
    is_crm = finding.crm != CONFIGURATION
    return not finding.object_name if is_crm else finding.object_name in (WAREHOUSE, SMTP)


def _row(name: str, status: str, words: str) -> Iterator[str]:
    """Name, status, and words that go on below themselves."""
    head = f"  {name:<{OBJECT_WIDTH}} {status:<{STATUS_WIDTH}} "
    indent = " " * len(head)
    lines = textwrap.wrap(words, WIDTH - len(head), break_on_hyphens=False) or [""]
    yield (head + lines[0]).rstrip()
    yield from (indent + line for line in lines[1:])


def _object_rows(findings: Sequence[Finding]) -> Iterator[str]:
    """One row per object: how it is, and which of its fields are not there."""
    for finding in findings:
        if finding.field_name:
            continue
        fields = [
            other.field_name
            for other in findings
            if other.object_name == finding.object_name and other.field_name
        ]
        status, words = MARKS[finding.status], ""
        if not finding.is_good:
            words = finding.message
        elif fields:
            status, words = "incomplete", f"without {', '.join(fields)}"
        elif finding.status == "empty":
            words = "no records"
        elif (api_name := source_object(finding.object_id).name) != finding.object_name:
            words = api_name
        yield from _row(finding.object_name, status, words)


def _remedies(findings: Sequence[Finding], verdicts: Sequence[Verdict]) -> Iterator[str]:
    """What to do, each thing once: what the most metrics wait for comes first."""
    affected: dict[str, dict[str, None]] = {}
    causes: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.remedy:
            causes.setdefault(finding.remedy, []).append(finding)
            affected.setdefault(finding.remedy, {})
    for verdict in verdicts:
        for cause in verdict.causes:
            affected.setdefault(cause.remedy, {})[verdict.metric_id] = None
    if not causes:
        yield ""
        yield "Nothing is to be done."
        return
    yield ""
    yield "What to do"
    ordered = sorted(causes, key=lambda remedy: -len(affected[remedy]))
    for number, remedy in enumerate(ordered, 1):
        yield from _item(f"{number:>3}. ", remedy)
        yield from _item("     ", f"because: {_joined(found.message for found in causes[remedy])}")
        if affected[remedy]:
            yield from _item("     ", f"metrics: {_named(list(affected[remedy]))}")


def _item(lead: str, words: str) -> Iterator[str]:
    """Words that go on below themselves."""
    yield from textwrap.wrap(
        words,
        WIDTH,
        initial_indent=lead,
        subsequent_indent=" " * 5,
        break_on_hyphens=False,
    )


def _joined(messages: Iterable[str]) -> str:
    """Messages one after the other, each once."""
    return " ".join(dict.fromkeys(messages))


def _named(metric_ids: Sequence[str]) -> str:
    """The first few by name, the others counted."""
    named = ", ".join(metric_ids[:NAMED_METRICS])
    more = len(metric_ids) - NAMED_METRICS
    return f"{named} and {more} more" if more > 0 else named
