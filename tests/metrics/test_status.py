"""Statuses: a zero is printed only when everything it rests on has been loaded."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from include.tables import facts, ops
from tests.metrics.builders import (
    BEGINNING,
    SALES_OBJECTS,
    at,
    build_calendar,
    compute,
    customer,
    deal,
    deal_history,
    insert,
    loaded,
    login,
    total,
    user,
    values,
    window,
)

AS_OF = at("2026-04-01")
MARCH = ("month", "2026-03-01")
SALESFORCE, HUBSPOT = SALES_OBJECTS


@pytest.fixture
def calendar(warehouse: sa.Engine) -> sa.Engine:
    build_calendar(warehouse)
    return warehouse


def outcome(engine: sa.Engine, metric_id: str, *period: str) -> tuple[object, str]:
    row = total(engine, metric_id, *period)
    return row.value, row.status


def test_no_event_is_zero_when_the_sources_are_loaded(calendar: sa.Engine) -> None:
    loaded(calendar, SALES_OBJECTS, AS_OF)
    compute(calendar, AS_OF)
    assert outcome(calendar, "revenue", *MARCH) == (0, "OK")
    assert outcome(calendar, "pipeline_amount", *MARCH) == (0, "OK")
    assert total(calendar, "revenue", *MARCH).sample_count == 0
    for metric_id in ("close_rate", "close_rate_by_amount", "sales_cycle_days", "sales_growth"):
        row = total(calendar, metric_id, *MARCH)
        assert (row.value, row.status) == (None, "ZERO_DENOMINATOR"), metric_id
        assert row.denominator == 0
        assert row.status_reason
    assert total(calendar, "close_rate", *MARCH).status_reason == (
        "There are no closed deals to divide by."
    )


def test_nothing_ever_read_is_not_zero(calendar: sa.Engine) -> None:
    compute(calendar, AS_OF, ["revenue"])
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.numerator, row.status) == (None, None, "SOURCE_UNAVAILABLE")
    assert row.status_reason == "Nothing it is made of has been read from a CRM yet."


def test_a_crm_never_read_does_not_matter(calendar: sa.Engine) -> None:
    loaded(calendar, [SALESFORCE], AS_OF)
    compute(calendar, AS_OF, ["revenue"])
    assert outcome(calendar, "revenue", *MARCH) == (0, "OK")


def test_an_object_never_read_matters_when_its_crm_is_in_use(calendar: sa.Engine) -> None:
    loaded(calendar, [SALESFORCE, "hubspot.owner"], AS_OF)
    insert(calendar, facts.deal, deal_history("D", "2026-03-01", "2026-03-02", "won", 10))
    compute(calendar, AS_OF, ["revenue"])
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.status) == (10, "PARTIAL")
    assert row.status_reason == "hubspot.deal has not been loaded."


def test_periods_that_ended_before_the_gap_are_not_concerned(calendar: sa.Engine) -> None:
    loaded(calendar, [SALESFORCE], at("2026-03-15"))
    insert(calendar, facts.deal, deal_history("D", "2026-02-01", "2026-02-02", "won", 10))
    compute(calendar, AS_OF, ["revenue"])
    assert outcome(calendar, "revenue", "month", "2026-02-01") == (10, "OK")
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.status) == (None, "SOURCE_UNAVAILABLE")
    assert row.status_reason == "salesforce.opportunity is loaded only up to 2026-03-15 00:00."


def test_a_window_that_failed_in_between_is_a_gap_until_it_is_read_again(
    calendar: sa.Engine,
) -> None:
    tenth, eleventh = at("2026-03-10"), at("2026-03-11")
    rows = [
        window(SALESFORCE, tenth),
        window(SALESFORCE, eleventh, "failed", tenth, "delta", error="The server said 503."),
        window(SALESFORCE, AS_OF, "loaded", eleventh, "delta"),
    ]
    insert(calendar, ops.extract_window, rows)
    compute(calendar, AS_OF, ["revenue"])
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.status) == (None, "SOURCE_UNAVAILABLE")
    assert row.status_reason == (
        "salesforce.opportunity is loaded only up to 2026-03-10 00:00: The server said 503."
    )
    insert(calendar, ops.extract_window, [window(SALESFORCE, eleventh, "loaded", tenth, "delta")])
    compute(calendar, AS_OF, ["revenue"])
    assert outcome(calendar, "revenue", *MARCH) == (0, "OK")


def test_where_customers_came_from_is_not_told_without_their_people(calendar: sa.Engine) -> None:
    """Of leads that failed to load none says where a customer came from: it was no marketing."""
    loaded(calendar, ["salesforce.account", SALESFORCE], AS_OF)
    insert(calendar, facts.customer, [customer("C", "2026-03-10")])
    compute(calendar, AS_OF, ["marketing_originated_pct"])
    row = total(calendar, "marketing_originated_pct", *MARCH)
    assert (row.value, row.status) == (None, "SOURCE_UNAVAILABLE")
    assert row.status_reason.startswith("salesforce.lead has not been loaded.")


def test_a_rejected_batch_withholds_with_the_words_of_the_check(calendar: sa.Engine) -> None:
    insert(calendar, facts.deal, deal_history("D", "2026-03-01", "2026-03-02", "won", 10))
    rejected = window(SALESFORCE, AS_OF, "rejected", at("2026-03-31"), "delta")
    insert(calendar, ops.extract_window, [window(SALESFORCE, at("2026-03-31")), rejected])
    expectation = {
        "run_id": "run",
        "suite": SALESFORCE,
        "batch_id": rejected["batch_id"],
        "severity": "critical",
        "checked_at": AS_OF,
    }
    insert(
        calendar,
        ops.expectation_result,
        [
            expectation | {"expectation": words, "column_name": words, "is_success": is_success}
            for words, is_success in (("amount is a number", False), ("id is set", True))
        ],
    )
    compute(calendar, AS_OF, ["revenue", "close_rate", "leads_generated"])
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.numerator, row.status) == (None, None, "WITHHELD")
    assert row.status_reason == (
        "salesforce.opportunity is loaded only up to 2026-03-31 00:00: what was read after failed "
        "the checks (amount is a number)."
    )
    assert outcome(calendar, "close_rate", *MARCH) == (None, "WITHHELD")
    # The day before had been loaded.
    assert outcome(calendar, "revenue", "day", "2026-03-30") == (0, "OK")


def test_an_object_the_crm_does_not_offer_is_permission_denied(calendar: sa.Engine) -> None:
    loaded(calendar, ["salesforce.user"], AS_OF)
    insert(
        calendar,
        ops.extract_window,
        [window("salesforce.login", AS_OF, "unavailable", error="Grant Manage Users.")],
    )
    insert(calendar, facts.user, [user("U", "User")])
    insert(calendar, facts.login_day, [login("U", "2026-03-01T10:00")])
    compute(calendar, AS_OF, ["users_logged_in_7d"])
    row = total(calendar, "users_logged_in_7d", *MARCH)
    assert (row.value, row.status) == (None, "PERMISSION_DENIED")
    assert row.status_reason == "salesforce.login has not been loaded: Grant Manage Users."


def test_one_of_two_crms_missing_keeps_the_value_but_never_a_zero(calendar: sa.Engine) -> None:
    loaded(calendar, [SALESFORCE], AS_OF)
    loaded(calendar, [HUBSPOT], at("2026-01-15"))
    insert(
        calendar,
        ops.extract_window,
        [window(HUBSPOT, AS_OF, "failed", at("2026-01-15"), "delta", error="Out of quota.")],
    )
    insert(calendar, facts.deal, deal_history("D", "2026-03-01", "2026-03-02", "won", 10))
    compute(calendar, AS_OF, ["revenue", "close_rate"])
    assert outcome(calendar, "revenue", *MARCH) == (10, "PARTIAL")
    assert outcome(calendar, "close_rate", *MARCH) == (1, "PARTIAL")
    assert outcome(calendar, "revenue", "month", "2026-02-01") == (None, "SOURCE_UNAVAILABLE")
    assert outcome(calendar, "close_rate", "month", "2026-02-01") == (None, "SOURCE_UNAVAILABLE")
    row = total(calendar, "revenue", "month", "2026-02-01")
    assert row.status_reason == (
        "hubspot.deal is loaded only up to 2026-01-15 00:00: Out of quota."
    )


def test_a_running_period_is_not_blamed_for_the_lag_but_an_ended_one_is(
    calendar: sa.Engine,
) -> None:
    noon = at("2026-03-31T12:00")
    loaded(calendar, [SALESFORCE], noon - timedelta(minutes=60))
    compute(calendar, noon, ["revenue"])
    assert outcome(calendar, "revenue", "day", "2026-03-31") == (0, "OK")
    midnight = at("2026-04-01T00:30")
    loaded(calendar, [SALESFORCE], midnight - timedelta(minutes=60))
    compute(calendar, midnight, ["revenue"])
    row = total(calendar, "revenue", "day", "2026-03-31", as_of_at=midnight)
    assert row.status == "SOURCE_UNAVAILABLE"


def test_a_cohort_needs_its_sources_up_to_the_as_of(calendar: sa.Engine) -> None:
    loaded(calendar, facts.lead.info["sources"][:1], at("2026-02-15"))
    loaded(calendar, ["salesforce.opportunity"], at("2026-02-15"))
    compute(calendar, AS_OF, ["leads_generated", "lead_to_customer_rate"])
    # Leads of January are all known, but not who of them has become a customer by April.
    assert outcome(calendar, "leads_generated", "month", "2026-01-01") == (0, "OK")
    row = total(calendar, "lead_to_customer_rate", "month", "2026-01-01")
    assert row.status == "SOURCE_UNAVAILABLE"


def test_few_events_are_flagged_for_people_but_not_for_sums(calendar: sa.Engine) -> None:
    loaded(calendar, SALES_OBJECTS, AS_OF)
    for owner, count in (("few", 4), ("enough", 5)):
        rows = [
            deal(f"{owner}{n}", "2026-03-01", "2026-03-02", "won", 10, owner_user_id=owner)
            for n in range(count)
        ]
        insert(calendar, facts.deal, rows)
    compute(calendar, AS_OF, ["close_rate", "revenue"])
    march = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    rates = values(calendar, "close_rate", slice_id="owner", **march)
    assert (rates["few"].value, rates["few"].status) == (1, "SUPPRESSED_SMALL_N")
    assert rates["few"].status_reason == "Fewer than 5 closed deals: read with care."
    assert (rates["enough"].value, rates["enough"].status) == (1, "OK")
    sums = values(calendar, "revenue", slice_id="owner", **march)
    assert (sums["few"].value, sums["few"].status) == (40, "OK")
    channels = values(calendar, "close_rate", slice_id="channel", **march)
    assert channels["unknown"].status == "OK"


def test_logins_before_the_first_one_known_are_not_zero(calendar: sa.Engine) -> None:
    loaded(calendar, ("salesforce.user", "salesforce.login"), AS_OF)
    insert(calendar, facts.user, [user("U", "User")])
    insert(calendar, facts.login_day, [login("U", "2026-03-01T10:00")])
    compute(calendar, AS_OF, ["users_logged_in_7d"])
    row = total(calendar, "users_logged_in_7d", "month", "2026-02-01")
    assert (row.value, row.status) == (None, "INSUFFICIENT_HISTORY")
    assert row.status_reason == "The events it counts are known only since 2026-03-01."
    # A week from 2 to 8 March is known in full, and nobody logged in.
    assert outcome(calendar, "users_logged_in_7d", "day", "2026-03-08") == (0, "OK")
    assert outcome(calendar, "users_logged_in_7d", "day", "2026-03-07") == (1, "OK")
    assert outcome(calendar, "users_logged_in_7d", "day", "2026-03-06")[1] == (
        "INSUFFICIENT_HISTORY"
    )


def test_a_deal_without_a_usable_amount_is_left_out_and_counted(calendar: sa.Engine) -> None:
    loaded(calendar, SALES_OBJECTS, AS_OF)
    rows = [
        deal("D1", "2026-03-01", "2026-03-02", "won", 100),
        deal("D2", "2026-03-01", "2026-03-02", "won", None),
    ]
    insert(calendar, facts.deal, rows)
    compute(calendar, AS_OF, ["revenue", "avg_purchase_value", "close_rate"])
    revenue = total(calendar, "revenue", *MARCH)
    assert (revenue.value, revenue.sample_count, revenue.excluded_count) == (100, 1, 1)
    # 100 / 1: a deal of unknown worth is not one of worth zero
    assert total(calendar, "avg_purchase_value", *MARCH).value == 100
    assert total(calendar, "close_rate", *MARCH).sample_count == 2


def test_deals_of_which_none_has_an_amount_are_not_worth_nothing(calendar: sa.Engine) -> None:
    """A market that sells in a currency without a rate had sold for 0, and shrunk by all of it."""
    loaded(calendar, SALES_OBJECTS, AS_OF)
    rows = [
        deal("D1", "2026-02-01", "2026-02-02", "won", 100, channel="event"),
        deal("D2", "2026-03-01", "2026-03-02", "won", None, channel="event"),
        deal("D3", "2026-03-01", "2026-03-05", "won", None, channel="partner"),
        deal("D4", "2026-03-01", "2026-05-02", "open", 70, None),
    ]
    insert(calendar, facts.deal, rows)
    metrics = ["revenue", "sales_growth", "pipeline_amount", "pipeline_weighted_amount"]
    compute(calendar, AS_OF, metrics)
    revenue = total(calendar, "revenue", *MARCH)
    assert (revenue.value, revenue.status, revenue.excluded_count) == (None, "NO_DATA", 2)
    assert revenue.status_reason == "All of it has an unknown amount and is left out."
    assert total(calendar, "sales_growth", *MARCH).value is None
    # Of the open one the amount is known, and not how likely it is.
    assert outcome(calendar, "pipeline_amount", *MARCH) == (70, "OK")
    assert outcome(calendar, "pipeline_weighted_amount", *MARCH) == (None, "NO_DATA")
    # One of 40 more, and that is what is known of all; of partners nothing is.
    insert(
        calendar, facts.deal, [deal("D5", "2026-03-01", "2026-03-02", "won", 40, channel="event")]
    )
    compute(calendar, AS_OF, metrics)
    assert outcome(calendar, "revenue", *MARCH) == (40, "OK")
    # (40 - 100) / 100
    assert total(calendar, "sales_growth", *MARCH).value == Decimal("-0.6")
    period = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    channels = values(calendar, "revenue", slice_id="channel", **period)
    assert {member: row.value for member, row in channels.items()} == {"event": 40, "partner": None}


def test_a_negative_base_gives_no_growth(calendar: sa.Engine) -> None:
    loaded(calendar, SALES_OBJECTS, AS_OF)
    rows = [
        deal("D1", "2026-02-01", "2026-02-02", "won", -50),
        deal("D2", "2026-03-01", "2026-03-02", "won", 100),
    ]
    insert(calendar, facts.deal, rows)
    compute(calendar, AS_OF, ["sales_growth", "revenue"])
    assert outcome(calendar, "revenue", "month", "2026-02-01") == (-50, "OK")
    assert outcome(calendar, "sales_growth", *MARCH) == (None, "ZERO_DENOMINATOR")


def test_growth_counts_what_either_period_leaves_out(calendar: sa.Engine) -> None:
    """From 100 and a deal of unknown worth to 200, and another such: it may be less than doubled."""
    loaded(calendar, SALES_OBJECTS, AS_OF)
    rows = [
        deal("D1", "2026-02-01", "2026-02-02", "won", 100),
        deal("D2", "2026-02-01", "2026-02-02", "won", None),
        deal("D3", "2026-03-01", "2026-03-02", "won", 200),
        deal("D4", "2026-03-01", "2026-03-02", "won", None),
    ]
    insert(calendar, facts.deal, rows)
    compute(calendar, AS_OF, ["sales_growth"])
    row = total(calendar, "sales_growth", *MARCH)
    # 100 / 100, of one deal, and one left out of either month
    assert (row.value, row.sample_count, row.excluded_count) == (1, 1, 1 + 1)


def test_growth_of_a_member_that_sold_nothing_is_minus_one(calendar: sa.Engine) -> None:
    loaded(calendar, SALES_OBJECTS, AS_OF)
    rows = [
        deal("D1", "2026-02-01", "2026-02-02", "won", 50, channel="event"),
        deal("D2", "2026-03-01", "2026-03-02", "won", 75, channel="partner"),
    ]
    insert(calendar, facts.deal, rows)
    compute(calendar, AS_OF, ["sales_growth"])
    assert outcome(calendar, "sales_growth", *MARCH) == (Decimal("0.5"), "OK")
    march = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    channels = values(calendar, "sales_growth", slice_id="channel", **march)
    assert (channels["event"].value, channels["event"].status) == (-1, "OK")
    assert channels["partner"].status == "ZERO_DENOMINATOR"


def test_windows_after_the_as_of_do_not_concern_it(calendar: sa.Engine) -> None:
    later = at("2026-04-02")
    rows = [
        window(SALESFORCE, AS_OF, "loaded", BEGINNING),
        window(SALESFORCE, later, "rejected", AS_OF, "delta"),
    ]
    insert(calendar, ops.extract_window, rows)
    compute(calendar, AS_OF, ["revenue"])
    assert outcome(calendar, "revenue", *MARCH) == (0, "OK")
    compute(calendar, later, ["revenue"])
    assert total(calendar, "revenue", "month", "2026-04-01", as_of_at=later).status == "WITHHELD"


def test_what_another_run_read_after_the_facts_were_built_is_not_called_complete(
    calendar: sa.Engine,
) -> None:
    """A backfill loads opportunities between `facts` and `metrics` of a run: no fact has them."""
    fifteenth = at("2026-03-15")
    late = window(SALESFORCE, AS_OF, start=fifteenth, mode="delta") | {"is_in_facts": False}
    insert(calendar, ops.extract_window, [window(SALESFORCE, fifteenth), late])
    compute(calendar, AS_OF, ["revenue"])
    row = total(calendar, "revenue", *MARCH)
    assert (row.value, row.status) == (None, "SOURCE_UNAVAILABLE")
    assert row.status_reason == (
        "salesforce.opportunity is loaded only up to 2026-03-15 00:00: the facts were built before "
        "another run had read what is after it."
    )
    with calendar.begin() as connection:
        connection.execute(ops.extract_window.update().values(is_in_facts=True))
    compute(calendar, AS_OF, ["revenue"])
    assert outcome(calendar, "revenue", *MARCH) == (0, "OK")
