"""Times to resolution stand still while a request waits for somebody else, as service.yaml says."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.core.settings_service import Service
from include.tables import facts
from tests.facts.builders import (
    Version,
    as_of,
    at,
    built,
    hubspot_change,
    put,
    version,
    with_choices,
)

APRIL = "2026-04-01"
HOUR = 3600
WAITING = {"waiting_statuses": [" Waiting on Customer"]}
OPEN_FROM_9_TO_17 = {
    "time_zone": "UTC",
    **{day: ["09:00-17:00"] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
}


def choosing(settings: Settings, **service: object) -> Settings:
    return dataclasses.replace(with_choices(settings), service=Service.model_validate(service))


def case(key: str, created: str, status: str, modified: str, closed: str | None = None) -> Version:
    return version(
        "salesforce.case",
        key,
        modified,
        created_at=at(created),
        case_status=status,
        is_closed=closed is not None,
        closed_at=at(closed) if closed else None,
    )


def changes(case_id: str, *told: tuple[str, str]) -> list[Version]:
    """What the history of a case tells: when it took which status."""
    return [
        version(
            "salesforce.case_history",
            f"{case_id}{number}",
            when,
            case_id=case_id,
            field_name="Status",
            new_value=status,
            created_at=at(when),
        )
        for number, (when, status) in enumerate(told)
    ]


def test_the_wait_is_taken_off_by_the_clock_and_in_business_hours(warehouse, settings):
    """Monday 8:00 to 19:00 are 11 hours, 8 of them open; waited 10:00 to 18:00: 8, 7 of them open."""
    put(
        warehouse,
        case("A", "2026-03-02T08:00", "Closed", "2026-03-02T19:00", "2026-03-02T19:00"),
        *changes(
            "A",
            ("2026-03-02T08:00", "New"),
            ("2026-03-02T10:00", "waiting on customer"),
            ("2026-03-02T18:00", "Working"),
            ("2026-03-02T19:00", "Closed"),
        ),
    )
    chosen = choosing(settings, business_hours=OPEN_FROM_9_TO_17, **WAITING)
    found = as_of(built(warehouse, chosen, facts.ticket), APRIL)["A"]
    assert (found.resolution_seconds, found.resolution_business_seconds) == (3 * HOUR, 1 * HOUR)
    unchosen = choosing(settings, business_hours=OPEN_FROM_9_TO_17)
    found = as_of(built(warehouse, unchosen, facts.ticket), APRIL)["A"]
    assert (found.resolution_seconds, found.resolution_business_seconds) == (11 * HOUR, 8 * HOUR)


def test_each_closing_has_the_wait_before_it(warehouse, settings):
    """Closed after 3 hours with one of waiting, again after 9 with another."""
    put(
        warehouse,
        case("A", "2026-03-02T09:00", "Closed", "2026-03-02T18:00", "2026-03-02T18:00"),
        *changes(
            "A",
            ("2026-03-02T10:00", "Waiting on customer"),
            ("2026-03-02T11:00", "Working"),
            ("2026-03-02T12:00", "Closed"),
            ("2026-03-02T13:00", "Working"),
            ("2026-03-02T14:00", "Waiting on customer"),
            ("2026-03-02T15:00", "Working"),
            ("2026-03-02T18:00", "Closed"),
        ),
    )
    rows = built(warehouse, choosing(settings, **WAITING), facts.ticket)
    found = as_of(rows, APRIL)["A"]
    assert found.first_resolution_seconds == (3 - 1) * HOUR
    assert found.resolution_seconds == (9 - 2) * HOUR
    # Before it was opened again nothing was known of the second wait.
    found = as_of(rows, "2026-03-02T12:30")["A"]
    assert found.resolution_seconds == (3 - 1) * HOUR


def test_a_wait_nobody_has_seen_begin_counts_from_when_it_was_seen(warehouse, settings):
    """Filed on 1 March, read as waiting from the 5th on, closed on the 6th: one day of five waited."""
    put(
        warehouse,
        case("A", "2026-03-01", "Waiting on customer", "2026-03-05"),
        case("A", "2026-03-01", "Closed", "2026-03-06", "2026-03-06"),
    )
    found = as_of(built(warehouse, choosing(settings, **WAITING), facts.ticket), APRIL)["A"]
    assert found.resolution_seconds == (5 - 1) * 24 * HOUR


def test_a_wait_ends_with_the_closing_though_the_reading_came_later(warehouse, settings):
    """Waiting from 10:00, closed at 12:00 and touched at 20:00, when it was read: 3 hours less 2."""
    put(
        warehouse,
        case("A", "2026-03-02T09:00", "Waiting on customer", "2026-03-02T10:00"),
        case("A", "2026-03-02T09:00", "Closed", "2026-03-02T20:00", "2026-03-02T12:00"),
    )
    found = as_of(built(warehouse, choosing(settings, **WAITING), facts.ticket), APRIL)["A"]
    assert found.resolution_seconds == (3 - 2) * HOUR


def test_hubspot_waits_in_stages_by_their_labels(warehouse, settings):
    """Ten hours, four of them in a stage called waiting on customer."""

    def stage(stage_id: str, label: str, state: str) -> Version:
        return version(
            "hubspot.ticket_stage", f"0:{stage_id}", "2025-01-01", pipeline_id="0",
            stage_id=stage_id, stage_label=label, ticket_state=state,
        )  # fmt: skip

    def ticket(modified: str, stage_id: str, **values: object) -> Version:
        return version(
            "hubspot.ticket", "1", modified, created_at=at("2026-03-02"), pipeline_id="0",
            stage_id=stage_id, **values,
        )  # fmt: skip

    put(
        warehouse,
        stage("1", "New", "OPEN"),
        stage("2", "Waiting on customer", "OPEN"),
        stage("3", "Closed", "CLOSED"),
        ticket("2026-03-02T00:00", "1"),
        ticket("2026-03-02T02:00", "2"),
        ticket("2026-03-02T06:00", "1"),
        ticket("2026-03-02T10:00", "3", is_closed=True, closed_at=at("2026-03-02T10:00")),
    )
    found = as_of(built(warehouse, choosing(settings, **WAITING), facts.ticket), APRIL)["1"]
    assert found.resolution_seconds == (10 - 4) * HOUR


def test_a_wait_in_another_pipeline_is_one(warehouse, settings):
    """Waiting for the customer from hour 2 to 10 in the first pipeline, and done at hour 20 in the
    second, where it was read first: 20 hours less 8.
    """
    put(
        warehouse,
        *(
            version(
                "hubspot.ticket_stage", f"{pipeline}:{stage_id}", "2025-01-01",
                pipeline_id=pipeline, stage_id=stage_id, stage_label=label, ticket_state=state,
            )
            for pipeline, stage_id, label, state in (
                ("0", "1", "New", "OPEN"),
                ("0", "2", "Waiting on contact", "OPEN"),
                ("900", "901", "Second level", "OPEN"),
                ("900", "902", "Done", "CLOSED"),
            )
        ),
        version(
            "hubspot.ticket", "1", "2026-03-05", created_at=at("2026-03-02"), pipeline_id="900",
            stage_id="902", is_closed=True, closed_at=at("2026-03-02T20:00"),
        ),
        *(
            hubspot_change("1", when, "hs_pipeline_stage", stage_id, "ticket")
            for when, stage_id in (
                ("2026-03-02", "1"),
                ("2026-03-02T02:00", "2"),
                ("2026-03-02T10:00", "901"),
                ("2026-03-02T20:00", "902"),
            )
        ),
    )  # fmt: skip
    choices = choosing(settings, waiting_statuses=["waiting on contact"])
    row = as_of(built(warehouse, choices, facts.ticket), "2026-04-01")["1"]
    assert row.resolution_seconds == 12 * 3600


@pytest.mark.parametrize("seed", range(3))
def test_random_requests_wait_as_counted_hour_by_hour(
    warehouse: sa.Engine, settings: Settings, seed: int
) -> None:
    """Each hour between filing and the latest closing is one of waiting or is not."""
    chance, start = Random(seed), datetime(2026, 3, 2)
    rows: list[Version] = []
    expected: dict[str, int] = {}
    for number in range(20):
        key = f"C{number}"
        hours = sorted(chance.sample(range(1, 200), chance.randint(1, 8)))
        told = [
            (hour, chance.choice(["Working", "Waiting on customer", "Closed"])) for hour in hours
        ]
        told[-1] = (hours[-1], "Closed")

        def when(hour: int) -> str:
            return (start + timedelta(hours=hour)).isoformat()

        status, spent = "New", 0
        for hour in range(hours[-1]):
            status = dict(told).get(hour, status)
            spent += status != "Waiting on customer"
        expected[key] = spent * HOUR
        rows += changes(key, (when(0), "New"), *((when(hour), name) for hour, name in told))
        rows.append(case(key, when(0), "Closed", when(hours[-1]), when(hours[-1])))
    put(warehouse, *rows)
    found = as_of(built(warehouse, choosing(settings, **WAITING), facts.ticket), APRIL)
    assert {key: row.resolution_seconds for key, row in found.items()} == expected
