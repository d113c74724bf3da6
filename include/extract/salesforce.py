"""Salesforce objects over SOQL: snapshots by Bulk 2.0 jobs, changes over REST."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import orjson

from include.core.errors import AccessError
from include.core.reading import Checkpoint, Page, Reading
from include.core.settings_sources import Source
from include.core.window import Window
from include.extract import salesforce_csv, salesforce_rest
from include.extract.salesforce_bulk import Bookmark, BulkJob, BulkPage
from include.extract.salesforce_client import SalesforceClient
from include.extract.salesforce_credentials import SalesforceCredentials
from include.extract.salesforce_deletions import DeletionLog
from include.extract.salesforce_errors import (
    BulkRefusedError,
    LostJobError,
    LostLocatorError,
    TooLargeError,
    UnknownFieldError,
)
from include.extract.salesforce_fields import select_fields
from include.extract.salesforce_parts import Part, whole
from include.extract.salesforce_progress import Progress
from include.extract.salesforce_rest import JsonLinesFiles, fits_into_address, spool_query
from include.tables.source_object import SourceObject

__all__ = ["SalesforceClient", "SalesforceCredentials", "account_id", "connect", "read"]

Mode = Literal["snapshot", "delta"]

# Above this a Bulk job takes fewer requests and less time.
REST_RECORD_LIMIT = 10_000


def connect(credentials: SalesforceCredentials, settings: Source) -> SalesforceClient:
    """Log in to the org.

    Raises:
        CredentialsError: the credentials are incomplete, or Salesforce does not accept them.
        ConfigurationError: the API version has no such login.
        RetryableError: the host cannot be reached.
    """
    return SalesforceClient(credentials, settings)


def account_id(client: SalesforceClient) -> str | None:
    """Id of the org, None where it shows us none.

    Raises: as its requests.
    """
    answer = client.json("GET", "query/", params={"q": "SELECT Id FROM Organization"})
    return str(answer["records"][0]["Id"]) if answer["records"] else None


def read(
    client: SalesforceClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    spool: Path,
    custom_fields: Sequence[str] = (),
    resume: Checkpoint | None = None,
) -> Reading:
    """One object as files in the spool folder, deleted records included.

    snapshot: everything, so that what is not in it is gone. delta: everything whose cursor is in
    the window (ask for the widened one), and a record for each hard delete in it; those count as
    records of the source. A session that ends, a page cut off, a lost position in a result and
    a query the server gives up on are mended while the pages are consumed. `resume` is the
    checkpoint of an earlier try's last page; the reading goes on after it where the fields, the
    query and the job are still the same.

    Raises (here or while the pages are consumed):
        AccessError: the object, its key or its cursor is not shown to us.
        StopError: a configured field does not exist; somebody aborted a Bulk job.
        IncompleteError: other than the announced number of records came.
        QuotaError: the configured share of the daily requests is used up.
        CredentialsError, RetryableError: as `connect`; the server gave up on small parts too.
    """
    extraction = _Extraction(client, source, window, mode, spool, tuple(custom_fields))
    if resume is not None:
        extraction.resume(resume)
    return extraction.reading


class _Extraction:
    """One reading under way: part by part, each over the API that costs least."""

    def __init__(
        self,
        client: SalesforceClient,
        source: SourceObject,
        window: Window,
        mode: Mode,
        spool: Path,
        custom_fields: tuple[str, ...],
    ) -> None:
        if mode == "delta" and source.cursor is None:
            raise AccessError(
                f"{source.id} has no cursor, so changes of a window cannot be asked for.",
                "Set its mode to full in include/tables/salesforce.py.",
            )
        self._client = client
        self._source = source
        self._window = window
        self._mode = mode
        self._spool = spool
        self._custom_fields = custom_fields
        self._requests_before = client.request_count
        self._is_described_again = False
        self._is_bulk_refused = False
        self._answer_count = 0
        self._resumed: Iterator[Page] | None = None
        self.reading = Reading("", "", (), (), self._pages())
        self._choose_fields()

    def _choose_fields(self) -> None:
        """Ask the org what the object looks like now, and write the query for it."""
        self._selection = select_fields(self._client, self._source, self._custom_fields)
        everything = whole(self._source, self._window, self._mode)
        query = everything.soql(self._source, self._selection.names)
        self._progress = Progress(query, [everything])
        self.reading.query = query
        self.reading.fields = (*self._selection.names, *self._selection.told)
        self.reading.custom_fields = self._selection.custom_names
        self.reading.missing_fields = self._selection.missing_names
        self.reading.served_at = self._client.answered_at

    def resume(self, checkpoint: Checkpoint) -> None:
        """Go on where an earlier try stopped, if its query is ours and its job is still there.

        The next page is fetched at once: only that shows whether the server knows the position.
        """
        earlier = Progress.from_checkpoint(checkpoint)
        bookmark = earlier.bookmark
        is_ours = earlier.query == self._progress.query
        if is_ours and bookmark:
            try:
                self._resumed = self._found_again(bookmark)
            except (LostJobError, LostLocatorError):
                is_ours = False
        if is_ours:
            self._progress = earlier
            self.reading.is_resumed = True
        elif bookmark:
            BulkJob.left_over(self._client, self._source.name, bookmark).remove()

    def _found_again(self, bookmark: Bookmark) -> Iterator[Page]:
        """The pages of a job after the bookmark, the first of them fetched."""
        job = BulkJob.found_again(self._client, self._source.name, bookmark)
        pages = job.pages(self._spool)
        first = list(itertools.islice(pages, 1))
        return self._job_pages(job, itertools.chain(first, pages))

    def _pages(self) -> Iterator[Page]:
        """Every file of the reading; the counts are final after the last."""
        try:
            while self._progress.parts:
                resumed, self._resumed = self._resumed, None
                yield from resumed or self._begin()
            if self._mode == "delta" and self._selection.has_deletion_log:
                yield from self._tombstone_pages()
            self.reading.source_count = self._progress.source_count
            self.reading.has_deletion_gap = self._progress.has_deletion_gap
        finally:
            self.reading.api = "bulk" if self._progress.is_bulk else "rest"
            self.reading.request_count = self._request_count()
            self.reading.quota = self._client.quota

    def _begin(self) -> Iterator[Page]:
        """The first part's files; none when it has to be narrowed, or described again, before."""
        part = self._progress.parts[0]
        try:
            return self._part_pages(part)
        except UnknownFieldError:
            # Between description and query a field was removed or hidden. A second time is no
            # coincidence, and files with other fields must not come together.
            if self._is_described_again or self._progress.source_count:
                raise
            self._is_described_again = True
            self._choose_fields()
        except TooLargeError:
            parts = part.narrowed()
            if not parts:
                raise
            self._progress.parts[:1] = parts
        return iter(())

    def _part_pages(self, part: Part) -> Iterator[Page]:
        """Start a query where it costs least: REST for little, a Bulk job for much.

        Objects read in full each time are small, so they begin with REST too.
        """
        query = part.soql(self._source, self._selection.names)
        is_large = self._mode == "snapshot" and self._source.mode == "incremental"
        if not is_large and fits_into_address(query):
            pages = self._rest_pages(part, query, REST_RECORD_LIMIT)
            if pages is not None:
                return pages
        if not self._is_bulk_refused:
            try:
                job = BulkJob.create(self._client, self._source.name, query)
                job.wait()
                return self._job_pages(job, job.pages(self._spool))
            except BulkRefusedError:
                self._is_bulk_refused = True
        pages = self._rest_pages(part, query, None)
        assert pages is not None
        return pages

    def _rest_pages(
        self, part: Part, query: str, record_limit: int | None
    ) -> Iterator[Page] | None:
        """A part's files over REST; None when it is larger than the limit."""
        self._answer_count += 1
        files = JsonLinesFiles(self._spool, f"rest-{self._answer_count}")
        answer = spool_query(self._client, self._source.name, query, files, record_limit)
        if answer is None:
            return None
        for page in answer.files if self._selection.told else ():
            salesforce_rest.add_values(page.path, self._selection.told)
        last_key = None
        if answer.files and part.limit is not None:
            last_key = salesforce_rest.last_key(answer.files[-1].path, self._source.key)
        self._progress.finish_part(answer.record_count, last_key)
        return self._with_checkpoint(answer.files)

    def _job_pages(self, job: BulkJob, pages: Iterator[BulkPage]) -> Iterator[Page]:
        """A part's files of a Bulk job, each with where to go on; then the job is removed."""
        progress, part = self._progress, self._progress.parts[0]
        progress.is_bulk = True
        is_finished = False
        for page in pages:
            if part.limit is not None:
                progress.last_key = salesforce_csv.last_key(page.path, self._source.key)
            progress.bookmark = page.bookmark
            if page.bookmark.is_end:
                progress.finish_part(job.record_count, progress.last_key)
                is_finished = True
            yield Page(page.path, "csv", page.record_count, self._checkpoint())
        if not is_finished:
            progress.finish_part(job.record_count, progress.last_key)
        job.remove()

    def _tombstone_pages(self) -> Iterator[Page]:
        """Files of records that were deleted for good, unless an earlier try told them."""
        progress = self._progress
        if progress.are_deletions_told:
            return
        files = JsonLinesFiles(self._spool, "deleted")
        log = DeletionLog(self._client, self._source, self._window)
        for records in log.tombstones():
            files.write(b"\n".join(map(orjson.dumps, records)), len(records))
        pages = files.close()
        progress.source_count += sum(page.record_count for page in pages)
        progress.are_deletions_told = True
        progress.has_deletion_gap = log.has_gap
        yield from self._with_checkpoint(pages)

    def _with_checkpoint(self, pages: tuple[Page, ...]) -> Iterator[Page]:
        """Files that belong together: only after the last can a reading go on."""
        yield from pages[:-1]
        for last in pages[-1:]:
            yield replace(last, checkpoint=self._checkpoint())

    def _checkpoint(self) -> Checkpoint:
        """How far the reading has come."""
        return {**self._progress.to_checkpoint(), "request_count": self._request_count()}

    def _request_count(self) -> int:
        """Requests of this try and of those before that it goes on from."""
        here = self._client.request_count - self._requests_before
        return self._progress.request_count + here
