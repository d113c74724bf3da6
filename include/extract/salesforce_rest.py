"""Query results over REST, page by page into JSON Lines files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import orjson

from include.core.errors import IncompleteError, RetryableError
from include.core.reading import Page
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_errors import LostLocatorError

RECORDS_PER_FILE = 50_000
# Above this a Bulk job takes fewer requests and less time.
REST_RECORD_LIMIT = 10_000
# Salesforce takes 16,384 bytes of address and headers; the headers need some of them.
_QUERY_BYTE_LIMIT = 12_000
_QUERY_ATTEMPTS = 4


@dataclass(frozen=True)
class Answer:
    """A query's whole result, in files of the spool folder."""

    pages: tuple[Page, ...]
    record_count: int


def fits_into_address(query: str) -> bool:
    """REST carries the query in the address, whose length is limited."""
    return len(quote_plus(query)) <= _QUERY_BYTE_LIMIT


def spool_query(
    client: SalesforceClient, query: str, spool: Path, record_limit: int | None
) -> Answer | None:
    """The result of a query, deleted records included; None when it is larger than the limit.

    Nothing is handed on before the last page is here: when the server loses the position in the
    result, the query starts again and what came so far is thrown away.

    Raises:
        IncompleteError: other than the announced number of records came.
        RetryableError: the position was lost again and again.
    """
    for attempt in range(1, _QUERY_ATTEMPTS + 1):
        files = JsonLinesFiles(spool, f"rest-{attempt}")
        try:
            return _spool_once(client, query, files, record_limit)
        except LostLocatorError:
            files.discard()
    raise RetryableError(
        f"Salesforce lost the position in the query's result {_QUERY_ATTEMPTS} times.",
        "Run fewer programs as the integration user: more than ten open queries push one out.",
    )


def _spool_once(
    client: SalesforceClient, query: str, files: JsonLinesFiles, record_limit: int | None
) -> Answer | None:
    """One try to follow a query from its first page to its last."""
    answer = client.json("GET", "queryAll/", params={"q": query})
    announced = answer["totalSize"]
    if record_limit is not None and announced > record_limit:
        return None
    login = client.login_count
    received = 0
    while True:
        files.write(answer["records"])
        received += len(answer["records"])
        if answer["done"]:
            break
        answer = client.json("GET", answer["nextRecordsUrl"])
        if client.login_count != login:
            raise LostLocatorError("The session ended within a query.", "The query starts again.")
    if received != announced:
        raise IncompleteError(
            f"Salesforce announced {announced} records and sent {received}.",
            "Clear the task; it reads the window again.",
        )
    return Answer(files.close(), received)


class JsonLinesFiles:
    """Records written to JSON Lines files of a bounded number of records each."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder = folder
        self._stem = stem
        self._counts: list[int] = []

    def write(self, records: Iterable[dict[str, Any]]) -> None:
        """Append records to the newest file, or begin the next one when it is full."""
        lines = [orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records]
        if not lines:
            return
        if not self._counts or self._counts[-1] >= RECORDS_PER_FILE:
            self._counts.append(0)
        with self._path(len(self._counts)).open("ab") as stream:
            stream.writelines(lines)
        self._counts[-1] += len(lines)

    def close(self) -> tuple[Page, ...]:
        """The files written."""
        return tuple(
            Page(self._path(number), "jsonl", count) for number, count in enumerate(self._counts, 1)
        )

    def discard(self) -> None:
        """Delete the files written."""
        for page in self.close():
            page.path.unlink()
        self._counts.clear()

    def _path(self, number: int) -> Path:
        """The file of this number, from 1."""
        return self._folder / f"{self._stem}-{number:05d}.jsonl"
