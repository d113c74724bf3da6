"""The golden examples of recurring revenue and retention; March 2026 as of 1 April."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import facts
from tests.metrics.builders import at, build_calendar, compute, insert, loaded, total, values
from tests.metrics.rows import fact, month

AS_OF = at("2026-04-01")
MARCH = {"grain": "month", "period_start_date": date(2026, 3, 1)}
# Monthly amounts at the end of February and of March. C2 pays 1200 and then 2400 a year, C3 300 a
# quarter. C6 left in January. C7 came on the 3rd and left on the 20th, C8 bought once: no month.
CUSTOMERS = {
    "C1": (100, 100),
    "C2": (100, 200),
    "C3": (100, 0),
    "C4": (100, 60),
    "C5": (0, 50),
    "C6": (0, 80),
}


@pytest.fixture
def subscriptions(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    rows = []
    for customer_id, (before, now) in CUSTOMERS.items():
        who = {
            "cohort": "2026-03-01" if customer_id == "C5" else "2025-01-01",
            "channel": "event" if customer_id in ("C1", "C3") else "partner",
        }
        rows.append(month(customer_id, "2026-03-01", now, before, **who))
        if customer_id != "C5":
            rows.append(month(customer_id, "2026-02-01", before, before, **who))
    rows.append(month("C6", "2025-12-01", 80, 80, channel="partner"))
    insert(warehouse, facts.mrr_customer_month, rows)
    return warehouse


def line(
    line_id: str, start: str, end: str | None, amount: float | None, **columns: object
) -> dict:
    return fact(
        facts.recurring_line,
        line_id,
        start_date=start,
        end_date=end,
        mrr_amount=amount,
        billing_frequency="monthly",
        channel="unknown",
        **{"customer_id": "C1", **columns},
    )


def test_mrr_and_arr(subscriptions: sa.Engine) -> None:
    rows = [
        line("C1", "2025-01-01", None, 100, product_id="P1"),
        line("C2a", "2025-03-15", "2026-03-15", 100, product_id="P1"),
        line("C2b", "2026-03-15", "2027-03-15", 200, product_id="P2"),
        line("C3", "2025-01-01", "2026-03-15", 100),
        line("C4a", "2025-01-01", "2026-03-10", 100),
        line("C4b", "2026-03-10", None, 60),
        line("C5", "2026-03-20", None, 50),
        line("C6a", "2025-01-01", "2026-01-20", 80),
        line("C6b", "2026-03-02", None, 80),
        line("C7", "2026-03-03", "2026-03-20", 70),
        line("paused", "2026-01-01", None, 0, is_paused=True),
        line("offered", "2026-01-01", None, 999, is_counted=False),
        line("no rate", "2026-01-01", None, None),
        line("never", "2026-03-10", "2026-03-05", 500),
        # Paid for through the last day of March, and from April on.
        line("last day", "2026-03-01", "2026-04-01", 7),
        line("April", "2026-04-01", None, 9),
    ]
    insert(subscriptions, facts.recurring_line, rows)
    compute(subscriptions, AS_OF, ["mrr", "arr"])
    march = total(subscriptions, "mrr", "month", "2026-03-01")
    # 100 + 200 + 60 + 50 + 80 = 490, and the 7 of the last day
    assert (march.value, march.status, march.excluded_count) == (497, "OK", 1)
    # 12 * 497
    assert total(subscriptions, "arr", "month", "2026-03-01").value == 5964
    # 100 + 100 + 100 + 100
    assert total(subscriptions, "mrr", "month", "2026-02-01").value == 400
    # On 16 March C7 still pays 70 and C5 not yet; C2 changed and C3 left the day before:
    # 100 + 200 + 60 + 80 + 70 + 7
    assert total(subscriptions, "mrr", "day", "2026-03-16").value == 517
    products = values(subscriptions, "mrr", slice_id="product", **MARCH)
    assert {member: row.value for member, row in products.items()} == {
        "P1": 100, "P2": 200, "(none)": 197,
    }  # fmt: skip


def test_what_is_paid_by_nobody_we_know_is_told(subscriptions: sa.Engine) -> None:
    """A subscription of a person without a company is in no customer's months, nor in their sum."""
    rows = [
        line("L1", "2025-06-01", None, 100),
        line("L2", "2025-06-01", None, 40, customer_id=None, owner_user_id="A"),
    ]
    insert(subscriptions, facts.recurring_line, rows)
    compute(subscriptions, AS_OF, ["mrr", "arr"])
    for metric_id, value in (("mrr", 100), ("arr", 1200)):
        march = total(subscriptions, metric_id, "month", "2026-03-01")
        assert (march.value, march.sample_count, march.excluded_count) == (value, 1, 1)
        assert march.status == "PARTIAL"
        assert "no known customer" in march.status_reason
        # Of A's it is the customer, and no amount, that nobody knows.
        nobody = values(subscriptions, metric_id, slice_id="owner", **MARCH)["A"]
        assert (nobody.value, nobody.status, nobody.excluded_count) == (None, "NO_DATA", 1)
        assert nobody.status_reason == march.status_reason


def test_mrr_movements_add_up_to_the_change(subscriptions: sa.Engine) -> None:
    compute(subscriptions, AS_OF, ["mrr_movement"])
    march = total(subscriptions, "mrr_movement", "month", "2026-03-01")
    # 490 - 400; five of six customers changed
    assert (march.value, march.sample_count, march.status) == (90, 5, "OK")
    movements = values(subscriptions, "mrr_movement", slice_id="movement", **MARCH)
    assert {member: row.value for member, row in movements.items()} == {
        "new": 50,
        "expansion": 100,
        "contraction": -40,
        "churn": -100,
        "reactivation": 80,
    }


def test_arpu(subscriptions: sa.Engine) -> None:
    compute(subscriptions, AS_OF, ["arpu"])
    march = total(subscriptions, "arpu", "month", "2026-03-01")
    # 490 / 5; of 50, 60, 80, 100, 200 the middle one; p90 at 3.6 steps: 100 + 0.6 * 100
    assert (march.value, march.median_value, march.p90_value) == (98, 80, 160)
    assert (march.numerator, march.denominator) == (490, 5)


def test_churn_and_retention_compare_sets(subscriptions: sa.Engine) -> None:
    compute(subscriptions, AS_OF, ["churn_rate", "retention_rate"])
    churn = total(subscriptions, "churn_rate", "month", "2026-03-01")
    # C3 of C1 to C4; neither C6, who came back, nor C5 is in it
    assert (churn.numerator, churn.denominator, churn.value) == (1, 4, Decimal("0.25"))
    retention = total(subscriptions, "retention_rate", "month", "2026-03-01")
    assert (retention.numerator, retention.value) == (3, Decimal("0.75"))
    channels = values(subscriptions, "churn_rate", slice_id="channel", **MARCH)
    # C1 and C3 came through events, C2 and C4 through partners
    assert {member: row.value for member, row in channels.items()} == {
        "event": Decimal("0.5"), "partner": 0,
    }  # fmt: skip


def test_nobody_at_the_start_is_no_rate(subscriptions: sa.Engine) -> None:
    compute(subscriptions, at("2025-12-01"), ["churn_rate"])
    row = total(subscriptions, "churn_rate", "month", "2025-11-01")
    assert (row.value, row.status) == (None, "ZERO_DENOMINATOR")


def test_a_running_period_has_no_churn_yet(subscriptions: sa.Engine) -> None:
    compute(subscriptions, at("2026-03-20"), ["churn_rate"])
    row = total(subscriptions, "churn_rate", "month", "2026-03-01")
    assert (row.value, row.status) == (None, "NO_DATA")
    assert row.status_reason == "The period has not ended, and only whole periods are compared."


def test_net_and_gross_revenue_retention(subscriptions: sa.Engine) -> None:
    compute(subscriptions, AS_OF, ["nrr", "grr"])
    # 100 + 200 + 0 + 60 of 400; C5 and C6 were not there
    net = total(subscriptions, "nrr", "month", "2026-03-01")
    assert (net.numerator, net.denominator, net.value) == (360, 400, Decimal("0.9"))
    # 100 + 100 + 0 + 60
    assert total(subscriptions, "grr", "month", "2026-03-01").value == Decimal("0.65")


def test_who_pays_an_unknown_amount_neither_left_nor_shrank(subscriptions: sa.Engine) -> None:
    """C9 paid 90 in February and pays in March what nobody can convert."""
    unknown = {"is_active": True, "is_amount_unknown": True, "channel": "partner"}
    rows = [
        month("C9", "2026-02-01", 90, 90, channel="partner"),
        month("C9", "2026-03-01", 0, 90, **unknown),
    ]
    insert(subscriptions, facts.mrr_customer_month, rows)
    compute(subscriptions, AS_OF, ["nrr", "grr", "mrr_movement", "retention_rate"])
    net = total(subscriptions, "nrr", "month", "2026-03-01")
    # As without it.
    assert (net.numerator, net.denominator, net.excluded_count) == (360, 400, 1)
    gross = total(subscriptions, "grr", "month", "2026-03-01")
    assert (gross.numerator, gross.denominator, gross.excluded_count) == (260, 400, 1)
    # 4 of 5: C3 left.
    assert total(subscriptions, "retention_rate", "month", "2026-03-01").value == Decimal("0.8")
    # 490 - 400 - 90, with a word on why.
    movement = total(subscriptions, "mrr_movement", "month", "2026-03-01")
    assert (movement.value, movement.status) == (0, "PARTIAL")
    assert "an unknown amount" in movement.status_reason


def test_who_pays_partly_an_unknown_amount_is_in_no_mean_of_amounts(
    subscriptions: sa.Engine,
) -> None:
    """C9 pays 10 in March and, for something else, what nobody can convert."""
    row = month("C9", "2026-03-01", 10, 10, is_amount_unknown=True, channel="partner")
    insert(subscriptions, facts.mrr_customer_month, [row])
    compute(subscriptions, AS_OF, ["arpu"])
    march = total(subscriptions, "arpu", "month", "2026-03-01")
    # As without it: 490 / 5, and 80 in the middle.
    assert (march.value, march.median_value, march.excluded_count) == (98, 80, 1)


def test_customers_are_those_of_their_main_product_before_the_period(
    warehouse: sa.Engine,
) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    # Amount and product at the end of February and of March.
    courses = {
        "A": ((100, "P1"), (60, "P1")),
        # Who changes product stays with the one before,
        "B": ((50, "P1"), (80, "P2")),
        # and so does who leaves: with it goes the product.
        "C": ((40, "P1"), (0, None)),
        "D": ((30, "P2"), (30, "P2")),
        # New, and back again: by what they pay for now.
        "E": (None, (20, "P2")),
        "F": ((0, None), (10, "P1")),
        # Paid for nothing that is a product, until March.
        "G": ((70, None), (70, "P1")),
    }
    rows = [
        month(
            name, start, course[0], cohort="2026-03-01" if name == "E" else "2025-01-01",
            product_id=course[1],
        )
        for name, both in courses.items()
        for start, course in zip(("2026-02-01", "2026-03-01"), both, strict=True)
        if course
    ]  # fmt: skip
    insert(warehouse, facts.mrr_customer_month, rows)
    metrics = ["retention_rate", "churn_rate", "nrr", "grr", "mrr_movement"]
    compute(warehouse, AS_OF, metrics)

    def found(metric_id: str) -> dict[str, tuple[object, ...]]:
        products = values(warehouse, metric_id, slice_id="main_product", **MARCH)
        whole = total(warehouse, metric_id, "month", "2026-03-01")
        for name in ("numerator", "denominator"):
            summed = sum(getattr(row, name) or 0 for row in products.values())
            assert summed == (getattr(whole, name) or 0), (metric_id, name)
        return {key: (row.numerator, row.denominator) for key, row in products.items()}

    # Of A, B and C, C left.
    kept = {"P1": (2, 3), "P2": (1, 1), "(none)": (1, 1)}
    assert {key: row for key, row in found("retention_rate").items() if row[1]} == kept
    left = {"P1": (1, 3), "P2": (0, 1), "(none)": (0, 1)}
    assert {key: row for key, row in found("churn_rate").items() if row[1]} == left
    # 60 + 80 + 0 of 100 + 50 + 40
    assert found("nrr") == {"P1": (140, 190), "P2": (30, 30), "(none)": (70, 70)}
    # 60 + 50 + 0
    assert found("grr") == {"P1": (110, 190), "P2": (30, 30), "(none)": (70, 70)}
    # -40 + 30 - 40 of A, B and C, and 10 of F; E's 20
    assert found("mrr_movement") == {"P1": (-40, None), "P2": (20, None)}


def test_retention_of_a_quarter_and_of_twelve_months(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    rows = [
        # There in March 2025 and at the year's end, gone by March.
        month("A", "2025-03-01", 100),
        month("A", "2025-12-01", 100, 100),
        month("A", "2026-03-01", 0, 0),
        # There all the time, and grown.
        month("B", "2025-03-01", 50),
        month("B", "2025-12-01", 80, 80),
        month("B", "2026-03-01", 90, 80),
        # Came and went within the quarter.
        month("C", "2026-01-01", 30, 0, cohort="2026-01-01", age=0),
        month("C", "2026-02-01", 0, 30, cohort="2026-01-01"),
        # New in March.
        month("D", "2026-03-01", 20, 0, cohort="2026-03-01", age=0),
    ]
    insert(warehouse, facts.mrr_customer_month, rows)
    metrics = ["churn_rate", "nrr", "nrr_trailing_year", "grr_trailing_year", "mrr_movement"]
    compute(warehouse, AS_OF, metrics)
    quarter = ("quarter", "2026-01-01")
    # Of A and B, A is gone; B pays 90 of what were 100 + 80
    assert total(warehouse, "churn_rate", *quarter).value == Decimal("0.5")
    assert total(warehouse, "nrr", *quarter).value == Decimal("0.5")
    # 90 + 20 - 180
    assert total(warehouse, "mrr_movement", *quarter).value == -70
    movements = values(
        warehouse, "mrr_movement", slice_id="movement", grain="quarter",
        period_start_date=date(2026, 1, 1),
    )  # fmt: skip
    assert {member: row.value for member, row in movements.items()} == {
        "churn": -100, "expansion": 10, "new": 20,
    }  # fmt: skip
    # Since March 2025: 90 of 100 + 50, and without what B added 50
    march = ("month", "2026-03-01")
    assert total(warehouse, "nrr_trailing_year", *march).value == Decimal("0.6")
    assert total(warehouse, "grr_trailing_year", *march).value == pytest.approx(Decimal(1) / 3)


def test_cohort_retention(warehouse: sa.Engine) -> None:
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    january = {"cohort": "2026-01-01"}
    rows = []
    for name in ("A", "B", "C", "D"):
        left = 0 if name == "D" else 10
        rows += [
            month(name, "2026-01-01", 10, 0, age=0, **january),
            month(name, "2026-02-01", 10, 10, age=1, **january),
            month(name, "2026-03-01", left, 10, age=2, **january),
        ]
    rows.append(month("E", "2026-02-01", 40, 0, cohort="2026-02-01", age=0))
    rows.append(month("E", "2026-03-01", 60, 40, cohort="2026-02-01", age=1))
    insert(warehouse, facts.mrr_customer_month, rows)
    compute(warehouse, AS_OF, ["cohort_retention", "cohort_mrr_retention"])
    shares = []
    for start in ("2026-01-01", "2026-02-01", "2026-03-01"):
        of_cohort = values(
            warehouse, "cohort_retention", slice_id="cohort", grain="month",
            period_start_date=date.fromisoformat(start),
        )  # fmt: skip
        shares.append(of_cohort["2026-01-01"].value)
    # 4 of 4, 4 of 4, 3 of 4
    assert shares == [1, 1, Decimal("0.75")]
    # In all 4 of 5 are left in March
    assert total(warehouse, "cohort_retention", "month", "2026-03-01").value == Decimal("0.8")
    amounts = values(warehouse, "cohort_mrr_retention", slice_id="cohort", **MARCH)
    # 30 of 40, and 60 of 40
    assert {member: row.value for member, row in amounts.items()} == {
        "2026-01-01": Decimal("0.75"), "2026-02-01": Decimal("1.5"),
    }  # fmt: skip


def test_a_cohort_with_amounts_nobody_knows_says_so(warehouse: sa.Engine) -> None:
    """Of two who paid 10 in January one pays in March what nobody can convert: half is not lost."""
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    january = {"cohort": "2026-01-01"}
    rows = [
        *(month(name, "2026-01-01", 10, 0, age=0, **january) for name in "AB"),
        *(month(name, "2026-02-01", 10, 10, age=1, **january) for name in "AB"),
        month("A", "2026-03-01", 10, 10, age=2, **january),
        month("B", "2026-03-01", 0, 10, age=2, is_amount_unknown=True, is_active=True, **january),
    ]
    insert(warehouse, facts.mrr_customer_month, rows)
    compute(warehouse, AS_OF, ["cohort_mrr_retention"])
    february, march = (
        total(warehouse, "cohort_mrr_retention", "month", f"2026-0{number}-01") for number in (2, 3)
    )
    assert (february.value, february.status) == (1, "OK")
    assert (march.value, march.status) == (Decimal("0.5"), "PARTIAL")
    assert "an unknown amount" in march.status_reason


def test_who_pays_for_the_first_time_is_new_though_a_customer_before(warehouse: sa.Engine) -> None:
    """A contract, or a purchase, made a customer of one in January and of the other never."""
    build_calendar(warehouse)
    loaded(warehouse, facts.recurring_line.info["sources"], AS_OF)
    contract = {"cohort": "2026-01-01", "is_active": True}
    rows = [
        month("contract", "2026-01-01", 0, **contract, age=0),
        month("contract", "2026-02-01", 0, **contract),
        month("contract", "2026-03-01", 50, **contract),
        month("buyer", "2026-03-01", 5, is_active=False) | {"cohort_month_date": None},
    ]
    insert(warehouse, facts.mrr_customer_month, rows)
    compute(warehouse, AS_OF, ["mrr_movement"])
    movements = values(warehouse, "mrr_movement", slice_id="movement", **MARCH)
    assert {member: row.value for member, row in movements.items()} == {"new": 55}
