"""Rules on facts: each fails on a planted error, and withholds the metrics that read the column."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from include.metrics.catalogue import CATALOGUE
from include.metrics.reads import columns_read
from include.metrics.withhold import failures, withheld_for
from include.tables import facts, ops, stage
from include.validate.facts import validate_facts
from include.validate.recurring import RENEWED, WORDS
from tests.metrics.builders import (
    SALES_OBJECTS,
    activity,
    build_calendar,
    compute,
    credit,
    deal,
    insert,
    insert_deals,
    loaded,
    total,
    values,
)
from tests.metrics.rows import fact, month

NOW = datetime(2026, 4, 1, 1, tzinfo=UTC)
AS_OF = NOW.replace(hour=0)
MARCH = ("month", "2026-03-01")
KEPT = {"modified_at": NOW, "extracted_at": NOW, "batch_id": "b", "row_hash": "h"}
METRICS = {metric.id: metric for metric in CATALOGUE}


def staged(engine: sa.Engine, *amounts: float | None) -> None:
    """Live opportunities D1, D2, ... as staging holds them."""
    rows = [
        {"salesforce_opportunity_id": f"D{number}", "amount_original": amount, **KEPT}
        for number, amount in enumerate(amounts, 1)
    ]
    insert(engine, stage.CURRENT["salesforce.opportunity"], rows)


def good_deal(**columns: Any) -> dict[str, Any]:
    return {**deal("D1", "2026-03-01", "2026-03-02", "won", 10, 0.5), **columns}


def check(engine: sa.Engine, folder: Path, run_id: str = "run", now: datetime = NOW) -> list[str]:
    """Check; the critical rules that broke, in words."""
    outcomes = validate_facts(engine, ZoneInfo("UTC"), run_id, now, folder)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    return [
        outcome.rule.words
        for outcome in outcomes
        if not outcome.is_success and outcome.rule.severity == "critical"
    ]


def withheld(engine: sa.Engine) -> set[str]:
    """Metrics that read what failed."""
    with engine.connect() as connection:
        failed = failures(connection)
    return {id_ for id_, each in METRICS.items() if withheld_for(failed, columns_read(each))}


def test_honest_facts_break_nothing(warehouse: sa.Engine, tmp_path: Path) -> None:
    staged(warehouse, 10)
    insert_deals(warehouse, [good_deal()])
    rows = [month("A", "2026-01-01", 10), month("A", "2026-02-01", 15, 10)]
    insert(warehouse, facts.mrr_customer_month, rows)
    assert check(warehouse, tmp_path) == []
    assert withheld(warehouse) == set()
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        found = connection.execute(
            sa.select(result.checked_count, result.column_name).where(
                result.expectation == "deal.probability_rate is within 0 and 1"
            )
        ).one()
    assert found == (1, "deal.probability_rate")


LATER = date(2026, 4, 2)


@pytest.mark.parametrize(
    ("table", "row", "words", "some", "others"),
    [
        (facts.deal, good_deal(created_date=LATER), "deal.created_date has come",
         {"close_rate_cohort", "pipeline_amount"}, {"revenue", "close_rate", "csat"}),
        (facts.deal, good_deal(probability_rate=Decimal(50)),
         "deal.probability_rate is within 0 and 1", set(), {"revenue", "pipeline_amount"}),
        (facts.deal, good_deal(cycle_days=-3), "deal.cycle_days is not negative",
         {"sales_cycle_days"}, {"revenue", "close_rate"}),
        (facts.deal, good_deal(is_lost=True), "a deal is open, won, lost or disqualified, and only one of these",
         {"revenue", "close_rate", "pipeline_amount"}, {"csat", "mrr"}),
        (facts.lead, fact(facts.lead, "L", created_date="2026-03-05", customer_date="2026-03-01"),
         "a person becomes a customer on or after the day it became a lead",
         {"leads_generated", "conversion_rate_30d"}, {"revenue"}),
        (facts.ticket, fact(facts.ticket, "T", created_date="2026-03-05", resolution_seconds=-1),
         "ticket.resolution_seconds is not negative", {"time_to_resolution"}, {"frt", "revenue"}),
        (facts.login_day, {"user_id": "U", "login_date": LATER, "crm": "salesforce",
                           "first_login_at": NOW, "success_count": 1, "failure_count": 0},
         "login_day.login_date has come", set(), {"revenue"}),
        (facts.prospect, fact(facts.prospect, "P", created_date=LATER),
         "prospect.created_date has come", {"conversion_rate_prospects"}, {"conversion_rate"}),
        (facts.survey_invitation, fact(facts.survey_invitation, "I", sent_date=LATER),
         "survey_invitation.sent_date has come", {"survey_response_rate"}, {"csat", "revenue"}),
        (facts.billing, fact(facts.billing, "B", crm="ledger", is_credit=True, billing_amount_original=5),
         "a credit takes away from what was billed", set(), {"revenue", "revenue_per_product"}),
        (facts.mrr_customer_month, month("A", "2026-02-01", 15, 10, movement_amount=4),
         "recurring revenue of a month is that of the month before and its movement",
         {"retention_rate", "nrr"}, {"revenue", "csat"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_planted_error_is_found(warehouse, tmp_path, table, row, words, some, others) -> None:
    known = {column.name for column in table.columns}
    insert(warehouse, table, [{name: value for name, value in row.items() if name in known}])
    if table is facts.deal:
        staged(warehouse, 10)
        insert(warehouse, facts.deal_credit, [credit(row)])
    if table is facts.ticket:
        case = {"salesforce_case_id": "T", "created_at": NOW, **KEPT}
        insert(warehouse, stage.CURRENT["salesforce.case"], [case])
    assert check(warehouse, tmp_path) == [words]
    found = withheld(warehouse)
    assert some <= found
    assert not found & others


def test_a_meeting_to_come_is_no_error_until_it_is_said_to_be_over(warehouse, tmp_path) -> None:
    """It is held by a state of then; what a state of now calls done on a day to come is wrong."""
    to_come = activity("M", "meeting", "2026-04-02T10:00")
    insert(warehouse, facts.activity, [to_come])
    assert check(warehouse, tmp_path) == []
    done_already = activity("N", "meeting", "2026-04-02T10:00") | {"valid_from_at": NOW}
    insert(warehouse, facts.activity, [done_already])
    assert check(warehouse, tmp_path) == ["activity.completed_date has come"]


def test_a_month_that_does_not_follow_the_one_before(warehouse, tmp_path) -> None:
    rows = [month("A", "2026-01-01", 10), month("A", "2026-02-01", 15, 12)]
    insert(warehouse, facts.mrr_customer_month, rows)
    assert check(warehouse, tmp_path) == [
        "a month begins with the recurring revenue the month before ended with"
    ]
    assert {"retention_rate", "mrr_movement"} <= withheld(warehouse)


def test_weights_that_do_not_add_up(warehouse, tmp_path) -> None:
    weights = {"even_weight": Decimal(1), "first_weight": Decimal(1), "last_weight": Decimal(1)}
    shared = {"deal_id": "D", "closed_date": "2026-03-01", "is_won": True, "deal_amount": 5}
    row = fact(facts.deal_touch, "D:K", **shared, **weights, primary_weight=Decimal("0.5"))
    insert(warehouse, facts.deal_touch, [row])
    assert check(warehouse, tmp_path) == ["the primary_weight of a won deal add up to 1"]
    found = withheld(warehouse)
    assert "revenue_per_campaign" in found
    assert not found & {"revenue_per_campaign_even", "revenue_per_campaign_first", "revenue"}


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        # 6 + 3 of 10, and the sum of all with it.
        (
            [{"rate": 0.6}, {"rate": 0.3, "is_leading": False}],
            ["the credits of a won deal add up to its amount", "all credits add up to won revenue"],
        ),
        ([{"rate": 0.6}, {"rate": 0.4}], ["one credit of a won deal stands for it"]),
        (
            [],
            ["the credits of a won deal add up to its amount", "one credit of a won deal stands for it",
             "all credits add up to won revenue"],
        ),
    ],
    ids=["lost in part", "counted twice", "credited to nobody"],
)  # fmt: skip
def test_credits_that_are_not_the_deal(warehouse, tmp_path, shares, words) -> None:
    staged(warehouse, 10)
    insert(warehouse, facts.deal, [good_deal()])
    rows = [credit(good_deal(), owner_user_id=f"U{n}", **each) for n, each in enumerate(shares)]
    insert(warehouse, facts.deal_credit, rows)
    assert check(warehouse, tmp_path) == words
    found = withheld(warehouse)
    assert {"sales_performance", "quota_attainment"} <= found
    assert not found & {"revenue", "close_rate", "csat"}


def test_credits_of_no_won_deal(warehouse, tmp_path) -> None:
    staged(warehouse, 10)
    insert_deals(warehouse, [good_deal()])
    insert(warehouse, facts.deal_credit, [credit(good_deal(deal_id="gone"))])
    assert check(warehouse, tmp_path) == ["all credits add up to won revenue"]


def test_a_deal_that_got_lost_on_the_way(warehouse, tmp_path) -> None:
    staged(warehouse, 10, None)
    insert_deals(warehouse, [good_deal()])
    assert check(warehouse, tmp_path) == ["as many rows of deal stand as live records are staged"]
    assert {"revenue", "close_rate"} <= withheld(warehouse)
    assert "csat" not in withheld(warehouse)


def test_an_amount_that_is_not_what_the_crm_says(warehouse, tmp_path) -> None:
    """10 unified and 7 left out as a duplicate, where both CRMs say 10 and 9."""
    words = "amounts of unified deals and of duplicates left out add up to those of both CRMs"
    staged(warehouse, 10)
    copy = {"hubspot_deal_id": "9", "amount_original": 9, **KEPT}
    insert(warehouse, stage.CURRENT["hubspot.deal"], [copy])
    left_out = good_deal(deal_id="hubspot:9", crm="hubspot", is_counted=False, is_duplicate=True)
    insert_deals(warehouse, [good_deal(), {**left_out, "deal_amount_original": 7}])
    assert check(warehouse, tmp_path) == [words]
    found = withheld(warehouse)
    assert "revenue" in found
    assert "close_rate" not in found
    with warehouse.begin() as connection:
        its = facts.deal.c.crm == "hubspot"
        connection.execute(sa.update(facts.deal).where(its).values(deal_amount_original=9))
    assert check(warehouse, tmp_path, "again", NOW + timedelta(hours=1)) == []


def billed(engine: sa.Engine, *rows: dict[str, Any]) -> None:
    """An activated order S1 and a paid invoice H1 as staging holds them, and others beside them."""
    order, invoice = (stage.CURRENT[name] for name in ("salesforce.order", "hubspot.invoice"))
    orders = [("S1", "Activated", False), ("S2", "Draft", False), ("S3", "Activated", True)]
    invoices = [("H1", "paid", False), ("H2", "voided", False), ("H3", "paid", True)]
    for table, key, status, records in (
        (order, "salesforce_order_id", "status_code", orders),
        (invoice, "hubspot_invoice_id", "invoice_status", invoices),
    ):
        staged = [
            {key: name, status: word, "is_deleted": is_deleted, **KEPT}
            for name, word, is_deleted in records
        ]
        insert(engine, table, staged)
    insert(engine, facts.billing, list(rows))


def test_an_order_or_invoice_that_got_lost_on_the_way(warehouse, tmp_path) -> None:
    # What does not count is there all the same; drafts, voided and deleted ones are not.
    order = fact(facts.billing, "S1", billing_amount_original=5)
    billed(warehouse, order, fact(facts.billing, "H1", crm="hubspot", is_counted=False))
    assert check(warehouse, tmp_path) == []
    with warehouse.begin() as connection:
        connection.execute(facts.billing.delete().where(facts.billing.c.billing_id == "H1"))
    assert check(warehouse, tmp_path, "again", NOW + timedelta(hours=1)) == [
        "as many rows of billing stand as activated orders and paid invoices are staged"
    ]
    found = withheld(warehouse)
    assert "revenue_billed" in found
    assert "revenue" not in found


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"billed_date": LATER}, "billing.billed_date has come"),
        ({"billing_amount_original": -5}, "what was billed and is no credit is not negative"),
    ],
)
def test_what_is_odd_about_what_was_billed_is_told(warehouse, tmp_path, columns, words) -> None:
    insert(warehouse, facts.billing, [fact(facts.billing, "B", crm="ledger", **columns)])
    outcomes = validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    assert [each.rule.words for each in outcomes if not each.is_success] == [words]
    assert withheld(warehouse) == set()


def test_deleted_records_and_earlier_states_are_not_counted(warehouse, tmp_path) -> None:
    staged(warehouse, 10)
    gone = {"salesforce_opportunity_id": "D9", "amount_original": 5, "is_deleted": True, **KEPT}
    insert(warehouse, stage.CURRENT["salesforce.opportunity"], [gone])
    ended = good_deal(deal_id="D9", valid_to_at=datetime(2026, 3, 20, tzinfo=UTC))
    insert_deals(warehouse, [good_deal(), ended])
    assert check(warehouse, tmp_path) == []


def test_values_are_withheld_with_the_reason_until_the_check_holds(warehouse, tmp_path) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, AS_OF)
    staged(warehouse, 10)
    insert(warehouse, facts.deal, [good_deal(cycle_days=-3)])
    check(warehouse, tmp_path)
    compute(warehouse, AS_OF, ["sales_cycle_days", "revenue"])
    row = total(warehouse, "sales_cycle_days", *MARCH)
    assert (row.value, row.numerator, row.status) == (None, None, "WITHHELD")
    assert row.status_reason == (
        "A check on what it is made of failed: deal.cycle_days is not negative."
    )
    assert total(warehouse, "revenue", *MARCH).status == "OK"
    with warehouse.begin() as connection:
        connection.execute(sa.update(facts.deal).values(cycle_days=1))
    check(warehouse, tmp_path, "again", NOW + timedelta(hours=1))
    compute(warehouse, AS_OF, ["sales_cycle_days"])
    assert total(warehouse, "sales_cycle_days", *MARCH).status == "OK"


def test_a_slice_is_withheld_and_its_total_stands(warehouse) -> None:
    build_calendar(warehouse)
    loaded(warehouse, SALES_OBJECTS, AS_OF)
    insert(warehouse, facts.deal, [good_deal()])
    failed = {
        "run_id": "run", "suite": "facts", "batch_id": "", "expectation": "channels are known",
        "column_name": "deal.channel", "severity": "critical", "is_success": False,
        "checked_at": NOW,
    }  # fmt: skip
    insert(warehouse, ops.expectation_result, [failed])
    compute(warehouse, AS_OF, ["revenue"])
    assert total(warehouse, "revenue", *MARCH).status == "OK"
    march = {"grain": "month", "period_start_date": date(2026, 3, 1)}
    (by_channel,) = values(warehouse, "revenue", slice_id="channel", **march).values()
    assert (by_channel.value, by_channel.status) == (None, "WITHHELD")
    (by_owner,) = values(warehouse, "revenue", slice_id="owner", **march).values()
    assert by_owner.status == "OK"


def test_what_both_crms_seem_to_hold_is_told(warehouse: sa.Engine, tmp_path: Path) -> None:
    """A pays 100 from one day on in both CRMs; what B and C pay in them differs."""

    def line(crm: str, customer: str, start: str, amount: float, **columns: Any) -> dict[str, Any]:
        row = fact(
            facts.recurring_line, f"{crm}:{customer}", customer_id=customer, start_date=start,
            mrr_amount=amount, mrr_amount_original=amount, currency_code="USD", **columns,
        )  # fmt: skip
        return row | {"crm": crm}

    rows = [
        *(line(crm, "A", "2026-01-01", 100) for crm in ("salesforce", "hubspot")),
        line("salesforce", "B", "2026-01-01", 100),
        line("hubspot", "B", "2026-02-01", 100),
        line("salesforce", "C", "2026-01-01", 100),
        line("hubspot", "C", "2026-01-01", 100, is_counted=False),
    ]
    insert(warehouse, facts.recurring_line, rows)
    outcomes = validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    failed = [each for each in outcomes if not each.is_success]
    assert [each.rule.words for each in failed] == [WORDS]
    assert withheld(warehouse) == set()
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        found = connection.execute(
            sa.select(result.checked_count, result.unexpected_count).where(
                result.expectation == WORDS
            )
        ).one()
    assert found == (3, 1)


def test_what_is_renewed_and_goes_on_is_told(warehouse: sa.Engine, tmp_path: Path) -> None:
    """Five renew product P; what A renews has no end, and would count beside it for ever."""

    def line(customer: str, start: str, **columns: Any) -> dict[str, Any]:
        values = {
            "customer_id": customer, "agreement_id": f"{customer}:{start}", "start_date": start,
            "product_id": "P", "mrr_amount": 100, "end_date": None, "is_renewal": False, **columns,
        }  # fmt: skip
        return fact(facts.recurring_line, f"{customer}:{start}", **values)

    rows = [line(customer, "2026-01-01", is_renewal=True) for customer in "ABCDE"]
    rows += [
        line("A", "2025-01-01"),
        line("B", "2025-01-01", end_date="2026-01-01"),
        line("C", "2025-01-01", product_id="Q"),
        line("D", "2026-02-01"),
        line("E", "2025-01-01", is_counted=False),
    ]
    insert(warehouse, facts.recurring_line, rows)
    outcomes = validate_facts(warehouse, ZoneInfo("UTC"), "run", NOW, tmp_path)
    failed = [each for each in outcomes if not each.is_success]
    assert [each.rule.words for each in failed] == [RENEWED]
    assert withheld(warehouse) == set()
    result = ops.expectation_result.c
    with warehouse.connect() as connection:
        counts = sa.select(result.checked_count, result.unexpected_count)
        found = connection.execute(counts.where(result.expectation == RENEWED)).one()
    assert found == (5, 1)
