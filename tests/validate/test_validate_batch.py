"""Verdicts on landed batches."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa

from include.core.batch import Manifest, Part, file_sha256
from include.core.errors import StopError
from include.core.window import Window
from include.tables import ops, raw, source_object
from include.validate.batch import Verdict, validate_batch, write_outcomes
from include.validate.expectations import Outcome
from include.validate.rules import Rule

CHECKED_AT = datetime(2026, 4, 1, 6, tzinfo=UTC)
END = datetime(2026, 4, 1, tzinfo=UTC)

Land = Callable[..., str]


def opportunity(number: int, **changes: Any) -> dict[str, Any]:
    """A good Salesforce opportunity."""
    return {
        "Id": f"006{number:015d}", "Name": f"Deal {number}", "AccountId": "001000000000001AAA",
        "StageName": "Prospecting", "Amount": 1000.5, "Probability": 10, "CloseDate": "2026-05-01",
        "IsClosed": False, "IsWon": False, "OwnerId": "005000000000001AAA", "IsDeleted": False,
        "CreatedDate": "2026-03-01T00:00:00.000+0000",
        "SystemModstamp": "2026-03-31T00:00:00.000+0000",
    } | changes  # fmt: skip


@pytest.fixture
def land(warehouse: sa.Engine, tmp_path: Path) -> Land:
    """Lands records of salesforce.opportunity by hand; the batch's id."""

    def land_records(
        records: list[dict[str, Any]],
        number: int = 0,
        mode: str = "snapshot",
        status: str = "landed",
        source_count: int | None = None,
        fields: tuple[str, ...] | None = None,
        missing_fields: tuple[str, ...] = (),
    ) -> str:
        batch_id = f"batch_{number}"
        folder = tmp_path / "landing" / "salesforce" / "opportunity" / batch_id
        folder.mkdir(parents=True)
        part = folder / "part-00000.jsonl"
        part.write_text("".join(json.dumps(record) + "\n" for record in records))
        start = END - timedelta(days=1)
        needed = source_object("salesforce.opportunity").fields
        known = tuple(field.source for field in needed if field.source not in missing_fields)
        manifest = Manifest(
            batch_id=batch_id, crm="salesforce", object_name="opportunity", mode=mode,
            window=Window(start, END), run_id="run", extracted_at=END, api="test", query="",
            fields=known if fields is None else fields, custom_fields=(),
            source_count=source_count, request_count=1, missing_fields=missing_fields,
            parts=(Part(part.name, "jsonl", len(records), part.stat().st_size, file_sha256(part)),),
        )  # fmt: skip
        (folder / "manifest.json").write_text(manifest.to_json())
        with warehouse.begin() as connection:
            connection.execute(
                ops.extract_window.insert().values(
                    batch_id=batch_id,
                    crm="salesforce",
                    object_name="opportunity",
                    mode=mode,
                    window_start_at=start,
                    window_end_at=END,
                    status=status,
                    run_id="run",
                    extracted_at=END + timedelta(minutes=number),
                    landed_count=len(records),
                    read_fields=[f.column for f in needed if f.source in manifest.fields],
                    manifest_path=f"salesforce/opportunity/{batch_id}",
                )
            )
        return batch_id

    return land_records


@pytest.fixture
def judge(warehouse: sa.Engine, tmp_path: Path) -> Callable[[str], Verdict]:
    """Validates a landed batch, at most 5 % set aside."""

    def validate(batch_id: str, sweep_guard_rate: float = 0.05) -> Verdict:
        return validate_batch(
            warehouse,
            tmp_path / "landing",
            batch_id,
            "run",
            CHECKED_AT,
            0.05,
            sweep_guard_rate,
            tmp_path / "results",
        )

    return validate


def test_good_records_pass_and_bad_ones_are_set_aside_with_every_reason(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    bad = opportunity(2, StageName=None, Probability=250)
    not_typed = opportunity(3, Amount="a lot", CloseDate="2026-02-30")
    batch = land([opportunity(1), bad, not_typed, opportunity(4, Amount=-5, Name=None)])

    verdict = judge(batch)

    assert (verdict.status, verdict.checked_count, verdict.set_aside_count) == ("validated", 4, 2)
    with warehouse.connect() as connection:
        rows = connection.execute(
            sa.select(raw.set_aside_record).order_by(raw.set_aside_record.c.row_number)
        ).all()
        status = connection.execute(sa.select(ops.extract_window.c.status)).scalar_one()
    assert [(row.row_number, row.record_id) for row in rows] == [
        (1, bad["Id"]),
        (2, not_typed["Id"]),
    ]
    assert rows[0].reasons == [
        "stage_name is given",
        "probability_percent is at least 0 and at most 100",
    ]
    # 30 February is no day, so the required close date is missing as well.
    assert sorted(rows[1].reasons) == [
        "amount_original is of type money", "close_date is given", "close_date is of type date",
    ]  # fmt: skip
    assert rows[1].payload["Amount"] == "a lot"
    assert status == "validated"


def test_a_record_without_an_id_is_set_aside(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    judge(land([opportunity(1), opportunity(2, Id=None)]))
    with warehouse.connect() as connection:
        row = connection.execute(sa.select(raw.set_aside_record)).one()
    assert (row.row_number, row.record_id, row.reasons) == (1, None, ["has an id"])


def test_a_bad_record_with_a_nul_is_set_aside_and_stops_nothing(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    assert judge(land([opportunity(1), opportunity(2, Name="A\x00B", CloseDate=None)])).status == (
        "validated"
    )
    with warehouse.connect() as connection:
        row = connection.execute(sa.select(raw.set_aside_record)).one()
    assert (row.record_id, row.payload["Name"]) == ("006000000000000002", "AB")


def test_a_batch_with_too_many_bad_records_is_rejected_whole(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    # 5 % of 200 is 10; eleven are over it.
    records = [opportunity(n, StageName=None if n < 11 else "Won") for n in range(200)]
    verdict = judge(land(records))
    assert verdict.status == "rejected"
    assert "at most 10 of 200 records are set aside (seen: 11)" in verdict.summary
    with warehouse.connect() as connection:
        window = connection.execute(sa.select(ops.extract_window)).one()
    assert (window.status, window.set_aside_count) == ("rejected", 11)
    assert "at most 10 of 200" in window.error


def test_a_few_bad_records_do_not_reject_a_small_batch(
    land: Land, judge: Callable[[str], Verdict]
) -> None:
    assert judge(land([opportunity(1), opportunity(2, StageName=None)])).status == "validated"


def test_a_field_we_may_not_read_rejects_the_batch_by_name(
    land: Land, judge: Callable[[str], Verdict]
) -> None:
    known = tuple(f.source for f in source_object("salesforce.opportunity").fields)
    verdict = judge(land([opportunity(1)], fields=tuple(f for f in known if f != "IsWon")))
    assert verdict.status == "rejected"
    assert "IsWon may not" in verdict.summary


def test_a_snapshot_of_half_of_what_we_had_is_a_lost_permission(
    land: Land, judge: Callable[[str], Verdict]
) -> None:
    land([opportunity(n) for n in range(10)], number=0, status="loaded")
    assert judge(land([opportunity(n) for n in range(5)], number=1)).status == "validated"
    verdict = judge(land([opportunity(n) for n in range(4)], number=2))
    assert verdict.status == "rejected"
    assert "at least 5 records, 50% of the one before (seen: 4)" in verdict.summary


def test_a_purge_that_was_meant_is_let_through_by_the_guard_rate(
    land: Land, judge: Callable[..., Verdict]
) -> None:
    """Else every later run would reject the object: what is gone does not come back."""
    land([opportunity(n) for n in range(10)], number=0, status="loaded")
    batch = land([opportunity(n) for n in range(3)], number=1)
    assert judge(batch).status == "rejected"
    # Eight of ten may go, so two have to be there.
    assert judge(batch, sweep_guard_rate=0.8).status == "validated"
    verdict = judge(land([opportunity(1)], number=2), sweep_guard_rate=0.8)
    assert "at least 2 records, 20% of the one before (seen: 1)" in verdict.summary
    assert judge(land([], number=3), sweep_guard_rate=1).status == "validated"


def test_fewer_records_than_the_source_sent_are_rejected(
    land: Land, judge: Callable[[str], Verdict]
) -> None:
    verdict = judge(land([opportunity(1)], source_count=2))
    assert verdict.status == "rejected"
    assert "as many records landed as the source said it sent (seen: 1)" in verdict.summary


def test_an_empty_delta_where_there_always_was_something_is_a_warning(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    for number in range(5):
        land([opportunity(number)], number=number, mode="delta", status="loaded")
    assert judge(land([], number=9, mode="delta")).status == "validated"
    with warehouse.connect() as connection:
        broken = connection.execute(
            sa.select(ops.expectation_result).where(~ops.expectation_result.c.is_success)
        ).all()
    # The median of five batches of one record is 1: at most ten times that is usual.
    assert [(row.expectation, row.severity, row.observed) for row in broken] == [
        ("between 1 and 10 records changed, as usual", "warning", "0")
    ]


def broken_rules(warehouse: sa.Engine) -> list[tuple[str, str, str]]:
    """Words, severity and what was seen of the rules broken."""
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        rows = connection.execute(
            sa.select(result.expectation, result.severity, result.observed).where(
                ~result.is_success
            )
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(("silent", "is_told"), [(1, False), (2, True), (20, True)])
def test_an_object_that_falls_silent_is_told_of_for_as_long_as_it_stays_silent(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict], silent: int, is_told: bool
) -> None:
    """Two Sundays are no reason to worry; a third empty window in a row is."""
    for number, count in enumerate([1, 2, 0, 1, 3, 1]):
        land([opportunity(n) for n in range(count)], number=number, mode="delta", status="loaded")
    for number in range(10, 10 + silent):
        land([], number=number, mode="delta", status="loaded")
    judge(land([], number=99, mode="delta"))
    told = ("fewer than 3 windows in a row are empty", "warning", str(silent + 1))
    assert broken_rules(warehouse) == ([told] if is_told else [])


def test_an_object_that_is_mostly_silent_may_be(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    for number, count in enumerate([0, 0, 1, 0, 0, 0, 0, 0]):
        land([opportunity(n) for n in range(count)], number=number, mode="delta", status="loaded")
    judge(land([], number=9, mode="delta"))
    assert broken_rules(warehouse) == []


@pytest.mark.parametrize(("missed", "is_told"), [(0, False), (2, True)])
def test_what_a_sweep_found_missed_is_told_until_the_next_one(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict], missed: int, is_told: bool
) -> None:
    land([opportunity(1)], number=1, status="loaded")
    with warehouse.begin() as connection:
        connection.execute(ops.extract_window.update().values(missed_count=missed))
    judge(land([opportunity(1)], number=2, mode="delta"))
    words = "the last full reading found nothing that reading by change had missed"
    assert broken_rules(warehouse) == ([(words, "warning", str(missed))] if is_told else [])


def test_a_field_that_vanished_is_told_of_and_one_that_never_was_is_not(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    never = "CurrencyIsoCode"
    land([opportunity(1)], number=1, status="loaded", missing_fields=(never,))
    verdict = judge(land([opportunity(1)], number=2, missing_fields=(never, "LeadSource")))
    assert verdict.status == "validated"
    assert broken_rules(warehouse) == [
        (
            "every field that was read before is still shown to us: LeadSource are not",
            "warning",
            "1",
        )
    ]


@pytest.mark.parametrize("usual", [0, 3])
def test_a_snapshot_of_old_records_is_told_of_where_they_usually_change(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict], usual: int
) -> None:
    """Nothing changed for a month: odd for deals, and as ever for what never changes."""
    for number in range(5):
        land([opportunity(n) for n in range(usual)], number, "delta", "loaded")
    old = opportunity(1, SystemModstamp="2026-03-02T00:00:00.000+0000")
    judge(land([old], 99))
    told = ("something changed in the last 7 days", "warning", "30")
    assert broken_rules(warehouse) == ([told] if usual else [])


def test_a_field_that_is_filled_no_more_is_told_of_and_the_batch_loaded(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    """Five batches of 50 deals, 19 of 20 with an amount; of the next two none has one."""

    def deals(amount: float | None) -> list[dict[str, Any]]:
        amounts = [amount if number % 20 else None for number in range(50)]
        return [opportunity(number, Amount=each) for number, each in enumerate(amounts)]

    for number in range(7):
        verdict = judge(land(deals(10 if number < 5 else None), number, "delta"))
        assert verdict.status == "validated"
        with warehouse.begin() as connection:
            loaded = ops.extract_window.update().values(status="loaded")
            connection.execute(loaded)
    told = (
        "no field that is usually filled is empty in all records: Amount; ask those who run the CRM"
    )
    ((words, severity, observed),) = broken_rules(warehouse)
    assert (words[: len(told)], severity, observed) == (told, "warning", "1")


def test_tombstones_are_not_checked(land: Land, judge: Callable[[str], Verdict]) -> None:
    gone = {"Id": "006000000000009AAA", "IsDeleted": True, "_tombstone": True}
    verdict = judge(land([opportunity(1), gone]))
    assert (verdict.checked_count, verdict.set_aside_count) == (1, 0)


def test_checking_twice_changes_nothing(
    warehouse: sa.Engine, land: Land, judge: Callable[[str], Verdict]
) -> None:
    batch = land([opportunity(1), opportunity(2, StageName=None)])
    judge(batch)

    def state() -> list[Any]:
        with warehouse.connect() as connection:
            return [
                connection.execute(sa.select(table)).all()
                for table in (
                    raw.set_aside_record,
                    ops.expectation_result,
                    ops.extract_window,
                    ops.batch_profile,
                )
            ]

    first = state()
    judge(batch)
    assert state() == first


def test_an_unknown_batch_says_what_to_do(judge: Callable[[str], Verdict]) -> None:
    with pytest.raises(StopError, match=r"no landed batch nothing.*Clear the task"):
        judge("nothing")


def test_row_numbers_hold_over_frames(
    monkeypatch: pytest.MonkeyPatch, warehouse: sa.Engine, land: Land,
    judge: Callable[[str], Verdict],
) -> None:  # fmt: skip
    from include.core import batch as landed

    by_two = landed.read_frames
    monkeypatch.setattr(
        "include.validate.batch.read_frames",
        lambda folder, manifest, paths: by_two(folder, manifest, paths, rows_per_frame=2),
    )
    bad = {1, 2, 5}
    judge(land([opportunity(n, StageName=None if n in bad else "Won") for n in range(7)]))
    with warehouse.connect() as connection:
        rows = connection.execute(sa.select(raw.set_aside_record.c.row_number)).scalars()
        given = connection.execute(
            sa.select(ops.expectation_result).where(
                ops.expectation_result.c.expectation == "stage_name is given"
            )
        ).one()
    assert set(rows) == bad
    assert (given.checked_count, given.unexpected_count) == (7, 3)


def test_checked_values_are_typed() -> None:
    from include.core.canonical import STRING
    from include.validate.batch import checked_frame

    source = source_object("salesforce.opportunity")
    frame = pd.DataFrame({f.source: ["1.5"] for f in source.fields} | {"Id": ["x"]}, dtype=STRING)
    checked = checked_frame(frame, source, source.fields)
    assert checked["amount_original"].tolist() == [1.5]
    assert checked["close_date__is_typed"].tolist() == [False]


def test_a_check_replaces_what_it_found_before_and_nothing_of_another_batch(
    warehouse: sa.Engine,
) -> None:
    """Words may hold numbers of their batch."""

    def write(batch_id: str, run_id: str, words: str) -> None:
        outcome = Outcome(Rule(words, "", "warning", "expect_something"))
        with warehouse.begin() as connection:
            write_outcomes(connection, [outcome], "hubspot.deal", batch_id, run_id, CHECKED_AT)

    write("first", "run", "at least 3 records")
    write("second", "run", "at least 5 records")
    write("second", "another", "at least 6 records")
    write("second", "run", "at least 4 records")
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        kept = connection.execute(sa.select(result.batch_id, result.run_id, result.expectation))
        assert set(map(tuple, kept)) == {
            ("first", "run", "at least 3 records"),
            ("second", "run", "at least 4 records"),
            ("second", "another", "at least 6 records"),
        }
