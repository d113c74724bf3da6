"""Random customers: recurring revenue, retention and renewal against a reckoning by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from include.metrics.slices import NO_MEMBER
from include.tables import SOURCE_OBJECTS, facts
from tests.metrics.builders import (
    UTC_CALENDAR,
    Row,
    at,
    build_calendar,
    compute,
    insert,
    loaded,
)
from tests.metrics.chance import Chance, many
from tests.metrics.reckoning import (
    Facts,
    Reckoning,
    compare,
    dated,
    hold,
    last_day,
    median,
    months_later,
    quotient,
    stored_values,
)
from tests.metrics.rows import fact, month

CHANNELS = ("event", "partner")
PRODUCTS = ("P0", "P1", None)
# As-ofs in UTC, as the months of the builder are.
CALENDAR = UTC_CALENDAR.model_copy(update={"fiscal_year_start_month": 2})
AS_OFS = (at("2026-03-18T15:30"), at("2026-04-01"), at("2026-04-22T06:00"))
FIRST_MONTH = date(2025, 11, 1)
MONTHS = 6


def customer_months(chance: Chance, name: str) -> list[Row]:
    """A customer's course over six months, some of which are corrected later."""
    course = [chance.choice((0, 0, 10, 20, 30)) for _ in range(MONTHS)]
    first = next((number for number, amount in enumerate(course) if amount), MONTHS)
    channel = chance.choice(CHANNELS)
    rows = []
    for number in range(first, MONTHS):
        row = month(
            name,
            str(months_later(FIRST_MONTH, number)),
            course[number],
            course[number - 1] if number else 0,
            cohort=str(months_later(FIRST_MONTH, first)),
            age=number - first,
            channel=channel,
            product_id=chance.choice(PRODUCTS) if course[number] else None,
            is_amount_unknown=chance.flag(0.15),
        )
        if chance.flag(0.6):
            rows.append(row)
            continue
        # Known late, or otherwise before.
        turn, later = chance.instant(), chance.choice((0, 10, 20))
        corrected: Row = {"product_id": chance.choice(PRODUCTS)}
        if number > first:
            corrected |= {"mrr_amount": later, "is_active": later > 0}
        if not later and number > first:
            corrected["product_id"] = None
        rows.append(row | {"valid_to_at": turn})
        rows.append(row | corrected | {"valid_from_at": turn})
    return rows


def recurring_lines(chance: Chance, name: str) -> list[Row]:
    """A line, perhaps corrected or deleted later; some end before they begin."""
    row = fact(
        facts.recurring_line,
        name,
        start_date=chance.day(),
        end_date=chance.maybe([chance.day()]),
        mrr_amount=chance.maybe((5, 7, 11)),
        customer_id=chance.maybe(("C1", "C2")),
        channel=chance.choice(CHANNELS),
        is_counted=chance.flag(0.9),
    )
    return chance.states(
        row, lambda: chance.choice(({"mrr_amount": 13}, {"end_date": date(2026, 3, 10)}))
    )


def terms(chance: Chance, name: str) -> list[Row]:
    """A term that is due at some day, decided before or after."""
    end, renewed = chance.day(), chance.choice((0, 0, 80, 100, 150))
    row = fact(
        facts.term,
        name,
        start_date=date(2025, 1, 1),
        end_date=end,
        due_amount=100,
        renewed_amount=renewed,
        is_renewed=renewed > 0,
        decided_date=end + timedelta(days=chance.randint(-30, 30)),
        channel=chance.choice(CHANNELS),
    )
    return chance.states(row, lambda: {"due_amount": 90})


def company(seed: int) -> dict[str, list[Row]]:
    """The facts of one company."""
    chance = Chance(seed)
    return {
        "mrr_customer_month": many(12, customer_months, chance),
        "recurring_line": many(20, recurring_lines, chance),
        "term": many(20, terms, chance),
    }


def ends_of(known: Facts, period: Any) -> list[tuple[float, float, bool, bool, bool, bool]]:
    """Of each customer: amount and activity before the period and at its end, if it is new, and if
    what it pays is known.
    """
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
                not any(row.is_amount_unknown for row in (*before, *after)),
            )
        )
    return found


def main_products(known: Facts, start: date, end: date) -> dict[str, str | None]:
    """Of each customer the product before a day, or at another one where it was none before."""
    before, after = (
        {
            row.customer_id: row.product_id
            for row in known.of("mrr_customer_month")
            if row.month_end_date == day and (is_end or row.mrr_amount or row.is_active)
        }
        for day, is_end in ((start, False), (end, True))
    )
    return after | before


def mrr(known: Facts, period: Any, as_of: datetime) -> float:
    day = last_day(period, as_of)
    return sum(
        float(row.mrr_amount or 0)
        for row in known.of("recurring_line")
        if row.start_date <= day and (row.end_date is None or row.end_date > day)
        if row.customer_id is not None
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
        lambda ends: quotient(
            sum(end for _, end, *_, told in ends if told),
            sum(end > 0 for _, end, *_, told in ends if told),
        )
    ),
    "retention_rate": of_ends(
        lambda ends: quotient(
            sum(was and now for _, _, was, now, *_ in ends), sum(was for _, _, was, *_ in ends)
        )
    ),
    "churn_rate": of_ends(
        lambda ends: quotient(
            sum(was and not now for _, _, was, now, *_ in ends), sum(was for _, _, was, *_ in ends)
        )
    ),
    "nrr": of_ends(
        lambda ends: quotient(
            sum(end for start, end, *_, told in ends if told and start > 0),
            sum(start for start, *_, told in ends if told),
        )
    ),
    "grr": of_ends(
        lambda ends: quotient(
            sum(min(start, end) for start, end, *_, told in ends if told),
            sum(start for start, *_, told in ends if told),
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


BY_MAIN_PRODUCT = ("mrr_movement", "retention_rate", "churn_rate", "nrr", "grr")


def hold_main_products(
    engine: sa.Engine, rows: dict[str, list[Row]], as_ofs: Sequence[datetime]
) -> set[str]:
    """Compare values by main product with the reckoning of its customers; metrics that have one."""
    telling = set()
    for as_of in as_ofs:
        known = Facts(rows, as_of)
        for row in stored_values(engine, "main_product", as_of):
            member = None if row.slice_value == NO_MEMBER else row.slice_value
            products = main_products(known, row.start_date, row.end_date)
            own = [
                each
                for each in rows["mrr_customer_month"]
                if each["customer_id"] in products and products[each["customer_id"]] == member
            ]
            if row.metric_id in BY_MAIN_PRODUCT:
                reckoned = RECKONINGS[row.metric_id](
                    Facts({"mrr_customer_month": own}, as_of), row, as_of
                )
                compare(row, reckoned)
                if row.value:
                    telling.add(row.metric_id)
    return telling


@pytest.mark.slow
def test_values_equal_the_reckoning(warehouse: sa.Engine) -> None:
    build_calendar(warehouse, "2025-01-01", "2026-12-31", CALENDAR)
    loaded(warehouse, [source.id for source in SOURCE_OBJECTS], at("2026-12-31"))
    telling: set[str] = set()
    for seed, as_ofs in enumerate((AS_OFS, AS_OFS[1:2])):
        rows = company(seed)
        telling |= hold(warehouse, rows, as_ofs, RECKONINGS, CALENDAR, cuts={"channel": "channel"})
        assert hold_main_products(warehouse, rows, as_ofs) == set(BY_MAIN_PRODUCT)
        for row in stored_values(warehouse):
            if row.metric_id == "arpu" and row.median_value is not None:
                found = ends_of(Facts(rows, row.as_of_at), row)
                paid = [end for _, end, *_, told in found if told and end > 0]
                assert float(row.median_value) == pytest.approx(median(paid)), row.period_id
    assert telling == set(RECKONINGS)


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
