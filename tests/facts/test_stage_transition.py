"""facts.stage_transition: who went on from which stage, and how long it took."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from statistics import median
from typing import Any

import pytest
import sqlalchemy as sa

from include.tables import facts
from tests.facts.builders import (
    END,
    Version,
    as_of,
    at,
    built,
    change,
    hubspot_change,
    hubspot_deal,
    opportunity,
    put,
    version,
    with_choices,
)

DAY = 24 * 3600
STAGES = [("Q", False, 10), ("P", False, 40), ("N", False, 60), ("W", True, 100), ("L", True, 0)]
FIRST_READ = "2026-06-01"


def stages(crm: str) -> list[Version]:
    """Qualified, proposed, negotiated, won, lost, in either CRM."""
    if crm == "salesforce":
        return [
            version(
                "salesforce.opportunity_stage",
                name,
                "2025-01-01",
                stage_name=name,
                stage_label=name,
                is_closed=is_closed,
                is_won=name == "W",
                probability_percent=percent,
                sort_order=order,
            )
            for order, (name, is_closed, percent) in enumerate(STAGES)
        ]
    return [
        version(
            "hubspot.deal_stage",
            name,
            "2025-01-01",
            pipeline_id="default",
            stage_id=name,
            stage_label=name,
            is_closed=is_closed,
            probability_rate=percent / 100,
            sort_order=order,
        )
        for order, (name, is_closed, percent) in enumerate(STAGES)
    ]


def history(crm: str, key: str, *steps: tuple[str, str]) -> list[Version]:
    """A deal first read long after it went through these stages, each with its day."""
    (first, _), (last_day, last) = (steps[0][0], 0), steps[-1]
    closing = last_day if last in "WL" else "2026-12-31"
    outcome = {"W": "won", "L": "lost"}.get(last, "open")
    if crm == "salesforce":
        deal = opportunity(key, first, closing, outcome, modified=FIRST_READ, stage_name=last)
        return [deal, *(change(key, day, stage, 1000, 10, closing) for day, stage in steps)]
    deal = hubspot_deal(key, first, closing, FIRST_READ, stage_id=last, amount_original=1000)
    return [deal, *(hubspot_change(key, day, "dealstage", stage) for day, stage in steps)]


def stage_of(row: Any) -> str:
    return row.stage_id.split(":")[-1]


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_golden_funnel(warehouse, settings, crm):
    """100 deals qualified, 40 of them proposed, 24 negotiated, 12 won."""
    funnel = [("2026-01-05", "Q"), ("2026-01-15", "P"), ("2026-01-25", "N"), ("2026-02-05", "W")]
    reached = [12, 24 - 12, 40 - 24, 100 - 40]
    numbers = iter(range(100))
    deals = [
        history(crm, f"D{next(numbers)}", *funnel[: 4 - position])
        for position, count in enumerate(reached)
        for _ in range(count)
    ]
    put(warehouse, *stages(crm), *(row for deal in deals for row in deal))
    rows = list(
        as_of(
            built(warehouse, with_choices(settings), facts.stage_transition), "2026-07-01"
        ).values()
    )
    entered = Counter(stage_of(row) for row in rows if row.is_first_entry)
    passed = Counter(stage_of(row) for row in rows if row.is_first_entry and row.is_passed)
    won = Counter(stage_of(row) for row in rows if row.is_first_entry and row.is_won)
    assert entered == {"Q": 100, "P": 40, "N": 24, "W": 12}
    # 40/100 = 0.40, 24/40 = 0.60, 12/24 = 0.50; won from P 12/40 = 0.30.
    assert passed == {"Q": 40, "P": 24, "N": 12}
    assert (won["Q"], won["P"]) == (12, 12)
    # On 20 January forty had gone on to P, and nobody further.
    then = as_of(built(warehouse, with_choices(settings), facts.stage_transition), "2026-01-20")
    assert Counter(stage_of(row) for row in then.values()) == {"Q": 100, "P": 40}
    assert sum(row.is_passed for row in then.values()) == 40
    assert not any(row.is_won for row in then.values())


def test_golden_days_in_a_stage(warehouse, settings):
    """Deals won after 5, 10, 20 and 40 days in a stage: median 15, third quartile 25."""
    deals = [
        history(
            "salesforce",
            f"D{days}",
            ("2026-01-05", "Q"),
            (str(date(2026, 1, 5) + timedelta(days=days)), "W"),
        )
        for days in (5, 10, 20, 40)
    ]
    put(warehouse, *stages("salesforce"), *(row for deal in deals for row in deal))
    rows = built(warehouse, with_choices(settings), facts.stage_transition)
    stays = [row for row in as_of(rows, "2026-07-01").values() if stage_of(row) == "Q"]
    days = sorted(row.stage_seconds / DAY for row in stays)
    assert days == [5, 10, 20, 40]
    assert median(days) == 15
    assert {row.exited_date for row in stays} == {
        # 5 January and 5, 10, 20, 40 days.
        date(2026, 1, 10), date(2026, 1, 15), date(2026, 1, 25), date(2026, 2, 14),
    }  # fmt: skip
    # On 16 January two of them still were there.
    there = as_of(rows, "2026-01-16").values()
    assert Counter(row.stage_seconds for row in there if stage_of(row) == "Q") == {
        5 * DAY: 1, 10 * DAY: 1, None: 2,
    }  # fmt: skip


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_forward_back_skip_and_again(warehouse, settings, crm):
    put(
        warehouse,
        *stages(crm),
        *history(
            crm,
            "A",
            ("2026-01-01", "Q"),
            ("2026-01-05", "P"),
            ("2026-01-09", "Q"),
            ("2026-01-12", "N"),
            ("2026-01-15", "W"),
            ("2026-01-20", "P"),
            ("2026-01-25", "W"),
        ),
        # Given up from the first stage: nothing was skipped, and nothing passed.
        *history(crm, "B", ("2026-01-01", "Q"), ("2026-01-05", "L")),
        # A stage nobody has described.
        *history(crm, "C", ("2026-01-01", "Q"), ("2026-01-05", "?")),
    )
    rows = built(warehouse, with_choices(settings), facts.stage_transition)
    final = list(as_of(rows, "2026-07-01").values())
    story = [
        (stage_of(row), row.direction, row.is_first_entry, row.is_passed, row.is_open_stage)
        for row in sorted(final, key=lambda row: row.entered_at)
        if row.deal_id.endswith(":A")
    ]
    assert story == [
        ("Q", "first", True, True, True),
        # Went on to N and was won.
        ("P", "forward", True, True, True),
        ("Q", "back", False, True, True),
        ("N", "skip", True, True, True),
        # Won again afterwards, which passes even the first time.
        ("W", "forward", True, True, False),
        ("P", "back", False, True, True),
        ("W", "skip", False, False, False),
    ]
    others = {
        (row.deal_id[-1], stage_of(row)): (row.direction, row.is_passed, row.next_stage_id is None)
        for row in final
        if not row.deal_id.endswith(":A")
    }
    assert others == {
        ("B", "Q"): ("first", False, False),
        ("B", "L"): ("forward", False, True),
        ("C", "Q"): ("first", False, False),
        ("C", "?"): ("unknown", False, True),
    }
    # While A was reopened it was not won, and is in P: as of 22 January.
    reopened = [row for row in as_of(rows, "2026-01-22").values() if row.deal_id.endswith(":A")]
    assert not any(row.is_won for row in reopened)
    assert [stage_of(row) for row in reopened if row.exited_at is None] == ["P"]
    assert all(row.is_won for row in final if row.deal_id.endswith(":A"))


def test_other_changes_of_a_deal_make_no_entry_and_its_deletion_ends_all(warehouse, settings):
    put(
        warehouse,
        *stages("salesforce"),
        opportunity("A", "2026-01-01", "2026-12-31", "open", 100, stage_name="Q"),
        opportunity("A", "2026-01-01", "2026-12-31", "open", 200, stage_name="Q",
                    modified="2026-01-10"),
        opportunity("A", "2026-01-01", "2026-12-31", "open", 200, stage_name="Q",
                    modified="2026-02-01", deleted=True),
        # Back from the recycle bin, in the stage it was in.
        opportunity("A", "2026-01-01", "2026-12-31", "open", 200, stage_name="Q",
                    modified="2026-02-10"),
    )  # fmt: skip
    rows = built(warehouse, with_choices(settings), facts.stage_transition)
    assert [
        (row.valid_from_at, row.valid_to_at, row.entered_at, row.exited_at) for row in rows
    ] == [
        (at("2026-01-01"), at("2026-02-01"), at("2026-01-01"), None),
        (at("2026-02-10"), END, at("2026-01-01"), None),
    ]


def test_days_in_a_stage_of_each_day(warehouse, settings):
    put(
        warehouse,
        *stages("salesforce"),
        *history("salesforce", "A", ("2026-01-01", "Q"), ("2026-01-05", "P"), ("2026-01-12", "W")),
    )
    built(warehouse, with_choices(settings), facts.stage_transition, facts.date)
    snapshot = facts.deal_snapshot("UTC")
    with warehouse.connect() as connection:
        rows = connection.execute(
            sa.select(snapshot.c.snapshot_date, snapshot.c.age_days, snapshot.c.stage_days)
            .where(snapshot.c.snapshot_date <= date(2026, 1, 31))
            .order_by(snapshot.c.snapshot_date)
        ).all()
    # Open from 1 to 11 January; in Q up to the 4th, in P from the 5th on.
    assert [tuple(row) for row in rows] == [
        (date(2026, 1, day), day - 1, day - 1 if day < 5 else day - 5) for day in range(1, 12)
    ]


def test_a_pipeline_that_is_none_of_sales_has_no_stages_of_sales(warehouse, settings):
    """Of two requests in support one is sold: that says nothing of support, where all would be won."""

    def step(name: str, pipeline: str, is_closed: bool = False) -> Version:
        return version(
            "hubspot.deal_stage", f"{pipeline}:{name}", "2025-01-01", pipeline_id=pipeline,
            stage_id=name, stage_label=name, is_closed=is_closed,
            probability_rate=1 if is_closed else 0.5,
        )  # fmt: skip

    created = {"amount_original": 100, "stage_id": "asked", "pipeline_id": "support"}
    sold = {"amount_original": 100, "pipeline_id": "default"}
    put(
        warehouse,
        step("asked", "support"),
        step("offered", "default"),
        step("bought", "default", is_closed=True),
        hubspot_deal("1", "2026-03-01", None, "2026-03-01", **created),
        hubspot_deal("2", "2026-03-01", None, "2026-03-01", **created),
        hubspot_deal("1", "2026-03-01", None, "2026-03-05", stage_id="offered", **sold),
        hubspot_deal("1", "2026-03-01", "2026-03-09", "2026-03-09", stage_id="bought", **sold),
    )
    chosen = with_choices(settings, deals="hubspot", hubspot={"sales_pipelines": ["default"]})
    rows = as_of(built(warehouse, chosen, facts.stage_transition), "2026-04-01").values()
    assert {stage_of(row): row.is_counted for row in rows if row.deal_id == "hubspot:1"} == {
        "asked": False, "offered": True, "bought": True,
    }  # fmt: skip
