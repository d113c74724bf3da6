"""What is told of values that are right each for itself, and not what they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from include.core.canonical import STRING
from include.tables import source_object
from include.validate.batch import checked_frame
from include.validate.drift import KEPT_BATCHES, drift_rules
from include.validate.profile import BatchProfile, add_frame

DEAL = source_object("hubspot.deal")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNT, CLOSED = "properties.amount", "properties.closedate"

Batch = list[dict[str, Any]]


def deals(count: int, amount: float | None = 5000, hour: int = 9, moved_hours: int = 0) -> Batch:
    """Deals of a quarter to four times an amount, closed within eight hours of the day from `hour` on."""
    closed = [BEGIN + timedelta(hours=hour + n % 8 + moved_hours, minutes=7) for n in range(count)]
    return [
        {
            "id": str(n),
            AMOUNT: None if amount is None else str(amount * 4 ** (n % 3 - 1)),
            CLOSED: at.isoformat(),
        }
        for n, at in enumerate(closed)
    ]


def profile_of(batch: Batch, unread: str = "") -> BatchProfile:
    """The profile of a batch, as validation makes it."""
    paths = [DEAL.key, *(field.source for field in DEAL.fields)]
    frame = pd.DataFrame(batch, columns=paths).astype(STRING)
    profile: BatchProfile = {}
    read = [field for field in DEAL.fields if field.source != unread]
    add_frame(profile, checked_frame(frame, DEAL, DEAL.fields), read)
    return profile


def told(*batches: Batch | BatchProfile, mode: str = "delta") -> list[str]:
    """What is told of the last of several batches."""
    # Most batches of a test are one and the same, and to look at one takes a while.
    profiles = {
        id(batch): batch if isinstance(batch, dict) else profile_of(batch) for batch in batches
    }
    *earlier, latest = (profiles[id(batch)] for batch in batches)
    rules = drift_rules(DEAL, mode, latest, earlier[::-1][:KEPT_BATCHES])
    return [rule.words.partition("; ask")[0] for rule, number in rules if number]


USUAL = [deals(20)] * 10
EMPTIED = f"no field that is usually filled is empty in all records: {AMOUNT}"
SIZES = "the numbers of each field are about as large as usual: "
TIMES = "the times of each field are at the hours of the day they usually are: "


def test_usual_batches_are_told_nothing_of() -> None:
    assert told(*USUAL, deals(20)) == []


@pytest.mark.parametrize(("emptied_count", "is_told"), [(3, False), (4, True), (80, True)])
def test_a_field_that_is_filled_no_more_is_told_for_a_quarter(
    emptied_count: int, is_told: bool
) -> None:
    """Four batches of 20 hold 60 beside the largest, three 40; and 80 days later it is told yet."""
    assert told(*USUAL, *[deals(20, None)] * emptied_count) == ([EMPTIED] if is_told else [])


def test_a_field_that_is_filled_again_is_told_no_more() -> None:
    assert told(*USUAL, *[deals(20, None)] * 9, deals(20)) == []


def test_an_import_without_a_field_is_not_told() -> None:
    assert told(*USUAL, deals(2000, None)) == []


def test_a_field_that_few_fill_may_be_empty() -> None:
    """17 of 20 are 85 %, less than nine in ten."""
    few = [*deals(17), *deals(3, None)]
    assert told(*[few] * 10, *[deals(20, None)] * 9) == []


def test_batches_read_without_a_field_do_not_speak_of_it() -> None:
    hidden = profile_of(deals(20, None), unread=AMOUNT)
    assert told(*USUAL, *[hidden] * 9) == []
    assert told(*USUAL, *[hidden] * 9, *[deals(20, None)] * 4) == [EMPTIED]


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (500_000, f"{SIZES}{AMOUNT} is 100 times as large"),
        (5, f"{SIZES}{AMOUNT} is 1000 times as small"),
        # Prices go up, but not tenfold.
        (20_000, None),
    ],
)
def test_another_unit_is_told(amount: float, words: str | None) -> None:
    found = [words] if words else []
    assert told(*USUAL, *[deals(20, amount)] * 4) == found
    # A month later, too.
    assert told(*[deals(20)] * 60, *[deals(20, amount)] * 30) == found


def test_one_import_in_another_unit_is_not_told_by_itself() -> None:
    assert told(*USUAL, deals(2000, 500_000)) == []
    assert told(*USUAL, deals(2000, 500_000), deals(20)) == []


def test_few_values_tell_nothing() -> None:
    """32 values of two batches: with 20 usual ones beside them not every quartile moves tenfold."""
    assert told(*USUAL, *[deals(16, 500_000)] * 2) == []


def test_a_full_reading_is_told_of_at_once() -> None:
    usual = [deals(60)] * 5
    assert told(*usual, deals(60, 500_000), mode="snapshot") == [
        f"{SIZES}{AMOUNT} is 100 times as large"
    ]
    assert told(*usual, deals(60, None), mode="snapshot") == [EMPTIED]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        # Berlin in summer as if it were UTC moves less than teams do by themselves.
        (1, None),
        (5, f"{TIMES}{CLOSED} is 5 hours later"),
        (-8, f"{TIMES}{CLOSED} is 8 hours earlier"),
    ],
)
def test_times_of_another_time_zone_are_told(hours: int, words: str | None) -> None:
    moved = deals(20, moved_hours=hours)
    # Eleven batches hold 200 beside the largest.
    assert told(*[deals(20)] * 30, *[moved] * 11) == ([words] if words else [])


def test_times_that_became_days_are_told() -> None:
    days = [deal | {CLOSED: "2026-01-05T00:00:00Z"} for deal in deals(20)]
    assert told(*[deals(20)] * 30, *[days] * 11) == [
        f"{TIMES}{CLOSED} is at midnight in 100% of records, not 0%"
    ]
    assert told(*[days] * 30, *[deals(20)] * 11) == [
        f"{TIMES}{CLOSED} is at midnight in 0% of records, not 100%"
    ]


def test_what_a_night_shift_does_is_not_another_time_zone() -> None:
    """All at one hour is no day of eight hours that was moved."""
    night = [deal | {CLOSED: "2026-01-05T02:30:00Z"} for deal in deals(20)]
    assert told(*[deals(20)] * 30, *[night] * 11) == []
