"""The older Bulk API, for clients that still read with it: queries as JSON, one batch per job."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import Any

import orjson

from include.sandbox.columns import epoch_milliseconds
from include.sandbox.messages import ApiError, Request, Response, json_response
from include.sandbox.salesforce_query import Answer, answer_query
from include.sandbox.salesforce_rows import rest_rows
from include.sandbox.salesforce_schema import Schema
from include.sandbox.store import Store

_RESULT_ROWS = 50_000
_ADDRESS = re.compile(
    r"/services/async/(?P<version>\d+\.\d)/job(?:/(?P<job>750\w+)"
    r"(?P<batches>/batch)?(?:/(?P<batch>751\w+))?(?P<results>/result)?(?:/752(?P<result>\d+))?)?"
)


@dataclass
class JobV1:
    """A job, and after its only batch was added, what that batch found."""

    id: str
    operation: str
    object: str
    state: str = "Open"
    answer: Answer | None = None
    failure: str | None = None


class BulkV1Jobs:
    """Answers what lies below /services/async."""

    def __init__(self, store: Store, schema: Schema) -> None:
        self._store = store
        self._schema = schema
        self._jobs: dict[str, JobV1] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """Create, close or describe a job, add its batch, and give its results."""
        match = _ADDRESS.fullmatch(request.path)
        if match is None:
            raise _error("InvalidUrl", f"The address {request.path} is none of this API")
        if match["job"] is None:
            return self._create(request)
        job = self._jobs.get(match["job"])
        if job is None:
            raise _error("InvalidJob", "Unable to find the job")
        if match["result"]:
            return self._result(job, match["version"], int(match["result"]))
        if match["results"]:
            total = len(job.answer.positions) if job.answer else 0
            count = max(1, -(-total // _RESULT_ROWS))
            return json_response([f"752{number:012d}" for number in range(count)])
        if match["batches"]:
            if request.method == "POST":
                self._add_batch(request, job)
            return json_response(_batch(job))
        if request.method == "POST":
            job.state = request.json().get("state", job.state)
        return json_response(_job(job))

    def _create(self, request: Request) -> Response:
        wanted = request.json()
        if wanted.get("operation") not in ("query", "queryAll"):
            raise _error("InvalidOperation", "The sandbox is read, not written")
        if self._schema.object(wanted.get("object", "")) is None:
            raise _error("InvalidJob", f"Unable to find object: {wanted.get('object')}")
        with self._lock:
            key = f"750{len(self._jobs):012d}"
            job = self._jobs[key] = JobV1(key, wanted["operation"], wanted["object"])
        return json_response(_job(job), 201)

    def _add_batch(self, request: Request, job: JobV1) -> None:
        """Run the query in the body; what is wrong with it fails the batch, not the call."""
        try:
            text, include_deleted = request.body.decode(), job.operation == "queryAll"
            job.answer = answer_query(self._store, self._schema, text, include_deleted)
        except ApiError as error:
            (wrong,) = orjson.loads(error.response.body)
            job.failure = f"InvalidBatch : Failed to process query: {wrong['errorCode']}"

    def _result(self, job: JobV1, version: str, number: int) -> Response:
        """One list of records; this API writes instants as milliseconds since 1970."""
        if job.answer is None:
            raise _error("InvalidBatch", "The batch has no results")
        fields, table = job.answer.fields, job.answer.table
        start = number * _RESULT_ROWS
        positions = job.answer.positions[start : start + _RESULT_ROWS]
        records = [table.record(int(position)) for position in positions]
        rows = rest_rows(records, job.answer.object.name, fields, version)
        instants = [field.name for field in fields if field.type == "datetime"]
        for row in rows:
            for name in instants:
                if row[name] is not None:
                    row[name] = epoch_milliseconds(row[name])
        return json_response(rows)


def _job(job: JobV1) -> dict[str, Any]:
    return {
        "id": job.id,
        "operation": job.operation,
        "object": job.object,
        "state": job.state,
        "contentType": "JSON",
    }


def _batch(job: JobV1) -> dict[str, Any]:
    return {
        "id": job.id.replace("750", "751", 1),
        "jobId": job.id,
        "state": "Failed" if job.failure else "Completed",
        "stateMessage": job.failure,
        "numberRecordsProcessed": len(job.answer.positions) if job.answer else 0,
        "numberRecordsFailed": 0,
    }


def _error(code: str, message: str) -> ApiError:
    return ApiError(json_response({"exceptionCode": code, "exceptionMessage": message}, 400))
