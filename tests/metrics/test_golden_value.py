"""The golden examples of cost, acquisition and lifetime value; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    Row,
    at,
    build_calendar,
    compute,
    customer,
    deal,
    insert,
    loaded,
    total,
    values,
)
from tests.metrics.rows import fact, month

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
LEDGER = (
    ("2026-03-05", 600, "acquisition", "paid_search"),
    ("2026-03-09", 300, "acquisition", "paid_social"),
    ("2026-03-31", 1000, "acquisition", None),
    ("2026-03-31", 500, "retention", None),
    ("2026-02-10", 400, "acquisition", "event"),
)
NEW = ("paid_search", "paid_search", "paid_social", "referral_web", "outbound")


@pytest.fixture
def company(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], AS_OF)
    return warehouse


def cost(
    number: int, day: str, amount: float, category: str, channel: str | None, **columns: object
) -> Row:
    return fact(
        facts.cost,
        f"ledger:{number}",
        cost_date=day,
        cost_amount=amount,
        category=category,
        channel=channel,
        method="actual",
        **columns,
    )


def ledger(engine: sa.Engine) -> None:
    insert(engine, facts.cost, [cost(n, *entry) for n, entry in enumerate(LEDGER)])


def new_customers(engine: sa.Engine) -> None:
    """Five new ones in March; an old one who bought again is not new."""
    rows = [
        customer(
            f"N{n}", "2026-03-10", channel=channel,
            is_marketing=channel in ("paid_search", "paid_social"),
        )
        for n, channel in enumerate(NEW)
    ]  # fmt: skip
    insert(engine, facts.customer, [*rows, customer("old", "2025-05-01", channel="event")])


def line(
    line_id: str, quantity: float, price: float, unit_cost: float | None, **columns: object
) -> Row:
    """A line of a deal won in March; `price` is of one unit."""
    return fact(
        facts.deal_line,
        line_id,
        **{
            "closed_date": "2026-03-10",
            "is_won": True,
            "quantity": quantity,
            "line_amount": quantity * price,
            "unit_cost_amount": unit_cost,
            **columns,
        },
    )


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
    insert(company, facts.deal, [deal("D", "2026-03-01", "2026-03-10", "won", 500)])
    insert(company, facts.deal_line, [line("L", 1, 500, 100)])
    compute(company, AS_OF, ["cac_payback_transactional"])
    # 380 / (500 / 4 * 0.8)
    row = total(company, "cac_payback_transactional", "month", "2026-03-01")
    assert (row.numerator, row.denominator, row.value) == (380, 100, Decimal("3.8"))


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
    assert row.status_reason == "What winning them cost has not come back yet."


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
    assert total(company, "clv_historic", "month", "2026-03-01").value == 960
    assert total(company, "clv_historic_revenue", "month", "2026-03-01").value == 1200


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
