"""Agreements as they seldom are: several years at once, in steps, past due, and with merged customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from include.core.settings import Settings
from include.tables import SOURCE_OBJECTS, facts
from tests.facts.agreements import (
    Row,
    companies,
    contract,
    contract_line,
    sold,
    subscription,
)
from tests.facts.builders import (
    as_of,
    at,
    built,
    hubspot_deal,
    hubspot_stages,
    link,
    member,
    put,
    with_choices,
)
from tests.metrics.builders import compute, loaded, total
from tests.metrics.builders import values as member_values

APRIL = at("2026-04-01")


def values(
    engine: sa.Engine, settings: Settings, rows: Iterator[Row], *metrics: str
) -> dict[str, Any]:
    """Values of March by metric, as of the first of April, of these records."""
    put(engine, *hubspot_stages(), *rows)
    built(engine, with_choices(settings), facts.mrr_customer_month)
    loaded(engine, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    compute(engine, APRIL, list(metrics))
    return {name: total(engine, name, "month", "2026-03-01") for name in metrics}


def test_three_years_at_once_are_booked_whole_and_recur_by_the_month(warehouse, settings):
    """3600 for three years: 3600 won in March, and 3600 / 36 = 100 a month."""

    def rows() -> Iterator[Row]:
        yield from companies("A")
        yield from sold("d", "A", "per_three_years", 3600, "2026-03-10", amount_original=3600)

    found = values(warehouse, settings, rows(), "revenue", "mrr")
    assert (found["revenue"].value, found["mrr"].value) == (3600, 100)


def test_a_price_that_rises_in_steps_is_that_of_each_month(warehouse, settings):
    """100 until February and 150 from March on, agreed at once: 50 of expansion, and nothing left."""

    def rows() -> Iterator[Row]:
        yield from companies("A")
        yield from sold("first", "A", "monthly", 100, "2026-01-01", "2026-02-28")
        yield from sold("then", "A", "monthly", 150, "2026-03-01", closed="2026-01-01")

    found = values(warehouse, settings, rows(), "mrr", "mrr_movement", "churn_rate", "grr")
    assert (found["mrr"].value, found["mrr_movement"].value) == (150, 50)
    assert (found["churn_rate"].value, found["grr"].value) == (0, 1)


@pytest.mark.parametrize("status", ["unpaid", "Unpaid", "past_due"])
def test_what_is_past_due_still_recurs(warehouse, settings, status: str):
    """Until it is cancelled a bill nobody paid is no churn."""

    def rows() -> Iterator[Row]:
        yield from companies("1")
        yield link("hubspot.subscription_company", "s", "1", "2026-01-01")
        yield subscription("s", "2026-01-01", 50)
        yield subscription("s", "2026-03-10", 50, subscription_status=status)

    found = values(warehouse, settings, rows(), "mrr", "churn_rate")
    assert (found["mrr"].value, found["churn_rate"].value) == (50, 0)


def test_a_customer_merged_into_another_has_not_left(warehouse, settings):
    """Accounts 1 and 2 are one customer since a merge in March: 30 and 20 of it both times."""

    def rows() -> Iterator[Row]:
        yield from companies("1")
        # Staging gives what was merged the customer of the one that lives on.
        yield member("salesforce", "2", "1")
        # Two years, so 24 months of 30 and of 20.
        for key, price in (("1", 24 * 30), ("2", 24 * 20)):
            yield contract(key, key, "2025-01-01", "2026-12-31")
            yield contract_line(f"line {key}", key, price, created="2025-01-01")

    found = values(warehouse, settings, rows(), "mrr", "churn_rate", "mrr_movement", "grr")
    churn = found["churn_rate"]
    assert (churn.numerator, churn.denominator) == (0, 1)
    assert (found["mrr"].value, found["mrr_movement"].value, found["grr"].value) == (50, 0, 1)


def test_another_owner_is_no_other_customer(warehouse, settings):
    """The agreement changed hands in March: its customer neither left nor is new."""

    def rows() -> Iterator[Row]:
        yield from companies("A")
        yield from sold("d", "A", "monthly", 40, "2026-01-01", owner_id="7")
        won = {"stage_id": "closedwon", "deal_type": "newbusiness"}
        yield hubspot_deal("d", "2026-01-01", "2026-01-01", "2026-03-10", owner_id="8", **won)

    found = values(warehouse, settings, rows(), "churn_rate", "mrr_movement", "nrr")
    assert (found["churn_rate"].value, found["mrr_movement"].value) == (0, 0)
    assert found["nrr"].value == 1


def test_a_term_of_several_years_is_due_once_at_its_end(warehouse, settings):
    """Two years from March 2024 on are due on the first of March 2026 and in no year before."""
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2024-03-01", "2026-02-28"),
        contract_line("x", "C", 2400, created="2024-03-01"),
    )
    terms = as_of(built(warehouse, with_choices(settings), facts.term), "2026-04-15")
    [term] = terms.values()
    # 2400 in 24 months.
    assert (term.end_date, term.due_amount, term.is_renewed) == (date(2026, 3, 1), 100, False)


def test_who_only_gets_a_credit_any_more_has_left(warehouse, settings):
    """A pays 100. B paid 100 less 30 until February, and the 30 go on without it.

    170 before March and 100 - 30 = 70 after it; A has stayed of both, and 100 of 170.
    """

    def rows() -> Iterator[Row]:
        yield from companies("A", "B")
        yield from sold("a", "A", "monthly", 100, "2026-01-01")
        yield from sold("b", "B", "monthly", 100, "2026-01-01", "2026-02-28")
        yield from sold("credit", "B", "monthly", -30, "2026-01-01")

    metrics = ("mrr", "churn_rate", "mrr_movement", "nrr", "grr")
    found = values(warehouse, settings, rows(), *metrics)
    assert found["mrr"].value == 70
    assert (found["churn_rate"].numerator, found["churn_rate"].denominator) == (1, 2)
    assert (found["nrr"].numerator, found["nrr"].denominator) == (70, 170)
    assert (found["grr"].numerator, found["grr"].denominator) == (100, 170)
    period = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    movements = member_values(warehouse, "mrr_movement", slice_id="movement", **period)
    assert {member: row.value for member, row in movements.items()} == {"churn": -100}
    # In April nobody pays anything else: 100 of 100, and not of 70.
    compute(warehouse, at("2026-05-01"), ["nrr", "grr"])
    for name in ("nrr", "grr"):
        april = total(warehouse, name, "month", "2026-04-01")
        assert (april.numerator, april.denominator) == (100, 100)
