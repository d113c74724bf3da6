"""facts.mrr_customer_month."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from include.tables import facts
from tests.facts.agreements import (
    Row,
    companies,
    contract,
    contract_line,
    sold,
    subscription,
)
from tests.facts.builders import (
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    put,
    version,
    with_choices,
)
from tests.facts.months import known

MARCH, FEBRUARY, JANUARY = date(2026, 3, 1), date(2026, 2, 1), date(2026, 1, 1)


def golden() -> Iterator[Row]:
    """The eight customers of the worked example, whose March is known."""
    yield from hubspot_stages()
    yield from companies("C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8")
    yield from sold("1", "C1", "monthly", 100, "2025-06-01")
    # An annual plan for 1200 becomes one for 2400: a plan switch is neither churn nor new.
    yield from sold("2a", "C2", "annually", 1200, "2025-06-01", "2026-03-09")
    yield from sold("2b", "C2", "annually", 2400, "2026-03-10")
    yield from sold("3", "C3", "quarterly", 300, "2025-06-01", "2026-03-14")
    yield from sold("4a", "C4", "monthly", 100, "2025-06-01", "2026-03-09")
    yield from sold("4b", "C4", "monthly", 60, "2026-03-10")
    yield from sold("5", "C5", "monthly", 50, "2026-03-05")
    yield from sold("6a", "C6", "monthly", 80, "2025-06-01", "2026-01-14")
    yield from sold("6b", "C6", "monthly", 80, "2026-03-12")
    yield from sold("7", "C7", "monthly", 70, "2026-03-03", "2026-03-19")
    yield from sold("8", "C8", None, 500, "2026-03-05")


def test_golden_movements(warehouse, settings):
    put(warehouse, *golden())
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-04-01")
    march = {customer: row for (customer, month), row in months.items() if month == MARCH}
    assert {customer: (row.movement, row.movement_amount) for customer, row in march.items()} == {
        "C1": ("none", 0),
        "C2": ("expansion", 100),
        "C3": ("churn", -100),
        "C4": ("contraction", -40),
        "C5": ("new", 50),
        "C6": ("reactivation", 80),
    }
    assert sum(row.previous_mrr_amount for row in march.values()) == 400
    # 400 + 50 + 100 - 40 - 100 + 80.
    assert sum(row.mrr_amount for row in march.values()) == 490
    assert {key for key, row in march.items() if row.is_active_before} == {"C1", "C2", "C3", "C4"}
    assert {key for key, row in march.items() if row.is_active} == {"C1", "C2", "C4", "C5", "C6"}


def test_months_have_no_gaps_and_one_zero_month_after_the_last(warehouse, settings):
    put(warehouse, *golden())
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-06-15")

    def of(customer: str) -> list[tuple[Any, ...]]:
        return [
            (month.isoformat()[:7], row.mrr_amount, row.movement)
            for (name, month), row in sorted(months.items())
            if name == customer and month >= date(2025, 12, 1)
        ]

    assert of("C3") == [
        ("2025-12", 100, "none"),
        ("2026-01", 100, "none"),
        ("2026-02", 100, "none"),
        ("2026-03", 0, "churn"),
    ]
    # Between leaving and coming back every month is there.
    assert of("C6")[:5] == [
        ("2025-12", 80, "none"),
        ("2026-01", 0, "churn"),
        ("2026-02", 0, "none"),
        ("2026-03", 80, "reactivation"),
        ("2026-04", 80, "none"),
    ]
    assert not of("C7"), "who joins and leaves within a month is not seen"
    assert not of("C8")
    february = months["C6", FEBRUARY]
    # June 2025 to February 2026 is eight months.
    assert (february.cohort_month_date, february.age_months) == (date(2025, 6, 1), 8)
    assert months["C5", MARCH].age_months == 0


def test_the_last_day_of_the_month_decides(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A", "B", "D"),
        # Billed up to and with the 31st, up to the 30th, and from the 31st on.
        *sold("a", "A", "monthly", 1, "2026-01-01", "2026-03-31"),
        *sold("b", "B", "monthly", 1, "2026-01-01", "2026-03-30"),
        *sold("d", "D", "monthly", 1, "2026-03-31"),
    )
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-04-15")
    assert {key: months[key, MARCH].is_active for key in "ABD"} == {
        "A": True,
        "B": False,
        "D": True,
    }
    assert months["A", date(2026, 4, 1)].movement == "churn"


def test_ending_one_of_two_subscriptions_is_contraction(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        *(link("hubspot.subscription_company", key, "1", "2026-01-01") for key in "st"),
        subscription("s", "2026-01-01", 50),
        subscription("t", "2026-01-01", 30),
        subscription("t", "2026-02-10", 30, subscription_status="canceled"),
        subscription("s", "2026-03-10", 0, subscription_status="paused"),
    )
    rows = built(warehouse, with_choices(settings), facts.mrr_customer_month)
    months = known(rows, "2026-03-31")
    assert [(months["1", month].movement, months["1", month].mrr_amount) for month in (JANUARY, FEBRUARY, MARCH)] == [
        ("new", 80),
        ("contraction", 50),
        # Paused is not paid for.
        ("churn", 0),
    ]  # fmt: skip
    # In the middle of March, before the pause, nobody knew.
    assert known(rows, "2026-03-05")["1", MARCH].mrr_amount == 50
    # February had ended before anything of it changed, so it has one state from its end on.
    assert known(rows, "2026-03-05")["1", FEBRUARY] == months["1", FEBRUARY]


def test_who_pays_nobody_knows_how_much_has_not_left(warehouse, settings):
    """C1 goes from 100 dollars a month to 90 of a currency without a rate. What recurs is not known,
    which is no reason to take the customer for one that left.
    """
    put(
        warehouse,
        *hubspot_stages(),
        *companies("C1"),
        *sold("1a", "C1", "monthly", 100, "2026-01-05", "2026-02-09"),
        *sold("1b", "C1", "monthly", 90, "2026-02-10", "2026-03-20", currency_code="XXX"),
    )
    rows = built(warehouse, with_choices(settings), facts.mrr_customer_month)
    months = known(rows, "2026-05-01")
    assert {
        month: (row.mrr_amount, row.is_active, row.is_amount_unknown)
        for (_, month), row in months.items()
    } == {
        JANUARY: (100, True, False),
        FEBRUARY: (0, True, True),
        MARCH: (0, False, False),
    }


def test_the_product_is_the_one_most_is_paid_for(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("A", "B"),
        # Two lines of P2 are more together than the one of P1, until one of them ends.
        *sold("1", "A", "monthly", 50, "2026-01-01", product="P1"),
        *sold("2", "A", "monthly", 30, "2026-01-01", product="P2"),
        *sold("3", "A", "monthly", 30, "2026-01-01", "2026-02-10", product="P2"),
        # As much for each: the first by its id. Later, most is for what is no product.
        *sold("4", "B", "monthly", 20, "2026-01-01", "2026-03-10", product="P4"),
        *sold("5", "B", "monthly", 20, "2026-01-01", "2026-03-10", product="P3"),
        *sold("6", "B", "monthly", 40, "2026-02-01", "2026-03-10"),
    )
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-04-15")
    products = {key: row.product_id for key, row in months.items() if key[1] <= MARCH}
    assert products == {
        ("A", JANUARY): "hubspot:P2",
        ("A", FEBRUARY): "hubspot:P1",
        ("A", MARCH): "hubspot:P1",
        ("B", JANUARY): "hubspot:P3",
        ("B", FEBRUARY): None,
        ("B", MARCH): None,
    }
    # All of it is in the amount, whatever the product.
    assert months["A", JANUARY].mrr_amount == 110
    assert (months["B", FEBRUARY].mrr_amount, months["B", MARCH].mrr_amount) == (80, 0)


def test_another_product_at_the_same_amount_makes_a_new_state(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31"),
        contract_line("x", "C", 1200, created="2026-01-01", product="P1"),
        contract_line("x", "C", 1200, created="2026-01-01", product="P2", modified="2026-05-10"),
    )
    rows = built(warehouse, with_choices(settings), facts.mrr_customer_month)
    february = [row for row in rows if row.month_start_date == FEBRUARY]
    assert [(row.valid_from_at, row.product_id, row.mrr_amount) for row in february] == [
        (at("2026-02-01"), "salesforce:P1", 100),
        (at("2026-05-10"), "salesforce:P2", 100),
    ]


def test_what_becomes_known_later_makes_a_new_state(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2026-01-01", "2026-12-31", created="2026-05-01"),
        contract_line("x", "C", 1200, created="2026-05-01"),
        # So soon it is a correction, which counts from the beginning.
        contract_line("x", "C", 2400, created="2026-05-01", modified="2026-05-10"),
        contract_line("x", "C", 2400, created="2026-01-01", modified="2026-07-10", deleted=True),
    )
    rows = built(warehouse, with_choices(settings), facts.mrr_customer_month)
    february = [row for row in rows if row.month_start_date == FEBRUARY]
    assert [(row.valid_from_at, row.valid_to_at, row.mrr_amount) for row in february] == [
        (at("2026-05-01"), at("2026-05-10"), 100),
        (at("2026-05-10"), at("2026-07-10"), 200),
    ]
    assert not known(rows, "2026-08-01"), "a deleted line never was"


def test_the_channel_is_that_of_the_first_touch(warehouse, settings):
    put(
        warehouse,
        *hubspot_stages(),
        *companies("1"),
        version("hubspot.company", "1", "2026-01-01", created_at=at("2026-01-01"), company_name="A"),
        *sold("a", "1", "monthly", 10, "2026-01-10", analytics_source="PAID_SEARCH"),
        hubspot_deal("b", "2025-12-01", None, "2025-12-01", analytics_source="DIRECT_TRAFFIC"),
        link("hubspot.deal_company", "b", "1", "2025-12-01"),
    )  # fmt: skip
    with warehouse.begin() as connection:
        connection.exec_driver_sql(
            "insert into stage.customer (customer_id, created_at, is_deleted) values ('1', '2026-01-01', false)"
        )
    rows = built(warehouse, with_choices(settings), facts.mrr_customer_month)
    assert {row.channel for row in rows} == {"direct"}


@st.composite
def lines(draw: st.DrawFn) -> list[tuple[int, int | None, int, str | None]]:
    """(first day, days or none, amount, product) of some lines, days counted from 2026-01-01."""
    line = st.tuples(
        st.integers(0, 200),
        st.one_of(st.none(), st.integers(1, 150)),
        st.sampled_from([10, 20]),
        st.sampled_from(["P1", "P2", None]),
    )
    return draw(st.lists(line, min_size=1, max_size=5))


@pytest.mark.slow
@hypothesis_settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=lines())
def test_months_agree_with_a_count_by_hand(fresh_warehouse, settings, drawn):
    """Whatever the lines: a month's amount is what runs on its last day, its product the one with
    most of it, and movements add up.
    """
    first = date(2026, 1, 1)
    spans = [
        (
            first + timedelta(begin),
            first + timedelta(begin + days) if days else None,
            amount,
            product,
        )
        for begin, days, amount, product in drawn
    ]
    with fresh_warehouse() as warehouse:
        rows: list[Row] = [*hubspot_stages(), *companies("1")]
        for number, (begin, end, amount, product) in enumerate(spans):
            last = (end - timedelta(1)).isoformat() if end else None
            rows += sold(str(number), "1", "monthly", amount, begin.isoformat(), last, closed="2025-12-01", product=product)  # fmt: skip
        put(warehouse, *rows)
        months = known(
            built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-12-31T12:00"
        )
    expected: dict[date, dict[str | None, int]] = {}
    for month in range(1, 13):
        last_day = date(2026 + month // 12, month % 12 + 1, 1) - timedelta(1)
        running: dict[str | None, int] = defaultdict(int)
        for begin, end, amount, product in spans:
            if begin <= last_day and (not end or last_day < end):
                running[product and f"hubspot:{product}"] += amount
        if running:
            expected[date(2026, month, 1)] = running
    paying = {month: row for (_, month), row in months.items() if row.mrr_amount}
    assert {month: row.mrr_amount for month, row in paying.items()} == {
        month: sum(running.values()) for month, running in expected.items()
    }
    for month, row in paying.items():
        # The most, then the first by its id; what is no product comes last.
        main = min(expected[month].items(), key=lambda each: (-each[1], each[0] or "~"))
        assert row.product_id == main[0], month
    assert all(row.product_id is None for row in months.values() if not row.mrr_amount)
    in_order = [row for _, row in sorted(months.items())]
    for before, after in itertools.pairwise(in_order):
        assert before.month_end_date == after.month_start_date
        assert after.previous_mrr_amount == before.mrr_amount
    if in_order:
        assert in_order[0].movement == "new"
        assert sum(row.movement_amount for row in in_order) == in_order[-1].mrr_amount
