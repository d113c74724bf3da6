"""Random customers: recurring revenue, retention and renewal against a reckoning by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from include.tables import SOURCE_OBJECTS, facts
from include.tables.metrics import metric_value
from tests.metrics.builders import Row, at, build_calendar, compute, insert, loaded
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    dated,
    last_day,
    median,
    quotient,
    stored_values,
)
from tests.metrics.rows import fact, month

MONTHS = [date(2025 + n // 12, n % 12 + 1, 1) for n in range(10, 16)]
as_ofs = st.integers(0, 60).map(
    lambda days: datetime(2026, 3, 1, 6, tzinfo=UTC) + timedelta(days=days)
)
# When a state begins to be known: before everything, or in the middle of it.
turns = st.one_of(st.none(), st.integers(0, 75).map(lambda n: at("2026-02-10") + timedelta(days=n)))
amounts = st.sampled_from((0, 0, 10, 20, 30))
customers = st.sampled_from(("event", "partner"))


def known_in_two_states(row: Row, turn: datetime | None, later: dict[str, Any] | None) -> list[Row]:
    """The row for all time, or until a turn, and from then on with other values or not at all."""
    if turn is None:
        return [row]
    states = [row | {"valid_to_at": turn}]
    return states if later is None else [*states, row | later | {"valid_from_at": turn}]


@st.composite
def customer_months(draw: st.DrawFn, name: str) -> list[Row]:
    """A customer's course over six months, one of which is corrected later."""
    course = draw(st.lists(amounts, min_size=len(MONTHS), max_size=len(MONTHS)))
    first = next((n for n, amount in enumerate(course) if amount), None)
    channel = draw(customers)
    rows = []
    for number, (start, amount) in enumerate(zip(MONTHS, course, strict=True)):
        if first is None or number < first:
            continue
        row = month(
            name, str(start), amount, course[number - 1] if number else 0,
            cohort=str(MONTHS[first]), age=number - first, channel=channel,
        )  # fmt: skip
        later = draw(amounts)
        corrected = {"mrr_amount": later, "is_active": later > 0} if number > first else {}
        rows += known_in_two_states(row, draw(turns), corrected)
    return rows


@st.composite
def recurring_lines(draw: st.DrawFn, name: str) -> list[Row]:
    """A line, perhaps corrected or deleted later."""
    start = date(2025, 12, 1) + timedelta(days=draw(st.integers(0, 140)))
    length = draw(st.one_of(st.none(), st.integers(-5, 60)))
    row = fact(
        facts.recurring_line,
        name,
        start_date=start,
        end_date=None if length is None else start + timedelta(days=length),
        mrr_amount=draw(st.sampled_from((5, 7, 11, None))),
        channel=draw(customers),
        is_counted=draw(st.integers(0, 5)) > 0,
    )
    later = draw(st.sampled_from((None, {"mrr_amount": 13}, {"end_date": date(2026, 3, 10)})))
    return known_in_two_states(row, draw(turns), later)


@st.composite
def terms(draw: st.DrawFn, name: str) -> list[Row]:
    """A term that is due at some day, decided before or after."""
    end = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 120)))
    renewed = draw(st.sampled_from((0, 0, 80, 100, 150)))
    row = fact(
        facts.term,
        name,
        start_date=date(2025, 1, 1),
        end_date=end,
        due_amount=100,
        renewed_amount=renewed,
        is_renewed=renewed > 0,
        decided_date=end + timedelta(days=draw(st.integers(-30, 30))),
        channel=draw(customers),
    )
    return known_in_two_states(row, draw(turns), draw(st.sampled_from((None, {"due_amount": 90}))))


def many(make: Any, prefix: str, most: int) -> st.SearchStrategy[list[Row]]:
    """The rows of up to `most` things."""
    return st.integers(1, most).flatmap(
        lambda count: st.tuples(*(make(f"{prefix}{n}") for n in range(count))).map(
            lambda groups: [row for group in groups for row in group]
        )
    )


def ends_of(known: Facts, period: Any) -> list[tuple[float, float, bool, bool, bool]]:
    """Of each customer: amount and activity before the period and at its end, and if it is new."""
    months = known.of("mrr_customer_month")
    found = []
    for name in {row.customer_id for row in months}:
        own = [row for row in months if row.customer_id == name]
        before = [row for row in own if row.month_end_date == period.start_date]
        after = [row for row in own if row.month_end_date == period.end_date]
        start, end = (float(sum(row.mrr_amount for row in side)) for side in (before, after))
        found.append(
            (
                start,
                end,
                any(row.is_active for row in before),
                any(row.is_active for row in after),
                any(row.cohort_month_date >= period.start_date for row in after),
            )
        )
    return found


def mrr(known: Facts, period: Any, as_of: datetime) -> float:
    day = last_day(period, as_of)
    return sum(
        float(row.mrr_amount or 0)
        for row in known.of("recurring_line")
        if row.start_date <= day and (row.end_date is None or row.end_date > day)
    )


def renewals(known: Facts, period: Any, as_of: datetime) -> list[Any]:
    today = (as_of - timedelta(microseconds=1)).date()
    due = dated(known.of("term"), "end_date", period)
    return [row for row in due if row.decided_date <= today]


def of_ends(reckon: Any) -> Reckoning:
    """A reckoning of the customers before and after a period that has ended."""
    return lambda known, period, as_of: (
        reckon(ends_of(known, period)) if period.end_at <= as_of else None
    )


def of_terms(reckon: Any) -> Reckoning:
    return lambda known, period, as_of: reckon(renewals(known, period, as_of))


def cohorts(known: Facts, period: Any, as_of: datetime) -> float | None:
    if period.end_at > as_of:
        return None
    months = known.of("mrr_customer_month")
    acquired = {
        row.customer_id for row in months
        if row.age_months == 0 and row.is_active and row.cohort_month_date < period.end_date
    }  # fmt: skip
    left = [row for row in months if row.month_end_date == period.end_date and row.is_active]
    return quotient(len(left), len(acquired))


RECKONINGS: dict[str, Reckoning] = {
    "mrr": mrr,
    "mrr_movement": of_ends(lambda ends: sum(end - start for start, end, *_ in ends)),
    "arpu": of_ends(
        lambda ends: quotient(sum(end for _, end, *_ in ends), sum(end > 0 for _, end, *_ in ends))
    ),
    "retention_rate": of_ends(
        lambda ends: quotient(
            sum(was and now for _, _, was, now, _ in ends), sum(was for _, _, was, *_ in ends)
        )
    ),
    "churn_rate": of_ends(
        lambda ends: quotient(
            sum(was and not now for _, _, was, now, _ in ends), sum(was for _, _, was, *_ in ends)
        )
    ),
    "nrr": of_ends(
        lambda ends: quotient(
            sum(end for start, end, *_ in ends if start > 0), sum(start for start, *_ in ends)
        )
    ),
    "grr": of_ends(
        lambda ends: quotient(
            sum(min(start, end) for start, end, *_ in ends), sum(start for start, *_ in ends)
        )
    ),
    "cohort_retention": cohorts,
    "renewal_rate": of_terms(lambda due: quotient(sum(row.is_renewed for row in due), len(due))),
    "renewal_rate_gross": of_terms(
        lambda due: quotient(
            sum(min(row.due_amount, row.renewed_amount) for row in due),
            sum(row.due_amount for row in due),
        )
    ),
    "renewal_rate_net": of_terms(
        lambda due: quotient(
            sum(row.renewed_amount for row in due), sum(row.due_amount for row in due)
        )
    ),
}


@settings(
    max_examples=5,
    deadline=None,
    # Each example takes seconds: to shrink one would take hours.
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    months=many(customer_months, "C", 8),
    lines=many(recurring_lines, "L", 8),
    due=many(terms, "T", 6),
    as_of=as_ofs,
)
def check(
    engine: sa.Engine, months: list[Row], lines: list[Row], due: list[Row], as_of: datetime
) -> None:
    rows = {"mrr_customer_month": months, "recurring_line": lines, "term": due}
    with engine.begin() as connection:
        for table in (*(getattr(facts, name) for name in rows), metric_value):
            connection.execute(table.delete())
    for name, each in rows.items():
        insert(engine, getattr(facts, name), each)
    compute(engine, as_of, list(RECKONINGS))
    for slice_id in ("total", "channel"):
        stored = stored_values(engine, slice_id)
        if slice_id == "total":
            assert {row.metric_id for row in stored} == set(RECKONINGS)
        for row in stored:
            part = rows
            if slice_id == "channel":
                part = {
                    name: [one for one in each if one["channel"] == row.slice_value]
                    for name, each in rows.items()
                }
            expected = RECKONINGS[row.metric_id](Facts(part, as_of), row, as_of)
            where = (row.metric_id, row.grain, row.period_id, row.slice_value, row.status)
            if expected is None:
                assert row.value is None, where
                assert row.status in ("ZERO_DENOMINATOR", "NO_DATA"), where
            else:
                assert row.value is not None, where
                assert float(row.value) == pytest.approx(expected, abs=1e-9), where
            if row.metric_id == "arpu" and row.median_value is not None:
                paid = [end for _, end, *_ in ends_of(Facts(part, as_of), row) if end > 0]
                assert float(row.median_value) == pytest.approx(median(paid)), where


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2027-06-30")
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    check(warehouse)


def test_retention_and_churn_make_one_and_movements_reconcile(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    courses = {"A": (10, 10), "B": (10, 0), "C": (30, 20), "D": (0, 40)}
    rows = []
    for name, (before, after) in courses.items():
        rows.append(month(name, "2026-02-01", before))
        rows.append(
            month(
                name, "2026-03-01", after, before, cohort="2026-02-01" if before else "2026-03-01"
            )
        )
    insert(warehouse, facts.mrr_customer_month, rows)
    compute(warehouse, at("2026-04-01"), ["retention_rate", "churn_rate", "mrr_movement"])
    march = [row for row in stored_values(warehouse) if row.period_id == "2026-03"]
    found = {row.metric_id: row for row in march}
    # 2 of 3 and 1 of 3
    assert found["retention_rate"].numerator + found["churn_rate"].numerator == 3
    # 10 + 0 + 20 + 40 less 10 + 10 + 30
    assert found["mrr_movement"].value == 20
