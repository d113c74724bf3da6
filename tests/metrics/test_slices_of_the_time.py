"""A customer that changed its segment: what it did before stays with the segment it had then."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    at,
    build_calendar,
    compute,
    customer,
    deal,
    insert,
    lead,
    loaded,
    values,
)
from tests.metrics.rows import fact, month

AS_OF = at("2026-06-01")
# C was small until 15 March 2026, medium until 1 May, and is large since.
STATES = [
    customer("C", "2026-02-10", at("2025-06-01"), at("2026-03-15"), segment="small"),
    customer("C", "2026-02-10", at("2026-03-15"), at("2026-05-01"), segment="medium"),
    customer("C", "2026-02-10", at("2026-05-01"), segment="large"),
    customer("D", "2026-03-20", at("2025-06-01"), segment="small"),
]


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], AS_OF)
    insert(warehouse, facts.customer, STATES)
    return warehouse


def by_segment(
    engine: sa.Engine, metric_id: str, start: str, grain: str = "month"
) -> dict[str, Decimal]:
    """The numerators of a period, which must add up to the total's."""
    period = {"grain": grain, "period_start_date": date.fromisoformat(start)}
    found = {
        member: row.numerator
        for member, row in values(engine, metric_id, slice_id="segment", **period).items()
        if row.numerator
    }
    (total,) = values(engine, metric_id, **period).values()
    assert sum(found.values()) == (total.numerator or 0), (metric_id, start)
    return found


def test_won_deals_belong_to_the_segment_of_their_day(company: sa.Engine) -> None:
    insert(
        company,
        facts.deal,
        [
            deal("1", "2026-01-01", "2026-03-14", "won", 100, customer_id="C"),
            deal("2", "2026-01-01", "2026-03-15", "won", 200, customer_id="C"),
            deal("3", "2026-01-01", "2026-03-20", "won", 1000, customer_id="D"),
            deal("4", "2026-01-01", "2026-05-02", "won", 400, customer_id="C"),
            # Before anything is known of C, what is known first; and of nobody known.
            deal("5", "2025-01-01", "2025-03-14", "won", 50, customer_id="C"),
            deal("6", "2026-01-01", "2026-03-20", "won", 7, customer_id="X"),
            deal("7", "2026-01-01", "2026-03-20", "won", 8),
        ],
    )
    compute(company, AS_OF, ["revenue"])
    assert by_segment(company, "revenue", "2025-03-01") == {"small": 50}
    # D's 1000 and C's first 100; C was medium from the 15th on; 7 + 8 of no customer known.
    assert by_segment(company, "revenue", "2026-03-01") == {
        "small": 1100, "medium": 200, "(none)": 15,
    }  # fmt: skip
    assert by_segment(company, "revenue", "2026-05-01") == {"large": 400}
    # The year holds all three: 1100, 200, 400, 15.
    assert by_segment(company, "revenue", "2026-01-01", "year") == {
        "small": 1100, "medium": 200, "large": 400, "(none)": 15,
    }  # fmt: skip


def test_an_earlier_as_of_does_not_know_the_later_segment(company: sa.Engine) -> None:
    insert(
        company, facts.deal, [deal("1", "2026-01-01", "2026-03-14", "won", 100, customer_id="C")]
    )
    insert(
        company,
        facts.deal,
        [
            deal(
                "2",
                "2026-01-01",
                "2026-03-20",
                "won",
                5,
                known_from=at("2026-03-20"),
                customer_id="C",
            )
        ],
    )
    for as_of in (at("2026-03-15"), at("2026-03-21")):
        compute(company, as_of, ["revenue"], run_id=str(as_of))
    period = {"slice_id": "segment", "grain": "month", "period_start_date": date(2026, 3, 1)}
    early = values(company, "revenue", as_of_at=at("2026-03-15"), **period)
    assert {member: row.value for member, row in early.items()} == {"small": 100}
    late = values(company, "revenue", as_of_at=at("2026-03-21"), **period)
    assert {member: row.value for member, row in late.items()} == {"small": 100, "medium": 5}


def test_what_stands_follows_its_customer(company: sa.Engine) -> None:
    """An open deal, a subscription and a month of one customer change segments with it."""
    insert(
        company,
        facts.deal,
        [
            deal("1", "2026-01-10", "2026-12-31", "open", 100, customer_id="C"),
            deal("2", "2026-01-10", "2026-12-31", "open", 10, customer_id="D"),
        ],
    )
    line = {"start_date": "2026-01-01", "channel": "unknown", "billing_frequency": "monthly"}
    insert(
        company,
        facts.recurring_line,
        [
            fact(facts.recurring_line, "L1", customer_id="C", mrr_amount=30, **line),
            fact(facts.recurring_line, "L2", customer_id="C", mrr_amount=5,
                 end_date="2026-04-10", **line),
            fact(facts.recurring_line, "L3", customer_id="D", mrr_amount=7, **line),
        ],
    )  # fmt: skip
    insert(
        company,
        facts.mrr_customer_month,
        [month("C", start, 30, 30) for start in ("2026-02-01", "2026-03-01", "2026-04-01",
                                                 "2026-05-01")],
    )  # fmt: skip
    compute(company, AS_OF, ["pipeline_amount", "mrr", "retention_rate"])
    expected = {"2026-02-01": "small", "2026-03-01": "medium", "2026-05-01": "large"}
    for start, segment in expected.items():
        mrr = 30 if start == "2026-05-01" else 35
        small = {"small": 10} if segment != "small" else {}
        assert by_segment(company, "pipeline_amount", start) == {
            segment: 100 if small else 110, **small,
        }  # fmt: skip
        assert by_segment(company, "mrr", start) == {
            segment: mrr if small else mrr + 7, **({"small": 7} if small else {}),
        }  # fmt: skip
    # Retained from before the month to its end, in the segment of the end.
    for start in ("2026-03-01", "2026-05-01"):
        assert by_segment(company, "retention_rate", start) == {expected[start]: 1}
    # By the day: the 14th and the 15th of March.
    assert by_segment(company, "pipeline_amount", "2026-03-14", "day") == {"small": 110}
    assert by_segment(company, "pipeline_amount", "2026-03-15", "day") == {
        "medium": 100, "small": 10,
    }  # fmt: skip


def test_new_customers_and_leads_belong_to_the_segment_of_their_day(company: sa.Engine) -> None:
    insert(
        company,
        facts.lead,
        [*lead("1", "2026-03-14", customer_id="C"), *lead("2", "2026-03-16", customer_id="C")],
    )
    compute(company, AS_OF, ["marketing_originated_pct", "leads_generated"])
    assert by_segment(company, "leads_generated", "2026-03-01") == {"small": 1, "medium": 1}
    period = {"grain": "month", "slice_id": "segment"}
    for start, samples in (("2026-02-01", {"small": 1}), ("2026-03-01", {"small": 1})):
        found = values(
            company,
            "marketing_originated_pct",
            period_start_date=date.fromisoformat(start),
            **period,
        )
        # C became one in February when it was small, though it is large now.
        assert set(found) == set(samples)
