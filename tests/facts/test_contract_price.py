"""Prices of contract lines that change: from when on which of them counts."""

from __future__ import annotations

from datetime import date
from typing import Any

from include.tables import facts
from tests.facts.agreements import companies, contract, contract_line
from tests.facts.builders import as_of, built, on, put, with_choices
from tests.facts.lines import outcomes, standing
from tests.facts.months import known

YEAR = ("2026-01-01", "2026-12-31")
BEGIN, END = date(2026, 1, 1), date(2027, 1, 1)


def priced(key: str, *prices: tuple[str, float | None], **values: Any) -> list[Any]:
    """A line of a contract of the same name in capitals, and the prices it had since some days."""
    created = prices[0][0]
    return [
        contract_line(key, key.upper(), price, created=created, modified=day, **values)
        for day, price in prices
    ]


def lines(rows: list[Any], instant: str) -> dict[str, tuple[Any, ...]]:
    """What stands of each line at an instant, by its name."""
    return {
        key.removeprefix("contract_line:"): told for key, told in standing(rows, instant).items()
    }


def test_another_price_counts_from_the_day_it_was_changed(warehouse, settings):
    """1200 a year are 100 a month, 1800 are 150, 900 are 75."""
    put(
        warehouse,
        *companies("1"),
        *(contract(key, "1", *YEAR) for key in "ABCD"),
        *priced("a", ("2026-01-01", 1200), ("2026-07-01", 1800), ("2026-10-01", 900)),
        # Put right in the first days, and told at all only later.
        *priced("b", ("2026-01-01", 12000), ("2026-01-20", 1200)),
        *priced("c", ("2026-01-01", None), ("2026-07-01", 1200)),
        # Corrected when it had ended.
        *priced("d", ("2026-01-01", 1800), ("2027-02-01", 1200)),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    assert lines(rows, "2026-06-30")["a"] == (BEGIN, END, 100)
    found = lines(rows, "2026-07-02")
    assert (found["a"], found["a:2"]) == (
        (BEGIN, date(2026, 7, 1), 100),
        (date(2026, 7, 1), END, 150),
    )
    assert lines(rows, "2027-03-01") == {
        "a": (BEGIN, date(2026, 7, 1), 100),
        "a:2": (date(2026, 7, 1), date(2026, 10, 1), 150),
        "a:3": (date(2026, 10, 1), END, 75),
        "b": (BEGIN, END, 100),
        "c": (BEGIN, END, 100),
        "d": (BEGIN, END, 100),
    }


def test_what_is_added_in_mid_term_expands_and_past_months_stay(warehouse, settings):
    put(
        warehouse,
        *companies("1"),
        contract("A", "1", *YEAR),
        *priced("a", ("2026-01-01", 1200), ("2026-07-10", 1800)),
    )
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2027-02-01")
    told = {month: (row.mrr_amount, row.movement) for (_, month), row in months.items()}
    assert told[date(2026, 1, 1)] == (100, "new")
    assert told[date(2026, 6, 1)] == (100, "none")
    # On 31 July 150 are paid: 50 more.
    assert told[date(2026, 7, 1)] == (150, "expansion")
    assert told[date(2026, 8, 1)] == (150, "none")
    # What is due is what was paid last.
    terms = outcomes(built(warehouse, with_choices(settings), facts.term), "2027-03-01")
    assert {key: amounts[:2] for key, amounts in terms.items()} == {"A:2027-01-01": (150, 0)}


def test_a_renewal_in_place_leaves_the_term_before_as_it_was(warehouse, settings):
    """1200 for the year from March 2025 on; 3600 for two years, or 1800 for the second, are 150."""
    before, after = ("2025-03-01", "2026-02-28"), ("2025-03-01", "2027-02-28")
    told: dict[str, Any] = {"created": "2025-03-01"}
    put(
        warehouse,
        *companies("1", "2", "3"),
        # Extended by the end, and five days later by the price.
        contract("A", "1", *before),
        contract("A", "1", *after, modified="2026-02-15", **told),
        *priced("a", ("2025-03-01", 1200), ("2026-02-20", 3600)),
        # The new term is written over the old one, when that was over.
        contract("B", "2", *before),
        contract("B", "2", "2026-03-01", "2027-02-28", modified="2026-03-10", **told),
        *priced("b", ("2025-03-01", 1200), ("2026-03-10", 1800)),
        # Renewed, and called off before that began.
        contract("C", "3", *before),
        contract("C", "3", *after, modified="2026-02-10", **told),
        contract("C", "3", *after, modified="2026-02-20", contract_status="Canceled", **told),
        *priced("c", ("2025-03-01", 1200), ("2026-02-10", 3600)),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    first, turn, last = date(2025, 3, 1), date(2026, 3, 1), date(2027, 3, 1)
    # Five days long, 1200 are said to be for two years: 50 from the end of the first.
    found = lines(rows, "2026-02-16")
    assert (found["a"], found["a:2"]) == ((first, turn, 100), (turn, last, 50))
    found = lines(rows, "2026-04-01")
    for key in "ab":
        assert (found[key], found[f"{key}:2"]) == ((first, turn, 100), (turn, last, 150))
    assert found["c"] == (first, date(2026, 2, 20), 100)
    terms = outcomes(built(warehouse, with_choices(settings), facts.term), "2026-04-15")
    assert terms["A:2026-03-01"] == (100, 150, date(2026, 2, 15))
    assert terms["B:2026-03-01"] == (100, 150, date(2026, 3, 10))
    months = known(built(warehouse, with_choices(settings), facts.mrr_customer_month), "2026-04-15")
    at_end = {key: row.mrr_amount for key, row in months.items()}
    for month, amount in ((date(2026, 1, 1), 100), (date(2026, 2, 1), 100), (turn, 150)):
        assert {at_end["1", month], at_end["2", month]} == {amount}
    # Left in February.
    assert (at_end["3", date(2026, 1, 1)], at_end["3", date(2026, 2, 1)]) == (100, 0)


def test_what_was_negotiated_is_no_change_of_what_was_agreed(warehouse, settings):
    def told(day: str, approval: str) -> Any:
        return contract(
            "A", "1", *YEAR, created="2026-01-01", modified=day, approval_status=approval
        )

    put(
        warehouse,
        *companies("1"),
        told("2026-01-01", "Draft"),
        told("2026-03-10", "Activated"),
        *priced("a", ("2026-01-01", 2400), ("2026-03-09", 1200)),
        contract("O", "1", *YEAR, approval_status="Activated"),
        *priced("o", ("2026-01-01", 12), start_date=on("2026-01-01")),
    )
    rows = built(warehouse, with_choices(settings), facts.recurring_line)
    counted = {key for key, row in as_of(rows, "2026-04-01").items() if row.is_counted}
    assert counted == {"contract_line:a", "contract_line:o"}
    assert lines(rows, "2026-04-01")["a"] == (BEGIN, END, 100)
