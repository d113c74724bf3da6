"""Records deleted for good, which no query shows any more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from include.core.window import Window
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_errors import DeletionLogError, DeletionLogTooLongError
from include.tables.source_object import SourceObject

logger = logging.getLogger(__name__)

# 400 ids fill 11,200 of the 16,384 bytes an address may have.
_IDS_PER_QUERY = 400

# The log holds fifteen days; a day less leaves room for the lag of the window's end.
_LOG_REACH = timedelta(days=14)
# The log is complete only up to its latestDateCovered; each window asks so far back again.
_LOG_OVERLAP = timedelta(hours=1)
_SHORTEST_SPAN = timedelta(minutes=2)


class DeletionLog:
    """Salesforce's log of deleted records, for one object and window.

    `has_gap` says, once `tombstones` is consumed, that deletions in the window may be missing: the
    log begins later, had not come so far that the next window's overlap takes the rest, or held
    more than it names.
    """

    def __init__(self, client: SalesforceClient, source: SourceObject, window: Window) -> None:
        self._client = client
        self._source = source
        self._window = window
        self.has_gap = False

    def tombstones(self) -> Iterator[list[dict[str, Any]]]:
        """Records that were deleted in the window and are not even in the recycle bin any more.

        Each is {key, deleted: true, cursor: instant of deletion, "_tombstone": true}: staging marks
        the stored record and keeps its values. Records still in the bin come with their values by
        the query (a merged one with the winner's id), and one that was restored is none, so both
        are left out.
        """
        for answer in self._answers():
            deleted_at = {
                record["id"]: record["deletedDate"] for record in answer["deletedRecords"]
            }
            ids = list(deleted_at)
            for offset in range(0, len(ids), _IDS_PER_QUERY):
                some = ids[offset : offset + _IDS_PER_QUERY]
                known = self._known_ids(some)
                yield [
                    {
                        self._source.key: id_,
                        str(self._source.deleted): True,
                        str(self._source.cursor): deleted_at[id_],
                        "_tombstone": True,
                    }
                    for id_ in some
                    if id_ not in known
                ]

    def _answers(self) -> Iterator[dict[str, Any]]:
        """What the log says of the window, and whether that is all.

        A window that begins before the log, as a backfill's may, takes what is there.
        """
        asked = whole_minutes(Window(self._window.start - _LOG_OVERLAP, self._window.end))
        for span in (asked, Window(max(asked.start, asked.end - _LOG_REACH), asked.end)):
            answers = self._ask_in_spans(span)
            try:
                first = last = next(answers, None)
            except DeletionLogError:
                continue
            break
        else:
            self._note_gap(self._window)
            return
        if first is None or last is None:
            return
        yield first
        for last in answers:
            yield last
        known_since = max(span.start, datetime.fromisoformat(first["earliestDateAvailable"]))
        # Without it nothing that began before the span's end was under way.
        covered = last.get("latestDateCovered")
        known_until = datetime.fromisoformat(covered) if covered else span.end
        if known_since > self._window.start:
            self._note_gap(Window(self._window.start, known_since))
        if known_until < self._window.end - _LOG_OVERLAP:
            self._note_gap(Window(known_until, self._window.end))

    def _note_gap(self, span: Window) -> None:
        """Deletions of this span are not known, or not all of them."""
        self.has_gap = True
        logger.warning(
            "Hard deletes of %s from %s to %s are not known; only a new snapshot shows them.",
            self._source.name,
            span.start,
            span.end,
        )

    def _ask_in_spans(self, span: Window) -> Iterator[dict[str, Any]]:
        """The log's answers for a span, in shorter ones where too many records were deleted.

        A span of two minutes with too many is a gap.

        Raises:
            DeletionLogError: the log does not reach back so far.
        """
        try:
            yield self._ask(span)
        except DeletionLogTooLongError:
            if span.end - span.start <= _SHORTEST_SPAN:
                self._note_gap(span)
                return
            middle = (span.start + (span.end - span.start) / 2).replace(second=0, microsecond=0)
            yield from self._ask_in_spans(Window(span.start, middle))
            yield from self._ask_in_spans(Window(middle, span.end))

    def _ask(self, span: Window) -> dict[str, Any]:
        """The log's answer for a span of whole minutes.

        Raises:
            DeletionLogError: the log does not reach back so far.
            DeletionLogTooLongError: more than 600,000 records were deleted in it.
        """
        answer: dict[str, Any] = self._client.json(
            "GET",
            f"sobjects/{self._source.name}/deleted/",
            params={"start": span.start.isoformat(), "end": span.end.isoformat()},
        )
        return answer

    def _known_ids(self, ids: list[str]) -> set[str]:
        """Those of the ids that a query still shows, the recycle bin included."""
        key, listed = self._source.key, ", ".join(f"'{id_}'" for id_ in ids)
        query = f"SELECT {key} FROM {self._source.name} WHERE {key} IN ({listed})"  # noqa: S608
        answer = self._client.json("GET", "queryAll/", params={"q": query})
        known = {record[key] for record in answer["records"]}
        while not answer["done"]:
            answer = self._client.json("GET", answer["nextRecordsUrl"])
            known |= {record[key] for record in answer["records"]}
        return known


def whole_minutes(window: Window) -> Window:
    """The window widened to what the log can be asked for: whole minutes, more than one of them."""
    start = window.start.replace(second=0, microsecond=0)
    end = window.end.replace(second=0, microsecond=0)
    if end < window.end:
        end += timedelta(minutes=1)
    if end - start < timedelta(minutes=2):
        start = end - timedelta(minutes=2)
    return Window(start, end)
