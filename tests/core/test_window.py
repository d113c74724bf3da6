"""Windows and the gaps a set of them leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.core.window import BEGINNING, Window, gaps

DAY_ZERO = datetime(2026, 1, 1, tzinfo=UTC)


def window(start_day: int, end_day: int) -> Window:
    return Window(DAY_ZERO + timedelta(days=start_day), DAY_ZERO + timedelta(days=end_day))


def test_bounds_are_kept_in_utc() -> None:
    berlin = timezone(timedelta(hours=1))
    assert Window(datetime(2026, 1, 1, 1, tzinfo=berlin), DAY_ZERO + timedelta(days=1)) == window(
        0, 1
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (DAY_ZERO, DAY_ZERO),
        (DAY_ZERO + timedelta(seconds=1), DAY_ZERO),
        (datetime(2026, 1, 1), DAY_ZERO),
    ],
)
def test_a_window_without_length_or_zone_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="window"):
        Window(start, end)


def test_an_overlap_never_reaches_before_the_beginning() -> None:
    first = Window(BEGINNING, DAY_ZERO)
    assert first.widened(timedelta(hours=1)) == first


def test_gaps_by_hand() -> None:
    # Days 0-10 wanted; 2-3 and 5-7 covered, one window beyond the end and one inside another.
    covered = [window(5, 7), window(2, 3), window(6, 7), window(12, 14)]
    assert gaps(window(0, 10), covered) == [window(0, 2), window(3, 5), window(7, 10)]


bounds = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(
    lambda pair: window(pair[0], sum(pair))
)


@given(wanted=bounds, covered=st.lists(bounds, max_size=8), order=st.randoms())
def test_gaps_and_what_is_covered_make_up_what_is_wanted(wanted, covered, order) -> None:
    def days(windows: list[Window]) -> set[int]:
        return {
            day
            for one in windows
            for day in range((one.start - DAY_ZERO).days, (one.end - DAY_ZERO).days)
        }

    shuffled = list(covered)
    order.shuffle(shuffled)
    found = gaps(wanted, shuffled)
    assert days(found) == days([wanted]) - days(covered)
    assert found == sorted(found)
    assert found == gaps(wanted, covered)
