"""The golden examples of the metric canon, as fact rows; March 2026 as of 1 April unless said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import (
    SALES_OBJECTS,
    activity,
    at,
    build_calendar,
    compute,
    credit,
    deal,
    deal_history,
    insert,
    insert_deals,
    lead,
    loaded,
    login,
    ticket,
    total,
    user,
    values,
)

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
# id, created, closes, stage, amount, probability. O8 is deleted: it has no state, so no row.
DEALS = (
    ("O1", "2026-01-02", "2026-02-01", "won", 1000, 1),
    ("O2", "2026-01-10", "2026-03-11", "won", 3000, 1),
    ("O3", "2026-02-01", "2026-03-03", "lost", 2000, 0),
    ("O4", "2026-02-15", "2026-03-17", "won", 2000, 1),
    ("O5", "2026-03-05", "2026-03-10", "won", 500, 1),
    ("O6", "2026-03-01", "2026-04-15", "open", 4000, 0.5),
    ("O7", "2026-01-15", "2026-02-28", "open", 1000, 0.2),
    ("O9", "2026-03-25", "2026-05-01", "open", None, 0.1),
    ("O10", "2026-03-20", "2026-03-10", "won", 500, 1),
)
OWNERS = {"O2": "A", "O5": "A", "O4": "B", "O10": "B"}


@pytest.fixture
def deals(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, AS_OF)
    rows = [
        state for row in DEALS for state in deal_history(*row, owner_user_id=OWNERS.get(row[0]))
    ]
    insert_deals(warehouse, rows)
    insert(warehouse, facts.user, [user("A", "Ada Able"), user("B", "Bo Best")])
    return warehouse


def test_revenue_by_month_week_and_day(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["revenue"])
    march = total(deals, "revenue", "month", "2026-03-01")
    # 3000 + 2000 + 500 + 500 (O10 counts as revenue, its cycle does not)
    assert (march.value, march.sample_count, march.status) == (6000, 4, "OK")
    assert march.is_complete
    assert march.denominator is None
    assert total(deals, "revenue", "month", "2026-02-01").value == 1000
    assert total(deals, "revenue", "day", "2026-03-10").value == 1000
    assert total(deals, "revenue", "day", "2026-03-11").value == 3000
    assert total(deals, "revenue", "day", "2026-03-17").value == 2000
    week = total(deals, "revenue", "week", "2026-03-09")
    assert (week.period_id, week.value) == ("2026-W11", 4000)
    assert total(deals, "revenue", "week", "2026-03-16").value == 2000
    year = total(deals, "revenue", "year", "2026-01-01")
    assert (year.value, year.is_complete) == (7000, False)


def test_sales_growth(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["sales_growth", "sales_growth_year_over_year"])
    march = total(deals, "sales_growth", "month", "2026-03-01")
    # (6000 - 1000) / 1000
    assert (march.numerator, march.denominator, march.value) == (5000, 1000, 5)
    february = total(deals, "sales_growth", "month", "2026-02-01")
    assert (february.value, february.status) == (None, "ZERO_DENOMINATOR")
    assert total(deals, "sales_growth", "year", "2026-01-01").status == "NO_DATA"
    last_year = total(deals, "sales_growth_year_over_year", "month", "2026-03-01")
    assert (last_year.value, last_year.status) == (None, "ZERO_DENOMINATOR")


def test_sales_growth_year_over_year(deals: sa.Engine) -> None:
    insert(deals, facts.deal, deal_history("P1", "2025-01-01", "2025-03-31", "won", 4000))
    compute(deals, AS_OF, ["sales_growth_year_over_year"])
    # (6000 - 4000) / 4000
    assert total(deals, "sales_growth_year_over_year", "month", "2026-03-01").value == Decimal(
        "0.5"
    )


def test_average_purchase_value(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["avg_purchase_value"])
    march = total(deals, "avg_purchase_value", "month", "2026-03-01")
    # 6000 / 4; median of 500, 500, 2000, 3000 is (500 + 2000) / 2;
    # p90 lies 0.9 * 3 = 2.7 steps from the first: 2000 + 0.7 * 1000
    assert (march.value, march.mean_value, march.median_value) == (1500, 1500, 1250)
    assert march.p90_value == 2700


def test_close_rate_by_count_and_by_amount(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["close_rate", "close_rate_by_amount"])
    by_count = total(deals, "close_rate", "month", "2026-03-01")
    # 4 won of 4 won + 1 lost
    assert (by_count.numerator, by_count.denominator) == (4, 5)
    assert by_count.value == Decimal("0.8")
    # 6000 of 6000 + 2000
    assert total(deals, "close_rate_by_amount", "month", "2026-03-01").value == Decimal("0.75")


def test_a_deal_lost_for_a_reason_not_counted_is_none(warehouse: sa.Engine) -> None:
    """3 won of 100 each; 4 lost of 200 each, one of them as a duplicate."""
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, AS_OF)
    ends = [("won", 100)] * 3 + [("lost", 200)] * 3 + [("disqualified", 200)]
    for number, (stage, amount) in enumerate(ends):
        rows = deal_history(f"D{number}", "2026-03-01", "2026-03-11", stage, amount)
        insert(warehouse, facts.deal, rows)
    insert(warehouse, facts.deal, deal_history("open", "2026-03-01", "2026-06-01", "open", 50))
    compute(
        warehouse,
        AS_OF,
        ["close_rate", "close_rate_by_amount", "close_rate_cohort", "deals_lost", "sales_velocity"],
    )
    found = {
        name: total(warehouse, name, "month", "2026-03-01")
        for name in ("close_rate", "close_rate_by_amount", "close_rate_cohort", "deals_lost")
    }
    assert {
        name: (row.numerator, row.denominator, row.sample_count, row.excluded_count)
        for name, row in found.items()
    } == {
        "close_rate": (3, 6, 6, 1),
        # 300 of 300 + 600
        "close_rate_by_amount": (300, 900, 6, 1),
        # With the open one there are 7 that may still be won, or could have been.
        "close_rate_cohort": (3, 7, 7, 1),
        "deals_lost": (3, None, 3, 1),
    }
    assert found["close_rate"].value == Decimal("0.5")
    # 1 open x 0.5 x 100 / 10 days
    assert total(warehouse, "sales_velocity", "month", "2026-03-01").value == 5


def test_sales_cycle(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["sales_cycle_days"])
    march = total(deals, "sales_cycle_days", "month", "2026-03-01")
    # 60, 30 and 5 days; O10 closed ten days before it was created
    assert (march.value, march.median_value, march.sample_count) == (30, 30, 3)
    assert march.excluded_count == 1
    assert march.mean_value == pytest.approx(Decimal(95) / 3)
    # 0.9 * 2 = 1.8 steps from the first: 30 + 0.8 * 30
    assert march.p90_value == 54


def test_pipeline(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["pipeline_amount", "pipeline_weighted_amount", "pipeline_overdue_count"])
    march = total(deals, "pipeline_amount", "month", "2026-03-01")
    # O6 4000 + O7 1000, and O9 without an amount
    assert (march.value, march.sample_count, march.excluded_count) == (5000, 2, 1)
    # 4000 * 0.5 + 1000 * 0.2
    weighted = total(deals, "pipeline_weighted_amount", "month", "2026-03-01")
    assert (weighted.value, weighted.excluded_count) == (2200, 1)
    # O7 should have closed on 28 February
    assert total(deals, "pipeline_overdue_count", "month", "2026-03-01").value == 1
    # At the end of January O1 1000, O2 3000 and O7 1000 were open
    assert total(deals, "pipeline_amount", "month", "2026-01-01").value == 5000


def test_sales_performance(deals: sa.Engine) -> None:
    compute(deals, AS_OF, ["sales_performance"])
    found = values(deals, "sales_performance", slice_id="owner", **MARCH)
    # A: O2 3000 + O5 500; B: O4 2000 + O10 500
    assert {
        member: (row.slice_label, row.value, row.sample_count, row.status)
        for member, row in found.items()
    } == {"A": ("Ada Able", 3500, 2, "OK"), "B": ("Bo Best", 2500, 2, "OK")}


def test_a_split_deal_counts_once_and_for_each_of_its_owners(deals: sa.Engine) -> None:
    won = deal("S", "2026-03-01", "2026-03-12", "won", 1000, owner_user_id="A")
    unknown = deal("N", "2026-03-01", "2026-03-12", "won", None, owner_user_id="A")
    insert(deals, facts.deal, [won, unknown])
    shares = [
        credit(each, rate, is_leading=rate > 0.5, owner_user_id=owner)
        for each in (won, unknown)
        for rate, owner in ((0.7, "B"), (0.3, "A"))
    ]
    insert(deals, facts.deal_credit, shares)
    compute(deals, AS_OF, ["sales_performance", "revenue"])
    found = values(deals, "sales_performance", slice_id="owner", **MARCH)
    # A: 3500 + 0.3 * 1000; B: 2500 + 0.7 * 1000. Each has won both new deals, one without an amount.
    assert {
        member: (row.value, row.sample_count, row.excluded_count) for member, row in found.items()
    } == {"A": (3800, 4, 1), "B": (3200, 4, 1)}
    whole = total(deals, "sales_performance", "month", "2026-03-01")
    # 6000 + 1000 of 4 + 2 deals, as won revenue has it.
    assert (whole.value, whole.sample_count, whole.excluded_count) == (7000, 6, 1)
    assert total(deals, "revenue", "month", "2026-03-01").value == 7000


def test_leads_and_lead_to_customer_rate(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.lead.info["sources"], AS_OF)
    # Facts hold one row per person: L5 is L1 (same address), L6 is deleted, L3 only converted.
    leads = [
        *lead("L1", "2026-01-05", "2026-02-10"),
        *lead("L2", "2026-01-06", "2026-04-20"),
        *lead("L3", "2026-01-07", is_converted=True),
        *lead("L4", "2026-01-08"),
        *lead("L7", "2026-01-09"),
        *lead("L8", "2026-01-10", "2026-01-30"),
        *lead("L9", "2026-01-11", is_counted=False),
    ]
    insert(warehouse, facts.lead, leads)
    compute(warehouse, AS_OF, ["leads_generated", "lead_to_customer_rate"])
    assert total(warehouse, "leads_generated", "month", "2026-01-01").value == 6
    rate = total(warehouse, "lead_to_customer_rate", "month", "2026-01-01")
    # L1 and L8 of six; L2 wins after the as-of
    assert (rate.numerator, rate.denominator) == (2, 6)
    assert rate.value == pytest.approx(Decimal(1) / 3)


def test_time_to_resolution(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.ticket.info["sources"], AS_OF)
    insert(
        warehouse,
        facts.ticket,
        [
            ticket("T1", "2026-03-02", 10),
            ticket("T2", "2026-03-03", 20),
            ticket("T3", "2026-03-04", 30),
            ticket("T4", "2026-03-05", 100),
            ticket("T5", "2026-03-06", 50, first_hours=5),
            ticket("T6", "2026-03-07", None),
            ticket(
                "T7",
                "2026-03-08",
                0,
                is_closed_on_create=True,
                resolution_seconds=None,
                first_resolution_seconds=None,
            ),
            ticket("T8", "2026-03-09", -2),
        ],
    )
    compute(warehouse, AS_OF, ["time_to_resolution", "time_to_first_resolution"])
    final = total(warehouse, "time_to_resolution", "month", "2026-03-01")
    hour = 3600
    # 10, 20, 30, 50, 100: mean 210 / 5; p90 lies 3.6 steps from the first: 50 + 0.6 * 50
    assert (final.value, final.mean_value, final.p90_value) == (30 * hour, 42 * hour, 80 * hour)
    assert (final.sample_count, final.excluded_count) == (5, 1)
    first = total(warehouse, "time_to_first_resolution", "month", "2026-03-01")
    # 5, 10, 20, 30, 100: mean 165 / 5
    assert (first.value, first.mean_value) == (20 * hour, 33 * hour)


def test_users_logged_in_within_seven_days(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    as_of = at("2026-03-31")
    loaded(warehouse, ("salesforce.user", "salesforce.login"), as_of)
    insert(
        warehouse,
        facts.user,
        [
            *(user(f"U{number}", f"User {number}") for number in (1, 2, 3, 4, 7)),
            user("U5", "Inactive", is_counted=False),
            user("U6", "Integration", is_counted=False),
        ],
    )
    insert(
        warehouse,
        facts.login_day,
        [
            login("U7", failures=1, on="2026-03-11"),
            login("U2", "2026-03-23T09:00"),
            login("U3", "2026-03-24T00:00"),
            login("U1", "2026-03-29T10:00"),
            login("U5", "2026-03-30T08:00"),
            login("U6", "2026-03-30T23:00"),
            login("U4", "2026-03-31T00:00"),
        ],
    )
    compute(warehouse, as_of, ["users_logged_in_7d"])
    day = total(warehouse, "users_logged_in_7d", "day", "2026-03-30")
    # U1 and U3 of U1, U2, U3, U4, U7; U4's login is at the as-of itself, so after it
    assert (day.numerator, day.denominator, day.value) == (2, 5, Decimal("0.4"))
    assert day.status == "OK"


def test_activities_completed(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.activity.info["sources"], AS_OF)
    insert(
        warehouse,
        facts.activity,
        [
            activity("task closed", "task", "2026-03-03T10:00", user_id="A"),
            activity("task open", "task", None, user_id="A"),
            activity("task by date", "task", "2026-03-04", user_id="A"),
            activity("event past", "meeting", "2026-03-05T11:00", user_id="B"),
            activity("event future", "meeting", "2026-04-10T11:00", user_id="B"),
            activity("event child", "meeting", "2026-03-05T11:00", is_counted=False),
            activity("call", "call", "2026-03-06T09:00", user_id="B"),
            activity("hubspot task", "task", "2026-03-07T09:00", user_id="B"),
            activity("no show", "meeting", None),
            activity("sync copy", "task", "2026-03-07T09:00", is_counted=False),
        ],
    )
    compute(warehouse, AS_OF, ["activities_completed"])
    assert total(warehouse, "activities_completed", "month", "2026-03-01").value == 5
    kinds = values(warehouse, "activities_completed", slice_id="activity_type", **MARCH)
    assert {kind: row.value for kind, row in kinds.items()} == {"task": 3, "meeting": 1, "call": 1}
    users = values(warehouse, "activities_completed", slice_id="user", **MARCH)
    assert {member: row.value for member, row in users.items()} == {"A": 2, "B": 3}
