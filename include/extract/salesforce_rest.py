"""Query results over REST, page by page into JSON Lines files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import orjson

from include.core import lenient_json
from include.core.errors import IncompleteError, RetryableError
from include.core.reading import Page
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_errors import LostLocatorError, TooLargeError

RECORDS_PER_FILE = 50_000
# Salesforce takes 16,384 bytes of address and headers; the headers need some of them.
_QUERY_BYTE_LIMIT = 12_000
_QUERY_ATTEMPTS = 4
_RECORDS, _FIRST_RECORD, _NEXT_RECORD = b'"records":[', b'{"attributes":', b'},{"attributes":'
_NO_RECORDS = b'"records":[]}'


@dataclass(frozen=True)
class Answer:
    """A query's whole result, in files of the spool folder."""

    files: tuple[Page, ...]
    record_count: int


@dataclass(frozen=True)
class QueryPage:
    """One page of a query's result: its head without the records, and the records as JSON Lines."""

    head: dict[str, Any]
    lines: bytes
    record_count: int


def fits_into_address(query: str) -> bool:
    """REST carries the query in the address, whose length is limited."""
    return len(quote_plus(query)) <= _QUERY_BYTE_LIMIT


def spool_query(
    client: SalesforceClient,
    object_name: str,
    query: str,
    files: JsonLinesFiles,
    record_limit: int | None,
) -> Answer | None:
    """The result of a query, deleted records included; None when it is larger than the limit.

    Nothing is handed on before the last page is here: when the server loses the position in the
    result, the query starts again and what came so far is thrown away.

    Raises:
        TooLargeError: the server gave up on the query.
        IncompleteError: other than the announced number of records came.
        RetryableError: the position was lost again and again.
    """
    for _ in range(_QUERY_ATTEMPTS):
        try:
            return _spool_once(client, object_name, query, files, record_limit)
        except TooLargeError:
            files.discard()
            raise
        except LostLocatorError:
            files.discard()
    raise RetryableError(
        f"Salesforce lost the position in the query's result of {object_name} {_QUERY_ATTEMPTS} "
        "times.",
        "Run fewer programs as the integration user: more than ten open queries push one out.",
    )


def _spool_once(
    client: SalesforceClient,
    object_name: str,
    query: str,
    files: JsonLinesFiles,
    record_limit: int | None,
) -> Answer | None:
    """One try to follow a query from its first page to its last."""
    page = client.parsed(query_page, "GET", "queryAll/", params={"q": query})
    announced = page.head["totalSize"]
    if record_limit is not None and announced > record_limit:
        return None
    login = client.login_count
    received = 0
    while True:
        files.write(page.lines, page.record_count)
        received += page.record_count
        if page.head["done"]:
            break
        page = client.parsed(query_page, "GET", page.head["nextRecordsUrl"])
        if client.login_count != login:
            raise LostLocatorError("The session ended within a query.", "The query starts again.")
    if received != announced:
        raise IncompleteError(
            f"Salesforce announced {announced} records of {object_name} and sent {received}.",
            "Clear the task; it reads the window again.",
        )
    return Answer(files.close(), received)


def query_page(content: bytes) -> QueryPage:
    """One page of a query's result from the answer's bytes.

    The records stay the bytes they are, only with line breaks between them: the text that is
    looked for has quotes no value can have unescaped. An answer that is written in another way
    than Salesforce's compact one is decoded.

    Raises:
        JSONDecodeError: it is no JSON.
    """
    begin = content.find(_RECORDS)
    records = content[begin + len(_RECORDS) : -2]
    if begin > 0 and content.endswith(b"]}") and (records.startswith(_FIRST_RECORD) or not records):
        head = orjson.loads(content[:begin] + _NO_RECORDS)
        if "totalSize" in head:
            lines = records.replace(_NEXT_RECORD, b'}\n{"attributes":')
            return QueryPage(head, lines, lines.count(b"\n") + 1 if lines else 0)
    head = lenient_json.loads(content)
    decoded = head.pop("records")
    return QueryPage(head, b"\n".join(map(orjson.dumps, decoded)), len(decoded))


class JsonLinesFiles:
    """Records written to JSON Lines files of a bounded number of records each."""

    def __init__(self, folder: Path, stem: str) -> None:
        self._folder = folder
        self._stem = stem
        self._counts: list[int] = []

    def write(self, lines: bytes, record_count: int) -> None:
        """Append records to the newest file, or begin the next one when it is full."""
        if not record_count:
            return
        is_new = not self._counts or self._counts[-1] >= RECORDS_PER_FILE
        if is_new:
            self._counts.append(0)
        with self._path(len(self._counts)).open("wb" if is_new else "ab") as stream:
            stream.write(lines)
            stream.write(b"\n")
        self._counts[-1] += record_count

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


def last_key(path: Path, key: str) -> str:
    """The key of a file's last record."""
    last = b""
    with path.open("rb") as stream:
        for line in stream:
            last = line
    return str(lenient_json.loads(last)[key])


def add_values(path: Path, values: Mapping[str, str]) -> None:
    """Give each record of a file some values more. The file is held in memory: it is a small one."""
    records = map(lenient_json.loads, path.read_bytes().splitlines())
    path.write_bytes(b"".join(orjson.dumps({**each, **values}) + b"\n" for each in records))
