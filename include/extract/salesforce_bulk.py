"""Query results by a Bulk API 2.0 job, streamed into CSV files."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests

from include.core.errors import IncompleteError, PipelineError, RetryableError
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_csv import count_records, write_page
from include.extract.salesforce_errors import LostJobError, TooLargeError, job_failure

RECORDS_PER_PAGE = 50_000
_CHUNK_BYTES = 1 << 20
# A query of nearly nothing is soon done, and each object of each run waits for one.
_FIRST_POLL_SECONDS = 0.1
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
# A third of the three hours Airflow gives a task.
_JOB_SECONDS = 60 * 60
_PAGE_ATTEMPTS = 5
_COMPLETE = "JobComplete"
_FINAL_STATES = (_COMPLETE, "Failed", "Aborted")
_END = "null"
_COUNT_HEADER, _LOCATOR_HEADER = "Sforce-NumberOfRecords", "Sforce-Locator"


@dataclass(frozen=True)
class Bookmark:
    """Where in a job's result a reader stands: what it has taken, and where it goes on."""

    job_id: str
    locator: str
    received_count: int
    header: str

    @property
    def is_end(self) -> bool:
        """Nothing is left to take."""
        return self.locator == _END

    def to_json(self) -> dict[str, Any]:
        """As it stands in a checkpoint."""
        return asdict(self)


@dataclass(frozen=True)
class BulkPage:
    """A file of a job's result, and where the next one begins."""

    path: Path
    record_count: int
    bookmark: Bookmark


class BulkJob:
    """One query job: create it or find it again, wait, take its pages, remove it.

    A job of which pages were taken is not removed when its reading fails in a way that trying again
    may mend: the next try goes on at the bookmark. Salesforce itself removes what is left over
    after seven days.
    """

    def __init__(self, client: SalesforceClient, object_name: str, state: dict[str, Any]) -> None:
        self._client = client
        self._object_name = object_name
        self._state = state
        self._address = f"jobs/query/{state['id']}"
        self.bookmark = Bookmark(state["id"], "", 0, "")

    @classmethod
    def create(cls, client: SalesforceClient, object_name: str, query: str) -> BulkJob:
        """Hand in a query.

        Raises:
            BulkRefusedError: the Bulk API does not hand out this object.
            TooLargeError: not all of it.
        """
        wanted = {
            "operation": "queryAll",
            "query": query,
            "contentType": "CSV",
            "columnDelimiter": "COMMA",
            "lineEnding": "LF",
        }
        return cls(client, object_name, client.json("POST", "jobs/query", json=wanted))

    @classmethod
    def found_again(cls, client: SalesforceClient, object_name: str, bookmark: Bookmark) -> BulkJob:
        """The job of an earlier try, to go on at the bookmark.

        Raises:
            LostJobError: it is not there any more, or not complete.
        """
        state = client.json("GET", f"jobs/query/{bookmark.job_id}")
        if state["state"] != _COMPLETE:
            raise LostJobError(f"The Bulk job is {state['state']}.", "The reading begins anew.")
        job = cls(client, object_name, state)
        job.bookmark = bookmark
        return job

    @classmethod
    def left_over(cls, client: SalesforceClient, object_name: str, bookmark: Bookmark) -> BulkJob:
        """The job of an earlier try, to be removed."""
        return cls(client, object_name, {"id": bookmark.job_id, "state": _COMPLETE})

    @property
    def record_count(self) -> int:
        """Records the job says it found; final once it is complete."""
        return int(self._state.get("numberRecordsProcessed", 0))

    def wait(self) -> None:
        """Ask for the state, ever less often, until the job is complete; else it is removed.

        Raises:
            TooLargeError: it failed or took too long: less at a time may succeed.
            PipelineError: it failed for another reason; see `job_failure`.
        """
        try:
            self._wait()
        except Exception:
            self.remove()
            raise

    def _wait(self) -> None:
        """As `wait`, the job left as it is."""
        deadline = time.monotonic() + _JOB_SECONDS
        wait_seconds = _FIRST_POLL_SECONDS
        while self._state["state"] not in _FINAL_STATES:
            if time.monotonic() > deadline:
                raise TooLargeError(
                    f"The Bulk job of {self._object_name} was not done after {_JOB_SECONDS} "
                    "seconds.",
                    "The task tries again; look at Bulk Data Load Jobs in the org's setup.",
                )
            time.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            self._state = self._client.json("GET", self._address)
        if self._state["state"] != _COMPLETE:
            reason = self._state.get("errorMessage") or "no reason given"
            raise job_failure(self._object_name, self._state["state"], reason)

    def pages(self, spool: Path) -> Iterator[BulkPage]:
        """The rest of the job's result, a CSV file a page. `bookmark` is moved before each.

        Raises:
            LostJobError: the server does not know the job or the locator any more.
            RetryableError: a page could not be fetched whole.
            IncompleteError: other than the announced number of records came.
        """
        number = 0
        while not self.bookmark.is_end:
            number += 1
            path = spool / f"{self.bookmark.job_id}-{number:05d}.csv"
            try:
                page = self._fetch_page(path)
            except Exception as error:
                # Nobody has a bookmark in it yet, or it is not worth one.
                if not self.bookmark.received_count or isinstance(error, IncompleteError):
                    self.remove()
                raise
            self.bookmark = page.bookmark
            if page.bookmark.is_end and page.bookmark.received_count != self.record_count:
                self.remove()
                raise IncompleteError(
                    f"The Bulk job of {self._object_name} found {self.record_count} records and "
                    f"sent {page.bookmark.received_count}.",
                    "Clear the task; it reads the window again.",
                )
            if page.record_count:
                yield page

    def remove(self) -> None:
        """Delete the job, aborting it first when it still runs. A job left over is not an error."""
        with contextlib.suppress(PipelineError):
            if self._state["state"] not in _FINAL_STATES:
                self._client.request("PATCH", self._address, json={"state": "Aborted"})
            self._client.request("DELETE", self._address)

    def _fetch_page(self, path: Path) -> BulkPage:
        """The page at the bookmark, asked for again while it is cut off or short."""
        for attempt in range(1, _PAGE_ATTEMPTS + 1):
            try:
                header, received, headers = self._stream_page(path)
            except requests.exceptions.RequestException as error:
                problem: PipelineError = RetryableError(
                    f"A page of the Bulk result of {self._object_name} was cut off "
                    f"({type(error).__name__}).",
                    "The task tries again; check the network if it stays.",
                )
            else:
                announced = int(headers.get(_COUNT_HEADER, 0))
                if received != announced:
                    received = count_records(path)
                if received == announced and _LOCATOR_HEADER in headers:
                    total = self.bookmark.received_count + received
                    locator = headers[_LOCATOR_HEADER]
                    following = Bookmark(self.bookmark.job_id, locator, total, header.decode())
                    return BulkPage(path, received, following)
                problem = IncompleteError(
                    f"A page of the Bulk result of {self._object_name} has {received} of "
                    f"{announced} records.",
                    "Clear the task; it reads the window again.",
                )
            if attempt < _PAGE_ATTEMPTS:
                time.sleep(_FIRST_WAIT_SECONDS * 2**attempt)
        raise problem

    def _stream_page(self, path: Path) -> tuple[bytes, int, Mapping[str, str]]:
        """Write one page to a file; its header line, its records, the headers of the answer."""
        parameters: dict[str, str | int] = {"maxRecords": RECORDS_PER_PAGE}
        if self.bookmark.locator:
            parameters["locator"] = self.bookmark.locator
        with self._client.request(
            "GET",
            f"{self._address}/results",
            params=parameters,
            headers={"Accept": "text/csv"},
            stream=True,
        ) as response:
            header, received = write_page(
                response.iter_content(_CHUNK_BYTES), path, self.bookmark.header.encode()
            )
            return header, received, response.headers
