"""As-ofs that are computed as one: between which nothing about a period changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.metrics.catalogue import CATALOGUE
from include.metrics.fill import mark_stretches
from include.metrics.periods import AsOf, AsOfs
from include.metrics.positions import first_position, position_at, positions

# What a row of wanted_period says of a closed week; the as-of and its place are given in each case.
WEEK = {
    "grain": "week", "start_date": "2026-01-05", "source_status": "OK", "until_position": None,
    "previous_as_of_at": None, "next_as_of_at": None,
}  # fmt: skip


def stretches(
    rows: list[dict[str, Any]], of_moment: bool = True, is_each_alone: bool = False
) -> list[tuple[int, int]]:
    """First and last position of each, in order."""
    mark_stretches(rows, of_moment, is_each_alone)
    return sorted((row["position"], row["until_position"]) for row in rows if row["until_position"])


def week(position: int, **other: Any) -> dict[str, Any]:
    return WEEK | {"position": position, "as_of_at": position} | other


def test_a_period_that_does_not_change_is_one_stretch() -> None:
    # The as-of before the first one is of another run, and breaks nothing.
    rows = [week(1, previous_as_of_at="earlier"), week(2), week(3)]
    assert stretches(rows) == [(1, 3)]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        # What the sources allow is another from the second as-of on.
        ([week(1), week(2, source_status="PARTIAL"), week(3, source_status="PARTIAL")],
         [(1, 1), (2, 3)]),
        # The second does not want the week.
        ([week(1), week(3)], [(1, 1), (3, 3)]),
        # Between the first and the second lies an as-of that another run has computed.
        ([week(1, next_as_of_at="theirs"), week(2), week(3)], [(1, 1), (2, 3)]),
        # Another week is by itself, whatever the order of the rows.
        ([week(2), week(1, start_date="2026-01-12"), week(1)], [(1, 1), (1, 2)]),
    ],
)  # fmt: skip
def test_what_breaks_a_stretch(rows: list[dict[str, Any]], expected: list[tuple[int, int]]) -> None:
    assert stretches(rows) == expected


def test_where_members_depend_on_each_other_every_as_of_is_one() -> None:
    assert stretches([week(1), week(2)], is_each_alone=True) == [(1, 1), (2, 2)]


def test_a_period_that_runs_is_one_stretch_unless_sums_are_read_at_its_moment() -> None:
    """A sum of events says which as-ofs know them; what stood at a moment is another at the next one."""

    def running() -> list[dict[str, Any]]:
        days = ((1, "2026-01-06"), (2, "2026-01-07"))
        return [week(position, last_date=day, is_complete=False) for position, day in days]

    assert stretches(running(), of_moment=False) == [(1, 2)]
    assert stretches(running(), of_moment=True) == [(1, 1), (2, 2)]
    # That it has ended changes its status.
    ended = week(3, last_date="2026-01-11", is_complete=True)
    assert stretches([*running(), ended], of_moment=False) == [(1, 2), (3, 3)]


def test_metrics_that_are_read_at_a_moment_are_told_by_their_parts() -> None:
    at_moment = {metric.id for metric in CATALOGUE if metric.reads_at_moment}
    # Open deals, recurring revenue and the users of a moment stand; deals won are dated.
    assert {"pipeline_amount", "mrr", "feature_usage"} <= at_moment
    assert at_moment.isdisjoint({"revenue", "close_rate", "activities_completed"})


def test_metrics_whose_members_share_something_out_are_told_by_their_expressions() -> None:
    """What nobody's costs brought is shared out among channels: so is the cost of winning customers."""
    alone = {metric.id for metric in CATALOGUE if metric.looks_at_all_members}
    assert "cac" in alone
    assert "revenue" not in alone


@given(
    borders=st.lists(st.integers(0, 20), min_size=1, max_size=12, unique=True).map(sorted),
    hours=st.none() | st.integers(-24, 21 * 24),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_place_of_an_instant_among_as_ofs(
    warehouse: sa.Engine, borders: list[int], hours: int | None
) -> None:
    """Against bisection; what is not known is after all of them."""
    zone, midnight = ZoneInfo("UTC"), datetime(2026, 3, 1, tzinfo=UTC)
    as_ofs = AsOfs(tuple(AsOf(midnight + timedelta(days=day), zone) for day in borders))
    at = None if hours is None else midnight + timedelta(hours=hours)
    instant = sa.cast(sa.literal(at), sa.DateTime(timezone=True))
    ats = [each.at for each in as_ofs.each]
    last_dates = [each.last_date for each in as_ofs.each]
    with warehouse.connect() as connection:
        found = connection.execute(
            sa.select(
                *positions(instant, instant, as_ofs),
                position_at(instant, as_ofs),
                first_position(sa.cast(sa.literal(at and at.date()), sa.Date), as_ofs),
            )
        ).one()
    count = len(ats)
    if at is None:
        # Of one as-of positions are not asked for at all.
        assert found == ((1, 1) if count == 1 else (count + 1, count)) + (count + 1,) * 2
        return
    # Known from an instant on, a state is first known at the as-of after it; known until then, last at
    # the one that is not after it.
    known = (1, 1) if count == 1 else (bisect_right(ats, at) + 1, bisect_right(ats, at))
    assert found == (*known, bisect_left(ats, at) + 1, bisect_left(last_dates, at.date()) + 1)
