"""What the findings mean for each metric: whether it can be had, and from what it would suffer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from include.doctor.configuration import SMTP, WAREHOUSE
from include.doctor.finding import Finding
from include.doctor.lineage import Lineage
from include.metrics.metric import Metric
from include.tables import SOURCE_OBJECTS

Availability = Literal["available", "degraded", "unavailable"]

# Fields without which every record of an object is set aside by validation.
REQUIRED = {
    (source.id, field.source)
    for source in SOURCE_OBJECTS
    for field in source.fields
    if field.required and field.severity == "critical"
}


@dataclass(frozen=True)
class Verdict:
    """Whether one metric can be had.

    available    every CRM it is read from gives all it is made of
    degraded     a CRM gives nothing or not everything, and there is something left
    unavailable  no CRM gives what it needs

    `causes` are the findings behind that, `reasons` the same in short words.
    """

    metric_id: str
    availability: Availability
    reasons: tuple[str, ...]
    causes: tuple[Finding, ...]


class Findings:
    """Findings by what they are about."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._by_object: dict[str, Finding] = {}
        self._by_field: dict[tuple[str, str], Finding] = {}
        self._connections: dict[str, Finding] = {}
        for finding in findings:
            if finding.field_name:
                self._by_field[finding.object_id, finding.field_name] = finding
            elif finding.object_name:
                self._by_object[finding.object_id] = finding
            else:
                self._connections[finding.crm] = finding

    @property
    def crms(self) -> tuple[str, ...]:
        """The CRMs that were looked at; one that is switched off was not."""
        return tuple(self._connections)

    def obstacle(self, object_id: str) -> Finding | None:
        """Why nothing usable can be read of an object, None if it can."""
        connection = self._connections[object_id.split(".")[0]]
        if not connection.is_good:
            return connection
        found = self._by_object.get(object_id)
        if found is not None and not found.is_good:
            return found
        required = [path for id_, path in REQUIRED if id_ == object_id]
        lacking = [self.field(object_id, path) for path in sorted(required)]
        return next((finding for finding in lacking if finding is not None), None)

    def field(self, object_id: str, path: str) -> Finding | None:
        """Why a field, by its path in the record as landed, cannot be read; None if it can."""
        return self._by_field.get((object_id, path.removeprefix("properties.")))


def verdicts(
    metrics: Sequence[Metric], findings: Sequence[Finding], lineage: Lineage
) -> list[Verdict]:
    """One verdict per metric, in the order of the catalogue."""
    known = Findings(findings)
    return [_verdict(metric, known, lineage) for metric in metrics]


def _verdict(metric: Metric, known: Findings, lineage: Lineage) -> Verdict:
    objects = [source for source in metric.sources if source.split(".")[0] in known.crms]
    if not objects:
        return Verdict(metric.id, "unavailable", ("no CRM that has it is switched on",), ())
    blocked = {source: found for source in objects if (found := known.obstacle(source))}
    crms = {source.split(".")[0] for source in objects}
    blocked_crms = {source.split(".")[0] for source in blocked}
    causes = dict.fromkeys(blocked.values())
    reasons = dict.fromkeys(_words(finding) for finding in blocked.values())
    # What it is made of besides: fields, and objects that only complete others.
    for object_id, path in sorted(lineage.of_metric(metric)):
        crm = object_id.split(".")[0]
        if crm not in known.crms or crm in blocked_crms:
            continue
        finding = known.obstacle(object_id) or known.field(object_id, path)
        if finding:
            causes[finding] = None
            reasons[_words(finding)] = None
    availability: Availability = "degraded" if causes else "available"
    if blocked_crms == crms:
        availability = "unavailable"
    return Verdict(metric.id, availability, tuple(reasons), tuple(causes))


def _words(finding: Finding) -> str:
    """A finding in few words: what, and how it is."""
    if not finding.object_name:
        return f"{finding.crm} cannot be read"
    if not finding.field_name:
        return f"{finding.object_id} is {_STATUS_WORDS[finding.status]}"
    return f"{finding.object_id} without {finding.field_name}"


_STATUS_WORDS = {"missing": "missing", "forbidden": "forbidden", "error": "in error"}


def is_in_order(findings: Sequence[Finding]) -> bool:
    """Whether every connection works and every object that is not optional is readable."""
    known = Findings(findings)
    connections = [
        finding
        for finding in findings
        if not finding.field_name
        and (not finding.object_name or finding.object_name in (WAREHOUSE, SMTP))
    ]
    required = [
        source.id for source in SOURCE_OBJECTS if source.crm in known.crms and not source.optional
    ]
    return all(finding.is_good for finding in connections) and not any(
        known.obstacle(object_id) for object_id in required
    )
