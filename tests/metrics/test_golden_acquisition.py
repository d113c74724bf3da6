"""The golden examples of what customers cost to win and when that is back; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import (
    Row,
    at,
    compute,
    customer,
    deal,
    insert,
    total,
    values,
)
from tests.metrics.reckoning import months_later
from tests.metrics.rows import month
from tests.metrics.value_examples import (
    AS_OF,
    MARCH,
    cost,
    ledger,
    line,
    new_customers,
    ready,
)


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    return ready(warehouse)


def test_customer_acquisition_cost(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    compute(company, AS_OF, ["cac", "cac_paid"])
    blended = total(company, "cac", "month", "2026-03-01")
    # (600 + 300 + 1000) / 5; neither retention nor February
    assert (blended.numerator, blended.denominator, blended.value) == (1900, 5, 380)
    assert total(company, "cac_paid", "month", "2026-03-01").value == 180
    # February has cost and nobody new
    february = total(company, "cac", "month", "2026-02-01")
    assert (february.value, february.numerator, february.status) == (None, 400, "ZERO_DENOMINATOR")


def test_cost_in_a_currency_without_a_rate_is_not_taken_for_free(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    rows = [
        cost(8, "2026-03-12", None, "acquisition", "event"),
        cost(9, "2026-03-12", None, "retention", None),
    ]
    insert(company, facts.cost, rows)
    insert(company, facts.mrr_customer_month, [month("A", "2026-02-01", 10)])
    insert(company, facts.mrr_customer_month, [month("A", "2026-03-01", 10)])
    metrics = ["cac", "cac_paid", "cac_by_channel", "crc", "crc_total"]
    compute(company, AS_OF, metrics)
    rows = [total(company, each, "month", "2026-03-01") for each in metrics]
    # 1900 / 5, 900 / 5, 1900 / 5, and 500 of one customer kept: at least that, and one cost more.
    assert [row.value for row in rows] == [380, 180, 380, 500, 500]
    assert {(row.status, row.excluded_count) for row in rows} == {("PARTIAL", 1)}
    assert {row.status_reason for row in rows} == {
        "Some of the cost is in a currency without an exchange rate; it is left out and counted."
    }
    channels = values(company, "cac_by_channel", slice_id="channel", **MARCH)
    assert (channels["event"].status, channels["event"].excluded_count) == ("ZERO_DENOMINATOR", 1)
    assert (channels["paid_search"].status, channels["paid_search"].value) == ("OK", 500)


def test_acquisition_cost_by_channel_adds_up(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    rows = [
        cost(9, "2026-03-12", 60, "acquisition", "event"),
        cost(10, "2026-02-12", 70, "acquisition", None),
    ]
    insert(company, facts.cost, rows)
    compute(company, AS_OF, ["cac_by_channel"])
    channels = values(company, "cac_by_channel", slice_id="channel", **MARCH)
    # 1000 / 5 = 200 for each new customer, and what the channel cost itself
    assert {member: row.value for member, row in channels.items()} == {
        "paid_search": 500, "paid_social": 500, "referral_web": 200, "outbound": 200, "event": None,
    }  # fmt: skip
    # An event without a new customer has no value, and its cost is told
    assert (channels["event"].numerator, channels["event"].status) == (60, "ZERO_DENOMINATOR")
    # 1900 and the event's 60
    assert sum(row.numerator for row in channels.values()) == 1960
    assert sum(row.denominator for row in channels.values()) == 5
    assert total(company, "cac_by_channel", "month", "2026-03-01").numerator == 1960
    # Nobody is new in February: the cost stays with its channel, or with none
    february = values(
        company, "cac_by_channel", slice_id="channel", grain="month",
        period_start_date=date(2026, 2, 1),
    )  # fmt: skip
    assert {member: row.numerator for member, row in february.items()} == {
        "event": 400, "(none)": 70,
    }  # fmt: skip


def shares(engine: sa.Engine, metric_id: str, slice_id: str) -> dict[str, tuple[object, ...]]:
    """Numerator, denominator and value of March by member; the members make the total."""
    rows = values(engine, metric_id, slice_id=slice_id, **MARCH)
    whole = total(engine, metric_id, "month", "2026-03-01")
    assert float(sum(row.numerator for row in rows.values())) == pytest.approx(
        float(whole.numerator)
    )
    assert sum(row.denominator for row in rows.values()) == whole.denominator
    return {name: (row.numerator, row.denominator, row.value) for name, row in rows.items()}


def test_acquisition_cost_by_campaign_and_segment_adds_up(company: sa.Engine) -> None:
    march = "2026-03-05"
    costs = [
        cost(1, march, 600, "acquisition", "event", campaign_id="K1", segment="small"),
        cost(2, march, 100, "acquisition", "event", campaign_id="K2"),
        cost(3, march, 400, "acquisition", None, segment="large"),
        cost(4, march, 900, "retention", "event", campaign_id="K1", segment="small"),
        cost(5, march, 50, "acquisition", None, segment="unknown"),
    ]
    insert(company, facts.cost, costs)
    first = at("2025-06-01")
    since = "2026-03-10"
    new = [
        # Small on the day it became one, and large before and after.
        customer("N1", since, first, at(since), segment="large", campaign_id="K1"),
        customer("N1", since, at(since), at("2026-03-12"), segment="small", campaign_id="K1"),
        customer("N1", since, at("2026-03-12"), segment="large", campaign_id="K1"),
        customer("N2", since, segment="small", campaign_id="K1"),
        customer("N3", since, segment="large"),
        customer("N4", since, segment="large", campaign_id="K3"),
    ]
    insert(company, facts.customer, new)
    compute(company, AS_OF, ["cac", "cac_paid"])
    # 400 + 50 are of no campaign: 450 / 4 = 112.5 for each new customer. K1: 600 + 2 * 112.5.
    assert shares(company, "cac", "campaign") == {
        "K1": (825, 2, Decimal("412.5")),
        "K2": (100, 0, None),
        "K3": (Decimal("112.5"), 1, Decimal("112.5")),
        "(none)": (Decimal("112.5"), 1, Decimal("112.5")),
    }
    # 100 are of no segment: 25 for each. Small: 600 + 50; large: 400 + 50; nobody new is unknown.
    assert shares(company, "cac", "segment") == {
        "small": (650, 2, 325),
        "large": (450, 2, 225),
        "unknown": (50, 0, None),
    }
    # Of what the channel carries, all is of a campaign, and 100 of no segment.
    assert shares(company, "cac_paid", "campaign") == {
        "K1": (600, 2, 300),
        "K2": (100, 0, None),
        "K3": (0, 1, 0),
        "(none)": (0, 1, 0),
    }
    assert shares(company, "cac_paid", "segment") == {
        "small": (650, 2, 325),
        "large": (50, 2, 25),
    }
    assert shares(company, "cac_paid", "channel") == {"event": (700, 0, None), "unknown": (0, 4, 0)}


def test_payback_by_channel(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    paying = (("N0", 40, "paid_search"), ("N1", 60, "paid_search"), ("N2", 100, "paid_social"))
    insert(
        company,
        facts.mrr_customer_month,
        [
            month(name, "2026-03-01", amount, cohort="2026-03-01", age=0, channel=channel)
            for name, amount, channel in paying
        ],
    )
    lines = [
        # What N0 bought leaves 0.8; what an old customer of the event bought 0.5.
        line("L0", 1, 500, 100, customer_id="N0"),
        line("L1", 1, 300, 150, customer_id="old"),
    ]
    insert(company, facts.deal_line, lines)
    compute(company, AS_OF, ["cac_payback"])
    rows = values(company, "cac_payback", slice_id="channel", **MARCH)
    found = {name: (row.numerator, row.denominator) for name, row in rows.items()}
    # 600 / 2 + 200 = 500, over 50 * 0.8
    assert found["paid_search"] == (500, 40)
    assert rows["paid_search"].value == Decimal("12.5")
    # 300 + 200 = 500, over 100 * the margin of all: (400 + 150) / 800 = 0.6875
    assert found["paid_social"] == (500, Decimal("68.75"))
    # Nobody who came by referral pays monthly.
    assert (found["referral_web"][0], rows["referral_web"].value) == (200, None)
    # 1900 / 5, over (200 / 3) * 0.6875
    whole = total(company, "cac_payback", "month", "2026-03-01")
    assert float(whole.value) == pytest.approx(380 / (200 / 3 * 0.6875))


def test_payback_of_acquisition_cost(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    # Two of the new ones pay 40 and 60: 50 on average. Margin (500 - 100) / 500 = 0.8.
    rows = [
        month("N0", "2026-03-01", 40, 0, cohort="2026-03-01", age=0),
        month("N1", "2026-03-01", 60, 0, cohort="2026-03-01", age=0),
        month("old", "2026-03-01", 999, 999),
        month("old", "2026-02-01", 999, 999),
    ]
    insert(company, facts.mrr_customer_month, rows)
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["cac_payback"])
    # 380 / (50 * 0.8)
    row = total(company, "cac_payback", "month", "2026-03-01")
    assert (row.numerator, row.denominator, row.value) == (380, 40, Decimal("9.5"))
    assert row.unit == "months"


def test_payback_by_what_customers_buy(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    # Three customers before March and five at its end, none of whom pays monthly: four on average.
    months = [month(name, "2026-02-01", 0) for name in "ABC"]
    months += [month(name, "2026-03-01", 0) for name in "ABCDE"]
    insert(company, facts.mrr_customer_month, [row | {"is_active": True} for row in months])
    won = ("2026-03-01", "2026-03-10", "won", 500)
    # One of no customer is none of what customers buy.
    insert(company, facts.deal, [deal("D", *won, customer_id="A"), deal("E", *won)])
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["cac_payback_transactional"])
    # 380 / (500 / 4 * 0.8)
    row = total(company, "cac_payback_transactional", "month", "2026-03-01")
    assert (row.numerator, row.denominator, row.value) == (380, 100, Decimal("3.8"))
    assert row.excluded_count == 1


def test_payback_without_margin_is_not_told(company: sa.Engine) -> None:
    ledger(company)
    new_customers(company)
    insert(
        company,
        facts.mrr_customer_month,
        [month("N0", "2026-03-01", 40, 0, cohort="2026-03-01", age=0)],
    )
    insert(company, facts.deal_line, [line("L", 1, 100, 100)])
    compute(company, AS_OF, ["cac_payback"])
    row = total(company, "cac_payback", "month", "2026-03-01")
    assert (row.value, row.status) == (None, "ZERO_DENOMINATOR")


def test_payback_that_was_observed(company: sa.Engine) -> None:
    # Margin 0.8. The cohort of October pays 100, 100, 50, 50, 50, 50: 80, 80, 40, 40, 40, 40.
    starts = ("2025-10-01", "2025-11-01", "2025-12-01", "2026-01-01", "2026-02-01", "2026-03-01")
    amounts = ((60, 40), (60, 40), (50, 0), (50, 0), (50, 0), (50, 0))
    rows = [
        month(name, start, paid, cohort="2025-10-01", age=age)
        for age, (start, both) in enumerate(zip(starts, amounts, strict=True))
        for name, paid in zip("AB", both, strict=True)
    ]
    rows.append(month("other", "2025-10-01", 999, 999))
    insert(company, facts.mrr_customer_month, rows)
    insert(company, facts.deal_line, [line("L", 1, 500, 100, closed_date="2025-10-20")])
    costs = [cost(1, "2025-10-05", 300, "acquisition", None)]
    costs.append(cost(2, "2025-10-05", 50, "retention", None))
    insert(company, facts.cost, costs)
    compute(company, AS_OF, ["cac_payback_observed"])
    # 80 + 80 + 40 + 40 + 40 = 280 < 300; with the sixth 320. The formula would say 300 / 80 = 3.75
    assert total(company, "cac_payback_observed", "month", "2025-10-01").value == 6
    # A month before, it had not come back
    before = at("2026-03-01")
    compute(company, before, ["cac_payback_observed"])
    row = total(company, "cac_payback_observed", "month", "2025-10-01", as_of_at=before)
    assert (row.value, row.status) == (None, "ZERO_DENOMINATOR")
    assert row.status_reason.startswith("What they cost to win is not paid back yet")


def cohort_of_october(course: dict[str, tuple[int, ...]], **channels: str) -> list[Row]:
    """What customers won in October 2025 pay from then on, each through its channel."""
    return [
        month(
            name, str(months_later(date(2025, 10, 1), age)), paid, cohort="2025-10-01", age=age,
            channel=channels[name],
        )
        for name, amounts in course.items()
        for age, paid in enumerate(amounts)
    ]  # fmt: skip


def test_payback_says_when_a_customer_paid_what_nobody_knows(company: sa.Engine) -> None:
    october = {"cohort": "2025-10-01"}
    rows = [
        month("A", "2025-10-01", 500, age=0, **october),
        month("B", "2025-10-01", 0, age=0, is_amount_unknown=True, is_active=True, **october),
        # Of another cohort
        month("C", "2025-11-01", 500, cohort="2025-11-01", age=0),
    ]
    insert(company, facts.mrr_customer_month, rows)
    lines = [line("L", 1, 500, 100, closed_date="2025-10-20")]
    insert(company, facts.deal_line, [*lines, line("M", 1, 500, 100, closed_date="2025-11-20")])
    days = ("2025-10-05", "2025-11-05")
    insert(
        company, facts.cost, [cost(n, day, 300, "acquisition", None) for n, day in enumerate(days)]
    )
    compute(company, AS_OF, ["cac_payback_observed"])
    # 500 x 0.8 = 400 is more than 300 in the first month of both.
    found = {
        start: total(company, "cac_payback_observed", "month", start)
        for start in ("2025-10-01", "2025-11-01")
    }
    told = {start: (row.value, row.status) for start, row in found.items()}
    assert told == {"2025-10-01": (1, "PARTIAL"), "2025-11-01": (1, "OK")}


def test_payback_that_was_observed_by_channel(company: sa.Engine) -> None:
    channels = {"A": "paid_search", "B": "paid_social", "C": "paid_social", "D": "referral_web"}
    insert(
        company,
        facts.customer,
        [customer(name, "2025-10-10", channel=channel) for name, channel in channels.items()],
    )
    course = {
        "A": (100, 100, 100, 100, 100, 100),
        "B": (100, 100, 0, 0, 0, 0),
        "C": (50, 50, 50, 50, 50, 50),
        "D": (40, 40, 40, 40, 40, 40),
    }
    insert(company, facts.mrr_customer_month, cohort_of_october(course, **channels))
    spent = ((300, "paid_search"), (400, "paid_social"), (80, None), (90, "event"))
    insert(
        company,
        facts.cost,
        [cost(n, "2025-10-05", *each[:1], "acquisition", each[1]) for n, each in enumerate(spent)],
    )
    day = {"closed_date": "2025-10-20"}
    insert(
        company,
        facts.deal_line,
        [
            # What A bought leaves 0.8; what somebody of no channel bought, 0.3.
            line("L0", 1, 100, 20, customer_id="A", **day),
            line("L1", 1, 100, 70, **day),
        ],
    )
    compute(company, AS_OF, ["cac_payback_observed"])
    october = {"grain": "month", "period_start_date": date(2025, 10, 1)}
    rows = values(company, "cac_payback_observed", slice_id="channel", **october)
    # 80 of no channel are 20 for each of the four.
    # A: 320 over 80 a month, which the fourth month reaches just so.
    # B and C: 440, over 0.55 of 150, 150, 50, 50, 50, 50: 82.5, 165, 192.5, 220, 247.5, 275.
    # D: 20, over 0.55 of 40 = 22 a month. An event without a customer is no cohort.
    found = {name: (row.value, row.status) for name, row in rows.items()}
    assert found == {
        "paid_search": (4, "OK"),
        "paid_social": (None, "ZERO_DENOMINATOR"),
        "referral_web": (1, "OK"),
    }
    assert rows["paid_social"].sample_count == 2
    # All: 870, over 0.55 of 290, 290, 190, 190, 190, 190, which come to 1340: 737. Not the mean of
    # the two that had paid back.
    whole = total(company, "cac_payback_observed", "month", "2025-10-01")
    assert (whole.value, whole.status) == (None, "ZERO_DENOMINATOR")


def test_a_month_that_still_runs_has_paid_nothing_back(company: sa.Engine) -> None:
    insert(company, facts.mrr_customer_month, cohort_of_october({"A": (100,) * 6}, A="event"))
    insert(company, facts.deal_line, [line("L", 1, 500, 100, closed_date="2025-10-20")])
    insert(company, facts.cost, [cost(1, "2025-10-05", 480, "acquisition", "event")])
    # 80 a month: the sixth, March, makes 480, and has not ended before the first of April.
    for as_of_at, months in ((at("2026-03-02"), None), (at("2026-03-31T12:00"), None), (AS_OF, 6)):
        compute(company, as_of_at, ["cac_payback_observed"])
        row = total(company, "cac_payback_observed", "month", "2025-10-01", as_of_at=as_of_at)
        assert row.value == months
