"""Bulk API 2.0 query jobs: a query's records as CSV, in pages that can be read again."""

from __future__ import annotations

import base64
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from include.sandbox.salesforce_trouble import SalesforceTrouble
from include.sandbox.salesforce_windows import TIMEOUT_CODE, TIMEOUT_MESSAGE, times_out
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
# Afterwards a job and its results are gone.
_KEPT = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass
class Job:
    """One query job; its records are fixed when it is created.

    `end` is the state it comes to, `failure` the reason where that is not JobComplete.
    """

    id: str
    operation: str
    version: str
    answer: Answer
    delimiter: str
    line_ending: str
    created_at: datetime
    records_key: int
    state: str = "UploadComplete"
    end: str = "JobComplete"
    failure: str | None = None

    def describe(self, account: Account, detailed: bool) -> dict[str, Any]:
        """The job as the API gives it; counts only when asked for one job."""
        created_at = rest_datetime(self.created_at.isoformat())
        document: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.answer.object.name,
            "createdById": account.user_id,
            "createdDate": created_at,
            "systemModstamp": created_at,
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if detailed:
            is_counted = self.state != "UploadComplete" and self.end == "JobComplete"
            processed = len(self.answer.positions) if is_counted else 0
            document |= {
                "jobType": "V2Query",
                "numberRecordsProcessed": processed,
                "retries": 0,
                "totalProcessingTime": 100,
                "isPkChunkingSupported": True,
            }
            if self.state == "Failed":
                document["errorMessage"] = self.failure
        return document


class BulkJobs:
    """Query jobs of all sessions; `created_count` counts those of the last 24 hours."""

    def __init__(
        self,
        store: Store,
        schema: Schema,
        answers: ResponseCache,
        account: Account,
        trouble: SalesforceTrouble,
    ) -> None:
        self._store = store
        self._schema = schema
        self._answers = answers
        self._account = account
        self._trouble = trouble
        self._clock = store.clock
        self._jobs: dict[str, Job] = {}
        self._polls: dict[str, int] = {}
        self._lock = threading.Lock()
        self._created: deque[datetime] = deque()
        self._number = 0
        # Locators handed out before the last loss of them are not known any more.
        self._generation = 0

    @property
    def created_count(self) -> int:
        """Jobs created in the last 24 hours."""
        with self._lock:
            while self._created and self._clock() - self._created[0] >= _DAY:
                self._created.popleft()
            return len(self._created)

    def drop_all(self) -> None:
        """Lose every job."""
        with self._lock:
            self._jobs.clear()

    def drop_locators(self) -> None:
        """Lose the positions in every result; a result can be read again from its beginning."""
        with self._lock:
            self._generation += 1

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
        if job is None or self._clock() - job.created_at > _KEPT:
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
        self._refuse(answer)
        delimiter = wanted.get("columnDelimiter", "COMMA")
        line_ending = wanted.get("lineEnding", "LF")
        if delimiter not in _DELIMITERS or line_ending not in _LINE_ENDINGS:
            raise salesforce_error(400, "INVALIDJOB", "Unknown columnDelimiter or lineEnding")
        end, failure = self._outcome(answer)
        with self._lock:
            self._number += 1
            now = self._clock()
            self._created.append(now)
            job = Job(
                f"750Tn{self._number:010d}IAK",
                operation,
                version,
                answer,
                delimiter,
                line_ending,
                now,
                hash(answer.positions.tobytes()),
                end=end,
                failure=failure,
            )
            self._jobs[job.id] = job
        return json_response(job.describe(self._account, detailed=False))

    def _refuse(self, answer: Answer) -> None:
        """What this API does not do.

        Raises:
            ApiError: the query asks for it, or the day's jobs are used up.
        """
        most, name = self._trouble.bulk_daily_jobs, answer.object.name
        if self.created_count >= most:
            raise salesforce_error(
                400,
                "LIMIT_EXCEEDED",
                f"Max bulk v2 query jobs ({most}) per 24 hrs has been reached ({most})",
            )
        if name in self._trouble.bulk_unsupported:
            raise salesforce_error(
                400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API."
            )
        if answer.is_count:
            raise salesforce_error(
                400, "API_ERROR", "Aggregate functions are not supported in Bulk Query"
            )
        types = {field.type for field in answer.fields}
        if types & {"address", "location"}:
            raise salesforce_error(
                400, "API_ERROR", "Selecting compound data not supported in Bulk Query"
            )
        if "base64" in types:
            raise salesforce_error(400, "FEATURENOTENABLED", "Binary field not supported")

    def _outcome(self, answer: Answer) -> tuple[str, str | None]:
        """The state a job for this query comes to, and the reason for it."""
        for outcome in self._trouble.bulk_outcomes:
            times = outcome.get("times")
            if outcome["object"] != answer.object.name or times == 0:
                continue
            if times is not None:
                outcome["times"] = times - 1
            return outcome["state"], outcome.get("message")
        now = self._clock()
        if times_out(answer.query, len(answer.positions), self._trouble, now):
            return "Failed", f"{TIMEOUT_CODE}: {TIMEOUT_MESSAGE}"
        return "JobComplete", None

    def _list(self) -> Response:
        records = [job.describe(self._account, detailed=False) for job in self._jobs.values()]
        return json_response({"done": True, "records": records, "nextRecordsUrl": None})

    def _poll(self, job: Job) -> Response:
        with self._lock:
            polls = self._polls[job.id] = self._polls.get(job.id, 0) + 1
            if job.state not in _FINAL:
                job.state = job.end if polls > self._trouble.bulk_polls else "InProgress"
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
        start = self._position(request.argument("locator"))
        size = int(request.argument("maxRecords") or LARGEST_PAGE)
        size = max(1, min(size, LARGEST_PAGE))
        total, end = len(job.answer.positions), start + size
        if start > total:
            raise _bad_locator()

        headers = {
            "Sforce-Locator": self._locator(end) if end < total else "null",
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
        shape = (job.delimiter, job.line_ending, job.answer.fields, start, size, self._generation)
        records = (job.answer.object.name, job.answer.table.revision, job.records_key)
        return self._answers.response(request, (*records, *shape), render)

    def _result_pages(self, request: Request, version: str, job: Job) -> Response:
        """Addresses of up to five pages that may be read at the same time."""
        if float(version) < _FIRST_VERSION_WITH_RESULT_PAGES:
            raise salesforce_error(404, "NOT_FOUND", "The requested resource does not exist")
        self._require_readable(version, job)
        base = f"/services/data/v{version}/jobs/query/{job.id}"
        first = self._position(request.argument("locator"))
        starts = list(range(first, max(len(job.answer.positions), 1), PARALLEL_PAGE))
        is_done = len(starts) <= _PARALLEL_PAGES
        pages = [
            {
                "resultUrl": f"{base}/results?maxRecords={PARALLEL_PAGE}&locator={self._locator(start)}"
            }
            for start in starts[:_PARALLEL_PAGES]
        ]
        document: dict[str, Any] = {"resultPages": pages, "done": is_done}
        if not is_done:
            following = self._locator(starts[_PARALLEL_PAGES])
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

    def _locator(self, position: int) -> str:
        """The text that stands for a row of a result."""
        plain = f"{position}.{self._generation}"
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    def _position(self, locator: str) -> int:
        """The row a locator stands for.

        Raises:
            ApiError: it is none of ours, or was lost.
        """
        if not locator or locator == "null":
            return 0
        try:
            padded = locator + "=" * (-len(locator) % 4)
            position, generation = map(int, base64.urlsafe_b64decode(padded).split(b"."))
        except ValueError as error:
            raise _bad_locator() from error
        if generation != self._generation:
            raise _bad_locator()
        return position


def _bad_locator() -> ApiError:
    return salesforce_error(400, "INVALID_QUERY_LOCATOR", "Invalid locator")
