"""Landing with real files and a real ledger: whole and unchangeable, or nothing but a ledger row."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from include.core.batch import read_frames, read_manifest
from include.core.errors import AccessError, IncompleteError, QuotaError, StopError
from include.core.reading import Checkpoint, Page, Quota, Reading
from include.core.window import BEGINNING, Window
from include.land.landing import land
from include.tables import ops, source_object
from tests.land.test_ledger import NO_SWEEPS, enter, plan

OPPORTUNITY = source_object("salesforce.opportunity")
LOGIN = source_object("salesforce.login")
WINDOW = Window(datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC))
EXTRACTED_AT = datetime(2026, 11, 22, 0, 10, tzinfo=UTC)
CSV = b'"Id","Name"\n"006A","Two\nlines"\n"006B",""\n'
JSON_LINES = b'{"Id":"006C","Name":"C"}\n'


def reader(
    announced: int | None = 3, error: BaseException | None = None
) -> Callable[[Path, Checkpoint | None], Reading]:
    """A reading of two files, which breaks off after the first when it is given an error."""

    def pages(spool: Path) -> Iterator[Page]:
        first, second = spool / "a.csv", spool / "b.jsonl"
        first.write_bytes(CSV)
        yield Page(first, "csv", 2)
        if error:
            (spool / "half.csv").write_bytes(CSV[:20])
            raise error
        second.write_bytes(JSON_LINES)
        yield Page(second, "jsonl", 1)

    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        return Reading("bulk", "SELECT", ("Id", "Name"), (), pages(spool), announced, 7)

    return read


@pytest.fixture
def landed(warehouse: sa.Engine, tmp_path: Path) -> Callable[..., str]:
    def call(read=None, source=OPPORTUNITY, run_id="scheduled__2026-11-22") -> str:
        return land(
            warehouse, tmp_path, source, WINDOW, "delta", run_id, EXTRACTED_AT, read or reader()
        )

    return call


def rows(engine: sa.Engine) -> list[sa.Row]:
    with engine.connect() as connection:
        statement = sa.select(ops.extract_window).order_by(ops.extract_window.c.batch_id)
        return list(connection.execute(statement))


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_batch_is_its_parts_and_a_manifest_that_reads_back(landed, warehouse, tmp_path):
    batch_id = landed()
    folder = tmp_path / "salesforce" / "opportunity" / batch_id
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "part-00000.csv",
        "part-00001.jsonl",
    ]
    manifest = read_manifest(folder)
    assert manifest.window == WINDOW
    assert [part.record_count for part in manifest.parts] == [2, 1]
    assert [part.byte_count for part in manifest.parts] == [len(CSV), len(JSON_LINES)]
    assert manifest.parts[0].sha256 == hashlib.sha256(CSV).hexdigest()
    names = [
        None if missing else name
        for frame in read_frames(folder, manifest, ["Id", "Name"])
        for name, missing in zip(frame["Name"], frame["Name"].isna(), strict=True)
    ]
    assert names == ["Two\nlines", None, "C"]
    [row] = rows(warehouse)
    assert (row.status, row.source_count, row.landed_count, row.request_count) == (
        "landed",
        3,
        3,
        7,
    )
    assert row.manifest_path == f"salesforce/opportunity/{batch_id}"
    assert row.landed_at >= EXTRACTED_AT
    assert row.error is None


@pytest.mark.parametrize("path", ["Region__c", "properties.region"])
def test_a_field_listed_anew_is_read_of_all_records(landed, warehouse, path):
    """What stands in it of records that do not change would be missing until the next sweep."""
    name = path.removeprefix("properties.")

    def read_with(*custom: str) -> None:
        def read(spool: Path, resume: Checkpoint | None) -> Reading:
            return dataclasses.replace(reader()(spool, resume), custom_fields=custom)

        enter_loaded(warehouse, landed(read, run_id=f"with {custom}"))

    def planned(*listed: str) -> list[str]:
        salesforce = NO_SWEEPS.salesforce.model_copy(
            update={"custom_fields": {"opportunity": list(listed)}}
        )
        sources = NO_SWEEPS.model_copy(update={"salesforce": salesforce})
        return [each.mode for each in plan(warehouse, now=EXTRACTED_AT, sources=sources)]

    enter(warehouse, Window(BEGINNING, WINDOW.start), "snapshot", read_fields=["opportunity_name"])
    read_with()
    assert planned() == ["delta"]
    assert planned(name) == ["delta", "snapshot"]
    # With a delta it is not done.
    read_with(path)
    assert planned(name) == ["delta", "snapshot"]
    both = ["opportunity_name", name]
    swept = {"extracted_at": EXTRACTED_AT + timedelta(minutes=1), "read_fields": both}
    enter(warehouse, Window(BEGINNING, WINDOW.end), "snapshot", **swept)
    assert planned(name) == ["delta"]
    assert planned() == ["delta"]


def enter_loaded(engine: sa.Engine, batch_id: str) -> None:
    """Staging holds a landed batch."""
    with engine.begin() as connection:
        connection.execute(
            ops.extract_window.update()
            .where(ops.extract_window.c.batch_id == batch_id)
            .values(status="loaded")
        )


@pytest.mark.parametrize(("ahead_seconds", "is_landed"), [(-300, True), (60, True), (61, False)])
def test_a_window_that_ends_later_than_it_is_does_not_land(
    landed, warehouse, tmp_path, ahead_seconds, is_landed
):
    """Our clock is ahead: what changes until then is in no answer, and would count as read."""

    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        served_at = WINDOW.end - timedelta(seconds=ahead_seconds)
        return dataclasses.replace(reader()(spool, resume), served_at=served_at)

    if is_landed:
        assert landed(read)
        return
    said = r"read up to 2026-11-22 00:00:00 UTC, and it was 2026-11-21 23:58:59 by the clock of salesforce"
    with pytest.raises(StopError, match=said):
        landed(read)
    [row] = rows(warehouse)
    assert (row.status, files(tmp_path)) == ("failed", [])


def test_nothing_landed_can_be_written_to(landed, tmp_path):
    folder = tmp_path / "salesforce" / "opportunity" / landed()
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o400"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_a_try_with_nothing_to_go_on_with_makes_a_batch_of_its_own(landed, warehouse):
    with pytest.raises(QuotaError):
        landed(reader(error=QuotaError("Used up.", "Wait.")))
    batch_id = landed()
    assert batch_id.startswith("20261121T000000Z_20261122T000000Z_")
    assert batch_id.endswith("_2")
    assert [row.status for row in rows(warehouse)] == ["failed", "landed"]


@pytest.mark.parametrize("status", ["landed", "validated"])
def test_what_the_run_has_landed_is_not_read_again(landed, warehouse, tmp_path, status):
    """A task reads several windows and loads them: what is done need not be done again."""
    first = landed()
    with warehouse.begin() as connection:
        connection.execute(sa.update(ops.extract_window).values(status=status))
    before = {path: (tmp_path / path).read_bytes() for path in files(tmp_path)}
    assert landed(reader(error=AssertionError("it was read"))) == first
    assert {path: (tmp_path / path).read_bytes() for path in files(tmp_path)} == before
    assert [row.status for row in rows(warehouse)] == [status]


def test_a_landed_batch_that_was_damaged_is_read_again(landed, warehouse, tmp_path):
    folder = tmp_path / "salesforce" / "opportunity" / landed()
    part = folder / "part-00000.csv"
    part.chmod(0o644)
    part.write_bytes(CSV.replace(b"006A", b"006X"))
    assert landed().endswith("_2")
    assert [row.status for row in rows(warehouse)] == ["failed", "landed"]
    assert not folder.exists()


@pytest.mark.parametrize("status", ["rejected", "failed", "loaded"])
def test_a_batch_that_went_on_its_way_is_left_and_read_anew(landed, warehouse, tmp_path, status):
    """Whoever clears the task after a verdict wants what the CRM holds now."""
    first = landed()
    with warehouse.begin() as connection:
        connection.execute(sa.update(ops.extract_window).values(status=status))
    before = {path: (tmp_path / path).read_bytes() for path in files(tmp_path)}
    second = landed()
    assert second != first
    assert {path: (tmp_path / path).read_bytes() for path in before} == before


def test_ids_differ_between_objects_and_runs(landed):
    ids = {landed(), landed(source=LOGIN), landed(run_id="manual__1")}
    assert len({batch_id.rsplit("_", 1)[0] for batch_id in ids}) == 3


@pytest.mark.parametrize(
    "error",
    [
        QuotaError("4000 of 5000 requests are used.", "Run tomorrow."),
        KeyboardInterrupt(),
        SystemExit("stopped by the scheduler"),
    ],
)
def test_a_reading_that_breaks_off_leaves_a_ledger_row_and_no_file(
    landed, warehouse, tmp_path, error
):
    with pytest.raises(type(error)):
        landed(reader(error=error))
    assert files(tmp_path) == []
    assert list((tmp_path / "salesforce" / "opportunity").iterdir()) == []
    [row] = rows(warehouse)
    assert row.status == "failed"
    assert row.error == (str(error) or "KeyboardInterrupt")
    assert row.manifest_path is None


def test_the_window_is_in_the_ledger_before_anything_is_read(landed, warehouse):
    seen = []

    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        seen.extend((row.status, row.run_id, row.landed_count) for row in rows(warehouse))
        return reader()(spool, resume)

    landed(read)
    assert seen == [("extracting", "scheduled__2026-11-22", None)]


def test_fewer_records_than_announced_do_not_land(landed, warehouse, tmp_path):
    with pytest.raises(IncompleteError, match=r"salesforce\.opportunity sent 3 of 4 records"):
        landed(reader(announced=4))
    assert files(tmp_path) == []
    assert [row.status for row in rows(warehouse)] == ["failed"]


def test_a_source_that_does_not_count_may_land(landed, warehouse):
    landed(reader(announced=None))
    [row] = rows(warehouse)
    assert (row.status, row.source_count, row.landed_count) == ("landed", None, 3)


def test_a_window_without_records_lands_as_an_empty_batch(landed, warehouse, tmp_path):
    batch_id = landed(lambda spool, resume: Reading("rest", "SELECT", ("Id",), (), iter(()), 0, 1))
    manifest = read_manifest(tmp_path / "salesforce" / "opportunity" / batch_id)
    assert manifest.parts == ()
    assert [(row.status, row.landed_count) for row in rows(warehouse)] == [("landed", 0)]


@pytest.mark.parametrize(("source", "status"), [(LOGIN, "unavailable"), (OPPORTUNITY, "failed")])
def test_only_an_optional_object_is_unavailable_when_access_is_missing(
    landed, warehouse, source, status
):
    error = AccessError("The object is not shown to us.", "Grant read access.")
    with pytest.raises(AccessError):
        landed(reader(error=error), source)
    assert [(row.status, row.error) for row in rows(warehouse)] == [
        (status, "The object is not shown to us. Grant read access.")
    ]


def test_a_killed_try_is_cleared_up_by_the_next(landed, warehouse, tmp_path):
    batch_id = landed()
    with warehouse.begin() as connection:  # as if the process had died before its last word
        connection.execute(sa.update(ops.extract_window).values(status="extracting"))
    following = landed()
    assert [row.status for row in rows(warehouse)] == ["failed", "landed"]
    assert not (tmp_path / "salesforce" / "opportunity" / batch_id).exists()
    assert (tmp_path / "salesforce" / "opportunity" / following).exists()


def test_a_ledger_that_is_gone_does_not_hide_why_reading_broke(landed, warehouse, tmp_path):
    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        with warehouse.begin() as connection:
            connection.execute(sa.text("drop table ops.extract_window"))
        raise QuotaError("Used up.", "Wait.")

    with pytest.raises(QuotaError, match="Used up") as caught:
        landed(read)
    assert "still says extracting" in caught.value.__notes__[0]
    assert files(tmp_path) == []


def test_the_quota_the_service_reported_is_kept(landed, warehouse):
    def read(spool: Path, resume: Checkpoint | None) -> Reading:
        reading = reader()(spool, resume)
        reading.quota = Quota(800, 1000)
        return reading

    landed(read)
    with warehouse.connect() as connection:
        [row] = connection.execute(sa.select(ops.quota_reading)).all()
    assert (row.crm, row.used_count, row.limit_count) == ("salesforce", 800, 1000)
    assert row.read_at >= EXTRACTED_AT
