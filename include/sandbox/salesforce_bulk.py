"""Bulk API 2.0 query jobs: a query's records as CSV, in pages that can be read again."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from include.sandbox.account import Account
from include.sandbox.messages import (
    ApiError,
    Request,
    Response,
    ResponseCache,
    empty_response,
    json_response,
)
from include.sandbox.salesforce_query import Answer, answer_query, salesforce_error
from include.sandbox.salesforce_rows import csv_page, rest_datetime
from include.sandbox.salesforce_schema import Schema
from include.sandbox.store import Store

# Rows of a page when the reader does not say, and of each page of resultPages.
LARGEST_PAGE, PARALLEL_PAGE = 250_000, 50_000
_PARALLEL_PAGES = 5
_DELIMITERS = {
    "COMMA": ",",
    "SEMICOLON": ";",
    "TAB": "\t",
    "PIPE": "|",
    "CARET": "^",
    "BACKQUOTE": "`",
}
_LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_FINAL = ("JobComplete", "Failed", "Aborted")
_FIRST_VERSION_WITH_RESULT_PAGES = 58


@dataclass
class Job:
    """One query job; its records are fixed when it is created."""

    id: str
    operation: str
    version: str
    answer: Answer
    delimiter: str
    line_ending: str
    created_at: str
    records_key: int
    state: str = "UploadComplete"

    def describe(self, account: Account, detailed: bool) -> dict[str, Any]:
        """The job as the API gives it; counts only when asked for one job."""
        document: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.answer.object.name,
            "createdById": account.user_id,
            "createdDate": self.created_at,
            "systemModstamp": self.created_at,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if detailed:
            processed = 0 if self.state == "UploadComplete" else len(self.answer.positions)
            document |= {
                "jobType": "V2Query",
                "numberRecordsProcessed": processed,
                "retries": 0,
                "totalProcessingTime": 100,
                "isPkChunkingSupported": True,
            }
        return document


class BulkJobs:
    """Query jobs of all sessions.

    `polls_until_complete` is how often a job is asked for before it is complete; with none it is
    complete at the first question.
    """

    def __init__(
        self,
        store: Store,
        schema: Schema,
        answers: ResponseCache,
        account: Account,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._schema = schema
        self._answers = answers
        self._account = account
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._polls: dict[str, int] = {}
        self._lock = threading.Lock()
        self.created_count = 0
        self.polls_until_complete = 0

    def jobs(self) -> list[Job]:
        """Jobs that were created and not deleted: what a reader left behind."""
        return list(self._jobs.values())

    def answer(self, request: Request, version: str, tail: str) -> Response:
        """Answer what lies below jobs/query."""
        parts = tail.strip("/").split("/") if tail else []
        if not parts:
            if request.method == "POST":
                return self._create(request, version)
            return self._list()
        job = self._jobs.get(parts[0])
        if job is None:
            raise salesforce_error(404, "NOT_FOUND", "The requested resource does not exist")
        if parts[1:] == ["results"]:
            return self._results(request, version, job)
        if parts[1:] == ["resultPages"]:
            return self._result_pages(request, version, job)
        if request.method == "PATCH":
            return self._abort(request, job)
        if request.method == "DELETE":
            return self._delete(job)
        return self._poll(job)

    def _create(self, request: Request, version: str) -> Response:
        wanted = request.json()
        operation = wanted.get("operation")
        if operation not in ("query", "queryAll"):
            raise salesforce_error(400, "INVALIDJOB", f"Unable to find operation {operation}")
        text = wanted.get("query") or ""
        answer = answer_query(self._store, self._schema, text, operation == "queryAll")
        if answer.is_count:
            raise salesforce_error(
                400, "API_ERROR", "Aggregate functions are not supported in Bulk Query"
            )
        if any(field.type in ("address", "location") for field in answer.fields):
            raise salesforce_error(
                400, "API_ERROR", "Selecting compound data not supported in Bulk Query"
            )
        delimiter = wanted.get("columnDelimiter", "COMMA")
        line_ending = wanted.get("lineEnding", "LF")
        if delimiter not in _DELIMITERS or line_ending not in _LINE_ENDINGS:
            raise salesforce_error(400, "INVALIDJOB", "Unknown columnDelimiter or lineEnding")
        with self._lock:
            self.created_count += 1
            job = Job(
                f"750Tn{self.created_count:010d}IAK",
                operation,
                version,
                answer,
                delimiter,
                line_ending,
                rest_datetime(self._clock().isoformat()),
                hash(answer.positions.tobytes()),
            )
            self._jobs[job.id] = job
        return json_response(job.describe(self._account, detailed=False))

    def _list(self) -> Response:
        records = [job.describe(self._account, detailed=False) for job in self._jobs.values()]
        return json_response({"done": True, "records": records, "nextRecordsUrl": None})

    def _poll(self, job: Job) -> Response:
        with self._lock:
            polls = self._polls[job.id] = self._polls.get(job.id, 0) + 1
            if job.state not in _FINAL:
                is_done = polls > self.polls_until_complete
                job.state = "JobComplete" if is_done else "InProgress"
        return json_response(job.describe(self._account, detailed=True))

    def _abort(self, request: Request, job: Job) -> Response:
        if request.json().get("state") != "Aborted":
            raise salesforce_error(400, "INVALIDJOBSTATE", "A job can only be set to Aborted")
        with self._lock:
            if job.state in _FINAL:
                raise salesforce_error(
                    400, "INVALIDJOBSTATE", f"Aborting a job in state {job.state} is not allowed"
                )
            job.state = "Aborted"
        return json_response(job.describe(self._account, detailed=False))

    def _delete(self, job: Job) -> Response:
        with self._lock:
            if job.state not in _FINAL:
                raise salesforce_error(
                    400, "INVALIDJOBSTATE", f"Deleting a job in state {job.state} is not allowed"
                )
            self._jobs.pop(job.id, None)
        return empty_response()

    def _results(self, request: Request, version: str, job: Job) -> Response:
        self._require_readable(version, job)
        start = _position(request.argument("locator"))
        size = int(request.argument("maxRecords") or LARGEST_PAGE)
        size = max(1, min(size, LARGEST_PAGE))
        total, end = len(job.answer.positions), start + size
        if start > total:
            raise salesforce_error(400, "INVALID_QUERY_LOCATOR", "Invalid locator")

        headers = {
            "Sforce-Locator": _locator(end) if end < total else "null",
            "Sforce-NumberOfRecords": str(min(end, total) - start),
        }

        def render() -> Response:
            table = job.answer.table
            page = csv_page(
                [table.record(int(p)) for p in job.answer.positions[start:end]],
                job.answer.fields,
                _DELIMITERS[job.delimiter],
                _LINE_ENDINGS[job.line_ending],
            )
            return Response(200, page, "text/csv;charset=UTF-8", headers)

        # Two jobs for the same records of an unchanged table have the same pages.
        shape = (job.delimiter, job.line_ending, job.answer.fields, start, size)
        records = (job.answer.object.name, job.answer.table.revision, job.records_key)
        return self._answers.response(request, (*records, *shape), render)

    def _result_pages(self, request: Request, version: str, job: Job) -> Response:
        """Addresses of up to five pages that may be read at the same time."""
        if float(version) < _FIRST_VERSION_WITH_RESULT_PAGES:
            raise salesforce_error(404, "NOT_FOUND", "The requested resource does not exist")
        self._require_readable(version, job)
        base = f"/services/data/v{version}/jobs/query/{job.id}"
        first = _position(request.argument("locator"))
        starts = list(range(first, max(len(job.answer.positions), 1), PARALLEL_PAGE))
        is_done = len(starts) <= _PARALLEL_PAGES
        pages = [
            {"resultUrl": f"{base}/results?maxRecords={PARALLEL_PAGE}&locator={_locator(start)}"}
            for start in starts[:_PARALLEL_PAGES]
        ]
        document: dict[str, Any] = {"resultPages": pages, "done": is_done}
        if not is_done:
            following = _locator(starts[_PARALLEL_PAGES])
            document["nextRecordsUrl"] = f"{base}/resultPages?locator={following}"
        return json_response(document)

    def _require_readable(self, version: str, job: Job) -> None:
        """Results are there, and are read with the version the job was created with."""
        if version != job.version:
            raise salesforce_error(
                409,
                "API_VERSION_MISMATCH",
                f"The job was created with API version {job.version}; "
                f"its results cannot be read with {version}.",
            )
        if job.state != "JobComplete":
            raise salesforce_error(
                400, "INVALIDJOBSTATE", f"The job's state is {job.state}, not JobComplete"
            )


def _locator(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def _position(locator: str) -> int:
    """The row a locator stands for.

    Raises:
        ApiError: it is none of ours.
    """
    if not locator or locator == "null":
        return 0
    try:
        padded = locator + "=" * (-len(locator) % 4)
        return int(base64.urlsafe_b64decode(padded))
    except ValueError as error:
        raise _bad_locator() from error


def _bad_locator() -> ApiError:
    return salesforce_error(400, "INVALID_QUERY_LOCATOR", "Invalid locator")
