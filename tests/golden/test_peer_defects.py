"""What other metric projects over CRM data got wrong, once each, so that we do not.

The numbers come from the worked examples; a defect's own wrong number stands beside the right one.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.facts.deal_line import per_month
from tests.golden import beside, march
from tests.golden.answers import JANUARY, MARCH, Answer
from tests.golden.conftest import Bookkeeper

pytestmark = pytest.mark.slow

VARIANTS = pytest.mark.parametrize("variant", ["salesforce", "hubspot", "both"])
ONLY_SALESFORCE = pytest.mark.parametrize("variant", ["salesforce"])


def check(bookkeeper: Bookkeeper, variant: str, answer: Answer) -> None:
    """Compare a value of the examples of March."""
    bookkeeper.of(march, variant).values.check(answer)


@VARIANTS
def test_days_to_close_are_from_creation_to_closing(variant: str, bookkeeper: Bookkeeper) -> None:
    """created - close would be -60 for O2, and -31.67 on average."""
    check(bookkeeper, variant, Answer("sales_cycle_days", MARCH, mean=95 / 3, excluded=1))
    found = bookkeeper.of(march, variant).values.frame.query("metric_id == 'sales_cycle_days'")
    assert not (found["mean_value"].dropna().astype(float) < 0).any()


@VARIANTS
def test_a_probability_is_a_share(variant: str, bookkeeper: Bookkeeper) -> None:
    """Percent taken for a share would make 220,000 of 2,200."""
    check(bookkeeper, variant, Answer("pipeline_weighted_amount", MARCH, 2200))


@VARIANTS
def test_who_lost_nothing_has_won_all_and_nobody_wins_more(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """Without lost deals a sum of them is NULL: the rate would be none, or above 100 %."""
    for name, won, closed in (("U1", 2, 3), ("U2", 2, 2)):
        wanted = Answer(
            "close_rate", MARCH, cut="owner", member=name, numerator=won, denominator=closed
        )
        check(bookkeeper, variant, wanted)
    rates = bookkeeper.of(march, variant).values.frame.query("metric_id == 'close_rate'")
    assert rates["value"].dropna().astype(float).between(0, 1).all()


@VARIANTS
def test_who_closed_nothing_has_no_close_rate(variant: str, bookkeeper: Bookkeeper) -> None:
    """Nothing of nothing is not 0 %: in January nothing closed, and U3 never closed a deal."""
    found = bookkeeper.of(march, variant).values.frame.query("metric_id == 'close_rate'")
    none = found[found["denominator"].astype(float) == 0]
    assert len(none) > 0
    assert none["value"].isna().all()
    assert set(none["status"]) <= {"NO_DATA", "ZERO_DENOMINATOR"}
    assert found.query("slice_label == 'U3'")["value"].isna().all()


@VARIANTS
def test_the_close_rate_counts_deals_and_another_one_amounts(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """By amount alone it would be 75 %."""
    check(bookkeeper, variant, Answer("close_rate", MARCH, numerator=4, denominator=5))
    by_amount = Answer("close_rate_by_amount", MARCH, numerator=6000, denominator=8000)
    check(bookkeeper, variant, by_amount)


@ONLY_SALESFORCE
def test_a_task_counts_when_it_is_done_and_not_when_it_is_due(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """By due date an open task of the 11th would count, and the one done on the 10th on the 31st."""
    check(bookkeeper, variant, Answer("activities_completed", "2026-03-11", 0))
    check(bookkeeper, variant, Answer("activities_completed", "2026-03-10", 2))
    check(bookkeeper, variant, Answer("activities_completed", "2026-03-31", 0))


@VARIANTS
def test_a_converted_lead_is_no_customer_yet(variant: str, bookkeeper: Bookkeeper) -> None:
    """L3 was converted and has won nothing: by conversion it would be a customer, and L8 none."""
    wanted = Answer("lead_to_customer_rate", JANUARY, numerator=2, denominator=6)
    bookkeeper.of(beside, variant).values.check(wanted)


@ONLY_SALESFORCE
def test_every_open_deal_is_in_the_pipeline(variant: str, bookkeeper: Bookkeeper) -> None:
    """O6 is Most Likely, a forecast category that lists of them leave out."""
    check(bookkeeper, variant, Answer("pipeline_amount", MARCH, 5000, sample=2, excluded=1))


@VARIANTS
def test_an_annual_plan_is_spread_and_no_charge_of_its_month(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """C2 pays by the year: by charges February would lack it, and March hold 2,400."""
    check(bookkeeper, variant, Answer("mrr", "2026-02", 400))
    check(bookkeeper, variant, Answer("mrr", MARCH, 490))


@VARIANTS
def test_who_leaves_churns_and_who_comes_back_is_no_expansion(
    variant: str, bookkeeper: Bookkeeper
) -> None:
    """100 to 0 would be contraction, and 0 to 80 expansion, were they asked for first."""
    for movement, amount in (("churn", -100), ("contraction", -40), ("reactivation", 80)):
        check(
            bookkeeper, variant, Answer("mrr_movement", MARCH, amount, cut="movement", member=movement)
        )  # fmt: skip


@VARIANTS
def test_a_change_of_plan_is_expansion(variant: str, bookkeeper: Bookkeeper) -> None:
    """Line by line C2's would be 100 of churn and 200 of new revenue."""
    for movement, amount in (("new", 50), ("expansion", 100)):
        check(
            bookkeeper, variant, Answer("mrr_movement", MARCH, amount, cut="movement", member=movement)
        )  # fmt: skip


def test_what_is_billed_by_the_day_is_not_nothing(warehouse: sa.Engine) -> None:
    """2 a day are 2 x 365 / 12 a month."""
    by_day = per_month(sa.literal(Decimal(2)), sa.literal("daily"))
    with warehouse.connect() as connection:
        monthly = connection.scalar(sa.select(by_day))
    assert monthly is not None
    assert round(monthly, 6) == round(Decimal(730) / 12, 6)


@VARIANTS
def test_some_requests_have_no_answer(variant: str, bookkeeper: Bookkeeper) -> None:
    """Fewer than zero answers has none: the count would be 0 always."""
    check(bookkeeper, variant, Answer("unanswered_pct", MARCH, numerator=1, denominator=6))


@ONLY_SALESFORCE
def test_time_is_added_up_and_not_counted(variant: str, bookkeeper: Bookkeeper) -> None:
    """T4 took 120 and 180 seconds: counted it would be 2."""
    check(bookkeeper, variant, Answer("aht_per_case", MARCH, numerator=2100, denominator=4))
