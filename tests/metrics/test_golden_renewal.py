"""The golden examples of terms that are due; March 2026 as of 1 April."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import at, build_calendar, compute, insert, loaded, total
from tests.metrics.rows import fact

AS_OF = at("2026-04-01")


def test_who_lets_the_grace_pass_is_lost_in_a_week_long_over(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.term.info["sources"], AS_OF)
    due = {"start_date": "2025-03-01", "end_date": "2026-03-01", "due_amount": 100}
    rows = [
        fact(
            facts.term, "R1", is_renewed=True, renewed_amount=100, decided_date="2026-02-20", **due
        ),
        # Thirty days after the first of March
        fact(facts.term, "R2", is_renewed=False, decided_date="2026-03-31", **due),
    ]
    insert(warehouse, facts.term, rows)
    for as_of_at, denominator in ((at("2026-03-09"), 1), (AS_OF, 2)):
        compute(warehouse, as_of_at, ["renewal_rate"])
        row = total(warehouse, "renewal_rate", "week", "2026-02-23", as_of_at=as_of_at)
        assert (row.numerator, row.denominator) == (1, denominator)
        # That all were renewed is so of those alone that were quick.
        assert row.status == ("PARTIAL" if denominator == 1 else "OK")


def test_renewal_rate_by_count_and_amount(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.term.info["sources"], AS_OF)

    def term(term_id: str, end: str, due: float, renewed: float, decided: str) -> dict:
        return fact(
            facts.term, term_id, start_date="2025-03-10", end_date=end, due_amount=due,
            renewed_amount=renewed, is_renewed=renewed > 0, decided_date=decided,
        )  # fmt: skip

    rows = [
        term("R1", "2026-03-10", 100, 100, "2026-03-08"),
        # Signed in February for a term that ends in March
        term("R2", "2026-03-12", 200, 250, "2026-02-20"),
        term("R3", "2026-03-05", 100, 0, "2026-03-05"),
        # Within the days of grace: decided on 24 April
        term("R4", "2026-03-25", 100, 0, "2026-04-24"),
        term("R5", "2027-03-10", 100, 0, "2027-04-09"),
        term("R6", "2026-03-20", 100, 60, "2026-03-19"),
    ]
    insert(warehouse, facts.term, rows)
    metrics = ["renewal_rate", "renewal_rate_gross", "renewal_rate_net"]
    compute(warehouse, AS_OF, metrics)
    found = {each: total(warehouse, each, "month", "2026-03-01").value for each in metrics}
    # 3 of 4; (100 + 200 + 0 + 60) / 500; (100 + 250 + 0 + 60) / 500
    assert found == {
        "renewal_rate": Decimal("0.75"),
        "renewal_rate_gross": Decimal("0.72"),
        "renewal_rate_net": Decimal("0.82"),
    }
    # R4 is due, and not decided
    rows = [total(warehouse, each, "month", "2026-03-01") for each in metrics]
    assert {row.status for row in rows} == {"PARTIAL"}
    assert {row.sample_count for row in rows} == {4}
    assert all(row.status_reason.startswith("Some of the terms due") for row in rows)
    quarter = total(warehouse, "renewal_rate", "quarter", "2026-01-01")
    assert (quarter.value, quarter.status) == (Decimal("0.75"), "PARTIAL")
    # By 1 May R4 is lost: 3 of 5
    later = at("2026-05-01")
    loaded(warehouse, facts.term.info["sources"], later)
    compute(warehouse, later, ["renewal_rate"])
    march = total(warehouse, "renewal_rate", "month", "2026-03-01", as_of_at=later)
    assert (march.value, march.status) == (Decimal("0.6"), "OK")


def test_what_is_renewed_at_an_amount_nobody_knows_is_in_no_rate_by_amount(
    warehouse: sa.Engine,
) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.term.info["sources"], AS_OF)
    insert(
        warehouse,
        facts.term,
        [
            fact(
                facts.term, name, start_date="2025-03-10", end_date="2026-03-10", due_amount=due,
                renewed_amount=renewed, is_renewed=is_renewed, decided_date="2026-03-09",
            )
            for name, due, renewed, is_renewed in (
                ("known", 100, 80, True), ("lost", 100, 0, False), ("not known", 100, 0, True),
                ("due at what is not known", 0, 0, False),
            )
        ],
    )  # fmt: skip
    metrics = ["renewal_rate", "renewal_rate_gross", "renewal_rate_net"]
    compute(warehouse, AS_OF, metrics)
    count, gross, net = (total(warehouse, each, "month", "2026-03-01") for each in metrics)
    # 2 of 4; 80 of 100 + 100
    assert (count.numerator, count.denominator) == (2, 4)
    for row in (gross, net):
        assert (row.numerator, row.denominator) == (80, 200)
        assert (row.sample_count, row.excluded_count) == (2, 2)
