"""Rules on what values are like: a field that nobody fills any more, another unit, other times of day.

Each value may be right for itself, so that no rule on records tells of it. The batch is compared with
batches of the object that were read in the same way. Nothing stops for it: what is told here may be
meant, and what does not change back is usual in the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

from include.tables.source_object import SourceObject
from include.validate.profile import (
    BUCKETS_PER_TENFOLD,
    MIDNIGHT,
    BatchProfile,
    FieldProfile,
)
from include.validate.rules import Judged, judge

# A field is told of for as long as this, by day; until then somebody has said whether it is meant.
KEPT_BATCHES = 90
# Fewer batches, or fewer values, say nothing of what is usual.
ENOUGH_BATCHES = 5
ENOUGH_VALUES = 50
# A day has 24 hours to fall into.
ENOUGH_TIMES = 200
# Of a field that so large a share of records had, and none has now, more likely nobody fills it any more.
USUALLY_FILLED_RATE = 0.9
# Cents for euros make 100, milliseconds for seconds 1000, minutes for seconds 60.
UNUSUAL_TENFOLDS = 1.0
QUARTILES = (0.25, 0.5, 0.75)
# Shares of instants at midnight where these are dates, and where they are not.
MOSTLY, HARDLY = 0.8, 0.2
# A profile of the day that fits so much better a few hours later was moved by these hours: by one hour
# all of them move in spring.
MOVED_GAP, MOVED_FIT = 0.4, 0.5
HOURS_MOVED = range(3, 22)

EMPTIED = "no field that is usually filled is empty in all records"
RESCALED = "the numbers of each field are about as large as usual"
MOVED = "the times of each field are at the hours of the day they usually are"
ASK = "ask those who run the CRM whether "


class _Compared(NamedTuple):
    """What a field is like now, and what it usually was like."""

    now: FieldProfile
    usual: FieldProfile


def drift_rules(
    source: SourceObject, mode: str, profile: BatchProfile, earlier: Sequence[BatchProfile]
) -> Iterator[Judged]:
    """What is told of a batch's values beside those of earlier batches of its mode, latest first.

    Nothing where it holds none, or there is too little to compare it with.
    """
    if not profile or len(earlier) < ENOUGH_BATCHES:
        return
    batches = [profile, *earlier]
    found: dict[str, list[str]] = {EMPTIED: [], RESCALED: [], MOVED: []}
    for field in source.fields:
        of_field = [batch[field.column] for batch in batches if field.column in batch]
        if _is_emptied(of_field, mode):
            found[EMPTIED].append(field.source)
        is_time = field.type == "timestamp"
        compared = _compared(of_field, mode, ENOUGH_TIMES if is_time else ENOUGH_VALUES)
        if compared is None:
            continue
        if is_time:
            moved = _moved(compared)
            found[MOVED] += [f"{field.source} {moved}"] if moved else []
        else:
            tenfolds = _tenfolds(compared)
            if abs(tenfolds) >= UNUSUAL_TENFOLDS:
                size = f"{10 ** abs(tenfolds):.0f} times as {'large' if tenfolds > 0 else 'small'}"
                found[RESCALED].append(f"{field.source} is {size}")
    yield _told(
        EMPTIED, "emptied", found, "it was renamed, or cleared, or is written in another way"
    )
    yield _told(RESCALED, "rescaled", found, "its unit is another")
    yield _told(
        MOVED, "moved", found, "what writes them has another time zone, or writes days only"
    )


def _told(words: str, name: str, found: dict[str, list[str]], question: str) -> Judged:
    """The rule that there are no such fields, with those there are."""
    fields = found[words]
    said = f"{words}: {', '.join(fields)}; {ASK}{question}" if fields else words
    return judge(said, (f"{name}_field_count", len(fields)), "warning", most=0)


def _is_emptied(batches: list[FieldProfile], mode: str) -> bool:
    """Nothing is in a field any more that was usually filled; the latest batch comes first."""
    silent = next((n for n, batch in enumerate(batches) if batch.filled_count), len(batches))
    before = _sum(batches[silent : silent + ENOUGH_BATCHES])
    return (
        _beyond_largest([batch.checked_count for batch in batches[:silent]], mode) >= ENOUGH_VALUES
        and before.checked_count >= ENOUGH_VALUES
        and before.filled_count >= USUALLY_FILLED_RATE * before.checked_count
    )


def _compared(batches: list[FieldProfile], mode: str, enough: int) -> _Compared | None:
    """The latest values of a field beside those of the older half of what is kept.

    None where there are too few. The older half, so that what changed is told for weeks and not only
    until it is half of what it is compared with.
    """
    counts = [each.sorted_count for each in batches]
    # Most fields are no numbers and no times, or hardly anybody fills them.
    if sum(counts) < 2 * enough:
        return None
    for n in range(1, len(batches) - ENOUGH_BATCHES + 1):
        if _beyond_largest(counts[:n], mode) >= enough:
            usual = _sum(batches[n + (len(batches) - n) // 2 :])
            now = _without_largest(batches[:n], mode)
            return _Compared(now, usual) if usual.sorted_count >= enough else None
    return None


def _beyond_largest(counts: list[int], mode: str) -> int:
    """What several batches hold beside the largest of them; of a snapshot all.

    One batch may hold what somebody imported, or changed in bulk, which is not what is usual.
    """
    return sum(counts[:1]) if mode == "snapshot" else sum(counts) - max(counts, default=0)


def _without_largest(batches: list[FieldProfile], mode: str) -> FieldProfile:
    """What `_beyond_largest` counts."""
    if mode == "snapshot":
        return batches[0]
    largest = max(range(len(batches)), key=lambda n: batches[n].sorted_count)
    return _sum([each for n, each in enumerate(batches) if n != largest])


def _sum(batches: list[FieldProfile]) -> FieldProfile:
    return reduce(add, batches, FieldProfile())


def _tenfolds(compared: _Compared) -> float:
    """By how many orders of magnitude numbers are larger; 0 unless every quartile moved that way."""
    moved = [
        (_quantile(compared.now, share) - _quantile(compared.usual, share)) / BUCKETS_PER_TENFOLD
        for share in QUARTILES
    ]
    if min(moved) > 0:
        return min(moved)
    return max(moved) if max(moved) < 0 else 0.0


def _quantile(profile: FieldProfile, share: float) -> int:
    """The bucket within which a share of the numbers is reached."""
    reached = 0
    for bucket in sorted(profile.buckets, key=int):
        reached += profile.buckets[bucket]
        if reached >= share * profile.sorted_count:
            return int(bucket)
    raise AssertionError("an empty profile has no quantiles")


def _moved(compared: _Compared) -> str:
    """How instants are at other times of day, in words; empty where they are not."""
    now, usual = (each.buckets[MIDNIGHT] / each.sorted_count for each in compared)
    if (now >= MOSTLY and usual <= HARDLY) or (now <= HARDLY and usual >= MOSTLY):
        return f"is at midnight in {now:.0%} of records, not {usual:.0%}"
    profiles = [[each.buckets[str(hour)] for hour in range(24)] for each in compared]
    if min(map(sum, profiles)) < ENOUGH_TIMES:
        return ""
    latest, before = ([count / sum(hours) for count in hours] for hours in profiles)
    gaps = {
        hours: sum(abs(latest[(hour + hours) % 24] - before[hour]) for hour in range(24)) / 2
        for hours in (0, *HOURS_MOVED)
    }
    best = min(gaps, key=lambda hours: gaps[hours])
    if gaps[0] < MOVED_GAP or gaps[best] > MOVED_FIT * gaps[0]:
        return ""
    return f"is {best} hours later" if best <= 12 else f"is {24 - best} hours earlier"
