"""Plans against a real ledger: what a run reads is what the ledger lacks, in any order of runs."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.core.errors import StopError
from include.core.settings import load_settings
from include.core.window import BEGINNING, Window, gaps
from include.land.ledger import PlannedWindow, check_warehouse, plan_windows
from include.tables import ops, source_object
from tests.conftest import PROJECT

OPPORTUNITY = source_object("salesforce.opportunity")
STAGES = source_object("salesforce.opportunity_stage")
ACCOUNT = source_object("salesforce.account")
LAG, OVERLAP = timedelta(minutes=5), timedelta(minutes=10)
SHIPPED = load_settings(PROJECT / "include" / "config").sources
SOURCES = SHIPPED.model_copy(
    update={
        "salesforce": SHIPPED.salesforce.model_copy(
            update={"lag_minutes": 5, "overlap_minutes": 10}
        ),
        "sweep_days": 7,
    }
)
NO_SWEEPS = SOURCES.model_copy(update={"sweep_days": 100_000})
NUMBERS = itertools.count()


def november(day: float, **time: int) -> datetime:
    return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day - 1, **time)


def enter(
    engine: sa.Engine,
    window: Window,
    mode: str = "delta",
    status: str = "loaded",
    source=OPPORTUNITY,
    extracted_at: datetime | None = None,
    **values,
) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.insert(ops.extract_window).values(
                batch_id=f"batch-{next(NUMBERS)}",
                crm=source.crm,
                object_name=source.table,
                mode=mode,
                window_start_at=window.start,
                window_end_at=window.end,
                status=status,
                extracted_at=extracted_at or window.end,
                **{"run_id": "run", **values},
            )
        )


DAY_TEN = november(10)


def test_a_warehouse_that_knows_nothing_of_what_landed_is_not_the_one(
    warehouse: sa.Engine, tmp_path: Path
) -> None:
    """Where its connection is lost or leads elsewhere, all would be read anew, and be green."""
    landing = tmp_path / "landing"
    check_warehouse(warehouse, landing)
    batch = landing / "salesforce" / "opportunity" / "batch"
    batch.mkdir(parents=True)
    (batch / "part-00000.csv").write_text("killed before it was whole")
    check_warehouse(warehouse, landing)
    (batch / "manifest.json").write_text("{}")
    with pytest.raises(
        StopError, match=r"is empty, and another one holds what landed in .*landing"
    ):
        check_warehouse(warehouse, landing)
    enter(warehouse, Window(BEGINNING, DAY_TEN), "snapshot", "failed")
    check_warehouse(warehouse, landing)


def plan(engine, interval=None, now=DAY_TEN, source=OPPORTUNITY, sources=NO_SWEEPS, **choices):
    arguments = {"run_id": "new", "interval": interval, **choices}
    return plan_windows(engine, source, sources, now, **arguments)


def snapshot(end: datetime) -> PlannedWindow:
    return PlannedWindow(Window(BEGINNING, end), Window(BEGINNING, end), "snapshot")


def day(number: int) -> Window:
    return Window(november(number), november(number + 1))


@pytest.mark.parametrize("interval", [None, day(3), day(9)])
def test_the_first_load_is_one_snapshot_up_to_the_lag(warehouse, interval):
    assert plan(warehouse, interval) == [snapshot(november(9, hours=23, minutes=55))]


def test_a_snapshot_that_did_not_reach_staging_is_planned_again(warehouse):
    for status in ("extracting", "landed", "validated", "failed", "rejected", "unavailable"):
        enter(warehouse, Window(BEGINNING, november(9)), "snapshot", status)
    assert [planned.mode for planned in plan(warehouse, day(3))] == ["snapshot"]


def test_an_interval_that_follows_is_read_with_the_overlap_before_it(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    assert plan(warehouse, day(8)) == [
        PlannedWindow(day(8), Window(november(7, hours=23, minutes=50), november(9)), "delta")
    ]


def test_a_backfill_before_the_snapshot_reads_nothing_unless_told_to(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    assert plan(warehouse, day(3)) == []
    again = plan(warehouse, day(3), re_extract=True)
    assert [(planned.window, planned.mode) for planned in again] == [(day(3), "delta")]


def test_an_interval_is_cut_at_the_lag_and_the_next_run_reads_the_rest(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    [cut] = plan(warehouse, day(8), now=november(9, minutes=1))
    assert cut.window == Window(november(8), november(8, hours=23, minutes=56))
    enter(warehouse, cut.window)
    [rest] = plan(warehouse, day(9), now=november(10, hours=1))
    assert rest.window == Window(november(8, hours=23, minutes=56), november(10))


def test_an_interval_that_lies_after_the_lag_reads_nothing(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    assert plan(warehouse, day(10), now=november(10, minutes=4)) == []


def test_a_gap_inside_an_interval_is_all_that_is_read(warehouse):
    enter(warehouse, Window(BEGINNING, november(5)), "snapshot")
    enter(warehouse, day(6))
    planned = plan(warehouse, Window(november(4), november(8)))
    assert [each.window for each in planned] == [day(5), day(7)]


def test_a_gap_long_before_an_interval_is_left_to_a_run_by_hand(warehouse):
    enter(warehouse, Window(BEGINNING, november(5)), "snapshot")
    enter(warehouse, day(6))
    assert [each.window for each in plan(warehouse, day(7))] == [day(7)]
    by_hand = plan(warehouse, now=november(8, minutes=5))
    assert [each.window for each in by_hand] == [day(5), day(7)]


def test_a_run_by_hand_that_reads_again_takes_a_new_snapshot(warehouse):
    enter(warehouse, Window(BEGINNING, november(5)), "snapshot")
    assert plan(warehouse, re_extract=True) == [snapshot(november(9, hours=23, minutes=55))]


def test_an_object_read_in_full_is_read_once_for_an_interval(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot", source=STAGES)
    assert plan(warehouse, day(7), source=STAGES) == []
    [again] = plan(warehouse, day(8), source=STAGES)
    assert again.mode == "snapshot"
    assert again.window == Window(BEGINNING, november(9, hours=23, minutes=55))
    assert len(plan(warehouse, day(7), source=STAGES, re_extract=True)) == 1


def test_objects_have_ledgers_of_their_own(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot", source=ACCOUNT)
    assert [planned.mode for planned in plan(warehouse, day(7))] == ["snapshot"]


def test_windows_are_in_whole_seconds_as_the_cursor_is(warehouse):
    [planned] = plan(warehouse, now=november(10) + timedelta(microseconds=1_500_000))
    assert planned.window.end == november(9, hours=23, minutes=55, seconds=1)


@pytest.mark.parametrize(
    ("status", "checkpoint_at"),
    [("extracting", None), ("landed", None), ("validated", None), ("failed", november(9))],
)
def test_a_window_the_run_began_keeps_its_end(warehouse, status, checkpoint_at):
    """Another try comes later, when the lag reaches further: it still goes on with what was begun."""
    begun = Window(BEGINNING, november(9))
    enter(warehouse, begun, "snapshot", status, run_id="new", checkpoint_at=checkpoint_at)
    assert plan(warehouse) == [snapshot(november(9))]
    # Another run knows nothing of it.
    assert plan(warehouse, run_id="other")[0].window.end == november(9, hours=23, minutes=55)


@pytest.mark.parametrize("status", ["failed", "rejected", "unavailable"])
def test_a_window_that_is_not_to_go_on_is_planned_as_of_now(warehouse, status):
    enter(warehouse, Window(BEGINNING, november(9)), "snapshot", status, run_id="new")
    assert plan(warehouse)[0].window.end == november(9, hours=23, minutes=55)


def test_a_gap_the_run_began_keeps_its_end_and_what_is_later_waits(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    enter(warehouse, day(8), status="landed", run_id="new")
    [planned] = plan(warehouse)
    assert planned == PlannedWindow(
        day(8), Window(november(7, hours=23, minutes=50), november(9)), "delta"
    )


@hypothesis_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    runs=st.lists(
        st.tuples(
            st.one_of(
                st.none(),
                st.tuples(st.integers(1, 240), st.integers(1, 48)),  # first hour, hours
            ),
            st.integers(0, 3 * 24),  # hours that pass before the run
            st.booleans(),  # the run succeeds
            st.booleans(),  # it reads again
        ),
        max_size=12,
    )
)
def test_no_order_of_runs_leaves_a_gap(warehouse, runs):
    with warehouse.begin() as connection:
        connection.execute(sa.delete(ops.extract_window))
    now = november(2)
    loaded: list[Window] = []
    for hours, passing, succeeds, re_extract in runs:
        now += timedelta(hours=passing)
        interval = None
        if hours:
            first = november(1) + timedelta(hours=hours[0])
            interval = Window(first, first + timedelta(hours=hours[1]))
        planned = plan(warehouse, interval, now, re_extract=re_extract)
        assert all(each.window.end <= now - LAG for each in planned)
        for each in planned:
            if not re_extract and each.mode == "delta":
                assert gaps(each.window, loaded) == [each.window]
        if succeeds:
            for each in planned:
                enter(warehouse, each.window, each.mode)
                loaded.append(each.window)
        if interval and succeeds and interval.end <= now - LAG:
            assert gaps(interval, loaded) == []
    for each in plan(warehouse, now=now):
        loaded.append(each.window)
    reached = max([now - LAG, *(window.end for window in loaded)])
    assert gaps(Window(BEGINNING, reached), loaded) == []
