"""The golden examples of goods sold, lifetime value and retention cost; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date, datetime
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
from tests.metrics.rows import fact, month
from tests.metrics.value_examples import (
    AS_OF,
    MARCH,
    ledger,
    line,
    ready,
)


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    return ready(warehouse)


def test_cost_of_goods_margin_and_coverage(company: sa.Engine) -> None:
    rows = [
        line("L1", 2, 120, 50, product_id="P1", product_name="Pump"),
        line("L2", 1, 500, 200),
        line("L3", 3, 40, None),
        line("lost", 1, 999, 1, is_won=False),
        line("not counted", 1, 999, 1, is_counted=False),
    ]
    insert(company, facts.deal_line, rows)
    compute(company, AS_OF, ["cogs", "gross_margin", "cost_coverage"])
    cogs = total(company, "cogs", "month", "2026-03-01")
    # 2 * 50 + 200; the line without a cost is not free
    assert (cogs.value, cogs.sample_count, cogs.excluded_count) == (300, 2, 1)
    margin = total(company, "gross_margin", "month", "2026-03-01")
    # (740 - 300) / 740 = 59.46 %
    assert (margin.numerator, margin.denominator) == (440, 740)
    assert margin.value == pytest.approx(Decimal("0.5946"), abs=Decimal("0.00005"))
    # 740 / 860 = 86.05 %
    coverage = total(company, "cost_coverage", "month", "2026-03-01")
    assert coverage.value == pytest.approx(Decimal("0.8605"), abs=Decimal("0.00005"))
    products = values(company, "cogs", slice_id="product", **MARCH)
    assert {(row.slice_label, row.value) for row in products.values()} == {
        ("Pump", 100), ("(no product)", 200),
    }  # fmt: skip


def test_no_more_is_known_of_costs_than_was_sold(company: sa.Engine) -> None:
    rows = [line("L1", 1, 100, 60), line("credit", 1, -50, None), line("back", -1, 20, 8)]
    insert(company, facts.deal_line, rows)
    compute(company, AS_OF, ["gross_margin", "cost_coverage"])
    coverage = total(company, "cost_coverage", "month", "2026-03-01")
    # (100 + 20) / (100 + 50 + 20), and not 80 / 30
    assert (coverage.numerator, coverage.denominator) == (120, 170)
    margin = total(company, "gross_margin", "month", "2026-03-01")
    # What came back takes its price and its cost away: 100 - 60 - (20 - 8), of 100 - 20
    assert (margin.numerator, margin.denominator) == (28, 80)


def test_without_costs_nothing_is_free(company: sa.Engine) -> None:
    insert(company, facts.deal_line, [line("L3", 3, 40, None)])
    compute(company, AS_OF, ["cogs", "gross_margin", "cost_coverage", "cac", "crc"])
    for metric_id, file in (
        ("cogs", "product_costs.csv"),
        ("gross_margin", "product_costs.csv"),
        ("cac", "costs.csv"),
        ("crc", "costs.csv"),
    ):
        row = total(company, metric_id, "month", "2026-03-01")
        assert (row.value, row.numerator, row.status) == (None, None, "NOT_CONFIGURED"), metric_id
        assert file in row.status_reason
    # None of 120 is known, and that much is known
    coverage = total(company, "cost_coverage", "month", "2026-03-01")
    assert (coverage.value, coverage.denominator, coverage.status) == (0, 120, "OK")


def test_lifetime_value_predicted(company: sa.Engine) -> None:
    # March: 490 from five customers, as in the golden example. Of the four of the six months
    # before, one left: 1 / 4.
    for name, amount in zip("ABCDE", (100, 200, 60, 50, 80), strict=True):
        insert(company, facts.mrr_customer_month, [month(name, "2026-03-01", amount, amount)])
    rows = [month(name, "2026-01-01", 10, 10) for name in "ABCX"]
    rows += [month(name, "2026-02-01", 10, 10) for name in "ABC"]
    rows.append(month("X", "2026-02-01", 0, 10))
    insert(company, facts.mrr_customer_month, rows)
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["clv"])
    row = total(company, "clv", "month", "2026-03-01")
    # 98 * 0.8 / 0.25
    assert row.value == pytest.approx(Decimal("313.6"))
    assert float(row.numerator) == pytest.approx(78.4)
    assert row.denominator == Decimal("0.25")


def test_lifetime_value_is_of_known_amounts(company: sa.Engine) -> None:
    """Two pay 100; a third pays 10 and, in a currency without a rate, what nobody knows."""
    rows = [month(name, "2026-03-01", 100, 100) for name in "AB"]
    rows.append(month("C", "2026-03-01", 10, 10, is_amount_unknown=True))
    # Of four of the six months before one left.
    rows += [month(name, "2026-01-01", 100, 100) for name in "AX"]
    rows += [
        month(name, "2026-02-01", amount, 100)
        for name, amount in (("A", 100), ("B", 100), ("X", 0))
    ]
    insert(company, facts.mrr_customer_month, rows)
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["clv"])
    row = total(company, "clv", "month", "2026-03-01")
    # 100 * 0.8, and not 70 * 0.8
    assert (float(row.numerator), row.sample_count, row.excluded_count) == (80, 2, 1)


def test_lifetime_value_by_month_of_acquisition(company: sa.Engine) -> None:
    def course(name: str, cohort: str, *amounts: float) -> list[Row]:
        """Months from January on."""
        return [
            month(name, f"2026-0{number}-01", amount, amount, cohort=cohort)
            for number, amount in enumerate(amounts, 1)
        ]

    rows = [
        *course("A", "2025-06-01", 100, 100, 100),
        *course("B", "2025-06-01", 100, 0, 0),
        *course("C", "2025-09-01", 40, 40, 60),
        *course("D", "2026-03-01", 0, 0, 50),
    ]
    insert(company, facts.mrr_customer_month, rows)
    # A margin of 0.8, whoever bought.
    insert(company, facts.deal_line, [line("L", 1, 500, 100, customer_id="A")])
    compute(company, AS_OF, ["clv"])
    found = values(company, "clv", slice_id="cohort", **MARCH)
    # Of A and B, who were there before February, B left in it: 1 / 2. So 100 * 0.8 / 0.5.
    assert found["2025-06-01"].denominator == Decimal("0.5")
    assert found["2025-06-01"].value == 160
    # Nobody of September left, and nobody of March was there before: no lifetime can be told.
    for cohort, paid in (("2025-09-01", 48), ("2026-03-01", 40)):
        row = found[cohort]
        assert (float(row.numerator), row.value) == (pytest.approx(paid), None)
        assert row.status == "ZERO_DENOMINATOR"
    # Lines sold are of no cohort, and make none.
    assert set(found) == {"2025-06-01", "2025-09-01", "2026-03-01"}


def test_a_segment_that_bought_nothing_of_known_cost_brings_the_margin_of_all(
    company: sa.Engine,
) -> None:
    insert(company, facts.customer, [customer("A"), customer("B", segment="large")])
    rows = [
        month(name, f"2026-0{number}-01", amount, amount)
        for name, amounts in (("A", (10, 10)), ("X", (10, 0)), ("B", (20, 20)))
        for number, amount in enumerate(amounts, 2)
    ]
    insert(company, facts.mrr_customer_month, rows)
    lines = [
        line("L", 1, 500, 100, customer_id="A"),
        line("M", 1, 500, 400, customer_id="X"),
        line("N", 1, 500, None, customer_id="B"),
    ]
    insert(company, facts.deal_line, lines)
    compute(company, AS_OF, ["clv"])
    found = values(company, "clv", slice_id="segment", **MARCH)
    # 10 * 0.8; and 20 * (400 + 100) / 1000
    assert (found["small"].numerator, found["large"].numerator) == (8, 10)


def test_lifetime_value_without_churn_is_undefined(company: sa.Engine) -> None:
    rows = [month("A", f"2026-0{each}-01", 10, 10) for each in (1, 2, 3)]
    insert(company, facts.mrr_customer_month, rows)
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["clv"])
    row = total(company, "clv", "month", "2026-03-01")
    assert (row.value, row.status) == (None, "ZERO_DENOMINATOR")
    assert row.status_reason == (
        "Nobody left in the six months before, so no lifetime can be told."
    )


def test_credits_alone_leave_no_margin(company: sa.Engine) -> None:
    rows = [month(name, "2026-03-01", 50, 50) for name in "AB"]
    rows += [month(name, "2026-01-01", 50, 50) for name in "ABX"]
    rows += [month(name, "2026-02-01", 50, 50) for name in "AB"]
    insert(company, facts.mrr_customer_month, rows)
    # Minus 130 of minus 100 would be a margin of 130 %.
    insert(company, facts.deal_line, [line("L", 1, -100, 30)])
    compute(company, AS_OF, ["clv"])
    row = total(company, "clv", "month", "2026-03-01")
    assert (row.value, row.status) == (None, "NO_DATA")


def test_lifetime_value_to_date(company: sa.Engine) -> None:
    insert(company, facts.customer, [customer("A", "2025-04-01"), customer("B")])
    rows = [
        line(f"25-{number}", 1, 100, 20, closed_date=f"2025-{number:02}-15", customer_id="A")
        for number in range(4, 13)
    ]
    rows += [
        line(f"26-{number}", 1, 100, 20, closed_date=f"2026-{number:02}-15", customer_id="A")
        for number in range(1, 5)
    ]
    insert(company, facts.deal_line, rows)
    insert(
        company,
        facts.deal,
        [
            deal(row["deal_line_id"], "2025-04-01", str(row["closed_date"]), "won", 100,
                 customer_id="A")
            for row in rows
        ],
    )  # fmt: skip
    compute(company, AS_OF, ["clv_historic", "clv_historic_revenue"])
    # Twelve months of 100 up to March, at a margin of 80 %; B is no customer yet
    margin = total(company, "clv_historic", "month", "2026-03-01")
    assert (margin.value, margin.status) == (960, "OK")
    assert total(company, "clv_historic_revenue", "month", "2026-03-01").value == 1200


def test_what_nobody_bought_is_of_no_customer(company: sa.Engine) -> None:
    insert(company, facts.customer, [customer("A", "2026-01-10"), customer("B", "2026-02-10")])
    lines = [
        line("L0", 1, 100, 20, customer_id="A"),
        # Neither free, nor worth nothing.
        line("L1", 1, 900, None, customer_id="B"),
        # Of deals without a company.
        line("L2", 1, 500, 100),
        line("L3", 1, 500, None),
    ]
    insert(company, facts.deal_line, lines)
    deals = [
        deal("D0", "2026-03-01", "2026-03-10", "won", 100, customer_id="A"),
        deal("D1", "2026-03-01", "2026-03-10", "won", None, customer_id="B"),
        deal("D2", "2026-03-01", "2026-03-10", "won", 500),
        deal("D3", "2026-03-01", "2026-03-10", "lost", None),
    ]
    insert(company, facts.deal, deals)
    compute(company, AS_OF, ["clv_historic", "clv_historic_revenue"])
    margin = total(company, "clv_historic", "month", "2026-03-01")
    # (100 - 20) / 2, and not (80 + 400) / 2
    assert (margin.numerator, margin.denominator, margin.value) == (80, 2, 40)
    assert (margin.sample_count, margin.excluded_count, margin.status) == (2, 3, "PARTIAL")
    revenue = total(company, "clv_historic_revenue", "month", "2026-03-01")
    # 100 / 2, and not 600 / 2
    assert (revenue.numerator, revenue.denominator, revenue.value) == (100, 2, 50)
    assert (revenue.sample_count, revenue.excluded_count) == (2, 2)


def test_lifetime_value_to_date_by_month_of_acquisition(company: sa.Engine) -> None:
    first = at("2025-06-01")
    insert(
        company,
        facts.customer,
        [
            # Known from a won deal of March on; in April one of January turns up.
            customer("A", None, first, at("2026-03-10")),
            customer("A", "2026-03-10", at("2026-03-10"), at("2026-04-05"), segment="large"),
            customer("A", "2026-01-20", at("2026-04-05")),
            customer("B", "2026-01-31"),
            customer("C", "2026-03-01"),
            customer("gone", "2026-01-15", is_counted=False),
        ],
    )
    bought = [
        ("0", "A", "2026-03-10", 100, 20), ("1", "B", "2026-01-31", 60, 50),
        ("2", "B", "2026-03-31", 40, 10), ("3", "B", "2026-03-31", 70, None),
        ("4", None, "2026-01-31", 999, 1), ("5", "gone", "2026-01-15", 999, 1),
    ]  # fmt: skip
    for name, buyer, day, price, unit_cost in bought:
        own = {"customer_id": buyer}
        since = {"known_from": at(day)}
        made = line(f"L{name}", 1, price, unit_cost, closed_date=day, **own, **since)
        insert(company, facts.deal_line, [made])
        insert(company, facts.deal, [deal(f"D{name}", day, day, "won", price, **own)])
    metrics = ["clv_historic", "clv_historic_revenue"]

    def found(metric_id: str, grain: str, start: str, as_of_at: datetime) -> dict[str, tuple]:
        rows = values(
            company, metric_id, slice_id="cohort", grain=grain, as_of_at=as_of_at,
            period_start_date=date.fromisoformat(start),
        )  # fmt: skip
        told = ("numerator", "denominator", "value", "excluded_count")
        return {name: tuple(getattr(row, each) for each in told) for name, row in rows.items()}

    compute(company, AS_OF, metrics)
    # B: (60 - 50) + (40 - 10), one line not told; A 100 - 20, and C nothing, in two of March.
    assert found("clv_historic", "month", "2026-03-01", AS_OF) == {
        "2026-01-01": (40, 1, 40, 1),
        "2026-03-01": (80, 2, 40, 0),
    }
    # 60 + 40 + 70; 100 of two.
    assert found("clv_historic_revenue", "year", "2026-01-01", AS_OF) == {
        "2026-01-01": (170, 1, 170, 0),
        "2026-03-01": (100, 2, 50, 0),
    }
    # By the end of February, and by the last day but one of March.
    assert found("clv_historic_revenue", "month", "2026-02-01", AS_OF) == {
        "2026-01-01": (60, 1, 60, 0)
    }
    assert found("clv_historic", "day", "2026-03-30", AS_OF)["2026-01-01"] == (10, 1, 10, 0)
    # What is known since of January moves A and all it bought there.
    later = at("2026-04-06T12:00")
    compute(company, later, metrics)
    assert found("clv_historic", "month", "2026-03-01", later) == {
        "2026-01-01": (120, 2, 60, 1),
        "2026-03-01": (0, 1, 0, 0),
    }


def test_customer_retention_cost(company: sa.Engine) -> None:
    ledger(company)
    rows = [month(name, "2026-02-01", 100, 100) for name in "ABCD"]
    rows += [month(name, "2026-03-01", 100, 100) for name in "ABC"]
    rows += [month("D", "2026-03-01", 0, 100), month("E", "2026-03-01", 50, 0)]
    insert(company, facts.mrr_customer_month, rows)
    compute(company, AS_OF, ["crc", "crc_total"])
    row = total(company, "crc", "month", "2026-03-01")
    # 500 / 3 retained: D left and E is new
    assert (row.numerator, row.denominator) == (500, 3)
    assert row.value == pytest.approx(Decimal("166.67"), abs=Decimal("0.005"))
    assert total(company, "crc_total", "month", "2026-03-01").value == 500
    # Of February nobody has entered anything, which is not to have spent nothing.
    row = total(company, "crc_total", "month", "2026-02-01")
    assert (row.value, row.status) == (None, "NO_DATA")
    assert row.status_reason.startswith("No such cost is entered for the period")


def test_what_customers_of_a_channel_bought_is_theirs_whatever_the_deal_came_through(
    company: sa.Engine,
) -> None:
    """One customer came through a search, and buys through a partner the second time."""
    search = {"customer_id": "C", "channel": "paid_search"}
    insert(
        company,
        facts.customer,
        [fact(facts.customer, "C", customer_date="2026-01-10", is_new_counted=True, channel="paid_search")],
    )  # fmt: skip
    insert(
        company,
        facts.deal,
        [
            deal("first", "2026-01-05", "2026-01-10", "won", 100, **search),
            deal("second", "2026-03-01", "2026-03-10", "won", 50, **search | {"channel": "partner"}),
        ],
    )  # fmt: skip
    insert(
        company,
        facts.mrr_customer_month,
        [month("C", start, 10, channel="paid_search") for start in ("2026-02-01", "2026-03-01")],
    )
    metrics = ["clv_historic_revenue", "arpu_transactional"]
    compute(company, AS_OF, metrics)
    found = [
        {
            member: (row.numerator, row.denominator)
            for member, row in values(
                company, each, slice_id="channel", grain="month", period_start_date=date(2026, 3, 1)
            ).items()
        }
        for each in metrics
    ]
    # 100 + 50 of one customer ever; 50 in March, of one before it and at its end
    assert found == [{"paid_search": (150, 1)}, {"paid_search": (50, 1)}]
