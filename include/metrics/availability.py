"""Whether what a metric reads had been loaded up to a period, and the words for it when not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from include.core.window import BEGINNING, Window, gaps
from include.metrics.metric import Metric
from include.metrics.periods import AsOf, Period
from include.tables import ops

# Windows end a while before the instant of reading. While a period runs, a value lacks that much
# and is still the value as of now; once the period has ended nothing may be missing.
SETTLING = timedelta(hours=2)
# Where all CRMs of a metric have a problem, the gravest is named.
BLOCKING = ("WITHHELD", "PERMISSION_DENIED", "SOURCE_UNAVAILABLE", "INSUFFICIENT_HISTORY")
STATUS_OF_WINDOW = {"rejected": "WITHHELD", "unavailable": "PERMISSION_DENIED"}


@dataclass(frozen=True)
class Shortage:
    """An object that is loaded only up to `since`, and why."""

    crm: str
    since: datetime
    status: str
    reason: str


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

    def shortages(self, metric: Metric) -> list[Shortage]:
        """The metric's objects that are not loaded up to the as-of.

        A CRM of which nothing was ever read is not in use, and nobody waits for it.
        """
        objects = [source for source in metric.sources if source.split(".")[0] in self._crms]
        return [found for source in objects if (found := self._shortage(source)) is not None]

    def crms(self, metric: Metric) -> frozenset[str]:
        """The CRMs in use that the metric reads."""
        return frozenset(source.split(".")[0] for source in metric.sources) & self._crms

    def _shortage(self, object_id: str) -> Shortage | None:
        """Since when an object is missing, None when it is not."""
        windows = self._windows[object_id]
        loaded = [
            Window(BEGINNING if row.mode == "snapshot" else row.window_start_at, row.window_end_at)
            for row in windows
            if row.status == "loaded" and row.window_end_at > BEGINNING
        ]
        missing = gaps(Window(BEGINNING, self._as_of.at), loaded)
        if not missing:
            return None
        since = missing[0].start
        tried = [
            row
            for row in windows
            if row.status != "loaded" and row.window_end_at > missing[0].start
        ]
        status = STATUS_OF_WINDOW.get(tried[-1].status, "SOURCE_UNAVAILABLE") if tried else None
        return Shortage(
            crm=object_id.split(".")[0],
            since=since,
            status=status or "SOURCE_UNAVAILABLE",
            reason=self._words(object_id, since, tried[-1] if tried else None),
        )

    def _words(self, object_id: str, since: datetime, row: Any) -> str:
        """Why an object is missing, in a sentence."""
        begin = (
            f"{object_id} has not been loaded"
            if since == BEGINNING
            else f"{object_id} is loaded only up to {since.astimezone(self._as_of.zone):%Y-%m-%d %H:%M}"
        )
        if row is None:
            return f"{begin}."
        if row.status == "rejected":
            broken = "; ".join(self._broken_rules.get(row.batch_id, ())) or row.error or "rejected"
            return f"{begin}: what was read after failed the checks ({broken})."
        if row.error:
            return f"{begin}: {row.error}"
        return f"{begin}: the next batch is {row.status}."


def availability(
    metric: Metric,
    period: Period,
    shortages: Sequence[Shortage],
    crms: Iterable[str],
    as_of: AsOf,
    first_date: Any,
) -> tuple[str, str]:
    """Status and reason that the sources give every value of a metric's period.

    OK; PARTIAL when one CRM is complete and another is not; else the gravest problem. What is
    missing only concerns periods that read on after it begins to be missing.
    """
    if not crms:
        return "SOURCE_UNAVAILABLE", "Nothing it is made of has been read from a CRM yet."
    short = metric_history_reason(metric, period, as_of, first_date)
    reads_up_to = as_of.at if metric.timing == "cohort" else min(period.end_at, as_of.at)
    if metric.timing == "cohort" or period.end_at > as_of.at:
        reads_up_to -= SETTLING
    concerned = [shortage for shortage in shortages if shortage.since < reads_up_to]
    reason = " ".join(dict.fromkeys(shortage.reason for shortage in concerned))
    if concerned and set(crms) <= {shortage.crm for shortage in concerned}:
        found = {shortage.status for shortage in concerned}
        return next(status for status in BLOCKING if status in found), reason
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
