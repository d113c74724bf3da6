"""What the findings mean for each metric: whether it can be had, and from what it would suffer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from include.doctor.configuration import SMTP, WAREHOUSE
from include.doctor.field_gaps import counted
from include.doctor.finding import CONFIGURATION, Finding
from include.doctor.lineage import Lineage, Origin
from include.doctor.loss import Effect, Loss
from include.metrics.metric import Metric
from include.tables import SOURCE_OBJECTS

# Files a metric is configured in, as its parts name them.
CONFIG_FILE = re.compile(r"include/config/(\w+\.(?:csv|yaml))")

Availability = Literal["available", "degraded", "unavailable"]

# Fields, as the CRM names them, without which validation rejects every batch of an object.
REQUIRED = {
    (source.id, field.source.removeprefix("properties."))
    for source in SOURCE_OBJECTS
    for field in source.fields
    if field.required
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
        self._by_key = {(f.crm, f.object_name, f.field_name): f for f in findings}
        self._fields: dict[str, list[Finding]] = {}
        for finding in self._by_key.values():
            if finding.field_name:
                self._fields.setdefault(finding.object_id, []).append(finding)

    @property
    def crms(self) -> tuple[str, ...]:
        """The CRMs that were looked at; one that is switched off was not."""
        return tuple(crm for crm in ("salesforce", "hubspot") if (crm, "", "") in self._by_key)

    def object(self, object_id: str) -> Finding | None:
        """What was found of an object; of its CRM, when that could not be looked at."""
        crm, _, table = object_id.partition(".")
        return self._by_key.get((crm, table, "")) or self._by_key.get((crm, "", ""))

    def obstacle(self, object_id: str) -> Finding | None:
        """Why nothing usable can be read of an object, None if it can."""
        found = self.object(object_id)
        if found is not None and not found.is_good:
            return found
        for finding in self._fields.get(object_id, ()):
            if finding.status == "error" or (object_id, finding.field_name) in REQUIRED:
                return finding
        return None

    def field(self, object_id: str, path: str) -> Finding | None:
        """Why a field, by its path in the record as landed, cannot be read; None if it can."""
        crm, _, table = object_id.partition(".")
        return self._by_key.get((crm, table, path.removeprefix("properties.")))

    @property
    def hidden(self) -> frozenset[Origin]:
        """Every field that cannot be read though its object can."""
        return frozenset(
            (source.id, field.source)
            for source in SOURCE_OBJECTS
            for field in source.fields
            if self.field(source.id, field.source)
        )

    @property
    def absent(self) -> frozenset[str]:
        """Ids of the objects that do not exist, or have no records."""
        found = ((source.id, self.object(source.id)) for source in SOURCE_OBJECTS)
        return frozenset(id_ for id_, each in found if each and each.status in ("missing", "empty"))

    def file(self, name: str) -> Finding | None:
        """Why a file of include/config says nothing; None if it does."""
        return self._by_key.get((CONFIGURATION, name, ""))


def verdicts(
    metrics: Sequence[Metric], findings: Sequence[Finding], lineage: Lineage
) -> list[Verdict]:
    """One verdict per metric, in the order of the catalogue."""
    known = Findings(findings)
    losses = {crm: Loss(lineage, crm, known.hidden, known.absent) for crm in known.crms}
    return [_verdict(metric, known, lineage, losses) for metric in metrics]


def _verdict(
    metric: Metric, known: Findings, lineage: Lineage, losses: Mapping[str, Loss]
) -> Verdict:
    unset, is_needed = _unset(metric, known)
    if is_needed:
        return _judged(metric, "unavailable", unset)
    required = _of(known.crms, metric.sources)
    optional = _of(known.crms, metric.optional_sources)
    crms = [crm for crm in known.crms if _of([crm], (*required, *optional))]
    if not crms:
        words = "no CRM that has it is switched on"
        return Verdict(metric.id, "unavailable", (words,), ())
    effects = {crm: counted(losses[crm].of_metric(metric)) for crm in crms}
    blocked = {
        crm: obstacles
        for crm in crms
        if (
            obstacles := _obstacles(metric, crm, known)
            or (_lacking(effects[crm], known) if effects[crm].is_whole else [])
        )
    }
    if len(blocked) == len(crms):
        each = (finding for obstacles in blocked.values() for finding in obstacles)
        return _judged(metric, "unavailable", each)
    # That one CRM never had what the other gives is no gap.
    causes = [
        finding
        for crm, obstacles in blocked.items()
        if _of([crm], required) or any(found.status != "missing" for found in obstacles)
        for finding in obstacles
    ]
    causes += unset
    for crm in crms:
        if crm not in blocked:
            made_of = {id_ for id_, _ in lineage.of_metric(metric) if _crm(id_) == crm}
            causes += [*_gaps(sorted(made_of), optional, known), *_lacking(effects[crm], known)]
    if causes:
        return _judged(metric, "degraded", causes)
    is_empty = all(
        (found := known.object(id_)) and found.status == "empty" for id_ in required or optional
    )
    return Verdict(metric.id, "available", ("no records yet",) if is_empty else (), ())


def _obstacles(metric: Metric, crm: str, known: Findings) -> list[Finding]:
    """Why one CRM gives nothing, empty if it gives something.

    Every required object is needed; where there is none, one that rows are made of is enough.
    """
    required = _of([crm], metric.sources)
    needed = required or _of([crm], metric.base_sources)
    obstacles = [found for id_ in needed if (found := known.obstacle(id_))]
    return obstacles if required or len(obstacles) == len(needed) else []


def _unset(metric: Metric, known: Findings) -> tuple[list[Finding], bool]:
    """Files of include/config that the metric needs and that say nothing; whether one is the only way.

    Where the CRM may say the same, records of the objects it would say it in are enough.
    """
    causes: list[Finding] = []
    is_needed = False
    for part in metric.summed.values():
        files = CONFIG_FILE.findall(part.configured_in)
        lacking = [found for name in files if (found := known.file(name))]
        if len(lacking) < len(files) or not lacking:
            continue
        has_alternative = ", or " in part.configured_in
        instead = part.fact.info.get("optional_sources", ()) if has_alternative else ()
        if any((found := known.object(id_)) and found.status == "ok" for id_ in instead):
            continue
        causes += lacking
        is_needed |= not has_alternative
    return causes, is_needed


def _lacking(effect: Effect, known: Findings) -> list[Finding]:
    """The fields whose lack has an effect."""
    return [found for origin in sorted(effect.causes) if (found := known.field(*origin))]


def _gaps(object_ids: Iterable[str], optional: Sequence[str], known: Findings) -> Iterator[Finding]:
    """Objects lacking of a CRM that can be read, and that complete others.

    That an optional object is not there is no gap; that it is and may not be read is one.
    """
    for object_id in object_ids:
        obstacle = known.obstacle(object_id)
        if obstacle and (object_id not in optional or obstacle.status != "missing"):
            yield obstacle


def _judged(metric: Metric, availability: Availability, causes: Iterable[Finding]) -> Verdict:
    """A verdict with its causes, each once, and those that are fields of one object together."""
    each = tuple(dict.fromkeys(causes))
    reasons: dict[str, list[str]] = {}
    for finding in each:
        fields = reasons.setdefault(_words(finding), [])
        if finding.field_name:
            fields.append(finding.field_name)
    words = (f"{reason} {', '.join(fields)}".rstrip() for reason, fields in reasons.items())
    return Verdict(metric.id, availability, tuple(words), each)


def _of(crms: Iterable[str], object_ids: Iterable[str]) -> list[str]:
    """Those of the objects that are of the CRMs."""
    return [object_id for object_id in object_ids if _crm(object_id) in crms]


def _crm(object_id: str) -> str:
    return object_id.partition(".")[0]


def _words(finding: Finding) -> str:
    """A finding in few words: what, and how it is; the names of fields follow."""
    if finding.crm == CONFIGURATION:
        return f"not configured: {finding.object_name}"
    if not finding.object_name:
        return f"{finding.crm} cannot be read"
    if not finding.field_name:
        return f"{finding.object_id} is {_STATUS_WORDS[finding.status]}"
    return f"{finding.object_id} without"


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
