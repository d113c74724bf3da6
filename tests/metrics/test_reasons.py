"""A restated value says why, by what became of the deals behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from include.metrics import compute as computing
from include.metrics.bookings import REVENUE
from include.metrics.definition import definition_hash
from include.metrics.metric import sum_of
from include.tables import facts
from include.tables.metrics import restatement
from include.tables.ops import CHOICES_OF, fact_build
from include.tables.stage import CURRENT
from tests.metrics.builders import (
    SALES_OBJECTS,
    Row,
    at,
    build_calendar,
    compute,
    deal,
    insert,
    loaded,
)

BEFORE, TURN, AFTER = at("2026-03-05"), at("2026-03-06"), at("2026-03-07")


def was(deal_id: str, stage: str = "won", closes: str = "2026-02-10", amount: int = 100) -> Row:
    return deal(
        deal_id, "2026-01-05", closes, stage, amount, owner_user_id="X", known_until=TURN,
        crm="hubspot",
    )  # fmt: skip


def became(
    deal_id: str,
    stage: str = "won",
    closes: str = "2026-02-10",
    amount: int = 100,
    owner: str = "X",
    **columns: Any,
) -> Row:
    return deal(
        deal_id, "2026-01-05", closes, stage, amount, owner_user_id=owner, known_from=TURN,
        crm="hubspot", **columns,
    )  # fmt: skip


def reasons_of(engine: sa.Engine, slice_id: str = "total", month: int = 2) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(
            sa.select(restatement.c.slice_value, restatement.c.reason).where(
                restatement.c.metric_id == "revenue",
                restatement.c.grain == "month",
                restatement.c.period_start_date == date(2026, month, 1),
                restatement.c.slice_id == slice_id,
            )
        )
        return {row.slice_value: row.reason for row in rows}


def computed(engine: sa.Engine, rows: list[Row], metric_ids: list[str] | None = None) -> None:
    build_calendar(engine, "2025-12-01", "2026-12-31")
    loaded(engine, SALES_OBJECTS, at("2026-12-31"))
    # One that stays as it is.
    insert(engine, facts.deal, [deal("S", "2026-01-05", "2026-02-11", "won", 7), *rows])
    for as_of in (BEFORE, AFTER):
        compute(engine, as_of, metric_ids or ["revenue"])


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([was("hubspot:1")], "deleted"),
        ([was("hubspot:1"), became("hubspot:1", "open", "2026-04-01")], "reopened"),
        ([was("hubspot:1"), became("hubspot:1", closes="2026-01-20")], "changed_close_date"),
        ([was("hubspot:1"), became("hubspot:1", amount=130)], "amount_changed"),
        ([became("hubspot:1")], "late_data"),
        ([was("hubspot:1", "open", "2026-04-01"), became("hubspot:1")], "late_data"),
        ([was("hubspot:1"), became("hubspot:1", is_counted=False)], "other"),
        ([was("hubspot:1"), became("hubspot:1", "lost")], "other"),
        # Still in February, so there it is the amount; its day is restated for another reason.
        (
            [was("hubspot:1"), became("hubspot:1", closes="2026-02-20", amount=130)],
            "amount_changed",
        ),
        # Two of three were deleted.
        (
            [was("hubspot:1"), was("hubspot:2"), was("hubspot:3"), became("hubspot:3", amount=9)],
            "deleted",
        ),
    ],
)
def test_the_reason_is_what_became_of_most_deals(
    warehouse: sa.Engine, rows: list[Row], reason: str
) -> None:
    computed(warehouse, rows)
    assert reasons_of(warehouse) == {"": reason}
    assert reasons_of(warehouse, "owner") == {"X": reason}


def test_a_merged_deal_is_not_called_deleted(warehouse: sa.Engine) -> None:
    merged = CURRENT["hubspot.deal"]
    row = {
        "hubspot_deal_id": "1",
        "merged_into_id": "2",
        "modified_at": TURN,
        "extracted_at": TURN,
        "batch_id": "b",
        "row_hash": "h",
    }
    insert(warehouse, merged, [row])
    computed(warehouse, [was("hubspot:1")])
    assert reasons_of(warehouse) == {"": "merged"}


def test_a_deal_that_moved_to_another_period_is_named_in_both(warehouse: sa.Engine) -> None:
    computed(warehouse, [was("hubspot:1"), became("hubspot:1", closes="2026-01-20")])
    assert reasons_of(warehouse, month=1) == {"": "changed_close_date"}


def test_another_owner_is_other(warehouse: sa.Engine) -> None:
    computed(warehouse, [was("hubspot:1"), became("hubspot:1", owner="Y")])
    assert reasons_of(warehouse) == {}
    assert reasons_of(warehouse, "owner") == {"X": "other", "Y": "other"}


def test_a_metric_that_means_something_else_says_so(
    warehouse: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed(warehouse, [])
    double = replace(
        REVENUE, numerator=2 * sum_of(facts.deal.c.deal_amount, where=facts.deal.c.is_won)
    )
    monkeypatch.setattr(computing, "CATALOGUE", (double,))
    compute(warehouse, at("2026-03-08"), ["revenue"])
    assert reasons_of(warehouse) == {"": "definition_changed"}


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ({"deal": "all"}, {"deal": "some pipelines"}, "definition_changed"),
        ({"exchange_rate": "USD"}, {"exchange_rate": "INR"}, "definition_changed"),
        ({"deal": "all", "ticket": "a"}, {"deal": "all", "ticket": "b"}, "amount_changed"),
        # Kept by nobody before an upgrade.
        (None, {"deal": "all"}, "amount_changed"),
    ],
)
def test_a_metric_of_facts_by_other_choices_means_something_else(
    warehouse: sa.Engine, before: dict[str, str] | None, after: dict[str, str], reason: str
) -> None:
    build_calendar(warehouse, "2025-12-01", "2026-12-31")
    loaded(warehouse, SALES_OBJECTS, at("2026-12-31"))
    insert(warehouse, facts.deal, [was("hubspot:1"), became("hubspot:1", amount=130)])
    for as_of, choices in ((BEFORE, before), (AFTER, after)):
        build = {
            "built_at": as_of, "is_whole": True, "reason": "", "definition_hash": "h",
            "shared_inputs": {CHOICES_OF + name: made for name, made in (choices or {}).items()},
            "row_counts": {}, "record_count": 1, "changed_count": 1, "built_count": 1,
        }  # fmt: skip
        insert(warehouse, fact_build, [build])
        compute(warehouse, as_of, ["revenue"])
    assert reasons_of(warehouse) == {"": reason}


def test_the_definition_is_told_by_what_it_sums_and_not_by_its_words() -> None:
    assert definition_hash(REVENUE) == definition_hash(replace(REVENUE, name="Sales", slices=()))
    assert definition_hash(REVENUE) != definition_hash(replace(REVENUE, timing="cohort"))
    other_day = replace(REVENUE, date=facts.deal.c.created_date)
    assert definition_hash(REVENUE) != definition_hash(other_day)
