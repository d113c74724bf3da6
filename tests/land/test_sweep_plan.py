"""When objects are read whole again: each on a day of its own, and after deletions without a trace."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import pytest

from include.core.window import BEGINNING, Window
from include.tables import SOURCE_OBJECTS, source_object
from tests.land.test_ledger import (
    ACCOUNT,
    OPPORTUNITY,
    SOURCES,
    STAGES,
    day,
    enter,
    november,
    plan,
    snapshot,
)

SWEPT = [source for source in SOURCE_OBJECTS if source.mode == "incremental" and not source.is_log]
LINKS = source_object("hubspot.deal_company")
LOGIN = source_object("salesforce.login")


def modes(engine, now: datetime, **choices) -> list[str]:
    return [each.mode for each in plan(engine, now=now, sources=SOURCES, **choices)]


def days_of_sweeps(engine, source, days: int, sweep_days: int = 7) -> list[int]:
    """Days of November on which a daily run sweeps, when every run succeeds."""
    sources = SOURCES.model_copy(update={"sweep_days": sweep_days})
    enter(engine, Window(BEGINNING, november(1)), "snapshot", source=source)
    swept = []
    for number in range(2, 2 + days):
        now = november(number, minutes=15)
        for each in plan(engine, day(number - 1), now, source, sources):
            enter(engine, each.window, each.mode, source=source, extracted_at=now)
            if each.mode == "snapshot":
                swept.append(number)
    return swept


@pytest.mark.parametrize("source", [OPPORTUNITY, ACCOUNT, LINKS], ids=lambda source: source.id)
def test_an_object_is_swept_once_in_each_period(warehouse, source):
    swept = days_of_sweeps(warehouse, source, days=28)
    assert len(swept) == 4
    assert swept[0] <= 8
    assert {later - earlier for earlier, later in itertools.pairwise(swept)} == {7}


def test_sweep_days_is_the_length_of_the_period(warehouse):
    assert len(days_of_sweeps(warehouse, OPPORTUNITY, days=27, sweep_days=3)) == 9


def test_objects_are_swept_on_different_days(warehouse):
    """Of all objects loaded in one night, no later night sweeps more than half."""
    for source in SWEPT:
        enter(warehouse, Window(BEGINNING, november(1)), "snapshot", source=source)
    due = [
        sum(
            any(each.mode == "snapshot" for each in plan(warehouse, None, november(number, hours=1), source, SOURCES))
            for source in SWEPT
        )
        for number in range(1, 9)
    ]  # fmt: skip
    # Nothing is loaded between them, so what is due stays due.
    assert due[0] == 0
    assert due[-1] == len(SWEPT)
    new = [later - earlier for earlier, later in itertools.pairwise(due)]
    assert max(new) <= len(SWEPT) / 2
    assert min(new) > 0


def test_a_sweep_comes_after_what_the_run_has_to_read_anyway(warehouse):
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot")
    enter(warehouse, Window(november(1), november(9)))
    now = november(10, minutes=5)
    assert plan(warehouse, day(9), now, sources=SOURCES) == [
        *plan(warehouse, day(9), now),
        snapshot(november(10)),
    ]


def test_a_missed_sweep_is_made_up_for(warehouse):
    """It failed or the run did: it stays due, and is not put off to the next period."""
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot")
    enter(warehouse, Window(november(1), november(20)))
    assert modes(warehouse, november(20, minutes=5)) == ["snapshot"]
    enter(warehouse, Window(BEGINNING, november(20)), "snapshot", status="failed")
    assert modes(warehouse, november(20, hours=3)) == ["delta", "snapshot"]


def test_a_backfill_sweeps_nothing(warehouse):
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot")
    enter(warehouse, Window(november(1), november(20)))
    now = november(20, minutes=5)
    assert modes(warehouse, now, interval=day(3), is_backfill=True) == []
    assert modes(warehouse, now, interval=day(3)) == ["snapshot"]
    again = modes(warehouse, now, interval=day(3), is_backfill=True, re_extract=True)
    assert again == ["delta"]


@pytest.mark.parametrize("source", [STAGES, LOGIN], ids=lambda source: source.id)
def test_what_is_read_whole_anyway_and_what_only_grows_is_not_swept(warehouse, source):
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot", source=source)
    enter(warehouse, Window(BEGINNING, november(1)), "delta", source=source)
    now = november(20, minutes=5)
    assert len(plan(warehouse, None, now, source, SOURCES)) == 1


def test_an_interval_that_lies_after_the_lag_waits_with_the_sweep(warehouse):
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot")
    assert modes(warehouse, november(20, minutes=4), interval=day(20)) == []


def test_deletions_without_a_trace_make_the_next_plan_a_snapshot(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot")
    now = november(9, minutes=5)
    assert modes(warehouse, now) == ["delta"]
    enter(warehouse, day(8), has_deletion_gap=True)
    assert modes(warehouse, now) == ["snapshot"]
    # A backfill reads what it is about; the next ordinary run sees to it.
    assert modes(warehouse, now, interval=day(8), is_backfill=True) == []
    enter(warehouse, Window(BEGINNING, november(9)), "snapshot", extracted_at=now)
    assert modes(warehouse, now) == []


def test_fields_that_are_shown_again_make_the_next_plan_a_snapshot(warehouse):
    enter(warehouse, Window(BEGINNING, november(8)), "snapshot", read_fields=["amount", "stage"])
    enter(warehouse, day(8), read_fields=["stage"])
    now = november(10, minutes=5)
    # What is not shown cannot be read again.
    assert modes(warehouse, now) == ["delta"]
    enter(warehouse, day(9), read_fields=["amount", "stage"])
    assert modes(warehouse, now) == ["snapshot"]
    both = ["amount", "stage"]
    enter(
        warehouse, Window(BEGINNING, november(10)), "snapshot", extracted_at=now, read_fields=both
    )
    assert modes(warehouse, now) == []


def test_a_sweep_the_run_began_keeps_its_end(warehouse):
    enter(warehouse, Window(BEGINNING, november(1)), "snapshot")
    enter(warehouse, Window(november(1), november(20)))
    begun = Window(BEGINNING, november(20))
    enter(warehouse, begun, "snapshot", "failed", run_id="new", checkpoint_at=november(20))
    later = november(20, minutes=5) + timedelta(hours=2)
    planned = plan(warehouse, interval=day(19), now=later, sources=SOURCES)
    assert planned == [snapshot(november(20))]
