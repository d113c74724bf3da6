"""Salesforce objects over SOQL: snapshots by Bulk 2.0 jobs, changes over REST."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from include.core.errors import AccessError
from include.core.reading import Page, Reading
from include.core.settings import Source
from include.core.window import Window
from include.extract.salesforce_bulk import BulkJob
from include.extract.salesforce_client import SalesforceClient, SalesforceCredentials
from include.extract.salesforce_deletions import tombstones
from include.extract.salesforce_errors import BulkRefusedError, UnknownFieldError
from include.extract.salesforce_fields import select_fields, soql
from include.extract.salesforce_rest import (
    REST_RECORD_LIMIT,
    JsonLinesFiles,
    fits_into_address,
    spool_query,
)
from include.tables.source_object import SourceObject

__all__ = ["SalesforceClient", "SalesforceCredentials", "connect", "read"]

Mode = Literal["snapshot", "delta"]


def connect(credentials: SalesforceCredentials, settings: Source) -> SalesforceClient:
    """Log in to the org.

    Raises:
        CredentialsError: the credentials are incomplete, or Salesforce does not accept them.
        ConfigurationError: the API version has no such login.
        RetryableError: the host cannot be reached.
    """
    return SalesforceClient(credentials, settings)


def read(
    client: SalesforceClient,
    source: SourceObject,
    window: Window,
    mode: Mode,
    spool: Path,
    custom_fields: Sequence[str] = (),
) -> Reading:
    """One object as files in the spool folder, deleted records included.

    snapshot: everything whose cursor is before the window's end. delta: everything whose cursor is
    in the window (ask for the widened one), and a record for each hard delete in it; those count
    as records of the source. A session that ends, a page cut off and a lost position in a result
    are mended while the pages are consumed.

    Raises (here or while the pages are consumed):
        AccessError: the object, its key or its cursor is not shown to us.
        StopError: a configured field does not exist; a Bulk job failed.
        IncompleteError: other than the announced number of records came.
        QuotaError: the configured share of the daily requests is used up.
        CredentialsError, RetryableError: as `connect`.
    """
    extraction = _Extraction(client, source, window, mode, spool, tuple(custom_fields))
    return extraction.reading


class _Extraction:
    """One reading under way: the choice of fields and API may change until the first page came."""

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
        self.reading = Reading("", "", (), (), self._pages())
        self._choose_fields()

    def _choose_fields(self) -> None:
        """Ask the org what the object looks like now, and write the query for it."""
        self._selection = select_fields(self._client, self._source, self._custom_fields)
        self.reading.fields = self._selection.names
        self.reading.custom_fields = self._selection.custom_names
        self.reading.query = soql(self._source, self._selection, self._window, self._mode)

    def _pages(self) -> Iterator[Page]:
        """Every file of the reading; the counts are final after the last."""
        try:
            try:
                way = self._begin()
            except UnknownFieldError:
                # Between description and query a field was removed or hidden; a second time is
                # no coincidence and stops.
                self._choose_fields()
                way = self._begin()
            yield from way
            if self._mode == "delta" and self._selection.has_deletion_log:
                yield from self._tombstone_pages()
        finally:
            self.reading.request_count = self._client.request_count - self._requests_before
            self.reading.quota = self._client.quota

    def _begin(self) -> Iterator[Page]:
        """Start the query where it costs least: REST for little, a Bulk job for much.

        Objects read in full each time are small, so they begin with REST too.
        """
        query = self.reading.query
        is_large = self._mode == "snapshot" and self._source.mode == "incremental"
        if not is_large and fits_into_address(query):
            pages = self._rest_pages(REST_RECORD_LIMIT)
            if pages is not None:
                return pages
        try:
            job = BulkJob(self._client, query)
        except BulkRefusedError:
            pages = self._rest_pages(None)
            assert pages is not None
            return pages
        return self._bulk_pages(job)

    def _rest_pages(self, record_limit: int | None) -> Iterator[Page] | None:
        """The result over REST; None when it is larger than the limit."""
        answer = spool_query(self._client, self.reading.query, self._spool, record_limit)
        if answer is None:
            return None
        self.reading.api = "rest"
        self.reading.source_count = answer.record_count
        return iter(answer.pages)

    def _bulk_pages(self, job: BulkJob) -> Iterator[Page]:
        """The result of a Bulk job."""
        self.reading.api = "bulk"
        yield from job.pages(self._spool)
        self.reading.source_count = job.record_count

    def _tombstone_pages(self) -> Iterator[Page]:
        """Files of records that were deleted for good."""
        files = JsonLinesFiles(self._spool, "deleted")
        for records in tombstones(self._client, self._source, self._window):
            files.write(records)
        for page in files.close():
            assert self.reading.source_count is not None
            self.reading.source_count += page.record_count
            yield page
