"""Whether what a metric reads had been loaded up to a period, and the words for it when not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from include.core.window import BEGINNING, Window, gaps
from include.metrics.definition import spelled
from include.metrics.metric import Metric
from include.metrics.periods import AsOf, Period
from include.metrics.reads import columns_read
from include.metrics.wanted import stands_at
from include.metrics.withhold import failures, withheld_for
from include.tables import ops

# Windows end a while before the instant of reading. While a period runs, a value lacks that much
# and is still the value as of now; once the period has ended nothing may be missing.
SETTLING = timedelta(hours=2)
# Where all CRMs of a metric have a problem, the gravest is named.
BLOCKING = (
    "WITHHELD",
    "PERMISSION_DENIED",
    "SOURCE_UNAVAILABLE",
    "NOT_CONFIGURED",
    "INSUFFICIENT_HISTORY",
)
STATUS_OF_WINDOW = {"rejected": "WITHHELD", "unavailable": "PERMISSION_DENIED"}
STATUS_OF_FINDING = {"forbidden": "PERMISSION_DENIED", "missing": "SOURCE_UNAVAILABLE"}


@dataclass(frozen=True)
class Shortage:
    """What lacks since `since`, and why: an object, or fields, of which a part may be left."""

    crm: str
    since: datetime
    status: str
    reason: str
    is_whole: bool = True
    is_absent: bool = False


@dataclass(frozen=True)
class Supply:
    """What there is of all that a metric is made of.

    `crms` are those in use that it reads; `absence` is status and reason where there is none.
    `losses` are for lack of fields, of each CRM the earliest first, a later one with all before it.
    `withheld` says which checks on facts failed, `unconfigured` what to fill in, `is_configured` that what a file may say is there, and
    `first_date` is the day of the earliest event.
    """

    crms: frozenset[str]
    shortages: tuple[Shortage, ...]
    losses: tuple[Shortage, ...]
    absence: tuple[str, str]
    unconfigured: str
    is_configured: bool
    withheld: str
    first_date: date | None


class Sources:
    """What the ledger of windows says of every object, as far as it concerns an as-of."""

    def __init__(self, connection: sa.Connection, as_of: AsOf) -> None:
        """Read the windows that begin before the as-of, and why rejected ones were."""
        window = ops.extract_window
        self._as_of = as_of
        self._windows: dict[str, list[Any]] = defaultdict(list)
        rows = connection.execute(
            sa.select(window)
            .where(window.c.window_start_at < as_of.at)
            .order_by(window.c.extracted_at, window.c.batch_id)
        )
        for row in rows:
            self._windows[f"{row.crm}.{row.object_name}"].append(row)
        self._crms = {object_id.split(".")[0] for object_id in self._windows}
        self._broken_rules = _broken_rules(connection)
        self._findings = _findings(connection)
        self._losses = _losses(connection)
        self._failures = failures(connection)
        # Whether there are rows of a fact for which a condition holds.
        self._is_there: dict[tuple[str, str], bool] = {}

    def supply(self, connection: sa.Connection, metric: Metric, first_date: date | None) -> Supply:
        """What there is of all that a metric is made of."""
        objects = [source for source in metric.sources if source.split(".")[0] in self._crms]
        based = [*objects, *(base for base in metric.base_sources if self._was_loaded(base))]
        giving = {source.split(".")[0] for source in based}
        objects += [
            source
            for source in metric.optional_sources
            if source.split(".")[0] in giving and self._was_loaded(source)
        ]
        shortages = [self._shortage(source) for source in dict.fromkeys(objects)]
        crms = frozenset(source.split(".")[0] for source in objects)
        losses = self._losses[metric.id]
        # What one CRM never had the other may give.
        crms = crms - {loss.crm for loss in losses if loss.is_absent} or crms
        unconfigured = self._unconfigured(connection, metric)
        may_be_configured = not metric.sources and any(
            part.configured_in for part in metric.summed.values()
        )
        return Supply(
            crms=crms,
            shortages=tuple(each for each in shortages if each and each.crm in crms),
            losses=tuple(loss for loss in losses if loss.crm in crms),
            absence=self._absence(metric),
            unconfigured=unconfigured,
            is_configured=may_be_configured and not unconfigured,
            # What a metric reads is found out by going through all its expressions.
            withheld=withheld_for(self._failures, columns_read(metric)) if self._failures else "",
            first_date=first_date,
        )

    def _unconfigured(self, connection: sa.Connection, metric: Metric) -> str:
        """What to fill in, where something that is in no CRM by itself is not there at all."""
        for part in metric.summed.values():
            if not part.configured_in:
                continue
            condition = part.where if metric.configured_where is None else metric.configured_where
            # What is made for wanted periods is made of the fact that has its date.
            fact = part.date.table
            # Where nothing is, all of a fact is looked through: once for all metrics that ask the same.
            key = fact.fullname, spelled(condition)
            if key not in self._is_there:
                found = _rows_as_known(fact, condition, self._as_of)
                self._is_there[key] = connection.scalar(found.limit(1)) is not None
            if not self._is_there[key]:
                return f"Not configured: fill in {part.configured_in}."
        return ""

    def _was_loaded(self, object_id: str) -> bool:
        """Whether an object was ever read with success."""
        return any(self._is_loaded(object_id, row) for row in self._windows.get(object_id, ()))

    def _is_loaded(self, object_id: str, row: Any) -> bool:
        """Whether a window was read with success, and facts were built of it: of records none of which
        we may see, none was.
        """
        finding = self._findings.get(object_id)
        is_blind = finding is not None and finding.status == "forbidden" and row.landed_count == 0
        return row.is_in_facts and not is_blind

    def _absence(self, metric: Metric) -> tuple[str, str]:
        """Status and reason of a metric of which no CRM gives anything."""
        found = []
        for object_id in metric.optional_sources:
            if self._was_loaded(object_id):
                continue
            windows = self._windows.get(object_id, [])
            row = windows[-1] if windows else None
            status = self._status(object_id, row)
            if status:
                found.append((status, self._words(object_id, BEGINNING, row)))
        if not found:
            return "SOURCE_UNAVAILABLE", "Nothing it is made of has been read from a CRM yet."
        gravest = next(each for each in BLOCKING if each in {status for status, _ in found})
        return gravest, " ".join(dict.fromkeys(reason for _, reason in found))

    def _shortage(self, object_id: str) -> Shortage | None:
        """Since when an object is missing, None when it is not."""
        windows = self._windows[object_id]
        loaded = [
            Window(BEGINNING if row.mode == "snapshot" else row.window_start_at, row.window_end_at)
            for row in windows
            if self._is_loaded(object_id, row) and row.window_end_at > BEGINNING
        ]
        missing = gaps(Window(BEGINNING, self._as_of.at), loaded)
        if not missing:
            return None
        since = missing[0].start
        tried = [
            row for row in windows if not row.is_in_facts and row.window_end_at > missing[0].start
        ]
        row = tried[-1] if tried else None
        return Shortage(
            crm=object_id.split(".")[0],
            since=since,
            status=self._status(object_id, row) or "SOURCE_UNAVAILABLE",
            reason=self._words(object_id, since, row),
        )

    def _status(self, object_id: str, row: Any) -> str | None:
        """Why an object is missing: the doctor knows whether it is refused or not there at all."""
        finding = self._findings.get(object_id)
        if finding is not None and (row is None or row.status in ("loaded", "unavailable")):
            return STATUS_OF_FINDING.get(finding.status)
        return row and STATUS_OF_WINDOW.get(row.status, "SOURCE_UNAVAILABLE")

    def _words(self, object_id: str, since: datetime, row: Any) -> str:
        """Why an object is missing, in a sentence."""
        begin = (
            f"{object_id} has not been loaded"
            if since == BEGINNING
            else f"{object_id} is loaded only up to {since.astimezone(self._as_of.zone):%Y-%m-%d %H:%M}"
        )
        finding = self._findings.get(object_id)
        if finding is not None and (row is None or row.is_in_facts or row.status == "unavailable"):
            return " ".join(filter(None, (f"{begin}:", finding.message, finding.remedy)))
        if row is None:
            return f"{begin}."
        if row.status == "rejected":
            broken = "; ".join(self._broken_rules.get(row.batch_id, ())) or row.error or "rejected"
            return f"{begin}: what was read after failed the checks ({broken})."
        if row.status == "loaded" and not row.is_in_facts:
            return f"{begin}: the facts were built before another run had read what is after it."
        if row.error:
            return f"{begin}: {row.error}"
        return f"{begin}: the next batch is {row.status}."


def availability(metric: Metric, period: Period, supply: Supply, as_of: AsOf) -> tuple[str, str]:
    """Status and reason that the sources give every value of a metric's period.

    OK; PARTIAL when something is left of a CRM, or one CRM is complete and another is not; else the
    gravest problem. What is missing only concerns periods that read on after it begins to be missing.
    """
    if supply.withheld:
        return "WITHHELD", supply.withheld
    if not supply.crms:
        return ("OK", "") if supply.is_configured else supply.absence
    reads_up_to = as_of.at if metric.is_cohort else min(period.end_at, as_of.at)
    if metric.is_cohort or period.end_at > as_of.at:
        reads_up_to -= SETTLING
    concerned = [shortage for shortage in supply.shortages if shortage.since < reads_up_to]
    latest = {loss.crm: loss for loss in supply.losses if loss.since < reads_up_to}
    concerned += latest.values()
    reason = " ".join(dict.fromkeys(shortage.reason for shortage in concerned))
    whole = [shortage for shortage in concerned if shortage.is_whole]
    if whole and supply.crms <= {shortage.crm for shortage in whole}:
        found = {shortage.status for shortage in whole}
        return next(status for status in BLOCKING if status in found), reason
    if supply.unconfigured:
        return "NOT_CONFIGURED", supply.unconfigured
    short = metric_history_reason(metric, period, as_of, supply.first_date)
    if short:
        return "INSUFFICIENT_HISTORY", short
    return ("PARTIAL", reason) if concerned else ("OK", "")


def metric_history_reason(metric: Metric, period: Period, as_of: AsOf, first_date: Any) -> str:
    """Why the events known do not reach back far enough for a period; empty when they do."""
    if not metric.history_days:
        return ""
    if first_date is None:
        return "None of the events it counts is known yet."
    last_date = AsOf(min(period.end_at, as_of.at), as_of.zone).last_date
    if last_date - timedelta(days=metric.history_days - 1) < first_date:
        return f"The events it counts are known only since {first_date}."
    return ""


def _broken_rules(connection: sa.Connection) -> dict[str, tuple[str, ...]]:
    """The critical expectations each rejected batch failed, in words."""
    result, window = ops.expectation_result, ops.extract_window
    rows = connection.execute(
        sa.select(result.c.batch_id, result.c.expectation)
        .join(window, window.c.batch_id == result.c.batch_id)
        .where(
            window.c.status == "rejected",
            result.c.severity == "critical",
            sa.not_(result.c.is_success),
        )
        .order_by(result.c.batch_id, result.c.expectation)
    )
    found: dict[str, tuple[str, ...]] = {}
    for batch_id, expectation in rows:
        found[batch_id] = (*found.get(batch_id, ()), expectation)
    return found


def _findings(connection: sa.Connection) -> dict[str, Any]:
    """The doctor's finding of every object that is not as the metrics need it."""
    finding = ops.source_finding
    rows = connection.execute(
        sa.select(finding).where(
            finding.c.field_name == "", finding.c.status.in_(("missing", "forbidden", "error"))
        )
    )
    return {f"{row.crm}.{row.object_name}": row for row in rows}


def _losses(connection: sa.Connection) -> dict[str, list[Shortage]]:
    """What each metric loses for lack of fields, the earliest first."""
    finding = ops.metric_finding
    found: dict[str, list[Shortage]] = defaultdict(list)
    for row in connection.execute(sa.select(finding).order_by(finding.c.since_at)):
        found[row.metric_id].append(
            Shortage(row.crm, row.since_at, row.status, row.reason, row.is_whole, row.is_absent)
        )
    return found


def _rows_as_known(
    fact: sa.Table, condition: sa.ColumnElement[bool] | None, as_of: AsOf
) -> sa.Select[Any]:
    """One row per state of a fact that is known at an as-of, and for which a condition holds."""
    if isinstance(condition, sa.Exists):
        # About another table, whether or not there is anything to measure by it yet.
        return sa.select(sa.literal(1)).where(condition)
    known = sa.select(sa.literal(1)).select_from(fact).where(stands_at(fact, sa.literal(as_of.at)))
    if "is_counted" in fact.c:
        known = known.where(fact.c.is_counted)
    return known if condition is None else known.where(condition)
