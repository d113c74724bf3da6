"""Query results by a Bulk API 2.0 job, streamed into CSV files."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import requests

from include.core.errors import IncompleteError, PipelineError, RetryableError, StopError
from include.core.reading import Page
from include.extract.salesforce_client import SalesforceClient

RECORDS_PER_PAGE = 50_000
_CHUNK_BYTES = 1 << 20
_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0
_JOB_SECONDS = 2 * 60 * 60
_PAGE_ATTEMPTS = 5
_FINAL_STATES = ("JobComplete", "Failed", "Aborted")


class BulkJob:
    """One query job: create it, wait, take its pages, delete it.

    Raises on creation:
        BulkRefusedError: the Bulk API does not hand out this object.
    """

    def __init__(self, client: SalesforceClient, query: str) -> None:
        self._client = client
        self._state: dict[str, Any] = client.json(
            "POST",
            "jobs/query",
            json={
                "operation": "queryAll",
                "query": query,
                "contentType": "CSV",
                "columnDelimiter": "COMMA",
                "lineEnding": "LF",
            },
        )
        self._address = f"jobs/query/{self._state['id']}"

    @property
    def record_count(self) -> int:
        """Records the job says it found; final once it is complete."""
        return int(self._state.get("numberRecordsProcessed", 0))

    def pages(self, spool: Path) -> Iterator[Page]:
        """The job's result, a CSV file a page; afterwards the job is deleted, whatever happened.

        Raises:
            StopError: the job failed or was aborted, with Salesforce's reason.
            RetryableError: it took too long, or a page could not be fetched whole.
            IncompleteError: other than the announced number of records came.
        """
        try:
            self._wait()
            received = 0
            for page in self._fetch_pages(spool):
                received += page.record_count
                if page.record_count:
                    yield page
            if received != self.record_count:
                raise IncompleteError(
                    f"The Bulk job found {self.record_count} records and sent {received}.",
                    "Clear the task; it reads the window again.",
                )
        finally:
            self._remove()

    def _wait(self) -> None:
        """Ask for the state, ever less often, until it is final."""
        deadline = time.monotonic() + _JOB_SECONDS
        wait_seconds = _FIRST_WAIT_SECONDS
        while self._state["state"] not in _FINAL_STATES:
            if time.monotonic() > deadline:
                raise RetryableError(
                    f"The Bulk job was not done after {_JOB_SECONDS} seconds.",
                    "The task tries again; look at Bulk Data Load Jobs in the org's setup.",
                )
            time.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            self._state = self._client.json("GET", self._address)
        if self._state["state"] != "JobComplete":
            reason = self._state.get("errorMessage") or "no reason given"
            raise StopError(
                f"The Bulk job ended as {self._state['state']}: {reason}.",
                "Correct the cause, then clear the task.",
            )

    def _fetch_pages(self, spool: Path) -> Iterator[Page]:
        """Every page of the result, in the order the server links them."""
        locator, number = "", 0
        while locator != "null":
            number += 1
            page, locator = self._fetch_page(spool / f"bulk-{number:05d}.csv", locator)
            yield page

    def _fetch_page(self, path: Path, locator: str) -> tuple[Page, str]:
        """One page, asked for again while it is cut off or short, and the next page's locator."""
        for attempt in range(1, _PAGE_ATTEMPTS + 1):
            try:
                announced, next_locator = self._stream_page(path, locator)
            except requests.exceptions.RequestException as error:
                problem: PipelineError = RetryableError(
                    f"A page of the Bulk result was cut off ({type(error).__name__}).",
                    "The task tries again; check the network if it stays.",
                )
            else:
                received = count_records(path)
                if received == announced:
                    return Page(path, "csv", received), next_locator
                problem = IncompleteError(
                    f"A page of the Bulk result has {received} of {announced} records.",
                    "Clear the task; it reads the window again.",
                )
            time.sleep(_FIRST_WAIT_SECONDS * 2**attempt)
        raise problem

    def _stream_page(self, path: Path, locator: str) -> tuple[int, str]:
        """Write one page to a file; the number of records announced and the next locator."""
        parameters: dict[str, str | int] = {"maxRecords": RECORDS_PER_PAGE}
        if locator:
            parameters["locator"] = locator
        with (
            self._client.request(
                "GET",
                f"{self._address}/results",
                params=parameters,
                headers={"Accept": "text/csv"},
                stream=True,
            ) as response,
            path.open("wb") as stream,
        ):
            for chunk in response.iter_content(_CHUNK_BYTES):
                stream.write(chunk)
            return (
                int(response.headers.get("Sforce-NumberOfRecords", 0)),
                response.headers.get("Sforce-Locator", "null"),
            )

    def _remove(self) -> None:
        """Delete the job, aborting it first when it still runs. A job left over is not an error."""
        with contextlib.suppress(PipelineError):
            if self._state["state"] not in _FINAL_STATES:
                self._client.request("PATCH", self._address, json={"state": "Aborted"})
            self._client.request("DELETE", self._address)


def count_records(path: Path) -> int:
    """Records of a CSV file, its header not counted; line breaks inside quotes do not end one."""
    lines = 0
    is_quoted = False
    last = b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            codes = np.frombuffer(chunk, dtype=np.uint8)
            quotes = np.logical_xor.accumulate(codes == ord('"')) ^ is_quoted
            lines += int(np.count_nonzero((codes == ord("\n")) & ~quotes))
            is_quoted = bool(quotes[-1])
            last = chunk[-1:]
    if last != b"\n":
        lines += 1
    return max(lines - 1, 0)
