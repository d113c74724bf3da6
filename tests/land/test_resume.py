"""A landing that broke off goes on: the parts that are there stay, and nothing comes twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.batch import file_sha256, read_frames, read_manifest
from include.core.errors import AccessError, IncompleteError, QuotaError, RetryableError, StopError
from include.core.reading import Checkpoint, Page, Reading
from include.core.warehouse import engine_for
from include.core.window import Window
from include.land.landing import land
from include.tables import ops, source_object

OPPORTUNITY = source_object("salesforce.opportunity")
WINDOW = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
FIRST_TRY_AT = datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
SECOND_TRY_AT = FIRST_TRY_AT + timedelta(hours=1)
# Five pages of two records: 10 records in all.
PAGES = [[f"006{number}A", f"006{number}B"] for number in range(5)]
RECORDS = [id_ for page in PAGES for id_ in page]


class Source:
    """A source of five pages that can be gone on with after each, and what was asked of it."""

    def __init__(self, broken_after: int | None = None, error: BaseException | None = None) -> None:
        self.broken_after = broken_after
        self.error = error
        self.given: list[Checkpoint | None] = []
        self.sent: list[int] = []
        self.accepts_checkpoints = True
        self.gives_checkpoints = True

    def __call__(self, spool: Path, resume: Checkpoint | None) -> Reading:
        self.given.append(resume)
        reading = Reading("test", "", ("Id",), (), iter(()), len(RECORDS), 1)
        reading.pages = self._pages(spool, resume, reading)
        return reading

    def _pages(self, spool: Path, resume: Checkpoint | None, reading: Reading) -> Iterator[Page]:
        reading.is_resumed = resume is not None and self.accepts_checkpoints
        start = resume["next"] if resume and reading.is_resumed else 0
        for number in range(start, len(PAGES)):
            path = spool / f"page-{number}.jsonl"
            lines = [json.dumps({"Id": id_}) + "\n" for id_ in PAGES[number]]
            path.write_text(lines[0])
            if self.broken_after == number:
                self._break()
            path.write_text("".join(lines))
            self.sent.append(number)
            checkpoint = {"next": number + 1} if self.gives_checkpoints else None
            yield Page(path, "jsonl", 2, checkpoint)

    def _break(self) -> None:
        if self.error is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            raise self.error


@pytest.fixture
def landed(warehouse: sa.Engine, tmp_path: Path) -> Callable[..., str]:
    def call(read: Any, at: datetime = FIRST_TRY_AT, run_id: str = "run", window=WINDOW) -> str:
        return land(warehouse, tmp_path, OPPORTUNITY, window, "delta", run_id, at, read)

    return call


def rows(engine: sa.Engine) -> list[sa.Row]:
    with engine.connect() as connection:
        window = ops.extract_window
        return list(connection.execute(sa.select(window).order_by(window.c.batch_id)))


def folder_of(tmp_path: Path, batch_id: str) -> Path:
    return tmp_path / "salesforce" / "opportunity" / batch_id


def check_whole(folder: Path) -> None:
    """Every record once, each part as its manifest says, and nothing else in the folder."""
    manifest = read_manifest(folder)
    ids = [id_ for frame in read_frames(folder, manifest, ["Id"]) for id_ in frame["Id"]]
    assert sorted(ids) == RECORDS
    assert manifest.source_count == manifest.landed_count == 10
    assert [file_sha256(folder / part.name) for part in manifest.parts] == [
        part.sha256 for part in manifest.parts
    ]
    names = {path.name for path in folder.iterdir()}
    assert names == {"manifest.json", *(part.name for part in manifest.parts)}
    beside = [path.name for path in folder.parent.iterdir() if path.name != folder.name]
    assert beside == []


PASSING = [
    RetryableError("Cut off.", "It is tried again."),
    QuotaError("Used up.", "Wait."),
    OSError("disk full"),
    KeyboardInterrupt(),
    SystemExit("told to end"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_trouble_that_passes_leaves_the_parts_and_where_to_go_on(
    landed, warehouse, tmp_path, error
):
    with pytest.raises(type(error)):
        landed(Source(broken_after=3, error=error))
    [row] = rows(warehouse)
    assert row.status == "failed"
    assert row.checkpoint_at >= FIRST_TRY_AT

    source = Source()
    batch_id = landed(source, SECOND_TRY_AT)
    assert source.given == [{"next": 3}]
    assert source.sent == [3, 4]
    [row] = rows(warehouse)
    assert row.batch_id == batch_id
    # Values of the first pages are of the first try, and no newer.
    assert row.extracted_at == FIRST_TRY_AT
    assert row.landed_at >= SECOND_TRY_AT
    assert (row.status, row.error, row.checkpoint_at) == ("landed", None, None)
    assert (row.source_count, row.landed_count) == (10, 10)
    manifest = read_manifest(folder_of(tmp_path, batch_id))
    assert manifest.extracted_at == FIRST_TRY_AT
    check_whole(folder_of(tmp_path, batch_id))


@pytest.mark.parametrize(
    "error",
    [
        StopError("The job failed.", "Correct it."),
        IncompleteError("Lost.", "Clear."),
        AccessError("Hidden.", "Grant."),
        ZeroDivisionError("a defect"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_trouble_that_stays_leaves_nothing(landed, warehouse, tmp_path, error):
    with pytest.raises(type(error)):
        landed(Source(broken_after=3, error=error))
    assert [(row.status, row.checkpoint_at) for row in rows(warehouse)] == [("failed", None)]
    assert list((tmp_path / "salesforce" / "opportunity").iterdir()) == []
    source = Source()
    check_whole(folder_of(tmp_path, landed(source)))
    assert source.given == [None]


def test_many_tries_make_one_batch(landed, warehouse, tmp_path):
    cut = RetryableError("Cut off.", "It is tried again.")
    sent = []
    for number in (1, 2, 2, 4):
        source = Source(broken_after=number, error=cut)
        with pytest.raises(RetryableError):
            landed(source)
        sent.append(source.sent)
    last = Source()
    check_whole(folder_of(tmp_path, landed(last)))
    assert [*sent, last.sent] == [[0], [1], [], [2, 3], [4]]
    assert len(rows(warehouse)) == 1


def test_a_checkpoint_that_no_longer_works_begins_anew_without_doubles(landed, warehouse, tmp_path):
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=RetryableError("Cut off.", "Again.")))
    source = Source()
    source.accepts_checkpoints = False
    batch_id = landed(source)
    assert source.given == [{"next": 3}]
    assert source.sent == [0, 1, 2, 3, 4]
    check_whole(folder_of(tmp_path, batch_id))
    assert [row.status for row in rows(warehouse)] == ["landed"]


def test_after_beginning_anew_the_old_checkpoint_is_forgotten(landed, tmp_path):
    """It names parts that are gone, and a third try would go on after records it has not."""
    cut = RetryableError("Cut off.", "It is tried again.")
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=cut))
    second = Source(broken_after=1, error=cut)
    second.accepts_checkpoints = False
    with pytest.raises(RetryableError):
        landed(second)
    third = Source()
    check_whole(folder_of(tmp_path, landed(third)))
    assert third.given == [{"next": 1}]


def test_pages_without_a_checkpoint_are_read_again(landed, tmp_path):
    source = Source(broken_after=3, error=RetryableError("Cut off.", "Again."))
    source.gives_checkpoints = False
    with pytest.raises(RetryableError):
        landed(source)
    again = Source()
    check_whole(folder_of(tmp_path, landed(again)))
    assert again.given == [None]


def test_a_part_that_was_damaged_counts_no_more(landed, warehouse, tmp_path):
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=RetryableError("Cut off.", "Again.")))
    part = folder_of(tmp_path, rows(warehouse)[0].batch_id) / "part-00001.jsonl"
    part.chmod(0o644)
    part.write_bytes(part.read_bytes()[:-4])
    source = Source()
    check_whole(folder_of(tmp_path, landed(source)))
    assert source.given == [None]
    assert [row.status for row in rows(warehouse)] == ["failed", "landed"]


def test_another_run_or_window_goes_on_with_nothing(landed, warehouse, tmp_path):
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=RetryableError("Cut off.", "Again.")))
    for run_id, window in (
        ("other", Window(WINDOW.start, WINDOW.end - timedelta(hours=1))),
        ("run", Window(WINDOW.start, WINDOW.end - timedelta(hours=2))),
    ):
        source = Source()
        landed(source, run_id=run_id, window=window)
        assert source.given == [None]
    # What was begun is still there for its own run.
    source = Source()
    landed(source)
    assert source.given == [{"next": 3}]


def test_what_another_run_began_goes_once_its_window_has_landed(landed, warehouse, tmp_path):
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=RetryableError("Cut off.", "Again.")))
    [begun] = rows(warehouse)
    batch_id = landed(Source(), run_id="other")
    check_whole(folder_of(tmp_path, batch_id))
    assert {row.batch_id: (row.status, row.checkpoint_at) for row in rows(warehouse)} == {
        begun.batch_id: ("failed", None),
        batch_id: ("landed", None),
    }


def test_two_tries_at_once_do_not_write_into_one_batch(landed, warehouse, tmp_path):
    """As when the scheduler takes a task for dead that still reads."""
    refused = []

    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        with pytest.raises(RetryableError, match="still being read by an earlier try") as caught:
            landed(Source())
        refused.append(str(caught.value))
        return Source()(spool, resume)

    check_whole(folder_of(tmp_path, landed(read)))
    assert len(refused) == 1
    assert [row.status for row in rows(warehouse)] == ["landed"]


def when_given_back(engine: sa.Engine, times: int, act: Callable[[], object]) -> None:
    """Do something once a connection has been given back so many times."""
    left = [act, *[None] * (times - 1)]

    def given_back(*_: Any) -> None:
        if left and (due := left.pop()):
            due()

    sa.event.listen(engine.pool, "checkin", given_back)


def test_a_try_that_was_slow_does_not_undo_what_the_next_one_has_landed(
    landed, warehouse, tmp_path
):
    """Both found the same batch to go on with; one waited until the other was done with it."""
    with pytest.raises(RetryableError):
        landed(Source(broken_after=3, error=RetryableError("Cut off.", "Again.")))
    # After it has looked for earlier tries.
    when_given_back(warehouse, 1, lambda: landed(Source()))
    with pytest.raises(RetryableError, match="went on with batch"):
        landed(Source())
    [row] = rows(warehouse)
    assert row.status == "landed"
    assert landed(Source()) == row.batch_id
    check_whole(folder_of(tmp_path, row.batch_id))


def test_a_try_that_was_given_up_before_it_read_reads_nothing(landed, warehouse, tmp_path):
    """It would land values of a later instant than its batch says."""
    # After it has entered its batch.
    when_given_back(warehouse, 2, lambda: landed(Source(), SECOND_TRY_AT))
    slow = Source()
    with pytest.raises(RetryableError, match="went on with batch"):
        landed(slow)
    assert slow.given == []
    assert [row.status for row in rows(warehouse)] == ["failed", "landed"]
    check_whole(folder_of(tmp_path, rows(warehouse)[1].batch_id))


def test_what_a_process_was_killed_at_goes_once_another_run_has_landed_it(
    landed, warehouse, tmp_path
):
    """Nobody runs that task again, and what it left would stay on the disk for good."""
    kill_at(warehouse, tmp_path, 3)
    [begun] = rows(warehouse)
    batch_id = landed(Source(), run_id="other")
    check_whole(folder_of(tmp_path, batch_id))
    assert {row.batch_id: (row.status, row.checkpoint_at) for row in rows(warehouse)} == {
        begun.batch_id: ("failed", None),
        batch_id: ("landed", None),
    }


def test_what_another_run_reads_at_this_moment_is_left_alone(landed, warehouse, tmp_path):
    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        landed(Source(), run_id="other")
        return Source()(spool, resume)

    landed(read)
    for row in rows(warehouse):
        assert read_manifest(folder_of(tmp_path, row.batch_id)).landed_count == 10
    assert [row.status for row in rows(warehouse)] == ["landed", "landed"]


def test_parts_are_on_disk_before_the_manifest_names_them(landed, tmp_path, monkeypatch):
    """After a power cut the warehouse still has what it loaded of them."""
    flushed: list[str] = []
    flush = os.fsync

    def noting(descriptor: int) -> None:
        flushed.append(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", noting)
    batch_id = landed(Source())
    pages = [name for name in flushed if name.startswith("page-")]
    assert pages == [f"page-{number}.jsonl" for number in range(5)]
    last = [".manifest.json", batch_id, OPPORTUNITY.table]
    assert flushed[-3:] == last


def _land_and_die(url: str, folder: str, broken_after: int) -> None:
    """The body of the process that is killed."""
    land(
        engine_for(url),
        Path(folder),
        OPPORTUNITY,
        WINDOW,
        "delta",
        "run",
        FIRST_TRY_AT,
        Source(broken_after),
    )


def kill_at(warehouse: sa.Engine, tmp_path: Path, broken_after: int) -> None:
    """Let a process land the object until it is killed."""
    url = warehouse.url.render_as_string(hide_password=False)
    process = multiprocessing.get_context("spawn").Process(
        target=_land_and_die, args=(url, str(tmp_path), broken_after)
    )
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("broken_after", [0, 1, 4])
def test_a_process_that_is_killed_is_gone_on_from(landed, warehouse, tmp_path, broken_after):
    kill_at(warehouse, tmp_path, broken_after)
    assert [row.status for row in rows(warehouse)] == ["extracting"]

    source = Source()
    batch_id = landed(source, SECOND_TRY_AT)
    assert source.sent == list(range(broken_after, 5))
    check_whole(folder_of(tmp_path, batch_id))
    expected = ["landed"] if broken_after else ["failed", "landed"]
    assert [row.status for row in rows(warehouse)] == expected
