"""facts.term: agreements that were changed while they ran."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from include.tables import facts
from tests.facts.agreements import companies, contract, contract_line
from tests.facts.builders import Version, at, built, put, version, with_choices
from tests.facts.lines import outcomes


def asset(key: str, customer: str) -> Version:
    """Something a customer has of us."""
    return version(
        "salesforce.asset", key, "2025-01-01", account_id=customer, product_id="P", created_at=at("2025-01-01")
    )  # fmt: skip


def period(key: str, of: str, modified: str, start: str, end: str | None, mrr: float) -> Version:
    """A span of an asset with one price; `end` is the first day after it."""
    return version(
        "salesforce.asset_state_period",
        key,
        modified,
        asset_id=of,
        created_at=at(start),
        start_at=at(start),
        end_at=at(end) if end else None,
        mrr_amount_original=mrr,
    )


def test_what_is_changed_while_it_runs_is_not_due_for_that(warehouse, settings):
    """A year at 100 a month, of which there is more from September on: due once, in January, at 150."""
    put(
        warehouse,
        *companies("1"),
        asset("A", "1"),
        period("a", "A", "2025-01-01", "2025-01-01", "2026-01-01", 100),
        # The change ends the span, and begins another that ends as was agreed.
        period("a", "A", "2025-09-01T10:01", "2025-01-01", "2025-09-01", 100),
        period("b", "A", "2025-09-01", "2025-09-01", "2026-01-01", 150),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 January and 30 days.
    assert outcomes(rows, "2025-08-01") == {"A:2026-01-01": (100, 0, date(2026, 1, 31))}
    assert outcomes(rows, "2025-10-01") == {"A:2026-01-01": (150, 0, date(2026, 1, 31))}


def test_what_is_changed_while_it_runs_renews_no_other_term(warehouse, settings):
    """In the days in which one asset gets dearer another of the same product is lost."""
    put(
        warehouse,
        *companies("1"),
        asset("A", "1"),
        asset("B", "1"),
        period("a", "A", "2025-01-01", "2025-01-01", "2026-01-01", 100),
        period("a", "A", "2025-09-01", "2025-01-01", "2025-09-01", 100),
        period("b", "A", "2025-09-01", "2025-09-01", "2026-01-01", 150),
        period("c", "B", "2025-01-01", "2025-01-01", "2025-09-02", 40),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 2 September and 30 days, 1 January and 30 days.
    assert outcomes(rows, "2026-01-15") == {
        "B:2025-09-02": (40, 0, date(2025, 10, 2)),
        "A:2026-01-01": (150, 0, date(2026, 1, 31)),
    }


def test_what_is_changed_and_runs_longer_for_it_is_renewed(warehouse, settings):
    """A year from March 2025 on, renewed in January for a year from then on, at 2400 a year."""
    shortened: dict[str, Any] = {"last_date": date(2026, 1, 14)}
    longer: dict[str, Any] = {"start_date": date(2026, 1, 15), "last_date": date(2027, 1, 14)}
    put(
        warehouse,
        *companies("1"),
        contract("C", "1", "2025-03-01", "2026-02-28"),
        contract_line("a", "C", 1200, created="2025-03-01"),
        contract_line("a", "C", 1050, created="2025-03-01", modified="2026-01-15", **shortened),
        contract_line("b", "C", 2400, created="2026-01-15", **longer),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1050 for ten and a half months is 100 a month, but for days that are no whole ones.
    [(due, renewed, decided)] = [
        values for key, values in outcomes(rows, "2026-02-01").items() if key == "C:2026-01-15"
    ]
    assert (round(due), round(renewed), decided) == (100, 200, date(2026, 1, 15))


@pytest.mark.parametrize("end", [None, "2026-09-01"])
def test_what_had_no_end_is_not_due_when_it_is_changed(warehouse, settings, end):
    """What goes on after the change is due when it ends, if it does."""
    put(
        warehouse,
        *companies("1"),
        asset("A", "1"),
        period("a", "A", "2025-01-01", "2025-01-01", None, 100),
        period("a", "A", "2025-09-01", "2025-01-01", "2025-09-01", 100),
        period("b", "A", "2025-09-01", "2025-09-01", end, 150),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 September and 30 days.
    due = {"A:2026-09-01": (150, 0, date(2026, 10, 1))} if end else {}
    assert outcomes(rows, "2025-10-01") == due


def test_who_gives_notice_of_what_had_no_end_was_never_due(warehouse, settings):
    """Two leave at the end of December: who has agreed to that in the first half has agreed to a term.

    So has a third, who agrees in January to a year that may then end.
    """
    put(
        warehouse,
        *companies("1", "2", "3"),
        asset("A", "1"),
        asset("B", "2"),
        asset("C", "3"),
        period("a", "A", "2025-01-01", "2025-01-01", None, 100),
        period("a", "A", "2025-11-01", "2025-01-01", "2026-01-01", 100),
        # Written down late, on the tenth: it was agreed from the start.
        period("b", "B", "2025-01-01", "2025-01-01", None, 70),
        period("b", "B", "2025-01-10", "2025-01-01", "2026-01-01", 70),
        period("c", "C", "2025-01-01", "2025-01-01", None, 30),
        period("c", "C", "2026-01-05", "2025-01-01", "2027-01-01", 30),
    )
    rows = built(warehouse, with_choices(settings), facts.term)
    # 1 January and 30 days.
    assert outcomes(rows, "2025-12-01") == {"B:2026-01-01": (70, 0, date(2026, 1, 31))}
    assert outcomes(rows, "2026-02-01") == {
        "B:2026-01-01": (70, 0, date(2026, 1, 31)),
        "C:2027-01-01": (30, 0, date(2027, 1, 31)),
    }
