"""The sandbox's Salesforce: REST queries, describes, limits, and the way to all the rest."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from include.sandbox.account import Account
from include.sandbox.messages import ApiError, Request, Response, ResponseCache, json_response
from include.sandbox.rate_limits import RateLimits
from include.sandbox.salesforce_auth import SalesforceSessions
from include.sandbox.salesforce_bulk import BulkJobs
from include.sandbox.salesforce_bulk_v1 import BulkV1Jobs
from include.sandbox.salesforce_cursors import Cursors
from include.sandbox.salesforce_query import Answer, answer_query, salesforce_error
from include.sandbox.salesforce_replication import deleted_records, updated_records
from include.sandbox.salesforce_rows import rest_page, rest_rows
from include.sandbox.salesforce_schema import OrgObject, Schema
from include.sandbox.salesforce_trouble import SalesforceTrouble
from include.sandbox.salesforce_windows import TIMEOUT_CODE, TIMEOUT_MESSAGE, times_out
from include.sandbox.store import Store

OLDEST_VERSION, NEWEST_VERSION = 31, 68
_RESOURCE = re.compile(r"/services/data/v(\d+)\.0(/.*)?")
_CURSOR = re.compile(r"/query(?:All)?/(01g\w{15})-(\d+)(?:-(\d+))?")
# Resources that take other methods than GET: the sandbox is read, not written.
_WITH_BODIES = ("/jobs/query", "/composite/batch")
_LARGEST_BATCH, _SMALLEST_BATCH = 2000, 200
# Salesforce refuses longer request lines and headers together.
_LONGEST_HEAD = 16_384


class SalesforceService:
    """Answers everything below /services and /id."""

    def __init__(
        self,
        store: Store,
        account: Account,
        limits: RateLimits,
        trouble: SalesforceTrouble,
    ) -> None:
        self._store = store
        self._limits = limits
        self._trouble = trouble
        self.answers = ResponseCache()
        self.schema = Schema(store, account.user_id)
        self.sessions = SalesforceSessions(account, trouble, store.clock)
        self.bulk = BulkJobs(store, self.schema, self.answers, account, trouble)
        self.cursors = Cursors(trouble, store.clock)
        self._bulk_v1 = BulkV1Jobs(store, self.schema)

    def answer(self, request: Request, instead: Response | None = None) -> Response:
        """Answer a request, or give the answer it gets instead.

        With the header that tells how much of the quota is used, but for pages in HTML, which come
        from what stands before the service.
        """
        if instead is not None and instead.content_type == "text/html":
            return instead
        try:
            response = instead or self._route(request)
        except ApiError as error:
            response = error.response
        except orjson.JSONDecodeError as error:
            response = salesforce_error(400, "JSON_PARSER_ERROR", str(error)).response
        usage = f"api-usage={self._limits.salesforce_used}/{self._limits.salesforce_daily}"
        response.headers["Sforce-Limit-Info"] = usage
        return response

    def _route(self, request: Request) -> Response:
        path = request.path
        if path == "/services/oauth2/token" and request.method == "POST":
            return self.sessions.token(request)
        soap = re.fullmatch(r"/services/Soap/[uc]/(\d+)(?:\.0)?(?:/\w*)?", path)
        if soap:
            return self.sessions.soap_login(request, int(soap[1]))
        if path.startswith("/id/"):
            return self.sessions.identity(request)
        if path == "/services/data":
            return json_response(_versions())
        if len(request.target) > _LONGEST_HEAD:
            raise salesforce_error(414, "URI_TOO_LONG", "The requested URI is too long.")
        if len(request.target) + sum(map(len, request.headers.values())) > _LONGEST_HEAD:
            raise salesforce_error(431, "HEADER_TOO_LARGE", "Request header fields too large.")
        session = self.sessions.require(request)
        if not self._limits.count_salesforce():
            raise salesforce_error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if path.startswith("/services/async/"):
            return self._bulk_v1.answer(request)
        return self._resource(request, session)

    def _resource(self, request: Request, session: str) -> Response:
        """Answer what lies below a version of the API."""
        match = _RESOURCE.fullmatch(request.path)
        if match is None:
            raise _not_found()
        number, tail = int(match[1]), match[2] or "/"
        if number < OLDEST_VERSION:
            raise salesforce_error(
                410, "UNSUPPORTED_API_VERSION", f"API version {number}.0 is retired."
            )
        if number > NEWEST_VERSION:
            raise _not_found()
        version = f"{number}.0"
        if request.method != "GET" and not tail.startswith(_WITH_BODIES):
            raise salesforce_error(
                405, "METHOD_NOT_ALLOWED", f"HTTP Method '{request.method}' not allowed."
            )
        if tail in ("/query", "/queryAll"):
            return self._query(request, session, version, tail == "/queryAll")
        if cursor := _CURSOR.fullmatch(tail):
            number = int(cursor[3] or 1)
            return self._next_page(request, session, version, cursor[1], int(cursor[2]), number)
        if tail.startswith("/jobs/query"):
            return self.bulk.answer(request, version, tail.removeprefix("/jobs/query"))
        if tail == "/composite/batch":
            return self._batch(request, session)
        if tail == "/limits":
            jobs, most = self.bulk.created_count, self._trouble.bulk_daily_jobs
            return json_response(self._limits.salesforce_document(jobs, most))
        if tail == "/limits/recordCount":
            return json_response(self._record_counts(request))
        if tail == "/connect/organization":
            return json_response(self._organization())
        if tail == "/":
            base = f"/services/data/v{version}"
            names = ("sobjects", "query", "queryAll", "limits", "jobs", "composite")
            resources = {name: f"{base}/{name}" for name in names}
            identity = self.sessions.identity_url(request.base_url)
            return json_response({**resources, "identity": identity})
        return self._sobjects(request, version, tail)

    def _sobjects(self, request: Request, version: str, tail: str) -> Response:
        """The list of objects, one object, its describe, its changes or one of its records."""
        parts = tail.strip("/").split("/")
        if parts[0] != "sobjects" or len(parts) > 3:
            raise _not_found()
        pretty = "x-prettyprint" in request.headers
        if len(parts) == 1:
            objects = [o for o in map(self.schema.object, self.schema.names()) if o]
            document: dict[str, Any] = {
                "encoding": "UTF-8",
                "maxBatchSize": 200,
                "sobjects": [object_.listing(version) for object_ in objects],
            }
            return json_response(document, pretty=pretty)
        object_ = self.schema.object(parts[1])
        if object_ is None:
            raise _not_found()
        if len(parts) == 2:
            return json_response(
                {"objectDescribe": object_.listing(version), "recentItems": []}, pretty=pretty
            )
        if parts[2] == "describe":
            return json_response(object_.describe(version), pretty=pretty)
        if parts[2] == "deleted":
            return deleted_records(self._store, object_, request, self._trouble)
        if parts[2] == "updated":
            return updated_records(self._store, object_, request)
        return self._record(object_, version, parts[2])

    def _record(self, object_: OrgObject, version: str, key: str) -> Response:
        table = self._store.salesforce[object_.name]
        position = table.position(key)
        if position is None:
            raise _not_found()
        record = table.record(position)
        if record.get("IsDeleted"):
            raise salesforce_error(404, "ENTITY_IS_DELETED", "entity is deleted")
        fields = list(object_.fields.values())
        return json_response(rest_rows([record], object_.name, fields, version)[0])

    def _query(
        self, request: Request, session: str, version: str, include_deleted: bool
    ) -> Response:
        text = request.argument("q")
        if not text:
            raise salesforce_error(400, "MALFORMED_QUERY", "unexpected token: '<EOF>'")
        answer = answer_query(self._store, self.schema, text, include_deleted)
        batch = _batch_size(request)
        # The same query has the same cursor, so that its pages can be kept rendered.
        name = f"{text}|{include_deleted}|{batch}|{answer.table.revision}"
        cursor = "01g" + hashlib.sha256(name.encode()).hexdigest()[:15]
        if times_out(answer.query, len(answer.positions), self._trouble, self._store.clock()):
            raise salesforce_error(400, TIMEOUT_CODE, TIMEOUT_MESSAGE)
        if len(answer.positions) > self._page_size(batch, 0) and not answer.is_count:
            self.cursors.open(session, cursor, answer, batch)
        return self._page(request, version, answer, cursor, 0, 0, batch)

    def _next_page(
        self, request: Request, session: str, version: str, name: str, start: int, number: int
    ) -> Response:
        """A later page; the cursor belongs to the session that opened it."""
        cursor = self.cursors.use(session, name)
        return self._page(request, version, cursor.answer, name, start, number, cursor.batch)

    def _page_size(self, batch: int, number: int) -> int:
        """Records of a query's page, counted from 0: what was asked, or what the trouble is."""
        sizes = self._trouble.page_sizes
        return sizes[number % len(sizes)] if sizes else batch

    def _page(
        self,
        request: Request,
        version: str,
        answer: Answer,
        cursor: str,
        start: int,
        number: int,
        batch: int,
    ) -> Response:
        total, end = len(answer.positions), start + self._page_size(batch, number)
        pretty = "x-prettyprint" in request.headers
        if answer.is_count:
            return json_response({"totalSize": total, "done": True, "records": []}, pretty=pretty)
        following = f"{cursor}-{end}" + (f"-{number + 1}" if self._trouble.page_sizes else "")
        next_url = f"/services/data/v{version}/query/{following}" if end < total else None

        def render() -> Response:
            records = [answer.table.record(int(p)) for p in answer.positions[start:end]]
            rows = rest_rows(records, answer.object.name, answer.fields, version)
            return Response(200, rest_page(rows, total, next_url, pretty))

        revision = self._store.permissions.revision
        key = (answer.object.name, cursor, start, next_url, version, pretty, revision)
        return self.answers.response(request, key, render)

    def _batch(self, request: Request, session: str) -> Response:
        """Up to 25 requests in one call."""
        requests = request.json().get("batchRequests", [])
        if len(requests) > 25:
            raise salesforce_error(
                400, "LIMIT_EXCEEDED", "Batch size exceeds the limit of 25 subrequests."
            )
        headers = {n: v for n, v in request.headers.items() if n != "accept-encoding"}
        results = []
        for inner in requests:
            target = "/services/data/" + inner["url"].removeprefix("/services/data/").lstrip("/")
            part = Request(inner["method"], target, headers, b"", request.base_url)
            try:
                response = self._resource(part, session)
            except ApiError as error:
                response = error.response
            results.append({"statusCode": response.status, "result": _document(response)})
        has_errors = any(result["statusCode"] >= 400 for result in results)
        return json_response({"hasErrors": has_errors, "results": results})

    def _organization(self) -> dict[str, Any]:
        """What the Connect API says of the org: its currency only where it has just one."""
        organization = next(self._store.salesforce["Organization"].records(), {})
        has_several = any(self._store.salesforce["CurrencyType"].records())
        features: dict[str, Any] = {"chatter": True, "multiCurrency": has_several}
        if not has_several:
            features["defaultCurrencyIsoCode"] = organization.get("DefaultCurrencyIsoCode", "USD")
        return {
            "accessTimeout": 60,
            "features": features,
            "name": organization.get("Name", ""),
            "orgId": organization.get("Id", ""),
        }

    def _record_counts(self, request: Request) -> dict[str, Any]:
        wanted = request.arguments("sObjects") or self.schema.names()
        objects = [object_ for object_ in map(self.schema.object, wanted) if object_]
        counts = []
        for object_ in objects:
            text = f"SELECT COUNT() FROM {object_.name}"  # noqa: S608 - SOQL, and our own name
            found = answer_query(self._store, self.schema, text, include_deleted=False)
            counts.append({"count": len(found.positions), "name": object_.name})
        return {"sObjects": counts}


def _batch_size(request: Request) -> int:
    """Rows per page: what Sforce-Query-Options asks for, within the limits."""
    asked = re.search(r"batchSize=(\d+)", request.headers.get("sforce-query-options", ""))
    size = int(asked[1]) if asked else _LARGEST_BATCH
    return max(_SMALLEST_BATCH, min(_LARGEST_BATCH, size))


def _versions() -> list[dict[str, str]]:
    """The list at /services/data."""
    seasons = ("Winter", "Spring", "Summer")
    return [
        {
            "label": f"{seasons[(number - 2) % 3]} '{(number - 2) // 3 + 5:02d}",
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)
    ]


def _document(response: Response) -> Any:
    return orjson.loads(response.body) if response.body else None


def _not_found() -> ApiError:
    return salesforce_error(404, "NOT_FOUND", "The requested resource does not exist")
